//! Tables that exist only between two statements of a file: models for CREATE TABLE … LIKE, and
//! names between two renames. Also tables that would be filled from a query.

use super::{files, load, say, stop, stop_seed, tables};
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn a_table_is_created_like_one_that_is_dropped_later(server: Server) {
        let schema = "CREATE TABLE model (id INT PRIMARY KEY, t VARCHAR(9), KEY (t)) CHARSET utf8mb4;\n\
            CREATE TABLE a LIKE model;\nALTER TABLE model ADD z INT NOT NULL;\nCREATE TABLE b (LIKE model);\nDROP TABLE model;\n\
            CREATE TABLE first (id INT PRIMARY KEY, y INT);\nCREATE TABLE c LIKE first;\nRENAME TABLE first TO second;";
        let rows = [("a", "id,t\n1,x\n"), ("b", "id,t,z\n1,x,2\n"), ("c", "id,y\n1,2\n"), ("second", "id,y\n1,2\n")];
        let files = files(schema, &rows);
        files.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        assert_eq!(tables(&scratch), "a,b,c,second");
        assert_eq!(scratch.value("SELECT z FROM b"), "2");
        load(&files, &Scratch::new(server), &["--tables", "b"]);
    }
}

on_both_servers! {
    fn a_table_of_the_database_is_neither_renamed_nor_dropped_because_the_file_uses_its_name_for_a_time(server: Server) {
        for schema in [
            "CREATE TABLE IF NOT EXISTS old (id INT PRIMARY KEY);\nRENAME TABLE old TO t;",
            "CREATE TABLE t1 (id INT PRIMARY KEY);\nRENAME TABLE t1 TO old, old TO t;",
            "CREATE TABLE IF NOT EXISTS old (id INT PRIMARY KEY);\nCREATE TABLE t LIKE old;\nDROP TABLE old;",
        ] {
            let scratch = Scratch::new(server);
            scratch.execute("CREATE TABLE old (precious INT); INSERT INTO old VALUES (7)");
            let files = files(schema, &[("t", "id\n1\n")]);
            files.check(&[]).exits(0);
            stop_seed(&files, &scratch, &[], &["the file creates the table old, and renames or drops it later", "the database already has a table old; nothing was changed"]);
            assert_eq!(scratch.value("SELECT precious FROM old"), "7");
        }
    }
}

on_both_servers! {
    fn a_table_that_only_the_database_has_is_not_changed_by_if_exists(server: Server) {
        let schema = "CREATE TABLE t (id INT PRIMARY KEY);\nALTER TABLE IF EXISTS precious ADD y INT;\nRENAME TABLE IF EXISTS precious TO lost;";
        let scratch = Scratch::new(server);
        scratch.execute("CREATE TABLE precious (id INT)");
        let files = files(schema, &[("t", "id\n1\n")]);
        files.check(&[]).exits(0);
        load(&files, &scratch, &[]);
        let columns = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'precious'";
        assert_eq!(scratch.value(columns), "1");
    }
}

on_both_servers! {
    fn a_table_that_is_filled_from_a_query_is_never_created(server: Server) {
        let of_server = match server {
            Server::MySQL => "TABLE a",
            Server::MariaDB => "VALUES (7)",
        };
        // JSON has another type on MariaDB, so the server reads the file
        for kind in ["INT", "JSON"] {
            for query in [of_server, "AS SELECT 7 AS id", "(id INT PRIMARY KEY) SELECT 7 AS id"] {
                let schema = format!("CREATE TABLE a (id INT PRIMARY KEY, x {kind});\nCREATE TABLE b {query};");
                let files = files(&schema, &[("a", "id,x\n1,1\n"), ("b", "id\n1\n")]);
                let words = "schema.sql:2: b: CREATE TABLE … AS SELECT is not supported; write the columns into CREATE TABLE";
                let scratch = Scratch::new(server);
                stop(&files, &scratch, &[], &[words]);
                assert!(!files.check(&[]).stderr.contains("--dry-run"));
                // the other table can be loaded
                let ran = load(&files, &scratch, &["--tables", "a"]);
                say(ran, &["warning: b is not created, and this run does not load it: schema.sql:2: "]);
                say(files.verify(&scratch).exits(0), &["verify: b is not compared, because its statement failed and no rows were loaded into it: schema.sql:2: "]);
                assert_eq!(tables(&scratch), "a");
            }
        }
    }
}
