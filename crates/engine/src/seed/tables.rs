//! The tables of a run: prepares them before the load, and describes how they must look after it.

use std::sync::Arc;

use crate::error::{Result, fail};

use super::run::Run;
use super::session::RunSession;
use crate::database;
use crate::pipeline;
use input::Source;
use model::schema::Schema;
use model::wording::chain;
use mysql::db::lacks_right;
use mysql::inspect;
use mysql::ledger::LoadedTable;
use mysql::ledger::beginning::{self, TableBefore};
use mysql::storage_engines::read_engines;
use mysql::verify;
use mysql::{existing, prepare};
use mysql_schema::order::with_parents;
use mysql_schema::parse::parse_script;
use mysql_schema::statements::Script;

impl Run<'_> {
    /// Creates the tables, empty and without the indexes that are built later. Returns how they
    /// must look at the end.
    pub(super) async fn prepare(&mut self, names: &[String], sources: &[Source]) -> Result<Schema> {
        let all: Vec<String> = self.schema.tables.iter().map(|t| t.name.clone()).collect();
        let existing = prepare::present(
            &mut self.session.connection,
            self.session.database.name(),
            &all,
        )
        .await?
        .tables;
        let missing: Vec<String> = names
            .iter()
            .filter(|n| !existing.contains(n))
            .cloned()
            .collect();
        // this comes first, because nothing may be created if the server rejects the schema
        let wanted = self.wanted(names).await?;
        self.announce_imports(&missing).await?;
        let needed = with_parents(&self.schema, names);
        let left_out = prepare::create_missing(
            &mut self.session.connection,
            &self.text.sql,
            &self.text.origin,
            &existing,
            |table| needed.iter().any(|name| name == table),
        )
        .await?;
        for (table, error) in left_out {
            self.events.info(&format!(
                "warning: {table} is not created, and this run does not load it: {}",
                chain(&error)
            ));
        }
        let of_run = only(&self.schema, &needed);
        let live = prepare::check_columns(
            &mut self.session.connection,
            self.session.database.name(),
            &of_run,
        )
        .await?;
        let engines = read_engines(&mut self.session.connection).await;
        if let Some(words) = prepare::without_transactions(&only(&live, names), &engines).pop() {
            fail!("{words}");
        }
        database::tell_system_versioned(self.events, "seed", &only(&live, names));
        if !self.keeps_rows() {
            self.strip(&only(&live, names), sources, &missing).await?;
        }
        Ok(wanted)
    }

    /// Fails if tables have rows although the unfinished run has no committed batch. Otherwise each
    /// row of the run itself would be rejected as a duplicate.
    pub(super) async fn must_be_empty(&mut self, names: &[String]) -> Result<()> {
        let RunSession {
            connection,
            database,
            ..
        } = &mut self.session;
        let filled = prepare::present(connection, database.name(), names)
            .await?
            .filled;
        if !filled.is_empty() {
            let verb = if filled.len() == 1 { "holds" } else { "hold" };
            fail!(
                "{} in {} {verb} rows, but the ledger of the unfinished run has no batch, so its \
                 rows cannot be distinguished from others; was _reviewseed_batches dropped or \
                 emptied? nothing was changed: empty the tables, or load into new ones with \
                 --replace --force",
                filled.join(", "),
                database.url()
            );
        }
        Ok(())
    }

    /// Fails if one of the tables does not exist, because it could not be compared.
    pub(super) async fn must_have_tables(&mut self, names: &[String]) -> Result<()> {
        let (connection, database) = (&mut self.session.connection, &self.session.database);
        let present = prepare::present(connection, database.name(), names).await?;
        let missing = names.iter().filter(|name| !present.tables.contains(name));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            fail!(
                "{} does not exist in {}, so there is nothing to compare; without --dry-run, the \
                 command creates and fills it",
                missing.join(", "),
                database.url()
            );
        }
        Ok(())
    }

    /// Prepares the missing tables of a resumed run. They are missing because the run was importing
    /// them physically when it was interrupted, so that they had to be dropped.
    pub(super) async fn prepare_missing(
        &mut self,
        names: &[String],
        sources: &[Source],
    ) -> Result<()> {
        let present = prepare::present(
            &mut self.session.connection,
            self.session.database.name(),
            names,
        )
        .await?;
        let missing: Vec<String> = names
            .iter()
            .filter(|n| !present.tables.contains(n))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.prepare(&missing, sources).await?;
        }
        Ok(())
    }

    /// How the tables of this run must look at the end. The server parses schema.sql, so that both
    /// sides of the comparison have the server's format.
    pub(super) async fn wanted(&mut self, names: &[String]) -> Result<Schema> {
        let scratch = inspect::scratch_schema_of(
            &mut self.session.connection,
            self.session.database.name(),
            &self.text.sql,
            &self.text.origin,
            &with_parents(&self.schema, names),
        )
        .await;
        match scratch {
            Ok(read) => Ok(only(&read.schema, names)),
            Err(error) if lacks_right(&error) => {
                self.events.detail(
                    "schema: this account may not create a scratch database, so schema.sql is \
                     parsed without the server",
                );
                let mut schema = self.schema.clone();
                let script = Script::read(&self.text.sql, &self.text.origin)?;
                parse_script(&script, &self.text.origin).order_indexes(&mut schema);
                Ok(only(&schema, names))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the keys in the database that decide which rows of this run are accepted: the keys of
    /// parent tables that this run does not load and, with `--append`, the keys of its own tables.
    /// If this run resumes run `resumed`, the latter are the keys from before that run. With
    /// `--on-duplicate`, the keys of a table decide nothing unless they are those of parents, or
    /// ids are generated.
    pub(super) async fn read_existing_keys(
        &mut self,
        names: &[String],
        resumed: Option<u64>,
        settings: &mut pipeline::Settings,
    ) -> Result<()> {
        let parents = |name: &String| {
            let of_run = self
                .schema
                .tables
                .iter()
                .filter(|t| names.contains(&t.name));
            of_run
                .flat_map(|t| &t.foreign_keys)
                .any(|f| f.refers_to(name))
        };
        let merges = self.options.merge.is_some();
        for table in &self.schema.tables {
            let is_loaded = names.contains(&table.name);
            let wanted = match is_loaded {
                true => self.appends(),
                false => parents(&table.name),
            };
            let decides = !(is_loaded && merges)
                || parents(&table.name)
                || table.columns.iter().any(|column| column.generates_ids);
            if wanted && !decides {
                let none = existing::no_keys_of(table);
                settings.existing.insert(table.name.clone(), Arc::new(none));
            } else if wanted {
                self.events
                    .detail(&format!("load: reading the keys of {}", table.name));
                let keys = match resumed.filter(|_| names.contains(&table.name)) {
                    Some(run) => {
                        beginning::keys_before(&mut self.session.connection, run, table).await?
                    }
                    None => existing::keys_of(&mut self.session.connection, table).await?,
                };
                settings.existing.insert(table.name.clone(), Arc::new(keys));
            }
        }
        self.read_keys_elsewhere(names, settings).await
    }

    /// Number and checksum of the rows that the tables had before this run appended rows or, if it
    /// resumes run `resumed`, before that run appended rows.
    pub(super) async fn before(
        &mut self,
        sources: &[Source],
        resumed: Option<u64>,
    ) -> Result<Vec<Before>> {
        if !self.appends() {
            return Ok(vec![(0, 0); sources.len()]);
        }
        if let Some(run) = resumed {
            let kept = beginning::sums_before(&mut self.session.connection, run).await?;
            let of = |source: &Source| {
                let found = kept.iter().find(|(name, ..)| *name == source.table.name);
                found.map_or((0, 0), |(_, rows, checksum)| (*rows, *checksum))
            };
            return Ok(sources.iter().map(of).collect());
        }
        // Other sessions execute the queries, because they may take long. If the program were
        // killed while the session with the run lock was busy, the lock would remain and the next
        // run would fail.
        let columns = |source: &Source| {
            let filled = source.header.columns.iter();
            let names = filled.map(|c| source.table.columns[c.0].name.clone());
            (source.table.name.clone(), names.collect())
        };
        let tables: Vec<(String, Vec<String>)> = sources.iter().map(columns).collect();
        let (database, connections) = (&self.session.database, self.connections);
        Ok(verify::sums(database, &self.schema, tables, connections).await?)
    }
}

/// Number and checksum of the rows that a table had before a run.
pub(super) type Before = (u64, u64);

/// Adds the rows from before a run to the loaded rows, because the ledger records the total.
pub(super) fn add_before(tables: &mut [LoadedTable], before: &[Before]) {
    for (table, (rows, checksum)) in tables.iter_mut().zip(before) {
        table.loaded += rows;
        table.checksum = table.checksum.wrapping_add(*checksum);
    }
}

/// Subtracts the rows from before a run, so that only the rows of the run itself remain.
pub(super) fn take_before(tables: &mut [LoadedTable], before: &[Before]) {
    for (table, (rows, checksum)) in tables.iter_mut().zip(before) {
        table.loaded = table.loaded.saturating_sub(*rows);
        table.checksum = table.checksum.wrapping_sub(*checksum);
    }
}

/// The ledger's record of the tables before an `--append`.
pub(super) fn beginning_of(
    names: &[String],
    before: &[Before],
    settings: &pipeline::Settings,
) -> Result<Vec<TableBefore>> {
    let of = |(name, (rows, checksum)): (&String, &(u64, u64))| {
        let keys = match settings.existing.get(name) {
            Some(keys) => keys.to_bytes()?,
            None => Vec::new(),
        };
        Ok(TableBefore {
            name: name.clone(),
            rows: *rows,
            checksum: *checksum,
            keys,
        })
    };
    names.iter().zip(before).map(of).collect()
}

/// The tables of a schema that have these names.
pub(super) fn only(schema: &Schema, names: &[String]) -> Schema {
    let tables = schema.tables.iter().filter(|t| names.contains(&t.name));
    Schema {
        tables: tables.cloned().collect(),
    }
}
