//! The binary while it runs: what it says, line by line, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::harness::LIMIT;

/// The binary that is watched while it runs.
pub struct Watched {
    child: Child,
    lines: Receiver<String>,
    /// What it has said so far.
    pub said: String,
}

impl Watched {
    /// Starts a command whose stderr is piped.
    pub fn start(mut command: Command) -> Watched {
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Watched {
            child,
            lines,
            said: String::new(),
        }
    }

    /// Waits until it says these words; false when it ended without them.
    pub fn says(&mut self, words: &str) -> bool {
        let began = Instant::now();
        loop {
            match self.lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => {
                    self.said += &format!("{line}\n");
                    if line.contains(words) {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) if began.elapsed() > LIMIT => {
                    self.child.kill().unwrap();
                    panic!("it does not say {words:?}: {}", self.said);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, and demands this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> String {
        let (ended, said) = self.ends();
        assert_eq!(ended, Some(code), "{said}");
        said
    }

    /// Waits for its end: its exit code, and all that it said.
    pub fn ends(mut self) -> (Option<i32>, String) {
        // the channel is disconnected when the run ends
        self.says("\0");
        (self.child.wait().unwrap().code(), self.said)
    }
}
