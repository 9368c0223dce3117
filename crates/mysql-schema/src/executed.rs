//! Replaces each EXECUTE by the statement that it runs, if that statement is known for certain.
//!
//! Some schema files must work for tables with and without a certain column. They choose the text
//! of a prepared statement with IF and a query of `information_schema`. A schema file describes a
//! database that is empty before its first line. So the statements above such a query determine its
//! result.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::parse::parse_script;
use crate::statements::{
    Prepared, RowCount, Script, ScriptStatement, StatementKind, TokenKind, edited, split,
    without_own_database,
};
use model::schema::{IndexKey, IndexKind, Schema, Table};

/// A schema file in which EXECUTE was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The text of the file. Every line keeps its number.
    pub sql: String,
    /// Messages for the user about the replaced statements, if they are about tables.
    pub notes: Vec<String>,
}

/// What a statement of a script runs besides itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inner {
    /// Nothing.
    Nothing,
    /// One of these texts.
    OneOf(Vec<String>),
    /// Something that the script does not show: the statements of a routine, or a text that a query
    /// makes.
    Unknown,
}

/// Follows what the EXECUTE and CALL of a script run, in the order of its statements.
#[derive(Debug, Default)]
pub struct InnerStatements(Prepared);

impl InnerStatements {
    /// What the next statement runs.
    pub fn of(&mut self, statement: &ScriptStatement<'_>) -> Inner {
        let first = statement.first_tokens(1);
        let is = |word: &str| first.first().is_some_and(|token| token.is(word));
        let inner = match is("EXECUTE") {
            true => match self.0.executed_texts(statement) {
                Some(texts) => Inner::OneOf(texts),
                None => Inner::Unknown,
            },
            false if is("CALL") => Inner::Unknown,
            false => Inner::Nothing,
        };
        self.0.take_up(statement, &|_| None);
        inner
    }
}

/// Replaces each EXECUTE that can run only one text by that text. All others are kept.
///
/// # Errors
///
/// The same as for [`split`].
pub fn with_executed(sql: &str, origin: &str) -> Result<Executed> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let mut executed = Executed {
        sql: sql.to_owned(),
        notes: Vec::new(),
    };
    let executes = |statement: &ScriptStatement<'_>| {
        let first = statement.first_tokens(1);
        first.first().is_some_and(|token| token.is("EXECUTE"))
    };
    let statements = split(sql, origin)?;
    if !statements.iter().any(executes) {
        return Ok(executed);
    }
    let mut prepared = Prepared::default();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for statement in &statements {
        let text = prepared.only_text(statement);
        let text = text.filter(|_| !statement.is_conditional());
        if let Some((text, kind)) = text.and_then(|text| on_one_line(text, statement)) {
            if kind != StatementKind::Other {
                executed.notes.push(format!(
                    "{origin}:{}: {} runs: {text}",
                    statement.line, statement.text
                ));
            }
            let place = statement.start..statement.start + statement.text.len();
            edits.push((place, text));
        }
        let above = || edited(&sql[..statement.start], edits.clone());
        prepared.take_up(statement, &|count| rows(count, &above()));
    }
    executed.sql = edited(sql, edits);
    Ok(executed)
}

/// The text on one line without its semicolon, and the kind of its statement. `None` if it is not
/// exactly one statement, or cannot be written on one line.
fn on_one_line(text: &str, execute: &ScriptStatement<'_>) -> Option<(String, StatementKind)> {
    let statements = split(text, "").ok()?;
    let [mut statement] = statements[..] else {
        return None;
    };
    statement.mode = execute.mode;
    let is_in_string = |token: &TokenKind| match token {
        TokenKind::String(text) | TokenKind::QuotedName(text) => text.contains(['\n', '\r']),
        TokenKind::Word(_) | TokenKind::Other(_) => false,
    };
    let lines = statement.text.contains(['\n', '\r']);
    let has_comment = statement.text.contains("--") || statement.text.contains('#');
    let tokens = statement.first_tokens(usize::MAX);
    if lines && (has_comment || tokens.iter().any(|token| is_in_string(&token.kind))) {
        return None;
    }
    Some((statement.text.replace(['\n', '\r'], " "), statement.kind()))
}

/// How many rows a query of the catalogue would find after the statements `above`. `None` if
/// unknown.
fn rows(count: &RowCount, above: &str) -> Option<usize> {
    let above = without_own_database(above, "").ok()?.sql;
    let schema = match Script::read(&above, "") {
        Ok(script) => {
            let parsed = parse_script(&script, "");
            parsed.faults.is_empty().then_some(parsed.schema)?
        }
        Err(Error::NoTable { .. }) => Schema::default(),
        Err(_) => return None,
    };
    let mut found = 0;
    for table in &schema.tables {
        for row in rows_of(&count.catalogue, table)? {
            found += usize::from(is_wanted(&row, count)?);
        }
    }
    // if the query names a view, or a constraint that the parsed schema lacks, 0 rows found may be
    // wrong, so the number is unknown
    let may_be_unknown = count.wanted.iter().any(|(column, value)| {
        let is_known = column == "TABLE_NAME" && schema.table(value).is_some();
        let is_name = column == "TABLE_NAME" || column == "CONSTRAINT_NAME";
        is_name && !is_known && above.to_lowercase().contains(&value.to_lowercase())
    });
    (found > 0 || !may_be_unknown).then_some(found)
}

/// Names and values of the columns in a row of the catalogue.
type CatalogueRow<'t> = Vec<(&'static str, &'t str)>;

/// The rows that a catalogue table has for this table. `None` if the catalogue table is not
/// supported.
fn rows_of<'t>(catalogue: &str, table: &'t Table) -> Option<Vec<CatalogueRow<'t>>> {
    let of_table = ("TABLE_NAME", table.name.as_str());
    let foreign_keys = table.foreign_keys.iter().map(|key| {
        let parent = ("REFERENCED_TABLE_NAME", key.parent_table.as_str());
        vec![of_table, ("CONSTRAINT_NAME", key.name.as_str()), parent]
    });
    let rows = match catalogue {
        "TABLES" => vec![vec![of_table, ("TABLE_TYPE", "BASE TABLE")]],
        "COLUMNS" => {
            let columns = table.columns.iter();
            columns
                .map(|column| vec![of_table, ("COLUMN_NAME", column.name.as_str())])
                .collect()
        }
        "STATISTICS" => {
            let parts = table.indexes.iter().flat_map(|index| {
                let name = ("INDEX_NAME", index.name.as_str());
                index.parts.iter().map(move |part| match &part.key {
                    IndexKey::Column(column) => vec![of_table, name, ("COLUMN_NAME", column)],
                    IndexKey::Expression(_) => vec![of_table, name, ("COLUMN_NAME", "")],
                })
            });
            parts.collect()
        }
        "TABLE_CONSTRAINTS" => {
            let unique = table.indexes.iter().filter_map(|index| {
                let kind = match index.kind {
                    IndexKind::Primary => "PRIMARY KEY",
                    IndexKind::Unique => "UNIQUE",
                    _ => return None,
                };
                let name = ("CONSTRAINT_NAME", index.name.as_str());
                Some(vec![of_table, name, ("CONSTRAINT_TYPE", kind)])
            });
            let foreign = table.foreign_keys.iter().map(|key| {
                let kind = ("CONSTRAINT_TYPE", "FOREIGN KEY");
                vec![of_table, ("CONSTRAINT_NAME", key.name.as_str()), kind]
            });
            unique.chain(foreign).collect()
        }
        "REFERENTIAL_CONSTRAINTS" => foreign_keys.collect(),
        _ => return None,
    };
    Some(rows)
}

/// Whether a row has the wanted values. `None` if that is not certain.
fn is_wanted(row: &CatalogueRow<'_>, count: &RowCount) -> Option<bool> {
    let mut all = true;
    for (column, value) in &count.wanted {
        let (_, own) = row.iter().find(|(name, _)| name == column)?;
        let is_alike = own.to_lowercase() == value.to_lowercase();
        // the server decides whether names of tables that differ only in case are the same
        if *column == "TABLE_NAME" && is_alike && own != value {
            return None;
        }
        all &= is_alike;
    }
    // the parsed schema lacks CHECKs that are not enforced, so it cannot answer queries for CHECKs
    let of_checks = ("CONSTRAINT_TYPE".to_owned(), "CHECK".to_owned());
    (!count.wanted.contains(&of_checks)).then_some(all)
}

#[cfg(test)]
mod tests;
