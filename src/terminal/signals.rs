//! Ctrl-C and SIGTERM become requests to stop the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use engine::interrupt::{Answer, Interrupt};

use super::{Terminal, echo};

/// Exit codes of a program that a signal has ended, as shells report them.
const BY_SIGINT: u8 = 130;
const BY_SIGTERM: u8 = 143;

/// The exit code for the first signal; 0 until there is one.
static CODE: AtomicU8 = AtomicU8::new(0);

/// The exit code of a command that a signal has stopped; `None` if there was no signal.
pub fn exit_code_of_signal() -> Option<u8> {
    Some(CODE.load(Ordering::Relaxed)).filter(|code| *code != 0)
}

/// The signals that ask the program to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to receive the signals.
    fn listen() -> Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
        })
    }

    /// Waits for the next signal and returns its exit code. Keeps the code of the first signal for
    /// `exit_code_of_signal`.
    async fn next(&mut self) -> u8 {
        let code = tokio::select! {
            _ = self.interrupt.recv() => BY_SIGINT,
            _ = self.terminate.recv() => BY_SIGTERM,
        };
        let _ = CODE.compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
        code
    }
}

/// Starts to listen for signals. At a signal, the program exits at once if the run has begun
/// nothing that must be finished.
///
/// # Errors
///
/// When the signals cannot be received.
pub fn listen(terminal: &Arc<Terminal>) -> Result<Interrupt> {
    let interrupt = Interrupt::default();
    let mut signals = Signals::listen()?;
    let (told, terminal) = (interrupt.clone(), Arc::clone(terminal));
    tokio::spawn(async move {
        loop {
            let code = signals.next().await;
            match told.request() {
                Answer::Exit => {
                    terminal.clear();
                    terminal.info("stopped at once; no work was in progress that must be finished");
                    echo::show();
                    std::process::exit(code.into())
                }
                Answer::Finish => terminal
                    .info("stopping when the work in progress is finished; press Ctrl-C again to stop at once"),
                Answer::Stop => {}
            }
        }
    });
    Ok(interrupt)
}

/// Starts to listen for signals. The first one asks a test to stop: the result becomes true. The
/// second one ends the program.
///
/// # Errors
///
/// When the signals cannot be received.
pub fn listen_for_stop(terminal: &Arc<Terminal>) -> Result<Arc<AtomicBool>> {
    let mut signals = Signals::listen()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (told, terminal) = (Arc::clone(&stop), Arc::clone(terminal));
    tokio::spawn(async move {
        loop {
            let code = signals.next().await;
            if told.swap(true, Ordering::Relaxed) {
                terminal.clear();
                echo::show();
                std::process::exit(code.into());
            }
            terminal
                .info("stopping: the result so far follows; press Ctrl-C again to stop at once");
        }
    });
    Ok(stop)
}
