//! `reviewseed smoke`: every request is counted, limits determine the exit code, and a database
//! that hangs is visible in the result.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};

use crate::support::background::{background, ended};
use crate::support::data::{Files, sample_data};
use crate::support::harness::{
    Ran, Scratch, Server, folder, on_both_servers, ran, reviewseed, run, wait_for,
};

fn seeded(server: Server) -> (Files, Scratch) {
    let (files, scratch) = (Files::none(), Scratch::new(server));
    let data = sample_data();
    run(
        &files.path(""),
        [
            "seed",
            data.to_str().unwrap(),
            "-q",
            "--database-url",
            scratch.url(),
        ],
    )
    .exits(0);
    (files, scratch)
}

fn smoke(files: &Files, scratch: &Scratch, arguments: &[&str]) -> Ran {
    let mut command = reviewseed(&files.path(""));
    ran(command
        .args(["smoke", "--json", "--database-url", scratch.url()])
        .args(arguments))
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

/// Waits until `smoke` has so many connections to the database, and then until it sends.
async fn connected(connection: &mut sqlx::MySqlConnection, database: &str, count: usize) {
    let others = format!(
        "SELECT id FROM information_schema.processlist WHERE db = '{database}' AND id <> CONNECTION_ID()"
    );
    loop {
        let rows = connection
            .fetch_all(sqlx::AssertSqlSafe(others.clone()))
            .await;
        if rows.unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(1200)).await;
}

on_both_servers! {
    fn every_request_is_answered_and_limits_decide(server: Server) {
        let (files, scratch) = seeded(server);
        let ran = smoke(&files, &scratch, &["--rate", "100", "--duration", "1s", "--max-avg", "5s"]).exits(0);
        let result = json(&ran);
        assert_eq!((&result["requests"], &result["answered"]), (&100.into(), &100.into()));
        assert_eq!((&result["errors"], &result["passed"]), (&serde_json::json!({}), &true.into()));
        let latency = &result["latency_ms"];
        let of = |name: &str| latency[name].as_f64().unwrap();
        assert!(0.0 < of("p50") && of("p50") <= of("p90") && of("p90") <= of("p99") && of("p99") <= of("max"), "{latency}");
        let answered: u64 = result["reads"].as_object().unwrap().values().map(|r| r["answered"].as_u64().unwrap()).sum();
        assert_eq!(answered, 100);
        // the last request is due 990 ms after the first, which may have been late
        assert!(result["seconds"].as_f64().unwrap() >= 0.9, "{result}");
        assert!(ran.stderr.contains("throughput") && ran.stderr.contains("█"), "{}", ran.stderr);

        std::fs::write(files.path("ids.txt"), "2,2\n3\n").unwrap();
        let listed = ["--rate", "50", "--duration", "200ms", "--targets", "ids.txt", "--mix", "meta=1", "--max-avg", "0.001ms", "-q"];
        let ran = smoke(&files, &scratch, &listed).exits(1).says("more than --max-avg 0.001 ms");
        let result = json(&ran);
        assert_eq!((&result["answered"], &result["passed"]), (&10.into(), &false.into()));
        assert_eq!(result["reads"].as_object().unwrap().len(), 1);
    }
}

on_both_servers! {
    fn a_database_that_hangs_shows_as_timeouts_and_unsent_requests(server: Server) {
        let (files, scratch) = seeded(server);
        let url = scratch.url().to_owned();
        let name = scratch.name().to_owned();
        let locking = std::thread::spawn(move || wait_for(async {
            let mut connection = url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap();
            connected(&mut connection, &name, 2).await;
            connection.execute("LOCK TABLES reviews WRITE").await.unwrap();
            tokio::time::sleep(Duration::from_secs(4)).await;
            connection.close().await.unwrap();
        }));
        let arguments = ["--rate", "50", "--duration", "2500ms", "--timeout", "400ms", "--connections", "2", "--max-avg", "10s"];
        let ran = smoke(&files, &scratch, &arguments).exits(1).says("more than --max-error-rate 0%");
        let result = json(&ran);
        let of = |name: &str| result["errors"][name].as_u64().unwrap_or(0);
        assert!(of("timeout") >= 2 && of("unsent") >= 10, "{result}");
        let errors: u64 = result["errors"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert!(result["answered"].as_u64().unwrap() >= 5, "{result}");
        assert_eq!(result["answered"].as_u64().unwrap() + errors, 125, "{result}");
        locking.join().unwrap();
    }
}

on_both_servers! {
    fn a_test_that_is_stopped_reports_what_it_has_measured(server: Server) {
        let (files, scratch) = seeded(server);
        let report = files.path("smoke.json");
        let mut smoke = background(&files.path(""), [
            "smoke", "--rate", "50", "--duration", "60s", "--connections", "2", "--max-avg", "10s",
            "--report", report.to_str().unwrap(), "--database-url", scratch.url(),
        ]);
        let child = smoke.spawn().unwrap();
        wait_for(async {
            let mut connection = scratch.url().parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap();
            connected(&mut connection, scratch.name(), 2).await;
            connection.close().await.unwrap();
        });
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let ran = ended(child).exits(130).says("stopped before the end of the test");
        assert!(ran.stderr.contains("throughput"), "{}", ran.stderr);
        let result = std::fs::read_to_string(report).unwrap();
        let result: serde_json::Value = serde_json::from_str(&result).unwrap();
        let requests = result["requests"].as_u64().unwrap();
        assert!((10..2500).contains(&requests), "{result}");
        assert!(result["stopped"] == true && result["passed"] == false, "{result}");
        // a request that is due at the moment of the stop is not sent
        let unsent = result["errors"]["unsent"].as_u64().unwrap_or(0);
        assert_eq!(result["answered"].as_u64().unwrap() + unsent, requests, "{result}");
    }
}

on_both_servers! {
    fn connections_that_are_killed_cost_their_requests_only(server: Server) {
        let (files, scratch) = seeded(server);
        let url = scratch.url().to_owned();
        let name = scratch.name().to_owned();
        let killing = std::thread::spawn(move || wait_for(async {
            use sqlx::Row;
            let mut connection = url.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap();
            connected(&mut connection, &name, 3).await;
            let others = format!("SELECT id FROM information_schema.processlist WHERE db = '{name}' AND id <> CONNECTION_ID()");
            for row in connection.fetch_all(sqlx::AssertSqlSafe(others)).await.unwrap() {
                let id: u64 = row.try_get_unchecked(0).unwrap();
                let _ = connection.execute(sqlx::AssertSqlSafe(format!("KILL {id}"))).await;
            }
            connection.close().await.unwrap();
        }));
        let arguments = ["--rate", "100", "--duration", "3s", "--connections", "3", "--max-avg", "10s", "--max-error-rate", "10%"];
        let result = json(&smoke(&files, &scratch, &arguments).exits(0));
        killing.join().unwrap();
        let errors: u64 = result["errors"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert!((1..=10).contains(&errors), "{result}");
        assert_eq!(result["answered"].as_u64().unwrap() + errors, 300, "{result}");
    }
}

on_both_servers! {
    fn a_database_that_cannot_answer_is_an_error_before_the_first_request(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        let missing = smoke(&files, &scratch, &["--duration", "1s"]).exits(2).says("a table does not exist; load the data first");
        assert!(json(&missing)["error"].as_str().unwrap().contains("a table does not exist"), "{missing:?}");
        std::fs::write(files.path("ids.txt"), "2\n").unwrap();
        let listed = ["--duration", "1s", "--targets", "ids.txt"];
        smoke(&files, &scratch, &listed).exits(2).says("cannot execute the queries of the service; if its tables are missing, load them first");
        scratch.execute(reviews::SCHEMA);
        let empty = smoke(&files, &scratch, &["--duration", "1s"]).exits(2).says("has no reviews that the test could read; load them first");
        assert_eq!(json(&empty)["answered"], serde_json::Value::Null);
    }
}

#[test]
fn what_cannot_be_tested_says_why() {
    let place = folder();
    let smoke = |arguments: &[&str]| run(place.path(), [&["smoke"], arguments].concat()).exits(2);
    smoke(&["--mix", "lists=1"]).says("list-newest");
    smoke(&["--rate", "0"]).says("not a rate");
    smoke(&["--targets", "nosuch"]).says("cannot read nosuch");
}
