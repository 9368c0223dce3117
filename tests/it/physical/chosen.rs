//! `--load auto` on the private server: physical import where it is faster, otherwise an SQL load,
//! with the same rows in both cases.

use std::fmt::Write;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::background::{background, ended};
use crate::support::data::{REVIEWS_HEADER, TABLES, sample_data};
use crate::support::harness::{Ran, Server, execute, folder, on_both_servers, rows};
use crate::support::private::Private;

const CHOSEN: &str =
    "method: physical (the server is private, and importing takes a fraction of the time)";

/// `csv/`: few reviews, with a long field that is no column: the input is large enough to be worth
/// a file, and the server has little to store. One review is broken, and so are a photo and a value
/// without it. All tests read the same files.
fn large(home: &Path) {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        include_str!("chosen.rs").hash(&mut hasher);
        let made = Server::home(&format!("large-{:x}", hasher.finish()));
        if !made.exists() {
            let csv = folder().keep();
            make_large(&csv);
            // another process may have been quicker
            let _ = fs::rename(&csv, &made).or_else(|_| fs::remove_dir_all(&csv));
        }
        made
    });
    symlink(made, home.join("csv")).unwrap();
}

fn make_large(csv: &Path) {
    let padding = "p".repeat(3980);
    let mut reviews = format!("{REVIEWS_HEADER},padding\n");
    for id in 1..=17_000 {
        let rating = if id == 100 { 9 } else { 1 + id % 5 };
        writeln!(reviews, "{id},{},{rating},1607788495627,\"Holds up\",\"body {id}\",true,false,Ann,ann@example.com,null,{},{padding}", id / 6, id % 9).unwrap();
    }
    assert!(reviews.len() > 64 << 20, "too little to be worth a file");
    fs::write(csv.join("reviews.csv"), reviews).unwrap();
    let lines = |header: &str, count: u32, line: fn(u32) -> String| {
        (1..=count).fold(format!("{header}\n"), |text, id| text + &line(id) + "\n")
    };
    let files = [
        (
            "characteristics",
            lines("id,product_id,name", 2, |id| format!("{id},7,Fit")),
        ),
        (
            "reviews_photos",
            lines("id,review_id,url", 20, |id| {
                format!("{id},{},https://photos.example/{id}", 90 + id)
            }),
        ),
        (
            "characteristic_reviews",
            lines("id,characteristic_id,review_id,value", 20_000, |id| {
                format!("{id},{},{},3", 1 + id % 2, 1 + id % 17_000)
            }),
        ),
    ];
    for (table, text) in files {
        fs::write(csv.join(format!("{table}.csv")), text).unwrap();
    }
}

fn report(private: &Private) -> serde_json::Value {
    serde_json::from_slice(&fs::read(private.home.join("report.json")).unwrap()).unwrap()
}

/// What was loaded of each table, and its checksum.
fn loaded(private: &Private) -> Vec<(String, u64, String)> {
    let report = report(private);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let tables = report["tables"].as_array().unwrap().iter();
    tables
        .map(|t| {
            (
                text(&t["name"]),
                t["loaded"].as_u64().unwrap(),
                text(&t["checksum"]),
            )
        })
        .collect()
}

fn seed(private: &Private, more: &[&str]) -> Ran {
    let seed = ["seed", "csv", "-v", "--report", "report.json"];
    private.run(&[&seed, more].concat())
}

/// As it was before any seed.
fn empty(private: &Private) {
    execute(
        &private.url,
        "DROP DATABASE reviews; CREATE DATABASE reviews",
    );
}

on_both_servers! {
    long
    fn many_rows_are_imported_physically_and_equal_those_of_an_sql_load(server: Server) {
        let private = Private::new(server, "chosen");
        large(&private.home);
        let seeded = seed(&private, &[]).exits(0).says(CHOSEN).says("load: the tablespace file of reviews is complete (");
        seeded.says("row counts, checksums, foreign keys and indexes agree");
        let by_file = (report(&private), loaded(&private));
        assert_eq!((&by_file.0["server"]["load"], &by_file.0["verification"]), (&"physical".into(), &"full".into()));
        assert_eq!(by_file.1[0].1, 16_999);
        let next = by_file.0["next"].to_string();
        assert!(!next.contains("verify every value"), "all is verified already: {next}");
        for table in TABLES {
            let checked = rows(&private.url, &format!("CHECK TABLE {table} EXTENDED")).unwrap();
            assert_eq!(checked[0][3].as_deref(), Some("OK"), "{table}");
        }
        seed(&private, &[]).exits(0).says("nothing to do");
        assert_eq!(report(&private)["verification"], "quick");
        // also who comes after the load knows how the rows came in
        execute(&private.url, "UPDATE _reviewseed_runs SET phase = 'index'");
        seed(&private, &["--load", "local-infile"]).exits(0).says("its rows are loaded");
        assert_eq!(report(&private)["verification"], "full");

        empty(&private);
        seed(&private, &["--load", "local-infile"]).exits(0);
        let by_sql = report(&private);
        assert_eq!((&by_sql["server"]["load"], &by_sql["verification"]), (&"local-infile".into(), &"quick".into()));
        assert!(by_sql["next"].to_string().contains("verify every value"));
        assert_eq!(loaded(&private), by_file.1);
    }
}

on_both_servers! {
    long
    fn the_next_run_repairs_everything_that_a_killed_one_left(server: Server) {
        let private = Private::new(server, "chosen-killed");
        large(&private.home);
        let mut child = background(&private.home, ["seed", "csv"]).env("REVIEWSEED_MYSQLD", server.program()).spawn().unwrap();
        // the ledger names the tables that are about to be made
        let begun = "SELECT COUNT(*) FROM _reviewseed_imports HAVING COUNT(*) = 4";
        let began = std::time::Instant::now();
        while !rows(&private.url, begun).is_ok_and(|rows| rows.len() == 1) {
            assert!(began.elapsed() < crate::support::harness::LIMIT && child.try_wait().unwrap().is_none(), "it never came to its files");
        }
        child.kill().unwrap();
        ended(child);
        seed(&private, &[]).exits(0).says("their physical import was interrupted").says(CHOSEN);
        assert_eq!(loaded(&private)[0].1, 16_999);
        private.run(&["verify"]).exits(0);
    }
}

on_both_servers! {
    fn without_indexes_the_files_have_none_either(server: Server) {
        let private = Private::new(server, "chosen-bare");
        large(&private.home);
        seed(&private, &["--no-index"]).exits(0).says(CHOSEN);
        let keys = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.statistics WHERE table_schema = 'reviews' \
            AND index_name <> 'PRIMARY' AND LEFT(table_name, 1) <> '_'";
        assert_eq!(rows(&private.url, keys).unwrap()[0][0].as_deref(), Some("0"));
        private.run(&["reindex"]).exits(0);
        private.run(&["verify"]).exits(0);
    }
}

on_both_servers! {
    /// The rows have columns that InnoDB stores outside the row's page. Physical import does not
    /// write such columns, so the run loads the table by SQL.
    fn rows_that_are_too_long_for_physical_import_are_loaded_by_sql(server: Server) {
        let private = Private::new(server, "chosen-long");
        let csv = private.home.join("csv");
        let _ = fs::remove_dir_all(&csv);
        fs::create_dir(&csv).unwrap();
        fs::write(
            private.home.join("schema.sql"),
            "CREATE TABLE short (id INT PRIMARY KEY, n INT, INDEX short_n (n)) CHARSET utf8mb4;
             CREATE TABLE essays (id INT PRIMARY KEY, text TEXT NOT NULL) CHARSET utf8mb4;",
        )
        .unwrap();
        fs::write(csv.join("short.csv"), "id,n\n1,2\n2,3\n").unwrap();
        let text = "e".repeat(20_000);
        let essays: Vec<String> = (1..=3_500).map(|id| format!("{id},{text}")).collect();
        fs::write(csv.join("essays.csv"), format!("id,text\n{}\n", essays.join("\n"))).unwrap();
        seed(&private, &["--schema", "schema.sql"]).exits(0).says(CHOSEN).says("seed: essays cannot be imported physically: ").says("loading by SQL instead");
        assert_eq!(report(&private)["server"]["load"], "local-infile");
        private.run(&["verify", "--schema", "schema.sql"]).exits(0);
        let lengths = rows(&private.url, "SELECT CAST(SUM(LENGTH(text)) AS CHAR), CAST(COUNT(*) AS CHAR) FROM essays").unwrap();
        assert_eq!(lengths[0], [Some("70000000".to_owned()), Some("3500".to_owned())]);
    }
}

on_both_servers! {
    long
    fn reasons_against_physical_import_are_reported_and_rows_are_loaded_by_sql(server: Server) {
        let private = Private::new(server, "chosen-not");
        let sql_load = |arguments: &[&str], why: &str| {
            let said = private.run(&[&["seed", "-v", "--report", "report.json"], arguments].concat());
            said.exits(0).says(&format!("seed: rows are loaded by SQL, not imported: {why}"));
            assert_eq!((&report(&private)["server"]["load"], &report(&private)["verification"]), (&"local-infile".into(), &"quick".into()));
            empty(&private);
        };
        sql_load(&[sample_data().to_str().unwrap()], "the input has less than 64 MiB");

        large(&private.home);
        sql_load(&["csv", "--keep-redo-log"], "--keep-redo-log keeps every committed batch");

        let schema = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.sql")).unwrap();
        execute(&private.url, &schema);
        sql_load(&["csv"], "tables existed before this run");

        // of a text key nobody but the server can tell whether it is taken
        let unique = schema.replacen("  PRIMARY KEY (id),", "  PRIMARY KEY (id), UNIQUE INDEX reviews_of_one (reviewer_email, id),", 1);
        fs::write(private.home.join("unique.sql"), unique).unwrap();
        sql_load(&["csv", "--schema", "unique.sql"], "reviews: only the server finds all duplicates in index reviews_of_one");
    }
}
