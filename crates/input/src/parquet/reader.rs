//! Reads Parquet files as a text of JSON Lines: one object for each row, with the columns in the
//! order of the file. So the rest of the program treats Parquet like JSON and needs no code of its
//! own for it.
//!
//! Several threads decode row groups, each at most a few pieces of text ahead of the reader. The
//! texts of the row groups are joined in the order of the file, so the text does not depend on the
//! number of threads.
//!
//! Format: <https://parquet.apache.org/docs/file-format/>. `value` says how each type is written.

mod group;
mod nested;
mod value;
mod values;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length};
use parquet::file::serialized_reader::SerializedFileReader;

use super::Remark;
use crate::decode::Reader;
use crate::error::{Result, fail, unfit};
use crate::storage::{Section, Storage};
use group::Plan;

/// A thread sends text in pieces of at least this many bytes.
const PIECE: usize = 1 << 18;

/// Maximum number of pieces that a thread decodes ahead.
const AHEAD: usize = 4;

/// A Parquet file whose metadata was read.
pub(crate) struct ParquetFile {
    file: Arc<SerializedFileReader<Chunks>>,
    plan: Arc<Plan>,
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

impl ParquetFile {
    /// Reads the metadata of a file that is in `bytes` bytes of a storage, from `start` on.
    pub(crate) fn open(
        storage: &Arc<dyn Storage>,
        (start, bytes): (u64, u64),
        name: &str,
    ) -> Result<ParquetFile> {
        let chunks = Chunks {
            storage: Arc::clone(storage),
            start,
            bytes,
        };
        let file = SerializedFileReader::new(chunks).map_err(|error| {
            unfit!("{name} is damaged or incomplete: {error}; get the complete file")
        })?;
        let plan = Plan::new(file.metadata().file_metadata().schema_descr());
        if plan.is_empty() {
            fail!("{name} has no columns");
        }
        for group in file.metadata().row_groups() {
            if let Some(words) = plan.unreadable(group) {
                fail!(
                    "{name}: {words}, which is not supported; write the file again with another compression, such as Zstandard"
                );
            }
        }
        Ok(ParquetFile {
            file: Arc::new(file),
            plan: Arc::new(plan),
        })
    }

    /// The columns that cannot be told apart, or whose bytes may be misread as text.
    pub(crate) fn remarks(&self) -> &[Remark] {
        self.plan.remarks()
    }

    /// Approximate number of bytes of the text: the values before compression, and the names in
    /// each row.
    pub(crate) fn text_bytes(&self) -> u64 {
        let groups = self.file.metadata().row_groups().iter();
        let bytes = |count: i64| u64::try_from(count).unwrap_or(0);
        let (values, rows) = groups.fold((0, 0), |(values, rows), group| {
            let (size, count) = (group.total_byte_size(), group.num_rows());
            (values + bytes(size), rows + bytes(count))
        });
        rows * self.plan.name_bytes() + values
    }

    /// A reader of the rows as JSON Lines.
    pub(crate) fn text(&self) -> io::Result<Reader> {
        let groups = self.file.num_row_groups();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.clamp(1, groups.max(1));
        let mut texts = Vec::new();
        for first in 0..threads {
            let (sender, receiver) = sync_channel(AHEAD);
            let (file, plan) = (Arc::clone(&self.file), Arc::clone(&self.plan));
            let decode = move || {
                for group in (first..groups).step_by(threads) {
                    if !send_group(&file, &plan, group, &sender) {
                        return;
                    }
                }
            };
            std::thread::Builder::new()
                .name("parquet".to_owned())
                .spawn(decode)?;
            texts.push(receiver);
        }
        Ok(Box::new(Text {
            texts,
            group: 0,
            groups,
            piece: Vec::new(),
            position: 0,
        }))
    }
}

/// What a thread sends to the reader.
enum Part {
    Text(Vec<u8>),
    /// The row group is complete.
    End,
    Failed(io::Error),
}

/// Sends the text of a row group. Returns `false` if the reader has stopped or an error was sent.
fn send_group(
    file: &SerializedFileReader<Chunks>,
    plan: &Plan,
    group: usize,
    sender: &SyncSender<Part>,
) -> bool {
    let mut out = Vec::with_capacity(PIECE + PIECE / 4);
    let written = plan.write(
        file,
        group,
        &mut |text: &mut Vec<u8>| {
            if text.len() < PIECE {
                return true;
            }
            let piece = std::mem::replace(text, Vec::with_capacity(PIECE + PIECE / 4));
            sender.send(Part::Text(piece)).is_ok()
        },
        &mut out,
    );
    match written {
        Ok(true) => {
            (out.is_empty() || sender.send(Part::Text(out)).is_ok())
                && sender.send(Part::End).is_ok()
        }
        Ok(false) => false,
        Err(error) => {
            let _ = sender.send(Part::Failed(io_error(error)));
            false
        }
    }
}

/// Converts an error: to the storage's own error, or to one about the content of the file.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::new(io::ErrorKind::InvalidData, other),
        },
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}

/// The text of a file. When it is dropped, its threads end.
struct Text {
    texts: Vec<Receiver<Part>>,
    /// The row group whose text is being returned.
    group: usize,
    groups: usize,
    piece: Vec<u8>,
    position: usize,
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.piece.len() && self.group < self.groups {
            let text = &self.texts[self.group % self.texts.len()];
            match text.recv() {
                Ok(Part::Text(piece)) => (self.piece, self.position) = (piece, 0),
                Ok(Part::End) => self.group += 1,
                Ok(Part::Failed(error)) => return Err(error),
                Err(_) => {
                    return Err(io::Error::other(
                        "a thread that decodes the Parquet file ended unexpectedly",
                    ));
                }
            }
        }
        let rest = &self.piece[self.position..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        Ok(count)
    }
}

/// A file, as the `parquet` crate needs it: any part can be read at any time.
struct Chunks {
    storage: Arc<dyn Storage>,
    start: u64,
    bytes: u64,
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Chunks {
    type T = io::BufReader<Section>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let left = self.bytes.saturating_sub(start);
        let section = Section::new(Arc::clone(&self.storage), self.start + start, left);
        Ok(io::BufReader::new(section))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = vec![0; length];
        let section = Section::new(Arc::clone(&self.storage), self.start + start, length as u64);
        let mut section = section;
        section
            .read_exact(&mut bytes)
            .map_err(|error| ParquetError::External(Box::new(error)))?;
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests;
