//! `--set-global` on a server with a redo log that is small for the files: the log is larger during
//! the load, and has its old size afterwards, even if the run was killed.

use std::fs;
use std::path::Path;

use crate::support::background::{background, with_batches_in};
use crate::support::harness::{Ran, Server, execute, folder, rows, run};
use crate::support::running::Running;

/// 18 MB of text, more than the 8 MiB of the smallest redo log.
const ROWS: u32 = 300;
const LARGER: &str = "1073741824";
const OWN: &str = "8388608";

struct Case {
    home: tempfile::TempDir,
    running: Running,
}

impl Case {
    fn new() -> Case {
        let home = folder();
        let running = Running::start(Server::MySQL, home.path(), &["--buffer-pool", "64M"]);
        execute(
            &running.url,
            &format!("SET GLOBAL innodb_redo_log_capacity = {OWN}"),
        );
        let schema = "CREATE TABLE essays (id INT PRIMARY KEY, text TEXT NOT NULL) CHARSET utf8mb4";
        fs::write(home.path().join("schema.sql"), schema).unwrap();
        let text = "e".repeat(60_000);
        let essays: String = (1..=ROWS).map(|id| format!("{id},{text}\n")).collect();
        fs::create_dir(home.path().join("csv")).unwrap();
        let essays = format!("id,text\n{essays}");
        fs::write(home.path().join("csv/essays.csv"), essays).unwrap();
        Case { home, running }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn seed<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        self.seed_at(&self.running.url, more)
    }

    fn seed_at<'a>(&self, url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let seed = ["seed", "csv", "--schema", "schema.sql"];
        [&seed, &["--database-url", url][..], more].concat()
    }

    fn value(&self, sql: &str) -> String {
        let rows = rows(&self.running.url, sql).unwrap();
        rows[0][0].clone().unwrap()
    }

    /// The size of the redo log in bytes.
    fn size(&self) -> String {
        self.value("SELECT CAST(@@GLOBAL.innodb_redo_log_capacity AS CHAR)")
    }

    fn noted(&self) -> String {
        self.value("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_globals")
    }

    fn is_loaded(&self, ran: Ran) -> Ran {
        let loaded = self.value("SELECT CAST(COUNT(*) AS CHAR) FROM essays");
        assert_eq!(loaded, ROWS.to_string());
        assert_eq!((self.size().as_str(), self.noted().as_str()), (OWN, "0"));
        ran
    }
}

#[test]
fn a_small_redo_log_is_larger_during_the_load_and_has_its_size_again_afterwards() {
    let case = Case::new();
    let dry = case.seed(&["--set-global", "--dry-run", "-v"]);
    run(case.path(), dry)
        .exits(0)
        .says("8 MiB; --set-global enlarges it to 1,024 MiB for the load")
        .says("--set-global enlarges the redo log from 8 to 1,024 MiB for the load, if this account may do that");
    assert_eq!(case.size(), OWN);
    let seed = case.seed(&["--set-global", "-v"]);
    case.is_loaded(run(case.path(), seed))
        .exits(0)
        .says("enlarged the redo log from 8 to 1,024 MiB for the load")
        .says("restored the global variable innodb_redo_log_capacity");
    case.running.stop();
}

#[test]
fn the_redo_log_of_a_killed_run_has_its_size_again_after_the_next_run() {
    let case = Case::new();
    let slow = ["--set-global", "--max-rate", "1M/s", "--batch-size", "128K"];
    let seed = background(case.path(), case.seed(&slow));
    let mut seed = with_batches_in(seed, &case.running.url, 3, "TRUE");
    assert_eq!(case.size(), LARGER, "while rows are loaded");
    seed.kill().unwrap();
    seed.wait().unwrap();
    assert_eq!(case.size(), LARGER, "after the kill");
    assert_eq!(case.noted(), "1");
    let next = run(case.path(), case.seed(&["-v"]));
    let next = case.is_loaded(next).exits(0);
    let next = next.says("restored the global variable innodb_redo_log_capacity");
    assert!(!next.stderr.contains("enlarged"), "{}", next.stderr);
    case.running.stop();
}

#[test]
fn without_the_option_or_the_privilege_the_size_is_kept_and_one_line_says_what_would_help() {
    let case = Case::new();
    let little = "precheck: hint: redo log: 8 MiB, which is little for 17 MiB of files";
    let dry = run(case.path(), case.seed(&["--dry-run"])).exits(0);
    dry.says(little)
        .says("--set-global enlarges it to 1,024 MiB during the load");
    let account =
        "CREATE USER u@localhost IDENTIFIED BY 'p'; GRANT ALL ON reviews.* TO u@localhost";
    execute(&case.running.url, account);
    let url = case.running.url.replacen("root@", "u:p@", 1);
    let poor = run(case.path(), case.seed_at(&url, &["--set-global"]));
    let poor = case.is_loaded(poor).exits(0).says(little);
    let poor = poor.says("an administrator can: SET GLOBAL innodb_redo_log_capacity = 1073741824");
    assert_eq!(
        poor.stderr.matches("redo log").count(),
        1,
        "{}",
        poor.stderr
    );
    case.running.stop();
}
