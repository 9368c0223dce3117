//! Physical import: whether tables go as files, which ones, and what a killed run left of such.
//!
//! `--load physical` asks for it, and says why a table goes another way. `--load auto` takes it by
//! itself on the private server, which is ours and of a version that was verified, when all tables
//! are fit and there are rows enough for it to be quicker.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Result;

use super::Seed;
use super::start::Start;
use crate::cli::LoadArg;
use clean::keys::is_judged_on_stream;
use input::{Source, Unpacked};
use model::schema::{Index, IndexKind, Schema, Table};
use model::wording::chain;
use mysql::inspect;
use mysql::physical::fitness::{self, Fit};
use mysql::physical::{host, import, recover};
use mysql::resume::LoadedBatches;
use mysql::target::Way;
use mysql::{ledger, prepare};

/// Whether tables go as files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByFile {
    /// None.
    No,
    /// Those that are fit, as asked.
    Asked,
    /// All, by our own choice.
    Chosen,
}

impl Seed<'_> {
    /// Decides whether tables go as files in a run that begins so.
    pub(super) async fn decide_on_files(
        &mut self,
        start: &Start,
        sources: &[Source],
    ) -> Result<()> {
        if let Start::Resume(run) | Start::Loaded(run, _) = start {
            self.came_as_files = recover::any_came_in(&mut self.connection, run.id).await?;
        }
        let no_rows_travel = matches!(start, Start::Loaded(..) | Start::Finished(..));
        self.by_file = match self.args.loading.load {
            _ if self.args.append || no_rows_travel => ByFile::No,
            LoadArg::Physical => ByFile::Asked,
            LoadArg::Auto if self.redo_log.is_some() => {
                match self.speaks_against_files(start, sources).await? {
                    None => ByFile::Chosen,
                    Some(why) => {
                        self.progress
                            .detail(&format!("seed: rows go the SQL way, not as files: {why}"));
                        ByFile::No
                    }
                }
            }
            _ => ByFile::No,
        };
        Ok(())
    }

    /// Why rows that are for the private server do not go as files.
    async fn speaks_against_files(
        &mut self,
        start: &Start,
        sources: &[Source],
    ) -> Result<Option<String>> {
        if self.args.loading.keep_redo_log {
            let why =
                "--keep-redo-log is to keep each batch that is in, and files are in table by table";
            return Ok(Some(why.to_owned()));
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let there = prepare::present(&mut self.connection, self.url.database(), &names).await?;
        let missing: Vec<&Source> = sources
            .iter()
            .filter(|s| !there.tables.contains(&s.table.name))
            .collect();
        // those that an interrupted run was filling from files are gone
        let resumed = matches!(start, Start::Resume(_)) && !missing.is_empty();
        if !resumed && !there.tables.is_empty() {
            return Ok(Some("tables were there before this run".to_owned()));
        }
        let unpacked: Unpacked = missing.iter().map(|s| s.unpacked()).sum();
        let fit = missing.iter().try_for_each(|source| {
            let table = self.with_what_is_built(&of_this_server(&source.table));
            let fit = fitness::table(&table, source);
            fit.map(drop)
                .map_err(|why| format!("{}: {why}", table.name))
        });
        if let Err(why) = fitness::worth_it(unpacked.bytes).and(fit) {
            return Ok(Some(why));
        }
        Ok(
            match host::facts(&mut self.connection, &self.server).await {
                Ok(facts) => fitness::server(&facts, self.args.loading.skip_binlog)
                    .and_then(|()| fitness::disk(&facts, unpacked.bytes))
                    .err(),
                Err(error) => Some(chain(&error)),
            },
        )
    }

    /// A table with the indexes that are wanted: none but the primary key's with `--no-index`.
    fn with_what_is_built(&self, table: &Table) -> Table {
        let mut table = table.clone();
        if self.args.loading.no_index {
            table.indexes.retain(|i| i.kind == IndexKind::Primary);
        }
        table
    }

    /// After a file that was our own choice has failed: makes the tables that are not in ready for
    /// SQL, and gives the batches of those that are.
    pub(super) async fn go_on_by_sql(
        &mut self,
        run: u64,
        names: &[String],
        sources: &[Source],
    ) -> Result<Option<LoadedBatches>> {
        self.recover_imports().await?;
        (self.by_file, self.files) = (ByFile::No, HashMap::new());
        self.came_as_files = recover::any_came_in(&mut self.connection, run).await?;
        self.grow_redo_log(sources).await?;
        self.prepare_missing(names, sources).await?;
        self.progress.expect_tables(sources);
        let loaded = ledger::batches_of(&mut self.connection, run).await?;
        Ok(Some(loaded))
    }

    /// The word for how rows travel, and why they do.
    pub(super) fn way_and_why(&self, way: Way) -> (&'static str, &'static str) {
        let sql = match way {
            Way::LocalInfile => "local_infile is ON, and it takes half the time of INSERT",
            Way::Insert => "it works everywhere",
        };
        // which of the tables are fit turns out when they are made
        let none = self.files.is_empty() && !self.args.dry_run;
        match self.by_file {
            _ if none => (way.name(), sql),
            ByFile::No => (way.name(), sql),
            ByFile::Asked => ("physical", "as asked"),
            ByFile::Chosen => (
                "physical",
                "the private server is ours, and takes files in a fraction of the time",
            ),
        }
    }

    /// Drops the tables that a killed run was filling from files: the next use of one could end the
    /// server.
    pub(super) async fn recover_imports(&mut self) -> Result<()> {
        if recover::unfinished(&mut self.connection).await?.is_empty() {
            return Ok(());
        }
        let folder = self.folder().await;
        let tables = recover::recover(&mut self.connection, folder.as_deref().ok()).await?;
        self.progress.say(&format!(
            "seed: reloading {}: an earlier run was interrupted during their physical import",
            tables.join(", ")
        ));
        if let Err(error) = folder {
            self.progress.say(&format!(
                "seed: files that it left in the server's folder are still there: {error:#}"
            ));
        }
        Ok(())
    }

    /// The folder of the database, proved to be the server's.
    async fn folder(&mut self) -> Result<PathBuf> {
        let facts = host::facts(&mut self.connection, &self.server).await?;
        host::folder(&mut self.connection, &facts, self.url.database()).await
    }

    /// Notes the tables that are about to be created and may be filled from files.
    pub(super) async fn announce_files(&mut self, missing: &[String]) -> Result<()> {
        if self.by_file != ByFile::No {
            recover::announce(&mut self.connection, missing).await?;
        }
        Ok(())
    }

    /// Makes empty tables bare of what is built after the data; those that go as files (of the
    /// `created`) keep what goes into the file.
    pub(super) async fn strip(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
    ) -> Result<()> {
        let mut fit = Vec::new();
        let folder = match self.by_file {
            ByFile::No => None,
            _ => self.choose(live, sources, created, &mut fit).await?,
        };
        // duplicates that the stream cannot judge are found by the server
        let keep = |table: &Table, index: &Index| {
            index.kind == IndexKind::Unique && !judged(sources, table, index)
        };
        let keep_of_files =
            |table: &Table, index: &Index| goes_into_file(&fit, table, index) || keep(table, index);
        prepare::strip(&self.url, &self.sessions, live, keep_of_files).await?;
        let mut given_up = Vec::new();
        for fit in &fit {
            let table = &fit.layout.table;
            let Some(folder) = &folder else {
                break;
            };
            let prepared = import::prepare(
                &mut self.connection,
                self.server.flavour,
                self.url.database(),
                folder,
                fit,
            );
            match prepared.await {
                Ok(prepared) => {
                    self.files.insert(table.clone(), prepared);
                }
                Err(error) => {
                    // whatever the session held for the export
                    sqlx::Executor::execute(&mut self.connection, "UNLOCK TABLES").await?;
                    self.say_unfit(table, &format!("{error:#}"));
                    given_up.push(table.clone());
                }
            }
        }
        if !given_up.is_empty() {
            // they have lost their foreign keys and some of their indexes already
            let names: Vec<&str> = given_up.iter().map(String::as_str).collect();
            let rest =
                inspect::inspect_tables(&mut self.connection, self.url.database(), &names).await?;
            prepare::strip(&self.url, &self.sessions, &rest, keep).await?;
        }
        for table in created {
            if self.by_file != ByFile::No && !self.files.contains_key(table) {
                recover::forget(&mut self.connection, table).await?;
            }
        }
        if self.by_file == ByFile::Chosen && self.files.is_empty() {
            // what schema.sql does not tell has shown in the tables
            self.by_file = ByFile::No;
        }
        Ok(())
    }

    /// Finds the tables that are fit, and the folder; says why others are not.
    async fn choose(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
        fit: &mut Vec<Fit>,
    ) -> Result<Option<PathBuf>> {
        let input = sources.iter().map(Source::unpacked).sum::<Unpacked>().bytes;
        let found = async {
            let facts = host::facts(&mut self.connection, &self.server).await?;
            fitness::server(&facts, self.args.loading.skip_binlog)
                .and_then(|()| fitness::disk(&facts, input))
                .map_err(anyhow::Error::msg)?;
            host::folder(&mut self.connection, &facts, self.url.database()).await
        };
        let folder = match found.await {
            Ok(folder) => folder,
            Err(error) => {
                self.progress.say(&format!(
                    "seed: this server takes no files, rows go the SQL way: {error:#}"
                ));
                return Ok(None);
            }
        };
        for table in &live.tables {
            let Some(source) = sources.iter().find(|s| s.table.name == table.name) else {
                continue;
            };
            let judged = match created.contains(&table.name) {
                true => fitness::table(&self.with_what_is_built(table), source),
                false => Err("it was there before this run".to_owned()),
            };
            match judged {
                Ok(this) => {
                    for (index, why) in &this.left_out {
                        let words = format!(
                            "seed: index {index} of {} is left to the server: {why}",
                            table.name
                        );
                        match self.by_file {
                            ByFile::Chosen => self.progress.detail(&words),
                            _ => self.progress.say(&words),
                        }
                    }
                    fit.push(this);
                }
                Err(why) => self.say_unfit(&table.name, &why),
            }
        }
        Ok(Some(folder))
    }

    fn say_unfit(&self, table: &str, why: &str) {
        self.progress
            .say(&format!("seed: {table} goes the SQL way: {why}"));
    }
}

/// A table whose texts have the character set of the private server where schema.sql names none.
fn of_this_server(table: &Table) -> Table {
    let mut table = table.clone();
    let charset = table.charset.clone().unwrap_or("utf8mb4".to_owned());
    for column in table.columns.iter_mut().filter(|c| c.kind.is_text()) {
        column.charset.get_or_insert_with(|| charset.clone());
    }
    table
}

/// Whether duplicates in a unique index are found while its rows are read.
fn judged(sources: &[Source], table: &Table, index: &Index) -> bool {
    let mut sources = sources.iter().filter(|s| s.table.name == table.name);
    sources.any(|s| {
        let loaded: Vec<usize> = s.header.columns.iter().map(|c| c.0).collect();
        is_judged_on_stream(&s.table, &loaded, index)
    })
}

/// Whether an index is written into the file of its table.
fn goes_into_file(fit: &[Fit], table: &Table, index: &Index) -> bool {
    let mut of_table = fit.iter().filter(|f| f.layout.table == table.name);
    of_table.any(|f| f.layout.indexes.iter().any(|(name, _)| *name == index.name))
}
