//! The values that all steps of a run share.

use std::collections::HashMap;
use std::sync::Arc;

use super::identity::Identity;
use super::physical::ImportChoice;
use super::session::RunSession;
use super::statements::Statements;
use crate::event::Events;
use crate::interrupt::{Answering, Interrupt};
use crate::load::Merging;
use crate::options::{Mode, SeedOptions};
use crate::schema_text::SchemaText;
use input::Source;
use model::schema::Schema;
use mysql::local_infile::InsertFallback;
use mysql::physical::export::Prepared;
use private_server::{RedoLogMark, RunningServer};

/// A run that may start: the values that all of its steps share.
pub(super) struct Run<'a> {
    pub(super) options: SeedOptions,
    pub(super) events: &'a Events,
    pub(super) interrupt: &'a Interrupt,
    pub(super) _answering: Answering,
    /// The database that is loaded, and its run lock.
    pub(super) session: RunSession,
    pub(super) schema: Schema,
    pub(super) text: SchemaText,
    /// The statements of `--before` and `--after`.
    pub(super) statements: Statements,
    /// Number of connections that load rows.
    pub(super) connections: usize,
    /// What the run does if the server rejects LOAD DATA LOCAL.
    pub(super) detour: Arc<InsertFallback>,
    /// Whether tables are imported physically.
    pub(super) import: ImportChoice,
    /// Whether the run that is resumed has imported tables physically.
    pub(super) resumes_import: bool,
    /// Whether tables of this run have triggers, which may change the rows.
    pub(super) has_triggers: bool,
    /// The names of these triggers, as text.
    pub(super) triggers: String,
    /// How rows are merged with the rows that the tables had before.
    pub(super) merging: Option<Arc<Merging>>,
    /// Tables that are ready to be imported, by name.
    pub(super) prepared: HashMap<String, Prepared>,
    /// The private server, if the run loads into it.
    pub(super) private: Option<RunningServer>,
    /// The size in bytes to which the run enlarges the redo log of another server while it loads;
    /// `None` if it leaves the size as it is.
    pub(super) larger_redo_log: Option<u64>,
    /// The mark file that says whether the redo log of the private server is off.
    pub(super) redo_log: Option<RedoLogMark>,
}

impl Run<'_> {
    pub(super) fn appends(&self) -> bool {
        self.options.mode == Mode::Append
    }

    /// Whether existing rows of the tables are kept, so that their keys remain taken.
    pub(super) fn keeps_rows(&self) -> bool {
        matches!(self.options.mode, Mode::Append | Mode::Sync)
    }

    pub(super) fn syncs(&self) -> bool {
        self.options.mode == Mode::Sync
    }

    pub(super) fn replaces(&self) -> bool {
        self.options.mode == Mode::Replace
    }

    /// The properties that decide whether an earlier run was the same as this one.
    pub(super) fn identity<'s>(&self, sources: &'s [Source]) -> Identity<'s> {
        let options = &self.options;
        let schema = (&self.text, options.reading.max_record);
        Identity::new(options, schema, sources)
    }
}
