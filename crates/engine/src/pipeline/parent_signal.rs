//! Wakes the tables that wait for the rows of a parent.

use crossbeam_channel::{Receiver, Sender, bounded};

/// One channel for each table, with room for one notice. A table that is notified while it is busy
/// receives the notice when it next waits. Thus no notice is lost, and notices do not accumulate.
#[derive(Debug)]
pub(super) struct ParentSignal(Vec<(Sender<()>, Receiver<()>)>);

impl ParentSignal {
    pub(super) fn new(tables: usize) -> ParentSignal {
        ParentSignal((0..tables).map(|_| bounded(1)).collect())
    }

    /// Notifies all tables that rows of a parent are stored, or that a parent table is complete.
    pub(super) fn notify(&self) {
        for (table, _) in &self.0 {
            // a full channel has an unread notice, which has the same effect
            let _ = table.try_send(());
        }
    }

    /// The channel on which a table receives notices.
    pub(super) fn of(&self, table: usize) -> &Receiver<()> {
        &self.0[table].1
    }
}
