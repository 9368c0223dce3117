//! The arguments of `server`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::sizes::parse_buffer_pool;

/// Arguments of `server`.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// What to do with the private server.
    #[command(subcommand)]
    pub command: ServerCommand,
}

/// The commands of `server`.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
    /// Start the server, unless it runs already
    Start {
        /// Server program: a mysqld or mariadbd
        #[arg(long, value_name = "PATH", env = "REVIEWSEED_MYSQLD")]
        mysqld: Option<PathBuf>,
        /// Listen on 127.0.0.1 too, with a password; without PORT, on any free port
        #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
        tcp: Option<u16>,
        /// Memory for tables (innodb_buffer_pool_size) [default: by the memory of the machine, at
        /// most 4G]
        #[arg(long, value_name = "SIZE", env = "REVIEWSEED_BUFFER_POOL", value_parser = parse_buffer_pool)]
        buffer_pool: Option<u64>,
    },
    /// Stop the server
    Stop,
    /// Print whether the server runs, and its files
    Status,
    /// Print the URL of the server
    Url,
    /// Open the interactive client
    Shell {
        /// Arguments for the client
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}
