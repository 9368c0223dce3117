//! schema.sql parsed without a server: spellings, completed keys, faults.

mod completed;
mod faults;
mod grammar;

use super::*;
use faults::error_of;
use model::schema::{ColumnType, IndexKey, IndexKind, Table};

const DEFAULT: &str = include_str!("../../../../schema.sql");

fn one(columns: &str) -> Table {
    let sql = format!("CREATE TABLE t ({columns}) CHARSET utf8mb4 COLLATE utf8mb4_bin");
    parse(&sql, "t.sql").unwrap().tables.remove(0)
}

#[test]
fn the_schema_that_is_compiled_in_is_read() {
    let schema = parse(DEFAULT, "schema.sql").unwrap();
    let names: Vec<&str> = schema.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "reviews",
            "characteristics",
            "reviews_photos",
            "characteristic_reviews"
        ]
    );
    let reviews = schema.table("reviews").unwrap();
    let kinds: Vec<String> = reviews.columns.iter().map(|c| c.kind.to_string()).collect();
    let expected = "int unsigned, int unsigned, tinyint unsigned, datetime(3), varchar(255), varchar(2000), tinyint(1), tinyint(1), \
                    varchar(100), varchar(255), varchar(2000), int unsigned";
    assert_eq!(kinds.join(", "), expected);
    let nullable: Vec<&str> = reviews
        .columns
        .iter()
        .filter(|c| c.nullable)
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(nullable, ["response"]);
    assert!(reviews.columns[0].auto_increment);
    let index = reviews
        .indexes
        .iter()
        .find(|i| i.name == "reviews_helpful")
        .unwrap();
    let parts: Vec<(&IndexKey, bool)> =
        index.parts.iter().map(|p| (&p.key, p.descending)).collect();
    let key = |name: &str| IndexKey::Column(name.to_owned());
    assert_eq!(
        parts,
        [
            (&key("product_id"), false),
            (&key("reported"), false),
            (&key("helpfulness"), true),
            (&key("date"), true)
        ]
    );
    assert_eq!(reviews.checks[0].name, "reviews_rating_range");
    assert_eq!(reviews.checks[0].expression, "rating BETWEEN 1 AND 5");
    let photos = schema.table("reviews_photos").unwrap();
    assert_eq!(photos.foreign_keys[0].parent_table, "reviews");
    assert_eq!(photos.indexes.len(), 2);
}

#[test]
fn every_spelling_of_a_type_is_known() {
    for (written, stored) in [
        ("TINYINT", "tinyint"),
        ("TINYINT(1)", "tinyint(1)"),
        ("TINYINT(1) UNSIGNED", "tinyint unsigned"),
        ("BOOL", "tinyint(1)"),
        ("BOOLEAN", "tinyint(1)"),
        ("SMALLINT UNSIGNED", "smallint unsigned"),
        ("MEDIUMINT", "mediumint"),
        ("INT(10) UNSIGNED", "int unsigned"),
        ("INTEGER", "int"),
        ("BIGINT UNSIGNED", "bigint unsigned"),
        ("DECIMAL", "decimal(10,0)"),
        ("DECIMAL(7)", "decimal(7,0)"),
        ("NUMERIC(7,2)", "decimal(7,2)"),
        ("DEC(5,5)", "decimal(5,5)"),
        ("DECIMAL(7,2) UNSIGNED", "decimal(7,2) unsigned"),
        ("FLOAT", "float"),
        ("FLOAT(24)", "float"),
        ("FLOAT(53)", "double"),
        ("REAL", "double"),
        ("DOUBLE PRECISION", "double"),
        ("DOUBLE UNSIGNED", "double unsigned"),
        ("DATETIME", "datetime"),
        ("DATETIME(6)", "datetime(6)"),
        ("TIMESTAMP(3)", "timestamp(3)"),
        ("DATE", "date"),
        ("TIME(2)", "time(2)"),
        ("YEAR", "year"),
        ("YEAR(4)", "year"),
        ("CHAR", "char(1)"),
        ("CHAR(10)", "char(10)"),
        ("VARCHAR(2000)", "varchar(2000)"),
        ("TEXT", "text"),
        ("TINYTEXT", "tinytext"),
        ("MEDIUMTEXT", "mediumtext"),
        ("LONGTEXT", "longtext"),
        ("ENUM('a', 'it''s ')", "enum('a','it''s')"),
        ("CHARACTER VARYING(5)", "varchar(5)"),
        ("FIXED(5,2)", "decimal(5,2)"),
        ("INT2", "smallint"),
    ] {
        assert_eq!(
            one(&format!("c {written}")).columns[0].kind.to_string(),
            stored,
            "{written}"
        );
    }
}

#[test]
fn types_of_both_servers_have_the_names_of_the_catalogue() {
    for (kind, expected) in [
        ("JSON", "json"),
        ("BINARY(3)", "binary(3)"),
        ("VARBINARY(3)", "varbinary(3)"),
        ("BLOB", "blob"),
        ("BLOB(200)", "tinyblob"),
        ("BLOB(70000)", "mediumblob"),
        ("LONGBLOB", "longblob"),
        ("BIT(4)", "bit(4)"),
        ("BIT", "bit(1)"),
        ("SET('a','it''s','b\\\\c')", "set('a','it''s','b\\c')"),
        ("POINT", "point"),
        ("POINT NOT NULL SRID 4326", "point srid 4326"),
        ("GEOMETRYCOLLECTION", "geometrycollection"),
        ("FLOAT(7,4)", "float(7,4)"),
        ("DOUBLE(7,4) UNSIGNED", "double(7,4) unsigned"),
        ("VARCHAR(3) CHARACTER SET binary", "varbinary(3)"),
        ("TINYTEXT CHARACTER SET binary", "tinyblob"),
        ("UUID", "uuid"),
        ("INET6", "inet6"),
        ("VECTOR(3)", "vector(3)"),
    ] {
        let sql = format!("CREATE TABLE t (a {kind})");
        let schema = parse(&sql, "t.sql").unwrap();
        assert_eq!(schema.tables[0].columns[0].kind.to_string(), expected);
    }
}

#[test]
fn partitions_are_skipped() {
    let plain = parse("CREATE TABLE t (a INT) COMMENT 'x PARTITION BY y'", "t.sql").unwrap();
    for partitions in [
        "PARTITION BY HASH (a) PARTITIONS 4",
        "partition\n  by range (a) (PARTITION p0 VALUES LESS THAN (9) COMMENT = ';')",
        "/*!50100 PARTITION BY HASH (a)\nPARTITIONS 4 */",
    ] {
        let sql = format!("CREATE TABLE t (a INT) COMMENT 'x PARTITION BY y' {partitions};");
        assert_eq!(parse(&sql, "t.sql").unwrap(), plain, "{sql}");
    }
}

#[test]
fn constraints_that_no_server_creates_are_read() {
    let columns = "id INT NOT NULL, a INT NOT NULL, PRIMARY KEY (id, a)";
    let keys = ", UNIQUE one (id), CONSTRAINT up FOREIGN KEY (a) REFERENCES p (id)";
    let read = |keys: &str| {
        let sql = format!("CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t ({columns}{keys})");
        parse(&sql, "t.sql").unwrap()
    };
    assert_eq!(read(&format!(" /*!999999 {keys} */")), read(keys));
}

#[test]
fn options_of_a_column_are_read() {
    let table = one("a INT NOT NULL DEFAULT 3 COMMENT 'it''s'");
    assert_eq!(table.columns[0].default.as_deref(), Some("3"));
    assert_eq!(table.columns[0].comment, "it's");
    for (written, default) in [
        ("INT DEFAULT NULL", None),
        ("INT DEFAULT -1", Some("-1")),
        ("BOOLEAN DEFAULT TRUE", Some("1")),
        ("DECIMAL(5,2) DEFAULT 1.5", Some("1.50")),
        ("VARCHAR(9) DEFAULT ''", Some("")),
        ("DATETIME(3) DEFAULT NOW(3)", Some("CURRENT_TIMESTAMP(3)")),
        (
            "TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
            Some("CURRENT_TIMESTAMP"),
        ),
        (
            "DATETIME(3) DEFAULT '2020-01-01'",
            Some("2020-01-01 00:00:00.000"),
        ),
        ("ENUM('x') DEFAULT 'x'", Some("x")),
    ] {
        assert_eq!(
            one(&format!("c {written}")).columns[0].default.as_deref(),
            default,
            "{written}"
        );
    }
    assert!(one("a INT, b INT AS (a + 1)").columns[1].generated);
    assert!(one("a INT, b INT GENERATED ALWAYS AS (a + 1) STORED").columns[1].generated);
    assert!(!one("a INT PRIMARY KEY").columns[0].nullable);
    assert!(!one("a INT, b INT, PRIMARY KEY (B, a)").columns[0].nullable);
    let column = one("a VARCHAR(3) CHARACTER SET latin1 COLLATE latin1_bin")
        .columns
        .remove(0);
    assert_eq!(
        (column.charset.as_deref(), column.collation.as_deref()),
        (Some("latin1"), Some("latin1_bin"))
    );
    assert_eq!(
        one("a VARCHAR(3)").columns[0].collation.as_deref(),
        Some("utf8mb4_bin")
    );
}

#[test]
fn other_statements_are_skipped_or_applied() {
    let sql = "SET NAMES utf8mb4; DROP TABLE IF EXISTS t; USE x; CREATE TABLE t (a INT, b INT); INSERT INTO t VALUES (1, 2);
        CREATE UNIQUE INDEX i ON t (a DESC); ALTER TABLE t ADD KEY j (b), ADD CONSTRAINT k CHECK (a > b)";
    let table = parse(sql, "t.sql").unwrap().tables.remove(0);
    assert_eq!(table.indexes.len(), 2);
    assert_eq!(table.checks[0].expression, "a > b");
    assert!(
        error_of("CREATE TABLE t (a INT); CREATE INDEX i ON u (a)")
            .contains("u has not been created")
    );
}

#[test]
fn only_types_and_names_matter_to_two_spellings_of_a_table() {
    let short = one("id INT PRIMARY KEY, b BOOL NOT NULL");
    let long = one("`id` integer(11) NOT NULL, `b` tinyint(1) NOT NULL, PRIMARY KEY (`id`)");
    assert_eq!(short, long);
    assert_eq!(short.columns[1].kind, ColumnType::Boolean);
}
