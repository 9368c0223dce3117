//! Checks and prepares a run with `--on-duplicate ignore` or `update`, or with `--sync`.

use std::sync::Arc;

use crate::error::{Result, fail, unfit};

use super::load::target;
use super::run::Run;
use super::tables::only;
use crate::database;
use crate::load::Merging;
use crate::options::{LoadMethod, Merge};
use input::Source;
use model::schema::{IndexKind, Schema, Table};
use mysql::inspect;
use mysql::ledger::merges;
use mysql::merge::{MergeTable, key_of};
use mysql::precheck::{Check, Checks};
use mysql::sync::{check_key, children_elsewhere};
use mysql_schema::diff::{Finding, Kind, Plan, diff};

const NAME: &str = "duplicates";

impl Run<'_> {
    /// Checks whether the records of all files can be matched with rows.
    pub(super) fn check_merging(&self, checks: &mut Checks, sources: &[Source]) {
        if self.syncs() {
            return self.check_syncing(checks, sources);
        }
        let Some(merge) = self.options.merge else {
            return;
        };
        match self.options.loading.method {
            None | Some(LoadMethod::Insert) => {}
            Some(LoadMethod::LocalInfile | LoadMethod::Physical) => {
                let words = "--on-duplicate compares the records with the rows of the tables and \
                             sends them by INSERT; leave --load out";
                checks.add(Check::fail(NAME, words));
            }
        }
        let mut keys = Vec::new();
        for source in sources {
            match key_of(&source.table, &loaded(source)) {
                Ok(key) => keys.push(format!("{} by {}", source.table.name, key.name)),
                Err(why) => checks.add(Check::fail(NAME, why)),
            }
        }
        let what = match merge {
            Merge::Ignore => "are ignored if a row has their key",
            Merge::Update => "change the rows that have their key",
        };
        checks.add(Check::pass(
            NAME,
            format!("records {what}: {}", keys.join(", ")),
        ));
    }

    /// Checks that no table of another database refers to the tables of this run. The run does not
    /// know which rows must be kept for such a table, and deleting a row could delete its child
    /// rows through ON DELETE CASCADE.
    pub(super) async fn check_children_elsewhere(
        &mut self,
        checks: &mut Checks,
        loaded: &[String],
    ) -> Result<()> {
        let found = children_elsewhere(&mut self.session.connection, loaded).await?;
        let words = |(child, parent): (String, String)| {
            let words = format!(
                "{child}, in another database, refers to {parent}, so --sync does not know which \
                 rows of {parent} must be kept: load its file with --append --on-duplicate update, \
                 which deletes nothing, or leave it out with --tables"
            );
            Check::fail("children", words)
        };
        checks.extend(found.into_iter().map(words));
        Ok(())
    }

    /// Checks whether records can be matched with rows by primary key.
    fn check_syncing(&self, checks: &mut Checks, sources: &[Source]) {
        if let Some(LoadMethod::LocalInfile | LoadMethod::Physical) = self.options.loading.method {
            let words = "--sync sends the rows that differ by INSERT; leave --load out";
            checks.add(Check::fail(NAME, words));
        }
        for source in sources {
            let columns = &source.table.columns;
            let filled = loaded(source).into_iter();
            let filled: Vec<&str> = filled.map(|at| columns[at].name.as_str()).collect();
            if let Err(why) = check_key(&source.table, &filled) {
                checks.add(Check::fail(NAME, why));
            }
        }
    }

    /// All tables of the database, after a check that they have the keys of the schema.
    pub(super) async fn all_tables(&mut self, sources: &[Source]) -> Result<Schema> {
        let database = self.session.database.name().to_owned();
        let live = inspect::inspect(&mut self.session.connection, &database).await?;
        self.must_have_keys(&live, sources, "--sync").await?;
        Ok(live)
    }

    /// Fails if the tables of the files lack keys of the schema. The server must check each row
    /// when it is stored. `option` is the option that requires this, for the message.
    async fn must_have_keys(
        &mut self,
        live: &Schema,
        sources: &[Source],
        option: &str,
    ) -> Result<()> {
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let wanted = only(&self.wanted(&names).await?, &names);
        let lacking = lacking_keys(&diff(&only(live, &names), &wanted));
        if !lacking.is_empty() {
            let lacking = Plan {
                changes: lacking,
                ..Plan::default()
            };
            let lacking = database::plan_differences(&lacking);
            let lacking: Vec<String> = lacking.iter().map(ToString::to_string).collect();
            fail!(
                "{}; with {option}, the server checks these keys for each row; nothing was \
                 changed: run `reviewseed reindex` first",
                lacking.join("; ")
            );
        }
        Ok(())
    }

    /// Prepares the statements. The tables must have all keys of the schema, because the server
    /// checks each row when it is stored.
    pub(super) async fn prepare_merging(&mut self, sources: &[Source]) -> Result<()> {
        let Some(merge) = self.options.merge else {
            return Ok(());
        };
        let names: Vec<&str> = sources.iter().map(|s| s.table.name.as_str()).collect();
        let database = self.session.database.name().to_owned();
        let connection = &mut self.session.connection;
        let live = inspect::inspect_tables(connection, &database, &names).await?;
        self.must_have_keys(&live, sources, "--on-duplicate")
            .await?;
        merges::create(&mut self.session.connection).await?;
        let mut tables = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let key = key_of(&source.table, &loaded(source)).map_err(|why| unfit!("{why}"))?;
            let Some(live) = live.table(&source.table.name) else {
                fail!("table {} no longer exists", source.table.name);
            };
            tables.push(MergeTable::new(target(source), number, (live, key), merge));
        }
        let schemas: Vec<&Table> = sources.iter().map(|source| &source.table).collect();
        self.merging = Some(Arc::new(Merging::new(tables, &schemas)));
        Ok(())
    }
}

fn loaded(source: &Source) -> Vec<usize> {
    source.header.columns.iter().map(|c| c.0).collect()
}

/// The unique keys, foreign keys and CHECK constraints of the schema that the tables do not have.
fn lacking_keys(plan: &Plan) -> Vec<Finding> {
    let is_judged = |finding: &&Finding| match &finding.kind {
        Kind::MissingIndex(index) => index.kind == IndexKind::Unique,
        Kind::ChangedIndex { to, .. } => {
            matches!(to.kind, IndexKind::Primary | IndexKind::Unique)
        }
        Kind::MissingForeignKey(_)
        | Kind::ChangedForeignKey { .. }
        | Kind::MissingCheck(_)
        | Kind::ChangedCheck { .. } => true,
        _ => false,
    };
    plan.findings().filter(is_judged).cloned().collect()
}
