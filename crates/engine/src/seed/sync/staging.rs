//! Brings the records of the buckets that differ to the server, which compares them with its rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::sinks::{self, StageSink, fill};
use super::{Compared, InWork, told};
use crate::error::Context;
use crate::event::Event;
use crate::load;
use crate::pipeline::{self, AfterReading, OverBudget, TableResult};
use crate::rejects::Budget;
use crate::seed::work::Work;
use model::flavour::Flavour;
use mysql::db::MySqlConnection;
use mysql::sync::apply::Applied;
use mysql::sync::decide::decide_all;
use mysql::sync::differences::{self, Differences, Known};
use mysql::sync::rejecting::reject_incomplete;
use mysql::sync::staging::Stage;
use mysql::sync::{LateReject, SyncTable, work_tables};

impl Work<'_, '_> {
    /// Inserts the rows of the buckets that differ into work tables, compares them there, and
    /// decides which of them are written. Ends when the run is asked to stop.
    pub(super) async fn stage(
        &mut self,
        connection: &mut MySqlConnection,
        compared: &mut Compared,
    ) -> Result<InWork, load::Error> {
        let watch = self.watch(connection).await?;
        let staged = self.compare_rows(connection, compared).await;
        drop(watch);
        match staged {
            Err(_) if self.run.interrupt_requested() => Err(pipeline::Error::Interrupted.into()),
            staged => staged,
        }
    }

    async fn compare_rows(
        &mut self,
        connection: &mut MySqlConnection,
        compared: &mut Compared,
    ) -> Result<InWork, load::Error> {
        let flavour = self.run.session.info.flavour;
        let (mut late, unreadable) = loop {
            let with_sets = compared.different().into_iter();
            let with_sets = with_sets.map(|(at, table)| (table, &compared.differing[at]));
            work_tables::create(connection, flavour, &with_sets.collect::<Vec<_>>()).await?;
            let unreadable = compared.results.iter().map(|_| AtomicU64::default());
            let unreadable: Arc<Vec<AtomicU64>> = Arc::new(unreadable.collect());
            let late = self
                .fill_work_tables(flavour, compared, &unreadable)
                .await?;
            if !self.add_equal_keys(connection, compared).await? {
                let unreadable = unreadable.iter().map(|n| n.load(Ordering::Relaxed));
                break (late, unreadable.collect::<Vec<u64>>());
            }
        };
        let session = &mut *connection;
        let all = self.judge(session, compared, (&unreadable, &mut late));
        Ok(InWork {
            differences: all.await?,
            late,
            unreadable,
        })
    }

    /// Compares and decides as [`judge`] does. If that takes some time, reports it.
    async fn judge(
        &self,
        connection: &mut MySqlConnection,
        compared: &Compared,
        (unreadable, late): (&[u64], &mut [Vec<LateReject>]),
    ) -> Result<Vec<Differences>, load::Error> {
        let events = self.run.events;
        let begun = Instant::now();
        let judging = judge(connection, compared, (unreadable, late));
        let mut judging = std::pin::pin!(events.waiting("sync", || JUDGING.to_owned(), judging));
        let judged = tokio::select! {
            judged = &mut judging => judged,
            () = tokio::time::sleep(SOME_TIME) => {
                events.info(&format!("sync: {JUDGING}"));
                let judged = judging.await;
                if judged.is_ok() {
                    let seconds = begun.elapsed().as_secs_f64();
                    events.info(&format!("sync: judged all rows in {seconds:.1} s"));
                }
                judged
            }
        };
        Ok(judged?)
    }

    /// Adds the buckets of rows that do not differ although another record has their key. Returns
    /// whether there are any; then the records of these buckets must be inserted into the work
    /// tables, too.
    async fn add_equal_keys(
        &mut self,
        connection: &mut MySqlConnection,
        compared: &mut Compared,
    ) -> Result<bool, load::Error> {
        let mut found = Vec::new();
        for (at, table) in compared.different() {
            let buckets = differences::buckets_of_equal_keys(connection, table).await?;
            found.extend(buckets.into_iter().map(|bucket| (at, bucket)));
        }
        let differing = Arc::make_mut(&mut compared.differing);
        for (at, bucket) in &found {
            if !differing[*at].has(*bucket) {
                differing[*at].add(*bucket);
            }
        }
        if !found.is_empty() {
            self.run.events.info(told::SPELLINGS);
        }
        Ok(!found.is_empty())
    }

    async fn fill_work_tables(
        &mut self,
        flavour: Flavour,
        compared: &Compared,
        unreadable: &Arc<Vec<AtomicU64>>,
    ) -> Result<Vec<Vec<LateReject>>, load::Error> {
        let events = self.run.events.clone();
        events.emit(Event::TablesOpened(&self.sources));
        let (mut sink, taken) = StageSink::new(
            &compared.tables,
            (&compared.differing, &compared.orphans),
            unreadable,
        );
        let mut tasks: JoinSet<(usize, mysql::Result<sinks::Filled>)> = JoinSet::new();
        for (at, taken) in taken.into_iter().enumerate() {
            if let Some(taken) = taken {
                let database = &self.run.session.database;
                let stage = Stage::open(database, flavour, &compared.tables[at]).await?;
                tasks.spawn(async move { (at, fill(stage, taken).await) });
            }
        }
        let mut settings = compared.settings.clone();
        // the first reading has already written the reject files
        settings.rejects = None;
        settings.carried = None;
        settings.budget = Budget::Percent(100.0);
        settings.table_checksums.clear();
        for (at, table) in compared.different() {
            if let Some(outline) = &compared.outlines[at] {
                let excerpt = Arc::new(outline.excerpt(&compared.differing[at]));
                self.run
                    .events
                    .detail(&told::excerpt(table.name(), &excerpt));
                sink.set_excerpt(at, Arc::clone(&excerpt));
                settings.excerpts.insert(table.name().to_owned(), excerpt);
            }
        }
        // the other files are not needed, because the first reading has found all orphans
        let wanted: Vec<usize> = compared.different().iter().map(|(at, _)| *at).collect();
        let sources = Arc::clone(&self.sources);
        let reading = tokio::task::spawn_blocking(move || {
            pipeline::run_some(&sources, &wanted, &settings, (&sink, &events))
        });
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
    pub(super) async fn reject_late(
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

/// What the server does before a row is written, for messages.
const JUDGING: &str = "judging which rows are written, and which may be deleted";

/// Time after which a message says what takes so long.
const SOME_TIME: Duration = Duration::from_secs(3);

/// Compares the rows in the work tables, and decides which of them are written.
async fn judge(
    connection: &mut MySqlConnection,
    compared: &Compared,
    (unreadable, late): (&[u64], &mut [Vec<LateReject>]),
) -> mysql::Result<Vec<Differences>> {
    let mut all = vec![Differences::default(); compared.results.len()];
    let different = compared.different();
    let tables: Vec<&SyncTable> = different.iter().map(|(_, table)| *table).collect();
    work_tables::analyze(connection, &tables).await?;
    for (at, table) in &different {
        let known = Known {
            rows: compared.of_server[*at].rows_in(&compared.differing[*at]),
            has_unreadable: unreadable[*at] > 0,
        };
        all[*at] = differences::find(connection, table, known).await?;
        late[*at].extend(reject_incomplete(connection, table).await?);
    }
    work_tables::analyze(connection, &tables).await?;
    let mut decided = vec![Applied::default(); tables.len()];
    decide_all(connection, &tables, &mut decided).await?;
    for ((at, table), decided) in different.iter().zip(decided) {
        late[*at].extend(decided.late);
        all[*at] = differences::recount(connection, table).await?;
    }
    Ok(all)
}
