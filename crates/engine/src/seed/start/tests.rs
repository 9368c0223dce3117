//! Where a run begins, tested with a fake server.

use std::path::PathBuf;

use mysql::ledger::schemas::RunSchema;
use mysql::precheck::Checks;

use super::*;
use crate::seed::fake_server::{FakeServer, loaded_table};

const THIS: &str = "this run";
const OTHER: &str = "another run";
const CONTENT: u128 = 5;

fn identity(mode: Mode) -> Identity<'static> {
    Identity {
        mode,
        force: false,
        fingerprint: THIS.to_owned(),
        schema: ("schema.sql".to_owned(), "hash of the schema".to_owned()),
        tables: vec![("orders".to_owned(), Box::new(|| Ok(CONTENT)))],
    }
}

/// A server with rows in the table, whose newest run ended in this phase.
fn server(fingerprint: &str, phase: Phase) -> FakeServer {
    FakeServer {
        rows: vec![("orders", 3)],
        tables: vec![loaded_table("orders", 3, CONTENT)],
        command: Some("reviewseed seed csv"),
        ..FakeServer::with_run(fingerprint, phase)
    }
}

async fn decided(server: &mut FakeServer, mode: Mode) -> Result<Start> {
    decide(server, &identity(mode)).await
}

#[tokio::test]
async fn empty_tables_are_seeded_with_any_ledger() {
    let mut server = server(OTHER, Phase::Done);
    server.rows.clear();
    let start = decided(&mut server, Mode::Empty).await.unwrap();
    assert!(matches!(start, Start::Empty), "{start:?}");
}

#[tokio::test]
async fn an_unfinished_run_of_the_same_files_is_resumed_where_it_stopped() {
    for mode in [Mode::Empty, Mode::Append, Mode::Replace] {
        let mut interrupted = server(THIS, Phase::Load);
        let start = decided(&mut interrupted, mode).await.unwrap();
        assert!(matches!(start, Start::Resume(_)), "{start:?}");
        for phase in [Phase::Index, Phase::Verify] {
            let start = decided(&mut server(THIS, phase), mode).await.unwrap();
            assert!(matches!(start, Start::Loaded(_, _)), "{start:?}");
        }
    }
}

#[tokio::test]
async fn a_finished_run_of_the_same_files_is_recognised() {
    let mut server = server(THIS, Phase::Done);
    let start = decided(&mut server, Mode::Empty).await.unwrap();
    assert!(matches!(start, Start::Finished(_, _)), "{start:?}");
}

#[tokio::test]
async fn a_finished_run_whose_file_has_changed_since_is_an_error() {
    let mut server = server(THIS, Phase::Done);
    server.tables = vec![loaded_table("orders", 3, CONTENT + 1)];
    let error = decided(&mut server, Mode::Empty).await.unwrap_err();
    assert!(error.to_string().contains(OTHER_CONTENT), "{error}");
}

#[tokio::test]
async fn rows_of_others_and_of_other_runs_are_never_touched() {
    let nobody = FakeServer {
        rows: vec![("orders", 3)],
        ..FakeServer::default()
    };
    for mut server in [
        nobody,
        server(OTHER, Phase::Done),
        server(OTHER, Phase::Load),
    ] {
        let error = decided(&mut server, Mode::Empty).await.unwrap_err();
        let text = error.to_string();
        for words in ["orders", "nothing was changed", "--replace", "--append"] {
            assert!(text.contains(words), "{text}");
        }
    }
}

#[tokio::test]
async fn another_schema_is_named_with_the_option_that_selects_it() {
    let mut server = server(OTHER, Phase::Done);
    server.schema = Some(RunSchema {
        file: Some(PathBuf::from("/data/old schema.sql")),
        hash: "another hash".to_owned(),
        tables: vec!["orders".to_owned()],
    });
    let error = decided(&mut server, Mode::Empty).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("--schema '/data/old schema.sql'"), "{text}");
}

#[tokio::test]
async fn the_same_files_are_appended_once_unless_forced_or_changed() {
    let mut once = server(THIS, Phase::Done);
    let start = decided(&mut once, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Finished(_, _)), "{start:?}");
    let forced = Identity {
        force: true,
        ..identity(Mode::Append)
    };
    let start = decide(&mut once, &forced).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
    // another program has removed rows since
    once.rows = vec![("orders", 2)];
    let start = decided(&mut once, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
}

#[tokio::test]
async fn nothing_is_appended_to_an_unfinished_run_whose_files_have_changed() {
    let mut server = server(THIS, Phase::Index);
    server.tables.clear();
    let error = decided(&mut server, Mode::Append).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("resume it first"), "{text}");
    assert!(text.contains("reviewseed seed csv"), "{text}");
}

#[tokio::test]
async fn rows_are_appended_to_a_finished_run_of_other_files() {
    let mut server = server(OTHER, Phase::Done);
    let start = decided(&mut server, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
}

async fn fails(server: &mut FakeServer, this: &Identity<'_>) -> bool {
    let mut checks = Checks::default();
    checks.add(check(server, this).await.unwrap());
    checks.have_failed()
}

#[tokio::test]
async fn the_check_fails_before_the_files_are_read_where_a_run_cannot_begin() {
    let unread = || Identity {
        tables: vec![("orders".to_owned(), Box::new(|| fail!("the file was read")))],
        ..identity(Mode::Empty)
    };
    let mut other = server(OTHER, Phase::Done);
    assert!(fails(&mut other, &unread()).await);
    let mut same = server(THIS, Phase::Done);
    assert!(!fails(&mut same, &unread()).await);
    // rows cannot be appended while another run is unfinished
    let append = Identity {
        mode: Mode::Append,
        ..unread()
    };
    let mut unfinished = server(OTHER, Phase::Index);
    assert!(fails(&mut unfinished, &append).await);
}

#[tokio::test]
async fn a_replacement_resumes_its_own_unfinished_run_and_no_other() {
    let replace = identity(Mode::Replace);
    let mut empty = FakeServer::default();
    assert!(is_resumable(&mut empty, &replace).await.unwrap());
    for phase in [Phase::Load, Phase::Index, Phase::Done] {
        assert!(
            is_resumable(&mut server(THIS, phase), &replace)
                .await
                .unwrap()
        );
        assert!(
            !is_resumable(&mut server(OTHER, phase), &replace)
                .await
                .unwrap()
        );
    }
}
