//! The redo log of the private server: off while a seed fills the server, on at all other times,
//! and the result of a crash in between; also the size of the log.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, MySqlConnection};

use crate::support::background::{background, ended};
use crate::support::harness::{
    Server, execute, folder, on_both_servers, ran, reviewseed, rows, run, wait_for,
};
use crate::support::private::Private;
use crate::support::running::Running;

const OFF: &str = "the redo log is off until the indexes are built";

/// With files of a few rows.
fn private(purpose: &str) -> Private {
    let private = Private::new(Server::MySQL, purpose);
    let generate = ["generate", "csv", "--products", "301", "--overwrite"];
    private.run(&generate).exits(0);
    private
}

impl Private {
    fn mark(&self) -> PathBuf {
        self.home.join(".reviewseed/server/redo-log-off")
    }

    fn is_logged(&self) -> bool {
        let status = "SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'";
        rows(&self.url, status).unwrap()[0][1].as_deref() == Some("ON")
    }

    /// As a seed leaves it that is killed in the middle.
    fn switch_off(&self) {
        fs::write(self.mark(), "").unwrap();
        execute(&self.url, "ALTER INSTANCE DISABLE INNODB REDO_LOG");
        assert!(!self.is_logged());
    }
}

#[test]
#[ignore = "takes long: make test-long runs it"]
fn the_log_is_off_only_during_a_seed_and_a_crash_then_costs_only_that_seed() {
    let private = private("redo-log-crash");

    private.run(&["seed", "csv", "-v"]).exits(0).says(OFF);
    assert!(private.is_logged() && !private.mark().exists());

    // `seed` was killed
    private.switch_off();
    private.run(&["verify"]).exits(0);
    assert!(private.is_logged() && !private.mark().exists());

    // so was the server
    private.switch_off();
    private.own.kill();
    private
        .run(&["seed", "csv", "-v"])
        .exits(0)
        .says("the server starts over empty: run `seed` again")
        .says(OFF);
    private.run(&["verify"]).exits(0);
    assert!(private.is_logged() && !private.mark().exists());
}

/// Switching on takes as long as the pages take to the disk; here a lock for a backup makes it
/// wait.
#[test]
fn a_seed_waits_for_the_command_that_switches_the_log_on_and_says_so() {
    let private = private("redo-log-wait");
    private.switch_off();
    let (url, (locked, is_locked), (end, ends)) = (private.url.clone(), channel(), channel::<()>());
    let backup = spawn(move || {
        wait_for(async {
            let mut backup = MySqlConnection::connect(&url).await.unwrap();
            backup.execute("LOCK INSTANCE FOR BACKUP").await.unwrap();
            locked.send(()).unwrap();
            let _ = ends.recv();
        });
    });
    is_locked.recv().unwrap();
    let beside = |arguments: &[&str]| {
        let mut command = background(&private.home, arguments);
        command.env("REVIEWSEED_MYSQLD", Server::MySQL.program());
        command.spawn().unwrap()
    };
    let switching = beside(&["server", "url"]);
    let at_it = "SELECT COUNT(*) FROM performance_schema.processlist WHERE INFO LIKE 'ALTER INSTANCE ENABLE%'";
    let began = Instant::now();
    while rows(&private.url, at_it).unwrap()[0][0].as_deref() == Some("0") {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nobody switches it on"
        );
        sleep(Duration::from_millis(50));
    }
    let seed = beside(&["seed", "csv", "-v"]);
    // longer than a run waits for its turn
    sleep(Duration::from_secs(8));
    drop(end);
    backup.join().unwrap();
    ended(switching).exits(0);
    ended(seed)
        .exits(0)
        .says("another command that is switching the redo log on")
        .says(OFF);
    assert!(private.is_logged() && !private.mark().exists());
}

#[test]
fn a_server_without_a_mark_is_never_initialised_again() {
    let private = private("redo-log-unmarked");
    private.run(&["seed", "csv"]).exits(0);
    private.switch_off();
    fs::remove_file(private.mark()).unwrap();
    private.own.kill();
    let failed = private.run(&["seed", "csv"]).exits(2);
    assert!(failed.stderr.contains("redo logging was disabled"));
    assert!(private.home.join(".reviewseed/server/data").exists());
}

on_both_servers! {
    fn a_small_server_costs_little_disk_and_a_load_makes_its_log_larger(server: Server) {
        let home = folder();
        let running = Running::start(server, home.path(), &["--buffer-pool", "1G"]);
        let mib = || {
            let variable = match server {
                Server::MySQL => "innodb_redo_log_capacity",
                Server::MariaDB => "innodb_log_file_size",
            };
            let bytes = rows(&running.url, &format!("SELECT CAST(@@GLOBAL.{variable} AS CHAR)")).unwrap();
            bytes[0][0].as_deref().unwrap().parse::<u64>().unwrap() >> 20
        };
        let on_disk = size(&home.path().join(".reviewseed"));
        assert!(on_disk < 200 << 20, "{on_disk} bytes");
        let schema = "CREATE TABLE essays (id INT PRIMARY KEY, text TEXT NOT NULL) CHARSET utf8mb4";
        fs::write(home.path().join("schema.sql"), schema).unwrap();
        let text = "e".repeat(60_000);
        let essays: String = (1..=300).map(|id| format!("{id},{text}\n")).collect();
        let seed = |arguments: &[&str]| {
            let seed = ["seed", "csv", "--keep-redo-log", "--schema", "schema.sql"];
            run(home.path(), [&seed, arguments].concat()).exits(0)
        };
        fs::create_dir(home.path().join("csv")).unwrap();
        fs::write(home.path().join("csv/essays.csv"), "id,text\n0,short\n").unwrap();
        seed(&[]);
        assert_eq!(mib(), 64);
        fs::write(home.path().join("csv/essays.csv"), format!("id,text\n{essays}")).unwrap();
        seed(&["--append"]);
        assert_eq!(mib(), 128, "four times as much as the text, as a power of two");
        running.stop();
    }
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => size(&entry.path()),
        false => entry.metadata().unwrap().len(),
    });
    sizes.sum()
}

#[test]
fn the_log_stays_on_if_the_server_has_other_data_or_the_user_asks() {
    let private = private("redo-log-kept");
    let kept = private
        .run(&["seed", "csv", "-v", "--keep-redo-log"])
        .exits(0);
    assert!(!kept.stderr.contains(OFF), "{}", kept.stderr);
    for other in [
        "DROP DATABASE reviews; CREATE DATABASE reviews; CREATE DATABASE other; CREATE TABLE other.t (id INT)",
        "DROP DATABASE other; DROP DATABASE reviews; CREATE DATABASE reviews; CREATE USER somebody",
    ] {
        ran(reviewseed(&private.home)
            .args(["server", "shell"])
            .write_stdin(other))
        .exits(0);
        let beside = private.run(&["seed", "csv", "-v"]).exits(0);
        assert!(!beside.stderr.contains(OFF), "{other}: {}", beside.stderr);
    }
}
