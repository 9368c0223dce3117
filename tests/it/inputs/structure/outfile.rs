//! A table that a server writes with `SELECT … INTO OUTFILE` is stored again without a change, in
//! every dialect that its clauses allow.

use std::fs;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, folder, on_both_servers};
use crate::support::own_server::OwnServer;

const TABLE: &str = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(60), w TEXT NOT NULL, b VARBINARY(40), c CHAR(5),
    n INT, x DECIMAL(9,3), m DATETIME(3), e ENUM('a','NULL','x,y'), s SET('p','q r')) CHARACTER SET utf8mb4";

/// The clauses, and the options that read what they make.
const CLAUSES: [(&str, &[&str]); 7] = [
    // as `mysqldump --tab` has them
    ("", &["--dialect", "mysqldump-tab"]),
    (
        "FIELDS TERMINATED BY ',' ENCLOSED BY '\"'",
        &["--dialect", "mysql"],
    ),
    (
        "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'",
        &["--dialect", "mysql"],
    ),
    (
        "FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '\\'' ESCAPED BY '!' LINES TERMINATED BY '\\r\\n'",
        &[
            "--dialect",
            "mysql",
            "--delimiter",
            ";",
            "--quote",
            "'",
            "--escape",
            "!",
            "--line-end",
            "crlf",
        ],
    ),
    (
        "FIELDS TERMINATED BY '::' LINES TERMINATED BY '\\r'",
        &[
            "--dialect",
            "mysqldump-tab",
            "--delimiter",
            "::",
            "--line-end",
            "cr",
        ],
    ),
    (
        "FIELDS TERMINATED BY '|'",
        &["--dialect", "mysqldump-tab", "--delimiter", "|"],
    ),
    (
        "FIELDS TERMINATED BY '\\t' ENCLOSED BY '\"' LINES TERMINATED BY '\\r\\n'",
        &[
            "--dialect",
            "mysql",
            "--delimiter",
            "tab",
            "--line-end",
            "crlf",
        ],
    ),
];

/// Texts with everything that is escaped, and that could be mistaken for it.
fn texts(longest: usize) -> impl Strategy<Value = String> {
    let special = "\\\"'!,;:|\t\n\r\0\u{8}\u{1a} N0nrtbZ#éß😀\u{feff}";
    let special = proptest::sample::select(special.chars().collect::<Vec<_>>());
    let character = prop_oneof![1 => proptest::char::range('a', 'd'), 3 => special];
    let words = [
        "", "NULL", "null", "\\N", "N", "\\", "\"", "\"\"", "\r\n", "\\\n", "', '",
    ];
    let words = proptest::sample::select(words.map(str::to_owned).to_vec());
    let text = proptest::collection::vec(character, 0..longest).prop_map(String::from_iter);
    prop_oneof![3 => text, 1 => words]
}

/// A value as SQL, which depends on no escapes.
fn sql(text: &str) -> String {
    format!("_utf8mb4 X'{}'", hex(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn or_null(value: Option<String>) -> String {
    value.unwrap_or_else(|| "NULL".to_owned())
}

prop_compose! {
    /// A row, as the values of an INSERT after the id.
    fn rows()(
        v in proptest::option::of(texts(12)),
        w in texts(12),
        b in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..9)),
        c in proptest::option::of(texts(5)),
        n in proptest::option::of(any::<i32>()),
        m in proptest::option::of(0..2_000_000_000u32),
        e in proptest::option::of(1..4u8),
        s in proptest::option::of(0..4u8),
    ) -> String {
        // the server leaves out blanks at the end of a CHAR
        let c = c.map(|c| sql(c.chars().take(5).collect::<String>().trim_end_matches(' ')));
        let number = |n: i32| format!("{}.{:03}", n % 900_000, n.unsigned_abs() % 1000);
        let values = [
            or_null(v.map(|v| sql(&v))),
            sql(&w),
            or_null(b.map(|b| format!("X'{}'", hex(&b)))),
            or_null(c),
            or_null(n.map(|n| n.to_string())),
            or_null(n.map(number)),
            or_null(m.map(|m| format!("TIMESTAMPADD(SECOND, {m}, '1970-01-01 00:00:00.125')"))),
            or_null(e.map(|e| e.to_string())),
            or_null(s.map(|s| s.to_string())),
        ];
        values.join(", ")
    }
}

/// All values, in an unambiguous form.
fn stored(scratch: &Scratch) -> Vec<Vec<Option<String>>> {
    scratch.rows("SELECT id, HEX(v), HEX(w), HEX(b), HEX(c), n, CAST(x AS CHAR), CAST(m AS CHAR), e + 0, s + 0 FROM t ORDER BY id")
}

on_both_servers! {
    fn what_a_server_writes_is_stored_as_it_was(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--secure-file-priv=".to_owned()]);
        let source = Scratch::at(own.socket_url());
        source.execute(TABLE);
        let mut runner = TestRunner::deterministic();
        let mut row = || rows().new_tree(&mut runner).unwrap().current();
        for from in (0..400).step_by(100) {
            let values: Vec<_> = (from..from + 100).map(|id| format!("({id}, {})", row())).collect();
            source.execute(&format!("INSERT INTO t VALUES {}", values.join(", ")));
        }
        let expected = stored(&source);
        assert_eq!(expected.len(), 400);
        for (at, (clauses, options)) in CLAUSES.into_iter().enumerate() {
            let files = Files::of_schema(TABLE);
            let outfile = home.path().join(format!("{at}.txt"));
            source.execute(&format!("SELECT * FROM t ORDER BY id INTO OUTFILE '{}' CHARACTER SET binary {clauses}", outfile.display()));
            fs::copy(outfile, files.path("csv/t.csv")).unwrap();
            let target = Scratch::at(own.socket_url());
            let common = ["--no-header", "--decode", "t.b=raw", "--batch-size", "3000", "--verify", "full"];
            files.seed(&target, &[&common[..], options].concat()).exits(0);
            assert_eq!(files.reported("t")["rejected"], 0, "{clauses}");
            assert!(stored(&target) == expected, "{clauses}");
        }
    }
}
