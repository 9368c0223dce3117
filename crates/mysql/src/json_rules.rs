//! Finds out whether a server accepts the same texts as JSON as the client does.
//!
//! The client knows the rules of the versions that it was tested with. A server of another version
//! may have other rules, for example for the number of levels. So the server is asked about texts
//! on both sides of each rule.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use model::flavour::Flavour;
use sqlx::{AssertSqlSafe, Executor, Row};

/// Texts that some servers accept as JSON and others do not.
const TEXTS: [&str; 14] = [
    "1e400",
    "1.",
    "0e1",
    "1e--5",
    "[-]",
    "01",
    "[1,]",
    r#""\x""#,
    r#""\ud83d""#,
    r#""\ud83d\ude00""#,
    "\"\t\"",
    "{\"\ta\":1}",
    r#"{"a":1,"a":2}"#,
    "{a:1}",
];

/// Numbers of nested arrays, on both sides of the limits of servers. MySQL returns an error for
/// more than 100.
const LEVELS: [usize; 4] = [31, 32, 33, 100];

/// Whether the client can judge JSON texts for this server.
///
/// # Errors
///
/// When the connection is lost.
pub async fn are_known(connection: &mut MySqlConnection, flavour: Flavour) -> Result<bool> {
    let texts = TEXTS.iter().map(|text| (*text).to_owned());
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let texts: Vec<String> = texts.chain(LEVELS.map(nested)).collect();
    let valid = texts.iter().map(|text| {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("JSON_VALID(CONVERT(X'{hex}' USING utf8mb4))")
    });
    let sql = format!("SELECT {}", valid.collect::<Vec<_>>().join(","));
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .context("cannot ask the server which texts are valid JSON")?;
    for (at, text) in texts.iter().enumerate() {
        let theirs: Option<i64> = row.try_get_unchecked(at)?;
        if (theirs == Some(1)) != clean::json::check(text, flavour).is_ok() {
            return Ok(false);
        }
    }
    Ok(true)
}
