//! The arguments about the report and the messages.

use std::path::PathBuf;

use clap::Args;

use super::LogFormatArg;

/// The report and the messages.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write the report to FILE: as an HTML page when FILE ends in .html, else as JSON (- for
    /// stdout); may be repeated
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Show e-mail addresses in the HTML report; without this option they are masked
    #[arg(long)]
    pub report_emails: bool,
    /// Format of the messages on stderr
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormatArg,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print what was chosen automatically, and why
    #[arg(short, long)]
    pub verbose: bool,
}
