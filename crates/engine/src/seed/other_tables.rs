//! Finds tables and rows that reviewseed did not load, before anything is changed. They are
//! replaced only if the user asks for it.

use crate::error::Result;

use super::run::Run;
use crate::seeded;
use model::schema::{Column, Index, IndexKind, Schema, Table};
use model::wording::{counted, grouped};
use mysql::inspect::{self, ListedKind};
use mysql::ledger::owned::{self, OfOthers};
use mysql::precheck::Check;
use mysql::prepare::{self, Present};

const NAME: &str = "tables";

/// Maximum number of tables that a message names.
const SHOWN: usize = 3;

/// Tables of the database that reviewseed did not create.
struct Foreign {
    /// Tables of the schema that have rows.
    filled: Vec<String>,
    /// Differences between the columns of existing tables and those of the schema.
    columns: Vec<String>,
    /// Tables that the schema does not have.
    others: Vec<String>,
}

impl Run<'_> {
    /// Checks for tables and rows that reviewseed did not load, for a run that loads into the
    /// tables themselves. Nothing else reports these tables and rows than the returned check.
    pub(super) async fn foreign(&mut self, names: &[String]) -> Result<Option<Check>> {
        let found = self.find_foreign(names).await?;
        let url = self.session.database.url();
        let others = match found.others.len() {
            0 => String::new(),
            n => {
                let shown = found.others[..n.min(SHOWN)].join(", ");
                let more = if n > SHOWN { ", …" } else { "" };
                let tables = counted(n as u64, "other table", "other tables");
                format!("{tables} that reviewseed did not load ({shown}{more})")
            }
        };
        let mut wrong = Vec::new();
        if !found.filled.is_empty() && !self.keeps_rows() {
            let verb = if found.filled.len() == 1 {
                "holds"
            } else {
                "hold"
            };
            let list = found.filled.join(", ");
            wrong.push(format!(
                "{list} in {url} {verb} rows that reviewseed did not load"
            ));
        }
        if !found.columns.is_empty() {
            wrong.push(format!(
                "tables in {url} that reviewseed did not create do not have the columns of {}: {}",
                self.text.origin,
                found.columns.join("; ")
            ));
        }
        if wrong.is_empty() {
            let warning = format!(
                "{url} has {others}, left unchanged; if this is not the database that \
                 you mean, name another in --database-url"
            );
            return Ok((!others.is_empty()).then(|| Check::warn(NAME, warning)));
        }
        if !others.is_empty() {
            wrong.push(format!("the database has {others}"));
        }
        let add = match found.columns.is_empty() {
            true => {
                "; or add to these rows with --append, which keeps them; --replace --force removes them"
            }
            false => "",
        };
        let words = wrong.join("; ");
        Ok(Some(Check::fail(
            NAME,
            format!("{words}; nothing was changed: name another database in --database-url{add}"),
        )))
    }

    /// Checks for rows that --replace would remove although reviewseed did not load them.
    pub(super) async fn rows_of_others(&mut self) -> Result<Check> {
        let names: Vec<String> = self.schema.tables.iter().map(|t| t.name.clone()).collect();
        let database = self.session.database.name();
        let found = owned::rows_of_others(&mut self.session.connection, database, &names).await?;
        let all: u64 = found.iter().map(|of| of.others).sum();
        let words = |of: &OfOthers| match of.others == of.rows {
            true => format!("{}: {}", of.table, counted(of.rows, "row", "rows")),
            false => format!(
                "{}: {} of {} rows",
                of.table,
                grouped(of.others),
                grouped(of.rows)
            ),
        };
        let list: Vec<String> = found.iter().map(words).collect();
        let (url, list) = (self.session.database.url(), list.join(", "));
        Ok(match (all, self.options.force) {
            (0, _) => Check::pass(
                NAME,
                "rows are loaded into new tables, which are swapped with \
                                         the old ones at the end",
            ),
            (n, true) => Check::warn(
                NAME,
                format!(
                    "--replace removes {} from {url} that reviewseed did not load ({list}), as --force allows",
                    counted(n, "row", "rows")
                ),
            ),
            (n, false) => Check::fail(
                NAME,
                format!(
                    "--replace would remove {} from {url} that reviewseed did not load ({list}); nothing was changed: \
                     name another database in --database-url, or add --force if these rows may be removed",
                    counted(n, "row", "rows")
                ),
            ),
        })
    }

    async fn find_foreign(&mut self, names: &[String]) -> Result<Foreign> {
        let database = self.session.database.name().to_owned();
        let own = owned::own_rows(&mut self.session.connection).await?;
        let last = seeded::last_schema(&mut self.session.connection).await?;
        // a table without rows is reviewseed's own if the last run created it
        let made = |name: &String| last.as_ref().is_some_and(|s| s.tables.contains(name));
        let is_own = |name: &String| own.contains_key(name) || made(name);
        let all: Vec<String> = self.schema.tables.iter().map(|t| t.name.clone()).collect();
        let Present { tables, filled } =
            prepare::present(&mut self.session.connection, &database, &all).await?;
        let foreign: Vec<&str> = tables
            .iter()
            .filter(|t| !is_own(t))
            .map(String::as_str)
            .collect();
        let live = match foreign.is_empty() {
            true => Schema::default(),
            false => {
                inspect::inspect_tables(&mut self.session.connection, &database, &foreign).await?
            }
        };
        let schema = &self.schema;
        let wanted = |name: &str| schema.table(name);
        let appends = self.keeps_rows();
        let of_table = |table: &Table| match wanted(&table.name) {
            Some(wanted) => {
                let mut words = prepare::other_columns(table, wanted);
                if !appends {
                    words.extend(surplus(table, wanted));
                }
                words
            }
            None => Vec::new(),
        };
        let listed = inspect::listed(&mut self.session.connection, &database).await?;
        let others = listed
            .into_iter()
            .filter(|l| !matches!(l.kind, ListedKind::Other(_)))
            .map(|t| t.name);
        let not_ours = |name: &String| {
            !all.contains(name) && !name.starts_with(inspect::OWN_TABLES) && !is_own(name)
        };
        Ok(Foreign {
            columns: live.tables.iter().flat_map(of_table).collect(),
            others: others.filter(not_ours).collect(),
            filled: filled
                .into_iter()
                .filter(|t| names.contains(t) && !is_own(t))
                .collect(),
        })
    }
}

/// What a table has in addition to the schema. Verification would report additional columns, and
/// additional unique keys would reject rows.
fn surplus(table: &Table, wanted: &Table) -> Vec<String> {
    let name = &table.name;
    let is_surplus = |column: &&Column| !wanted.columns.iter().any(|c| c.name == column.name);
    let columns = table.columns.iter().filter(is_surplus);
    let columns = columns.map(|column| format!("a column {}", column.name));
    let is_unique = |index: &&Index| matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
    let is_known = |index: &&Index| {
        let mut known = wanted.indexes.iter().filter(is_unique);
        known.any(|k| k.parts == index.parts)
    };
    let keys = table.indexes.iter().filter(is_unique);
    let keys = keys.filter(|index| !is_known(index));
    let keys = keys.map(|index| format!("a unique key {}", index.name));
    let words = |what| format!("table {name} has {what} that the schema does not have");
    columns.chain(keys).map(words).collect()
}
