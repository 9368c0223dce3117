//! Wakes the tables that wait for the rows of a parent.

use crossbeam_channel::{Receiver, Sender, bounded};

/// One channel for each table, of room for one notice: a table that was told while it was busy
/// finds the notice when it begins to wait, so that none is lost and none pile up.
#[derive(Debug)]
pub(super) struct ParentSignal(Vec<(Sender<()>, Receiver<()>)>);

impl ParentSignal {
    pub(super) fn new(tables: usize) -> ParentSignal {
        ParentSignal((0..tables).map(|_| bounded(1)).collect())
    }

    /// Tells all tables that rows of a parent were stored, or that a parent is complete.
    pub(super) fn notify(&self) {
        for (table, _) in &self.0 {
            // a full channel holds a notice that was not yet read, which does as well
            let _ = table.try_send(());
        }
    }

    /// Where a table is told.
    pub(super) fn of(&self, table: usize) -> &Receiver<()> {
        &self.0[table].1
    }
}
