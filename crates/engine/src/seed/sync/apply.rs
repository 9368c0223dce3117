//! Writes the differences to the tables.

use tokio::sync::mpsc;

use crate::error::unfit;

use super::{Compared, Synced, SyncedSoFar, told};
use crate::cancel::Stop;
use crate::load::{self, Throttle};
use crate::pipeline;
use crate::seed::work::Work;
use mysql::db::MySqlConnection;
use mysql::sync::SyncTable;
use mysql::sync::apply::{Applied, Pause, apply};
use mysql::sync::differences::{self, Differences, KeptRows};

/// Waits between transactions, and ends the run when it is asked to stop.
struct Between {
    throttle: Option<Throttle>,
    stop: Stop,
    /// Names of the tables that are changed.
    tables: Vec<String>,
    so_far: SyncedSoFar,
}

impl Pause for Between {
    async fn pause(&mut self, all: &[Applied], rows: u64) -> mysql::Result<()> {
        self.so_far.set(self.tables.iter().map(String::as_str), all);
        if self.stop.reason().is_some() {
            return Err(mysql::Error::Unfit("interrupted".to_owned()));
        }
        if let Some(throttle) = &self.throttle {
            throttle.before_rows(rows).await;
        }
        Ok(())
    }
}

impl Work<'_, '_> {
    /// Finds the rows that differ and writes them.
    pub(super) async fn change(
        &mut self,
        connection: &mut MySqlConnection,
        mut compared: Compared,
    ) -> Result<Synced, load::Error> {
        let mut staged = self.stage(connection, &mut compared).await?;
        self.tell_late(&compared, &staged);
        if let Some(words) = self.too_many_deletes(&compared, &staged) {
            return Err(unfit!("{words}").into());
        }
        self.run.session.keep_lock().await?;
        let run = self.enter_ledger(None, &[]).await?;
        let different = compared.different();
        let tables: Vec<&SyncTable> = different.iter().map(|(_, table)| *table).collect();
        let mut between = self.between(&tables).await?;
        let mut all = vec![Applied::default(); tables.len()];
        let watch = self.watch(connection).await?;
        let applied = apply(connection, &tables, &mut all, &mut between).await;
        drop(watch);
        let synced = &self.run.session.synced;
        synced.set(tables.iter().map(|table| table.name()), &all);
        if self.run.interrupt_requested() && applied.is_err() {
            return Err(pipeline::Error::Interrupted.into());
        }
        applied?;
        let mut kept = vec![KeptRows::default(); compared.results.len()];
        let mut found = vec![Differences::default(); compared.results.len()];
        for ((at, table), applied) in different.iter().zip(all) {
            kept[*at] = differences::kept(connection, table).await?;
            found[*at] = Differences {
                inserted: applied.inserted,
                updated: applied.updated,
                deleted: applied.deleted,
                kept: kept[*at].rows,
            };
            staged.late[*at].extend(applied.late);
            let referring = match kept[*at].rows {
                0 => continue,
                _ => differences::referring(connection, table).await?,
            };
            let words = told::kept(table.name(), kept[*at].rows, &referring);
            self.run.events.info(&words);
        }
        self.run.session.keep_lock().await?;
        let is_exact = |at: usize| kept[at].rows == 0 && staged.late[at].is_empty();
        self.note_digests(&compared, is_exact).await?;
        if staged.late.iter().any(|late| !late.is_empty()) {
            compared.results = self.reject_late(&compared, staged.late).await?;
        }
        for (result, found) in compared.results.iter_mut().zip(&found) {
            told::note(result, found);
        }
        Ok(Synced {
            run,
            results: compared.results,
            kept,
        })
    }

    async fn between(&self, tables: &[&SyncTable]) -> Result<Between, load::Error> {
        let options = &self.run.options.loading.throttle;
        let events = self.run.events.clone();
        let stop = self.run.interrupt.first.clone();
        let throttle = match options.is_set() {
            false => None,
            true => {
                let (notices, mut taken) = mpsc::unbounded_channel::<String>();
                tokio::spawn(async move {
                    while let Some(notice) = taken.recv().await {
                        events.info(&format!("load: {notice}"));
                    }
                });
                let told = (stop.clone(), notices);
                Some(Throttle::start(options, &self.run.session.database, told).await?)
            }
        };
        Ok(Between {
            throttle,
            stop,
            tables: tables.iter().map(|table| table.name().to_owned()).collect(),
            so_far: self.run.session.synced.clone(),
        })
    }
}
