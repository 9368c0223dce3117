//! `reviewseed server start|stop|status|url|shell`: the private server of the current folder.

use std::os::unix::process::CommandExt;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Exit;
use super::database::STATE_DIR;
use crate::cli::{ServerArgs, ServerCommand};
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity};
use engine::redo_log;
use private_server::{Options, PrivateServer, RunningServer, StopResult};

pub(super) async fn run(args: ServerArgs) -> Result<Exit> {
    let terminal = Arc::new(Terminal::new("server", Verbosity::Normal));
    let events = terminal.events();
    let mut options = Options {
        state_dir: STATE_DIR.into(),
        ..Options::default()
    };
    if let ServerCommand::Start {
        mysqld,
        tcp,
        buffer_pool,
    } = &args.command
    {
        options.mysqld.clone_from(mysqld);
        (options.tcp, options.buffer_pool) = (*tcp, *buffer_pool);
    }
    let server = PrivateServer::new(options.clone());
    match args.command {
        ServerCommand::Start { .. } => {
            let running = server.start()?;
            let verb = if running.started_now {
                "started"
            } else {
                "runs already"
            };
            terminal.info(&format!(
                "server: {} {verb} (pid {}); open it with `reviewseed server shell`",
                running.product(),
                running.pid()
            ));
            redo_log::recover(&running, &events).await?;
        }
        ServerCommand::Stop => match server.stop()? {
            StopResult::Stopped(pid) => terminal.info(&format!("server: stopped (pid {pid})")),
            StopResult::NotRunning => terminal.info(&format!("server: {}", not_running(&options))),
        },
        ServerCommand::Status => match server.running()? {
            Some(running) => print_data(&status(&running))?,
            None => {
                print_data(&format!("{}\n", not_running(&options)))?;
                return Ok(Exit::Found);
            }
        },
        ServerCommand::Url => {
            let running = expect_running(&server, &options)?;
            redo_log::recover(&running, &events).await?;
            let url = running.tcp_url()?.unwrap_or_else(|| running.url());
            print_data(&format!("{url}\n"))?;
        }
        ServerCommand::Shell { arguments } => {
            let running = expect_running(&server, &options)?;
            redo_log::recover(&running, &events).await?;
            let mut client = running.shell_command()?;
            // exec returns only when it fails: the client replaces this process
            let error = client.args(arguments).exec();
            return Err(error)
                .with_context(|| format!("cannot run \"{}\"", client.get_program().display()));
        }
    }
    Ok(Exit::Done)
}

fn not_running(options: &Options) -> String {
    format!("no private server runs in {}", options.state_dir.display())
}

fn expect_running(server: &PrivateServer, options: &Options) -> Result<RunningServer> {
    server.running()?.with_context(|| {
        format!(
            "{}; start it with `reviewseed server start`",
            not_running(options)
        )
    })
}

fn status(running: &RunningServer) -> String {
    let mut text = format!(
        "{} runs (pid {})\nprogram  {}\ndata     {}\nlog      {}\nsocket   {}\n",
        running.product(),
        running.pid(),
        running.binary().display(),
        running.data_dir().display(),
        running.log().display(),
        running.socket().display()
    );
    if let Some(port) = running.port() {
        text.push_str(&format!("tcp      127.0.0.1:{port}\n"));
    }
    text
}
