//! Which statements may be run, which are left out, and which are errors.

mod splitting;
mod timeline;

use super::*;
use proptest::prelude::*;

fn definitions<'a>(sql: &'a str, origin: &str) -> Result<Vec<Definition<'a>>> {
    Ok(Script::read(sql, origin)?.definitions)
}
fn kind(sql: &str) -> StatementKind {
    split(sql, "t").unwrap()[0].kind()
}

#[test]
fn a_conditional_comment_that_is_a_statement_is_that_statement() {
    use StatementKind as K;
    for (sql, expected) in [
        ("/*!50610 ALTER TABLE f ENGINE=InnoDB */", K::AlterTable),
        ("/*M!100401 ALTER TABLE f ENGINE=InnoDB */", K::AlterTable),
        ("/*!40101 SET SQL_MODE='' */", K::SetSession),
        ("/*!40101 SET NAMES utf8 */", K::Other),
        (
            "/*!40101 SET @saved_cs_client = @@character_set_client */",
            K::Other,
        ),
        (
            "/*!50606 SET GLOBAL INNODB_STATS_AUTO_RECALC=OFF */",
            K::Other,
        ),
        ("SET @@SESSION.SQL_LOG_BIN= 0", K::Other),
        ("/*!40000 ALTER TABLE `f` DISABLE KEYS */", K::Other),
        (
            "/*!50001 CREATE VIEW `v` AS SELECT 1 */",
            K::NotCreated("view"),
        ),
        ("/*!50001 DROP VIEW IF EXISTS `v`*/", K::Other),
        (
            "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON f FOR EACH ROW SET @a = 1 */",
            K::NotCreated("trigger"),
        ),
        (
            "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `d` /*!40100 DEFAULT CHARACTER SET utf8mb4 */",
            K::Other,
        ),
        (
            "/*M!999999\\- enable the sandbox mode */ CREATE TABLE t (a INT)",
            K::CreateTable,
        ),
        ("CREATE OR REPLACE TABLE t (a INT)", K::CreateTable),
        ("CREATE OR REPLACE UNIQUE INDEX i ON t (a)", K::CreateIndex),
    ] {
        assert_eq!(kind(sql), expected, "{sql}");
    }
}

#[test]
fn calls_of_procedures_that_change_no_table_are_left_out() {
    let file = |body: &str, call: &str| {
        format!(
            "CREATE TABLE a (id INT);\nDELIMITER //\n\
             CREATE DEFINER=`x`@`%` PROCEDURE IF NOT EXISTS shop.`Fill`(n INT) {body} //\n\
             DELIMITER ;\n{call};"
        )
    };
    let harmless = "BEGIN CREATE TEMPORARY TABLE t (x INT); INSERT INTO a VALUES (n); DROP TEMPORARY TABLE t; END";
    for call in ["CALL Fill(1)", "call `fill` (1)", "CALL shop.fill(1)"] {
        let sql = file(harmless, call);
        let script = Script::read(&sql, "t.sql").unwrap();
        let warnings = script.warnings("t.sql").join("\n");
        assert!(warnings.contains("line 5 changes rows"), "{warnings}");
    }
    let calls = format!(
        "DELIMITER //\nCREATE PROCEDURE one() SELECT 1 //\nDELIMITER ;\n{}",
        file("BEGIN CALL one(); END", "CALL fill(1)")
    );
    assert!(Script::read(&calls, "t.sql").is_ok());
    for (body, call) in [
        (harmless, "CALL other()"),
        ("BEGIN DROP TABLE a; END", "CALL fill(1)"),
        ("ALTER TABLE a ADD x INT", "CALL fill(1)"),
        (
            "BEGIN SET @s = 'x'; PREPARE p FROM @s; EXECUTE p; END",
            "CALL fill(1)",
        ),
        ("BEGIN CALL other(); END", "CALL fill(1)"),
    ] {
        let error = Script::read(&file(body, call), "t.sql")
            .unwrap_err()
            .to_string();
        assert!(error.contains("t.sql:5: CALL may create"), "{error}");
    }
}

#[test]
fn an_execute_is_skipped_when_all_its_texts_are_known_and_make_no_table() {
    let read = |statements: &str| {
        let sql = format!("CREATE TABLE a (id INT);\n{statements};\nEXECUTE `S`;");
        Script::read(&sql, "t.sql").map(|script| script.definitions.len())
    };
    let bulk_load = "/*!50717 SELECT COUNT(*) INTO @has FROM information_schema.tables */;\n\
        /*!50717 SET @get = IF (@has, 'SELECT COUNT(*) INTO @is FROM x', 'SELECT 0') */;\n\
        /*!50717 PREPARE s FROM @get */; /*!50717 EXECUTE s */; DEALLOCATE PREPARE s;\n\
        SET @load = IF (@is, 'SET SESSION rocksdb_bulk_load = 1', 'SET @dummy = 0'); PREPARE s FROM @load";
    for statements in [
        bulk_load,
        "PREPARE s FROM 'SELECT 1'",
        "SET @a = 'SELECT ', @s := (SELECT IF((SELECT 1) > 0, CONCAT(@a, '1'), 'DO 2')); PREPARE s FROM @S",
        "SET @s = IF(@@version > 5, 'SET default_storage_engine=INNODB', 'SET storage_engine=INNODB'); PREPARE s FROM @s",
    ] {
        assert!(read(statements).is_ok(), "{statements}");
    }
    for statements in [
        "PREPARE other FROM 'SELECT 1'",
        "PREPARE s FROM 'ALTER TABLE a ADD x INT'",
        "PREPARE s FROM 'SET sql_mode = \"\"'",
        "PREPARE s FROM 'SET default_storage_engine = MyISAM'",
        "PREPARE s FROM 'INSERT INTO a VALUES (1)'",
        "PREPARE s FROM @unknown",
        "SET @s = IF(@x, 'SELECT 1', 'CREATE INDEX i ON a (id)'); PREPARE s FROM @s",
        "SET @s = 'SELECT 1', @s = REPEAT('x', 3); PREPARE s FROM @s",
        "SET @s = 'SELECT 1'; SELECT t INTO @s FROM x; PREPARE s FROM @s",
        "SET @s = 'SELECT 1'; SELECT @s := t FROM x; PREPARE s FROM @s",
        "SET @s = 'SELECT 1'; PREPARE p FROM 'SELECT t INTO @s FROM x'; EXECUTE p; PREPARE s FROM @s",
    ] {
        let error = read(statements).unwrap_err().to_string();
        assert!(
            error.contains(": EXECUTE may create"),
            "{statements}: {error}"
        );
    }
}

/// Statements after a CREATE TABLE on the first line, and the messages about them.
const LOST: [(&str, &str); 20] = [
    (
        "SET @s = 'CREATE INDEX i ON b (id)'; PREPARE p FROM @s;\nEXECUTE p;",
        "t.sql:3: EXECUTE may create or change tables",
    ),
    (
        "CALL make_tables();",
        "t.sql:2: CALL may create or change tables",
    ),
    (
        "DROP TABLE IF EXISTS a\nCREATE TABLE a (id INT);",
        "t.sql:3: CREATE TABLE begins within the statement of line 2",
    ),
    (
        "SET foreign_key_checks = 0\nCREATE TABLE a (id INT);",
        "t.sql:3: CREATE TABLE begins within",
    ),
    (
        "CREATE TABLE a (id INT)\nCREATE TABLE c (id INT);",
        "t.sql:3: CREATE TABLE begins within",
    ),
    (
        "CREATE VIEW v AS SELECT 1\n\nCREATE UNIQUE INDEX i ON b (id);",
        "t.sql:4: CREATE INDEX begins within",
    ),
    (
        "CREATE INDEX i ON b (id)\nALTER TABLE b ADD x INT;",
        "t.sql:3: ALTER TABLE begins within",
    ),
    (
        "INSERT INTO b VALUES (1)\nDROP TABLE b;",
        "t.sql:3: DROP TABLE begins within",
    ),
    (
        "DO 1 --> breakpoint\nCREATE INDEX i ON b (id);",
        "t.sql:3: CREATE INDEX begins within",
    ),
    (
        "CRAETE TABLE a (id INT);",
        "t.sql:2: \"CRAETE TABLE a (id\" does not begin a known statement",
    ),
    (
        "CREATE GLOBAL THING a (id INT);",
        "t.sql:2: \"CREATE GLOBAL THING a\" does not begin a known statement",
    ),
    (
        "\\. other.sql",
        "t.sql:2: \\. is a command of the mysql client; write the statements",
    ),
    (
        "CREATE TEMPORARY TABLE c (id INT",
        "t.sql:2: this CREATE TABLE is cut off",
    ),
    (
        "CREATE TABLE c (id INT,\n",
        "t.sql:2: this CREATE TABLE is cut off",
    ),
    (
        "CREATE TABLE IF NOT EXISTS",
        "t.sql:2: this CREATE TABLE names no table",
    ),
    (
        "CREATE TRIGGER t BEFORE INSERT ON b FOR EACH ROW\nBEGIN SET @a = 1; SET @b = 2; END;",
        "t.sql:2: this trigger has statements of its own; put it between DELIMITER lines",
    ),
    (
        "CREATE TABLE shop.c (id INT);",
        "t.sql:2: c is named with its database shop",
    ),
    (
        "RENAME TABLE b TO shop.c;",
        "t.sql:2: b is named with its database shop",
    ),
    (
        "CREATE PROCEDURE p() ALTER TABLE b ADD c INT\nCREATE TABLE a (id INT);",
        "t.sql:2: this procedure has statements of its own",
    ),
    (
        "CREATE PROCEDURE p() IF 1 THEN DROP TABLE b; END IF;",
        "t.sql:2: this procedure has statements of its own",
    ),
];

#[test]
fn a_statement_that_would_be_lost_is_an_error_with_its_line() {
    let table = "CREATE TABLE b (id INT);\n";
    for (sql, expected) in LOST {
        let error = Script::read(&format!("{table}{sql}"), "t.sql").unwrap_err();
        assert!(error.to_string().contains(expected), "{sql}: {error}");
    }
    let several = "CRAETE TABLE a (id INT);\nSOURCE b.sql;\nCREATE TABLE x.c (id INT);";
    let error = Script::read(several, "t.sql").unwrap_err().to_string();
    for line in ["t.sql:1: ", "\nt.sql:2: ", "\nt.sql:3: "] {
        assert!(error.contains(line), "{error}");
    }
}

#[test]
fn what_makes_no_table_is_no_error() {
    let sql = "SHOW CREATE TABLE a; INSERT INTO a VALUES ('CREATE TABLE b'); GRANT CREATE, ALTER, DROP ON *.* TO x;\n\
        SELECT `create`, `table` FROM x; CREATE TABLE a (`create` INT, `alter` INT COMMENT 'DROP TABLE a'); ALTER TABLE a DROP INDEX i;\n\
        ALTER DATABASE d CHARACTER SET latin1; CREATE USER u; CREATE ROLE r; PRAGMA foreign_keys = ON; LOCK TABLES a WRITE; UNLOCK TABLES;\n\
        CREATE PROCEDURE p() SELECT 1; CREATE DEFINER=`a`@`%` EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM a;\n\
        DELIMITER //\nCREATE PROCEDURE q() BEGIN CREATE TEMPORARY TABLE t (a INT); DROP TABLE t; END//\nDELIMITER ;\n\
        CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW v AS SELECT 1;";
    let script = Script::read(sql, "t.sql").unwrap();
    assert_eq!(script.definitions.len(), 2);
    let what: Vec<&str> = script.left_out.objects().collect();
    assert_eq!(what, ["procedure", "event", "procedure", "view"]);
    let warnings = script.warnings("t.sql");
    let [warning, rows, accounts] = &warnings[..] else {
        panic!("{warnings:?}")
    };
    assert_eq!(
        rows,
        "t.sql: the statement of line 1 changes rows and is not run, because rows come from the input files"
    );
    assert_eq!(
        accounts,
        "t.sql: 3 statements from line 1 on are about accounts and are not run"
    );
    assert!(
        warning.contains(
            "leaves out: 2 procedures (lines 4, 6), 1 event (line 4), 1 view (line 8); copy them"
        ),
        "{warning}"
    );
}

#[test]
fn a_routine_of_one_statement_about_a_table_is_left_out() {
    for routine in [
        "CREATE PROCEDURE p() ALTER TABLE t ADD c INT",
        "CREATE PROCEDURE p(IN a INT, OUT b DECIMAL(5,2)) COMMENT 'x' NOT DETERMINISTIC MODIFIES SQL DATA SQL SECURITY INVOKER\n\
         ALTER TABLE t DROP INDEX i, DROP COLUMN c",
        "CREATE DEFINER = `a`@`%` PROCEDURE p() DROP TABLE IF EXISTS t",
        "CREATE PROCEDURE p() CREATE UNIQUE INDEX i ON t (id)",
        "CREATE PROCEDURE p() RENAME TABLE t TO u",
        "/*!50003 CREATE*/ /*!50020 DEFINER=`a`@`b`*/ /*!50003 PROCEDURE p() CREATE TABLE u (id INT) */",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO ALTER TABLE t DROP PARTITION p0",
        "CREATE EVENT e ON SCHEDULE AT NOW() COMMENT 'x' DO DROP TABLE t",
        "ALTER EVENT e DO DROP TABLE t",
    ] {
        let sql = format!("CREATE TABLE t (id INT);\n{routine};");
        let script = Script::read(&sql, "t.sql").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(script.definitions.len(), 1, "{routine}");
        let objects = usize::from(!routine.starts_with("ALTER"));
        assert_eq!(script.left_out.objects().count(), objects, "{routine}");
    }
}

#[test]
fn a_file_without_a_table_is_an_error() {
    for sql in [
        "",
        "-- nothing",
        "DROP TABLE IF EXISTS a; CREATE VIEW v AS SELECT 1",
        "CREATE TABLE _reviewseed_runs (id INT)",
    ] {
        let error = Script::read(sql, "t.sql").unwrap_err().to_string();
        assert!(
            error.starts_with("t.sql: the file has no CREATE TABLE"),
            "{error}"
        );
    }
}

#[test]
fn lines_of_columns_keys_and_engines_are_found() {
    let sql = "CREATE TABLE t (\n  id INT,\n  `key` JSON,\n  engine INT, x INT REFERENCES p (id),\n  PRIMARY KEY (id),\n  \
               FOREIGN KEY (x) REFERENCES q (id)\n) ENGINE=InnoDB;\nALTER TABLE t\n  ADD COLUMN y JSON,\n  MODIFY z BIT,\n  ENGINE=MyISAM;\n\
               SET default_storage_engine = MEMORY;\nCREATE TABLE u (id INT);";
    let script = Script::read(sql, "t.sql").unwrap();
    for (column, line) in [
        ("id", 2),
        ("key", 3),
        ("ENGINE", 4),
        ("x", 4),
        ("y", 9),
        ("z", 10),
        ("none", 1),
    ] {
        assert_eq!(script.column_line("t", column), line, "{column}");
    }
    assert_eq!(
        (
            script.reference_line("t", "p"),
            script.reference_line("t", "q")
        ),
        (4, 6)
    );
    let engine = |table| script.engine_of(table).map(|e| (e.name, e.line));
    assert_eq!(engine("t"), Some(("MyISAM".to_owned(), 11)));
    assert_eq!(engine("u"), Some(("MEMORY".to_owned(), 12)));
    assert_eq!(engine("v"), None);
}

#[test]
fn only_what_makes_tables_may_be_run() {
    let sql = "DROP TABLE IF EXISTS a; /*!40101 SET NAMES utf8 */; SET sql_mode = ''; SET GLOBAL x = 1; USE b;
        CREATE TABLE IF NOT EXISTS a (x INT); CREATE UNIQUE INDEX i ON a (x); ALTER TABLE a ADD y INT;
        INSERT INTO a VALUES (1)";
    let kept = definitions(sql, "test.sql").unwrap();
    let kinds: Vec<_> = kept.iter().map(|d| d.statement.kind()).collect();
    use StatementKind::{AlterTable, CreateIndex, CreateTable, SetSession};
    assert_eq!(kinds, [SetSession, CreateTable, CreateIndex, AlterTable]);
}

#[test]
fn a_trigger_of_a_table_is_said_to_be_absent() {
    let sql = "CREATE TABLE a (x INT);\nCREATE TRIGGER t BEFORE INSERT ON `a` FOR EACH ROW SET @x = 1;\n\
               CREATE TRIGGER u BEFORE INSERT ON d.a FOR EACH ROW SET @x = 1;\n\
               CREATE TRIGGER v BEFORE INSERT ON other FOR EACH ROW SET @x = 1;";
    let warnings = Script::read(sql, "t.sql").unwrap().warnings("t.sql");
    assert!(
        warnings[0].contains("3 triggers (lines 2, 3, 4)"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].starts_with("t.sql: the triggers of a do not exist while rows are loaded"),
        "{warnings:?}"
    );
}

#[test]
fn the_table_of_a_statement_is_known() {
    let table = |text| split(text, "t").unwrap()[0].table().unwrap().1;
    assert_eq!(
        table("CREATE TABLE IF NOT EXISTS reviews(id INT)"),
        "reviews"
    );
    assert_eq!(table("create table `a``b` (id INT)"), "a`b");
    assert_eq!(table("ALTER TABLE /* x */ t$1 ADD y INT"), "t$1");
    assert_eq!(table("CREATE UNIQUE INDEX `on` ON t (x)"), "t");
}

#[test]
fn a_table_of_another_database_is_an_error() {
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
    fn any_text_splits_or_is_an_error_and_pieces_cover_it(sql in "[a-z;'\"`#*/ \n\\\\-]{0,60}") {
        if let Ok(statements) = split(&sql, "t") {
            for statement in statements {
                prop_assert!(!statement.text.is_empty());
                prop_assert!(sql.contains(statement.text));
            }
        }
    }
}
