//! The command line as it is typed, and nothing else: clap derive only. `commands` makes settings out of it.

pub mod defaults;
mod load_tests;
mod log;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::rejects::Budget;
pub use load_tests::{SmokeArgs, TargetsArgs};
pub use log::{LogFormatArg, asks_for_json};

/// Gets the ratings & reviews data set from CSV files into MySQL: cleaned, bulk-loaded, indexed and verified.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 120)]
#[command(after_help = "\
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
    /// The same without a database: what would be refused, and why
    Check(Box<CheckArgs>),
    /// The database against schema.sql and the last run: rows, checksums, orphans, indexes
    Verify(Box<VerifyArgs>),
    /// Bring the live indexes, keys and constraints to what schema.sql says
    Reindex(Box<ReindexArgs>),
    /// Make a synthetic data set of any size, as files
    Generate(GenerateArgs),
    /// The private server: start, stop, status, url, shell
    Server(ServerArgs),
    /// The ids that load tests aim at, in the format of the tool
    Targets(Box<TargetsArgs>),
    /// The service's reads at a constant rate: what the database alone can take
    Smoke(SmokeArgs),
    /// What holds for the options of a command, and where it comes from
    Config(ConfigArgs),
    /// Print the script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// The manual pages
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
    #[arg(long, help_heading = "Loading")]
    pub append: bool,
    /// Replace tables that hold rows: load beside them, then swap all at once
    #[arg(long, help_heading = "Loading", conflicts_with_all = ["append", "tables", "dry_run", "no_index"])]
    pub replace: bool,
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
    /// Schema that the database is held against [default: the one compiled in]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
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
    /// Schema that the database is brought to [default: the one compiled in]
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
    /// Allow global settings to be changed meanwhile: MySQL's counting of progress
    #[arg(long)]
    pub set_global: bool,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

/// Which rows are read and which are refused.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Folder that holds <table>.csv for the tables of the schema
    #[arg(value_name = "DIR", default_value = ".", help_heading = None)]
    pub directory: PathBuf,
    /// Schema file: the description of the tables [default: the one compiled in]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Only these tables of the schema, comma separated
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// Folder for refused records and their reasons, written anew by each run
    #[arg(long, value_name = "DIR", default_value = "rejects")]
    pub rejects: PathBuf,
    /// Refused records per table, as a number or a share, before the run gives up
    #[arg(long, value_name = "N|P%", default_value = "10%")]
    pub max_rejects: Budget,
    /// Longest record that is accepted (bytes, K, M)
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size)]
    pub max_record: u64,
    /// Threads that clean [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Input per batch (bytes, K, M, G); a batch is one transaction
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size)]
    pub batch_size: u64,
}

/// Which database.
#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// mysql://user:password@host:port/database [default: a private server under .reviewseed/]
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
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
    /// How much of the result is proved
    #[arg(long, value_name = "HOW", default_value = "quick")]
    pub verify: VerifyArg,
}

/// What is said, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the report: as a page when FILE ends in .html, else as JSON (- for stdout); may be repeated
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
    /// LOAD DATA LOCAL where the server lets it, INSERT where not
    Auto,
    /// LOAD DATA LOCAL INFILE, streamed from memory
    LocalInfile,
    /// INSERT statements of many rows
    Insert,
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

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Folder for the files; created when it is missing
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Number of products; 1000011 gives the real data set's size
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub products: u64,
    /// Same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Which version of the data set
    #[arg(long, value_name = "VARIANT", default_value = "epoch")]
    pub variant: VariantArg,
    /// Share of the rows that are damaged, with --variant dirty [default: as found in the wild]
    #[arg(long, value_name = "R")]
    pub dirt: Option<f64>,
    /// Only part I of N; the parts concatenate to the whole
    #[arg(long, value_name = "I/N", value_parser = parse_part)]
    pub part: Option<(u32, u32)>,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Replace files that are there
    #[arg(long)]
    pub overwrite: bool,
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// How stderr is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormatArg,
}

/// `--variant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VariantArg {
    /// Dates as "2019-01-01", empty responses empty
    Iso,
    /// Dates as epoch milliseconds, empty responses null
    Epoch,
    /// The epoch version, damaged
    Dirty,
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
        /// Memory in which it keeps tables (innodb_buffer_pool_size) [default: by the machine's memory, at most 4G]
        #[arg(long, value_name = "SIZE", env = "REVIEWSEED_BUFFER_POOL", value_parser = parse_buffer_pool)]
        buffer_pool: Option<u64>,
    },
    /// Stop it
    Stop,
    /// Whether it runs, and where it is
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

/// A size up to 1G: it is held in memory more than once.
fn parse_size(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        bytes @ 0..=0x4000_0000 => Ok(bytes),
        _ => Err(format!("\"{text}\" is more than 1G")),
    }
}

/// InnoDB takes no less than 5 MiB.
fn parse_buffer_pool(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        0..0x50_0000 => Err(format!("\"{text}\" is less than 5M")),
        bytes => Ok(bytes),
    }
}

/// A number of bytes with an optional K, M or G (of 1024).
fn parse_bytes(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is no size such as 500000, 512K, 2M or 1G");
    let bare = text
        .trim()
        .trim_end_matches(['b', 'B'])
        .trim_end_matches(['i']);
    let (digits, factor) = match bare.chars().last() {
        Some('k' | 'K') => (&bare[..bare.len() - 1], 1 << 10),
        Some('m' | 'M') => (&bare[..bare.len() - 1], 1 << 20),
        Some('g' | 'G') => (&bare[..bare.len() - 1], 1 << 30),
        _ => (bare, 1),
    };
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    match number.checked_mul(factor) {
        Some(0) => Err(wrong()),
        Some(bytes) => Ok(bytes),
        None => Err(format!("\"{text}\" is too much")),
    }
}

fn parse_part(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("\"{text}\" is no part such as 2/4");
    let (part, of) = text.split_once('/').ok_or_else(wrong)?;
    let part: u32 = part.parse().map_err(|_| wrong())?;
    let of: u32 = of.parse().map_err(|_| wrong())?;
    if part == 0 || part > of {
        return Err(wrong());
    }
    Ok((part, of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_size("500000"), Ok(500_000));
        assert_eq!(parse_size("512K"), Ok(524_288));
        assert_eq!(parse_size("2MiB"), Ok(2 << 20));
        assert_eq!(parse_size("1G"), Ok(1 << 30));
        for wrong in ["", "0", "K", "2T", "2G", "-1"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
