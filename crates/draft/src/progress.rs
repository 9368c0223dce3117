//! Progress reports while files are read.

use input::Source;

/// Receives the progress of a draft. Tables are numbered in the order of [`Progress::opened`].
pub trait Progress: Sync {
    /// The files of these tables are open; reading starts next.
    fn opened(&self, sources: &[&Source]);
    /// A table's first byte is about to be read.
    fn started(&self, table: usize);
    /// So far, `bytes` bytes of a table's files and `rows` rows in them have been read. Both
    /// numbers start at 0 again when the files have to be read a second time.
    fn advanced(&self, table: usize, bytes: u64, rows: u64);
    /// All rows of a table are profiled.
    fn finished(&self, table: usize, rows: u64);
    /// Says in words what is done next.
    fn note(&self, words: &str);
}

/// Ignores all progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn opened(&self, _sources: &[&Source]) {}
    fn started(&self, _table: usize) {}
    fn advanced(&self, _table: usize, _bytes: u64, _rows: u64) {}
    fn finished(&self, _table: usize, _rows: u64) {}
    fn note(&self, _words: &str) {}
}
