//! The profile of a chunk while it is made.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use clean::diagnosis::is_no_value;
use clean::value::means_null;
use input::dialect::FieldKind;
use xxhash_rust::xxh3::xxh3_64;

use super::{INTEGER, Known, MOST_BAD, MOST_FREQUENT, Profile};
use crate::integers::Integers;
use crate::readings::{JSON, READINGS, Told};

/// Bytes of a number that is never rounded.
const SHORT_NUMBER: usize = 15;

/// Longest value that is counted, in bytes.
const LONGEST_FREQUENT: usize = 80;

/// Most different words for NULL in a column.
const MOST_WORDS: usize = 12;

/// Longest word that may mean NULL, in bytes.
const LONGEST_WORD: usize = 20;

/// The profile of a chunk while it is made.
#[derive(Debug)]
pub(crate) struct Piece {
    profile: Profile,
    /// Whole numbers.
    list: Vec<i64>,
    /// Those that are written as `12.0`.
    pointed: Vec<i64>,
    /// The readings that have failed, also in earlier chunks.
    failed: u64,
    has_no_set: bool,
    /// Whether digits alone may be something else than a whole number.
    rereads_digits: bool,
}

impl Piece {
    /// Begins the profile of a chunk.
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

    /// Whether all values were whole numbers so far.
    pub(crate) fn may_be_numbers(&self) -> bool {
        self.failed & INTEGER == 0 && self.adds_numbers()
    }

    /// Whether digits are whole numbers, whatever was told.
    #[inline(always)]
    pub(crate) fn adds_numbers(&self) -> bool {
        !self.rereads_digits
    }

    /// Adds a whole number in digits without leading zeros.
    #[inline(always)]
    pub(crate) fn add_number(&mut self, number: u64) {
        self.list.push(number as i64);
    }

    /// Notes that the next field is an empty pair of quotes.
    pub(crate) fn note_empty_in_quotes(&mut self) {
        self.profile.empty_in_quotes += 1;
    }

    /// Adds a field.
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
                // an exponent of a JSON number is no part of a code either
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

    /// Reads `12.0` as 12, because pandas writes integers so in a column with missing values,
    /// unless the user has told how numbers are written.
    fn pointed_integer(&self, field: &[u8]) -> Option<i64> {
        let digits = field.strip_suffix(b".0")?;
        let told = &self.profile.told.format;
        let is_told = self.rereads_digits
            || told.numbers.changes_spelling()
            || !told.dates.formats.is_empty()
            || self.profile.told.is_null(field);
        plain_integer(digits).filter(|_| !is_told)
    }

    /// Whether digits are read in the way that was told.
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

    /// Notes a value that is no whole number with a zero after the point.
    fn note_pointed(&mut self, field: &[u8]) {
        if !self.profile.has_unpointed && self.pointed_integer(field).is_none() {
            self.profile.has_unpointed = true;
            self.pointed.clear();
        }
    }

    /// Tries the readings that are left.
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

    /// The profile.
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
        // also numbers that are too far from each other for a set
        if self.profile.integers.set().is_none() {
            let list = std::mem::take(&mut self.list);
            self.profile.add_to_sketch(list.into_iter());
        }
        self.profile
    }
}

/// A whole number of at most 18 digits without leading zeros; `None` for other fields.
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
