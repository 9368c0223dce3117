//! The profile of a column, which summarizes its values. Each chunk has its own profile, and the
//! profiles are merged in file order.

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

/// Maximum number of distinct values that are counted individually.
pub(crate) const MOST_FREQUENT: usize = 48;

/// Maximum number of values that are not UTF-8 and are kept to detect their encoding.
const MOST_BAD: usize = 200;

/// The values of a column.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// Number of fields that are NULL in a nullable column of every type.
    pub(crate) nulls: u64,
    /// Number of fields that are NULL unless the column is text: blanks, and an empty text or a
    /// word for NULL that the dialect treats as a value.
    pub(crate) blanks: u64,
    /// Number of fields that are neither NULL, nor blank, nor plain whole numbers.
    pub(crate) others: u64,
    /// An upper bound of the number of distinct values among `others`, without words for NULL.
    pub(crate) tried: u64,
    /// Number of fields that are the dialect's mark for NULL, such as `\N`. They are counted in
    /// `nulls` too.
    pub(crate) marks: u64,
    /// Empty fields in quotes. They are counted in `nulls` too unless the dialect treats them as
    /// values.
    pub(crate) empty_in_quotes: u64,
    /// Number of fields of JSON records that are objects or arrays.
    pub(crate) nested: u64,
    /// What is known of the contents of the objects and arrays.
    pub(crate) within: Nested,
    /// Words that usually mean NULL.
    pub(crate) words: Words,
    /// Counts of the spellings of the word `null`. These fields are counted in `nulls` too.
    pub(crate) null_words: Words,
    /// Readings that at least one value does not fit, as bits.
    pub(crate) failed: u64,
    /// What each reading has shown of the values.
    seen: Vec<Seen>,
    pub(crate) text: TextShape,
    /// The first fields that are not UTF-8.
    pub(crate) bad: Vec<Vec<u8>>,
    /// Distinct texts with their counts; `None` if there are many.
    pub(crate) frequent: Option<Vec<(Box<[u8]>, u64)>>,
    pub(crate) sketch: Sketch,
    pub(crate) integers: Integers,
    /// Whole numbers that are written with a zero after the point, such as `12.0`. Cleared when a
    /// value shows that the column has fractions.
    pointed: Integers,
    /// Whether there is a value that is neither a plain whole number nor one written as `12.0`.
    has_unpointed: bool,
    /// Whether `integers` are written as `12.0`.
    pub(crate) are_pointed: bool,
    /// Whether a JSON number has a point or an exponent. Then points in this column are decimal
    /// points.
    pub(crate) has_points: bool,
    /// Whether the values are members of JSON records or come from Parquet files.
    pub(crate) is_of_json_records: bool,
    /// The user's settings for the column.
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

/// What earlier chunks have shown of a column, so that later chunks can skip work.
#[derive(Debug, Default)]
pub(crate) struct Known {
    failed: AtomicU64,
    has_no_set: AtomicBool,
    has_many: AtomicBool,
}

/// The bit of the reading as whole numbers.
const INTEGER: u64 = 1;

impl Profile {
    /// An empty profile of a column with these settings of the user.
    pub(crate) fn of_told(told: &Arc<Told>) -> Profile {
        Profile {
            told: Arc::clone(told),
            ..Profile::default()
        }
    }

    /// Number of fields that are not NULL in a text column.
    pub(crate) fn values(&self) -> u64 {
        self.others + self.blanks + self.integers.count
    }

    /// Whether a reading fits all values that are not words for NULL.
    pub(crate) fn reads(&self, reading: usize) -> bool {
        self.failed & (1 << reading) == 0
    }

    /// The properties that the values have in a reading, for example their number of digits.
    pub(crate) fn seen(&self, reading: usize) -> Seen {
        self.seen[reading]
    }

    /// Adds the profile of the next chunk. `limit` is the largest size of a set of numbers in
    /// bytes.
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
            // the set of this chunk is not kept either, so its numbers are added too
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

    /// Counts the values as whole numbers if all of them are written as `12.0`. Called after all
    /// chunks.
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

    /// Counts the word `null` as a text value. Called after all chunks.
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
