//! Every type of the table of types, on both servers. Accepted values are stored with the computed
//! checksum. The server also rejects the rejected values, or the documentation says why it does
//! not.

mod charsets;
mod decoding;
mod json;
mod kinds;
mod more_kinds;
mod rejected;
mod spatial;

use std::fs;
use std::path::Path;

use clean::checksum::RowHasher;
use clean::clean_value;
use model::batch::{Batch, BatchSize, Layout};
use model::rejection::Rule;
use model::schema::{Column, ColumnType, Table};
use mysql::verify::in_sql::select_list;
use mysql_schema::parse::parse;

use crate::support::data::Files;
use crate::support::effort::cases;
use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};
use kinds::{Kind, kinds, runner, some};
use more_kinds::more_kinds;

/// Texts of each kind that a test tries.
fn tried() -> usize {
    usize::try_from(cases(60)).unwrap()
}

/// A table with two columns of each kind, one of them nullable.
fn all_kinds(kinds: &[Kind]) -> String {
    let columns: Vec<String> = kinds
        .iter()
        .enumerate()
        .map(|(i, kind)| format!("  n{i} {sql} NULL,\n  k{i} {sql} NOT NULL", sql = kind.sql))
        .collect();
    format!(
        "CREATE TABLE kinds (\n  id INT UNSIGNED NOT NULL PRIMARY KEY,\n{}\n) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;\n",
        columns.join(",\n")
    )
}

fn table_of(sql: &str) -> Table {
    parse(sql, "kinds.sql").unwrap().tables.remove(0)
}

/// The hash of a row that holds this value alone, or the rule that rejects it.
fn judged(column: &Column, text: &[u8]) -> Result<u32, Rule> {
    let layout = Layout::new([&column.kind]);
    let mut batch = Batch::new(layout.clone(), 0, 1, BatchSize::default());
    match clean_value(column, text, &mut batch) {
        Ok(()) => Ok(RowHasher::new().hash(&layout, |c| batch.pending_value(c))),
        Err(fault) => Err(fault.rule),
    }
}

/// Writes `kinds.csv`, each column filled with texts that are accepted for it; gives the number of
/// rows.
fn write_accepted(folder: &Path, kinds: &[Kind], table: &Table) -> usize {
    let mut runner = runner();
    let mut columns: Vec<Vec<Vec<u8>>> = Vec::new();
    for kind in kinds {
        let texts = some(&kind.texts, tried(), &mut runner);
        for column in &table.columns[1 + columns.len()..][..2] {
            let accepted: Vec<_> = texts
                .iter()
                .filter(|t| judged(column, t).is_ok())
                .cloned()
                .collect();
            assert!(!accepted.is_empty(), "no text for {}", kind.sql);
            columns.push(accepted);
        }
    }
    let mut csv = csv::Writer::from_path(folder.join("kinds.csv")).unwrap();
    csv.write_record(table.columns.iter().map(|c| &c.name))
        .unwrap();
    for row in 0..tried() {
        let id = (row + 1).to_string().into_bytes();
        let values = columns
            .iter()
            .map(|accepted| accepted[row % accepted.len()].clone());
        csv.write_record([id].into_iter().chain(values)).unwrap();
    }
    csv.flush().unwrap();
    tried()
}

on_both_servers! {
    long
    /// By LOAD DATA and by INSERT, in columns of each kind: the server's checksum is ours, and so
    /// is that of `check`.
    fn what_is_accepted_is_stored_as_the_checksum_says(server: Server) {
        accepted_is_stored(server, &kinds());
    }
}

on_both_servers! {
    fn bytes_bits_sets_and_the_like_are_stored_as_the_checksum_says(server: Server) {
        accepted_is_stored(server, &more_kinds(server));
    }
}

fn accepted_is_stored(server: Server, kinds: &[Kind]) {
    let folder = folder();
    let sql = all_kinds(kinds);
    fs::write(folder.path().join("kinds.sql"), &sql).unwrap();
    let rows = write_accepted(folder.path(), kinds, &table_of(&sql));
    let report = |ran: Ran| -> serde_json::Value {
        let mut report: serde_json::Value = serde_json::from_str(&ran.exits(0).stdout).unwrap();
        report["tables"][0].take()
    };
    let checked = report(run(
        folder.path(),
        ["check", "--schema", "kinds.sql", "--report", "-"],
    ));
    assert_eq!(checked["loaded"], rows);
    for way in ["local-infile", "insert"] {
        let scratch = Scratch::new(server);
        let options = ["--load", way, "--verify", "full", "--max-rejects", "0"];
        let target = ["--database-url", scratch.url(), "--report", "-"];
        let seed = ["seed", "--schema", "kinds.sql"];
        let arguments = seed.iter().chain(&options).chain(&target);
        let ran = run(folder.path(), arguments);
        if ran.code != Some(0) {
            let rejected = fs::read_to_string(folder.path().join("rejects/kinds.reasons.csv"));
            let why = rejected
                .unwrap_or_else(|_| columns_that_differ(&scratch, folder.path(), &sql).join("\n"));
            panic!("{way}: {}\n{why}", ran.stderr);
        }
        let seeded = report(ran);
        for what in ["read", "loaded", "checksum"] {
            assert_eq!(seeded[what], checked[what], "{way}: {what}");
        }
    }
}

/// Which column it is, when the checksum of a whole row differs: name, type and the first value
/// that does.
fn columns_that_differ(scratch: &Scratch, folder: &Path, sql: &str) -> Vec<String> {
    let table = table_of(sql);
    let rows: Vec<csv::ByteRecord> = csv::Reader::from_path(folder.join("kinds.csv"))
        .unwrap()
        .byte_records()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut differ = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        let sums = scratch.rows(&format!(
            "SELECT {} FROM kinds GROUP BY id ORDER BY id",
            select_list(&[column])
        ));
        let shown = match column.kind.is_of_bytes() && !column.kind.is_text() {
            true => format!("CONVERT(HEX(`{}`) USING utf8mb4)", column.name),
            false if matches!(column.kind, ColumnType::Bit { .. }) => {
                format!("`{}`+0", column.name)
            }
            false => format!("`{}`", column.name),
        };
        let values = scratch.rows(&format!("SELECT {shown} FROM kinds ORDER BY id"));
        for (row, (sum, value)) in rows.iter().zip(sums.iter().zip(&values)) {
            let ours = judged(column, &row[position]).unwrap().to_string();
            if sum[1].as_deref() != Some(&ours) {
                let text = String::from_utf8_lossy(&row[position]).into_owned();
                differ.push(format!(
                    "{} {}: {text:?} is stored as {:?}",
                    column.name, column.kind, value[0]
                ));
                break;
            }
        }
    }
    differ
}

/// Values that were once stored otherwise than the checksum said, or rejected without need: (type,
/// text in the file).
const AWKWARD: [(&str, &str); 15] = [
    // the middle between two of sixteen digits: Rust writes the larger one, the servers the even
    // one
    ("FLOAT", "635.57284"),
    // too small for a FLOAT and negative: minus zero
    ("FLOAT", "-2.6e-193"),
    ("FLOAT", "-1e-16"),
    ("FLOAT", "1e-45"),
    // 17 digits of a negative number do not fit into the 22 places that MySQL gives an expression
    ("DOUBLE", "-1.2345678901234567e-14"),
    ("DOUBLE", "1.2345678901234567e-10"),
    // as a DECIMAL literal it would lose its last digit
    ("DOUBLE", "0.000000000000012345678901234567"),
    ("DOUBLE", "1234567890123456.8"),
    ("DOUBLE", "1e15"),
    ("DOUBLE", "-0"),
    ("DOUBLE", "1.7976931348623157e308"),
    // a member with a blank is not the member without
    ("ENUM('led', ' led')", " led"),
    ("ENUM('', 'null') NOT NULL", "NULL"),
    ("ENUM('', 'null') NOT NULL", ""),
    ("ENUM('2', '3', '1')", "1"),
];

on_both_servers! {
    fn awkward_values_are_stored_as_the_checksum_says(server: Server) {
        let folder = folder();
        let columns: Vec<String> = AWKWARD.iter().enumerate().map(|(i, (kind, _))| format!("c{i} {kind}")).collect();
        let sql = format!("CREATE TABLE awkward ({}) CHARSET utf8mb4", columns.join(", "));
        fs::write(folder.path().join("awkward.sql"), sql).unwrap();
        let mut csv = csv::Writer::from_path(folder.path().join("awkward.csv")).unwrap();
        csv.write_record((0..AWKWARD.len()).map(|i| format!("c{i}"))).unwrap();
        csv.write_record(AWKWARD.map(|(_, text)| text)).unwrap();
        csv.flush().unwrap();
        for way in ["local-infile", "insert"] {
            let scratch = Scratch::new(server);
            run(folder.path(), [
                "seed", "--schema", "awkward.sql", "--database-url", scratch.url(), "--load", way, "--verify", "full", "--max-rejects", "0",
            ]).exits(0);
            assert_eq!(scratch.value("SELECT CONCAT_WS('|', c1 = 0, c11, c12, c13, c14) FROM awkward"), "1| led|null||1");
        }
    }
}

on_both_servers! {
    fn a_character_that_the_column_cannot_hold_is_rejected_with_its_name(server: Server) {
        let folder = folder();
        let sql = "CREATE TABLE words (id INT, a VARCHAR(9) CHARACTER SET latin1, b VARCHAR(9) CHARACTER SET utf8mb3, c TINYTEXT CHARACTER SET latin1) CHARSET utf8mb4";
        fs::write(folder.path().join("words.sql"), sql).unwrap();
        fs::write(folder.path().join("words.csv"), format!("id,a,b,c\n1,é,€,{}\n2,Ω,b,\n3,a,😀,\n4,€,Ω,\n", "é".repeat(255))).unwrap();
        for way in ["local-infile", "insert"] {
            let scratch = Scratch::new(server);
            run(folder.path(), [
                "seed", "--schema", "words.sql", "--database-url", scratch.url(), "--load", way, "--verify", "full", "--max-rejects", "2",
            ]).exits(0);
            let reasons = fs::read_to_string(folder.path().join("rejects/words.reasons.csv")).unwrap();
            assert_eq!(reasons.matches(",not_in_charset,").count(), 2, "{reasons}");
            assert!(reasons.contains("lacks the character Ω (U+03A9)"), "{reasons}");
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM words"), "1,4");
            // the limit of a TINYTEXT is in the column's own bytes
            assert_eq!(scratch.value("SELECT LENGTH(c) FROM words WHERE id = 1"), "255");
        }
    }
}

on_both_servers! {
    fn a_zero_date_is_rejected_with_the_option_that_reads_it_as_null(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE posts (id INT PRIMARY KEY, made DATETIME NOT NULL, changed DATETIME, day DATE)",
        );
        files.put(
            "posts",
            "id,made,changed,day\n1,2020-01-02,0000-00-00 00:00:00,0000-00-00\n2,0000-00-00,,\n\
             3,2020-01-02,2020-00-10,\n4,2020-01-02,,2020-01-03\n",
        );
        files.seed(&Scratch::new(server), &["--max-rejects", "100%"]).exits(0);
        let reasons = files.reasons("posts");
        let hints = reasons.iter().filter(|reason| reason.message.contains("--zero-dates null"));
        assert_eq!(hints.count(), 2);
        assert_eq!(reasons.len(), 3);

        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "100%", "--zero-dates", "null"]).exits(0);
        files.verify(&scratch).exits(0);
        let rejected = [(3, "missing_value".to_owned()), (4, "not_a_timestamp".to_owned())];
        assert_eq!(files.rejected("posts"), rejected);
        let stored = "SELECT GROUP_CONCAT(CONCAT_WS('/', id, IFNULL(changed, 'NULL'), IFNULL(day, 'NULL')) ORDER BY id) FROM posts";
        assert_eq!(scratch.value(stored), "1/NULL/NULL,4/NULL/2020-01-03");
    }
}
