//! The arguments of `doctor`.

use std::path::PathBuf;

use clap::Args;

use super::DatabaseArgs;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
The checks of the server and the account are those that `seed` makes before it loads the first row.
The exit code is 1 if a check fails.

Examples:
  reviewseed doctor --database-url mysql://app@db:3306/reviews
  reviewseed doctor --json                           for programs: name, level (pass, warn, fail) and words of each check")]
pub struct DoctorArgs {
    /// Schema file, which describes the tables [default: schema.sql in the current folder, else the
    /// one compiled in]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    /// Print the checks as JSON to stdout
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}
