//! `smoke --compare`: it names the first tier that loses requests, in the order from the database
//! outwards.

use std::collections::BTreeSet;
use std::net::TcpListener;

use super::{always, json, listed, smoke};
use crate::support::data::{Files, sample_data};
use crate::support::harness::{Scratch, Server, on_both_servers, run};
use crate::support::http_server::{HttpServer, Received, Then, answer};

#[test]
fn tiers_are_compared_and_the_first_one_over_a_limit_is_named() {
    let (files, good) = (listed(), always(200));
    let bad = HttpServer::start(|request: &Received| {
        let status = if request.line.contains('7') { 503 } else { 200 };
        (answer(status, ""), Then::Keep)
    });
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let api = format!("api={}", good.url("/{product_id}"));
    let balancer = format!("balancer={}", bad.url("/{product_id}"));
    let front = format!("front=http://{closed}/{{product_id}}");
    let arguments = [
        "--compare",
        "--http",
        &api,
        "--http",
        &balancer,
        "--http",
        &front,
        "--rate",
        "50",
        "--duration",
        "1s",
    ];
    let ran = smoke(&files, &arguments)
        .exits(2)
        .says("balancer is the first tier that is over a limit: errors 10.000 %")
        .says("next: the tiers up to api are within the limits, so look at balancer itself")
        .says("error: front could not be tested, so the comparison is not complete");
    assert!(ran.stderr.contains("(refused)"), "{}", ran.stderr);
    let result = json(&ran);
    let tiers: Vec<_> = result
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (t["tier"].as_str().unwrap(), t["passed"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        tiers,
        [("api", true), ("balancer", false), ("front", false)]
    );
    let error = result[2]["error"].as_str().unwrap();
    assert!(error.contains("is the server running"), "{result}");
    let keys = |tier: &serde_json::Value| {
        let keys = tier.as_object().unwrap().keys();
        keys.cloned().collect::<BTreeSet<String>>()
    };
    assert_eq!(keys(&result[0]), keys(&result[2]));
    let alone = ["--compare", "--http", &api];
    let short = ["--rate", "50", "--duration", "200ms"];
    smoke(&files, &[&alone[..], &short].concat())
        .exits(0)
        .says("passed");
}

#[test]
fn a_tier_that_cannot_be_tested_gives_the_same_exit_code_alone_and_compared() {
    let files = listed();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let front = format!("front=http://{closed}/{{product_id}}");
    let old = "{\n  \"tier\": \"front\", \"passed\": true }";
    std::fs::write(files.path("s.json"), old).unwrap();
    let reports = ["--report", "s.json", "--report", "s.html"];
    let ran = smoke(&files, &[&["--http", &front][..], &reports].concat())
        .exits(2)
        .says("(refused); is the server running");
    let alone = json(&ran);
    let read = |name: &str| std::fs::read_to_string(files.path(name)).unwrap();
    assert_eq!(read("s.json"), ran.stdout);
    assert_eq!(
        (&alone["passed"], &alone["sent"], &alone["gave_in_at"]),
        (
            &false.into(),
            &serde_json::Value::Null,
            &serde_json::Value::Null
        )
    );
    assert!(alone["error"].as_str().unwrap().contains("refused"));
    assert!(read("s.html").contains("<title>reviewseed smoke: could not be tested"));
    let ran = smoke(&files, &["--compare", "--http", &front])
        .exits(2)
        .says("front is the first tier that could not be tested");
    assert_eq!(json(&ran)[0]["sent"], serde_json::Value::Null);
}

#[test]
fn the_table_shows_statuses_and_kinds_of_lost_requests_in_80_columns() {
    let files = listed();
    let bad = HttpServer::start(|request: &Received| match &request.line[..] {
        "GET /7" => (Vec::new(), Then::Close),
        "GET /8" => (answer(404, ""), Then::Keep),
        _ => (answer(200, ""), Then::Keep),
    });
    let url = format!("front={}", bad.url("/{product_id}"));
    let short = ["--rate", "100", "--duration", "1s"];
    let ran = smoke(
        &files,
        &[&["--compare", "--http", &url], &short[..]].concat(),
    )
    .exits(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let head = lines.iter().position(|line| line.starts_with("tier "));
    let table = &lines[head.unwrap()..][..3];
    assert!(table.iter().all(|line| line.len() <= 80), "{table:?}");
    let numbers: Vec<&str> = table[1].split_whitespace().take(5).collect();
    assert_eq!(numbers, ["front", "100", "90", "10", "20.00"], "{table:?}");
    assert_eq!(
        table[2],
        "    answers 200: 80, 404: 10; no answer: 10 closed before the answer"
    );
    let result = json(&ran);
    let errors = serde_json::json!({ "closed before the answer": 10, "status 404": 10 });
    assert_eq!(result[0]["errors"], errors);
}

on_both_servers! {
    fn the_database_is_the_first_tier_and_gives_the_ids(server: Server) {
        let (files, scratch, api) = (Files::none(), Scratch::new(server), always(200));
        let data = sample_data();
        let seed = ["seed", data.to_str().unwrap(), "-q", "--database-url", scratch.url()];
        run(&files.path(""), seed).exits(0);
        let common = ["smoke", "--json", "--rate", "50", "--duration", "400ms", "--max-avg", "5s", "--database-url", scratch.url()];
        let url = format!("api={}", api.url("/reviews?product_id={product_id}"));
        let ran = run(&files.path(""), [&common[..], &["--compare", "--sql", "--http", &url]].concat()).exits(0);
        let result = json(&ran);
        assert_eq!((&result[0]["tier"], &result[1]["tier"]), (&"sql".into(), &"api".into()));
        assert_eq!((&result[0]["answered"], &result[1]["answered"]), (&20.into(), &20.into()));
        // reviews, newest first, for what marks them
        let url = format!("PUT {}", api.url("/reviews/{review_id}/helpful"));
        run(&files.path(""), [&common[..], &["--http", &url]].concat()).exits(0);
        let ids: BTreeSet<u64> = api.received().iter().filter_map(|r| {
            r.line.strip_prefix("PUT /reviews/")?.strip_suffix("/helpful")?.parse().ok()
        }).collect();
        assert_eq!(ids.len(), 20);
        for id in ids {
            assert_eq!(scratch.value(&format!("SELECT COUNT(*) FROM reviews WHERE id = {id}")), "1");
        }
    }
}
