//! Joins the files of a table into one text.
//!
//! The files are joined byte for byte, so a text that was split at any byte becomes whole again.
//! But if a file begins with the repeated header or a byte order mark, that start is skipped. Then
//! a line end is added in front of the file, unless the previous file ends with one. The first
//! reader of the text counts and hashes the bytes of the files, and records where each file begins
//! in the text.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memchr_iter;
use xxhash_rust::xxh3::Xxh3;

use super::decode::Reader;
use super::dialect::LineEnd;
use super::input_file::InputFile;
use super::lines::SEPARATOR;
use super::storage::Section;

/// Number of bytes of the files between two entries of [`ReadProgress::notes`].
const NOTED_EVERY: u64 = 1 << 16;

/// Reading a compressed file fails when it has given more text than this, and more than
/// [`PACKED_TOO_WELL`] times its compressed bytes. Such a file was probably made to fill disks.
const MUCH_TEXT: u64 = 256 << 20;
/// See [`MUCH_TEXT`]. Usual data is compressed to a fifth. If nearly all rows are equal, it is
/// compressed to a hundredth.
const PACKED_TOO_WELL: u64 = 200;

/// Progress of reading a text.
#[derive(Default)]
pub(super) struct ReadProgress {
    hash: Xxh3,
    /// Number of bytes that were read from all files.
    raw: u64,
    /// Number of bytes that were read from the current file.
    raw_of_file: u64,
    /// Pairs of an offset in the text and the number of file bytes that were read up to that
    /// offset.
    notes: VecDeque<(u64, u64)>,
    /// Where each file begins in the text.
    starts: Vec<Start>,
}

/// Where one file begins in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) file: usize,
    pub(super) offset: u64,
    pub(super) line: u64,
}

impl std::fmt::Debug for ReadProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadProgress")
            .field("raw", &self.raw)
            .field("starts", &self.starts)
            .finish_non_exhaustive()
    }
}

impl ReadProgress {
    /// How many bytes of the files had been read when the text reached this offset. Earlier offsets
    /// must not be asked for afterwards.
    pub(super) fn raw_position(&mut self, offset: u64) -> u64 {
        while self.notes.len() > 1 && self.notes[1].0 <= offset {
            self.notes.pop_front();
        }
        match self.notes.front() {
            Some((place, raw)) if *place <= offset => *raw,
            _ => 0,
        }
    }

    /// The start of the file that contains this offset of the text.
    pub(super) fn start_before(&self, offset: u64) -> Option<Start> {
        let after = self.starts.partition_point(|s| s.offset <= offset);
        after.checked_sub(1).map(|at| self.starts[at])
    }
}

pub(super) fn lock(watch: &Mutex<ReadProgress>) -> MutexGuard<'_, ReadProgress> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the joined text of several files.
pub struct Stream {
    files: Arc<[InputFile]>,
    /// Number of files that were opened so far.
    begun: usize,
    current: Option<Reader>,
    watch: Option<Arc<Mutex<ReadProgress>>>,
    /// Number of bytes of text that were returned so far.
    offset: u64,
    /// Physical line of the next byte. It is counted only if there are several files.
    line: u64,
    line_end: LineEnd,
    /// The last two bytes of text that were returned.
    last: [u8; 2],
    /// The rest of a line end that is being added between two files.
    added: &'static [u8],
    /// Number of bytes of text that the current file has given so far.
    text_of_file: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("begun", &self.begun)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// Reads the bytes of a file, and counts and hashes them.
struct Watched {
    section: Section,
    watch: Arc<Mutex<ReadProgress>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.section.read(buffer)?;
        let mut watch = lock(&self.watch);
        watch.hash.update(&buffer[..read]);
        watch.raw += read as u64;
        watch.raw_of_file += read as u64;
        Ok(read)
    }
}

impl Stream {
    /// Reads the text from its start. Updates the progress in `watch`.
    pub(super) fn new(
        files: Arc<[InputFile]>,
        line_end: LineEnd,
        watch: Option<Arc<Mutex<ReadProgress>>>,
    ) -> Stream {
        Stream {
            files,
            begun: 0,
            current: None,
            watch,
            offset: 0,
            line: 1,
            line_end,
            last: [b'\r', b'\n'],
            added: &[],
            text_of_file: 0,
        }
    }

    /// Number of bytes of text that were returned so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// XXH3-128 of the file bytes read so far. At the end of the text, it covers all files.
    pub fn content_hash(&self) -> u128 {
        self.watch
            .as_ref()
            .map_or(0, |watch| lock(watch).hash.digest128())
    }

    /// Opens the next file.
    fn begin(&mut self) -> io::Result<()> {
        let file = &self.files[self.begun];
        let section = Section::new(Arc::clone(&file.storage), file.start, file.bytes);
        let bytes: Reader = match &self.watch {
            None => Box::new(section),
            Some(watch) => {
                lock(watch).raw_of_file = 0;
                Box::new(Watched {
                    section,
                    watch: Arc::clone(watch),
                })
            }
        };
        let mut text = file.text(bytes).map_err(|e| file.described(e))?;
        if let Some(skipped) = file.skipped {
            io::copy(&mut text.by_ref().take(skipped.bytes), &mut io::sink())
                .map_err(|e| file.described(e))?;
        }
        if let Some(watch) = &self.watch {
            lock(watch).starts.push(Start {
                file: self.begun,
                offset: self.offset,
                line: self.line,
            });
        }
        self.current = Some(text);
        self.text_of_file = 0;
        self.begun += 1;
        Ok(())
    }

    /// Closes the current file. Bytes that follow its compressed data are hashed too.
    fn end(&mut self) -> io::Result<()> {
        self.current = None;
        let file = &self.files[self.begun - 1];
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        let read = lock(watch).raw_of_file;
        let mut rest = Watched {
            section: Section::new(
                Arc::clone(&file.storage),
                file.start + read,
                file.bytes - read,
            ),
            watch: Arc::clone(watch),
        };
        io::copy(&mut rest, &mut io::sink()).map_err(|e| file.described(e))?;
        Ok(())
    }

    /// Returns an error if the current file has decompressed to far more text than usual data
    /// would.
    fn check_compression_ratio(&self) -> io::Result<()> {
        let file = &self.files[self.begun - 1];
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        if self.text_of_file < MUCH_TEXT || file.compressions().is_empty() {
            return Ok(());
        }
        let packed = lock(watch).raw_of_file;
        if self.text_of_file / packed.max(1) < PACKED_TOO_WELL {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{}: decompression was stopped because {} MiB of text came from {} KiB, which suggests a file made to fill disks; if it is not, \
             decompress it yourself, check its size, and load the decompressed file",
            file.name,
            self.text_of_file >> 20,
            packed >> 10
        )))
    }

    fn ends_line(&self) -> bool {
        self.offset == 0
            || matches!(
                (self.line_end, self.last),
                (LineEnd::Any, [_, b'\r' | b'\n'])
                    | (LineEnd::Lf, [_, b'\n'])
                    | (LineEnd::Cr, [_, b'\r'])
                    | (LineEnd::CrLf, [b'\r', b'\n'])
                    | (LineEnd::Separator, [_, SEPARATOR])
            )
    }

    fn took(&mut self, text: &[u8]) {
        self.offset += text.len() as u64;
        for byte in &text[text.len().saturating_sub(2)..] {
            self.last = [self.last[1], *byte];
        }
        if self.files.len() > 1 {
            self.line += memchr_iter(b'\n', text).count() as u64;
        }
        if let Some(watch) = &self.watch {
            let mut watch = lock(watch);
            let noted = watch.notes.back().map_or(0, |n| n.1);
            // the bytes of a Parquet file are counted only when its text ends
            let uncounted = match (&self.current, self.begun) {
                (Some(_), begun @ 1..) => self.files[begun - 1].uncounted(self.text_of_file),
                _ => 0,
            };
            let raw = watch.raw + uncounted;
            if raw >= noted + NOTED_EVERY {
                let note = (self.offset, raw);
                watch.notes.push_back(note);
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(text) = &mut self.current else {
                let Some(next) = self.files.get(self.begun) else {
                    return Ok(0);
                };
                if let Some((first, rest)) = self.added.split_first() {
                    buffer[0] = *first;
                    self.added = rest;
                    self.took(&[*first]);
                    return Ok(1);
                }
                if next.skipped.is_some() && !self.ends_line() {
                    self.added = self.line_end.bytes();
                    continue;
                }
                self.begin()?;
                continue;
            };
            match text.read(buffer) {
                Ok(0) => self.end()?,
                Ok(read) => {
                    self.took(&buffer[..read]);
                    self.text_of_file += read as u64;
                    self.check_compression_ratio()?;
                    return Ok(read);
                }
                Err(error) => return Err(self.files[self.begun - 1].described(error)),
            }
        }
    }
}
