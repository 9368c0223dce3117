//! Reads all records of a table. One thread reads chunks, rayon parses them in parallel, and the
//! results are merged in file order. They do not depend on threads or timing.

mod structure;

use std::ops::Range;
use std::sync::Arc;

use crossbeam_channel::bounded;
use input::Source;
use input::chunks::{BufferPool, Chunk, Chunker, Content};
use input::dialect::{Dialect, FieldKind};
use input::header::Header;
use input::records::{Following, PlainNumber, Records, Span, Step, StructureFault, looks_joined};

use crate::error::{Error, Result};
pub(crate) use structure::Structure;

/// Size of a chunk in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// The records of a chunk.
pub(crate) struct Rows<'c> {
    records: Records,
    bytes: &'c [u8],
    following: Following,
    header: &'c RepeatedHeader,
    dialect: &'c Dialect,
    found: Structure,
    /// Line number of the first byte of the chunk.
    line: u64,
    stopped: usize,
    /// The bytes of the current row.
    span: Range<usize>,
    /// Whether rows that are not UTF-8 are skipped.
    skips_bad: bool,
}

/// The names of the header. A record may repeat them, for example in concatenated files.
#[derive(Debug)]
struct RepeatedHeader {
    names: Vec<String>,
    /// Number of fields of a record.
    fields: usize,
}

impl RepeatedHeader {
    fn new(header: &Header) -> RepeatedHeader {
        let names = match header.dialect.is_json() {
            true => Vec::new(),
            false => header.names(),
        };
        RepeatedHeader {
            names: names.iter().map(|name| name.trim().to_owned()).collect(),
            fields: header.fields,
        }
    }

    /// Whether the current record repeats a header of several columns.
    #[inline]
    fn is_repeated(&self, records: &Records, bytes: &[u8]) -> bool {
        let mut names = self.names.iter().enumerate();
        self.names.len() > 1
            && names.all(|(at, name)| {
                let field = records.field(bytes, at).trim_ascii();
                field.eq_ignore_ascii_case(name.as_bytes())
            })
    }
}

impl Rows<'_> {
    /// Moves to the next row; returns `false` at the end of the chunk.
    pub(crate) fn next(&mut self) -> bool {
        loop {
            match self.records.step(self.bytes, self.following) {
                Step::Record(span) if self.is_no_row(span) => {}
                Step::Record(span) if self.skips_bad && self.is_bad(span) => {}
                Step::Record(span) => {
                    self.span = span.start..span.start + span.length;
                    self.found.rows += 1;
                    if self.records.lines() > 1 {
                        self.note_lines(span);
                    }
                    return true;
                }
                Step::Fault { span, flaw } => self.note(span, flaw),
                Step::Incomplete(at) => {
                    self.stopped = at;
                    return false;
                }
                Step::End => {
                    self.stopped = self.bytes.len();
                    return false;
                }
            }
        }
    }

    /// Moves to the next row if all its fields are plain whole numbers without leading zeros.
    #[inline]
    pub(crate) fn next_numbers(&mut self, found: &mut [PlainNumber]) -> bool {
        let Some(span) = self.records.numbers(self.bytes, found) else {
            return false;
        };
        self.records.pass(&span);
        self.found.rows += 1;
        true
    }

    /// A field of the row, if the parser recognizes it as a plain whole number without leading
    /// zeros. The parser may return `None` for some of these too.
    #[inline]
    pub(crate) fn plain_number(&self, at: usize) -> Option<u64> {
        Some(self.records.plain_number(self.bytes, at)?.value)
    }

    /// The bytes of the chunk.
    pub(crate) fn chunk(&self) -> &[u8] {
        self.bytes
    }

    /// The dialect: how records are divided into fields.
    pub(crate) fn dialect(&self) -> &Dialect {
        self.dialect
    }

    /// Whether a field of the row is an empty pair of quotes.
    #[inline]
    pub(crate) fn is_empty_in_quotes(&self, at: usize) -> bool {
        self.records.is_empty_in_quotes(self.bytes, at)
    }

    /// The bytes of the row.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.span.clone()]
    }

    /// A field of the row, and its kind.
    #[inline]
    pub(crate) fn field(&self, at: usize) -> (&[u8], FieldKind) {
        (self.records.field(self.bytes, at), self.records.kind(at))
    }

    /// Whether a record has no values, or repeats the header. It is then not a row.
    fn is_no_row(&self, span: Span) -> bool {
        self.header.is_repeated(&self.records, self.bytes) || self.is_blank(span)
    }

    fn is_bad(&self, span: Span) -> bool {
        let record = &self.bytes[span.start..span.start + span.length];
        simdutf8::basic::from_utf8(record).is_err()
    }

    fn is_blank(&self, span: Span) -> bool {
        let record = &self.bytes[span.start..span.start + span.length];
        let first = record.first().copied().unwrap_or_default();
        let may_be = matches!(first, b' ' | b'\t') || self.dialect.delimiter.bytes()[0] == first;
        may_be
            && !self.dialect.is_json()
            && self
                .dialect
                .is_blank_record(&record[..self.dialect.without_line_end(record)])
    }

    /// Counts a record of several lines if it looks like several records.
    #[cold]
    fn note_lines(&mut self, span: Span) {
        let record = self.bytes().trim_ascii_end();
        let has_quotes = self
            .dialect
            .quote
            .is_some_and(|quote| record.contains(&quote));
        let fields = self.header.fields;
        if has_quotes && looks_joined(record, self.dialect.delimiter, fields) {
            self.found.joined += 1;
            self.found.first_joined.get_or_insert(self.line + span.line);
        }
    }

    fn note(&mut self, span: Span, flaw: StructureFault) {
        let is_blank = matches!(flaw, StructureFault::Fields(_)) && self.is_blank(span);
        let found = &mut self.found;
        let (count, first) = match is_blank {
            true => (&mut found.blank, &mut found.first_blank),
            false => (&mut found.broken, &mut found.first),
        };
        *count += 1;
        let rest = || self.bytes[span.start..].trim_ascii_end();
        found.is_cut_off |= flaw == StructureFault::NeverClosed
            && self.following == Following::EndOfFile
            && memchr::memchr(b'\n', rest()).is_none();
        first.get_or_insert((self.line + span.line, flaw));
    }
}

/// A chunk whose records have been read.
struct Done<P> {
    chunk: Chunk,
    piece: Option<P>,
    found: Structure,
    stopped: usize,
}

/// What all scans of one draft share.
pub(crate) struct Scan<'a> {
    pub(crate) pool: &'a rayon::ThreadPool,
    pub(crate) buffers: &'a Arc<BufferPool>,
    pub(crate) max_record: usize,
    /// Called with the progress: bytes of the file and rows that have been read.
    pub(crate) advanced: &'a (dyn Fn(u64, u64) + Sync),
}

impl Scan<'_> {
    /// Reads all records of a table.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub(crate) fn run<P: Reads>(
        &self,
        source: &Source,
        pass: &P,
        mut take: impl FnMut(P::Piece) -> Result<()>,
    ) -> Result<Structure> {
        let reading = Reading {
            source,
            header: RepeatedHeader::new(&source.header),
            max_record: self.max_record,
        };
        let mut chunker = Chunker::of_source(source, CHUNK_BYTES, self.max_record)
            .map_err(|error| Error::read(source, error))?
            .with_pool(self.buffers);
        let in_flight = self.pool.current_num_threads() * 2;
        let mut found = Structure::default();
        let mut carried: Option<(Vec<u8>, u64)> = None;
        let result = self.pool.in_place_scope(|scope| {
            let (chunks_in, chunks) = bounded(in_flight);
            let reading = &reading;
            std::thread::scope(|threads| {
                let reader = threads.spawn(move || -> Result<()> {
                    while let Some(chunk) = chunker
                        .next_chunk()
                        .map_err(|error| Error::read(source, error))?
                    {
                        let (done, parsing) = bounded(1);
                        if chunks_in.send(parsing).is_err() {
                            break;
                        }
                        scope.spawn(move |_| {
                            let _ = done.send(reading.chunk(chunk, pass));
                        });
                    }
                    Ok(())
                });
                let taken = chunks.iter().try_for_each(|parsing| {
                    let Ok(done) = parsing.recv() else {
                        return Ok(());
                    };
                    let end = done.chunk.end();
                    let done = reading.joined(done, &mut carried, pass)?;
                    found.add(&done.found);
                    if let Some(piece) = done.piece {
                        take(piece)?;
                    }
                    if let Content::Lines(bytes) = done.chunk.content {
                        self.buffers.put_back(bytes);
                    }
                    (self.advanced)(source.raw_position(end), found.rows);
                    Ok(())
                });
                drop(chunks);
                let read = reader
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                taken.and(read)
            })
        });
        result.map(|()| found)
    }
}

/// A pass over the records of a table, chunk by chunk.
pub(crate) trait Reads: Sync {
    /// The result for one chunk.
    type Piece: Send;

    /// Whether records that are not UTF-8 are passed to `read`, although `seed` rejects them.
    const COUNTS_BAD: bool = false;

    /// Reads the records of a chunk. Called from several threads.
    fn read(&self, rows: &mut Rows<'_>) -> Self::Piece;
}

struct Reading<'s> {
    source: &'s Source,
    header: RepeatedHeader,
    max_record: usize,
}

impl Reading<'_> {
    fn chunk<P: Reads>(&self, chunk: Chunk, pass: &P) -> Done<P::Piece> {
        let Content::Lines(bytes) = &chunk.content else {
            return Done {
                found: Structure {
                    broken: 1,
                    first: Some((chunk.line, StructureFault::TooLarge)),
                    ..Structure::default()
                },
                piece: None,
                stopped: 0,
                chunk,
            };
        };
        let header = &self.source.header;
        let mut rows = Rows {
            records: Records::new(header.fields, self.max_record)
                .with_dialect(&header.dialect)
                .with_extract(header.extract.as_ref()),
            bytes,
            following: match chunk.last {
                true => Following::EndOfFile,
                false => Following::Unknown,
            },
            header: &self.header,
            dialect: &header.dialect,
            found: Structure::default(),
            line: chunk.line,
            stopped: bytes.len(),
            span: 0..0,
            skips_bad: !P::COUNTS_BAD && simdutf8::basic::from_utf8(bytes).is_err(),
        };
        rows.records.begin();
        let piece = Some(pass.read(&mut rows));
        let (found, stopped) = (rows.found, rows.stopped);
        Done {
            piece,
            found,
            stopped,
            chunk,
        }
    }

    /// If the previous chunk ends within a record, reads this chunk again, together with the start
    /// of that record.
    fn joined<P: Reads>(
        &self,
        done: Done<P::Piece>,
        carried: &mut Option<(Vec<u8>, u64)>,
        pass: &P,
    ) -> Result<Done<P::Piece>> {
        let done = match (carried.take(), &done.chunk.content) {
            (None, _) => done,
            (Some((start, line)), Content::Lines(bytes)) => {
                let chunk = Chunk {
                    offset: done.chunk.offset,
                    line,
                    content: Content::Lines([&start[..], bytes].concat()),
                    last: done.chunk.last,
                };
                self.chunk(chunk, pass)
            }
            (Some((_, line)), Content::LongLine(_)) => return Err(self.too_long(line)),
        };
        if let Content::Lines(bytes) = &done.chunk.content
            && done.stopped < bytes.len()
        {
            let (before, rest) = bytes.split_at(done.stopped);
            let line = done.chunk.line + before.iter().filter(|b| **b == b'\n').count() as u64;
            if rest.len() > self.max_record {
                return Err(self.too_long(line));
            }
            *carried = Some((rest.to_vec(), line));
        }
        Ok(done)
    }

    fn too_long(&self, line: u64) -> Error {
        Error::LongRecord {
            file: self.source.path.display().to_string(),
            line,
            limit: self.max_record,
        }
    }
}
