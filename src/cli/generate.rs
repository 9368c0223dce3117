//! The arguments of `generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LogFormatArg;

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
