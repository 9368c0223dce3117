//! Other programs change the tables while a run loads them: the run or `verify` finds it, and the
//! rows of the ledger are not taken for rows of the tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, execute, folder, on_both_servers, ran, rows};
use crate::support::proxy::Proxy;

const SCHEMA: &str = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(60) NOT NULL, g INT NOT NULL, KEY k_g (g));";

fn files() -> Files {
    let files = Files::of_schema(SCHEMA);
    let lines: String = (0..3_000)
        .map(|i| format!("{i},value {i},{}\n", i % 7))
        .collect();
    files.put("t", format!("id,v,g\n{lines}"));
    files
}

/// Seeds, and executes statements between the fourth and the fifth batch.
fn seed_while(files: &Files, scratch: &Scratch, statements: &'static str) -> Ran {
    let url = scratch.url().to_owned();
    seed_and(files, scratch, move || execute(&url, statements))
}

/// Seeds, and interferes between the fourth and the fifth batch.
fn seed_and(files: &Files, scratch: &Scratch, interfere: impl Fn() + Send + Sync + 'static) -> Ran {
    let (home, batches) = (folder(), AtomicU32::new(0));
    let (is_time, done) = (AtomicBool::new(false), Arc::new(AtomicBool::new(false)));
    let is_done = Arc::clone(&done);
    let answers = move |sql: &str| {
        if is_time.swap(false, Ordering::SeqCst) {
            interfere();
            is_done.store(true, Ordering::SeqCst);
        }
        if sql.starts_with("COMMIT") && batches.fetch_add(1, Ordering::SeqCst) == 3 {
            is_time.store(true, Ordering::SeqCst);
        }
        None
    };
    let proxy = Proxy {
        answers: Some(Box::new(answers)),
        ..Proxy::default()
    };
    let via = proxy.start(home.path(), scratch.url());
    let fixed = [
        "--batch-size",
        "4K",
        "--connections",
        "1",
        "--database-url",
        &via,
    ];
    let seeded = ran(&mut files.command("seed", &fixed));
    assert!(done.load(Ordering::SeqCst), "{}", seeded.stderr);
    seeded
}

on_both_servers! {
    fn what_others_change_during_a_load_is_found(server: Server) {
        for (change, counted) in [
            ("DELETE FROM t WHERE id = 3", Some("t: holds 2,999 rows, 3,000 were loaded")),
            ("INSERT INTO t VALUES (70000, 'theirs', 1)", Some("t: holds 3,001 rows, 3,000 were loaded")),
            ("TRUNCATE TABLE t", Some("rows, 3,000 were loaded")),
            // only the checksum of the values shows this
            ("UPDATE t SET v = 'theirs' WHERE id = 3", None),
        ] {
            let (files, scratch) = (files(), Scratch::new(server));
            let seeded = seed_while(&files, &scratch, change);
            match counted {
                Some(words) => seeded.exits(1).says(words),
                None => seeded.exits(0),
            };
            files.verify(&scratch).exits(1).says("t: the checksum is");
            files.seed(&scratch, &["--replace", "--force"]).exits(0);
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    fn a_table_or_a_ledger_that_others_drop_during_a_load_is_named(server: Server) {
        const AGAIN: &str = "another program has dropped a table: run the same command again";
        for (change, code, words) in [
            ("DROP TABLE t", 0, "seed: done"),
            ("DROP TABLE _reviewseed_batches", 2, "to load all of them into new tables, add --replace --force"),
            ("DROP TABLE _reviewseed_batches, _reviewseed_runs", 2, "--replace"),
        ] {
            let (files, scratch) = (files(), Scratch::new(server));
            seed_while(&files, &scratch, change).exits(2).says(AGAIN);
            files.seed(&scratch, &[]).exits(code).says(words);
            files.seed(&scratch, &["--replace", "--force"]).exits(0);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "3000");
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    long
    /// By default, MySQL waits for a year.
    fn a_table_that_others_have_locked_is_waited_for_and_reported(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let url = scratch.url().to_owned();
        let seeded = seed_and(&files, &scratch, move || {
            let url = url.clone();
            std::thread::spawn(move || rows(&url, "LOCK TABLES t WRITE; DO SLEEP(65); UNLOCK TABLES").unwrap());
            std::thread::sleep(Duration::from_secs(1));
        });
        seeded.exits(0).says("another session holds a lock that this one needs");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "3000");
        files.verify(&scratch).exits(0);
    }
}
