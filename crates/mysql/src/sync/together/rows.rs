//! The rows of one table that depend on each other in a cycle.

use sqlx::{AssertSqlSafe, Executor};

use super::super::SyncTable;
use super::super::apply::forget;
use super::super::statements::{KIND, Kind, N, has_no_row, has_row, quoted};
use super::{WRITTEN, count, execute, listed, numbers};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::schema::ForeignKey;
use mysql_schema::quote::quote_identifier;

/// Makes the temporary table for rows that are taken out of a table and put back in.
pub(super) async fn make_hold(connection: &mut MySqlConnection, table: &SyncTable) -> Result<()> {
    let drop = format!("DROP TEMPORARY TABLE IF EXISTS {}", table.hold());
    execute(connection, &drop).await?;
    let create = format!(
        "CREATE TEMPORARY TABLE {} ENGINE = InnoDB AS SELECT {} FROM (SELECT 0 AS n) AS d \
         LEFT JOIN {} AS t ON FALSE LIMIT 0",
        table.hold(),
        table.stored("t."),
        table.quoted()
    );
    let made = connection.execute(AssertSqlSafe(create)).await;
    made.context(
        "cannot make a temporary table for rows that depend on each other; the account needs the \
         right CREATE TEMPORARY TABLES",
    )?;
    Ok(())
}

impl SyncTable {
    fn hold(&self) -> String {
        quote_identifier(&format!("_reviewseed_sync_{}_hold", self.number))
    }

    /// All columns that rows have values of, as a list.
    fn stored(&self, prefix: &str) -> String {
        let columns = self.live.columns.iter().filter(|column| !column.generated);
        let names = columns.map(|column| format!("{prefix}{}", quoted(column)));
        names.collect::<Vec<_>>().join(",")
    }

    /// The condition that a waiting row of this table is the parent of a row `s` of the file.
    pub(super) fn is_written(&self, key: &ForeignKey) -> Option<String> {
        if !key.parent_columns.iter().all(|column| self.fills(column)) {
            return None;
        }
        let pairs = key
            .columns
            .iter()
            .zip(&key.parent_columns)
            .map(|(own, of)| format!("s2.{} = s.{}", quote_identifier(of), quote_identifier(own)));
        Some(has_row(&format!(
            "{} AS k2 STRAIGHT_JOIN {} AS s2 ON {} WHERE k2.{KIND} IN {WRITTEN} AND {}",
            self.keys(),
            self.stage(),
            self.same_key("s2", "k2"),
            pairs.collect::<Vec<_>>().join(" AND ")
        )))
    }

    /// Takes out the changed rows that wait, and the gone rows that have their unique values.
    /// Returns the number of the latter.
    pub(super) async fn take_out(&self, connection: &mut MySqlConnection) -> Result<u64> {
        let changed = count(connection, self, Kind::Changed as u8).await?;
        let of_changed = format!(
            "FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{KIND} = {}",
            self.keys(),
            self.quoted(),
            self.same_key("t", "k"),
            Kind::Changed as u8
        );
        if changed > 0 {
            let set = self.target.columns.iter();
            let set = set.map(|c| format!("h.{0} = s.{0}", quoted(c)));
            let hold = format!(
                "INSERT INTO {} ({}) SELECT {} {of_changed} FOR UPDATE",
                self.hold(),
                self.stored(""),
                self.stored("t.")
            );
            let change = format!(
                "UPDATE {} AS h JOIN {} AS s ON {} SET {}",
                self.hold(),
                self.stage(),
                self.same_key("s", "h"),
                set.collect::<Vec<_>>().join(", ")
            );
            for sql in [hold, change, format!("DELETE t {of_changed}")] {
                execute(connection, &sql).await?;
            }
        }
        let contested = numbers(connection, &self.contested()).await?;
        for numbers in contested.chunks(10_000) {
            let delete = format!(
                "DELETE t FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{N} IN ({})",
                self.keys(),
                self.quoted(),
                self.same_key("t", "k"),
                listed(numbers)
            );
            execute(connection, &delete).await?;
            forget(connection, self, numbers).await?;
        }
        Ok(contested.len() as u64)
    }

    /// The gone rows that have a unique value of a row that waits.
    fn contested(&self) -> String {
        let conditions = self.filled_unique().map(|unique| {
            let same = unique.iter().map(|name| {
                let name = quote_identifier(name);
                format!("s.{name} = t.{name}")
            });
            has_row(&format!(
                "{} AS k2 STRAIGHT_JOIN {} AS s ON {} WHERE k2.{KIND} IN {WRITTEN} AND {}",
                self.keys(),
                self.stage(),
                self.same_key("s", "k2"),
                same.collect::<Vec<_>>().join(" AND ")
            ))
        });
        self.gone_rows(conditions)
    }

    /// Puts the rows in again as the file has them, and the new ones.
    pub(super) async fn put_in(&self, connection: &mut MySqlConnection) -> Result<()> {
        if count(connection, self, Kind::Changed as u8).await? > 0 {
            let back = format!(
                "INSERT INTO {} ({}) SELECT {} FROM {} AS h",
                self.quoted(),
                self.stored(""),
                self.stored("h."),
                self.hold()
            );
            execute(connection, &back).await?;
        }
        let new = format!(
            "INSERT INTO {} ({}) SELECT {} FROM {} WHERE k.{KIND} = {}",
            self.quoted(),
            self.filled(""),
            self.filled("s."),
            self.staged_keys(),
            Kind::New as u8
        );
        let forget = format!("DELETE FROM {} WHERE {KIND} IN {WRITTEN}", self.keys());
        for sql in [new, forget] {
            execute(connection, &sql).await?;
        }
        Ok(())
    }

    /// The gone rows to which a row refers whose key is not of these kinds.
    pub(super) fn held(&self, tables: &[&SyncTable], kinds: &str) -> String {
        let conditions = self.children().iter().map(|child| {
            let mut rows = child.rows_of("t", self, true);
            if let Some(of) = tables.iter().find(|table| table.name() == child.table) {
                let gone = format!(
                    "{} AS k2 WHERE k2.{KIND} IN {kinds} AND {}",
                    of.keys(),
                    of.same_key("k2", "c")
                );
                rows = format!("{rows} AND {}", has_no_row(&gone));
            }
            has_row(&rows)
        });
        self.gone_rows(conditions)
    }

    /// The gone rows for which one of these conditions holds.
    fn gone_rows(&self, conditions: impl Iterator<Item = String>) -> String {
        let conditions: Vec<String> = conditions.collect();
        let condition = match conditions.is_empty() {
            true => "FALSE".to_owned(),
            false => conditions.join(" OR "),
        };
        format!(
            "SELECT k.{N} FROM {} AS k STRAIGHT_JOIN {} AS t ON {} WHERE k.{KIND} = {} AND ({condition})",
            self.keys(),
            self.quoted(),
            self.same_key("t", "k"),
            Kind::Gone as u8
        )
    }
}
