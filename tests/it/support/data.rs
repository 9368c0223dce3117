//! Input for tests: a folder with CSV files, by default small and without faults, and the results
//! of the binary in the same folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::harness::{Ran, Scratch, folder, reviewseed};

/// The tables in load order.
pub const TABLES: [&str; 4] = [
    "reviews",
    "characteristics",
    "reviews_photos",
    "characteristic_reviews",
];

pub const REVIEWS_HEADER: &str = "id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness";

/// The sample data of the repository.
pub fn sample_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// A valid row of reviews.csv, with its line end.
pub fn review(id: u32) -> String {
    format!(
        "{id},7,4,1607788495627,\"Holds up\",\"Row {id}, and a comma.\",true,false,Ann,ann@example.com,null,{}\n",
        id % 9
    )
}

/// A reviews.csv with the valid rows `1..=count`.
pub fn reviews(count: u32) -> String {
    let rows: String = (1..=count).map(review).collect();
    format!("{REVIEWS_HEADER}\n{rows}")
}

/// One line of a reasons file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    pub file: String,
    pub line: u64,
    pub byte_offset: u64,
    pub record_bytes: u64,
    pub column: String,
    pub rule: String,
    pub value: String,
    pub message: String,
}

/// A folder in which the binary runs, with its input in `csv/`. The binary writes `rejects/` and
/// `report.json` there.
pub struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    /// A folder with an empty `csv/` only.
    pub fn none() -> Files {
        let files = Files { folder: folder() };
        fs::create_dir(files.path("csv")).unwrap();
        files
    }

    /// Small, valid files for all four tables.
    pub fn small() -> Files {
        let files = Files::none();
        files.put("reviews", reviews(3));
        files.put(
            "characteristics",
            "id,product_id,name\n1,7,\"Fit\"\n2,7,\"Size\"\n",
        );
        files.put(
            "reviews_photos",
            "id,review_id,url\n8,1,\"https://photos.example.com/8.jpg\"\n7,3,\"https://photos.example.com/7.jpg\"\n",
        );
        files.put(
            "characteristic_reviews",
            "id,characteristic_id,review_id,value\n1,1,1,5\n2,2,1,1\n3,1,3,4\n",
        );
        files
    }

    /// A folder with this schema in `schema.sql` and an empty `csv/`.
    pub fn of_schema(schema: &str) -> Files {
        let files = Files::none();
        fs::write(files.path("schema.sql"), schema).unwrap();
        files
    }

    pub fn put(&self, table: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path("csv").join(format!("{table}.csv")), content).unwrap();
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the binary that reads `csv/` and writes a report.
    pub fn command(&self, name: &str, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = reviewseed(self.folder.path());
        command
            .args([name, "csv", "--report", "report.json"])
            .args(arguments);
        if self.path("schema.sql").exists() {
            command.args(["--schema", "schema.sql"]);
        }
        command
    }

    pub fn check(&self, arguments: &[&str]) -> Ran {
        crate::support::harness::ran(&mut self.command("check", arguments))
    }

    pub fn verify(&self, scratch: &Scratch) -> Ran {
        let url = ["--database-url", scratch.url()];
        crate::support::harness::ran(reviewseed(self.folder.path()).arg("verify").args(url))
    }

    pub fn seed(&self, scratch: &Scratch, arguments: &[&str]) -> Ran {
        crate::support::harness::ran(
            self.command("seed", arguments)
                .args(["--database-url", scratch.url()]),
        )
    }

    /// The report in JSON.
    pub fn report(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path("report.json")).unwrap()).unwrap()
    }

    /// One table of the report.
    #[track_caller]
    pub fn reported(&self, table: &str) -> serde_json::Value {
        let report = self.report();
        let tables = report["tables"].as_array().unwrap();
        let found = tables.iter().find(|t| t["name"] == table);
        found
            .unwrap_or_else(|| panic!("no {table} in {report:#}"))
            .clone()
    }

    /// The contents of a reject file; empty if the file does not exist.
    pub fn rejects(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("rejects").join(name)).unwrap_or_default()
    }

    /// The reasons of a table.
    pub fn reasons(&self, table: &str) -> Vec<Reason> {
        let text = self.rejects(&format!("{table}.reasons.csv"));
        let mut reader = csv::Reader::from_reader(&text[..]);
        reader
            .records()
            .map(|record| {
                let record = record.unwrap();
                let number = |at: usize| record[at].parse().unwrap();
                Reason {
                    file: record[0].to_owned(),
                    line: number(1),
                    byte_offset: number(2),
                    record_bytes: number(3),
                    column: record[4].to_owned(),
                    rule: record[5].to_owned(),
                    value: record[6].to_owned(),
                    message: record[7].to_owned(),
                }
            })
            .collect()
    }

    /// The reasons of a table as (line, rule).
    pub fn rejected(&self, table: &str) -> Vec<(u64, String)> {
        self.reasons(table)
            .into_iter()
            .map(|r| (r.line, r.rule))
            .collect()
    }
}

/// The sorted lines of the CREATE TABLE statement of a table, without its AUTO_INCREMENT counter.
pub fn definition(scratch: &Scratch, table: &str) -> Vec<String> {
    let row = scratch
        .rows(&format!("SHOW CREATE TABLE {table}"))
        .remove(0);
    let text = row[1].clone().unwrap();
    let is_no_count = |word: &&str| !word.starts_with("AUTO_INCREMENT=");
    let line = |line: &str| {
        let words: Vec<_> = line.split(' ').filter(is_no_count).collect();
        words.join(" ").trim_end_matches(',').to_owned()
    };
    let mut lines: Vec<_> = text.lines().map(line).collect();
    // the order of indexes does not matter
    lines.sort();
    lines
}

/// Fails the test unless the server finds a table sound. MariaDB may still have to remove deleted
/// records from an index, of which it warns.
#[track_caller]
pub fn is_sound(scratch: &Scratch, table: &str) {
    let rows = scratch.rows(&format!("CHECK TABLE {table} EXTENDED"));
    let words = |at: usize| move |row: &Vec<Option<String>>| row[at].clone().unwrap_or_default();
    let warnings = rows
        .iter()
        .filter(|row| words(2)(row) == "Warning")
        .map(words(3));
    for warning in warnings {
        assert!(warning.contains("(info_bits=32,"), "{table}: {warning}");
    }
    let others = rows
        .iter()
        .filter(|row| words(2)(row) != "Warning")
        .map(words(3));
    assert_eq!(others.collect::<Vec<_>>(), ["OK"], "{table}: {rows:?}");
}
