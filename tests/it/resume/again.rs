//! The command of a run is run again: after a kill of `seed` or of the server, after Ctrl-C, and to
//! add corrected rows.
//!
//! In all cases, the result is that of an undisturbed run, and every batch is loaded exactly once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::support::background::{background, ended, with_batches_in};
use crate::support::harness::{Scratch, Server, folder, on_both_servers, rows, run, wait_for};
use crate::support::running::Running;

/// Enough batches, on one connection, that a kill falls among them.
const SLOW: [&str; 4] = ["--connections", "1", "--batch-size", "4K"];

fn generate(home: &Path, products: &str, variant: &str) -> PathBuf {
    let out = home.join("csv");
    let arguments = ["--products", products, "--variant", variant, "-q"];
    run(home, ["generate", "csv"].iter().chain(&arguments)).exits(0);
    out
}

/// Table names with rows and checksums, of a report on stdout.
fn sums(report: &str) -> Vec<(String, u64, String)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_string();
    report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| {
            let loaded = t["loaded"].as_u64().unwrap();
            (text(&t["name"]), loaded, text(&t["checksum"]))
        })
        .collect()
}

/// Starts a slow seed and waits until some batches are in.
fn seed_until_batches_are_loaded(home: &Path, url: &str, batches: u64) -> Child {
    let seed = ["seed", "csv", "--database-url", url];
    with_batches_in(
        background(home, seed.iter().chain(&SLOW)),
        url,
        batches,
        "TRUE",
    )
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Runs the same seed to its end and compares it with what `check` says of the files.
fn finish_and_compare(home: &Path, url: &str) -> String {
    let seeded = ["seed", "csv", "--database-url", url, "--verify", "full"];
    let seeded = run(home, seeded.iter().chain(&["--report", "-"])).exits(0);
    let checked = run(home, ["check", "csv", "--rejects", "r", "--report", "-"]);
    assert_eq!(sums(&seeded.stdout), sums(&checked.stdout));
    run(home, ["verify", "--database-url", url]).exits(0);
    seeded.stderr
}

on_both_servers! {
    fn a_killed_loader_is_resumed_and_every_batch_is_loaded_once(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "400", "dirty");
        for batches in [3, 100] {
            let mut child = seed_until_batches_are_loaded(home.path(), scratch.url(), batches);
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let said = finish_and_compare(home.path(), scratch.url());
        assert!(said.contains("interrupted while loading"), "{said}");
        let twice = "SELECT COUNT(*) FROM _reviewseed_runs";
        assert_eq!(scratch.value(&format!("SELECT CAST(({twice}) AS CHAR)")), "1");
    }
}

on_both_servers! {
    fn sigterm_finishes_running_batches_and_says_how_to_resume(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "400", "epoch");
        let child = seed_until_batches_are_loaded(home.path(), scratch.url(), 3);
        signal(&child, Signal::TERM);
        let ran = ended(child).exits(143).says("interrupted in phase load");
        ran.says("to resume: ").says("seed csv --database-url");
        finish_and_compare(home.path(), scratch.url());
    }
}

on_both_servers! {
    fn a_file_that_changed_since_the_interruption_is_an_error(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let csv = generate(home.path(), "400", "epoch");
        let mut child = seed_until_batches_are_loaded(home.path(), scratch.url(), 20);
        child.kill().unwrap();
        child.wait().unwrap();
        // of the same size, and another value in the first rows of both tables that are loaded
        // first
        for file in ["reviews.csv", "characteristics.csv"] {
            let path = csv.join(file);
            let text = fs::read_to_string(&path).unwrap();
            let (head, rest) = text.split_once("\n1,").unwrap();
            let changed = match rest.split_once("Quality") {
                Some((a, b)) if file == "characteristics.csv" => format!("{head}\n1,{a}Comfort{b}"),
                _ => format!("{head}\n1,{}{}", if rest.starts_with('9') { "8" } else { "9" }, &rest[1..]),
            };
            assert_eq!(changed.len(), text.len());
            fs::write(&path, changed).unwrap();
        }
        let seed = ["seed", "csv", "--database-url", scratch.url()];
        run(home.path(), seed).exits(2).says("is not the one that the interrupted run read");
    }
}

on_both_servers! {
    fn sessions_that_a_killed_run_left_in_the_server_are_ended(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "20", "epoch");
        let hash = xxhash_rust::xxh3::xxh3_64(scratch.name().as_bytes());
        let lock = format!("DO GET_LOCK('reviewseed_{hash:016x}_7', 0)");
        let url = scratch.url().to_string();
        let leftover = std::thread::spawn(move || rows(&url, &format!("{lock}; DO SLEEP(60)")));
        let used = format!("SELECT CAST(IS_USED_LOCK('reviewseed_{hash:016x}_7') AS CHAR)");
        let began = Instant::now();
        while scratch.rows(&used)[0][0].is_none() {
            assert!(began.elapsed() < Duration::from_secs(20), "the lock was never taken");
            std::thread::sleep(Duration::from_millis(10));
        }
        let seed = ["seed", "csv", "--database-url", scratch.url()];
        run(home.path(), seed).exits(0).says("ended 1 session that a killed run had left");
        assert!(leftover.join().unwrap().is_err(), "the session was not ended");
    }
}

/// A transaction that has read a table, so that no ALTER of it gets on.
fn hold(url: &str, table: &str) -> std::sync::mpsc::Sender<()> {
    let (release, released) = std::sync::mpsc::channel();
    let (held, holds) = std::sync::mpsc::channel();
    let (url, sql) = (url.to_owned(), format!("SELECT 1 FROM {table} LIMIT 1"));
    std::thread::spawn(move || {
        wait_for(async {
            let options: MySqlConnectOptions = url.parse().unwrap();
            let mut connection = options.connect().await.unwrap();
            for sql in ["BEGIN", &sql] {
                let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
                statement.execute(&mut connection).await.unwrap();
            }
            held.send(()).unwrap();
            // until it is told, or the test has failed
            let _ = released.recv();
            connection.close().await.unwrap();
        });
    });
    holds.recv().unwrap();
    release
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

on_both_servers! {
    fn a_run_killed_while_it_builds_indexes_is_resumed_at_once(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "400", "dirty");
        let at_work = format!(
            "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND INFO LIKE '/* reviewseed */ ALTER TABLE `characteristic_reviews`%'",
            scratch.name()
        );
        let hash = xxhash_rust::xxh3::xxh3_64(scratch.name().as_bytes());
        let holder = |n| format!("CAST(IS_USED_LOCK('reviewseed_{hash:016x}_{n}') AS CHAR)");
        let holders = format!("SELECT {}", (0..40).map(holder).collect::<Vec<_>>().join(","));
        let mut child = seed_until_batches_are_loaded(home.path(), scratch.url(), 3);
        let release = hold(scratch.url(), "characteristic_reviews");
        wait_until("an ALTER begins", || !scratch.rows(&at_work).is_empty());
        // the lock of its session tells whose it is
        let session = scratch.rows(&at_work)[0][0].clone();
        assert!(scratch.rows(&holders)[0].contains(&session), "the session has no lock");
        child.kill().unwrap();
        child.wait().unwrap();
        let again = std::thread::spawn({
            let (home, url) = (home.path().to_owned(), scratch.url().to_owned());
            move || finish_and_compare(&home, &url)
        });
        std::thread::sleep(Duration::from_millis(1500));
        release.send(()).unwrap();
        let said = again.join().unwrap();
        assert!(said.contains("interrupted in phase index; its rows are loaded"), "{said}");
        assert!(!said.contains("error") && !said.contains("another reviewseed"), "{said}");
    }
}

on_both_servers! {
    fn a_change_of_a_table_that_a_killed_run_left_running_is_awaited(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "20", "epoch");
        // the server cannot tell it from an ALTER of ours that takes long
        let url = scratch.url().to_string();
        let leftover = std::thread::spawn(move || rows(&url, "/* reviewseed */ SELECT SLEEP(4)"));
        let at_work = "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE '/* reviewseed */ SELECT SLEEP%' AND DB = DATABASE()";
        wait_until("it begins", || !scratch.rows(at_work).is_empty());
        // MySQL's list of what is at work cannot be read while this is on it
        let url = scratch.url().to_string();
        let unreadable = std::thread::spawn(move || rows(&url, "SELECT SLEEP(2), '😀'"));
        std::thread::sleep(Duration::from_millis(300));
        let seed = ["seed", "csv", "--database-url", scratch.url()];
        run(home.path(), seed).exits(0).says("still executes a statement of an earlier run; waiting for it");
        assert!(unreadable.join().unwrap().is_ok());
        assert!(leftover.join().unwrap().is_ok(), "it was not ended");
    }
}

on_both_servers! {
    long
    fn a_run_killed_at_any_moment_of_its_index_phase_is_resumed(server: Server) {
        let home = folder();
        generate(home.path(), "800", "epoch");
        let phase = "SELECT phase + 0 FROM _reviewseed_runs WHERE phase <> 'load'";
        for wait in [0, 20, 60, 150] {
            let scratch = Scratch::new(server);
            let seed = ["seed", "csv", "--database-url", scratch.url()];
            let mut child = background(home.path(), seed).spawn().unwrap();
            // until the run has made its tables, the query is an error
            let begun = || rows(scratch.url(), phase).is_ok_and(|rows| !rows.is_empty());
            wait_until("the index phase begins", begun);
            std::thread::sleep(Duration::from_millis(wait));
            child.kill().unwrap();
            child.wait().unwrap();
            let said = finish_and_compare(home.path(), scratch.url());
            assert!(!said.contains("error"), "{said}");
        }
    }
}

on_both_servers! {
    fn an_index_that_a_killed_run_left_being_built_is_waited_for(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "20", "epoch");
        let seed = ["seed", "csv", "--database-url", scratch.url()];
        run(home.path(), seed).exits(0);
        scratch.execute("ALTER TABLE reviews DROP INDEX reviews_helpful; UPDATE _reviewseed_runs SET phase = 'index'");
        // a reader keeps it from its end for a while
        let reader = "START TRANSACTION; SELECT CAST(id AS CHAR) FROM reviews LIMIT 1; DO SLEEP(4); COMMIT";
        let alter = "/* reviewseed */ ALTER TABLE reviews ADD INDEX reviews_helpful (product_id, reported, helpfulness DESC, `date` DESC)";
        let at_work = |sql: &'static str, state: &str| {
            let url = scratch.url().to_string();
            let thread = std::thread::spawn(move || rows(&url, sql));
            let shown = format!(
                "SELECT CAST(id AS CHAR) FROM information_schema.processlist WHERE db = '{}' AND {state}",
                scratch.name()
            );
            let began = Instant::now();
            while scratch.rows(&shown).is_empty() {
                assert!(began.elapsed() < Duration::from_secs(20), "{sql} never began");
                std::thread::sleep(Duration::from_millis(10));
            }
            thread
        };
        let reader = at_work(reader, "state = 'User sleep'");
        let leftover = at_work(alter, "info LIKE '/* reviewseed */%'");
        run(home.path(), seed).exits(0).says("still executes a statement of an earlier run; waiting for it");
        reader.join().unwrap().unwrap();
        leftover.join().unwrap().unwrap();
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
    }
}

on_both_servers! {
    fn a_run_waits_for_a_session_whose_end_the_server_has_not_noticed_yet(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "20", "epoch");
        let hash = xxhash_rust::xxh3::xxh3_64(scratch.name().as_bytes());
        let lock = format!("reviewseed_{hash:016x}");
        let url = scratch.url().to_string();
        let take = format!("DO GET_LOCK('{lock}', 0); DO SLEEP(2)");
        let leftover = std::thread::spawn(move || rows(&url, &take));
        let used = format!("SELECT CAST(IS_USED_LOCK('{lock}') AS CHAR)");
        let began = Instant::now();
        while scratch.rows(&used)[0][0].is_none() {
            assert!(began.elapsed() < Duration::from_secs(20), "the lock was never taken");
            std::thread::sleep(Duration::from_millis(10));
        }
        run(home.path(), ["seed", "csv", "--database-url", scratch.url()]).exits(0);
        leftover.join().unwrap().unwrap();
    }
}

on_both_servers! {
    fn corrected_rejects_and_their_children_are_appended(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        generate(home.path(), "300", "dirty");
        let url = scratch.url();
        run(home.path(), ["seed", "csv", "--database-url", url]).exits(0);
        let before: u64 = scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM reviews").parse().unwrap();
        // a missing rating is what the variant's rejected reviews have, unless they lack the field
        let rejects = home.path().join("rejects");
        let rejected = fs::read_to_string(rejects.join("reviews.csv")).unwrap();
        let corrected: Vec<String> = rejected.lines().map(|l| l.replacen(",,", ",3,", 1)).collect();
        fs::write(rejects.join("reviews.csv"), corrected.join("\n")).unwrap();

        let append = ["seed", "rejects", "--append", "--database-url", url, "--max-rejects", "100%"];
        run(home.path(), append).exits(2).says("is the input folder");
        let append: Vec<_> = append.iter().chain(&["--rejects", "again"]).collect();
        run(home.path(), &append).exits(0);
        let after: u64 = scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM reviews").parse().unwrap();
        assert_eq!(after - before, corrected.len() as u64 - 1, "all but the header are in");
        run(home.path(), ["verify", "--database-url", url]).exits(0);
        run(home.path(), append.iter().copied()).exits(0).says("nothing to do");
        // a second time, each row that is in is a duplicate of itself
        let again = run(home.path(), append.iter().copied().chain(&["--force", "--report", "-"])).exits(0);
        let report: Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!(report["tables"][0]["rules"]["duplicate_key"], after - before);
        run(home.path(), ["verify", "--database-url", url]).exits(0);
    }
}

on_both_servers! {
    fn children_alone_are_judged_by_the_parents_in_the_database(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let csv = generate(home.path(), "200", "epoch");
        let url = scratch.url();
        run(home.path(), ["seed", "csv", "--tables", "reviews,characteristics", "--database-url", url]).exits(0);
        let photos = csv.join("reviews_photos.csv");
        let mut text = fs::read_to_string(&photos).unwrap();
        text.push_str("900000,4000000,\"https://img.example.com/none.jpg\"\n");
        fs::write(&photos, text).unwrap();
        let seed = ["seed", "csv", "--tables", "reviews_photos", "--database-url", url, "--report", "-"];
        let seeded = run(home.path(), seed).exits(0);
        let report: Value = serde_json::from_str(&seeded.stdout).unwrap();
        assert_eq!(report["tables"][0]["rules"]["missing_parent"], 1);
        run(home.path(), ["verify", "--database-url", url]).exits(0);
    }
}

on_both_servers! {
    long
    fn a_killed_server_is_started_again_and_the_run_resumed(server: Server) {
        let home = folder();
        generate(home.path(), "400", "epoch");
        let running = Running::start(server, home.path(), &[]);
        let url = running.url.clone();
        let child = seed_until_batches_are_loaded(home.path(), &url, 20);
        running.kill();
        // `seed` retries for a while, and the server is started again in the meantime
        let running = Running::start(server, home.path(), &[]);
        let ran = ended(child);
        assert!(matches!(ran.code, Some(0 | 2)), "{ran:?}");
        finish_and_compare(home.path(), &url);
        running.stop();
    }
}
