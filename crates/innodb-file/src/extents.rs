//! The verifier's bookkeeping of a file's pages: to which segment each page belongs according to
//! the extent descriptors and inodes, and which pages the trees have reached.

use std::collections::HashMap;
use std::fs::File;

use crate::error::{Context, Result, damaged};

use super::page::{PAGE, at, kind, u16_at, u32_at, u64_at};
use super::template::{DESCRIPTOR, EXTENT, FREE_FRAG, INODES, Template, header, inode, used_pages};
use super::verifier::read_page;

/// Number of extents that one page of descriptors describes.
const DESCRIBED: usize = 256;
/// Number of pages that one page of descriptors describes.
const GROUP: u32 = DESCRIBED as u32 * EXTENT;

#[derive(Debug, Clone, Copy)]
struct Extent {
    segment: u64,
    state: u32,
    before: Address,
    after: Address,
    used: u64,
    /// Whether the extent was found on a list.
    listed: bool,
    /// Bit n is set if a tree has reached page n of the extent.
    reached: u64,
}

type Address = (u32, u16);
const NOWHERE: Address = (u32::MAX, 0);

/// All extents of a file.
#[derive(Debug)]
pub struct Extents {
    extents: Vec<Extent>,
    /// For each page that was allocated singly, not with a whole extent, the inode of its segment.
    single: HashMap<u32, usize>,
    /// Segment id of each inode.
    segments: Vec<u64>,
}

impl Extents {
    /// Reads extent descriptors and inodes and checks that they agree.
    pub(crate) fn read(file: &File, template: &Template) -> Result<Extents> {
        let bytes = file
            .metadata()
            .context("cannot read the size of the table's file")?
            .len();
        let pages = bytes / PAGE as u64;
        if bytes % PAGE as u64 != 0 || !pages.is_multiple_of(EXTENT.into()) || pages == 0 {
            damaged!("the table's file has {bytes} bytes, which is not a whole number of extents");
        }
        let pages = u32::try_from(pages).context("the table's file is too large")?;
        let mut first = vec![0; PAGE];
        read_page(file, 0, &mut first)?;
        let empty = template.page(0).context("the template has no header")?;
        // the writer changes only size, lists and counts, so all other bytes must be those that the
        // server wrote
        if u32_at(&first, header::SIZE) != pages
            || u32_at(&first, header::LIMIT) != pages
            || u32_at(&first, header::FREE) != 0
            || first[at::PREVIOUS..at::LSN] != empty[at::PREVIOUS..at::LSN]
            || first[at::TYPE..header::SIZE] != empty[at::TYPE..header::SIZE]
            || first[header::FLAGS..header::FRAGMENTS] != empty[header::FLAGS..header::FRAGMENTS]
            || first[110..header::EXTENTS] != empty[110..header::EXTENTS]
        {
            damaged!("the header of the table's file is wrong");
        }
        let mut extents = Extents {
            extents: Vec::new(),
            single: HashMap::new(),
            segments: Vec::new(),
        };
        extents.read_descriptors(file, template, pages)?;
        let listed = [
            (header::FREE_FRAG, FREE_FRAG),
            (header::FULL_FRAG, FREE_FRAG + 1),
        ];
        let mut used = Vec::new();
        for (at, state) in listed {
            let list = extents.follow(&first, at)?;
            for extent in &list {
                let extent = extents.extents[*extent];
                let full = extent.used == u64::MAX;
                if extent.state != state || extent.segment != 0 || full != (state != FREE_FRAG) {
                    damaged!("an extent of single pages is on the wrong list");
                }
            }
            used.push(extents.used(&list));
        }
        if u32_at(&first, header::FRAGMENTS) != used[0] {
            damaged!("the number of single pages in use is wrong");
        }
        extents.read_inodes(file, template)?;
        if extents.extents.iter().any(|e| !e.listed) {
            damaged!("an extent is on no list");
        }
        Ok(extents)
    }

    fn read_descriptors(&mut self, file: &File, template: &Template, pages: u32) -> Result<()> {
        let mut page = vec![0; PAGE];
        for first in (0..pages).step_by(GROUP as usize) {
            read_page(file, first, &mut page)?;
            template.stamp.check(&page, first)?;
            if first > 0 && u16_at(&page, at::TYPE) != kind::EXTENTS {
                damaged!("page {first} should be a page of extent descriptors");
            }
            for number in 0..DESCRIBED {
                let entry = &page[header::EXTENTS + number * DESCRIPTOR..][..DESCRIPTOR];
                if self.extents.len() as u32 * EXTENT >= pages {
                    if entry.iter().any(|byte| *byte != 0) {
                        damaged!("a descriptor describes an extent after the end of the file");
                    }
                    continue;
                }
                if entry[24..]
                    .iter()
                    .any(|byte| byte & 0b1010_1010 != 0b1010_1010)
                {
                    damaged!("a descriptor is damaged");
                }
                self.extents.push(Extent {
                    segment: u64_at(entry, 0),
                    state: u32_at(entry, 20),
                    before: (u32_at(entry, 8), u16_at(entry, 12)),
                    after: (u32_at(entry, 14), u16_at(entry, 18)),
                    used: used_pages(entry),
                    listed: false,
                    reached: 0,
                });
            }
        }
        Ok(())
    }

    fn read_inodes(&mut self, file: &File, template: &Template) -> Result<()> {
        let mut page = vec![0; PAGE];
        read_page(file, INODES, &mut page)?;
        template.stamp.check(&page, INODES)?;
        let empty = template
            .page(INODES)
            .context("the server's file of the empty table has no page of inodes (page 2)")?;
        if page[at::TYPE..inode::FIRST] != empty[at::TYPE..inode::FIRST] {
            damaged!("the page of the inodes is damaged");
        }
        for number in 0..inode::COUNT {
            let entry = &page[inode::FIRST + number * inode::SIZE..][..inode::SIZE];
            let id = u64_at(&empty[inode::FIRST + number * inode::SIZE..], 0);
            if u64_at(entry, 0) != id {
                damaged!("segment {number} has another id than in the empty table's file");
            }
            if id == 0 {
                if entry.iter().any(|byte| *byte != 0) {
                    damaged!(
                        "inode {number} is in use, but the empty table's file does not have it"
                    );
                }
                continue;
            }
            self.segments.push(id);
            if u32_at(entry, inode::MAGIC) != inode::MARK || u32_at(entry, inode::FREE) != 0 {
                damaged!("segment {number} is damaged");
            }
            for (at, full) in [(inode::NOT_FULL, false), (inode::FULL, true)] {
                let list = self.follow(entry, at)?;
                for extent in &list {
                    let extent = &self.extents[*extent];
                    if extent.state != 4
                        || extent.segment != id
                        || (extent.used == u64::MAX) != full
                        || extent.used == 0
                    {
                        damaged!("an extent is on the wrong list of segment {number}");
                    }
                }
                if !full && self.used(&list) != u32_at(entry, inode::NOT_FULL_USED) {
                    damaged!("the number of used pages of segment {number} is wrong");
                }
            }
            let mut ended = false;
            for slot in 0..inode::FRAGMENT_SLOTS {
                let page = u32_at(entry, inode::FRAGMENTS + 4 * slot);
                ended |= page == u32::MAX;
                if ended {
                    if page != u32::MAX {
                        damaged!("the single pages of segment {number} have a gap");
                    }
                    continue;
                }
                if self.single.insert(page, number).is_some() {
                    damaged!("page {page} belongs to two segments");
                }
            }
        }
        Ok(())
    }

    fn used(&self, list: &[usize]) -> u32 {
        list.iter()
            .map(|e| self.extents[*e].used.count_ones())
            .sum()
    }

    /// The extents on a list whose base node is at offset `base` of `page`.
    fn follow(&mut self, page: &[u8], base: usize) -> Result<Vec<usize>> {
        let address = |at: usize| (u32_at(page, at), u16_at(page, at + 4));
        let (length, last) = (u32_at(page, base), address(base + 10));
        let (mut next, mut before) = (address(base + 4), NOWHERE);
        let mut list = Vec::new();
        while next != NOWHERE {
            let number = self.extent_at(next)?;
            let extent = &mut self.extents[number];
            if extent.listed || extent.before != before {
                damaged!("an extent is on two lists, or the links of a list do not match");
            }
            extent.listed = true;
            before = next;
            next = extent.after;
            list.push(number);
        }
        if list.len() != length as usize || last != before {
            damaged!("the length or the last node of a list of extents is wrong");
        }
        Ok(list)
    }

    fn extent_at(&self, (page, offset): Address) -> Result<usize> {
        let place = usize::from(offset).checked_sub(header::EXTENTS + 8);
        let place = place.filter(|p| p.is_multiple_of(DESCRIPTOR) && p / DESCRIPTOR < DESCRIBED);
        let number = (page as usize / EXTENT as usize) + place.unwrap_or(0) / DESCRIPTOR;
        if !page.is_multiple_of(GROUP) || place.is_none() || number >= self.extents.len() {
            damaged!("a list of extents has an invalid address");
        }
        Ok(number)
    }

    /// Records that a tree reached a page, which must belong to the segment of this inode.
    pub(crate) fn reach(&mut self, page: u32, segment: usize) -> Result<()> {
        let id = self.segments.get(segment).copied();
        let extent = self.mark(page)?;
        let owner = match extent.state {
            4 => Some(extent.segment),
            _ => self
                .single
                .get(&page)
                .and_then(|s| self.segments.get(*s))
                .copied(),
        };
        if owner.is_none() || owner != id {
            damaged!("page {page} belongs to another segment than its tree");
        }
        Ok(())
    }

    fn mark(&mut self, page: u32) -> Result<Extent> {
        let extent = self.extents.get_mut((page / EXTENT) as usize);
        let extent = extent.with_context(|| format!("page {page} is outside the file"))?;
        let bit = 1u64 << (page % EXTENT);
        if extent.reached & bit != 0 {
            damaged!("page {page} is reached twice");
        }
        if extent.used & bit == 0 {
            damaged!("page {page} is in a tree, but marked as free");
        }
        extent.reached |= bit;
        Ok(*extent)
    }

    /// Checks the pages that are in no tree: pages that the server writes into every file, and
    /// unused pages, which must be empty.
    pub(crate) fn finish(mut self, file: &File, template: &Template) -> Result<()> {
        let mut page = vec![0; PAGE];
        let mut kept = template.used;
        for root in &template.roots {
            kept &= !(1 << root.page);
        }
        for number in (0..EXTENT).filter(|n| kept >> n & 1 == 1) {
            self.mark(number)?;
            read_page(file, number, &mut page)?;
            template.stamp.check(&page, number)?;
            let own = number == 0 || number == INODES;
            if !own && template.page(number) != Some(&page[..]) {
                damaged!("page {number} differs from that of the empty table");
            }
        }
        for first in (GROUP..self.extents.len() as u32 * EXTENT).step_by(GROUP as usize) {
            self.mark(first)?;
            self.mark(first + 1)?;
            read_page(file, first + 1, &mut page)?;
            template.stamp.check(&page, first + 1)?;
            let body = at::BODY..PAGE - super::page::TRAILER;
            if u16_at(&page, at::TYPE) != kind::BITMAP || page[body].iter().any(|b| *b != 0) {
                damaged!("page {} should be an empty change buffer bitmap", first + 1);
            }
        }
        for (number, extent) in self.extents.iter().enumerate() {
            if extent.reached != extent.used {
                damaged!("extent {number} has pages in use that no tree reaches");
            }
            for bit in (0..EXTENT).filter(|bit| extent.used >> bit & 1 == 0) {
                let free = number as u32 * EXTENT + bit;
                read_page(file, free, &mut page)?;
                if page.iter().any(|byte| *byte != 0) {
                    damaged!("page {free} is marked as free but contains data");
                }
            }
        }
        let single = self.single.len() as u32;
        let trees: u32 = self
            .extents
            .iter()
            .filter(|e| e.state != 4)
            .map(|e| e.used.count_ones())
            .sum();
        let fixed = (self.extents.len().div_ceil(DESCRIBED) * 2 + 1) as u32;
        if trees != single + fixed {
            damaged!(
                "the shared extents have {trees} pages in use, but only {single} of them belong to \
                 segments"
            );
        }
        Ok(())
    }
}
