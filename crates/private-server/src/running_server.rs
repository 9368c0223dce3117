//! A server that runs: its URLs, its client, its files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Result;
use crate::programs::{self, Product};
use crate::state_dir::StateDir;
use crate::{DATABASE, Record, RedoLogMark, settings};

/// A server that answered when this value was made.
#[derive(Debug, Clone)]
pub struct RunningServer {
    pub(super) record: Record,
    pub(super) state: StateDir,
    /// Whether the call that returned this value started the server.
    pub started_now: bool,
    /// Whether its data directory was initialised again, and its rows lost, because the server was
    /// killed while its redo log was off.
    pub data_recreated: bool,
}

impl RunningServer {
    /// `mysql://root@localhost/reviews?socket=…`: the account root, over the unix socket.
    pub fn url(&self) -> String {
        // form encoding writes a blank as '+', which not every client decodes
        let socket: String =
            url::form_urlencoded::byte_serialize(self.record.socket.as_os_str().as_encoded_bytes())
                .collect();
        format!(
            "mysql://root@localhost/{DATABASE}?socket={}",
            socket.replace('+', "%20")
        )
    }

    /// `mysql://reviewseed:<password>@127.0.0.1:<port>/reviews`; `None` unless the server listens
    /// on TCP.
    ///
    /// # Errors
    ///
    /// When the file with the password cannot be read.
    pub fn tcp_url(&self) -> Result<Option<String>> {
        let Some(port) = self.record.port else {
            return Ok(None);
        };
        let password = self.state.password()?;
        Ok(Some(format!(
            "mysql://reviewseed:{password}@127.0.0.1:{port}/{DATABASE}"
        )))
    }

    /// The command that opens the interactive client on the database.
    ///
    /// # Errors
    ///
    /// When there is no client beside the server or on PATH.
    pub fn shell_command(&self) -> Result<Command> {
        let client = programs::client(&self.record.binary, self.record.product.flavour)?;
        let mut command = Command::new(client);
        let mut socket = OsString::from("--socket=");
        socket.push(&self.record.socket);
        // --no-defaults, because the user's option file may hold the password of another server
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

    /// MySQL or MariaDB, and the version.
    pub fn product(&self) -> &Product {
        &self.record.product
    }

    /// The process id of the server.
    pub fn pid(&self) -> i32 {
        self.record.pid
    }

    /// The port on 127.0.0.1; `None` unless the server listens on TCP.
    pub fn port(&self) -> Option<u16> {
        self.record.port
    }

    /// The server program.
    pub fn binary(&self) -> &Path {
        &self.record.binary
    }

    /// `innodb_buffer_pool_size` in bytes; 0 when an older version of this program started the
    /// server.
    pub fn buffer_pool(&self) -> u64 {
        self.record.buffer_pool
    }

    /// Size in bytes of the redo log with which checkpoints do not slow down a load of `text`
    /// bytes; `None` if this server cannot enlarge its redo log while it runs.
    pub fn redo_log_for(&self, text: u64) -> Option<u64> {
        let most = self.record.largest_redo_log;
        // four times the text, because rows, their undo records and their indexes are logged
        (most > 0).then(|| settings::power_of_two(text.saturating_mul(4), most))
    }

    /// The unix socket.
    pub fn socket(&self) -> &Path {
        &self.record.socket
    }

    /// The data directory of the server.
    pub fn data_dir(&self) -> PathBuf {
        self.state.data()
    }

    /// The mark file that says that the redo log of the server may be off.
    pub fn redo_log_mark(&self) -> RedoLogMark {
        RedoLogMark::of(&self.state)
    }

    /// The error log of the server.
    pub fn log(&self) -> PathBuf {
        self.state.log()
    }
}
