//! Rejects records with a wrong structure, with a message about the reason, and notes signs of the
//! file's dialect.

use super::{Cleaned, Cleaner, Occurrences, Sign, Signs, TextSlice};
use clean::Fault;
use input::chunks::{Chunk, Content};
use input::dialect::Escape;
use input::header::Header;
use input::records::long::{LongRecord, is_long_comment};
use input::records::{Records, Span, StructureFault, looks_joined};
use model::rejection::{Rejection, shown};
use model::wording::counted;

/// Recognises records that repeat the header.
#[derive(Debug)]
pub(super) struct RepeatedHeader {
    names: Vec<String>,
    /// The first byte of the header in lower case, if it is not quoted.
    first: Option<u8>,
    /// Bytes that may precede the header's first byte in a record.
    before: [u8; 4],
}

/// Whether a record repeats the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    No,
    /// The record repeats a header of several columns, so it is not a row.
    Header,
    /// The record repeats a header of a single column, so it may be a row.
    Name,
}

impl RepeatedHeader {
    pub(super) fn new(header: &Header) -> RepeatedHeader {
        let names = match header.dialect.is_json() {
            // the names are in each JSON record, so there is no header
            true => Vec::new(),
            false => header.names(),
        };
        let names: Vec<_> = names.iter().map(|n| n.trim().to_string()).collect();
        let first = names.first().and_then(|name| name.bytes().next());
        let escape = header.dialect.escape.map(|escape| escape.byte);
        RepeatedHeader {
            before: [
                b' ',
                b'\t',
                header.dialect.quote.unwrap_or(b' '),
                escape.unwrap_or(b' '),
            ],
            first: first.map(|b| b.to_ascii_lowercase()),
            names,
        }
    }

    /// Whether the parser's current record, whose first byte is `first`, repeats the header.
    #[inline]
    pub(super) fn is_by(&self, records: &Records, bytes: &[u8], first: u8) -> Repeats {
        if self.first.is_some_and(|f| f != first.to_ascii_lowercase())
            && !self.before.contains(&first)
        {
            return Repeats::No;
        }
        self.compare(records, bytes)
    }

    fn compare(&self, records: &Records, bytes: &[u8]) -> Repeats {
        let mut names = self.names.iter().enumerate();
        let same = names.all(|(at, name)| {
            let field = records.field(bytes, at).trim_ascii();
            field.eq_ignore_ascii_case(name.as_bytes())
        });
        match (same, self.names.len()) {
            (false, _) | (_, 0) => Repeats::No,
            (true, 1) => Repeats::Name,
            (true, _) => Repeats::Header,
        }
    }
}

impl Cleaner {
    /// Whether a record has a quote. If it has none, only escapes can have joined its lines.
    fn has_quote(&self, record: &[u8]) -> bool {
        let quote = self.dialect.quote;
        quote.is_some_and(|quote| memchr::memchr(quote, record).is_some())
    }

    /// Notes the signs that a record shows. Returns `true` if it is not a row, because it repeats
    /// the header or has no value.
    #[inline]
    pub(super) fn is_no_row(
        &self,
        chunk: &Chunk,
        bytes: &[u8],
        records: &Records,
        span: Span,
        signs: &mut Signs,
    ) -> bool {
        let repeats = self
            .repeated_header
            .is_by(records, bytes, bytes[span.start]);
        if repeats == Repeats::No && records.lines() < 2 {
            let first = bytes[span.start];
            let may_be_blank = matches!(first, b' ' | b'\t' | b'\r' | b'\n')
                || self.dialect.delimiter.bytes()[0] == first;
            return may_be_blank && self.is_blank(chunk, bytes, span, signs);
        }
        let record = self.content(bytes, span);
        let seen = || seen(chunk, span, record);
        let is_told = self.told.quote;
        if records.lines() > 1
            && !is_told
            && self.has_quote(record)
            && looks_joined(record, self.dialect.delimiter, self.fields)
        {
            signs.note(Sign::JoinedLines, 1, seen);
        }
        match repeats {
            Repeats::No => return false,
            Repeats::Name => signs.note(Sign::HeaderAsRow, 1, seen),
            Repeats::Header => signs.note(Sign::RepeatedHeader, 1, seen),
        }
        repeats == Repeats::Header
    }

    /// The bytes of a record without its line end.
    fn content<'b>(&self, bytes: &'b [u8], span: Span) -> &'b [u8] {
        let record = &bytes[span.start..span.start + span.length];
        &record[..self.dialect.without_line_end(record)]
    }

    /// Whether a record has no value, in a table whose rows need one. Counts the record, so that a
    /// warning can report every ignored record.
    pub(super) fn is_blank(
        &self,
        chunk: &Chunk,
        bytes: &[u8],
        span: Span,
        signs: &mut Signs,
    ) -> bool {
        let content = self.content(bytes, span);
        let is_blank = self.passes_blank_records && self.dialect.is_blank_record(content);
        if is_blank {
            signs.note(Sign::Blank, 1, || seen(chunk, span, content));
        }
        is_blank
    }

    /// The signs of a chunk that is a comment longer than a record may be; `None` for other chunks.
    pub fn long_comment(&self, chunk: &Chunk) -> Option<Signs> {
        let Content::LongLine(line) = &chunk.content else {
            return None;
        };
        if !is_long_comment(line, &self.dialect) {
            return None;
        }
        let mut signs = Signs::default();
        signs.note(Sign::Comment, 1, || Occurrences {
            count: 1,
            offset: chunk.offset,
            line: chunk.line,
            example: shown(&line.start),
        });
        Some(signs)
    }

    /// Notes the signs that cannot be found by searching the bytes of records.
    pub(super) fn note_signs(
        &self,
        chunk: &Chunk,
        bytes: &[u8],
        records: &Records,
        cleaned: &mut Cleaned,
    ) {
        let slice = TextSlice::of(chunk, bytes);
        let signs = &mut cleaned.signs;
        if let Some((count, first)) = records.comments() {
            signs.note(Sign::Comment, count, || slice.seen(first.start));
        }
        if let Some((count, first)) = records.marks() {
            signs.note(Sign::Mark, count, || slice.seen(first.start));
        }
    }

    /// Rejects a record because of its structure.
    pub(super) fn broken(
        &self,
        chunk: &Chunk,
        bytes: &[u8],
        span: Span,
        flaw: StructureFault,
    ) -> Rejection {
        let record = &bytes[span.start..span.start + span.length];
        let place = (chunk.offset + span.start as u64, chunk.line + span.line);
        self.structure_rejection(record, span.length as u64, place, flaw)
    }

    /// Rejects a whole long record, which ends at the offset `end`.
    pub fn too_large(&self, record: &LongRecord, end: u64) -> Rejection {
        let place = (record.offset, record.line);
        self.structure_rejection(
            &record.start,
            end - record.offset,
            place,
            StructureFault::TooLarge,
        )
    }

    /// Rejects only the first line of a long record.
    pub fn stray(&self, record: &LongRecord, flaw: StructureFault) -> Rejection {
        let (line, length, flaw) = record.first_line(flaw);
        self.structure_rejection(line, length, (record.offset, record.line), flaw)
    }

    fn structure_rejection(
        &self,
        start: &[u8],
        length: u64,
        (offset, line): (u64, u64),
        flaw: StructureFault,
    ) -> Rejection {
        let content = &start[..self.dialect.without_line_end(start)];
        let fault = self.structure_fault(flaw, content, length);
        let kept = match flaw {
            StructureFault::TooLarge => &start[..start.len().min(self.max_record)],
            _ => start,
        };
        Rejection {
            line,
            offset,
            bytes: length,
            element: None,
            raw: kept.to_vec(),
            column: None,
            rule: fault.rule,
            field: None,
            value: shown(kept.trim_ascii_end()),
            message: fault.message,
        }
    }

    /// Explains how the dialect writes a quote within a text.
    fn quotes_in_texts(&self) -> String {
        let quote = char::from(self.dialect.quote.unwrap_or(b'"'));
        match self.dialect.escape {
            Some(Escape { byte, .. }) => format!(
                "a quote in a text is written twice ({quote}{quote}) or after the escape ({}{quote})",
                char::from(byte)
            ),
            None => format!(
                "a quote in a text is written twice ({quote}{quote}); a backslash does not escape it"
            ),
        }
    }

    /// Explains what is wrong with a record that is not a JSON object.
    fn no_json(&self, record: &[u8]) -> String {
        let record = String::from_utf8_lossy(record);
        let words = self.extract.as_ref().map(|extract| extract.words(&record));
        format!("the record {}", words.unwrap_or_default())
    }

    fn structure_fault(&self, flaw: StructureFault, record: &[u8], length: u64) -> Fault {
        let message = match flaw {
            StructureFault::TooLarge => format!(
                "the record has {length} bytes, more than --max-record allows ({}); if it really is that long, raise --max-record, otherwise look for a missing or stray quote. Its first {} bytes are kept",
                self.max_record, self.max_record
            ),
            StructureFault::NeverClosed => "a quote is opened here and never closed".to_string(),
            StructureFault::TextAfterQuote(None) => format!(
                "a quote is opened here, and the next quote does not close it, because text follows it; {}",
                self.quotes_in_texts()
            ),
            StructureFault::TextAfterQuote(Some(at)) => format!(
                "text follows a closing quote, at byte {at} of the record; {}",
                self.quotes_in_texts()
            ),
            StructureFault::InvalidJson => self.no_json(record),
            StructureFault::NotUtf8 => {
                let valid = std::str::from_utf8(record).map_or_else(|e| e.valid_up_to(), str::len);
                format!(
                    "the record is not UTF-8: byte {} is not part of a character",
                    valid + 1
                )
            }
            StructureFault::Fields(found) if self.repeated_header.names.is_empty() => {
                format!(
                    "the record has {}, the table takes {} (there is no header)",
                    counted(found as u64, "field", "fields"),
                    self.fields
                )
            }
            StructureFault::Fields(found) => {
                format!(
                    "the record has {}, the header has {}",
                    counted(found as u64, "field", "fields"),
                    self.fields
                )
            }
        };
        Fault::new(flaw.rule(), message)
    }
}

/// The occurrence of a sign that is a whole record, such as a repeated header.
fn seen(chunk: &Chunk, span: Span, record: &[u8]) -> Occurrences {
    Occurrences {
        count: 1,
        offset: chunk.offset + span.start as u64,
        line: chunk.line + span.line,
        example: shown(record),
    }
}
