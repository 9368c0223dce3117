//! What is known of the values of a column: a profile of each chunk, merged in file order.

mod text_shape;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clean::diagnosis::is_no_value;
use clean::value::means_null;
use input::dialect::FieldKind;
use xxhash_rust::xxh3::xxh3_64;

use crate::integers::Integers;
use crate::nested::Nested;
use crate::null_words::Words;
use crate::readings::{JSON, READINGS, Seen, Told};
use crate::sketch::Sketch;
pub(crate) use text_shape::TextShape;

/// Bytes of a number that is never rounded.
const SHORT_NUMBER: usize = 15;

/// Most distinct values that are counted one by one.
pub(crate) const MOST_FREQUENT: usize = 48;

/// Longest value that is counted, in bytes.
const LONGEST_FREQUENT: usize = 80;

/// Most different words for NULL in a column.
const MOST_WORDS: usize = 12;

/// Longest word that may mean NULL, in bytes.
const LONGEST_WORD: usize = 20;

/// Values that are not UTF-8 which are kept, to find their encoding.
const MOST_BAD: usize = 200;

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Fields that are NULL in every nullable column.
    pub(crate) nulls: u64,
    /// Fields that are NULL in columns of other types than text: blanks, or an empty text or a word
    /// for NULL that the dialect calls a value.
    pub(crate) blanks: u64,
    /// Other fields that are not plain whole numbers.
    pub(crate) others: u64,
    /// Of these, distinct ones or more that are neither blank nor a word for NULL.
    pub(crate) tried: u64,
    /// JSON objects and arrays in JSON records.
    pub(crate) nested: u64,
    /// What these hold.
    pub(crate) within: Nested,
    /// Words that usually mean NULL.
    pub(crate) words: Words,
    /// How often the word `null` is there, in its spellings. These fields are among `nulls`.
    pub(crate) null_words: Words,
    /// The readings that do not read all values, as bits.
    pub(crate) failed: u64,
    /// What was seen in the other readings.
    seen: Vec<Seen>,
    pub(crate) text: TextShape,
    /// Fields that are not UTF-8, the first of them.
    pub(crate) bad: Vec<Vec<u8>>,
    /// Distinct texts with their counts; `None` if there are many.
    pub(crate) frequent: Option<Vec<(Box<[u8]>, u64)>>,
    pub(crate) sketch: Sketch,
    pub(crate) integers: Integers,
    /// Whole numbers that are written with a zero after the point, such as `12.0`, unless another
    /// value makes them fractions.
    pointed: Integers,
    /// Whether there is a value that is none of these, nor a plain whole number.
    has_unpointed: bool,
    /// Whether `integers` are written so.
    pub(crate) are_pointed: bool,
    /// Whether a point is a decimal point, because a JSON number has one or an exponent.
    pub(crate) has_points: bool,
    /// Whether the values are members of JSON records, as those of Parquet files are too.
    pub(crate) is_of_json_records: bool,
    /// What the user has told.
    pub(crate) told: Arc<Told>,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            nulls: 0,
            blanks: 0,
            others: 0,
            tried: 0,
            nested: 0,
            within: Nested::default(),
            words: Words::new(),
            null_words: Words::new(),
            failed: 0,
            seen: vec![Seen::default(); READINGS.len()],
            text: TextShape::default(),
            bad: Vec::new(),
            frequent: Some(Vec::new()),
            sketch: Sketch::default(),
            integers: Integers::default(),
            pointed: Integers::default(),
            has_unpointed: false,
            are_pointed: false,
            has_points: false,
            is_of_json_records: false,
            told: Arc::default(),
        }
    }
}

/// What earlier chunks have shown of a column, which saves work in later ones.
#[derive(Debug, Default)]
pub(crate) struct Known {
    failed: AtomicU64,
    has_no_set: AtomicBool,
    has_many: AtomicBool,
}

/// The bit of the reading of whole numbers.
const INTEGER: u64 = 1;

impl Profile {
    /// The profile of a column about which this was told.
    pub(crate) fn of_told(told: &Arc<Told>) -> Profile {
        Profile {
            told: Arc::clone(told),
            ..Profile::default()
        }
    }

    /// Fields that are not NULL in a column of text.
    pub(crate) fn values(&self) -> u64 {
        self.others + self.blanks + self.integers.count
    }

    /// Whether all values that are not words for NULL can be read so.
    pub(crate) fn reads(&self, reading: usize) -> bool {
        self.failed & (1 << reading) == 0
    }

    /// What was seen in a reading.
    pub(crate) fn seen(&self, reading: usize) -> Seen {
        self.seen[reading]
    }

    /// Adds the profile of the next chunk. `limit` is the size of a set of numbers in bytes.
    pub(crate) fn merge(&mut self, piece: Profile, known: &Known, limit: u64) {
        self.nulls += piece.nulls;
        self.blanks += piece.blanks;
        self.others += piece.others;
        self.tried += piece.tried;
        self.nested += piece.nested;
        self.within.merge(piece.within);
        add_words(&mut self.words, piece.words);
        add_words(&mut self.null_words, piece.null_words);
        self.failed |= piece.failed;
        for (seen, other) in self.seen.iter_mut().zip(&piece.seen) {
            seen.add(other);
        }
        self.text.merge(&piece.text);
        self.has_unpointed |= piece.has_unpointed;
        if !self.has_unpointed {
            self.pointed.merge(&piece.pointed, limit);
        }
        self.has_points |= piece.has_points;
        let room = MOST_BAD.saturating_sub(self.bad.len());
        self.bad.extend(piece.bad.into_iter().take(room));
        self.sketch.merge(&piece.sketch);
        self.merge_frequent(piece.frequent);
        if let Some(lost) = self.integers.merge(&piece.integers, limit) {
            self.add_to_sketch(lost.iter().map(crate::integers::number));
            // the set of this chunk, if it was the one that could not be added
            if let Some(set) = piece.integers.set() {
                self.add_to_sketch(set.iter().map(crate::integers::number));
            }
        } else if self.integers.set().is_none()
            && let Some(set) = piece.integers.set()
        {
            self.add_to_sketch(set.iter().map(crate::integers::number));
        }
        if self.failed & INTEGER != 0
            && let Some(lost) = self.integers.forget_set()
        {
            self.add_to_sketch(lost.iter().map(crate::integers::number));
        }
        known.failed.store(self.failed, Ordering::Relaxed);
        let has_no_set = self.integers.set().is_none();
        known.has_no_set.store(has_no_set, Ordering::Relaxed);
        known
            .has_many
            .store(self.frequent.is_none(), Ordering::Relaxed);
    }

    /// Takes numbers as whole numbers that are all written as `12.0`. Called after all chunks.
    pub(crate) fn settle(&mut self) {
        let is_mixed = self.has_unpointed || self.nested > 0 || self.integers.count > 0;
        if self.pointed.count == 0 || is_mixed {
            return;
        }
        self.integers = std::mem::take(&mut self.pointed);
        self.others -= self.integers.count;
        self.tried = 0;
        self.failed &= !INTEGER;
        self.are_pointed = true;
    }

    /// Counts the word `null` as a text. Called after all chunks.
    pub(crate) fn keep_null_words(&mut self) {
        for (word, count) in std::mem::take(&mut self.null_words) {
            self.nulls -= count;
            self.others += count;
            self.text.add(&word);
            self.sketch.add(xxh3_64(word.as_bytes()));
            self.merge_frequent(Some(vec![(word.into_bytes().into(), count)]));
        }
    }

    fn merge_frequent(&mut self, other: Option<Vec<(Box<[u8]>, u64)>>) {
        let (Some(counted), Some(other)) = (&mut self.frequent, other) else {
            self.frequent = None;
            return;
        };
        for (value, count) in other {
            match counted.iter_mut().find(|(known, _)| *known == value) {
                Some((_, known)) => *known += count,
                None => counted.push((value, count)),
            }
        }
        if counted.len() > MOST_FREQUENT {
            self.frequent = None;
        }
    }

    fn add_to_sketch(&mut self, numbers: impl Iterator<Item = i64>) {
        for number in numbers {
            self.sketch.add(hash_of(number));
        }
    }
}

fn add_words(words: &mut Words, more: Words) {
    for (word, count) in more {
        *words.entry(word).or_default() += count;
    }
}

fn hash_of(number: i64) -> u64 {
    xxh3_64(&number.to_le_bytes())
}

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

    /// Adds a field.
    #[inline]
    pub(crate) fn add(&mut self, field: &[u8], kind: FieldKind) {
        match kind {
            FieldKind::Null => return self.profile.nulls += 1,
            FieldKind::Plain if means_null(field) => {
                self.profile.nulls += 1;
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

    /// The whole number of `12.0`, as pandas writes those of a column with holes, unless something
    /// was told about numbers.
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

#[cfg(test)]
mod tests;
