//! Lengths and characters of the texts of a column.

/// Lengths and characters of the texts of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextShape {
    pub(crate) least_bytes: usize,
    pub(crate) most_bytes: usize,
    pub(crate) most_characters: usize,
    /// Number of texts with characters that are not ASCII.
    pub(crate) wide: u64,
    /// Whether the texts consist of ASCII letters, digits, dashes and underscores only.
    pub(crate) are_codes: bool,
    /// Whether the texts have no lower-case letters, or consist of hexadecimal digits and dashes
    /// only.
    pub(crate) are_of_machines: bool,
    /// Whether a text has a blank at its start or end.
    pub(crate) has_blank_ends: bool,
    /// Whether a text is empty.
    pub(crate) has_empty: bool,
    /// Whether a text has a blank within it.
    pub(crate) has_blanks: bool,
    /// Whether a text begins with an ASCII letter.
    pub(crate) has_letters: bool,
    /// Whether a text has a digit.
    pub(crate) has_digits: bool,
    /// Whether a text has a backslash.
    pub(crate) has_backslashes: bool,
}

impl Default for TextShape {
    fn default() -> TextShape {
        TextShape {
            least_bytes: usize::MAX,
            most_bytes: 0,
            most_characters: 0,
            wide: 0,
            are_codes: true,
            are_of_machines: true,
            has_blank_ends: false,
            has_empty: false,
            has_blanks: false,
            has_letters: false,
            has_digits: false,
            has_backslashes: false,
        }
    }
}

impl TextShape {
    pub(super) fn add(&mut self, text: &str) {
        let bytes = text.len();
        self.least_bytes = self.least_bytes.min(bytes);
        self.most_bytes = self.most_bytes.max(bytes);
        if bytes > self.most_characters {
            self.most_characters = self.most_characters.max(text.chars().count());
        }
        self.wide += u64::from(!text.is_ascii());
        let is_sign = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        self.are_codes = self.are_codes && text.as_bytes().iter().all(is_sign);
        let is_of_machine = |text: &str| {
            let is_upper = |b: u8| !b.is_ascii_lowercase();
            let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
            text.bytes().all(is_upper) || text.bytes().all(is_hex)
        };
        self.are_of_machines = self.are_codes && self.are_of_machines && is_of_machine(text);
        self.has_blank_ends |= text.trim().len() < bytes;
        self.has_empty |= bytes == 0;
        self.has_blanks = self.has_blanks || text.as_bytes().contains(&b' ');
        self.has_letters |= text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        self.has_digits = self.has_digits || text.bytes().any(|b| b.is_ascii_digit());
        self.has_backslashes =
            self.has_backslashes || memchr::memchr(b'\\', text.as_bytes()).is_some();
    }

    pub(super) fn merge(&mut self, other: &TextShape) {
        self.least_bytes = self.least_bytes.min(other.least_bytes);
        self.most_bytes = self.most_bytes.max(other.most_bytes);
        self.most_characters = self.most_characters.max(other.most_characters);
        self.wide += other.wide;
        self.are_codes &= other.are_codes;
        self.are_of_machines &= other.are_of_machines;
        self.has_blank_ends |= other.has_blank_ends;
        self.has_empty |= other.has_empty;
        self.has_blanks |= other.has_blanks;
        self.has_letters |= other.has_letters;
        self.has_digits |= other.has_digits;
        self.has_backslashes |= other.has_backslashes;
    }
}
