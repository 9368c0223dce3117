//! The database before a run: empty, or with rows of an earlier run. It is made once and copied for
//! each round.

use std::fmt::Write;

use super::Bench;
use super::data_set::DataSet;
use super::plan::Mode;
use crate::support::harness::{Scratch, execute, run};

/// The database that is copied.
pub struct StartState {
    /// The URL of its server.
    server: String,
    /// Dropped in the end.
    _made: Scratch,
    /// Statements that copy it, table by table.
    copy: String,
}

impl StartState {
    /// Makes it.
    pub fn new(bench: &Bench, data: DataSet, mode: Mode) -> StartState {
        let made = Scratch::at(&bench.url);
        if mode != Mode::Plain {
            let rejects = bench.evidence(&format!("undisturbed/before-{}-{mode:?}", data.name()));
            let url = [
                "--database-url",
                made.url(),
                "--max-rejects",
                "100%",
                "--rejects",
            ];
            let seed = ["seed"].map(str::to_owned).into_iter();
            let arguments = seed
                .chain(data.files_before())
                .chain(url.map(str::to_owned));
            run(
                &bench.home,
                arguments.chain([rejects.display().to_string()]),
            )
            .exits(0);
        }
        if mode == Mode::Sync {
            for change in data.changes() {
                made.execute(change);
            }
        }
        StartState {
            server: bench.url.clone(),
            copy: copy(&made),
            _made: made,
        }
    }

    /// A new database that equals it.
    pub fn copied(&self) -> Scratch {
        let scratch = Scratch::at(&self.server);
        execute(scratch.url(), &self.copy);
        scratch
    }
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
