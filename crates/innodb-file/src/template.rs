//! The tablespace file of an empty table, as the server created it. The file that is built for the
//! same table copies the ids, flags and page numbers from this template.
//!
//! The template must come from the table that is loaded (FLUSH TABLES … FOR EXPORT), not from a
//! copy of it: if two tables have the same tablespace id, the server does not start. Only the
//! layout of a newly created table is supported; anything else is an error.

use crate::error::{Context, Result, damaged};

use super::page::{INFIMUM, PAGE, Stamp, at, kind, put_u32, u16_at, u32_at, u64_at};
use model::flavour::Flavour;

/// Offsets in page 0.
pub mod header {
    /// Id of the tablespace.
    pub const SPACE: usize = 38;
    /// Number of pages.
    pub const SIZE: usize = 46;
    /// Pages below this number are initialised.
    pub const LIMIT: usize = 50;
    /// Flags.
    pub const FLAGS: usize = 54;
    /// Number of used pages in the extents on the list FREE_FRAG.
    pub const FRAGMENTS: usize = 58;
    /// List of free extents.
    pub const FREE: usize = 62;
    /// List of shared extents with free pages.
    pub const FREE_FRAG: usize = 78;
    /// List of full shared extents.
    pub const FULL_FRAG: usize = 94;
    /// Lists of pages with inodes.
    pub const INODES: usize = 118;
    /// The extent descriptors.
    pub const EXTENTS: usize = 150;
}

/// Offsets in an inode, and its size.
pub mod inode {
    /// The first inode of a page.
    pub const FIRST: usize = 50;
    /// Size of an inode in bytes.
    pub const SIZE: usize = 192;
    /// Number of inodes in a page.
    pub const COUNT: usize = 85;
    /// Number of used pages in the extents on the list NOT_FULL.
    pub const NOT_FULL_USED: usize = 8;
    /// List of free extents.
    pub const FREE: usize = 12;
    /// List of extents with free pages.
    pub const NOT_FULL: usize = 28;
    /// List of full extents.
    pub const FULL: usize = 44;
    /// Magic number of an inode in use.
    pub const MAGIC: usize = 60;
    /// Numbers of the pages that were allocated singly, not with a whole extent.
    pub const FRAGMENTS: usize = 64;
    /// Maximum number of pages that are allocated singly.
    pub const FRAGMENT_SLOTS: usize = 32;
    /// Value of the magic number.
    pub const MARK: u32 = 97_937_874;
}

/// Number of pages in an extent.
pub const EXTENT: u32 = 64;
/// Size of an extent descriptor in bytes.
pub const DESCRIPTOR: usize = 40;
/// State of a shared extent with free pages, in its descriptor.
pub const FREE_FRAG: u32 = 2;
/// Number of the page with the inodes.
pub const INODES: u32 = 2;
/// Flags of MySQL's DYNAMIC tables: with SDI, no table or page compression.
const MYSQL_FLAGS: u32 = 0x4021;
/// Flags of MariaDB's tables: `full_crc32`, pages of 16 KB.
const MARIADB_FLAGS: u32 = 0x15;

/// The root of an index's empty tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Page number.
    pub page: u32,
    /// Id of the index.
    pub index: u64,
    /// Inode of the segment of the leaves.
    pub leaves: usize,
    /// Inode of the segment of the other pages, including the root.
    pub branches: usize,
    /// The addresses of both inodes, as the root page stores them.
    pub segments: [u8; 20],
}

/// The file of an empty table.
#[derive(Debug, Clone)]
pub struct Template {
    /// The header values that all pages of the file share.
    pub stamp: Stamp,
    /// The roots of the trees, the clustered index first.
    pub roots: Vec<Root>,
    /// For each inode in use, the pages that were allocated singly, not with a whole extent.
    pub fragments: Vec<Vec<u32>>,
    /// Bit n is set if page n of the first extent is in use.
    pub used: u64,
    /// Id of a transaction that the server has begun. It is written into the leaves of secondary
    /// indexes. 0 for an import, in which the server writes the id itself.
    pub transaction: u64,
    bytes: Vec<u8>,
}

impl Template {
    /// Reads the file of an empty table with `indexes` indexes.
    ///
    /// # Errors
    ///
    /// When the file does not have the layout of a newly created table.
    pub fn read(flavour: Flavour, bytes: Vec<u8>, indexes: usize) -> Result<Template> {
        let pages = bytes.len() / PAGE;
        if !bytes.len().is_multiple_of(PAGE) || pages < 4 || pages > EXTENT as usize {
            damaged!(
                "the empty table's file has {} bytes; 4 to {EXTENT} whole pages of {PAGE} bytes were expected",
                bytes.len()
            );
        }
        let page = |number: usize| &bytes[number * PAGE..(number + 1) * PAGE];
        let (first, inodes) = (page(0), page(INODES as usize));
        let stamp = Stamp {
            flavour,
            space: u32_at(first, header::SPACE),
            // the newest LSN of all pages, so that no change in the server's redo log is newer than
            // the pages of the file that is built from this template
            lsn: bytes
                .chunks(PAGE)
                .fold(0, |lsn, page| lsn.max(u64_at(page, at::LSN))),
        };
        check_header(flavour, first)?;
        for (number, expected) in [kind::HEADER, kind::BITMAP, kind::INODES]
            .iter()
            .enumerate()
        {
            let found = u16_at(page(number), at::TYPE);
            if found != *expected {
                damaged!(
                    "page {number} of the empty table's file has type {found}, not {expected}"
                );
            }
        }
        let used = used_pages(&first[header::EXTENTS..]);
        if used.count_ones() != u32_at(first, header::FRAGMENTS) || used >> pages != 0 {
            damaged!("the empty table's file is inconsistent about its pages in use");
        }
        for number in 0..pages {
            let page = page(number);
            if used >> number & 1 == 1 {
                stamp.check(page, number as u32)?;
            } else if page.iter().any(|byte| *byte != 0) {
                damaged!("page {number} of the empty table's file is free but not empty");
            }
        }
        let fragments = fragments(inodes)?;
        let roots = roots(&stamp, &bytes, used, &fragments)?;
        if roots.len() != indexes {
            damaged!(
                "the empty table's file has {} trees, but the table has {indexes} indexes",
                roots.len()
            );
        }
        Ok(Template {
            stamp,
            roots,
            fragments,
            used,
            transaction: 0,
            bytes,
        })
    }

    /// This template with another transaction id: that of a transaction that the server has begun.
    pub fn with_transaction(self, transaction: u64) -> Template {
        Template {
            transaction,
            ..self
        }
    }

    /// The bytes of a page.
    pub fn page(&self, number: u32) -> Option<&[u8]> {
        let begin = number as usize * PAGE;
        self.bytes.get(begin..begin + PAGE)
    }

    /// The inode of a segment, from its address in a root page.
    fn inode_of(segment: &[u8], space: u32) -> Result<usize> {
        let offset = usize::from(u16_at(segment, 8));
        let place = offset
            .checked_sub(inode::FIRST)
            .context("a segment's address is wrong")?;
        if u32_at(segment, 0) != space
            || u32_at(segment, 4) != INODES
            || !place.is_multiple_of(inode::SIZE)
        {
            damaged!("a segment's address is wrong");
        }
        Ok(place / inode::SIZE)
    }

    /// The bytes of the file, for tests that damage them.
    #[cfg(test)]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Checks the header of the tablespace in page 0.
fn check_header(flavour: Flavour, first: &[u8]) -> Result<()> {
    let flags = u32_at(first, header::FLAGS);
    let expected = match flavour {
        Flavour::MySql => MYSQL_FLAGS,
        Flavour::MariaDb => MARIADB_FLAGS,
    };
    if flags != expected {
        damaged!(
            "the table's file has the flags {flags:#x}, but only {expected:#x} is supported (page size, row format, encryption)"
        );
    }
    if u32_at(first, header::LIMIT) != EXTENT
        || u32_at(first, header::FREE) != 0
        || u32_at(first, header::FREE_FRAG) != 1
        || u32_at(first, header::FULL_FRAG) != 0
        || u32_at(first, header::INODES) != 0
        || u32_at(first, header::INODES + 16) != 1
        || u32_at(first, header::EXTENTS + 20) != FREE_FRAG
    {
        damaged!("the empty table's file has more than one extent of single pages");
    }
    Ok(())
}

/// The pages in use of an extent: bit n is set if page n is in use. The descriptor has two bits for
/// each page; the lower one is set if the page is free.
pub fn used_pages(descriptor: &[u8]) -> u64 {
    (0..EXTENT as usize)
        .filter(|page| descriptor[24 + page / 4] >> (page % 4 * 2) & 1 == 0)
        .fold(0, |used, page| used | 1 << page)
}

/// For each inode in use, the pages that were allocated singly, not with a whole extent. The inodes
/// in use must come first.
fn fragments(inodes: &[u8]) -> Result<Vec<Vec<u32>>> {
    let mut all = Vec::new();
    for number in 0..inode::COUNT {
        let entry = &inodes[inode::FIRST + number * inode::SIZE..][..inode::SIZE];
        if u64_at(entry, 0) == 0 {
            continue;
        }
        if all.len() != number {
            damaged!("the empty table's file has a gap among its segments");
        }
        if u32_at(entry, inode::MAGIC) != inode::MARK
            || u32_at(entry, inode::FREE) != 0
            || u32_at(entry, inode::NOT_FULL) != 0
            || u32_at(entry, inode::FULL) != 0
        {
            damaged!("segment {number} of the empty table's file is not empty");
        }
        let slots =
            (0..inode::FRAGMENT_SLOTS).map(|slot| u32_at(entry, inode::FRAGMENTS + 4 * slot));
        all.push(slots.take_while(|page| *page != u32::MAX).collect());
    }
    Ok(all)
}

fn roots(stamp: &Stamp, bytes: &[u8], used: u64, fragments: &[Vec<u32>]) -> Result<Vec<Root>> {
    let mut roots = Vec::new();
    for (number, page) in bytes.chunks(PAGE).enumerate() {
        if used >> number & 1 == 0 || u16_at(page, at::TYPE) != kind::INDEX {
            continue;
        }
        if u16_at(page, at::RECORDS) != 0
            || u16_at(page, at::LEVEL) != 0
            || u16_at(page, INFIMUM - 2) != 13
        {
            damaged!("the table is not empty");
        }
        let segments: [u8; 20] = page[at::SEGMENTS..at::SEGMENTS + 20].try_into()?;
        let root = Root {
            page: number as u32,
            index: u64_at(page, at::INDEX),
            leaves: Template::inode_of(&segments[..10], stamp.space)?,
            branches: Template::inode_of(&segments[10..], stamp.space)?,
            segments,
        };
        let of = |inode: usize| fragments.get(inode).map(Vec::as_slice);
        if of(root.branches) != Some(&[root.page]) || of(root.leaves) != Some(&[]) {
            damaged!("page {number} of the empty table's file is not the root of an empty tree");
        }
        roots.push(root);
    }
    Ok(roots)
}

/// Writes the bits of an extent descriptor for these used pages.
pub fn put_used(descriptor: &mut [u8], used: u64) {
    for page in 0..EXTENT as usize {
        let free = u8::from(used >> page & 1 == 0);
        let shift = page % 4 * 2;
        let byte = &mut descriptor[24 + page / 4];
        // the upper bit ("clean") is always set
        *byte = *byte & !(3 << shift) | (2 | free) << shift;
    }
}

/// Writes an address, or the null address.
pub fn put_address(page: &mut [u8], at: usize, address: Option<(u32, u16)>) {
    let (number, offset) = address.unwrap_or((u32::MAX, 0));
    put_u32(page, at, number);
    super::page::put_u16(page, at + 4, offset);
}
