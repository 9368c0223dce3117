//! Disables and enables the redo log of the private server while a run loads rows.

use crate::error::Result;

use super::physical::ImportChoice;
use super::run::Run;
use crate::redo_log;
use input::{Source, TextSize};
use mysql::db;
use private_server::RedoLogMark;

impl Run<'_> {
    /// Disables the redo log if the server has no data except the rows of this run, because a crash
    /// then loses only these rows. Enables it if this run needs it and a killed run left it
    /// disabled.
    pub(super) async fn redo_log_off(&mut self, tables: &[String]) -> Result<()> {
        let Some(mark) = &self.redo_log else {
            return Ok(());
        };
        let loading = &self.options.loading;
        let unfit =
            self.keeps_rows() || self.replaces() || loading.keep_redo_log || self.imports_tables();
        if unfit {
            return self.redo_log_on().await;
        }
        if redo_log::may_be_off(
            &mut self.session.connection,
            self.session.database.url(),
            &self.session.info,
            tables,
        )
        .await?
        {
            redo_log::switch_off(&mut self.session.connection, mark).await?;
            self.events.detail(
                "seed: the redo log is off until the indexes are built, because this private \
                 server holds only the rows of this run; if the server is killed before that, the \
                 next run starts over (--keep-redo-log keeps committed batches)",
            );
        }
        Ok(())
    }

    /// Enlarges the redo log for an SQL load of these files, if it is enabled.
    pub(super) async fn grow_redo_log(&mut self, sources: &[Source]) -> Result<()> {
        let is_off = self.redo_log_is_off();
        let Some(running) = self.private.as_ref().filter(|_| !is_off) else {
            return Ok(());
        };
        if self.import != ImportChoice::No {
            return Ok(());
        }
        let text = sources
            .iter()
            .map(Source::text_size)
            .sum::<TextSize>()
            .bytes;
        redo_log::grow(&mut self.session.connection, running, text).await
    }

    /// Whether this run or a killed run has disabled the redo log.
    pub(super) fn redo_log_is_off(&self) -> bool {
        self.redo_log.as_ref().is_some_and(RedoLogMark::is_set)
    }

    /// Enables the redo log again. Uses a connection of its own, because the run's connection may
    /// be waiting for the rest of an answer.
    pub(super) async fn redo_log_on(&self) -> Result<()> {
        let Some(mark) = self.redo_log.as_ref().filter(|mark| mark.is_set()) else {
            return Ok(());
        };
        let mut connection = self.session.database.connect().await?;
        redo_log::switch_on(&mut connection, mark).await?;
        db::close(connection).await;
        Ok(())
    }
}
