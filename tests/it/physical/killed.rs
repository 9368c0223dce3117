//! Kills at any moment: the server starts, and the run that is started again ends with the same tables.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::random::Random;
use crate::harness::{Scratch, Server, folder, on_both_servers, run};

/// How many kills; more when told.
fn kills(unless_told: u32) -> u32 {
    let told = std::env::var("REVIEWSEED_KILLS").ok();
    told.and_then(|n| n.parse().ok()).unwrap_or(unless_told)
}

fn seed(home: &Path, url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_reviewseed"))
        .current_dir(home)
        .env_remove("DATABASE_URL")
        .args([
            "seed",
            "csv",
            "--load",
            "physical",
            "-q",
            "--database-url",
            url,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn tables(report: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_string();
    let tables = report["tables"].as_array().unwrap().iter();
    tables
        .map(|t| (text(&t["name"]), text(&t["checksum"])))
        .collect()
}

on_both_servers! {
    fn a_kill_of_the_loader_or_of_the_server_loses_nothing(server: Server) {
        let (home, own) = (folder(), server.own("killed"));
        run(home.path(), ["generate", "csv", "--products", "3000", "-q"]).exits(0);
        let checked = run(home.path(), ["check", "csv", "--rejects", "r", "--report", "-"]);
        let expected = tables(&checked.stdout);
        let seed_of_run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let mut random = Random::new(seed_of_run);
        let mut longest = 4_000;
        let mut left = kills(6);
        while left > 0 {
            let scratch = Scratch::at(&own.url());
            // some kills to one database, for what a resumed run leaves is killed, too
            for _ in 0..1 + random.below(3) {
                let mut child = seed(home.path(), scratch.url());
                let wait = random.below(longest);
                std::thread::sleep(Duration::from_millis(wait));
                if let Some(status) = child.try_wait().unwrap() {
                    // too late: the run has come to its end, or has failed
                    assert!(status.success(), "seed {seed_of_run}: {status}");
                    longest = wait.max(100);
                    break;
                }
                left = left.saturating_sub(1);
                if random.one_in(2) {
                    own.kill();
                    child.wait().unwrap();
                } else {
                    child.kill().unwrap();
                    child.wait().unwrap();
                }
                own.url();
            }
            let seeded = run(home.path(), ["seed", "csv", "--load", "physical", "--report", "-", "--database-url", scratch.url()]).exits(0);
            assert_eq!(tables(&seeded.stdout), expected, "seed {seed_of_run}");
            run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
            for table in crate::data::TABLES {
                for row in scratch.rows(&format!("CHECK TABLE {table} EXTENDED")) {
                    assert_eq!(row[3].as_deref(), Some("OK"), "seed {seed_of_run}: {row:?}");
                }
            }
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_imports"), "0");
        }
        own.stop();
    }
}
