//! What the quotes and backslashes of a text show: some settings would read broken records, but
//! would change the values of good ones.

use input::dialect::{FieldKind, Symbol};

/// The share of records with a quoted field, as a divisor, from which quotes are no part of values.
const SHARE_OF_QUOTED: u64 = 2;

/// Share of the fields in apostrophes, as a divisor, from which these may be quotes.
const SHARE_OF_APOSTROPHES: u64 = 4;

/// Bytes that programs write after a backslash that is an escape.
const ESCAPED: &[u8] = b"\\\"'N0bfnrtvZ\n\r\t";

/// What quotes and backslashes show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    delimiter: Symbol,
    records: u64,
    /// Records with a quoted field.
    quoted: u64,
    /// Whether a quoted field has a quote in it, which is written twice or escaped.
    has_quotes_within: bool,
    /// Whether a quoted field has a delimiter or a line end in it.
    pub(crate) divides: bool,
    /// Broken records.
    pub(crate) broken: u64,
    /// Whether the last of these is the last line, which has a quote that is never closed.
    pub(crate) is_cut_off: bool,
    /// The bytes that follow backslashes, as bits.
    after_backslashes: [u64; 4],
    /// Of each field, how many values are in apostrophes, and how many there are.
    apostrophes: Vec<(u64, u64)>,
}

impl Evidence {
    /// That of no text, whose fields have this delimiter.
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

    /// Adds the text of a chunk, of which the backslashes count.
    pub(crate) fn add_text(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            let next = rest.get(at + 1).copied().unwrap_or(b'\n');
            self.after_backslashes[usize::from(next / 64)] |= 1 << (next % 64);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
    }

    /// Adds a record.
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

    /// Adds what the next chunk shows.
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

    /// Settings that no repair may change, because good records would be read in another way.
    ///
    /// Delimiters and line ends in quoted fields show that quotes are quotes, unless all records
    /// are rows without quotes too: then these only begin with a quote, and others end with one.
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

    /// What is said about records that no setting reads without a guess.
    pub(crate) fn words_of_doubt(&self) -> Option<String> {
        if self.broken > 0 && self.has_two_readings_of_escapes() {
            return Some(
                "a backslash before a quote may be an escape, and then other backslashes are too \
                 (escape = \"\\\\\": \\t is a tab), or it is one before quotes alone \
                 (--dialect spark); records with it are broken until one is chosen"
                    .to_owned(),
            );
        }
        let (quoted, all) = self.of_apostrophes();
        (self.broken == 0 && quoted > 0 && quoted * SHARE_OF_APOSTROPHES >= all).then(|| {
            format!(
                "{quoted} of the first {all} values are in apostrophes, and others of the same \
                 columns are not: they are kept as a part of the values; quote = \"'\" removes them"
            )
        })
    }

    /// Whether apostrophes may be quotes: many values are in them, and of each column all or none.
    pub(crate) fn are_apostrophes_quotes(&self) -> bool {
        let (quoted, all) = self.of_apostrophes();
        let mut columns = self.apostrophes.iter();
        quoted > 0
            && quoted * SHARE_OF_APOSTROPHES >= all
            && columns.all(|(quoted, all)| *quoted == 0 || quoted == all)
    }

    /// How many values are in apostrophes, and how many there are.
    fn of_apostrophes(&self) -> (u64, u64) {
        let columns = self.apostrophes.iter();
        columns.fold((0, 0), |(q, a), (quoted, all)| (q + quoted, a + all))
    }

    /// Whether a backslash is before a quote, and others are before letters, digits or signs, which
    /// an escape would change.
    fn has_two_readings_of_escapes(&self) -> bool {
        let is_plain = |byte: u8| {
            let is_usual = matches!(byte, b'"' | b'\'' | b'\\' | b'N' | b'\n' | b'\r');
            is_usual || self.delimiter.bytes()[0] == byte
        };
        self.follows(b'"') && (0..=u8::MAX).any(|byte| self.follows(byte) && !is_plain(byte))
    }

    /// Whether backslashes are only before bytes that programs escape, and other ones than that of
    /// `\N` are there.
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
