//! The private server of a folder. Commands that run in this folder find it without a URL.

use std::path::PathBuf;

use crate::support::harness::{Own, Ran, Server, ran, reviewseed};

/// A private server that is empty at first. It is removed at the end, unless the test fails.
pub struct Private {
    server: Server,
    pub own: Own,
    pub home: PathBuf,
    /// The URL, which is requested only once, because `server start` enables the redo log of a
    /// running server.
    pub url: String,
}

impl Private {
    /// Creates a private server, after removing that of an earlier run of the test.
    pub fn new(server: Server, purpose: &str) -> Private {
        let own = server.own(purpose);
        own.remove();
        let url = own.url();
        Private {
            server,
            home: own.home(),
            own,
            url,
        }
    }

    /// A command that runs the binary in the folder of the server.
    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = reviewseed(&self.home);
        command
            .args(arguments)
            .env("REVIEWSEED_MYSQLD", self.server.program());
        command
    }

    /// Runs such a command.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.own.remove();
        }
    }
}
