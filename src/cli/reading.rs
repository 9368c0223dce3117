//! The arguments of `seed` and `check` that say what is read, and how; those about the files are
//! also for `targets --from`.

use std::path::PathBuf;

use clap::Args;
use encoding_rs::Encoding;

use super::sizes::parse_size;
use engine::rejects::Budget;
use input::format::Format;

/// Which rows are read and which are refused.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Folder or zip archive that holds <table>.csv for the tables of the schema, packed (.gz,
    /// .zst, .bz2) or in parts (<table>-*.csv) as they are; - for stdin
    #[arg(value_name = "DIR", default_value = ".", help_heading = None)]
    pub directory: PathBuf,
    /// Schema file: the description of the tables [default: schema.sql in DIR, else in the current
    /// folder, else the one compiled in; compiled-in names that one]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Create tables with this engine that the schema gives one without transactions, such as
    /// MyISAM
    #[arg(long, value_name = "ENGINE", value_parser = ["InnoDB"], ignore_case = true)]
    pub engine: Option<String>,
    /// Only these tables of the schema, comma separated
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub tables: Vec<String>,
    /// The table that stdin fills, with - for DIR
    #[arg(long, value_name = "T", conflicts_with = "tables")]
    pub table: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub files: FilesArgs,
    /// Folder for refused records and their reasons; a run replaces what an earlier one left, never
    /// a file that was edited since
    #[arg(long, value_name = "DIR", default_value = "rejects")]
    pub rejects: PathBuf,
    /// Refused records per table, as a number or a share, before the run gives up; `check` reads on
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

/// Which files hold the rows, and how their text is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading")]
pub struct FilesArgs {
    /// File of a table, wherever it is and whatever its name; may be repeated, for the parts of a
    /// table too
    #[arg(long, value_name = "TABLE=FILE", value_parser = parse_map)]
    pub map: Vec<(String, PathBuf)>,
    /// What stands between fields: a character, or tab [default: a tab in .tsv files, else a comma]
    #[arg(long, value_name = "C", value_parser = Format::parse_delimiter)]
    pub delimiter: Option<u8>,
    /// The files have no header: fields are the table's columns, in the schema's order
    #[arg(long)]
    pub no_header: bool,
    /// Encoding of the files: utf-16le, latin1, … [default: as a byte order mark says, else UTF-8]
    #[arg(long, value_name = "NAME", value_parser = Format::parse_encoding)]
    pub encoding: Option<&'static Encoding>,
}

fn parse_map(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((table, file)) if !table.is_empty() && !file.is_empty() => {
            Ok((table.to_owned(), PathBuf::from(file)))
        }
        _ => Err(format!("\"{text}\" is not TABLE=FILE")),
    }
}
