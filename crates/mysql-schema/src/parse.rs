//! Parses schema.sql without a server. The statements that describe tables become a [`Schema`].
//!
//! The grammar is that of MySQL and MariaDB. Our own parser works on the tokens of a statement. The
//! result equals what `inspect` would read from a server on which the file was run, except for the
//! text of CHECKs and default expressions, which servers rewrite. So this module adds what a server
//! adds: the names of unnamed indexes and foreign keys, the index of a foreign key, and NOT NULL
//! for the primary key. It skips PARTITION BY, and statements that do not create tables. An unknown
//! clause is a fault, which a server may be able to resolve.
//!
//! An executable comment, `/*!50100 … */`, is parsed as the newest version of the server would
//! execute it. In `/*!999999 … */`, a schema can state constraints that its rows satisfy but that
//! no server creates, such as a foreign key between tables of two servers. Such comments are parsed
//! too.
//!
//! `cursor` moves over the tokens. `create`, `alter` and `indexes` parse statements. `columns`
//! parses columns, with the `spelling` of types and `defaults`. `keys` and `foreign_keys` parse
//! keys and constraints, `options` the options of a table, and `bytes` literals of bytes. A `draft`
//! is a table that later statements can still change. `names_in` finds the columns that expressions
//! name, and `complete` adds what servers add to keys.

mod alter;
mod bytes;
mod columns;
mod complete;
mod create;
mod cursor;
mod defaults;
mod draft;
mod foreign_keys;
mod indexes;
mod keys;
mod names_in;
mod options;
mod spelling;
pub mod types;

use std::collections::HashMap;

use super::order::in_load_order;
use super::statements::{Definition, Script, StatementKind};
use crate::error::Error;
pub(crate) use spelling::longest_character;

use cursor::Cursor;
use draft::{Draft, Renames, same};
use model::flavour::Flavour;
use model::schema::{IndexKind, Schema};

/// The tables of a schema file, as far as they can be parsed without a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedSchema {
    /// The tables that could be parsed.
    pub schema: Schema,
    /// What could not be parsed.
    pub faults: Vec<Fault>,
    /// For each table, the names of its indexes in the order in which the file defines them.
    pub index_order: HashMap<String, Vec<String>>,
}

impl ParsedSchema {
    /// Sorts the indexes of a schema, which are sorted by name, in the order of the file.
    ///
    /// Indexes must be created in the order of the file. When two indexes cost the same, the
    /// optimizer of MySQL picks the one created first, even if only the other one avoids a sort.
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

/// A part of a schema file that cannot be parsed without a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table that is affected. `None` if the fault affects the whole file.
    pub table: Option<String>,
    /// The message: the file, the line if it is known, and what is wrong.
    pub text: String,
    /// Whether a server or the user can resolve the fault.
    pub resolution: Resolution,
}

/// Who can resolve a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// A server, which may know the clause that this parser does not know.
    ByServer,
    /// The user, who must change the file: servers reject it, or would do something unwanted.
    /// Statements about the affected table are not run.
    ByUser,
}

impl Fault {
    /// Whether a server may be able to resolve the fault.
    pub fn is_for_server(&self) -> bool {
        self.resolution == Resolution::ByServer
    }
}

/// A result whose error is a message with file and line.
type Result<T> = std::result::Result<T, String>;

/// Parses the text of a schema file. `origin` is the name of the file for messages.
///
/// # Errors
///
/// The same as for [`Script::read`]. [`Error::Statements`] or [`Error::NeedsServer`] with all
/// faults of [`parse_script`].
pub fn parse(sql: &str, origin: &str) -> std::result::Result<Schema, Error> {
    parse_as(sql, origin, Flavour::MySql)
}

/// Parses the text of a schema file as servers of this family do.
///
/// # Errors
///
/// The same as for [`parse`].
pub fn parse_as(sql: &str, origin: &str, flavour: Flavour) -> std::result::Result<Schema, Error> {
    let parsed = parse_for(&Script::read(sql, origin)?, origin, flavour);
    if parsed.faults.is_empty() {
        return Ok(parsed.schema);
    }
    let is_for_server = parsed.faults.iter().any(Fault::is_for_server);
    let faults = parsed.faults.into_iter().map(|fault| fault.text);
    Err(match is_for_server {
        true => Error::NeedsServer(faults.collect()),
        false => Error::Statements(faults.collect()),
    })
}

/// The faults of a schema file that only the user can resolve, by the rules of this family of
/// servers. The caller must not run statements about a table that has such a fault.
pub fn faults_for_user(script: &Script<'_>, origin: &str, flavour: Flavour) -> Vec<Fault> {
    let mut faults = parse_for(script, origin, flavour).faults;
    faults.retain(|fault| !fault.is_for_server());
    faults
}

/// Parses the statements of a schema file as MySQL does, as far as that is possible without a
/// server.
pub fn parse_script(script: &Script<'_>, origin: &str) -> ParsedSchema {
    parse_for(script, origin, Flavour::MySql)
}

/// Parses the statements of a schema file as servers of this family do.
pub fn parse_for(script: &Script<'_>, origin: &str, flavour: Flavour) -> ParsedSchema {
    let mut reader = Reader {
        origin,
        flavour,
        default_engine: None,
        drafts: Vec::new(),
        faults: Vec::new(),
    };
    for definition in &script.definitions {
        reader.take_up(definition);
    }
    reader.finish()
}

/// The state of the parser: the tables that the statements have described so far.
struct Reader<'a> {
    origin: &'a str,
    flavour: Flavour,
    /// The engine that the file sets for tables that do not specify one.
    default_engine: Option<String>,
    drafts: Vec<Draft>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn take_up(&mut self, definition: &Definition<'_>) {
        let statement = &definition.statement;
        if statement.kind() == StatementKind::SetSession
            && let Some(engine) = statement.engines().into_iter().next()
        {
            self.default_engine = Some(engine.name);
        }
        if let Some(dropped) = definition.drops() {
            self.drafts.retain(|draft| draft.table.name != dropped);
            return;
        }
        let Some(table) = definition.made_for().first() else {
            return;
        };
        // a later statement about a table with a fault would only cause a second fault
        let is_known = |fault: &Fault| fault.table.as_ref() == Some(table);
        if self.faults.iter().any(is_known) {
            return;
        }
        let faults_before = self.faults.len();
        if let Err(text) = self.read(definition) {
            self.fault(table, text);
        }
        let checks = !statement.unchecked_keys;
        foreign_keys::imply_columns(&mut self.drafts, self.flavour, checks);
        // the fault may name the table by an earlier name
        for fault in &mut self.faults[faults_before..] {
            fault.table = Some(table.clone());
        }
    }

    fn read(&mut self, definition: &Definition<'_>) -> Result<()> {
        let statement = &definition.statement;
        let place = Place {
            origin: self.origin,
            line: statement.line,
        };
        let mut cursor = Cursor::new(statement, place, self.flavour);
        if cursor.at_end() {
            // only other servers execute this statement
            return Ok(());
        }
        if let Some((from, to)) = definition.rename() {
            let at = self.position(from);
            let at = at.ok_or_else(|| not_created(place, from))?;
            self.rename_table(at, to.to_owned());
            return Ok(());
        }
        match statement.kind() {
            StatementKind::CreateTable => create::read(self, &mut cursor),
            StatementKind::AlterTable => alter::table(self, &mut cursor),
            StatementKind::CreateIndex => indexes::create(self, &mut cursor),
            StatementKind::DropIndex => indexes::drop(self, &mut cursor),
            _ => Ok(()),
        }
    }

    /// Adds a fault that a server may be able to resolve.
    fn fault(&mut self, table: &str, text: String) {
        self.faults.push(Fault {
            table: Some(table.to_owned()),
            text,
            resolution: Resolution::ByServer,
        });
    }

    /// Adds a fault that only the user can resolve.
    fn error(&mut self, table: &str, text: String) {
        self.faults.push(Fault {
            table: Some(table.to_owned()),
            text,
            resolution: Resolution::ByUser,
        });
    }

    fn finish(mut self) -> ParsedSchema {
        let faults = &self.faults;
        self.drafts.retain(|draft| {
            let about = |fault: &Fault| fault.table.as_ref() == Some(&draft.table.name);
            !faults.iter().any(about)
        });
        for draft in &mut self.drafts {
            draft.table.checks = draft.enforced_checks();
        }
        let (tables, broken) = complete::tables(self.drafts, self.flavour);
        for broken in broken {
            let place = Place {
                origin: self.origin,
                line: broken.line,
            };
            let of_parent = |fault: &Fault| fault.table.as_ref() == Some(&broken.parent);
            let resolution = match self.faults.iter().any(of_parent) {
                // the parent table has a fault itself, so only a server may know which columns are
                // meant
                true => Resolution::ByServer,
                false => broken.resolution,
            };
            self.faults.push(Fault {
                table: Some(broken.table),
                text: place.error(broken.text),
                resolution,
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

    /// Parses the name of a table and finds the table. `None` if it has not been created earlier in
    /// the file, but the statement says IF EXISTS.
    fn find(&self, cursor: &mut Cursor<'_>, if_exists: bool) -> Result<Option<usize>> {
        let place = cursor.place();
        let name = cursor.table_name()?;
        match self.position(&name) {
            None if !if_exists => Err(not_created(place, &name)),
            found => Ok(found),
        }
    }

    /// Renames a table, and changes the foreign keys that refer to it.
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

    /// Renames columns of a table in the foreign keys that refer to it.
    fn rename_parent_columns(&mut self, at: usize, renames: &Renames) {
        let table = self.drafts[at].table.name.clone();
        let keys = self
            .drafts
            .iter_mut()
            .flat_map(|draft| &mut draft.foreign_keys);
        let to_table =
            keys.filter(|key| key.parent_database.is_none() && key.parent_table == table);
        for column in to_table.flat_map(|key| &mut key.parent_columns) {
            if let Some((_, to)) = renames.iter().find(|(from, _)| same(column, from)) {
                to.clone_into(column);
            }
        }
    }
}

/// The message for a statement about a table that has not been created yet.
fn not_created(place: Place<'_>, table: &str) -> String {
    place.error(format!(
        "{table} has not been created above this line; create {table} first"
    ))
}

/// A file and a line of it, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    origin: &'a str,
    line: usize,
}

impl Place<'_> {
    /// Makes a message that begins with this file and line.
    fn error(self, text: impl std::fmt::Display) -> String {
        format!("{}:{}: {text}", self.origin, self.line)
    }
}

#[cfg(test)]
mod tests;
