//! Checks the tables before the first row: what they contain, and whether the rows of the files fit
//! their columns.

use crate::error::Result;

use super::replace;
use super::run::Run;
use super::start;
use super::tables::only;
use input::Source;
use mysql::inspect;
use mysql::precheck::{Check, Checks};
use mysql::prepare;
use mysql::storage_engines::read_engines;
use mysql_schema::order::with_parents;

/// What to do about a table that an earlier run created with other columns.
const OTHER_COLUMNS: &str = "an earlier run created it from another schema: name that schema with --schema, add what is missing with \
    `reviewseed reindex --columns`, or name another database in --database-url";

impl Run<'_> {
    /// Warns about triggers. A trigger may store other values than the file has, and the server
    /// does not report this.
    async fn check_triggers(&mut self, checks: &mut Checks, tables: &[String]) -> Result<()> {
        let database = self.session.database.name().to_owned();
        let found = prepare::triggers(&mut self.session.connection, &database, tables).await?;
        self.triggers = prepare::listed_triggers(&found);
        self.has_triggers = !found.is_empty();
        if self.has_triggers {
            checks.add(Check::warn(
                "triggers",
                format!(
                    "{} will be executed for the rows that are loaded, and may change them or write to other tables; all values are compared at the end, \
                     unless --verify none is given. To load the rows as they are, drop the triggers and create them again afterwards",
                    self.triggers
                ),
            ));
        }
        Ok(())
    }

    /// Names the triggers, because they may be the cause of differences between the tables and the
    /// loaded rows.
    pub(super) fn tell_triggers(&self) {
        if self.has_triggers {
            self.events.info(&format!(
                "verify: triggers may have changed the rows: {}; loading again would \
                 give the same result; to load the rows as they are, drop the triggers, run the \
                 same command again, and create the triggers again",
                self.triggers
            ));
        }
    }

    /// Checks what the tables contain, and whether the rows of these files fit their columns.
    pub(super) async fn check_tables(
        &mut self,
        checks: &mut Checks,
        sources: &[Source],
    ) -> Result<()> {
        let database = self.session.database.name().to_owned();
        let loaded: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        self.check_parents_elsewhere(checks, &loaded).await?;
        if self.replaces() {
            let found =
                replace::obstacles(&mut self.session.connection, &database, &self.schema).await?;
            checks.add(self.rows_of_others().await?);
            checks.extend(found.into_iter().map(|words| Check::fail("tables", words)));
            return Ok(());
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let foreign = self.foreign(&names).await?;
        checks.extend(foreign);
        if checks.have_failed() {
            return Ok(());
        }
        self.check_merging(checks, sources);
        if self.syncs() {
            self.check_children_elsewhere(checks, &loaded).await?;
        }
        let identity = self.identity(sources);
        checks.add(start::check(&mut self.session, &identity).await?);
        self.check_triggers(checks, &loaded).await?;
        self.check_empty_parents(checks, &loaded).await?;
        let needed = with_parents(&self.schema, &loaded);
        let names: Vec<&str> = needed.iter().map(String::as_str).collect();
        let live = inspect::inspect_tables(&mut self.session.connection, &database, &names).await;
        let live = self.session.finding(live)?;
        let Some(live) = checks.take("columns", live, |_| {
            "existing tables have the columns of the schema".to_string()
        }) else {
            return Ok(());
        };
        let engines = read_engines(&mut self.session.connection).await;
        let lacking = prepare::without_transactions(&only(&live, &loaded), &engines);
        checks.extend(
            lacking
                .into_iter()
                .map(|words| Check::fail("engine", words)),
        );
        for wanted in self
            .schema
            .tables
            .iter()
            .filter(|t| needed.contains(&t.name))
        {
            let differences = live
                .table(&wanted.name)
                .map(|table| prepare::other_columns(table, wanted));
            let differences = differences.unwrap_or_default();
            checks.extend(
                differences
                    .into_iter()
                    .map(|words| Check::fail("columns", format!("{words}; {OTHER_COLUMNS}"))),
            );
        }
        Ok(())
    }
}
