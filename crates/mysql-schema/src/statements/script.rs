//! The statements of a schema file that describe tables, with the session settings that they may
//! depend on.

use std::borrow::Cow;

use super::left_out::LeftOut;
use super::{NamedEngine, ScriptStatement, StatementKind, split};
use crate::error::{Error, Result};
use crate::quote::quote_identifier;

/// The prefix of the names of reviewseed's own tables.
pub const OWN_TABLES: &str = "_reviewseed_";

/// A schema file, split and filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script<'a> {
    /// The statements that create the tables in the current database, in the order of the file.
    /// DROP TABLE, INSERT, USE and all others are left out, and so are statements about
    /// reviewseed's own tables and about tables that the file drops later.
    pub definitions: Vec<Definition<'a>>,
    /// What else the file has.
    pub left_out: LeftOut,
}

/// A statement that describes a table, or a SET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition<'a> {
    /// The statement.
    pub statement: ScriptStatement<'a>,
    /// The name that its table has at the end of the file; `None` for SET.
    pub table: Option<String>,
    /// For RENAME TABLE, which may rename several tables: which of them, and its two names.
    rename: Option<(usize, String, String)>,
}

impl Definition<'_> {
    /// The SQL to run.
    pub fn to_run(&self) -> Cow<'_, str> {
        match &self.rename {
            Some((_, from, to)) => Cow::Owned(format!(
                "RENAME TABLE {} TO {}",
                quote_identifier(from),
                quote_identifier(to)
            )),
            None => self.statement.to_run(),
        }
    }

    /// Whether it is a further table of a RENAME TABLE.
    pub(crate) fn is_repeated(&self) -> bool {
        self.rename.as_ref().is_some_and(|(number, ..)| *number > 0)
    }
}

impl<'a> Script<'a> {
    /// Reads the text of a schema file. `origin` is its name, for messages.
    ///
    /// # Errors
    ///
    /// The same as for [`split`]. Unknown statements that may create or change a table, and tables
    /// that are named with a database: all of them at once, each with its line. A file without
    /// CREATE TABLE.
    pub fn read(sql: &'a str, origin: &str) -> Result<Script<'a>> {
        let mut script = Script::default();
        let mut faults = Vec::new();
        for statement in split(sql, origin)? {
            let fault = statement
                .fault()
                .or_else(|| script.take_up(statement).err());
            if let Some((line, words)) = fault {
                faults.push(format!("{origin}:{line}: {words}"));
            }
        }
        if !faults.is_empty() {
            return Err(Error::Statements(faults));
        }
        let makes_table =
            |definition: &Definition<'_>| definition.statement.kind() == StatementKind::CreateTable;
        if !script.definitions.iter().any(makes_table) {
            return Err(Error::NoTable {
                origin: origin.to_owned(),
            });
        }
        Ok(script)
    }

    /// Takes up one statement. The error is a line and a message.
    fn take_up(
        &mut self,
        statement: ScriptStatement<'a>,
    ) -> std::result::Result<(), (usize, String)> {
        let kind = statement.kind();
        match kind {
            StatementKind::DropTable => self.drop_tables(&statement.dropped_tables()),
            StatementKind::SetSession => self.push(statement, None),
            StatementKind::NotCreated(_) | StatementKind::Other | StatementKind::Unknown => {
                self.left_out.add(&statement);
            }
            _ => {
                let Some((database, table)) = statement.table() else {
                    self.push(statement, None);
                    return Ok(());
                };
                if table.starts_with(OWN_TABLES) {
                    return Ok(());
                }
                if let Some(database) = database {
                    let words = format!(
                        "{table} is named with its database {database}; name the table alone, the database comes \
                         from --database-url"
                    );
                    return Err((statement.line, words));
                }
                if kind == StatementKind::CreateTable && statement.or_replace().is_some() {
                    self.drop_tables(std::slice::from_ref(&table));
                }
                self.describe(statement, kind, table);
            }
        }
        Ok(())
    }

    /// Adds a statement about a table.
    fn describe(&mut self, statement: ScriptStatement<'a>, kind: StatementKind, table: String) {
        let renames = statement.renames();
        if kind != StatementKind::RenameTable {
            self.push(statement, Some(table));
        }
        for (number, (from, to)) in renames.into_iter().enumerate() {
            for definition in &mut self.definitions {
                if definition.table.as_ref() == Some(&from) {
                    definition.table = Some(to.clone());
                }
            }
            if kind == StatementKind::RenameTable {
                self.definitions.push(Definition {
                    statement,
                    table: Some(to.clone()),
                    rename: Some((number, from, to)),
                });
            }
        }
    }

    /// Removes the statements about these tables: dumps create a table in place of each view and
    /// drop it later.
    fn drop_tables(&mut self, tables: &[String]) {
        self.definitions.retain(|definition| {
            let table = definition.table.as_ref();
            table.is_none_or(|table| !tables.contains(table))
        });
    }

    fn push(&mut self, statement: ScriptStatement<'a>, table: Option<String>) {
        self.definitions.push(Definition {
            statement,
            table,
            rename: None,
        });
    }

    /// The statements, each once.
    pub fn statements(&self) -> impl Iterator<Item = &ScriptStatement<'a>> {
        let once = self.definitions.iter().filter(|d| !d.is_repeated());
        once.map(|definition| &definition.statement)
    }

    /// The engine that the file names for a table, in CREATE TABLE, ALTER TABLE or SET.
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

    /// Whether the file sets the sql_mode under which its tables are created.
    pub fn sets_sql_mode(&self) -> bool {
        let settings = self.statements();
        settings
            .filter(|statement| statement.kind() == StatementKind::SetSession)
            .any(ScriptStatement::sets_sql_mode)
    }

    /// The line on which a table is created; 1 when the file does not create it.
    pub fn table_line(&self, table: &str) -> usize {
        self.about(table)
            .next()
            .map_or(1, |statement| statement.line)
    }

    /// The line on which a column is defined, else the line of its table.
    pub fn column_line(&self, table: &str, column: &str) -> usize {
        let mut lines = self.about(table).filter_map(|s| s.column_line(column));
        lines.next().unwrap_or_else(|| self.table_line(table))
    }

    /// The line of the foreign key of a table to its parent table, else the line of the table.
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

/// The definitions of [`Script::read`].
///
/// # Errors
///
/// As [`Script::read`].
pub fn definitions<'a>(sql: &'a str, origin: &str) -> Result<Vec<Definition<'a>>> {
    Ok(Script::read(sql, origin)?.definitions)
}
