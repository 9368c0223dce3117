//! The passes over the files. The first pass profiles all columns; later passes give exact answers
//! about keys where the profiles cannot decide.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clean::clean_value;
use clean::keys::{HashedSet, Lookup};
use input::dialect::FieldKind;
use input::header::ColumnSource;
use input::records::PlainNumber;
use input::{OtherNames, Source};
use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{Column, ColumnType};
use roaring::RoaringTreemap;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::integers;
use crate::profile::{Known, Piece, Profile};
use crate::readings::Told;
use crate::scan::{Reads, Rows, Scan, Structure};

/// Maximum number of fields of a record for the fast path that reads records of plain numbers.
const MOST_NUMBERS: usize = 16;

/// Maximum number of hashes of one key in memory. Beyond it, hashes are written to disk.
const HASHES_IN_MEMORY: usize = 1_000_000;

/// The position of the field that fills each column; `usize::MAX` for a constant.
pub(crate) fn fields(source: &Source) -> Vec<usize> {
    let columns = source.header.columns.iter();
    let field = |source: &ColumnSource| match source {
        ColumnSource::Field(field) => *field,
        ColumnSource::Constant(_) => usize::MAX,
    };
    columns.map(|(_, source)| field(source)).collect()
}

/// Profiles all columns of a table. `limit` is the largest size of a set of integers in bytes;
/// `told` are the user's settings for each column.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn profiles(
    scan: &Scan<'_>,
    source: &Source,
    limit: u64,
    told: &[Arc<Told>],
) -> Result<(Vec<Profile>, Structure)> {
    let fields = fields(source);
    let pass = Profiling {
        known: fields.iter().map(|_| Known::default()).collect(),
        told,
        has_only_fields: fields.iter().copied().eq(0..source.header.fields),
        fields,
    };
    let mut merged: Vec<Profile> = told.iter().map(Profile::of_told).collect();
    let structure = scan.run(source, &pass, |pieces| {
        for ((profile, piece), known) in merged.iter_mut().zip(pieces).zip(&pass.known) {
            profile.merge(piece, known, limit);
        }
        Ok(())
    })?;
    for profile in &mut merged {
        profile.settle();
        profile.is_of_json_records = source.dialect().is_json();
    }
    Ok((merged, structure))
}

struct Profiling<'t> {
    known: Vec<Known>,
    /// The user's settings for each column.
    told: &'t [Arc<Told>],
    fields: Vec<usize>,
    /// Whether the columns are exactly the fields, in the same order.
    has_only_fields: bool,
}

impl Reads for Profiling<'_> {
    type Piece = Vec<Profile>;

    // values that are not UTF-8 are kept, because their bytes show the encoding
    const COUNTS_BAD: bool = true;

    fn read(&self, rows: &mut Rows<'_>) -> Vec<Profile> {
        let known = self.known.iter().zip(self.told);
        let mut pieces: Vec<Piece> = known.map(|(known, told)| Piece::new(known, told)).collect();
        let mut found = [PlainNumber::default(); MOST_NUMBERS];
        let are_numbers = self.has_only_fields
            && self.fields.len() <= MOST_NUMBERS
            && pieces.iter().all(Piece::may_be_numbers);
        loop {
            if are_numbers && rows.next_numbers(&mut found[..pieces.len()]) {
                for (piece, number) in pieces.iter_mut().zip(&found) {
                    piece.add_number(number.value);
                }
                continue;
            }
            if !rows.next() {
                break;
            }
            for (piece, field) in pieces.iter_mut().zip(&self.fields) {
                if piece.adds_numbers()
                    && let Some(number) = rows.plain_number(*field)
                {
                    piece.add_number(number);
                    continue;
                }
                let (value, kind) = rows.field(*field);
                if value.is_empty() && rows.is_empty_in_quotes(*field) {
                    piece.note_empty_in_quotes();
                }
                piece.add(value, kind);
            }
        }
        pieces.into_iter().map(Piece::finish).collect()
    }
}

/// The names in JSON records that are not yet fields, in the order of their first occurrence. The
/// header only knows the names in the first records.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn other_names(scan: &Scan<'_>, source: &Source) -> Result<Vec<String>> {
    let pass = Naming {
        known: source.header.names(),
    };
    let mut names: Vec<String> = Vec::new();
    scan.run(source, &pass, |found| {
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(())
    })?;
    Ok(names)
}

struct Naming {
    known: Vec<String>,
}

impl Reads for Naming {
    type Piece = Vec<String>;

    fn read(&self, rows: &mut Rows<'_>) -> Vec<String> {
        let mut names = OtherNames::besides(&self.known);
        while rows.next() {
            names.add(rows.bytes());
        }
        names.into_names()
    }
}

/// A column that a pass hashes: its field, and how its values are read.
#[derive(Debug, Clone)]
pub(crate) struct KeyColumn {
    pub(crate) field: usize,
    pub(crate) column: Column,
}

/// The hash of a value. Values that a binary collation finds equal have the same hash. `None` for
/// NULL, and for a value that `seed` would reject.
fn hash(key: &KeyColumn, field: &[u8], kind: FieldKind, batch: &mut Batch) -> Option<u128> {
    let number = |n: i128| xxh3_128(&n.to_le_bytes());
    if let ColumnType::Integer { .. } = key.column.kind
        && let Some(n) = clean::integer::plain(field)
    {
        return Some(number(i128::from(n)));
    }
    if kind == FieldKind::Null {
        return None;
    }
    let is_certain = matches!(
        kind,
        FieldKind::Value | FieldKind::Quoted | FieldKind::Literal
    );
    if key.column.kind.is_text() && key.column.format.is_none() {
        let is_null = key.column.nullable && !is_certain && clean::value::means_null(field);
        let text = match key.column.kind {
            ColumnType::Char { .. } => field.trim_ascii_end(),
            _ => field,
        };
        return (!is_null).then(|| xxh3_128(text));
    }
    clean_value(&key.column, field, batch).ok()?;
    let hash = match batch.pending_value(0) {
        Value::Null => None,
        Value::Int(n) => Some(number(i128::from(n))),
        Value::UInt(n) => Some(number(i128::from(n))),
        other => Some(xxh3_128(format!("{other:?}").as_bytes())),
    };
    batch.abandon_row();
    hash
}

/// A pass that hashes the values of columns, or of combinations of columns.
struct Hashing<'k> {
    columns: &'k [KeyColumn],
    /// The combinations: positions in `columns`.
    groups: &'k [Vec<usize>],
    /// Whether a combination is already known to be not unique, so that it needs no more hashes.
    decided: Vec<AtomicBool>,
}

impl Reads for Hashing<'_> {
    type Piece = Vec<Vec<u128>>;

    fn read(&self, rows: &mut Rows<'_>) -> Vec<Vec<u128>> {
        let is_open = |at: usize| !self.decided[at].load(Ordering::Relaxed);
        let open: Vec<usize> = (0..self.groups.len()).filter(|at| is_open(*at)).collect();
        let mut found: Vec<Vec<u128>> = vec![Vec::new(); self.groups.len()];
        let mut batches: Vec<Batch> = self.columns.iter().map(batch_of).collect();
        let mut hashes: Vec<Option<u128>> = vec![None; self.columns.len()];
        while rows.next() {
            if open.is_empty() {
                continue;
            }
            for ((key, hash_of), batch) in self.columns.iter().zip(&mut hashes).zip(&mut batches) {
                let (field, kind) = rows.field(key.field);
                *hash_of = hash(key, field, kind, batch);
            }
            for at in &open {
                found[*at].extend(combined(&self.groups[*at], &hashes));
            }
        }
        found
    }
}

fn batch_of(key: &KeyColumn) -> Batch {
    Batch::new(Layout::new([&key.column.kind]), 0, 1, BatchSize::default())
}

/// The hash of a combination; `None` if one of its columns is NULL.
fn combined(group: &[usize], hashes: &[Option<u128>]) -> Option<u128> {
    if let [only] = group {
        return hashes[*only];
    }
    let mut bytes = Vec::with_capacity(16 * group.len());
    for at in group {
        bytes.extend_from_slice(&hashes[*at]?.to_le_bytes());
    }
    Some(xxh3_128(&bytes))
}

/// Finds out for each combination of columns whether it has no duplicate values.
///
/// # Errors
///
/// When a file cannot be read, or hashes cannot be kept.
pub(crate) fn unique(
    scan: &Scan<'_>,
    source: &Source,
    columns: &[KeyColumn],
    groups: &[Vec<usize>],
) -> Result<Vec<bool>> {
    let pass = Hashing {
        columns,
        groups,
        decided: groups.iter().map(|_| AtomicBool::new(false)).collect(),
    };
    let most = (HASHES_IN_MEMORY / groups.len().max(1)).max(1000);
    let mut sets: Vec<Option<HashedSet>> = Vec::new();
    sets.resize_with(groups.len(), || Some(HashedSet::with_limit(most)));
    scan.run(source, &pass, |found| {
        for (at, mut hashes) in found.into_iter().enumerate() {
            let Some(set) = &mut sets[at] else {
                continue;
            };
            if !set.insert_all(&mut hashes)? {
                sets[at] = None;
                pass.decided[at].store(true, Ordering::Relaxed);
                continue;
            }
            set.spill_if_full()?;
        }
        Ok(())
    })?;
    Ok(sets.iter().map(Option::is_some).collect())
}

/// The hashes of all values of a column or of a combination of columns.
///
/// # Errors
///
/// When a file cannot be read, or hashes cannot be kept.
pub(crate) fn hashes(scan: &Scan<'_>, source: &Source, columns: &[KeyColumn]) -> Result<HashedSet> {
    let group = [(0..columns.len()).collect()];
    let pass = Hashing {
        columns,
        groups: &group,
        decided: vec![AtomicBool::new(false)],
    };
    let mut set = HashedSet::with_limit(HASHES_IN_MEMORY);
    scan.run(source, &pass, |found| {
        for hash in found.into_iter().flatten() {
            set.insert(hash)?;
        }
        Ok(set.spill_if_full()?)
    })?;
    Ok(set)
}

/// How many of a child column's values the parent column contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Inclusion {
    /// Number of rows with a value that is not NULL.
    pub(crate) rows: u64,
    /// Number of rows whose value the parent does not have.
    pub(crate) orphans: u64,
}

/// Counts the rows with a value, and among them the orphans, whose hash is not in the parent's set.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn inclusion(
    scan: &Scan<'_>,
    source: &Source,
    columns: &[KeyColumn],
    parent: &HashedSet,
) -> Result<Inclusion> {
    let group = [(0..columns.len()).collect()];
    let pass = Hashing {
        columns,
        groups: &group,
        decided: vec![AtomicBool::new(false)],
    };
    let mut counted = Inclusion::default();
    scan.run(source, &pass, |found| {
        for mut hashes in found {
            hashes.sort_unstable();
            let mut lookup: Lookup<'_> = parent.lookup();
            counted.rows += hashes.len() as u64;
            for hash in hashes {
                counted.orphans += u64::from(!lookup.contains(hash)?);
            }
        }
        Ok(())
    })?;
    Ok(counted)
}

/// Counts the orphans of a possible foreign key: the rows whose integer is not in the set.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn inclusion_of_numbers(
    scan: &Scan<'_>,
    source: &Source,
    field: usize,
    parent: &RoaringTreemap,
) -> Result<Inclusion> {
    let pass = Counting { field, parent };
    let mut counted = Inclusion::default();
    scan.run(source, &pass, |piece| {
        counted.rows += piece.rows;
        counted.orphans += piece.orphans;
        Ok(())
    })?;
    Ok(counted)
}

struct Counting<'p> {
    field: usize,
    parent: &'p RoaringTreemap,
}

impl Reads for Counting<'_> {
    type Piece = Inclusion;

    fn read(&self, rows: &mut Rows<'_>) -> Inclusion {
        let mut counted = Inclusion::default();
        while rows.next() {
            let (field, _) = rows.field(self.field);
            let text = std::str::from_utf8(field.trim_ascii()).unwrap_or_default();
            // pandas writes whole numbers as `12.0` in columns with missing values
            let digits = text.strip_suffix(".0").unwrap_or(text);
            if let Ok(number) = digits.parse::<i64>() {
                counted.rows += 1;
                let is_there = self.parent.contains(integers::key(number));
                counted.orphans += u64::from(!is_there);
            }
        }
        counted
    }
}
