//! Rejects records because of their structure, with the reason in words, and notes signs of the
//! file's dialect.

use super::{Cleaned, Cleaner, Occurrences, Sign, Signs, TextSlice, looks_joined};
use clean::Fault;
use input::chunks::Chunk;
use input::header::Header;
use input::records::long::LongRecord;
use input::records::{Records, Span, StructureFault, without_line_end};
use model::rejection::{Rejection, shown};

/// Recognises records that repeat the header.
#[derive(Debug)]
pub(super) struct RepeatedHeader {
    names: Vec<String>,
    /// The first byte of the header in lower case, if it is not quoted.
    first: Option<u8>,
}

/// Whether a record repeats the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    No,
    /// It repeats a header of several columns, so it is not a row.
    Header,
    /// It repeats a header of a single column, so it may be a row.
    Name,
}

impl RepeatedHeader {
    pub(super) fn new(header: &Header) -> RepeatedHeader {
        let names: Vec<_> = header
            .names()
            .iter()
            .map(|n| n.trim().to_string())
            .collect();
        let first = names.first().and_then(|name| name.bytes().next());
        RepeatedHeader {
            first: first.map(|b| b.to_ascii_lowercase()),
            names,
        }
    }

    /// Whether the parser's record, which begins with this byte, repeats the header.
    #[inline]
    pub(super) fn is_by(&self, records: &Records, bytes: &[u8], first: u8) -> Repeats {
        if self.first.is_some_and(|f| f != first.to_ascii_lowercase())
            && !matches!(first, b'"' | b' ')
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
    /// Notes the signs that a record shows. `true` when it repeats the header and is not a row.
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
            return false;
        }
        let record = &bytes[span.start
            ..span.start + without_line_end(&bytes[span.start..span.start + span.length])];
        let seen = || Occurrences {
            count: 1,
            offset: chunk.offset + span.start as u64,
            line: chunk.line + span.line,
            example: shown(record),
        };
        if records.lines() > 1 && looks_joined(record, self.delimiter, self.fields) {
            signs.note(Sign::JoinedLines, 1, seen);
        }
        match repeats {
            Repeats::No => return false,
            Repeats::Name => signs.note(Sign::HeaderAsRow, 1, seen),
            Repeats::Header => signs.note(Sign::RepeatedHeader, 1, seen),
        }
        repeats == Repeats::Header
    }

    /// Notes the signs that are not in the bytes of the records.
    pub(super) fn note_signs(
        &self,
        chunk: &Chunk,
        bytes: &[u8],
        records: &Records,
        cleaned: &mut Cleaned,
    ) {
        let slice = TextSlice::of(chunk, bytes);
        let signs = &mut cleaned.signs;
        if let Some((count, first)) = records.marks() {
            signs.note(Sign::Mark, count, || slice.seen(first.start));
        }
        for rejection in &cleaned.rejections {
            let value = &rejection.value;
            if value.len() > 1 && value.starts_with('\'') && value.ends_with('\'') {
                signs.note(Sign::SingleQuotes, 1, || Occurrences {
                    count: 1,
                    offset: rejection.offset,
                    line: rejection.line,
                    example: value.clone(),
                });
            }
        }
    }

    /// Rejects a record of a chunk because of its structure.
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

    /// Rejects a whole long record, which ends before this offset.
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
        let fault = self.structure_fault(flaw, length);
        let kept = match flaw {
            StructureFault::TooLarge => &start[..start.len().min(self.max_record)],
            _ => start,
        };
        Rejection {
            line,
            offset,
            bytes: length,
            raw: kept.to_vec(),
            column: None,
            rule: fault.rule,
            value: shown(kept.trim_ascii_end()),
            message: fault.message,
        }
    }

    fn structure_fault(&self, flaw: StructureFault, length: u64) -> Fault {
        let message = match flaw {
            StructureFault::TooLarge => format!(
                "the record has {length} bytes, more than --max-record allows ({}); if it really is that long, raise --max-record, otherwise look for a missing or stray quote. Its first {} bytes are kept",
                self.max_record, self.max_record
            ),
            StructureFault::NeverClosed => "a quote is opened here and never closed".to_string(),
            StructureFault::TextAfterQuote(None) => {
                "a quote is opened here and never closed: text follows the next quote that could close it; \
                 a quote in a text is written twice (\"\"), a backslash does not escape it"
                    .to_string()
            }
            StructureFault::TextAfterQuote(Some(at)) => format!(
                "text follows a closing quote, at byte {at} of the record; a quote in a text is written twice (\"\"), a backslash does not \
                 escape it"
            ),
            StructureFault::Fields(found) if self.repeated_header.names.is_empty() => {
                format!("the record has {found} fields, the table takes {} (there is no header)", self.fields)
            }
            StructureFault::Fields(found) => {
                format!("the record has {found} fields, the header has {}", self.fields)
            }
        };
        Fault::new(flaw.rule(), message)
    }
}
