//! What a chunk could not finish, and how the next chunk finishes it.
//!
//! Chunks are cleaned under the guess that each begins at a record. Where the one before ends
//! within a record, the guess was wrong: the chunk is cleaned again together with what was carried
//! over. A record that is longer than any may be is not carried over but followed to its end
//! ([`LongRecord`]). When its quote turns out to be stray, the lines after its first one are read
//! again from the file. That happens at most once for each line: such a quote runs on to the first
//! line with a quote that could close it, and none of the lines between can hold another.

use std::io::{self, Read};

use anyhow::{Context, Result};

use super::conductor::Conductor;
use super::wait::Permit;
use crate::pipeline::cleaner::Cleaned;
use input::chunks::{Chunk, Chunker, Content};
use input::records::long::{LongRecord, LongRecordState};

/// What a chunk could not finish.
pub(super) enum Carry {
    /// The beginning of a record, which the next chunk may finish.
    Start {
        bytes: Vec<u8>,
        offset: u64,
        line: u64,
    },
    /// A record that is too long to be kept.
    Long(LongRecord),
}

/// The text once more, from where it was last read again.
#[derive(Default)]
pub(super) struct Again(Option<(Box<dyn Read>, u64)>);

impl Conductor<'_> {
    /// Carries over the beginning of a record.
    pub(super) fn carried(&self, bytes: &[u8], (offset, line): (u64, u64)) -> Carry {
        let max_record = self.shared.settings.max_record;
        if bytes.len() <= max_record {
            let bytes = bytes.to_vec();
            return Carry::Start {
                bytes,
                offset,
                line,
            };
        }
        let delimiter = self.source.header.delimiter;
        Carry::Long(LongRecord::begin(
            bytes,
            (offset, line),
            delimiter,
            max_record,
        ))
    }

    /// Takes a cleaned chunk up in file order.
    pub(super) fn take_chunk(
        &mut self,
        chunk: Chunk,
        cleaned: Cleaned,
        permit: Option<Permit>,
    ) -> Result<()> {
        match (self.carry.take(), &chunk.content) {
            (None, Content::Lines(_)) => self.hand_over(chunk, cleaned, permit),
            (None, Content::LongLine(_)) => {
                let max_record = self.shared.settings.max_record;
                match LongRecord::of_line(&chunk, max_record) {
                    Some((record, fate)) => self.decide(record, fate, chunk, permit),
                    None => Ok(()),
                }
            }
            (
                Some(Carry::Start {
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
                Some(Carry::Start {
                    bytes,
                    offset,
                    line,
                }),
                Content::LongLine(more),
            ) => {
                let (delimiter, max_record) = (
                    self.source.header.delimiter,
                    self.shared.settings.max_record,
                );
                let mut record = LongRecord::begin(&bytes, (offset, line), delimiter, max_record);
                record.keep(&more.start);
                let fate = record.follow(&chunk);
                self.decide(record, fate, chunk, permit)
            }
            (Some(Carry::Long(mut record)), _) => {
                let fate = record.follow(&chunk);
                self.decide(record, fate, chunk, permit)
            }
        }
    }

    /// Does what must become of a long record, as far as it is known after a chunk.
    fn decide(
        &mut self,
        record: LongRecord,
        fate: LongRecordState,
        chunk: Chunk,
        permit: Option<Permit>,
    ) -> Result<()> {
        match fate {
            LongRecordState::Continues => {
                self.carry = Some(Carry::Long(record));
                if let Content::Lines(bytes) = chunk.content {
                    self.shared.spares.put_back(bytes);
                }
                Ok(())
            }
            LongRecordState::TooLarge(end) => {
                let refused = self.cleaner.too_large(&record, chunk.offset + end);
                self.refused_before.push(refused);
                let rest = after(chunk, end);
                let cleaned = self.cleaner.clean(&rest);
                self.hand_over(rest, cleaned, permit)
            }
            LongRecordState::StrayQuote(flaw) => {
                self.refused_before.push(self.cleaner.stray(&record, flaw));
                let (from, line) = record.second_line();
                self.read_again(from, line, chunk.offset)?;
                let cleaned = self.cleaner.clean(&chunk);
                self.take_chunk(chunk, cleaned, permit)
            }
        }
    }

    /// Takes the lines up that a stray quote seemed to hold, which were not kept.
    fn read_again(&mut self, from: u64, line: u64, to: u64) -> Result<()> {
        let cannot_read = || format!("cannot read {} again", self.source.path.display());
        if from >= to {
            return Ok(());
        }
        let text = self.text_again(from).with_context(cannot_read)?;
        let settings = self.shared.settings;
        let text = text.take(to - from);
        let mut chunker = Chunker::new(text, 0, line, settings.batch_bytes, settings.max_record)?
            .with_delimiter(self.source.header.delimiter)
            .starting_at(from);
        while let Some(mut chunk) = chunker.next_chunk().with_context(cannot_read)? {
            // these chunks have no permits, so that they go one by one
            self.await_outcomes()?;
            if self.is_over()? {
                return Ok(());
            }
            chunk.last = false;
            let cleaned = self.cleaner.clean(&chunk);
            self.take_chunk(chunk, cleaned, None)?;
        }
        self.again.0 = Some((chunker.into_input().into_inner(), to));
        Ok(())
    }

    /// The text from this offset on. It only goes forward, so that a packed file is unpacked once
    /// more at most.
    fn text_again(&mut self, offset: u64) -> io::Result<Box<dyn Read>> {
        let (mut text, at) = match self.again.0.take() {
            Some((text, at)) if at <= offset => (text, at),
            _ => self.source.text_from(offset),
        };
        io::copy(&mut text.by_ref().take(offset - at), &mut io::sink())?;
        Ok(text)
    }
}

/// What is left of a chunk after a record that ends before this byte of it.
fn after(chunk: Chunk, end: u64) -> Chunk {
    let (bytes, line_feeds) = match chunk.content {
        Content::Lines(mut bytes) => {
            let rest = bytes.split_off(usize::try_from(end).unwrap_or(usize::MAX).min(bytes.len()));
            let line_feeds = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            (rest, line_feeds)
        }
        Content::LongLine(line) => (Vec::new(), u64::from(line.ends_with_line_feed)),
    };
    Chunk {
        offset: chunk.offset + end,
        line: chunk.line + line_feeds,
        content: Content::Lines(bytes),
        last: chunk.last,
    }
}
