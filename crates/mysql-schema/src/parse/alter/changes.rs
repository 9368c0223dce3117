//! The changes that the clauses of one ALTER TABLE make, and how they are applied together.

use super::super::columns::{self, PendingColumn, TableCharset};
use super::super::cursor::Cursor;
use super::super::draft::{Draft, Renames, same};
use super::super::foreign_keys::PendingForeignKey;
use super::super::keys::PendingIndex;
use super::super::names_in::{names_column, names_others};
use super::super::options::StatedCharset;
use super::super::{Place, Reader, Result};
use model::flavour::Flavour;
use model::schema::{Column, ColumnType, IndexKey};

/// The changes of a table. All of them refer to the table as it was before the statement.
pub(super) struct Changes<'a> {
    /// The keys and constraints that are added, including those in column definitions.
    pub(super) added: Draft,
    /// The columns that are added or redefined, in the order of the clauses.
    pub(super) columns: Vec<Defined<'a>>,
    pub(super) dropped_columns: Vec<String>,
    pub(super) column_names: Renames,
    pub(super) index_names: Renames,
    pub(super) charset: StatedCharset,
    /// Whether existing columns are converted to the character set too.
    pub(super) converts: bool,
    pub(super) table_name: Option<String>,
    /// The indexes of the table before the statement.
    indexes_before: Vec<PendingIndex>,
}

/// A column in ADD, MODIFY or CHANGE.
pub(super) struct Defined<'a, C = PendingColumn> {
    /// The name before the statement. `None` for ADD.
    pub(super) of: Option<String>,
    pub(super) column: C,
    pub(super) position: Position,
    pub(super) place: Place<'a>,
}

/// Where a column is placed.
pub(super) enum Position {
    /// At the end if the column is new, otherwise at its place before the statement.
    Unstated,
    First,
    /// After the column that has this name when the statement has finished.
    After(String),
}

impl Changes<'_> {
    pub(super) fn new<'a>(draft: &Draft) -> Changes<'a> {
        Changes {
            added: draft.additions(),
            columns: Vec::new(),
            dropped_columns: Vec::new(),
            column_names: Vec::new(),
            index_names: Vec::new(),
            charset: StatedCharset::default(),
            converts: false,
            table_name: None,
            indexes_before: draft.indexes.clone(),
        }
    }

    /// Whether the statement adds a column with this name.
    pub(super) fn adds(&self, name: &str) -> bool {
        let mut added = self.columns.iter().filter(|defined| defined.of.is_none());
        added.any(|defined| same(defined.column.name(), name))
    }

    /// The message for a foreign key from the table to itself, if the same statement adds the
    /// parent key. MariaDB searches for that key in the table as it was before.
    pub(super) fn own_key_too_late(&self, draft: &Draft, flavour: Flavour) -> Option<String> {
        let table = &draft.table.name;
        let is_own =
            |key: &&PendingForeignKey| key.parent_database.is_none() && key.parent_table == *table;
        let has_key = |key: &PendingForeignKey| {
            let mut indexes = self.indexes_before.iter();
            indexes.any(|index| begins_with(index, &key.parent_columns))
        };
        let renames = |column: &String| self.column_names.iter().any(|(_, to)| same(to, column));
        let too_late = (self.added.foreign_keys.iter())
            .filter(is_own)
            .filter(|_| flavour == Flavour::MariaDb)
            .find(|key| !has_key(key) || key.parent_columns.iter().any(renames))?;
        Some(format!(
            "{table} gets a foreign key to itself ({}) in the ALTER TABLE that adds these columns or their key, but \
             MariaDB looks for the key before it adds it; write the foreign key into a separate ALTER TABLE \
             (MariaDB says: Foreign key constraint is incorrectly formed)",
            too_late.parent_columns.join(", ")
        ))
    }

    /// Applies the changes to the table at this position in `reader.drafts`.
    pub(super) fn apply(
        mut self,
        reader: &mut Reader<'_>,
        at: usize,
        cursor: &Cursor<'_>,
    ) -> Result<()> {
        let draft = &mut reader.drafts[at];
        std::mem::take(&mut self.charset).apply(&mut draft.table);
        let charset = draft.charset();
        if self.converts {
            for column in &mut draft.table.columns {
                columns::convert(column, &charset);
            }
        }
        let added: Vec<String> = (self.columns.iter())
            .filter(|defined| defined.of.is_none())
            .map(|defined| defined.column.name().to_owned())
            .collect();
        let before = draft.table.columns.clone();
        let renames = self.change_columns(draft, &charset, cursor)?;
        draft.follow_columns(&renames, &added);
        keep_key_lengths(draft, &before, &added).map_err(|words| cursor.error_at_start(words))?;
        for index in &mut draft.indexes {
            let own = |(from, _): &&(String, String)| {
                index.name.as_ref().is_some_and(|own| same(own, from))
            };
            if let Some((_, to)) = self.index_names.iter().find(own) {
                index.name = Some(to.clone());
                // the server no longer considers the index as generated
                index.generated = false;
            }
        }
        draft.take_up(self.added);
        reader.rename_parent_columns(at, &renames);
        if let Some(name) = self.table_name {
            reader.rename_table(at, name);
        }
        Ok(())
    }

    /// Changes the columns. Returns pairs of the old and the new name of each column that is kept.
    fn change_columns(
        &mut self,
        draft: &mut Draft,
        charset: &TableCharset,
        cursor: &Cursor<'_>,
    ) -> Result<Renames> {
        self.check_drops(draft, cursor)?;
        let converts = self.converts;
        let mut timestamps = Vec::new();
        let defined: Vec<Defined<'_, Column>> = (self.columns.drain(..))
            .map(|defined| {
                timestamps.extend(defined.column.implied_timestamp(cursor));
                let column = match converts {
                    true => defined.column.converted(),
                    false => defined.column,
                };
                Defined {
                    of: defined.of,
                    column: column.complete(charset, cursor),
                    position: defined.position,
                    place: defined.place,
                }
            })
            .collect();
        let before = std::mem::take(&mut draft.table.columns);
        let (mut list, renames) = self.in_place(before, &defined);
        let table = &draft.table.name;
        for defined in &defined {
            put(&mut list, defined).map_err(|after| {
                let words = format!("{table} has no column {after}");
                defined.place.error(words)
            })?;
        }
        let is_twice = |name: &str| list.iter().filter(|own| same(&own.name, name)).count() > 1;
        if let Some(twice) = list.iter().find(|column| is_twice(&column.name)) {
            let words = format!("{table}.{} is defined twice", twice.name);
            let mut definitions = defined.iter().rev();
            let found = definitions.find(|defined| same(&defined.column.name, &twice.name));
            return Err(match found {
                Some(defined) => defined.place.error(words),
                None => cursor.error_at_start(words),
            });
        }
        columns::promote_first_timestamp(&mut list, &timestamps);
        draft.table.columns = list;
        Ok(renames)
    }

    /// The columns that are kept, in their order before the statement, and pairs of their old and
    /// new names.
    fn in_place(
        &self,
        before: Vec<Column>,
        defined: &[Defined<'_, Column>],
    ) -> (Vec<Column>, Renames) {
        let mut list = Vec::with_capacity(before.len());
        let mut renames = Renames::new();
        for mut column in before {
            let name = column.name.clone();
            if self
                .dropped_columns
                .iter()
                .any(|dropped| same(dropped, &name))
            {
                continue;
            }
            let again = defined
                .iter()
                .find(|defined| defined.of.as_ref() == Some(&name));
            let renamed = self.column_names.iter().find(|(from, _)| same(from, &name));
            match (again, renamed) {
                (Some(again), _) => column = again.column.clone(),
                (None, Some((_, to))) => column.name.clone_from(to),
                (None, None) => {}
            }
            renames.push((name, column.name.clone()));
            list.push(column);
        }
        (list, renames)
    }

    /// Removes the CHECKs on dropped columns.
    ///
    /// # Errors
    ///
    /// When a CHECK on a dropped column also names other columns. Servers reject dropping such a
    /// column.
    fn check_drops(&self, draft: &mut Draft, cursor: &Cursor<'_>) -> Result<()> {
        for name in &self.dropped_columns {
            let columns = || {
                let names = draft
                    .table
                    .columns
                    .iter()
                    .map(|column| column.name.as_str());
                names.filter(|own| {
                    !self
                        .dropped_columns
                        .iter()
                        .any(|dropped| same(dropped, own))
                })
            };
            let names_more = |expression: &str| {
                names_column(expression, name) && names_others(expression, name, columns())
            };
            if let Some(check) = draft.checks.iter().find(|c| names_more(&c.expression)) {
                return Err(cursor.error_at_start(format!(
                    "{}.{name} cannot be dropped, because CHECK ({}) names it; drop the CHECK first",
                    draft.table.name, check.expression
                )));
            }
            draft.drop_checks_of(name);
        }
        Ok(())
    }
}

/// Inserts a column that is added or moved into the list of a table. If AFTER names a column that
/// is not in the list, the error is that name.
fn put(list: &mut Vec<Column>, defined: &Defined<'_, Column>) -> std::result::Result<(), String> {
    let column = &defined.column;
    let is_old = defined.of.is_some();
    if is_old && matches!(defined.position, Position::Unstated) {
        return Ok(());
    }
    let now = list.iter().position(|own| same(&own.name, &column.name));
    if let Some(now) = now.filter(|_| is_old) {
        list.remove(now);
    }
    let at = match &defined.position {
        Position::Unstated => list.len(),
        Position::First => 0,
        Position::After(name) => match list.iter().position(|own| same(&own.name, name)) {
            Some(found) => found + 1,
            None => return Err(name.clone()),
        },
    };
    list.insert(at, column.clone());
    Ok(())
}

/// If a column is dropped and added again in one statement, the keys on it are kept and index the
/// same length as before. `before` are the columns of the table before the statement.
fn keep_key_lengths(
    draft: &mut Draft,
    before: &[Column],
    added: &[String],
) -> std::result::Result<(), String> {
    let columns = &draft.table.columns;
    let find = |columns: &[Column], name: &str| {
        columns
            .iter()
            .find(|column| same(&column.name, name))
            .map(|column| column.kind.clone())
    };
    for part in draft.indexes.iter_mut().flat_map(|index| &mut index.parts) {
        let IndexKey::Column(name) = &part.key else {
            continue;
        };
        let is_added = added.iter().any(|own| same(own, name));
        let (Some(old), Some(new), true) = (find(before, name), find(columns, name), is_added)
        else {
            continue;
        };
        match old {
            ColumnType::VarChar { length } | ColumnType::Char { length } => {
                part.prefix = part.prefix.or(Some(length));
            }
            old if old == new => {}
            _ => {
                return Err(format!(
                    "{}.{name} is dropped and added again with another type, and a key of the table has this column; \
                     write MODIFY, or drop the key (MySQL says: Incorrect prefix key)",
                    draft.table.name
                ));
            }
        }
    }
    Ok(())
}

/// Whether an index begins with these columns, in any order.
fn begins_with(index: &PendingIndex, columns: &[String]) -> bool {
    let own: Vec<&str> = index.column_names().take(columns.len()).collect();
    let has = |column: &String| own.iter().any(|own| same(own, column));
    own.len() == columns.len() && columns.iter().all(has)
}
