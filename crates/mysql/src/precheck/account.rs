//! Limits of the account: connections at a time, and statements per hour. A run that exceeds a
//! limit would fail before its end.

use crate::db::MySqlConnection;
use crate::error::{Error, Result};
use sqlx::{Executor, Row};

use super::{Check, Requirements};
use model::wording::{counted, grouped};

const NAME: &str = "account";

/// Connections of a run besides those that load: the main session, and the one that holds the
/// second run lock.
const OTHERS: u64 = 2;

/// Minimum number of connections that load or build indexes: two, and one that watches them.
const LEAST: u64 = 3;

/// Number of statements of a run besides those of its batches, roughly.
const FIXED: u64 = 300;

/// Number of statements of a batch: begin, ledger, load, commit.
const PER_BATCH: u64 = 4;

/// The limits of an account; 0 means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountLimits {
    /// Connections at a time.
    pub connections: u64,
    /// Number of statements per hour.
    pub queries: u64,
    /// Number of statements per hour that change something.
    pub updates: u64,
    /// New connections per hour.
    pub new_connections: u64,
}

impl AccountLimits {
    /// Reads the limits. A limit that the server does not show counts as no limit.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub(super) async fn read(connection: &mut MySqlConnection) -> Result<AccountLimits> {
        let connections = value(connection, "SELECT @@SESSION.max_user_connections").await?;
        let account: Option<String> = value(connection, "SHOW CREATE USER CURRENT_USER()").await?;
        let account = account.unwrap_or_default();
        Ok(AccountLimits {
            connections: connections.unwrap_or(0),
            queries: limit(&account, "MAX_QUERIES_PER_HOUR"),
            updates: limit(&account, "MAX_UPDATES_PER_HOUR"),
            new_connections: limit(&account, "MAX_CONNECTIONS_PER_HOUR"),
        })
    }
}

/// The first value of a query; `None` if the server does not answer the query.
async fn value<T>(connection: &mut MySqlConnection, sql: &'static str) -> Result<Option<T>>
where
    T: for<'r> sqlx::Decode<'r, sqlx::MySql> + sqlx::Type<sqlx::MySql>,
{
    match connection.fetch_one(sql).await.map_err(Error::from) {
        Ok(row) => Ok(row.try_get_unchecked(0).ok()),
        Err(error) if error.code().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number after a word of CREATE USER; 0 without the word.
fn limit(account: &str, word: &str) -> u64 {
    let mut words = account
        .split_whitespace()
        .skip_while(|found| *found != word);
    words.nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Whether the run stays within the limits.
pub(super) fn judge(limits: &AccountLimits, needs: &Requirements) -> Check {
    // each worker may need one connection of sqlx and one of mysql_async
    let connections = OTHERS + (2 * needs.connections as u64).max(LEAST);
    let batches = needs.unpacked.bytes / needs.batch_bytes.max(1) + 1;
    let statements = FIXED + PER_BATCH * batches;
    if limits.connections != 0 && limits.connections < connections {
        let fewer = limits.connections.saturating_sub(OTHERS) / 2;
        let lower = match limits.connections >= OTHERS + LEAST {
            true => {
                format!("use --connections {fewer}, or ask an administrator to raise the limit")
            }
            false => format!(
                "ask an administrator to raise the limit to at least {}",
                OTHERS + LEAST
            ),
        };
        return Check::fail(
            NAME,
            format!(
                "this account may have {} at a time (max_user_connections), and this run needs up to {connections}; {lower}",
                counted(limits.connections, "connection", "connections")
            ),
        );
    }
    let per_hour = [
        ("MAX_QUERIES_PER_HOUR", limits.queries, statements),
        ("MAX_UPDATES_PER_HOUR", limits.updates, statements),
        (
            "MAX_CONNECTIONS_PER_HOUR",
            limits.new_connections,
            2 * connections,
        ),
    ];
    let exceeded = |(_, limit, needed): &&(&str, u64, u64)| *limit != 0 && limit < needed;
    match per_hour.iter().find(exceeded) {
        Some((name, limit, needed)) => Check::fail(
            NAME,
            format!(
                "this account has {name} {}, and this run needs about {}; ask an administrator to raise the limit: ALTER USER … WITH {name} 0",
                grouped(*limit),
                grouped(*needed)
            ),
        ),
        None => Check::pass(NAME, "the limits of the account are high enough"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_the_words_of_both_servers() {
        for account in [
            "CREATE USER `a`@`%` IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 100 MAX_USER_CONNECTIONS 3 PASSWORD EXPIRE DEFAULT",
            "CREATE USER `a`@`%` WITH MAX_QUERIES_PER_HOUR 100 MAX_USER_CONNECTIONS 3.000000",
        ] {
            assert_eq!(limit(account, "MAX_QUERIES_PER_HOUR"), 100);
            assert_eq!(limit(account, "MAX_UPDATES_PER_HOUR"), 0);
        }
    }
}
