//! The arguments of `clean`.

use clap::Args;

use super::DatabaseArgs;

/// Arguments of `clean`.
#[derive(Debug, Args)]
#[command(after_help = "\
Loaded rows stay. Without reviewseed's tables, `verify` and `reindex` no longer know what was
loaded, `seed --append` cannot tell the rows of a run from others, and an unfinished run cannot be
resumed.

Examples:
  reviewseed clean                                   ask, then clean the private server's database
  reviewseed clean --yes --database-url mysql://app@db:3306/reviews")]
pub struct CleanArgs {
    /// Remove the tables without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Also remove the tables if a run is unfinished, which can then never be resumed
    #[arg(long)]
    pub forget_unfinished: bool,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
}
