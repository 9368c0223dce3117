//! Joins a record that does not end in its chunk with the chunks that follow.
//!
//! Chunks are cleaned as if each began at the start of a record. If the preceding chunk ends within
//! a record, this is wrong, and the chunk is cleaned again together with the beginning of that
//! record.
//!
//! A record that is longer than `--max-record` is not kept; the following chunks are only searched
//! for its end ([`LongRecord`]). If its quote turns out to be stray, the lines after the first line
//! are read again from the file. This happens at most once for each line: such a quote extends to
//! the first line with a quote that could close it, and no line between the two can have another
//! such quote.

use std::io::{self, Read};

use super::Error;
use super::conductor::Conductor;
use super::permits::Permit;
use crate::pipeline::cleaner::Cleaned;
use input::chunks::{Chunk, Chunker, Content};
use input::records::long::{LongRecord, LongRecordState};

/// A record that does not end in the chunks so far.
pub(super) enum Unfinished {
    /// The beginning of a record, which the next chunk may complete.
    Start {
        bytes: Vec<u8>,
        offset: u64,
        line: u64,
    },
    /// A record that is too long to be kept in memory.
    Long(LongRecord),
}

/// The text of the file, opened a second time, and the offset up to which it has been read.
#[derive(Default)]
pub(super) struct SecondReading(Option<(Box<dyn Read>, u64)>);

impl Conductor<'_> {
    /// The state of a record whose beginning, `bytes`, is at this offset and line.
    pub(super) fn unfinished_record(&self, bytes: &[u8], (offset, line): (u64, u64)) -> Unfinished {
        let max_record = self.shared.settings.max_record;
        if bytes.len() <= max_record {
            let bytes = bytes.to_vec();
            return Unfinished::Start {
                bytes,
                offset,
                line,
            };
        }
        Unfinished::Long(LongRecord::begin(
            bytes,
            (offset, line),
            self.source.dialect(),
            max_record,
        ))
    }

    /// Takes a cleaned chunk. Chunks arrive in file order.
    pub(super) fn take_chunk(
        &mut self,
        chunk: Chunk,
        cleaned: Cleaned,
        permit: Option<Permit>,
    ) -> Result<(), Error> {
        match (self.unfinished.take(), &chunk.content) {
            (None, Content::Lines(_)) => self.hand_over(chunk, cleaned, permit),
            (None, Content::LongLine(_)) => {
                if let Some(signs) = self.cleaner.long_comment(&chunk) {
                    self.signs.add(signs);
                    return self.hand_over(chunk, cleaned, permit);
                }
                let max_record = self.shared.settings.max_record;
                match LongRecord::of_line(&chunk, self.source.dialect(), max_record) {
                    Some((record, fate)) => self.decide(record, fate, chunk, permit),
                    None => Ok(()),
                }
            }
            (
                Some(Unfinished::Start {
                    bytes,
                    offset,
                    line,
                }),
                Content::Lines(more),
            ) => {
                let chunk = Chunk {
                    offset,
                    line,
                    content: Content::Lines([&bytes[..], more].concat()),
                    last: chunk.last,
                };
                let cleaned = self.cleaner.clean(&chunk);
                self.hand_over(chunk, cleaned, permit)
            }
            (
                Some(Unfinished::Start {
                    bytes,
                    offset,
                    line,
                }),
                Content::LongLine(more),
            ) => {
                let (dialect, max_record) =
                    (self.source.dialect(), self.shared.settings.max_record);
                let mut record = LongRecord::begin(&bytes, (offset, line), dialect, max_record);
                record.keep(&more.start);
                let fate = record.follow(&chunk);
                self.decide(record, fate, chunk, permit)
            }
            (Some(Unfinished::Long(mut record)), _) => {
                let fate = record.follow(&chunk);
                self.decide(record, fate, chunk, permit)
            }
        }
    }

    /// Rejects a long record, or only its first line, as soon as a chunk shows which is right.
    /// Until then, keeps the state of the record.
    fn decide(
        &mut self,
        record: LongRecord,
        fate: LongRecordState,
        chunk: Chunk,
        permit: Option<Permit>,
    ) -> Result<(), Error> {
        match fate {
            LongRecordState::Continues => {
                self.unfinished = Some(Unfinished::Long(record));
                if let Content::Lines(bytes) = chunk.content {
                    self.shared.buffers.put_back(bytes);
                }
                Ok(())
            }
            LongRecordState::TooLarge(end) => {
                let rejected = self.cleaner.too_large(&record, chunk.offset + end);
                self.rejected_before.push(rejected);
                let rest = after(chunk, end);
                let cleaned = self.cleaner.clean(&rest);
                self.hand_over(rest, cleaned, permit)
            }
            LongRecordState::StrayQuote(flaw) => {
                self.rejected_before.push(self.cleaner.stray(&record, flaw));
                let (from, line) = record.second_line();
                self.read_again(from, line, chunk.offset)?;
                let cleaned = self.cleaner.clean(&chunk);
                self.take_chunk(chunk, cleaned, permit)
            }
        }
    }

    /// Cleans the lines that the stray quote seemed to enclose. They are read again from the file,
    /// because they were not kept in memory.
    fn read_again(&mut self, from: u64, line: u64, to: u64) -> Result<(), Error> {
        let path = &self.source.path;
        let cannot_read = |source: input::Error| Error::ReadAgain {
            path: path.clone(),
            source,
        };
        if from >= to {
            return Ok(());
        }
        let text = self.text_again(from).map_err(|e| cannot_read(e.into()))?;
        let settings = self.shared.settings;
        let text = text.take(to - from);
        let mut chunker = Chunker::new(text, 0, line, settings.batch_bytes, settings.max_record)
            .map_err(cannot_read)?
            .with_dialect(self.source.dialect())
            .starting_at(from);
        while let Some(mut chunk) = chunker.next_chunk().map_err(cannot_read)? {
            // these chunks have no permits, so there may be only one of them at a time
            self.await_outcomes()?;
            self.shared.check_stop()?;
            chunk.last = false;
            let cleaned = self.cleaner.clean(&chunk);
            self.take_chunk(chunk, cleaned, None)?;
        }
        self.second_reading.0 = Some((chunker.into_input().into_inner(), to));
        Ok(())
    }

    /// The text of the file from this offset. Offsets only grow, so a compressed file is
    /// decompressed at most once more.
    fn text_again(&mut self, offset: u64) -> io::Result<Box<dyn Read>> {
        let (mut text, at) = match self.second_reading.0.take() {
            Some((text, at)) if at <= offset => (text, at),
            _ => self.source.text_from(offset),
        };
        io::copy(&mut text.by_ref().take(offset - at), &mut io::sink())?;
        Ok(text)
    }
}

/// The rest of a chunk after a record that ends at byte `end` of the chunk.
fn after(chunk: Chunk, end: u64) -> Chunk {
    let (bytes, line_feeds) = match chunk.content {
        Content::Lines(mut bytes) => {
            let rest = bytes.split_off(usize::try_from(end).unwrap_or(usize::MAX).min(bytes.len()));
            let line_feeds = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            (rest, line_feeds)
        }
        Content::LongLine(line) => (Vec::new(), line.line_feeds),
    };
    Chunk {
        offset: chunk.offset + end,
        line: chunk.line + line_feeds,
        content: Content::Lines(bytes),
        last: chunk.last,
    }
}
