//! What threads wait for: permits, which bound the memory, and news of other tables.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Permits that each table has for itself, so that a table that waits for another never takes away
/// what that one needs.
const OWN: usize = 2;

/// Counting semaphores that threads wait for: one that the tables share, and one of each.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<Free>,
    /// One for each table, for whose thread a permit may be free.
    changed: Vec<Condvar>,
}

#[derive(Debug)]
struct Free {
    shared: usize,
    own: Vec<usize>,
    waiting: Vec<bool>,
}

#[derive(Debug)]
pub(super) struct Permit {
    permits: Arc<Permits>,
    /// The table whose own it is.
    of: Option<usize>,
}

impl Permits {
    pub(super) fn new(shared: usize, tables: usize) -> Arc<Permits> {
        Arc::new(Permits {
            free: Mutex::new(Free {
                shared,
                own: vec![OWN; tables],
                waiting: vec![false; tables],
            }),
            changed: (0..tables).map(|_| Condvar::new()).collect(),
        })
    }

    /// A permit for a table, of which only one thread may ask at a time.
    pub(super) fn acquire(self: &Arc<Permits>, table: usize) -> Permit {
        let mut free = held(&self.free);
        while free.own[table] == 0 && free.shared == 0 {
            free.waiting[table] = true;
            free = self.changed[table]
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        free.waiting[table] = false;
        let of = (free.own[table] > 0).then_some(table);
        match of {
            Some(table) => free.own[table] -= 1,
            None => free.shared -= 1,
        }
        Permit {
            permits: Arc::clone(self),
            of,
        }
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

/// The values behind our locks are plain; a panic elsewhere leaves them whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the tables that wait for a parent that some table got on.
#[derive(Debug, Default)]
pub(super) struct News {
    count: Mutex<u64>,
    changed: Condvar,
}

impl News {
    /// Number of the last one.
    pub(super) fn last(&self) -> u64 {
        *held(&self.count)
    }

    pub(super) fn tell(&self) {
        *held(&self.count) += 1;
        self.changed.notify_all();
    }

    /// Returns when there are news after number `last`, or after `most`.
    pub(super) fn wait(&self, last: u64, most: Duration) {
        let unchanged = |count: &mut u64| *count == last;
        let waited = self
            .changed
            .wait_timeout_while(held(&self.count), most, unchanged);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
