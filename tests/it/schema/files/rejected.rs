//! Table definitions that servers reject or change: `check` names them with file and line, or reads
//! them in the way of the server.

use super::{files, load, say, stop, stop_seed};
use crate::support::harness::{Scratch, Server, execute, on_both_servers};

on_both_servers! {
    fn what_every_server_rejects_is_named_by_check(server: Server) {
        let scratch = Scratch::new(server);
        for (schema, words) in [
            (
                "CREATE TABLE p (n INT, m INT, PRIMARY KEY (n, m));\nCREATE TABLE t (id INT PRIMARY KEY,\n p INT REFERENCES p);",
                "schema.sql:3: t.p refers to p without naming its columns; write REFERENCES p (n, m)",
            ),
            (
                "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY,\n p VARCHAR(70000));",
                "schema.sql:3: t.p has type VARCHAR(70000), but its length can be at most 65535",
            ),
            (
                "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY,\n p VARCHAR(20000)) CHARSET utf8mb4;",
                "schema.sql:3: t.p has type VARCHAR(20000), but its length can be at most 16383",
            ),
            (
                "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY,\n p BINARY(300));",
                "schema.sql:3: t.p has type BINARY(300), but its length can be at most 255",
            ),
            (
                "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY,\n p INT DEFAULT NEXT VALUE FOR s);",
                "schema.sql:3: t.p has DEFAULT NEXT VALUE FOR s, and reviewseed creates no sequence",
            ),
            (
                "CREATE SEQUENCE s; CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY,\n p INT DEFAULT (1 + nextval(s)));",
                "schema.sql:3: t.p has DEFAULT 1 + nextval(s), and reviewseed creates no sequence",
            ),
        ] {
            let files = files(schema, &[("p", "id\n1\n"), ("t", "id,p\n1,1\n")]);
            stop(&files, &scratch, &["--tables", "t"], &[words]);
        }
    }
}

on_both_servers! {
    fn a_foreign_key_that_names_no_columns_is_that_of_the_server(server: Server) {
        let parent = "CREATE TABLE p (id INT PRIMARY KEY);\n";
        let child = |name: &str| format!("CREATE TABLE t (n INT PRIMARY KEY,\n {name} INT REFERENCES p);\n");
        let unchecked = "SET foreign_key_checks = 0;\n";
        let is_mysql = server == Server::MySQL;
        let no_columns = if is_mysql { "Key reference and table reference don't match" } else { "Foreign key constraint is incorrectly formed" };
        let no_table = if is_mysql { "Failed to open the referenced table 'p'" } else { "" };
        for (schema, column, is_created, says) in [
            // MySQL takes the primary key, MariaDB the column of the same name
            (parent.to_owned() + &child("p"), "p", is_mysql, no_columns),
            (unchecked.to_owned() + parent + &child("p"), "p", false, no_columns),
            (child("id") + parent, "id", !is_mysql, no_table),
            (unchecked.to_owned() + &child("id") + parent, "id", !is_mysql, no_columns),
        ] {
            let rows = format!("n,{column}\n1,1\n2,9\n");
            let files = files(&schema, &[("p", "id\n1\n"), ("t", &rows)]);
            let family = ["--max-rejects", "1", "--for", if is_mysql { "mysql" } else { "mariadb" }];
            let scratch = Scratch::new(server);
            if is_created {
                files.check(&family).exits(1).says("t: rejected missing_parent 1");
                load(&files, &scratch, &family[..2]);
                assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "1", "{schema}");
                let key = "SELECT referenced_column_name FROM information_schema.key_column_usage \
                           WHERE table_schema = DATABASE() AND referenced_table_name = 'p'";
                assert_eq!(scratch.value(key), "id");
            } else {
                let words = format!("t.{column} refers to p without naming its columns; write REFERENCES p (id)");
                stop_seed(&files, &scratch, &family[..2], &[&words, says]);
                say(files.check(&family).exits(2), &[&words, says]);
            }
        }
    }
}

on_both_servers! {
    fn a_file_that_is_not_strict_or_implies_timestamps_is_read_as_the_server_does(server: Server) {
        let schema = "SET sql_mode = '', explicit_defaults_for_timestamp = 0;\n\
            CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(70000), at TIMESTAMP, KEY k (a(20))) CHARSET utf8mb4;";
        let files = files(schema, &[("t", "id,a\n1,x\n")]);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        let types = "SELECT CAST(GROUP_CONCAT(column_type, is_nullable ORDER BY ordinal_position) AS CHAR) FROM information_schema.columns \
            WHERE table_schema = DATABASE() AND table_name = 't'";
        assert!(scratch.value(types).ends_with("NO,mediumtextYES,timestampNO"), "{}", scratch.value(types));
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t WHERE at > '2020-01-01'"), "1");
        // a second TIMESTAMP would have a default that no strict session takes
        let second = schema.replace("at TIMESTAMP", "at TIMESTAMP, until TIMESTAMP");
        let second = super::files(&second, &[("t", "id,a\n1,x\n")]);
        stop(&second, &Scratch::new(server), &[], &["schema.sql:2: t.until has DEFAULT '0000-00-00 00:00:00', which is not a date"]);
    }
}

on_both_servers! {
    fn the_server_decides_what_timestamp_means_where_the_file_does_not(server: Server) {
        let own = server.own("timestamps");
        execute(&own.url(), "SET GLOBAL explicit_defaults_for_timestamp = 0");
        let scratch = Scratch::at(&own.url());
        let files = files("CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP);", &[("t", "id,at\n1,\n2,2024-01-02 03:04:05\n")]);
        load(&files, &scratch, &["--max-rejects", "1"]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM t"), "2");
        drop(scratch);
        own.remove();
    }
}

on_both_servers! {
    fn foreign_keys_are_added_with_their_columns_and_keys_in_one_statement(server: Server) {
        let schema = "SET foreign_key_checks = 0;\nCREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE t (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES p (id));\n\
            ALTER TABLE t ADD COLUMN b INT, ADD FOREIGN KEY (b) REFERENCES p (id);\nALTER TABLE t ADD COLUMN c INT REFERENCES t (id);";
        let rows = [("p", "id\n1\n"), ("t", "id,a,b,c\n1,1,1,1\n")];
        load(&files(schema, &rows), &Scratch::new(server), &[]);
        let own_key = format!("{schema}\nALTER TABLE t ADD d INT,\n ADD UNIQUE KEY (d),\n ADD CONSTRAINT own FOREIGN KEY (c) REFERENCES t (d);");
        let own_key = files(&own_key, &[("p", "id\n1\n"), ("t", "id,a,b,c,d\n1,1,1,1,1\n")]);
        let warning = "schema.sql:6: t gets a foreign key to itself (d) in the ALTER TABLE that adds these columns or their key, but MariaDB looks";
        say(own_key.check(&[]).exits(0), &["warning: ", warning]);
        let scratch = Scratch::new(server);
        match server {
            Server::MySQL => drop(load(&own_key, &scratch, &[])),
            Server::MariaDB => stop_seed(&own_key, &scratch, &[], &[warning]),
        }
    }
}
