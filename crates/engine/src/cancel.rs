//! A request to stop that threads and tasks can both wait for.
//!
//! A thread adds [`Stop::signal`] to the channels that it selects on; a task awaits
//! [`Stop::stopped`]. Nothing has to poll a flag.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crossbeam_channel::{Receiver, Sender, bounded};
use tokio_util::sync::CancellationToken;

/// The reason why something stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The user, or the program that embeds the engine, asked to stop.
    Interrupted,
    /// Another part of the same run failed; the error of that part is the one to report.
    GivenUp,
}

/// A request to stop. Clones share the request; a [`Stop::child`] is stopped together with its
/// parent.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Nothing is ever sent on this channel; it disconnects when `State::open` is dropped.
    signal: Receiver<Infallible>,
    token: CancellationToken,
}

#[derive(Debug)]
struct State {
    reason: Option<Reason>,
    open: Option<Sender<Infallible>>,
    children: Vec<Weak<Inner>>,
}

impl Default for Stop {
    fn default() -> Stop {
        let (open, signal) = bounded(0);
        Stop(Arc::new(Inner {
            state: Mutex::new(State {
                reason: None,
                open: Some(open),
                children: Vec::new(),
            }),
            signal,
            token: CancellationToken::new(),
        }))
    }
}

impl Stop {
    /// Stops everyone who waits for this request or for a child of it. Returns `false` and changes
    /// nothing if there was a reason already.
    pub fn stop(&self, reason: Reason) -> bool {
        let mut state = self.state();
        if state.reason.is_some() {
            return false;
        }
        state.reason = Some(reason);
        state.open = None;
        let children = std::mem::take(&mut state.children);
        drop(state);
        self.0.token.cancel();
        for child in children.iter().filter_map(Weak::upgrade) {
            Stop(child).stop(reason);
        }
        true
    }

    /// A request that is stopped together with this one. Stopping the child does not stop its
    /// parent.
    pub fn child(&self) -> Stop {
        let child = Stop::default();
        let mut state = self.state();
        match state.reason {
            Some(reason) => {
                child.stop(reason);
            }
            None => {
                state.children.retain(|child| child.strong_count() > 0);
                state.children.push(Arc::downgrade(&child.0));
            }
        }
        child
    }

    /// The reason to stop; `None` while there is none.
    pub fn reason(&self) -> Option<Reason> {
        self.state().reason
    }

    /// For `select!` in threads: a channel that never receives a value, and disconnects when there
    /// is a reason to stop.
    pub fn signal(&self) -> &Receiver<Infallible> {
        &self.0.signal
    }

    /// For tasks: ends when there is a reason to stop.
    pub async fn stopped(&self) {
        self.0.token.cancelled().await;
    }

    /// Locks the state, which stays valid after a panic in another thread.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Longer than any machine needs: a test that hangs fails after this time.
    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_thread_that_waits_for_the_signal_is_woken_by_a_stop() {
        let stop = Stop::default();
        let waiting = std::thread::spawn({
            let stop = stop.child();
            move || (stop.signal().recv_timeout(LONG), stop.reason())
        });
        assert!(stop.stop(Reason::Interrupted));
        let (signal, reason) = waiting.join().unwrap();
        assert_eq!(
            signal,
            Err(crossbeam_channel::RecvTimeoutError::Disconnected)
        );
        assert_eq!(reason, Some(Reason::Interrupted));
    }

    #[tokio::test]
    async fn a_task_that_waits_is_woken_by_a_stop() {
        let stop = Stop::default();
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.stopped().await }
        });
        stop.stop(Reason::Interrupted);
        tokio::time::timeout(LONG, waiting).await.unwrap().unwrap();
    }

    #[test]
    fn a_stopped_child_leaves_its_parent_and_siblings_alone() {
        let parent = Stop::default();
        let (first, second) = (parent.child(), parent.child());
        assert!(first.stop(Reason::GivenUp));
        assert_eq!((parent.reason(), second.reason()), (None, None));
        assert!(parent.stop(Reason::Interrupted));
        assert!(!parent.stop(Reason::GivenUp), "only the first counts");
        assert_eq!(first.reason(), Some(Reason::GivenUp));
        assert_eq!(second.reason(), Some(Reason::Interrupted));
        assert_eq!(parent.child().reason(), Some(Reason::Interrupted));
    }
}
