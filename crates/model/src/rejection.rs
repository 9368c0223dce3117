//! Rejected records: where they are in the file, and why they were rejected.

mod explanation;
mod rule;

pub use rule::Rule;

/// One rejected record with its place and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Physical line of the text on which the record begins, from 1.
    pub line: u64,
    /// Offset of its first byte in the text.
    pub offset: u64,
    /// Its length in bytes, line end included.
    pub bytes: u64,
    /// The record that the row is an element of, if rows are elements. Then offset and length are
    /// those of the element, and `raw` is the whole record.
    pub element: Option<ElementOf>,
    /// The bytes of the record; of a record that is too large, its first bytes.
    pub raw: Vec<u8>,
    /// The column whose value is wrong, or the columns of the key, separated by commas.
    pub column: Option<String>,
    /// The rule that the record violates.
    pub rule: Rule,
    /// The bytes of the field that is wrong, if one is.
    pub field: Option<Vec<u8>>,
    /// The wrong value, shortened and made printable.
    pub value: String,
    /// What was expected, for people.
    pub message: String,
}

/// Where a row is that is an element of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementOf {
    /// Offset of the record's first byte in the text.
    pub record: u64,
    /// Number of the element in its array, from 1.
    pub number: u32,
}

/// A row of a batch that the server rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRejection {
    /// Its position in the batch.
    pub row: usize,
    /// The rule that means the same as the server's error.
    pub rule: Rule,
    /// The server's words.
    pub message: String,
}

/// Longest value that a reason shows, in characters.
const SHOWN: usize = 80;

/// A value as it is shown in messages: invalid UTF-8 replaced, cut after 80 characters, and
/// invisible characters written as `<U+00A0>`.
pub fn shown(value: &[u8]) -> String {
    // no character has more than four bytes, so the bytes after these are never shown
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

/// Whether a character has no width or looks like a blank.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests;
