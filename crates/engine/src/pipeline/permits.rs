//! Permits bound the memory of the pipeline: each chunk has a permit from reading until its outcome
//! is known.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Permits that belong to each table alone. They ensure that a table that waits for its parent
/// never takes all the permits, so that the parent can continue.
const OWN: usize = 2;

/// The permits of a run: some are shared by all tables, and some belong to one table each.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<Free>,
    /// One for each table, notified when a permit may be available for its reader.
    changed: Vec<Condvar>,
}

#[derive(Debug)]
struct Free {
    shared: usize,
    own: Vec<usize>,
    waiting: Vec<bool>,
    closed: Vec<bool>,
}

/// The right to keep one chunk in memory. Dropping it returns the permit.
#[derive(Debug)]
pub(super) struct Permit {
    permits: Arc<Permits>,
    /// The table to which the permit belongs; `None` for a shared permit.
    of: Option<usize>,
}

/// Ends the reader of its table when it is dropped, even by a panic. The reader may be waiting for
/// a permit that nobody will return.
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

    /// A guard that ends the reader of a table when it is dropped.
    pub(super) fn guard(self: &Arc<Permits>, table: usize) -> ReaderGuard {
        ReaderGuard {
            permits: Arc::clone(self),
            table,
        }
    }

    /// Waits for a permit for a table; `None` if the table takes no more chunks. Only one thread
    /// may call this for a table at a time.
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

/// Locks permits. They are plain data, so they stay valid after a panic in another thread.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
