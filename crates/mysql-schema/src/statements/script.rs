//! The statements of a schema file that describe tables, and the session settings that may affect
//! them. `timeline` finds out which statements belong to which table.

mod timeline;

use std::borrow::Cow;

use super::left_out::LeftOut;
use super::prepared::Prepared;
use super::procedures::Procedures;
use super::{NamedEngine, ScriptStatement, StatementKind, split};
use crate::error::{Error, Result};
use crate::quote::quote_identifier;
use timeline::Tables;

/// The prefix of the names of reviewseed's own tables.
pub const OWN_TABLES: &str = "_reviewseed_";

/// A schema file, split and filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script<'a> {
    /// The statements that create the tables in the current database, in the order of the file. All
    /// others are left out, such as DROP TABLE, INSERT and USE. So are statements about
    /// reviewseed's own tables, about tables that the file does not create (ALTER TABLE IF EXISTS),
    /// and about tables that it drops later, unless another table is created LIKE them.
    pub definitions: Vec<Definition<'a>>,
    /// The statements that are not run and that the user is warned about.
    pub left_out: LeftOut,
}

/// A statement that describes a table, or a SET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition<'a> {
    /// The statement.
    pub statement: ScriptStatement<'a>,
    /// The name of the statement's table at the end of the file. `None` for SET, and for a table
    /// that the file drops.
    pub table: Option<String>,
    /// If the file drops the table: the tables that are created LIKE this table before that.
    models: Vec<String>,
    action: Action,
}

/// What is run for a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// The statement itself.
    Statement,
    /// One rename of a RENAME TABLE: its position in the statement, the old and the new name.
    Rename(usize, String, String),
    /// DROP TABLE for a table that the file drops. It is run as soon as the table is no longer
    /// needed for CREATE TABLE … LIKE.
    Drop(String),
}

impl Definition<'_> {
    /// The SQL to run.
    pub fn to_run(&self) -> Cow<'_, str> {
        match &self.action {
            Action::Statement => self.statement.to_run(),
            Action::Rename(_, from, to) => Cow::Owned(format!(
                "RENAME TABLE {} TO {}",
                quote_identifier(from),
                quote_identifier(to)
            )),
            Action::Drop(table) => Cow::Owned(format!("DROP TABLE {}", quote_identifier(table))),
        }
    }

    /// The SQL to run if the server cannot add the foreign keys of [`Definition::to_run`] without
    /// copying the table. `None` for other statements, and for statements that specify an
    /// algorithm.
    ///
    /// With `foreign_key_checks` off, servers change the table without copying it. Then MySQL does
    /// not find a parent key that the same statement adds, and MariaDB may give an unnamed foreign
    /// key a name that is already used. Both cases work if the table is copied, which servers do
    /// when the checks are on.
    pub fn to_run_by_copy(&self) -> Option<String> {
        match self.action {
            Action::Statement => self.statement.by_copy(),
            Action::Rename(..) | Action::Drop(_) => None,
        }
    }

    /// Whether [`Definition::to_run_by_copy`] should be run first. If a foreign key has two names
    /// and the table is not copied, MariaDB uses the name of the index for the foreign key.
    pub fn is_better_by_copy(&self) -> bool {
        self.action == Action::Statement && self.statement.names_foreign_key_twice()
    }

    /// The tables of the file that need this statement. Empty for SET.
    pub fn made_for(&self) -> &[String] {
        match &self.table {
            Some(table) => std::slice::from_ref(table),
            None => &self.models,
        }
    }

    /// The name that the statement gives to its table, if the table has another name at the end of
    /// the file.
    pub fn passing_name(&self) -> Option<String> {
        let name = match &self.action {
            Action::Rename(_, _, to) => to.clone(),
            Action::Statement if self.statement.kind() == StatementKind::CreateTable => {
                self.statement.table()?.1
            }
            Action::Statement | Action::Drop(_) => return None,
        };
        (self.table.as_ref() != Some(&name)).then_some(name)
    }

    /// The old and the new name, if the definition is a rename.
    pub(crate) fn rename(&self) -> Option<(&str, &str)> {
        match &self.action {
            Action::Rename(_, from, to) => Some((from, to)),
            Action::Statement | Action::Drop(_) => None,
        }
    }

    /// The table that the definition drops.
    pub(crate) fn drops(&self) -> Option<&str> {
        match &self.action {
            Action::Drop(table) => Some(table),
            Action::Statement | Action::Rename(..) => None,
        }
    }

    /// Whether another definition has the same statement.
    fn is_repeated(&self) -> bool {
        match self.action {
            Action::Rename(number, ..) => number > 0,
            Action::Drop(_) => true,
            Action::Statement => false,
        }
    }
}

impl<'a> Script<'a> {
    /// Reads the text of a schema file. `origin` is the name of the file for messages.
    ///
    /// # Errors
    ///
    /// The same as for [`split`]. Also when statements are unknown that may create or change a
    /// table, or tables are named with a database: then all of them are reported, each with its
    /// line. Also when the file has no CREATE TABLE.
    pub fn read(sql: &'a str, origin: &str) -> Result<Script<'a>> {
        let mut tables = Tables::default();
        let mut procedures = Procedures::default();
        let mut prepared = Prepared::default();
        let mut faults = Vec::new();
        for statement in split(sql, origin)? {
            procedures.take_up(&statement);
            let is_harmless =
                procedures.is_harmless_call(&statement) || prepared.is_harmless_execute(&statement);
            prepared.take_up(&statement, &|_| None);
            let fault = match is_harmless {
                true => None,
                false => statement.fault(),
            };
            let fault = fault.or_else(|| tables.take_up(statement).err());
            if let Some((line, words)) = fault {
                faults.push(format!("{origin}:{line}: {words}"));
            }
        }
        if !faults.is_empty() {
            return Err(Error::Statements(faults));
        }
        let script = tables.finish();
        let makes_table = |definition: &Definition<'_>| {
            definition.statement.kind() == StatementKind::CreateTable && definition.table.is_some()
        };
        if !script.definitions.iter().any(makes_table) {
            return Err(Error::NoTable {
                origin: origin.to_owned(),
            });
        }
        Ok(script)
    }

    /// All statements, each only once.
    pub fn statements(&self) -> impl Iterator<Item = &ScriptStatement<'a>> {
        let once = self.definitions.iter().filter(|d| !d.is_repeated());
        once.map(|definition| &definition.statement)
    }

    /// The engine that the file specifies for a table, in CREATE TABLE, ALTER TABLE or SET.
    pub fn engine_of(&self, table: &str) -> Option<NamedEngine> {
        let mut default = None;
        let mut engine = None;
        for definition in &self.definitions {
            let about = definition.table.as_deref();
            if about.is_some_and(|about| about != table) {
                continue;
            }
            let named = definition.statement.engines().into_iter().next();
            match definition.statement.kind() {
                StatementKind::SetSession if named.is_some() => default = named,
                StatementKind::CreateTable => engine = named.or(default.clone()),
                StatementKind::AlterTable if named.is_some() => engine = named,
                _ => {}
            }
        }
        engine
    }

    /// Whether the file sets the sql_mode that applies when its tables are created.
    pub fn sets_sql_mode(&self) -> bool {
        let settings = self.statements();
        settings
            .filter(|statement| statement.kind() == StatementKind::SetSession)
            .any(ScriptStatement::sets_sql_mode)
    }

    /// The line on which a table is created. 1 if the file does not create it.
    pub fn table_line(&self, table: &str) -> usize {
        self.about(table)
            .next()
            .map_or(1, |statement| statement.line)
    }

    /// The line on which a column is defined. If it is not found, the line of the table.
    pub fn column_line(&self, table: &str, column: &str) -> usize {
        let mut lines = self.about(table).filter_map(|s| s.column_line(column));
        lines.next().unwrap_or_else(|| self.table_line(table))
    }

    /// The line of a table's foreign key to this parent table. If it is not found, the line of the
    /// table.
    pub fn reference_line(&self, table: &str, parent: &str) -> usize {
        let mut lines = self.about(table).filter_map(|s| s.reference_line(parent));
        lines.next().unwrap_or_else(|| self.table_line(table))
    }

    /// Warnings about statements that are not run.
    pub fn warnings(&self, origin: &str) -> Vec<String> {
        let tables = self.definitions.iter().filter_map(|d| d.table.as_deref());
        self.left_out.warnings(origin, &tables.collect::<Vec<_>>())
    }

    /// The statements about a table.
    pub fn about<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s ScriptStatement<'a>> {
        let about = |definition: &&'s Definition<'a>| definition.table.as_deref() == Some(table);
        let all = self.definitions.iter().filter(about);
        all.map(|definition| &definition.statement)
    }
}
