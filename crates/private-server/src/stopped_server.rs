//! A server that was stopped so that files of its tables can be replaced.

use std::fs::File;

use crate::error::{Error, Result};
use crate::replaced_files::{self, FileReplacement};
use crate::running_server::RunningServer;
use crate::{Options, PrivateServer};

/// A server that was stopped cleanly by this process. No other process can start it until this
/// value is dropped. Dropping the value starts the server again, with its old files and options.
#[derive(Debug)]
pub struct StoppedServer {
    was: RunningServer,
    /// Size in bytes of the server's tables when the server was stopped.
    tables: u64,
    /// The lock of the state directory; `None` after the server was started again.
    lock: Option<File>,
}

/// The server with its new files. Other processes that look for the server wait until this value is
/// dropped.
#[derive(Debug)]
pub struct RestartedServer {
    /// The server, which answers.
    pub running: RunningServer,
    /// Whether the files were replaced. If not, the server did not start with them, and has the
    /// files that it had before.
    pub replaced: bool,
    _lock: Option<File>,
}

impl StoppedServer {
    /// Stops the server, and waits until it has ended.
    ///
    /// # Errors
    ///
    /// When another server runs, or the server does not stop or does not end cleanly. In the last
    /// case it is started again.
    pub fn stop(was: RunningServer) -> Result<StoppedServer> {
        let lock = was.state.lock()?;
        if was.state.server_pid() != Some(was.record.pid) {
            return Err(Error::Mismatch(format!(
                "the server (pid {}) was stopped or restarted by another process",
                was.record.pid
            )));
        }
        let tables = was.state.tables();
        replaced_files::note_stop(&was.state)?;
        crate::stop_process(&was.state, was.record.pid)?;
        let stopped = StoppedServer {
            tables,
            lock: Some(lock),
            was,
        };
        if !replaced_files::ended_cleanly(&stopped.was.state.log()) {
            // dropping `stopped` starts the server again
            return Err(Error::Ended {
                what: "the server did not shut down cleanly".to_owned(),
                log: stopped.was.state.log_excerpt(&stopped.was.state.log()),
            });
        }
        Ok(stopped)
    }

    /// Replaces files and starts the server. If it does not start with them, it is started with the
    /// files that it had before.
    ///
    /// # Errors
    ///
    /// When the files cannot be replaced (then all old files are in their place again), or the
    /// server does not start.
    pub fn start_with(mut self, files: Vec<FileReplacement>) -> Result<RestartedServer> {
        replaced_files::check(&files)?;
        let state = &self.was.state;
        if let Err(error) = replaced_files::replace(state, files) {
            replaced_files::put_back(state)?;
            return Err(error);
        }
        let lock = self.lock.take();
        match self.launch() {
            Ok(running) => {
                replaced_files::accept(&running.state)?;
                Ok(RestartedServer {
                    running,
                    replaced: true,
                    _lock: lock,
                })
            }
            // the server may still start, so its files stay as they are; the next start decides
            Err(error @ Error::NotAnswering { .. }) => Err(error),
            Err(_) => {
                replaced_files::put_back(&self.was.state)?;
                Ok(RestartedServer {
                    running: self.launch()?,
                    replaced: false,
                    _lock: lock,
                })
            }
        }
    }

    /// Starts the server with the options that it had.
    fn launch(&self) -> Result<RunningServer> {
        let RunningServer { record, state, .. } = &self.was;
        let server = PrivateServer {
            options: Options {
                state_dir: state.root().to_owned(),
                mysqld: Some(record.binary.clone()),
                tcp: record.port,
                buffer_pool: Some(record.buffer_pool).filter(|bytes| *bytes > 0),
            },
            // sized for the tables before the stop, because replaced files need no redo log
            tables: Some(self.tables),
        };
        server.launch(state.clone(), record.binary.clone(), record.product.clone())
    }
}

impl Drop for StoppedServer {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // if this fails, the next command starts the server
            let _ = replaced_files::put_back(&self.was.state).and_then(|()| self.launch());
        }
    }
}
