//! What the quotes and backslashes of a sample show: some settings would read broken records, but
//! would change the values of good ones.

use input::dialect::{FieldKind, Quoted, Symbol};
use input::format::Format;
use input::records::{Records, Step, StructureFault};

use super::repair::owned;
use super::{SAMPLE_BYTES, Sample, Score, Setting, after_lines};

/// The share of records with a quoted field, as a divisor, from which quotes are no part of values.
const SHARE_OF_QUOTED: usize = 2;

/// Share of the fields in apostrophes, as a divisor, from which these may be quotes.
const SHARE_OF_APOSTROPHES: usize = 4;

/// What the quotes of a sample enclose.
#[derive(Debug, Default)]
struct Quotes {
    records: usize,
    /// Records with a quoted field.
    quoted: usize,
    /// Whether a quoted field has a delimiter, a quote or a line end in it.
    is_proven: bool,
    /// Broken records.
    broken: usize,
    /// Whether the last of these is the last line, which has a quote that is never closed.
    is_cut_off: bool,
}

impl Sample<'_> {
    /// Settings that no repair may change, because good records would be read in another way.
    pub(super) fn kept(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
    ) -> Vec<&'static str> {
        let mut kept = Vec::new();
        if score.broken == 0 {
            return kept;
        }
        let has_two_readings = self.has_two_readings_of_escapes(format, delimiter);
        let quotes = self.quotes(format, delimiter, score).unwrap_or_default();
        let is_usual = quotes.quoted > 0 && quotes.quoted * SHARE_OF_QUOTED >= quotes.records;
        let is_cut_off = quotes.is_cut_off && quotes.broken == 1;
        if quotes.is_proven || is_usual || is_cut_off || has_two_readings {
            kept.push("quote");
        }
        if has_two_readings {
            kept.push("escape");
        }
        kept
    }

    /// What is said about records that no setting reads without a guess.
    pub(super) fn words_of_doubt(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
    ) -> Option<String> {
        if score.broken > 0 && self.has_two_readings_of_escapes(format, delimiter) {
            return Some(
                "a backslash before a quote may be an escape, and then other backslashes are too \
                 (escape = \"\\\\\": \\t is a tab), or it is one before quotes alone \
                 (--dialect spark); records with it are broken until one is chosen"
                    .to_owned(),
            );
        }
        let (quoted, all) = self.apostrophes(format, delimiter, score)?;
        (score.broken == 0 && quoted * SHARE_OF_APOSTROPHES >= all).then(|| {
            format!(
                "{quoted} of the first {all} values are in apostrophes, and others of the same \
                 columns are not: they are kept as a part of the values; quote = \"'\" removes them"
            )
        })
    }

    /// Whether a backslash is before a quote, and others are before letters, digits or signs, which
    /// an escape would change.
    fn has_two_readings_of_escapes(&self, format: &Format, delimiter: Symbol) -> bool {
        if format.escape.is_some() || format.dialect.is_some() {
            return false;
        }
        let first = delimiter.bytes()[0];
        let (mut of_quote, mut of_others) = (false, false);
        let mut rest = self.text;
        while let Some(at) = rest.iter().position(|b| *b == b'\\') {
            let next = rest.get(at + 1).copied().unwrap_or(b'\n');
            of_quote |= next == b'"';
            let is_plain =
                next == first || matches!(next, b'"' | b'\'' | b'\\' | b'N' | b'\n' | b'\r');
            of_others |= !is_plain;
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        of_quote && of_others
    }

    fn quotes(&self, format: &Format, delimiter: Symbol, score: Score) -> Option<Quotes> {
        let mut dialect = format.resolved(delimiter).ok()?;
        let quote = dialect.quote?;
        // then the kind of a field says whether it is quoted
        dialect.quoted = Quoted::Text;
        let text = after_lines(self.text, score.skipped);
        let mut records = Records::new(score.fields, SAMPLE_BYTES).with_dialect(&dialect);
        records.begin();
        let mut found = Quotes::default();
        loop {
            match records.step(text, self.following) {
                Step::Record(_) => {
                    let fields = 0..score.fields;
                    let quoted = fields.filter(|at| records.kind(*at) == FieldKind::Quoted);
                    let quoted: Vec<&[u8]> = quoted.map(|at| records.field(text, at)).collect();
                    found.records += 1;
                    found.quoted += usize::from(!quoted.is_empty());
                    let is_proof = |field: &&[u8]| {
                        let bytes = delimiter.bytes();
                        let divides = field.windows(bytes.len()).any(|at| at == bytes);
                        divides || field.contains(&quote) || field.contains(&b'\n')
                    };
                    found.is_proven |= quoted.iter().any(is_proof);
                }
                Step::Fault { span, flaw } => {
                    let record = &text[span.start..span.start + span.length];
                    let lines = record.trim_ascii_end().split(|b| *b == b'\n').count();
                    found.broken += 1;
                    found.is_cut_off = flaw == StructureFault::NeverClosed
                        && lines == 1
                        && text[span.start + span.length..].trim_ascii().is_empty();
                }
                Step::Incomplete(_) | Step::End => break,
            }
        }
        Some(found)
    }

    /// Fields in single quotes give the same number of fields, with the quotes in their values.
    /// They are quotes if all values of a column have them.
    pub(super) fn single_quotes(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
    ) -> Option<(Vec<Setting>, Score)> {
        let (quoted, all) = self.apostrophes(format, delimiter, before)?;
        let records = self.records(format, delimiter, before);
        let values = |at: usize| {
            let fields = records.iter().skip(1).map(move |record| &record[at]);
            fields.filter(|field| !field.is_empty())
        };
        let is_whole = |at: usize| {
            !values(at).any(|f| is_in_apostrophes(f)) || values(at).all(|f| is_in_apostrophes(f))
        };
        if quoted * SHARE_OF_APOSTROPHES < all || !(0..before.fields).all(is_whole) {
            return None;
        }
        let mut other = format.clone();
        other.set("quote", &["'".to_owned()]).ok()?;
        let score = self.score(&other, delimiter);
        let fits = score.broken == 0 && score.fields == before.fields;
        fits.then(|| (owned(&[("quote", "'")]), score))
    }

    /// How many of the first values are in apostrophes, and how many there are; `None` if there are
    /// few records, or the quote was told.
    fn apostrophes(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
    ) -> Option<(usize, usize)> {
        if format.quote.is_some() || score.rows < 3 {
            return None;
        }
        let records = self.records(format, delimiter, score);
        let fields = || records.iter().skip(1).flatten();
        let all = fields().filter(|field| !field.is_empty()).count();
        let quoted = fields().filter(|field| is_in_apostrophes(field)).count();
        (quoted > 0).then_some((quoted, all))
    }
}

fn is_in_apostrophes(field: &str) -> bool {
    field.len() >= 2 && field.starts_with('\'') && field.ends_with('\'')
}
