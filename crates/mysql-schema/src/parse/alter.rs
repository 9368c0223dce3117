//! ALTER TABLE: changes of a table that was created earlier in the file.
//!
//! All clauses of a statement refer to the columns and keys as they were before the statement. So
//! the clauses are collected in [`Changes`], which are applied at the end. A clause that only
//! removes or hides a key is applied immediately, because no other clause can name that key.

mod changes;

use super::columns;
use super::cursor::Cursor;
use super::draft::{Draft, same};
use super::keys;
use super::options;
use super::{Reader, Result, complete, defaults};
use changes::{Changes, Defined, Position};
use model::flavour::Flavour;
use model::schema::{Column, IndexKind};

/// Parses ALTER TABLE. All faults in its clauses are collected in `reader`.
pub(super) fn table(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("ALTER")?;
    while cursor.eat_any(&["ONLINE", "OFFLINE", "IGNORE"]).is_some() {}
    cursor.expect("TABLE")?;
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let Some(at) = reader.find(cursor, if_exists)? else {
        return Ok(());
    };
    wait(cursor)?;
    let name = reader.drafts[at].table.name.clone();
    let mut changes = Changes::new(&reader.drafts[at]);
    let faults_before = reader.faults.len();
    while !cursor.at_end() {
        let start = cursor.at();
        if let Err(text) = clause(cursor, &mut reader.drafts[at], &mut changes) {
            reader.fault(&name, text);
            cursor.go_to(start);
            cursor.next();
            cursor.skip_item();
        }
        cursor.eat_sign(',');
    }
    if let Some(words) = changes.own_key_too_late(&reader.drafts[at], cursor.flavour) {
        reader.error(&name, cursor.error_at_start(words));
    }
    if reader.faults.len() > faults_before {
        return Ok(());
    }
    if let Some(engine) = cursor.engine() {
        reader.drafts[at].table.engine = Some(engine);
    }
    changes.apply(reader, at, cursor)?;
    complete::settle(&mut reader.drafts[at], cursor).map_err(|words| cursor.error_at_start(words))
}

/// Skips WAIT 10 and NOWAIT of MariaDB.
pub(super) fn wait(cursor: &mut Cursor<'_>) -> Result<()> {
    if cursor.eat("WAIT") {
        cursor.whole_number()?;
    }
    cursor.eat("NOWAIT");
    Ok(())
}

/// Parses one clause.
fn clause<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft, changes: &mut Changes<'a>) -> Result<()> {
    if cursor.eat("ADD") {
        return add(cursor, draft, changes);
    }
    if cursor.eat("DROP") {
        return drop(cursor, draft, changes);
    }
    if cursor.is_any(&["MODIFY", "CHANGE"]) {
        return define_again(cursor, draft, changes);
    }
    if cursor.eat("RENAME") {
        return rename(cursor, draft, changes);
    }
    if cursor.eat("ALTER") {
        return alter(cursor, draft);
    }
    if cursor.eat_all(&["CONVERT", "TO"]) {
        return convert(cursor, changes);
    }
    if options::read(cursor, &mut draft.table, &mut changes.charset)? {
        return Ok(());
    }
    without_effect(cursor)
}

/// Skips a clause that changes neither rows nor keys. Some of these clauses extend to the end of
/// the statement.
fn without_effect(cursor: &mut Cursor<'_>) -> Result<()> {
    let to_the_end = [
        "ORDER",
        "PARTITION",
        "COALESCE",
        "REORGANIZE",
        "EXCHANGE",
        "ANALYZE",
        "CHECK",
        "OPTIMIZE",
        "REBUILD",
        "REPAIR",
        "TRUNCATE",
        "REMOVE",
        "UPGRADE",
        "DISCARD",
        "IMPORT",
        "SECONDARY_LOAD",
        "SECONDARY_UNLOAD",
    ];
    if cursor.is_any(&to_the_end) {
        while cursor.next().is_some() {}
        return Ok(());
    }
    let is_known = cursor.eat("FORCE")
        || cursor.eat_any(&["DISABLE", "ENABLE"]).is_some() && cursor.eat("KEYS")
        || cursor.eat_any(&["WITH", "WITHOUT"]).is_some() && cursor.eat("VALIDATION");
    match is_known {
        true => Ok(()),
        false => Err(cursor.unknown()),
    }
}

fn add<'a>(cursor: &mut Cursor<'a>, draft: &mut Draft, changes: &mut Changes<'a>) -> Result<()> {
    if cursor.is("PARTITION") {
        while cursor.next().is_some() {}
        return Ok(());
    }
    if cursor.eat_all(&["SYSTEM", "VERSIONING"]) {
        draft.table.system_versioned = true;
        return Ok(());
    }
    if keys::begins(cursor) {
        return keys::read(cursor, &mut changes.added);
    }
    cursor.eat("COLUMN");
    let if_missing = keys::if_not_exists(cursor);
    if !cursor.eat_sign('(') {
        return add_column(cursor, draft, changes, if_missing);
    }
    loop {
        match keys::begins(cursor) {
            true => keys::read(cursor, &mut changes.added)?,
            false => add_column(cursor, draft, changes, if_missing)?,
        }
        if !cursor.eat_sign(',') {
            return cursor.expect_sign(')');
        }
    }
}

fn add_column<'a>(
    cursor: &mut Cursor<'a>,
    draft: &Draft,
    changes: &mut Changes<'a>,
    if_missing: bool,
) -> Result<()> {
    let place = cursor.place();
    let checks_before = changes.added.checks.len();
    let column = columns::read(cursor, &mut changes.added)?;
    let position = position(cursor)?;
    if if_missing && (draft.column(column.name()).is_some() || changes.adds(column.name())) {
        // the column exists, so MariaDB adds only the keys in its definition
        changes.added.checks.truncate(checks_before);
        return Ok(());
    }
    changes.columns.push(Defined {
        of: None,
        column,
        position,
        place,
    });
    Ok(())
}

/// Parses FIRST or AFTER.
fn position(cursor: &mut Cursor<'_>) -> Result<Position> {
    if cursor.eat("FIRST") {
        return Ok(Position::First);
    }
    if cursor.eat("AFTER") {
        return Ok(Position::After(cursor.name()?));
    }
    Ok(Position::Unstated)
}

/// The message for an object that the table does not have.
pub(super) fn no(cursor: &Cursor<'_>, draft: &Draft, what: &str, name: &str) -> String {
    cursor.error(format!("{} has no {what} {name}", draft.table.name))
}

/// Parses MODIFY and CHANGE.
fn define_again<'a>(
    cursor: &mut Cursor<'a>,
    draft: &mut Draft,
    changes: &mut Changes<'a>,
) -> Result<()> {
    let place = cursor.place();
    let changes_name = cursor.is("CHANGE");
    cursor.next();
    cursor.eat("COLUMN");
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    let Some(found) = draft.column(&name) else {
        if !if_exists {
            return Err(no(cursor, draft, "column", &name));
        }
        cursor.skip_item();
        return Ok(());
    };
    let old_name = draft.table.columns[found].name.clone();
    let new_name = match changes_name {
        true => cursor.name()?,
        // keep the spelling of the first definition
        false => old_name.clone(),
    };
    if cursor.flavour == Flavour::MariaDb {
        draft.forget_column_checks(&name);
    }
    let column = columns::read_named(cursor, &mut changes.added, new_name)?;
    let position = position(cursor)?;
    changes.columns.push(Defined {
        of: Some(old_name),
        column,
        position,
        place,
    });
    Ok(())
}

fn rename(cursor: &mut Cursor<'_>, draft: &mut Draft, changes: &mut Changes<'_>) -> Result<()> {
    if cursor.eat("COLUMN") {
        let (if_exists, from, to) = names(cursor)?;
        match draft.column(&from) {
            Some(_) => changes.column_names.push((from, to)),
            None if if_exists => {}
            None => return Err(no(cursor, draft, "column", &from)),
        }
        return Ok(());
    }
    if cursor.eat_any(&["INDEX", "KEY"]).is_some() {
        let (if_exists, from, to) = names(cursor)?;
        match draft.has_index(&from) {
            true => changes.index_names.push((from, to)),
            false if if_exists => {}
            false => return Err(no(cursor, draft, "index", &from)),
        }
        return Ok(());
    }
    let _ = cursor.eat_any(&["TO", "AS"]).is_some() || cursor.eat_sign('=');
    changes.table_name = Some(cursor.table_name()?);
    Ok(())
}

/// Parses IF EXISTS, an old name, TO and a new name.
fn names(cursor: &mut Cursor<'_>) -> Result<(bool, String, String)> {
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let from = cursor.name()?;
    cursor.expect("TO")?;
    Ok((if_exists, from, cursor.name()?))
}

fn drop(cursor: &mut Cursor<'_>, draft: &mut Draft, changes: &mut Changes<'_>) -> Result<()> {
    if cursor.is("PARTITION") {
        while cursor.next().is_some() {}
        return Ok(());
    }
    if cursor.eat_all(&["SYSTEM", "VERSIONING"]) {
        draft.table.system_versioned = false;
        return Ok(());
    }
    if cursor.eat_all(&["PERIOD", "FOR"]) {
        let name = cursor.name()?;
        draft.periods.retain(|(own, _)| *own != name);
        changes.added.periods.retain(|(own, _)| *own != name);
        return Ok(());
    }
    if cursor.eat_all(&["PRIMARY", "KEY"]) {
        draft
            .indexes
            .retain(|index| index.kind != IndexKind::Primary);
        return Ok(());
    }
    let what = if cursor.eat_all(&["FOREIGN", "KEY"]) {
        "foreign key"
    } else {
        match cursor.eat_any(&["INDEX", "KEY", "CHECK", "CONSTRAINT", "COLUMN"]) {
            Some("INDEX" | "KEY") => "index",
            Some("CHECK") => "CHECK",
            Some("CONSTRAINT") => "constraint",
            _ => "column",
        }
    };
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    let is_dropped = match what {
        "column" => drop_column(draft, changes, &name),
        _ => drop_named(draft, what, &name),
    };
    let _ = cursor.eat_any(&["RESTRICT", "CASCADE"]);
    match is_dropped || if_exists {
        true => Ok(()),
        false => Err(no(cursor, draft, what, &name)),
    }
}

/// Marks a column as dropped. Returns false if the table does not have it.
fn drop_column(draft: &Draft, changes: &mut Changes<'_>, name: &str) -> bool {
    let found = draft.column(name);
    if let Some(at) = found {
        let name = &draft.table.columns[at].name;
        changes.dropped_columns.push(name.clone());
    }
    found.is_some()
}

/// Removes the key or constraint with this name. Returns false if there is none.
pub(super) fn drop_named(draft: &mut Draft, what: &str, name: &str) -> bool {
    let primary = |draft: &mut Draft| {
        let before = draft.indexes.len();
        draft
            .indexes
            .retain(|index| index.kind != IndexKind::Primary);
        draft.indexes.len() < before
    };
    match what {
        "foreign key" => draft.drop_foreign_key(name),
        "CHECK" => draft.drop_check(name),
        _ if same(name, "PRIMARY") => primary(draft),
        "index" => draft.drop_index(name),
        _ => draft.drop_check(name) || draft.drop_foreign_key(name) || draft.drop_index(name),
    }
}

/// Parses ALTER COLUMN, ALTER INDEX and ALTER CHECK.
fn alter(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    if cursor.is_any(&["INDEX", "KEY"]) {
        cursor.next();
        cursor.eat_all(&["IF", "EXISTS"]);
        let name = cursor.name()?;
        let is_visible = cursor.eat("VISIBLE") || cursor.eat_all(&["NOT", "IGNORED"]);
        if !is_visible && cursor.eat_any(&["INVISIBLE", "IGNORED"]).is_none() {
            return Err(cursor.unknown());
        }
        return match draft.index(&name) {
            Some(index) => {
                index.visible = is_visible;
                Ok(())
            }
            None => Err(no(cursor, draft, "index", &name)),
        };
    }
    if cursor.eat_any(&["CHECK", "CONSTRAINT"]).is_some() {
        let name = cursor.name()?;
        let is_enforced = !cursor.eat("NOT");
        cursor.expect("ENFORCED")?;
        // other constraints than CHECKs are always enforced
        if let Some(check) = draft.check(&name) {
            check.is_enforced = is_enforced;
        }
        return Ok(());
    }
    cursor.eat("COLUMN");
    let name = cursor.name()?;
    let Some(at) = draft.column(&name) else {
        return Err(no(cursor, draft, "column", &name));
    };
    alter_column(cursor, &mut draft.table.columns[at])
}

fn alter_column(cursor: &mut Cursor<'_>, column: &mut Column) -> Result<()> {
    if cursor.eat_all(&["DROP", "DEFAULT"]) {
        column.default = None;
    } else if cursor.eat_all(&["SET", "DEFAULT"]) {
        let value = defaults::read(cursor)?;
        column.default = defaults::stored(&value, &column.kind.to_string(), cursor.flavour);
    } else if !cursor.eat_all(&["SET", "VISIBLE"]) && !cursor.eat_all(&["SET", "INVISIBLE"]) {
        return Err(cursor.unknown());
    }
    Ok(())
}

/// Parses CONVERT TO CHARACTER SET.
fn convert(cursor: &mut Cursor<'_>, changes: &mut Changes<'_>) -> Result<()> {
    if cursor.is_ahead(1, "DEFAULT") || cursor.is_ahead(2, "DEFAULT") {
        // DEFAULT means the character set of the database, which is not known here
        return Err(cursor.unknown());
    }
    changes.converts = true;
    while options::charset(cursor, &mut changes.charset)? {}
    Ok(())
}
