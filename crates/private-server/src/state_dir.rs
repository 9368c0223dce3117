//! The state directory: the files of the private server, and who may read them.
//!
//! ```text
//! .reviewseed/             0700: only its owner reaches the socket, so root needs no password
//!   lock                   locked while a server is started or stopped
//!   server/                renamed into place when the initialisation is complete
//!     data/                the data directory of the server
//!     made-by.json         the product and program that initialised it
//!     redo-log-off         exists while the redo log may be off
//!     replaced-files.json  exists while files of tables are replaced
//!     tmp/                 for the sorts of the server, which empties it
//!   running.json           process, socket, port; exists while a server runs, or after a crash
//!   server.pid server.sock server.log server.log.1 initialise.log start.sql
//!   password               0600, of the TCP account
//! ```
//!
//! All paths are made here, so that nothing outside of the directory is ever removed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::Hasher;
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Record;
use crate::error::{Error, LogExcerpt, Result};
use crate::files::{
    create_private, read_json, remove_if_exists, restrict_to_owner, write_json, write_private,
};
use crate::process::{self, ServerPid};
use crate::programs::Product;

/// Longest path of a socket: `sun_path` has 108 bytes on Linux, 104 on macOS and the BSDs, and the
/// last byte is NUL.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Number of lines of a log that an error message shows.
const LOG_LINES: usize = 8;

/// A state directory that exists.
#[derive(Debug, Clone)]
pub(super) struct StateDir {
    /// Absolute path without symbolic links.
    root: PathBuf,
}

/// The content of `made-by.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MadeBy {
    #[serde(flatten)]
    pub(super) product: Product,
    pub(super) binary: PathBuf,
}

impl StateDir {
    /// Opens the directory. If it is missing, creates it with mode 0700.
    pub(super) fn create(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(Error::io(|| {
                format!("cannot create '{}' for the private server", path.display())
            }))?;
        Self::open(path)?.ok_or_else(|| {
            Error::StateDir(format!(
                "another process removed '{}' just now",
                path.display()
            ))
        })
    }

    /// Opens the directory, if it exists, and sets its mode to 0700.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        let root = match path.canonicalize() {
            Ok(root) => root,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error)
                    .map_err(Error::io(|| format!("cannot open '{}'", path.display())));
            }
        };
        restrict_to_owner(&root)?;
        Ok(Some(Self { root }))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn data(&self) -> PathBuf {
        self.complete().join("data")
    }

    /// `server/`, which exists exactly when the initialisation is complete.
    pub(super) fn complete(&self) -> PathBuf {
        self.root.join("server")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    pub(super) fn initialise_log(&self) -> PathBuf {
        self.root.join("initialise.log")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.root.join("server.pid")
    }

    pub(super) fn start_sql(&self) -> PathBuf {
        self.root.join("start.sql")
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.complete().join("tmp")
    }

    /// Size in bytes of the tables in all databases except those of the server itself; 0 before the
    /// data directory is initialised.
    pub(super) fn tables(&self) -> u64 {
        const OF_SERVER: [&str; 3] = ["mysql", "sys", "performance_schema"];
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let databases = entries(&self.data())
            .filter(|entry| !OF_SERVER.iter().any(|name| *name == entry.file_name()));
        let files = databases.flat_map(|database| entries(&database.path()));
        let tables = files.filter(|file| file.path().extension().is_some_and(|e| e == "ibd"));
        tables
            .flat_map(|file| file.metadata())
            .map(|m| m.len())
            .sum()
    }

    pub(super) fn record_path(&self) -> PathBuf {
        self.root.join("running.json")
    }

    /// Waits until no other process starts or stops this server. The lock is released when the
    /// returned file is dropped, or when the process ends.
    pub(super) fn lock(&self) -> Result<File> {
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(Error::io(|| format!("cannot lock '{}'", path.display())))
    }

    /// The process that runs on our data directory now. The pid in a file is only a hint, because
    /// the file still exists after a crash. A start that was killed just after it had started the
    /// server has written no file, so all processes are looked at, too.
    pub(super) fn server_pid(&self) -> Option<ServerPid> {
        let recorded = self.record().ok().flatten().map(|record| record.pid);
        // a start that was killed before it wrote running.json left only the server's pid file
        let from_pid_file = || {
            fs::read_to_string(self.pid_file())
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        let serves = |pid: &ServerPid| process::serves(*pid, &self.data());
        recorded
            .filter(serves)
            .or_else(|| from_pid_file().filter(serves))
            .or_else(|| process::server_of(&self.data()))
    }

    pub(super) fn record(&self) -> Result<Option<Record>> {
        read_json(&self.record_path())
    }

    pub(super) fn write_record(&self, record: &Record) -> Result<()> {
        write_json(&self.record_path(), record)
    }

    pub(super) fn made_by(&self) -> Result<Option<MadeBy>> {
        let path = self.complete().join("made-by.json");
        let made = read_json(&path)?;
        if made.is_none() && self.complete().exists() {
            return Err(Error::StateDir(format!(
                "'{}' is missing; remove '{}' to start over with an empty server",
                path.display(),
                self.root.display()
            )));
        }
        Ok(made)
    }

    /// Writes the program to `made-by.json`, so that the next start uses the same program.
    pub(super) fn remember_maker(&self, product: &Product, binary: &Path) -> Result<()> {
        write_made_by(&self.complete(), product, binary)
    }

    /// Removes the files that a killed server has left. No server may run.
    pub(super) fn remove_stale_files(&self) -> Result<()> {
        let socket = self.socket();
        let mut lock = socket.clone().into_os_string();
        lock.push(".lock");
        for path in [
            &socket,
            Path::new(&lock),
            &self.pid_file(),
            &self.record_path(),
            &self.start_sql(),
        ] {
            remove_if_exists(path)?;
        }
        if let Some(folder) = socket.parent().filter(|folder| *folder != self.root) {
            // an error is ignored: the folder may have files that are not ours
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// `server.sock` in the state directory. If that path is too long for a socket or is not UTF-8,
    /// `server.sock` in a folder of this user in /tmp.
    fn socket(&self) -> PathBuf {
        let socket = self.root.join("server.sock");
        if socket.as_os_str().len() <= LONGEST_SOCKET && socket.to_str().is_some() {
            return socket;
        }
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        hash.write(self.root.as_os_str().as_bytes());
        // not XDG_RUNTIME_DIR: it is removed at logout, and the server keeps running. Not TMPDIR:
        // it is long on macOS, and two commands may have different ones.
        let uid = rustix::process::geteuid().as_raw();
        PathBuf::from(format!(
            "/tmp/reviewseed-{uid}-{:016x}/server.sock",
            hash.finish()
        ))
    }

    /// Creates the folder of the socket with mode 0700, and returns the path of the socket.
    pub(super) fn create_socket_folder(&self) -> Result<PathBuf> {
        let socket = self.socket();
        let folder = socket.parent().unwrap_or(&self.root);
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).map_err(Error::io(|| {
                    format!(
                        "cannot create '{}' for the server's socket",
                        folder.display()
                    )
                }));
            }
            _ => restrict_to_owner(folder)?,
        }
        Ok(socket)
    }

    /// Writes the SQL that the server runs before it accepts the first connection. The account for
    /// TCP exists only while the server listens on a port.
    pub(super) fn write_start_sql(&self, port: Option<u16>) -> Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.tmp())
            .map_err(Error::io(|| {
                format!("cannot create '{}'", self.tmp().display())
            }))?;
        let accounts = match port {
            Some(_) => include_str!("start_tcp.sql").replace(":password", &self.make_password()?),
            None => include_str!("start_socket_only.sql").to_owned(),
        };
        write_private(
            &self.start_sql(),
            &format!("{}{accounts}", include_str!("start.sql")),
        )
    }

    /// The password of the TCP account.
    pub(super) fn password(&self) -> Result<String> {
        let path = self.password_path();
        let text = fs::read_to_string(&path).map_err(Error::io(|| {
            format!("cannot read the password in '{}'", path.display())
        }))?;
        Ok(text.trim().to_owned())
    }

    fn password_path(&self) -> PathBuf {
        self.root.join("password")
    }

    /// Returns the password, and makes one at the first start. It stays the same, because users
    /// may have written it into the settings of other programs.
    fn make_password(&self) -> Result<String> {
        if !self.password_path().exists() {
            let mut bytes = [0; 24];
            File::open("/dev/urandom")
                .and_then(|mut random| random.read_exact(&mut bytes))
                .map_err(Error::io(|| "cannot make a password from /dev/urandom"))?;
            let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            write_private(&self.password_path(), &format!("{password}\n"))?;
        }
        let password = self.password()?;
        if password.is_empty() || !password.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Error::StateDir(format!(
                "the password in '{}' must consist of letters and digits; remove the file, and the next start makes a new password",
                self.password_path().display()
            )));
        }
        Ok(password)
    }

    /// Opens an empty log for the server. The previous one is kept, because it may explain a crash.
    pub(super) fn new_log(&self) -> Result<File> {
        let path = self.log();
        if path.exists() {
            fs::rename(&path, path.with_extension("log.1"))
                .map_err(Error::io(|| format!("cannot rename '{}'", path.display())))?;
        }
        create_private(&path)
    }

    /// The last errors of a log, or its last lines if it has no errors.
    pub(super) fn log_excerpt(&self, path: &Path) -> LogExcerpt {
        let bytes = fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let errors: Vec<&str> = lines
            .iter()
            .copied()
            .filter(|line| line.contains("ERROR"))
            .collect();
        let shown = if errors.is_empty() { &lines } else { &errors };
        let last = &shown[shown.len().saturating_sub(LOG_LINES)..];
        let apparmor = Path::new("/etc/apparmor.d/usr.sbin.mysqld").exists()
            && text.contains("ermission denied");
        let hint = if apparmor {
            "\n  AppArmor allows a packaged mysqld its own folders only: use another server program (scripts/servers mysql, or apt install mariadb-server)"
        } else if text.contains("No space left on device") || text.contains("Out of disk space") {
            "\n  the disk is full: free some space, or change to a folder on another disk, and run the same command again"
        } else {
            ""
        };
        if last.is_empty() {
            return LogExcerpt(format!("its log '{}' is empty", path.display()));
        }
        LogExcerpt(format!(
            "its log '{}' says\n  {}{hint}",
            path.display(),
            last.join("\n  ")
        ))
    }
}

pub(super) fn write_made_by(complete: &Path, product: &Product, binary: &Path) -> Result<()> {
    write_json(
        &complete.join("made-by.json"),
        &MadeBy {
            product: product.clone(),
            binary: binary.to_owned(),
        },
    )
}
