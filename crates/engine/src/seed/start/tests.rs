//! Where a run begins, tested with a fake server.

use std::path::PathBuf;

use mysql::ledger::inputs::{RunInput, TableLoad};
use mysql::ledger::schemas::RunSchema;
use mysql::precheck::Checks;

use super::*;
use crate::seed::fake_server::{FakeServer, loaded_table};
use crate::seed::identity::TableIdentity;

const THIS: &str = "this run";
const OTHER: &str = "another run";
const CONTENT: u128 = 5;

fn input(table: &str) -> RunInput {
    RunInput {
        table: table.to_owned(),
        format: "format".to_owned(),
        columns: "columns".to_owned(),
    }
}

fn table(name: &str) -> TableIdentity<'static> {
    TableIdentity {
        input: input(name),
        content: Box::new(|| Ok(CONTENT)),
    }
}

fn identity(mode: Mode) -> Identity<'static> {
    Identity {
        mode,
        merge: None,
        force: false,
        fingerprint: THIS.to_owned(),
        schema: ("schema.sql".to_owned(), "hash of the schema".to_owned()),
        tables: vec![table("orders")],
    }
}

/// Rows of `table` that a run has loaded from this content, in the same way as this run.
fn load(run: u64, table: &str, content: u128, before: u64) -> TableLoad {
    TableLoad {
        run,
        started_at: format!("2026-01-0{run} 12:00:00"),
        phase: Phase::Done,
        before: (before > 0).then_some((before, 0)),
        input: Some(input(table)),
        table: loaded_table(table, 3 + before, content),
    }
}

/// A server with rows in the table, whose newest run ended in this phase.
fn server(fingerprint: &str, phase: Phase) -> FakeServer {
    let mut server = FakeServer {
        rows: vec![("orders", 3)],
        tables: vec![loaded_table("orders", 3, CONTENT)],
        command: Some("reviewseed seed csv"),
        ..FakeServer::with_run(fingerprint, phase)
    };
    match phase {
        Phase::Load => server.inputs = vec![input("orders")],
        phase => {
            let loaded = load(7, "orders", CONTENT, 0);
            server.loads = vec![TableLoad { phase, ..loaded }];
        }
    }
    server
}

/// The same, whose run read another file.
fn server_of_others(phase: Phase) -> FakeServer {
    let mut server = server(OTHER, phase);
    let inputs = server
        .loads
        .iter_mut()
        .filter_map(|load| load.input.as_mut());
    for input in inputs.chain(server.inputs.iter_mut()) {
        input.format = "another format".to_owned();
    }
    server
}

async fn decided(server: &mut FakeServer, mode: Mode) -> Result<Start> {
    decide(server, &identity(mode)).await
}

async fn error_of(server: &mut FakeServer, mode: Mode) -> String {
    decided(server, mode).await.unwrap_err().to_string()
}

#[tokio::test]
async fn empty_tables_are_seeded_with_any_ledger() {
    let mut server = server(OTHER, Phase::Done);
    server.rows.clear();
    let start = decided(&mut server, Mode::Empty).await.unwrap();
    assert!(matches!(start, Start::Empty), "{start:?}");
    let start = decided(&mut server, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
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
async fn a_finished_run_of_the_same_files_is_recognised_in_each_mode() {
    for before in [0, 2] {
        for mode in [Mode::Empty, Mode::Append, Mode::Replace] {
            // its mode and the constraints of its schema do not count
            let mut server = server(OTHER, Phase::Done);
            server.loads = vec![load(7, "orders", CONTENT, before)];
            let start = decided(&mut server, mode).await.unwrap();
            let Start::Finished(earlier) = start else {
                panic!("{start:?}");
            };
            assert_eq!(earlier.has_appended, before > 0);
            assert_eq!(earlier.tables[0].loaded, 3);
            assert_eq!(earlier.now[0].loaded, 3 + before);
        }
    }
}

#[tokio::test]
async fn files_that_an_earlier_run_loaded_are_recognised_while_their_rows_are_there() {
    let mut added = server(OTHER, Phase::Done);
    added.loads = vec![
        load(6, "orders", CONTENT, 0),
        load(7, "orders", CONTENT + 1, 3),
    ];
    for mode in [Mode::Empty, Mode::Append] {
        let start = decided(&mut added, mode).await.unwrap();
        let Start::Finished(earlier) = start else {
            panic!("{start:?}");
        };
        assert_eq!((earlier.run, earlier.now[0].loaded), (6, 6));
    }
    // the table was emptied before the newer run
    added.loads[1].before = None;
    let start = decided(&mut added, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
    let error = error_of(&mut added, Mode::Empty).await;
    assert!(error.contains("whose files had other content"), "{error}");
}

#[tokio::test]
async fn tables_that_were_loaded_by_several_runs_are_recognised_together() {
    let mut server = server(OTHER, Phase::Done);
    server.rows.push(("lines", 3));
    server.loads = vec![load(6, "orders", CONTENT, 0), load(7, "lines", CONTENT, 0)];
    let mut both = identity(Mode::Empty);
    both.tables.push(table("lines"));
    let start = decide(&mut server, &both).await.unwrap();
    let Start::Finished(earlier) = start else {
        panic!("{start:?}");
    };
    assert_eq!((earlier.run, earlier.started_at.len()), (7, 2));
}

#[tokio::test]
async fn a_finished_run_whose_file_has_changed_since_is_an_error() {
    let mut server = server(OTHER, Phase::Done);
    server.loads = vec![load(7, "orders", CONTENT + 1, 0)];
    let error = error_of(&mut server, Mode::Empty).await;
    assert!(error.contains("whose files had other content"), "{error}");
}

#[tokio::test]
async fn rows_of_others_and_of_other_runs_are_never_touched() {
    let nobody = FakeServer {
        rows: vec![("orders", 3)],
        ..FakeServer::default()
    };
    for mut server in [
        nobody,
        server_of_others(Phase::Done),
        server_of_others(Phase::Load),
    ] {
        let text = error_of(&mut server, Mode::Empty).await;
        for words in ["orders", "nothing was changed", "--replace", "--append"] {
            assert!(text.contains(words), "{text}");
        }
    }
}

#[tokio::test]
async fn the_error_says_how_the_other_run_differs() {
    let mut other = server_of_others(Phase::Done);
    let error = error_of(&mut other, Mode::Empty).await;
    assert!(error.contains("which had other files (orders:"), "{error}");
    let mut columns = server(OTHER, Phase::Done);
    columns.loads[0].input.as_mut().unwrap().columns = "other columns".to_owned();
    let error = error_of(&mut columns, Mode::Empty).await;
    assert!(error.contains("which had other columns, types"), "{error}");
    let mut constraints = server(OTHER, Phase::Load);
    let error = error_of(&mut constraints, Mode::Empty).await;
    assert!(
        error.contains("UTC, which had other unique keys"),
        "{error}"
    );
    assert!(
        error.contains("to resume it: reviewseed seed csv"),
        "{error}"
    );
    constraints.appends = true;
    let error = error_of(&mut constraints, Mode::Empty).await;
    assert!(error.contains("which adds rows with --append"), "{error}");
}

#[tokio::test]
async fn another_schema_is_named_with_the_option_that_selects_it() {
    let mut server = server_of_others(Phase::Done);
    server.schema = Some(RunSchema {
        file: Some(PathBuf::from("/data/old schema.sql")),
        hash: "another hash".to_owned(),
        tables: vec!["orders".to_owned()],
    });
    let text = error_of(&mut server, Mode::Empty).await;
    assert!(text.contains("--schema '/data/old schema.sql'"), "{text}");
}

#[tokio::test]
async fn the_same_files_are_appended_again_only_by_force_or_if_they_changed() {
    let mut once = server(OTHER, Phase::Done);
    let start = decided(&mut once, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Finished(_)), "{start:?}");
    let forced = Identity {
        force: true,
        ..identity(Mode::Append)
    };
    let start = decide(&mut once, &forced).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
    once.loads[0].table.content_hash = "other".to_owned();
    let start = decided(&mut once, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
}

#[tokio::test]
async fn nothing_is_appended_if_only_some_of_the_files_are_loaded() {
    let mut server = server(OTHER, Phase::Done);
    let mut both = identity(Mode::Append);
    both.tables.push(table("lines"));
    let error = decide(&mut server, &both).await.unwrap_err().to_string();
    assert!(
        error.contains("the files of orders are already loaded"),
        "{error}"
    );
    assert!(error.contains("--tables lines"), "{error}");
    // a file without records adds nothing, so it does not matter
    server.loads[0].table.loaded = 0;
    let start = decide(&mut server, &both).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
}

#[tokio::test]
async fn a_run_of_an_older_version_is_never_taken_for_the_same() {
    let mut old = server("0123456789abcdef", Phase::Done);
    old.loads[0].input = None;
    let error = error_of(&mut old, Mode::Empty).await;
    assert!(error.contains("made by an older version"), "{error}");
    let error = error_of(&mut old, Mode::Append).await;
    assert!(error.contains("--append --force"), "{error}");
    old.loads[0].table.content_hash = "other".to_owned();
    let start = decided(&mut old, Mode::Append).await.unwrap();
    assert!(matches!(start, Start::Append), "{start:?}");
    let mut unfinished = server("0123456789abcdef", Phase::Load);
    unfinished.inputs.clear();
    let error = error_of(&mut unfinished, Mode::Empty).await;
    assert!(error.contains("of the unfinished run of"), "{error}");
    assert!(error.contains("UTC, made by an older version"), "{error}");
}

#[tokio::test]
async fn nothing_is_appended_to_an_unfinished_run_whose_files_have_changed() {
    let mut server = server(THIS, Phase::Index);
    server.tables.clear();
    let text = error_of(&mut server, Mode::Append).await;
    assert!(text.contains("resume it first"), "{text}");
    assert!(text.contains("reviewseed seed csv"), "{text}");
}

#[tokio::test]
async fn rows_are_appended_to_a_finished_run_of_other_files() {
    let mut server = server_of_others(Phase::Done);
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
    let unread = || TableIdentity {
        content: Box::new(|| fail!("the file was read")),
        ..table("orders")
    };
    let unread = |mode| Identity {
        tables: vec![unread()],
        ..identity(mode)
    };
    let mut other = server_of_others(Phase::Done);
    assert!(fails(&mut other, &unread(Mode::Empty)).await);
    for fingerprint in [THIS, OTHER] {
        let mut same = server(fingerprint, Phase::Done);
        assert!(!fails(&mut same, &unread(Mode::Empty)).await);
    }
    // rows cannot be appended while another run is unfinished
    let mut unfinished = server(OTHER, Phase::Index);
    assert!(fails(&mut unfinished, &unread(Mode::Append)).await);
    let mut ours = server(THIS, Phase::Index);
    assert!(!fails(&mut ours, &unread(Mode::Append)).await);
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
