//! The redo log of the private server: off while a seed fills it, on at all other times, and what a
//! crash in between comes to.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, MySqlConnection};

use crate::background::{background, ended};
use crate::harness::{Server, execute, ran, reviewseed, rows, wait_for};
use crate::private::Private;

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
fn the_log_is_off_for_a_seed_alone_and_a_crash_meanwhile_costs_that_seed_only() {
    let private = private("redo-log-crash");

    private.run(&["seed", "csv", "-v"]).exits(0).says(OFF);
    assert!(private.is_logged() && !private.mark().exists());

    // the loader was killed
    private.switch_off();
    private.run(&["verify"]).exits(0);
    assert!(private.is_logged() && !private.mark().exists());

    // so was the server
    private.switch_off();
    private.own.kill();
    private
        .run(&["seed", "csv", "-v"])
        .exits(0)
        .says("it starts over empty: run the seed again")
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
        .says("another command switches its redo log on")
        .says(OFF);
    assert!(private.is_logged() && !private.mark().exists());
}

#[test]
fn a_server_without_a_mark_is_never_made_anew() {
    let private = private("redo-log-unmarked");
    private.run(&["seed", "csv"]).exits(0);
    private.switch_off();
    fs::remove_file(private.mark()).unwrap();
    private.own.kill();
    let refused = private.run(&["seed", "csv"]).exits(2);
    assert!(refused.stderr.contains("redo logging was disabled"));
    assert!(private.home.join(".reviewseed/server/data").exists());
    // for the tests that come after
    fs::remove_dir_all(private.home.join(".reviewseed")).unwrap();
    private.own.url();
}

#[test]
fn the_log_stays_on_beside_other_data_and_when_asked() {
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
