//! Cuts a text into chunks of about one batch. Each chunk begins at the start of a line.
//!
//! Cutting must be fast because one thread cuts for all threads that parse. It counts quotes and
//! line ends (memchr) and does not parse. It cuts after a line end at which the number of quotes
//! since the chunk's start is even, because a record of a well-formed file ends there. In a
//! malformed file, a cut may be within a record; the parser detects that. Escaped quotes and line
//! ends are not counted. The cuts depend only on the bytes and the chunk size, never on threads or
//! timing.
//!
//! Memory is bounded: only the first bytes of a line longer than the record limit are kept. Each
//! such line is a chunk of its own, [`Content::LongLine`].

mod cut;
mod pending;

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Result, fail};
use memchr::memchr_iter;
use pending::Pending;

use super::dialect::Dialect;
use super::records::Quotes;
use super::records::long::marks;
use cut::Cutter;
pub(crate) use cut::{has_odd_quotes, line_end_after};

/// A slice of a text that begins at the start of a line.
#[derive(Debug)]
pub struct Chunk {
    /// Offset of the first byte in the text.
    pub offset: u64,
    /// Physical line of the first byte, from 1.
    pub line: u64,
    /// The bytes.
    pub content: Content,
    /// Whether the text ends with this chunk.
    pub last: bool,
}

/// The bytes of a chunk.
#[derive(Debug)]
pub enum Content {
    /// Whole lines.
    Lines(Vec<u8>),
    /// One line that is longer than the record limit.
    LongLine(LongLine),
}

/// A line that is longer than the record limit.
#[derive(Debug)]
pub struct LongLine {
    /// Length of the line in bytes, line end included.
    pub length: u64,
    /// The first bytes of the line: as many as a record may have, plus two for a line end.
    pub start: Vec<u8>,
    /// Number of line feeds in the line, escaped ones included.
    pub line_feeds: u64,
    /// Whether the line contains an escaped line end.
    pub has_escaped_line_end: bool,
    /// State of the quotes at the end of the line, if a record begins with this line.
    pub alone: Quotes,
    /// State of the quotes at the end of the line, if a quoted field continues in this line.
    pub within: Quotes,
}

impl LongLine {
    /// Counts the first pending bytes as a part of the line, and drops them.
    fn pass(&mut self, pending: &mut Pending, bytes: usize) {
        self.length += bytes as u64;
        self.line_feeds += memchr_iter(b'\n', &pending[..bytes]).count() as u64;
        pending.remove(bytes);
    }
}

impl Chunk {
    /// Offset of the byte after the chunk.
    pub fn end(&self) -> u64 {
        self.offset
            + match &self.content {
                Content::Lines(bytes) => bytes.len() as u64,
                Content::LongLine(line) => line.length,
            }
    }
}

/// Buffers of finished chunks, for reuse. With new buffers, the system would have to map and clear
/// memory for every chunk, and small allocations in between would fragment it. The buffers keep
/// their old content, because initialized memory need not be cleared before the next read.
#[derive(Debug, Default)]
pub struct BufferPool(Mutex<Vec<Vec<u8>>>);

impl BufferPool {
    fn take(&self, capacity: usize) -> Vec<u8> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match pool.pop() {
            Some(spare) if spare.capacity() >= capacity => spare,
            _ => Vec::with_capacity(capacity),
        }
    }

    /// Returns the buffer of a chunk to the pool.
    pub fn put_back(&self, bytes: Vec<u8>) {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pool.push(bytes);
    }
}

/// Reads a text from its start and cuts it.
pub struct Chunker<R> {
    input: R,
    /// Bytes that were read but are in no chunk yet.
    pending: Pending,
    offset: u64,
    line: u64,
    end_of_file: bool,
    finished: bool,
    chunk_bytes: usize,
    max_record: usize,
    cutter: Cutter,
    pool: Arc<BufferPool>,
}

/// Minimum number of bytes that are read ahead.
const READ_BYTES: usize = 1 << 18;
/// Number of bytes per read: few enough that they are still in the cache when they are counted.
const READ_AT_ONCE: usize = 1 << 17;

impl<R: Read> Chunker<R> {
    /// Cuts `input` into chunks of about `chunk_bytes`. The first `header_bytes` bytes are skipped.
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
            pending: Pending::with_capacity(room(chunk_bytes)),
            offset: header_bytes,
            line: next_line,
            end_of_file: false,
            finished: false,
            chunk_bytes,
            max_record,
            cutter: Cutter::new(&Dialect::default()),
            pool: Arc::default(),
        };
        let header_bytes = usize::try_from(header_bytes)?;
        chunker.fill(header_bytes)?;
        if chunker.pending.len() < header_bytes {
            fail!("the file became shorter while it was read");
        }
        chunker.pending.remove(header_bytes);
        Ok(chunker)
    }

    /// Takes buffers from a pool. The consumer of the chunks returns the buffers to the pool.
    pub fn with_pool(mut self, pool: &Arc<BufferPool>) -> Self {
        self.pool = Arc::clone(pool);
        self
    }

    /// Sets the dialect.
    pub fn with_dialect(self, dialect: &Dialect) -> Self {
        Chunker {
            cutter: Cutter::new(dialect),
            ..self
        }
    }

    /// Sets the offset of the first byte, for an input that is only a part of a text.
    pub fn starting_at(self, offset: u64) -> Self {
        Chunker { offset, ..self }
    }

    /// Returns the input.
    pub fn into_input(self) -> R {
        self.input
    }

    /// Reads until `wanted` bytes are pending or the text ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.pending.len() >= wanted {
            return Ok(());
        }
        let wanted = wanted.max(self.pending.len() + READ_BYTES);
        while !self.end_of_file && self.pending.len() < wanted {
            let most = (wanted - self.pending.len()).min(READ_AT_ONCE);
            self.end_of_file = self.pending.read(&mut self.input, most)? == 0;
            self.pending.count_to(self.chunk_bytes);
        }
        Ok(())
    }

    /// Returns the next chunk, or `None` after the last one. A text without data gives one empty
    /// chunk, which is the last.
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
            return match self.cutter.overlong_line(&self.pending, self.max_record) {
                None => Ok(Some(self.take(whole, true))),
                Some(start) => self.before_or_long(start),
            };
        }
        let mut window = self.chunk_bytes;
        loop {
            let reach = window.min(self.pending.len());
            let is_odd = self.has_odd_quotes(reach);
            if let Some(cut) = self.cutter.at_record_end(&self.pending[..reach], is_odd) {
                return match self
                    .cutter
                    .overlong_line(&self.pending[..cut], self.max_record)
                {
                    None => Ok(Some(
                        self.take(cut, self.end_of_file && cut == self.pending.len()),
                    )),
                    Some(start) => self.before_or_long(start),
                };
            }
            // one byte more than the longest record, because its line may end with CR LF
            if window > self.chunk_bytes + self.max_record
                || (self.end_of_file && window >= self.pending.len())
            {
                break;
            }
            window = (window * 2).min(self.chunk_bytes + self.max_record + 1);
            self.fill(window + 1)?;
        }
        // no line end with an even number of quotes was found: cut at any line end; the parser
        // detects a cut within a record
        let reach = window.min(self.pending.len());
        if let Some(start) = self
            .cutter
            .overlong_line(&self.pending[..reach], self.max_record)
        {
            return self.before_or_long(start);
        }
        if self.end_of_file && reach == self.pending.len() {
            return Ok(Some(self.take(reach, true)));
        }
        match self.cutter.at_line_end(&self.pending[..reach]) {
            Some(cut) => Ok(Some(self.take(cut, false))),
            None => self.before_or_long(0),
        }
    }

    /// Whether the number of quotes before this position of the pending bytes is odd.
    fn has_odd_quotes(&mut self, end: usize) -> bool {
        match self.cutter.has_plain_quotes() {
            // already counted while reading
            true => self.pending.has_odd_quotes(end),
            false => self.cutter.has_odd_quotes(&self.pending[..end]),
        }
    }

    /// Returns the lines before an overlong line that starts at `start`. If `start` is 0, returns
    /// the overlong line.
    fn before_or_long(&mut self, start: usize) -> Result<Option<Chunk>> {
        if start > 0 {
            return Ok(Some(self.take(start, false)));
        }
        // byte order marks do not belong to a record
        let marks = marks(&self.pending);
        let kept = self.pending.len().min(marks + self.max_record + 2);
        let start = self.pending[..kept].to_vec();
        let (offset, line) = (self.offset, self.line);
        let long = self.pass_long_line(start, marks)?;
        self.line += long.line_feeds;
        self.fill(1)?;
        self.offset = offset + long.length;
        self.finished = self.pending.is_empty();
        let content = self.cutter.lines.without_end(&long.start);
        Ok(Some(Chunk {
            offset,
            line,
            content: match content <= marks + self.max_record {
                true => Content::Lines(long.start),
                false => Content::LongLine(long),
            },
            last: self.finished,
        }))
    }

    /// Reads to the end of the first pending line. `start` holds its first bytes, of which the
    /// first `marks` are byte order marks.
    fn pass_long_line(&mut self, start: Vec<u8>, marks: usize) -> Result<LongLine> {
        let lines = self.cutter.lines;
        let mut long = LongLine {
            length: 0,
            start,
            line_feeds: 0,
            has_escaped_line_end: false,
            alone: Quotes::at_start(&self.cutter.dialect),
            within: Quotes::within(&self.cutter.dialect),
        };
        let mut marks = marks;
        let end = loop {
            let mut found = lines.find(&self.pending, 0);
            if let Some(end) = &found
                && end.end == self.pending.len()
                && lines.may_continue(&self.pending)
            {
                self.fill(end.end + 1)?;
                found = lines.find(&self.pending, 0);
            }
            let content = match &found {
                Some(end) => end.start,
                None if self.end_of_file => self.pending.len(),
                None => self.pending.len() - lines.tail(&self.pending),
            };
            let bytes = &self.pending[..content];
            long.has_escaped_line_end |= lines.has_escaped(bytes);
            long.within.follow(bytes);
            long.alone.follow(&bytes[marks.min(content)..]);
            marks = marks.saturating_sub(content);
            match found {
                Some(end) => {
                    // `Lines::find` skips escaped line ends, so this one ends the line
                    let line_end = &self.pending[end.clone()];
                    long.within.pass_line_end(line_end);
                    long.alone.pass_line_end(line_end);
                    break end.end;
                }
                None if self.end_of_file => break content,
                None => {}
            }
            long.pass(&mut self.pending, content);
            self.fill(self.pending.len() + READ_BYTES)?;
        };
        long.pass(&mut self.pending, end);
        if long.length < long.start.len() as u64 {
            long.start.truncate(long.length as usize);
        }
        Ok(long)
    }

    fn take(&mut self, cut: usize, last: bool) -> Chunk {
        // reserve memory for the whole next chunk, so that it is not copied when it grows
        let rest = self.pending.len() - cut;
        let next = self.pool.take(rest.max(room(self.chunk_bytes)));
        let (bytes, line_feeds) = self.pending.cut_off(cut, next);
        let chunk = Chunk {
            offset: self.offset,
            line: self.line,
            last,
            content: Content::Lines(bytes),
        };
        self.offset = chunk.end();
        self.line += line_feeds as u64;
        self.finished = last;
        chunk
    }
}

impl Chunker<super::Stream> {
    /// Cuts the text of a source after its header.
    ///
    /// # Errors
    ///
    /// The same as for [`Chunker::new`].
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
        .map(|chunker| chunker.with_dialect(&source.header.dialect))
    }
}

/// Capacity for the pending bytes. Only a record longer than a chunk needs more. The capacity
/// includes the bytes that are read ahead to detect the end of the text.
fn room(chunk_bytes: usize) -> usize {
    chunk_bytes + 2 * READ_BYTES
}

#[cfg(test)]
mod tests;
