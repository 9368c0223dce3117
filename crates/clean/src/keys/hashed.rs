//! Unique keys that no integer holds (text, dates, decimals, wide integers), judged by 128-bit
//! hashes of their bytes.
//!
//! The bytes are those that the server stores: texts after cleaning, everything else in one form
//! per value. Equal bytes are equal under every collation, so a hash that was seen before is a
//! duplicate. Different bytes may still be equal under a collation; only the server can tell, and
//! [`Hashing::is_decisive`] says for which keys that is so. Two different keys have the same hash
//! with a probability below 2^-80 for 2^24 times 2^24 keys, which is left out of account.
//!
//! The newest hashes are in memory. Beyond a limit they are sorted and moved to a temporary file;
//! of a file only the first hash of each page stays in memory, 16 bytes for 4096.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};
use xxhash_rust::xxh3::xxh3_128;

use model::batch::{Batch, Value};
use model::rejection::shown;
use model::schema::{Index, IndexKey, Table};
use model::sqltext::push_plain;

/// Hashes of one key in memory before they are moved to disk: about 70 MB.
const MOST_IN_MEMORY: usize = 3_500_000;

/// Hashes in a page of a file.
const PAGE: usize = 256;

/// Bytes of a hash.
const WIDTH: usize = 16;

/// How the values of a unique key become one hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashing {
    /// Position in the row, and for a prefix its length in characters.
    columns: Vec<(usize, Option<u32>)>,
    pub(super) names: Vec<String>,
    is_decisive: bool,
}

impl Hashing {
    /// `None` when the file lacks a column of the key, or when the key has an expression.
    pub(super) fn new(table: &Table, loaded: &[usize], index: &Index) -> Option<Hashing> {
        let mut columns = Vec::new();
        let mut names = Vec::new();
        let mut is_decisive = true;
        for part in &index.parts {
            let IndexKey::Column(name) = &part.key else {
                return None;
            };
            let number = table.column_index(name)?;
            let position = loaded.iter().position(|&column| column == number)?;
            let column = &table.columns[number];
            is_decisive &= !column.kind.is_text() || compares_bytes(column.collation.as_deref());
            columns.push((position, part.prefix));
            names.push(name.clone());
        }
        Some(Hashing {
            columns,
            names,
            is_decisive,
        })
    }

    /// Whether keys with different bytes are different for the server as well.
    pub(super) fn is_decisive(&self) -> bool {
        self.is_decisive
    }

    /// The hash of a row's key; `None` when one of its values is NULL. `bytes` is room that is used
    /// again.
    pub(super) fn hash(&self, batch: &Batch, row: usize, bytes: &mut Vec<u8>) -> Option<u128> {
        bytes.clear();
        for &(column, prefix) in &self.columns {
            match batch.value(row, column) {
                Value::Null => return None,
                Value::Text(text) => {
                    let text = prefix.map_or(text, |length| first_characters(text, length));
                    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    bytes.extend_from_slice(text.as_bytes());
                }
                Value::Decimal(digits) => {
                    bytes.extend_from_slice(&(digits.len() as u64).to_le_bytes());
                    bytes.extend_from_slice(digits.as_bytes());
                }
                // the server stores -0 and 0, and they are equal
                Value::Double(v) => bytes.extend_from_slice(&(v + 0.0).to_bits().to_le_bytes()),
                Value::Int(v) | Value::DateTime(v) | Value::Date(v) | Value::Time(v) => {
                    bytes.extend_from_slice(&v.to_le_bytes());
                }
                Value::UInt(v) => bytes.extend_from_slice(&v.to_le_bytes()),
                Value::Year(v) => bytes.extend_from_slice(&v.to_le_bytes()),
                Value::Enum(v) => bytes.extend_from_slice(&v.to_le_bytes()),
            }
        }
        Some(xxh3_128(bytes))
    }

    /// The values of a row's key, for people.
    pub(super) fn describe(&self, batch: &Batch, row: usize) -> String {
        let columns: Vec<usize> = self.columns.iter().map(|(column, _)| *column).collect();
        described(batch, row, &columns)
    }
}

/// The values of some columns of a row, for people.
pub(super) fn described(batch: &Batch, row: usize, columns: &[usize]) -> String {
    let value = |column: &usize| match batch.value(row, *column) {
        Value::Null => "NULL".to_owned(),
        Value::Text(text) => shown(text.as_bytes()),
        plain => {
            let mut text = Vec::new();
            push_plain(&mut text, plain, batch.layout().precision(*column));
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    values.join(", ")
}

/// Whether a collation calls texts equal only when their bytes are.
fn compares_bytes(collation: Option<&str>) -> bool {
    matches!(
        collation,
        Some("utf8mb4_0900_bin" | "utf8mb4_nopad_bin" | "utf8mb3_nopad_bin")
    )
}

fn first_characters(text: &str, length: u32) -> &str {
    match text.char_indices().nth(length as usize) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The hashes of the accepted keys.
#[derive(Debug)]
pub(super) struct HashedSet {
    recent: HashSet<u128, BuildHasherDefault<AsIs>>,
    runs: Vec<SortedRun>,
    most: usize,
}

impl Default for HashedSet {
    fn default() -> HashedSet {
        HashedSet::with_limit(MOST_IN_MEMORY)
    }
}

impl HashedSet {
    /// A set that keeps `most` hashes in memory.
    pub(super) fn with_limit(most: usize) -> HashedSet {
        HashedSet {
            recent: HashSet::default(),
            runs: Vec::new(),
            most,
        }
    }

    /// Adds a hash; false when it is there already.
    pub(super) fn insert(&mut self, hash: u128) -> Result<bool> {
        if self.recent.contains(&hash) {
            return Ok(false);
        }
        for run in &self.runs {
            if run.contains(hash, &mut Page::default())? {
                return Ok(false);
            }
        }
        Ok(self.recent.insert(hash))
    }

    /// Adds all of these hashes, or none when one of them is there already or twice among them.
    pub(super) fn insert_all(&mut self, hashes: &mut [u128]) -> Result<bool> {
        let repeated = hashes
            .iter()
            .position(|hash| !self.recent.insert(*hash))
            .unwrap_or(hashes.len());
        let mut are_new = repeated == hashes.len();
        if are_new && !self.runs.is_empty() {
            // pages are looked up in their order
            hashes.sort_unstable();
            are_new = !self.any_in_runs(hashes)?;
        }
        if !are_new {
            for hash in &hashes[..repeated] {
                self.recent.remove(hash);
            }
        }
        Ok(are_new)
    }

    fn any_in_runs(&self, hashes: &[u128]) -> Result<bool> {
        for run in &self.runs {
            let mut page = Page::default();
            for hash in hashes {
                if run.contains(*hash, &mut page)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Takes a hash out that was added after the last [`HashedSet::settle`].
    pub(super) fn remove(&mut self, hash: u128) {
        self.recent.remove(&hash);
    }

    /// Moves hashes to disk when there are too many in memory.
    pub(super) fn settle(&mut self) -> Result<()> {
        if self.recent.len() < self.most {
            return Ok(());
        }
        let mut hashes: Vec<u128> = self.recent.drain().collect();
        hashes.sort_unstable();
        let mut newest = SortedRun::write(hashes.into_iter().map(Ok))?;
        // runs double in size, so that there are few of them
        while let Some(last) = self.runs.pop_if(|last| last.length <= newest.length) {
            newest = SortedRun::merge(last, newest)?;
        }
        self.runs.push(newest);
        Ok(())
    }
}

/// Hashes in ascending order, in a file without a name.
#[derive(Debug)]
struct SortedRun {
    file: File,
    length: usize,
    /// The first hash of each page.
    first: Vec<u128>,
}

/// The page that was read last.
#[derive(Debug, Default)]
struct Page {
    number: Option<usize>,
    bytes: Vec<u8>,
}

impl SortedRun {
    fn write(hashes: impl Iterator<Item = Result<u128>>) -> Result<SortedRun> {
        let file = tempfile::tempfile().with_context(cannot_keep)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let (mut length, mut first) = (0, Vec::new());
        for hash in hashes {
            let hash = hash?;
            if length % PAGE == 0 {
                first.push(hash);
            }
            length += 1;
            out.write_all(&hash.to_be_bytes())
                .with_context(cannot_keep)?;
        }
        let file = out
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .with_context(cannot_keep)?;
        Ok(SortedRun {
            file,
            length,
            first,
        })
    }

    fn merge(left: SortedRun, right: SortedRun) -> Result<SortedRun> {
        let (mut left, mut right) = (left.into_hashes()?, right.into_hashes()?);
        let mut next = (left.next().transpose()?, right.next().transpose()?);
        SortedRun::write(std::iter::from_fn(|| {
            let (side, taken) = match next {
                (Some(a), Some(b)) if a > b => (&mut right, &mut next.1),
                (Some(_), _) => (&mut left, &mut next.0),
                (None, _) => (&mut right, &mut next.1),
            };
            let hash = (*taken)?;
            match side.next().transpose() {
                Ok(following) => *taken = following,
                Err(error) => return Some(Err(error)),
            }
            Some(Ok(hash))
        }))
    }

    fn into_hashes(mut self) -> Result<impl Iterator<Item = Result<u128>>> {
        self.file.rewind().with_context(cannot_keep)?;
        let mut bytes = BufReader::with_capacity(1 << 20, self.file);
        Ok((0..self.length).map(move |_| {
            let mut hash = [0; WIDTH];
            bytes.read_exact(&mut hash).with_context(cannot_keep)?;
            Ok(u128::from_be_bytes(hash))
        }))
    }

    fn contains(&self, hash: u128, page: &mut Page) -> Result<bool> {
        let Some(number) = self
            .first
            .partition_point(|first| *first <= hash)
            .checked_sub(1)
        else {
            return Ok(false);
        };
        if page.number != Some(number) {
            let length = PAGE.min(self.length - number * PAGE);
            page.bytes.resize(length * WIDTH, 0);
            self.file
                .read_exact_at(&mut page.bytes, (number * PAGE * WIDTH) as u64)
                .with_context(cannot_keep)?;
            page.number = Some(number);
        }
        let (hashes, _) = page.bytes.as_chunks::<WIDTH>();
        Ok(hashes.binary_search(&hash.to_be_bytes()).is_ok())
    }
}

fn cannot_keep() -> String {
    format!(
        "cannot keep the keys of the rows in a temporary file in {}; free space there, or name another folder in the environment variable TMPDIR",
        std::env::temp_dir().display()
    )
}

/// The hash of a hash is the hash itself.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_that_spills_to_disk_holds_what_one_in_memory_holds(
            batches in proptest::collection::vec(proptest::collection::vec(0..600u128, 0..40), 0..60),
            limit in 1..50usize,
        ) {
            // spread over all pages of the files
            let hash = |number: u128| number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let mut set = HashedSet::with_limit(limit);
            let mut model = HashSet::new();
            for (at, batch) in batches.iter().enumerate() {
                if at % 2 == 0 {
                    let mut hashes: Vec<u128> = batch.iter().map(|number| hash(*number)).collect();
                    let distinct: HashSet<u128> = hashes.iter().copied().collect();
                    let are_new = distinct.len() == hashes.len() && distinct.is_disjoint(&model);
                    prop_assert_eq!(set.insert_all(&mut hashes).unwrap(), are_new);
                    if are_new {
                        model.extend(distinct);
                    }
                } else {
                    for number in batch {
                        let is_new = set.insert(hash(*number)).unwrap();
                        prop_assert_eq!(is_new, model.insert(hash(*number)));
                        // as for a row that is rejected for another reason
                        if is_new && number % 3 == 0 {
                            set.remove(hash(*number));
                            model.remove(&hash(*number));
                        }
                    }
                }
                set.settle().unwrap();
                prop_assert!(set.recent.len() < limit);
            }
        }
    }

    #[test]
    fn runs_on_disk_are_few_and_longer_than_a_page() {
        let mut set = HashedSet::with_limit(100);
        for number in 0..20_000u128 {
            assert!(set.insert(number << 90).unwrap());
            set.settle().unwrap();
        }
        assert!(set.runs.len() < 10, "{}", set.runs.len());
        assert!(set.runs[0].first.len() > 10);
        for number in (0..20_000u128).step_by(7) {
            assert!(!set.insert(number << 90).unwrap());
            assert!(set.insert((number << 90) + 1).unwrap());
        }
    }

    #[test]
    fn a_prefix_is_counted_in_characters() {
        assert_eq!(first_characters("äöü", 2), "äö");
        assert_eq!(first_characters("ab", 2), "ab");
        assert_eq!(first_characters("", 2), "");
    }
}
