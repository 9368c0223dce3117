//! What a load through a Spider coordinator needs beyond: a kill in mid-commit may leave a batch on some of the shards, or its ledger row, which
//! is the coordinator's own, without its rows.
//!
//! So a batch that was under way when a connection was lost, or that an interrupted run may have sent, counts as loaded when its ledger row is
//! there and all its rows too. Otherwise what there is of it is taken out, by the keys of its rows, and it is loaded anew. What the lost sessions had
//! prepared holds locks on the shards until it is rolled back; it is found by its name, which begins with the number of the session.

use std::collections::HashSet;
use std::sync::Mutex;

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};

use super::Target;
use super::insert::Refusal;
use super::ledger;
use crate::batch::Batch;
use crate::clean::keys::is_judged_on_stream;
use crate::db::{quote_identifier, quote_literal};
use crate::schema::{IndexKey, IndexKind, Table};
use crate::source::Source;
use crate::sqltext::push_plain;

/// Names that are never given twice, and no transaction taken for stored of which a shard knows nothing.
pub(super) const SESSION: &str =
    "SET SESSION spider_internal_xa_id_type = 1, spider_force_commit = 0";

/// How the comments of Spider's tables and their partitions name the shards.
const SERVERS: &str = "SELECT DISTINCT REGEXP_SUBSTR(CONCAT(IFNULL(parts.PARTITION_COMMENT, ''), ' ', tables.TABLE_COMMENT), 'srv \"[^\"]+\"') \
    FROM information_schema.PARTITIONS AS parts JOIN information_schema.TABLES AS tables USING (TABLE_SCHEMA, TABLE_NAME) \
    WHERE tables.TABLE_SCHEMA = DATABASE() AND tables.ENGINE = 'SPIDER'";

/// Bytes of keys in one statement.
const KEYS_BYTES: usize = 256 << 10;

/// Digits that Spider adds to a session's number in the name of a transaction.
const QUERY_DIGITS: usize = 16;

/// The shards, and what this run has done there.
#[derive(Debug)]
pub struct Shards {
    /// Whether an interrupted run is gone on with.
    pub(super) resumed: bool,
    /// Parameters for SPIDER_DIRECT_SQL.
    servers: Vec<String>,
    /// By table: the columns of a key that no two rows share.
    keys: Vec<Option<Key>>,
    sessions: Mutex<HashSet<u64>>,
}

/// Columns of a key, as positions in a batch.
type Key = Vec<usize>;

impl Shards {
    /// Asks the coordinator; `resumed` is the run that is gone on with.
    ///
    /// # Errors
    ///
    /// When it cannot be asked.
    pub async fn read(
        connection: &mut MySqlConnection,
        sources: &[Source],
        resumed: Option<u64>,
    ) -> Result<Shards> {
        let servers = sqlx::raw_sql(SERVERS)
            .fetch_all(&mut *connection)
            .await
            .context("cannot read which shards the tables are on")?;
        let sessions = match resumed {
            Some(run) => ledger::sessions_of(connection, run).await?,
            None => HashSet::new(),
        };
        Ok(Shards {
            resumed: resumed.is_some(),
            servers: servers
                .iter()
                .filter_map(|row| row.try_get_unchecked::<String, _>(0).ok())
                .filter(|server| !server.is_empty())
                .collect(),
            keys: sources.iter().map(key_of).collect(),
            sessions: Mutex::new(sessions),
        })
    }

    /// Remembers a session that loads.
    pub(super) fn enter(&self, session: u64) {
        if let Ok(mut sessions) = self.sessions.lock() {
            sessions.insert(session);
        }
    }

    /// What the ledger `said` was refused of a batch that is in, where its rows bear it out. Otherwise nothing of the batch is left.
    ///
    /// # Errors
    ///
    /// When the coordinator or a shard cannot be asked.
    pub(super) async fn settle(
        &self,
        connection: &mut MySqlConnection,
        run: u64,
        (number, target): (usize, &Target),
        batch: &Batch,
        said: Option<Vec<Refusal>>,
    ) -> Result<Option<Vec<Refusal>>> {
        let Some(key) = &self.keys[number] else {
            return Ok(said);
        };
        self.end_prepared(connection).await;
        let table = quote_identifier(&target.table);
        if let Some(refusals) = said {
            let mut stored = batch.clone();
            for refusal in &refusals {
                stored.refuse(refusal.row);
            }
            let mut found = 0;
            for rows in conditions(target, key, &stored) {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE {rows}");
                let row = connection.fetch_one(AssertSqlSafe(sql)).await?;
                found += row.try_get_unchecked::<u64, _>(0)?;
            }
            if found == stored.len() as u64 {
                return Ok(Some(refusals));
            }
        }
        // a commit that is still under way holds its ledger row, and is waited for there
        ledger::forget_batch(connection, run, &target.table, batch.number).await?;
        for rows in conditions(target, key, batch) {
            let sql = format!("DELETE FROM {table} WHERE {rows}");
            connection.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(None)
    }

    /// Rolls back what lost sessions of this run had prepared. A session that lives keeps its own: nobody else can end that.
    async fn end_prepared(&self, connection: &mut MySqlConnection) {
        for server in &self.servers {
            // a shard that is still away fails the statements that follow, too
            for name in prepared(connection, server).await.unwrap_or_default() {
                if self.is_ours(&name) {
                    let end = format!("XA ROLLBACK {name}");
                    let _ = direct(connection, &end, "", server).await;
                }
            }
        }
    }

    /// Whether a name, as `XA RECOVER FORMAT='SQL'` has it, is one that Spider gave to a session of this run.
    fn is_ours(&self, name: &str) -> bool {
        let session = || {
            let (name, _) = name.strip_prefix('\'')?.split_once('\'')?;
            let digits = name.len().checked_sub(QUERY_DIGITS)?;
            u64::from_str_radix(name.get(..digits)?, 16).ok()
        };
        let known = |session| self.sessions.lock().is_ok_and(|s| s.contains(&session));
        session().is_some_and(known)
    }
}

/// Names of the prepared transactions on a shard.
async fn prepared(connection: &mut MySqlConnection, server: &str) -> Result<Vec<String>> {
    connection
        .execute(
            "CREATE OR REPLACE TEMPORARY TABLE _reviewseed_prepared \
             (format_id BIGINT, gtrid_length BIGINT, bqual_length BIGINT, name VARCHAR(300)) ENGINE = MEMORY",
        )
        .await?;
    let into = "_reviewseed_prepared";
    direct(connection, "XA RECOVER FORMAT='SQL'", into, server).await?;
    let rows = connection
        .fetch_all("SELECT name FROM _reviewseed_prepared")
        .await?;
    let name = |row: &sqlx::mysql::MySqlRow| Ok(row.try_get_unchecked(0)?);
    rows.iter().map(name).collect()
}

/// Has the coordinator say something to a shard; what that answers goes to a temporary table.
async fn direct(
    connection: &mut MySqlConnection,
    sql: &str,
    into: &str,
    server: &str,
) -> Result<()> {
    let [sql, into, server] = [sql, into, server].map(quote_literal);
    let said = format!("SELECT SPIDER_DIRECT_SQL({sql}, {into}, {server})");
    connection.execute(AssertSqlSafe(said)).await?;
    Ok(())
}

/// The smallest key whose duplicates are found on the stream: by it no row of another batch is meant.
fn key_of(source: &Source) -> Option<Key> {
    let table: &Table = &source.table;
    let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
    let position = |name: &String| {
        let fits = |&column: &usize| {
            let column = &table.columns[column];
            column.name == *name && !column.nullable
        };
        loaded.iter().position(fits)
    };
    let unique = table
        .indexes
        .iter()
        .filter(|index| matches!(index.kind, IndexKind::Primary | IndexKind::Unique))
        .filter(|index| is_judged_on_stream(table, &loaded, index));
    let keys = unique.filter_map(|index| {
        let columns = index.parts.iter().map(|part| match &part.key {
            IndexKey::Column(name) => position(name),
            IndexKey::Expression(_) => None,
        });
        columns.collect::<Option<Key>>()
    });
    keys.min_by_key(Vec::len)
}

/// Conditions that the live rows of a batch meet, each row one of them, and no other row any. Only lists of a single column's values are handed on
/// to the shards as they are: of a wider key it is a row at a time.
fn conditions(target: &Target, key: &[usize], batch: &Batch) -> Vec<String> {
    let names: Vec<String> = key
        .iter()
        .map(|column| quote_identifier(&target.columns[*column].name))
        .collect();
    let value = |row: usize, column: usize| {
        let mut text = Vec::new();
        push_plain(&mut text, batch.value(row, column), 0);
        String::from_utf8_lossy(&text).into_owned()
    };
    if let ([column], [name]) = (key, names.as_slice()) {
        let mut lists = vec![String::new()];
        for row in batch.live_rows() {
            if lists.last().is_some_and(|list| list.len() > KEYS_BYTES) {
                lists.push(String::new());
            }
            if let Some(list) = lists.last_mut() {
                list.push_str(if list.is_empty() { "" } else { "," });
                list.push_str(&value(row, *column));
            }
        }
        let full = lists.into_iter().filter(|list| !list.is_empty());
        return full.map(|list| format!("{name} IN ({list})")).collect();
    }
    let of_row = |row: usize| {
        let equal = names.iter().zip(key);
        let equal = equal.map(|(name, column)| format!("{name} = {}", value(row, *column)));
        equal.collect::<Vec<_>>().join(" AND ")
    };
    batch.live_rows().map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Layout, Room, Value};
    use crate::schema::parse::parse;

    fn rows_of(keys: &[(u64, u64)]) -> (Target, Batch) {
        let sql = "CREATE TABLE t (id INT UNSIGNED NOT NULL, of_id INT UNSIGNED NOT NULL)";
        let table = parse(sql, "t.sql").unwrap().tables.remove(0);
        let layout = Layout::new(table.columns.iter().map(|c| &c.kind));
        let mut batch = Batch::new(layout, 0, 1, Room::default());
        for (id, of) in keys {
            batch.push(Value::UInt(*id));
            batch.push(Value::UInt(*of));
            batch.finish_row(0, 1, 0, 0);
        }
        let target = Target {
            table: table.name,
            columns: table.columns,
        };
        (target, batch)
    }

    #[test]
    fn rows_are_named_by_lists_of_one_column_or_one_by_one() {
        let (target, mut batch) = rows_of(&[(1, 7), (2, 7), (3, 8)]);
        batch.refuse(1);
        assert_eq!(conditions(&target, &[0], &batch), ["`id` IN (1,3)"]);
        assert_eq!(
            conditions(&target, &[0, 1], &batch),
            ["`id` = 1 AND `of_id` = 7", "`id` = 3 AND `of_id` = 8"]
        );
    }

    #[test]
    fn long_lists_are_cut_and_no_row_is_lost() {
        let keys: Vec<_> = (0..100_000).map(|id| (id, 0)).collect();
        let (target, batch) = rows_of(&keys);
        let lists = conditions(&target, &[0], &batch);
        assert!(lists.len() > 1);
        let values: usize = lists.iter().map(|list| list.split(',').count()).sum();
        assert_eq!(values, keys.len());
        let (target, none) = rows_of(&[]);
        assert!(conditions(&target, &[0], &none).is_empty());
    }

    #[test]
    fn only_what_sessions_of_this_run_prepared_is_ended() {
        let shards = Shards {
            resumed: false,
            servers: Vec::new(),
            keys: Vec::new(),
            sessions: Mutex::new(HashSet::from([0x1f])),
        };
        assert!(shards.is_ours("'1f0000000000000a12','64'"));
        for other in [
            "'1e0000000000000a12','64'",
            "'1f','64'",
            "'','64'",
            "X'6162',X'63',4",
            "'mine','64'",
        ] {
            assert!(!shards.is_ours(other), "{other}");
        }
    }
}
