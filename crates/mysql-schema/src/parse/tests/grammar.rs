//! The grammar of both servers, area by area. `tests/it/schema/statements.rs` compares the same
//! grammar with the servers; here are clauses that InnoDB does not take, and the messages of
//! faults.

use super::*;
use crate::parse::parse_for;
use model::flavour::Flavour;
use model::schema::ReferenceAction;

fn tables(sql: &str) -> Vec<Table> {
    parse(sql, "t.sql").unwrap_or_else(|e| panic!("{e}")).tables
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|c| c.name.as_str()).collect()
}

fn of_mariadb(sql: &str) -> ParsedSchema {
    parse_for(
        &Script::read(sql, "t.sql").unwrap(),
        "t.sql",
        Flavour::MariaDb,
    )
}

#[test]
fn attributes_of_columns_come_in_any_order() {
    let wanted = one("a INT UNSIGNED NOT NULL DEFAULT 3 COMMENT 'x', UNIQUE (a)");
    for attributes in [
        "INT(9) UNSIGNED COMMENT 'x' DEFAULT 3 NOT NULL UNIQUE",
        "INT UNSIGNED UNIQUE KEY NOT NULL COLUMN_FORMAT FIXED STORAGE DISK DEFAULT '3' COMMENT 'x'",
        "INT4 UNSIGNED VISIBLE ENGINE_ATTRIBUTE = '{}' NOT NULL DEFAULT +3 SECONDARY_ENGINE_ATTRIBUTE '{}' COMMENT 'x' UNIQUE",
        "INT UNSIGNED NULL NOT NULL COMMENT 'x' DEFAULT 0x03 UNIQUE",
        "INT UNSIGNED NOT NULL DEFAULT b'11' COMMENT 'x' UNIQUE engine_option=yes",
    ] {
        assert_eq!(one(&format!("a {attributes}")), wanted, "{attributes}");
    }
}

#[test]
fn options_of_indexes_and_tables_are_read() {
    let wanted =
        tables("CREATE TABLE t (a INT, b TEXT, KEY i (a) COMMENT 'x', FULLTEXT KEY f (b))");
    let sql = "CREATE TABLE t (a INT, b TEXT, KEY i USING HASH (a ASC) KEY_BLOCK_SIZE = 4 COMMENT 'x' USING BTREE ENGINE_ATTRIBUTE '{}' VISIBLE,\
               FULLTEXT INDEX f (b) KEY_BLOCK_SIZE 8) TYPE=InnoDB, AUTO_INCREMENT 5 DATA DIRECTORY='/x' INDEX DIRECTORY '/y' UNION=(a, b)\
               TABLESPACE ts STORAGE DISK AVG_ROW_LENGTH=-1 ENGINE_ATTRIBUTE='{}' START TRANSACTION PARTITION BY KEY (a)";
    let mut read = tables(sql);
    read[0].engine = None;
    assert_eq!(read, wanted);
    let parser = one("a TEXT, FULLTEXT KEY (a) WITH PARSER ngram COMMENT 'y'");
    assert_eq!(parser.indexes[0].parser.as_deref(), Some("ngram"));
    let hidden = one("a INT, KEY i (a) INVISIBLE, KEY j (a) IGNORED, KEY k (a) NOT IGNORED");
    let visible: Vec<bool> = hidden.indexes.iter().map(|i| i.visible).collect();
    assert_eq!(visible, [false, false, true]);
}

#[test]
fn foreign_keys_are_read_with_all_their_clauses() {
    let sql = "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT,\
               CONSTRAINT `k k` FOREIGN KEY i (a) REFERENCES p (id) MATCH SIMPLE ON UPDATE SET DEFAULT ON DELETE SET NULL,\
               FOREIGN KEY (a) REFERENCES far.p (id) ON DELETE NO ACTION)";
    let tables = tables(sql);
    let keys = &tables[1].foreign_keys;
    assert_eq!(keys[1].name, "k k");
    assert_eq!(
        (keys[1].on_update, keys[1].on_delete),
        (ReferenceAction::SetDefault, ReferenceAction::SetNull)
    );
    assert_eq!(keys[0].parent_database.as_deref(), Some("far"));
}

#[test]
fn alter_table_changes_what_create_table_said() {
    let sql = "CREATE TABLE t (a INT, b INT, KEY k (a, b)); ALTER ONLINE IGNORE TABLE IF EXISTS t WAIT 5 \
               ADD COLUMN (c INT, KEY (c)), CHANGE COLUMN a z BIGINT NOT NULL FIRST, DROP b, ALGORITHM=INPLACE, LOCK = NONE;\
               ALTER TABLE t RENAME INDEX k TO l, RENAME COLUMN c TO d, FORCE; ALTER TABLE t ALTER d SET DEFAULT 4, ALTER INDEX l INVISIBLE;\
               ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (z), ADD e INT AFTER z, ORDER BY z; RENAME TABLE t TO u; DROP INDEX c ON u";
    let table = &tables(sql)[0];
    assert_eq!(table.name, "u");
    assert_eq!(names(table), ["z", "e", "d"]);
    assert_eq!(table.columns[2].default.as_deref(), Some("4"));
    let indexes: Vec<(&str, bool)> = table
        .indexes
        .iter()
        .map(|i| (i.name.as_str(), i.visible))
        .collect();
    assert_eq!(indexes, [("PRIMARY", true), ("l", false)]);
    for (clause, expected) in [
        ("DROP COLUMN x", "t has no column x"),
        ("DROP FOREIGN KEY x", "t has no foreign key x"),
        ("DROP CHECK x", "t has no CHECK x"),
        ("MODIFY x INT", "t has no column x"),
        ("ADD y INT AFTER x", "t has no column x"),
        ("RENAME KEY x TO y", "t has no index x"),
        ("ADD a INT", "t.a is defined twice"),
        (
            "CONVERT TO CHARACTER SET DEFAULT",
            "cannot be parsed without a server",
        ),
    ] {
        let text = error_of(&format!(
            "CREATE TABLE t (a INT);\nALTER TABLE t ENGINE=InnoDB,\n {clause}"
        ));
        assert!(
            text.starts_with("t.sql:3: ") && text.contains(expected),
            "{text}"
        );
    }
    // every clause with a fault is named
    let text = error_of("CREATE TABLE t (a INT);\nALTER TABLE t DROP x,\nDROP y, ADD z THING");
    assert_eq!(text.matches("t.sql:").count(), 3, "{text}");
}

#[test]
fn executable_comments_are_read_as_the_newest_server_does() {
    let sql = "CREATE TABLE t (a INT /*!50606 , b INT */ /*!080023 , c INT */ /*M! , d INT */ /*!100301 , e INT */ /*!999999 , f INT */ /*! , g INT */)";
    assert_eq!(names(&tables(sql)[0]), ["a", "b", "c", "f", "g"]);
    let mariadb = of_mariadb(sql).schema.tables.remove(0);
    assert_eq!(names(&mariadb), ["a", "b", "d", "e", "f", "g"]);
    let whole = "CREATE TABLE t (a INT); /*M!100100 ALTER TABLE t ADD b INT */; /*!50700 ALTER TABLE t ADD c INT */";
    assert_eq!(names(&tables(whole)[0]), ["a", "c"]);
}

#[test]
fn json_is_a_text_with_a_check_on_mariadb() {
    let table = of_mariadb("CREATE TABLE t (j JSON NOT NULL)")
        .schema
        .tables
        .remove(0);
    assert_eq!(table.columns[0].kind.to_string(), "longtext");
    assert_eq!(table.columns[0].collation.as_deref(), Some("utf8mb4_bin"));
    assert_eq!(table.checks[0].expression, "json_valid(`j`)");
}

#[test]
fn names_and_texts_are_read_as_the_sql_mode_says() {
    let sql = "SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; CREATE TABLE \"a\"\"b\" (\"key\" VARCHAR(9) DEFAULT 'a\\', CHECK (\"key\" <> 'b\\'))";
    let table = &tables(sql)[0];
    assert_eq!((table.name.as_str(), names(table)[0]), ("a\"b", "key"));
    assert_eq!(table.columns[0].default.as_deref(), Some("a\\"));
    // written so that any session reads it
    assert_eq!(table.checks[0].expression, "`key` <> 'b\\\\'");
}

#[test]
fn a_table_like_another_has_its_columns_and_indexes_and_no_foreign_keys() {
    let sql = "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE a (id INT PRIMARY KEY, p INT REFERENCES p (id), CONSTRAINT c CHECK (id > 0)) ENGINE=MyISAM;\
               CREATE TABLE b LIKE a";
    let tables = tables(sql);
    let copy = tables.iter().find(|t| t.name == "b").unwrap();
    assert_eq!(names(copy), ["id", "p"]);
    assert_eq!((copy.indexes.len(), copy.foreign_keys.len()), (2, 0));
    assert_eq!(
        (copy.checks[0].name.as_str(), copy.engine.as_deref()),
        ("", Some("MyISAM"))
    );
}

#[test]
fn a_changed_character_set_changes_the_columns_that_are_converted() {
    let sql = "CREATE TABLE t (a TEXT, b VARCHAR(9)) CHARSET latin1; ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    let table = &tables(sql)[0];
    assert_eq!(table.columns[0].kind.to_string(), "mediumtext");
    assert_eq!(table.columns[1].collation.as_deref(), Some("utf8mb4_bin"));
    let bytes = &tables("CREATE TABLE t (a TEXT, b CHAR(3) BYTE, c ENUM('x')) CHARSET=binary")[0];
    let kinds: Vec<String> = bytes.columns.iter().map(|c| c.kind.to_string()).collect();
    assert_eq!(kinds, ["blob", "binary(3)", "enum('x')"]);
}

const STATEMENTS: [&str; 6] = [
    include_str!("../../../../../tests/fixtures/statements/types.sql"),
    include_str!("../../../../../tests/fixtures/statements/defaults.sql"),
    include_str!("../../../../../tests/fixtures/statements/keys.sql"),
    include_str!("../../../../../tests/fixtures/statements/alter.sql"),
    include_str!("../../../../../tests/fixtures/statements/foreign_keys.sql"),
    include_str!("../../../../../tests/fixtures/statements/options.sql"),
];

proptest::proptest! {
    /// Whatever a slip makes of a statement, it is read or has a fault; nothing panics or hangs.
    #[test]
    fn statements_with_words_lost_doubled_or_swapped_are_read_or_have_a_fault(
        file in 0..STATEMENTS.len(),
        line in 0..1000_usize,
        changes in proptest::collection::vec((0..3, 0..400_usize, 0..400_usize), 1..5),
    ) {
        let lines: Vec<&str> = STATEMENTS[file].lines().filter(|l| !l.starts_with("--")).collect();
        let text = lines[line % lines.len()];
        let is_break = |c: char| !c.is_alphanumeric();
        let mut pieces: Vec<&str> = text.split_inclusive(is_break).collect();
        for (change, at, other) in changes {
            let (at, other) = (at % pieces.len(), other % pieces.len());
            match change {
                0 if pieces.len() > 1 => drop(pieces.remove(at)),
                1 => pieces.insert(at, pieces[other]),
                _ => pieces.swap(at, other),
            }
        }
        let sql = format!("CREATE TABLE first (id INT);{}", pieces.concat());
        if let Ok(script) = Script::read(&sql, "t.sql") {
            for flavour in [Flavour::MySql, Flavour::MariaDb] {
                let parsed = parse_for(&script, "t.sql", flavour);
                for fault in &parsed.faults {
                    proptest::prop_assert!(fault.text.starts_with("t.sql:"), "{}", fault.text);
                }
            }
        }
    }
}
