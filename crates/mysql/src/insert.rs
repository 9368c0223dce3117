//! INSERT statements of many rows in strict mode, and bisection when one of them fails.
//!
//! They are used on servers that do not accept LOAD DATA LOCAL, and to find exactly the rows that a
//! server does not accept: a failed statement is split until a single row is left, and that row is
//! rejected with the server's message. The caller owns the transaction.

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result};
use crate::server_error::*;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::target::{KEEP_NOTES, Target};
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::rejection::ServerRejection;
use model::sqltext::{needs_quotes, push_hex, push_plain};
use model::wording::grouped;
use mysql_schema::quote::quote_identifier;

/// Maximum size in bytes of a statement of several rows, if the server accepts packets of twice
/// that size.
const STATEMENT_BYTES: u64 = 1 << 20;

/// How long the INSERT statements of a connection may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size in bytes of a statement of several rows.
    pub(crate) statement: usize,
    /// The session's max_allowed_packet. The server closes the connection when a statement is
    /// longer, before the client has sent all of it. The client then sees only a broken pipe, so
    /// such a statement must not be sent.
    packet: usize,
}

impl Limits {
    /// Reads the limits from the server. A session keeps the max_allowed_packet with which it
    /// began.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn read(connection: &mut MySqlConnection) -> Result<Limits> {
        let packet = connection
            .fetch_one("SELECT CAST(@@SESSION.max_allowed_packet AS UNSIGNED)")
            .await
            .and_then(|row| row.try_get_unchecked::<u64, _>(0))
            .context("cannot read max_allowed_packet")?;
        Ok(Limits {
            statement: usize::try_from(STATEMENT_BYTES.min(packet / 2))?,
            packet: usize::try_from(packet)?,
        })
    }

    /// Why a statement of one row cannot be sent; `None` when it can.
    fn complaint(self, statement: &[u8]) -> Option<Complaint> {
        // a packet consists of one byte for its kind and of the statement; its length must be below
        // the limit
        if statement.len() + 1 < self.packet {
            return None;
        }
        let why = format!(
            "the row is {} bytes long as an INSERT statement, and the server accepts less than {} bytes at a time (max_allowed_packet); \
             raise max_allowed_packet on the server, or load the row with --load local-infile, which needs no packet of that length",
            grouped(statement.len() as u64),
            grouped(self.packet as u64)
        );
        Some((Rule::RefusedByServer, why))
    }
}

/// What to do when the server reports an error or a warning for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnComplaint {
    /// Stop at the first error or warning; the caller rolls back and inserts again with `Bisect`.
    GiveUp,
    /// Split the rows until those that the server does not accept are found.
    Bisect,
}

/// Result of [`insert`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// All rows of the batch that were not rejected before are stored, except the contained ones.
    Stored(Vec<ServerRejection>),
    /// The server reported an error or a warning for a row, and [`OnComplaint::GiveUp`] was asked
    /// for.
    Complaint,
}

/// Inserts the rows of a batch that are not rejected, with statements within `limits`. A row that
/// is too long for a statement is rejected.
///
/// # Errors
///
/// When a statement fails for a reason other than a row.
pub async fn insert(
    connection: &mut MySqlConnection,
    target: &Target,
    batch: &Batch,
    limits: Limits,
    on_complaint: OnComplaint,
) -> Result<Inserted> {
    let rows: Vec<usize> = batch.live_rows().collect();
    insert_rows(connection, (target, batch), &rows, limits, on_complaint).await
}

/// Like [`insert`], for these rows of a batch.
pub(crate) async fn insert_rows(
    connection: &mut MySqlConnection,
    (target, batch): (&Target, &Batch),
    rows: &[usize],
    limits: Limits,
    on_complaint: OnComplaint,
) -> Result<Inserted> {
    let encode =
        |out: &mut Vec<u8>, rows: &[usize]| encode(out, target, batch, rows, limits.statement);
    store(connection, target, rows, (limits, on_complaint), &encode).await
}

/// Executes statements for rows, within `limits`. `encode` writes one statement for as many of the
/// given rows as fit, at least one, and returns their number.
pub(crate) async fn store(
    connection: &mut MySqlConnection,
    target: &Target,
    rows: &[usize],
    (limits, on_complaint): (Limits, OnComplaint),
    encode: &(impl Fn(&mut Vec<u8>, &[usize]) -> usize + Sync),
) -> Result<Inserted> {
    let mut refused = Vec::new();
    let mut open: Vec<&[usize]> = vec![rows];
    let mut statement = Vec::new();
    if !target.computed.is_empty() {
        // without this setting, the server shows fewer notes, and more statements are split
        connection.execute(KEEP_NOTES).await.ok();
    }
    while let Some(rows) = open.pop() {
        if rows.is_empty() {
            continue;
        }
        let taken = encode(&mut statement, rows);
        let (now, later) = rows.split_at(taken);
        if !later.is_empty() {
            open.push(later);
        }
        let complaint = match limits.complaint(&statement) {
            Some(too_long) => Some(too_long),
            None => {
                let sent = now.len() as u64;
                execute(connection, target, (&statement, sent), on_complaint).await?
            }
        };
        let Some((rule, message)) = complaint else {
            continue;
        };
        if on_complaint == OnComplaint::GiveUp {
            return Ok(Inserted::Complaint);
        }
        if let [row] = now {
            refused.push(ServerRejection {
                row: *row,
                rule,
                message,
            });
        } else {
            let (left, right) = now.split_at(now.len() / 2);
            open.push(right);
            open.push(left);
        }
    }
    Ok(Inserted::Stored(refused))
}

/// Runs a statement that inserts `sent` rows. When the server reports an error or a warning for a
/// row, the statement is rolled back, unless the caller rolls back the whole transaction.
async fn execute(
    connection: &mut MySqlConnection,
    target: &Target,
    (statement, sent): (&[u8], u64),
    on_complaint: OnComplaint,
) -> Result<Option<Complaint>> {
    let text = std::str::from_utf8(statement)
        .map_err(Error::other)
        .context("an INSERT statement is not valid UTF-8")?;
    if on_complaint == OnComplaint::Bisect {
        connection.execute("SAVEPOINT reviewseed").await?;
    }
    let complaint = match connection.execute(AssertSqlSafe(text)).await {
        Ok(result) => {
            let stored = result.rows_affected();
            complaint_of_success(connection, target, stored, sent).await?
        }
        Err(error) => Some(complaint_of_error(error)?),
    };
    if complaint.is_some() && on_complaint == OnComplaint::Bisect {
        connection
            .execute("ROLLBACK TO SAVEPOINT reviewseed")
            .await?;
    }
    Ok(complaint)
}

/// Writes one statement for as many of `rows` as fit, at least one, and returns their number.
fn encode(
    out: &mut Vec<u8>,
    target: &Target,
    batch: &Batch,
    rows: &[usize],
    limit: usize,
) -> usize {
    let head = format!(
        "INSERT INTO {} ({}) VALUES ",
        quote_identifier(&target.table),
        target.column_list()
    );
    encode_rows(out, (&head, limit), rows, |out, row| {
        push_row(out, batch, row);
    })
}

/// Writes one statement that begins with `head`, for as many of `rows` as fit into `limit` bytes,
/// at least one, and returns their number. `push` writes a row with its parentheses.
pub(crate) fn encode_rows(
    out: &mut Vec<u8>,
    (head, limit): (&str, usize),
    rows: &[usize],
    push: impl Fn(&mut Vec<u8>, usize),
) -> usize {
    out.clear();
    out.extend_from_slice(head.as_bytes());
    for (taken, row) in rows.iter().enumerate() {
        let before = out.len();
        if taken > 0 {
            out.push(b',');
        }
        push(out, *row);
        if taken > 0 && out.len() > limit {
            out.truncate(before);
            return taken;
        }
    }
    rows.len()
}

fn push_row(out: &mut Vec<u8>, batch: &Batch, row: usize) {
    out.push(b'(');
    push_values(out, batch, row);
    out.push(b')');
}

/// Appends the values of a row as literals, separated by commas.
pub(crate) fn push_values(out: &mut Vec<u8>, batch: &Batch, row: usize) {
    let layout = batch.layout();
    for column in 0..layout.columns() {
        if column > 0 {
            out.push(b',');
        }
        push_value(out, batch, row, column);
    }
}

/// Appends one value as a literal.
pub(crate) fn push_value(out: &mut Vec<u8>, batch: &Batch, row: usize, column: usize) {
    match batch.value(row, column) {
        Value::Null => out.extend_from_slice(b"NULL"),
        Value::Text(text) => push_quoted(out, text.as_bytes()),
        Value::Bytes(bytes) => {
            out.extend_from_slice(b"X'");
            push_hex(out, bytes);
            out.push(b'\'');
        }
        // a number without quotes is the position of an ENUM member, or the members of a SET
        plain => {
            let quote = needs_quotes(plain);
            if quote {
                out.push(b'\'');
            }
            push_plain(out, plain, batch.layout().precision(column));
            if quote {
                out.push(b'\'');
            }
        }
    }
}

/// Appends a text as a literal. Backslash escapes work, because the session's sql_mode does not
/// exclude them.
fn push_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'\'');
    for &byte in text {
        match byte {
            b'\'' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0 => out.extend_from_slice(b"\\0"),
            _ => out.push(byte),
        }
    }
    out.push(b'\'');
}

type Complaint = (Rule, String);

/// The rule and message if a successful statement changed values (a note says so) or stored fewer
/// rows.
async fn complaint_of_success(
    connection: &mut MySqlConnection,
    target: &Target,
    stored: u64,
    sent: u64,
) -> Result<Option<Complaint>> {
    let shown = match target.computed.is_empty() {
        true => "SHOW WARNINGS LIMIT 1",
        false => "SHOW WARNINGS",
    };
    let warnings = connection.fetch_all(shown).await?;
    for warning in &warnings {
        let level: String = warning.try_get_unchecked(0)?;
        let code: u32 = warning.try_get_unchecked(1)?;
        let message: String = warning.try_get_unchecked(2)?;
        if !target.is_about_computed(&level, &message) {
            return Ok(Some((
                rule_of(code as u16),
                format!("the server would change the value: {message} ({code})"),
            )));
        }
    }
    if !warnings.is_empty() && sent > 1 {
        let count = connection.fetch_one("SHOW COUNT(*) WARNINGS").await?;
        let count: u64 = count.try_get_unchecked(0)?;
        if count > warnings.len() as u64 {
            let words = format!(
                "the server shows only {} of its {count} notes about the rows",
                warnings.len()
            );
            return Ok(Some((Rule::RefusedByServer, words)));
        }
    }
    if stored != sent {
        return Ok(Some((
            Rule::RefusedByServer,
            format!("the server stored {stored} of {sent} rows"),
        )));
    }
    Ok(None)
}

/// The rule and message if the error is about a row; any other error is returned.
fn complaint_of_error(error: sqlx::Error) -> Result<Complaint> {
    match Error::from(error) {
        Error::Server(answer) if answer.blames_row() => Ok((
            rule_of(answer.code),
            format!("{} ({})", answer.message, answer.code),
        )),
        other => Err(other),
    }
}

/// The rule that corresponds to an error of the server.
pub(crate) fn rule_of(code: u16) -> Rule {
    match code {
        ER_DUP_ENTRY | ER_DUP_ENTRY_WITH_KEY_NAME | ER_DUP_KEY => Rule::DuplicateKey,
        ER_CHECK_CONSTRAINT_VIOLATED | ER_CONSTRAINT_FAILED => Rule::CheckFailed,
        ER_NO_REFERENCED_ROW_2 | ER_NO_REFERENCED_ROW => Rule::MissingParent,
        ER_DATA_TOO_LONG => Rule::TooLong,
        ER_WARN_DATA_OUT_OF_RANGE | ER_DATA_OUT_OF_RANGE => Rule::OutOfRange,
        ER_BAD_NULL_ERROR | ER_NO_DEFAULT_FOR_FIELD => Rule::MissingValue,
        _ => Rule::RefusedByServer,
    }
}
