//! A request to stop a run: the first one finishes what has begun, the second one stops at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::watch;

/// Stops a run. Cheap to clone; all clones are the same request.
#[derive(Debug, Clone)]
pub struct Interrupt {
    /// Number of requests so far.
    requests: Arc<watch::Sender<u32>>,
    /// The same for threads.
    pub(crate) stop: Arc<AtomicBool>,
    /// Number of runs that answer a request.
    answering: Arc<AtomicUsize>,
}

/// What follows a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// No run has anything to finish: the program may exit.
    Exit,
    /// The run finishes what has begun.
    Finish,
    /// The run stops at once.
    Stop,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt {
            requests: Arc::new(watch::Sender::new(0)),
            stop: Arc::default(),
            answering: Arc::default(),
        }
    }
}

impl Interrupt {
    /// Asks the run to stop.
    pub fn request(&self) -> Answer {
        if self.answering.load(Ordering::Relaxed) == 0 {
            return Answer::Exit;
        }
        self.stop.store(true, Ordering::Relaxed);
        self.requests.send_modify(|requests| *requests += 1);
        match *self.requests.borrow() {
            1 => Answer::Finish,
            _ => Answer::Stop,
        }
    }

    /// Answers requests from now on, until the result is dropped.
    pub(crate) fn answer(&self) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(Arc::clone(&self.answering))
    }

    /// Waits for the first request.
    pub(crate) async fn first(&self) {
        self.wait_for(1).await;
    }

    /// Waits for the second request.
    pub(crate) async fn second(&self) {
        self.wait_for(2).await;
    }

    async fn wait_for(&self, number: u32) {
        let mut requests = self.requests.subscribe();
        // this keeps a sender, so that the channel is not closed
        let _ = requests.wait_for(|requests| *requests >= number).await;
    }
}

/// A run that answers requests.
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
    }

    #[test]
    fn a_program_without_a_run_that_answers_may_exit() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.request(), Answer::Exit);
        drop(interrupt.answer());
        assert_eq!(interrupt.request(), Answer::Exit);
        assert!(!interrupt.stop.load(Ordering::Relaxed));
    }
}
