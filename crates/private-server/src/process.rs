//! What runs: spawns the server, tells whether a process serves our data directory, ends it, hears
//! whether it answers.
//!
//! A pid in a file proves nothing, as the system gives it to another process later. So a process
//! counts as ours only while its command line names our data directory.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use super::find;
use super::state::StateDir;

/// A process id, as the files have it.
pub(super) type ServerPid = i32;

/// A server that we spawned; it lives on when this is dropped.
pub(super) struct Child(std::process::Child);

impl Child {
    pub(super) fn pid(&self) -> ServerPid {
        self.0.id().cast_signed()
    }

    pub(super) fn ended(&mut self) -> Result<bool> {
        Ok(self
            .0
            .try_wait()
            .context("cannot see whether the server runs")?
            .is_some())
    }
}

/// Starts the server apart from us: no file, terminal or session is shared.
///
/// A session of its own takes a call between fork and exec, which safe Rust does not have.
/// `setsid`, which every Linux has, makes that call and then becomes the server, under the same
/// pid. Where it is missing (macOS) a process group of its own must do: it keeps Ctrl-C and a
/// closing terminal away as well. mysqld's `--daemonize` is not used, because mariadbd has none,
/// and because it answers with another pid and its own idea of where to log.
pub(super) fn spawn_detached(
    binary: &Path,
    arguments: &[OsString],
    state: &StateDir,
) -> Result<Child> {
    let log = state.new_log()?;
    let mut command = match find::on_path("setsid") {
        Some(setsid) => {
            let mut command = Command::new(setsid);
            command.arg(binary);
            command
        }
        None => {
            let mut command = Command::new(binary);
            command.process_group(0);
            command
        }
    };
    command
        .args(arguments)
        .current_dir(state.root())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .map(Child)
        .with_context(|| format!("cannot run '{}'", binary.display()))
}

/// Whether the process runs a server on this data directory.
pub(super) fn serves(pid: ServerPid, data: &Path) -> bool {
    let mut wanted = b"--datadir=".to_vec();
    wanted.extend_from_slice(data.as_os_str().as_bytes());
    if Path::new("/proc/self/cmdline").exists() {
        // empty for a process that has ended and was not waited for
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        return line
            .split(|byte| *byte == 0)
            .any(|argument| argument == wanted);
    }
    let listed = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .output();
    // between blanks, lest '/data' be taken for '/data2'
    wanted.push(b' ');
    listed.is_ok_and(|listed| memchr::memmem::find(&listed.stdout, &wanted).is_some())
}

/// Asks a server for a clean shutdown.
pub(super) fn terminate(pid: ServerPid) -> Result<()> {
    signal(pid, Signal::TERM)
}

/// Ends a process whose work nobody wants any more.
pub(super) fn kill(pid: ServerPid) -> Result<()> {
    signal(pid, Signal::KILL)
}

fn signal(pid: ServerPid, signal: Signal) -> Result<()> {
    let process = Pid::from_raw(pid).with_context(|| format!("{pid} is no process id"))?;
    match rustix::process::kill_process(process, signal) {
        // it has just ended by itself
        Err(rustix::io::Errno::SRCH) => Ok(()),
        done => done.with_context(|| format!("cannot stop the server (pid {pid})")),
    }
}

/// Connects and reads the greeting, which a server sends once it takes connections, having run its
/// start file.
pub(super) fn handshake(socket: &Path) -> Result<()> {
    let mut stream = UnixStream::connect(socket)
        .with_context(|| format!("cannot connect to '{}'", socket.display()))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut head = [0; 5];
    stream
        .read_exact(&mut head)
        .with_context(|| format!("no greeting on '{}'", socket.display()))?;
    match head[4] {
        // the protocol's version, or an error such as too many connections, which only a server
        // that is up sends
        10 | 0xff => Ok(()),
        other => bail!(
            "'{}' greets with byte {other}, which is no MySQL server's",
            socket.display()
        ),
    }
}

/// The port, or a free one for 0.
pub(super) fn free_port(port: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!(
            "cannot listen on 127.0.0.1:{port}; choose another port, or --tcp alone for a free one"
        )
    })?;
    Ok(listener.local_addr()?.port())
}
