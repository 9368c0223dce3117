//! Ctrl-C and SIGTERM: the first finishes what is under way, the second stops at once.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::progress::Progress;
use engine::cancel::{Reason, Stop};

/// Told of signals.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt {
    /// Set by the first signal: nothing new is begun.
    pub(super) stop: Stop,
    at_once: Arc<Notify>,
}

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen(progress: &Arc<Progress>) -> Result<Interrupt> {
        let interrupt = Interrupt::default();
        let mut ctrl_c = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let (listening, progress) = (interrupt.clone(), Arc::clone(progress));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = ctrl_c.recv() => {}
                    _ = terminate.recv() => {}
                }
                if !listening.stop.stop(Reason::Interrupted) {
                    listening.at_once.notify_one();
                } else {
                    progress.say(
                        "stopping: what is under way is finished first; again to stop at once",
                    );
                }
            }
        });
        Ok(interrupt)
    }

    /// Waits for the second signal.
    pub(super) async fn at_once(&self) {
        self.at_once.notified().await;
    }

    /// Waits for the first signal.
    pub(super) async fn set(&self) {
        self.stop.stopped().await;
    }
}
