//! Writes the entries of a run to the ledger, and reads those of a run that is resumed.

use crate::error::Result;

use super::{Load, Rows, Work};
use crate::loaded;
use crate::options::Mode;
use crate::pipeline::TableResult;
use crate::seed::run::Run;
use crate::seed::tables::{self, Before};
use mysql::ledger::beginning::{self, NewRun};
use mysql::ledger::{self, LoadedTable, Phase, merges};

impl Work<'_, '_> {
    /// Returns the number of the run in the ledger. Adds a new run unless run `resumed` is resumed.
    pub(in crate::seed) async fn enter_ledger(
        &mut self,
        resumed: Option<u64>,
        before: &[Before],
    ) -> Result<u64> {
        if let Some(run) = resumed {
            return Ok(run);
        }
        let names = self.names();
        let kept = match self.run.appends() {
            true => tables::beginning_of(&names, before, &self.settings)?,
            false => Vec::new(),
        };
        let run = &mut *self.run;
        let identity = run.identity(&self.sources);
        let new = NewRun {
            fingerprint: &identity.fingerprint,
            batch_bytes: self.settings.batch_bytes,
            command: &run.options.commands.again,
            schema: run.text.of_run(&names),
            inputs: identity.inputs(),
        };
        Ok(beginning::begin(&mut run.session.connection, &new, &kept).await?)
    }

    /// The rows of a run that was interrupted after its load.
    pub(super) async fn loaded_before(
        &mut self,
        earlier: ledger::Run,
        tables: Vec<LoadedTable>,
    ) -> Result<Rows> {
        let names = self.names();
        let run = &mut *self.run;
        run.events.info(&format!(
            "seed: resuming the run of {} UTC, which was interrupted in phase {}; its rows are loaded",
            earlier.started_at,
            earlier.phase.name()
        ));
        run.redo_log_off(&names).await?;
        // the interrupted run may have been killed before it deleted the keys
        forget_keys(run).await?;
        let before = run.before(&self.sources, Some(earlier.id)).await?;
        let mut added = tables.clone();
        tables::take_before(&mut added, &before);
        self.report.tables = added.iter().map(loaded::table_report).collect();
        if run.options.merge.is_some() {
            let merged = merges::of_run(&mut run.session.connection, earlier.id).await?;
            for table in &mut self.report.tables {
                loaded::add_merged(table, merged.get(&table.name).copied());
            }
        }
        Ok(Rows {
            run: earlier.id,
            tables,
            unjudged: None,
            wanted: run.wanted(&names).await?,
        })
    }

    /// Records the loaded rows in the ledger and in the report.
    pub(super) async fn note_loaded(
        &mut self,
        load: &Load,
        results: &[TableResult],
    ) -> Result<Rows> {
        let run = &mut *self.run;
        run.session.keep_lock().await?;
        self.report.tables = results.iter().map(TableResult::report).collect();
        let mut tables: Vec<_> = results.iter().map(loaded::table).collect();
        tables::add_before(&mut tables, &load.before);
        let connection = &mut run.session.connection;
        for table in &tables {
            ledger::record_table(connection, load.run, table).await?;
        }
        ledger::enter(connection, load.run, Phase::Index).await?;
        forget_keys(run).await?;
        Ok(Rows {
            run: load.run,
            tables,
            unjudged: Some(loaded::unjudged_references(results)),
            wanted: load.wanted.clone(),
        })
    }
}

/// Deletes the keys that an append has noted, because all rows are loaded.
async fn forget_keys(run: &mut Run<'_>) -> Result<()> {
    if run.options.mode == Mode::Append {
        beginning::forget_keys(&mut run.session.connection).await?;
    }
    Ok(())
}
