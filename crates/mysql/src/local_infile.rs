//! LOAD DATA LOCAL INFILE, streamed from memory. No file is opened, whatever name the server asks
//! for.
//!
//! LOCAL implies IGNORE even in strict mode: the server changes wrong values, with a warning, and
//! skips duplicates. So the counts that the server returns are part of the result, and the caller
//! commits a batch only when all rows were stored unchanged.

use std::sync::OnceLock;

use crate::db::BulkConnection;
use crate::error::{Context, Error, Result, ServerError};
use bytes::Bytes;
use memchr::memchr3;

use crate::server_error::{
    CR_LOAD_DATA_LOCAL_INFILE_REJECTED, ER_CLIENT_LOCAL_FILES_DISABLED,
    ER_LOAD_INFILE_CAPABILITY_DISABLED, ER_NOT_ALLOWED_COMMAND, ER_NOT_SUPPORTED_YET,
};
use crate::target::Target;
use model::batch::{Batch, Value};
use model::schema::ColumnType;
use model::sqltext::{push_hex, push_plain};
use model::wording::chain;
use mysql_schema::quote::quote_identifier;

/// Number of bytes that are sent to the server at a time.
const PIECE: usize = 256 * 1024;

/// What the workers do when the server, or a proxy in front of it, does not accept LOAD DATA LOCAL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnsupported {
    /// The workers load by INSERT from then on.
    Insert,
    /// The run fails with [`Error::LocalInfileUnsupported`].
    Fail,
}

/// Whether rows are loaded by INSERT although LOAD DATA LOCAL was chosen, and why.
#[derive(Debug)]
pub struct InsertFallback {
    on_unsupported: WhenUnsupported,
    why: OnceLock<String>,
}

impl InsertFallback {
    /// Starts with LOAD DATA LOCAL, which is used until an error says that it does not work.
    pub fn new(on_unsupported: WhenUnsupported) -> InsertFallback {
        InsertFallback {
            on_unsupported,
            why: OnceLock::new(),
        }
    }

    /// Whether rows are loaded by INSERT now.
    pub fn is_taken(&self) -> bool {
        self.why.get().is_some()
    }

    /// Switches to INSERT because of an error for which [`is_unsupported`] is true. Returns the
    /// message for the user at the first call, and `None` at later ones.
    ///
    /// # Errors
    ///
    /// When rows must be loaded by LOAD DATA LOCAL.
    pub fn take(&self, error: Error) -> Result<Option<String>> {
        if self.on_unsupported == WhenUnsupported::Fail {
            return Err(Error::LocalInfileUnsupported(Box::new(error)));
        }
        let words = format!(
            "LOAD DATA LOCAL does not work on this connection ({}); using INSERT, which takes about twice as long",
            chain(&error)
        );
        Ok(self.why.set(words.clone()).is_ok().then_some(words))
    }
}

/// Whether an error of LOAD DATA LOCAL says that the server, or a proxy in front of it, does not
/// support the statement at all. MySQL and MariaDB have error numbers for that; proxies and other
/// products use any number, with a text that says so.
pub fn is_unsupported(error: &Error) -> bool {
    error.server().is_some_and(says_unsupported)
}

fn says_unsupported(server: &ServerError) -> bool {
    if matches!(
        server.code,
        ER_NOT_ALLOWED_COMMAND
            | ER_NOT_SUPPORTED_YET
            | CR_LOAD_DATA_LOCAL_INFILE_REJECTED
            | ER_CLIENT_LOCAL_FILES_DISABLED
            | ER_LOAD_INFILE_CAPABILITY_DISABLED
    ) {
        return true;
    }
    // the message of a trigger or a constraint about a row may contain these words, too
    if server.blames_row() {
        return false;
    }
    let text = server.message.to_lowercase();
    [
        "unsupported",
        "not supported",
        "not support",
        "local data is disabled",
        "local infile",
        "not allowed with this",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// What the server reports about a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Number of records found in the stream.
    pub records: u64,
    /// Number of records left out, such as duplicates.
    pub skipped: u64,
    /// Number of warnings, including those about changed values.
    pub warnings: u64,
}

impl Counts {
    /// Whether each of `sent` rows was stored as it was sent.
    pub fn are_perfect(self, sent: u64) -> bool {
        self.records == sent && self.skipped == 0 && self.warnings == 0
    }

    /// Reads `Records: 3  Deleted: 0  Skipped: 0  Warnings: 0`.
    fn parse(info: &str) -> Option<Counts> {
        let count = |name: &str| {
            let rest = info.split(name).nth(1)?;
            rest.split_whitespace().next()?.parse().ok()
        };
        Some(Counts {
            records: count("Records:")?,
            skipped: count("Skipped:")?,
            warnings: count("Warnings:")?,
        })
    }
}

/// The statement that reads the stream.
pub fn statement(target: &Target) -> String {
    format!(
        "LOAD DATA LOCAL INFILE 'reviewseed' INTO TABLE {} CHARACTER SET utf8mb4 \
         FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' {}",
        quote_identifier(&target.table),
        fields_and_assignments(target)
    )
}

/// The fields of a line: columns, or variables from which columns are computed. Bytes are sent as
/// hexadecimal digits, because the stream is a text in UTF-8.
fn fields_and_assignments(target: &Target) -> String {
    let (mut fields, mut assignments) = (Vec::new(), Vec::new());
    for (at, column) in target.columns.iter().enumerate() {
        let name = quote_identifier(&column.name);
        let value = match &column.kind {
            // without CAST, the server would take the digits of a number for the bytes of a BIT, or
            // for a member of a SET
            ColumnType::Bit { .. } | ColumnType::Set { .. } => {
                format!("CAST(@f{at} AS UNSIGNED)")
            }
            kind if is_sent_in_hex(kind) => format!("UNHEX(@f{at})"),
            _ => {
                fields.push(name);
                continue;
            }
        };
        fields.push(format!("@f{at}"));
        assignments.push(format!("{name}={value}"));
    }
    match assignments.is_empty() {
        true => format!("({})", fields.join(",")),
        false => format!("({}) SET {}", fields.join(","), assignments.join(",")),
    }
}

fn is_sent_in_hex(kind: &ColumnType) -> bool {
    let is_spatial = matches!(
        kind,
        ColumnType::Geometry { .. } | ColumnType::Vector { .. }
    );
    kind.is_binary() || is_spatial
}

/// Encodes the rows that are not rejected as LOAD DATA reads them: fields end with a tab, lines
/// with a line feed, `\N` is NULL.
pub fn encode(target: &Target, batch: &Batch) -> Vec<u8> {
    let layout = batch.layout();
    let span = (batch.end - batch.start) as usize;
    let mut out = Vec::with_capacity(span + span / 8 + 64);
    for row in batch.live_rows() {
        for column in 0..layout.columns() {
            if column > 0 {
                out.push(b'\t');
            }
            match batch.value(row, column) {
                Value::Null => out.extend_from_slice(b"\\N"),
                Value::Text(text) => push_escaped(&mut out, text.as_bytes()),
                // by name, because the server would first look for a member whose name is the
                // number
                Value::Enum(position) => {
                    push_escaped(
                        &mut out,
                        target
                            .member(column, position)
                            .unwrap_or_default()
                            .as_bytes(),
                    );
                }
                Value::Bytes(bytes) => push_hex(&mut out, bytes),
                plain => push_plain(&mut out, plain, layout.precision(column)),
            }
        }
        out.push(b'\n');
    }
    out
}

/// Appends a text, and escapes the characters that LOAD DATA treats specially.
pub fn push_escaped(out: &mut Vec<u8>, mut text: &[u8]) {
    let has_nul = memchr::memchr(0, text).is_some();
    loop {
        let special = if has_nul {
            text.iter()
                .position(|b| matches!(b, b'\\' | b'\t' | b'\n' | 0))
        } else {
            memchr3(b'\\', b'\t', b'\n', text)
        };
        let Some(at) = special else {
            out.extend_from_slice(text);
            return;
        };
        out.extend_from_slice(&text[..at]);
        out.push(b'\\');
        out.push(match text[at] {
            b'\t' => b't',
            b'\n' => b'n',
            0 => b'0',
            other => other,
        });
        text = &text[at + 1..];
    }
}

/// Sends encoded rows through one LOAD DATA statement. The caller owns the transaction.
///
/// # Errors
///
/// When the statement fails or the connection is lost; the connection must not be used again then.
pub async fn send(
    connection: &mut BulkConnection,
    statement: &str,
    rows: Vec<u8>,
) -> Result<Counts> {
    let rows = Bytes::from(rows);
    let bytes = rows.len();
    let pieces = (0..rows.len().div_ceil(PIECE)).map(move |i| {
        let end = ((i + 1) * PIECE).min(rows.len());
        rows.slice(i * PIECE..end)
    });
    connection.load(statement, pieces, bytes).await?;
    let info = connection.info();
    Counts::parse(&info)
        .with_context(|| format!("cannot parse the server's answer to LOAD DATA: \"{info}\""))
}

/// The counts of a load without the notes about columns that the server computes. If any warning is
/// about something else, or is not shown, all warnings count.
///
/// # Errors
///
/// When the warnings cannot be read.
pub async fn without_notes(
    connection: &mut BulkConnection,
    target: &Target,
    counts: Counts,
) -> Result<Counts> {
    if counts.warnings == 0 || target.computed.is_empty() {
        return Ok(counts);
    }
    let shown: Vec<(String, u32, String)> = connection.query("SHOW WARNINGS").await?;
    let is_note =
        |(level, _, message): &(String, u32, String)| target.is_about_computed(level, message);
    match shown.len() as u64 == counts.warnings && shown.iter().all(is_note) {
        true => Ok(Counts {
            warnings: 0,
            ..counts
        }),
        false => Ok(counts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_error::*;

    #[test]
    fn the_servers_counts_are_read() {
        let counts = Counts::parse("Records: 12  Deleted: 0  Skipped: 1  Warnings: 3").unwrap();
        assert_eq!(
            (counts.records, counts.skipped, counts.warnings),
            (12, 1, 3)
        );
        assert!(!counts.are_perfect(12));
        assert_eq!(Counts::parse("Query OK"), None);
    }

    #[test]
    fn an_error_that_says_unsupported_is_distinguished_from_one_about_a_row() {
        let error = |code, state: &str, message: &str| -> Error {
            mysql_async::Error::Server(mysql_async::ServerError {
                code,
                state: state.to_owned(),
                message: message.to_owned(),
            })
            .into()
        };
        for (code, state, message) in [
            (
                ER_UNKNOWN_COM_ERROR,
                "HY000",
                "Unsupported 'LOAD DATA LOCAL INFILE' command",
            ),
            (
                ER_UNKNOWN_ERROR,
                "HY000",
                "LOAD DATA is not supported by this proxy",
            ),
            (
                ER_NOT_SUPPORTED_YET,
                "42000",
                "This version of MySQL doesn't yet support 'LOAD DATA'",
            ),
            (
                ER_NOT_ALLOWED_COMMAND,
                "42000",
                "The used command is not allowed with this MySQL version",
            ),
            (
                ER_CLIENT_LOCAL_FILES_DISABLED,
                "42000",
                "Loading local data is disabled; this must be enabled on both the client and server sides",
            ),
            (
                ER_UNKNOWN_ERROR,
                "42000",
                "Loading local data is disabled by the client",
            ),
            (
                ER_LOAD_INFILE_CAPABILITY_DISABLED,
                "HY000",
                "The used command is not allowed because the MariaDB server or client has disabled the local infile capability",
            ),
            (
                CR_LOAD_DATA_LOCAL_INFILE_REJECTED,
                "HY000",
                "LOAD DATA LOCAL INFILE file request rejected due to restrictions on access.",
            ),
        ] {
            assert!(is_unsupported(&error(code, state, message)), "{message}");
        }
        for (code, state, message) in [
            (
                ER_SIGNAL_EXCEPTION,
                "45000",
                "this kind of row is not supported",
            ),
            (
                ER_DUP_ENTRY,
                "23000",
                "Duplicate entry 'unsupported' for key 't.name'",
            ),
            (
                ER_UNKNOWN_COM_ERROR,
                "08S01",
                "WSREP has not yet prepared node for application use",
            ),
            (
                ER_LOCK_DEADLOCK,
                "40001",
                "Deadlock found when trying to get lock",
            ),
            (ER_RECORD_FILE_FULL, "HY000", "The table 't' is full"),
        ] {
            assert!(!is_unsupported(&error(code, state, message)), "{message}");
        }
    }

    #[test]
    fn everything_that_load_data_would_misread_is_escaped() {
        let mut out = Vec::new();
        push_escaped(&mut out, b"a\tb\nc\\d\0e\rf\\N");
        assert_eq!(out, b"a\\tb\\nc\\\\d\\0e\rf\\\\N");
    }
}
