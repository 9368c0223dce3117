//! What `reindex` shall do, as plain data.

use crate::options::{DatabaseChoice, SchemaOptions};

/// What `reindex` shall do.
#[derive(Debug, Clone)]
pub struct ReindexOptions {
    /// The schema; without a file, that of the runs that loaded the tables.
    pub schema: SchemaOptions,
    /// The servers, each with its own plan.
    pub databases: Vec<DatabaseChoice>,
    /// Only these tables; none means all.
    pub tables: Vec<String>,
    /// What is done with the plan.
    pub action: Action,
    /// What may be changed.
    pub changes: Changes,
    /// Tables that are worked on at the same time; `None` means half the cores, at least 2.
    pub jobs: Option<u16>,
    /// Global variables of the server may be changed; they are put back.
    pub set_global: bool,
}

/// What is done with the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is printed.
    Print,
    /// It is printed and carried out.
    Apply,
    /// Missing tables are created, and empty ones lose what is built after a load.
    BeforeLoad,
}

/// What may be changed beside indexes, keys and constraints that are missing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Changes {
    /// Drop what the schema does not have.
    pub drop: bool,
    /// Run statements that block writers.
    pub block: bool,
    /// Add and change columns, where no value can be lost.
    pub columns: bool,
    /// Build tables and indexes again although nothing differs.
    pub rebuild: bool,
}
