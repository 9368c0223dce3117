//! The parts of a table as one text, from the first byte to the last.
//!
//! Parts follow each other byte for byte, so that a file cut anywhere comes out whole. Where a part
//! repeats the header or begins with a byte order mark, that is left out, and a line end is
//! supplied that the part before it lacks. While the text is read for the first time, the bytes as
//! they are in the files are counted and hashed, and it is noted which place of the text came from
//! where.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memchr_iter;
use xxhash_rust::xxh3::Xxh3;

use super::decode::Reader;
use super::part::Part;
use super::storage::Section;

/// Bytes of the files between two notes of how far they are read.
const NOTED_EVERY: u64 = 1 << 16;

/// A packed part that gives this much text
const MUCH_TEXT: u64 = 256 << 20;
/// and more than so many times its packed bytes is not unpacked any further: such files are made to
/// fill disks. Data that people load is packed to a fifth, and to a hundredth where nearly all rows
/// are equal.
const PACKED_TOO_WELL: u64 = 200;

/// What is known of a text while it is read.
#[derive(Default)]
pub(super) struct Watch {
    hash: Xxh3,
    /// Bytes of the files that are read.
    raw: u64,
    /// Bytes of the current part that are read.
    raw_of_part: u64,
    /// Places of the text, and how much of the files was read for what is before them.
    notes: VecDeque<(u64, u64)>,
    /// Where parts begin.
    starts: Vec<Start>,
}

/// Where a part begins in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) part: usize,
    pub(super) offset: u64,
    pub(super) line: u64,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("raw", &self.raw)
            .field("starts", &self.starts)
            .finish_non_exhaustive()
    }
}

impl Watch {
    /// How much of the files the text up to this place came from.
    pub(super) fn raw_position(&mut self, offset: u64) -> u64 {
        while self.notes.len() > 1 && self.notes[1].0 <= offset {
            self.notes.pop_front();
        }
        match self.notes.front() {
            Some((place, raw)) if *place <= offset => *raw,
            _ => 0,
        }
    }

    /// The part that a place of the text is in.
    pub(super) fn start_before(&self, offset: u64) -> Option<Start> {
        let after = self.starts.partition_point(|s| s.offset <= offset);
        after.checked_sub(1).map(|at| self.starts[at])
    }
}

pub(super) fn held(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The parts of a table as one text.
pub struct Stream {
    parts: Arc<[Part]>,
    /// Parts that were begun.
    begun: usize,
    current: Option<Reader>,
    watch: Option<Arc<Mutex<Watch>>>,
    /// Bytes of text handed out.
    offset: u64,
    /// Physical line of the next byte; counted only where there are several parts.
    line: u64,
    ends_line: bool,
    /// Bytes of text of the current part.
    text_of_part: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("begun", &self.begun)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// The bytes of a part, counted and hashed.
struct Watched {
    section: Section,
    watch: Arc<Mutex<Watch>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.section.read(buffer)?;
        let mut watch = held(&self.watch);
        watch.hash.update(&buffer[..read]);
        watch.raw += read as u64;
        watch.raw_of_part += read as u64;
        Ok(read)
    }
}

impl Stream {
    /// The text from its start; `watch` is told what is read.
    pub(super) fn new(parts: Arc<[Part]>, watch: Option<Arc<Mutex<Watch>>>) -> Stream {
        Stream {
            parts,
            begun: 0,
            current: None,
            watch,
            offset: 0,
            line: 1,
            ends_line: true,
            text_of_part: 0,
        }
    }

    /// Bytes of text handed out.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// XXH3 (128 bits) of the bytes of the files read so far; of all once the text is at its end.
    pub fn content_hash(&self) -> u128 {
        self.watch
            .as_ref()
            .map_or(0, |watch| held(watch).hash.digest128())
    }

    /// Begins the next part.
    fn begin(&mut self) -> io::Result<()> {
        let part = &self.parts[self.begun];
        let section = Section::new(Arc::clone(&part.storage), part.start, part.bytes);
        let bytes: Reader = match &self.watch {
            None => Box::new(section),
            Some(watch) => {
                held(watch).raw_of_part = 0;
                Box::new(Watched {
                    section,
                    watch: Arc::clone(watch),
                })
            }
        };
        let mut text = part.text(bytes).map_err(|e| part.explained(e))?;
        if let Some(left_out) = part.left_out {
            io::copy(&mut text.by_ref().take(left_out.bytes), &mut io::sink())
                .map_err(|e| part.explained(e))?;
        }
        if let Some(watch) = &self.watch {
            held(watch).starts.push(Start {
                part: self.begun,
                offset: self.offset,
                line: self.line,
            });
        }
        self.current = Some(text);
        self.text_of_part = 0;
        self.begun += 1;
        Ok(())
    }

    /// Ends the current part: the rest of its bytes, behind the packed text, counts for the hash.
    fn end(&mut self) -> io::Result<()> {
        self.current = None;
        let part = &self.parts[self.begun - 1];
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        let read = held(watch).raw_of_part;
        let mut rest = Watched {
            section: Section::new(
                Arc::clone(&part.storage),
                part.start + read,
                part.bytes - read,
            ),
            watch: Arc::clone(watch),
        };
        io::copy(&mut rest, &mut io::sink()).map_err(|e| part.explained(e))?;
        Ok(())
    }

    /// Fails when the current part unpacks to far more than data do.
    fn is_packed_as_data_are(&self) -> io::Result<()> {
        let part = &self.parts[self.begun - 1];
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        if self.text_of_part < MUCH_TEXT || part.packings().is_empty() {
            return Ok(());
        }
        let packed = held(watch).raw_of_part;
        if self.text_of_part / packed.max(1) < PACKED_TOO_WELL {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "{} is packed suspiciously well: {} MiB of it have come out of {} KiB, and no end is in sight; if it is not made to fill \
             disks, unpack it yourself, look how large it is, and load the unpacked file",
            part.name,
            self.text_of_part >> 20,
            packed >> 10
        )))
    }

    fn took(&mut self, text: &[u8]) {
        self.offset += text.len() as u64;
        self.ends_line = matches!(text.last(), Some(b'\n' | b'\r'));
        if self.parts.len() > 1 {
            self.line += memchr_iter(b'\n', text).count() as u64;
        }
        if let Some(watch) = &self.watch {
            let mut watch = held(watch);
            let noted = watch.notes.back().map_or(0, |n| n.1);
            if watch.raw >= noted + NOTED_EVERY {
                let note = (self.offset, watch.raw);
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
                let Some(next) = self.parts.get(self.begun) else {
                    return Ok(0);
                };
                if next.left_out.is_some() && !self.ends_line {
                    buffer[0] = b'\n';
                    self.took(b"\n");
                    return Ok(1);
                }
                self.begin()?;
                continue;
            };
            match text.read(buffer) {
                Ok(0) => self.end()?,
                Ok(read) => {
                    self.took(&buffer[..read]);
                    self.text_of_part += read as u64;
                    self.is_packed_as_data_are()?;
                    return Ok(read);
                }
                Err(error) => return Err(self.parts[self.begun - 1].explained(error)),
            }
        }
    }
}
