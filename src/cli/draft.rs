//! The arguments of `draft`.

use std::path::PathBuf;

use clap::Args;

use super::sizes::parse_size;
use super::values::ValuesArgs;
use super::{FilesArgs, LogFormatArg};

/// Arguments of `draft`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed draft ~/csv                        write schema.sql, and reviewseed.toml if the files need settings
  reviewseed draft ~/csv -o -                   print the schema
  reviewseed draft ~/csv --compare schema.sql   values that the schema does not allow")]
pub struct DraftArgs {
    /// Folder or zip archive with the files; each file, or group of numbered files, is a table
    #[arg(value_name = "DIR", default_value = ".", help_heading = None)]
    pub directory: PathBuf,
    /// Write the schema to FILE; - prints it
    #[arg(short, long, value_name = "FILE", default_value = "schema.sql")]
    pub output: PathBuf,
    /// Replace schema.sql, and the settings of tables in reviewseed.toml, if they exist
    #[arg(long)]
    pub force: bool,
    /// Write nothing; show which values of the files this schema does not allow, and where it
    /// allows far more than the files need
    #[arg(long, value_name = "SCHEMA", conflicts_with_all = ["output", "force"])]
    pub compare: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub types: DraftTypesArgs,
    /// Only these tables, comma-separated
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        help_heading = "Reading"
    )]
    pub tables: Vec<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub files: FilesArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub values: ValuesArgs,
    /// Longest record that is accepted (bytes, K, M)
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size, help_heading = "Reading")]
    pub max_record: u64,
    /// Number of threads that read records [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Reading")]
    pub threads: Option<u16>,
    /// Format of the messages on stderr
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Output"
    )]
    pub log_format: LogFormatArg,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Print what was chosen automatically, and why
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}

/// Which types are drafted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Types")]
pub struct DraftTypesArgs {
    /// Declare text columns that have few different values as ENUM
    #[arg(long)]
    pub enums: bool,
    /// Declare UUIDs as BINARY(16) instead of CHAR(36)
    #[arg(long)]
    pub uuid_binary: bool,
}
