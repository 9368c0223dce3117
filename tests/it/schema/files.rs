//! Schema files from the real world: dumps, exports of other tools, files with mistakes. Tables
//! that can be loaded are loaded. Everything else is an error before the first row, which names
//! file, line and remedy. No statement is ignored without a message.

mod character_sets;
mod dumped;
mod engines;
mod models;
mod obstacles;
mod rejected;
mod statements;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch};

/// A schema with the files of its tables.
fn files(schema: &str, tables: &[(&str, &str)]) -> Files {
    let files = Files::of_schema(schema);
    for (table, rows) in tables {
        files.put(table, rows);
    }
    files
}

/// Demands that `check` and `seed` end before row one with these words, and that nothing was
/// created.
#[track_caller]
fn stop(files: &Files, scratch: &Scratch, arguments: &[&str], words: &[&str]) {
    stop_seed(files, scratch, arguments, words);
    say(files.check(arguments).exits(2), words);
}

/// Checks that `seed` stops, like [`stop`], but without `check`.
#[track_caller]
fn stop_seed(files: &Files, scratch: &Scratch, arguments: &[&str], words: &[&str]) {
    let before = tables(scratch);
    say(files.seed(scratch, arguments).exits(2), words);
    assert_eq!(tables(scratch), before);
}

#[track_caller]
fn say(ran: Ran, words: &[&str]) {
    assert!(
        !ran.stderr.contains("__reviewseed_schema"),
        "{}",
        ran.stderr
    );
    let mut ran = ran;
    for words in words {
        ran = ran.says(words);
    }
}

fn tables(scratch: &Scratch) -> String {
    let sql = "SELECT COALESCE(GROUP_CONCAT(table_name ORDER BY table_name), '') FROM information_schema.tables \
               WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_reviewseed%'";
    scratch.value(sql)
}

/// Seeds, and verifies by `verify` and `reindex --dry-run`, which find no difference.
#[track_caller]
fn load(files: &Files, scratch: &Scratch, arguments: &[&str]) -> Ran {
    let ran = files.seed(scratch, arguments).exits(0);
    assert!(
        !ran.stderr.contains("__reviewseed_schema"),
        "{}",
        ran.stderr
    );
    for command in [&["verify"][..], &["reindex", "--dry-run"]] {
        let url = ["--schema", "schema.sql", "--database-url", scratch.url()];
        crate::support::harness::run(&files.path(""), [command, &url].concat()).exits(0);
    }
    ran
}
