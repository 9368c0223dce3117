//! Index pages of 16 KB: the heap of records grows from the start, the directory from the end. This
//! module also writes the header and trailer that every page has.
//!
//! Format: InnoDB's `fil0types.h`, `page0types.h`, `rem0rec.h`, confirmed on files of MySQL 9.7.4
//! and MariaDB 10.11.18, which differ only in the checksum. All numbers are big-endian.

use crate::error::{Result, damaged};

use super::record::HEADER;
use model::flavour::Flavour;

/// Size of a page in bytes.
pub const PAGE: usize = 16384;
/// Page number that means no page.
pub const NONE: u32 = 0xffff_ffff;

/// Offsets in the header of any page.
pub mod at {
    /// Page number.
    pub const NUMBER: usize = 4;
    /// Previous page on the same level.
    pub const PREVIOUS: usize = 8;
    /// Next page on the same level.
    pub const NEXT: usize = 12;
    /// Log sequence number.
    pub const LSN: usize = 16;
    /// Page type, see [`kind`](super::kind).
    pub const TYPE: usize = 24;
    /// Id of the tablespace.
    pub const SPACE: usize = 34;
    /// First byte after the header; its meaning depends on the type.
    pub const BODY: usize = 38;
    /// Index page: number of directory slots.
    pub const SLOTS: usize = 38;
    /// First byte after the heap.
    pub const HEAP_TOP: usize = 40;
    /// Number of records in the heap, including infimum and supremum, with the flag of the format.
    pub const HEAP_RECORDS: usize = 42;
    /// Direction of the last insert.
    pub const DIRECTION: usize = 50;
    /// Number of user records.
    pub const RECORDS: usize = 54;
    /// Leaf of a secondary index: id of a transaction. No transaction with a higher id has changed
    /// the page.
    pub const TRANSACTION: usize = 56;
    /// Level of the page in its tree, 0 for leaves.
    pub const LEVEL: usize = 64;
    /// Id of the index.
    pub const INDEX: usize = 66;
    /// In the root page: the addresses of the two segments of the tree.
    pub const SEGMENTS: usize = 74;
}

/// Page types.
pub mod kind {
    /// Inodes, which describe segments.
    pub const INODES: u16 = 3;
    /// Change buffer bitmap.
    pub const BITMAP: u16 = 5;
    /// Header of the tablespace.
    pub const HEADER: u16 = 8;
    /// Extent descriptors.
    pub const EXTENTS: u16 = 9;
    /// Serialized dictionary information (MySQL).
    pub const SDI: u16 = 17853;
    /// Index page.
    pub const INDEX: u16 = 17855;
}

/// Origin of the infimum, the record before all user records.
pub const INFIMUM: usize = 99;
/// Origin of the supremum, the record after all user records.
pub const SUPREMUM: usize = 112;
/// Offset at which the heap space of the first user record begins.
pub const HEAP: usize = 120;
/// Size in bytes of the trailer, which follows the directory.
pub const TRAILER: usize = 8;
/// Number of records that a directory slot owns.
const OWNED: usize = 4;
/// Flag of the record formats COMPACT and DYNAMIC.
const COMPACT: u16 = 0x8000;
/// Direction of the last insert: none.
const NO_DIRECTION: u16 = 5;
/// Info bit of the first node pointer of a level.
pub const FIRST_OF_LEVEL: u8 = 0x10;
/// Status of a node pointer in its record header.
pub const NODE_POINTER: u8 = 1;

/// Reads a big-endian u16.
pub fn u16_at(page: &[u8], at: usize) -> u16 {
    u16::from(page[at]) << 8 | u16::from(page[at + 1])
}

/// Reads a big-endian u32.
pub fn u32_at(page: &[u8], at: usize) -> u32 {
    u32::from(u16_at(page, at)) << 16 | u32::from(u16_at(page, at + 2))
}

/// Reads a big-endian u64.
pub fn u64_at(page: &[u8], at: usize) -> u64 {
    u64::from(u32_at(page, at)) << 32 | u64::from(u32_at(page, at + 4))
}

/// Origin of the record that follows the one at `origin`.
pub fn following(page: &[u8], origin: usize) -> usize {
    usize::from((origin as u16).wrapping_add(u16_at(page, origin - 2)))
}

/// Writes a big-endian u16.
pub fn put_u16(page: &mut [u8], at: usize, value: u16) {
    page[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// Writes a big-endian u32.
pub fn put_u32(page: &mut [u8], at: usize, value: u32) {
    page[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// Writes a big-endian u64.
pub fn put_u64(page: &mut [u8], at: usize, value: u64) {
    page[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

/// The header values that all pages of a file share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The server family, which decides the checksum.
    pub flavour: Flavour,
    /// Id of the tablespace.
    pub space: u32,
    /// Log sequence number.
    pub lsn: u64,
}

impl Stamp {
    /// Completes a page: writes its number, tablespace id, LSN and checksum.
    pub fn seal(&self, page: &mut [u8], number: u32) {
        put_u32(page, at::NUMBER, number);
        put_u64(page, at::LSN, self.lsn);
        put_u32(page, at::SPACE, self.space);
        let low = self.lsn as u32;
        match self.flavour {
            Flavour::MySql => {
                put_u32(page, PAGE - 4, low);
                let checksum = checksum(self.flavour, page);
                put_u32(page, 0, checksum);
                put_u32(page, PAGE - 8, checksum);
            }
            Flavour::MariaDb => {
                put_u32(page, 0, 0);
                put_u32(page, PAGE - 8, low);
                let checksum = checksum(self.flavour, page);
                put_u32(page, PAGE - 4, checksum);
            }
        }
    }

    /// Checks the number, tablespace id, LSN and checksum of a page.
    ///
    /// # Errors
    ///
    /// With the first value that is wrong.
    pub fn check(&self, page: &[u8], number: u32) -> Result<()> {
        let sum = checksum(self.flavour, page);
        let right = match self.flavour {
            Flavour::MySql => {
                u32_at(page, 0) == sum
                    && u32_at(page, PAGE - 8) == sum
                    && u32_at(page, PAGE - 4) == u32_at(page, at::LSN + 4)
            }
            Flavour::MariaDb => {
                u32_at(page, PAGE - 4) == sum && u32_at(page, PAGE - 8) == u32_at(page, at::LSN + 4)
            }
        };
        if !right {
            damaged!("page {number} has a wrong checksum");
        }
        if u32_at(page, at::NUMBER) != number {
            damaged!(
                "page {number} has the number {} in its header",
                u32_at(page, at::NUMBER)
            );
        }
        if u32_at(page, at::SPACE) != self.space {
            damaged!(
                "page {number} belongs to tablespace {}, not {}",
                u32_at(page, at::SPACE),
                self.space
            );
        }
        Ok(())
    }

    /// The value of the fields [`at::PREVIOUS`] and [`at::NEXT`] in a page without neighbours.
    pub fn no_neighbours(&self) -> u64 {
        match self.flavour {
            Flavour::MySql => 0,
            Flavour::MariaDb => u64::MAX,
        }
    }
}

/// MySQL's checksum omits the trailer, and the header fields in bytes 26 to 37. MariaDB's checksum
/// (`full_crc32`) covers the whole page, except the checksum itself.
fn checksum(flavour: Flavour, page: &[u8]) -> u32 {
    match flavour {
        Flavour::MySql => {
            crc32c::crc32c(&page[4..26]) ^ crc32c::crc32c(&page[at::BODY..PAGE - TRAILER])
        }
        Flavour::MariaDb => crc32c::crc32c(&page[..PAGE - 4]),
    }
}

/// An index page that is being filled in key order.
#[derive(Debug)]
pub struct IndexPage {
    bytes: Box<[u8]>,
    level: u16,
    heap_top: usize,
    records: usize,
    last: usize,
    since_slot: usize,
    slots: usize,
}

/// The position of a page in its tree.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Id of the index.
    pub index: u64,
    /// Previous page on the same level.
    pub previous: u32,
    /// Next page on the same level.
    pub next: u32,
    /// Leaf of a secondary index: see [`at::TRANSACTION`]. 0 in all other pages.
    pub transaction: u64,
}

impl IndexPage {
    /// An empty page for a level.
    pub fn new(level: u16) -> IndexPage {
        let mut page = IndexPage {
            bytes: vec![0; PAGE].into_boxed_slice(),
            level,
            heap_top: 0,
            records: 0,
            last: 0,
            since_slot: 0,
            slots: 0,
        };
        page.clear();
        page
    }

    /// Removes all records, so that the page can be filled again.
    pub fn clear(&mut self) {
        self.bytes.fill(0);
        self.bytes[94..HEAP].copy_from_slice(b"\x01\0\x02\0\x0dinfimum\0\x01\0\x0b\0\0supremum");
        put_u16(&mut self.bytes, PAGE - TRAILER - 2, INFIMUM as u16);
        self.heap_top = HEAP;
        self.records = 0;
        self.last = INFIMUM;
        self.since_slot = 0;
        self.slots = 1;
    }

    /// Number of records.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Whether a record of this size, header included, fits if `reserve` bytes must stay free.
    pub fn has_room(&self, size: usize, reserve: usize) -> bool {
        let slots = 2 + (self.records + 1) / OWNED;
        self.heap_top + size + 2 * slots + TRAILER + reserve <= PAGE
    }

    /// Appends a record. The caller has checked that it fits.
    pub fn push(&mut self, info: u8, prefix: &[u8], data: &[u8]) {
        let origin = self.heap_top + prefix.len() + HEADER;
        self.bytes[self.heap_top..self.heap_top + prefix.len()].copy_from_slice(prefix);
        self.bytes[origin..origin + data.len()].copy_from_slice(data);
        let number = (self.records + 2) as u16;
        let status = if self.level > 0 { NODE_POINTER } else { 0 };
        self.bytes[origin - 5] = info;
        put_u16(&mut self.bytes, origin - 4, number << 3 | u16::from(status));
        self.link(self.last, origin);
        self.last = origin;
        self.heap_top = origin + data.len();
        self.records += 1;
        self.since_slot += 1;
        if self.since_slot == OWNED {
            self.bytes[origin - 5] |= OWNED as u8;
            self.push_slot(origin);
            self.since_slot = 0;
        }
    }

    fn link(&mut self, from: usize, to: usize) {
        put_u16(
            &mut self.bytes,
            from - 2,
            (to as u16).wrapping_sub(from as u16),
        );
    }

    fn push_slot(&mut self, origin: usize) {
        self.slots += 1;
        let at = PAGE - TRAILER - 2 * self.slots;
        put_u16(&mut self.bytes, at, origin as u16);
    }

    /// Completes everything except the [`Stamp`]. `segments` are the addresses of the two segments
    /// of the tree; only a root page has them.
    pub fn finish(&mut self, place: Place, segments: Option<&[u8]>) -> &mut [u8] {
        self.link(self.last, SUPREMUM);
        self.bytes[SUPREMUM - 5] = (self.since_slot + 1) as u8;
        self.push_slot(SUPREMUM);
        let page = &mut self.bytes;
        put_u32(page, at::PREVIOUS, place.previous);
        put_u32(page, at::NEXT, place.next);
        put_u16(page, at::TYPE, kind::INDEX);
        put_u16(page, at::SLOTS, self.slots as u16);
        put_u16(page, at::HEAP_TOP, self.heap_top as u16);
        put_u16(page, at::HEAP_RECORDS, (self.records + 2) as u16 | COMPACT);
        put_u16(page, at::DIRECTION, NO_DIRECTION);
        put_u16(page, at::RECORDS, self.records as u16);
        put_u64(page, at::TRANSACTION, place.transaction);
        put_u16(page, at::LEVEL, self.level);
        put_u64(page, at::INDEX, place.index);
        if let Some(segments) = segments {
            page[at::SEGMENTS..at::SEGMENTS + segments.len()].copy_from_slice(segments);
        }
        page
    }

    /// The bytes of a finished page.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
