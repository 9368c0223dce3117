//! Turns the records of a chunk into rows of a batch, or rejects them: first by structure, then by
//! column in the schema's order, then by CHECKs.

mod constants;
mod judge;
mod kinds;
mod plain;
mod rounded;
mod signs;
mod structure;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use clean::checksum::RowHasher;
use clean::keys::ServerCheck;
use clean::{Fault, clean_value};
pub use constants::check_constants;
use input::chunks::{Chunk, Content};
use input::dialect::{Dialect, Symbol};
use input::header::ColumnSource;
use input::records::{Following, OfRecord, PlainNumber, Records, Span, Step, StructureFault};
use input::{Extract, Source};
pub(super) use judge::Judged;
use kinds::Kinds;
use model::batch::{Batch, BatchSize, Layout, Parent, Value};
use model::rejection::{ElementOf, Rejection, Rule, shown};
use model::schema::{Column, Decode, Table, ValueFormat};
use mysql_schema::predicate::{Predicate, json_column};
use plain::{Fields, MOST_NUMBERS, Shortcut, ranges, shortcuts};
pub use signs::{Occurrences, Sign, Signs};
use signs::{SignScan, TextOnly, TextSlice, looks_joined};
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
        let (checks, left_to_server) = checks(table, &position);
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
            passes_blank_records: kinds.needs_value(&columns),
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
        let mut records = Records::new(self.fields, self.max_record)
            .with_dialect(&self.dialect)
            .with_extract(self.extract.as_ref());
        records.begin();
        let mut hasher = RowHasher::new();
        // if the whole chunk is valid UTF-8, so are its fields
        let has_texts = !self.layout.texts().is_empty();
        let text = has_texts
            .then(|| simdutf8::basic::from_utf8(bytes).ok())
            .flatten();
        let mut scan = self.scan(chunk, bytes);
        loop {
            if let Some(ranges) = &self.ranges
                && let Some(span) =
                    self.numbers(ranges, &records, bytes, &mut hasher, &mut cleaned.batch)
            {
                records.pass(&span);
                scan.skip(&span, &mut cleaned.signs);
                continue;
            }
            match records.step(bytes, following) {
                Step::Record(span)
                    if self.is_no_row(chunk, bytes, &records, span, &mut cleaned.signs) => {}
                Step::Record(span) => {
                    scan.hide(&span);
                    let records = &records;
                    let fields = Fields {
                        records,
                        bytes,
                        text,
                    };
                    match self.row(fields, &mut hasher, &mut cleaned.batch) {
                        Ok(hash) => {
                            self.note_rounded(chunk, fields, span, &mut cleaned.signs);
                            finish(&mut cleaned.batch, span, hash);
                            if let Some(of) = records.of_record() {
                                cleaned.batch.set_parent(parent(of));
                            }
                        }
                        Err(rejected) => self.reject(chunk, fields, span, rejected, &mut cleaned),
                    }
                }
                Step::Fault {
                    span,
                    flaw: StructureFault::Fields(_),
                } if self.is_blank(chunk, bytes, span, &mut cleaned.signs) => {}
                Step::Fault { span, flaw } => {
                    let rejected = self.broken(chunk, bytes, span, flaw);
                    cleaned.rejections.push(rejected);
                }
                Step::Incomplete(position) => {
                    cleaned.stopped = position;
                    break;
                }
                Step::End => break,
            }
            scan.pass(records.position(), &mut cleaned.signs);
        }
        scan.finish(cleaned.stopped, &mut cleaned.signs);
        cleaned.batch.end = chunk.offset + cleaned.stopped as u64;
        cleaned.records = (cleaned.batch.len() + cleaned.rejections.len()) as u64;
        self.note_signs(chunk, &bytes[..cleaned.stopped], &records, &mut cleaned);
        self.note_multibyte(&cleaned.batch, bytes);
        self.learn(bytes.len(), cleaned.batch.size());
        cleaned
    }

    /// The search for signs in a chunk.
    fn scan<'a>(&'a self, chunk: &Chunk, bytes: &'a [u8]) -> SignScan<'a> {
        let delimiter = self.dialect.delimiter.bytes()[0];
        let text = TextOnly::new(bytes, delimiter, &self.raw_fields);
        let before = (!self.told.escape).then_some(delimiter);
        SignScan::new(chunk, text, bytes, before)
    }

    /// Abandons the pending row and rejects its record, unless the record is no row at all.
    #[cold]
    fn reject(
        &self,
        chunk: &Chunk,
        fields: Fields<'_>,
        span: Span,
        (column, field, fault): Rejected,
        cleaned: &mut Cleaned,
    ) {
        cleaned.batch.abandon_row();
        if self.is_blank(chunk, fields.bytes, span, &mut cleaned.signs) {
            return;
        }
        let field = field.map(|field| fields.get(field));
        let mut rejected = rejection(chunk, fields.bytes, span, (column, field), fault);
        if let Some(of) = fields.records.of_record() {
            let record = &fields.bytes[of.record.start..of.record.start + of.record.length];
            rejected.raw = record.to_vec();
            rejected.element = Some(ElementOf {
                record: chunk.offset + of.record.start as u64,
                number: of.element,
            });
            rejected.message = self.of_element(&rejected.message, of.element);
        }
        cleaned.rejections.push(rejected);
    }

    /// A message about an element that is a row.
    pub fn of_element(&self, message: &str, element: u32) -> String {
        let each = self.extract.as_ref().and_then(|extract| extract.each());
        let each = each.map_or(String::new(), |path| format!(" of {path}"));
        format!("{message} (element {element}{each})")
    }

    /// Appends the values of the parser's record to the batch's pending row, and returns their
    /// hash.
    fn row(
        &self,
        fields: Fields<'_>,
        hasher: &mut RowHasher,
        batch: &mut Batch,
    ) -> Result<u32, Rejected> {
        let mut row = hasher.begin(self.shortcuts.len());
        let mut is_checked = self.checked_by_shortcuts;
        for (place, (field, shortcut)) in self.shortcuts.iter().enumerate() {
            if shortcut.take(fields, *field, batch, &mut row) {
                continue;
            }
            self.value(place, fields, batch)?;
            row.push(batch.pending_value(place), self.layout.precision(place));
            is_checked &= !matches!(shortcut, Shortcut::Integer { .. });
        }
        if is_checked {
            return Ok(row.hash());
        }
        let Some((expression, predicate)) = self.violated(batch) else {
            return Ok(row.hash());
        };
        // a CHECK over several columns does not say which of them is wrong
        let alone = match predicate.columns() {
            [one] => self.position[*one].map(|p| &self.columns[p]),
            _ => None,
        };
        let (column, field) = match alone {
            Some((column, ColumnSource::Field(field))) => (Some(column.name.clone()), Some(*field)),
            Some((column, ColumnSource::Constant(_))) => (Some(column.name.clone()), None),
            None => (None, None),
        };
        let fault = Fault::new(Rule::CheckFailed, format!("violates CHECK ({expression})"));
        Err((column, field, fault))
    }

    /// Appends a value that no shortcut reads.
    fn value(&self, place: usize, fields: Fields<'_>, batch: &mut Batch) -> Result<(), Rejected> {
        let (column, source) = &self.columns[place];
        let (field, cleaned) = match source {
            ColumnSource::Constant(value) => (None, clean_value(column, value.as_bytes(), batch)),
            ColumnSource::Field(field) => {
                let (kind, value) = (fields.records.kind(*field), fields.get(*field));
                let cleaned = self.kinds.clean((place, column), kind, value, batch);
                (Some(*field), cleaned)
            }
        };
        cleaned.map_err(|fault| (Some(column.name.clone()), field, fault))
    }

    /// Appends the parser's record if it is certainly a valid row of plain numbers;
    /// [`Cleaner::row`] handles every other record.
    #[inline]
    fn numbers(
        &self,
        ranges: &[(u64, u64)],
        records: &Records,
        bytes: &[u8],
        hasher: &mut RowHasher,
        batch: &mut Batch,
    ) -> Option<Span> {
        let found = &mut [PlainNumber::default(); MOST_NUMBERS][..ranges.len()];
        let span = records.numbers(bytes, found)?;
        let mut bounded = found.iter().zip(ranges);
        if bounded.any(|(found, (least, greatest))| found.value < *least || found.value > *greatest)
        {
            return None;
        }
        let hash_of_text = match self.has_commas {
            true => {
                let (last, others) = found.split_last()?;
                let commas = others.iter().map(|number| number.end - span.start);
                hasher.hash_of_numbers(&bytes[span.start..last.end], commas)?
            }
            false => 0,
        };
        batch.push_integers(found.iter().map(|number| number.value));
        if !self.checked_by_shortcuts && self.violated(batch).is_some() {
            batch.abandon_row();
            return None;
        }
        let hash = match self.has_commas {
            true => hash_of_text,
            false => hasher.hash(&self.layout, |column| batch.pending_value(column)),
        };
        finish(batch, span, hash);
        Some(span)
    }

    /// The first CHECK that the pending row violates.
    #[inline]
    fn violated(&self, batch: &Batch) -> Option<&(String, Predicate)> {
        let value = |column: usize| match self.position[column] {
            Some(position) => batch.pending_value(position),
            None => Value::Null,
        };
        let mut checks = self.checks.iter();
        checks.find(|(_, predicate)| predicate.evaluate(&value) == Some(false))
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
    let is_raw = |column: &Column| column.kind.is_binary() && column.decode == Decode::Raw;
    let raw = columns.iter().filter(|(column, _)| is_raw(column));
    let field = |source: &ColumnSource| match source {
        ColumnSource::Field(field) => Some(*field),
        ColumnSource::Constant(_) => None,
    };
    raw.filter_map(|(_, source)| field(source)).collect()
}

/// The CHECK constraints that can be judged from the columns at known positions, and those that the
/// server judges: for all rows, or for texts that may be equal under a collation.
fn checks(
    table: &Table,
    position: &[Option<usize>],
) -> (Vec<(String, Predicate)>, Vec<ServerCheck>) {
    let (mut judged, mut left) = (Vec::new(), Vec::new());
    for check in &table.checks {
        let expression = &check.expression;
        let why = match Predicate::compile(expression, table) {
            // the values of such a column are checked when they are read
            None if json_column(expression, table)
                .is_some_and(|at| is_judged(table, at, position)) =>
            {
                None
            }
            None => Some("only the server can evaluate it"),
            Some(predicate) if predicate.columns().iter().any(|&c| position[c].is_none()) => {
                Some("the file does not have all of its columns")
            }
            Some(predicate) => {
                let is_certain = predicate.is_certain();
                judged.push((expression.clone(), predicate));
                (!is_certain).then_some("texts are compared byte by byte here; the server judges those that its collation calls equal")
            }
        };
        left.extend(why.map(|why| ServerCheck::of_check(expression, why)));
    }
    (judged, left)
}

/// Whether the client judges the JSON texts of a column.
fn is_judged(table: &Table, column: usize, position: &[Option<usize>]) -> bool {
    table.columns[column].json.is_some() && position[column].is_some()
}

/// Batches have room for a multiple of this many rows, and of 16 times as many bytes of text.
const ROOM_STEP: usize = 4096;

/// Completes the pending row, which is the record at this place of the chunk.
#[inline(always)]
fn finish(batch: &mut Batch, span: Span, hash: u32) {
    batch.finish_row(
        span.start as u32,
        span.length as u32,
        span.line as u32,
        hash,
    );
}

/// The record of a row that is one of its elements.
fn parent(of: OfRecord) -> Parent {
    Parent {
        offset: of.record.start as u32,
        length: of.record.length as u32,
        element: of.element,
    }
}

fn rejection(
    chunk: &Chunk,
    bytes: &[u8],
    span: Span,
    (column, field): (Option<String>, Option<&[u8]>),
    fault: Fault,
) -> Rejection {
    Rejection {
        line: chunk.line + span.line,
        offset: chunk.offset + span.start as u64,
        bytes: span.length as u64,
        element: None,
        raw: bytes[span.start..span.start + span.length].to_vec(),
        column,
        rule: fault.rule,
        field: field.map(<[u8]>::to_vec),
        value: field.map_or(String::new(), shown),
        message: fault.message,
    }
}

#[cfg(test)]
mod tests;
