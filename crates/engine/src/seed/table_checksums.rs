//! Decides which tables are verified by `CHECKSUM TABLE`: those whose rows the client knows
//! completely, and for which the server computes the same checksum in a probe.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Result;

use super::run::Run;
use input::Source;
use model::schema::Table;
use model::wording::chain;
use mysql::db;
use mysql::db::MySqlConnection;
use mysql::inspect;
use mysql::target::Target;
use mysql::verify::table_checksum::{FirstBit, TableChecksum};
use mysql::verify::{Depth, probe};

use super::load::target;

impl Run<'_> {
    /// Prepares the checksums of the tables that can be verified, or compared with their files, by
    /// `CHECKSUM TABLE`. Other tables are verified by SQL queries. With `--append`, these are all
    /// tables, because `CHECKSUM TABLE` would include the existing rows. No table needs a checksum
    /// if no values are compared.
    pub(super) async fn table_checksums(
        &mut self,
        sources: &[Source],
    ) -> Result<HashMap<String, Arc<TableChecksum>>> {
        let mut checksums = HashMap::new();
        let compares = self.syncs() || self.depth() == Some(Depth::Full);
        if self.appends() || !compares {
            return Ok(checksums);
        }
        let names: Vec<&str> = sources.iter().map(|s| &*s.table.name).collect();
        let live = inspect::inspect_tables(
            &mut self.session.connection,
            self.session.database.name(),
            &names,
        )
        .await?;
        let mut connection = self.session.database.open_to_load().await?;
        for source in sources {
            let Some(table) = live.table(&source.table.name) else {
                continue;
            };
            match self.probed(&mut connection, table, &target(source)).await {
                Ok(checksum) => {
                    checksums.insert(table.name.clone(), Arc::new(checksum));
                }
                Err(why) => self.events.detail(&format!(
                    "verify: the checksum of {} is computed in SQL, because CHECKSUM TABLE cannot be used: {why}",
                    table.name
                )),
            }
        }
        db::close(connection).await;
        Ok(checksums)
    }

    async fn probed(
        &self,
        connection: &mut MySqlConnection,
        table: &Table,
        target: &Target,
    ) -> Result<TableChecksum, String> {
        let names: Vec<&str> = target.columns.iter().map(|c| &*c.name).collect();
        let engine = self.session.info.engine;
        if !engine.has_table_checksum {
            return Err(format!("{engine} does not have it"));
        }
        let flavour = engine.flavour;
        let mut why = "this server's checksum of test rows is not the expected one".to_owned();
        for first in FirstBit::likely_first(table) {
            let checksum = match TableChecksum::new(flavour, table, &names, first) {
                Ok(checksum) => checksum,
                Err(reason) => {
                    why = reason;
                    continue;
                }
            };
            match probe::agrees(connection, flavour, table, target, &checksum).await {
                Ok(true) => return Ok(checksum),
                Ok(false) => {}
                Err(error) => return Err(chain(&error)),
            }
        }
        Err(why)
    }
}
