//! Starts the server process, and waits until it answers.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::{Error, Result};
use super::process::{self, Child, ServerPid};
use super::programs::Product;
use super::running_server::RunningServer;
use super::state_dir::StateDir;
use super::{POLL, PrivateServer, Record, replaced_files};

/// How long a server may take to start, crash recovery of a large redo log included. A server that
/// needs longer is reported and keeps running.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long another process may take to write running.json after it has started a server.
const RECORD_LIMIT: Duration = Duration::from_secs(2);

impl PrivateServer {
    /// Launches the server. A killed process may have replaced files of the data directory. If the
    /// server does not start with these files, the original ones are put back.
    pub(super) fn launch_with_replaced_files(
        &self,
        state: &StateDir,
        binary: &Path,
        product: &Product,
    ) -> Result<RunningServer> {
        let launch = || self.launch(state.clone(), binary.to_owned(), product.clone());
        if replaced_files::mark(state)?.is_none() {
            return launch();
        }
        match launch() {
            Err(Error::Ended { .. }) => {
                replaced_files::put_back(state)?;
                launch()
            }
            launched => {
                let running = launched?;
                replaced_files::accept(state)?;
                Ok(running)
            }
        }
    }

    /// Starts the server and waits until it answers.
    pub(super) fn launch(
        &self,
        state: StateDir,
        binary: PathBuf,
        product: Product,
    ) -> Result<RunningServer> {
        state.remove_stale_files()?;
        let port = self.options.tcp.map(process::free_port).transpose()?;
        let plan = self.plan(&state, &product, port);
        let socket = state.create_socket_folder()?;
        state.write_start_sql(port)?;
        let arguments = plan.arguments(&state, &socket);
        let log = state.new_log()?;
        let child = process::spawn_detached(&binary, &arguments, state.root(), log)?;
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
        // written before the server answers: when this command is killed while it waits, the next
        // command finds the server
        state.write_record(&record)?;
        let pid = record.pid;
        match wait_until_it_answers(&state, pid, Some(child))? {
            Some(running) => Ok(running),
            None => {
                state.remove_stale_files()?;
                Err(Error::Ended {
                    what: "the server ended while it was starting".to_owned(),
                    log: state.log_excerpt(&state.log()),
                })
            }
        }
    }
}

/// Waits until the server with this pid answers; `None` when the process ends instead.
///
/// `child` is the server process if this command has started it. A process that has ended keeps its
/// pid until its parent waits for it, so only `child` shows that the server has ended.
pub(super) fn wait_until_it_answers(
    state: &StateDir,
    pid: ServerPid,
    mut child: Option<Child>,
) -> Result<Option<RunningServer>> {
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
                    return Ok(Some(RunningServer {
                        record,
                        state: state.clone(),
                        started_now: child.is_some(),
                        data_recreated: false,
                    }));
                }
                Err(error) => error,
            },
            None => Error::StateDir(format!(
                "'{}' does not describe the running server (pid {pid})",
                state.record_path().display()
            )),
        };
        let ended = match &mut child {
            Some(child) => child.ended()?,
            None => !process::serves(pid, &state.data()),
        };
        if ended {
            return Ok(None);
        }
        if begin.elapsed() > limit {
            return Err(Error::NotAnswering {
                what: format!(
                    "the server (pid {pid}) does not answer after {} s; if '{}' shows that the \
                     server is recovering, wait and run the command again, otherwise run \
                     'reviewseed server stop'",
                    limit.as_secs(),
                    state.log().display()
                ),
                source: Box::new(error),
            });
        }
        std::thread::sleep(POLL);
    }
}
