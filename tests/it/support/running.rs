//! The private server of a folder, while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::harness::{Server, folder, ran, reviewseed, run};

/// A running private server, as `running.json` in its folder describes it.
pub struct Running {
    home: PathBuf,
    pid: Pid,
    /// The URL of root, over the unix socket.
    pub url: String,
}

impl Running {
    /// Starts the server with these options of `server start`, unless it runs. It is small by
    /// default, because many servers run at the same time.
    pub fn start(server: Server, home: &Path, options: &[&str]) -> Running {
        initialise(server, home);
        Running::of_command(server, home, options)
    }

    fn of_command(server: Server, home: &Path, options: &[&str]) -> Running {
        let mut command = reviewseed(home);
        command
            .args(["server", "start", "--mysqld"])
            .arg(server.program())
            .args(options);
        if !options.contains(&"--buffer-pool") {
            command.args(["--buffer-pool", "128M"]);
        }
        ran(&mut command).exits(0);
        Running::find(home)
    }

    /// The server of this folder, which must have been started.
    pub fn find(home: &Path) -> Running {
        let record = fs::read(home.join(".reviewseed/running.json")).unwrap();
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        let pid = i32::try_from(record["pid"].as_i64().unwrap()).unwrap();
        let socket = record["socket"].as_str().unwrap().replace('/', "%2F");
        Running {
            home: home.to_owned(),
            pid: Pid::from_raw(pid).unwrap(),
            url: format!("mysql://root@localhost/reviews?socket={socket}"),
        }
    }

    /// The server of this folder, if it runs. `running.json` may be outdated, and its process id
    /// may belong to another program, so the command line is compared.
    pub fn found(home: &Path) -> Option<Running> {
        if !home.join(".reviewseed/running.json").exists() {
            return None;
        }
        let running = Running::find(home);
        let line = fs::read(running.process().join("cmdline")).ok()?;
        let data = home.join(".reviewseed/server/data");
        let argument = format!("--datadir={}", data.display()).into_bytes();
        let mut arguments = line.split(|byte| *byte == 0);
        arguments.any(|a| a == argument).then_some(running)
    }

    /// The folder of the process in `/proc`.
    pub fn process(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.pid.as_raw_pid()))
    }

    /// Stops the server cleanly.
    pub fn stop(&self) {
        run(&self.home, ["server", "stop"]).exits(0);
    }

    /// Sends SIGKILL, and waits until the process has ended, because its files are locked until
    /// then.
    pub fn kill(&self) {
        // it may be ending at this moment
        let _ = kill_process(self.pid, Signal::KILL);
        let began = Instant::now();
        // a process that has ended remains as a zombie, without a command line, if its parent does
        // not wait for it
        let runs = || {
            let line = fs::read(self.process().join("cmdline"));
            test_kill_process(self.pid).is_ok() && line.is_ok_and(|line| !line.is_empty())
        };
        while runs() {
            let pid = self.pid.as_raw_pid();
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "server {pid} does not end"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Copies the state directory of an initialised server into this folder, unless it has one.
pub fn initialise(server: Server, home: &Path) {
    let state = home.join(".reviewseed");
    if !state.exists() {
        copy(initialised(server), &state);
    }
}

/// The state directory of a server that was initialised, started and stopped. Tests copy it,
/// because an initialisation takes some seconds, and dozens of tests have a server of their own.
fn initialised(server: Server) -> &'static Path {
    static MYSQL: OnceLock<PathBuf> = OnceLock::new();
    static MARIADB: OnceLock<PathBuf> = OnceLock::new();
    let (made, name) = match server {
        Server::MySQL => (&MYSQL, "mysql-initialised"),
        Server::MariaDB => (&MARIADB, "mariadb-initialised"),
    };
    made.get_or_init(|| {
        let home = Server::home(name);
        if !home.exists() {
            let new = folder();
            Running::of_command(server, new.path(), &[]).stop();
            fs::create_dir_all(home.parent().unwrap()).unwrap();
            // this fails if another process has created the folder first
            let _ = fs::rename(new.path(), &home);
        }
        home.join(".reviewseed")
    })
}

/// Copies a folder, unless another test that shares the server has copied it first.
fn copy(from: &Path, to: &Path) {
    let new = folder();
    let copied = Command::new("cp")
        .arg("-a")
        .args([from, new.path()])
        .status();
    assert!(
        copied.unwrap().success(),
        "cannot copy '{}'",
        from.display()
    );
    if let Err(error) = fs::rename(new.path().join(from.file_name().unwrap()), to) {
        assert!(to.exists(), "cannot rename to '{}': {error}", to.display());
    }
}
