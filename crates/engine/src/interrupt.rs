//! A request to stop a run. After the first request, the run finishes the work that has begun;
//! after the second, it stops at once. Work that needs the server is not finished if the server
//! does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::Duration;

use crate::cancel::{Reason, Stop};
use mysql::db::Database;

/// After a request to stop, a server counts as silent if it does not accept a connection for this
/// long, twice in a row.
const SILENCE: Duration = Duration::from_millis(750);

/// Stops a run. Cheap to clone; all clones share one request.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    /// Stopped by the first request.
    pub(crate) first: Stop,
    /// Stopped by the second request.
    second: Stop,
    /// Number of runs that react to requests at the moment.
    answering: Arc<AtomicUsize>,
}

/// What happens after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The program may exit: no run has anything to finish, or the user does not want to wait.
    Exit,
    /// The run finishes the work that has begun.
    Finish,
    /// The run stops at once.
    Stop,
}

impl Interrupt {
    /// Asks the run to stop.
    pub fn request(&self) -> Answer {
        if self.answering.load(Ordering::Relaxed) == 0 {
            return Answer::Exit;
        }
        match self.first.stop(Reason::Interrupted) {
            true => Answer::Finish,
            false if self.second.stop(Reason::Interrupted) => Answer::Stop,
            false => Answer::Exit,
        }
    }

    /// Reacts to requests from now on, until the result is dropped.
    pub(crate) fn answer(&self) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(Arc::clone(&self.answering))
    }

    /// Waits for the first request.
    pub(crate) async fn first(&self) {
        self.first.stopped().await;
    }

    /// Waits for the second request.
    pub(crate) async fn second(&self) {
        self.second.stopped().await;
    }

    /// Waits for a request, and then until the server is silent, so that no work can be finished.
    pub(crate) async fn in_silence(&self, database: &Database) {
        self.first().await;
        let mut silent = 0;
        while silent < 2 {
            match database.answers_within(SILENCE).await {
                true => {
                    silent = 0;
                    tokio::time::sleep(SILENCE).await;
                }
                false => silent += 1,
            }
        }
    }
}

/// While this value exists, a run reacts to requests.
#[derive(Debug)]
pub(crate) struct Answering(Arc<AtomicUsize>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_request_finishes_and_the_second_stops_at_once() {
        let interrupt = Interrupt::default();
        let _answering = interrupt.answer();
        let at_once = tokio::spawn({
            let interrupt = interrupt.clone();
            async move { interrupt.second().await }
        });
        assert_eq!(interrupt.request(), Answer::Finish);
        interrupt.first().await;
        tokio::task::yield_now().await;
        assert!(!at_once.is_finished());
        assert_eq!(interrupt.request(), Answer::Stop);
        at_once.await.unwrap();
        assert_eq!(interrupt.request(), Answer::Exit);
    }

    #[test]
    fn a_program_without_a_run_that_answers_may_exit() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.request(), Answer::Exit);
        drop(interrupt.answer());
        assert_eq!(interrupt.request(), Answer::Exit);
        assert_eq!(interrupt.first.reason(), None);
    }
}
