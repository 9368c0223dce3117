//! The options of a run, as plain data. The engine knows no command line: a program sets these
//! values from arguments, from a file or in code.

use std::path::PathBuf;
use std::time::Duration;

use input::{DEFAULT_MAX_RECORD, Input};
use model::flavour::Flavour;
use mysql::db::DatabaseUrl;
pub use mysql::merge::Merge;
use mysql::precheck::Skippable;
pub use mysql::session_settings::SessionSettings;
use mysql::target::SqlLoad;
use mysql::verify::Depth;

pub use crate::load::{Limits, Rate, ThrottleOptions};
use crate::rejects::Budget;
use crate::settings::Settings;

/// Default for the bytes of input per batch.
pub const BATCH_BYTES: usize = 1 << 20;

/// The files to read, and how to read them.
#[derive(Debug, Clone)]
pub struct ReadingOptions {
    /// The files.
    pub input: Input,
    /// Tables to load; empty means all tables of the schema.
    pub tables: Vec<String>,
    /// The schema of the tables.
    pub schema: SchemaOptions,
    /// Settings for values, and for the files of single tables.
    pub settings: Settings,
    /// The server product whose rules `check` applies to the schema and to JSON; `None` means
    /// MySQL. `seed` asks the server.
    pub servers: Option<Flavour>,
    /// Folder of the reject files.
    pub rejects: PathBuf,
    /// How many records of a table may be rejected.
    pub budget: Budget,
    /// Longest record in bytes.
    pub max_record: usize,
    /// Number of threads that clean records; `None` means one for each core.
    pub threads: Option<usize>,
    /// Number of bytes of input per batch, which is one transaction.
    pub batch_bytes: usize,
}

impl ReadingOptions {
    /// The files `<table>.csv` of an input, with defaults for all other options.
    pub fn new(input: Input) -> ReadingOptions {
        ReadingOptions {
            input,
            tables: Vec::new(),
            schema: SchemaOptions::default(),
            settings: Settings::default(),
            servers: None,
            rejects: PathBuf::from("rejects"),
            budget: Budget::default(),
            max_record: DEFAULT_MAX_RECORD,
            threads: None,
            batch_bytes: BATCH_BYTES,
        }
    }
}

/// Which schema describes the tables.
#[derive(Debug, Clone, Default)]
pub struct SchemaOptions {
    /// The file; `None` means schema.sql in the input folder, else in the current folder, else the
    /// built-in schema.
    pub file: Option<PathBuf>,
    /// The built-in schema.
    pub built_in: BuiltIn,
    /// Use InnoDB for every table to which the schema gives an engine without transactions.
    pub with_innodb: bool,
}

/// The text of a schema that is compiled into a program; by default there is none.
pub type BuiltIn = Option<&'static str>;

/// The database of a run.
#[derive(Debug, Clone)]
pub enum DatabaseChoice {
    /// The database with this URL.
    Url(DatabaseUrl),
    /// The private server, which is started when needed.
    Private {
        /// How it is started.
        server: private_server::Options,
        /// How long the server may be silent; see [`DatabaseUrl::with_net_timeout`].
        net_timeout: Duration,
    },
}

impl DatabaseChoice {
    /// The database and its place, for a title.
    pub fn in_short(&self) -> String {
        match self {
            DatabaseChoice::Url(url) => url.in_short(),
            DatabaseChoice::Private { .. } => "private server".to_owned(),
        }
    }
}

impl std::fmt::Display for DatabaseChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DatabaseChoice::Url(url) => write!(f, "{url}"),
            DatabaseChoice::Private { server, .. } => {
                write!(
                    f,
                    "of the private server under {}/",
                    server.state_dir.display()
                )
            }
        }
    }
}

/// The options of `seed`.
#[derive(Debug, Clone)]
pub struct SeedOptions {
    /// The files.
    pub reading: ReadingOptions,
    /// The database into which the rows are loaded.
    pub database: DatabaseChoice,
    /// What happens to rows that the tables already have.
    pub mode: Mode,
    /// With [`Mode::Append`]: what happens if a row has the same key as a record; `None` rejects
    /// the record.
    pub merge: Option<Merge>,
    /// With [`Mode::Sync`]: how many rows of a table may be deleted. If more rows would be deleted,
    /// the run changes nothing.
    pub max_deletes: Budget,
    /// SQL files that are executed before and after the load.
    pub statements: StatementFiles,
    /// Replace rows that reviewseed did not load, or append files that were already appended.
    pub force: bool,
    /// Check everything, and change nothing in the database.
    pub dry_run: bool,
    /// How the rows are loaded.
    pub loading: LoadingOptions,
    /// How much is verified at the end.
    pub verification: Verification,
    /// The commands that messages name.
    pub commands: Commands,
}

impl SeedOptions {
    /// Loads files into a database, with defaults for everything else.
    pub fn new(reading: ReadingOptions, database: DatabaseChoice) -> SeedOptions {
        SeedOptions {
            reading,
            database,
            mode: Mode::Empty,
            merge: None,
            max_deletes: Budget::Percent(1.0),
            statements: StatementFiles::default(),
            force: false,
            dry_run: false,
            loading: LoadingOptions::default(),
            verification: Verification::Default,
            commands: Commands::default(),
        }
    }
}

/// SQL files, each with any number of statements, in the order of execution.
#[derive(Debug, Clone, Default)]
pub struct StatementFiles {
    /// Executed before the rows are loaded.
    pub before: Vec<PathBuf>,
    /// Executed after the rows are loaded, indexed and verified.
    pub after: Vec<PathBuf>,
}

/// What happens to rows that the tables have before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The tables must be empty, or have rows of an unfinished run of the same files. That run is
    /// resumed.
    Empty,
    /// The existing rows are kept, and the rows of the files are added.
    Append,
    /// The existing rows are replaced in one step after the new rows are loaded, indexed and
    /// verified.
    Replace,
    /// The tables are made equal to the files: rows are inserted, changed and deleted.
    Sync,
}

/// How the rows are loaded.
#[derive(Debug, Clone, Default)]
pub struct LoadingOptions {
    /// Number of connections that load rows; `None` means one for each core, at most 4.
    pub connections: Option<usize>,
    /// The load method; `None` means the fastest one that works.
    pub method: Option<LoadMethod>,
    /// Build no secondary indexes and no foreign keys.
    pub no_index: bool,
    /// Keep the rows out of the binary log.
    pub skip_binlog: bool,
    /// Whether global variables of the server may be changed. They are restored afterwards.
    pub set_global: bool,
    /// Keep the redo log of the private server enabled, and load by SQL.
    pub keep_redo_log: bool,
    /// Compare the values that files have for generated columns with the values that the server
    /// computes, and count the differences.
    pub compare_generated: bool,
    /// How the load is slowed.
    pub throttle: ThrottleOptions,
    /// Settings of the sessions that load.
    pub session: Vec<SessionSettings>,
    /// Checks that may fail without ending the run.
    pub skipped_checks: Vec<Skippable>,
}

/// The methods of loading rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMethod {
    /// LOAD DATA LOCAL INFILE, streamed from memory.
    LocalInfile,
    /// INSERT statements with many rows each.
    Insert,
    /// Tablespace files that the server imports.
    Physical,
}

impl From<SqlLoad> for LoadMethod {
    fn from(way: SqlLoad) -> LoadMethod {
        match way {
            SqlLoad::LocalInfile => LoadMethod::LocalInfile,
            SqlLoad::Insert => LoadMethod::Insert,
        }
    }
}

/// How much is verified after a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Quick verification, or full if rows did not pass the server's SQL layer or triggers may
    /// change them.
    Default,
    /// Verification of this depth.
    Depth(Depth),
    /// No verification.
    None,
}

/// Commands that messages name, quoted for a shell.
#[derive(Debug, Clone)]
pub struct Commands {
    /// The command that repeats this run. It also resumes the run.
    pub again: String,
    /// The command `again` as a dry run, in which a server parses the schema.
    pub dry_run: String,
}

impl Default for Commands {
    fn default() -> Commands {
        Commands {
            again: "reviewseed seed DIR".to_owned(),
            dry_run: "reviewseed seed DIR --dry-run".to_owned(),
        }
    }
}
