//! One table's file, from batches of rows to the last byte on disk.
//!
//! Rows go into the clustered tree as they come, their keys into one sorter per secondary index;
//! the secondary trees follow when all rows are in. What is held in memory does not depend on the
//! number of rows, but for a few bytes per extent.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use xxhash_rust::xxh3::xxh3_64;

use super::key::KeyFormat;
use super::page::{INFIMUM, NONE, PAGE, SUPREMUM, at, following, u16_at, u32_at};
use super::record::{Record, RowFormat, Shape, TOO_LONG, end_of};
use super::rows::{RowSorter, number_of};
use super::sort::{KeySorter, sorter};
use super::space::Space;
use super::template::Template;
use super::tree::{NodeKey, Tree};
use model::batch::{Batch, BatchSize, Value};

/// Window in which rows are put into order.
const ROW_MEMORY: usize = 4 << 20;
/// Most bytes of rows that are too long for a page and are kept to be inserted.
const LONG_ROWS: usize = 16 << 20;

/// What of a table goes into a file, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Table name.
    pub table: String,
    /// The rows.
    pub rows: RowFormat,
    /// Secondary indexes, each with what its entries have of the primary key, in the order of the
    /// file's trees.
    pub indexes: Vec<(String, KeyFormat)>,
    /// Position in the batch of the column that the server numbers.
    pub numbered: Option<usize>,
}

/// What the file must hold, counted on the way in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Rows.
    pub rows: u64,
    /// Sum of the hashes of the rows' records.
    pub row_hash: u64,
    /// Sums of the hashes of the sort keys, index by index.
    pub key_hashes: Vec<u64>,
}

/// A file that is complete and on disk. Dropped where it is, it is removed.
#[derive(Debug)]
pub struct Built {
    path: Unfinished,
    /// What it must hold.
    pub contents: Contents,
    /// Rows that are too long for a page, to be inserted afterwards.
    pub long: Option<Batch>,
    /// Largest number in the numbered column.
    pub largest: Option<u64>,
    /// The empty table's file.
    pub template: Template,
}

impl Built {
    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path.0
    }
}

/// A file that is removed when it is dropped where it was made.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // what is left is found by its name and removed by the next run
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file that is being written. Dropped before [`finish`](Self::finish) has come to its end, it is
/// removed.
pub struct Build {
    layout: Arc<Layout>,
    template: Template,
    path: Unfinished,
    space: Space,
    tree: Tree,
    sorter: RowSorter,
    keys: Vec<Box<dyn KeySorter>>,
    contents: Contents,
    long: Option<Batch>,
    largest: Option<u64>,
    record: Record,
    key: Vec<u8>,
}

impl Build {
    /// Begins the file `<folder>/<table>.reviewseed`; `memory` bytes hold keys before they go to
    /// disk.
    ///
    /// # Errors
    ///
    /// When it cannot be created, or the layout does not go with the template.
    pub fn new(
        layout: Arc<Layout>,
        template: Template,
        folder: &Path,
        memory: usize,
    ) -> Result<Build> {
        if template.roots.len() != layout.indexes.len() + 1 {
            bail!("the file of {} has another number of trees", layout.table);
        }
        let path = file_of(folder, &layout.table);
        let space = Space::new(template.clone(), create(&path)?);
        let path = Unfinished(path);
        let tree = clustered(&layout, &template);
        let each = memory / layout.indexes.len().max(1);
        let keys: Result<_> = layout
            .indexes
            .iter()
            .map(|(_, key)| sorter(key.width, each, folder))
            .collect();
        Ok(Build {
            contents: Contents {
                key_hashes: vec![0; layout.indexes.len()],
                ..Contents::default()
            },
            sorter: RowSorter::new(ROW_MEMORY, folder),
            keys: keys?,
            long: None,
            largest: None,
            record: Record::default(),
            key: Vec::new(),
            layout,
            template,
            path,
            space,
            tree,
        })
    }

    /// Takes the live rows of a batch.
    ///
    /// # Errors
    ///
    /// When the disk is full, or too many rows are too long for a page.
    pub fn add(&mut self, batch: &Batch) -> Result<()> {
        let layout = Arc::clone(&self.layout);
        for row in batch.live_rows() {
            if let Some(column) = layout.numbered {
                self.number(batch.value(row, column));
            }
            layout.rows.encode(batch, row, &mut self.record)?;
            if self.record.size() >= TOO_LONG {
                self.keep_long(batch, row)?;
                continue;
            }
            self.contents.rows += 1;
            self.contents.row_hash = self
                .contents
                .row_hash
                .wrapping_add(hash(&self.record.prefix, &self.record.data));
            self.key.clear();
            layout.rows.key.push_sort_key(batch, row, &mut self.key)?;
            let (space, tree) = (&mut self.space, &mut self.tree);
            self.sorter
                .push(number_of(&self.key), &self.record, &mut |record| {
                    tree.push(space, record)
                })?;
            for (number, (_, index)) in layout.indexes.iter().enumerate() {
                self.key.clear();
                index.push_sort_key(batch, row, &mut self.key)?;
                let sum = &mut self.contents.key_hashes[number];
                *sum = sum.wrapping_add(xxh3_64(&self.key));
                self.keys[number].push(&self.key)?;
            }
        }
        Ok(())
    }

    fn number(&mut self, value: Value<'_>) {
        let number = match value {
            Value::UInt(v) => v,
            Value::Int(v) => u64::try_from(v).unwrap_or(0),
            _ => return,
        };
        self.largest = self.largest.max(Some(number));
    }

    /// A row of more than half a page keeps its longest columns elsewhere: the server does that by
    /// itself when it inserts the row.
    fn keep_long(&mut self, batch: &Batch, row: usize) -> Result<()> {
        let long = self.long.get_or_insert_with(|| {
            Batch::new(Arc::clone(batch.layout()), 0, 0, BatchSize::default())
        });
        if long.size().bytes > LONG_ROWS {
            bail!(
                "{}: too many rows of more than {TOO_LONG} bytes, which a file does not take; --load local-infile does",
                self.layout.table
            );
        }
        for column in 0..batch.layout().columns() {
            long.push(batch.value(row, column));
        }
        long.finish_row(0, 0, 0, batch.all_rows()[row].hash);
        Ok(())
    }

    /// Writes what is left, and waits until the file is on disk.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails, or a key occurs twice.
    pub fn finish(self) -> Result<Built> {
        let Build {
            layout,
            template,
            path,
            mut space,
            mut tree,
            sorter,
            keys,
            contents,
            long,
            largest,
            mut record,
            ..
        } = self;
        let late = sorter.finish(&mut |record| tree.push(&mut space, record))?;
        if let Some(late) = late {
            // begun anew, with the rows that came too late in their places
            tree.finish(&mut space)?;
            let mut leaves = Leaves::new(space.file()?, template.roots[0].page, &layout)?;
            std::fs::remove_file(&path.0)
                .with_context(|| format!("cannot remove {}", path.0.display()))?;
            space = Space::new(template.clone(), create(&path.0)?);
            tree = clustered(&layout, &template);
            late.merge(&mut |record| leaves.next(record), &mut |record| {
                tree.push(&mut space, record)
            })?;
        }
        let rows = tree.finish(&mut space)?;
        if rows != contents.rows {
            bail!(
                "{}: {rows} rows were written of {}; please report this",
                layout.table,
                contents.rows
            );
        }
        let secondary = layout.indexes.iter().zip(&template.roots[1..]);
        for (keys, ((name, key), root)) in keys.into_iter().zip(secondary) {
            let mut tree = Tree::new(*root, NodeKey::Whole);
            keys.finish(&mut |bytes| {
                key.record_of(bytes, &mut record);
                tree.push(&mut space, &record)
            })
            .with_context(|| format!("index {name} of {}", layout.table))?;
            tree.finish(&mut space)?;
        }
        space
            .finish()?
            .sync_all()
            .with_context(|| format!("cannot write {} to disk", path.0.display()))?;
        Ok(Built {
            path,
            contents,
            long,
            largest,
            template,
        })
    }
}

/// Where the file of a table is built.
pub fn file_of(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.reviewseed"))
}

/// Hash of a record.
pub fn hash(prefix: &[u8], data: &[u8]) -> u64 {
    xxh3_64(data) ^ xxh3_64(prefix).rotate_left(1)
}

fn create(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o640)
        .open(path)
        .with_context(|| format!("cannot create {}", path.display()))
}

fn clustered(layout: &Layout, template: &Template) -> Tree {
    let node = NodeKey::Primary {
        width: layout.rows.key.data_width(),
        null_bytes: layout.rows.shape().null_bytes,
    };
    Tree::new(template.roots[0], node)
}

/// The rows of a clustered tree, read back from its leaves.
struct Leaves<'a> {
    file: File,
    key: &'a KeyFormat,
    shape: Shape,
    page: Vec<u8>,
    record: usize,
    fields: Vec<Option<std::ops::Range<usize>>>,
    sort_key: Vec<u8>,
}

impl<'a> Leaves<'a> {
    fn new(file: File, root: u32, layout: &'a Layout) -> Result<Leaves<'a>> {
        let mut leaves = Leaves {
            file,
            key: &layout.rows.key,
            shape: layout.rows.shape(),
            page: vec![0; PAGE],
            record: 0,
            fields: Vec::new(),
            sort_key: Vec::new(),
        };
        let node = layout.rows.key.node_shape(leaves.shape.null_bytes);
        let mut number = root;
        loop {
            leaves.read(number)?;
            if u16_at(&leaves.page, at::LEVEL) == 0 {
                return Ok(leaves);
            }
            let first = following(&leaves.page, INFIMUM);
            node.parse(&leaves.page, first, &mut leaves.fields)?;
            let child = leaves.fields.last().cloned().flatten();
            number = u32_at(
                &leaves.page,
                child.context("a node pointer without a child")?.start,
            );
        }
    }

    fn read(&mut self, number: u32) -> Result<()> {
        self.file
            .read_exact_at(&mut self.page, u64::from(number) * PAGE as u64)
            .context("cannot read the table's file again")?;
        self.record = INFIMUM;
        Ok(())
    }

    fn next(&mut self, record: &mut Record) -> Result<Option<u128>> {
        loop {
            let next = following(&self.page, self.record);
            if next != SUPREMUM {
                self.record = next;
                break;
            }
            let number = u32_at(&self.page, at::NEXT);
            if number == NONE {
                return Ok(None);
            }
            self.read(number)?;
        }
        let origin = self.record;
        let begin = self.shape.parse(&self.page, origin, &mut self.fields)?;
        let end = end_of(&self.fields, origin);
        record.clear();
        record
            .prefix
            .extend_from_slice(&self.page[begin..origin - super::record::HEADER]);
        record.data.extend_from_slice(&self.page[origin..end]);
        self.sort_key.clear();
        let (page, fields) = (&self.page, &self.fields);
        self.key
            .push_sort_key_of(|at| Some(&page[fields[at].clone()?]), &mut self.sort_key);
        Ok(Some(number_of(&self.sort_key)))
    }
}
