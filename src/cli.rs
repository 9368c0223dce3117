//! The command line as it is typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::server::Action;
use crate::server::Options;

/// Gets CSV files into MySQL: cleaned, bulk-loaded, indexed and verified
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The private server, in .reviewseed of the current folder
    #[command(subcommand)]
    Server(Server),
}

/// `reviewseed server …`
#[derive(Debug, Subcommand)]
pub enum Server {
    /// Start it, unless it runs
    Start(Start),
    /// Stop it
    Stop,
    /// Say whether it runs, and where (exit code 1: it does not)
    Status,
    /// Print its URL
    Url,
    /// Open it in the interactive client
    Shell,
}

/// `reviewseed server start …`
#[derive(Debug, Args)]
pub struct Start {
    /// Listen on this port of 127.0.0.1 as well (without PORT: any free one)
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    tcp: Option<u16>,
    /// The server program, a mysqld or mariadbd
    #[arg(long, value_name = "PATH", env = "REVIEWSEED_MYSQLD")]
    mysqld: Option<PathBuf>,
}

impl Server {
    /// What was typed, as settings.
    pub fn resolve(self) -> (Action, Options) {
        let options = Options {
            state_dir: ".reviewseed".into(),
            ..Options::default()
        };
        match self {
            Server::Start(Start { tcp, mysqld }) => (
                Action::Start,
                Options {
                    tcp,
                    mysqld,
                    ..options
                },
            ),
            Server::Stop => (Action::Stop, options),
            Server::Status => (Action::Status, options),
            Server::Url => (Action::Url, options),
            Server::Shell => (Action::Shell, options),
        }
    }
}
