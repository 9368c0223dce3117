//! A statement of the run fails with an error of the server, whichever statement it is: because
//! somebody has ended it (KILL QUERY), because others hold locks, or because the server lacks
//! something.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::network::{files, is_complete, start, stride, tell};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, folder, on_both_servers};
use crate::support::proxy::Proxy;

/// A server that answers one statement with an error.
struct Failing {
    /// The statement, when it was sent.
    statement: Arc<Mutex<Option<String>>>,
    url: String,
    _folder: tempfile::TempDir,
}

impl Failing {
    fn at(number: usize, (code, text): (u16, &'static str), scratch: &Scratch) -> Failing {
        let (folder, count) = (folder(), AtomicUsize::new(0));
        let statement = Arc::new(Mutex::new(None));
        let failed = Arc::clone(&statement);
        let answers = move |sql: &str| {
            if count.fetch_add(1, Ordering::SeqCst) + 1 != number {
                return None;
            }
            *failed.lock().unwrap() = Some(sql.to_owned());
            Some((code, text.to_owned()))
        };
        let proxy = Proxy {
            answers: Some(Box::new(answers)),
            ..Proxy::default()
        };
        Failing {
            url: proxy.start(folder.path(), scratch.url()),
            statement,
            _folder: folder,
        }
    }
}

/// Runs `seed` once for each statement that fails; the statements and what was said of those that
/// `is_wrong` calls so, by exit code, stderr and whether the same command then completes.
fn at_each_statement(
    server: Server,
    error: (u16, &'static str),
    is_wrong: impl Fn(Option<i32>, &str) -> bool,
) {
    let (mut number, mut runs, mut wrong) = (1, 0, Vec::new());
    loop {
        let (files, scratch) = (files(), Scratch::new(server));
        let failing = Failing::at(number, error, &scratch);
        let seed = start(&files, &failing.url, &["--verify", "full"]);
        let (code, said) = seed.ends();
        let Some(statement) = failing.statement.lock().unwrap().clone() else {
            assert_eq!(code, Some(0), "{said}");
            break;
        };
        runs += 1;
        if is_wrong(code, &said) {
            wrong.push(format!("{number}: {statement}: {code:?}\n{said}"));
        }
        if code != Some(0) {
            completes(&files, &scratch);
        }
        is_complete(&files, &scratch);
        number += stride();
    }
    tell(&format!(
        "{server:?}, error {}: {runs} statements, {} of them wrong",
        error.0,
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn completes(files: &Files, scratch: &Scratch) {
    start(files, scratch.url(), &["--verify", "full"]).exits(0);
}

on_both_servers! {
    long
    fn a_statement_that_somebody_ends_is_repeated(server: Server) {
        let error = (1317, "Query execution was interrupted");
        at_each_statement(server, error, |code, _| code != Some(0));
    }
}

on_both_servers! {
    long
    fn an_error_of_any_statement_is_told_and_the_run_can_be_resumed(server: Server) {
        for error in [(1041, "Out of memory; check if mysqld or some other process uses all available memory"), (1114, "The table 't' is full")] {
            at_each_statement(server, error, |code, said| {
                code != Some(0) && (code != Some(2) || !said.contains(&error.1[..12]))
            });
        }
    }
}
