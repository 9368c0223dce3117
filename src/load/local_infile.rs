//! The fast way: LOAD DATA LOCAL INFILE, streamed from memory. No file is opened, whatever name the server asks for.
//!
//! LOCAL implies IGNORE even in strict mode: wrong values become others with a warning, and duplicates are skipped. So the
//! counts that the server gives back are part of the result, and the caller keeps a batch only when they are perfect.

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use memchr::memchr3;
use mysql_async::prelude::Queryable;

use super::Target;
use crate::batch::{Batch, Value};
use crate::quote::quote_identifier;
use crate::sqltext::push_plain;

/// Bytes given to the network at a time.
const PIECE: usize = 256 * 1024;

/// What the server says of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Records found in the stream.
    pub records: u64,
    /// Records left out, such as duplicates.
    pub skipped: u64,
    /// Warnings, of changed values too.
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

/// The statement that takes the stream.
pub fn statement(target: &Target) -> String {
    format!(
        "LOAD DATA LOCAL INFILE 'reviewseed' INTO TABLE {} CHARACTER SET utf8mb4 \
         FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ({})",
        quote_identifier(&target.table),
        target.column_list()
    )
}

/// The live rows as LOAD DATA reads them: fields end with a tab, lines with a line feed, `\N` is NULL.
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
                // a number would be taken for a member of that name first
                Value::Enum(position) => {
                    push_escaped(
                        &mut out,
                        target
                            .member(column, position)
                            .unwrap_or_default()
                            .as_bytes(),
                    );
                }
                plain => push_plain(&mut out, plain, layout.precision(column)),
            }
        }
        out.push(b'\n');
    }
    out
}

/// Appends a text with everything escaped that LOAD DATA would take for something else.
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

/// Sends encoded rows through one LOAD DATA statement. The transaction is the caller's.
///
/// # Errors
///
/// When the server refuses the statement or the connection is lost; the connection must not be used again then.
pub async fn send(
    connection: &mut mysql_async::Conn,
    statement: &str,
    rows: Vec<u8>,
) -> Result<Counts> {
    let rows = Bytes::from(rows);
    connection.set_infile_handler(async move {
        let pieces = (0..rows.len().div_ceil(PIECE)).map(move |i| {
            let end = ((i + 1) * PIECE).min(rows.len());
            Ok(rows.slice(i * PIECE..end))
        });
        Ok(stream::iter(pieces).boxed())
    });
    connection.query_drop(statement).await?;
    let info = connection.info();
    Counts::parse(&info)
        .with_context(|| format!("the server's answer to LOAD DATA is not understood: \"{info}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn everything_that_load_data_would_misread_is_escaped() {
        let mut out = Vec::new();
        push_escaped(&mut out, b"a\tb\nc\\d\0e\rf\\N");
        assert_eq!(out, b"a\\tb\\nc\\\\d\\0e\rf\\\\N");
    }
}
