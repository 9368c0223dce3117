//! Watches the binary while it runs: its stderr, line by line, and its end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::harness::LIMIT;

/// A running process of the binary.
pub struct Watched {
    child: Child,
    lines: Receiver<String>,
    /// The lines of its stderr so far.
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

    /// Waits until stderr has these words. Returns false if the process ends without them.
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
                    panic!("stderr does not have {words:?}: {}", self.said);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Sends a signal to the process.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end of the process, and fails the test unless the exit code is this one.
    /// Returns stderr.
    #[track_caller]
    pub fn exits(self, code: i32) -> String {
        let (ended, said) = self.ends();
        assert_eq!(ended, Some(code), "{said}");
        said
    }

    /// Waits for the end of the process. Returns its exit code and its stderr.
    pub fn ends(mut self) -> (Option<i32>, String) {
        // no line has this text, so the wait ends with the process
        self.says("\0");
        (self.child.wait().unwrap().code(), self.said)
    }
}
