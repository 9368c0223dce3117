//! `--log-format json`: every line of stderr is a JSON event, in every case.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};

/// Every field that docs/log.md knows.
const FIELDS: [&str; 13] = [
    "schema_version",
    "run",
    "time",
    "elapsed_seconds",
    "phase",
    "event",
    "table",
    "rows",
    "rejected",
    "bytes",
    "total_bytes",
    "share",
    "message",
];

/// The events, each of which is as docs/log.md says.
fn events(ran: &Ran) -> Vec<Value> {
    let events: Vec<Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let mut runs = BTreeSet::new();
    let mut before = 0.0;
    for event in &events {
        assert_eq!(event["schema_version"], 1, "{event}");
        runs.insert(event["run"].as_str().unwrap().to_string());
        let time: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        assert!(time.as_second() > 1_700_000_000, "{event}");
        let elapsed = event["elapsed_seconds"].as_f64().unwrap();
        assert!(elapsed >= before, "{event}");
        before = elapsed;
        let kinds = [
            "message", "detail", "started", "progress", "finished", "summary", "error",
        ];
        assert!(kinds.contains(&event["event"].as_str().unwrap()), "{event}");
        assert!(!event["phase"].as_str().unwrap().is_empty(), "{event}");
        assert!(event["message"].is_string(), "{event}");
        for field in event.as_object().unwrap().keys() {
            assert!(
                FIELDS.contains(&field.as_str()),
                "{field} is not documented: {event}"
            );
        }
    }
    assert!(runs.len() <= 1, "one run, one id: {runs:?}");
    events
}

fn of<'a>(events: &'a [Value], kind: &str, table: &str) -> &'a Value {
    let found = events
        .iter()
        .find(|e| e["event"] == kind && e["table"] == table);
    found.unwrap_or_else(|| panic!("no {kind} of {table}: {events:#?}"))
}

#[test]
fn the_fields_are_documented() {
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/log.md")).unwrap();
    for field in FIELDS {
        assert!(
            docs.contains(&format!("| `{field}` |")),
            "{field} is not in docs/log.md"
        );
    }
}

#[test]
fn generate_and_check_say_events_only() {
    let folder = folder();
    let generated = run(
        folder.path(),
        [
            "generate",
            "data",
            "--products",
            "300",
            "--variant",
            "dirty",
            "--dirt",
            "0.02",
            "--log-format",
            "json",
        ],
    )
    .exits(0);
    let generated = events(&generated);
    let rows = of(&generated, "finished", "reviews")["rows"]
        .as_u64()
        .unwrap();
    assert!(rows > 0);
    let checked = run(
        folder.path(),
        [
            "check",
            "data",
            "--max-rejects",
            "100%",
            "--log-format",
            "json",
            "--verbose",
        ],
    )
    .exits(1);
    let checked = events(&checked);
    assert_eq!(of(&checked, "finished", "reviews")["rows"], rows);
    assert_eq!(of(&checked, "started", "reviews")["phase"], "check");
    let summary = checked
        .iter()
        .rev()
        .find(|e| e["event"] == "summary")
        .unwrap();
    assert_eq!(summary["message"], "found_rejects");
    let rejected = summary["rejected"].as_u64().unwrap();
    let of_tables: u64 = checked
        .iter()
        .filter(|e| e["event"] == "finished")
        .map(|e| e["rejected"].as_u64().unwrap())
        .sum();
    assert!(rejected > 0 && rejected == of_tables);
}

#[test]
fn errors_are_events_too() {
    let folder = folder();
    for (arguments, words) in [
        (vec!["check", "nowhere", "--log-format", "json"], "nowhere"),
        (
            vec!["check", "nowhere", "--log-format", "json", "--quiet"],
            "nowhere",
        ),
        (
            vec!["check", "--no-such-option", "--log-format=json"],
            "--no-such-option",
        ),
        (
            vec![
                "generate",
                "data",
                "--products",
                "many",
                "--log-format",
                "json",
            ],
            "many",
        ),
    ] {
        let failed = run(folder.path(), &arguments).exits(2);
        let events = events(&failed);
        assert_eq!(events.len(), 1, "{arguments:?}: {events:?}");
        assert_eq!(events[0]["event"], "error");
        let message = events[0]["message"].as_str().unwrap();
        assert!(
            message.contains(words) && !message.starts_with("error"),
            "{message}"
        );
        assert_eq!(failed.stdout, "");
    }
}

on_both_servers! {
    fn seed_verify_and_reindex_say_events_only(server: Server) {
        let folder = folder();
        run(folder.path(), ["generate", "data", "--products", "200", "-q"]).exits(0);
        let scratch = Scratch::new(server);
        let json = ["--log-format", "json", "--database-url", scratch.url()];
        let seeded = run(folder.path(), ["seed", "data"].into_iter().chain(json)).exits(0);
        let seeded = events(&seeded);
        assert_eq!(of(&seeded, "finished", "characteristic_reviews")["phase"], "load");
        let phases: BTreeSet<&str> = seeded.iter().filter_map(|e| e["phase"].as_str()).collect();
        assert!(phases.contains("seed") && phases.contains("index"), "{phases:?}");
        let summary = seeded.iter().rev().find(|e| e["event"] == "summary").unwrap();
        assert_eq!(summary["message"], "seeded");

        let verified = run(folder.path(), ["verify"].into_iter().chain(json)).exits(0);
        assert!(events(&verified).iter().all(|e| e["event"] != "error"));

        scratch.execute("ALTER TABLE reviews DROP INDEX reviews_newest");
        let differs = run(folder.path(), ["verify"].into_iter().chain(json)).exits(1);
        let differs = events(&differs);
        let error = differs.iter().find(|e| e["event"] == "error").unwrap();
        assert_eq!(error["phase"], "verify");
        assert!(error["message"].as_str().unwrap().contains("reviews_newest"), "{error}");

        let reindexed = run(folder.path(), ["reindex"].into_iter().chain(json)).exits(0);
        assert!(reindexed.stdout.contains("reviews_newest"), "the plan is data");
        events(&reindexed);
    }
}
