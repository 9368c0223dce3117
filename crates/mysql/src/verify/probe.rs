//! Finds out whether a server's `CHECKSUM TABLE` returns the number that the client computes, with
//! a temporary table that is like the loaded one.

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::table_checksum::TableChecksum;
use crate::insert::{Inserted, Limits, OnComplaint, insert};
use crate::target::Target;
use crate::test_rows;
use model::flavour::Flavour;
use model::schema::Table;
use mysql_schema::quote::quote_identifier;

/// The temporary table.
const PROBE: &str = "_reviewseed_probe";
/// Number of rows of the probe, with large values, small values and NULL.
const ROWS: u64 = 6;

/// The result of `CHECKSUM TABLE` for a table; `None` if the server returns none.
///
/// # Errors
///
/// When the server does not compute the checksum.
pub(crate) async fn checksum_table(
    connection: &mut MySqlConnection,
    table: &str,
) -> Result<Option<u32>> {
    let sql = format!("CHECKSUM TABLE {} EXTENDED", quote_identifier(table));
    let row = connection
        .fetch_one(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("cannot compute the checksum of {table}"))?;
    let sum: Option<u64> = row.try_get_unchecked(1)?;
    Ok(sum.and_then(|sum| u32::try_from(sum).ok()))
}

/// Whether the server computes the same number as the client for a table with these columns.
/// `target` must have all columns of the table.
///
/// # Errors
///
/// When the temporary table cannot be created, filled or read. The checksum of the loaded table
/// cannot be used then.
pub async fn agrees(
    connection: &mut MySqlConnection,
    flavour: Flavour,
    table: &Table,
    target: &Target,
    checksum: &TableChecksum,
) -> Result<bool> {
    let drop = format!("DROP TEMPORARY TABLE IF EXISTS {PROBE}");
    connection.execute(AssertSqlSafe(drop.clone())).await?;
    let agreed: Result<bool> = async {
        create(connection, flavour, table).await?;
        let batch = test_rows::batch(&target.columns, ROWS);
        let probe = Target {
            table: PROBE.to_owned(),
            ..target.clone()
        };
        let limits = Limits::read(connection).await?;
        let inserted = insert(connection, &probe, &batch, limits, OnComplaint::GiveUp).await?;
        if inserted != Inserted::Stored(Vec::new()) {
            return Ok(false);
        }
        let found = checksum_table(connection, PROBE).await?;
        Ok(found.is_some() && found == checksum.of(&batch))
    }
    .await;
    let dropped = connection.execute(AssertSqlSafe(drop)).await;
    let agreed = agreed?;
    dropped?;
    Ok(agreed)
}

/// Creates an empty table with the same columns, defaults and options, without CHECKs, because the
/// values of the probe need not fulfil them.
async fn create(connection: &mut MySqlConnection, flavour: Flavour, table: &Table) -> Result<()> {
    let like = format!(
        "CREATE TEMPORARY TABLE {PROBE} LIKE {}",
        quote_identifier(&table.name)
    );
    connection.execute(AssertSqlSafe(like)).await?;
    if table.checks.is_empty() {
        return Ok(());
    }
    let checks = 1..=table.checks.len();
    let dropped: Vec<String> = match flavour {
        // MySQL names the copies of CHECKs after the temporary table
        Flavour::MySql => checks
            .map(|n| format!("DROP CHECK {PROBE}_chk_{n}"))
            .collect(),
        Flavour::MariaDb => {
            connection
                .execute("SET SESSION check_constraint_checks = 0")
                .await?;
            return Ok(());
        }
    };
    let alter = format!("ALTER TABLE {PROBE} {}", dropped.join(", "));
    connection.execute(AssertSqlSafe(alter)).await?;
    Ok(())
}
