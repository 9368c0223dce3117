//! The options of `reindex`, as plain data.

use crate::options::{DatabaseChoice, SchemaOptions};

/// The options of `reindex`.
#[derive(Debug, Clone)]
pub struct ReindexOptions {
    /// The schema; without a file, the schemas of the runs that loaded the tables.
    pub schema: SchemaOptions,
    /// The servers. Each gets a plan of its own.
    pub databases: Vec<DatabaseChoice>,
    /// The tables to change; empty means all.
    pub tables: Vec<String>,
    /// What to do with the plan.
    pub action: Action,
    /// The changes that are allowed.
    pub changes: Changes,
    /// Number of tables that are changed at the same time; `None` means half the cores, at least 2.
    pub jobs: Option<u16>,
    /// Whether global variables of the server may be changed. They are restored afterwards.
    pub set_global: bool,
}

/// What to do with the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Print the plan.
    Print,
    /// Print the plan and carry it out.
    Apply,
    /// Create missing tables, and drop those indexes and keys of empty tables that are built after
    /// a load.
    BeforeLoad,
}

/// The changes that are allowed in addition to adding missing indexes, keys and constraints.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// Drop indexes, keys and constraints that the schema does not have.
    pub drop: bool,
    /// Run statements that block writers.
    pub block: bool,
    /// Add and change columns, as long as no value can be lost.
    pub columns: bool,
    /// Rebuild tables and indexes even if they do not differ.
    pub rebuild: bool,
}
