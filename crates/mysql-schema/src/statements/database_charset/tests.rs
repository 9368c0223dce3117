//! Which tables state the character set of their database, and what is said about it.

use super::super::without_own_database;

fn read(sql: &str) -> (String, String) {
    let read = without_own_database(sql, "s.sql").unwrap();
    (read.sql, read.notes.join("\n"))
}

#[test]
fn tables_state_the_character_set_of_their_database() {
    for (before, options) in [
        (
            "CREATE DATABASE d CHARACTER SET latin1; USE d",
            "CHARACTER SET latin1",
        ),
        (
            "CREATE SCHEMA IF NOT EXISTS `d` DEFAULT CHARSET = 'latin1' DEFAULT COLLATE = latin1_bin; USE `D`",
            "CHARACTER SET latin1 COLLATE latin1_bin",
        ),
        (
            "CREATE OR REPLACE DATABASE d COLLATE latin1_bin; USE d",
            "COLLATE latin1_bin",
        ),
        (
            "ALTER DATABASE CHARACTER SET latin1",
            "CHARACTER SET latin1",
        ),
        (
            "CREATE DATABASE d CHARACTER SET utf8; ALTER DATABASE d DEFAULT CHARACTER SET latin1; USE d",
            "CHARACTER SET latin1",
        ),
        (
            "CREATE DATABASE d CHARACTER SET latin1; CREATE DATABASE IF NOT EXISTS d CHARACTER SET utf8; USE d",
            "CHARACTER SET latin1",
        ),
        (
            "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `d` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT ENCRYPTION='N' */; USE d",
            "CHARACTER SET latin1",
        ),
    ] {
        let (sql, notes) = read(&format!(
            "{before};\nCREATE TABLE t (a VARCHAR(9) DEFAULT (')')) ENGINE=InnoDB;"
        ));
        let expected =
            format!(";\nCREATE TABLE t (a VARCHAR(9) DEFAULT (')')) {options} ENGINE=InnoDB;");
        assert!(sql.ends_with(&expected), "{before}: {sql}");
        let said = format!("{options} of the database");
        assert!(notes.contains(&said), "{before}: {notes}");
        assert!(
            notes.contains("that specify no character set: t"),
            "{notes}"
        );
    }
}

#[test]
fn other_tables_and_tables_that_state_one_stay_as_they_are() {
    let database = "CREATE DATABASE d CHARACTER SET latin1";
    for (between, table) in [
        ("USE d", "CREATE TABLE t (a INT) CHARSET utf8"),
        (
            "USE d",
            "CREATE TABLE t (a INT) DEFAULT CHARACTER SET = utf8",
        ),
        (
            "USE d",
            "CREATE TABLE t (a INT) ENGINE=InnoDB COLLATE utf8_bin",
        ),
        (
            "USE d",
            "CREATE TABLE t (a INT) /*!40100 DEFAULT CHARSET=utf8 */",
        ),
        ("USE d", "CREATE TABLE t LIKE u"),
        ("USE d", "CREATE TABLE t (LIKE u)"),
        ("USE d", "ALTER TABLE t ADD b VARCHAR(3)"),
        ("USE e", "CREATE TABLE t (a INT)"),
        (
            "DROP DATABASE d; CREATE DATABASE d; USE d",
            "CREATE TABLE t (a INT)",
        ),
    ] {
        let sql = format!("{database}; {between}; {table}");
        assert_eq!(read(&sql).0, sql);
    }
}

#[test]
fn the_character_set_is_that_at_the_time_and_of_the_named_database() {
    let (sql, _) = read(
        "CREATE DATABASE d CHARACTER SET latin1; CREATE TABLE d.a (x INT); ALTER DATABASE d COLLATE utf8_bin; CREATE TABLE d.b (x INT)",
    );
    assert!(
        sql.ends_with("CREATE TABLE a (x INT) CHARACTER SET latin1; ALTER DATABASE d COLLATE utf8_bin; CREATE TABLE b (x INT) COLLATE utf8_bin"),
        "{sql}"
    );
}

#[test]
fn what_is_not_used_is_said() {
    let table = "CREATE TABLE t (a INT)";
    for (sql, said) in [
        (
            "CREATE DATABASE d CHARACTER SET latin1",
            "s.sql:1: CHARACTER SET latin1 of the database d is not used, because no table without a character set is created in the database d",
        ),
        (
            "CREATE DATABASE d /*M! CHARACTER SET latin1 */; USE d",
            "s.sql:1: the options of the database depend on the server and are not used",
        ),
        (
            "CREATE DATABASE d ENCRYPTION = 'Y'; USE d",
            "s.sql:1: the ENCRYPTION of the database is not used",
        ),
    ] {
        let (_, notes) = read(&format!("{sql}; {table}"));
        assert!(notes.contains(said), "{notes}");
    }
    let (_, notes) =
        read("CREATE DATABASE d CHARACTER SET latin1; CREATE TABLE t (a INT) CHARSET utf8");
    assert!(!notes.contains("not used"), "{notes}");
}

#[test]
fn default_means_the_character_set_of_the_database() {
    let database = "CREATE DATABASE d CHARACTER SET latin1 COLLATE latin1_bin; USE d;";
    for (statement, expected) in [
        (
            "CREATE TABLE t (a TEXT) CHARSET=DEFAULT",
            "CREATE TABLE t (a TEXT) CHARSET=latin1 /*!80000 COLLATE latin1_bin */",
        ),
        (
            "ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT",
            "ALTER TABLE t CONVERT TO CHARACTER SET latin1 /*!80000 COLLATE latin1_bin */",
        ),
        (
            "ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT COLLATE latin1_german1_ci",
            "ALTER TABLE t CONVERT TO CHARACTER SET latin1 COLLATE latin1_german1_ci",
        ),
    ] {
        let (sql, _) = read(&format!("{database} {statement}"));
        assert!(sql.ends_with(expected), "{sql}");
    }
}
