//! The arguments of `reindex`.

use std::path::PathBuf;

use clap::Args;

use super::{AccessArgs, DatabaseArgs, OutputArgs};

/// Arguments of `reindex`.
#[derive(Debug, Args)]
#[command(after_help = "\
The plan is printed to stdout as SQL, which any client can run; everything else is printed to stderr.

Exit codes:
  0  the database has everything that the schema has (it may have more); with --dry-run: nothing differs
  1  the database still lacks something that the schema has; with --dry-run: something differs
  2  failed
  130, 143  stopped by Ctrl-C, or by SIGTERM, before it was done

Examples:
  reviewseed reindex --dry-run > changes.sql         print the plan
  reviewseed reindex --schema new.sql                execute the plan
  reviewseed reindex --table reviews --allow-drop    one table; drops what the schema does not have")]
pub struct ReindexArgs {
    /// Schema that the database must match [default: the schema of the last run, which the ledger
    /// names; without a run, schema.sql in the current folder, else the one compiled in]
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Print the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Drop indexes, foreign keys and CHECKs that the schema does not have
    #[arg(long)]
    pub allow_drop: bool,
    /// Run statements that block writers, too
    #[arg(long)]
    pub allow_blocking: bool,
    /// Number of tables that are changed at the same time [default: half the cores, at least 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Only this table; may be repeated
    #[arg(long = "table", value_name = "T")]
    pub tables: Vec<String>,
    /// Rebuild the tables and all their indexes, even if nothing differs
    #[arg(long)]
    pub rebuild: bool,
    /// Add and change columns where no value can be lost
    #[arg(long)]
    pub columns: bool,
    /// Allow SET GLOBAL on MySQL during the run, so that the server reports progress and writes
    /// pages faster
    #[arg(long)]
    pub set_global: bool,
    /// For shards: prepare the tables for a load through a gateway: create missing tables, and drop
    /// from empty tables the indexes and keys that are built after the load
    #[arg(long, conflicts_with_all = ["dry_run", "allow_drop", "tables", "rebuild", "columns"])]
    pub before_load: bool,
    /// mysql://user:password@host:port/database; may be repeated for several servers [default: a
    /// private server under .reviewseed/]
    #[arg(
        long = "database-url",
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub database_urls: Vec<String>,
    /// Where the URLs were given, for messages: an option, a variable, a file.
    #[arg(skip)]
    pub url_origin: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub access: AccessArgs,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub output: OutputArgs,
}

impl ReindexArgs {
    /// The arguments for each server.
    pub fn databases(&self) -> Vec<DatabaseArgs> {
        let of = |database_url: Option<String>| DatabaseArgs {
            database_url,
            url_origin: self.url_origin.clone(),
            access: self.access.clone(),
        };
        match self.database_urls.as_slice() {
            [] => vec![of(None)],
            urls => urls.iter().cloned().map(Some).map(of).collect(),
        }
    }
}
