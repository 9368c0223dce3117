//! `smoke --then`: higher rates, until a tier exceeds a limit.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{always, json as result_of, listed, smoke};
use crate::support::background::{background, ended};
use crate::support::http_server::{HttpServer, Received, Then, answer};

const SHORT: [&str; 4] = ["--rate", "20", "--duration", "500ms"];

/// Answers so many requests, and then only with 503.
fn good_for(requests: usize) -> HttpServer {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    HttpServer::start(move |_: &Received| {
        let before = seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let status = if before < requests { 200 } else { 503 };
        (answer(status, ""), Then::Keep)
    })
}

fn rates(tier: &Value) -> Value {
    let higher = tier["higher_rates"].as_array().unwrap().iter();
    let higher: Vec<_> = higher
        .map(|step| json!([step["rate"], step["requests"], step["passed"]]))
        .collect();
    json!([tier["held_rate"], tier["gave_in_at"], higher])
}

#[test]
fn each_tier_is_tested_at_higher_rates_until_it_gives_in() {
    // 10 requests at 20 a second, 20 at 40, 40 at 80, 80 at 160
    let (files, api, front) = (listed(), always(200), good_for(30));
    let api = format!("api={}", api.url("/{product_id}"));
    let front = format!("front={}", front.url("/{product_id}"));
    let arguments = [
        "--compare",
        "--http",
        &api,
        "--http",
        &front,
        "--then",
        "40,80,160",
        "--report",
        "smoke.html",
    ];
    let ran = smoke(&files, &[&SHORT[..], &arguments].concat())
        .exits(0)
        .says("passed: every tier has at most")
        .says("smoke: front at 80 a second is over a limit: 40 sent, 40 answered, 100.00 % errors");
    let result = result_of(&ran);
    let passed = |rate: f64, requests: u64| json!([rate, requests, true]);
    assert_eq!(
        rates(&result[0]),
        json!([
            160.0,
            null,
            [passed(40.0, 20), passed(80.0, 40), passed(160.0, 80)]
        ])
    );
    assert_eq!(
        rates(&result[1]),
        json!([40.0, 80.0, [passed(40.0, 20), [80.0, 40, false]]])
    );
    let table: Vec<_> = ran
        .stderr
        .lines()
        .skip_while(|l| !l.contains("held a second"))
        .collect();
    let words = |line: &str| {
        line.split_whitespace()
            .take(3)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        (words(table[1]), words(table[2])),
        ("api 160 -".to_owned(), "front 40 80".to_owned())
    );
    assert!(
        table[3].contains("    errors 100.000 %, more than --max-error-rate 0%"),
        "{table:?}"
    );
    let page = std::fs::read_to_string(files.path("smoke.html")).unwrap();
    assert!(page.contains("<h2 id=\"rates\">"), "{page}");
}

#[test]
fn the_exit_code_is_that_of_the_rate_that_must_be_held() {
    let (files, server) = (listed(), good_for(10));
    let url = server.url("/{product_id}");
    let alone = [&SHORT[..], &["--http", &url, "--then", "40"]].concat();
    let result = result_of(&smoke(&files, &alone).exits(0).says("passed"));
    assert_eq!(
        (&result["passed"], &result["requests"]),
        (&true.into(), &10.into())
    );
    assert_eq!(rates(&result), json!([20.0, 40.0, [[40.0, 20, false]]]));
    // not held, so no higher rate is tried
    let result = result_of(
        &smoke(&files, &alone)
            .exits(1)
            .says("more than --max-error-rate"),
    );
    assert_eq!(rates(&result), json!([null, 20.0, []]));
}

#[test]
fn rates_that_do_not_rise_are_an_error() {
    for (rates, words) in [
        (
            "40,30",
            "--then 30: each rate must be higher than the one before, which is 40",
        ),
        ("20", "which is 20"),
        ("x", "not a rate"),
        ("", "not a rate"),
    ] {
        let arguments = ["--http", "http://127.0.0.1:1/", "--then", rates];
        smoke(&listed(), &[&SHORT[..], &arguments].concat())
            .exits(2)
            .says(words);
    }
}

/// The result of a test that is stopped as soon as the server has received so many requests.
fn stopped_after(requests: usize, server: &HttpServer, arguments: &[&str]) -> (Value, String) {
    let files = listed();
    let common = ["smoke", "--targets", "ids.txt", "--max-avg", "5s"];
    let reports = ["--report", "smoke.html", "--report", "smoke.json"];
    let all = [&common[..], arguments, &reports].concat();
    let child = background(&files.path(""), all).spawn().unwrap();
    while server.received().len() < requests {
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    // some programs send a signal to the process and to its group
    std::thread::sleep(Duration::from_millis(20));
    let _ = kill_process(Pid::from_child(&child), Signal::INT);
    ended(child).exits(130);
    let read = |name: &str| std::fs::read_to_string(files.path(name)).unwrap();
    (
        serde_json::from_str(&read("smoke.json")).unwrap(),
        read("smoke.html"),
    )
}

const STOPPED: &str = "<title>reviewseed smoke: stopped</title>";

#[test]
fn a_stop_at_a_higher_rate_keeps_the_result_of_that_rate() {
    let server = always(200);
    let url = server.url("/{product_id}");
    let rates = ["--rate", "20", "--duration", "1s", "--then", "30,40"];
    let (result, page) = stopped_after(30, &server, &[&["--http", &url][..], &rates].concat());
    assert_eq!(
        (&result["stopped"], &result["passed"]),
        (&true.into(), &false.into())
    );
    assert_eq!(
        (&result["sent"], &result["held_rate"]),
        (&20.into(), &20.0.into())
    );
    let higher = result["higher_rates"].as_array().unwrap();
    assert_eq!(higher.len(), 1, "{result}");
    assert_eq!(
        (&higher[0]["stopped"], &higher[0]["rate"]),
        (&true.into(), &30.0.into())
    );
    let sent = higher[0]["sent"].as_u64().unwrap();
    assert!((10..30).contains(&sent), "{result}");
    assert_eq!(result["gave_in_at"], Value::Null);
    assert!(page.contains(STOPPED), "{page}");
}

#[test]
fn a_stop_of_a_comparison_names_the_tiers_that_were_not_tested() {
    let server = always(200);
    let [api, front] =
        ["api", "front"].map(|name| format!("{name}={}", server.url("/{product_id}")));
    let tiers = ["--compare", "--http", &api, "--http", &front];
    let rates = ["--rate", "50", "--duration", "60s"];
    let (result, page) = stopped_after(10, &server, &[&tiers[..], &rates].concat());
    assert_eq!(result.as_array().unwrap().len(), 2, "{result}");
    assert_eq!(
        (&result[0]["stopped"], &result[0]["error"]),
        (&true.into(), &Value::Null)
    );
    assert_eq!(result[1]["error"], "stopped before this tier was tested");
    assert_eq!(
        (&result[1]["sent"], &result[1]["passed"]),
        (&Value::Null, &false.into())
    );
    assert!(page.contains(STOPPED), "{page}");
}
