//! Finds records that no dialect can read, because the program that wrote them made a mistake or
//! something is missing.

use std::collections::HashSet;

use super::super::{Accepted, Kept};
use input::Source;
use input::dialect::Dialect;
use model::wording::counted;

pub(super) const NESTED: &str = "quotes within quoted fields are not doubled";

pub(super) const LINE_ENDS: &str = "line ends in fields that are not in quotes";

pub(super) const DELIMITERS: &str =
    "more fields than the header has, probably because of delimiters in fields without quotes";

/// The records with a field in quotes that has more quotes within it, neither doubled nor escaped:
/// `"a "b" c"`.
pub(super) fn quotes_within_quotes<'k>(open: &[&'k Kept], dialect: &Dialect) -> Vec<&'k Kept> {
    let (Some(quote), None) = (dialect.quote, dialect.escape) else {
        return Vec::new();
    };
    let delimiter = dialect.delimiter.bytes();
    let has_one = |kept: &&&Kept| {
        let record = without_line_end(&kept.raw);
        // an odd number of quotes means that the record continues on another line, so it is not
        // judged alone
        let quotes = record.iter().filter(|byte| **byte == quote).count();
        quotes % 2 == 0 && has_nested(record, quote, delimiter)
    };
    open.iter().filter(has_one).copied().collect()
}

fn has_nested(record: &[u8], quote: u8, delimiter: &[u8]) -> bool {
    let (mut is_open, mut has_inner, mut found) = (false, false, false);
    let mut at = 0;
    while at < record.len() {
        let starts = at == 0 || record[..at].ends_with(delimiter);
        let rest = &record[at + 1..];
        let ends = rest.is_empty() || rest.starts_with(delimiter);
        match record[at] == quote {
            true if !is_open && starts => (is_open, has_inner) = (true, false),
            true if is_open && ends => {
                found |= has_inner;
                is_open = false;
            }
            true if is_open && rest.first() == Some(&quote) => at += 1,
            // a quote after a backslash is not counted, because it has another cause
            true if is_open && record[at - 1] != b'\\' => has_inner = true,
            _ => {}
        }
        at += 1;
    }
    found && !is_open
}

/// The padded records that are probably complete. A record is not complete if an unreadable record
/// follows it directly, because both are probably parts of one record. The last record is not
/// complete without a line end, because the file was probably cut off.
pub(super) fn complete<'k>(read: &[&'k Kept], open: &[&'k Kept]) -> Vec<&'k Kept> {
    let known: HashSet<u64> = read.iter().map(|kept| kept.offset).collect();
    let unread = open.iter().filter(|kept| !known.contains(&kept.offset));
    let unread: HashSet<u64> = unread.map(|kept| kept.offset).collect();
    let is_whole = |kept: &&&Kept| {
        let end = kept.offset + kept.raw.len() as u64;
        !unread.contains(&end) && without_line_end(&kept.raw).len() < kept.raw.len()
    };
    read.iter().filter(is_whole).copied().collect()
}

/// Whether accepted records end with delimiters for empty fields. Then shorter records are damaged.
pub(super) fn has_empty_ends(accepted: &Accepted, dialect: &Dialect) -> bool {
    let delimiter = dialect.delimiter.bytes();
    let lines = accepted.bytes.split(|byte| *byte == b'\n');
    let mut lines = lines.map(without_line_end);
    lines.any(|line| line.ends_with(delimiter))
}

/// Pairs of consecutive records that together have as many fields as the header. A line end in a
/// field has probably separated them.
pub(super) fn line_ends<'k>(open: &[&'k Kept], source: &Source) -> Vec<&'k Kept> {
    let fields = |kept: &Kept| fields(kept, source);
    let mut found = Vec::new();
    let mut at = 0;
    while at + 1 < open.len() {
        let (first, second) = (open[at], open[at + 1]);
        let follows = first.offset + first.raw.len() as u64 == second.offset;
        let is_pair = match (fields(first), fields(second)) {
            (Some(a), Some(b)) => a + b == source.header.fields + 1,
            _ => false,
        };
        if follows && is_pair {
            found.extend([first, second]);
            at += 1;
        }
        at += 1;
    }
    found
}

/// Records with more fields than the header and without any quoted field.
pub(super) fn delimiters<'k>(open: &[&'k Kept], source: &Source) -> Vec<&'k Kept> {
    let is_long = |kept: &&&Kept| fields(kept, source).is_some_and(|n| n > source.header.fields);
    open.iter().filter(is_long).copied().collect()
}

/// Records with more fields than the header, if all records have the same number of fields. Then
/// the header probably lacks a name.
pub(super) fn nameless<'k>(open: &[&'k Kept], source: &Source) -> Option<(String, Vec<&'k Kept>)> {
    let names = source.header.fields;
    let count = fields(open.first()?, source).filter(|count| *count > names)?;
    let is_alike = open.len() > 2 && open.iter().all(|kept| fields(kept, source) == Some(count));
    let table = &source.table.name;
    is_alike.then(|| {
        let words = format!(
            "the records have {count} fields, but the header has only {}: a name is missing; \
             name the fields by position, with - for one that is to be ignored: --set \
             {table}.skip_lines=1 --set {table}.no_header=true --set {table}.fields=…",
            counted(names as u64, "name", "names")
        );
        (words, open.to_vec())
    })
}

/// Records of one field that another delimiter splits into as many fields as the header has.
pub(super) fn other_delimiter<'k>(
    open: &[&'k Kept],
    source: &Source,
) -> Option<(String, Vec<&'k Kept>)> {
    const OTHERS: [(u8, &str, &str); 4] = [
        (b';', "';'", "semicolons"),
        (b'\t', "tab", "tabs"),
        (b'|', "'|'", "\"|\""),
        (b',', ",", "commas"),
    ];
    let names = source.header.fields;
    let table = &source.table.name;
    OTHERS.iter().find_map(|(byte, typed, words)| {
        let divides = |kept: &&Kept| {
            let found = memchr::memchr_iter(*byte, &kept.raw).count() + 1;
            fields(kept, source) == Some(1) && found == names
        };
        let is_one = names > 1 && !open.is_empty() && open.iter().all(divides);
        is_one.then(|| {
            let words = format!(
                "the fields of the records are separated by {words}, but those of the header are \
                 not; skip the header: --set {table}.skip_lines=1 --set {table}.no_header=true \
                 --set {table}.delimiter={typed} --set {table}.fields=…, with the names of the \
                 header"
            );
            (words, open.to_vec())
        })
    })
}

/// The number of fields of a record; `None` if quotes or escapes make it uncertain.
fn fields(kept: &Kept, source: &Source) -> Option<usize> {
    let dialect = source.dialect();
    let escape = dialect.escape.map(|escape| escape.byte);
    let mut special = dialect.quote.into_iter().chain(escape);
    if special.any(|byte| kept.raw.contains(&byte)) {
        return None;
    }
    let delimiter = dialect.delimiter.bytes();
    let record = without_line_end(&kept.raw);
    Some(memchr::memmem::find_iter(record, delimiter).count() + 1)
}

fn without_line_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}
