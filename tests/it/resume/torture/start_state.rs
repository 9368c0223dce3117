//! The database before a run: empty, or with rows of an earlier run, which are loaded once and
//! copied for each round.

use std::fmt::Write;

use super::Bench;
use super::data_set::DataSet;
use super::plan::Mode;
use crate::support::harness::{Scratch, execute, run};

/// Where the database of a round comes from.
pub enum StartState {
    /// It is a copy of one that was made once.
    Copied {
        /// The URL of its server.
        server: String,
        /// Dropped in the end.
        _made: Scratch,
        /// Statements that copy it, table by table.
        copy: String,
    },
    /// It is the one that commands use without a URL, at this URL, emptied.
    Emptied(String),
}

impl StartState {
    /// Makes the database that is copied.
    pub fn new(bench: &Bench, data: DataSet, mode: Mode) -> StartState {
        let made = Scratch::at(&bench.url);
        if !matches!(mode, Mode::Plain | Mode::Private) {
            seed_before(bench, data, (mode, &made));
        }
        if mode == Mode::Sync {
            for change in data.changes() {
                made.execute(change);
            }
        }
        StartState::Copied {
            server: bench.url.clone(),
            copy: copy(&made),
            _made: made,
        }
    }

    /// The database of the next round.
    pub fn database(&self) -> Scratch {
        match self {
            StartState::Copied { server, copy, .. } => {
                let scratch = Scratch::at(server);
                execute(scratch.url(), copy);
                scratch
            }
            StartState::Emptied(url) => {
                let empty = "DROP DATABASE IF EXISTS reviews; CREATE DATABASE reviews CHARACTER SET utf8mb4";
                execute(&url.replace("/reviews?", "/mysql?"), empty);
                Scratch::existing(url)
            }
        }
    }
}

/// Loads the rows that the tables have before.
fn seed_before(bench: &Bench, data: DataSet, (mode, made): (Mode, &Scratch)) {
    let rejects = bench.evidence(&format!("undisturbed/before-{}-{mode:?}", data.name()));
    let options = [
        "--max-rejects",
        "100%",
        "--database-url",
        made.url(),
        "--rejects",
    ];
    let seed = ["seed"].map(str::to_owned).into_iter();
    let arguments = seed
        .chain(data.files_before())
        .chain(options.map(str::to_owned));
    run(
        &bench.home,
        arguments.chain([rejects.display().to_string()]),
    )
    .exits(0);
}

fn copy(made: &Scratch) -> String {
    let mut statements =
        "SET SESSION foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO';".to_owned();
    let tables = made.rows(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()",
    );
    for table in tables {
        let table = table[0].clone().unwrap();
        let created = made.rows(&format!("SHOW CREATE TABLE {table}")).remove(0);
        let (create, from) = (created[1].clone().unwrap(), made.name());
        write!(
            statements,
            "{create}; INSERT INTO {table} SELECT * FROM {from}.{table};"
        )
        .unwrap();
    }
    statements
}
