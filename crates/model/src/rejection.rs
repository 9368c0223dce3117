//! Rejected records: where they are in the file, and why they were rejected.

mod explanation;
mod rule;

pub use rule::Rule;

/// One rejected record with its place and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Physical line of the text on which the record begins, from 1.
    pub line: u64,
    /// Offset of the record's first byte in the text.
    pub offset: u64,
    /// Length of the record in bytes, line end included.
    pub bytes: u64,
    /// If rows are elements of records: the record that contains the row. Then `offset` and `bytes`
    /// are those of the element, and `raw` is the whole record.
    pub element: Option<ElementOf>,
    /// The bytes of the record. If it is too large, only its first bytes.
    pub raw: Vec<u8>,
    /// The column whose value is wrong, or the columns of the key, separated by commas.
    pub column: Option<String>,
    /// The rule that the record violates.
    pub rule: Rule,
    /// The bytes of the wrong field, if a single field is wrong.
    pub field: Option<Vec<u8>>,
    /// The wrong value, shortened and made printable.
    pub value: String,
    /// What was expected, as a message for people.
    pub message: String,
}

/// The place of a row that is an element of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementOf {
    /// Offset of the record's first byte in the text.
    pub record: u64,
    /// Position of the element in its array, from 1.
    pub number: u32,
}

/// A row of a batch that the server rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRejection {
    /// Position of the row in the batch.
    pub row: usize,
    /// The rule that corresponds to the server's error.
    pub rule: Rule,
    /// The server's message.
    pub message: String,
}

/// Maximum number of characters of a value in a message.
const SHOWN: usize = 80;

/// A value as messages show it. Invalid UTF-8 is replaced, the value is cut after 80 characters,
/// and invisible characters are written as `<U+00A0>`.
pub fn shown(value: &[u8]) -> String {
    // a character has at most four bytes, so bytes after these are never shown
    let start = &value[..value.len().min(4 * SHOWN + 4)];
    let text = String::from_utf8_lossy(start);
    let text = match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.into_owned(),
    };
    if !text.contains(is_invisible) {
        return text;
    }
    let mut visible = String::new();
    for character in text.chars() {
        match is_invisible(character) {
            true => visible.push_str(&format!("<U+{:04X}>", u32::from(character))),
            false => visible.push(character),
        }
    }
    visible
}

/// Whether a character is invisible or looks like a space.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests;
