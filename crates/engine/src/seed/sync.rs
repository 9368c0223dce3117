//! `--sync`: makes the tables equal to the files. The files are read up to three times: to compare
//! checksums, to insert the rows of the ranges that differ into work tables, and, if the server did
//! not accept all of them, to reject their records with file and line.

mod apply;
mod locks;
mod outline;
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
use crate::event::Event;
use crate::load;
use crate::pipeline::{self, AfterReading, OverBudget, TableResult};
use model::wording::chain;
use mysql::db::{self, Database, MySqlConnection};
use mysql::sync::differences::{self, Differences, KeptRows};
use mysql::sync::digest::{self, BucketSet, Digest};
use mysql::sync::{LateReject, SyncTable, work_tables};
use outline::Outline;
use sinks::DigestSink;

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
        let sink = Arc::new(DigestSink::new(&tables));
        let (events, mut settings) = (run.events.clone(), self.settings.clone());
        settings.after_reading = AfterReading::Compared;
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
        let server = Server {
            database: &database,
            tables: &tables,
            connections: run.connections,
        };
        let stop = run.interrupt.first.clone();
        let looking = unless_stopped(&stop, server.first_look(&self.settings));
        let (read, of_server) = tokio::join!(reading, looking);
        let read = read.context("the pipeline ended abnormally")?;
        let (results, settings) = read?;
        let (same, of_server) =
            unless_stopped(&stop, server.second_look(of_server?, &results)).await?;
        let sink = Arc::into_inner(sink).context("the pipeline still runs")?;
        let (mut differing, mut orphans, mut outlines) = (Vec::new(), Vec::new(), Vec::new());
        for (at, file) in sink.into_files().into_iter().enumerate() {
            differing.push(match same.contains(&at) {
                true => BucketSet::default(),
                false => file.digest.differing(&of_server[at]),
            });
            orphans.push(file.orphans);
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

/// What the server returned while the files were read.
struct Looked {
    /// The checksums of some tables: (position of the table, sum).
    sums: Vec<(usize, Option<u32>)>,
    /// By table, the digest of its rows. Empty for the tables in `sums`.
    digests: Vec<Digest>,
}

/// The tables on the server.
struct Server<'s> {
    database: &'s Database,
    tables: &'s Arc<Vec<SyncTable>>,
    connections: usize,
}

impl Server<'_> {
    /// Queries the server while the files are read. For tables whose checksum the client computes
    /// too, it returns only the checksum, which takes a third of the time. For the others, it
    /// returns the digests.
    async fn first_look(&self, settings: &pipeline::Settings) -> Result<Looked, load::Error> {
        let has_sum = |at: &usize| {
            let name = self.tables[*at].name();
            settings.table_checksums.contains_key(name)
        };
        let (summed, others): (Vec<usize>, Vec<usize>) = (0..self.tables.len()).partition(has_sum);
        let sums = digest::sums(self.database, (self.tables, &summed), self.connections).await?;
        let mut digests: Vec<Digest> = self.tables.iter().map(|_| Digest::default()).collect();
        for (at, digest) in self.digests(&others).await? {
            digests[at] = digest;
        }
        Ok(Looked { sums, digests })
    }

    /// The tables whose checksums equal those of their files, and the digests of the other tables.
    async fn second_look(
        &self,
        looked: Looked,
        results: &[TableResult],
    ) -> Result<(Vec<usize>, Vec<Digest>), load::Error> {
        let mut digests = looked.digests;
        let is_same =
            |(at, sum): &(usize, Option<u32>)| sum.is_some() && *sum == results[*at].table_checksum;
        let (same, rest): (Vec<_>, Vec<_>) = looked.sums.into_iter().partition(is_same);
        let rest: Vec<usize> = rest.into_iter().map(|(at, _)| at).collect();
        for (at, digest) in self.digests(&rest).await? {
            digests[at] = digest;
        }
        Ok((same.into_iter().map(|(at, _)| at).collect(), digests))
    }

    /// The digests of the rows of these tables.
    async fn digests(&self, wanted: &[usize]) -> Result<Vec<(usize, Digest)>, load::Error> {
        Ok(digest::of_tables(self.database, (self.tables, wanted), self.connections).await?)
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
