//! A server that runs: where it is reached, and what is known about it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::find::{self, Product};
use super::state::StateDir;
use super::{DATABASE, Record, RedoLogMark, settings};

/// A server that answered a moment ago.
#[derive(Debug, Clone)]
pub struct Running {
    pub(super) record: Record,
    pub(super) state: StateDir,
    /// Whether this call started it.
    pub started_now: bool,
    /// Whether its data were lost, because it was killed while its redo log was off, and made anew.
    pub begun_anew: bool,
}

impl Running {
    /// `mysql://root@localhost/reviews?socket=…`: an account that may do everything, over the unix
    /// socket.
    pub fn url(&self) -> String {
        // '+' for a space is what forms do, and not every client
        let socket: String =
            url::form_urlencoded::byte_serialize(self.record.socket.as_os_str().as_encoded_bytes())
                .collect();
        format!(
            "mysql://root@localhost/{DATABASE}?socket={}",
            socket.replace('+', "%20")
        )
    }

    /// `mysql://reviewseed:<password>@127.0.0.1:<port>/reviews`, when the server listens on TCP.
    pub fn tcp_url(&self) -> Result<Option<String>> {
        let Some(port) = self.record.port else {
            return Ok(None);
        };
        let password = self.state.password()?;
        Ok(Some(format!(
            "mysql://reviewseed:{password}@127.0.0.1:{port}/{DATABASE}"
        )))
    }

    /// The interactive client on the database, ready to run; fails when no client is found beside
    /// the server or on PATH.
    pub fn shell_command(&self) -> Result<Command> {
        let client = find::client(&self.record.binary, self.record.product.flavour)?;
        let mut command = Command::new(client);
        let mut socket = std::ffi::OsString::from("--socket=");
        socket.push(&self.record.socket);
        // someone's own option file may hold another server's password
        command
            .args([
                "--no-defaults",
                "--user=root",
                "--default-character-set=utf8mb4",
            ])
            .arg(socket)
            .arg(DATABASE);
        Ok(command)
    }

    /// MySQL or MariaDB, and its version.
    pub fn product(&self) -> &Product {
        &self.record.product
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.record.pid
    }

    /// The port on 127.0.0.1, when the server listens on TCP.
    pub fn port(&self) -> Option<u16> {
        self.record.port
    }

    /// The server program.
    pub fn binary(&self) -> &Path {
        &self.record.binary
    }

    /// Bytes of memory in which it keeps tables; 0 when an earlier version of this program started
    /// it.
    pub fn buffer_pool(&self) -> u64 {
        self.record.buffer_pool
    }

    /// Bytes of redo log with which a load of so many bytes of text is not slowed down by
    /// checkpoints; `None` when this server's log cannot be made larger while it runs.
    pub fn redo_log_for(&self, text: u64) -> Option<u64> {
        let most = self.record.largest_redo_log;
        // rows, their undo records and their indexes are logged
        (most > 0).then(|| settings::power_of_two(text.saturating_mul(4), most))
    }

    /// The unix socket.
    pub fn socket(&self) -> &Path {
        &self.record.socket
    }

    /// The server's data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.state.data()
    }

    /// What says on disk that its redo log is off.
    pub fn redo_log_mark(&self) -> RedoLogMark {
        RedoLogMark::of(&self.state)
    }

    /// What the server says about itself.
    pub fn log(&self) -> PathBuf {
        self.state.log()
    }
}
