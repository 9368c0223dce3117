//! Options of `smoke` that contradict each other, or that the test would not use: nothing is
//! ignored silently.

use super::{always, json, listed, smoke};
use crate::support::harness::run;

const SHORT: [&str; 4] = ["--rate", "20", "--duration", "500ms"];

/// Expects an error with these words, before a request is sent.
fn fails(arguments: &[&str], words: &str) {
    let server = always(200);
    let url = server.url("/{product_id}");
    let arguments: Vec<String> = arguments.iter().map(|a| a.replace("URL", &url)).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let files = listed();
    std::fs::write(files.path("body.json"), "{\"a\": {id}}").unwrap();
    std::fs::write(files.path("ca.pem"), "").unwrap();
    let ran = smoke(&files, &[&SHORT[..], &arguments].concat());
    ran.exits(2).says(words);
    assert_eq!(server.received(), [], "{arguments:?}");
}

#[test]
fn options_that_the_test_does_not_use_are_errors() {
    for (arguments, words) in [
        (
            &["--http", "URL", "--mix", "meta=1"][..],
            "--mix is about the SQL of the database",
        ),
        (
            &["--http", "URL", "--database-url", "mysql://h/d"],
            "--database-url is not used",
        ),
        (
            &["--http", "URL", "--net-timeout=5"],
            "--net-timeout is not used",
        ),
        (
            &["--http", "URL", "--report", "-"],
            "both write the result to stdout; leave one of them out",
        ),
        (
            &["--http", "URL", "--http-ca", "ca.pem"],
            "--http-ca is for https:// URLs",
        ),
        (
            &["--http", "PUT URL", "--method", "GET"],
            "every --http names its own",
        ),
        (
            &["--http", "URL", "--header", "Content-Type: text/plain"],
            "sent with a body only; add --body",
        ),
        (
            &["--http", "a=URL", "--http", "b=URL"],
            "different names, but one test is of one tier; add --compare",
        ),
        (
            &[
                "--compare",
                "--http",
                "a=URL",
                "--http",
                "a=http://127.0.0.1:1/",
            ],
            "gives the name a to http://127.0.0.1:",
        ),
        (
            &["--http", "URL", "--http", "3*URL"],
            "more than once in one tier; give it once",
        ),
    ] {
        fails(arguments, words);
    }
}

#[test]
fn a_test_over_http_needs_a_database_only_for_ids() {
    let (files, server) = (listed(), always(200));
    let smoke = |url: &str, more: &[&str]| {
        let common = [
            &["smoke", "--http", url, "--max-avg", "5s"],
            &SHORT[..],
            more,
        ]
        .concat();
        run(&files.path(""), common)
    };
    smoke(&server.url("/reviews?product_id={product_id}"), &[])
        .exits(2)
        .says("no database is named")
        .says("or give the test a list of ids: --targets FILE");
    smoke(&server.url("/reviews"), &[]).exits(0);
    smoke(&server.url("/reviews"), &["--database-url", "mysql://h/d"])
        .exits(2)
        .says("--database-url is not used: no request has a placeholder for an id");
}

#[test]
fn secrets_of_requests_are_in_no_result() {
    let (files, server) = (listed(), always(200));
    let url = |query: &str| server.url(&format!("/r?product_id={{product_id}}&token={query}"));
    let two = ["--http", &url("s3cret1"), "--http", &url("s3cret2")];
    let header = ["--header", "Authorization: Bearer s3cret"];
    let reports = ["--report", "smoke.html"];
    let ran = smoke(&files, &[&SHORT[..], &two, &header, &reports].concat()).exits(0);
    let page = std::fs::read_to_string(files.path("smoke.html")).unwrap();
    for text in [&page, &ran.stdout, &ran.stderr] {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(page.contains("Authorization: …"), "{page}");
    let label = "GET /r?product_id={product_id}&token=…";
    let reads = &json(&ran)["reads"];
    assert!(
        reads[label].is_object() && reads[format!("{label} (2)")].is_object(),
        "{reads}"
    );
    let sent: Vec<_> = server.received().into_iter().map(|r| r.line).collect();
    assert!(
        sent.iter().any(|line| line.contains("token=s3cret2")),
        "{sent:?}"
    );
    for wrong in [["--header", "s3cret"], ["--http", "ftp://h/?a=s3cret"]] {
        let ran = smoke(&files, &[&SHORT[..], &two[..2], &wrong].concat()).exits(2);
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
}

#[test]
fn a_default_value_of_a_file_is_for_the_tests_that_use_it() {
    let (files, server) = (listed(), always(200));
    let toml = "[smoke]\nmix = \"meta=1\"\n";
    std::fs::write(files.path("reviewseed.toml"), toml).unwrap();
    let url = server.url("/{product_id}");
    let config = ["--config", "reviewseed.toml", "--http", &url];
    smoke(&files, &[&SHORT[..], &config].concat()).exits(0);
}

#[test]
fn requests_of_one_name_are_one_tier_and_it_says_so() {
    let (files, server) = (listed(), always(200));
    let list = format!("api=3*{}", server.url("/reviews?product_id={product_id}"));
    let meta = format!("api={}", server.url("/meta?product_id={product_id}"));
    let compared = ["--compare", "--http", &list, "--http", &meta];
    let ran = smoke(&files, &[&SHORT[..], &compared].concat())
        .exits(0)
        .says("smoke: api gets 2 kinds of requests, in proportion to their weights")
        .says("3*GET /reviews?product_id={product_id}, 1*GET /meta?product_id={product_id}");
    let result = json(&ran);
    assert_eq!(result.as_array().unwrap().len(), 1, "{result}");
    assert_eq!(result[0]["reads"].as_object().unwrap().len(), 2, "{result}");
}

#[test]
fn a_placeholder_that_is_not_known_is_an_error_and_braces_can_be_sent() {
    let known = "; the placeholders are {product_id} and {review_id}; for the text {id} itself, \
                 write {{id}}";
    let post = ["--http", "POST URL", "--body"];
    fails(
        &[&post[..], &["{\"a\": {id}}"]].concat(),
        &format!("--body contains {{id}}{known}"),
    );
    fails(
        &[&post[..], &["@body.json"]].concat(),
        &format!("--body @body.json contains {{id}}{known}"),
    );
    let (files, server) = (listed(), always(200));
    let url = format!("POST {}", server.url("/"));
    let body = "{\"a\":{\"id\":{product_id}},\"b\":\"{{id}} {} { c }\"}";
    let arguments = ["--http", &url, "--body", body];
    smoke(&files, &[&SHORT[..], &arguments].concat()).exits(0);
    let bodies: Vec<String> = server.received().into_iter().map(|r| r.body).collect();
    let sent = "{\"a\":{\"id\":7},\"b\":\"{id} {} { c }\"}".to_owned();
    assert!(bodies.contains(&sent), "{bodies:?}");
}

#[test]
fn durations_need_a_unit_in_every_option() {
    let files = listed();
    let says = |arguments: &[&str], words: &str| {
        run(&files.path(""), arguments).exits(2).says(words);
    };
    for option in ["--duration", "--timeout", "--max-avg"] {
        says(
            &["smoke", option, "5"],
            "\"5\" has no unit; write 5ms or 5s or 5m",
        );
    }
    says(
        &["targets", "--rate", "5", "--duration", "30"],
        "\"30\" has no unit; write 30s or 30m",
    );
    says(
        &["verify", "--net-timeout", "500ms"],
        "\"500ms\" is not a number of seconds from 1 to 3600, such as 30, 30s or 2m",
    );
}
