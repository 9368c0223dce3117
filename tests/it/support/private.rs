//! The private server of a folder, which the commands that run there find by themselves.

use std::path::PathBuf;

use crate::support::harness::{Own, Ran, Server, ran, reviewseed};

/// One that holds nothing to begin with; removed in the end, unless the test fails.
pub struct Private {
    server: Server,
    pub own: Own,
    pub home: PathBuf,
    /// Asked for once: starting a server that runs switches its log on.
    pub url: String,
}

impl Private {
    /// A new private server, whatever an earlier run of the test has left.
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

    /// The binary in its folder.
    pub fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = reviewseed(&self.home);
        command
            .args(arguments)
            .env("REVIEWSEED_MYSQLD", self.server.program());
        command
    }

    /// Runs it.
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
