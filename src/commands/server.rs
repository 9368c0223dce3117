//! `reviewseed server start|stop|status|url|shell`.
//!
//! Data goes to `out` (the status, the URL), words to people to `err`.

use std::io::Write;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use super::Outcome;
use crate::server::{Options, PrivateServer, Running, Stopped};

/// What to do with the private server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Have one running.
    Start,
    /// Have none running.
    Stop,
    /// Say whether one runs, and where.
    Status,
    /// One line for `--database-url`, or for any client; over TCP when the server listens there.
    Url,
    /// Become the interactive client.
    Shell,
}

/// Does it.
pub fn run(
    action: Action,
    options: &Options,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let server = PrivateServer::new(options.clone());
    match action {
        Action::Start => {
            let running = server.start()?;
            let verb = if running.started_now {
                "started"
            } else {
                "runs already"
            };
            writeln!(
                err,
                "{} {verb} (pid {}); open it with 'reviewseed server shell'",
                running.product(),
                running.pid()
            )?;
        }
        Action::Stop => match server.stop()? {
            Stopped::Ended(pid) => writeln!(err, "the server (pid {pid}) has stopped")?,
            Stopped::NotRunning => writeln!(
                err,
                "no private server runs in '{}'",
                options.state_dir.display()
            )?,
        },
        Action::Status => match server.running()? {
            Some(running) => write_status(&running, out)?,
            None => {
                writeln!(
                    out,
                    "no private server runs in '{}'",
                    options.state_dir.display()
                )?;
                return Ok(Outcome::Found);
            }
        },
        Action::Url => {
            let running = expect_running(&server, options)?;
            writeln!(
                out,
                "{}",
                running.tcp_url()?.unwrap_or_else(|| running.url())
            )?;
        }
        Action::Shell => {
            let mut client = expect_running(&server, options)?.shell_command()?;
            // only returns when it fails; the client takes over terminal, signals and exit code
            let error = client.exec();
            return Err(error)
                .with_context(|| format!("cannot run '{}'", client.get_program().display()));
        }
    }
    Ok(Outcome::Done)
}

fn expect_running(server: &PrivateServer, options: &Options) -> Result<Running> {
    server.running()?.with_context(|| {
        format!(
            "no private server runs in '{}'; start it with 'reviewseed server start'",
            options.state_dir.display()
        )
    })
}

fn write_status(running: &Running, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{} runs (pid {})", running.product(), running.pid())?;
    writeln!(out, "program  {}", running.binary().display())?;
    writeln!(out, "data     {}", running.data_dir().display())?;
    writeln!(out, "log      {}", running.log().display())?;
    writeln!(out, "socket   {}", running.socket().display())?;
    if let Some(port) = running.port() {
        writeln!(out, "tcp      127.0.0.1:{port}")?;
    }
    Ok(())
}
