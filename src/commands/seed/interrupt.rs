//! Ctrl-C and SIGTERM: the first finishes what is under way, the second stops at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::db::DatabaseUrl;
use crate::progress::Progress;
use crate::source::shown;

/// Told of signals.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt {
    /// Set by the first signal: nothing new is begun.
    pub(super) stop: Arc<AtomicBool>,
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
                if listening.stop.swap(true, Ordering::Relaxed) {
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

    /// Whether a signal has come.
    pub(super) fn is_set(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits for the second signal.
    pub(super) async fn at_once(&self) {
        self.at_once.notified().await;
    }

    /// Waits for the first signal.
    pub(super) async fn set(&self) {
        while !self.is_set() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

/// An address on the network, that of a table too (`--map`), with `?…` for what may be a signature.
pub(in crate::commands) fn without_signature(value: &str) -> String {
    let (table, file) = match value.split_once('=') {
        Some((table, file)) if file.contains("://") && !table.contains('/') => (Some(table), file),
        _ => (None, value),
    };
    let shown = shown(Path::new(file));
    let cut = if shown == file { "" } else { "?…" };
    match table {
        Some(table) => format!("{table}={shown}{cut}"),
        None => format!("{shown}{cut}"),
    }
}

/// The command line as it was typed, to be typed again; a password in a URL is left out.
pub(in crate::commands) fn command_line() -> String {
    let masked = |argument: String| -> String {
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
            _ => (String::new(), argument.as_str()),
        };
        let value = match DatabaseUrl::parse(value) {
            Ok(url) => url.without_password(),
            Err(_) => without_signature(value),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
        if value.chars().all(plain) && !value.is_empty() {
            format!("{option}{value}")
        } else {
            format!("{option}'{}'", value.replace('\'', "'\\''"))
        }
    };
    std::env::args_os()
        .map(|argument| masked(argument.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}
