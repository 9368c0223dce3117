//! The files of the private server, and who may see them.
//!
//! ```text
//! .reviewseed/             0700: the socket needs no password because nobody else gets here
//!   lock                   held while a server is started or stopped
//!   server/                put in place by one rename when its initialisation is complete
//!     data/                the server's own
//!     made-by.json         by which product and program
//!     redo-log-off         there while its redo log may be off
//!     tmp/                 for its sorts; emptied by the server
//!   running.json           process, socket, port; there while a server runs, or after a crash
//!   server.pid server.sock server.log server.log.1 initialise.log start.sql
//!   password               0600, for TCP
//! ```
//!
//! Separate so that every path has one name, and nothing outside is ever removed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::Hasher;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Record;
use super::find::Product;
use super::process::{self, ServerPid};

/// `sun_path` of Linux holds 108 bytes, that of macOS and the BSDs 104; the last one is NUL.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A state directory that exists, by its absolute path.
#[derive(Debug, Clone)]
pub(super) struct StateDir {
    root: PathBuf,
}

/// `made-by.json`
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MadeBy {
    #[serde(flatten)]
    pub(super) product: Product,
    pub(super) binary: PathBuf,
}

impl StateDir {
    /// The directory, made if need be, and closed to others.
    pub(super) fn create(path: &Path) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| {
                format!("cannot create '{}' for the private server", path.display())
            })?;
        Self::open(path)?.with_context(|| format!("'{}' has just been removed", path.display()))
    }

    /// The directory, if it exists.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        let root = match path.canonicalize() {
            Ok(root) => root,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot open '{}'", path.display()));
            }
        };
        close_to_others(&root)?;
        Ok(Some(Self { root }))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn data(&self) -> PathBuf {
        self.complete().join("data")
    }

    /// `server/`: there when, and only when, the initialisation is complete.
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

    /// Bytes of the tables in its databases, those of the server itself left out; 0 before it is
    /// initialised.
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

    /// Waits until no other process starts or stops this server; ends with the value, or with the
    /// process.
    pub(super) fn lock(&self) -> Result<File> {
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.with_context(|| format!("cannot lock '{}'", path.display()))
    }

    /// The process that serves our data directory now, whatever the files claim.
    pub(super) fn server_pid(&self) -> Option<ServerPid> {
        let recorded = self.record().ok().flatten().map(|record| record.pid);
        // a start that was killed between spawning and recording left only the server's own word
        let own = || {
            fs::read_to_string(self.pid_file())
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        let serves = |pid: &ServerPid| process::serves(*pid, &self.data());
        recorded.filter(serves).or_else(|| own().filter(serves))
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
            bail!(
                "'{}' is missing; remove '{}' to begin anew",
                path.display(),
                self.root.display()
            );
        }
        Ok(made)
    }

    /// The program last used is the one to use next time, too.
    pub(super) fn remember_maker(&self, product: &Product, binary: &Path) -> Result<()> {
        write_made_by(&self.complete(), product, binary)
    }

    /// Removes what a server that has ended may have left; only ever called when none runs.
    pub(super) fn sweep(&self) -> Result<()> {
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
            remove_if_there(path)?;
        }
        if let Some(place) = socket.parent().filter(|place| *place != self.root) {
            // shared with nobody, but if someone put something there, it stays
            let _ = fs::remove_dir(place);
        }
        Ok(())
    }

    /// `server.sock` in the state directory, or in a short one where its path would be too long, or
    /// is no text.
    fn socket(&self) -> PathBuf {
        let socket = self.root.join("server.sock");
        if socket.as_os_str().len() <= LONGEST_SOCKET && socket.to_str().is_some() {
            return socket;
        }
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        hash.write(self.root.as_os_str().as_bytes());
        // not XDG_RUNTIME_DIR, which ends with the login session that the server outlives, and not
        // TMPDIR, which is long on macOS and may differ between two commands
        let uid = rustix::process::geteuid().as_raw();
        PathBuf::from(format!(
            "/tmp/reviewseed-{uid}-{:016x}/server.sock",
            hash.finish()
        ))
    }

    /// The path of the socket, with its folder made and closed to others.
    pub(super) fn make_socket_place(&self) -> Result<PathBuf> {
        let socket = self.socket();
        let place = socket.parent().context("a socket has a folder")?;
        match DirBuilder::new().mode(0o700).create(place) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| {
                    format!(
                        "cannot create '{}' for the server's socket",
                        place.display()
                    )
                });
            }
            _ => close_to_others(place)?,
        }
        Ok(socket)
    }

    /// What the server runs before it takes the first connection.
    pub(super) fn write_start_sql(&self, tcp: bool) -> Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.tmp())?;
        let accounts = if tcp {
            include_str!("start_tcp.sql").replace(":password", &self.make_password()?)
        } else {
            include_str!("start_socket_only.sql").to_owned()
        };
        write_private(
            &self.start_sql(),
            &format!("{}{accounts}", include_str!("start.sql")),
        )
    }

    /// The password of the TCP account.
    pub(super) fn password(&self) -> Result<String> {
        let path = self.password_path();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read the password in '{}'", path.display()))?;
        Ok(text.trim().to_owned())
    }

    fn password_path(&self) -> PathBuf {
        self.root.join("password")
    }

    /// The same one at every start, so that what others were told stays true.
    fn make_password(&self) -> Result<String> {
        if !self.password_path().exists() {
            let mut bytes = [0; 24];
            File::open("/dev/urandom")
                .and_then(|mut random| random.read_exact(&mut bytes))
                .context("cannot make a password")?;
            let password: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            write_private(&self.password_path(), &format!("{password}\n"))?;
        }
        let password = self.password()?;
        if password.is_empty() || !password.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            bail!(
                "'{}' must hold letters and digits; remove it to have another one made",
                self.password_path().display()
            );
        }
        Ok(password)
    }

    /// A log for the server to write to; the previous one is kept, it may tell of a crash.
    pub(super) fn new_log(&self) -> Result<File> {
        let path = self.log();
        if path.exists() {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        create_private(&path)
    }

    /// What the end of a log says, as an error: its errors, or its last lines.
    pub(super) fn log_tail(&self, path: &Path) -> anyhow::Error {
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
        let telling = if errors.is_empty() { &lines } else { &errors };
        let last = &telling[telling.len().saturating_sub(8)..];
        let apparmor = Path::new("/etc/apparmor.d/usr.sbin.mysqld").exists()
            && text.contains("ermission denied");
        let hint = if apparmor {
            "\n  AppArmor keeps a packaged mysqld to its own folders: use another one (scripts/servers, mariadb-server)"
        } else {
            ""
        };
        if last.is_empty() {
            return anyhow!("its log '{}' is empty", path.display());
        }
        anyhow!(
            "its log '{}' says\n  {}{hint}",
            path.display(),
            last.join("\n  ")
        )
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

pub(super) fn create_private(path: &Path) -> Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write '{}'", path.display()))
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    // beside it and then renamed: whoever reads it, after a crash too, finds all of it
    let partial = path.with_extension("partial");
    create_private(&partial)?
        .write_all(text.as_bytes())
        .with_context(|| format!("cannot write '{}'", partial.display()))?;
    fs::rename(&partial, path).with_context(|| format!("cannot write '{}'", path.display()))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write_private(path, &format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes);
            value
                .map(Some)
                .with_context(|| format!("cannot understand '{}'; was it edited?", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read '{}'", path.display())),
    }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove '{}'", path.display()))
        }
        _ => Ok(()),
    }
}

/// Makes sure that the folder is a folder, is ours, and lets nobody else in.
fn close_to_others(folder: &Path) -> Result<()> {
    // a link in /tmp may be someone else's trap
    let meta = fs::symlink_metadata(folder)
        .with_context(|| format!("cannot open '{}'", folder.display()))?;
    let me = rustix::process::geteuid().as_raw();
    if !meta.is_dir() {
        bail!("'{}' is not a folder; remove it", folder.display());
    }
    if meta.uid() != me {
        bail!(
            "'{}' belongs to user {}, and this is user {me}; work as that user, or in another folder",
            folder.display(),
            meta.uid()
        );
    }
    if meta.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot close '{}' to others", folder.display()))?;
    }
    Ok(())
}
