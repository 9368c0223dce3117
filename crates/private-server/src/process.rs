//! Processes: starts the server, finds out whether a process runs on our data directory, stops it,
//! and checks whether it answers.
//!
//! The system may have given the pid in a file to another process. So a process counts as ours only
//! while its command line names our data directory.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::error::{Error, Result};
use crate::programs;

/// The process id of a server, with the type that it has in the files of the private server.
pub(super) type ServerPid = i32;

/// A server that we started. It keeps running when this value is dropped.
pub(super) struct Child(std::process::Child);

impl Child {
    pub(super) fn pid(&self) -> ServerPid {
        self.0.id().cast_signed()
    }

    pub(super) fn ended(&mut self) -> Result<bool> {
        let status = self.0.try_wait();
        let status = status.map_err(Error::io(|| "cannot determine whether the server runs"))?;
        Ok(status.is_some())
    }
}

/// Starts the server in a session of its own, so that it keeps running when this process ends or
/// the terminal is closed.
/// A new session needs a call between fork and exec, which safe Rust does not offer. The program
/// `setsid`, which every Linux has, makes that call and then executes the server under the same
/// pid. Where `setsid` is missing (macOS), the server gets its own process group, which also
/// protects it from Ctrl-C and from a closed terminal. mysqld's `--daemonize` is not used: mariadbd
/// does not have this option, and with it mysqld changes its pid and chooses its own log.
pub(super) fn spawn_detached(
    binary: &Path,
    arguments: &[OsString],
    folder: &Path,
    log: File,
) -> Result<Child> {
    let mut command = match programs::on_path("setsid") {
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
    log.try_clone()
        .and_then(|log_too| {
            command
                .args(arguments)
                .current_dir(folder)
                .stdin(Stdio::null())
                .stdout(log_too)
                .stderr(log)
                .spawn()
        })
        .map(Child)
        .map_err(Error::io(|| format!("cannot run '{}'", binary.display())))
}

/// Whether the process runs a server on this data directory.
pub(super) fn serves(pid: ServerPid, data: &Path) -> bool {
    let mut wanted = b"--datadir=".to_vec();
    wanted.extend_from_slice(data.as_os_str().as_bytes());
    if Path::new("/proc/self/cmdline").exists() {
        // the command line of a zombie process is empty, so a zombie does not count as the server
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        return line
            .split(|byte| *byte == 0)
            .any(|argument| argument == wanted);
    }
    let listed = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .output();
    // the blank at the end keeps '/data' from matching '/data2'
    wanted.push(b' ');
    listed.is_ok_and(|listed| memchr::memmem::find(&listed.stdout, &wanted).is_some())
}

/// A process that runs a server on this data directory, found in the list of all processes.
pub(super) fn server_of(data: &Path) -> Option<ServerPid> {
    let pid_of = |word: &[u8]| std::str::from_utf8(word).ok()?.trim().parse().ok();
    let mut pids: Box<dyn Iterator<Item = ServerPid>> = match fs::read_dir("/proc") {
        Ok(entries) => Box::new(
            entries
                .flatten()
                .filter_map(move |entry| pid_of(entry.file_name().as_bytes())),
        ),
        Err(_) => {
            let listed = Command::new("ps").args(["-ax", "-o", "pid="]).output();
            let listed = listed.map(|listed| listed.stdout).unwrap_or_default();
            let pids: Vec<_> = listed
                .split(|byte| *byte == b'\n')
                .filter_map(pid_of)
                .collect();
            Box::new(pids.into_iter())
        }
    };
    pids.find(|pid| serves(*pid, data))
}

/// Asks a server for a clean shutdown.
pub(super) fn terminate(pid: ServerPid) -> Result<()> {
    signal(pid, Signal::TERM)
}

/// Kills a process whose result is not needed.
pub(super) fn kill(pid: ServerPid) -> Result<()> {
    signal(pid, Signal::KILL)
}

fn signal(pid: ServerPid, signal: Signal) -> Result<()> {
    let cannot_stop = || format!("cannot stop the server (pid {pid})");
    let Some(process) = Pid::from_raw(pid) else {
        return Err(Error::StateDir(format!("{pid} is not a process id")));
    };
    match rustix::process::kill_process(process, signal) {
        // the process has ended by itself
        Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()).map_err(Error::io(cannot_stop)),
        Ok(()) => Ok(()),
    }
}

/// Connects and reads the greeting. A server sends it as soon as it accepts connections, which is
/// after it has run its start file.
pub(super) fn handshake(socket: &Path) -> Result<()> {
    let mut stream = UnixStream::connect(socket).map_err(Error::io(|| {
        format!("cannot connect to '{}'", socket.display())
    }))?;
    let mut head = [0; 5];
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .and_then(|()| stream.read_exact(&mut head))
        .map_err(Error::io(|| {
            format!(
                "cannot read the server's greeting from '{}'",
                socket.display()
            )
        }))?;
    match head[4] {
        // the protocol version, or an error packet such as "too many connections": both come from
        // a server that is up
        10 | 0xff => Ok(()),
        other => Err(Error::Protocol(format!(
            "the program that listens on '{}' is not a MySQL or MariaDB server: its greeting begins with byte {other}",
            socket.display()
        ))),
    }
}

/// Returns `port` if it is free, or any free port if `port` is 0.
pub(super) fn free_port(port: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", port));
    let address = listener.and_then(|listener| listener.local_addr());
    let address = address.map_err(Error::io(|| {
        format!(
            "cannot listen on 127.0.0.1:{port}; choose another port, or write --tcp alone for a free one"
        )
    }))?;
    Ok(address.port())
}
