//! The options of `reindex`, as plain data.

use crate::options::{DatabaseChoice, SchemaOptions};

/// The options of `reindex`.
#[derive(Debug, Clone)]
pub struct ReindexOptions {
    /// The schema; without a file, that of the runs that loaded the tables.
    pub schema: SchemaOptions,
    /// The servers, each with its own plan.
    pub databases: Vec<DatabaseChoice>,
    /// Only these tables; empty means all.
    pub tables: Vec<String>,
    /// What to do with the plan.
    pub action: Action,
    /// What may be changed.
    pub changes: Changes,
    /// Tables that are worked on at the same time; `None` means half the cores, at least 2.
    pub jobs: Option<u16>,
    /// Global variables of the server may be changed; they are restored afterwards.
    pub set_global: bool,
}

/// What to do with the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The plan is printed.
    Print,
    /// The plan is printed and carried out.
    Apply,
    /// Missing tables are created, and empty ones lose the indexes and keys that are built after a
    /// load.
    BeforeLoad,
}

/// What may be changed in addition to missing indexes, keys and constraints.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// Drop indexes, keys and constraints that the schema does not have.
    pub drop: bool,
    /// Run statements that block writers.
    pub block: bool,
    /// Add and change columns if no value can be lost.
    pub columns: bool,
    /// Build tables and indexes again although nothing differs.
    pub rebuild: bool,
}
