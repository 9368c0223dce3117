//! A fifth of all rows is damaged. Every row is accounted for, an independent CSV reader reads the
//! reject files in the same way, and corrected records are loaded. `correction.py` reads and
//! corrects them with Python's csv module.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::data::TABLES;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

/// Runs `correction.py` and returns its output.
#[track_caller]
fn python(command: &str, folders: &[&Path]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/records/correction.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(command)
        .args(folders)
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot run 'python3', which this test needs on PATH: {error}")
        });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// read, loaded, rejected of each table, of a report on stdout.
fn counts(report: &str) -> Vec<(u64, u64, u64)> {
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    let tables = report["tables"].as_array().unwrap();
    let count = |table: &serde_json::Value, name: &str| table[name].as_u64().unwrap();
    tables
        .iter()
        .map(|t| (count(t, "read"), count(t, "loaded"), count(t, "rejected")))
        .collect()
}

on_both_servers! {
    fn rejects_that_an_independent_reader_corrects_are_loaded(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let (home, url) = (home.path(), scratch.url());
        let products = std::env::var("REVIEWSEED_MENDING_PRODUCTS").unwrap_or_else(|_| "400".into());
        let dirt = ["--products", &products, "--variant", "dirty", "--dirt", "0.2", "-q"];
        run(home, ["generate", "csv"].iter().chain(&dirt)).exits(0);

        let seed = ["seed", "csv", "--max-rejects", "100%", "--verify", "full", "--report", "-", "--database-url", url];
        let seeded = counts(&run(home, seed).exits(0).stdout);
        let found = python("account", &[&home.join("csv"), &home.join("rejects")]);
        let found: Vec<(&str, u64, u64)> = found
            .lines()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                (words[0], words[1].parse().unwrap(), words[2].parse().unwrap())
            })
            .collect();
        assert_eq!(found.len(), TABLES.len());
        let stored = |table: &str| -> u64 {
            scratch.value(&format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}")).parse().unwrap()
        };
        let mut expected = Vec::new();
        for ((table, mendable, broken), (read, loaded, rejected)) in found.iter().zip(&seeded) {
            assert_eq!(*read, loaded + rejected, "{table}");
            assert_eq!(*rejected, mendable + broken, "{table}");
            assert_eq!(stored(table), *loaded, "{table}");
            assert!(*mendable > 0 && *broken > 0 && 10 * rejected > *read, "{table} is dirty enough");
            expected.push((*mendable, *mendable, 0));
        }

        fs::create_dir(home.join("known")).unwrap();
        fs::create_dir(home.join("corrected")).unwrap();
        for table in TABLES {
            let rows = scratch.rows(&format!("SELECT CAST(id AS CHAR) FROM {table}"));
            let ids: Vec<String> = rows.into_iter().map(|mut row| row.remove(0).unwrap()).collect();
            fs::write(home.join("known").join(format!("{table}.ids")), ids.join("\n")).unwrap();
        }
        python("correct", &[&home.join("rejects"), &home.join("known"), &home.join("corrected")]);
        let append = ["seed", "corrected", "--append", "--rejects", "again", "--verify", "full", "--report", "-", "--database-url", url];
        assert_eq!(counts(&run(home, append).exits(0).stdout), expected);
        for ((table, mendable, _), (_, loaded, _)) in found.iter().zip(&seeded) {
            assert_eq!(stored(table), loaded + mendable, "{table}");
        }
        run(home, ["verify", "--database-url", url]).exits(0);
    }
}
