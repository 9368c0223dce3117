//! Parses schema.sql without a server: CREATE TABLE statements become a [`Schema`].
//!
//! The result equals what `inspect` reads from a server on which the file was run, except the text
//! of CHECKs and default expressions, which servers rewrite. So this module adds what a server
//! adds: names of unnamed indexes and foreign keys, the index of a foreign key, NOT NULL of a
//! primary key. It skips statements that create no table, and PARTITION BY. A clause that the
//! sqlparser crate does not know (INVISIBLE, ZEROFILL, …) is a fault, which a server can resolve.
//!
//! The content of an executable comment, `/*! … */`, is parsed whatever its version. In `/*!999999
//! … */` a schema states constraints that its rows meet and that no server creates, such as a
//! foreign key between tables of two servers.
//!
//! `columns` parses columns, `types` their types, `keys` collects keys, and `complete` adds what
//! servers add to keys.

mod columns;
mod complete;
mod keys;
pub mod types;

use sqlparser::ast::{
    AlterTableOperation, CreateIndex, CreateTable, CreateTableOptions, Expr, ObjectName, SqlOption,
    Statement, Value,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::order::in_load_order;
use super::statements::{Script, ScriptStatement};
use crate::error::Error;
use keys::Keys;
use model::schema::{Schema, Table};

/// The tables of a schema file, as far as it can be parsed without a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedSchema {
    /// The tables that could be parsed.
    pub schema: Schema,
    /// The faults of the statements that could not be parsed.
    pub faults: Vec<Fault>,
}

/// A part of a schema file that cannot be parsed without a server. A server may be able to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its table; `None` when it concerns the whole file.
    pub table: Option<String>,
    /// The file, the line where it is known, and what is wrong.
    pub text: String,
}

/// A result whose error is a message with file and line.
type Result<T> = std::result::Result<T, String>;

/// Parses the text of a schema file. `origin` is its name, for messages.
///
/// # Errors
///
/// The same as for [`Script::read`]; and [`Error::NeedsServer`] with all faults of
/// [`parse_script`].
pub fn parse(sql: &str, origin: &str) -> std::result::Result<Schema, Error> {
    let parsed = parse_script(&Script::read(sql, origin)?, origin);
    if parsed.faults.is_empty() {
        return Ok(parsed.schema);
    }
    let faults = parsed.faults.into_iter().map(|fault| fault.text);
    Err(Error::NeedsServer(faults.collect()))
}

/// Parses the statements of a schema file, as far as that can be done without a server.
pub fn parse_script(script: &Script<'_>, origin: &str) -> ParsedSchema {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut faults: Vec<Fault> = Vec::new();
    for statement in &script.statements {
        let place = Place {
            origin,
            line: statement.line,
        };
        let Some((_, table)) = statement.table() else {
            continue;
        };
        // a later statement about a table that could not be parsed would only add a second fault
        let has_fault = faults.iter().any(|f| f.table.as_deref() == Some(&table));
        if has_fault && !drafts.iter().any(|draft| draft.table.name == table) {
            continue;
        }
        if let Err(text) = parse_statement(&mut drafts, statement, place, &mut faults) {
            let table = Some(table);
            faults.push(Fault { table, text });
        }
    }
    drafts.retain(|draft| {
        let about = |fault: &Fault| fault.table.as_ref() == Some(&draft.table.name);
        !faults.iter().any(about)
    });
    for draft in &mut drafts {
        let engine = script.engine_of(&draft.table.name);
        draft.table.engine = engine.map(|engine| engine.name);
    }
    let tables = drafts.into_iter().map(|draft| (draft.table, draft.keys));
    let tables = complete::complete(tables.collect()).unwrap_or_else(|error| {
        faults.push(Fault {
            table: None,
            text: format!("{origin}: {error}"),
        });
        Vec::new()
    });
    ParsedSchema {
        schema: in_load_order(tables),
        faults,
    }
}

/// A table whose keys are not complete yet.
struct Draft {
    table: Table,
    keys: Keys,
}

/// A file and a line, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    origin: &'a str,
    line: usize,
}

impl Place<'_> {
    /// The place of a line that is counted from the beginning of the statement, from 1.
    fn at(self, line_of_statement: u64) -> Self {
        let below = usize::try_from(line_of_statement).unwrap_or(1).max(1) - 1;
        Place {
            line: self.line + below,
            ..self
        }
    }

    /// A message with this file and line.
    fn error(self, text: impl std::fmt::Display) -> String {
        format!("{}:{}: {text}", self.origin, self.line)
    }
}

fn parse_statement(
    drafts: &mut Vec<Draft>,
    statement: &ScriptStatement,
    place: Place,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    // Script::engine_of finds the engine in the tokens
    if statement.sets_options_only() {
        return Ok(());
    }
    let cannot_parse = |error: sqlparser::parser::ParserError| {
        let (line, text) = locate(&error.to_string());
        let words = format!("this clause cannot be parsed without a server: {text}");
        place.at(line).error(words)
    };
    let parsed = Parser::new(&MySqlDialect {})
        .try_with_sql(statement.without_partitions())
        .and_then(|mut parser| parser.parse_statements())
        .map_err(cannot_parse)?;
    for statement in parsed {
        match statement {
            Statement::CreateTable(create) => {
                let draft = table(create, place, faults)?;
                if drafts
                    .iter()
                    .any(|other| other.table.name == draft.table.name)
                {
                    return Err(place.error(format!("{} is created twice", draft.table.name)));
                }
                drafts.push(draft);
            }
            Statement::CreateIndex(index) => create_index(drafts, index, place)?,
            Statement::AlterTable(alter) => {
                let draft = find(drafts, &alter.name, place)?;
                for operation in alter.operations {
                    alter_table(draft, operation, place)?;
                }
            }
            other => {
                return Err(place.error(format!("{other} is not supported in a schema file")));
            }
        }
    }
    Ok(())
}

fn alter_table(draft: &mut Draft, operation: AlterTableOperation, place: Place) -> Result<()> {
    match operation {
        AlterTableOperation::AddConstraint { constraint, .. } => {
            draft.keys.add(&mut draft.table, constraint, place)
        }
        AlterTableOperation::AutoIncrement { .. } => Ok(()),
        other => Err(place.error(format!(
            "ALTER TABLE … {other} needs a server; write it into CREATE TABLE {} instead",
            draft.table.name
        ))),
    }
}

/// Splits a message of sqlparser, `… at Line: 3, Column: 7`, into line and text.
fn locate(message: &str) -> (u64, String) {
    let text = message.trim_start_matches("sql parser error: ");
    let Some((text, place)) = text.rsplit_once(" at Line: ") else {
        return (1, text.to_owned());
    };
    let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(1), text.to_owned())
}

/// Parses CREATE TABLE. Faults of columns are added to `faults`, so that all of them are reported.
fn table(create: CreateTable, place: Place, faults: &mut Vec<Fault>) -> Result<Draft> {
    let name = single_name(&create.name, place)?;
    if create.temporary || create.query.is_some() || create.like.is_some() {
        return Err(place.error(format!(
            "{name}: TEMPORARY, LIKE and AS SELECT are not supported; write the columns into CREATE TABLE"
        )));
    }
    let mut draft = Draft {
        table: Table {
            name,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            charset: None,
            collation: None,
            system_versioned: false,
            engine: None,
        },
        keys: Keys::default(),
    };
    table_options(&mut draft.table, &create.table_options);
    for column in &create.columns {
        if let Err(text) = columns::add(&mut draft, column, place) {
            let table = Some(draft.table.name.clone());
            faults.push(Fault { table, text });
        }
    }
    for constraint in create.constraints {
        draft.keys.add(&mut draft.table, constraint, place)?;
    }
    Ok(draft)
}

fn table_options(table: &mut Table, options: &CreateTableOptions) {
    let CreateTableOptions::Plain(options) = options else {
        return;
    };
    for option in options {
        let SqlOption::KeyValue { key, value } = option else {
            continue;
        };
        let value = match value {
            Expr::Identifier(name) => name.value.to_lowercase(),
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                    text.to_lowercase()
                }
                _ => continue,
            },
            _ => continue,
        };
        let key = key.value.to_uppercase();
        if key.ends_with("CHARSET") || key.ends_with("CHARACTER SET") {
            table.charset = Some(types::charset_name(&value));
        } else if key.ends_with("COLLATE") {
            table.collation = Some(types::collation_name(&value));
        }
    }
    if let (None, Some(collation)) = (&table.charset, &table.collation) {
        table.charset = Some(types::charset_of(collation));
    }
}

fn create_index(drafts: &mut [Draft], index: CreateIndex, place: Place) -> Result<()> {
    let draft = find(drafts, &index.table_name, place)?;
    let Some(name) = &index.name else {
        return Err(place.error("CREATE INDEX needs a name for the index"));
    };
    let name = single_name(name, place)?;
    let constraint = sqlparser::ast::IndexConstraint {
        display_as_key: false,
        name: Some(name.as_str().into()),
        index_type: index.using,
        columns: index.columns,
        index_options: index.index_options,
    };
    let kind = match index.unique {
        true => model::schema::IndexKind::Unique,
        false => model::schema::IndexKind::Plain,
    };
    draft.keys.written_at(place, 0);
    draft.keys.add_index(kind, constraint, place)
}

fn find<'a>(drafts: &'a mut [Draft], name: &ObjectName, place: Place) -> Result<&'a mut Draft> {
    let name = single_name(name, place)?;
    drafts
        .iter_mut()
        .find(|draft| draft.table.name == name)
        .ok_or_else(|| place.error(format!("{name} has not been created above this line")))
}

fn single_name(name: &ObjectName, place: Place) -> Result<String> {
    match &name.0[..] {
        [part] => match part.as_ident() {
            Some(ident) => Ok(ident.value.clone()),
            None => Err(place.error(format!("{name} is not a name"))),
        },
        _ => Err(place.error(format!(
            "{name} is named with its database; name the table alone, the database comes from --database-url"
        ))),
    }
}

/// The database, where it is written, and the table name.
fn qualified_name(name: &ObjectName, place: Place) -> Result<(Option<String>, String)> {
    let [database, table] = &name.0[..] else {
        return Ok((None, single_name(name, place)?));
    };
    match (database.as_ident(), table.as_ident()) {
        (Some(database), Some(table)) => Ok((Some(database.value.clone()), table.value.clone())),
        _ => Err(place.error(format!("{name} is not a name"))),
    }
}

#[cfg(test)]
mod tests;
