//! `--before` and `--after`: statements of the user, each executed once in a run. `--session-sql`:
//! settings of the loading sessions.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::docs::root;
use crate::support::background::background;
use crate::support::data::{Files, review};
use crate::support::harness::{Scratch, Server, on_both_servers};

const SCHEMA: &str = "CREATE TABLE goods (id INT AUTO_INCREMENT PRIMARY KEY, price INT NOT NULL);";

fn files() -> Files {
    let files = Files::of_schema(SCHEMA);
    files.put("goods", "price\n5\n6\n7\n");
    files
}

fn write(files: &Files, name: &str, sql: &str) {
    fs::write(files.path(name), sql).unwrap();
}

const BEFORE: &str = "-- what follows needs it
CREATE TABLE IF NOT EXISTS log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20), goods INT);
SET @what = 'before; it''s';
INSERT INTO log (what, goods) SELECT @what, COUNT(*) FROM goods;
INSERT INTO log (what, goods) SELECT 'again', COUNT(*) FROM goods;
INSERT INTO log (what, goods) SELECT 'again', COUNT(*) FROM goods;
";

const LOG: &str = "SELECT GROUP_CONCAT(what, ':', goods ORDER BY id SEPARATOR ', ') FROM log";

on_both_servers! {
    fn statements_are_executed_before_and_after_the_load(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        write(&files, "before.sql", BEFORE);
        write(&files, "after.sql", "INSERT INTO log (what, goods) SELECT 'after', COUNT(*) FROM goods;\n");
        write(&files, "last.sql", "INSERT INTO log (what, goods) SELECT 'last', COUNT(*) FROM goods;\n");
        write(&files, "reviewseed.toml", "[seed]\nafter = [\"after.sql\", \"last.sql\"]\n");
        files.seed(&scratch, &["--before", "before.sql"]).exits(0).says("before: 5 statements executed").says("after: 2 statements executed");
        assert_eq!(scratch.value(LOG), "before; it's:0, again:0, again:0, after:3, last:3");
        // nothing to do, so nothing is executed
        files.seed(&scratch, &["--before", "before.sql"]).exits(0).says("nothing to do");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM log"), "5");
        // another run executes them again; rows that are gone before it are not counted
        write(&files, "before.sql", "DELETE FROM goods WHERE price = 5;\nDELETE FROM log;");
        files.put("goods", "price\n8\n");
        files.seed(&scratch, &["--append", "--before", "before.sql", "--verify=full"]).exits(0);
        assert_eq!(scratch.value(LOG), "after:3, last:3");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_failure_names_file_and_line_and_a_resumed_run_repeats_nothing(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        write(&files, "before.sql", BEFORE);
        let broken = "INSERT INTO log (what, goods) VALUES ('one', 1);\n\n/* two */ INSERT INTO logs (what) VALUES ('two');\n";
        write(&files, "after.sql", broken);
        let arguments = ["--before", "before.sql", "--after", "after.sql"];
        files.seed(&scratch, &arguments).exits(2).says("after.sql:3: the statement failed").says("logs");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM goods"), "3");
        write(&files, "after.sql", &broken.replace("logs", "log"));
        files.seed(&scratch, &arguments).exits(0).says("after: 1 statement executed, 1 was executed by the interrupted run");
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(what ORDER BY id) FROM log"), "before; it's,again,again,one,two");
        // the same before the load
        let scratch = Scratch::new(server);
        write(&files, "before.sql", &format!("{BEFORE}SELECT nothing FROM log;"));
        files.seed(&scratch, &arguments).exits(2).says("before.sql:7: the statement failed");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM goods"), "0");
        write(&files, "before.sql", BEFORE);
        files.seed(&scratch, &arguments).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(what ORDER BY id) FROM log"), "before; it's,again,again,one,two");
    }
}

on_both_servers! {
    fn a_run_that_is_killed_between_statements_repeats_none_that_committed(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        write(&files, "before.sql", BEFORE);
        let after = "INSERT INTO log (what, goods) VALUES ('one', 1);\nINSERT INTO log (what, goods) SELECT 'slow', SLEEP(2);\n";
        write(&files, "after.sql", after);
        let arguments = ["seed", "csv", "--schema", "schema.sql", "--database-url", scratch.url(), "--before", "before.sql", "--after", "after.sql"];
        let mut command = background(files.path("").as_path(), arguments);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let one = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'log'";
        while scratch.value(one) == "0" || scratch.value("SELECT COUNT(*) FROM log WHERE what = 'one'") == "0" {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        files.seed(&scratch, &["--before", "before.sql", "--after", "after.sql"]).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(what ORDER BY id) FROM log"), "before; it's,again,again,one,slow");
    }
}

on_both_servers! {
    fn statements_that_cannot_be_executed_in_a_run_are_named_before_it_begins(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let wrong = |sql: &str, words: &str| {
            write(&files, "after.sql", sql);
            files.seed(&scratch, &["--after", "after.sql"]).exits(2).says(words);
        };
        wrong("SELECT 1;\nCOMMIT;\n", "after.sql:2: COMMIT cannot be used here");
        wrong("SELECT 1;\nSET autocommit = 0;\n", "after.sql:2: autocommit cannot be set");
        wrong("SELECT 'a;\n", "after.sql");
        wrong("PREPARE s FROM 'COMMIT';\nEXECUTE s;\n", "after.sql:2: this EXECUTE may run another statement: COMMIT cannot be used here");
        wrong("SHUTDOWN;\n", "after.sql:1: SHUTDOWN cannot be used here, because the run needs the server");
        wrong("SELECT 1;\nKILL 5;\n", "after.sql:2: KILL cannot be used here");
        files.seed(&scratch, &["--after", "none.sql"]).exits(2).says("cannot read none.sql");
        files.seed(&scratch, &["--replace", "--after", "after.sql"]).exits(2).says("cannot be used with --replace");
        assert_eq!(scratch.rows("SHOW TABLES").len(), 0, "nothing was begun");
    }
}

on_both_servers! {
    fn prepared_statements_are_there_again_when_a_run_resumes(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        scratch.execute("CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20), goods INT)");
        scratch.execute("CREATE PROCEDURE note() INSERT INTO log (what, goods) VALUES ('called', 1)");
        let after = "PREPARE s FROM 'INSERT INTO log (what, goods) VALUES (?, 2)';
SET @what = 'first';
EXECUTE s USING @what;
CALL note();
CALL note();
";
        write(&files, "after.sql", &format!("{after}INSERT INTO logs VALUES (1);\nEXECUTE s USING @what;\n"));
        let arguments = ["--after", "after.sql"];
        let ran = files.seed(&scratch, &arguments).exits(2).says("after.sql:6: the statement failed");
        ran.says("after: after.sql:4 and 1 more place: the file does not show which statements are run here");
        write(&files, "after.sql", &format!("{after}EXECUTE s USING @what;\nDEALLOCATE PREPARE s;\n"));
        files.seed(&scratch, &arguments).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(what ORDER BY id) FROM log"), "first,called,called,first");
    }
}

on_both_servers! {
    fn settings_of_sessions_hold_where_rows_are_loaded(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let session = |sql: &'static str| files.seed(&scratch, &["--session-sql", sql]);
        session("sql_mode = ''").exits(2).says("sql_mode cannot be set: without the strict mode");
        session("SET time_zone = '+01:00'").exits(2).says("time_zone cannot be set");
        session("no_such_setting = 1").exits(2).says("the server does not accept --session-sql").says("no_such_setting");
        assert_eq!(scratch.rows("SHOW TABLES").len(), 0, "nothing was begun");
        for (load, ids) in [("insert", "1,11,21"), ("local-infile", "1,11,21")] {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--load", load, "--session-sql", "auto_increment_increment = 10"]).exits(0);
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM goods"), ids, "{load}");
        }
    }
}

/// The counts that the read of the table gives for a product, and those that are counted.
fn meta(scratch: &Scratch, product: u32) -> [Vec<Option<String>>; 2] {
    let read =
        include_str!("../../../examples/reviews-meta/read.sql").replace('?', &product.to_string());
    let read = read.split_once("SELECT").unwrap().1.replace("\n", " ");
    let columns = [
        "rating_1",
        "rating_2",
        "rating_3",
        "rating_4",
        "rating_5",
        "recommended",
        "reviews",
    ];
    let as_text: String = columns.map(|c| format!("CAST(kept.{c} AS CHAR)")).join(",");
    let kept = format!(
        "SELECT {as_text} FROM (SELECT {}) AS kept",
        read.trim().trim_end_matches(';')
    );
    let ratings: String = (1..=5)
        .map(|n| format!("CAST(SUM(rating = {n}) AS CHAR),"))
        .collect();
    let counted = format!(
        "SELECT {ratings} CAST(SUM(recommend) AS CHAR), CAST(COUNT(*) AS CHAR) FROM reviews WHERE product_id = {product}"
    );
    [kept, counted].map(|sql| scratch.rows(&sql).remove(0))
}

on_both_servers! {
    fn the_example_keeps_the_counts_of_reviews(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let file = |name: &str| root().join("examples/reviews-meta").join(name).display().to_string();
        let (create, refresh) = (file("create.sql"), file("refresh.sql"));
        files.seed(&scratch, &["--before", &create, "--after", &refresh]).exits(0);
        let [kept, counted] = meta(&scratch, 7);
        assert_eq!(kept, counted);
        assert_eq!(kept[6].as_deref(), Some("3"));
        let changed = review(2).replace(",7,4,", ",7,1,").replace(",true,", ",false,");
        let other = review(9).replace(",7,4,", ",8,5,");
        files.put("reviews", format!("{}\n{changed}{other}", crate::support::data::REVIEWS_HEADER));
        files.seed(&scratch, &["--append", "--on-duplicate", "update", "--tables", "reviews", "--after", &refresh]).exits(0);
        for product in [7, 8] {
            let [kept, counted] = meta(&scratch, product);
            assert_eq!(kept, counted, "{product}");
        }
        scratch.execute("DELETE FROM reviews WHERE id = 9");
        let only = "SELECT GROUP_CONCAT(product_id) FROM reviews_meta";
        assert_eq!(scratch.value(only), "7,8");
        files.put("reviews", format!("{}\n{changed}", crate::support::data::REVIEWS_HEADER));
        files.seed(&scratch, &["--append", "--on-duplicate", "update", "--tables", "reviews", "--after", &refresh]).exits(0);
        assert_eq!(scratch.value(only), "7");
    }
}
