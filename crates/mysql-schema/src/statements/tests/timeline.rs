//! Which statements are run for which tables, although tables are renamed and dropped.

use super::*;

#[test]
fn a_table_that_the_file_drops_again_is_not_made() {
    // dumps of older servers have a table in place of each view
    let sql = "/*!50001 CREATE TABLE `v` (`id` tinyint NOT NULL) ENGINE=MyISAM */; CREATE TABLE a (id INT); CREATE INDEX i ON v (id);\n\
               /*!50001 DROP TABLE IF EXISTS `v`*/; CREATE TABLE b (id INT); CREATE OR REPLACE TABLE b (id BIGINT); DROP TABLE x.y, z;";
    let script = Script::read(sql, "t.sql").unwrap();
    let texts: Vec<String> = script
        .definitions
        .iter()
        .map(|s| s.to_run().into_owned())
        .collect();
    assert_eq!(
        texts,
        ["CREATE TABLE a (id INT)", "CREATE  TABLE b (id BIGINT)"]
    );
}

#[test]
fn statements_about_a_table_that_is_renamed_later_are_about_its_last_name() {
    let sql = "CREATE TABLE a (x INT); CREATE TABLE b (x INT); RENAME TABLE a TO t, b TO `a`, t TO b;\n\
               ALTER TABLE b ADD y INT, RENAME COLUMN x TO z, RENAME AS c; CREATE INDEX i ON a (x)";
    let kept = definitions(sql, "test.sql").unwrap();
    let tables: Vec<&str> = kept.iter().map(|d| d.table.as_deref().unwrap()).collect();
    assert_eq!(tables, ["c", "a", "c", "a", "c", "c", "a"]);
    let runs: Vec<String> = kept[2..5].iter().map(|d| d.to_run().into_owned()).collect();
    assert_eq!(
        runs,
        [
            "RENAME TABLE `a` TO `t`",
            "RENAME TABLE `b` TO `a`",
            "RENAME TABLE `t` TO `b`"
        ]
    );
}

fn runs(sql: &str) -> Vec<String> {
    let kept = definitions(sql, "test.sql").unwrap();
    kept.iter().map(|d| d.to_run().into_owned()).collect()
}

#[test]
fn a_dropped_table_is_made_for_a_time_if_others_are_created_like_it() {
    let sql = "CREATE TABLE a (x INT); ALTER TABLE a ADD y INT; CREATE TABLE b LIKE a; CREATE TABLE IF NOT EXISTS c (LIKE a);\
               ALTER TABLE a ADD z INT; DROP TABLE a; CREATE TABLE a (w INT); CREATE TABLE d LIKE a";
    assert_eq!(
        runs(sql),
        [
            "CREATE TABLE a (x INT)",
            "ALTER TABLE a ADD y INT",
            "CREATE TABLE b LIKE a",
            "CREATE TABLE IF NOT EXISTS c (LIKE a)",
            "DROP TABLE `a`",
            "CREATE TABLE a (w INT)",
            "CREATE TABLE d LIKE a"
        ]
    );
    let kept = definitions(sql, "test.sql").unwrap();
    let made_for: Vec<Vec<&str>> = (kept.iter())
        .map(|d| d.made_for().iter().map(String::as_str).collect())
        .collect();
    let models = vec!["c", "b"];
    assert_eq!(
        made_for,
        [
            models.clone(),
            models.clone(),
            vec!["b"],
            vec!["c"],
            models,
            vec!["a"],
            vec!["d"]
        ]
    );
    let passing: Vec<String> = kept.iter().filter_map(Definition::passing_name).collect();
    assert_eq!(passing, ["a"]);
    // a model of a model, under the name that it has at the time
    assert_eq!(
        runs(
            "CREATE TABLE a (x INT); RENAME TABLE a TO b; CREATE TABLE c LIKE b; DROP TABLE b; CREATE TABLE d LIKE c; DROP TABLE c"
        ),
        [
            "CREATE TABLE a (x INT)",
            "RENAME TABLE `a` TO `b`",
            "CREATE TABLE c LIKE b",
            "DROP TABLE `b`",
            "CREATE TABLE d LIKE c",
            "DROP TABLE `c`"
        ]
    );
    // a copy that is dropped too
    assert_eq!(
        runs(
            "CREATE TABLE t (x INT); CREATE TABLE a (x INT); CREATE TABLE b LIKE a; DROP TABLE a, b"
        ),
        ["CREATE TABLE t (x INT)"]
    );
}

#[test]
fn a_statement_about_a_table_that_the_file_does_not_create_is_left_out_if_it_says_so() {
    assert_eq!(
        runs(
            "CREATE TABLE a (x INT); ALTER TABLE IF EXISTS b ADD y INT; RENAME TABLE IF EXISTS b TO c, a TO d;\
              ALTER ONLINE TABLE IF EXISTS d ADD z INT; DROP TABLE IF EXISTS e; ALTER TABLE IF EXISTS e ADD y INT"
        ),
        [
            "CREATE TABLE a (x INT)",
            "RENAME TABLE `a` TO `d`",
            "ALTER ONLINE TABLE IF EXISTS d ADD z INT"
        ]
    );
}

#[test]
fn foreign_keys_can_be_added_to_a_copy_of_the_table() {
    let by_copy = |sql: &str| {
        let sql = format!("CREATE TABLE t (a INT); {sql}");
        definitions(&sql, "test.sql").unwrap()[1].to_run_by_copy()
    };
    for (sql, expected) in [
        (
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id)",
            "ALTER TABLE t ALGORITHM=COPY, ADD FOREIGN KEY (a) REFERENCES p (id)",
        ),
        (
            "/*!40000 ALTER IGNORE TABLE IF EXISTS `t` NOWAIT ADD b INT REFERENCES p (id) */",
            "/*!40000 ALTER IGNORE TABLE IF EXISTS `t` NOWAIT ALGORITHM=COPY, ADD b INT REFERENCES p (id) */",
        ),
        (
            "ALTER TABLE t WAIT 5 ADD FOREIGN KEY (a) REFERENCES p (id)",
            "ALTER TABLE t WAIT 5 ALGORITHM=COPY, ADD FOREIGN KEY (a) REFERENCES p (id)",
        ),
    ] {
        assert_eq!(by_copy(sql).as_deref(), Some(expected));
    }
    for sql in [
        "ALTER TABLE t ADD b INT",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id), ALGORITHM=INPLACE",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id), LOCK=NONE",
        "ALTER ONLINE TABLE t ADD FOREIGN KEY (a) REFERENCES p (id)",
        "RENAME TABLE t TO u",
    ] {
        assert_eq!(by_copy(sql), None);
    }
}

#[test]
fn names_in_renames_are_found_between_other_words() {
    assert_eq!(
        runs(
            "CREATE TABLE a (x INT); RENAME TABLES a WAIT 5 TO `to`, `to` NOWAIT TO c; ALTER TABLE c WAIT 5 RENAME = d;\
              ALTER TABLE d RENAME COLUMN x TO y, RENAME INDEX i TO j"
        ),
        [
            "CREATE TABLE a (x INT)",
            "RENAME TABLE `a` TO `to`",
            "RENAME TABLE `to` TO `c`",
            "ALTER TABLE c WAIT 5 RENAME = d",
            "ALTER TABLE d RENAME COLUMN x TO y, RENAME INDEX i TO j"
        ]
    );
}

#[test]
fn a_temporary_table_and_what_changes_it_are_left_out() {
    let sql = "CREATE TABLE a (x INT); CREATE TEMPORARY TABLE IF NOT EXISTS s.t AS SELECT * FROM a;\n\
               ALTER TABLE t ADD y INT, RENAME TO u; CREATE INDEX i ON u (y); DROP TABLE u;\n\
               CREATE TABLE u (x INT); DROP TEMPORARY TABLE IF EXISTS u;\n\
               CREATE TEMPORARY TABLE a (z INT); ALTER TABLE a ADD w INT; DROP TABLE a;\n\
               ALTER TABLE a ADD v INT";
    assert_eq!(
        runs(sql),
        [
            "CREATE TABLE a (x INT)",
            "CREATE TABLE u (x INT)",
            "ALTER TABLE a ADD v INT"
        ]
    );
    let warnings = Script::read(sql, "t.sql").unwrap().warnings("t.sql");
    assert_eq!(
        warnings,
        [
            "t.sql: 2 statements from line 1 on create TEMPORARY tables and are not run, \
             because such tables end with the session"
        ]
    );
}

#[test]
fn a_table_may_be_renamed_to_a_name_that_is_free_again() {
    let sql = "CREATE TABLE a (x INT); CREATE TABLE b (x INT); DROP TABLE b;\n\
               RENAME TABLE a TO b; CREATE TABLE a (x INT); ALTER TABLE a RENAME a";
    assert_eq!(runs(sql).len(), 4);
}

#[test]
fn a_name_that_is_not_free_and_a_temporary_model_are_errors_with_their_lines() {
    for (sql, expected) in [
        (
            "RENAME TABLE a TO c, b TO c",
            "t.sql:2: b cannot be renamed to c, because a table c exists at this line; choose",
        ),
        (
            "ALTER TABLE b ADD x INT, RENAME TO a",
            "t.sql:2: b cannot be renamed to a, because a table a exists at this line; choose",
        ),
        (
            "CREATE TEMPORARY TABLE t (id INT);\nCREATE TABLE c LIKE t;",
            "t.sql:3: c is created LIKE t, a TEMPORARY table, which is not created; write the",
        ),
    ] {
        let sql = format!("CREATE TABLE a (id INT); CREATE TABLE b (id INT);\n{sql}");
        let error = Script::read(&sql, "t.sql").unwrap_err();
        assert!(error.to_string().contains(expected), "{sql}: {error}");
    }
}
