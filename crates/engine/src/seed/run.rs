//! A run that may begin: what all of its steps share.

use std::collections::HashMap;
use std::sync::Arc;

use super::physical::ImportChoice;
use super::session::RunSession;
use super::start::Identity;
use crate::event::Events;
use crate::interrupt::{Answering, Interrupt};
use crate::options::{Mode, SeedOptions};
use crate::schema_text::SchemaText;
use input::Source;
use model::schema::Schema;
use mysql::local_infile::InsertFallback;
use mysql::physical::import::Prepared;
use private_server::{RedoLogMark, RunningServer};

/// What all steps share.
pub(super) struct Run<'a> {
    pub(super) options: SeedOptions,
    pub(super) events: &'a Events,
    pub(super) interrupt: &'a Interrupt,
    pub(super) _answering: Answering,
    /// The database that is loaded, and its run lock.
    pub(super) session: RunSession,
    pub(super) schema: Schema,
    pub(super) text: SchemaText,
    /// Connections that load.
    pub(super) connections: usize,
    /// What is done where LOAD DATA LOCAL turns out not to work.
    pub(super) detour: Arc<InsertFallback>,
    /// Whether tables are imported.
    pub(super) import: ImportChoice,
    /// Whether the run that is resumed has imported tables.
    pub(super) resumes_import: bool,
    /// Whether tables of this run have triggers, which may change the rows.
    pub(super) has_triggers: bool,
    /// Tables that are ready to be imported, by name.
    pub(super) prepared: HashMap<String, Prepared>,
    /// The private server, when it is that one.
    pub(super) private: Option<RunningServer>,
    /// Its mark.
    pub(super) redo_log: Option<RedoLogMark>,
}

impl Run<'_> {
    pub(super) fn appends(&self) -> bool {
        self.options.mode == Mode::Append
    }

    pub(super) fn replaces(&self) -> bool {
        self.options.mode == Mode::Replace
    }

    /// What decides whether another run is the same as this one.
    pub(super) fn identity<'s>(&self, sources: &'s [Source]) -> Identity<'s> {
        let options = &self.options;
        let schema = (&self.text, options.reading.max_record);
        Identity::new(options.mode, options.force, schema, sources)
    }
}
