//! Notes the digests of loaded tables, so that a later `--sync` need not ask the server for the
//! checksums of all ranges of keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::load::target;
use super::work::Work;
use crate::error::Result;
use crate::pipeline::{self, TableResult};
use mysql::sync::SyncTable;
use mysql::sync::digest::noted::Collected;

/// By table, what collects the digest of its rows.
type Digests = HashMap<String, Arc<Collected>>;

impl Work<'_, '_> {
    /// What collects the digests of the tables that are verified by `CHECKSUM TABLE`. A digest is
    /// of use only with the sum of that statement. Tables that `--sync` cannot compare are left
    /// out.
    pub(super) fn digests(&self, settings: &pipeline::Settings) -> Digests {
        let mut digests = Digests::new();
        for (number, source) in self.sources.iter().enumerate() {
            let name = &source.table.name;
            let table = SyncTable::new(target(source), number, &self.run.schema);
            if let (true, Ok(table)) = (settings.table_checksums.contains_key(name), table) {
                digests.insert(name.clone(), Arc::new(Collected::new(table)));
            }
        }
        digests
    }

    /// Writes the digests of large tables to the ledger.
    pub(super) async fn note_collected(
        &mut self,
        digests: &Digests,
        results: &[TableResult],
    ) -> Result<()> {
        let connection = &mut self.run.session.connection;
        for result in results {
            let collected = digests.get(&result.name);
            if let (Some(collected), Some(sum)) = (collected, result.table_checksum) {
                let rows = (result.loaded, result.checksum);
                collected.write(connection, rows, sum).await?;
            }
        }
        Ok(())
    }
}
