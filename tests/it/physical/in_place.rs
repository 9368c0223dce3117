//! `--load physical` on the private server. On MySQL, the files are put in place while the server
//! is stopped; MariaDB imports them. In both cases, the tables equal those of an SQL load.
//! `resume::torture` kills such runs.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::random::{Made, made};
use super::{change, sums};
use crate::support::data::{Files, definition, is_sound};
use crate::support::effort::cases;
use crate::support::harness::{Scratch, Server, execute, on_both_servers, ran, rows, run};
use crate::support::private::Private;

/// What `-v` says when files were put in place.
const STARTED: &str = "load: the private server was started with the new files in";

fn says_how(server: Server) -> &'static str {
    match server {
        Server::MySQL => STARTED,
        Server::MariaDB => "every page verified); the server imports it",
    }
}

/// The tables of the private server's database, which is empty.
fn emptied(private: &Private) -> Scratch {
    execute(
        &private.url.replace("/reviews?", "/mysql?"),
        "DROP DATABASE IF EXISTS reviews; CREATE DATABASE reviews",
    );
    Scratch::existing(&private.url)
}

/// A random table, loaded both ways.
fn load(private: &Private, server: Server, made: &Made) -> (Scratch, Scratch) {
    let (by_file, by_sql) = (emptied(private), Scratch::at(&private.url));
    fs::write(private.home.join("schema.sql"), &made.schema).unwrap();
    fs::create_dir_all(private.home.join("csv")).unwrap();
    fs::write(private.home.join("csv/made.csv"), &made.csv).unwrap();
    let seed = [
        "seed",
        "csv",
        "--schema",
        "schema.sql",
        "--max-rejects",
        "0",
        "-v",
    ];
    private
        .run(&[&seed[..], &["--load", "physical"]].concat())
        .exits(0)
        .says(says_how(server));
    let url = ["--load", "local-infile", "--database-url", by_sql.url()];
    private.run(&[&seed[..], &url].concat()).exits(0);
    (by_file, by_sql)
}

fn are_equal(made: &Made, (by_file, by_sql): (&Scratch, &Scratch)) {
    is_sound(by_file, "made");
    assert_eq!(sums(by_sql, made), sums(by_file, made), "{}", made.schema);
    assert_eq!(definition(by_sql, "made"), definition(by_file, "made"));
}

on_both_servers! {
    long
    /// Then changed, and after a restart and a kill.
    fn random_tables_whose_files_are_put_in_place_equal_those_of_an_sql_load(server: Server) {
        let private = Private::new(server, "in-place");
        let rows = prop_oneof![Just(0u64), 1u64..30, 700u64..4000];
        let config = Config { cases: cases(2), max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&(any::<u64>(), rows), |(seed, rows)| {
            let made = made(seed, rows);
            let (by_file, by_sql) = load(&private, server, &made);
            are_equal(&made, (&by_file, &by_sql));
            let restarts: [fn(&Private); 2] = [|p| p.own.stop(), |p| p.own.kill()];
            for restart in restarts {
                change(&by_file, &made);
                change(&by_sql, &made);
                are_equal(&made, (&by_file, &by_sql));
                restart(&private);
                private.own.url();
                are_equal(&made, (&by_file, &by_sql));
            }
            Ok(())
        }).unwrap();
    }
}

on_both_servers! {
    fn numbering_continues_after_the_rows_of_a_file(server: Server) {
        let private = Private::new(server, "in-place-numbered");
        let schema = "CREATE TABLE made (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, KEY k0 (n)) CHARSET utf8mb4;";
        let made = Made {
            schema: schema.to_owned(),
            csv: "id,n\n7,1\n0,2\n3,3\n".to_owned(),
            rows: 3,
            key: vec!["id".to_owned()],
            indexes: vec![("k0".to_owned(), vec!["n".to_owned()])],
            texts: Vec::new(),
        };
        let (by_file, _by_sql) = load(&private, server, &made);
        for (id, restart) in [("8", true), ("9", false)] {
            by_file.execute("INSERT INTO made (n) VALUES (4)");
            assert_eq!(by_file.value("SELECT CAST(MAX(id) AS CHAR) FROM made"), id);
            if restart {
                private.own.stop();
                private.own.url();
            }
        }
        is_sound(&by_file, "made");
    }
}

on_both_servers! {
    /// A restart would disconnect the others.
    fn while_others_use_the_private_server_files_are_imported(server: Server) {
        let private = Private::new(server, "in-place-others");
        run(&private.home, ["generate", "csv", "--products", "300", "-q"]).exits(0);
        let url = private.url.clone();
        let session = std::thread::spawn(move || rows(&url, "SELECT SLEEP(1000)"));
        let others = || rows(&private.url, "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(1000)'").unwrap();
        while others().is_empty() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let seeded = private.run(&["seed", "csv", "--load", "physical", "-v"]).exits(0);
        if let Server::MySQL = server {
            seeded.says("the tablespace files are imported, because adding them without an import needs a restart, which would end 1 other session");
        }
        let id = others()[0][0].clone().expect("the other session was ended");
        execute(&private.url, &format!("KILL {id}"));
        session.join().unwrap().unwrap_err();
        private.run(&["verify"]).exits(0);
    }
}

on_both_servers! {
    /// A program that has passed is noted, and not probed again.
    fn a_server_program_is_probed_once(server: Server) {
        let files = Files::small();
        let cache = files.path("cache");
        let seed = || {
            let database = Scratch::at(&server.physical_url());
            let url = ["--database-url", database.url()];
            let mut seed = files.command("seed", &[&["--load", "physical", "-v"], &url[..]].concat());
            let said = ran(seed.env("XDG_CACHE_HOME", &cache)).exits(0).stderr;
            assert!(said.contains("method: physical"), "{said}");
            let left = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.tables WHERE table_name LIKE '%probe%' AND table_schema = DATABASE()";
            assert_eq!(database.value(left), "0");
            said.contains("accepts tablespace files (tested with a test table in")
        };
        assert!(seed(), "it was not probed");
        assert!(!seed(), "it was probed again");
        let list = cache.join("reviewseed/accepted-servers");
        assert_eq!(fs::read_to_string(&list).unwrap().lines().count(), 1);
        // as if another program had passed
        fs::write(&list, "1 0.0.0 /usr/sbin/mysqld 1 1.1\n").unwrap();
        assert!(seed(), "another program was taken for this one");
    }
}

on_both_servers! {
    long
    /// Of every table: the number in the ledger is the one that the server gives.
    fn the_checksums_that_the_client_computes_are_those_of_checksum_table(server: Server) {
        let url = server.physical_url();
        let mut covered = 0;
        for seed in 0..8 {
            let made = made(seed + 1_000, 40);
            let files = Files::of_schema(&made.schema);
            files.put("made", &made.csv);
            let scratch = Scratch::at(&url);
            files.seed(&scratch, &["--load", "local-infile", "--max-rejects", "0", "--verify", "full"]).exits(0);
            let known = scratch.rows("SELECT CAST(checksum AS CHAR) FROM _reviewseed_table_checksums");
            if let Some(known) = known.first() {
                let found = scratch.rows("CHECKSUM TABLE made");
                assert_eq!(found[0][1], known[0], "{}", made.schema);
                covered += 1;
            }
            // with rows that differ, the checksum in SQL says how
            let deleted = scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM made WHERE id > (SELECT MIN(id) FROM made)");
            if deleted != "0" {
                scratch.execute("DELETE FROM made ORDER BY id DESC LIMIT 1");
                files.verify(&scratch).exits(1).says("made: ");
            }
        }
        assert!(covered > 4, "only {covered} of 8 tables are covered");
    }
}
