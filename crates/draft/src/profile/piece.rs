//! Builds the profile of one chunk.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use clean::diagnosis::is_no_value;
use clean::value::means_null;
use input::dialect::FieldKind;
use xxhash_rust::xxh3::xxh3_64;

use super::{INTEGER, Known, MOST_BAD, MOST_FREQUENT, Profile};
use crate::integers::Integers;
use crate::readings::{JSON, READINGS, Told};

/// A number of at most this many bytes is not rounded by any type.
const SHORT_NUMBER: usize = 15;

/// Longest value that is counted individually, in bytes.
const LONGEST_FREQUENT: usize = 80;

/// Maximum number of distinct words for NULL that are kept for a column.
const MOST_WORDS: usize = 12;

/// Longest word that may mean NULL, in bytes.
const LONGEST_WORD: usize = 20;

/// The unfinished profile of a chunk.
#[derive(Debug)]
pub(crate) struct Piece {
    profile: Profile,
    /// The plain whole numbers.
    list: Vec<i64>,
    /// The whole numbers that are written as `12.0`.
    pointed: Vec<i64>,
    /// Readings that have failed, in this chunk or in an earlier one, as bits.
    failed: u64,
    has_no_set: bool,
    /// Whether settings may give digits another meaning than that of a whole number.
    rereads_digits: bool,
}

impl Piece {
    /// Starts the profile of a chunk.
    pub(crate) fn new(known: &Known, told: &Arc<Told>) -> Piece {
        let mut profile = Profile::of_told(told);
        if known.has_many.load(Ordering::Relaxed) {
            profile.frequent = None;
        }
        Piece {
            profile,
            list: Vec::new(),
            pointed: Vec::new(),
            failed: known.failed.load(Ordering::Relaxed),
            has_no_set: known.has_no_set.load(Ordering::Relaxed),
            rereads_digits: told.rereads_digits(),
        }
    }

    /// Whether all values so far were whole numbers.
    pub(crate) fn may_be_numbers(&self) -> bool {
        self.failed & INTEGER == 0 && self.adds_numbers()
    }

    /// Whether digits are always whole numbers, because no setting of the column gives digits
    /// another meaning.
    #[inline(always)]
    pub(crate) fn adds_numbers(&self) -> bool {
        !self.rereads_digits
    }

    /// Adds a whole number in digits without leading zeros.
    #[inline(always)]
    pub(crate) fn add_number(&mut self, number: u64) {
        self.list.push(number as i64);
    }

    /// Counts a field that is an empty pair of quotes. `add` is called for the field afterwards.
    pub(crate) fn note_empty_in_quotes(&mut self) {
        self.profile.empty_in_quotes += 1;
    }

    /// Adds a field to the profile.
    #[inline]
    pub(crate) fn add(&mut self, field: &[u8], kind: FieldKind) {
        match kind {
            FieldKind::Null => {
                self.profile.nulls += 1;
                self.profile.marks += 1;
                return;
            }
            FieldKind::Plain if means_null(field) => {
                self.profile.nulls += 1;
                self.profile.marks += u64::from(field == b"\\N");
                if field.len() > 2 {
                    let word = String::from_utf8_lossy(field).into_owned();
                    *self.profile.null_words.entry(word).or_default() += 1;
                }
                return;
            }
            FieldKind::Nested => {
                self.profile.nested += 1;
                self.profile.within.add(field);
                if self.failed & (1 << JSON) != 0 {
                    self.profile.within.note_losses(field);
                }
            }
            FieldKind::Literal => {
                // an exponent, like a point, shows that a JSON number is not a code
                let is_number = field.first().is_some_and(|b| b"-0123456789".contains(b));
                let has_mark = field.iter().any(|b| b".eE".contains(b));
                self.profile.has_points |= is_number && has_mark;
                if field.len() > SHORT_NUMBER {
                    self.profile.within.note_losses(field);
                }
            }
            _ => {}
        }
        match plain_integer(field) {
            Some(number) if !self.is_told(field) => self.list.push(number),
            _ => {
                if !self.profile.has_unpointed {
                    self.pointed
                        .extend(self.pointed_integer(field.trim_ascii()));
                }
                self.add_other(field);
            }
        }
    }

    /// Reads `12.0` as 12, because pandas writes integers in this way in a column with missing
    /// values. `None` if the user's settings say how numbers are written.
    fn pointed_integer(&self, field: &[u8]) -> Option<i64> {
        let digits = field.strip_suffix(b".0")?;
        let told = &self.profile.told.format;
        let is_told = self.rereads_digits
            || told.numbers.changes_spelling()
            || !told.dates.formats.is_empty()
            || self.profile.told.is_null(field);
        plain_integer(digits).filter(|_| !is_told)
    }

    /// Whether the user's settings may give these digits another meaning than that of a whole
    /// number.
    fn is_told(&self, field: &[u8]) -> bool {
        let format = &self.profile.told.format;
        let is_other = || format.numbers.scale.is_some() || !format.dates.formats.is_empty();
        self.rereads_digits
            && (self.profile.told.is_null(field) || is_other() || !format.truth.yes.is_empty())
    }

    fn add_other(&mut self, field: &[u8]) {
        let bare = field.trim_ascii();
        if means_null(bare) {
            self.profile.blanks += 1;
        } else {
            self.profile.others += 1;
        }
        if let Some(counted) = &mut self.profile.frequent {
            if let Some((_, count)) = counted.iter_mut().find(|(known, _)| **known == *field) {
                *count += 1;
                if !self.profile.words.is_empty()
                    && let Ok(text) = std::str::from_utf8(bare)
                    && let Some(count) = self.profile.words.get_mut(text)
                {
                    *count += 1;
                }
                return;
            }
            if counted.len() < MOST_FREQUENT && field.len() <= LONGEST_FREQUENT {
                counted.push((field.into(), 1));
            } else {
                self.profile.frequent = None;
            }
        }
        self.profile.sketch.add(xxh3_64(field));
        match simdutf8::basic::from_utf8(field) {
            Ok(text) => {
                self.profile.text.add(text);
                self.try_readings(text.trim_ascii());
            }
            Err(_) => {
                self.failed = u64::MAX;
                self.profile.has_unpointed = true;
                if self.profile.bad.len() < MOST_BAD {
                    self.profile.bad.push(field.to_vec());
                }
            }
        }
    }

    /// Notes a value that is not of the form `12.0`.
    fn note_pointed(&mut self, field: &[u8]) {
        if !self.profile.has_unpointed && self.pointed_integer(field).is_none() {
            self.profile.has_unpointed = true;
            self.pointed.clear();
        }
    }

    /// Tries a field in the readings that have not failed yet.
    fn try_readings(&mut self, field: &str) {
        let mut left = !self.failed & (u64::MAX >> (64 - READINGS.len()));
        if means_null(field.as_bytes()) {
            return;
        }
        if self.profile.told.is_null(field.as_bytes()) {
            *self.profile.words.entry(field.to_owned()).or_default() += 1;
            return;
        }
        if left == 0 {
            self.note_pointed(field.as_bytes());
            self.profile.tried += 1;
            return;
        }
        if field.len() <= LONGEST_WORD && is_no_value(field) {
            let words = &mut self.profile.words;
            if words.len() < MOST_WORDS || words.contains_key(field) {
                *words.entry(field.to_owned()).or_default() += 1;
                return;
            }
        }
        self.note_pointed(field.as_bytes());
        self.profile.tried += 1;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            match READINGS[at].read_as(&self.profile.told, field) {
                Some(seen) => self.profile.seen[at].add(&seen),
                None => self.failed |= 1 << at,
            }
        }
    }

    /// Completes the profile.
    pub(crate) fn finish(mut self) -> Profile {
        self.profile.failed = self.failed;
        let is_number = self.failed & INTEGER == 0;
        self.profile.integers = match is_number && !self.has_no_set {
            true => Integers::of_list(&mut self.list),
            false => Integers::counted(&self.list),
        };
        if !self.profile.has_unpointed {
            self.profile.pointed = Integers::of_list(&mut self.pointed);
        }
        // numbers that are too far apart for a set are counted by the sketch
        if self.profile.integers.set().is_none() {
            let list = std::mem::take(&mut self.list);
            self.profile.add_to_sketch(list.into_iter());
        }
        self.profile
    }
}

/// Parses a whole number of at most 18 digits without leading zeros; `None` for other fields.
#[inline]
fn plain_integer(field: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match field {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    let is_code = digits.first() == Some(&b'0') && (digits.len() > 1 || is_negative);
    let number = clean::integer::plain(digits).filter(|_| !is_code)? as i64;
    Some(if is_negative { -number } else { number })
}
