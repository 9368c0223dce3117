//! Observes the progress of the tables.

use super::TableResult;
use model::batch::Batch;
use model::rejection::Rejection;

/// Receives the progress of each table. Tables are numbered as in the pipeline. The threads of the
/// pipeline call the methods; all calls about one table come from one thread.
pub trait Observer: Sync {
    /// A table's first byte is about to be read.
    fn started(&self, table: usize);
    /// So far, `bytes` bytes of the file and `read` records are done. Of these records, `rejected`
    /// are rejected.
    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64);
    /// A table waits for rows of this parent table; `None` if it no longer waits.
    fn waits(&self, _table: usize, _parent: Option<&str>) {}
    /// All rows of a table are loaded or rejected.
    fn finished(&self, table: usize, result: &TableResult);
    /// A sign that a file may be written in a different dialect than the one used to read it.
    fn warned(&self, _table: usize, _warning: &str) {}
    /// A record is rejected.
    fn rejected(&self, _table: usize, _rejection: &Rejection) {}
    /// Whether the observer wants calls of [`Observer::accepted`]. If so, batches are kept in
    /// memory a little longer.
    fn wants_rows(&self) -> bool {
        false
    }
    /// The rows of a batch are loaded, except those that are marked as rejected.
    fn accepted(&self, _table: usize, _rows: &Batch) {}
}
