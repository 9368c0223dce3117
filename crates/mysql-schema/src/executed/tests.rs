use super::*;

fn executed(sql: &str) -> String {
    let executed = with_executed(sql, "t.sql").unwrap();
    assert_eq!(executed.sql.lines().count(), sql.lines().count());
    executed.sql
}

/// Whether the text stays as it is, so that EXECUTE is an error.
fn is_left(sql: &str) -> bool {
    executed(sql) == sql
}

const TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a), \
                     CONSTRAINT up FOREIGN KEY (a) REFERENCES t (id));\n";

#[test]
fn a_text_that_is_known_is_written_in_the_place_of_execute() {
    let sql = format!(
        "{TABLE}SET @s = 'ALTER TABLE t ADD b INT;';\nPREPARE p FROM @s; EXECUTE p;\nDROP PREPARE p;"
    );
    let read = with_executed(&sql, "t.sql").unwrap();
    assert_eq!(
        read.sql,
        sql.replace("EXECUTE p", "ALTER TABLE t ADD b INT")
    );
    assert_eq!(
        read.notes,
        ["t.sql:3: EXECUTE p runs: ALTER TABLE t ADD b INT"]
    );
    let script = Script::read(&read.sql, "t.sql").unwrap();
    assert_eq!(
        parse_script(&script, "t.sql").schema.tables[0]
            .columns
            .len(),
        3
    );

    let lines = "PREPARE p FROM 'CREATE TABLE u (\n  id INT\n)';\nEXECUTE p;";
    assert!(executed(lines).ends_with("\nCREATE TABLE u (   id INT );"));
    for text in [
        "'CREATE TABLE u (id INT -- key\n)'",
        "'CREATE TABLE u (id INT) COMMENT \"a\nb\"'",
    ] {
        assert!(
            is_left(&format!("PREPARE p FROM {text};\nEXECUTE p;")),
            "{text}"
        );
    }
}

#[test]
fn a_condition_is_answered_from_the_statements_above_it() {
    let of = |table: &str, rest: &str| {
        format!(
            "(SELECT COUNT(*) FROM information_schema.{table} WHERE table_schema = DATABASE() AND table_name = 't'{rest})"
        )
    };
    for (condition, holds) in [
        (of("COLUMNS", " AND column_name = 'A'") + " > 0", true),
        (of("columns", " AND column_name = 'b'") + " > 0", false),
        (of("columns", " AND (COLUMN_NAME = 'b')") + " = 0", true),
        (of("columns", ""), true),
        ("2 <> ".to_owned() + &of("columns", ""), false),
        (of("statistics", " AND index_name = 'k'") + " >= 1", true),
        (of("statistics", " AND index_name = 'l'") + " != 0", false),
        (of("tables", ""), true),
        (
            of(
                "table_constraints",
                " AND constraint_type = 'FOREIGN KEY' AND constraint_name = 'up'",
            ) + " < 1",
            false,
        ),
        (
            of("referential_constraints", " AND constraint_name = 'down'"),
            false,
        ),
        (
            "NOT EXISTS ".to_owned()
                + &of("columns", " AND column_name = 'b'").replace("COUNT(*)", "1"),
            true,
        ),
        (
            "EXISTS ".to_owned()
                + &of("columns", " AND column_name = 'a'").replace("COUNT(*)", "*"),
            true,
        ),
    ] {
        let sql = format!(
            "{TABLE}SET @s = IF({condition}, 'CREATE TABLE yes (id INT)', 'CREATE TABLE no (id INT)');\nPREPARE p FROM @s;\nEXECUTE p;"
        );
        let created = if holds {
            "\nCREATE TABLE yes"
        } else {
            "\nCREATE TABLE no"
        };
        assert!(executed(&sql).contains(created), "{condition}");
    }
}

#[test]
fn a_text_may_be_selected_from_the_rows_that_it_counts() {
    for (column, added) in [("a", false), ("b", true)] {
        for query in [
            "SET @s = (SELECT IF(COUNT(*) = 0, 'ALTER TABLE t ADD c INT', 'SELECT 1') FROM WHERE)",
            "SELECT IF(COUNT(1) > 0, 'SELECT 1', 'ALTER TABLE t ADD c INT') INTO @s FROM WHERE",
        ] {
            let of_column = format!(
                "FROM information_schema.columns WHERE table_schema = DATABASE() \
                 AND table_name = 't' AND column_name = '{column}'"
            );
            let query = query.replace("FROM WHERE", &of_column);
            let read = executed(&format!("{TABLE}{query};\nPREPARE p FROM @s;\nEXECUTE p;"));
            assert_eq!(
                read.contains("\nALTER TABLE t ADD c INT;"),
                added,
                "{query}"
            );
            assert_eq!(read.contains("\nSELECT 1;"), !added, "{query}");
        }
    }
    // columns of another table may be meant
    let other = "SET @s = (SELECT IF(COUNT(*) = 0, 'ALTER TABLE t ADD c INT', 'SELECT 1') \
                 FROM information_schema.columns WHERE table_name = 't');\nPREPARE p FROM @s;\nEXECUTE p;";
    assert!(is_left(&format!("{TABLE}{other}")));
}

#[test]
fn conditions_are_followed_through_variables_and_earlier_executions() {
    let add = |column: &str| {
        format!(
            "SET @db = DATABASE(); SET @table = 't', @column = '{column}';\n\
             SELECT COUNT(*) INTO @has FROM information_schema.columns WHERE table_name = @table AND table_schema = @db AND column_name = @column;\n\
             SET @s := (SELECT IF(@has > 0, \"SELECT 1\", CONCAT(\"ALTER TABLE \", @table, \" ADD \", @column, \" INT\")));\n\
             PREPARE p FROM @s;\nEXECUTE p;\n"
        )
    };
    let sql = format!("{TABLE}{}{}{}", add("a"), add("b"), add("b"));
    let read = executed(&sql);
    assert_eq!(read.matches("ALTER TABLE t ADD b INT;").count(), 1);
    assert_eq!(read.matches("\nSELECT 1;").count(), 2);
    let into = format!(
        "{TABLE}SELECT IF(@x IS NULL, 'SELECT 1', 'SELECT 1') FROM DUAL INTO @s;\nPREPARE p FROM @s; EXECUTE p;"
    );
    assert!(is_left(&into));
    let into = format!(
        "{TABLE}SELECT IF(1 > 0, 'SELECT 1', 'SELECT 2') INTO @s FROM DUAL;\nPREPARE p FROM @s; EXECUTE p;"
    );
    assert!(executed(&into).contains("; SELECT 1;"));
}

#[test]
fn what_is_not_certain_stays() {
    let with = |condition: &str| {
        format!(
            "{TABLE}CREATE VIEW v AS SELECT 1;\nSET @s = IF({condition}, 'SELECT 1', 'ALTER TABLE t ADD b INT');\nPREPARE p FROM @s;\nEXECUTE p;"
        )
    };
    let count = |from: &str| format!("(SELECT COUNT(*) FROM {from}) > 0");
    for condition in [
        "VERSION() LIKE '%MariaDB%'".to_owned(),
        "@@version > 8".to_owned(),
        "@unknown > 0".to_owned(),
        count("t"),
        // tables of other databases
        count("information_schema.columns WHERE table_name = 't' AND column_name = 'b'"),
        count("information_schema.columns WHERE table_schema = 'shop' AND table_name = 't'"),
        // a view, and a table whose name has another case
        count("information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'v'"),
        count("information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'T'"),
        count(
            "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 't' OR 1",
        ),
        count(
            "information_schema.columns WHERE table_schema = DATABASE() AND table_name = 't' AND data_type = 'int'",
        ),
        count("information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 't'"),
        count(
            "information_schema.columns WHERE table_schema = DATABASE() AND NOT table_name = 't'",
        ),
        count(
            "information_schema.table_constraints WHERE table_schema = DATABASE() AND constraint_type = 'CHECK'",
        ),
        count("information_schema.routines WHERE routine_schema = DATABASE()"),
    ] {
        assert!(is_left(&with(&condition)), "{condition}");
    }
    for sql in [
        "PREPARE p FROM 'SELECT ?';\nEXECUTE p USING @x;",
        "PREPARE p FROM 'CREATE TABLE a (id INT); CREATE TABLE b (id INT)';\nEXECUTE p;",
        "/*!50700 EXECUTE p */;",
    ] {
        assert!(is_left(sql), "{sql}");
    }
}
