//! The arguments of `generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LogFormatArg;
use reviews::generate::parse_part;

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// Folder for the files; created when it is missing
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Number of products; 1000011 gives the size of the real data set
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub products: u64,
    /// Seed of the random data; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Version of the data set
    #[arg(long, value_name = "VARIANT", default_value = "epoch")]
    pub variant: VariantArg,
    /// With --variant dirty: share (0 to 1) of the rows that are damaged [default: as in the real
    /// files]
    #[arg(long, value_name = "R")]
    pub dirt: Option<f64>,
    /// Generate only part I of N; the parts concatenate to the whole
    #[arg(long, value_name = "I/N", value_parser = parse_part)]
    pub part: Option<(u32, u32)>,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Replace existing files
    #[arg(long)]
    pub overwrite: bool,
    /// Print errors only
    #[arg(short, long)]
    pub quiet: bool,
    /// Format of the messages on stderr
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormatArg,
}

/// `--variant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VariantArg {
    /// Dates such as "2019-01-01"; a missing response is an empty field
    Iso,
    /// Dates in epoch milliseconds; a missing response is `null`
    Epoch,
    /// The epoch version with damaged rows
    Dirty,
}
