//! Ctrl-C and SIGTERM become requests to stop the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

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
    echoes: Echoes,
}

/// Tells the signals of one request apart from a second request: `timeout` of GNU sends SIGTERM to
/// the process and then to its group.
#[derive(Debug, Default)]
struct Echoes {
    last: Option<Instant>,
}

/// How long after a signal another one belongs to the same request.
const SAME: Duration = Duration::from_millis(200);

impl Echoes {
    /// Whether a signal at this time repeats the one before.
    fn repeats(&mut self, now: Instant) -> bool {
        let repeats = self.last.is_some_and(|last| now < last + SAME);
        if !repeats {
            self.last = Some(now);
        }
        repeats
    }
}

impl Signals {
    /// Starts to receive the signals.
    fn listen() -> Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            echoes: Echoes::default(),
        })
    }

    /// Waits for the next signal that does not repeat the one before, and returns its exit code.
    /// Keeps the code of the first signal for `exit_code_of_signal`.
    async fn next(&mut self) -> u8 {
        let code = loop {
            let code = tokio::select! {
                _ = self.interrupt.recv() => BY_SIGINT,
                _ = self.terminate.recv() => BY_SIGTERM,
            };
            if !self.echoes.repeats(Instant::now()) {
                break code;
            }
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

/// Starts to listen for signals. The first signal asks a test to stop: the returned flag becomes
/// true. The second signal ends the program.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_signal_counts_only_after_some_time() {
        let mut echoes = Echoes::default();
        let first = Instant::now();
        let after = |ms| first + Duration::from_millis(ms);
        let seen = [0, 1, 199, 200, 399, 400].map(|ms| echoes.repeats(after(ms)));
        assert_eq!(seen, [false, true, true, false, true, false]);
    }
}
