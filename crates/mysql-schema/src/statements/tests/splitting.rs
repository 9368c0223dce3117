//! Splitting: strings, names, comments, delimiters.

use super::*;

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
fn a_string_name_or_comment_without_an_end_is_an_error_with_its_line() {
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
        (
            "CREATE TABLE a (x INT)\n/*!50100 PARTITION BY HASH (x)",
            "test.sql:2: the comment /*! is never closed",
        ),
        (
            "/*!50003 CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a = 1; SET @b = 2 */;",
            "test.sql:1: the comment /*! is never closed",
        ),
    ] {
        let error = split(sql, "test.sql").unwrap_err().to_string();
        assert_eq!(error, format!("{what}; is the file complete?"));
    }
}

#[test]
fn delimiter_lines_say_where_statements_end() {
    let sql = "CREATE TABLE a (x INT);\nDELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW\nBEGIN SET @a = ';'; SET @b = 2; END$$\n\
               delimiter ;\nCREATE TABLE b (x INT); DELIMITER x\n";
    let found = texts(sql);
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found[1].0, 3);
    assert!(found[1].1.ends_with("END"));
    assert_eq!(found[2], (6, "CREATE TABLE b (x INT)"));
    assert_eq!(
        found[3],
        (6, "DELIMITER x"),
        "a line begins with it, or it is a word"
    );
}

#[test]
fn between_two_delimiters_the_semicolons_of_other_statements_than_routines_split() {
    let sql = "DELIMITER //\nSET @a = 1;\nCREATE TABLE a (x INT); CREATE TABLE b (x INT DEFAULT ';');\n\
               CREATE TRIGGER IF NOT EXISTS t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1;\nCREATE TABLE c (x INT)//\n\
               CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; END;\n//\n\
               /*!50003 CREATE TRIGGER u BEFORE INSERT ON a FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END */;\n//\n\
               BEGIN NOT ATOMIC SELECT 1; SELECT 2; END//\nALTER EVENT e DO BEGIN SELECT 1; SELECT 2; END//\n\
               BEGIN; INSERT INTO a VALUES (1); COMMIT//\nDELIMITER ;\nSELECT 1";
    let lines: Vec<usize> = texts(sql).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 3, 4, 5, 6, 8, 10, 11, 12, 12, 12, 14]);
}

#[test]
fn a_routine_of_one_statement_ends_at_its_semicolon() {
    for body in [
        "SET NEW.x = IF(NEW.y > 1, 2, 3)",
        "SET NEW.x = CASE WHEN NEW.y THEN 1 ELSE 2 END",
        "SET NEW.x = REPEAT('a', 3)",
        "INSERT INTO l SELECT x FROM m FOR UPDATE",
    ] {
        let trigger = format!("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW {body}");
        let sql = format!("DELIMITER //\n{trigger};\nCREATE TABLE b (x INT)\n//");
        assert_eq!(texts(&sql), [(2, &*trigger), (3, "CREATE TABLE b (x INT)")]);
    }
    for body in [
        "BEGIN SET NEW.x = 1; SET @a = 2; END",
        "IF NEW.y THEN SET NEW.x = 1; SET @a = 2; END IF",
        "CASE NEW.y WHEN 1 THEN SET NEW.x = 1; ELSE SET @a = 2; END CASE",
        "w: WHILE @a < 3 DO SET @a = @a + 1; END WHILE",
        "REPEAT SET @a = @a + 1; UNTIL @a > 3 END REPEAT",
        "LOOP SET @a = 1; LEAVE; END LOOP",
    ] {
        let trigger = format!("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW {body}");
        let sql = format!("DELIMITER //\n{trigger}\n//\nCREATE TABLE b (x INT)//");
        assert_eq!(texts(&sql), [(2, &*trigger), (4, "CREATE TABLE b (x INT)")]);
    }
}

#[test]
fn a_table_after_a_routine_is_not_lost() {
    let routine =
        "CREATE PROCEDURE p() BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; CREATE TABLE b (x INT); END";
    let file = |rest: &str| format!("CREATE TABLE a (x INT);\nDELIMITER //\n{routine};{rest}\n//");
    assert!(Script::read(&file(""), "t.sql").is_ok());
    let error = Script::read(&file("\nCREATE TABLE c (x INT);"), "t.sql").unwrap_err();
    assert_eq!(
        error.to_string(),
        "t.sql:4: CREATE TABLE follows the procedure of line 3 before the next delimiter; write the delimiter before it"
    );
}

#[test]
fn a_dump_with_many_rows_is_split_in_one_pass() {
    let row = "INSERT INTO a VALUES (1, 'a row of a dump, one for each statement');\n";
    let sql = row.repeat(20_000);
    let began = std::time::Instant::now();
    let statements = texts(&sql);
    assert_eq!(statements.last().map(|(line, _)| *line), Some(20_000));
    // about 0.3 s; it took 50 s when the lines before each statement were counted again
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
}

#[test]
fn a_long_line_is_split_in_one_pass() {
    let sql = format!("INSERT INTO a VALUES {}(1);", "(1,2,3),".repeat(50_000));
    let began = std::time::Instant::now();
    assert_eq!(texts(&sql).len(), 1);
    // 0.1 s; it took minutes when the line was searched for USE at each character
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
}

#[test]
fn dashes_before_a_statement_begin_a_comment_without_a_blank() {
    let sql = "--- dump {\"a;\": 'it'}\n--CREATE TABLE x (y INT);\nCREATE TABLE a (x INT DEFAULT (1--1));--b\n/* c */ --d\n\
               DELIMITER //\n--e\nCREATE TABLE b (x INT)//\n --f;\nSELECT 1--1\n--2//";
    assert_eq!(
        texts(sql),
        [
            (3, "CREATE TABLE a (x INT DEFAULT (1--1))"),
            (7, "CREATE TABLE b (x INT)"),
            (9, "SELECT 1--1\n--2"),
        ]
    );
    // a part of a statement
    assert_eq!(tokens_of("--2").len(), 3);
}

#[test]
fn drizzle_breakpoints_end_statements() {
    let sql = "CREATE TABLE a (x INT);\n--> statement-breakpoint\nCREATE INDEX i ON a (x);--> statement-breakpoint\nCREATE INDEX j ON a (x)\n\
               --> statement-breakpoint\nCREATE INDEX k ON a (x)";
    let lines: Vec<usize> = texts(sql).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 3, 4, 6]);
    assert!(Script::read(&sql.replace("statement-", ""), "t.sql").is_err());
}

#[test]
fn a_line_with_use_needs_no_semicolon() {
    assert_eq!(
        texts("USE `a`\nCREATE TABLE b (x INT);\nuse c\n;SELECT 1"),
        [
            (1, "USE `a`"),
            (2, "CREATE TABLE b (x INT)"),
            (3, "use c"),
            (4, "SELECT 1")
        ]
    );
}
