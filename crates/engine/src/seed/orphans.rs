//! Handles rows without a parent that could not be found while the files were read. They are found
//! when all rows are loaded, and removed while the files are read again. Each of them is thus
//! rejected with its file and line, and counts in the budget.
//!
//! All of this belongs to the load phase: a run that is killed during it is resumed in that phase.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Result;

use super::run::Run;
use crate::event::Event;
use crate::load;
use crate::pipeline::{self, TableResult};
use input::Source;
use model::wording::grouped;
use mysql::orphans::{self, Orphans};
use mysql::target::SqlLoad;
use mysql::{cluster, ledger};

impl Run<'_> {
    /// Rejects the loaded rows that have no parent. Returns the results without these rows.
    pub(super) async fn without_orphans(
        &mut self,
        sources: &Arc<Vec<Source>>,
        settings: &pipeline::Settings,
        (way, run): (SqlLoad, u64),
        mut results: Vec<TableResult>,
    ) -> Result<Vec<TableResult>, load::Error> {
        loop {
            // the load may have taken longer than the server or a proxy keeps an idle session open
            self.session.keep_lock().await?;
            let found = self.find_orphans(sources, run, &results).await?;
            if found.is_empty() {
                for table in &mut results {
                    table.unjudged_references.clear();
                }
                return Ok(results);
            }
            let tables: Vec<String> = found
                .counts()
                .into_iter()
                .map(|(table, count)| {
                    let name = &sources[table].table.name;
                    format!("{} of {name}", grouped(count as u64))
                })
                .collect();
            self.events.info(&format!(
                "load: rows without a parent: {}; reading the files again to reject them",
                tables.join(", ")
            ));
            self.events.emit(Event::TablesOpened(sources));
            self.session.keep_lock().await?;
            let loaded = ledger::batches_of(&mut self.session.connection, run).await?;
            let rejected = |results: &[TableResult]| -> u64 {
                results.iter().map(TableResult::rejected).sum()
            };
            let before = rejected(&results);
            let again = self.deliver((sources, settings), (way, run), Some(loaded), found);
            results = again.await?;
            self.session.keep_lock().await?;
            if rejected(&results) == before {
                // the remaining orphans are not rows of this run; `verify` names them
                return Ok(results);
            }
        }
    }

    /// Finds rows that violate a foreign key that could not be checked while the files were read,
    /// or that refer to a removed row.
    async fn find_orphans(
        &mut self,
        sources: &[Source],
        run: u64,
        results: &[TableResult],
    ) -> Result<Orphans> {
        let mut searched: HashSet<(String, String)> = crate::loaded::unjudged_references(results)
            .into_iter()
            .collect();
        // a killed run may have removed a parent but not yet its children, so these are searched
        // for
        let removed = ledger::tables_with_orphans(&mut self.session.connection, run).await?;
        for source in sources {
            let keys = source.table.foreign_keys.iter();
            let of_removed = keys.filter(|key| removed.contains(&key.parent_table));
            searched.extend(of_removed.map(|key| (source.table.name.clone(), key.name.clone())));
        }
        if searched.is_empty() {
            return Ok(Orphans::default());
        }
        // Another session executes the query, because it may take long. If the program were killed
        // while the session with the run lock was busy, the lock would remain and the next run
        // would fail.
        let mut connection = self.session.database.open().await?;
        // a member of a cluster first catches up, because children of parents that it does not have
        // yet would wrongly appear as orphans
        cluster::catch_up(&mut connection).await;
        let found = orphans::find(&mut connection, sources, &searched).await?;
        mysql::db::close(connection).await;
        Ok(found)
    }
}
