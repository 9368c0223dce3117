//! The arguments of `seed` and `check` about reading and rejecting records. `targets --from` has
//! the arguments about files, too.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use encoding_rs::Encoding;

use super::dialect::DialectArgs;
use super::sizes::parse_size;
use super::values::ValuesArgs;
use engine::rejects::Budget;
use engine::settings::Setting;
use input::format::Format;
use input::mapping::Rename;
use model::schema::ZeroDates;

/// Which records are read and which are rejected.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Folder or zip archive with <table>.csv for the tables of the schema; files may be compressed
    /// (.gz, .zst, .bz2) or split (<table>-*.csv); - for stdin
    #[arg(value_name = "DIR", default_value = ".", help_heading = None)]
    pub directory: PathBuf,
    /// Schema file, which describes the tables [default: schema.sql in DIR, else in the current
    /// folder, else the one compiled in; `compiled-in` selects that one]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Use this storage engine for tables whose engine in the schema has no transactions, such as
    /// MyISAM
    #[arg(long, value_name = "ENGINE", value_parser = ["InnoDB"], ignore_case = true)]
    pub storage_engine: Option<String>,
    /// Only these tables of the schema, comma-separated
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// With - for DIR: the table that stdin is loaded into
    #[arg(long, value_name = "T", conflicts_with = "tables")]
    pub table: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub files: FilesArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub values: ValuesArgs,
    /// How the file writes the bytes of a BINARY, VARBINARY or BLOB column: hex, base64, raw, uuid
    /// or uuid-swap; may be repeated. Without this option, `0x…` and `X'…'` are read
    #[arg(long, value_name = "TABLE.COLUMN=FORM", value_parser = super::settings::parse_decode)]
    pub decode: Vec<Setting>,
    /// Tables in which an empty field of the AUTO_INCREMENT column gets the next number: the
    /// greatest id before it, plus one
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub generate_ids: Vec<String>,
    /// What 0000-00-00 means in DATE, DATETIME and TIMESTAMP columns: the record is rejected, or
    /// the value is NULL
    #[arg(long, value_enum, default_value_t = ZeroDatesArg::Reject)]
    pub zero_dates: ZeroDatesArg,
    /// Folder for rejected records and their reasons; a run replaces the files of an earlier run,
    /// but never a file that was edited since
    #[arg(long, value_name = "DIR", default_value = "rejects")]
    pub rejects: PathBuf,
    /// Largest number or share of rejected records per table; with more, `seed` stops and `check`
    /// continues
    #[arg(long, value_name = "N|P%", default_value = "10%")]
    pub max_rejects: Budget,
    /// Longest record that is accepted (bytes, K, M)
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size)]
    pub max_record: u64,
    /// Number of threads that clean records [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Amount of input per batch (bytes, K, M, G); a batch is one transaction
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size)]
    pub batch_size: u64,
}

/// What to do with a zero date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ZeroDatesArg {
    /// The record is rejected
    Reject,
    /// NULL
    Null,
}

impl From<ZeroDatesArg> for ZeroDates {
    fn from(arg: ZeroDatesArg) -> ZeroDates {
        match arg {
            ZeroDatesArg::Reject => ZeroDates::Reject,
            ZeroDatesArg::Null => ZeroDates::Null,
        }
    }
}

/// The input files and their format.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct FilesArgs {
    /// Input file of a table, with any path and name; a name with * or ? matches several files,
    /// which are read in the order of their names. May be repeated: a table may have several files,
    /// and a file may fill several tables
    #[arg(long, value_name = "TABLE=FILE", value_parser = parse_map)]
    pub map: Vec<(String, PathBuf)>,
    /// Load a field of the header into a column of another name, in all tables that have both; for
    /// a single table: TABLE.FIELD=COLUMN. May be repeated
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = Rename::parse)]
    pub rename: Vec<Rename>,
    /// The files have no header: their fields are the columns of the table, in the order of the
    /// schema
    #[arg(long)]
    pub no_header: bool,
    /// Encoding of the files: utf-16le, latin1, … [default: by the byte order mark, else UTF-8]
    #[arg(long, value_name = "NAME", value_parser = Format::parse_encoding)]
    pub encoding: Option<&'static Encoding>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub dialect: DialectArgs,
    /// A setting of one table or column, with the names of `reviewseed.toml`; may be repeated, also
    /// to give one setting several values
    #[arg(long, value_name = "TABLE[.COLUMN].KEY=VALUE", value_parser = super::settings::parse_set, help_heading = "Reading")]
    pub set: Vec<Setting>,
    /// The settings of tables and columns in `reviewseed.toml`
    #[arg(long, hide = true, value_parser = super::settings::parse_of_file)]
    pub settings_of_file: Vec<Setting>,
}

fn parse_map(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((table, file)) if !table.is_empty() && !file.is_empty() => {
            Ok((table.to_owned(), PathBuf::from(file)))
        }
        _ => {
            let meant = text.split_once(':').filter(|(table, file)| {
                !table.is_empty() && !file.is_empty() && !file.starts_with("//")
            });
            let hint = match meant {
                Some((table, file)) => format!("; did you mean {table}={file}?"),
                None => String::new(),
            };
            Err(format!("\"{text}\" is not TABLE=FILE{hint}"))
        }
    }
}
