//! Whether a server's `CHECKSUM TABLE` gives the number that the client computes, found out on a
//! temporary table that is like the loaded one.

use crate::error::{Context, Result};
use crate::db::MySqlConnection;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::table_checksum::TableChecksum;
use crate::insert::{Inserted, Limits, OnComplaint, insert};
use crate::target::Target;
use model::batch::{Batch, BatchSize, Layout, Value};
use model::flavour::Flavour;
use model::schema::{Column, ColumnType, Table};
use mysql_schema::quote::quote_identifier;

/// The temporary table.
const PROBE: &str = "_reviewseed_probe";
/// Rows of the probe: large values, small ones, and NULL in turns.
const ROWS: usize = 4;

/// `CHECKSUM TABLE` of a table.
///
/// # Errors
///
/// When the server does not compute it.
pub(super) async fn checksum_table(
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

/// Whether the server computes the same number for a table with these columns. The rows hold the
/// columns of `target`, which are all of the table.
///
/// # Errors
///
/// When the temporary table cannot be made, filled or read. Its checksum cannot be used then.
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
        let batch = rows(&target.columns);
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

/// Makes an empty table with the same columns, defaults and options, without CHECKs, because the
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
        // the copies have names of their own
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

fn rows(columns: &[Column]) -> Batch {
    let layout = Layout::new(columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    for row in 0..ROWS {
        for (at, column) in columns.iter().enumerate() {
            // in one row all, in another every second
            let is_null = row == 2 || row == 3 && at % 2 == 0;
            match column.nullable && is_null {
                true => batch.push(Value::Null),
                false => push(&mut batch, &column.kind, row),
            }
        }
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

/// Adds a value of a type that is covered; another one for each row, as far as the type has them.
fn push(batch: &mut Batch, kind: &ColumnType, row: usize) {
    let number = row as u32;
    let day = 86_400_000_000i64;
    match kind {
        ColumnType::Integer { bits, unsigned } => {
            let all = u64::MAX >> (64 - bits);
            match unsigned {
                true => batch.push(Value::UInt([all, 1, 2, 3][row])),
                false => {
                    let most = (all >> 1) as i64;
                    batch.push(Value::Int([most, -most - 1, 2, -3][row]));
                }
            }
        }
        ColumnType::Boolean => batch.push(Value::Int(i64::from(number % 2))),
        ColumnType::Decimal {
            precision, scale, ..
        } => {
            let whole = if precision > scale { number % 10 } else { 0 };
            let digits = "0".repeat((*scale).into());
            let text = match scale {
                0 => whole.to_string(),
                _ => format!("{whole}.{digits}"),
            };
            batch.push(Value::Decimal(&text));
        }
        ColumnType::Float { .. } | ColumnType::Double { .. } => {
            batch.push(Value::Double(f64::from(number)));
        }
        ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } => {
            let day_of_row = 18_000 + i64::from(number);
            batch.push(Value::DateTime(day_of_row * day + 45_296_000_000));
        }
        ColumnType::Date => batch.push(Value::Date(18_000 + i64::from(number))),
        ColumnType::Time { .. } => {
            batch.push(Value::Time([45_296_000_000, -1_000_000, 0, day][row]))
        }
        ColumnType::Year => batch.push(Value::Year(1990 + number as u16)),
        ColumnType::Enum { members } => {
            batch.push(Value::Enum(1 + number % members.len().max(1) as u32));
        }
        ColumnType::Set { members } => {
            let all = u64::MAX >> (64 - members.len().clamp(1, 64));
            batch.push(Value::Set([all, 0, 1, 1][row]));
        }
        ColumnType::Bit { bits } => {
            let all = u64::MAX >> (64 - bits);
            batch.push(Value::UInt([all, 0, 1, 1][row]));
        }
        ColumnType::Binary { length } => {
            let bytes: Vec<u8> = (0..*length as u8).map(|at| at ^ number as u8).collect();
            batch.push(Value::Bytes(&bytes));
        }
        ColumnType::VarBinary { length: most } | ColumnType::Blob { max_bytes: most } => {
            let bytes = [0xff, 0, number as u8];
            batch.push(Value::Bytes(&bytes[..bytes.len().min(*most as usize)]));
        }
        ColumnType::Char { length: most }
        | ColumnType::VarChar { length: most }
        | ColumnType::Text { max_bytes: most } => {
            let text: String = [["é", "日本語", "", "x#"][row], "a b"].concat();
            let text: String = text.chars().take(*most as usize).collect();
            batch.push(Value::Text(text.trim_end()));
        }
        // not covered
        _ => batch.push(Value::Null),
    }
}
