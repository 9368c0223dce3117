//! A fake server for unit tests. Each test sets its contents.

use mysql::Result;
use mysql::ledger::inputs::{RunInput, TableLoad};
use mysql::ledger::schemas::RunSchema;
use mysql::ledger::{LoadedTable, Phase, Run};

use super::server::Server;

/// The contents of the server.
#[derive(Default)]
pub(super) struct FakeServer {
    /// Number of rows by table.
    pub(super) rows: Vec<(&'static str, u64)>,
    pub(super) last_run: Option<Run>,
    /// The tables that the newest run loaded.
    pub(super) tables: Vec<LoadedTable>,
    /// The loads of all runs.
    pub(super) loads: Vec<TableLoad>,
    /// How the newest run reads its files.
    pub(super) inputs: Vec<RunInput>,
    /// Whether the newest run appends rows.
    pub(super) appends: bool,
    pub(super) command: Option<&'static str>,
    pub(super) schema: Option<RunSchema>,
    pub(super) local_infile: bool,
    /// Whether the account may set global variables.
    pub(super) may_set: bool,
    /// The size of the redo log in bytes.
    pub(super) redo_log: u64,
    /// The size of the redo log before a run changed it.
    pub(super) old_redo_log: Option<u64>,
    /// Global variables whose old values are in the ledger.
    pub(super) noted: Vec<String>,
}

impl FakeServer {
    /// A server whose newest run ended in this phase.
    pub(super) fn with_run(fingerprint: &str, phase: Phase) -> FakeServer {
        FakeServer {
            last_run: Some(Run {
                id: 7,
                fingerprint: fingerprint.to_owned(),
                phase,
                batch_bytes: 1 << 20,
                started_at: "2026-01-01 12:00:00".to_owned(),
            }),
            ..FakeServer::default()
        }
    }
}

/// A table that a run loaded from a file with this content hash.
pub(super) fn loaded_table(name: &str, rows: u64, content_hash: u128) -> LoadedTable {
    LoadedTable {
        name: name.to_owned(),
        file: format!("{name}.csv"),
        file_bytes: 100,
        content_hash: format!("{content_hash:032x}"),
        columns: vec!["id".to_owned()],
        read: rows,
        loaded: rows,
        rejected: 0,
        checksum: 1,
        table_checksum: None,
    }
}

impl Server for FakeServer {
    fn place(&self) -> String {
        "mysql://db/shop".to_owned()
    }

    async fn filled(&mut self, tables: &[String]) -> Result<Vec<String>> {
        let filled = self.rows.iter().filter(|(_, rows)| *rows > 0);
        let names = filled.map(|(name, _)| (*name).to_owned());
        Ok(names.filter(|name| tables.contains(name)).collect())
    }

    async fn last_run(&mut self) -> Result<Option<Run>> {
        Ok(self.last_run.clone())
    }

    async fn tables_of(&mut self, run: u64) -> Result<Vec<LoadedTable>> {
        let is_last = self.last_run.as_ref().is_some_and(|last| last.id == run);
        Ok(if is_last {
            self.tables.clone()
        } else {
            Vec::new()
        })
    }

    async fn loads_of(&mut self, tables: &[String]) -> Result<Vec<TableLoad>> {
        let loads = self.loads.iter();
        let of_tables = loads.filter(|load| tables.contains(&load.table.name));
        Ok(of_tables.cloned().collect())
    }

    async fn inputs_of(&mut self, run: u64) -> Result<Vec<RunInput>> {
        let is_last = self.last_run.as_ref().is_some_and(|last| last.id == run);
        let mut inputs: Vec<RunInput> = match is_last {
            true => self.inputs.clone(),
            false => Vec::new(),
        };
        let of_run = self.loads.iter().filter(|load| load.run == run);
        inputs.extend(of_run.filter_map(|load| load.input.clone()));
        Ok(inputs)
    }

    async fn appends(&mut self, _run: u64) -> Result<bool> {
        Ok(self.appends)
    }

    async fn command_of(&mut self, _run: u64) -> Result<Option<String>> {
        Ok(self.command.map(str::to_owned))
    }

    async fn schema_of(&mut self, _run: u64) -> Result<Option<RunSchema>> {
        Ok(self.schema.clone())
    }

    async fn local_infile(&mut self) -> Result<bool> {
        Ok(self.local_infile)
    }

    async fn allow_local_infile(&mut self) -> Result<()> {
        if !self.may_set {
            return Err(mysql::Error::Unfit("Access denied".to_owned()));
        }
        self.noted.push("local_infile".to_owned());
        self.local_infile = true;
        Ok(())
    }

    async fn redo_log_capacity(&mut self) -> Result<u64> {
        Ok(self.redo_log)
    }

    async fn change_redo_log_capacity(&mut self, old: u64, new: u64) -> Result<()> {
        if !self.may_set {
            return Err(mysql::Error::Unfit("Access denied".to_owned()));
        }
        self.noted.push("innodb_redo_log_capacity".to_owned());
        self.old_redo_log.get_or_insert(old);
        self.redo_log = new;
        Ok(())
    }

    async fn restore_globals(&mut self) -> Result<Vec<String>> {
        self.redo_log = self.old_redo_log.take().unwrap_or(self.redo_log);
        self.local_infile = self.local_infile && self.noted.is_empty();
        Ok(std::mem::take(&mut self.noted))
    }
}
