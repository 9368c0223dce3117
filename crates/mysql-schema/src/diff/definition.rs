//! Writes keys and constraints as SQL, in the form that ADD requires.

use crate::orphans::parent_table;
use crate::quote::{quote_identifier, quote_literal};
use model::schema::{Check, ForeignKey, Index, IndexKey, IndexKind, IndexPart};

/// Writes `UNIQUE INDEX name (a, b(10) DESC) COMMENT '…'`.
pub fn index_definition(index: &Index) -> String {
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let parts = parts.join(", ");
    let name = quote_identifier(&index.name);
    let mut text = match index.kind {
        IndexKind::Primary => format!("PRIMARY KEY ({parts})"),
        IndexKind::Unique => format!("UNIQUE INDEX {name} ({parts})"),
        IndexKind::Plain => format!("INDEX {name} ({parts})"),
        IndexKind::FullText => format!("FULLTEXT INDEX {name} ({parts})"),
        IndexKind::Spatial => format!("SPATIAL INDEX {name} ({parts})"),
    };
    if let Some(parser) = &index.parser {
        text.push_str(&format!(" WITH PARSER {}", quote_identifier(parser)));
    }
    if !index.comment.is_empty() {
        text.push_str(&format!(" COMMENT {}", quote_literal(&index.comment)));
    }
    if !index.visible {
        text.push_str(visibility(index));
    }
    text
}

fn part(part: &IndexPart) -> String {
    let key = match &part.key {
        IndexKey::Column(name) => quote_identifier(name),
        IndexKey::Expression(text) => format!("({text})"),
    };
    let prefix = part
        .prefix
        .map(|length| format!("({length})"))
        .unwrap_or_default();
    let direction = if part.descending { " DESC" } else { "" };
    format!("{key}{prefix}{direction}")
}

/// Writes `CONSTRAINT name FOREIGN KEY (a) REFERENCES parent (id) …`.
pub(super) fn foreign_key_definition(key: &ForeignKey) -> String {
    let mut text = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quote_identifier(&key.name),
        names(&key.columns),
        parent_table(key),
        names(&key.parent_columns)
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if let Some(words) = action.words() {
            text.push_str(&format!(" ON {event} {words}"));
        }
    }
    text
}

fn names(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| quote_identifier(name)).collect();
    quoted.join(", ")
}

/// The keywords for visibility in MySQL and MariaDB. Each server executes its own keyword and
/// ignores the other as a comment.
pub(super) fn visibility(index: &Index) -> &'static str {
    match index.visible {
        true => " /*!80000 VISIBLE */ /*M! NOT IGNORED */",
        false => " /*!80000 INVISIBLE */ /*M! IGNORED */",
    }
}

/// Writes `CONSTRAINT name CHECK (…)`.
pub(super) fn check_definition(check: &Check) -> String {
    match check.name.is_empty() {
        true => format!("CHECK ({})", check.expression),
        false => format!(
            "CONSTRAINT {} CHECK ({})",
            quote_identifier(&check.name),
            check.expression
        ),
    }
}
