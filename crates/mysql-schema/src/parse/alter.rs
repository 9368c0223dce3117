//! ALTER TABLE: changes of a table that was created above.

use super::columns::{self, TableCharset};
use super::cursor::Cursor;
use super::draft::{Draft, same};
use super::keys;
use super::options::{self, StatedCharset};
use super::{Reader, Result, complete, defaults};
use model::flavour::Flavour;
use model::schema::{Column, IndexKind};

/// Reads ALTER TABLE. Faults of its clauses are all collected in `reader`.
pub(super) fn table(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("ALTER")?;
    while cursor.eat_any(&["ONLINE", "OFFLINE", "IGNORE"]).is_some() {}
    cursor.expect("TABLE")?;
    cursor.eat_all(&["IF", "EXISTS"]);
    let at = reader.find(cursor)?;
    wait(cursor)?;
    let mut stated = StatedCharset::default();
    let faults_before = reader.faults.len();
    while !cursor.at_end() {
        let start = cursor.at();
        if let Err(text) = clause(reader, cursor, (at, &mut stated)) {
            let name = reader.drafts[at].table.name.clone();
            reader.fault(&name, text);
            cursor.go_to(start);
            cursor.next();
            cursor.skip_item();
        }
        cursor.eat_sign(',');
    }
    if reader.faults.len() > faults_before {
        return Ok(());
    }
    stated.apply(&mut reader.drafts[at].table);
    complete::settle(&mut reader.drafts[at]).map_err(|words| cursor.error_at_start(words))
}

/// WAIT 10 and NOWAIT of MariaDB.
pub(super) fn wait(cursor: &mut Cursor<'_>) -> Result<()> {
    if cursor.eat("WAIT") {
        cursor.whole_number()?;
    }
    cursor.eat("NOWAIT");
    Ok(())
}

/// Reads one clause and applies it to the table at this position.
fn clause(
    reader: &mut Reader<'_>,
    cursor: &mut Cursor<'_>,
    (at, stated): (usize, &mut StatedCharset),
) -> Result<()> {
    if cursor.eat("ADD") {
        return add(cursor, &mut reader.drafts[at]);
    }
    if cursor.eat("DROP") {
        return drop(cursor, &mut reader.drafts[at]);
    }
    if cursor.is_any(&["MODIFY", "CHANGE"]) {
        return define_again(reader, cursor, at);
    }
    if cursor.eat("RENAME") {
        return rename(reader, cursor, at);
    }
    if cursor.eat("ALTER") {
        return alter(cursor, &mut reader.drafts[at]);
    }
    let draft = &mut reader.drafts[at];
    if cursor.eat_all(&["CONVERT", "TO"]) {
        return convert(cursor, draft);
    }
    if options::read(cursor, &mut draft.table, stated)? {
        return Ok(());
    }
    without_effect(cursor)
}

/// Clauses that change no row and no key: all of the statement that follows belongs to some.
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

fn add(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    if cursor.is("PARTITION") {
        while cursor.next().is_some() {}
        return Ok(());
    }
    if cursor.eat_all(&["SYSTEM", "VERSIONING"]) {
        draft.table.system_versioned = true;
        return Ok(());
    }
    if keys::begins(cursor) {
        return keys::read(cursor, draft);
    }
    cursor.eat("COLUMN");
    let if_missing = keys::if_not_exists(cursor);
    if !cursor.eat_sign('(') {
        return add_column(cursor, draft, if_missing);
    }
    loop {
        match keys::begins(cursor) {
            true => keys::read(cursor, draft)?,
            false => add_column(cursor, draft, if_missing)?,
        }
        if !cursor.eat_sign(',') {
            return cursor.expect_sign(')');
        }
    }
}

fn add_column(cursor: &mut Cursor<'_>, draft: &mut Draft, if_missing: bool) -> Result<()> {
    let place = cursor.place();
    let (indexes, foreign_keys, checks) = (
        draft.indexes.len(),
        draft.foreign_keys.len(),
        draft.checks.len(),
    );
    let column = columns::read(cursor, draft)?;
    let position = position(cursor, draft, None)?;
    let column = column.complete(&draft.charset());
    if draft.column(&column.name).is_some() {
        if !if_missing {
            return Err(place.error(format!(
                "{}.{} is defined twice",
                draft.table.name, column.name
            )));
        }
        draft.indexes.truncate(indexes);
        draft.foreign_keys.truncate(foreign_keys);
        draft.checks.truncate(checks);
        return Ok(());
    }
    draft.table.columns.insert(position, column);
    Ok(())
}

/// Reads FIRST or AFTER. Without either it is the place that the column has, or the last one.
fn position(cursor: &mut Cursor<'_>, draft: &Draft, now: Option<usize>) -> Result<usize> {
    let last = draft.table.columns.len();
    if cursor.eat("FIRST") {
        return Ok(0);
    }
    if cursor.eat("AFTER") {
        let name = cursor.name()?;
        let found = draft.column(&name).map(|at| at + 1);
        return found.ok_or_else(|| no(cursor, draft, "column", &name));
    }
    Ok(now.unwrap_or(last))
}

/// The message for something that the table does not have.
pub(super) fn no(cursor: &Cursor<'_>, draft: &Draft, what: &str, name: &str) -> String {
    cursor.error(format!("{} has no {what} {name}", draft.table.name))
}

/// MODIFY and CHANGE.
fn define_again(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>, at: usize) -> Result<()> {
    let changes_name = cursor.is("CHANGE");
    cursor.next();
    cursor.eat("COLUMN");
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    let new_name = match changes_name {
        true => cursor.name()?,
        false => name.clone(),
    };
    let draft = &mut reader.drafts[at];
    let found = draft.column(&name);
    if found.is_some() && cursor.flavour == Flavour::MariaDb {
        draft.forget_column_checks(&name);
    }
    let column = columns::read_named(cursor, draft, new_name.clone())?;
    let Some(found) = found else {
        position(cursor, draft, None)?;
        return match if_exists {
            true => Ok(()),
            false => Err(no(cursor, draft, "column", &name)),
        };
    };
    let mut column = column.complete(&draft.charset());
    if !changes_name {
        // in the spelling of the first definition
        column.name.clone_from(&draft.table.columns[found].name);
    }
    let old = draft.table.columns.remove(found);
    let position = position(cursor, draft, Some(found))?;
    draft.table.columns.insert(position, column);
    if changes_name {
        reader.rename_column(at, &old.name, &new_name);
    }
    Ok(())
}

fn rename(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>, at: usize) -> Result<()> {
    if cursor.eat("COLUMN") {
        cursor.eat_all(&["IF", "EXISTS"]);
        let from = cursor.name()?;
        cursor.expect("TO")?;
        let to = cursor.name()?;
        let draft = &mut reader.drafts[at];
        let Some(column) = draft.column(&from) else {
            return Err(no(cursor, draft, "column", &from));
        };
        draft.table.columns[column].name.clone_from(&to);
        reader.rename_column(at, &from, &to);
        return Ok(());
    }
    if cursor.is_any(&["INDEX", "KEY"]) {
        cursor.next();
        cursor.eat_all(&["IF", "EXISTS"]);
        let from = cursor.name()?;
        cursor.expect("TO")?;
        let to = cursor.name()?;
        let draft = &mut reader.drafts[at];
        return match draft.index(&from) {
            Some(index) => {
                index.name = Some(to);
                // the server no longer takes it for its own
                index.generated = false;
                Ok(())
            }
            None => Err(no(cursor, draft, "index", &from)),
        };
    }
    let _ = cursor.eat_any(&["TO", "AS"]).is_some() || cursor.eat_sign('=');
    let to = reader.table_name(cursor)?;
    reader.rename_table(at, to);
    Ok(())
}

fn drop(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
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
    let is_dropped = drop_named(draft, what, &name);
    let _ = cursor.eat_any(&["RESTRICT", "CASCADE"]);
    match is_dropped || if_exists {
        true => Ok(()),
        false => Err(no(cursor, draft, what, &name)),
    }
}

/// Removes what has this name; false when there is nothing.
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
        "index" if same(name, "PRIMARY") => primary(draft),
        "index" => draft.drop_index(name),
        "CHECK" => draft.drop_check(name),
        "constraint" if same(name, "PRIMARY") => primary(draft),
        "constraint" => {
            draft.drop_check(name) || draft.drop_foreign_key(name) || draft.drop_index(name)
        }
        _ => {
            let found = draft.column(name);
            if let Some(at) = found {
                draft.drop_column(at);
            }
            found.is_some()
        }
    }
}

/// ALTER COLUMN, ALTER INDEX and ALTER CHECK.
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
        // a constraint that is no CHECK is always enforced
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
        column.default = defaults::stored(&value, &column.kind.to_string());
    } else if !cursor.eat_all(&["SET", "VISIBLE"]) && !cursor.eat_all(&["SET", "INVISIBLE"]) {
        return Err(cursor.unknown());
    }
    Ok(())
}

/// CONVERT TO CHARACTER SET.
fn convert(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    let mut stated = StatedCharset::default();
    if cursor.is_ahead(1, "DEFAULT") || cursor.is_ahead(2, "DEFAULT") {
        // the character set of the database, which is not known here
        return Err(cursor.unknown());
    }
    while options::charset(cursor, &mut stated)? {}
    draft.table.collation = None;
    stated.apply(&mut draft.table);
    let to: TableCharset = draft.charset();
    for column in &mut draft.table.columns {
        columns::convert(column, &to);
    }
    Ok(())
}
