//! The command line as it is typed, and nothing else: clap derive only. `commands` makes settings
//! out of it.

pub mod defaults;
mod generate;
mod load_tests;
mod log;
mod reading;
mod sizes;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use generate::{GenerateArgs, VariantArg};
pub use load_tests::{SmokeArgs, TargetsArgs};
pub use log::{LogFormatArg, asks_for_json};
pub use reading::{FilesArgs, ReadingArgs};
use sizes::parse_buffer_pool;

/// Gets the ratings & reviews data set from CSV files into MySQL: cleaned, bulk-loaded, indexed and
/// verified.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 120)]
#[command(after_help = "\
Examples, one for each of the three jobs:
  reviewseed seed ~/csv                              the files of a folder into a database, a private server if none is named
  reviewseed reindex --schema schema.sql --dry-run   what the live indexes lack, as SQL; without --dry-run it is built
  reviewseed targets --format k6 -o targets.json     the ids that a load test aims at

Without a database, `reviewseed check ~/csv` says what would be refused. `reviewseed COMMAND --help` has more.

Exit codes:
  0  done
  1  finished, but found something: rejects in `check`, a spent --max-rejects, a verification that differs
  2  could not do it: usage, input, server")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// File of defaults [default: reviewseed.toml and .env of this folder]
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
    /// Check the CSV files without a database: what would be refused, and why
    Check(Box<CheckArgs>),
    /// Compare the database with schema.sql and the last run: rows, checksums, orphans, indexes
    Verify(Box<VerifyArgs>),
    /// Bring the live indexes, keys and constraints to what schema.sql says
    Reindex(Box<ReindexArgs>),
    /// Make a synthetic data set of any size, as files
    Generate(GenerateArgs),
    /// Manage the private server: start, stop, status, url, shell
    Server(ServerArgs),
    /// Export the ids that load tests aim at, in the format of the tool
    Targets(Box<TargetsArgs>),
    /// Send the service's reads at a constant rate: what the database alone can take
    Smoke(SmokeArgs),
    /// Show what holds for the options of a command, and where it comes from
    Config(ConfigArgs),
    /// Print the script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Print or write the manual pages
    Man(ManArgs),
}

/// Arguments of `seed`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed seed sample-data                        into a private server under .reviewseed/
  reviewseed seed ~/csv --database-url mysql://app@db:3306/reviews
  reviewseed seed . --tables reviews --report report.json --report report.html")]
pub struct SeedArgs {
    #[command(flatten)]
    #[expect(missing_docs)]
    pub reading: ReadingArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub loading: LoadingArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
    /// Add to tables that hold rows already, from the files that are there
    #[arg(long, help_heading = "Loading", group = "onto_rows")]
    pub append: bool,
    /// Replace tables that hold rows: load beside them, then swap all at once
    #[arg(long, help_heading = "Loading", group = "onto_rows", conflicts_with_all = ["append", "tables", "dry_run", "no_index"])]
    pub replace: bool,
    /// With --replace: replace rows as well that reviewseed did not load; with --append: append
    /// files again that were appended already
    #[arg(long, help_heading = "Loading", requires = "onto_rows")]
    pub force: bool,
    /// Do everything up to the point where the database would be changed
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    #[expect(missing_docs)]
    pub reading: ReadingArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Schema that the database is held against [default: that of the last run, which the ledger in
    /// the database names]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Every member of the cluster too (Group Replication, Galera), once it has caught up
    #[arg(long)]
    pub members: bool,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

/// Arguments of `reindex`.
#[derive(Debug, Args)]
#[command(after_help = "\
The plan goes to stdout, as SQL that any client runs; everything else to stderr.

Exit codes:
  0  what the schema asks for stands (what it does not mention may be there, too); with --dry-run: nothing differs
  1  left alone something that the schema asks for; with --dry-run: something differs
  2  could not do it

Examples:
  reviewseed reindex --dry-run > changes.sql         see what would be done
  reviewseed reindex --schema new.sql                do it
  reviewseed reindex --table reviews --allow-drop    one table, without what the schema does not mention")]
pub struct ReindexArgs {
    /// Schema that the database is brought to [default: that of the last run, which the ledger
    /// names; without a run schema.sql in the current folder, else the one compiled in]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Print the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Drop indexes, foreign keys and CHECKs that the schema does not have
    #[arg(long)]
    pub allow_drop: bool,
    /// Do also what blocks writers
    #[arg(long)]
    pub allow_blocking: bool,
    /// Tables worked on at the same time [default: half the cores, at least 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Only this table; may be repeated
    #[arg(long = "table", value_name = "T")]
    pub tables: Vec<String>,
    /// Build the tables and all their indexes anew, also where nothing differs
    #[arg(long)]
    pub rebuild: bool,
    /// Add and change columns, where no value can be lost
    #[arg(long)]
    pub columns: bool,
    /// Allow global settings of MySQL to be changed meanwhile: it counts progress, and writes pages
    /// at once
    #[arg(long)]
    pub set_global: bool,
    /// Shards: make the tables ready for a load through their gateway; what is missing is created,
    /// empty tables lose what is built afterwards
    #[arg(long, conflicts_with_all = ["dry_run", "allow_drop", "tables", "rebuild", "columns"])]
    pub before_load: bool,
    /// mysql://user:password@host:port/database; may be repeated: servers side by side [default: a
    /// private server under .reviewseed/]
    #[arg(
        long = "database-url",
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub database_urls: Vec<String>,
    /// Where the URLs were given: an option, a variable, a file.
    #[arg(skip)]
    pub url_origin: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub access: AccessArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

/// Which database.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// mysql://user:password@host:port/database [default: a private server under .reviewseed/]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the URL was given: an option, a variable, a file.
    #[arg(skip)]
    pub url_origin: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub access: AccessArgs,
}

impl Command {
    /// Notes where the URL of the database was given.
    pub fn note_url_origin(&mut self, origin: Option<String>) {
        match self {
            Command::Seed(args) => args.database.url_origin = origin,
            Command::Verify(args) => args.database.url_origin = origin,
            Command::Reindex(args) => args.url_origin = origin,
            Command::Targets(args) => args.database.url_origin = origin,
            Command::Smoke(args) => args.database.url_origin = origin,
            _ => {}
        }
    }
}

impl ReindexArgs {
    /// One for each server.
    pub fn databases(&self) -> Vec<DatabaseArgs> {
        let of = |database_url: Option<String>| DatabaseArgs {
            database_url,
            url_origin: self.url_origin.clone(),
            access: self.access.clone(),
        };
        match self.database_urls.as_slice() {
            [] => vec![of(None)],
            urls => urls.iter().cloned().map(Some).map(of).collect(),
        }
    }
}

/// How to get at the server of a database.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Database")]
pub struct AccessArgs {
    /// File that holds the password for --database-url, and nothing else
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Server program for the private server: a mysqld or mariadbd
    #[arg(long, value_name = "PATH", env = "REVIEWSEED_MYSQLD")]
    pub mysqld: Option<PathBuf>,
}

/// How rows are loaded.
#[derive(Debug, Args)]
#[command(next_help_heading = "Loading")]
pub struct LoadingArgs {
    /// Connections that load [default: one per core, at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: Option<u16>,
    /// How rows travel to the server
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub load: LoadArg,
    /// Leave secondary indexes and foreign keys out
    #[arg(long)]
    pub no_index: bool,
    /// Keep the rows out of the binary log (replicas will not get them)
    #[arg(long)]
    pub skip_binlog: bool,
    /// Allow SET GLOBAL on the server, such as local_infile=ON
    #[arg(long)]
    pub set_global: bool,
    /// Load although this check before row one fails; may be repeated
    #[arg(long, value_name = "CHECK")]
    pub skip_check: Vec<SkipCheckArg>,
    /// Private server: load by SQL with the redo log on, so that a killed server keeps each batch
    /// that is in
    #[arg(long)]
    pub keep_redo_log: bool,
    /// How much of the result is proved [default: quick; full where rows go as files]
    #[arg(long, value_name = "HOW")]
    pub verify: Option<VerifyArg>,
}

/// What is said, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the report: as a page when FILE ends in .html, else as JSON (- for stdout); may be
    /// repeated
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Show e-mail addresses in the page's examples of refused records, which are masked otherwise
    #[arg(long)]
    pub report_emails: bool,
    /// How stderr is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormatArg,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what was chosen, and why
    #[arg(short, long)]
    pub verbose: bool,
}

/// `--load`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoadArg {
    /// Files on the private server, from 64 MiB of input on; elsewhere LOAD DATA LOCAL where the
    /// server lets it, INSERT where not
    Auto,
    /// LOAD DATA LOCAL INFILE, streamed from memory
    LocalInfile,
    /// INSERT statements of many rows
    Insert,
    /// Files that the server takes over; tables and servers that it is not made for go the SQL way.
    /// See docs/physical.md
    Physical,
}

/// `--skip-check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SkipCheckArg {
    /// Room on the server's disk
    Disk,
    /// Rights of the account
    Rights,
    /// Role of the server: a replica, a member of a cluster, read-only
    Role,
    /// Size of a transaction that a cluster takes
    TransactionSize,
}

/// `--verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyArg {
    /// Row counts, indexes and foreign keys
    Quick,
    /// The same, checksums of all values, and orphans
    Full,
    /// Nothing
    None,
}

/// Arguments of `server`.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ServerCommand,
}

/// The commands of `server`.
#[derive(Debug, Subcommand)]
pub enum ServerCommand {
    /// Start it, unless it runs
    Start {
        /// Server program: a mysqld or mariadbd
        #[arg(long, value_name = "PATH", env = "REVIEWSEED_MYSQLD")]
        mysqld: Option<PathBuf>,
        /// Listen on 127.0.0.1 too, with a password; without PORT at any free port
        #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
        tcp: Option<u16>,
        /// Memory in which it keeps tables (innodb_buffer_pool_size) [default: by the machine's
        /// memory, at most 4G]
        #[arg(long, value_name = "SIZE", env = "REVIEWSEED_BUFFER_POOL", value_parser = parse_buffer_pool)]
        buffer_pool: Option<u64>,
    },
    /// Stop it
    Stop,
    /// Say whether it runs, and where it is
    Status,
    /// Print its URL
    Url,
    /// Open a client
    Shell {
        /// Arguments for the client
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is typed goes before the environment, that before .env, that before reviewseed.toml, that before what is built in.
A reviewseed.toml has the long names of options, at the top for all commands, below [seed] or [server.start] for one:

  database-url = \"mysql://app@db:3306/reviews\"
  [seed]
  max-rejects = \"2%\"

Examples:
  reviewseed config                   the options of seed
  reviewseed config server start")]
pub struct ConfigArgs {
    /// Which command
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
    /// Which shell
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed man | man -l -
  reviewseed man ~/.local/share/man/man1    a page for each command")]
pub struct ManArgs {
    /// Folder for one page per command; without it, the main page is printed
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
