//! Rows without a parent that could not be judged while the files were read. They are found when
//! all rows are loaded, and removed while the files are read again, so that each is rejected with
//! its file and line and counts in the budget.
//!
//! All of this belongs to the load phase: a run that is killed during it resumes in that phase.

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
    /// Rejects the rows of a load that have no parent; returns the result without them.
    pub(super) async fn without_orphans(
        &mut self,
        sources: &Arc<Vec<Source>>,
        settings: &pipeline::Settings,
        (way, run): (SqlLoad, u64),
        mut results: Vec<TableResult>,
    ) -> Result<Vec<TableResult>, load::Error> {
        loop {
            // the load may have lasted longer than the server or a proxy keeps an idle session
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
                // this run did not load these rows; `verify` names them
                return Ok(results);
            }
        }
    }

    /// Looks for rows that break a foreign key that could not be judged while the files were read,
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
        // a run may have been killed after it removed a parent and before it removed the children
        let removed = ledger::tables_with_orphans(&mut self.session.connection, run).await?;
        for source in sources {
            let keys = source.table.foreign_keys.iter();
            let of_removed = keys.filter(|key| removed.contains(&key.parent_table));
            searched.extend(of_removed.map(|key| (source.table.name.clone(), key.name.clone())));
        }
        if searched.is_empty() {
            return Ok(Orphans::default());
        }
        // The query may take long, so another session executes it. If the session with the run lock
        // were busy when the program is killed, the lock would remain and the next run would fail.
        let mut connection = self.session.database.open().await?;
        // on a cluster member that lacks parents which another member has, rows would wrongly
        // appear as orphans
        cluster::catch_up(&mut connection).await;
        let found = orphans::find(&mut connection, sources, &searched).await?;
        mysql::db::close(connection).await;
        Ok(found)
    }
}
