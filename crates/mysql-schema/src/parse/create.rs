//! CREATE TABLE.

use super::columns::{self, PendingColumn};
use super::cursor::Cursor;
use super::draft::Draft;
use super::options::StatedCharset;
use super::{Reader, Result, complete, keys, options};

/// Parses CREATE TABLE. All faults in its columns and keys are collected in `reader`. A table with
/// faults is left out.
pub(super) fn read(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("CREATE")?;
    let replaces = cursor.eat_all(&["OR", "REPLACE"]);
    cursor.expect("TABLE")?;
    let if_not_exists = cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let name = cursor.table_name()?;
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

/// Parses CREATE TABLE a LIKE b.
fn like(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>, name: String) -> Result<Draft> {
    cursor.eat_sign('(');
    cursor.expect("LIKE")?;
    let source = cursor.table_name()?;
    match reader.position(&source) {
        Some(at) => Ok(reader.drafts[at].copy(name)),
        None => Err(cursor.error(format!(
            "{name} is created LIKE {source}, which has not been created above this line; create {source} first"
        ))),
    }
}

/// Parses a table with its own definitions. `None` if it has a fault, which is then in `reader`.
fn described(
    reader: &mut Reader<'_>,
    cursor: &mut Cursor<'_>,
    name: String,
) -> Result<Option<Draft>> {
    let mut draft = Draft::new(name);
    draft.table.engine = cursor.engine().or_else(|| reader.default_engine.clone());
    if !cursor.is_sign('(') || is_query(cursor) {
        return Ok(as_select(reader, cursor, &draft));
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
            return Ok(as_select(reader, cursor, &draft));
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
    let timestamps: Vec<String> = (columns.iter())
        .filter_map(|column| column.implied_timestamp(cursor))
        .collect();
    let columns = (columns.into_iter()).map(|column| column.complete(&charset, cursor));
    draft.table.columns.extend(columns);
    columns::promote_first_timestamp(&mut draft.table.columns, &timestamps);
    complete::settle(&mut draft, cursor).map_err(|words| cursor.error_at_start(words))?;
    Ok(Some(draft))
}

/// Whether the parentheses that begin here contain a query instead of definitions.
fn is_query(cursor: &Cursor<'_>) -> bool {
    let words = ["SELECT", "WITH", "VALUES", "TABLE"];
    words.iter().any(|word| cursor.is_ahead(1, word)) || cursor.is_sign_ahead(1, '(')
}

/// Adds a fault for a table that is filled from a query. The query is never run, because its rows
/// would be added to those of the input files.
fn as_select(reader: &mut Reader<'_>, cursor: &Cursor<'_>, draft: &Draft) -> Option<Draft> {
    let name = &draft.table.name;
    let words = format!(
        "{name}: CREATE TABLE … AS SELECT is not supported; write the columns into CREATE TABLE"
    );
    reader.error(name, cursor.error(words));
    None
}

/// Parses the definitions in parentheses.
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
