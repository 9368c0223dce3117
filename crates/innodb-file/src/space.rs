//! The file of a tablespace while it is written: which page belongs to which segment, and the pages
//! that say so.
//!
//! Pages are given out as InnoDB itself does: a segment's first 32 are single pages of the extents
//! that all segments share, the others whole extents of its own. Pages go to the file as soon as
//! they are complete; header, extent descriptors and inodes are written in the end, from what is
//! kept of each extent, a few bytes. A page that nobody uses stays zero.

use std::fs::File;
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};

use super::page::{PAGE, Stamp, at, kind, put_u16, put_u32, put_u64};
use super::template::{
    DESCRIPTOR, EXTENT, INODES, Root, Template, header, inode, put_address, put_used,
};

/// Extents described by one page.
const DESCRIBED: usize = 256;
/// State of an extent of single pages that is full.
const FULL_FRAG: u32 = 3;
/// State of an extent of a segment.
const OWNED: u32 = 4;
/// Pages that are written at once where they follow each other.
const GATHERED: usize = 64;

/// Whose pages an extent has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Single pages of many segments.
    Shared,
    /// The segment of this inode.
    Segment(usize),
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    owner: Owner,
    /// Bit set: page in use.
    used: u64,
}

#[derive(Debug, Clone, Default)]
struct Segment {
    fragments: Vec<u32>,
    /// The extent that it fills.
    current: Option<usize>,
}

/// A tablespace file that is being written.
#[derive(Debug)]
pub struct Space {
    template: Template,
    file: File,
    extents: Vec<Extent>,
    segments: Vec<Segment>,
    /// The extent of single pages that is being filled.
    shared: usize,
    /// Pages that follow each other and are still to be written, and the number of the first.
    gathered: Vec<u8>,
    first_gathered: u32,
}

impl Space {
    /// Begins a file for the table of the template.
    pub fn new(template: Template, file: File) -> Space {
        let extents = vec![Extent {
            owner: Owner::Shared,
            used: template.used,
        }];
        let segments = template
            .fragments
            .iter()
            .map(|fragments| Segment {
                fragments: fragments.clone(),
                current: None,
            })
            .collect();
        Space {
            template,
            file,
            extents,
            segments,
            shared: 0,
            gathered: Vec::with_capacity(GATHERED * PAGE),
            first_gathered: 0,
        }
    }

    /// The trees of the file.
    pub fn roots(&self) -> &[Root] {
        &self.template.roots
    }

    /// What its pages have in common.
    pub fn stamp(&self) -> Stamp {
        self.template.stamp
    }

    /// Gives a segment another page.
    pub fn allocate(&mut self, segment: usize) -> u32 {
        if self.segments[segment].fragments.len() < inode::FRAGMENT_SLOTS {
            while self.extents[self.shared].used == u64::MAX {
                self.shared = self.next_shared();
            }
            let page = self.take(self.shared);
            self.segments[segment].fragments.push(page);
            return page;
        }
        let current = self.segments[segment].current;
        let extent = match current.filter(|e| self.extents[*e].used != u64::MAX) {
            Some(extent) => extent,
            None => self.add_extent(Owner::Segment(segment)),
        };
        self.segments[segment].current = Some(extent);
        self.take(extent)
    }

    /// The first page of an extent that is free.
    fn take(&mut self, extent: usize) -> u32 {
        let used = &mut self.extents[extent].used;
        let page = used.trailing_ones();
        *used |= 1 << page;
        extent as u32 * EXTENT + page
    }

    fn next_shared(&mut self) -> usize {
        let later = self.shared + 1..self.extents.len();
        let room = later
            .into_iter()
            .find(|e| self.extents[*e].owner == Owner::Shared && self.extents[*e].used != u64::MAX);
        room.unwrap_or_else(|| self.add_extent(Owner::Shared))
    }

    /// Adds an extent; one that begins with a page of descriptors has single pages only.
    fn add_extent(&mut self, owner: Owner) -> usize {
        if self.extents.len().is_multiple_of(DESCRIBED) {
            self.extents.push(Extent {
                owner: Owner::Shared,
                used: 0b11,
            });
            if owner == Owner::Shared {
                return self.extents.len() - 1;
            }
        }
        self.extents.push(Extent { owner, used: 0 });
        self.extents.len() - 1
    }

    /// Stamps a page and writes it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&mut self, number: u32, page: &mut [u8]) -> Result<()> {
        self.template.stamp.seal(page, number);
        let follows = self.first_gathered as usize + self.gathered.len() / PAGE == number as usize;
        if !follows || self.gathered.len() >= GATHERED * PAGE {
            self.flush()?;
            self.first_gathered = number;
        }
        self.gathered.extend_from_slice(page);
        Ok(())
    }

    /// The same, without breaking a sequence of pages.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_alone(&mut self, number: u32, page: &mut [u8]) -> Result<()> {
        self.template.stamp.seal(page, number);
        put(&self.file, number, page)
    }

    /// Writes what is gathered.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        if !self.gathered.is_empty() {
            put(&self.file, self.first_gathered, &self.gathered)?;
            self.gathered.clear();
        }
        Ok(())
    }

    /// The file, to read again what was written and flushed.
    ///
    /// # Errors
    ///
    /// When the system gives out no more files.
    pub fn file(&self) -> Result<File> {
        self.file
            .try_clone()
            .context("cannot open the table's file again")
    }

    /// Writes the pages that say which page belongs to whom, and makes the file complete. Not on
    /// disk before it is synchronised.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<File> {
        self.flush()?;
        let pages = self.extents.len() as u32 * EXTENT;
        self.file
            .set_len(u64::from(pages) * PAGE as u64)
            .context("cannot extend the table's file")?;
        self.write_inodes()?;
        for group in 0..self.extents.len().div_ceil(DESCRIBED) {
            self.write_descriptors(group, pages)?;
        }
        // what the server put into the empty file and no tree replaces
        let mut kept = self.template.used & !0b101;
        for root in &self.template.roots {
            kept &= !(1 << root.page);
        }
        for number in (0..EXTENT).filter(|n| kept >> n & 1 == 1) {
            if let Some(page) = self.template.page(number) {
                put(&self.file, number, page)?;
            }
        }
        Ok(self.file)
    }

    /// Extents of single pages, with room or without.
    fn shared_list(&self, full: bool) -> Vec<usize> {
        self.list(|e| e.owner == Owner::Shared && (e.used == u64::MAX) == full)
    }

    fn segment_list(&self, segment: usize, full: bool) -> Vec<usize> {
        self.list(|e| e.owner == Owner::Segment(segment) && (e.used == u64::MAX) == full)
    }

    fn list(&self, of: impl Fn(&Extent) -> bool) -> Vec<usize> {
        let numbered = self.extents.iter().enumerate();
        numbered.filter(|(_, e)| of(e)).map(|(n, _)| n).collect()
    }

    fn used(&self, list: &[usize]) -> u32 {
        list.iter()
            .map(|e| self.extents[*e].used.count_ones())
            .sum()
    }

    fn write_inodes(&self) -> Result<()> {
        let mut page = self.template_page(INODES)?;
        for (number, segment) in self.segments.iter().enumerate() {
            let entry = &mut page[inode::FIRST + number * inode::SIZE..][..inode::SIZE];
            let (room, full) = (
                self.segment_list(number, false),
                self.segment_list(number, true),
            );
            put_u32(entry, inode::NOT_FULL_USED, self.used(&room));
            put_list(entry, inode::NOT_FULL, &room);
            put_list(entry, inode::FULL, &full);
            for (slot, fragment) in segment.fragments.iter().enumerate() {
                put_u32(entry, inode::FRAGMENTS + 4 * slot, *fragment);
            }
        }
        self.template.stamp.seal(&mut page, INODES);
        put(&self.file, INODES, &page)
    }

    fn write_descriptors(&self, group: usize, pages: u32) -> Result<()> {
        let stamp = self.template.stamp;
        let first = group * DESCRIBED;
        let number = first as u32 * EXTENT;
        let mut page = if group == 0 {
            let mut page = self.template_page(0)?;
            let (room, full) = (self.shared_list(false), self.shared_list(true));
            put_u32(&mut page, header::SIZE, pages);
            put_u32(&mut page, header::LIMIT, pages);
            put_u32(&mut page, header::FRAGMENTS, self.used(&room));
            put_list(&mut page, header::FREE_FRAG, &room);
            put_list(&mut page, header::FULL_FRAG, &full);
            page
        } else {
            let mut bitmap = self.empty_page(kind::BITMAP);
            stamp.seal(&mut bitmap, number + 1);
            put(&self.file, number + 1, &bitmap)?;
            self.empty_page(kind::EXTENTS)
        };
        let described = self.extents.len().min(first + DESCRIBED);
        for extent in first..described {
            let of = &self.extents[extent];
            let entry = &mut page[header::EXTENTS + (extent - first) * DESCRIPTOR..][..DESCRIPTOR];
            let (id, state) = match of.owner {
                Owner::Shared if of.used == u64::MAX => (0, FULL_FRAG),
                Owner::Shared => (0, super::template::FREE_FRAG),
                Owner::Segment(segment) => (self.segment_id(segment)?, OWNED),
            };
            put_u64(entry, 0, id);
            let (before, after) = self.neighbours(extent);
            put_address(entry, 8, before.map(address));
            put_address(entry, 14, after.map(address));
            put_u32(entry, 20, state);
            put_used(entry, of.used);
        }
        stamp.seal(&mut page, number);
        put(&self.file, number, &page)
    }

    /// The extents before and after one in the list that it is on.
    fn neighbours(&self, extent: usize) -> (Option<usize>, Option<usize>) {
        let key = |e: usize| (self.extents[e].owner, self.extents[e].used == u64::MAX);
        let same = |e: &usize| key(*e) == key(extent);
        (
            (0..extent).rev().find(same),
            (extent + 1..self.extents.len()).find(same),
        )
    }

    fn segment_id(&self, segment: usize) -> Result<u64> {
        let inodes = self
            .template
            .page(INODES)
            .context("the template has no inodes")?;
        Ok(super::page::u64_at(
            inodes,
            inode::FIRST + segment * inode::SIZE,
        ))
    }

    fn template_page(&self, number: u32) -> Result<Vec<u8>> {
        let page = self.template.page(number);
        Ok(page.context("the template lacks a page")?.to_vec())
    }

    fn empty_page(&self, kind: u16) -> Vec<u8> {
        let mut page = vec![0; PAGE];
        put_u64(&mut page, at::PREVIOUS, self.template.stamp.no_neighbours());
        put_u16(&mut page, at::TYPE, kind);
        page
    }
}

/// Where the node of an extent is that lists go through.
fn address(extent: usize) -> (u32, u16) {
    let page = extent / DESCRIBED * DESCRIBED * EXTENT as usize;
    let offset = header::EXTENTS + extent % DESCRIBED * DESCRIPTOR + 8;
    (page as u32, offset as u16)
}

fn put_list(page: &mut [u8], at: usize, list: &[usize]) {
    put_u32(page, at, list.len() as u32);
    put_address(page, at + 4, list.first().map(|e| address(*e)));
    put_address(page, at + 10, list.last().map(|e| address(*e)));
}

fn put(file: &File, number: u32, pages: &[u8]) -> Result<()> {
    file.write_all_at(pages, u64::from(number) * PAGE as u64)
        .context("cannot write the table's file")
}
