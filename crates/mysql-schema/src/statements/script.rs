//! The statements of a schema file that describe tables, with the session settings that they may
//! depend on.

use super::{NamedEngine, ScriptStatement, StatementKind, split};
use crate::error::{Error, Result};

/// The prefix of the names of reviewseed's own tables.
pub const OWN_TABLES: &str = "_reviewseed_";

/// A schema file, split and filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script<'a> {
    /// The statements that create the tables in the current database, in the order of the file.
    /// DROP, INSERT, USE and all others are left out, and so are statements about reviewseed's own
    /// tables and about tables that the file drops later.
    pub statements: Vec<ScriptStatement<'a>>,
    /// Views, triggers, routines and the like, which are not created: their lines and kinds.
    pub not_created: Vec<(usize, &'static str)>,
    /// Lines of the statements that store or change rows, which are not run.
    pub row_statements: Vec<usize>,
    /// The table of each statement; `None` for SET.
    tables: Vec<Option<String>>,
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
            if let Some((line, words)) = statement.fault() {
                faults.push(format!("{origin}:{line}: {words}"));
                continue;
            }
            match statement.kind() {
                StatementKind::NotCreated(what) => script.not_created.push((statement.line, what)),
                StatementKind::DropTable => script.drop_tables(&statement.dropped_tables()),
                StatementKind::Other if statement.changes_rows() => {
                    script.row_statements.push(statement.line);
                }
                StatementKind::Other | StatementKind::Unknown => {}
                StatementKind::SetSession => script.push(statement, None),
                _ => match statement.table() {
                    Some((_, table)) if table.starts_with(OWN_TABLES) => {}
                    Some((Some(database), table)) => faults.push(format!(
                        "{origin}:{}: {table} is named with its database {database}; name the table alone, the database comes \
                         from --database-url",
                        statement.line
                    )),
                    Some((None, table))
                        if statement.kind() == StatementKind::CreateTable
                            && statement.or_replace().is_some() =>
                    {
                        script.drop_tables(std::slice::from_ref(&table));
                        script.push(statement, Some(table));
                    }
                    Some((None, table)) => script.push(statement, Some(table)),
                    None => script.push(statement, None),
                },
            }
        }
        if !faults.is_empty() {
            return Err(Error::Statements(faults));
        }
        let makes_table = |s: &ScriptStatement<'_>| s.kind() == StatementKind::CreateTable;
        if !script.statements.iter().any(makes_table) {
            return Err(Error::NoTable {
                origin: origin.to_owned(),
            });
        }
        Ok(script)
    }

    /// Removes the statements about these tables: dumps create a table in place of each view and
    /// drop it later.
    fn drop_tables(&mut self, tables: &[String]) {
        let stays =
            |about: &Option<String>| about.as_ref().is_none_or(|table| !tables.contains(table));
        if self.tables.iter().all(stays) {
            return;
        }
        let mut about = self.tables.iter();
        self.statements.retain(|_| about.next().is_none_or(stays));
        self.tables.retain(stays);
    }

    fn push(&mut self, statement: ScriptStatement<'a>, table: Option<String>) {
        self.statements.push(statement);
        self.tables.push(table);
    }

    /// The engine that the file names for a table, in CREATE TABLE, ALTER TABLE or SET.
    pub fn engine_of(&self, table: &str) -> Option<NamedEngine> {
        let mut default = None;
        let mut engine = None;
        for (statement, about) in self.statements.iter().zip(&self.tables) {
            if about.as_deref().is_some_and(|about| about != table) {
                continue;
            }
            let named = statement.engines().into_iter().next();
            match statement.kind() {
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
        let settings = self.statements.iter();
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
        let of = |(line, what): &(usize, &str)| format!("{what} of line {line}");
        let list: Vec<String> = self.not_created.iter().map(of).collect();
        let mut warnings = Vec::new();
        if !list.is_empty() {
            warnings.push(format!(
                "{origin}: reviewseed creates only tables and leaves out: {}; create them after the load",
                list.join(", ")
            ));
        }
        if let Some(first) = self.row_statements.first() {
            let several = match self.row_statements.len() {
                1 => format!("the statement of line {first} changes rows and is"),
                n => format!("{n} statements from line {first} on change rows and are"),
            };
            warnings.push(format!(
                "{origin}: {several} not run, because rows come from the input files"
            ));
        }
        warnings
    }

    /// The statements about a table.
    pub fn about<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s ScriptStatement<'a>> {
        let all = self.statements.iter().zip(&self.tables);
        let about = all.filter(move |(_, about)| about.as_deref() == Some(table));
        about.map(|(statement, _)| statement)
    }
}

/// The statements of [`Script::read`].
///
/// # Errors
///
/// The same as for [`Script::read`].
pub fn definitions<'a>(sql: &'a str, origin: &str) -> Result<Vec<ScriptStatement<'a>>> {
    Ok(Script::read(sql, origin)?.statements)
}
