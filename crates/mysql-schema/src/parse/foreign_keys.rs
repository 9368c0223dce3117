//! Foreign keys as they are written. `complete` generates missing names at the end of a statement.

use super::cursor::Cursor;
use super::draft::Draft;
use super::keys::{Constraint, PendingIndex, if_not_exists, names};
use super::{Place, Result};
use model::flavour::Flavour;
use model::schema::{IndexKind, ReferenceAction};

/// A foreign key. Its name may be missing, and its parent table may be created later.
#[derive(Debug, Clone)]
pub(super) struct PendingForeignKey {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) parent_database: Option<String>,
    pub(super) parent_table: String,
    pub(super) parent_columns: Vec<String>,
    pub(super) on_delete: ReferenceAction,
    pub(super) on_update: ReferenceAction,
    pub(super) line: usize,
    pub(super) naming: Naming,
}

/// Whether REFERENCES names the parent columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// REFERENCES names the columns, or it is known which columns the server uses.
    Known,
    /// REFERENCES does not name the columns, and it is not known yet which ones the server uses.
    Open,
    /// REFERENCES does not name the columns, and the parent table is not created earlier in the
    /// file.
    NoTable,
    /// REFERENCES does not name the columns, and the server does not accept that.
    NoColumns,
}

impl PendingForeignKey {
    /// The parent columns that servers of this family use if REFERENCES names none. MySQL 9 uses
    /// those of the primary key. MariaDB uses those with the same names as the columns of the
    /// foreign key. `None` if the server accepts no such key.
    fn implied_columns(&self, parent: &Draft, flavour: Flavour) -> Option<Vec<String>> {
        let columns: Vec<String> = match flavour {
            Flavour::MySql => {
                let mut indexes = parent.indexes.iter();
                let primary = indexes.find(|index| index.kind == IndexKind::Primary)?;
                primary.column_names().map(str::to_owned).collect()
            }
            Flavour::MariaDb => {
                let own =
                    |name: &String| Some(parent.table.columns[parent.column(name)?].name.clone());
                self.columns.iter().map(own).collect::<Option<_>>()?
            }
        };
        (columns.len() == self.columns.len()).then_some(columns)
    }
}

/// Parses what follows FOREIGN KEY.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft,
    constraint: Constraint,
) -> Result<()> {
    let if_missing = if_not_exists(cursor) || constraint.if_missing;
    let mut constraint = constraint.name;
    let index = match cursor.is_sign('(') {
        true => None,
        false => Some(cursor.name()?),
    };
    let columns = names(cursor)?;
    if cursor.flavour == Flavour::MariaDb {
        constraint = constraint.or(index.clone());
    }
    let exists = constraint
        .as_ref()
        .is_some_and(|name| draft.has_foreign_key(name));
    let index = constraint.clone().or(index);
    let before = (draft.indexes.len(), draft.foreign_keys.len());
    references(cursor, draft, (constraint, index), columns)?;
    if if_missing && exists {
        draft.indexes.truncate(before.0);
        draft.foreign_keys.truncate(before.1);
    }
    Ok(())
}

/// Parses REFERENCES, and adds the foreign key and its index. `names` are the names of the foreign
/// key and of the index.
pub(super) fn references(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft,
    (name, index_name): (Option<String>, Option<String>),
    columns: Vec<String>,
) -> Result<()> {
    let Place { line, .. } = cursor.place();
    cursor.expect("REFERENCES")?;
    let mut parent_database = None;
    let mut parent_table = cursor.name()?;
    if cursor.eat_sign('.') {
        parent_database = Some(std::mem::replace(&mut parent_table, cursor.name()?));
    }
    let parent_columns = match cursor.is_sign('(') {
        true => names(cursor)?,
        false => Vec::new(),
    };
    let naming = match parent_columns.is_empty() && !cursor.states_constraints() {
        true => Naming::Open,
        false => Naming::Known,
    };
    let mut key = PendingForeignKey {
        name,
        columns,
        parent_database,
        parent_table,
        parent_columns,
        on_delete: ReferenceAction::Restrict,
        on_update: ReferenceAction::Restrict,
        line,
        naming,
    };
    actions(cursor, &mut key)?;
    let mut index = PendingIndex::of_columns(index_name, IndexKind::Plain, &key.columns);
    index.generated = true;
    draft.indexes.push(index);
    draft.foreign_keys.push(key);
    Ok(())
}

/// Parses MATCH, ON DELETE and ON UPDATE.
fn actions(cursor: &mut Cursor<'_>, key: &mut PendingForeignKey) -> Result<()> {
    loop {
        if cursor.eat("MATCH") {
            cursor.name()?;
        } else if cursor.eat_all(&["ON", "DELETE"]) {
            key.on_delete = action(cursor)?;
        } else if cursor.is("ON") && cursor.is_ahead(1, "UPDATE") && !cursor.is_now_ahead(2) {
            cursor.eat_all(&["ON", "UPDATE"]);
            key.on_update = action(cursor)?;
        } else {
            return Ok(());
        }
    }
}

fn action(cursor: &mut Cursor<'_>) -> Result<ReferenceAction> {
    // if the foreign key specifies nothing, MySQL stores NO ACTION, and MariaDB RESTRICT
    let (restrict, no_action) = match cursor.flavour {
        Flavour::MySql => (ReferenceAction::StatedRestrict, ReferenceAction::Restrict),
        Flavour::MariaDb => (ReferenceAction::Restrict, ReferenceAction::StatedNoAction),
    };
    let words: [(&[&str], ReferenceAction); 5] = [
        (&["RESTRICT"], restrict),
        (&["NO", "ACTION"], no_action),
        (&["CASCADE"], ReferenceAction::Cascade),
        (&["SET", "NULL"], ReferenceAction::SetNull),
        (&["SET", "DEFAULT"], ReferenceAction::SetDefault),
    ];
    let found = words.into_iter().find(|(words, _)| cursor.eat_all(words));
    match found {
        // MariaDB accepts SET DEFAULT but does not store it
        Some((_, ReferenceAction::SetDefault)) if cursor.flavour == Flavour::MariaDb => {
            Ok(ReferenceAction::Restrict)
        }
        Some((_, action)) => Ok(action),
        None => Err(cursor.unknown()),
    }
}

/// Finds the parent columns of foreign keys that name none, as a server does when it runs a
/// statement. MySQL does so only for existing parents, and only while foreign_key_checks is on.
/// MariaDB also does so later.
pub(super) fn imply_columns(drafts: &mut [Draft], flavour: Flavour, checks: bool) {
    for child in 0..drafts.len() {
        for at in 0..drafts[child].foreign_keys.len() {
            let key = &drafts[child].foreign_keys[at];
            if key.naming != Naming::Open {
                continue;
            }
            let is_parent = |draft: &&Draft| {
                key.parent_database.is_none() && draft.table.name == key.parent_table
            };
            let parent = drafts.iter().find(is_parent);
            let can_look = checks || flavour == Flavour::MariaDb;
            let found = parent.filter(|_| can_look);
            let found = found.and_then(|parent| key.implied_columns(parent, flavour));
            let naming = match (&found, parent, flavour) {
                (Some(_), ..) => Naming::Known,
                (None, None, Flavour::MariaDb) => Naming::Open,
                (None, None, Flavour::MySql) if checks => Naming::NoTable,
                _ => Naming::NoColumns,
            };
            let key = &mut drafts[child].foreign_keys[at];
            key.naming = naming;
            key.parent_columns = found.unwrap_or_default();
        }
    }
}
