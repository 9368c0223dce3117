//! Parses schema.sql without a server: the statements that describe tables become a [`Schema`].
//!
//! The grammar is that of MySQL and of MariaDB, in our own parser over the tokens of a statement.
//! The result equals what `inspect` reads from a server on which the file was run, except the text
//! of CHECKs and default expressions, which servers rewrite. So this module adds what a server
//! adds: names of unnamed indexes and foreign keys, the index of a foreign key, NOT NULL of a
//! primary key. It skips statements that create no table, and PARTITION BY. A clause that is not
//! known is a fault, which a server can resolve.
//!
//! An executable comment, `/*!50100 … */`, is parsed as the newest version of the server executes
//! it. In `/*!999999 … */` a schema states constraints that its rows meet and that no server
//! creates, such as a foreign key between tables of two servers; these are parsed too.
//!
//! `cursor` walks over the tokens. `create`, `alter` and `indexes` read statements, `columns`
//! columns with their `spelling` of types and their `defaults`, `keys` keys and constraints,
//! `options` options of a table. A `draft` is a table that later statements change, and `complete`
//! adds what servers add to its keys.

mod alter;
mod columns;
mod complete;
mod create;
mod cursor;
mod defaults;
mod draft;
mod indexes;
mod keys;
mod options;
mod spelling;
pub mod types;

use std::collections::HashMap;

use super::order::in_load_order;
use super::statements::{Script, ScriptStatement, StatementKind};
use crate::error::Error;
use cursor::Cursor;
use draft::{Draft, same};
use model::flavour::Flavour;
use model::schema::{IndexKind, Schema};

/// The tables of a schema file, as far as it can be parsed without a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedSchema {
    /// The tables that could be parsed.
    pub schema: Schema,
    /// The faults of the statements that could not be parsed.
    pub faults: Vec<Fault>,
    /// The names of the indexes of each table in the order in which the file defines them.
    pub index_order: HashMap<String, Vec<String>>,
}

impl ParsedSchema {
    /// Puts the indexes of a schema, which are sorted by name, into the order of the file.
    ///
    /// They must be created in that order: when two indexes cost the same, the optimizer of MySQL
    /// picks the one created first, even if only the other one avoids a sort.
    pub fn order_indexes(&self, schema: &mut Schema) {
        for table in &mut schema.tables {
            let written = self.index_order.get(&table.name);
            let written = written.map(|names| &names[..]).unwrap_or_default();
            let position = |name: &str| written.iter().position(|own| same(own, name));
            table.indexes.sort_by_cached_key(|index| {
                (
                    index.kind != IndexKind::Primary,
                    position(&index.name).unwrap_or(usize::MAX),
                )
            });
        }
    }
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

/// Parses the statements of a schema file as MySQL does, as far as that can be done without a
/// server.
pub fn parse_script(script: &Script<'_>, origin: &str) -> ParsedSchema {
    parse_for(script, origin, Flavour::MySql)
}

/// Parses the statements of a schema file as a family of servers does.
pub fn parse_for(script: &Script<'_>, origin: &str, flavour: Flavour) -> ParsedSchema {
    let mut reader = Reader {
        origin,
        flavour,
        drafts: Vec::new(),
        faults: Vec::new(),
    };
    for statement in script.statements() {
        reader.take_up(statement);
    }
    reader.finish(script)
}

/// The tables that the statements have described so far.
struct Reader<'a> {
    origin: &'a str,
    flavour: Flavour,
    drafts: Vec<Draft>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn take_up(&mut self, statement: &ScriptStatement<'_>) {
        let place = Place {
            origin: self.origin,
            line: statement.line,
        };
        let Some((_, table)) = statement.table() else {
            return;
        };
        // a later statement about a table that could not be parsed would only add a second fault
        let has_fault = self
            .faults
            .iter()
            .any(|f| f.table.as_deref() == Some(&table));
        if has_fault {
            return;
        }
        let mut cursor = Cursor::new(statement, place, self.flavour);
        if cursor.at_end() {
            // the statement is for other servers
            return;
        }
        let read = match statement.kind() {
            StatementKind::CreateTable => create::read(self, &mut cursor),
            StatementKind::AlterTable => alter::table(self, &mut cursor),
            StatementKind::CreateIndex => indexes::create(self, &mut cursor),
            StatementKind::DropIndex => indexes::drop(self, &mut cursor),
            StatementKind::RenameTable => indexes::rename_tables(self, &mut cursor),
            _ => Ok(()),
        };
        if let Err(text) = read {
            self.fault(&table, text);
        }
    }

    fn fault(&mut self, table: &str, text: String) {
        let table = Some(table.to_owned());
        self.faults.push(Fault { table, text });
    }

    fn finish(mut self, script: &Script<'_>) -> ParsedSchema {
        let faults = &self.faults;
        self.drafts.retain(|draft| {
            let about = |fault: &Fault| fault.table.as_ref() == Some(&draft.table.name);
            !faults.iter().any(about)
        });
        let engine_of = |table: &str| script.engine_of(table).map(|engine| engine.name);
        for draft in &mut self.drafts {
            let source = draft.engine_of.as_deref();
            draft.table.engine =
                engine_of(&draft.table.name).or_else(|| source.and_then(engine_of));
            draft.table.checks = draft.enforced_checks();
        }
        let (tables, broken) = complete::tables(self.drafts);
        for (table, line, text) in broken {
            let place = Place {
                origin: self.origin,
                line,
            };
            self.faults.push(Fault {
                table: Some(table),
                text: place.error(text),
            });
        }
        let names = |table: &model::schema::Table| {
            let indexes = table.indexes.iter().map(|index| index.name.clone());
            (table.name.clone(), indexes.collect())
        };
        ParsedSchema {
            index_order: tables.iter().map(names).collect(),
            schema: in_load_order(tables),
            faults: self.faults,
        }
    }

    fn position(&self, table: &str) -> Option<usize> {
        self.drafts
            .iter()
            .position(|draft| draft.table.name == table)
    }

    /// Reads the name of a table that was created above.
    fn find(&self, cursor: &mut Cursor<'_>) -> Result<usize> {
        let place = cursor.place();
        let name = self.table_name(cursor)?;
        self.position(&name)
            .ok_or_else(|| place.error(format!("{name} has not been created above this line")))
    }

    /// Reads the name of a table of the database.
    fn table_name(&self, cursor: &mut Cursor<'_>) -> Result<String> {
        let name = cursor.name()?;
        match cursor.is_sign('.') {
            false => Ok(name),
            true => Err(cursor.error(format!(
                "{name} is the name of a database; name the table alone, the database comes from --database-url"
            ))),
        }
    }

    /// Gives a table another name, also in the foreign keys to it.
    fn rename_table(&mut self, at: usize, to: String) {
        let from = std::mem::replace(&mut self.drafts[at].table.name, to.clone());
        let prefix = format!("{from}_ibfk_");
        for key in &mut self.drafts[at].foreign_keys {
            let number = key
                .name
                .as_ref()
                .and_then(|name| name.strip_prefix(&prefix));
            if let Some(number) = number.filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
                key.name = Some(format!("{to}_ibfk_{number}"));
            }
        }
        let keys = self
            .drafts
            .iter_mut()
            .flat_map(|draft| &mut draft.foreign_keys);
        for key in keys.filter(|key| key.parent_database.is_none() && key.parent_table == from) {
            key.parent_table.clone_from(&to);
        }
    }

    /// Gives a column another name, also in the keys of its table and in the foreign keys to it.
    fn rename_column(&mut self, at: usize, from: &str, to: &str) {
        self.drafts[at].rename_in_keys(from, to);
        let table = self.drafts[at].table.name.clone();
        let keys = self
            .drafts
            .iter_mut()
            .flat_map(|draft| &mut draft.foreign_keys);
        let to_table =
            keys.filter(|key| key.parent_database.is_none() && key.parent_table == table);
        for column in to_table.flat_map(|key| &mut key.parent_columns) {
            if same(column, from) {
                to.clone_into(column);
            }
        }
    }
}

/// A file and a line, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    origin: &'a str,
    line: usize,
}

impl Place<'_> {
    /// A message with this file and line.
    fn error(self, text: impl std::fmt::Display) -> String {
        format!("{}:{}: {text}", self.origin, self.line)
    }
}

#[cfg(test)]
mod tests;
