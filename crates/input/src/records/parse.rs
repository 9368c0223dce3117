//! The slow path of the default dialect: reads records with csv-core, and decides how much of a
//! malformed record is rejected.

use csv_core::ReadRecordResult;
use memchr::{memchr_iter, memchr2};

use super::quotes::Quotes;
use super::split::Place;
use super::{Following, Records, Span, Step, StructureFault, without_line_end};
use crate::chunks::line_end_after;
use crate::dialect::Dialect;

impl Records {
    /// Reads the record at `start` with csv-core.
    pub(super) fn parse(&mut self, bytes: &[u8], start: usize, following: Following) -> Step {
        let reader = self.reader.get_or_insert_with(|| {
            let mut reader = csv_core::Reader::new();
            skip_start(&mut reader);
            reader
        });
        let (mut at, mut written, mut found) = (start, 0, 0);
        let complete = loop {
            let (result, read, output, ends) = if found < self.ends.len() {
                reader.read_record(
                    &bytes[at..],
                    &mut self.output[written..],
                    &mut self.ends[found..],
                )
            } else {
                // the record has too many fields, so from here on only their number is needed
                reader.read_record(&bytes[at..], &mut self.output[written..], &mut [0; 64])
            };
            at += read;
            written += output;
            found += ends;
            match result {
                ReadRecordResult::Record => break true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break false,
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {}
            }
        };
        if written == self.output.len() {
            // csv-core may ask for one more free byte even if it does not write to it
            self.output.push(0);
        }
        if !complete && following == Following::EndOfFile {
            let (result, _, _, ends) = if found < self.ends.len() {
                reader.read_record(b"\n", &mut self.output[written..], &mut self.ends[found..])
            } else {
                reader.read_record(b"\n", &mut [0], &mut [0; 2])
            };
            return match result {
                ReadRecordResult::Record => self.complete(bytes, start, bytes.len(), found + ends),
                _ => self.open_at_end(bytes, start, following),
            };
        }
        if !complete {
            return self.open_at_end(bytes, start, following);
        }
        // csv-core ends a record after the CR, and skips the LF at the start of the next record
        if bytes[at - 1] == b'\r' && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
        self.complete(bytes, start, at, found)
    }

    /// Handles a record whose last quoted field is not closed when the bytes end.
    fn open_at_end(&mut self, bytes: &[u8], start: usize, following: Following) -> Step {
        let mut quotes = Quotes::at_start(&Dialect::default());
        if quotes.follow(&bytes[start..]).is_some() {
            // the record is malformed, even if the next bytes close the field
            return self.stray(bytes, start, StructureFault::TextAfterQuote(None));
        }
        if following == Following::EndOfFile {
            return self.stray(bytes, start, StructureFault::NeverClosed);
        }
        self.reset();
        Step::Incomplete(start)
    }

    fn complete(&mut self, bytes: &[u8], start: usize, end: usize, found: usize) -> Step {
        let record = &bytes[start..start + without_line_end(&bytes[start..end])];
        let mut quotes = Quotes::at_start(&Dialect::default());
        let text_after = quotes.follow(record);
        let first_line = memchr2(b'\r', b'\n', record);
        if first_line.is_some_and(|length| length > self.max_record) {
            return self.stray(bytes, start, StructureFault::TooLarge);
        }
        match (text_after, first_line) {
            (Some(_), Some(_)) => {
                return self.stray(bytes, start, StructureFault::TextAfterQuote(None));
            }
            (None, Some(_)) if quotes.is_odd() => {
                return self.stray(bytes, start, StructureFault::NeverClosed);
            }
            _ if record.len() > self.max_record => {
                return self.fault(bytes, start, end, StructureFault::TooLarge);
            }
            (Some(at), None) => {
                return self.fault(bytes, start, end, StructureFault::TextAfterQuote(Some(at)));
            }
            _ if found != self.fields => {
                return self.fault(bytes, start, end, StructureFault::Fields(found));
            }
            _ => {}
        }
        let mut field_start = 0;
        for (place, &field_end) in self.places.iter_mut().zip(&self.ends[..found]) {
            *place = Place::Parsed(field_start, field_end);
            field_start = field_end;
        }
        Step::Record(self.passed(bytes, start, end))
    }

    /// Moves the position past a record, and returns the place of the record.
    pub(super) fn passed(&mut self, bytes: &[u8], start: usize, end: usize) -> Span {
        let span = Span {
            start,
            length: end - start,
            line: self.line,
        };
        self.lines = memchr_iter(b'\n', &bytes[start..end]).count() as u64;
        self.line += self.lines;
        self.position = end;
        span
    }

    /// Rejects a record as a whole.
    pub(super) fn fault(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        flaw: StructureFault,
    ) -> Step {
        let span = self.passed(bytes, start, end);
        self.reset();
        Step::Fault { span, flaw }
    }

    /// Rejects only the first physical line of a record. Reading resumes at the second line.
    fn stray(&mut self, bytes: &[u8], start: usize, flaw: StructureFault) -> Step {
        let line = memchr2(b'\r', b'\n', &bytes[start..]).map(|at| start + at);
        let end = line.map_or(bytes.len(), |at| line_end_after(bytes, at));
        let flaw = match line.unwrap_or(bytes.len()) - start > self.max_record {
            true => StructureFault::TooLarge,
            false => flaw,
        };
        self.fault(bytes, start, end, flaw)
    }
}

/// Makes csv-core believe that the chunk is not the start of a file, because at the start of its
/// input it would skip a byte order mark.
pub(super) fn skip_start(reader: &mut csv_core::Reader) {
    reader.read_record(b"\n", &mut [0], &mut [0]);
}
