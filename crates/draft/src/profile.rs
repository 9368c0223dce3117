//! What is known of the values of a column: a profile of each chunk, merged in file order.

mod piece;
mod text_shape;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::integers::Integers;
use crate::nested::Nested;
use crate::null_words::Words;
use crate::readings::{READINGS, Seen, Told};
use crate::sketch::Sketch;
pub(crate) use piece::Piece;
pub(crate) use text_shape::TextShape;

/// Most distinct values that are counted one by one.
pub(crate) const MOST_FREQUENT: usize = 48;

/// Values that are not UTF-8 which are kept, to find their encoding.
const MOST_BAD: usize = 200;

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Fields that are NULL in a nullable column of any type.
    pub(crate) nulls: u64,
    /// Fields that are NULL in columns of other types than text: blanks, or an empty text or a word
    /// for NULL that the dialect calls a value.
    pub(crate) blanks: u64,
    /// Other fields that are not plain whole numbers.
    pub(crate) others: u64,
    /// Of these, distinct ones or more that are neither blank nor a word for NULL.
    pub(crate) tried: u64,
    /// Fields of `\N`, or of another mark of the dialect, which are among `nulls`.
    pub(crate) marks: u64,
    /// Empty pairs of quotes, which are among `nulls` unless the dialect calls them a value.
    pub(crate) empty_in_quotes: u64,
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
            marks: 0,
            empty_in_quotes: 0,
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
        self.marks += piece.marks;
        self.empty_in_quotes += piece.empty_in_quotes;
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

#[cfg(test)]
mod tests;
