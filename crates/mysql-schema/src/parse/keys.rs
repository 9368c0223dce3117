//! Keys and constraints as they are written: primary, unique, plain, full-text, spatial and foreign
//! keys, CHECKs.
//!
//! `complete` generates the missing names when a statement ends.

use super::cursor::Cursor;
use super::draft::{Draft, PendingCheck};
use super::{Place, Result};
use crate::quote::quote_identifier;
use model::flavour::Flavour;
use model::schema::{IndexKey, IndexKind, IndexPart, ReferenceAction};

/// An index whose name may be missing.
#[derive(Debug, Clone)]
pub(super) struct PendingIndex {
    pub(super) name: Option<String>,
    pub(super) kind: IndexKind,
    pub(super) parts: Vec<IndexPart>,
    pub(super) comment: String,
    pub(super) visible: bool,
    pub(super) parser: Option<String>,
    /// Whether a foreign key made it, so that it is dropped when another index serves the key.
    pub(super) generated: bool,
}

/// A foreign key whose name may be missing, and whose parent may come later.
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
}

/// A CHECK as it is written.
pub(super) struct WrittenCheck {
    pub(super) name: Option<String>,
    pub(super) expression: String,
    pub(super) is_enforced: bool,
}

impl PendingIndex {
    pub(super) fn of_columns(
        name: Option<String>,
        kind: IndexKind,
        columns: &[String],
    ) -> PendingIndex {
        let whole = |column: &String| IndexPart {
            key: IndexKey::Column(column.clone()),
            prefix: None,
            descending: false,
        };
        PendingIndex {
            name,
            kind,
            parts: columns.iter().map(whole).collect(),
            comment: String::new(),
            visible: true,
            parser: None,
            generated: false,
        }
    }
}

/// Whether a key or a constraint begins here, and not a column.
pub(super) fn begins(cursor: &Cursor<'_>) -> bool {
    let words = [
        "CONSTRAINT",
        "PRIMARY",
        "UNIQUE",
        "KEY",
        "INDEX",
        "FULLTEXT",
        "SPATIAL",
        "FOREIGN",
        "CHECK",
    ];
    let is_vector = cursor.is("VECTOR")
        && (cursor.is_ahead(1, "KEY")
            || cursor.is_ahead(1, "INDEX")
            || cursor.is_sign_ahead(1, '('));
    let is_period = cursor.is("PERIOD") && cursor.is_ahead(1, "FOR");
    cursor.is_any(&words) || is_vector || is_period
}

/// Reads a key or a constraint of a table.
pub(super) fn read(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    let mut constraint = None;
    if cursor.eat("CONSTRAINT") {
        if_not_exists(cursor);
        let words = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"];
        constraint = (!cursor.is_any(&words))
            .then(|| cursor.name())
            .transpose()?;
    }
    if cursor.eat("CHECK") {
        let check = check(cursor, constraint)?;
        let check = PendingCheck::of_table(check.name, check.expression, check.is_enforced);
        draft.add_check(check);
        return Ok(());
    }
    if cursor.eat_all(&["FOREIGN", "KEY"]) {
        if_not_exists(cursor);
        let index = match cursor.is_sign('(') {
            true => None,
            false => Some(cursor.name()?),
        };
        let columns = names(cursor)?;
        if cursor.flavour == Flavour::MariaDb {
            constraint = constraint.or(index.clone());
        }
        let index = constraint.clone().or(index);
        return references(cursor, draft, (constraint, index), columns);
    }
    if cursor.eat_all(&["PERIOD", "FOR"]) {
        return period(cursor, draft);
    }
    let kind = kind(cursor)?;
    let if_missing = if_not_exists(cursor);
    let name = cursor.optional_name();
    let mut index = PendingIndex::of_columns(name.or(constraint), kind, &[]);
    using(cursor);
    parts_and_options(cursor, draft, &mut index)?;
    let exists = index
        .name
        .as_ref()
        .is_some_and(|name| draft.index(name).is_some());
    if !(if_missing && exists) {
        draft.indexes.push(index);
    }
    Ok(())
}

/// Reads what follows PERIOD FOR.
fn period(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    let name = cursor.name()?;
    let ends = names(cursor)?;
    if let ([from, to], false) = (&ends[..], name.eq_ignore_ascii_case("SYSTEM_TIME")) {
        let expression = format!("{} < {}", quote_identifier(from), quote_identifier(to));
        draft.add_check(PendingCheck::of_table(Some(name.clone()), expression, true));
    }
    draft.periods.push((name, ends));
    Ok(())
}

/// The words before the name of a key.
pub(super) fn kind(cursor: &mut Cursor<'_>) -> Result<IndexKind> {
    if cursor.eat_all(&["PRIMARY", "KEY"]) {
        return Ok(IndexKind::Primary);
    }
    let kind = match cursor.eat_any(&["UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"]) {
        Some("UNIQUE") => Some(IndexKind::Unique),
        Some("FULLTEXT") => Some(IndexKind::FullText),
        Some("SPATIAL") => Some(IndexKind::Spatial),
        Some(_) => Some(IndexKind::Plain),
        None => None,
    };
    let is_key = cursor.eat_any(&["KEY", "INDEX"]).is_some();
    match (kind, is_key) {
        (Some(kind), _) => Ok(kind),
        (None, true) => Ok(IndexKind::Plain),
        (None, false) => Err(cursor.unknown()),
    }
}

/// IF NOT EXISTS of MariaDB.
pub(super) fn if_not_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_all(&["IF", "NOT", "EXISTS"])
}

/// USING BTREE, or TYPE BTREE.
pub(super) fn using(cursor: &mut Cursor<'_>) {
    if cursor.eat_any(&["USING", "TYPE"]).is_some() {
        cursor.next();
    }
}

/// Reads the key parts in parentheses and the options after them.
pub(super) fn parts_and_options(
    cursor: &mut Cursor<'_>,
    draft: &Draft,
    index: &mut PendingIndex,
) -> Result<()> {
    cursor.expect_sign('(')?;
    loop {
        part(cursor, draft, index)?;
        if !cursor.eat_sign(',') {
            break;
        }
    }
    cursor.expect_sign(')')?;
    while !cursor.at_end() && !cursor.is_sign(',') && !cursor.is_sign(')') {
        option(cursor, index)?;
    }
    Ok(())
}

fn part(cursor: &mut Cursor<'_>, draft: &Draft, index: &mut PendingIndex) -> Result<()> {
    if cursor.is_sign('(') {
        let inner = cursor.parentheses()?;
        let key = IndexKey::Expression(cursor.text(inner));
        let descending = descends(cursor);
        index.parts.push(IndexPart {
            key,
            prefix: None,
            descending,
        });
        return Ok(());
    }
    let name = cursor.name()?;
    let mut prefix = None;
    if cursor.eat_sign('(') {
        prefix = u32::try_from(cursor.whole_number()?).ok();
        cursor.expect_sign(')')?;
    }
    if cursor.eat_all(&["WITHOUT", "OVERLAPS"]) {
        // a period of MariaDB is a key part for each of its ends
        let period = draft.periods.iter().find(|(own, _)| *own == name);
        let ends = period.map(|(_, ends)| ends.clone()).unwrap_or_default();
        let parts = PendingIndex::of_columns(None, index.kind, &ends).parts;
        index.parts.extend(parts.into_iter().rev());
        return Ok(());
    }
    let descending = descends(cursor);
    index.parts.push(IndexPart {
        key: IndexKey::Column(name),
        prefix,
        descending,
    });
    Ok(())
}

fn descends(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_any(&["ASC", "DESC"]) == Some("DESC")
}

/// Reads one option of an index.
fn option(cursor: &mut Cursor<'_>, index: &mut PendingIndex) -> Result<()> {
    let start = cursor.at();
    if cursor.eat("COMMENT") {
        cursor.eat_sign('=');
        index.comment = cursor.expect_string()?;
    } else if cursor.eat_all(&["WITH", "PARSER"]) {
        index.parser = Some(cursor.name()?);
    } else if cursor.eat_any(&["VISIBLE"]).is_some() || cursor.eat_all(&["NOT", "IGNORED"]) {
        index.visible = true;
    } else if cursor.eat_any(&["INVISIBLE", "IGNORED"]).is_some() {
        index.visible = false;
    } else if cursor.is_any(&["USING", "TYPE"]) {
        using(cursor);
    } else if !(cursor.eat("NOWAIT") || cursor.eat("WAIT") && cursor.whole_number().is_ok()) {
        // KEY_BLOCK_SIZE, ENGINE_ATTRIBUTE, ALGORITHM, LOCK, options of MariaDB's engines
        cursor.name()?;
        cursor.eat_sign('=');
        if cursor.name_or_text().is_err() {
            cursor.go_to(start);
            return Err(cursor.unknown());
        }
    }
    Ok(())
}

/// Reads REFERENCES and adds the foreign key with its index. `names` are those of the key and of
/// the index.
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
    let mut key = PendingForeignKey {
        name,
        columns,
        parent_database,
        parent_table,
        parent_columns,
        on_delete: ReferenceAction::Restrict,
        on_update: ReferenceAction::Restrict,
        line,
    };
    actions(cursor, &mut key)?;
    let mut index = PendingIndex::of_columns(index_name, IndexKind::Plain, &key.columns);
    index.generated = true;
    draft.indexes.push(index);
    draft.foreign_keys.push(key);
    Ok(())
}

/// MATCH, ON DELETE and ON UPDATE.
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
    let words: [(&[&str], ReferenceAction); 5] = [
        (&["RESTRICT"], ReferenceAction::Restrict),
        (&["NO", "ACTION"], ReferenceAction::Restrict),
        (&["CASCADE"], ReferenceAction::Cascade),
        (&["SET", "NULL"], ReferenceAction::SetNull),
        (&["SET", "DEFAULT"], ReferenceAction::SetDefault),
    ];
    let found = words.into_iter().find(|(words, _)| cursor.eat_all(words));
    found
        .map(|(_, action)| action)
        .ok_or_else(|| cursor.unknown())
}

/// Reads what follows CHECK.
pub(super) fn check(cursor: &mut Cursor<'_>, name: Option<String>) -> Result<WrittenCheck> {
    let inner = cursor.parentheses()?;
    let expression = cursor.text(inner);
    let is_enforced = !cursor.eat_all(&["NOT", "ENFORCED"]);
    cursor.eat("ENFORCED");
    Ok(WrittenCheck {
        name,
        expression,
        is_enforced,
    })
}

/// Names in parentheses.
pub(super) fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>> {
    cursor.expect_sign('(')?;
    let mut names = Vec::new();
    if cursor.eat_sign(')') {
        return Ok(names);
    }
    loop {
        names.push(cursor.name()?);
        if !cursor.eat_sign(',') {
            break;
        }
    }
    cursor.expect_sign(')')?;
    Ok(names)
}
