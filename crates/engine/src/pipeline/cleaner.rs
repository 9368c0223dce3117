//! Turns the records of a chunk into rows of a batch, or rejects them: first by structure, then by
//! column in the schema's order, then by CHECKs.

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

/// How to clean the rows of one file.
#[derive(Debug)]
pub struct Cleaner {
    columns: Vec<(Column, ColumnSource)>,
    /// The fields of the columns, and how the most frequent of them are read.
    shortcuts: Vec<(usize, Shortcut)>,
    checks: Vec<(String, Predicate)>,
    /// Whether a row violates no CHECK if all of its integers were read by shortcuts.
    checked_by_shortcuts: bool,
    left_to_server: Vec<ServerCheck>,
    /// The position in the row of each column of the table. Predicates use the column numbers of
    /// the table.
    position: Vec<Option<usize>>,
    /// The least and the greatest value that a shortcut reads of each column, if all are integers
    /// and the file has exactly these columns in this order.
    ranges: Option<Vec<(u64, u64)>>,
    /// The columns that round, by their positions in `columns`.
    rounded: Vec<usize>,
    layout: Arc<Layout>,
    fields: usize,
    dialect: Dialect,
    /// Whether fields are separated by commas.
    has_commas: bool,
    kinds: Kinds,
    /// Whether a record of delimiters and blanks alone is no row.
    passes_blank_records: bool,
    /// What settings say about the dialect; signs of another one are then no signs.
    told: Told,
    /// The fields that hold bytes as they are, which are no text.
    raw_fields: Vec<usize>,
    repeated_header: RepeatedHeader,
    /// How fields are taken out of JSON records.
    extract: Option<Arc<Extract>>,
    /// The records that are cleaned; `None` for all.
    excerpt: Option<Arc<Excerpt>>,
    max_record: usize,
    rows_per_mebibyte: AtomicUsize,
    text_per_mebibyte: AtomicUsize,
    has_multibyte: AtomicBool,
}

/// Why a row is rejected: the name of the column and the number of the field, if one is at fault.
type Rejected = (Option<String>, Option<usize>, Fault);

/// What settings say about a dialect.
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
    /// Records found, accepted or rejected.
    pub records: u64,
    /// Up to this position, the chunk is completely read. A record that the chunk does not finish
    /// begins there.
    pub stopped: usize,
    /// Signs that the file may be written in another dialect than it is read in.
    pub signs: Signs,
}

impl Cleaner {
    /// Prepares the rules for a file: those of the columns in its header, and the CHECK constraints
    /// that need only these columns.
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
            // in JSON, fields are not found by delimiters
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

    /// The same rules for records in another dialect, with other formats of values in the columns
    /// of these numbers among [`Cleaner::columns`].
    pub(super) fn in_dialect(
        &self,
        source: &Source,
        dialect: Dialect,
        formats: &[(usize, ValueFormat)],
    ) -> Cleaner {
        Cleaner::of_dialect(source, self.max_record, dialect, formats)
    }

    /// Whether an accepted row has characters other than those of ASCII.
    pub(super) fn has_accepted_multibyte(&self) -> bool {
        self.has_multibyte.load(Ordering::Relaxed)
    }

    /// Whether fields hold bytes that are no text.
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

    /// The CHECK constraints that the server judges, for all rows or for some.
    pub fn left_to_server(&self) -> &[ServerCheck] {
        &self.left_to_server
    }

    /// The columns that rows hold, in their order.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// Parses and cleans a chunk. A line longer than `--max-record` gives neither rows nor
    /// rejections, because the chunks before it decide what it is.
    pub fn clean(&self, chunk: &Chunk) -> Cleaned {
        match &chunk.content {
            Content::Lines(bytes) if chunk.last => self.lines(chunk, bytes, Following::EndOfFile),
            Content::Lines(bytes) => self.lines(chunk, bytes, Following::Unknown),
            Content::LongLine(_) => self.empty(chunk, 0),
        }
    }

    /// An empty result, with room for the rows of a chunk of this many bytes.
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
        // if the whole chunk is valid UTF-8, so are its fields
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

    /// The parser of the records, at the beginning of a text.
    fn records(&self) -> Records {
        let mut records = Records::new(self.fields, self.max_record)
            .with_dialect(&self.dialect)
            .with_extract(self.extract.as_ref());
        records.begin();
        records
    }

    /// The search for signs in a chunk.
    fn scan<'a>(&'a self, chunk: &Chunk, bytes: &'a [u8]) -> SignScan<'a> {
        let delimiter = self.dialect.delimiter.bytes()[0];
        let text = TextOnly::new(bytes, delimiter, &self.raw_fields);
        let before = (!self.told.escape).then_some(delimiter);
        SignScan::new(chunk, text, bytes, before)
    }

    /// The sizes that a chunk of this many bytes will probably need, estimated from an earlier
    /// chunk. They are rounded up, so that batches have equal sizes and their memory can be reused.
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

/// The column without its character set if it is utf8mb4, which holds every character: so the fast
/// path need not compare names.
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

/// Batches have room for a multiple of this many rows, and of 16 times as many bytes of text.
const ROOM_STEP: usize = 4096;

/// The record of a row that is one of its elements.
fn parent(of: OfRecord) -> Parent {
    Parent {
        offset: of.record.start as u32,
        length: of.record.length as u32,
        element: of.element,
    }
}

#[cfg(test)]
mod tests;
