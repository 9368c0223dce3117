//! What threads wait for: permits, which bound the memory, and the accepted keys of parents.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::clean::keys::AcceptedKeys;

/// A counting semaphore that threads wait for.
#[derive(Debug)]
pub(super) struct Permits {
    free: Mutex<usize>,
    changed: Condvar,
}

#[derive(Debug)]
pub(super) struct Permit(Arc<Permits>);

impl Permits {
    pub(super) fn new(count: usize) -> Arc<Permits> {
        Arc::new(Permits {
            free: Mutex::new(count.max(2)),
            changed: Condvar::new(),
        })
    }

    pub(super) fn acquire(self: &Arc<Permits>) -> Permit {
        let mut free = held(&self.free);
        while *free == 0 {
            free = self
                .changed
                .wait(free)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Permit(Arc::clone(self))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *held(&self.0.free) += 1;
        self.0.changed.notify_one();
    }
}

/// The values behind our locks are plain; a panic elsewhere leaves them whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The accepted keys of the tables that are finished; children wait here for their parents.
#[derive(Default)]
pub(super) struct Finished {
    keys: Mutex<HashMap<String, Option<Arc<AcceptedKeys>>>>,
    changed: Condvar,
}

impl Finished {
    pub(super) fn put(&self, table: &str, keys: Option<Arc<AcceptedKeys>>) {
        held(&self.keys).insert(table.to_string(), keys);
        self.changed.notify_all();
    }

    /// `None` when one of the tables failed.
    pub(super) fn wait_for(&self, tables: &[String]) -> Option<HashMap<String, Arc<AcceptedKeys>>> {
        let mut keys = held(&self.keys);
        while !tables.iter().all(|t| keys.contains_key(t)) {
            keys = self
                .changed
                .wait(keys)
                .unwrap_or_else(PoisonError::into_inner);
        }
        tables
            .iter()
            .map(|t| Some((t.clone(), Arc::clone(keys.get(t)?.as_ref()?))))
            .collect()
    }
}
