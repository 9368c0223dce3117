//! Index pages of 16 KB: the heap of records from the front, the directory from the back, and what
//! every page carries.
//!
//! Format: InnoDB's `fil0types.h`, `page0types.h`, `rem0rec.h`; seen on the files of MySQL 9.7.4
//! and MariaDB 10.11.18, which differ in the checksum only. All numbers are big-endian.

use anyhow::{Result, bail};

use super::record::HEADER;
use model::flavour::Flavour;

/// Bytes of a page.
pub const PAGE: usize = 16384;
/// No page.
pub const NONE: u32 = 0xffff_ffff;

/// Offsets in the header of any page.
pub mod at {
    /// Number of the page.
    pub const NUMBER: usize = 4;
    /// The page before it on its level.
    pub const PREVIOUS: usize = 8;
    /// The page after it on its level.
    pub const NEXT: usize = 12;
    /// Log sequence number.
    pub const LSN: usize = 16;
    /// Type.
    pub const TYPE: usize = 24;
    /// Tablespace.
    pub const SPACE: usize = 34;
    /// What the type says.
    pub const BODY: usize = 38;
    /// Number of directory slots, of an index page.
    pub const SLOTS: usize = 38;
    /// First byte behind the heap.
    pub const HEAP_TOP: usize = 40;
    /// Records in the heap, those at both ends too, and the flag of the format.
    pub const HEAP_RECORDS: usize = 42;
    /// Direction of the last insert.
    pub const DIRECTION: usize = 50;
    /// Records of users.
    pub const RECORDS: usize = 54;
    /// Level, 0 for leaves.
    pub const LEVEL: usize = 64;
    /// Id of the index.
    pub const INDEX: usize = 66;
    /// The two segments of a tree, in its root.
    pub const SEGMENTS: usize = 74;
}

/// Types of pages.
pub mod kind {
    /// Inodes, that is segments.
    pub const INODES: u16 = 3;
    /// Bitmap of the change buffer.
    pub const BITMAP: u16 = 5;
    /// Header of the tablespace.
    pub const HEADER: u16 = 8;
    /// Extent descriptors.
    pub const EXTENTS: u16 = 9;
    /// Root of the dictionary information (MySQL).
    pub const SDI: u16 = 17853;
    /// A page of an index.
    pub const INDEX: u16 = 17855;
}

/// Origin of the record before all others.
pub const INFIMUM: usize = 99;
/// Origin of the record after all others.
pub const SUPREMUM: usize = 112;
/// Where the heap of the user's records begins.
pub const HEAP: usize = 120;
/// Bytes behind the directory.
pub const TRAILER: usize = 8;
/// Records that a directory slot owns.
const OWNED: usize = 4;
/// The format of the records: COMPACT or DYNAMIC.
const COMPACT: u16 = 0x8000;
/// No direction.
const NO_DIRECTION: u16 = 5;
/// Flag of the first node pointer of a level.
pub const FIRST_OF_LEVEL: u8 = 0x10;
/// Status of a node pointer, in the header of its record.
pub const NODE_POINTER: u8 = 1;

/// Reads two bytes.
pub fn u16_at(page: &[u8], at: usize) -> u16 {
    u16::from(page[at]) << 8 | u16::from(page[at + 1])
}

/// Reads four bytes.
pub fn u32_at(page: &[u8], at: usize) -> u32 {
    u32::from(u16_at(page, at)) << 16 | u32::from(u16_at(page, at + 2))
}

/// Reads eight bytes.
pub fn u64_at(page: &[u8], at: usize) -> u64 {
    u64::from(u32_at(page, at)) << 32 | u64::from(u32_at(page, at + 4))
}

/// Where the record after the one at `origin` is.
pub fn following(page: &[u8], origin: usize) -> usize {
    usize::from((origin as u16).wrapping_add(u16_at(page, origin - 2)))
}

/// Writes two bytes.
pub fn put_u16(page: &mut [u8], at: usize, value: u16) {
    page[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// Writes four bytes.
pub fn put_u32(page: &mut [u8], at: usize, value: u32) {
    page[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// Writes eight bytes.
pub fn put_u64(page: &mut [u8], at: usize, value: u64) {
    page[at..at + 8].copy_from_slice(&value.to_be_bytes());
}

/// What all pages of a file have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Whose checksum.
    pub flavour: Flavour,
    /// Tablespace.
    pub space: u32,
    /// Log sequence number.
    pub lsn: u64,
}

impl Stamp {
    /// Completes a page: number, tablespace, LSN, checksum.
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

    /// Whether number, tablespace, LSN and checksum of a page are right.
    ///
    /// # Errors
    ///
    /// With what is not.
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
            bail!("page {number}: its checksum is wrong");
        }
        if u32_at(page, at::NUMBER) != number {
            bail!(
                "page {number} says that it is page {}",
                u32_at(page, at::NUMBER)
            );
        }
        if u32_at(page, at::SPACE) != self.space {
            bail!(
                "page {number} belongs to tablespace {}, not {}",
                u32_at(page, at::SPACE),
                self.space
            );
        }
        Ok(())
    }

    /// What stands in place of the neighbours in a page that has none.
    pub fn no_neighbours(&self) -> u64 {
        match self.flavour {
            Flavour::MySql => 0,
            Flavour::MariaDb => u64::MAX,
        }
    }
}

/// MySQL's leaves out what changes without a change of the page; MariaDB's (`full_crc32`) takes all
/// of it.
fn checksum(flavour: Flavour, page: &[u8]) -> u32 {
    match flavour {
        Flavour::MySql => {
            crc32c::crc32c(&page[4..26]) ^ crc32c::crc32c(&page[at::BODY..PAGE - TRAILER])
        }
        Flavour::MariaDb => crc32c::crc32c(&page[..PAGE - 4]),
    }
}

/// An index page that is being filled, record after record in the order of the key.
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

/// Where a page stands in its tree.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Id of the index.
    pub index: u64,
    /// The page before it on its level.
    pub previous: u32,
    /// The page after it.
    pub next: u32,
}

impl IndexPage {
    /// An empty page of a level.
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

    /// Empties it, to be filled again.
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

    /// Whether a record of this many bytes, header included, finds room when `reserve` bytes are to
    /// stay free.
    pub fn has_room(&self, size: usize, reserve: usize) -> bool {
        let slots = 2 + (self.records + 1) / OWNED;
        self.heap_top + size + 2 * slots + TRAILER + reserve <= PAGE
    }

    /// Appends a record, which must have room.
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

    /// Completes all but the stamp; `segments` are those of a root.
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
