//! `--sync`: makes the tables equal to the files. The files are read to compare checksums, to
//! insert the rows of the ranges that differ into work tables, and, if the server did not accept
//! all of them, to reject their records with file and line. The first reading is repeated if
//! records were rejected that may refer to rows of rejected records.

mod apply;
mod locks;
mod outline;
mod reading;
mod server;
mod sinks;
mod staging;
mod told;

pub(super) use told::SyncedSoFar;

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Context, unfit};

use super::load::target;
use super::work::Work;
use crate::cancel::Stop;
use crate::load;
use crate::pipeline::{self, OverBudget, TableResult};
use model::wording::chain;
use mysql::db::{self, MySqlConnection};
use mysql::sync::differences::{self, Differences, KeptRows};
use mysql::sync::digest::{BucketSet, Digest};
use mysql::sync::{LateReject, SyncTable, work_tables};
use outline::Outline;
use reading::FirstReading;
use server::Server;

/// The offset of a record, and the number of its element, if several rows come from one record.
type Place = (u64, Option<u32>);

/// The result of comparing the files with the tables.
struct Compared {
    tables: Arc<Vec<SyncTable>>,
    results: Vec<TableResult>,
    /// The pipeline's settings, by which later readings reject the same records.
    settings: pipeline::Settings,
    /// By table, the buckets that differ.
    differing: Arc<Vec<BucketSet>>,
    /// By table, the orphans of its file.
    orphans: Arc<Vec<HashSet<Place>>>,
    /// By table, where the keys are in its file. `None` if a record was rejected.
    outlines: Vec<Option<Outline>>,
    /// By table, the digest of its file.
    of_files: Vec<Digest>,
    /// By table, the digest of its rows on the server. Empty if the checksum of the whole table
    /// agrees.
    of_server: Vec<Digest>,
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
    /// By table, the number of differing rows.
    differences: Vec<Differences>,
    /// By table, records that the server did not accept.
    late: Vec<Vec<LateReject>>,
    /// By table, the number of rejected records whose key cannot be read.
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
        self.run.session.synced.begin();
        let mut synced = self.compare_and_change().await?;
        self.run.session.synced.add_earlier(&mut synced.results);
        Ok(synced)
    }

    async fn compare_and_change(&mut self) -> Result<Synced, load::Error> {
        let compared = self.compare_checksums().await?;
        if compared.different().is_empty() {
            self.drop_leftovers().await;
            let run = self.enter_ledger(None, &[]).await?;
            self.note_digests(&compared, |_| true).await?;
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
        if let Err(error) = dropped {
            self.run.events.info(&format!(
                "sync: the rows are committed, but {}",
                chain(&error)
            ));
        }
        Ok(done)
    }

    /// Drops the work tables that an earlier run could not drop.
    async fn drop_leftovers(&mut self) {
        let dropped = work_tables::drop_all(&mut self.run.session.connection).await;
        if let Err(error) = dropped {
            self.run.events.info(&format!("sync: {}", chain(&error)));
        }
    }

    /// Compares the files with the tables, and reports what would be changed.
    pub(super) async fn compare_only(&mut self) -> Result<Vec<TableResult>, load::Error> {
        let mut compared = self.compare_checksums().await?;
        if compared.different().is_empty() {
            self.drop_leftovers().await;
            return Ok(unchanged(compared));
        }
        let mut connection = self.work_session().await?;
        let done: Result<InWork, load::Error> = async {
            let staged = self.stage(&mut connection, &mut compared).await?;
            self.tell_differences(&mut connection, &compared).await?;
            Ok(staged)
        }
        .await;
        let dropped = work_tables::drop_all(&mut connection).await;
        db::close(connection).await;
        let mut staged = done?;
        if let Err(error) = dropped {
            self.run.events.info(&format!("sync: {}", chain(&error)));
        }
        self.tell_late(&compared, &staged);
        if staged.late.iter().any(|late| !late.is_empty()) {
            let late = std::mem::take(&mut staged.late);
            compared.results = self.reject_late(&compared, late).await?;
        }
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
        let mut settings = self.settings.clone();
        if run.options.dry_run {
            settings.over_budget = OverBudget::ReadOn;
        }
        let first = FirstReading::new(run, &tables, &sources);
        let database = run.session.database.clone();
        let server = Server {
            database: &database,
            tables: &tables,
            sizes: sources.iter().map(|source| source.bytes).collect(),
            connections: run.connections,
            events: run.events,
        };
        let stop = run.interrupt.first.clone();
        let looking = unless_stopped(&stop, server.first_look(&self.settings));
        let (read, of_server) = tokio::join!(first.read(settings), looking);
        let (results, settings) = read?;
        let (same, of_server) =
            unless_stopped(&stop, server.second_look(of_server?, &results)).await?;
        let sink = Arc::into_inner(first.sink).context("the pipeline still runs")?;
        let (mut differing, mut orphans, mut outlines) = (Vec::new(), Vec::new(), Vec::new());
        let mut of_files = Vec::new();
        for (at, file) in sink.into_files().into_iter().enumerate() {
            differing.push(match same.contains(&at) {
                true => BucketSet::default(),
                false => file.digest.differing(&of_server[at]),
            });
            orphans.push(file.orphans);
            of_files.push(file.digest);
            // if records were rejected, all records are read again, because an earlier record may
            // be the cause of a rejection
            outlines.push((results[at].rejected() == 0).then_some(file.outline));
        }
        run.warn_of_empty_files(&results, &of_server);
        run.tell_compared(&tables, &differing);
        Ok(Compared {
            tables,
            results,
            settings,
            differing: Arc::new(differing),
            orphans: Arc::new(orphans),
            outlines,
            of_files,
            of_server,
        })
    }
}

/// Does the work, unless the run is asked to stop in the meantime.
async fn unless_stopped<T>(
    stop: &Stop,
    work: impl Future<Output = Result<T, load::Error>>,
) -> Result<T, load::Error> {
    tokio::select! {
        done = work => done,
        () = stop.stopped() => Err(pipeline::Error::Interrupted.into()),
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
