//! Cuts a file into chunks of about one batch, each beginning at a physical line.
//!
//! Cutting must be fast, for everything else runs in parallel behind it: it counts quotes and line
//! ends (memchr) and never parses. The cut falls behind a line end at which the number of quotes
//! since the chunk's start is even, which is where a record ends in every well-formed file. Where
//! it is not, the parser finds out. The cuts depend on the bytes and the size alone, never on
//! threads or timing. Memory is bounded: a line longer than the record limit is passed over, only
//! its first bytes are kept, and it comes as a chunk of its own, [`Content::LongLine`].

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use memchr::{memchr_iter, memchr2, memrchr2};

use super::records::long::marks;
use super::records::{Quotes, without_line_end};

/// A piece of a file that begins at a physical line.
#[derive(Debug)]
pub struct Chunk {
    /// Offset of the first byte in the file.
    pub offset: u64,
    /// Physical line of the first byte, from 1.
    pub line: u64,
    /// What the piece holds.
    pub content: Content,
    /// Whether the file ends with this piece.
    pub last: bool,
}

/// The two kinds of chunk.
#[derive(Debug)]
pub enum Content {
    /// Whole physical lines.
    Lines(Vec<u8>),
    /// One physical line that is longer than a record may be, passed over.
    LongLine(LongLine),
}

/// What is known of a physical line that is longer than a record may be.
#[derive(Debug)]
pub struct LongLine {
    /// Its length in bytes, line end included.
    pub length: u64,
    /// Its first bytes: as many as a record may have, and a line end.
    pub start: Vec<u8>,
    /// Whether it ends with a line feed.
    pub ends_with_line_feed: bool,
    /// Its quotes, when a record begins with it.
    pub alone: Quotes,
    /// Its quotes, when a quoted field goes on in it.
    pub within: Quotes,
}

impl Chunk {
    /// Offset of the byte after the piece.
    pub fn end(&self) -> u64 {
        self.offset
            + match &self.content {
                Content::Lines(bytes) => bytes.len() as u64,
                Content::LongLine(line) => line.length,
            }
    }
}

/// Memory of chunks that are done with, for the next ones: given back to the system and asked for
/// again, it would have to be made zero and mapped anew for every chunk, and would be torn to
/// pieces by what is allocated between.
#[derive(Debug, Default)]
pub struct Spares(Mutex<Vec<Vec<u8>>>);

impl Spares {
    fn take(&self, capacity: usize) -> Vec<u8> {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match spares.pop() {
            Some(spare) if spare.capacity() >= capacity => spare,
            _ => Vec::with_capacity(capacity),
        }
    }

    /// Takes back the bytes of a chunk.
    pub fn give(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spares.push(bytes);
    }
}

/// Reads a file from its start and cuts it.
pub struct Chunker<R> {
    input: R,
    /// Bytes that are read but not handed out.
    pending: Vec<u8>,
    offset: u64,
    line: u64,
    end_of_file: bool,
    finished: bool,
    chunk_bytes: usize,
    max_record: usize,
    delimiter: u8,
    spares: Arc<Spares>,
}

/// Bytes asked of the file at a time.
const READ_BYTES: usize = 1 << 18;

impl<R: Read> Chunker<R> {
    /// Cuts `input` into chunks of about `chunk_bytes`; `header_bytes` are read and passed over
    /// first.
    ///
    /// # Errors
    ///
    /// When the input cannot be read or is shorter than its header.
    pub fn new(
        input: R,
        header_bytes: u64,
        next_line: u64,
        chunk_bytes: usize,
        max_record: usize,
    ) -> Result<Self> {
        let chunk_bytes = chunk_bytes.max(1);
        let mut chunker = Chunker {
            input,
            pending: Vec::with_capacity(room(chunk_bytes)),
            offset: header_bytes,
            line: next_line,
            end_of_file: false,
            finished: false,
            chunk_bytes,
            max_record,
            delimiter: b',',
            spares: Arc::default(),
        };
        let header_bytes = usize::try_from(header_bytes)?;
        chunker.fill(header_bytes)?;
        if chunker.pending.len() < header_bytes {
            bail!("the file has become shorter while it was read");
        }
        chunker.pending.drain(..header_bytes);
        Ok(chunker)
    }

    /// With memory that others give back to `spares`.
    pub fn with_spares(mut self, spares: &Arc<Spares>) -> Self {
        self.spares = Arc::clone(spares);
        self
    }

    /// With something else between fields than a comma; only overlong lines are looked at that
    /// closely.
    pub fn with_delimiter(self, delimiter: u8) -> Self {
        Chunker { delimiter, ..self }
    }

    /// For an input that is a part of a text, and begins at this offset of it.
    pub fn starting_at(self, offset: u64) -> Self {
        Chunker { offset, ..self }
    }

    /// What was read, and perhaps to be asked about it.
    pub fn into_input(self) -> R {
        self.input
    }

    /// Reads until `wanted` bytes are pending or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        while !self.end_of_file && self.pending.len() < wanted {
            let room = (wanted - self.pending.len()).max(READ_BYTES);
            let mut part = self.input.by_ref().take(room as u64);
            self.end_of_file = part.read_to_end(&mut self.pending)? < room;
        }
        Ok(())
    }

    /// The next chunk; `None` after the last. An empty file body gives one empty last chunk.
    ///
    /// # Errors
    ///
    /// When the input cannot be read.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        if self.finished {
            return Ok(None);
        }
        self.fill(self.chunk_bytes + 1)?;
        if self.end_of_file && self.pending.len() <= self.chunk_bytes {
            let whole = self.pending.len();
            return match overlong_line(&self.pending, self.max_record) {
                None => Ok(Some(self.take(whole, true))),
                Some(start) => self.before_or_long(start),
            };
        }
        let mut window = self.chunk_bytes;
        loop {
            if let Some(cut) = cut_at_record_end(&self.pending[..window.min(self.pending.len())]) {
                return match overlong_line(&self.pending[..cut], self.max_record) {
                    None => Ok(Some(
                        self.take(cut, self.end_of_file && cut == self.pending.len()),
                    )),
                    Some(start) => self.before_or_long(start),
                };
            }
            // one byte beyond the longest record: its line may end with CR LF
            if window > self.chunk_bytes + self.max_record
                || (self.end_of_file && window >= self.pending.len())
            {
                break;
            }
            window = (window * 2).min(self.chunk_bytes + self.max_record + 1);
            self.fill(window + 1)?;
        }
        // no even place within reach: any line end will do, the parser decides
        let reach = window.min(self.pending.len());
        if let Some(start) = overlong_line(&self.pending[..reach], self.max_record) {
            return self.before_or_long(start);
        }
        if self.end_of_file && reach == self.pending.len() {
            return Ok(Some(self.take(reach, true)));
        }
        match last_line_end(&self.pending[..reach]) {
            Some(cut) => Ok(Some(self.take(cut, false))),
            None => self.before_or_long(0),
        }
    }

    /// The lines before an overlong line that starts at `start`, or that line itself when it comes
    /// first.
    fn before_or_long(&mut self, start: usize) -> Result<Option<Chunk>> {
        if start > 0 {
            return Ok(Some(self.take(start, false)));
        }
        // byte order marks are part of no record
        let marks = marks(&self.pending);
        let kept = self.pending.len().min(marks + self.max_record + 2);
        let start = self.pending[..kept].to_vec();
        let (offset, line) = (self.offset, self.line);
        let mut alone = Quotes::at_start(self.delimiter);
        let mut within = Quotes::within(self.delimiter);
        let (mut length, mut passed) = (0, marks);
        let end = loop {
            let found = memchr2(b'\r', b'\n', &self.pending);
            let content = &self.pending[..found.unwrap_or(self.pending.len())];
            within.follow(content);
            alone.follow(&content[passed.min(content.len())..]);
            passed = 0;
            if let Some(at) = found {
                if self.pending[at] == b'\r' {
                    self.fill(at + 2)?;
                }
                break line_end_after(&self.pending, at);
            }
            if self.end_of_file {
                break self.pending.len();
            }
            length += self.pending.len() as u64;
            self.pending.clear();
            self.fill(READ_BYTES)?;
        };
        length += end as u64;
        let ends_with_line_feed = self.pending[..end].ends_with(b"\n");
        let start = match length < start.len() as u64 {
            true => start[..length as usize].to_vec(),
            false => start,
        };
        self.line += u64::from(ends_with_line_feed);
        self.pending.drain(..end);
        self.fill(1)?;
        self.offset = offset + length;
        self.finished = self.pending.is_empty();
        let content = match without_line_end(&start) <= marks + self.max_record {
            true => Content::Lines(start),
            false => Content::LongLine(LongLine {
                length,
                start,
                ends_with_line_feed,
                alone,
                within,
            }),
        };
        Ok(Some(Chunk {
            offset,
            line,
            content,
            last: self.finished,
        }))
    }

    fn take(&mut self, cut: usize, last: bool) -> Chunk {
        // room for the next chunk at once, or it would be copied as it grows
        let rest = self.pending.len() - cut;
        let mut next = self.spares.take(rest.max(room(self.chunk_bytes)));
        next.extend_from_slice(&self.pending[cut..]);
        self.pending.truncate(cut);
        let bytes = std::mem::replace(&mut self.pending, next);
        let chunk = Chunk {
            offset: self.offset,
            line: self.line,
            last,
            content: Content::Lines(bytes),
        };
        self.offset = chunk.end();
        if let Content::Lines(bytes) = &chunk.content {
            self.line += memchr_iter(b'\n', bytes).count() as u64;
        }
        self.finished = last;
        chunk
    }
}

impl Chunker<super::Stream> {
    /// Cuts a text whose header is known.
    ///
    /// # Errors
    ///
    /// As [`Chunker::new`].
    pub fn of_source(
        source: &super::Source,
        chunk_bytes: usize,
        max_record: usize,
    ) -> Result<Self> {
        Chunker::new(
            source.text(),
            source.header.bytes,
            source.header.next_line,
            chunk_bytes,
            max_record,
        )
        .map(|chunker| chunker.with_delimiter(source.header.delimiter))
    }
}

/// What is pending at most, unless a record is longer than a chunk, and a little for the end of the
/// file to be seen.
fn room(chunk_bytes: usize) -> usize {
    chunk_bytes + 2 * READ_BYTES
}

/// Position after the last line end at which the number of quotes is even. A carriage return at the
/// very end does not count: its line feed may follow.
fn cut_at_record_end(bytes: &[u8]) -> Option<usize> {
    let mut odd = memchr_iter(b'"', bytes).count() % 2 == 1;
    let mut end = bytes.len();
    if bytes.last() == Some(&b'\r') {
        end -= 1;
    }
    while let Some(at) = memrchr2(b'\r', b'\n', &bytes[..end]) {
        odd ^= memchr_iter(b'"', &bytes[at + 1..end]).count() % 2 == 1;
        if !odd {
            return Some(at + 1);
        }
        end = at;
    }
    None
}

fn last_line_end(bytes: &[u8]) -> Option<usize> {
    let end = bytes.len() - usize::from(bytes.last() == Some(&b'\r'));
    memrchr2(b'\r', b'\n', &bytes[..end]).map(|at| at + 1)
}

/// Position after the line end that begins at `at` (`\n`, `\r` or `\r\n`).
pub fn line_end_after(bytes: &[u8], at: usize) -> usize {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => at + 2,
        _ => at + 1,
    }
}

/// Start of the first physical line that is longer than `max` bytes, its line end not counted.
fn overlong_line(bytes: &[u8], max: usize) -> Option<usize> {
    let mut start = 0;
    while bytes.len() - start > max {
        // the last line end within reach tells that all lines before it are short enough
        match memrchr2(b'\r', b'\n', &bytes[start..=start + max]) {
            Some(at) => start += at + 1,
            None => return Some(start),
        }
    }
    None
}

#[cfg(test)]
mod tests;
