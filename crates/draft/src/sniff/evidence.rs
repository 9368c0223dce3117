//! Evidence about the quotes and backslashes of a text. It prevents settings that would repair
//! broken records but change the values of good ones.

use input::dialect::{FieldKind, Symbol};

/// Quotes are not part of values if at least one record in this many has a quoted field.
const SHARE_OF_QUOTED: u64 = 2;

/// Apostrophes may be quotes if at least one field in this many is in apostrophes.
const SHARE_OF_APOSTROPHES: u64 = 4;

/// Bytes that programs write after the backslash of an escape.
const ESCAPED: &[u8] = b"\\\"'N0bfnrtvZ\n\r\t";

/// The evidence about quotes and backslashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    delimiter: Symbol,
    records: u64,
    /// Number of records with a quoted field.
    quoted: u64,
    /// Whether a quoted field contains a quote, doubled or escaped.
    has_quotes_within: bool,
    /// Whether a quoted field contains a delimiter or a line end.
    pub(crate) divides: bool,
    /// Number of broken records.
    pub(crate) broken: u64,
    /// Whether the last line is a broken record with a quote that is never closed.
    pub(crate) is_cut_off: bool,
    /// The bytes that occur after a backslash, as a set of bits.
    after_backslashes: [u64; 4],
    /// For each field, the number of values in apostrophes, and the number of all values.
    apostrophes: Vec<(u64, u64)>,
}

impl Evidence {
    /// The evidence of an empty text with this delimiter.
    pub(crate) fn new(delimiter: Symbol) -> Evidence {
        Evidence {
            delimiter,
            records: 0,
            quoted: 0,
            has_quotes_within: false,
            divides: false,
            broken: 0,
            is_cut_off: false,
            after_backslashes: [0; 4],
            apostrophes: Vec::new(),
        }
    }

    /// Adds the backslashes in the text of a chunk.
    pub(crate) fn add_text(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            let next = rest.get(at + 1).copied().unwrap_or(b'\n');
            self.after_backslashes[usize::from(next / 64)] |= 1 << (next % 64);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
    }

    /// Adds the quotes and apostrophes of a record.
    pub(crate) fn add_record<'f>(
        &mut self,
        fields: impl Iterator<Item = (&'f [u8], FieldKind)>,
        quote: Option<u8>,
    ) {
        self.records += 1;
        let mut has_quoted = false;
        for (at, (field, kind)) in fields.enumerate() {
            if self.apostrophes.len() == at {
                self.apostrophes.push((0, 0));
            }
            let (in_apostrophes, all) = &mut self.apostrophes[at];
            *in_apostrophes += u64::from(is_in_apostrophes(field));
            *all += u64::from(!field.is_empty());
            if kind == FieldKind::Quoted && quote.is_some() {
                has_quoted = true;
                let has = |byte: u8| memchr::memchr(byte, field).is_some();
                let bytes = self.delimiter.bytes();
                let divides = || has(b'\n') || memchr::memmem::find(field, bytes).is_some();
                self.divides = self.divides || divides();
                self.has_quotes_within = self.has_quotes_within || quote.is_some_and(has);
            }
        }
        self.quoted += u64::from(has_quoted);
    }

    /// Adds the evidence of the next chunk.
    pub(crate) fn merge(&mut self, other: &Evidence) {
        self.records += other.records;
        self.quoted += other.quoted;
        self.has_quotes_within |= other.has_quotes_within;
        self.divides |= other.divides;
        self.broken += other.broken;
        self.is_cut_off |= other.is_cut_off;
        let bits = self.after_backslashes.iter_mut();
        for (bits, more) in bits.zip(other.after_backslashes) {
            *bits |= more;
        }
        for (at, (in_apostrophes, all)) in other.apostrophes.iter().enumerate() {
            if self.apostrophes.len() == at {
                self.apostrophes.push((0, 0));
            }
            self.apostrophes[at].0 += in_apostrophes;
            self.apostrophes[at].1 += all;
        }
    }

    /// Settings that no repair may change, because good records would then be read differently.
    ///
    /// A quoted field that contains a delimiter or a line end suggests that quotes enclose fields.
    /// It is no proof: one value may begin with a quote, and a later value end with one. This is
    /// possible if all records are rows with `quote = none` too. The caller checks this.
    pub(crate) fn kept(&self) -> Vec<&'static str> {
        let has_two_readings = self.has_two_readings_of_escapes();
        let is_usual = self.quoted > 0 && self.quoted * SHARE_OF_QUOTED >= self.records;
        let is_cut_off = self.is_cut_off && self.broken == 1;
        match (
            has_two_readings,
            self.has_quotes_within || is_usual || is_cut_off,
        ) {
            (true, _) => vec!["quote", "escape"],
            (false, true) => vec!["quote"],
            (false, false) => Vec::new(),
        }
    }

    /// The note about records whose settings could only be guessed.
    pub(crate) fn words_of_doubt(&self) -> Option<String> {
        if self.broken > 0 && self.has_two_readings_of_escapes() {
            return Some(
                "records are broken, because backslashes before quotes seem to be escapes; set \
                 escape = \"\\\\\" if other backslashes are escapes too, such as \\t for a tab, or \
                 --dialect spark if only quotes are escaped"
                    .to_owned(),
            );
        }
        let (quoted, all) = self.of_apostrophes();
        (self.broken == 0 && quoted > 0 && quoted * SHARE_OF_APOSTROPHES >= all).then(|| {
            format!(
                "{quoted} of the first {all} values are in apostrophes, but others of the same \
                 columns are not: the apostrophes are kept in the values; quote = \"'\" removes \
                 them"
            )
        })
    }

    /// Whether apostrophes are quotes: many values have them, and in each column all values or
    /// none.
    pub(crate) fn are_apostrophes_quotes(&self) -> bool {
        let (quoted, all) = self.of_apostrophes();
        let mut columns = self.apostrophes.iter();
        quoted > 0
            && quoted * SHARE_OF_APOSTROPHES >= all
            && columns.all(|(quoted, all)| *quoted == 0 || quoted == all)
    }

    /// The number of values in apostrophes, and the number of all values.
    fn of_apostrophes(&self) -> (u64, u64) {
        let columns = self.apostrophes.iter();
        columns.fold((0, 0), |(q, a), (quoted, all)| (q + quoted, a + all))
    }

    /// Whether backslashes occur before quotes and also before bytes that usually need no escape.
    /// If backslashes were escapes, values with such bytes would change.
    fn has_two_readings_of_escapes(&self) -> bool {
        let is_plain = |byte: u8| {
            let is_usual = matches!(byte, b'"' | b'\'' | b'\\' | b'N' | b'\n' | b'\r');
            is_usual || self.delimiter.bytes()[0] == byte
        };
        self.follows(b'"') && (0..=u8::MAX).any(|byte| self.follows(byte) && !is_plain(byte))
    }

    /// Whether backslashes occur only before bytes that programs escape, and not only in `\N`.
    pub(crate) fn may_be_escapes(&self) -> bool {
        let mut all = (0..=u8::MAX).filter(|byte| self.follows(*byte));
        let mut others = all.clone().filter(|byte| *byte != b'N');
        let is_escaped = |byte| ESCAPED.contains(&byte) || self.delimiter.bytes()[0] == byte;
        others.next().is_some() && all.all(is_escaped)
    }

    fn follows(&self, byte: u8) -> bool {
        self.after_backslashes[usize::from(byte / 64)] & (1 << (byte % 64)) != 0
    }
}

fn is_in_apostrophes(field: &[u8]) -> bool {
    field.len() >= 2 && field.starts_with(b"'") && field.ends_with(b"'")
}
