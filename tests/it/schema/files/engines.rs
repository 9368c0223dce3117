//! Tables without transactions: a rollback has no effect on them, so `seed` does not load rows into
//! them.

use super::{files, load, say, stop, stop_seed};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers, run};

const MYISAM: &str = "\
CREATE TABLE sequences (id BIGINT NOT NULL) ENGINE=MyISAM;
CREATE TABLE reviews (id INT NOT NULL, score VARCHAR(20), PRIMARY KEY (id))
  ENGINE=MyISAM DEFAULT CHARSET=latin1 ROW_FORMAT=FIXED;
CREATE TABLE good (id INT PRIMARY KEY) ENGINE=InnoDB;
";

fn engine_of(scratch: &Scratch, table: &str) -> String {
    scratch.value(&format!(
        "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '{table}'"
    ))
}

fn of_myisam() -> Files {
    let reviews = "id,score\n1,x\n1,y\n2,z\n";
    files(
        MYISAM,
        &[
            ("sequences", "id\n1\n1\n2\n"),
            ("reviews", reviews),
            ("good", "id\n1\n"),
        ],
    )
}

on_both_servers! {
    fn a_schema_with_engines_without_transactions_stops_before_row_one_or_becomes_innodb(server: Server) {
        let files = of_myisam();
        let scratch = Scratch::new(server);
        stop(&files, &scratch, &[], &[
            "schema.sql:1: table sequences has ENGINE=MyISAM, which has no transactions",
            "schema.sql:3: table reviews has ENGINE=MyISAM",
            "let reviewseed create the table with --storage-engine InnoDB",
            "--tables good loads only the tables that are not affected",
        ]);
        files.check(&["--tables", "good"]).exits(0);
        let said = "schema: sequences, reviews get ENGINE=InnoDB because of --storage-engine, instead of the engine in schema.sql";
        say(files.check(&["--storage-engine", "innodb", "--max-rejects", "100%"]).exits(1), &[said]);
        let ran = files.seed(&scratch, &["--storage-engine", "InnoDB", "--max-rejects", "100%"]).exits(0);
        say(ran, &[said]);
        for table in ["sequences", "reviews", "good"] {
            assert_eq!(engine_of(&scratch, table), "InnoDB");
        }
        assert_eq!(scratch.value("SELECT COUNT(*) FROM sequences"), "3");
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(score ORDER BY id) FROM reviews"), "x,z");
        assert_eq!(files.rejected("reviews"), [(3, "duplicate_key".to_owned())]);
    }
}

on_both_servers! {
    fn tables_that_became_innodb_are_compared_as_innodb(server: Server) {
        // of MyISAM tables, servers ignore foreign keys, and MariaDB cuts keys over 1,000 bytes
        let schema = "CREATE TABLE p (id INT PRIMARY KEY, path VARCHAR(255) NOT NULL, KEY (path)) ENGINE=MyISAM CHARSET utf8mb4;\n\
            CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id)) ENGINE=MyISAM;";
        let files = files(schema, &[("p", "id,path\n1,x\n"), ("c", "id,p\n1,1\n2,9\n")]);
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--storage-engine", "InnoDB", "--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("c"), [(3, "missing_parent".to_owned())]);
        let url = ["--database-url", scratch.url()];
        run(&files.path(""), [&["verify"], &url[..]].concat()).exits(0);
        for named in [&[][..], &["--schema", "schema.sql"]] {
            let dry = run(&files.path(""), [&["reindex", "--dry-run"], named, &url].concat());
            dry.exits(0);
        }
        scratch.execute("ALTER TABLE p DROP KEY path");
        run(&files.path(""), [&["reindex"], &url[..]].concat()).exits(0);
        let key = "SELECT sub_part FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = 'path'";
        assert_eq!(scratch.rows(key), [[None]]);
    }
}

on_both_servers! {
    fn every_engine_without_transactions_is_known(server: Server) {
        let scratch = Scratch::new(server);
        let engines = "SELECT engine FROM information_schema.engines WHERE transactions = 'NO' AND support IN ('YES', 'DEFAULT') \
            AND engine NOT IN ('PERFORMANCE_SCHEMA', 'ndbinfo')";
        let mut engines: Vec<String> = scratch.rows(engines).into_iter().map(|row| row[0].clone().unwrap()).collect();
        assert!(engines.len() >= 5, "{engines:?}");
        engines.extend(["HEAP".to_owned(), "merge".to_owned()]);
        for engine in engines {
            let files = files(&format!("CREATE TABLE t (\n  id INT NOT NULL\n) ENGINE = {engine};"), &[("t", "id\n1\n")]);
            stop(&files, &scratch, &[], &[&format!("schema.sql:3: table t has ENGINE={engine}, which has no transactions")]);
        }
    }
}

on_both_servers! {
    fn the_default_engine_counts_too(server: Server) {
        let scratch = Scratch::new(server);
        let rows = [("t", "id\n1\n")];
        let set = files("/*!40101 SET default_storage_engine=MyISAM */;\nCREATE TABLE t (id INT PRIMARY KEY);", &rows);
        stop(&set, &scratch, &[], &["schema.sql:1: table t has ENGINE=MyISAM, which has no transactions"]);
        // an engine that the server gives by itself is known when it is asked
        let second = Scratch::at(server.second_url());
        second.execute("SET GLOBAL default_storage_engine = MyISAM");
        let none = files("-- head\nCREATE TABLE t (id INT PRIMARY KEY);", &rows);
        let ran = none.seed(&second, &[]);
        let instead = none.seed(&second, &["--storage-engine", "InnoDB"]);
        second.execute("SET GLOBAL default_storage_engine = InnoDB");
        say(ran.exits(2), &["schema.sql:2: table t has ENGINE=MyISAM by default on this server, which has no transactions"]);
        instead.exits(0);
        assert_eq!(engine_of(&second, "t"), "InnoDB");
    }
}

on_both_servers! {
    fn a_conditional_statement_may_change_the_engine(server: Server) {
        let schema = "CREATE TABLE film_text (film_id SMALLINT NOT NULL, title VARCHAR(255) NOT NULL, PRIMARY KEY (film_id)) ENGINE=MyISAM;\n\
            /*!50610 ALTER TABLE film_text engine=InnoDB */;";
        let rows = [("film_text", "film_id,title\n1,x\n")];
        let films = files(schema, &rows);
        films.check(&[]).exits(0);
        let scratch = Scratch::new(server);
        load(&films, &scratch, &[]);
        assert_eq!(engine_of(&scratch, "film_text"), "InnoDB");
        let back = files(&format!("{schema}\nALTER TABLE film_text ENGINE = MEMORY;"), &rows);
        stop(&back, &Scratch::new(server), &[], &["schema.sql:3: table film_text has ENGINE=MEMORY"]);
    }
}

on_both_servers! {
    fn live_tables_without_transactions_are_neither_loaded_nor_changed(server: Server) {
        let schema = "CREATE TABLE t (id INT PRIMARY KEY, b INT, KEY (b)) ENGINE=InnoDB;\nCREATE TABLE good (id INT PRIMARY KEY);";
        let files = files(schema, &[("t", "id,b\n1,1\n"), ("good", "id\n1\n")]);
        let scratch = Scratch::new(server);
        scratch.execute("CREATE TABLE t (id INT PRIMARY KEY, b INT) ENGINE=MyISAM");
        let words = "table t has ENGINE=MyISAM, which has no transactions: rows that are rolled back would stay; change it with ALTER TABLE `t` ENGINE=InnoDB";
        stop_seed(&files, &scratch, &[], &[words]);
        stop_seed(&files, &scratch, &["--dry-run"], &[words]);
        let url = ["--schema", "schema.sql", "--database-url", scratch.url()];
        for options in [&["--dry-run"][..], &[]] {
            let ran = run(&files.path(""), [&["reindex"], options, &url].concat()).exits(2);
            say(ran, &[words, "or name the other tables with --table"]);
        }
        files.seed(&scratch, &["--tables", "good"]).exits(0);
        run(&files.path(""), [&["reindex", "--dry-run", "--table", "good"], &url[..]].concat()).exits(0);
        scratch.execute("INSERT INTO t VALUES (9, 9)");
        stop_seed(&files, &scratch, &["--append", "--tables", "t"], &[words]);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t"), "1");
        // what is loaded beside it has the engine of the file
        scratch.execute("DROP TABLE good");
        files.seed(&scratch, &["--replace", "--force"]).exits(0);
        assert_eq!(engine_of(&scratch, "t"), "InnoDB");
    }
}
