//! Keys and constraints as they are written: primary, unique, plain, full-text and spatial keys,
//! and CHECKs. `foreign_keys` parses foreign keys.
//!
//! `complete` generates missing names at the end of a statement.

use super::cursor::Cursor;
use super::draft::{Draft, PendingCheck};
use super::{Result, foreign_keys};
use crate::quote::quote_identifier;
use model::schema::{IndexKey, IndexKind, IndexPart};

/// An index. Its name may be missing.
#[derive(Debug, Clone)]
pub(super) struct PendingIndex {
    pub(super) name: Option<String>,
    pub(super) kind: IndexKind,
    pub(super) parts: Vec<IndexPart>,
    pub(super) comment: String,
    pub(super) visible: bool,
    pub(super) parser: Option<String>,
    /// Whether the index was generated for a foreign key. Such an index is dropped if another index
    /// can replace it.
    pub(super) generated: bool,
}

/// The words that precede a key or constraint of any kind.
#[derive(Default)]
pub(super) struct Constraint {
    pub(super) name: Option<String>,
    /// Whether IF NOT EXISTS of MariaDB is written.
    pub(super) if_missing: bool,
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

    /// The columns among the parts of the index.
    pub(super) fn column_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match &part.key {
            IndexKey::Column(name) => Some(name.as_str()),
            IndexKey::Expression(_) => None,
        })
    }
}

/// Whether a key or a constraint begins here, not a column.
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

/// Parses a key or a constraint of a table.
pub(super) fn read(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<()> {
    let mut constraint = Constraint::default();
    if cursor.eat("CONSTRAINT") {
        constraint.if_missing = if_not_exists(cursor);
        let words = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"];
        constraint.name = (!cursor.is_any(&words))
            .then(|| cursor.name())
            .transpose()?;
    }
    if cursor.eat("CHECK") {
        let check = check(cursor, constraint.name)?;
        let exists = check
            .name
            .as_ref()
            .is_some_and(|name| draft.has_check(name));
        if !(constraint.if_missing && exists) {
            let check = PendingCheck::of_table(check.name, check.expression, check.is_enforced);
            draft.add_check(check);
        }
        return Ok(());
    }
    if cursor.eat_all(&["FOREIGN", "KEY"]) {
        return foreign_keys::read(cursor, draft, constraint);
    }
    if cursor.eat_all(&["PERIOD", "FOR"]) {
        return period(cursor, draft);
    }
    let kind = kind(cursor)?;
    let if_missing = if_not_exists(cursor) || constraint.if_missing;
    let name = cursor.optional_name();
    let mut index = PendingIndex::of_columns(name.or(constraint.name), kind, &[]);
    using(cursor);
    parts_and_options(cursor, draft, &mut index)?;
    let exists = index
        .name
        .as_ref()
        .is_some_and(|name| draft.has_index(name));
    if !(if_missing && exists) {
        draft.indexes.push(index);
    }
    Ok(())
}

/// Parses what follows PERIOD FOR.
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

/// Parses the words before the name of a key.
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

/// Skips IF NOT EXISTS of MariaDB. Returns whether it was there.
pub(super) fn if_not_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_all(&["IF", "NOT", "EXISTS"])
}

/// Skips USING BTREE or TYPE BTREE.
pub(super) fn using(cursor: &mut Cursor<'_>) {
    if cursor.eat_any(&["USING", "TYPE"]).is_some() {
        cursor.next();
    }
}

/// Parses the key parts in parentheses and the options after them.
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
    while !cursor.at_end_of_item() {
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
        // a period of MariaDB gives two key parts, one for each of its columns
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

/// Parses one option of an index.
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
        // skip KEY_BLOCK_SIZE, ENGINE_ATTRIBUTE, ALGORITHM, LOCK and options of MariaDB's engines
        cursor.name()?;
        cursor.eat_sign('=');
        if cursor.name_or_text().is_err() {
            cursor.go_to(start);
            return Err(cursor.unknown());
        }
    }
    Ok(())
}

/// Parses what follows CHECK.
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

/// Parses names in parentheses.
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
