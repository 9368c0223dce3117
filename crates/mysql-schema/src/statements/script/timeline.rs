//! Finds out which statements of a file belong to which table, if tables are renamed and dropped.
//!
//! A table that the file drops later is not created. For example, dumps create a table for each
//! view and drop it later. But if another table is created LIKE it, the table is created, and
//! dropped right after that statement.

use std::collections::{HashMap, HashSet};

use super::super::left_out::LeftOut;
use super::super::tables::Rename;
use super::{Action, Definition, OWN_TABLES, Script, ScriptStatement, StatementKind};

/// The tables of a file, as far as the file has been read.
#[derive(Default)]
pub(super) struct Tables<'a> {
    entries: Vec<Entry<'a>>,
    /// The current name of each table. `None` if the table has been dropped.
    names: Vec<Option<String>>,
    /// For each current name, the position of its table.
    now: HashMap<String, usize>,
    /// The TEMPORARY tables. Until one is dropped, a statement with its name is about it, even if
    /// another table has the same name.
    temporary: HashSet<String>,
    left_out: LeftOut,
}

/// A statement that may have to be run.
struct Entry<'a> {
    statement: ScriptStatement<'a>,
    /// The position of its table. `None` for SET.
    table: Option<usize>,
    action: Action,
    /// For CREATE TABLE … LIKE: the position of the model table, and its name at that time.
    like: Option<(usize, String)>,
}

/// A line and a message.
type Fault = (usize, String);

impl<'a> Tables<'a> {
    /// Processes one statement.
    pub(super) fn take_up(&mut self, statement: ScriptStatement<'a>) -> Result<(), Fault> {
        match statement.kind() {
            StatementKind::DropTable => self.take_up_drop(&statement),
            StatementKind::CreateTemporary => {
                self.temporary
                    .extend(statement.table().map(|(_, table)| table));
                self.left_out.add(&statement);
            }
            StatementKind::SetSession => self.push(statement, None),
            StatementKind::NotCreated(_) | StatementKind::Other | StatementKind::Unknown => {
                self.left_out.add(&statement);
            }
            kind => {
                let Some((database, table)) = statement.table() else {
                    self.push(statement, None);
                    return Ok(());
                };
                if table.starts_with(OWN_TABLES) {
                    return Ok(());
                }
                let renames = statement.renames();
                let elsewhere = renames.iter().find_map(|rename| rename.database.clone());
                if let Some(database) = database.or(elsewhere) {
                    let words = format!(
                        "{table} is named with its database {database}; name the table alone, the database comes \
                         from --database-url"
                    );
                    return Err((statement.line, words));
                }
                return match kind {
                    StatementKind::CreateTable => self.create(statement, &table),
                    StatementKind::RenameTable => self.rename_tables(statement, renames),
                    _ => self.change(statement, &table, renames),
                };
            }
        }
        Ok(())
    }

    fn create(&mut self, statement: ScriptStatement<'a>, table: &str) -> Result<(), Fault> {
        if statement.or_replace().is_some() {
            self.drop_tables(&[table.to_owned()]);
        }
        let is_new = !self.now.contains_key(table);
        let source = statement.like().filter(|_| is_new);
        if let Some(model) = source
            .as_ref()
            .filter(|name| self.temporary.contains(*name))
        {
            let words = format!(
                "{table} is created LIKE {model}, a TEMPORARY table, which is not created; \
                 write the columns into CREATE TABLE {table}"
            );
            return Err((statement.line, words));
        }
        let like = source.and_then(|name| Some((*self.now.get(&name)?, name)));
        let number = self.number(table);
        self.push(statement, Some(number));
        if let Some(entry) = self.entries.last_mut() {
            entry.like = like;
        }
        Ok(())
    }

    fn change(
        &mut self,
        statement: ScriptStatement<'a>,
        table: &str,
        renames: Vec<Rename>,
    ) -> Result<(), Fault> {
        if self.temporary.contains(table) {
            if let Some(rename) = renames.into_iter().next_back() {
                self.temporary.remove(table);
                self.temporary.insert(rename.to);
            }
            return Ok(());
        }
        // the statement is left out, because it could change a table of the user's database that is
        // not in this file
        if statement.says_if_exists() && !self.now.contains_key(table) {
            return Ok(());
        }
        let number = self.number(table);
        for rename in &renames {
            self.check_new_name(&statement, number, rename)?;
        }
        self.push(statement, Some(number));
        for rename in renames {
            self.rename(number, rename.to);
        }
        Ok(())
    }

    /// Processes RENAME TABLE, from left to right.
    fn rename_tables(
        &mut self,
        statement: ScriptStatement<'a>,
        renames: Vec<Rename>,
    ) -> Result<(), Fault> {
        let if_exists = statement.says_if_exists();
        let mut done = 0;
        for rename in renames {
            if if_exists && !self.now.contains_key(&rename.from) {
                continue;
            }
            let number = self.number(&rename.from);
            self.check_new_name(&statement, number, &rename)?;
            let Rename { from, to, .. } = rename;
            self.rename(number, to.clone());
            self.entries.push(Entry {
                statement,
                table: Some(number),
                action: Action::Rename(done, from, to),
                like: None,
            });
            done += 1;
        }
        Ok(())
    }

    /// Reports a rename to the name of another table, which a server rejects.
    fn check_new_name(
        &self,
        statement: &ScriptStatement<'_>,
        table: usize,
        rename: &Rename,
    ) -> Result<(), Fault> {
        let other = self.now.get(&rename.to).filter(|other| **other != table);
        if other.is_none() || statement.is_conditional() {
            return Ok(());
        }
        let (from, to) = (&rename.from, &rename.to);
        let words = format!(
            "{from} cannot be renamed to {to}, because a table {to} exists at this line; \
             choose another name, or write DROP TABLE {to} before it"
        );
        Err((statement.line, words))
    }

    fn rename(&mut self, table: usize, to: String) {
        if let Some(from) = self.names[table].replace(to.clone()) {
            self.now.remove(&from);
        }
        self.now.insert(to, table);
    }

    fn take_up_drop(&mut self, statement: &ScriptStatement<'_>) {
        let mut tables = statement.dropped_tables();
        tables.retain(|table| !self.temporary.remove(table));
        let words = statement.first_words(2);
        if !words.iter().any(|word| word == "TEMPORARY") {
            self.drop_tables(&tables);
        }
    }

    fn drop_tables(&mut self, tables: &[String]) {
        for table in tables {
            if let Some(number) = self.now.remove(table) {
                self.names[number] = None;
            }
        }
    }

    /// The position of the table that currently has this name.
    fn number(&mut self, table: &str) -> usize {
        let next = self.names.len();
        let number = *self.now.entry(table.to_owned()).or_insert(next);
        if number == next {
            self.names.push(Some(table.to_owned()));
        }
        number
    }

    fn push(&mut self, statement: ScriptStatement<'a>, table: Option<usize>) {
        self.entries.push(Entry {
            statement,
            table,
            action: Action::Statement,
            like: None,
        });
    }

    /// The statements to run.
    pub(super) fn finish(self) -> Script<'a> {
        let models = self.models();
        let mut definitions = Vec::with_capacity(self.entries.len());
        for (at, entry) in self.entries.into_iter().enumerate() {
            let (statement, name) = (entry.statement, entry.table.map(|t| &self.names[t]));
            let model = entry.table.and_then(|table| models.get(&table));
            let (table, made_for) = match (name, model) {
                (None, _) => (None, Vec::new()),
                (Some(Some(name)), _) => (Some(name.clone()), Vec::new()),
                (Some(None), Some(model)) if at < model.last_use => (None, model.made_for.clone()),
                (Some(None), _) => continue,
            };
            definitions.push(Definition {
                statement,
                table,
                models: made_for,
                action: entry.action,
            });
            if let Some((source, name)) = entry.like
                && let Some(model) = models.get(&source).filter(|model| model.last_use == at)
            {
                definitions.push(Definition {
                    statement,
                    table: None,
                    models: model.made_for.clone(),
                    action: Action::Drop(name),
                });
            }
        }
        Script {
            definitions,
            left_out: self.left_out,
        }
    }

    /// Finds the tables that the file drops but that are needed because others are created LIKE
    /// them.
    fn models(&self) -> HashMap<usize, Model> {
        let mut models: HashMap<usize, Model> = HashMap::new();
        // a model may be created LIKE another model, so the entries are read backwards
        for (at, entry) in self.entries.iter().enumerate().rev() {
            let (Some(table), Some((source, _))) = (entry.table, &entry.like) else {
                continue;
            };
            let made_for = match (&self.names[table], models.get(&table)) {
                (Some(name), _) => vec![name.clone()],
                (None, Some(model)) => model.made_for.clone(),
                (None, None) => continue,
            };
            if self.names[*source].is_none() {
                let model = models.entry(*source).or_insert(Model {
                    last_use: at,
                    made_for: Vec::new(),
                });
                model.made_for.extend(made_for);
            }
        }
        models
    }
}

/// A table that is created only because others are created LIKE it.
struct Model {
    /// The position of the last CREATE TABLE … LIKE this table.
    last_use: usize,
    /// The tables that are created LIKE this table, directly or indirectly.
    made_for: Vec<String>,
}
