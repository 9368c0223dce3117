//! `--sync`: makes the tables equal to the files. The files are read up to three times: to compare
//! checksums, to insert the rows of the ranges that differ into work tables, and, if the server did
//! not accept all of them, to reject their records with file and line.

mod apply;
mod sinks;
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use crate::error::{Context, unfit};

use super::load::target;
use super::work::Work;
use crate::event::Event;
use crate::load;
use crate::pipeline::{self, AfterReading, OverBudget, TableResult};
use crate::rejects::Budget;
use model::flavour::Flavour;
use mysql::db::{self, MySqlConnection};
use mysql::sync::differences::{self, Differences, KeptRows, Known};
use mysql::sync::digest::{self, BucketSet};
use mysql::sync::staging::Stage;
use mysql::sync::{LateReject, SyncTable, work_tables};
use sinks::{DigestSink, StageSink, fill};

/// The result of comparing the files with the tables.
struct Compared {
    tables: Arc<Vec<SyncTable>>,
    results: Vec<TableResult>,
    /// The pipeline's settings, by which later readings reject the same records.
    settings: pipeline::Settings,
    /// By table, the buckets that differ.
    differing: Arc<Vec<BucketSet>>,
    /// By table, the rows that it holds.
    rows: Vec<u64>,
    /// By table, how many of them are in buckets that differ.
    rows_that_differ: Vec<u64>,
}

impl Compared {
    /// The tables that differ, with their numbers.
    fn different(&self) -> Vec<(usize, &SyncTable)> {
        let tables = self.tables.iter().enumerate();
        let differs = |(at, _): &(usize, &SyncTable)| !self.differing[*at].is_empty();
        tables.filter(differs).collect()
    }
}

/// The rows in the work tables.
struct InWork {
    /// By table.
    differences: Vec<Differences>,
    /// By table, records that the server did not accept.
    late: Vec<Vec<LateReject>>,
    /// By table, rejected records whose key cannot be read.
    unreadable: Vec<u64>,
}

/// Tables that are equal to their files.
pub(super) struct Synced {
    /// Number of the run in the ledger.
    pub(super) run: u64,
    pub(super) results: Vec<TableResult>,
    /// By table, the rows that were kept.
    pub(super) kept: Vec<KeptRows>,
}

impl Work<'_, '_> {
    /// Makes the tables equal to the files.
    pub(super) async fn make_equal(&mut self) -> Result<Synced, load::Error> {
        let compared = self.compare_checksums().await?;
        if compared.different().is_empty() {
            let run = self.enter_ledger(None, &[]).await?;
            let results = unchanged(compared);
            return Ok(Synced {
                run,
                kept: vec![KeptRows::default(); results.len()],
                results,
            });
        }
        let mut connection = self.work_session().await?;
        let done = self.change(&mut connection, compared).await;
        let dropped = work_tables::drop_all(&mut connection).await;
        db::close(connection).await;
        let done = done?;
        dropped?;
        Ok(done)
    }

    /// Compares the files with the tables, and reports what would be changed.
    pub(super) async fn compare_only(&mut self) -> Result<Vec<TableResult>, load::Error> {
        let mut compared = self.compare_checksums().await?;
        if compared.different().is_empty() {
            return Ok(unchanged(compared));
        }
        let mut connection = self.work_session().await?;
        let done: Result<InWork, load::Error> = async {
            let staged = self.stage(&mut connection, &compared).await?;
            self.tell_differences(&mut connection, &compared).await?;
            Ok(staged)
        }
        .await;
        let dropped = work_tables::drop_all(&mut connection).await;
        db::close(connection).await;
        let staged = done?;
        dropped?;
        self.tell_late(&compared, &staged);
        for (result, found) in compared.results.iter_mut().zip(&staged.differences) {
            told::note(result, found);
        }
        match self.too_many_deletes(&compared, &staged) {
            Some(words) => Err(unfit!("{words}").into()),
            None => Ok(compared.results),
        }
    }

    async fn work_session(&self) -> Result<MySqlConnection, load::Error> {
        let mut connection = self.run.session.database.open_to_merge().await?;
        differences::read_committed(&mut connection).await?;
        Ok(connection)
    }

    /// Reads the files and the tables at the same time, and compares their checksums.
    async fn compare_checksums(&mut self) -> Result<Compared, load::Error> {
        let sources = Arc::clone(&self.sources);
        let run = &mut *self.run;
        run.tell_tables_left_alone(&sources);
        let live = run.all_tables(&sources).await?;
        let mut tables = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            tables.push(SyncTable::new(target(source), number, &live)?);
        }
        let tables = Arc::new(tables);
        let sink = Arc::new(DigestSink::new(&tables));
        let (events, mut settings) = (run.events.clone(), self.settings.clone());
        settings.after_reading = AfterReading::Nothing;
        if run.options.dry_run {
            settings.over_budget = OverBudget::ReadOn;
        }
        let reading = {
            let (sink, sources) = (Arc::clone(&sink), Arc::clone(&sources));
            tokio::task::spawn_blocking(move || {
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
            })
        };
        let database = run.session.database.clone();
        let of_server = digest::of_tables(&database, &tables, run.connections);
        let (read, of_server) = tokio::join!(reading, of_server);
        let read = read.context("the pipeline ended abnormally")?;
        let (results, settings) = read?;
        let of_server = of_server?;
        let sink = Arc::into_inner(sink).context("the pipeline still runs")?;
        let pairs = sink.into_digests().into_iter().zip(&of_server);
        let differing: Vec<BucketSet> =
            pairs.map(|(file, server)| file.differing(server)).collect();
        run.tell_compared(&tables, &differing);
        Ok(Compared {
            tables,
            results,
            settings,
            rows_that_differ: of_server
                .iter()
                .zip(&differing)
                .map(|(digest, set)| digest.rows_in(set))
                .collect(),
            differing: Arc::new(differing),
            rows: of_server.iter().map(digest::Digest::rows).collect(),
        })
    }

    /// Inserts the rows of the buckets that differ into work tables, and compares them there.
    async fn stage(
        &mut self,
        connection: &mut MySqlConnection,
        compared: &Compared,
    ) -> Result<InWork, load::Error> {
        let flavour = self.run.session.info.flavour;
        let different = compared.different();
        let with_sets = different
            .iter()
            .map(|(at, table)| (*table, &compared.differing[*at]));
        work_tables::create(connection, flavour, &with_sets.collect::<Vec<_>>()).await?;
        let unreadable: Vec<AtomicU64> = compared
            .results
            .iter()
            .map(|_| AtomicU64::default())
            .collect();
        let unreadable = Arc::new(unreadable);
        let mut late = self
            .fill_work_tables(flavour, compared, &unreadable)
            .await?;
        let mut all = vec![Differences::default(); compared.results.len()];
        let unreadable: Vec<u64> = unreadable
            .iter()
            .map(|n| n.load(Ordering::Relaxed))
            .collect();
        for (at, table) in &different {
            late[*at].extend(differences::reject_repeated(connection, table).await?);
            let known = Known {
                rows: compared.rows_that_differ[*at],
                has_unreadable: unreadable[*at] > 0,
            };
            all[*at] = differences::find(connection, table, known).await?;
        }
        Ok(InWork {
            differences: all,
            late,
            unreadable,
        })
    }

    async fn fill_work_tables(
        &mut self,
        flavour: Flavour,
        compared: &Compared,
        unreadable: &Arc<Vec<AtomicU64>>,
    ) -> Result<Vec<Vec<LateReject>>, load::Error> {
        let events = self.run.events.clone();
        events.emit(Event::TablesOpened(&self.sources));
        let (sink, taken) = StageSink::new(&compared.tables, &compared.differing, unreadable);
        let mut tasks: JoinSet<(usize, mysql::Result<sinks::Filled>)> = JoinSet::new();
        for (at, taken) in taken.into_iter().enumerate() {
            if let Some(taken) = taken {
                let database = &self.run.session.database;
                let stage = Stage::open(database, flavour, &compared.tables[at]).await?;
                tasks.spawn(async move { (at, fill(stage, taken).await) });
            }
        }
        let mut settings = compared.settings.clone();
        // they were written by the first reading
        settings.rejects = None;
        settings.carried = None;
        settings.budget = Budget::Percent(100.0);
        let sources = Arc::clone(&self.sources);
        let reading =
            tokio::task::spawn_blocking(move || pipeline::run(&sources, &settings, &sink, &events));
        let mut late = vec![Vec::new(); compared.results.len()];
        let mut failed = Ok(());
        while let Some(ended) = tasks.join_next().await {
            let (at, filled) = ended.context("a comparing task ended abnormally")?;
            match filled {
                Ok(filled) => {
                    unreadable[at].fetch_add(filled.unreadable, Ordering::Relaxed);
                    late[at] = filled.late;
                }
                Err(error) if failed.is_ok() => failed = Err(load::Error::Server(error)),
                Err(_) => {}
            }
        }
        let read = reading.await.context("the pipeline ended abnormally")?;
        load::result(read, failed)?;
        Ok(late)
    }

    /// Reads the files again to reject the records that the server did not accept.
    async fn reject_late(
        &mut self,
        compared: &Compared,
        late: Vec<Vec<LateReject>>,
    ) -> Result<Vec<TableResult>, load::Error> {
        let count: usize = late.iter().map(Vec::len).sum();
        let events = self.run.events.clone();
        events.info(&told::rejecting(count));
        events.emit(Event::TablesOpened(&self.sources));
        let mut settings = compared.settings.clone();
        settings.after_reading = AfterReading::Synced;
        settings.over_budget = OverBudget::ReadOn;
        let sources = Arc::clone(&self.sources);
        let sink = sinks::RejectSink::new(late);
        let read =
            tokio::task::spawn_blocking(move || pipeline::run(&sources, &settings, &sink, &events));
        let results = read.await.context("the pipeline ended abnormally")?;
        Ok(results?)
    }
}

/// The results if nothing differs.
fn unchanged(compared: Compared) -> Vec<TableResult> {
    let mut results = compared.results;
    for result in &mut results {
        told::note(result, &Differences::default());
    }
    results
}
