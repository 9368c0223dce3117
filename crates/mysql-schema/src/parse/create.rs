//! CREATE TABLE.

use super::columns::{self, PendingColumn};
use super::cursor::Cursor;
use super::draft::Draft;
use super::options::StatedCharset;
use super::{Reader, Result, complete, keys, options};

/// Reads CREATE TABLE. Faults of columns and keys are all collected in `reader`; the table is then
/// left out.
pub(super) fn read(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("CREATE")?;
    let replaces = cursor.eat_all(&["OR", "REPLACE"]);
    let is_temporary = cursor.eat("TEMPORARY");
    cursor.expect("TABLE")?;
    let if_not_exists = cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = reader.table_name(cursor)?;
    if is_temporary {
        return Err(cursor.error(format!(
            "{name}: a TEMPORARY table cannot be loaded; write CREATE TABLE, or remove the statement"
        )));
    }
    if let Some(at) = reader.position(&name) {
        if if_not_exists {
            return Ok(());
        }
        if !replaces {
            return Err(cursor.error(format!("{name} is created twice")));
        }
        reader.drafts.remove(at);
    }
    let is_like = cursor.is("LIKE") || cursor.is_sign('(') && cursor.is_ahead(1, "LIKE");
    let draft = match is_like {
        true => like(reader, cursor, name)?,
        false => match described(reader, cursor, name)? {
            Some(draft) => draft,
            None => return Ok(()),
        },
    };
    reader.drafts.push(draft);
    Ok(())
}

/// CREATE TABLE a LIKE b.
fn like(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>, name: String) -> Result<Draft> {
    cursor.eat_sign('(');
    cursor.expect("LIKE")?;
    let source = reader.table_name(cursor)?;
    match reader.position(&source) {
        Some(at) => Ok(reader.drafts[at].copy(name)),
        None => Err(cursor.error(format!(
            "{name} is created LIKE {source}, which has not been created above this line"
        ))),
    }
}

/// A table with its own definitions; `None` when it has a fault.
fn described(
    reader: &mut Reader<'_>,
    cursor: &mut Cursor<'_>,
    name: String,
) -> Result<Option<Draft>> {
    let mut draft = Draft::new(name);
    if !cursor.is_sign('(') || cursor.is_ahead(1, "SELECT") {
        return Err(as_select(cursor, &draft));
    }
    let faults_before = reader.faults.len();
    let columns = definitions(reader, cursor, &mut draft)?;
    let mut stated = StatedCharset::default();
    loop {
        cursor.eat_sign(',');
        if cursor.at_end() || cursor.is("PARTITION") {
            break;
        }
        let is_select = cursor.is_any(&[
            "AS", "SELECT", "IGNORE", "REPLACE", "WITH", "VALUES", "TABLE",
        ]) && !cursor.is_ahead(1, "SYSTEM")
            || cursor.is_sign('(');
        if is_select {
            return Err(as_select(cursor, &draft));
        }
        if !options::read(cursor, &mut draft.table, &mut stated)? {
            return Err(cursor.unknown());
        }
    }
    stated.apply(&mut draft.table);
    if reader.faults.len() > faults_before {
        return Ok(None);
    }
    let charset = draft.charset();
    let columns = columns.into_iter().map(|column| column.complete(&charset));
    draft.table.columns.extend(columns);
    complete::settle(&mut draft).map_err(|words| cursor.error_at_start(words))?;
    Ok(Some(draft))
}

fn as_select(cursor: &Cursor<'_>, draft: &Draft) -> String {
    cursor.error(format!(
        "{}: CREATE TABLE … AS SELECT is not supported; write the columns into CREATE TABLE",
        draft.table.name
    ))
}

/// Reads the definitions in parentheses.
fn definitions(
    reader: &mut Reader<'_>,
    cursor: &mut Cursor<'_>,
    draft: &mut Draft,
) -> Result<Vec<PendingColumn>> {
    cursor.expect_sign('(')?;
    let mut columns: Vec<PendingColumn> = Vec::new();
    loop {
        let start = cursor.at();
        if let Err(text) = definition(cursor, draft, &mut columns) {
            reader.fault(&draft.table.name, text);
            cursor.go_to(start);
            cursor.skip_item();
        }
        if !cursor.eat_sign(',') {
            break;
        }
    }
    cursor.expect_sign(')')?;
    Ok(columns)
}

fn definition(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft,
    columns: &mut Vec<PendingColumn>,
) -> Result<()> {
    if keys::begins(cursor) {
        keys::read(cursor, draft)?;
    } else {
        let place = cursor.place();
        let column = columns::read(cursor, draft)?;
        let twice = columns
            .iter()
            .any(|other| super::draft::same(other.name(), column.name()));
        if twice {
            return Err(place.error(format!(
                "{}.{} is defined twice",
                draft.table.name,
                column.name()
            )));
        }
        columns.push(column);
    }
    match cursor.is_sign(',') || cursor.is_sign(')') {
        true => Ok(()),
        false => Err(cursor.unknown()),
    }
}
