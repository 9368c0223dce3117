//! Messages that say what is wrong with a JSON record.

use serde::de::IgnoredAny;

use super::scan::{self, NoJson};

/// Why a record is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The record is not JSON.
    NoJson,
    /// The record is JSON, but no row can be made of it. Contains the reason.
    Other(String),
}

impl From<NoJson> for Flaw {
    fn from(_: NoJson) -> Flaw {
        Flaw::NoJson
    }
}

/// The record, or its element, has a value that no record at the beginning of the file has.
pub(super) fn unexpected(text: &str, start: usize, base: char) -> Flaw {
    let before = text[..start].trim_end().trim_end_matches(':').trim_end();
    let name = before.rsplit('"').nth(1).unwrap_or_default();
    Flaw::Other(format!(
        "has \"{name}\", which no record at the beginning of the file has, so no field of the file fills the column; set columns.{name}.from = \"{base}.{name}\""
    ))
}

/// The record has a string with half of a surrogate pair, which no text can contain.
pub(super) fn no_character(text: &str) -> Flaw {
    Flaw::Other(format!(
        "has a string with an escape that is not a character: {}",
        model::rejection::shown(text.as_bytes())
    ))
}

/// Why a text is not JSON, with the position.
pub(super) fn no_json(record: &str) -> String {
    let Err(error) = serde_json::from_str::<IgnoredAny>(record) else {
        return format!(
            "has objects and arrays that are nested more than {} levels deep",
            scan::DEEPEST
        );
    };
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    match error.line() {
        0 | 1 => format!("is not JSON: {words}, at byte {}", error.column()),
        line => format!(
            "is not JSON: {words}, at byte {} of its line {line}",
            error.column()
        ),
    }
}

pub(super) fn no_object(what: &str) -> String {
    format!("is {what}, but a record must be an object: {{…}}")
}

/// The kind of the JSON value that begins at `at`.
pub(super) fn named(text: &[u8], at: usize) -> &'static str {
    match text.get(at) {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "a number",
    }
}
