//! The messages of faults: their places, and what helps.

use super::*;

/// The faults, or the obstacles of a file without faults.
pub(super) fn error_of(sql: &str) -> String {
    use crate::engine::Engines;
    use crate::obstacles::{SchemaFile, Selection, messages, obstacles};
    if let Ok(script) = Script::read(sql, "t.sql") {
        let parsed = parse_script(&script, "t.sql");
        let file = SchemaFile {
            origin: "t.sql",
            script: &script,
            schema: &parsed.schema,
            faults: &parsed.faults,
        };
        let selection = Selection {
            tables: &[],
            filled: None,
        };
        let found = obstacles(file, selection, &Engines::default());
        if parsed.faults.is_empty() {
            return messages(file, selection, &found).join("\n");
        }
    }
    format!("{:#}", parse(sql, "t.sql").unwrap_err())
}

#[test]
fn an_unsupported_type_names_table_column_and_line() {
    for kind in ["XMLTYPE", "BIT(65)", "FLOAT(3,4)"] {
        let text = error_of(&format!(
            "-- head\nCREATE TABLE t (\n  a INT,\n  b {kind}\n)"
        ));
        assert!(text.starts_with("t.sql:4: t.b has type "), "{text}");
    }
}

#[test]
fn a_clause_that_is_not_known_is_an_error_that_shows_it_and_says_what_helps() {
    for (sql, expected) in [
        (
            "\nCREATE TABLE t (\na INT NEVERHEARD OF IT)",
            "t.sql:3: this clause cannot be parsed without a server: NEVERHEARD OF IT",
        ),
        (
            "\nCREATE TABLE t (a INT,\nKEY (a) SHINY)",
            "t.sql:3: this clause cannot be parsed without a server: SHINY",
        ),
        (
            "\nCREATE TABLE t (a INT);\nALTER TABLE t\nPOLISH a",
            "t.sql:4: this clause cannot be parsed without a server: POLISH a",
        ),
        (
            "\nCREATE TABLE t (a INT) SHINY",
            "t.sql:2: this clause cannot be parsed without a server: SHINY",
        ),
        (
            "CREATE TABLE t (a INT, b THING(3))",
            "t.sql:1: t.b has type THING, which cannot be parsed",
        ),
    ] {
        let text = error_of(sql);
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.contains("`reviewseed seed --dry-run` lets the server parse the schema"),
            "{text}"
        );
    }
    let all = error_of(
        "CREATE TABLE t (a THING, b INT SHINY, c INT,\nKEY (c) DULL); CREATE TABLE u (a THING)",
    );
    assert_eq!(all.matches("t.sql:").count(), 4, "{all}");
}

#[test]
fn faults_are_named_with_their_place() {
    for (sql, expected) in [
        ("SELECT 1", "no CREATE TABLE"),
        (
            "CREATE TABLE t (a INT); CREATE TABLE t (a INT)",
            "t is created twice",
        ),
        ("CREATE TABLE x.t (a INT)", "named with its database"),
        ("CREATE TABLE t (a INT, KEY (b))", "names the column b"),
        (
            "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u (id))",
            "t.a refers to the table u",
        ),
        (
            "CREATE TABLE t (a INT, KEY k (a), KEY K (a))",
            "two indexes named",
        ),
        (
            "CREATE TABLE t (a DECIMAL(70,2))",
            "t.a has type DECIMAL(70,2)",
        ),
        (
            "CREATE TABLE t LIKE u",
            "t is created LIKE u, which has not been created",
        ),
        (
            "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u); CREATE TABLE u (x INT, PRIMARY KEY (x))",
            "t.a refers to u without naming its columns; write REFERENCES u (x)",
        ),
        (
            "CREATE TABLE t (a INT REFERENCES far.u)",
            "t.a refers to u without naming its columns; write REFERENCES u (id)",
        ),
        (
            "CREATE TABLE t (a INT);\nALTER TABLE t DROP COLUMN b",
            "t.sql:2: t has no column b",
        ),
        (
            "CREATE TABLE t (a INT);\nDROP INDEX b ON t",
            "t.sql:2: t has no index b",
        ),
    ] {
        assert!(error_of(sql).contains(expected), "{sql}: {}", error_of(sql));
        assert!(error_of(sql).starts_with("t.sql:"), "{}", error_of(sql));
    }
}

#[test]
fn a_table_that_is_filled_from_a_query_is_a_fault_that_no_server_resolves() {
    for query in [
        "AS SELECT 1",
        "SELECT 1",
        "(a INT) AS SELECT 1",
        "(a INT) ENGINE=InnoDB IGNORE SELECT 1",
        "ENGINE=InnoDB SELECT 1",
        "(SELECT 1)",
        "((SELECT 1))",
        "TABLE a",
        "(TABLE a)",
        "VALUES ROW(1)",
        "(a INT) VALUES ROW(1)",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "(WITH x AS (SELECT 1) SELECT * FROM x)",
    ] {
        let sql = format!("CREATE TABLE a (id INT);\nCREATE TABLE b {query}");
        let script = Script::read(&sql, "t.sql").unwrap();
        let parsed = parse_script(&script, "t.sql");
        let [fault] = &parsed.faults[..] else {
            panic!("{query}: {:?}", parsed.faults);
        };
        assert_eq!(fault.resolution, Resolution::ByUser, "{query}");
        assert_eq!(
            fault.text,
            "t.sql:2: b: CREATE TABLE … AS SELECT is not supported; write the columns into CREATE TABLE"
        );
        assert_eq!(faults_for_user(&script, "t.sql", Flavour::MariaDb).len(), 1);
        assert!(!error_of(&sql).contains("lets the server parse"));
    }
}
