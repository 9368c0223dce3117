//! Reads schema.sql offline: the text of CREATE TABLE statements becomes a [`Schema`].
//!
//! The result is what `inspect` reads from a server on which the file was run, but for the text of
//! CHECKs (and of expressions used as defaults), which servers rewrite. So what a server adds by
//! itself is added here: names of unnamed indexes and foreign keys, the index that a foreign key
//! brings, NOT NULL of a primary key. Statements that make no table are passed over, and so is
//! PARTITION BY. What the sqlparser crate does not know (INVISIBLE, ZEROFILL, …) is an error that
//! says so: a server can read it.
//!
//! What stands in an executable comment, `/*! … */`, is read here whatever its version: in
//! `/*!999999 … */` a schema says what its rows obey and no server keeps, such as a foreign key
//! between tables of several servers.
//!
//! Here are statements and tables; `types` has the column types, `complete` what servers add to
//! keys.

mod columns;
mod complete;
mod keys;
pub mod types;

use anyhow::{Result, anyhow, bail};
use sqlparser::ast::{
    AlterTableOperation, CreateIndex, CreateTable, CreateTableOptions, Expr, ObjectName, SqlOption,
    Statement, Value,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::order::in_load_order;
use super::statements::{Script, ScriptStatement};
use keys::Keys;
use model::schema::{Schema, Table};

/// A schema file as far as it can be read offline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The tables that can be read.
    pub schema: Schema,
    /// What cannot.
    pub faults: Vec<Fault>,
}

/// Something of a schema file that cannot be read offline; a server may be able to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table that it is about, where one is.
    pub table: Option<String>,
    /// The file and the line, where one is known, and what is there.
    pub text: String,
}

/// Reads the text of a schema file. `origin` is its name, for messages.
///
/// # Errors
///
/// What [`read`] cannot read, all of it at once.
pub fn parse(sql: &str, origin: &str) -> Result<Schema> {
    let reading = read(&Script::read(sql, origin)?, origin);
    if reading.faults.is_empty() {
        return Ok(reading.schema);
    }
    let faults: Vec<String> = reading.faults.into_iter().map(|fault| fault.text).collect();
    bail!("{}; {LET_THE_SERVER_READ_IT}", faults.join("\n"))
}

/// Reads the statements of a schema file as far as that can be done offline.
pub fn read(script: &Script<'_>, origin: &str) -> Reading {
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
        let is_lost = faults.iter().any(|f| f.table.as_deref() == Some(&table));
        // what follows from an earlier fault is none of its own
        if is_lost && !drafts.iter().any(|draft| draft.table.name == table) {
            continue;
        }
        if let Err(error) = read_statement(&mut drafts, statement, place, &mut faults) {
            faults.push(Fault {
                table: Some(table),
                text: format!("{error:#}"),
            });
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
    let tables = complete::finish(tables.collect()).unwrap_or_else(|error| {
        faults.push(Fault {
            table: None,
            text: format!("{origin}: {error:#}"),
        });
        Vec::new()
    });
    Reading {
        schema: in_load_order(tables),
        faults,
    }
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

/// What helps where a clause cannot be read offline.
pub const LET_THE_SERVER_READ_IT: &str = "some clauses, such as INVISIBLE and ZEROFILL, only a server can read: \
`reviewseed seed --dry-run` lets it; or leave them out";

fn read_statement(
    drafts: &mut Vec<Draft>,
    statement: &ScriptStatement,
    place: Place,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    // the engine is read from the words
    if statement.sets_options_only() {
        return Ok(());
    }
    let unreadable = |error: sqlparser::parser::ParserError| {
        let (line, text) = locate(&error.to_string());
        place
            .at(line)
            .error(format!("this cannot be read offline: {text}"))
    };
    let parsed = Parser::new(&MySqlDialect {})
        .try_with_sql(statement.without_partitions())
        .and_then(|mut parser| parser.parse_statements())
        .map_err(unreadable)?;
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
                    match operation {
                        AlterTableOperation::AddConstraint { constraint, .. } => {
                            draft.keys.add(&mut draft.table, constraint, place)?;
                        }
                        AlterTableOperation::AutoIncrement { .. } => {}
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

/// What is wrong with its columns goes to `faults`, all of it.
fn table(create: CreateTable, place: Place, faults: &mut Vec<Fault>) -> Result<Draft> {
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
            engine: None,
        },
        keys: Keys::default(),
    };
    table_options(&mut draft.table, &create.table_options);
    for column in &create.columns {
        if let Err(error) = columns::add(&mut draft, column, place) {
            faults.push(Fault {
                table: Some(draft.table.name.clone()),
                text: format!("{error:#}"),
            });
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
