//! A slow, simple loader of the four files, for the tests. It shares no code with `generate`.
//!
//! It reads with the csv crate, one record at a time, and applies the rules of docs/rules.md in
//! their order, so that the tests can compare its counts with the manifest. It knows only these
//! tables.

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;
use std::path::Path;

/// The counts of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) read: u64,
    pub(super) loaded: u64,
    pub(super) rules: BTreeMap<String, u64>,
}

/// The values that a column allows.
#[derive(Clone, Copy)]
enum Kind {
    Id,
    Stars,
    Flag,
    Date,
    Text(usize),
    NullableText(usize),
    Name,
}

const NAMES: [&str; 6] = ["Size", "Width", "Comfort", "Quality", "Length", "Fit"];

const REVIEWS: [Kind; 12] = [
    Kind::Id,
    Kind::Id,
    Kind::Stars,
    Kind::Date,
    Kind::Text(255),
    Kind::Text(2000),
    Kind::Flag,
    Kind::Flag,
    Kind::Text(100),
    Kind::Text(255),
    Kind::NullableText(2000),
    Kind::Id,
];

/// Reads the files of a folder, parent tables first: reviews, characteristics, reviews_photos,
/// characteristic_reviews.
pub(super) fn load(folder: &Path) -> [Found; 4] {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let (reviews, review_ids) = table(&read("reviews.csv"), &REVIEWS, &[]);
    let (characteristics, names) = table(
        &read("characteristics.csv"),
        &[Kind::Id, Kind::Id, Kind::Name],
        &[],
    );
    let (photos, _) = table(
        &read("reviews_photos.csv"),
        &[Kind::Id, Kind::Id, Kind::Text(500)],
        &[(1, &review_ids)],
    );
    let (values, _) = table(
        &read("characteristic_reviews.csv"),
        &[Kind::Id, Kind::Id, Kind::Id, Kind::Stars],
        &[(1, &names), (2, &review_ids)],
    );
    [reviews, characteristics, photos, values]
}

type Ids = HashSet<u64>;

fn table(bytes: &[u8], kinds: &[Kind], parents: &[(usize, &Ids)]) -> (Found, Ids) {
    let mut found = Found::default();
    let (mut ids, mut keys) = (Ids::new(), Ids::new());
    let mut position = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut reader = reader(bytes);
    while let Some((record, end)) = record(&mut reader, position) {
        let raw = &bytes[position..end];
        found.read += 1;
        let rule = structure(&record, raw, end == bytes.len(), kinds.len());
        let first_line = || {
            position
                + raw
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .map_or(raw.len(), |at| at + 1)
        };
        position = if rule.is_some() { first_line() } else { end };
        let rule = rule
            .or_else(|| {
                kinds
                    .iter()
                    .zip(&record)
                    .find_map(|(kind, value)| column(*kind, value))
            })
            .or_else(|| {
                kinds
                    .iter()
                    .zip(&record)
                    .find_map(|(kind, value)| constraint(*kind, value))
            });
        let rule = rule.or_else(|| {
            let id = |column: usize| {
                std::str::from_utf8(&record[column])
                    .unwrap()
                    .parse::<u64>()
                    .unwrap()
            };
            let orphan = || {
                parents
                    .iter()
                    .any(|(column, ids)| !ids.contains(&id(*column)))
            };
            // the key of an orphan counts: a later row with the same key is a duplicate
            match keys.insert(id(0)) {
                false => Some("duplicate_key"),
                true if orphan() => Some("missing_parent"),
                true => {
                    ids.insert(id(0));
                    None
                }
            }
        });
        match rule {
            None => found.loaded += 1,
            Some(rule) => *found.rules.entry(rule.to_owned()).or_default() += 1,
        }
    }
    (found, ids)
}

/// One reader for all records: making one takes longer than reading a record.
type Reader<'a> = csv::Reader<Cursor<&'a [u8]>>;

fn reader(bytes: &[u8]) -> Reader<'_> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(1024)
        .from_reader(Cursor::new(bytes))
}

/// The record that begins at a byte position, and the position of its end.
fn record(reader: &mut Reader<'_>, position: usize) -> Option<(csv::ByteRecord, usize)> {
    let mut begin = csv::Position::new();
    begin.set_byte(position as u64);
    reader.seek(begin).unwrap();
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).unwrap().then(|| {
        let (end, bytes) = (
            reader.position().byte() as usize,
            reader.get_ref().get_ref(),
        );
        // the reader ends the record at the CR of a CR LF
        let end = end + usize::from(bytes[end - 1] == b'\r' && bytes.get(end) == Some(&b'\n'));
        (record, end)
    })
}

fn structure(
    record: &csv::ByteRecord,
    raw: &[u8],
    at_end: bool,
    columns: usize,
) -> Option<&'static str> {
    let quotes = raw.iter().filter(|byte| **byte == b'"').count();
    if (at_end && quotes % 2 == 1) || text_follows_a_quote(raw) {
        return Some("unclosed_quote");
    }
    (record.len() != columns).then_some("field_count")
}

/// Whether a quoted field has text after its closing quote.
fn text_follows_a_quote(raw: &[u8]) -> bool {
    let (mut before, mut quoted, mut closed) = (b',', false, false);
    for byte in raw {
        match (*byte, quoted) {
            // the second quote of a doubled quote opens the field again
            (b'"', true) => (quoted, closed) = (false, true),
            (b'"', false) if closed || before == b',' => (quoted, closed) = (true, false),
            (b',' | b'\r' | b'\n', false) => closed = false,
            (_, false) if closed => return true,
            _ => {}
        }
        before = *byte;
    }
    false
}

fn column(kind: Kind, value: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(value) else {
        return Some("not_utf8");
    };
    let null = text.is_empty() || text.eq_ignore_ascii_case("null") || text == "\\N";
    match kind {
        Kind::Text(width) | Kind::NullableText(width) => {
            (text.chars().count() > width).then_some("too_long")
        }
        _ if null => Some("missing_value"),
        Kind::Id => integer(text, u64::from(u32::MAX)),
        Kind::Stars => integer(text, 255),
        Kind::Flag => {
            let known = ["true", "false", "t", "f", "yes", "y", "no", "n", "1", "0"];
            (!known.contains(&text.to_lowercase().as_str())).then_some("not_a_boolean")
        }
        Kind::Date => (!is_date(text)).then_some("not_a_timestamp"),
        Kind::Name => (!NAMES.contains(&text)).then_some("not_in_enum"),
    }
}

fn integer(text: &str, most: u64) -> Option<&'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("not_an_integer");
    }
    (text.parse::<u64>().map_or(true, |number| number > most)).then_some("out_of_range")
}

fn is_date(text: &str) -> bool {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.len() == 13;
    }
    let javascript = text.split_once(" (").map_or(text, |(date, _)| date);
    text.parse::<jiff::Timestamp>().is_ok()
        || text.parse::<jiff::civil::DateTime>().is_ok()
        || jiff::fmt::strtime::parse("%a %b %d %Y %H:%M:%S GMT%z", javascript)
            .is_ok_and(|date| date.to_timestamp().is_ok())
}

fn constraint(kind: Kind, value: &[u8]) -> Option<&'static str> {
    let number = std::str::from_utf8(value).ok()?.parse::<u64>().ok()?;
    (matches!(kind, Kind::Stars) && !(1..=5).contains(&number)).then_some("check_failed")
}
