//! `--before-load`: prepares the tables of a shard for rows that arrive through a gateway. The
//! gateway cannot do this itself.

use crate::error::Result;

use super::Reindex;
use model::schema::{Index, IndexKind, Table};
use mysql::inspect;
use mysql::prepare;

impl Reindex<'_> {
    /// Creates missing `tables`. If a table is empty, drops those of its indexes and keys that can
    /// be built faster after the load. Does not change tables with rows.
    pub(super) async fn before_load(&mut self, tables: &[String]) -> Result<()> {
        let database = self.database.name().to_owned();
        let present = prepare::present(&mut self.connection, &database, tables).await?;
        let (sql, origin) = (&self.text.sql, &self.text.origin);
        prepare::create_missing(&mut self.connection, sql, origin, &present.tables, |_| true)
            .await?;
        let empty = tables.iter().filter(|t| !present.filled.contains(t));
        let empty: Vec<&str> = empty.map(String::as_str).collect();
        let live = inspect::inspect_tables(&mut self.connection, &database, &empty).await?;
        // unique indexes are kept: reindex does not read the rows, so only the server can find
        // duplicates
        let keep = |_: &Table, index: &Index| index.kind == IndexKind::Unique;
        prepare::strip(&self.database, &live, keep).await?;
        if !present.filled.is_empty() {
            self.events.info(&format!(
                "reindex: tables left unchanged, because they hold rows: {}",
                present.filled.join(", ")
            ));
        }
        self.events.info(&format!(
            "reindex: tables ready for a load: {}; after the load, run the same command without \
             --before-load; that run builds the rest",
            match empty.is_empty() {
                true => "none".to_owned(),
                false => empty.join(", "),
            }
        ));
        Ok(())
    }
}
