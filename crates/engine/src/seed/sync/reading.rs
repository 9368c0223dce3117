//! The first reading of the files, which compares their checksums with those of the server.

use std::sync::Arc;

use super::sinks::DigestSink;
use super::told;
use crate::error::Context;
use crate::event::{Event, Events};
use crate::load;
use crate::pipeline::{self, AfterReading, TableResult};
use crate::seed::run::Run;
use input::Source;
use model::rejection::Rule;
use model::schema::{ForeignKey, Table};
use mysql::db::{self, Database};
use mysql::sync::{SyncTable, kept_parents};

/// Reads the files, computes their checksums, and rejects records.
pub(super) struct FirstReading {
    tables: Arc<Vec<SyncTable>>,
    sources: Arc<Vec<Source>>,
    pub(super) sink: Arc<DigestSink>,
    events: Events,
    database: Database,
}

/// The results of a reading, and the settings by which later readings reject the same records.
pub(super) type Read = (Vec<TableResult>, pipeline::Settings);

impl FirstReading {
    pub(super) fn new(
        run: &Run<'_>,
        tables: &Arc<Vec<SyncTable>>,
        sources: &Arc<Vec<Source>>,
    ) -> FirstReading {
        let notes = sources.iter().map(|source| is_parent(source, sources));
        FirstReading {
            tables: Arc::clone(tables),
            sources: Arc::clone(sources),
            sink: Arc::new(DigestSink::new(tables, notes.collect())),
            events: run.events.clone(),
            database: run.session.database.clone(),
        }
    }

    /// Reads the files. If records were rejected because no record is their parent, but their
    /// parents may be rows of rejected records, which are kept, reads the files again with the keys
    /// of these rows.
    pub(super) async fn read(&self, mut settings: pipeline::Settings) -> Result<Read, load::Error> {
        settings.after_reading = AfterReading::Compared;
        let (results, mut settings) = self.read_once(settings).await?;
        if !self.add_kept_parents(&results, &mut settings).await? {
            return Ok((results, settings));
        }
        self.events.info(told::KEPT_PARENTS);
        settings.missing.clear();
        self.sink.forget();
        self.events.emit(Event::TablesOpened(&self.sources));
        self.read_once(settings).await
    }

    async fn read_once(&self, mut settings: pipeline::Settings) -> Result<Read, load::Error> {
        let (sink, sources) = (Arc::clone(&self.sink), Arc::clone(&self.sources));
        let events = self.events.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let again = |reading| {
                sink.forget();
                told::reading_again(&events, reading);
                events.emit(Event::TablesOpened(&sources));
            };
            let into = (
                &*sink as &dyn pipeline::Sink,
                &events as &dyn pipeline::Observer,
            );
            let results = pipeline::count_into(&sources, &mut settings, into, again);
            results.map(|results| (results, settings))
        });
        Ok(reading.await.context("the pipeline ended abnormally")??)
    }

    /// Adds the keys of rows that are kept because their records were rejected. Returns whether
    /// records were rejected that may refer to such rows.
    async fn add_kept_parents(
        &self,
        results: &[TableResult],
        settings: &mut pipeline::Settings,
    ) -> Result<bool, load::Error> {
        let has_orphans = |at: usize| results[at].rules.contains_key(&Rule::MissingParent);
        let of_rejected = self.sink.take_rejected();
        let mut found = false;
        for (at, conditions) in of_rejected.iter().enumerate() {
            let name = self.tables[at].name();
            let refers = |key: &ForeignKey| key.refers_to(name);
            let mut children = self.sources.iter().enumerate();
            let may_refer = children
                .any(|(at, child)| has_orphans(at) && child.table.foreign_keys.iter().any(refers));
            if conditions.is_empty() || !may_refer {
                continue;
            }
            let of = (&self.tables[at], &self.sources[at].table);
            let mut connection = self.database.open().await?;
            let keys = kept_parents::keys(&mut connection, of, conditions).await?;
            db::close(connection).await;
            if let Some(keys) = keys {
                settings.existing.insert(name.to_owned(), Arc::new(keys));
                found = true;
            }
        }
        Ok(found)
    }
}

/// Whether records of the files may refer to rows of a table. Ids that are generated depend on the
/// keys that are known, so the rows of such a table are no parents.
fn is_parent(source: &Source, sources: &[Source]) -> bool {
    let table: &Table = &source.table;
    let refers = |of: &Source| {
        let mut keys = of.table.foreign_keys.iter();
        keys.any(|key| key.refers_to(&table.name))
    };
    sources.iter().any(refers) && !table.columns.iter().any(|column| column.generates_ids)
}
