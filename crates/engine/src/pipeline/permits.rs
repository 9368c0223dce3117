//! Permits bound the memory of the pipeline: each chunk holds one from reading to its outcome.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Permits that each table has for itself, so that a table that waits for its parent never holds
/// the permits that the parent needs.
const OWN: usize = 2;

/// The permits of a run: some that the tables share, and some of each table.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<Free>,
    /// One for each table; notified when a permit may be free for its reader.
    changed: Vec<Condvar>,
}

#[derive(Debug)]
struct Free {
    shared: usize,
    own: Vec<usize>,
    waiting: Vec<bool>,
    closed: Vec<bool>,
}

/// The right to hold one chunk in memory, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    permits: Arc<Permits>,
    /// The table that owns the permit, if it is not a shared one.
    of: Option<usize>,
}

/// When it is dropped, also by a panic, it ends the reader of its table, which may be waiting for a
/// permit that nobody will return.
pub(super) struct ReaderGuard {
    permits: Arc<Permits>,
    table: usize,
}

impl Permits {
    pub(super) fn new(shared: usize, tables: usize) -> Arc<Permits> {
        Arc::new(Permits {
            free: Mutex::new(Free {
                shared,
                own: vec![OWN; tables],
                waiting: vec![false; tables],
                closed: vec![false; tables],
            }),
            changed: (0..tables).map(|_| Condvar::new()).collect(),
        })
    }

    /// Ends the reader of a table when the guard is dropped.
    pub(super) fn guard(self: &Arc<Permits>, table: usize) -> ReaderGuard {
        ReaderGuard {
            permits: Arc::clone(self),
            table,
        }
    }

    /// A permit for a table, of which only one thread may ask at a time; `None` when the table
    /// takes no more chunks.
    pub(super) fn acquire(self: &Arc<Permits>, table: usize) -> Option<Permit> {
        let mut free = held(&self.free);
        while free.own[table] == 0 && free.shared == 0 && !free.closed[table] {
            free.waiting[table] = true;
            free = self.changed[table]
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        free.waiting[table] = false;
        if free.closed[table] {
            return None;
        }
        let of = (free.own[table] > 0).then_some(table);
        match of {
            Some(table) => free.own[table] -= 1,
            None => free.shared -= 1,
        }
        Some(Permit {
            permits: Arc::clone(self),
            of,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut free = held(&self.permits.free);
        match self.of {
            Some(table) => free.own[table] += 1,
            None => free.shared += 1,
        }
        let table = self.of.or_else(|| free.waiting.iter().position(|w| *w));
        if let Some(table) = table {
            free.waiting[table] = false;
            self.permits.changed[table].notify_one();
        }
    }
}

impl Drop for ReaderGuard {
    fn drop(&mut self) {
        let mut free = held(&self.permits.free);
        free.closed[self.table] = true;
        free.waiting[self.table] = false;
        drop(free);
        self.permits.changed[self.table].notify_one();
    }
}

/// The locked values are plain data, so they stay valid after a panic in another thread.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
