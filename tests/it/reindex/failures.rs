//! `reindex` with obstacles: rows that violate a key, foreign keys, missing privileges, other runs,
//! signals, a killed server.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::support::background::{background, ended};
use crate::support::harness::{
    Ran, Scratch, Server, execute, folder, on_both_servers, rows, run, wait_for,
};
use crate::support::running::Running;

struct Case {
    scratch: Scratch,
    folder: tempfile::TempDir,
}

impl Case {
    fn new(server: Server, is: &str, shall_be: &str) -> Case {
        let scratch = Scratch::new(server);
        scratch.execute(is);
        let folder = folder();
        fs::write(folder.path().join("to.sql"), shall_be).unwrap();
        Case { scratch, folder }
    }

    fn reindex(&self, more: &[&str]) -> Ran {
        let arguments = [
            "reindex",
            "--schema",
            "to.sql",
            "--database-url",
            self.scratch.url(),
        ];
        run(self.folder.path(), arguments.iter().chain(more))
    }

    /// The URL and the name of an account that may do everything, in this database alone.
    fn account(&self) -> (String, String) {
        let name = self.scratch.name();
        let user = format!("u{}", &name[3..name.len().min(32)]);
        self.scratch.execute(&format!(
            "CREATE USER '{user}'@'localhost' IDENTIFIED BY ''; GRANT ALL ON `{}`.* TO '{user}'@'localhost'",
            name.replace('_', "\\_")
        ));
        let url = self.scratch.url().replacen("root@", &format!("{user}@"), 1);
        (url, user)
    }

    fn start(&self) -> Child {
        start(self.folder.path(), &["--database-url", self.scratch.url()])
    }

    fn count_indexes(&self, table: &str) -> String {
        self.scratch.value(&format!(
            "SELECT COUNT(DISTINCT INDEX_NAME) FROM information_schema.STATISTICS \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{table}'"
        ))
    }
}

/// `reindex` in the background; its stderr is read in the end.
fn start(folder: &Path, more: &[&str]) -> Child {
    let reindex = ["reindex", "--schema", "to.sql"];
    background(folder, reindex.iter().chain(more))
        .spawn()
        .unwrap()
}

fn signal(pid: u32, name: &str) {
    let killed = Command::new("kill")
        .args([name, &pid.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
}

/// Waits until the server is at an ALTER in this database.
fn wait_for_alter(url: &str, database: &str) {
    let ask = format!(
        "SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = '{database}' AND INFO LIKE '/* reviewseed */ ALTER%'"
    );
    let begin = Instant::now();
    while rows(url, &ask).unwrap().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(60), "no ALTER came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

on_both_servers! {
    fn rows_that_prevent_an_index_are_named_and_everything_else_is_built(server: Server) {
        let case = Case::new(
            server,
            "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), n INT); \
             CREATE TABLE u (id INT PRIMARY KEY, a INT, KEY ka (a)); CREATE TABLE v (id INT PRIMARY KEY, a INT); \
             INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 7, 'it''s', 0), (2, 7, 'it''s', 1), (3, 8, 'x', -5), (4, NULL, 'y', 1), (5, NULL, 'y', 1); \
             INSERT INTO u VALUES (1, 1), (2, 77), (3, NULL);",
            "CREATE TABLE p (id INT PRIMARY KEY); \
             CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), n INT, UNIQUE both_of (a, b(3)), KEY kb (b), KEY kn (n), CONSTRAINT positive CHECK (n >= 0)); \
             CREATE TABLE u (id INT PRIMARY KEY, a INT, KEY ka (a), CONSTRAINT of_p FOREIGN KEY (a) REFERENCES p (id)); \
             CREATE TABLE v (id INT PRIMARY KEY, a INT, KEY ka (a));",
        );
        case.reindex(&["--allow-blocking"])
            .exits(2)
            .says("several rows have the same key: a '7', b 'it\\'' (2 rows)")
            .says("rows refer to rows that do not exist: a '77'")
            .says("rows do not meet the condition: n '-5'");
        assert_eq!((case.count_indexes("t"), case.count_indexes("v")), ("3".into(), "2".into()));
        case.scratch.execute("UPDATE t SET a = id, n = 1; DELETE FROM u WHERE a = 77");
        case.reindex(&["--allow-blocking"]).exits(0);
        case.reindex(&["--dry-run"]).exits(0);
    }
}

on_both_servers! {
    fn an_index_that_a_foreign_key_needs_stays(server: Server) {
        let tables = |keys: &str| {
            format!(
                "CREATE TABLE p (id INT PRIMARY KEY, code INT NOT NULL{keys}; \
                 CREATE TABLE c (a INT, b INT, KEY ka (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code));"
            )
        };
        let case = Case::new(server, &tables(", UNIQUE uc (code))"), "");
        // the file cannot say so of a table that it makes whole
        let shall_be = "CREATE TABLE p (id INT PRIMARY KEY, code INT NOT NULL, KEY ki (code, id))";
        fs::write(case.folder.path().join("to.sql"), shall_be).unwrap();
        let ran = case.reindex(&["--allow-drop"]);
        let kept = case.count_indexes("p");
        // MariaDB accepts an index that is not unique as well; MySQL returns an error
        match server {
            Server::MySQL => drop(ran.exits(2).says("uc")),
            Server::MariaDB => assert!(ran.code == Some(2) || ran.code == Some(0)),
        }
        assert!(kept == "3" || kept == "2", "{kept}");
        case.scratch.execute("INSERT INTO p VALUES (1, 10)");
        let orphan = rows(case.scratch.url(), "INSERT INTO c VALUES (11, 1)");
        assert!(orphan.is_err());
    }
}

on_both_servers! {
    fn changes_that_fail_on_the_server_are_found_before_anything_is_changed(server: Server) {
        let case = Case::new(
            server,
            "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(2000) CHARSET utf8mb4, b INT)",
            "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(700) CHARSET utf8mb4, b INT, KEY ka (a), KEY kb (b))",
        );
        let why = match server {
            Server::MySQL => "Specified key was too long",
            // which it would do without an error
            Server::MariaDB => "the server would build INDEX `ka` (`a`(768)) instead",
        };
        case.reindex(&[])
            .exits(2)
            .says("cannot change the table t: ALTER TABLE `t` ADD INDEX `ka` (`a`)")
            .says(why);
        assert_eq!(case.count_indexes("t"), "2");
    }
}

on_both_servers! {
    fn an_account_without_the_right_to_make_a_database_gets_a_careful_plan(server: Server) {
        let case = Case::new(
            server,
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT) CHARSET utf8mb4",
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, n INT, KEY ka (a), FULLTEXT kb (b)) CHARSET utf8mb4",
        );
        let (url, user) = case.account();
        let ran = run(case.folder.path(), ["reindex", "--schema", "to.sql", "--columns", "--database-url", &url]);
        case.scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        ran.exits(1)
            .says("may not create a scratch database")
            .prints("-- column \"n\" of t is missing; left alone: only a server knows its exact definition")
            .prints("-- left alone: may block writers");
        assert_eq!(case.count_indexes("t"), "2");
    }
}

on_both_servers! {
    /// MariaDB keeps JSON as LONGTEXT with a CHECK, and makes no second key for SERIAL PRIMARY KEY.
    fn without_that_right_the_schema_is_parsed_as_the_server_does(server: Server) {
        let tables = "CREATE TABLE t (id SERIAL PRIMARY KEY, j JSON, d DATETIME DEFAULT NOW(), c INET6) CHARSET utf8mb4";
        let tables = match server {
            Server::MySQL => tables.replace("INET6", "JSON"),
            Server::MariaDB => tables.to_owned(),
        };
        let case = Case::new(server, &tables, &tables);
        let (url, user) = case.account();
        let ran = run(case.folder.path(), ["reindex", "--schema", "to.sql", "--dry-run", "--database-url", &url]);
        case.scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        let ran = ran.exits(0).says("may not create a scratch database");
        assert!(!ran.stdout.contains("ALTER"), "{}", ran.stdout);
    }
}

/// A transaction that has read the table, so that no ALTER of it gets on.
async fn hold(url: &str) -> sqlx::MySqlConnection {
    let options: MySqlConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for sql in ["BEGIN", "SELECT * FROM t"] {
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    connection
}

const IS: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1)";
const SHALL_BE: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY ka (a))";

on_both_servers! {
    fn a_signal_stops_running_changes_and_the_next_run_makes_them(server: Server) {
        let case = Case::new(server, IS, SHALL_BE);
        for (name, code) in [("-INT", 130), ("-TERM", 143)] {
            wait_for(async {
                let holder = hold(case.scratch.url()).await;
                let child = case.start();
                let (url, database) = (case.scratch.url().to_owned(), case.scratch.name().to_owned());
                tokio::task::spawn_blocking(move || wait_for_alter(&url, &database)).await.unwrap();
                signal(child.id(), name);
                let ran = tokio::task::spawn_blocking(|| ended(child)).await.unwrap();
                ran.exits(code).says("stopped: 0 of 1 statements are done (none)").says("run the same command again");
                holder.close().await.unwrap();
            });
        }
        assert_eq!(case.count_indexes("t"), "1");
        case.reindex(&[]).exits(0);
    }
}

on_both_servers! {
    fn two_runs_keep_apart_and_after_a_killed_one_the_next_finishes(server: Server) {
        let case = Case::new(server, IS, SHALL_BE);
        wait_for(async {
            let holder = hold(case.scratch.url()).await;
            let mut first = case.start();
            let (url, database) = (case.scratch.url().to_owned(), case.scratch.name().to_owned());
            tokio::task::spawn_blocking(move || wait_for_alter(&url, &database)).await.unwrap();
            case.reindex(&[]).exits(2).says("another reviewseed works on");
            first.kill().unwrap();
            first.wait().unwrap();
            // the server gives the lock back a moment later
            let mut second = case.start();
            std::thread::sleep(Duration::from_millis(1500));
            if let Some(status) = second.try_wait().unwrap() {
                assert_eq!(status.code(), Some(2));
                second = case.start();
                std::thread::sleep(Duration::from_millis(1500));
            }
            holder.close().await.unwrap();
            let ran = tokio::task::spawn_blocking(|| ended(second)).await.unwrap();
            // a server that waits for a lock may see within a second that the client has gone; else
            // its change is awaited
            ran.exits(0);
        });
        case.reindex(&["--dry-run"]).exits(0);
    }
}

on_both_servers! {
    long
    fn after_the_death_of_the_server_the_run_starts_it_and_finishes(server: Server) {
        let folder = folder();
        let running = Running::start(server, folder.path(), &[]);
        let url = running.url.clone();
        let columns = "id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(200) NOT NULL";
        execute(&url, &format!("CREATE TABLE t ({columns}) CHARSET utf8mb4; INSERT INTO t (a, b) VALUES (1, REPEAT('x', 100))"));
        for _ in 0..16 {
            execute(&url, "INSERT INTO t (a, b) SELECT CRC32(id + a) % 1000000, SHA2(id + a, 256) FROM t");
        }
        let keys = "KEY kb (b), KEY ka (a, b), KEY kba (b, a), KEY kaid (a DESC)";
        fs::write(folder.path().join("to.sql"), format!("CREATE TABLE t ({columns}, {keys}) CHARSET utf8mb4")).unwrap();
        let checksum = rows(&url, "CHECKSUM TABLE t").unwrap()[0][1].clone();
        let child = start(folder.path(), &[]);
        wait_for_alter(&url, "reviews");
        std::thread::sleep(Duration::from_millis(50));
        running.kill();
        ended(child).exits(0);
        run(folder.path(), ["reindex", "--schema", "to.sql", "--dry-run"]).exits(0);
        assert_eq!(rows(&url, "CHECKSUM TABLE t").unwrap()[0][1], checksum);
        Running::find(folder.path()).stop();
    }
}

on_both_servers! {
    fn a_setting_that_a_killed_run_has_changed_is_restored_by_the_next(server: Server) {
        let folder = folder();
        let running = Running::start(server, folder.path(), &[]);
        let url = running.url.clone();
        execute(&url, IS);
        fs::write(folder.path().join("to.sql"), SHALL_BE).unwrap();
        let percent = || {
            let text = rows(&url, "SELECT CAST(@@GLOBAL.innodb_max_dirty_pages_pct AS CHAR)").unwrap()[0][0].clone();
            text.unwrap().parse::<f64>().unwrap()
        };
        let before = percent();
        assert!(before > 0.0);
        let meanwhile = match server {
            Server::MySQL => 0.0,
            Server::MariaDB => before,
        };
        wait_for(async {
            let holder = hold(&url).await;
            let mut child = start(folder.path(), &[]);
            let url = url.clone();
            tokio::task::spawn_blocking(move || wait_for_alter(&url, "reviews")).await.unwrap();
            assert_eq!(percent(), meanwhile);
            child.kill().unwrap();
            child.wait().unwrap();
            holder.close().await.unwrap();
        });
        assert_eq!(percent(), meanwhile);
        run(folder.path(), ["reindex", "--schema", "to.sql"]).exits(0);
        assert_eq!(percent(), before);
        running.stop();
    }
}

on_both_servers! {
    fn an_account_that_may_not_change_settings_builds_without(server: Server) {
        let case = Case::new(server, IS, SHALL_BE);
        let (url, user) = case.account();
        let ran = run(case.folder.path(), ["reindex", "--schema", "to.sql", "--set-global", "--database-url", &url]);
        case.scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        let ran = ran.exits(0);
        if server == Server::MySQL {
            ran.says("cannot change the global setting innodb_max_dirty_pages_pct");
            assert_eq!(case.scratch.value("SELECT COUNT(*) FROM _reviewseed_globals"), "0");
        }
        assert_eq!(case.count_indexes("t"), "2");
    }
}
