//! One worker: loads each batch in a transaction. It tries LOAD DATA first, and uses INSERT if the
//! server reports an error or a warning for a row.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Executor};

use super::committed::{Committed, note_rejected};
use super::{Error, Plan};
use crate::pipeline::Job;
use model::rejection::ServerRejection;
use mysql::db::{self, BulkConnection, MySqlConnection};
use mysql::error::{Context, Result};
use mysql::insert::{Inserted, Limits, OnComplaint, insert};
use mysql::orphans::remove;
use mysql::resume::LoadedBatch;
use mysql::target::{KEEP_NOTES, SqlLoad};
use mysql::{cluster, ledger, local_infile, retry};

/// A worker with up to two connections, one for each client library. Each is opened when it is
/// first needed.
pub(super) struct Worker {
    plan: Arc<Plan>,
    bulk: Option<BulkConnection>,
    plain: Option<Plain>,
    statements: Vec<String>,
}

/// The connection for all statements except LOAD DATA.
pub(super) struct Plain {
    pub(super) connection: MySqlConnection,
    pub(super) limits: Limits,
}

/// The outcome of LOAD DATA LOCAL.
enum Bulk {
    /// Every row is stored.
    Stored,
    /// The server reports an error or a warning for a row; nothing is stored.
    Complaint,
    /// The server does not accept the statement, but INSERT may be used instead.
    Unsupported,
    /// The server does not accept the statement, and no other statement may be used.
    Closed(mysql::Error),
}

/// The outcome of an attempt to load a batch, unless it failed with an error.
enum Attempt {
    /// The batch is committed.
    Committed(Committed),
    /// The server does not accept LOAD DATA LOCAL, and no other statement may be used.
    Closed(mysql::Error),
}

impl Worker {
    pub(super) async fn connect(plan: Arc<Plan>) -> Result<Worker> {
        let statements = plan.targets.iter().map(local_infile::statement).collect();
        let mut worker = Worker {
            plan,
            bulk: None,
            plain: None,
            statements,
        };
        match worker.plan.way {
            SqlLoad::LocalInfile => {
                worker.bulk().await?;
            }
            SqlLoad::Insert => {
                worker.plain().await?;
            }
        }
        Ok(worker)
    }

    /// Number of the run in the ledger.
    pub(super) fn run(&self) -> u64 {
        self.plan.run
    }

    async fn bulk(&mut self) -> Result<&mut BulkConnection> {
        if self.bulk.is_none() {
            self.bulk = Some(self.plan.database.open_bulk().await?);
        }
        self.bulk
            .as_mut()
            .context("a connection was lost before it was used")
    }

    pub(super) async fn plain(&mut self) -> Result<&mut Plain> {
        if self.plain.is_none() {
            let database = &self.plan.database;
            let mut connection = match self.plan.merging {
                None => database.open_to_load().await?,
                Some(_) => database.open_to_merge().await?,
            };
            let limits = Limits::read(&mut connection).await?;
            self.plain = Some(Plain { connection, limits });
        }
        self.plain
            .as_mut()
            .context("a connection was lost before it was used")
    }

    /// Closes the connections. Errors do not matter, because every batch is committed.
    pub(super) async fn close(self) {
        if let Some(bulk) = self.bulk {
            bulk.close().await;
        }
        if let Some(plain) = self.plain {
            db::close(plain.connection).await;
        }
    }

    /// Loads one batch and answers its job.
    pub(super) async fn load(&mut self, mut job: Job) -> Result<(), Error> {
        let key = (self.plan.targets[job.table].table.clone(), job.batch.number);
        if let Some(loaded) = self.plan.loaded.get(&key) {
            let merged = loaded.merged;
            let rejected = loaded.recognise(&key.0, &job.batch)?;
            let rejected = self.without_orphans(&job, rejected).await?;
            Committed { rejected, merged }.answer(job);
            return Ok(());
        }
        let (mut attempt, attempts) = (1, retry::attempts(self.plan.database.url()));
        let committed = loop {
            if job.batch.is_empty() {
                break Committed::default();
            }
            if let Some(throttle) = &self.plan.throttle {
                throttle.before(&job.batch).await;
            }
            match self.attempt(&mut job, attempt).await {
                Ok(Attempt::Committed(committed)) => break committed,
                Ok(Attempt::Closed(error)) => return Err(Error::LocalInfileClosed(error)),
                Err(error) if attempt < attempts && self.is_transient(&error) => {
                    self.after_failure(&error, &job, attempt).await;
                    attempt += 1;
                }
                Err(error) => {
                    let table = &self.plan.targets[job.table].table;
                    let next = retry::what_next(Some(&error));
                    let error = mysql::Error::GivenUp(Box::new(error));
                    return Err(Error::Server(error.context(format!(
                        "cannot load bytes {} to {} of the file of {table} (attempt {attempt}); {next}",
                        job.batch.start, job.batch.end
                    ))));
                }
            }
        };
        committed.answer(job);
        Ok(())
    }

    fn is_transient(&self, error: &mysql::Error) -> bool {
        retry::is_transient(error, self.plan.database.url(), self.plan.place)
    }

    /// Removes the rows of a loaded batch that have no parent. Returns them together with the rows
    /// that were rejected before.
    async fn without_orphans(
        &mut self,
        job: &Job,
        mut rejected: Vec<ServerRejection>,
    ) -> Result<Vec<ServerRejection>> {
        let plan = Arc::clone(&self.plan);
        let Some(orphans) = plan.orphans.of(job.table) else {
            return Ok(rejected);
        };
        let table = &plan.targets[job.table].table;
        let (mut attempt, attempts) = (1, retry::attempts(plan.database.url()));
        loop {
            let mut stored = job.batch.clone();
            rejected.iter().for_each(|row| stored.reject(row.row));
            let found = remove::found(orphans, &stored);
            if found.is_empty() {
                return Ok(rejected);
            }
            let Plain { connection, .. } = self.plain().await?;
            let work = (&stored, &found[..]);
            let removed = remove::remove(connection, plan.run, table, &orphans.identity, work);
            match removed.await {
                Ok(()) => {
                    rejected.extend(found);
                    rejected.sort_by_key(|row| row.row);
                    return Ok(rejected);
                }
                Err(error) if attempt < attempts && self.is_transient(&error) => {
                    self.after_failure(&error, job, attempt).await;
                    attempt += 1;
                    // if the answer to the commit was lost, the batch may be committed
                    let committed = self.committed(job).await?;
                    rejected = committed.map_or(rejected, |committed| committed.rejected);
                }
                Err(error) => {
                    let next = retry::what_next(Some(&error));
                    let error = mysql::Error::GivenUp(Box::new(error));
                    return Err(error.context(format!(
                        "cannot remove the rows of {table} that have no parent; {next}"
                    )));
                }
            }
        }
    }

    /// Makes one attempt. After a failed attempt, first checks whether the batch is committed,
    /// because the answer to the commit may have been lost.
    async fn attempt(&mut self, job: &mut Job, attempt: u32) -> Result<Attempt> {
        if attempt > 1
            && let Some(committed) = self.committed(job).await?
        {
            return Ok(Attempt::Committed(committed));
        }
        match self.plan.merging.clone() {
            None => self.try_load(job).await,
            Some(merging) => Ok(Attempt::Committed(self.merge(job, &merging).await?)),
        }
    }

    /// What the ledger says about a batch; `None` if the batch is not committed.
    async fn committed(&mut self, job: &Job) -> Result<Option<Committed>> {
        let plan = Arc::clone(&self.plan);
        let table = &plan.targets[job.table].table;
        let Plain { connection, .. } = self.plain().await?;
        // after a failover, the new host may first have to apply the last commits
        cluster::catch_up(connection).await;
        let loaded = ledger::batch_of(connection, plan.run, table, job.batch.number).await?;
        let committed = |loaded: LoadedBatch| {
            Ok(Committed {
                rejected: loaded.recognise(table, &job.batch)?,
                merged: loaded.merged,
            })
        };
        loaded.map(committed).transpose()
    }

    async fn after_failure(&mut self, error: &mysql::Error, job: &Job, attempt: u32) {
        let wait = retry::delay(attempt);
        let table = &self.plan.targets[job.table].table;
        // sending fails if nobody listens, which does not affect the retry
        let _ = self.plan.notices.send(format!(
            "{table}, batch {}: {}{}; trying again in {} ms ({attempt} of {})",
            job.batch.number,
            retry::meaning(error, self.plan.place),
            model::wording::chain(error),
            wait.as_millis(),
            retry::attempts(self.plan.database.url())
        ));
        // the transaction may be open on either connection; dropping a connection rolls it back
        if retry::breaks_connection(error) {
            self.plain = None;
        } else if let Some(plain) = &mut self.plain
            && plain.connection.execute("ROLLBACK").await.is_err()
        {
            self.plain = None;
        }
        self.bulk = None;
        tokio::time::sleep(wait).await;
    }

    async fn try_load(&mut self, job: &mut Job) -> Result<Attempt> {
        let bulk = match self.plan.way {
            SqlLoad::LocalInfile if !self.plan.detour.is_taken() => self.load_data(job).await?,
            _ => Bulk::Unsupported,
        };
        match bulk {
            Bulk::Stored => return Ok(Attempt::Committed(Committed::default())),
            Bulk::Closed(error) => return Ok(Attempt::Closed(error)),
            Bulk::Complaint => {}
            Bulk::Unsupported => {
                if let Some(rejected) = self.insert(job, OnComplaint::GiveUp).await? {
                    return Ok(Attempt::Committed(Committed::without(rejected)));
                }
            }
        }
        match self.insert(job, OnComplaint::Bisect).await? {
            Some(rejected) => Ok(Attempt::Committed(Committed::without(rejected))),
            None => Err(mysql::Error::Unfit(
                "bisection ended without a result".to_owned(),
            )),
        }
    }

    /// Loads a batch by LOAD DATA LOCAL.
    async fn load_data(&mut self, job: &Job) -> Result<Bulk> {
        let plan = Arc::clone(&self.plan);
        let target = &plan.targets[job.table];
        let statement = self.statements[job.table].clone();
        let rows = local_infile::encode(target, &job.batch);
        let connection = self.bulk().await?;
        if !target.computed.is_empty() {
            // without this setting, the server shows fewer notes, and more batches need INSERT
            connection.execute(KEEP_NOTES).await.ok();
        }
        connection.execute("BEGIN").await?;
        connection
            .execute(&ledger::batch_statement(
                plan.run,
                &target.table,
                &job.batch,
            ))
            .await?;
        let counts = local_infile::send(connection, &statement, rows).await;
        let counts = match counts {
            Ok(counts) => counts,
            Err(error) => {
                if local_infile::is_unsupported(&error) {
                    // this session locks its row in the ledger, so another attempt would wait for
                    // the lock
                    connection.execute("ROLLBACK").await?;
                    self.bulk = None;
                    return Ok(match plan.detour.take(error) {
                        Ok(words) => {
                            // sending fails if nobody listens, which does not affect the load
                            let _ = words.map(|words| plan.notices.send(words));
                            Bulk::Unsupported
                        }
                        Err(error) => Bulk::Closed(error),
                    });
                }
                // the server may have stored part of the stream, so this connection must never
                // commit
                self.bulk = None;
                if self.is_transient(&error) || error.code().is_none() {
                    return Err(error);
                }
                return Ok(Bulk::Complaint);
            }
        };
        let counts = local_infile::without_notes(connection, target, counts).await?;
        if counts.are_perfect(job.batch.len() as u64) {
            connection.execute("COMMIT").await?;
            return Ok(Bulk::Stored);
        }
        connection.execute("ROLLBACK").await?;
        Ok(Bulk::Complaint)
    }

    /// Loads a batch by INSERT. Returns `None` if the server reports an error or a warning for a
    /// row and `on_complaint` says that the attempt ends there.
    async fn insert(
        &mut self,
        job: &mut Job,
        on_complaint: OnComplaint,
    ) -> Result<Option<Vec<ServerRejection>>> {
        let plan = Arc::clone(&self.plan);
        let target = &plan.targets[job.table];
        let Plain { connection, limits } = self.plain().await?;
        connection.execute("BEGIN").await?;
        let first = ledger::batch_statement(plan.run, &target.table, &job.batch);
        connection.execute(AssertSqlSafe(first)).await?;
        let inserted = insert(connection, target, &job.batch, *limits, on_complaint).await;
        let rejected = match inserted {
            Ok(Inserted::Stored(rejected)) => rejected,
            Ok(Inserted::Complaint) => {
                connection.execute("ROLLBACK").await?;
                return Ok(None);
            }
            Err(error) => {
                // if the rollback fails, closing the connection rolls back too
                if connection.execute("ROLLBACK").await.is_err() {
                    self.plain = None;
                }
                return Err(error);
            }
        };
        note_rejected(connection, (plan.run, &target.table), &job.batch, &rejected).await?;
        connection.execute("COMMIT").await?;
        Ok(Some(rejected))
    }
}
