//! Splitting: strings, names, comments, what may be run, what is refused.

use super::*;
use proptest::prelude::*;

fn texts(sql: &str) -> Vec<(usize, &str)> {
    let statements = split(sql, "test.sql").unwrap();
    statements.iter().map(|s| (s.line, s.text)).collect()
}

#[test]
fn semicolons_in_strings_names_and_comments_do_not_split() {
    let sql = "-- a; b\nCREATE TABLE `a;b` (x INT DEFAULT ';' /* ; */, y INT # ;\n);\n\n/* c */ SELECT 'it''s; \\'x;', \"q;\"\n;\n--\n";
    assert_eq!(
        texts(sql),
        [
            (
                2,
                "CREATE TABLE `a;b` (x INT DEFAULT ';' /* ; */, y INT # ;\n)"
            ),
            (5, "SELECT 'it''s; \\'x;', \"q;\""),
        ]
    );
}

#[test]
fn two_dashes_without_a_blank_are_an_expression() {
    assert_eq!(
        texts("SELECT 1--1; SELECT 2"),
        [(1, "SELECT 1--1"), (1, "SELECT 2")]
    );
}

#[test]
fn what_is_never_closed_is_refused_with_its_line() {
    for (sql, what) in [
        (
            "SELECT 1;\nSELECT 'a",
            "test.sql:2: the string is never closed",
        ),
        (
            "\n\nSELECT `a",
            "test.sql:3: the quoted name is never closed",
        ),
        ("/* a", "test.sql:1: the comment is never closed"),
    ] {
        assert_eq!(split(sql, "test.sql").unwrap_err().to_string(), what);
    }
}

#[test]
fn delimiter_is_refused_with_its_line() {
    let error = split("SELECT 1;\ndelimiter //\nSELECT 2//", "test.sql").unwrap_err();
    assert!(
        error.to_string().starts_with("test.sql:2: DELIMITER"),
        "{error}"
    );
}

#[test]
fn only_what_makes_tables_may_be_run() {
    let sql = "DROP TABLE IF EXISTS a; /*!40101 SET NAMES utf8 */; SET sql_mode = ''; SET GLOBAL x = 1; USE b;
        CREATE TABLE IF NOT EXISTS a (x INT); CREATE UNIQUE INDEX i ON a (x); ALTER TABLE a ADD y INT;
        INSERT INTO a VALUES (1)";
    let kept = definitions(sql, "test.sql").unwrap();
    let kinds: Vec<_> = kept.iter().map(ScriptStatement::kind).collect();
    use StatementKind::{AlterTable, CreateIndex, CreateTable, SetSession};
    assert_eq!(kinds, [SetSession, CreateTable, CreateIndex, AlterTable]);
}

#[test]
fn the_table_of_a_statement_is_known() {
    let table = |text| ScriptStatement { text, line: 1 }.table().unwrap().1;
    assert_eq!(
        table("CREATE TABLE IF NOT EXISTS reviews(id INT)"),
        "reviews"
    );
    assert_eq!(table("create table `a``b` (id INT)"), "a`b");
    assert_eq!(table("ALTER TABLE /* x */ t$1 ADD y INT"), "t$1");
    assert_eq!(table("CREATE UNIQUE INDEX `on` ON t (x)"), "t");
}

#[test]
fn a_table_of_another_database_is_refused() {
    for sql in [
        "CREATE TABLE IF NOT EXISTS shop.a (x INT)",
        "CREATE TABLE /* here */ `shop` . `a` (x INT)",
        "CREATE INDEX i ON shop.a (x)",
        "ALTER TABLE `shop`.a ADD y INT",
    ] {
        assert!(definitions(sql, "t").is_err(), "{sql}");
    }
    assert!(definitions("CREATE TABLE `a.b` (x DECIMAL(3,1) DEFAULT 1.5)", "t").is_ok());
}

proptest! {
    #[test]
    fn any_text_splits_or_is_refused_and_pieces_cover_it(sql in "[a-z;'\"`#*/ \n\\\\-]{0,60}") {
        if let Ok(statements) = split(&sql, "t") {
            for statement in statements {
                prop_assert!(!statement.text.is_empty());
                prop_assert!(sql.contains(statement.text));
            }
        }
    }
}
