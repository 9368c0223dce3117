//! Kills at any moment: the server starts again, and the repeated run ends with the same tables.

use std::fs::File;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::random::Random;
use crate::support::background::{background, ended};
use crate::support::data::{Files, TABLES, is_sound};
use crate::support::effort::{killed_products, kills};
use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, ran, run};

/// The server may still be at a statement of the one that was killed.
const STILL_AT_WORK: &str = "another reviewseed works on";

fn seed(home: &Path, url: &str) -> Child {
    let seed = ["seed", "csv", "--load", "physical", "--database-url", url];
    background(home, seed)
        .stderr(File::create(home.join("said")).unwrap())
        .spawn()
        .unwrap()
}

/// Seeds to the end, as soon as the server lets go of what was killed.
fn seed_to_the_end(home: &Path, url: &str) -> Ran {
    let began = Instant::now();
    loop {
        let ran = run(
            home,
            [
                "seed",
                "csv",
                "--load",
                "physical",
                "--report",
                "-",
                "--database-url",
                url,
            ],
        );
        if !ran.stderr.contains(STILL_AT_WORK) || began.elapsed() > Duration::from_secs(60) {
            return ran.exits(0);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
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
    long
    fn a_kill_of_the_loader_or_of_the_server_loses_nothing(server: Server) {
        let (home, own) = (folder(), server.own("killed"));
        run(home.path(), ["generate", "csv", "--products", &killed_products(), "-q"]).exits(0);
        let checked = run(home.path(), ["check", "csv", "--rejects", "r", "--report", "-"]);
        let expected = tables(&checked.stdout);
        let seed_of_run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
        let mut random = Random::new(seed_of_run);
        // as long as a run that nobody disturbs, so that few kills come too late
        let mut longest = {
            let scratch = Scratch::at(&own.url());
            let began = Instant::now();
            seed_to_the_end(home.path(), scratch.url());
            u64::try_from(began.elapsed().as_millis()).unwrap()
        };
        let mut left = kills();
        while left > 0 {
            let scratch = Scratch::at(&own.url());
            // some kills to one database, for what a resumed run leaves is killed, too
            for _ in 0..1 + random.below(3) {
                let mut child = seed(home.path(), scratch.url());
                let wait = random.below(longest);
                std::thread::sleep(Duration::from_millis(wait));
                if let Some(status) = child.try_wait().unwrap() {
                    // too late: the run has ended, or has failed
                    let said = std::fs::read_to_string(home.path().join("said")).unwrap();
                    if said.contains(STILL_AT_WORK) {
                        continue;
                    }
                    assert!(status.success(), "seed {seed_of_run}: {status}: {said}");
                    longest = wait.max(100);
                    break;
                }
                left = left.saturating_sub(1);
                if random.one_in(2) {
                    own.kill();
                    ended(child);
                } else {
                    child.kill().unwrap();
                    child.wait().unwrap();
                }
                own.url();
            }
            let seeded = seed_to_the_end(home.path(), scratch.url());
            assert_eq!(tables(&seeded.stdout), expected, "seed {seed_of_run}");
            run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
            for table in TABLES {
                is_sound(&scratch, table);
            }
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_imports"), "0");
        }
        own.remove();
    }
}

on_both_servers! {
    /// MariaDB's recovery skips the changes of a table whose file was imported since the last
    /// checkpoint.
    fn committed_changes_of_an_imported_table_survive_a_kill_of_the_server(server: Server) {
        let (files, own) = (Files::small(), server.own("imported"));
        let scratch = Scratch::at(&own.url());
        let seed = ["--load", "physical", "--database-url", scratch.url()];
        ran(&mut files.command("seed", &seed)).exits(0);
        let count = "SELECT CAST(COUNT(*) AS CHAR) FROM reviews_photos";
        let before = scratch.value(count);
        scratch.execute("DELETE FROM reviews_photos ORDER BY id LIMIT 3");
        let after = scratch.value(count);
        assert_ne!(before, after);
        own.kill();
        own.url();
        assert_eq!(scratch.value(count), after, "of {before} rows");
        is_sound(&scratch, "reviews_photos");
        drop(scratch);
        own.remove();
    }
}
