//! Diagnoses the encoding of records that are not valid UTF-8.

use super::columns::Columns;
use super::{Kept, Sample, of_records};
use crate::pipeline::cleaner::Cleaner;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use input::Source;
use model::diagnosis::{Diagnosis, SuggestedSetting};

/// An encoding is doubted if at least one in this many words looks odd. A few odd words are normal,
/// for example words with a trade mark symbol.
const ODD_SHARE: usize = 4;

/// The records, decoded in one encoding.
struct Reading {
    encoding: &'static Encoding,
    texts: Vec<String>,
}

impl Reading {
    /// Decodes the records; `None` if they cannot be in this encoding.
    fn of(sample: &Sample, encoding: &'static Encoding) -> Option<Reading> {
        let texts = sample.records.iter().map(|record| {
            let (text, _, has_errors) = encoding.decode(&record.raw);
            // a byte that the encoding does not use becomes a control character in this range
            let is_text = !has_errors && !text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}'));
            is_text.then(|| text.into_owned())
        });
        let texts = texts.collect::<Option<Vec<_>>>()?;
        Some(Reading { encoding, texts })
    }

    fn name(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    fn setting(&self) -> Vec<SuggestedSetting> {
        vec![SuggestedSetting::text("encoding", &self.name())]
    }

    /// The words with characters that are not ASCII.
    fn words(&self) -> impl Iterator<Item = &str> {
        let is_between = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
        let words = self
            .texts
            .iter()
            .flat_map(move |text| text.split(is_between));
        words.filter(|word| !word.is_ascii())
    }

    /// Whether all characters that are not ASCII are symbols, such as currencies and fractions.
    fn has_only_signs(&self) -> bool {
        let mut characters = self.texts.iter().flat_map(|text| text.chars());
        !characters.any(|c| !c.is_ascii() && c.is_alphabetic())
    }

    /// Whether many words have symbols or capital letters within them. Texts look like this when
    /// they are read in a wrong single-byte encoding.
    fn is_odd(&self) -> bool {
        let odd = self.words().filter(|word| is_odd(word)).count();
        self.encoding.is_single_byte() && odd * ODD_SHARE >= self.words().count().max(1)
    }

    fn example(&self) -> String {
        let word = self.words().next().unwrap_or_default();
        format!("\"{word}\" in {}", self.name())
    }
}

/// Whether a word has a symbol between letters, or a capital letter after a small one, or one
/// capital letter between small ones: `B„cker`, `CafŽ`, `MÅller`.
fn is_odd(word: &str) -> bool {
    let characters: Vec<char> = word.chars().collect();
    let is_letter = |c: &&char| c.is_alphabetic();
    let is_small = |c: &&char| c.is_lowercase();
    (1..characters.len()).any(|at| {
        let (before, c) = (Some(&characters[at - 1]), characters[at]);
        let after = characters.get(at + 1);
        let is_within = before.filter(is_letter).is_some() && after.filter(is_letter).is_some();
        let is_sign = !c.is_alphabetic() && !is_usual_within_words(c);
        let has_small = before.or(after).filter(is_small).is_some()
            || is_within && after.filter(is_small).is_some();
        !c.is_ascii() && (is_within && is_sign || c.is_uppercase() && has_small)
    })
}

/// Whether a character is an apostrophe, a dash, a quote or a blank.
fn is_usual_within_words(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'
            | '\u{ad}'
            | '\u{b4}'
            | '\u{b7}'
            | '\u{ab}'
            | '\u{bb}'
            | '\u{2013}'
            | '\u{2014}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{2026}'
    )
}

/// A diagnosis of the encoding.
struct Found {
    diagnosis: Diagnosis,
    /// The records, decoded in the encoding, if the encoding is certain.
    known: Option<Reading>,
}

impl Found {
    fn unclear(diagnosis: Diagnosis) -> Found {
        Found {
            diagnosis,
            known: None,
        }
    }
}

/// The diagnosis of the records' encoding. Adds the values of the records to `columns`. Adds to
/// `broken` the records whose structure is broken in that encoding too.
pub(super) fn diagnoses(
    sample: &Sample,
    source: &Source,
    cleaner: &Cleaner,
    columns: &mut Columns<'_>,
    broken: &mut Sample,
) -> Vec<Diagnosis> {
    if sample.records.is_empty() {
        return Vec::new();
    }
    let found = find(sample, source, cleaner);
    let known = found.as_ref().and_then(|found| found.known.as_ref());
    let texts = sample.records.iter().enumerate();
    let texts = texts.map(|(at, record)| match known {
        Some(known) => known.texts[at].as_bytes(),
        None => &record.raw,
    });
    let records: Vec<_> = sample.records.iter().zip(texts).collect();
    let (to_dialect, to_columns): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|(_, text)| cleaner.is_broken(text));
    let before = columns.counts();
    for (record, text) in to_columns {
        columns.add_all(cleaner, text, (record.offset, record.line));
    }
    columns.count_others(sample, &before);
    if !to_dialect.is_empty() {
        broken.rejected += sample.others();
    }
    for (record, text) in to_dialect {
        broken.keep(Kept {
            raw: text.to_vec(),
            ..*record
        });
    }
    found.into_iter().map(|found| found.diagnosis).collect()
}

fn find(sample: &Sample, source: &Source, cleaner: &Cleaner) -> Option<Found> {
    if source.has_told_encoding() {
        return None;
    }
    let all: Vec<_> = sample.records.iter().collect();
    let of = |cause: String, readings: &[Reading]| {
        let settings = readings.iter().map(Reading::setting).collect();
        of_records(source, cause, &all, sample, settings)
    };
    if cleaner.has_accepted_multibyte() {
        let cause = "bytes that are not UTF-8; another encoding for the file would change \
                     accepted records, which contain UTF-8";
        return Some(Found::unclear(of(cause.to_owned(), &[])));
    }
    let has_bytes = |record: &Kept| cleaner.places_of_bad_bytes(&record.raw).0;
    if sample.records.iter().any(has_bytes) {
        let cause = "bytes that are not UTF-8, in columns of text and in columns of bytes; another \
                     encoding for the file would change the columns of bytes";
        return Some(Found::unclear(of(cause.to_owned(), &[])));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for record in &sample.records {
        detector.feed(&record.raw, false);
    }
    detector.feed(b"", true);
    let guess = Reading::of(sample, detector.guess(None, Utf8Detection::Deny));
    // the detector may see letters where Windows-1252, the most common encoding, has symbols
    let signs = Reading::of(sample, WINDOWS_1252).filter(Reading::has_only_signs);
    match (guess, signs) {
        (Some(guess), Some(signs)) if guess.encoding != WINDOWS_1252 => {
            Some(Found::unclear(unclear(vec![signs, guess], of)))
        }
        (Some(guess), _) if !guess.is_odd() => {
            let word = guess.words().next().unwrap_or_default();
            let name = guess.name();
            let cause =
                format!("the file is probably in {name}: in this encoding, it contains \"{word}\"");
            Some(Found {
                diagnosis: of(cause, std::slice::from_ref(&guess)),
                known: Some(guess),
            })
        }
        (guess, _) => {
            let other = Reading::of(sample, MACINTOSH).filter(|reading| !reading.is_odd());
            let readings = match other {
                Some(other) => guess.into_iter().chain([other]).collect(),
                None => Vec::new(),
            };
            Some(Found::unclear(unclear(readings, of)))
        }
    }
}

/// The diagnosis of records that can be read in several encodings, or in none.
fn unclear(readings: Vec<Reading>, of: impl Fn(String, &[Reading]) -> Diagnosis) -> Diagnosis {
    let mut cause = "the file is not in UTF-8, and its encoding is not clear".to_owned();
    if readings.is_empty() {
        return of(cause, &[]);
    }
    let examples: Vec<String> = readings.iter().map(Reading::example).collect();
    cause.push_str(&format!(": {}", examples.join(", ")));
    let mut diagnosis = of(cause, &readings);
    diagnosis.caution = Some("the encoding is a guess".to_owned());
    diagnosis
}
