//! `reviewseed smoke --http`: every request is counted once, whatever the server does with it, and
//! tiers are compared.

mod answers;
mod options;
mod places;
mod rates;
mod tiers;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::data::Files;
use crate::support::harness::{Ran, run};
use crate::support::http_server::{HttpServer, Received, Then, answer};

/// A folder with a list of ten ids.
fn listed() -> Files {
    let files = Files::none();
    let ids: String = (1..=10).map(|id| format!("{id}\n")).collect();
    std::fs::write(files.path("ids.txt"), ids).unwrap();
    files
}

fn smoke(files: &Files, arguments: &[&str]) -> Ran {
    let common = ["smoke", "--json", "--targets", "ids.txt", "--max-avg", "5s"];
    run(&files.path(""), [&common, arguments].concat())
}

/// The result. Its counts must add up, whatever was tested.
fn json(ran: &Ran) -> Value {
    let result = serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
    match &result {
        Value::Array(tiers) => tiers.iter().for_each(adds_up),
        tier => adds_up(tier),
    }
    result
}

/// Checks the sums of the counts of a tier: requests, sent ones, and errors.
#[track_caller]
fn adds_up(tier: &Value) {
    let sum = |of: &Value| -> u64 {
        let values = of.as_object().unwrap().values();
        values.map(|count| count.as_u64().unwrap()).sum()
    };
    let steps = tier["higher_rates"].as_array().unwrap().iter();
    for step in std::iter::once(tier).chain(steps) {
        if step["error"].is_string() {
            continue;
        }
        let count = |name: &str| step[name].as_u64().unwrap();
        let answered = count("answered");
        assert_eq!(count("requests"), count("sent") + count("unsent"), "{step}");
        assert_eq!(count("sent"), answered + count("not_answered"), "{step}");
        // SQL has no statuses
        let good = match tier["tier"] == "sql" {
            true => answered,
            false => {
                assert_eq!(answered, sum(&step["statuses"]), "{step}");
                let good = ["200", "204", "304"].map(|status| step["statuses"][status].as_u64());
                good.into_iter().flatten().sum()
            }
        };
        assert_eq!(sum(&step["errors"]), count("requests") - good, "{step}");
        let share = 100.0 * sum(&step["errors"]) as f64 / count("requests").max(1) as f64;
        let said = step["error_percent"].as_f64().unwrap();
        assert!((share - said).abs() < 0.01, "{step}");
    }
}

fn always(status: u16) -> HttpServer {
    HttpServer::start(move |_: &Received| (answer(status, "[1, 2]"), Then::Keep))
}

#[test]
fn requests_with_their_ids_bodies_and_headers_are_sent_and_counted() {
    let (files, server) = (listed(), always(200));
    let get = format!(
        "3*{}",
        server.url("/reviews?product_id={product_id}&count=5")
    );
    let post = format!("POST {}", server.url("/reviews"));
    let ran = smoke(
        &files,
        &[
            "--http",
            &get,
            "--http",
            &post,
            "--body",
            "{\"product_id\": {product_id}, \"a\": {}}",
            "--header",
            "X-Test: 7",
            "--rate",
            "200",
            "--duration",
            "1s",
            "--connections",
            "4",
        ],
    )
    .exits(0)
    .says("passed");
    let result = json(&ran);
    for count in ["requests", "sent", "answered"] {
        assert_eq!(result[count], 200, "{count}: {result}");
    }
    assert_eq!(result["statuses"], serde_json::json!({ "200": 200 }));
    assert_eq!(result["bytes"], 1200);
    let received = server.received();
    assert_eq!(received.len(), 200);
    let connections: BTreeSet<_> = received.iter().map(|r| r.connection).collect();
    assert!(
        connections.len() <= 4,
        "connections are kept: {connections:?}"
    );
    let (posts, gets): (Vec<_>, Vec<_>) = received.iter().partition(|r| r.line == "POST /reviews");
    assert!((25..=75).contains(&posts.len()), "{} of 200", posts.len());
    let lines: BTreeSet<_> = gets.iter().map(|r| r.line.clone()).collect();
    assert_eq!(lines.len(), 10, "{lines:?}");
    assert!(
        lines.contains("GET /reviews?product_id=10&count=5"),
        "{lines:?}"
    );
    let has = |request: &Received, header: &str| request.headers.iter().any(|h| h == header);
    let host = format!("host: {}", server.address);
    assert!(
        received
            .iter()
            .all(|r| has(r, &host) && has(r, "x-test: 7"))
    );
    assert!(
        posts
            .iter()
            .all(|r| has(r, "content-type: application/json"))
    );
    assert!(
        gets.iter()
            .all(|r| r.body.is_empty() && !has(r, "content-type: application/json"))
    );
    let bodies: BTreeSet<_> = posts.iter().map(|r| r.body.clone()).collect();
    assert!(
        bodies.contains("{\"product_id\": 3, \"a\": {}}"),
        "{bodies:?}"
    );
    assert_eq!(result["reads"].as_object().unwrap().len(), 2, "{result}");
}

#[test]
fn the_rate_is_kept() {
    let (files, server) = (listed(), always(200));
    let url = server.url("/{product_id}");
    let began = Instant::now();
    let result = json(
        &smoke(
            &files,
            &["--http", &url, "--rate", "250", "--duration", "2s"],
        )
        .exits(0),
    );
    assert!(began.elapsed() >= Duration::from_millis(1990));
    // the last one is due 4 ms before the end, and a busy machine may be late
    let rate = result["sent_rate"].as_f64().unwrap();
    assert!((200.0..=252.0).contains(&rate), "{result}");
}

#[test]
fn answers_with_an_error_status_are_errors() {
    let files = listed();
    let server = HttpServer::start(|request: &Received| {
        let status = if request.line.ends_with("/7") {
            500
        } else {
            200
        };
        (answer(status, ""), Then::Keep)
    });
    let url = server.url("/{product_id}");
    let arguments = ["--http", &url, "--rate", "100", "--duration", "1s"];
    let ran = smoke(&files, &arguments)
        .exits(1)
        .says("errors 10.000 %, more than --max-error-rate 0%");
    let result = json(&ran);
    assert_eq!(
        result["statuses"],
        serde_json::json!({ "200": 90, "500": 10 })
    );
    assert_eq!(result["errors"], serde_json::json!({ "status 500": 10 }));
    assert_eq!(
        (&result["answered"], &result["passed"]),
        (&100.into(), &false.into())
    );
    smoke(
        &files,
        &[&arguments[..], &["--max-error-rate", "10%"]].concat(),
    )
    .exits(0);
}

#[test]
fn a_server_that_closes_connections_loses_only_what_it_did_not_answer() {
    let files = listed();
    // closed after the answer: nothing is lost
    let server = HttpServer::start(|_: &Received| (answer(200, "x"), Then::Close));
    let url = server.url("/{product_id}");
    let arguments = [
        "--http",
        &url,
        "--rate",
        "100",
        "--duration",
        "1s",
        "--connections",
        "3",
    ];
    let result = json(&smoke(&files, &arguments));
    let lost: u64 = result["errors"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(result["answered"].as_u64().unwrap() + lost, 100, "{result}");
    // closed before the answer: each of these is an error
    let seen = AtomicUsize::new(0);
    let server =
        HttpServer::start(
            move |_: &Received| match seen.fetch_add(1, Ordering::SeqCst) % 10 {
                9 => (Vec::new(), Then::Close),
                _ => (answer(200, "x"), Then::Keep),
            },
        );
    let url = server.url("/{product_id}");
    let result = json(
        &smoke(
            &files,
            &["--http", &url, "--rate", "100", "--duration", "1s"],
        )
        .exits(1),
    );
    assert_eq!(
        (&result["sent"], &result["answered"]),
        (&100.into(), &90.into()),
        "{result}"
    );
    assert_eq!(
        result["errors"],
        serde_json::json!({ "closed before the answer": 10 })
    );
}

#[test]
fn slow_answers_are_timeouts_and_requests_without_a_connection_are_unsent() {
    let files = listed();
    let server = HttpServer::start(|_: &Received| {
        std::thread::sleep(Duration::from_secs(30));
        (answer(200, ""), Then::Keep)
    });
    let url = server.url("/{product_id}");
    let began = Instant::now();
    let arguments = [
        "--http",
        &url,
        "--rate",
        "50",
        "--duration",
        "1s",
        "--timeout",
        "300ms",
        "--connections",
        "2",
    ];
    let result = json(&smoke(&files, &arguments).exits(1));
    let of = |name: &str| result["errors"][name].as_u64().unwrap_or(0);
    assert!(of("timeout") >= 2 && of("unsent") >= 10, "{result}");
    assert_eq!(of("timeout") + of("unsent"), 50, "{result}");
    let counts = ["sent", "unsent", "not_answered", "answered"].map(|name| &result[name]);
    let [lost, unsent] = [of("timeout"), of("unsent")].map(Value::from);
    assert_eq!(counts, [&lost, &unsent, &lost, &0.into()], "{result}");
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn the_result_is_written_as_a_page_and_as_json_and_no_other_file_is_replaced() {
    let (files, good, bad) = (listed(), always(200), always(503));
    let url = |name: &str, server: &HttpServer| format!("{name}={}", server.url("/{product_id}"));
    let (api, front) = (url("api", &good), url("front", &bad));
    let short = ["--rate", "100", "--duration", "200ms"];
    let compared = ["--compare", "--http", &api, "--http", &front];
    for _ in 0..2 {
        let reports = ["--report", "smoke.html", "--report", "smoke.json"];
        smoke(&files, &[&short[..], &compared, &reports].concat()).exits(1);
    }
    let read = |name: &str| std::fs::read_to_string(files.path(name)).unwrap();
    let page = read("smoke.html");
    for words in [
        "<title>reviewseed smoke: front is the first tier that is over a limit</title>",
        "<p id=\"why\">errors 100.000 %, more than --max-error-rate 0%</p>",
        "look at front itself and at its connections to api",
        "<h2>api</h2>",
        "503: 20",
        "<svg",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let result: Value = serde_json::from_str(&read("smoke.json")).unwrap();
    assert_eq!(result[1]["statuses"], serde_json::json!({ "503": 20 }));
    let url = good.url("/1");
    let other = [&short[..], &["--http", &url, "--report", "ids.txt"]].concat();
    smoke(&files, &other).exits(2).says("is not a report");
    assert!(read("ids.txt").starts_with("1\n"));
}

#[test]
fn what_cannot_be_asked_says_why_at_once() {
    let (files, server) = (listed(), always(200));
    let (url, closed) = (
        server.url("/{product_id}"),
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap(),
    );
    let fails = |arguments: &[&str], words: &str| {
        let began = Instant::now();
        let ran = smoke(&files, &[arguments, &["--duration", "30s"]].concat())
            .exits(2)
            .says(words);
        // a tier that cannot be reached has a result, wrong options have none
        let is_result = ran.stdout.is_empty() || json(&ran)["sent"].is_null();
        assert!(is_result, "{ran:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{arguments:?}");
    };
    fails(
        &["--http", &format!("http://{closed}/{{product_id}}")],
        "(refused); is the server running",
    );
    fails(
        &["--http", "http://nosuch.invalid/{product_id}"],
        "cannot open a connection to http://nosuch.invalid",
    );
    fails(
        &[
            "--http",
            &format!("https://{}/{{product_id}}", server.address),
        ],
        "most probably the URL must begin with http:// instead of https://",
    );
    fails(
        &["--http", "127.0.0.1/{product_id}"],
        "has no http:// or https:// URL",
    );
    fails(
        &["--http", &server.url("/{id}")],
        "the placeholders are {product_id} and {review_id}",
    );
    fails(
        &["--http", &url, "--http", &format!("http://{closed}/")],
        "one test sends to one address",
    );
    fails(
        &["--http", &url, "--body", "{review_id}", "--method", "PUT"],
        "one list",
    );
    fails(
        &["--http", &url, "--header", "Host: x"],
        "follows from the URL",
    );
    fails(&["--http", &url, "--body", "@nosuch"], "cannot read nosuch");
    // a server that speaks another protocol
    let other =
        HttpServer::start(|_: &Received| (b"\x4a\x00\x00\x00\x0a9.7.4".to_vec(), Then::Close));
    let ran = smoke(
        &files,
        &[
            "--http",
            &other.url("/{product_id}"),
            "--rate",
            "20",
            "--duration",
            "500ms",
        ],
    )
    .exits(1);
    assert_eq!(json(&ran)["errors"], serde_json::json!({ "not HTTP": 10 }));
}
