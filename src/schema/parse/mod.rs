//! Reads schema.sql offline: the text of CREATE TABLE statements becomes a [`Schema`].
//!
//! The result is what `inspect` reads from a server on which the file was run, but for the text of CHECKs (and of expressions
//! used as defaults), which servers rewrite. So what a server adds by itself is added here: names of unnamed indexes and foreign
//! keys, the index that a foreign key brings, NOT NULL of a primary key. Statements that make no table are passed over, and so is
//! PARTITION BY. What the sqlparser crate does not know (INVISIBLE, ZEROFILL, …) is an error that says so: a server can read it.
//!
//! What stands in an executable comment, `/*! … */`, is read here whatever its version: in `/*!999999 … */` a schema says what its
//! rows obey and no server keeps, such as a foreign key between tables of several servers.
//!
//! Here are statements and tables; `types` has the column types, `complete` what servers add to keys.

mod columns;
mod complete;
mod keys;
pub(super) mod types;

use anyhow::{Context, Result, anyhow, bail};
use sqlparser::ast::{
    AlterTableOperation, CreateIndex, CreateTable, CreateTableOptions, Expr, ObjectName, SqlOption,
    Statement, Value,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::order::{MissingParent, in_load_order};
use super::statements::{ScriptStatement, StatementKind, split};
use super::{Schema, Table};
use keys::Keys;

/// Reads the text of a schema file. `origin` is its name, for messages.
///
/// # Errors
///
/// What cannot be read, what is not supported (with table, column and line), a reference to a table that is not in the
/// file, and tables that refer to each other in a circle.
pub fn parse(sql: &str, origin: &str) -> Result<Schema> {
    let mut drafts: Vec<Draft> = Vec::new();
    for statement in split(sql, origin)? {
        let place = Place {
            origin,
            line: statement.line,
        };
        match statement.kind() {
            StatementKind::Other | StatementKind::SetSession => {}
            StatementKind::CreateTable | StatementKind::CreateIndex | StatementKind::AlterTable => {
                read(&mut drafts, &statement, place)?;
            }
        }
    }
    if drafts.is_empty() {
        bail!("{origin}: there is no CREATE TABLE in it");
    }
    let tables = drafts.into_iter().map(|draft| (draft.table, draft.keys));
    let tables = complete::finish(tables.collect()).with_context(|| origin.to_owned())?;
    in_load_order(tables, MissingParent::Refused).with_context(|| origin.to_owned())
}

/// A table whose keys are still as they were written.
struct Draft {
    table: Table,
    keys: Keys,
}

/// Where in the file: names lines for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    origin: &'a str,
    line: usize,
}

impl Place<'_> {
    /// The same place, at a line counted from the beginning of the statement.
    fn at(self, line_of_statement: u64) -> Self {
        let below = usize::try_from(line_of_statement).unwrap_or(1).max(1) - 1;
        Place {
            line: self.line + below,
            ..self
        }
    }

    fn error(self, text: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}:{}: {text}", self.origin, self.line)
    }
}

const LET_THE_SERVER_READ_IT: &str = "some clauses, such as INVISIBLE and ZEROFILL, only a server can read; \
give --database-url and it will, or leave them out";

fn read(drafts: &mut Vec<Draft>, statement: &ScriptStatement, place: Place) -> Result<()> {
    let unreadable = |error: sqlparser::parser::ParserError| {
        let (line, text) = locate(&error.to_string());
        place.at(line).error(format!(
            "this cannot be read offline: {text}; {LET_THE_SERVER_READ_IT}"
        ))
    };
    let parsed = Parser::new(&MySqlDialect {})
        .try_with_sql(statement.without_partitions())
        .and_then(|mut parser| parser.parse_statements())
        .map_err(unreadable)?;
    for statement in parsed {
        match statement {
            Statement::CreateTable(create) => {
                let draft = table(create, place)?;
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
                    match operation {
                        AlterTableOperation::AddConstraint { constraint, .. } => {
                            draft.keys.add(&mut draft.table, constraint, place)?;
                        }
                        other => {
                            return Err(place.error(format!(
                                "ALTER TABLE … {other} is not read offline; write it into CREATE TABLE {}",
                                draft.table.name
                            )));
                        }
                    }
                }
            }
            other => return Err(place.error(format!("{other} is not understood here"))),
        }
    }
    Ok(())
}

/// Takes `… at Line: 3, Column: 7` off a message of sqlparser.
fn locate(message: &str) -> (u64, String) {
    let text = message.trim_start_matches("sql parser error: ");
    let Some((text, place)) = text.rsplit_once(" at Line: ") else {
        return (1, text.to_owned());
    };
    let digits: String = place.chars().take_while(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(1), text.to_owned())
}

fn table(create: CreateTable, place: Place) -> Result<Draft> {
    let name = single_name(&create.name, place)?;
    if create.temporary || create.query.is_some() || create.like.is_some() {
        return Err(place.error(format!(
            "{name}: TEMPORARY, LIKE and AS SELECT are not read offline; write the columns out"
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
        },
        keys: Keys::default(),
    };
    table_options(&mut draft.table, &create.table_options);
    for column in &create.columns {
        columns::add(&mut draft, column, place)?;
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
        return Err(place.error("an index needs a name here"));
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
        true => super::IndexKind::Unique,
        false => super::IndexKind::Plain,
    };
    draft.keys.written_at(place, 0);
    draft.keys.add_index(kind, constraint, place)
}

fn find<'a>(drafts: &'a mut [Draft], name: &ObjectName, place: Place) -> Result<&'a mut Draft> {
    let name = single_name(name, place)?;
    drafts
        .iter_mut()
        .find(|draft| draft.table.name == name)
        .ok_or_else(|| place.error(format!("{name} has not been created above")))
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

/// A table's name and, where it is written, that of its database.
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
