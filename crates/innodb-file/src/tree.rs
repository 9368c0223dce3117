//! Builds a B+-tree from the bottom up, from records in key order.
//!
//! Each level has one open page. When it is full, the number of the next page is allocated, so that
//! the full page can link to it and be written; then the level above gets a node pointer. At the
//! end, the only page of the highest level becomes the root, whose page number the server chose.

use crate::error::{Result, not_storable};

use super::page::{FIRST_OF_LEVEL, IndexPage, NONE, PAGE, Place};
use super::record::{HEADER, Record, TOO_LONG};
use super::space::Space;
use super::template::Root;

/// Says which bytes of the first record of a page are copied to the node pointer of that page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKey {
    /// Clustered index: the first bytes of the data, after NULL bits that are all 0.
    Primary {
        /// Size of the primary key in bytes.
        width: usize,
        /// Number of bytes of NULL bits.
        null_bytes: usize,
    },
    /// Secondary index: the whole record.
    Whole,
}

#[derive(Debug)]
struct Level {
    page: IndexPage,
    /// The page's number; `None` while it is the only page of its level.
    number: Option<u32>,
    previous: u32,
    /// Key of the page's first record, as in a node pointer but without the page number.
    first: Record,
}

/// A tree that is being built.
#[derive(Debug)]
pub struct Tree {
    root: Root,
    node: NodeKey,
    /// Number of bytes that must stay free in each leaf.
    reserve: usize,
    /// The transaction id that is written to each leaf, see [`Place::transaction`].
    transaction: u64,
    levels: Vec<Level>,
    records: u64,
    pointer: Record,
}

impl Tree {
    /// An empty tree at a root. `transaction` is [`Template::transaction`].
    ///
    /// [`Template::transaction`]: super::template::Template::transaction
    pub fn new(root: Root, node: NodeKey, transaction: u64) -> Tree {
        Tree {
            root,
            node,
            // InnoDB does the same when it builds indexes from sorted rows: the clustered index
            // keeps free space for updates of rows, other indexes keep none
            reserve: match node {
                NodeKey::Primary { .. } => PAGE / 16,
                NodeKey::Whole => 0,
            },
            // pages of the clustered index have no transaction id, because each of its rows has one
            transaction: match node {
                NodeKey::Primary { .. } => 0,
                NodeKey::Whole => transaction,
            },
            levels: Vec::new(),
            records: 0,
            pointer: Record::default(),
        }
    }

    /// Number of records in the leaves.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Appends a record. Its key must be greater than all keys before it.
    ///
    /// # Errors
    ///
    /// When the record is too long for a page, or the file cannot be written.
    pub fn push(&mut self, space: &mut Space, record: &Record) -> Result<()> {
        if record.size() >= TOO_LONG {
            not_storable!(
                "a record of {} bytes does not fit into a page",
                record.size()
            );
        }
        self.records += 1;
        self.push_at(space, 0, record)
    }

    fn push_at(&mut self, space: &mut Space, level: usize, record: &Record) -> Result<()> {
        if level == self.levels.len() {
            self.levels.push(Level {
                page: IndexPage::new(level as u16),
                number: None,
                previous: NONE,
                first: Record::default(),
            });
        }
        let reserve = if level == 0 { self.reserve } else { 0 };
        let open = &self.levels[level].page;
        let room = open.has_room(record.size(), reserve);
        if !room && open.records() >= 2 {
            self.start_next_page(space, level)?;
        } else if !room && !open.has_room(record.size(), 0) {
            not_storable!("two records of an index do not fit into one page");
        }
        let open = &mut self.levels[level];
        let mut info = 0;
        if open.page.records() == 0 {
            open.first.clear();
            match self.node {
                NodeKey::Primary { width, null_bytes } => {
                    open.first.prefix.resize(null_bytes, 0);
                    open.first.data.extend_from_slice(&record.data[..width]);
                }
                NodeKey::Whole => {
                    // a node pointer ends with the page number, which is not part of the key
                    let end = record.data.len() - if level > 0 { 4 } else { 0 };
                    open.first.prefix.extend_from_slice(&record.prefix);
                    open.first.data.extend_from_slice(&record.data[..end]);
                }
            }
            if level > 0 && open.previous == NONE {
                info = FIRST_OF_LEVEL;
            }
        }
        open.page.push(info, &record.prefix, &record.data);
        Ok(())
    }

    /// Writes the full page of a level and starts the next one.
    fn start_next_page(&mut self, space: &mut Space, level: usize) -> Result<()> {
        let segment = self.segment(level);
        let number = match self.levels[level].number {
            Some(number) => number,
            None => space.allocate(segment),
        };
        let next = space.allocate(segment);
        self.close(space, level, number, next)?;
        let open = &mut self.levels[level];
        open.page.clear();
        open.number = Some(next);
        open.previous = number;
        Ok(())
    }

    fn segment(&self, level: usize) -> usize {
        match level {
            0 => self.root.leaves,
            _ => self.root.branches,
        }
    }

    fn place(&self, level: usize, previous: u32, next: u32) -> Place {
        Place {
            index: self.root.index,
            previous,
            next,
            transaction: match level {
                0 => self.transaction,
                _ => 0,
            },
        }
    }

    /// Writes the open page of a level and adds its node pointer to the level above.
    fn close(&mut self, space: &mut Space, level: usize, number: u32, next: u32) -> Result<()> {
        let place = self.place(level, self.levels[level].previous, next);
        let open = &mut self.levels[level];
        let page = open.page.finish(place, None);
        match level {
            0 => space.write(number, page)?,
            _ => space.write_alone(number, page)?,
        }
        let mut pointer = std::mem::take(&mut self.pointer);
        pointer.clear();
        pointer.prefix.extend_from_slice(&open.first.prefix);
        pointer.data.extend_from_slice(&open.first.data);
        pointer.data.extend_from_slice(&number.to_be_bytes());
        let pushed = self.push_at(space, level + 1, &pointer);
        self.pointer = pointer;
        pushed
    }

    /// Writes the open pages, the root last. Returns the number of records.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(mut self, space: &mut Space) -> Result<u64> {
        let mut level = 0;
        while let Some(number) = self.levels.get(level).and_then(|open| open.number) {
            self.close(space, level, number, NONE)?;
            level += 1;
        }
        let place = self.place(level, NONE, NONE);
        let mut empty = IndexPage::new(0);
        let top = self
            .levels
            .get_mut(level)
            .map_or(&mut empty, |l| &mut l.page);
        space.write_alone(self.root.page, top.finish(place, Some(&self.root.segments)))?;
        space.flush()?;
        Ok(self.records)
    }
}

const _: () = assert!(HEADER == 5);
