//! `check` and `seed` reject exactly the rows of sample-data/dirty that the table in its README
//! lists, each by the rule that the table names.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::rejection::Rule;

use crate::support::data::{Files, Reason, TABLES, sample_data};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

fn dirty() -> PathBuf {
    sample_data().join("dirty")
}

/// (file, line, byte, column, rule)
type Place = (String, u64, u64, String, String);

/// The rows of the README's table.
fn explained() -> Vec<Place> {
    let text = std::fs::read_to_string(dirty().join("README.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells: Vec<_> = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        let [file, line, byte, column, rule, why] = <[String; 6]>::try_from(cells).expect(row);
        assert!(!why.is_empty(), "{row}");
        (
            file,
            line.parse().unwrap(),
            byte.parse().unwrap(),
            column,
            rule,
        )
    })
    .collect()
}

/// What the last run rejected, in the order of the tables.
fn rejected(files: &Files) -> Vec<Place> {
    let folder = format!("{}/", dirty().display());
    let place = |reason: Reason| {
        let file = reason.file.strip_prefix(&folder).unwrap().to_owned();
        (
            file,
            reason.line,
            reason.byte_offset,
            reason.column,
            reason.rule,
        )
    };
    TABLES
        .iter()
        .flat_map(|table| files.reasons(table))
        .map(place)
        .collect()
}

#[test]
fn check_rejects_exactly_the_rows_that_the_readme_explains() {
    let files = Files::none();
    let mut command = reviewseed(&files.path(""));
    ran(command
        .arg("check")
        .arg(dirty())
        .args(["--max-rejects", "100%"]))
    .exits(1);
    assert_eq!(rejected(&files), explained());
    // the raw records are the files' own bytes
    for table in TABLES {
        let file = std::fs::read(dirty().join(format!("{table}.csv"))).unwrap();
        let mut kept = files.rejects(&format!("{table}.csv"));
        kept.extend(files.rejects(&format!("{table}.broken")));
        for reason in files.reasons(table) {
            let raw = &file[reason.byte_offset as usize..][..reason.record_bytes as usize];
            assert!(
                kept.windows(raw.len()).any(|piece| piece == raw),
                "{reason:?}"
            );
        }
    }
}

on_both_servers! {
    fn seed_rejects_exactly_the_same_rows_and_loads_the_others(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        let mut command = reviewseed(&files.path(""));
        command.arg("seed").arg(dirty()).args(["--max-rejects", "100%", "--verify", "full", "--report", "report.json", "--database-url", scratch.url()]);
        ran(&mut command).exits(0);
        assert_eq!(rejected(&files), explained());
        let ids = |table: &str| scratch.value(&format!("SELECT GROUP_CONCAT(id ORDER BY id) FROM {table}"));
        assert_eq!(TABLES.map(ids), ["1,2,4,14", "1,2,3,5", "1,2,4", "1,2,4,7"]);
        assert_eq!(scratch.value("SELECT CAST(`date` AS CHAR) FROM reviews WHERE id = 14"), "2021-04-22 02:39:42.000");
        assert_eq!(scratch.value("SELECT CAST(name AS CHAR) FROM characteristics WHERE id = 3"), "Quality");
    }
}

#[test]
fn every_rule_that_the_client_decides_for_this_schema_has_its_row() {
    let shown: BTreeSet<_> = explained().into_iter().map(|place| place.4).collect();
    // too large for a small file; files and types that the data does not have; the server's own
    let not_here = [
        Rule::RecordTooLarge,
        Rule::InvalidJson,
        Rule::NestedValue,
        Rule::NotANumber,
        Rule::NotATime,
        Rule::NotInSet,
        Rule::NotBytes,
        Rule::NotJson,
        Rule::NotAGeometry,
        Rule::NotAnAddress,
        Rule::NotAUuid,
        Rule::NotAVector,
        Rule::NotInCharset,
        Rule::RefusedByServer,
    ];
    let expected: BTreeSet<_> = Rule::ALL
        .into_iter()
        .filter(|rule| !not_here.contains(rule))
        .map(|rule| rule.name().to_owned())
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_lower_limit_shows_the_rule_that_a_small_file_cannot() {
    let files = Files::none();
    let mut command = reviewseed(&files.path(""));
    ran(command.arg("check").arg(dirty()).args([
        "--max-rejects",
        "100%",
        "--max-record",
        "200",
        "--tables",
        "reviews",
    ]))
    .exits(1);
    let row = explained()
        .into_iter()
        .find(|place| place.4 == "too_long")
        .unwrap();
    let found = rejected(&files)
        .into_iter()
        .find(|place| (place.1, place.2) == (row.1, row.2))
        .unwrap();
    assert_eq!(found.4, "record_too_large");
}
