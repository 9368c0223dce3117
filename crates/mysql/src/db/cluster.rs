//! Chooses one of several hosts: the first that accepts rows.
//!
//! In Group Replication, this is the primary; in Galera, it is the first node that is in the
//! cluster and synced. So all sessions of a run are on one server, where named locks keep two runs
//! apart. While a cluster elects a new primary, no host accepts rows; [`Error::NoHostTakesRows`] is
//! worth a retry.

use std::time::Duration;

use crate::error::{Context, Error, Result};
use sqlx::Row;

use super::{DatabaseUrl, MySqlConnection};
use crate::server_error::{
    ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_BAD_DB_ERROR,
    ER_DBACCESS_DENIED_ERROR,
};

/// A host that does not answer within this time is skipped.
const PATIENCE: Duration = Duration::from_secs(5);

const STATE: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only', 'offline_mode', 'wsrep_on')";
const GALERA: &str =
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state_comment')";

/// Finds the first of several hosts that accepts rows, and opens a session on it.
pub(super) async fn choose(url: &DatabaseUrl) -> Result<(DatabaseUrl, MySqlConnection)> {
    let mut reasons = Vec::new();
    for host in url.each_host() {
        let asked = async {
            let mut connection = super::connect_to(&host).await?;
            let reason = why_not(&mut connection).await?;
            Ok::<_, Error>((connection, reason))
        };
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        match asked.unwrap_or_else(|_| Err(Error::TimedOut(format!("{host} does not answer")))) {
            Ok((connection, None)) => return Ok((host, connection)),
            Ok((_, Some(reason))) => reasons.push(format!("{host} {reason}")),
            // no other host is tried, because an account has the same privileges on all members of
            // a cluster
            Err(error) if is_of_the_account(error.code()) => {
                return Err(error);
            }
            Err(error) => reasons.push(model::wording::chain(&error)),
        }
    }
    Err(Error::NoHostTakesRows(reasons))
}

/// Whether the account may not log in, or not use the database.
fn is_of_the_account(code: Option<u16>) -> bool {
    matches!(
        code,
        Some(
            ER_DBACCESS_DENIED_ERROR
                | ER_ACCESS_DENIED_ERROR
                | ER_BAD_DB_ERROR
                | ER_ACCESS_DENIED_NO_PASSWORD_ERROR
        )
    )
}

/// Why a server accepts no rows; `None` if it accepts rows.
async fn why_not(connection: &mut MySqlConnection) -> Result<Option<String>> {
    let on = |(_, value): &&(String, String)| value == "ON" || value == "1";
    let state = pairs(connection, STATE).await?;
    let found = state.iter().filter(on).find(|(name, _)| name != "wsrep_on");
    if let Some((name, _)) = found {
        return Ok(Some(format!("is read-only ({name}=ON)")));
    }
    if !state.iter().filter(on).any(|(name, _)| name == "wsrep_on") {
        return Ok(None);
    }
    let status = pairs(connection, GALERA).await?;
    let bad = |(name, value): &&(String, String)| match name.as_str() {
        "wsrep_ready" => value != "ON",
        _ => value != "Synced",
    };
    Ok(status
        .iter()
        .find(bad)
        .map(|(name, value)| format!("is not ready ({name}={value})")))
}

async fn pairs(
    connection: &mut MySqlConnection,
    sql: &'static str,
) -> Result<Vec<(String, String)>> {
    let rows = sqlx::raw_sql(sql)
        .fetch_all(connection)
        .await
        .context("cannot read whether the server accepts rows")?;
    rows.iter()
        .map(|row| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?)))
        .collect()
}
