//! Who wants to know how far the tables are.

use super::TableResult;
use model::batch::Batch;
use model::rejection::Rejection;

/// Told how far each table is. Tables are numbered as in the pipeline; the calls come from the
/// threads of the pipeline, those about one table from one thread.
pub trait Observer: Sync {
    /// A table's first byte is about to be read.
    fn started(&self, table: usize);
    /// This many bytes of the file are done; `read` records so far, `rejected` of them rejected.
    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64);
    /// All rows of a table are loaded or rejected.
    fn finished(&self, table: usize, result: &TableResult);
    /// A file may be written in another way than it is read.
    fn warned(&self, _table: usize, _warning: &str) {}
    /// A record is rejected.
    fn rejected(&self, _table: usize, _rejection: &Rejection) {}
    /// Whether [`Observer::accepted`] is to be called, for which batches are kept a little longer.
    fn wants_rows(&self) -> bool {
        false
    }
    /// The rows of a batch are loaded, except those that are marked as rejected.
    fn accepted(&self, _table: usize, _rows: &Batch) {}
}
