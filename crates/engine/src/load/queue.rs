//! Queues of batches that wait for a worker, one for each table. Connections load different tables
//! whenever possible, because the server makes connections that insert into the same table wait for
//! each other. The queues need no bound, because the pipeline's permits limit the number of
//! batches.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::pipeline::SinkClosed;

/// The queues of all tables.
#[derive(Debug)]
pub(super) struct Queues<Job> {
    state: Mutex<State<Job>>,
    changed: Notify,
}

#[derive(Debug)]
struct State<Job> {
    tables: Vec<Table<Job>>,
    end: Option<End>,
}

#[derive(Debug)]
struct Table<Job> {
    waiting: VecDeque<Job>,
    /// Number of workers that are loading a batch of this table.
    workers: usize,
    order: Order,
    is_complete: bool,
}

/// The order in which the batches of a table are loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Order {
    /// Any order.
    #[default]
    Any,
    /// One batch at a time, after all batches of these tables are loaded.
    After(Vec<usize>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// No more batches will come.
    Complete,
    /// No more batches are taken.
    Failed,
}

impl<Job> Queues<Job> {
    pub(super) fn new(orders: impl IntoIterator<Item = Order>) -> Queues<Job> {
        let table = |order| Table {
            waiting: VecDeque::new(),
            workers: 0,
            order,
            is_complete: false,
        };
        Queues {
            state: Mutex::new(State {
                tables: orders.into_iter().map(table).collect(),
                end: None,
            }),
            changed: Notify::new(),
        }
    }

    pub(super) fn put(&self, table: usize, job: Job) -> Result<(), SinkClosed> {
        let mut state = self.state();
        if state.end.is_some() {
            return Err(SinkClosed);
        }
        state.tables[table].waiting.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Notes that all batches of a table are loaded.
    pub(super) fn complete_table(&self, table: usize) {
        self.state().tables[table].is_complete = true;
        self.changed.notify_waiters();
    }

    /// The next batch for a worker. `last` is the table of its previous batch. `None` when no more
    /// batches will come.
    pub(super) async fn next(&self, last: Option<usize>) -> Option<Job> {
        if let Some(last) = last {
            self.state().tables[last].workers -= 1;
            // a batch of the worker's last table may have waited for this worker
            self.changed.notify_one();
        }
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state();
                if let Some(job) = state.take(last) {
                    return Some(job);
                }
                if state.is_over() {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Closes the queues. Waiting batches are still loaded, but no new ones are accepted.
    pub(super) fn complete(&self) {
        self.state().end.get_or_insert(End::Complete);
        self.changed.notify_waiters();
    }

    /// Drops the waiting batches, which tells the pipeline that they are not loaded.
    pub(super) fn fail(&self) {
        let mut state = self.state();
        state.end = Some(End::Failed);
        let tables = state.tables.iter_mut();
        let waiting: Vec<_> = tables.map(|t| std::mem::take(&mut t.waiting)).collect();
        drop(state);
        drop(waiting);
        self.changed.notify_waiters();
    }

    /// Locks the queues, which stay valid after a panic in another thread.
    fn state(&self) -> MutexGuard<'_, State<Job>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Job> State<Job> {
    /// Whether no batch is waiting and no more will come.
    fn is_over(&self) -> bool {
        let is_empty = |table: &Table<Job>| table.waiting.is_empty();
        match self.end {
            None => false,
            Some(End::Failed) => true,
            Some(End::Complete) => self.tables.iter().all(is_empty),
        }
    }

    /// Whether the order of a table allows a worker to take its next batch.
    fn may_begin(&self, number: usize) -> bool {
        let table = &self.tables[number];
        match &table.order {
            Order::Any => true,
            Order::After(others) => {
                table.workers == 0 && others.iter().all(|other| self.tables[*other].is_complete)
            }
        }
    }

    /// Takes a batch of the table with the fewest workers. If several tables have equally few,
    /// takes from the table of the worker's last batch, or else from the first of them.
    fn take(&mut self, last: Option<usize>) -> Option<Job> {
        let tables = self.tables.iter().enumerate();
        let (number, _) = tables
            .filter(|(number, table)| !table.waiting.is_empty() && self.may_begin(*number))
            .min_by_key(|(number, table)| (table.workers, Some(*number) != last))?;
        let table = &mut self.tables[number];
        table.workers += 1;
        table.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn next(queues: &Queues<&'static str>, last: Option<usize>) -> &'static str {
        queues.next(last).await.unwrap()
    }

    #[tokio::test]
    async fn workers_keep_to_tables_of_their_own_while_there_are_some() {
        let queues = Queues::new(vec![Order::Any; 3]);
        for (table, job) in [(0, "a1"), (0, "a2"), (0, "a3"), (1, "b1"), (1, "b2")] {
            queues.put(table, job).unwrap();
        }
        assert_eq!(next(&queues, None).await, "a1");
        assert_eq!(next(&queues, None).await, "b1", "nobody is at b yet");
        assert_eq!(next(&queues, Some(0)).await, "a2");
        queues.put(2, "c1").unwrap();
        assert_eq!(next(&queues, Some(1)).await, "b2", "it stays where it was");
        assert_eq!(next(&queues, Some(1)).await, "c1");
        assert_eq!(next(&queues, Some(2)).await, "a3", "better than nothing");
        queues.complete();
        assert_eq!(queues.next(Some(0)).await, None);
    }

    #[tokio::test]
    async fn a_waiting_worker_is_woken_by_a_batch_and_by_the_end() {
        let queues = std::sync::Arc::new(Queues::new([Order::Any]));
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let queues = std::sync::Arc::clone(&queues);
                tokio::spawn(async move {
                    let first = queues.next(None).await;
                    (first, queues.next(first.map(|_| 0)).await)
                })
            })
            .collect();
        tokio::task::yield_now().await;
        queues.put(0, "one").unwrap();
        tokio::task::yield_now().await;
        queues.complete();
        let mut got = Vec::new();
        for task in waiting {
            let (first, second) = task.await.unwrap();
            got.extend(first);
            assert_eq!(second, None);
        }
        assert_eq!(got, ["one"]);
        assert!(queues.put(0, "late").is_err());
    }

    #[tokio::test]
    async fn batches_in_order_wait_for_each_other_and_for_other_tables() {
        let queues = Queues::new([Order::After(Vec::new()), Order::After(vec![0])]);
        for (table, job) in [(1, "b1"), (0, "a1"), (0, "a2")] {
            queues.put(table, job).unwrap();
        }
        assert_eq!(next(&queues, None).await, "a1");
        assert_eq!(queues.state().take(None), None, "a1 is not loaded yet");
        assert_eq!(next(&queues, Some(0)).await, "a2");
        queues.complete();
        queues.complete_table(0);
        assert_eq!(next(&queues, Some(0)).await, "b1");
        assert_eq!(queues.next(Some(1)).await, None);
    }

    #[tokio::test]
    async fn after_a_failure_nothing_is_handed_out_and_the_batches_that_wait_are_dropped() {
        let queues = Queues::new([Order::Any]);
        let batch = std::sync::Arc::new("one");
        queues.put(0, std::sync::Arc::clone(&batch)).unwrap();
        queues.fail();
        assert_eq!(std::sync::Arc::strong_count(&batch), 1);
        assert_eq!(queues.next(None).await, None);
        assert!(queues.put(0, batch).is_err());
    }
}
