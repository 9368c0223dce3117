//! Physical import: decides whether tables are imported, and which ones, and cleans up after a
//! killed import.
//!
//! If the user asks for physical import, seed reports why a table is loaded by SQL instead. If the
//! user does not choose, seed imports on the private server when all tables qualify and there are
//! enough rows to make it faster.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::error::Result;

use super::run::Run;
use super::session::RunSession;
use super::start::Start;
use crate::event::Event;
use crate::load::physical::sink::Delivery;
use crate::options::LoadMethod;
use clean::keys::finds_all_duplicates;
use input::{Source, TextSize};
use model::schema::{Index, IndexKind, Schema, Table};
use model::wording::chain;
use mysql::inspect;
use mysql::physical::fitness::{self, Fit};
use mysql::physical::{export, host, import, recover};
use mysql::resume::LoadedBatches;
use mysql::target::SqlLoad;
use mysql::{ledger, prepare};

/// Whether tables are imported physically, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportChoice {
    /// No table is imported.
    No,
    /// The tables that qualify are imported, because the user asked for it.
    Wanted,
    /// All tables are imported, because that is faster.
    Chosen,
}

impl Run<'_> {
    /// Decides whether a run that starts at this point imports tables.
    pub(super) async fn choose_import(&mut self, start: &Start, sources: &[Source]) -> Result<()> {
        if let Start::Resume(run) | Start::Loaded(run, _) = start {
            let connection = &mut self.session.connection;
            self.resumes_import = recover::any_came_in(connection, run.id).await?;
        }
        let nothing_to_load = matches!(start, Start::Loaded(..) | Start::Finished(..));
        self.import = match self.options.loading.method {
            _ if self.keeps_rows() || nothing_to_load => ImportChoice::No,
            // an import cannot be slowed, because the server gets each file as a whole
            None if self.options.loading.throttle.is_set() => ImportChoice::No,
            Some(LoadMethod::Physical) => ImportChoice::Wanted,
            None if self.redo_log.is_some() => match self.why_no_import(start, sources).await? {
                None => ImportChoice::Chosen,
                Some(why) => {
                    let words = format!("seed: rows are loaded by SQL, not imported: {why}");
                    self.events.detail(&words);
                    ImportChoice::No
                }
            },
            _ => ImportChoice::No,
        };
        Ok(())
    }

    /// The reason why tables of the private server are not imported; `None` if they can be.
    async fn why_no_import(&mut self, start: &Start, sources: &[Source]) -> Result<Option<String>> {
        if self.options.loading.keep_redo_log {
            let why = "--keep-redo-log keeps every committed batch, but physical import commits whole tables";
            return Ok(Some(why.to_owned()));
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let there = prepare::present(
            &mut self.session.connection,
            self.session.database.name(),
            &names,
        )
        .await?;
        let missing: Vec<&Source> = sources
            .iter()
            .filter(|s| !there.tables.contains(&s.table.name))
            .collect();
        // tables that an interrupted run was importing have been dropped, so they are missing
        let resumed = matches!(start, Start::Resume(_)) && !missing.is_empty();
        if !resumed && !there.tables.is_empty() {
            return Ok(Some("tables existed before this run".to_owned()));
        }
        let unpacked: TextSize = missing.iter().map(|s| s.text_size()).sum();
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
            match host::facts(&mut self.session.connection, &self.session.info).await {
                Ok(facts) => fitness::server(&facts, self.options.loading.skip_binlog)
                    .and_then(|()| fitness::disk(&facts, unpacked.bytes))
                    .err(),
                Err(error) => Some(chain(&error)),
            },
        )
    }

    /// The table with the indexes that this run builds: with `--no-index`, only the primary key.
    fn with_what_is_built(&self, table: &Table) -> Table {
        let mut table = table.clone();
        if self.options.loading.no_index {
            table.indexes.retain(|i| i.kind == IndexKind::Primary);
        }
        table
    }

    /// Called when an import has failed that the user did not ask for. Prepares the tables that are
    /// not yet loaded for an SQL load. Returns the batches of the loaded tables.
    pub(super) async fn fall_back_to_sql(
        &mut self,
        run: u64,
        names: &[String],
        sources: &[Source],
    ) -> Result<Option<LoadedBatches>> {
        // the failed import may have restarted the server, which ends the session
        self.session.keep_lock().await?;
        self.recover_imports().await?;
        (self.import, self.prepared) = (ImportChoice::No, HashMap::new());
        self.resumes_import = recover::any_came_in(&mut self.session.connection, run).await?;
        self.grow_redo_log(sources).await?;
        self.prepare_missing(names, sources).await?;
        self.events.emit(Event::TablesOpened(sources));
        let loaded = ledger::batches_of(&mut self.session.connection, run).await?;
        Ok(Some(loaded))
    }

    /// The name of the load method, and the reason for it.
    pub(super) fn method_and_reason(&self, way: SqlLoad) -> (&'static str, &'static str) {
        let engine = self.session.info.engine;
        let sql = match way {
            _ if self.options.loading.method == Some(way.into()) => "as asked",
            way if way == engine.load => engine.load_reason,
            SqlLoad::LocalInfile | SqlLoad::Insert => "it works everywhere",
        };
        // which tables qualify is only known after they have been created
        let none = self.prepared.is_empty() && !self.options.dry_run;
        match self.import {
            _ if none => (way.name(), sql),
            ImportChoice::No => (way.name(), sql),
            ImportChoice::Wanted => ("physical", "as asked"),
            ImportChoice::Chosen => (
                "physical",
                "the server is private, and importing takes a fraction of the time",
            ),
        }
    }

    /// Drops the tables that a killed run, or this run before it lost its connection, was
    /// importing, because such a table could crash the server when it is used.
    pub(super) async fn recover_imports(&mut self) -> Result<()> {
        if recover::unfinished(&mut self.session.connection)
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let folder = self.folder().await;
        let tables = recover::recover(&mut self.session.connection, folder.as_deref().ok()).await?;
        self.events.info(&format!(
            "seed: reloading {}: their physical import was interrupted",
            tables.join(", ")
        ));
        if let Err(error) = folder {
            self.events.info(&format!(
                "seed: files of the interrupted import are still in the server's folder: {error:#}"
            ));
        }
        Ok(())
    }

    /// The folder of the database's files, after a check that the server uses this folder.
    async fn folder(&mut self) -> Result<PathBuf> {
        let RunSession {
            connection,
            info,
            database,
            ..
        } = &mut self.session;
        let facts = host::facts(connection, info).await?;
        Ok(host::folder(connection, &facts, database.name()).await?)
    }

    /// Records in the ledger the tables that will be created and may be imported.
    pub(super) async fn announce_imports(&mut self, missing: &[String]) -> Result<()> {
        if self.import != ImportChoice::No {
            recover::announce(&mut self.session.connection, missing).await?;
        }
        Ok(())
    }

    /// Drops those indexes and keys of empty tables that are built after the load. Tables in
    /// `created` that are imported keep the indexes that their files contain.
    pub(super) async fn strip(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
    ) -> Result<()> {
        let mut fit = Vec::new();
        let folder = match self.import {
            ImportChoice::No => None,
            _ => self.choose(live, sources, created, &mut fit).await?,
        };
        // unique indexes are kept if the server must find duplicates that are not found while the
        // files are read
        let keep = |table: &Table, index: &Index| {
            index.kind == IndexKind::Unique && !judged(sources, table, index)
        };
        let keep_of_imports =
            |table: &Table, index: &Index| is_in_file(&fit, table, index) || keep(table, index);
        prepare::strip(&self.session.database, live, keep_of_imports).await?;
        let mut given_up = Vec::new();
        let transaction = match self.delivery(sources) {
            Delivery::InPlace => import::begun_transaction(&mut self.session.connection).await?,
            Delivery::Import => 0,
        };
        for fit in &fit {
            let table = &fit.layout.table;
            let Some(folder) = &folder else {
                break;
            };
            let prepared = export::prepare(
                &mut self.session.connection,
                self.session.info.flavour,
                self.session.database.name(),
                folder,
                fit,
            );
            match prepared.await {
                Ok(prepared) => {
                    let prepared = prepared.with_transaction(transaction);
                    self.prepared.insert(table.clone(), prepared);
                }
                Err(error) => {
                    // unlocks the tables that the session locked for the export
                    sqlx::Executor::execute(&mut self.session.connection, "UNLOCK TABLES").await?;
                    self.say_unfit(table, &format!("{error:#}"));
                    given_up.push(table.clone());
                }
            }
        }
        if !given_up.is_empty() {
            // the files of these tables would have contained some indexes, which must now be
            // dropped too
            let names: Vec<&str> = given_up.iter().map(String::as_str).collect();
            let rest = inspect::inspect_tables(
                &mut self.session.connection,
                self.session.database.name(),
                &names,
            )
            .await?;
            prepare::strip(&self.session.database, &rest, keep).await?;
        }
        for table in created {
            if self.import != ImportChoice::No && !self.prepared.contains_key(table) {
                recover::forget(&mut self.session.connection, table).await?;
            }
        }
        if self.import == ImportChoice::Chosen && self.prepared.is_empty() {
            // no table qualifies, because of details that schema.sql does not specify but the live
            // tables show
            self.import = ImportChoice::No;
        }
        Ok(())
    }

    /// Finds the tables that qualify and the folder of their files. Reports why the others do not
    /// qualify.
    async fn choose(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
        fit: &mut Vec<Fit>,
    ) -> Result<Option<PathBuf>> {
        let input = sources
            .iter()
            .map(Source::text_size)
            .sum::<TextSize>()
            .bytes;
        let found = async {
            let facts = host::facts(&mut self.session.connection, &self.session.info).await?;
            fitness::server(&facts, self.options.loading.skip_binlog)
                .and_then(|()| fitness::disk(&facts, input))
                .map_err(mysql::Error::Unfit)?;
            let connection = &mut self.session.connection;
            let folder = host::folder(connection, &facts, self.session.database.name()).await?;
            self.probe(&facts, &folder).await?;
            Ok::<_, mysql::Error>(folder)
        };
        let folder = match found.await {
            Ok(folder) => folder,
            Err(error) => {
                self.events.info(&format!(
                    "seed: this server cannot import tables, so rows are loaded by SQL: {error:#}"
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
                false => Err("the table existed before this run".to_owned()),
            };
            match judged {
                Ok(this) => {
                    for (index, why) in &this.left_out {
                        let words = format!(
                            "seed: the server builds index {index} of {}: {why}",
                            table.name
                        );
                        match self.import {
                            ImportChoice::Chosen => self.events.detail(&words),
                            _ => self.events.info(&words),
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
        self.events
            .info(&format!("seed: {table} is loaded by SQL: {why}"));
    }
}

/// The table as the private server creates it: text columns without a character set in schema.sql
/// get the server's default.
fn of_this_server(table: &Table) -> Table {
    let mut table = table.clone();
    let charset = table.charset.clone().unwrap_or("utf8mb4".to_owned());
    for column in table.columns.iter_mut().filter(|c| c.kind.is_text()) {
        column.charset.get_or_insert_with(|| charset.clone());
    }
    table
}

/// Whether all duplicates in a unique index are found while the rows are read.
fn judged(sources: &[Source], table: &Table, index: &Index) -> bool {
    let mut sources = sources.iter().filter(|s| s.table.name == table.name);
    sources.any(|s| {
        let loaded: Vec<usize> = s.header.columns.iter().map(|c| c.0).collect();
        finds_all_duplicates(&s.table, &loaded, index)
    })
}

/// Whether the file of a table contains this index.
fn is_in_file(fit: &[Fit], table: &Table, index: &Index) -> bool {
    let mut of_table = fit.iter().filter(|f| f.layout.table == table.name);
    of_table.any(|f| f.layout.indexes.iter().any(|(name, _)| *name == index.name))
}
