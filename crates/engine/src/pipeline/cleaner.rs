//! Turns the records of a chunk into rows of a batch, or rejects them. A record is checked first by
//! its structure, then column by column in the schema's order, then by CHECK constraints.

mod checks;
mod constants;
mod excerpts;
mod judge;
mod kinds;
mod plain;
mod rounded;
mod rows;
mod signs;
mod slice;
mod structure;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::pipeline::excerpt::Excerpt;
use clean::Fault;
use clean::checksum::RowHasher;
use clean::keys::ServerCheck;
pub use constants::check_constants;
use input::chunks::{Chunk, Content};
use input::dialect::{Dialect, Symbol};
use input::header::ColumnSource;
use input::records::{Following, OfRecord, Records};
use input::{Extract, Source};
pub(super) use judge::Judged;
use kinds::Kinds;
use model::batch::{Batch, BatchSize, Layout, Parent};
use model::rejection::Rejection;
use model::schema::{Column, ColumnType, Decode, ValueFormat};
use mysql_schema::predicate::Predicate;
use plain::{Shortcut, ranges, shortcuts};
pub use signs::{Occurrences, Sign, Signs};
use signs::{SignScan, TextOnly, TextSlice};
use slice::Slice;
use structure::RepeatedHeader;

/// The rules by which the rows of one file are cleaned.
#[derive(Debug)]
pub struct Cleaner {
    columns: Vec<(Column, ColumnSource)>,
    /// The field of each column, and the shortcut that reads its most frequent values.
    shortcuts: Vec<(usize, Shortcut)>,
    checks: Vec<(String, Predicate)>,
    /// Whether a row violates no CHECK if shortcuts have read all of its integers.
    checked_by_shortcuts: bool,
    left_to_server: Vec<ServerCheck>,
    /// For each column of the table, its position in the row. Predicates use the table's column
    /// numbers.
    position: Vec<Option<usize>>,
    /// The range of values that the shortcut of each column reads. Set only if all columns are
    /// integers and the file has exactly these columns in this order.
    ranges: Option<Vec<(u64, u64)>>,
    /// The columns whose values are rounded, by their positions in `columns`.
    rounded: Vec<usize>,
    layout: Arc<Layout>,
    fields: usize,
    dialect: Dialect,
    /// Whether fields are separated by commas.
    has_commas: bool,
    kinds: Kinds,
    /// Whether a record of only delimiters and blanks is ignored instead of being a row.
    passes_blank_records: bool,
    /// Which properties of the dialect the settings determine. Signs against these are not counted.
    told: Told,
    /// The fields whose bytes are loaded as they are; they are not text.
    raw_fields: Vec<usize>,
    repeated_header: RepeatedHeader,
    /// How fields are extracted from JSON records.
    extract: Option<Arc<Extract>>,
    /// The records that are cleaned; `None` for all.
    excerpt: Option<Arc<Excerpt>>,
    max_record: usize,
    rows_per_mebibyte: AtomicUsize,
    text_per_mebibyte: AtomicUsize,
    has_multibyte: AtomicBool,
}

/// Why a row is rejected: the column and the field, if a single column is at fault, and the fault.
type Rejected = (Option<String>, Option<usize>, Fault);

/// Whether settings determine the quote and the escape.
#[derive(Debug, Clone, Copy)]
struct Told {
    quote: bool,
    escape: bool,
}

/// A cleaned chunk.
#[derive(Debug)]
pub struct Cleaned {
    /// The accepted rows.
    pub batch: Batch,
    /// The rejected records, in file order.
    pub rejections: Vec<Rejection>,
    /// Number of records found, accepted or rejected.
    pub records: u64,
    /// The position up to which the chunk was read. A record that does not end in the chunk begins
    /// there.
    pub stopped: usize,
    /// Signs that the file may be written in a different dialect than the one used to read it.
    pub signs: Signs,
}

impl Cleaner {
    /// Prepares the rules for a file: the rules of the columns in its header, and the CHECK
    /// constraints that need only these columns.
    pub fn new(source: &Source, max_record: usize) -> Cleaner {
        Cleaner::of_dialect(source, max_record, *source.dialect(), &[])
    }

    fn of_dialect(
        source: &Source,
        max_record: usize,
        dialect: Dialect,
        formats: &[(usize, ValueFormat)],
    ) -> Cleaner {
        let table = &source.table;
        let mut columns: Vec<_> = source
            .header
            .columns
            .iter()
            .map(|(column, values)| (cleaned(&table.columns[*column]), values.clone()))
            .collect();
        for (at, format) in formats {
            columns[*at].0.format = Some(Arc::new(format.clone()));
        }
        let position: Vec<Option<usize>> = (0..table.columns.len())
            .map(|c| {
                source
                    .header
                    .columns
                    .iter()
                    .position(|(column, _)| *column == c)
            })
            .collect();
        let (checks, left_to_server) = checks::checks(table, &position);
        let kinds = Kinds::new(&dialect, &columns);
        let mut shortcuts = shortcuts(&columns, dialect.has_kinds());
        let narrowed = checks.iter().filter(|(_, predicate)| {
            let range = predicate.integer_range();
            let range = range.and_then(|(column, range)| Some((position[column]?, range)));
            range.is_some_and(|(place, range)| shortcuts[place].1.narrow(&range))
        });
        let checked_by_shortcuts = narrowed.count() == checks.len();
        Cleaner {
            layout: Layout::new(columns.iter().map(|(c, _)| &c.kind)),
            ranges: ranges(&shortcuts, source.header.fields).filter(|_| !dialect.is_json()),
            shortcuts,
            passes_blank_records: kinds.needs_value(&columns, table),
            kinds,
            has_commas: dialect.delimiter == Symbol::byte(b','),
            dialect,
            told: Told {
                quote: source.has_told_quote(),
                escape: source.has_told_escape(),
            },
            rounded: rounded::columns(&columns),
            // raw fields are found by delimiters, which JSON does not have
            raw_fields: match dialect.is_json() {
                true => Vec::new(),
                false => raw_fields(&columns),
            },
            columns,
            checks,
            checked_by_shortcuts,
            left_to_server,
            position,
            fields: source.header.fields,
            repeated_header: RepeatedHeader::new(&source.header),
            extract: source.header.extract.clone(),
            excerpt: None,
            max_record,
            rows_per_mebibyte: AtomicUsize::new(0),
            text_per_mebibyte: AtomicUsize::new(0),
            has_multibyte: AtomicBool::new(false),
        }
    }

    /// A cleaner with the rules of this one for records in another dialect, with other formats for
    /// some columns. `formats` has the numbers of these columns among [`Cleaner::columns`].
    pub(super) fn in_dialect(
        &self,
        source: &Source,
        dialect: Dialect,
        formats: &[(usize, ValueFormat)],
    ) -> Cleaner {
        Cleaner::of_dialect(source, self.max_record, dialect, formats)
    }

    /// Whether an accepted row has characters that are not ASCII.
    pub(super) fn has_accepted_multibyte(&self) -> bool {
        self.has_multibyte.load(Ordering::Relaxed)
    }

    /// Whether the file has fields whose bytes are not text.
    pub(super) fn has_raw_fields(&self) -> bool {
        !self.raw_fields.is_empty()
    }

    fn note_multibyte(&self, batch: &Batch, bytes: &[u8]) {
        if self.has_accepted_multibyte() || bytes.is_ascii() {
            return;
        }
        let has_one = batch.all_rows().iter().any(|row| {
            let start = row.offset as usize;
            !bytes[start..start + row.length as usize].is_ascii()
        });
        if has_one {
            self.has_multibyte.store(true, Ordering::Relaxed);
        }
    }

    /// The CHECK constraints that the server must check, for all rows or for some.
    pub fn left_to_server(&self) -> &[ServerCheck] {
        &self.left_to_server
    }

    /// The columns of the rows, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// Parses and cleans a chunk. A line longer than `--max-record` gives neither rows nor
    /// rejections, because only the preceding chunks show what it is.
    pub fn clean(&self, chunk: &Chunk) -> Cleaned {
        match &chunk.content {
            Content::Lines(bytes) if chunk.last => self.lines(chunk, bytes, Following::EndOfFile),
            Content::Lines(bytes) => self.lines(chunk, bytes, Following::Unknown),
            Content::LongLine(_) => self.empty(chunk, 0),
        }
    }

    /// An empty result, with memory reserved for the rows of a chunk of this many bytes.
    fn empty(&self, chunk: &Chunk, bytes: usize) -> Cleaned {
        Cleaned {
            batch: Batch::new(
                Arc::clone(&self.layout),
                chunk.offset,
                chunk.line,
                self.expected(bytes),
            ),
            rejections: Vec::new(),
            records: 0,
            stopped: bytes,
            signs: Signs::default(),
        }
    }

    fn lines(&self, chunk: &Chunk, bytes: &[u8], following: Following) -> Cleaned {
        let mut cleaned = self.empty(chunk, bytes.len());
        // if the whole chunk is valid UTF-8, all of its fields are
        let has_texts = !self.layout.texts().is_empty();
        let text = has_texts.then(|| simdutf8::basic::from_utf8(bytes).ok());
        let slice = Slice {
            bytes,
            text: text.flatten(),
            from: 0,
            following,
        };
        self.read(chunk, slice, &mut RowHasher::new(), &mut cleaned);
        cleaned.batch.end = chunk.offset + cleaned.stopped as u64;
        cleaned.records = (cleaned.batch.len() + cleaned.rejections.len()) as u64;
        self.note_multibyte(&cleaned.batch, bytes);
        self.learn(bytes.len(), cleaned.batch.size());
        cleaned
    }

    /// A parser at the beginning of a text.
    fn records(&self) -> Records {
        let mut records = Records::new(self.fields, self.max_record)
            .with_dialect(&self.dialect)
            .with_extract(self.extract.as_ref());
        records.begin();
        records
    }

    /// A search for signs in the text of a chunk.
    fn scan<'a>(&'a self, chunk: &Chunk, bytes: &'a [u8]) -> SignScan<'a> {
        let delimiter = self.dialect.delimiter.bytes()[0];
        let text = TextOnly::new(bytes, delimiter, &self.raw_fields);
        let before = (!self.told.escape).then_some(delimiter);
        SignScan::new(chunk, text, bytes, before)
    }

    /// Estimates from an earlier chunk the sizes that a chunk of this many bytes will need. They
    /// are rounded up, so that batches have equal sizes and their memory can be reused.
    fn expected(&self, bytes: usize) -> BatchSize {
        let of = |per_mebibyte: &AtomicUsize| {
            let expected = (per_mebibyte.load(Ordering::Relaxed) * bytes) >> 20;
            expected + expected / 16
        };
        BatchSize {
            rows: of(&self.rows_per_mebibyte).next_multiple_of(ROOM_STEP),
            bytes: of(&self.text_per_mebibyte).next_multiple_of(16 * ROOM_STEP),
        }
    }

    fn learn(&self, bytes: usize, held: BatchSize) {
        let per_mebibyte = |n: usize| (n << 20).checked_div(bytes).unwrap_or(0);
        self.rows_per_mebibyte
            .store(per_mebibyte(held.rows), Ordering::Relaxed);
        self.text_per_mebibyte
            .store(per_mebibyte(held.bytes), Ordering::Relaxed);
    }
}

/// Removes the character set of the column if it is utf8mb4, which has every character. The fast
/// path then does not compare names of character sets.
fn cleaned(column: &Column) -> Column {
    let mut column = column.clone();
    column.charset = column.charset.filter(|charset| charset != "utf8mb4");
    column
}

/// The fields whose bytes are loaded as they are.
fn raw_fields(columns: &[(Column, ColumnSource)]) -> Vec<usize> {
    let has_bytes = |kind: &ColumnType| kind.is_binary() || matches!(kind, ColumnType::Bit { .. });
    let is_raw = |column: &Column| has_bytes(&column.kind) && column.decode == Decode::Raw;
    let raw = columns.iter().filter(|(column, _)| is_raw(column));
    let field = |source: &ColumnSource| match source {
        ColumnSource::Field(field) => Some(*field),
        ColumnSource::Constant(_) => None,
    };
    raw.filter_map(|(_, source)| field(source)).collect()
}

/// Batches have room for a multiple of this many rows, and for 16 times as many bytes of text.
const ROOM_STEP: usize = 4096;

/// The record of a row, if the row is an element of the record.
fn parent(of: OfRecord) -> Parent {
    Parent {
        offset: of.record.start as u32,
        length: of.record.length as u32,
        element: of.element,
    }
}

#[cfg(test)]
mod tests;
