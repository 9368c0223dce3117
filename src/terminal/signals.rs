//! Ctrl-C and SIGTERM become requests to stop the run.

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use engine::event::Events;
use engine::interrupt::{Answer, Interrupt};

/// Exit codes of a program that a signal has ended, as shells report them.
const BY_SIGINT: i32 = 130;
const BY_SIGTERM: i32 = 143;

/// Listens for signals from now on. A program whose run has nothing to finish exits at once.
///
/// # Errors
///
/// When the signals cannot be received.
pub fn listen(events: &Events) -> Result<Interrupt> {
    let interrupt = Interrupt::default();
    let mut ctrl_c = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (told, events) = (interrupt.clone(), events.clone());
    tokio::spawn(async move {
        loop {
            let code = tokio::select! {
                _ = ctrl_c.recv() => BY_SIGINT,
                _ = terminate.recv() => BY_SIGTERM,
            };
            match told.request() {
                Answer::Exit => std::process::exit(code),
                Answer::Finish => events
                    .info("stopping: finishing what has begun; press Ctrl-C again to stop at once"),
                Answer::Stop => {}
            }
        }
    });
    Ok(interrupt)
}
