//! The private server: a mysqld (else mariadbd) of our own, for those who have none to name.
//!
//! Owns one state directory (`.reviewseed/`) and the one server that runs in it. `start` may be
//! called at any time, by several processes at once: it ends with a server that answers, whether it
//! ran already, was killed, or never existed. A killed initialisation is redone, a stale socket or
//! pid file is swept away, and no process is signalled unless it is seen to serve our data
//! directory. The server outlives the command that started it.
//!
//! Everything here is synchronous and prints nothing: whether the server answers is read from its
//! handshake, so that no client library, runtime or account is needed to know it. From async code,
//! call it in `spawn_blocking`.
//!
//! `find` looks for programs, `settings` decides the server's arguments, `state` owns the files,
//! `process` what runs, `redo_log` the mark of a server that a crash would destroy.

mod find;
mod initialise;
mod process;
mod redo_log;
mod running;
mod settings;
mod state;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

pub use find::{Flavour, Product};
use process::{Child, ServerPid};
pub use redo_log::RedoLogMark;
pub use running::Running;
use state::StateDir;

/// The database of the private server that holds the tables.
pub const DATABASE: &str = "reviews";

/// Crash recovery of a large redo log takes a while; a server that needs longer is reported and
/// left to go on.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Writing back a full buffer pool takes a while, too.
const STOP_LIMIT: Duration = Duration::from_secs(120);
/// The moment between spawning a server and recording it, in another process.
const RECORD_LIMIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(20);

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the server lives; created when needed.
    pub state_dir: PathBuf,
    /// The server program to use (a mysqld or a mariadbd); `None`: the one that initialised the
    /// data, else search.
    pub mysqld: Option<PathBuf>,
    /// Listen on this port of 127.0.0.1 as well, 0 for any free one; `None`: on the unix socket
    /// only.
    pub tcp: Option<u16>,
    /// Bytes of memory in which it keeps tables (`innodb_buffer_pool_size`); `None`: by the
    /// machine's memory.
    pub buffer_pool: Option<u64>,
}

/// The private server of one state directory, running or not.
#[derive(Debug, Clone)]
pub struct PrivateServer {
    options: Options,
}

/// What `stop` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The server with this process id has ended cleanly.
    Ended(i32),
    /// There was none.
    NotRunning,
}

/// `running.json`: what a later command must know about the server that was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    pid: i32,
    #[serde(flatten)]
    product: Product,
    binary: PathBuf,
    socket: PathBuf,
    port: Option<u16>,
    /// Bytes.
    #[serde(default)]
    buffer_pool: u64,
    /// Bytes that its redo log may grow to; 0 when it cannot grow.
    #[serde(default)]
    largest_redo_log: u64,
}

impl PrivateServer {
    /// The server that `options` describes; nothing is touched yet.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Ends with a server that answers: the one that runs, or one that is started now, initialised
    /// before if need be.
    ///
    /// Fails when no server program is found, when the data directory was made by another product,
    /// when a running server is not what `options` asks for, or when the server does not come up
    /// (with the end of its log).
    pub fn start(&self) -> Result<Running> {
        if !self.options.state_dir.exists() {
            // fail before anything is created
            find::server(self.options.mysqld.as_deref(), None)?;
        }
        let state = StateDir::create(&self.options.state_dir)?;
        let _lock = state.lock()?;
        if let Some(running) = self.adopt(&state)? {
            return Ok(running);
        }

        initialise::remove_partial(&state)?;
        let made_by = state.made_by()?;
        let remembered = made_by.as_ref().map(|made| made.binary.as_path());
        let binary = find::server(self.options.mysqld.as_deref(), remembered)?;
        let product = find::identify(&binary)?;
        match made_by {
            Some(made) => check_same_series(&made.product, &product, &binary, &state)?,
            None => self.initialise(&state, &binary, &product)?,
        }
        state.remember_maker(&product, &binary)?;
        let launched = self.launch(state.clone(), binary.clone(), product.clone());
        if launched.is_ok() || !redo_log::is_why_it_failed(&state) {
            return launched;
        }
        redo_log::discard_data(&state)?;
        self.initialise(&state, &binary, &product)?;
        let running = self.launch(state, binary, product)?;
        Ok(Running {
            begun_anew: true,
            ..running
        })
    }

    /// The running server, or `None`; waits for one that is just coming up.
    pub fn running(&self) -> Result<Option<Running>> {
        let Some(state) = StateDir::open(&self.options.state_dir)? else {
            return Ok(None);
        };
        let Some(pid) = state.server_pid() else {
            return Ok(None);
        };
        answering(&state, pid, None)
    }

    /// Asks the server to end (SIGTERM, a clean shutdown) and waits until it has.
    ///
    /// Fails when it still runs after two minutes: it is then left to finish writing.
    pub fn stop(&self) -> Result<Stopped> {
        let Some(state) = StateDir::open(&self.options.state_dir)? else {
            return Ok(Stopped::NotRunning);
        };
        let _lock = state.lock()?;
        let Some(pid) = state.server_pid() else {
            state.sweep()?;
            return Ok(Stopped::NotRunning);
        };
        process::terminate(pid)?;
        let asked = Instant::now();
        while process::serves(pid, &state.data()) {
            if asked.elapsed() > STOP_LIMIT {
                bail!(
                    "the server (pid {pid}) still runs {} s after it was asked to stop; it may be writing back its memory, see '{}'",
                    STOP_LIMIT.as_secs(),
                    state.log().display()
                );
            }
            std::thread::sleep(POLL);
        }
        state.sweep()?;
        Ok(Stopped::Ended(pid))
    }

    /// The server that runs already, if it is what was asked for.
    fn adopt(&self, state: &StateDir) -> Result<Option<Running>> {
        let Some(pid) = state.server_pid() else {
            return Ok(None);
        };
        let Some(running) = answering(state, pid, None)? else {
            return Ok(None);
        };
        match (self.options.tcp, running.record.port) {
            (Some(_), None) => bail!(
                "the server (pid {pid}) runs without TCP; 'reviewseed server stop', then start it with --tcp"
            ),
            (Some(wanted), Some(port)) if wanted != 0 && wanted != port => bail!(
                "the server (pid {pid}) listens on port {port}, not {wanted}; 'reviewseed server stop', then start it with --tcp {wanted}"
            ),
            _ => {}
        }
        if let Some(wanted) = self.options.buffer_pool
            && wanted != running.record.buffer_pool
        {
            bail!(
                "the server (pid {pid}) runs with a buffer pool of {} bytes, not {wanted}; 'reviewseed server stop', then start it with --buffer-pool",
                running.record.buffer_pool
            );
        }
        if let Some(named) = &self.options.mysqld {
            let binary = find::server(Some(named), None)?;
            let product = find::identify(&binary)?;
            if !product.same_series(&running.record.product) {
                bail!(
                    "the server that runs in '{}' (pid {pid}) is {}, but '{}' is {product}; 'reviewseed server stop', then remove that folder, or leave --mysqld (REVIEWSEED_MYSQLD) away",
                    state.root().display(),
                    running.record.product,
                    binary.display()
                );
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
            tables: state.tables(),
            resizable: settings::is_resizable(product),
        }
    }

    fn launch(&self, state: StateDir, binary: PathBuf, product: Product) -> Result<Running> {
        state.sweep()?;
        let port = self.options.tcp.map(process::free_port).transpose()?;
        let plan = self.plan(&state, &product, port);
        let socket = state.make_socket_place()?;
        state.write_start_sql(port.is_some())?;
        let child = process::spawn_detached(&binary, &plan.arguments(&state, &socket), &state)?;
        let record = Record {
            pid: child.pid(),
            product,
            binary,
            socket,
            port,
            buffer_pool: plan.buffer_pool(),
            largest_redo_log: match plan.resizable {
                true => plan.largest_redo_log(),
                false => 0,
            },
        };
        // before it answers: a start that is killed while it waits leaves a server that the next
        // one finds
        state.write_record(&record)?;
        let pid = record.pid;
        match answering(&state, pid, Some(child))? {
            Some(running) => Ok(running),
            None => {
                // the record of what never answered would only mislead
                state.sweep()?;
                Err(state.log_tail(&state.log())).context("the server ended while it was starting")
            }
        }
    }
}

/// Waits until the server with this pid answers; `None` when the process has ended instead.
///
/// `child` is given by the one who spawned it and may look at its fate.
fn answering(
    state: &StateDir,
    pid: ServerPid,
    mut child: Option<Child>,
) -> Result<Option<Running>> {
    let begin = Instant::now();
    loop {
        let record = state.record()?.filter(|record| record.pid == pid);
        let limit = if record.is_some() {
            START_LIMIT
        } else {
            RECORD_LIMIT
        };
        let error = match record {
            Some(record) => match process::handshake(&record.socket) {
                Ok(()) => {
                    return Ok(Some(Running {
                        record,
                        state: state.clone(),
                        started_now: child.is_some(),
                        begun_anew: false,
                    }));
                }
                Err(error) => error,
            },
            None => anyhow!("its record '{}' is lost", state.record_path().display()),
        };
        let ended = match &mut child {
            Some(child) => child.ended()?,
            None => !process::serves(pid, &state.data()),
        };
        if ended {
            return Ok(None);
        }
        if begin.elapsed() > limit {
            return Err(error).with_context(|| {
                format!(
                    "the server (pid {pid}) does not answer after {} s; if '{}' shows that it is recovering, wait and try again, else 'reviewseed server stop'",
                    limit.as_secs(),
                    state.log().display()
                )
            });
        }
        std::thread::sleep(POLL);
    }
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
    bail!(
        "'{}' was initialised by {made}, but '{}' is {found}; name a {} {} with --mysqld, or remove '{}' to begin anew",
        state.data().display(),
        binary.display(),
        made.flavour,
        made.series(),
        state.root().display()
    )
}
