//! Reads every page of a file back and checks it before the server sees the file.
//!
//! A wrong file can stop the whole server, at the import or at a later use of the table. So the
//! verifier relies on nothing that the writer computed. It checks that:
//!
//! * the pages reachable from the roots are those that the descriptors mark as used, each in the
//!   segment of its tree;
//! * the keys of the records are in order, their lengths are possible, and texts are valid UTF-8;
//! * in each index, the number of records and the sum of their hashes are those of the rows added.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::error::{Context, Result, damaged};
use xxhash_rust::xxh3::xxh3_64;

use super::build::{Contents, Layout, hash};
use super::extents::Extents;
use super::key::KeyFormat;
use super::page::{
    FIRST_OF_LEVEL, HEAP, INFIMUM, NODE_POINTER, NONE, PAGE, SUPREMUM, Stamp, TRAILER, at,
    following, kind, u16_at, u32_at, u64_at,
};
use super::record::{HEADER, Shape, end_of};
use super::template::{Root, Template};

/// Checks the file of a table.
///
/// # Errors
///
/// With the first violation found.
pub fn verify(
    file: &File,
    layout: &Layout,
    template: &Template,
    contents: &Contents,
) -> Result<()> {
    let mut extents = Extents::read(file, template)?;
    let clustered = layout.rows.shape();
    let tree = |root: &Root, name: &str, key: &KeyFormat, leaf: &Shape| {
        let null_bytes = leaf.null_bytes;
        let is_secondary = root.page != template.roots[0].page;
        TreeReader {
            transaction: if is_secondary {
                template.transaction
            } else {
                0
            },
            file,
            stamp: template.stamp,
            root: *root,
            key: key.clone(),
            leaf: leaf.clone(),
            node: key.node_shape(null_bytes),
            name: name.to_owned(),
        }
    };
    let rows =
        tree(&template.roots[0], "PRIMARY", &layout.rows.key, &clustered).read(&mut extents)?;
    if (rows.records, rows.record_hash) != (contents.rows, contents.row_hash) {
        damaged!(
            "the file has {} rows, but {} were added, or their contents differ",
            rows.records,
            contents.rows
        );
    }
    for (number, (name, key)) in layout.indexes.iter().enumerate() {
        let found =
            tree(&template.roots[number + 1], name, key, &key.shape()).read(&mut extents)?;
        if (found.records, found.key_hash) != (contents.rows, contents.key_hashes[number]) {
            damaged!(
                "index {name} has {} entries for {} rows, or their contents differ",
                found.records,
                contents.rows
            );
        }
    }
    extents.finish(file, template)
}

/// Reads a page.
pub(crate) fn read_page(file: &File, number: u32, page: &mut [u8]) -> Result<()> {
    file.read_exact_at(page, u64::from(number) * PAGE as u64)
        .with_context(|| format!("cannot read page {number} of the table's file"))
}

/// Totals of a tree's leaves.
#[derive(Debug, Default)]
struct LeafTotals {
    records: u64,
    record_hash: u64,
    key_hash: u64,
}

struct TreeReader<'a> {
    file: &'a File,
    stamp: Stamp,
    root: Root,
    /// The transaction id that the header of each leaf must have.
    transaction: u64,
    key: KeyFormat,
    leaf: Shape,
    node: Shape,
    name: String,
}

/// A page, and the key of the node pointer that refers to it.
struct Pointer {
    page: u32,
    key: Vec<u8>,
}

/// The place of a page in its tree.
struct PagePlace<'a> {
    /// Level of the page; 0 for leaves.
    height: u16,
    /// Position of the page among the pages of its level.
    position: usize,
    pointer: &'a Pointer,
}

impl PagePlace<'_> {
    /// Checks number, status and flags in the header of a record.
    fn check_record_header(&self, page: &[u8], origin: usize, number: usize) -> Result<()> {
        let status = match self.height {
            0 => 0,
            _ => u16::from(NODE_POINTER),
        };
        let first = if self.height > 0 && self.position == 0 && number == 0 {
            FIRST_OF_LEVEL
        } else {
            0
        };
        if u16_at(page, origin - 4) != (number as u16 + 2) << 3 | status
            || page[origin - HEADER] & 0xf0 != first
        {
            damaged!("the header of record {number} is wrong");
        }
        Ok(())
    }
}

/// State carried from page to page while checking one level.
#[derive(Default)]
struct Level {
    fields: Vec<Option<std::ops::Range<usize>>>,
    key: Vec<u8>,
    last: Vec<u8>,
    children: Vec<Pointer>,
    found: LeafTotals,
}

impl TreeReader<'_> {
    fn read(&self, extents: &mut Extents) -> Result<LeafTotals> {
        self.levels(extents)
            .with_context(|| format!("index {}", self.name))
    }

    fn levels(&self, extents: &mut Extents) -> Result<LeafTotals> {
        let mut page = vec![0; PAGE];
        read_page(self.file, self.root.page, &mut page)?;
        let mut height = u16_at(&page, at::LEVEL);
        let mut pages = vec![Pointer {
            page: self.root.page,
            key: Vec::new(),
        }];
        loop {
            let mut level = Level::default();
            for (at, pointer) in pages.iter().enumerate() {
                let number = pointer.page;
                let is_root = number == self.root.page;
                let segment = match height {
                    0 if !is_root => self.root.leaves,
                    _ => self.root.branches,
                };
                extents.reach(number, segment)?;
                read_page(self.file, number, &mut page)?;
                self.stamp.check(&page, number)?;
                let neighbour =
                    |at: Option<usize>| at.and_then(|a| pages.get(a)).map_or(NONE, |p| p.page);
                if u32_at(&page, at::PREVIOUS) != neighbour(at.checked_sub(1))
                    || u32_at(&page, at::NEXT) != neighbour(at.checked_add(1))
                {
                    damaged!("page {number} does not link to its neighbours on its level");
                }
                let place = PagePlace {
                    height,
                    position: at,
                    pointer,
                };
                self.page(&page, &place, &mut level)
                    .with_context(|| format!("page {number}"))?;
            }
            if height == 0 {
                return Ok(level.found);
            }
            pages = level.children;
            height -= 1;
        }
    }

    /// Checks one page and adds its records to the state of its level.
    fn page(&self, page: &[u8], place: &PagePlace<'_>, level: &mut Level) -> Result<()> {
        let records = self.check_header(page, place)?;
        let mut walk = RecordWalk::new(page)?;
        let mut begin = HEAP;
        for number in 0..records {
            let origin = walk.advance()?;
            let shape = match place.height {
                0 => &self.leaf,
                _ => &self.node,
            };
            let prefix = shape.parse(page, origin, &mut level.fields)?;
            let end = end_of(&level.fields, origin);
            if prefix != begin || end > page.len() - TRAILER - 2 * walk.slots {
                damaged!("record {number} does not start where the previous one ends");
            }
            begin = end;
            place.check_record_header(page, origin, number)?;
            self.texts(page, shape, &level.fields)
                .with_context(|| format!("record {number}"))?;
            self.check_key(page, place, number, level)?;
            if place.height == 0 {
                let found = &mut level.found;
                found.records += 1;
                found.key_hash = found.key_hash.wrapping_add(xxh3_64(&level.key));
                let hash = hash(&page[prefix..origin - HEADER], &page[origin..end]);
                found.record_hash = found.record_hash.wrapping_add(hash);
            } else {
                let child = level
                    .fields
                    .last()
                    .cloned()
                    .flatten()
                    .context("a node pointer has no child page")?;
                level.children.push(Pointer {
                    page: u32_at(page, child.start),
                    key: level.key.clone(),
                });
            }
            std::mem::swap(&mut level.key, &mut level.last);
        }
        if usize::from(u16_at(page, at::HEAP_TOP)) != begin {
            damaged!("the page's heap does not end with its last record");
        }
        walk.finish()
    }

    /// Checks the header of an index page. Returns its number of user records.
    fn check_header(&self, page: &[u8], place: &PagePlace<'_>) -> Result<usize> {
        let is_root = place.pointer.page == self.root.page;
        let records = usize::from(u16_at(page, at::RECORDS));
        let segments: &[u8] = if is_root {
            &self.root.segments
        } else {
            &[0; 20]
        };
        let transaction = match place.height {
            0 => self.transaction,
            _ => 0,
        };
        if u16_at(page, at::TYPE) != kind::INDEX
            || u64_at(page, at::TRANSACTION) != transaction
            || u64_at(page, at::INDEX) != self.root.index
            || u16_at(page, at::LEVEL) != place.height
            || usize::from(u16_at(page, at::HEAP_RECORDS)) != (records + 2) | 0x8000
            || u32_at(page, at::HEAP_RECORDS + 2) != 0
            || &page[at::SEGMENTS..at::SEGMENTS + 20] != segments
            || (records == 0 && !(is_root && place.height == 0))
        {
            damaged!("the page's header is wrong");
        }
        Ok(records)
    }

    /// Computes the key of a record into `level.key`. Checks that it is greater than the previous
    /// key and equals the key of the node pointer, if the record is the first of its page.
    fn check_key(
        &self,
        page: &[u8],
        place: &PagePlace<'_>,
        number: usize,
        level: &mut Level,
    ) -> Result<()> {
        level.key.clear();
        let fields = &level.fields;
        self.key
            .push_sort_key_of(|at| Some(&page[fields[at].clone()?]), &mut level.key);
        if level.key.len() != self.key.width {
            damaged!("record {number} has NULL in a column that is NOT NULL");
        }
        if !level.last.is_empty() && level.key <= level.last {
            damaged!("the key of record {number} is not greater than that of the previous one");
        }
        let pointer = place.pointer;
        if number == 0 && !pointer.key.is_empty() && pointer.key != level.key {
            damaged!("the page's first key differs from the key of its node pointer");
        }
        Ok(())
    }

    fn texts(
        &self,
        page: &[u8],
        shape: &Shape,
        fields: &[Option<std::ops::Range<usize>>],
    ) -> Result<()> {
        for (field, range) in shape.fields.iter().zip(fields) {
            let (None, Some(range)) = (field.width, range) else {
                continue;
            };
            let bytes = &page[range.clone()];
            let has_too_many_characters = match field.max_characters {
                None => false,
                Some(most) => {
                    let text = simdutf8::basic::from_utf8(bytes);
                    let text = text.context("a text is not valid UTF-8")?;
                    bytes.len() > most as usize
                        && field.fill == 0
                        && text.chars().count() > most as usize
                }
            };
            if bytes.len() > field.max_bytes as usize
                || bytes.len() < field.fill
                || has_too_many_characters
            {
                damaged!(
                    "a value of {} bytes is longer or shorter than its column allows",
                    bytes.len()
                );
            }
        }
        Ok(())
    }
}

/// Follows the records of a page in key order, and checks the directory.
struct RecordWalk<'a> {
    page: &'a [u8],
    slots: usize,
    slot: usize,
    since: u8,
    record: usize,
}

impl<'a> RecordWalk<'a> {
    fn new(page: &'a [u8]) -> Result<RecordWalk<'a>> {
        let slots = usize::from(u16_at(page, at::SLOTS));
        if !(2..=PAGE / 8).contains(&slots) {
            damaged!("the page's directory has an impossible number of slots: {slots}");
        }
        let walk = RecordWalk {
            page,
            slots,
            slot: 0,
            since: 0,
            record: INFIMUM,
        };
        let ends = b"infimum\0";
        if page[94..97] != *b"\x01\0\x02" || page[INFIMUM..INFIMUM + 8] != *ends {
            damaged!("the page's infimum record is damaged");
        }
        if page[108..SUPREMUM] != *b"\0\x0b\0\0" || page[SUPREMUM..HEAP] != *b"supremum" {
            damaged!("the page's supremum record is damaged");
        }
        if walk.slot_at(0) != INFIMUM || walk.slot_at(slots - 1) != SUPREMUM {
            damaged!("the page's directory does not start at the infimum and end at the supremum");
        }
        Ok(walk)
    }

    fn slot_at(&self, slot: usize) -> usize {
        usize::from(u16_at(self.page, PAGE - TRAILER - 2 * (slot + 1)))
    }

    /// Moves to the next user record.
    fn advance(&mut self) -> Result<usize> {
        let next = following(self.page, self.record);
        if next <= self.record.max(SUPREMUM) || next >= PAGE - TRAILER - 2 * self.slots {
            damaged!("a record links to byte {next}, which is not a record");
        }
        self.record = next;
        self.since += 1;
        let owned = self.page[next - HEADER] & 0x0f;
        if owned > 0 {
            self.slot += 1;
            if self.slot + 1 >= self.slots || self.slot_at(self.slot) != next {
                damaged!("the page's directory has no slot for the record at byte {next}");
            }
            if owned != self.since || !(4..=8).contains(&owned) {
                damaged!(
                    "slot {} of the page's directory owns {} records, not {owned}",
                    self.slot,
                    self.since
                );
            }
            self.since = 0;
        } else if self.since >= 8 {
            damaged!("a slot of the page's directory owns too many records");
        }
        Ok(next)
    }

    fn finish(self) -> Result<()> {
        if following(self.page, self.record) != SUPREMUM {
            damaged!("the page has more records than its header says");
        }
        if self.slot + 2 != self.slots || self.page[SUPREMUM - HEADER] != self.since + 1 {
            damaged!("the last slot of the page's directory is wrong");
        }
        Ok(())
    }
}
