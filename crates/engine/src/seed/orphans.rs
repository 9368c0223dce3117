//! Rows without a parent that the stream could not judge: found when all rows are loaded, and
//! removed while the files are read again, so that each is rejected with its file and line and
//! counts in the budget.
//!
//! All of it belongs to the load: a run that is killed in between is resumed there.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;

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
    /// Rejects the rows of a load that have no parent; gives what is left.
    pub(super) async fn without_orphans(
        &mut self,
        sources: &Arc<Vec<Source>>,
        settings: &pipeline::Settings,
        (way, run): (SqlLoad, u64),
        mut results: Vec<TableResult>,
    ) -> Result<Vec<TableResult>, load::Error> {
        loop {
            // the load may have lasted longer than the server, or a proxy, keeps an idle session
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
                // they are not of this run; `verify` names them
                return Ok(results);
            }
        }
    }

    /// Looks for rows that break a foreign key that the stream did not judge, or that refer to a
    /// row that was removed.
    async fn find_orphans(
        &mut self,
        sources: &[Source],
        run: u64,
        results: &[TableResult],
    ) -> Result<Orphans> {
        let mut searched: HashSet<(String, String)> = crate::loaded::unjudged_references(results)
            .into_iter()
            .collect();
        // a run may have been killed between the removal of a parent and that of its children
        let removed = ledger::tables_with_orphans(&mut self.session.connection, run).await?;
        for source in sources {
            let keys = source.table.foreign_keys.iter();
            let of_removed = keys.filter(|key| removed.contains(&key.parent_table));
            searched.extend(of_removed.map(|key| (source.table.name.clone(), key.name.clone())));
        }
        if searched.is_empty() {
            return Ok(Orphans::default());
        }
        // it may take long: were the leading session at it when the program is killed, the next run
        // would be turned away
        let mut connection = self.session.database.open().await?;
        // a member of a cluster that lacks parents that another has would show orphans that are
        // none
        cluster::catch_up(&mut connection).await;
        let found = orphans::find(&mut connection, sources, &searched).await?;
        mysql::db::close(connection).await;
        Ok(found)
    }
}
