//! The arguments of `seed`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::options::{Limits, Rate, SessionSettings};
use engine::rejects::Budget;

use super::{DatabaseArgs, OutputArgs, ReadingArgs};

/// Arguments of `seed`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed seed sample-data                        load into a private server under .reviewseed/
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
    /// Draft the schema from the files first, and load them with it; drafted.sql (and drafted.toml)
    /// are written beside the report, or else into the current folder
    #[arg(long, conflicts_with_all = ["schema", "table"], help_heading = "Reading")]
    pub draft: bool,
    /// Append the rows of the files to tables that have rows
    #[arg(long, help_heading = "Loading", group = "onto_rows")]
    pub append: bool,
    /// What to do when the table already has a row with the key of a record [default: reject]
    #[arg(
        long,
        value_name = "WHAT",
        requires = "append",
        help_heading = "Loading"
    )]
    pub on_duplicate: Option<OnDuplicateArg>,
    /// Replace tables that have rows: load into new tables, then swap all of them at once
    #[arg(long, help_heading = "Loading", group = "onto_rows", conflicts_with_all = ["append", "tables", "dry_run", "no_index"])]
    pub replace: bool,
    /// Make the tables equal to the files: insert, change and delete only the rows that differ, in
    /// small transactions, while others read the tables
    #[arg(long, help_heading = "Loading", conflicts_with_all = ["append", "replace", "on_duplicate", "draft", "force", "no_index"])]
    pub sync: bool,
    /// With --sync: change nothing if more than this number (500) or share (2%) of a table's rows
    /// would be deleted
    #[arg(
        long,
        value_name = "N|P%",
        requires = "sync",
        default_value = "1%",
        help_heading = "Loading"
    )]
    pub max_deletes: Budget,
    /// With --replace: also replace rows that reviewseed did not load; with --append: append files
    /// again that were appended before
    #[arg(long, help_heading = "Loading", requires = "onto_rows")]
    pub force: bool,
    /// Execute the statements of this SQL file before the rows are loaded; may be repeated
    #[arg(long, value_name = "FILE.sql", help_heading = "Loading")]
    pub before: Vec<PathBuf>,
    /// Execute the statements of this SQL file after the rows are loaded, indexed and verified; may
    /// be repeated
    #[arg(long, value_name = "FILE.sql", help_heading = "Loading")]
    pub after: Vec<PathBuf>,
    /// Check everything, but do not change the database
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

/// `--on-duplicate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnDuplicateArg {
    /// Keep the row and reject the record
    Reject,
    /// Keep the row and count the record as ignored
    Ignore,
    /// Change the row: the columns that the file fills get the values of the record
    Update,
}

/// How rows are loaded.
#[derive(Debug, Args)]
#[command(next_help_heading = "Loading")]
pub struct LoadingArgs {
    /// Number of connections that load [default: one per core, at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub connections: Option<u16>,
    /// How rows are sent to the server
    #[arg(long, value_name = "WAY", default_value = "auto")]
    pub load: LoadArg,
    /// Do not create secondary indexes and foreign keys
    #[arg(long)]
    pub no_index: bool,
    /// Do not write the rows to the binary log (replicas will not get them)
    #[arg(long)]
    pub skip_binlog: bool,
    /// Allow SET GLOBAL on the server during the run: local_infile=ON, on MySQL a larger redo log
    #[arg(long)]
    pub set_global: bool,
    /// Load at most this many bytes of input, or rows, per second: 20M/s, 50000rows/s
    #[arg(long, value_name = "RATE", value_parser = Rate::parse)]
    pub max_rate: Option<Rate>,
    /// Start no new batch while the server or a replica exceeds a limit: threads_running=20,lag=2s
    #[arg(long, value_name = "LIMITS", value_parser = Limits::parse)]
    pub throttle: Option<Limits>,
    /// URL of a replica whose lag --throttle limits [default: the replicas that the server lists];
    /// may be repeated
    #[arg(long, value_name = "URL")]
    pub replica: Vec<String>,
    /// Settings of the sessions that load, such as "innodb_lock_wait_timeout = 5"; may be repeated
    #[arg(long, value_name = "SQL", value_parser = SessionSettings::parse)]
    pub session_sql: Vec<SessionSettings>,
    /// Load even if this check, which is made before the first row, fails; may be repeated
    #[arg(long, value_name = "CHECK")]
    pub skip_check: Vec<SkipCheckArg>,
    /// Private server: use SQL load with the redo log on, so that a killed server keeps every
    /// committed batch
    #[arg(long)]
    pub keep_redo_log: bool,
    /// Compare the files' values for generated columns with those that the server computes, and
    /// count the differences; reads the files a second time
    #[arg(long)]
    pub compare_generated: bool,
    /// How thoroughly the result is verified [default: quick; full after a physical import]
    #[arg(long, value_name = "HOW")]
    pub verify: Option<VerifyArg>,
}

/// `--load`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoadArg {
    /// Physical import on the private server for 64 MiB of input or more; else LOAD DATA LOCAL
    /// where the server allows it, else INSERT
    Auto,
    /// LOAD DATA LOCAL INFILE, streamed from memory
    LocalInfile,
    /// INSERT statements of many rows
    Insert,
    /// Physical import: tablespace files that the server imports. Tables and servers without
    /// support for it use SQL load. See docs/physical.md
    Physical,
}

/// `--skip-check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SkipCheckArg {
    /// Free space on the server's disk
    Disk,
    /// Privileges of the account
    Rights,
    /// Role of the server: a replica, a member of a cluster, read-only
    Role,
    /// Size of a transaction that a cluster accepts
    TransactionSize,
}

/// `--verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerifyArg {
    /// Row counts, indexes and foreign keys
    Quick,
    /// Like quick, plus checksums of all values and a search for orphans
    Full,
    /// Nothing
    None,
}
