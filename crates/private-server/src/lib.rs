//! The private server: a mysqld or mariadbd for users who name no database.
//!
//! A [`PrivateServer`] owns one state directory (`.reviewseed/`) and the one server that runs in
//! it. Several processes may call [`PrivateServer::start`] at the same time. Whether the server
//! runs already, was killed, or does not exist yet, `start` returns a server that answers: it
//! repeats a killed initialisation and removes a stale socket or pid file. It sends a signal only
//! to a process whose command line names our data directory. The server keeps running when the
//! command that started it has ended.
//!
//! This crate is synchronous and prints nothing. It reads the server's handshake to see whether the
//! server answers, so it needs no client library and no account. Async code calls it in
//! `spawn_blocking`.
//!
//! `programs` finds the programs, `settings` decides the arguments of the server, `state_dir` owns
//! the files, `process` starts and stops processes, `launch` waits until they answer, and
//! `redo_log` owns the mark file that says that a crash would destroy the data. `stopped_server`
//! replaces files of tables while the server is stopped, and `replaced_files` makes that safe
//! against a kill.

mod error;
mod files;
mod initialise;
mod launch;
mod process;
mod programs;
mod redo_log;
mod replaced_files;
mod running_server;
mod settings;
mod state_dir;
mod stopped_server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use error::Result;
pub use error::{Error, LogExcerpt};
use launch::wait_until_it_answers;
use process::ServerPid;
pub use programs::{Flavour, Product};
pub use redo_log::RedoLogMark;
pub use replaced_files::FileReplacement;
use replaced_files::Progress;
pub use running_server::RunningServer;
pub use settings::container_memory;
use state_dir::StateDir;
pub use stopped_server::{RestartedServer, StoppedServer};

/// The database of the private server that holds the tables.
pub const DATABASE: &str = "reviews";

/// How long a server may take to stop, writing back a full buffer pool included.
const STOP_LIMIT: Duration = Duration::from_secs(120);
/// Pause between two attempts to connect.
const POLL: Duration = Duration::from_millis(20);

/// About how long it takes to initialise a data directory and start the server.
const FIRST_TIME: Duration = Duration::from_secs(5);
/// About how long it takes to start a server whose data directory exists.
const AGAIN: Duration = Duration::from_secs(2);

/// Where the files of the server are, and how it is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The state directory; created when it is missing.
    pub state_dir: PathBuf,
    /// The server program (a mysqld or a mariadbd); `None`: the program that initialised the data,
    /// or if there is none, the first that a search finds.
    pub mysqld: Option<PathBuf>,
    /// The port of 127.0.0.1 on which the server also listens, 0 for any free port; `None`: the
    /// server listens on the unix socket only.
    pub tcp: Option<u16>,
    /// `innodb_buffer_pool_size` in bytes; `None`: a size that suits the memory of the machine.
    pub buffer_pool: Option<u64>,
}

/// The private server of one state directory, whether it runs or not.
#[derive(Debug, Clone)]
pub struct PrivateServer {
    options: Options,
    /// Size of the tables in bytes, from which the size of the redo log is computed; `None`: the
    /// size of the tables that the server has now.
    tables: Option<u64>,
}

/// What [`PrivateServer::stop`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopResult {
    /// The server with this process id shut down cleanly.
    Stopped(i32),
    /// No server was running.
    NotRunning,
}

/// `running.json`: what later commands must know about the server that was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    pid: i32,
    #[serde(flatten)]
    product: Product,
    binary: PathBuf,
    socket: PathBuf,
    port: Option<u16>,
    /// Size of the buffer pool in bytes; 0 when an older version of this program wrote the file.
    #[serde(default)]
    buffer_pool: u64,
    /// Size in bytes to which the redo log can be enlarged while the server runs; 0 when it cannot
    /// be enlarged.
    #[serde(default)]
    largest_redo_log: u64,
}

/// The server program that a new private server would run, and its version. `named` has priority
/// over what a search finds.
///
/// # Errors
///
/// When no server program is found, or it does not print its version.
pub fn find_program(named: Option<&Path>) -> Result<(PathBuf, Product)> {
    let binary = programs::server(named, None)?;
    let product = programs::identify(&binary)?;
    Ok((binary, product))
}

impl PrivateServer {
    /// The server that `options` describes. Starts and changes nothing.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            tables: None,
        }
    }

    /// Returns a server that answers: the one that runs, or one that is started now. A missing data
    /// directory is initialised first.
    ///
    /// # Errors
    ///
    /// When no server program is found, when another product made the data directory, when the
    /// running server differs from the options, or when the server does not start (with the end of
    /// its log).
    pub fn start(&self) -> Result<RunningServer> {
        if !self.options.state_dir.exists() {
            // if no server program is found, this fails before anything is created
            programs::server(self.options.mysqld.as_deref(), None)?;
        }
        let state = StateDir::create(&self.options.state_dir)?;
        let _lock = state.lock()?;
        let progress = replaced_files::mark(&state)?.map(|mark| mark.progress);
        // this command has the lock, so nobody is about to record a server that is not recorded
        let recorded = state.record().ok().flatten().map(|record| record.pid);
        if let Some(pid) = state.server_pid()
            && (progress == Some(Progress::Stopping) || recorded != Some(pid))
        {
            stop_process(&state, pid)?;
        }
        if let Some(running) = self.adopt(&state)? {
            replaced_files::accept(&state)?;
            return Ok(running);
        }
        if let Some(Progress::Stopping | Progress::Placing) = progress {
            replaced_files::put_back(&state)?;
        }

        initialise::remove_partial(&state)?;
        let made_by = state.made_by()?;
        let remembered = made_by.as_ref().map(|made| made.binary.as_path());
        let binary = programs::server(self.options.mysqld.as_deref(), remembered)?;
        let product = programs::identify(&binary)?;
        match made_by {
            Some(made) => check_same_series(&made.product, &product, &binary, &state)?,
            None => self.initialise(&state, &binary, &product)?,
        }
        state.remember_maker(&product, &binary)?;
        // read once, because each launch replaces the record
        let server = self.as_before(state.record().ok().flatten().as_ref());
        let launched = server.launch_with_replaced_files(&state, &binary, &product);
        if launched.is_ok() || !redo_log::prevented_start(&state) {
            return launched;
        }
        redo_log::discard_data(&state)?;
        server.initialise(&state, &binary, &product)?;
        let running = server.launch(state, binary, product)?;
        Ok(RunningServer {
            data_recreated: true,
            ..running
        })
    }

    /// Whether the state directory has the data of a server, running or stopped.
    ///
    /// # Errors
    ///
    /// When the state directory cannot be read.
    pub fn has_data(&self) -> Result<bool> {
        let Some(state) = StateDir::open(&self.options.state_dir)? else {
            return Ok(false);
        };
        Ok(state.made_by()?.is_some())
    }

    /// About how long [`PrivateServer::start`] will take; `None` if the server runs already.
    ///
    /// # Errors
    ///
    /// When the state directory cannot be read.
    pub fn start_takes(&self) -> Result<Option<Duration>> {
        let state = StateDir::open(&self.options.state_dir)?;
        if state.is_some_and(|state| state.server_pid().is_some()) {
            return Ok(None);
        }
        Ok(Some(match self.has_data()? {
            true => AGAIN,
            false => FIRST_TIME,
        }))
    }

    /// The running server, or `None`. Waits for a server that is starting.
    ///
    /// # Errors
    ///
    /// When the state directory cannot be read, or when the server does not answer in time.
    pub fn running(&self) -> Result<Option<RunningServer>> {
        let Some(state) = StateDir::open(&self.options.state_dir)? else {
            return Ok(None);
        };
        let Some(pid) = state.server_pid() else {
            return Ok(None);
        };
        wait_until_it_answers(&state, pid, None)
    }

    /// Shuts the server down cleanly (SIGTERM) and waits until it has ended.
    ///
    /// # Errors
    ///
    /// When the server still runs after two minutes; it continues to shut down.
    pub fn stop(&self) -> Result<StopResult> {
        let Some(state) = StateDir::open(&self.options.state_dir)? else {
            return Ok(StopResult::NotRunning);
        };
        let _lock = state.lock()?;
        let Some(pid) = state.server_pid() else {
            state.remove_stale_files()?;
            return Ok(StopResult::NotRunning);
        };
        stop_process(&state, pid)?;
        state.remove_stale_files()?;
        Ok(StopResult::Stopped(pid))
    }

    /// The server that runs already, if any; an error when it differs from the options.
    fn adopt(&self, state: &StateDir) -> Result<Option<RunningServer>> {
        let Some(pid) = state.server_pid() else {
            return Ok(None);
        };
        let Some(running) = wait_until_it_answers(state, pid, None)? else {
            return Ok(None);
        };
        match (self.options.tcp, running.record.port) {
            (Some(_), None) => {
                return Err(Error::Mismatch(format!(
                    "the server (pid {pid}) runs without TCP; run 'reviewseed server stop', then 'reviewseed server start --tcp'"
                )));
            }
            (Some(wanted), Some(port)) if wanted != 0 && wanted != port => {
                return Err(Error::Mismatch(format!(
                    "the server (pid {pid}) listens on port {port}, not {wanted}; run 'reviewseed server stop', then 'reviewseed server start --tcp {wanted}'"
                )));
            }
            _ => {}
        }
        if let Some(wanted) = self.options.buffer_pool
            && wanted != running.record.buffer_pool
        {
            return Err(Error::Mismatch(format!(
                "the server (pid {pid}) runs with a buffer pool of {} bytes, not {wanted}; run 'reviewseed server stop', then 'reviewseed server start --buffer-pool SIZE'",
                running.record.buffer_pool
            )));
        }
        if let Some(named) = &self.options.mysqld {
            let binary = programs::server(Some(named), None)?;
            // the record has the version of this program, so the program is not asked
            if binary == running.record.binary {
                return Ok(Some(running));
            }
            let product = programs::identify(&binary)?;
            if !product.same_series(&running.record.product) {
                return Err(Error::Mismatch(format!(
                    "the server that runs in '{}' (pid {pid}) is {}, but '{}' is {product}; leave --mysqld (REVIEWSEED_MYSQLD) out, or run 'reviewseed server stop' and remove that folder with all its data",
                    state.root().display(),
                    running.record.product,
                    binary.display()
                )));
            }
        }
        Ok(Some(running))
    }

    fn initialise(&self, state: &StateDir, binary: &Path, product: &Product) -> Result<()> {
        let redo_log = self.plan(state, product, None).redo_log_choice();
        initialise::run(state, binary, product, &redo_log)
    }

    fn plan(&self, state: &StateDir, product: &Product, port: Option<u16>) -> settings::Plan {
        settings::Plan {
            flavour: product.flavour,
            account: settings::Account::current(),
            machine: settings::Machine::measure(state.root()),
            buffer_pool: self.options.buffer_pool,
            port,
            tables: self.tables.unwrap_or_else(|| state.tables()),
            resizable: settings::is_resizable(product),
        }
    }

    /// A copy of this value for the next start of a server that was killed or has crashed. Options
    /// that the user did not give are those of `before`, the record of that server. A server that
    /// was stopped leaves no record.
    fn as_before(&self, before: Option<&Record>) -> PrivateServer {
        let mut server = self.clone();
        if let Some(record) = before {
            let pool = Some(record.buffer_pool).filter(|bytes| *bytes > 0);
            let port = record.port.filter(|port| process::free_port(*port).is_ok());
            server.options.buffer_pool = server.options.buffer_pool.or(pool);
            server.options.tcp = server.options.tcp.or(port);
        }
        server
    }
}

/// Asks the server to shut down, and waits until it has ended.
fn stop_process(state: &StateDir, pid: ServerPid) -> Result<()> {
    process::terminate(pid)?;
    let asked = Instant::now();
    while process::serves(pid, &state.data()) {
        if asked.elapsed() > STOP_LIMIT {
            return Err(Error::StillRunning(format!(
                "the server (pid {pid}) still runs {} s after it was asked to stop; it may be writing its buffer pool to the disk, see '{}'",
                STOP_LIMIT.as_secs(),
                state.log().display()
            )));
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn check_same_series(
    made: &Product,
    found: &Product,
    binary: &Path,
    state: &StateDir,
) -> Result<()> {
    if made.same_series(found) {
        return Ok(());
    }
    Err(Error::Mismatch(format!(
        "'{}' was initialised by {made}, but '{}' is {found}; name a {} {} with --mysqld, or remove '{}' with all its data to start over",
        state.data().display(),
        binary.display(),
        made.flavour,
        made.series(),
        state.root().display()
    )))
}
