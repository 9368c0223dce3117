//! One worker: takes batches and loads each in a transaction, the fast way first, the careful way
//! when the server complains.

use std::sync::Arc;

use mysql_async::prelude::Queryable;
use sqlx::{AssertSqlSafe, Executor, MySqlConnection};

use super::Plan;
use crate::pipeline::Job;
use model::rejection::Refusal;
use mysql::db;
use mysql::error::{Context, Error, Result};
use mysql::insert::{OnComplaint, Inserted, Limits, insert};
use mysql::orphans::remove;
use mysql::target::SqlLoad;
use mysql::{cluster, ledger, local_infile, retry};

/// A connection of either client, opened when it is first needed.
pub(super) struct Worker {
    plan: Arc<Plan>,
    bulk: Option<mysql_async::Conn>,
    plain: Option<Plain>,
    statements: Vec<String>,
}

/// The connection for everything but LOAD DATA.
struct Plain {
    connection: MySqlConnection,
    limits: Limits,
}

/// What became of the fast way.
enum Fast {
    /// Everything is stored.
    Stored,
    /// The server complains of a row.
    Complaint,
    /// This way is closed.
    Unsupported,
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

    async fn bulk(&mut self) -> Result<&mut mysql_async::Conn> {
        if self.bulk.is_none() {
            self.bulk = Some(self.plan.database.open_bulk().await?);
        }
        self.bulk
            .as_mut()
            .context("a connection was lost before it was used")
    }

    async fn plain(&mut self) -> Result<&mut Plain> {
        if self.plain.is_none() {
            let mut connection = self.plan.database.open_to_load().await?;
            let limits = Limits::read(&mut connection).await?;
            self.plain = Some(Plain { connection, limits });
        }
        self.plain
            .as_mut()
            .context("a connection was lost before it was used")
    }

    /// Says goodbye; nothing hangs on it, for every batch is committed.
    pub(super) async fn close(self) {
        if let Some(bulk) = self.bulk {
            let _ = bulk.disconnect().await;
        }
        if let Some(plain) = self.plain {
            db::close(plain.connection).await;
        }
    }

    /// Loads one batch and reports what became of it.
    pub(super) async fn load(&mut self, mut job: Job) -> Result<()> {
        let key = (self.plan.targets[job.table].table.clone(), job.batch.number);
        if let Some(loaded) = self.plan.loaded.get(&key) {
            let refusals = loaded.recognise(&key.0, &job.batch)?;
            let refusals = self.without_orphans(&job, refusals).await?;
            job.done(refusals);
            return Ok(());
        }
        let (mut attempt, attempts) = (1, retry::attempts(self.plan.database.url()));
        let refusals = loop {
            if job.batch.is_empty() {
                break Vec::new();
            }
            match self.attempt(&mut job, attempt).await {
                Ok(refusals) => break refusals,
                Err(error) if attempt < attempts && self.is_transient(&error) => {
                    self.after_failure(&error, &job, attempt).await;
                    attempt += 1;
                }
                Err(error @ Error::LocalInfileUnsupported(_)) => return Err(error),
                Err(error) => {
                    let table = &self.plan.targets[job.table].table;
                    let next = retry::what_next(&error);
                    return Err(error.context(format!(
                        "cannot load bytes {} to {} of the file of {table} (attempt {attempt}); {next}",
                        job.batch.start, job.batch.end
                    )));
                }
            }
        };
        job.done(refusals);
        Ok(())
    }

    fn is_transient(&self, error: &Error) -> bool {
        retry::is_transient(error, self.plan.database.url(), self.plan.place)
    }

    /// Removes the rows of a loaded batch that have no parent, and adds them to what was refused of
    /// it before.
    async fn without_orphans(
        &mut self,
        job: &Job,
        mut refusals: Vec<Refusal>,
    ) -> Result<Vec<Refusal>> {
        let plan = Arc::clone(&self.plan);
        let Some(orphans) = plan.orphans.of(job.table) else {
            return Ok(refusals);
        };
        let table = &plan.targets[job.table].table;
        let (mut attempt, attempts) = (1, retry::attempts(plan.database.url()));
        loop {
            let mut stored = job.batch.clone();
            refusals
                .iter()
                .for_each(|refusal| stored.refuse(refusal.row));
            let found = remove::found(orphans, &stored);
            if found.is_empty() {
                return Ok(refusals);
            }
            let Plain { connection, .. } = self.plain().await?;
            let work = (&stored, &found[..]);
            let removed = remove::remove(connection, plan.run, table, &orphans.identity, work);
            match removed.await {
                Ok(()) => {
                    refusals.extend(found);
                    refusals.sort_by_key(|refusal| refusal.row);
                    return Ok(refusals);
                }
                Err(error) if attempt < attempts && self.is_transient(&error) => {
                    self.after_failure(&error, job, attempt).await;
                    attempt += 1;
                    // the commit may have come through although its answer was lost
                    refusals = self.committed(job).await?.unwrap_or(refusals);
                }
                Err(error) => {
                    let next = retry::what_next(&error);
                    return Err(error.context(format!(
                        "cannot remove the rows of {table} that have no parent; {next}"
                    )));
                }
            }
        }
    }

    /// One attempt; behind a failed one, the commit may have come through although its answer was
    /// lost.
    async fn attempt(&mut self, job: &mut Job, attempt: u32) -> Result<Vec<Refusal>> {
        if attempt > 1
            && let Some(refusals) = self.committed(job).await?
        {
            return Ok(refusals);
        }
        self.try_load(job).await
    }

    /// What was refused of a batch that is in; `None` when it is not.
    async fn committed(&mut self, job: &Job) -> Result<Option<Vec<Refusal>>> {
        let plan = Arc::clone(&self.plan);
        let table = &plan.targets[job.table].table;
        let Plain { connection, .. } = self.plain().await?;
        // a member that others failed over to may still be at what they committed
        cluster::catch_up(connection).await;
        let loaded = ledger::batch_of(connection, plan.run, table, job.batch.number).await?;
        loaded
            .map(|loaded| loaded.recognise(table, &job.batch))
            .transpose()
    }

    async fn after_failure(&mut self, error: &Error, job: &Job, attempt: u32) {
        let wait = retry::delay(attempt);
        let table = &self.plan.targets[job.table].table;
        // nobody may be listening; the retry itself is what matters
        let _ = self.plan.notices.send(format!(
            "{table}, batch {}: {}{}; trying again in {} ms ({attempt} of {})",
            job.batch.number,
            retry::meaning(error, self.plan.place),
            model::wording::chain(error),
            wait.as_millis(),
            retry::attempts(self.plan.database.url())
        ));
        // the transaction may be open on either connection; dropping both makes the server roll it
        // back
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

    async fn try_load(&mut self, job: &mut Job) -> Result<Vec<Refusal>> {
        let fast = match self.plan.way {
            SqlLoad::LocalInfile if !self.plan.detour.is_taken() => self.load_fast(job).await?,
            _ => Fast::Unsupported,
        };
        match fast {
            Fast::Stored => return Ok(Vec::new()),
            Fast::Complaint => {}
            Fast::Unsupported => {
                if let Some(refusals) = self.load_carefully(job, OnComplaint::GiveUp).await? {
                    return Ok(refusals);
                }
            }
        }
        match self.load_carefully(job, OnComplaint::Bisect).await? {
            Some(refusals) => Ok(refusals),
            None => Err(Error::Unfit("bisection ended without a result".to_owned())),
        }
    }

    async fn load_fast(&mut self, job: &Job) -> Result<Fast> {
        let plan = Arc::clone(&self.plan);
        let target = &plan.targets[job.table];
        let statement = self.statements[job.table].clone();
        let rows = local_infile::encode(target, &job.batch);
        let connection = self.bulk().await?;
        connection.query_drop("BEGIN").await?;
        connection
            .query_drop(ledger::batch_statement(plan.run, &target.table, &job.batch))
            .await?;
        let counts = local_infile::send(connection, &statement, rows).await;
        let counts = match counts {
            Ok(counts) => counts,
            Err(error) => {
                if local_infile::is_unsupported(&error) {
                    // nothing was stored but the ledger's row, on which the same batch would wait
                    connection.query_drop("ROLLBACK").await?;
                    self.bulk = None;
                    if let Some(words) = plan.detour.take(error)? {
                        // nobody may be listening
                        let _ = plan.notices.send(words);
                    }
                    return Ok(Fast::Unsupported);
                }
                // half a stream may have been stored: this connection must never commit
                self.bulk = None;
                if self.is_transient(&error) || error.code().is_none() {
                    return Err(error);
                }
                return Ok(Fast::Complaint);
            }
        };
        if counts.are_perfect(job.batch.len() as u64) {
            connection.query_drop("COMMIT").await?;
            return Ok(Fast::Stored);
        }
        connection.query_drop("ROLLBACK").await?;
        Ok(Fast::Complaint)
    }

    /// `None` when the server complains and `care` does not want to know of which row.
    async fn load_carefully(&mut self, job: &mut Job, care: OnComplaint) -> Result<Option<Vec<Refusal>>> {
        let plan = Arc::clone(&self.plan);
        let target = &plan.targets[job.table];
        let Plain { connection, limits } = self.plain().await?;
        connection.execute("BEGIN").await?;
        let first = ledger::batch_statement(plan.run, &target.table, &job.batch);
        connection.execute(AssertSqlSafe(first)).await?;
        let inserted = insert(connection, target, &job.batch, *limits, care).await;
        let refusals = match inserted {
            Ok(Inserted::Stored(refusals)) => refusals,
            Ok(Inserted::Complaint) => {
                connection.execute("ROLLBACK").await?;
                return Ok(None);
            }
            Err(error) => {
                // a failed rollback closes the connection, which rolls back as well
                if connection.execute("ROLLBACK").await.is_err() {
                    self.plain = None;
                }
                return Err(error);
            }
        };
        if !refusals.is_empty() {
            // the batch itself stays as it was until the commit, for another attempt may be needed
            let mut stored = job.batch.clone();
            for refusal in &refusals {
                let note = ledger::refusal_statement(plan.run, &target.table, &stored, refusal);
                connection.execute(AssertSqlSafe(note)).await?;
                stored.refuse(refusal.row);
            }
            let correction = ledger::correction_statement(plan.run, &target.table, &stored);
            connection.execute(AssertSqlSafe(correction)).await?;
        }
        connection.execute("COMMIT").await?;
        Ok(Some(refusals))
    }
}
