//! How long a connection waits for the network, and the sessions that were given up because the
//! wait was too long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::peer::ServerSession;

/// Seconds that a server may be silent before its connections are given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest time for a connection to be opened: TCP, greeting, TLS, log-in.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes per second. A statement that arrives more slowly counts as lost.
const SLOWEST: usize = 8 << 10;

/// The time limits of all connections that are made from one URL. Clones share the list of the
/// sessions that were given up, and whether the server was reached.
#[derive(Debug, Clone)]
pub(super) struct Network {
    timeout: Duration,
    reached: Arc<AtomicBool>,
    given_up: Arc<Mutex<Vec<ServerSession>>>,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            timeout: TIMEOUT,
            reached: Arc::default(),
            given_up: Arc::default(),
        }
    }
}

/// Only the time limit is compared, because what happened to the connections is not a part of the
/// URL.
impl PartialEq for Network {
    fn eq(&self, other: &Network) -> bool {
        self.timeout == other.timeout
    }
}

impl Eq for Network {}

impl Network {
    /// The limits of `self` with another `timeout`.
    pub(super) fn with_timeout(self, timeout: Duration) -> Network {
        Network { timeout, ..self }
    }

    /// A statement without any answer is given up after about this time, if neither the network nor
    /// the server shows that it is still being executed.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Time limit for opening a connection, and for a question that every server answers at once.
    pub(super) fn connect(&self) -> Duration {
        CONNECT.min(self.timeout)
    }

    /// How long a connection waits for an answer before it checks its session from a second
    /// connection (see `peer`). This is half of the time limit; the other half is for the checks.
    pub(super) fn patience(&self) -> Duration {
        self.timeout / 2
    }

    /// How long a statement of `bytes` bytes may take to arrive at the server.
    pub(super) fn delivery(&self, bytes: usize) -> Duration {
        self.timeout + Duration::from_secs((bytes / SLOWEST) as u64)
    }

    /// Time limit for a check of a session: a query on a second connection asks the server about
    /// it.
    pub(super) fn look(&self) -> Duration {
        CONNECT.min(self.timeout / 4)
    }

    /// Time between two checks of a session, if the first check found that the statement is lost.
    /// Until the second check, the answer of the statement may arrive.
    pub(super) fn second_look(&self) -> Duration {
        self.timeout / 30
    }

    /// Records that the server has accepted a log-in.
    pub(super) fn note_log_in(&self) {
        self.reached.store(true, Ordering::Relaxed);
    }

    /// Whether the server has accepted a log-in.
    pub(super) fn was_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Records a session that was given up. Its server may not have ended it yet.
    pub(super) fn give_up(&self, session: ServerSession) {
        if let Ok(mut given_up) = self.given_up.lock() {
            given_up.push(session);
        }
    }

    /// The sessions that were given up on this server; the caller ends them.
    pub(super) fn take_given_up(&self, server: &str) -> Vec<ServerSession> {
        match self.given_up.lock() {
            Ok(mut given_up) => given_up.extract_if(.., |s| s.server == server).collect(),
            Err(_) => Vec::new(),
        }
    }
}
