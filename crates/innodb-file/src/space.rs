//! The file of a tablespace while it is written: allocation of pages to segments, and the pages
//! that describe it.
//!
//! Pages are allocated as InnoDB does it: the first 32 pages of a segment come one by one from
//! extents that all segments share, the others from extents of its own. Pages are written as soon
//! as they are complete. The header, extent descriptors and inodes are written at the end, from a
//! few bytes that are kept for each extent. An unused page stays zero.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::error::{Context, Result};

use super::page::{PAGE, Stamp, at, kind, put_u16, put_u32, put_u64};
use super::template::{
    DESCRIPTOR, EXTENT, INODES, Root, Template, header, inode, put_address, put_used,
};

/// Number of extents that one page of descriptors describes.
const DESCRIBED: usize = 256;
/// State of a shared extent that is full.
const FULL_FRAG: u32 = 3;
/// State of an extent that belongs to a segment.
const OWNED: u32 = 4;
/// Maximum number of consecutive pages that are written at once.
const GATHERED: usize = 64;

/// The owner of an extent's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Shared by all segments; its pages are allocated one by one.
    Shared,
    /// The segment of this inode.
    Segment(usize),
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    owner: Owner,
    /// Bit n is set if page n is in use.
    used: u64,
}

#[derive(Debug, Clone, Default)]
struct Segment {
    fragments: Vec<u32>,
    /// The extent from which the next page of the segment comes.
    current: Option<usize>,
}

/// A tablespace file that is being written.
#[derive(Debug)]
pub struct Space {
    template: Template,
    file: File,
    extents: Vec<Extent>,
    segments: Vec<Segment>,
    /// The shared extent from which the next page comes.
    shared: usize,
    /// Consecutive pages that are not written yet. `first_gathered` is the number of the first.
    gathered: Vec<u8>,
    first_gathered: u32,
}

impl Space {
    /// Starts a file for the table of the template.
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

    /// The roots of the file's trees.
    pub fn roots(&self) -> &[Root] {
        &self.template.roots
    }

    /// The header values that all pages of the file share.
    pub fn stamp(&self) -> Stamp {
        self.template.stamp
    }

    /// Allocates a page for a segment.
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

    /// Allocates the first free page of an extent.
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

    /// Adds an extent for this owner. If the next extent of the file starts with a page of
    /// descriptors, this next extent becomes a shared one, and the owner gets the extent after it,
    /// unless the owner is [`Owner::Shared`].
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

    /// Completes a page with its [`Stamp`] and writes it.
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

    /// Like [`Space::write`], but writes the page at once. Pages that are gathered to be written
    /// together stay gathered.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_alone(&mut self, number: u32, page: &mut [u8]) -> Result<()> {
        self.template.stamp.seal(page, number);
        put(&self.file, number, page)
    }

    /// Writes the gathered pages.
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

    /// Another handle to the file, to read pages that were written and flushed.
    ///
    /// # Errors
    ///
    /// When the system has no free file handle.
    pub fn file(&self) -> Result<File> {
        self.file
            .try_clone()
            .context("cannot open the table's file again")
    }

    /// Writes the header, extent descriptors and inodes, which completes the file. It is on disk
    /// only after it is synced.
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
        // copies the pages that the server wrote into the empty file and that no tree replaces
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

    /// The shared extents that are full if `full` is true, otherwise those that are not full.
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

    /// The extents before and after this extent on its list.
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
            .context("the server's file of the empty table has no page of inodes (page 2)")?;
        Ok(super::page::u64_at(
            inodes,
            inode::FIRST + segment * inode::SIZE,
        ))
    }

    fn template_page(&self, number: u32) -> Result<Vec<u8>> {
        let page = self.template.page(number);
        Ok(page
            .context("the server's file of the empty table lacks a page")?
            .to_vec())
    }

    fn empty_page(&self, kind: u16) -> Vec<u8> {
        let mut page = vec![0; PAGE];
        put_u64(&mut page, at::PREVIOUS, self.template.stamp.no_neighbours());
        put_u16(&mut page, at::TYPE, kind);
        page
    }
}

/// Address of an extent's list node.
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
