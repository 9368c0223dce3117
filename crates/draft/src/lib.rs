//! Drafts a schema from files alone: reads every row, and writes a `schema.sql` and the settings of
//! `reviewseed.toml`. With both, `seed` loads every row.
//!
//! ```text
//! open (sniff) ─▶ profiles of all columns ─▶ types ─▶ keys ─▶ references ─▶ sql, settings
//!                  one pass over the files            further passes for open questions
//! ```
//!
//! * `open` finds the tables and detects the format of their files (`sniff`); `names` makes names.
//! * `scan` reads the records of a table in parallel; `passes` defines what each pass collects.
//! * `profile` describes a column: its possible `readings` (interpretations of all its values as
//!   one type), its `integers`, and a `sketch` of its distinct values.
//! * `types`, `keys` and `references` decide; `tables` holds the result.
//! * `sql` and `settings` write the result; `compare` compares files with an existing schema.
//!
//! The result depends on the bytes of the files alone, not on threads or timing.

mod backslashes;
mod compare;
mod decimal_marks;
mod error;
mod integers;
mod keys;
mod link_tables;
mod names;
mod nested;
mod null_texts;
mod null_words;
mod open;
mod passes;
mod profile;
mod progress;
mod readings;
mod references;
mod reread;
mod scan;
mod settings;
mod sketch;
mod sniff;
mod sql;
mod summary;
mod table_names;
mod tables;
mod told;
mod trials;
mod types;
mod whole_file;

use std::sync::Arc;

use clean::diagnosis::is_no_value;
use input::chunks::BufferPool;
use input::{DEFAULT_MAX_RECORD, Input, Source};
use model::schema::{Column, Schema, ValueFormat};

pub use compare::{Difference, DifferenceKind};
pub use error::{Error, Result};
pub use progress::{NoProgress, Progress};
pub use told::{ToldSetting, ToldValues};
pub use types::{Enums, TypeOptions, Uuids};

use open::Opened;
use profile::Profile;
use readings::plain_column;
use scan::{Scan, Structure};
use summary::{broken, guess, left_out, not_utf8, summary};
use table_names::TableNames;
use tables::{DraftColumn, DraftTable, PrimaryKey};
use trials::{Trial, Trials};

/// Memory for the sets of integers of all columns together, in bytes.
const MEMORY_OF_SETS: u64 = 96 << 20;

/// What to draft, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Preferences for the types of columns.
    pub types: TypeOptions,
    /// Names of the tables to draft; empty means all.
    pub tables: Vec<String>,
    /// Threads that read records; `None` means one for each core.
    pub threads: Option<usize>,
    /// Longest record in bytes.
    pub max_record: usize,
    /// Settings of the user that say how values are written. `draft` does not guess these settings.
    pub told: ToldValues,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            types: TypeOptions::default(),
            tables: Vec::new(),
            threads: None,
            max_record: DEFAULT_MAX_RECORD,
            told: ToldValues::default(),
        }
    }
}

/// A drafted schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text of `schema.sql`.
    pub schema: String,
    /// The `[tables.…]` part of `reviewseed.toml`; empty if the files need no settings.
    pub settings: String,
    /// The same settings as in `settings`, one by one.
    pub single_settings: Vec<DraftedSetting>,
    /// One summary for each table.
    pub tables: Vec<TableSummary>,
    /// Warnings for the user, for example about broken records and files that are not read.
    pub warnings: Vec<String>,
}

/// A setting of a table or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedSetting {
    /// The table.
    pub table: String,
    /// The column; `None` for a setting of the table.
    pub column: Option<String>,
    /// The name of the setting.
    pub key: &'static str,
    /// The values of the setting.
    pub values: Vec<String>,
}

/// What was found about a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    /// The table.
    pub name: String,
    /// Number of rows of the table.
    pub rows: u64,
    /// Number of columns of the table, without a generated key.
    pub columns: usize,
    /// The columns of the primary key; empty if the key is generated.
    pub key: Vec<String>,
    /// The foreign keys of the table, such as `review_id → reviews.id`.
    pub foreign_keys: Vec<String>,
    /// Foreign keys that are not declared because some rows have no parent, with the number of
    /// these rows.
    pub orphans: Vec<(String, u64)>,
    /// Columns that have two possible types and become text: (column, both types).
    pub ambiguous: Vec<(String, String)>,
}

/// Drafts the schema of the files of an input. `place` is what the user calls the input.
///
/// # Errors
///
/// When there are no files, or one cannot be read.
pub fn draft(
    input: &Input,
    place: &str,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Draft> {
    let run = Run::new(options, progress)?;
    let (mut tables, mut warnings) = run.tables(input)?;
    let declared: Vec<Vec<passes::KeyColumn>> = tables
        .iter()
        .map(|table| keys::key_columns(table, &declared(table)))
        .collect();
    let scan = run.scan(&|_, _| {});
    let names: Vec<&str> = tables.iter().map(DraftTable::name).collect();
    let names = TableNames::of_all(&names);
    for ((table, declared), names) in tables.iter_mut().zip(&declared).zip(&names) {
        progress.note(&format!("draft: looking for the key of {}", table.name()));
        keys::find(&scan, table, declared, names)?;
    }
    progress.note("draft: looking for foreign keys");
    references::find(&scan, &mut tables, &declared)?;
    link_tables::widen(&mut tables);
    references::unify(&mut tables);
    keys::prefer_referenced(&mut tables, &names);
    sql::fit_rows(&mut tables);
    warnings.extend(tables.iter().filter_map(sql::too_wide));
    warnings.extend(tables.iter().filter_map(summary::repeated_key));
    warnings.extend(tables.iter().flat_map(summary::of_columns));
    let schema = sql::schema(&tables, place);
    mysql_schema::parse::parse(&schema, "schema.sql")
        .map_err(|error| Error::Unreadable(error.to_string()))?;
    Ok(Draft {
        settings: settings::toml(&tables),
        single_settings: settings::single(&tables),
        schema,
        tables: tables.iter().map(|table| summary(table, &tables)).collect(),
        warnings,
    })
}

/// Compares the values of the files of an input with an existing schema. Also returns the warnings
/// for the user.
///
/// # Errors
///
/// When there are no files, or one cannot be read.
pub fn compare(
    input: &Input,
    schema: &Schema,
    options: &Options,
    progress: &dyn Progress,
) -> Result<(Vec<Difference>, Vec<String>)> {
    let (tables, warnings) = Run::new(options, progress)?.tables(input)?;
    Ok((compare::compare(schema, &tables), warnings))
}

/// What all passes of one draft share.
struct Run<'a> {
    options: &'a Options,
    progress: &'a dyn Progress,
    pool: rayon::ThreadPool,
    buffers: Arc<BufferPool>,
}

impl<'a> Run<'a> {
    fn new(options: &'a Options, progress: &'a dyn Progress) -> Result<Run<'a>> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads.unwrap_or(0))
            .thread_name(|at| format!("draft-{at}"))
            .build()?;
        Ok(Run {
            options,
            progress,
            pool,
            buffers: Arc::default(),
        })
    }

    /// Reads the files of all tables, and chooses the types of their columns. Also returns the
    /// warnings for the user.
    fn tables(&self, input: &Input) -> Result<(Vec<DraftTable>, Vec<String>)> {
        let found = open::open(input, &self.options.tables)?;
        let sources: Vec<&Source> = found.tables.iter().map(|table| &table.source).collect();
        self.progress.opened(&sources);
        let columns: usize = found.tables.iter().map(|table| table.columns.len()).sum();
        let limit = (MEMORY_OF_SETS / columns.max(1) as u64).clamp(1 << 20, 16 << 20);
        let not_read = found.left_out.iter();
        let mut warnings: Vec<String> = not_read.map(|why| format!("not read: {why}")).collect();
        let mut tables = Vec::new();
        for (number, opened) in found.tables.into_iter().enumerate() {
            let table = self.profiled(number, opened, limit)?;
            warnings.extend(broken(&table));
            warnings.extend(summary::joined(&table));
            warnings.extend(guess(&table));
            let notes = table.opened.notes.iter();
            warnings.extend(notes.map(|note| format!("{}: {note}", table.name())));
            warnings.extend(not_utf8(&table));
            warnings.extend(left_out(&table));
            tables.push(table);
        }
        Ok((tables, warnings))
    }

    fn scan<'s>(&'s self, advanced: &'s (dyn Fn(u64, u64) + Sync)) -> Scan<'s> {
        Scan {
            pool: &self.pool,
            buffers: &self.buffers,
            max_record: self.options.max_record,
            advanced,
        }
    }

    /// Profiles the files of one table, and chooses the types of its columns.
    fn profiled(&self, number: usize, opened: Opened, limit: u64) -> Result<DraftTable> {
        self.progress.started(number);
        let advanced = |bytes, rows| self.progress.advanced(number, bytes, rows);
        let scan = self.scan(&advanced);
        let trials = Trials {
            scan: &scan,
            options: self.options,
            limit,
        };
        let trial = trials.best(opened)?;
        self.progress.finished(number, trial.structure.rows);
        let Trial {
            opened,
            profiles,
            structure,
        } = trial;
        Ok(typed(opened, profiles, structure, self.options.types))
    }
}

fn typed(
    opened: Opened,
    profiles: Vec<Profile>,
    structure: Structure,
    options: TypeOptions,
) -> DraftTable {
    let names = opened.columns.clone().into_iter();
    let columns = names.zip(profiles).map(|(name, profile)| {
        let mut typed = match opened.bytes.contains(&name) {
            true => types::bytes(&profile),
            false => types::choose(&name, &profile, options),
        };
        if let Some(path) = opened.path_of(&name) {
            let proposals = profile.within.proposals(&opened.name, &name, &path);
            typed.notes.extend(proposals);
        }
        if let Some((_, path)) = opened.paths.iter().find(|(column, _)| *column == name) {
            typed.settings.insert(0, ("from", vec![path.clone()]));
        }
        DraftColumn {
            typed,
            name,
            profile,
            is_binary: false,
        }
    });
    let mut columns: Vec<DraftColumn> = columns.collect();
    null_texts::settle(&mut columns, options);
    decimal_marks::settle(&mut columns, opened.source.dialect().delimiter, options);
    DraftTable {
        key: PrimaryKey::Generated(keys::generated_name(&opened.columns)),
        opened,
        columns,
        structure,
        foreign_keys: Vec::new(),
        unique: Vec::new(),
        nearly_key: None,
    }
}

/// The columns of a table, with the settings that say how their values are written.
fn declared(table: &DraftTable) -> Vec<Column> {
    let column = |drafted: &DraftColumn| {
        let mut format = ValueFormat::default();
        let mut column = plain_column(&drafted.name, drafted.typed.kind.clone());
        for (key, values) in &drafted.typed.settings {
            if *key == "decode" {
                let form = values.first().map_or("", String::as_str);
                column.decode = model::schema::Decode::from_name(form).unwrap_or_default();
            } else {
                // `set` fails for `from`, which says where a value is, not how it is written
                let _ = format.set(key, values);
            }
        }
        column.nullable = drafted.typed.nullable;
        column.format = (format != ValueFormat::default()).then(|| Arc::new(format));
        column
    };
    table.columns.iter().map(column).collect()
}

/// Whether a text may be shown in a comment: it is short, has no `@` and does not mean NULL.
fn may_be_shown(text: &str) -> bool {
    let is_plain = !text.chars().any(|c| c.is_control());
    text.chars().count() <= 40 && !text.contains('@') && is_plain && !is_no_value(text)
}
