//! The command line, declared with clap. `commands` turns the arguments into settings.

mod advice;
mod clean;
mod database;
pub mod defaults;
mod dialect;
mod doctor;
mod draft;
mod generate;
mod log;
mod output;
mod reading;
mod reindex;
mod seed;
mod server;
pub(crate) mod settings;
mod sizes;
mod smoke;
mod targets;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use clean::CleanArgs;
pub use database::{AccessArgs, DatabaseArgs};
pub use dialect::DialectArgs;
pub use doctor::DoctorArgs;
pub use draft::{DraftArgs, DraftTypesArgs};
pub use generate::{GenerateArgs, VariantArg};
pub use log::{LogFormatArg, asks_for_json};
use model::flavour::Flavour;
pub use output::OutputArgs;
pub use reading::{FilesArgs, ReadingArgs};
pub use reindex::ReindexArgs;
pub use seed::{LoadArg, LoadingArgs, OnDuplicateArg, SeedArgs, SkipCheckArg, VerifyArg};
pub use server::{ServerArgs, ServerCommand};
pub(crate) use smoke::SQL_TIER;
pub use smoke::SmokeArgs;
pub use targets::TargetsArgs;
pub use values::ValuesArgs;

/// Loads the ratings & reviews data set from CSV files into MySQL: cleaned, bulk-loaded, indexed
/// and verified.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 120)]
#[command(after_help = "\
Examples, one for each of the three main tasks:
  reviewseed seed ~/csv                              load the files of a folder into a private server
  reviewseed reindex --schema schema.sql --dry-run   print the SQL for missing indexes; without --dry-run, run it
  reviewseed targets --format k6 -o targets.json     write ids for a load test

`reviewseed check ~/csv` reports the records that would be rejected, and needs no database. `reviewseed COMMAND --help`
describes the options of a command.

Exit codes:
  0  done
  1  done, but with findings: rejected records in `check`, more rejected records than --max-rejects, a failed verification
  2  failed: wrong usage, unreadable input, an error of the server
  130, 143  stopped by Ctrl-C, or by SIGTERM, before it was done")]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// File with default values for options [default: reviewseed.toml and .env in the current
    /// folder]
    #[arg(
        long,
        value_name = "FILE",
        env = "REVIEWSEED_CONFIG",
        global = true,
        help_heading = "Defaults"
    )]
    pub config: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read, clean, load, index and verify the CSV files of a folder
    Seed(Box<SeedArgs>),
    /// Check the CSV files without a database: report the records that would be rejected
    Check(Box<CheckArgs>),
    /// Write a schema for the files of a folder: types, keys, foreign keys, settings for reading
    Draft(Box<DraftArgs>),
    /// Compare the database with schema.sql and the last run: rows, checksums, orphans, indexes
    Verify(Box<VerifyArgs>),
    /// Change the indexes, keys and constraints of the database to those of schema.sql
    Reindex(Box<ReindexArgs>),
    /// Write the files of a made-up data set of any size
    Generate(GenerateArgs),
    /// Manage the private server: start, stop, status, url, shell
    Server(ServerArgs),
    /// Export ids for load tests, in the format of the load-test tool
    Targets(Box<TargetsArgs>),
    /// Test the database alone, or the service over HTTP: send requests at a constant rate
    Smoke(Box<SmokeArgs>),
    /// Check what `seed` needs, without changing anything: database, account, server, disk, schema
    Doctor(Box<DoctorArgs>),
    /// Explain one of the rules that reject records, or list all rules
    Explain(ExplainArgs),
    /// Remove reviewseed's own tables from a database; the loaded rows stay
    Clean(Box<CleanArgs>),
    /// Show the values of the options of a command, and where each comes from
    Config(ConfigArgs),
    /// Print the completion script for a shell
    Completions(CompletionsArgs),
    /// Print or write the manual pages
    Man(ManArgs),
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    #[expect(missing_docs)]
    pub reading: ReadingArgs,
    /// Apply the rules of these servers: MySQL and MariaDB differ in JSON and in executable
    /// comments of the schema [default: mysql]
    #[arg(long = "for", value_name = "SERVERS", help_heading = "Reading")]
    pub servers: Option<ServersArg>,
    /// Add the suggested settings, with which rejected records are accepted, to reviewseed.toml (or
    /// to the file of --config); settings that are alternatives are not added, because only you can
    /// choose
    #[arg(long, help_heading = "Reading")]
    pub write_config: bool,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

/// `--for`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServersArg {
    /// MySQL
    Mysql,
    /// MariaDB
    Mariadb,
}

impl From<ServersArg> for Flavour {
    fn from(arg: ServersArg) -> Flavour {
        match arg {
            ServersArg::Mysql => Flavour::MySql,
            ServersArg::Mariadb => Flavour::MariaDb,
        }
    }
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Schema to compare the database with [default: the schema of the last run, which the ledger
    /// in the database names]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Verify every member of the cluster (Group Replication, Galera), after it has caught up
    #[arg(long)]
    pub members: bool,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

impl Command {
    /// Whether the command starts threads. The other commands only print.
    pub fn starts_threads(&self) -> bool {
        !matches!(
            self,
            Command::Config(_) | Command::Completions(_) | Command::Man(_)
        )
    }

    /// Stores where the URL of the database was given, for messages.
    pub fn note_url_origin(&mut self, origin: Option<String>) {
        match self {
            Command::Seed(args) => args.database.url_origin = origin,
            Command::Verify(args) => args.database.url_origin = origin,
            Command::Reindex(args) => args.url_origin = origin,
            Command::Targets(args) => args.database.url_origin = origin,
            Command::Smoke(args) => args.database.url_origin = origin,
            Command::Clean(args) => args.database.url_origin = origin,
            Command::Doctor(args) => args.database.url_origin = origin,
            _ => {}
        }
    }
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed explain missing_parent
  reviewseed explain                                 all rules, in the order in which they are applied")]
pub struct ExplainArgs {
    /// The rule, as rejects/TABLE.reasons.csv and the report name it
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
}

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(after_help = "\
The order of precedence: the command line, the environment, .env, reviewseed.toml, the built-in default.
A reviewseed.toml has the long names of options: at the top for all commands, below [seed] or [server.start] for one:

  database-url = \"mysql://app@db:3306/reviews\"
  [seed]
  max-rejects = \"2%\"

Settings of single tables and columns are below [tables.TABLE] and [tables.TABLE.columns.COLUMN]:

  [tables.customers]
  generate_ids = true
  [tables.assets.columns.uid]
  decode = \"uuid\"

Examples:
  reviewseed config                   the options of seed
  reviewseed config server start")]
pub struct ConfigArgs {
    /// The command whose options are shown
    #[arg(value_name = "COMMAND", default_value = "seed")]
    pub of: Vec<String>,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed completions bash > ~/.local/share/bash-completion/completions/reviewseed
  reviewseed completions zsh > ~/.zfunc/_reviewseed
  reviewseed completions fish > ~/.config/fish/completions/reviewseed.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed man | man -l -
  reviewseed man ~/.local/share/man/man1    one page for each command")]
pub struct ManArgs {
    /// Folder to write one page per command into; without it, the main page is printed
    #[arg(value_name = "DIR")]
    pub directory: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
