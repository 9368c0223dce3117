//! A server of one test alone, started with options that the private server does not offer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::harness::{Server, rows, run};
use crate::support::running::Running;

/// A server that also listens on 127.0.0.1. It ends with the test, even if the test fails.
pub struct OwnServer {
    program: String,
    arguments: Vec<String>,
    folder: PathBuf,
    url: String,
    socket: String,
    process: Option<Child>,
}

impl OwnServer {
    /// Creates a private server in this folder and stops it. Its data and its arguments are used
    /// for this server.
    pub fn new(server: Server, home: &Path) -> OwnServer {
        let running = Running::start(server, home, &["--tcp", "--buffer-pool", "64M"]);
        let url = run(home, ["server", "url"])
            .exits(0)
            .stdout
            .trim()
            .to_owned();
        let process = running.process();
        let line = String::from_utf8(fs::read(process.join("cmdline")).unwrap()).unwrap();
        let mut arguments = line.trim_end_matches('\0').split('\0').map(str::to_owned);
        // the server program, or the dynamic loader that starts it
        let program = arguments.next().unwrap();
        let mut arguments: Vec<String> = arguments.collect();
        // the command line of MySQL has the values of some options as separate arguments
        let is_value = |a: &String| ["ON", "OFF", "YES", "NO"].contains(&a.as_str());
        while let Some(at) = arguments.iter().position(is_value) {
            let value = arguments.remove(at);
            arguments[at - 1].push_str(&format!("={value}"));
        }
        // stopping the server removes its start script, so the script is read before and written
        // again
        let accounts = arguments
            .iter()
            .find_map(|a| a.strip_prefix("--init-file="));
        let accounts = PathBuf::from(accounts.unwrap());
        let script = fs::read(&accounts).unwrap();
        let own = OwnServer {
            program,
            arguments,
            folder: fs::read_link(process.join("cwd")).unwrap(),
            url,
            socket: running.url.clone(),
            process: None,
        };
        running.stop();
        fs::write(accounts, script).unwrap();
        own
    }

    /// Creates the data folder again, empty, with options that must be set from the beginning. This
    /// is for MySQL only: MariaDB accepts any option at a start.
    pub fn initialise(&self, more: &[String]) {
        let data = self
            .arguments
            .iter()
            .find_map(|a| a.strip_prefix("--datadir="));
        fs::remove_dir_all(data.unwrap()).unwrap();
        let arguments = self.arguments.iter();
        let status = Command::new(&self.program)
            .args(arguments.filter(|a| !a.starts_with("--init-file=")))
            .arg("--initialize-insecure")
            .args(more)
            .current_dir(Path::new(data.unwrap()).parent().unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(
            status.success(),
            "the data folder cannot be initialised with {more:?}"
        );
    }

    /// Starts the server with additional options.
    pub fn start(&mut self, more: &[String]) {
        let process = Command::new(&self.program)
            .args(&self.arguments)
            .args(more)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(process);
        let began = Instant::now();
        while rows(&self.socket, "SELECT 1").is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(90),
                "the server does not start with {more:?}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ends the server with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The URL of an account with a password, over TCP.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of root, over the unix socket.
    pub fn socket_url(&self) -> &str {
        &self.socket
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.kill();
    }
}
