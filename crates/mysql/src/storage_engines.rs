//! Reads the storage engines of a server, and its settings that affect the tables of a schema file.

use crate::db::MySqlConnection;
use mysql_schema::engine::Engines;
use sqlx::AssertSqlSafe;

/// Queries the storage engines of a server. Values that the server does not report are unknown in
/// the result.
pub async fn read_engines(connection: &mut MySqlConnection) -> Engines {
    let named: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT CAST(ENGINE AS CHAR), CAST(TRANSACTIONS AS CHAR) FROM information_schema.ENGINES",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap_or_default();
    let known = |(name, transactions): (String, Option<String>)| {
        Some((name.to_lowercase(), transactions? == "YES"))
    };
    Engines {
        named: named.into_iter().filter_map(known).collect(),
        default: variable(connection, "default_storage_engine").await,
        enforced: variable(connection, "enforce_storage_engine").await,
        // servers without the variable accept any index
        needs_unique_parents: Some(
            variable(connection, "restrict_fk_on_non_standard_key")
                .await
                .as_deref()
                == Some("1"),
        ),
        takes_zero_dates: variable(connection, "GLOBAL.sql_mode")
            .await
            .map(|mode| !mode.contains("NO_ZERO_DATE")),
    }
}

/// Whether TIMESTAMP means TIMESTAMP NOT NULL with a default on this server.
pub async fn has_implicit_timestamps(connection: &mut MySqlConnection) -> bool {
    let explicit = variable(connection, "explicit_defaults_for_timestamp").await;
    matches!(explicit.as_deref(), Some("0" | "OFF"))
}

async fn variable(connection: &mut MySqlConnection, name: &str) -> Option<String> {
    let sql = format!("SELECT CAST(@@{name} AS CHAR)");
    let value: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await
        .ok()?;
    value
}
