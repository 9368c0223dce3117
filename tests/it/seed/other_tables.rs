//! Databases with rows that reviewseed did not load: `seed` recognises them and changes nothing,
//! and its message says where the URL came from.

use std::fs;

use reviews::SCHEMA;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, ran, reviewseed, run};

/// The tables of an application of somebody else, two of which have names that this data set has as
/// well.
const APPLICATION: &str = "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(50)); CREATE TABLE orders (id INT PRIMARY KEY); \
    CREATE TABLE carts (id INT PRIMARY KEY); CREATE TABLE stock (id INT PRIMARY KEY); \
    CREATE TABLE reviews (id BIGINT PRIMARY KEY, author INT, words TEXT); INSERT INTO reviews VALUES (1, 2, 'x'), (2, 2, 'y'); \
    CREATE TABLE characteristics (code CHAR(3) PRIMARY KEY)";

/// Every table with its definition and its rows.
fn everything(scratch: &Scratch) -> Vec<Vec<Option<String>>> {
    let tables = scratch.rows("SHOW TABLES");
    let mut all = Vec::new();
    for table in tables {
        let name = table[0].clone().unwrap();
        all.extend(scratch.rows(&format!("SHOW CREATE TABLE `{name}`")));
        all.extend(scratch.rows(&format!("CHECKSUM TABLE `{name}`")));
    }
    all
}

#[track_caller]
fn never_advises_to_destroy(ran: &Ran) {
    let text = &ran.stderr;
    assert!(!text.to_lowercase().contains("drop the table"), "{text}");
    let other = text
        .find("name another database")
        .unwrap_or_else(|| panic!("{text}"));
    assert!(text.find("--replace").is_none_or(|at| at > other), "{text}");
}

on_both_servers! {
    fn tables_of_an_application_with_the_same_names_stop_the_run_with_one_message(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute(APPLICATION);
        let before = everything(&scratch);
        for options in [&[][..], &["--dry-run"], &["--append"]] {
            let ran = files.seed(&scratch, options).exits(2);
            let columns = "that reviewseed did not create do not have the columns of schema.sql (compiled in): ";
            let ran = ran.says(columns).says("table reviews has no column rating").says("table characteristics has no column");
            let ran = ran.says("nothing was changed: name another database in --database-url");
            let ran = ran.says("4 other tables that reviewseed did not load (");
            never_advises_to_destroy(&ran);
            let errors = ran.stderr.lines().filter(|l| l.starts_with("error")).count();
            assert_eq!(errors, 1, "{}", ran.stderr);
            assert_eq!(everything(&scratch), before);
        }
        let ran = files.seed(&scratch, &[]).exits(2).says("reviews in mysql://");
        ran.says("holds rows that reviewseed did not load");
        files.seed(&scratch, &["--replace"]).exits(2).says("--replace would remove 2 rows").says("(reviews: 2 rows)").says("--force");
        assert_eq!(everything(&scratch), before);
    }
}

on_both_servers! {
    fn rows_of_other_programs_are_replaced_only_with_force_and_counted(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute(SCHEMA);
        scratch.execute("INSERT INTO characteristics VALUES (11, 1, 'Fit'), (12, 1, 'Size')");
        let ran = files.seed(&scratch, &[]).exits(2).says("characteristics in mysql://").says("--append, which keeps them");
        never_advises_to_destroy(&ran);
        // added to, they are still not reviewseed's
        files.seed(&scratch, &["--append"]).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristics"), "4");
        let would = files.seed(&scratch, &["--replace"]).exits(2);
        would.says("--replace would remove 2 rows").says("(characteristics: 2 of 4 rows)");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristics"), "4");
        run(&files.path(""), ["seed", "csv", "--force"]).exits(2).says("--replace");
        files.seed(&scratch, &["--replace", "--force"]).exits(0).says("--replace removes 2 rows");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristics"), "2");
        // its own rows need no force, until an application adds to them
        files.seed(&scratch, &["--replace"]).exits(0);
        scratch.execute("INSERT INTO reviews_photos VALUES (99, 1, 'https://x.example')");
        files.seed(&scratch, &["--replace"]).exits(2).says("(reviews_photos: 1 of 3 rows)");
        files.verify(&scratch).exits(1).says("--force also removes the rows that reviewseed did not load").says("--replace --force");
        fs::write(files.path("reviewseed.toml"), "force = true\n").unwrap();
        files.seed(&scratch, &["--replace"]).exits(2).says("add --force to the command");
    }
}

on_both_servers! {
    fn other_tables_of_the_database_are_reported_and_left_unchanged(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute("CREATE TABLE users (id INT PRIMARY KEY); INSERT INTO users VALUES (1); CREATE TABLE carts (id INT PRIMARY KEY)");
        files.seed(&scratch, &[]).exits(0).says("has 2 other tables that reviewseed did not load (carts, users), left unchanged");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM users"), "1");
        files.seed(&scratch, &[]).exits(0).says("nothing to do");
    }
}

on_both_servers! {
    fn every_message_about_a_database_says_where_its_url_was_given(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute(APPLICATION);
        let (url, folder) = (scratch.url(), files.path("").canonicalize().unwrap());
        let nowhere = "mysql://app@127.0.0.1:1/shop";
        let command = |words: &[&str]| {
            let mut command = reviewseed(&files.path(""));
            command.args(words);
            command
        };
        let every = [&["seed", "csv"][..], &["verify"], &["reindex"], &["targets"], &["smoke"]];
        let check = |from: &str, prepare: &dyn Fn(&mut assert_cmd::Command, &str)| {
            for words in every {
                let mut command = command(words);
                prepare(&mut command, nowhere);
                ran(&mut command).exits(2).says(&format!("cannot connect to {nowhere} ({from})"));
            }
            let mut command = command(&["seed", "csv"]);
            prepare(&mut command, url);
            ran(&mut command).exits(2).says(&format!("({from}) holds rows that reviewseed did not load"));
        };
        check("from --database-url", &|command, url| {
            command.args(["--database-url", url]);
        });
        check("from DATABASE_URL in the environment", &|command, url| {
            command.env("DATABASE_URL", url);
        });
        check(&format!("from reviewseed.toml of {}", folder.display()), &|_, url| {
            fs::write(files.path("reviewseed.toml"), format!("database-url = \"{url}\"\n")).unwrap();
        });
        // it goes before reviewseed.toml, and what is typed before both
        check(&format!("from .env of {}", folder.display()), &|_, url| {
            fs::write(files.path(".env"), format!("DATABASE_URL=\"{url}\"\n")).unwrap();
        });
        check("from --database-url", &|command, url| {
            command.args(["--database-url", url]);
        });
    }
}

on_both_servers! {
    fn a_table_of_another_program_with_more_columns_or_keys_is_left_unchanged_even_when_it_is_empty(server: Server) {
        for (more, words) in [
            ("note INT NOT NULL DEFAULT 5", "table characteristics has a column note that the schema does not have"),
            ("UNIQUE KEY own (name)", "table characteristics has a unique key own that the schema does not have"),
        ] {
            let (files, scratch) = (Files::small(), Scratch::new(server));
            scratch.execute(&format!("CREATE TABLE characteristics (id INT UNSIGNED NOT NULL PRIMARY KEY, product_id INT UNSIGNED NOT NULL, \
                name VARCHAR(100) NOT NULL, {more})"));
            let before = everything(&scratch);
            never_advises_to_destroy(&files.seed(&scratch, &[]).exits(2).says(words));
            files.seed(&scratch, &["--dry-run"]).exits(2).says(words);
            assert_eq!(everything(&scratch), before);
        }
    }
}

on_both_servers! {
    fn databases_of_the_server_itself_are_never_loaded_into(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let name = scratch.url().split('/').nth(3).unwrap().split('?').next().unwrap().to_owned();
        for database in ["mysql", "sys", "Information_Schema", "performance_schema"] {
            let url = scratch.url().replace(&name, database);
            for command in [&["seed", "csv"][..], &["verify"], &["reindex", "--dry-run"]] {
                let named = ["--database-url", &url];
                let arguments = command.iter().chain(&named);
                run(&files.path(""), arguments).exits(2).says("names a database of the server itself");
            }
        }
    }
}
