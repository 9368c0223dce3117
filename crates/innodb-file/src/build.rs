//! Builds the file of one table from batches of rows.
//!
//! Rows are written to the clustered index as they arrive, and their keys go to one sorter for each
//! secondary index. The secondary indexes are written after the last row. Memory does not depend on
//! the number of rows, except for a few bytes per extent.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Context, Result, not_storable};
use xxhash_rust::xxh3::xxh3_64;

use super::key::KeyFormat;
use super::page::{INFIMUM, NONE, PAGE, SUPREMUM, at, following, u16_at, u32_at};
use super::record::{Record, RowFormat, Shape, TOO_LONG, end_of};
use super::rows::{RowSorter, key_to_number};
use super::sort::{KeySorter, sorter};
use super::space::Space;
use super::template::Template;
use super::tree::{NodeKey, Tree};
use model::batch::{Batch, BatchSize, Value};

/// Size in bytes of the window in which rows are sorted.
const ROW_MEMORY: usize = 4 << 20;
/// Maximum total size in bytes of the rows that are too long for a page. They are kept in memory
/// until the caller inserts them.
const LONG_ROWS: usize = 16 << 20;

/// The parts of a table that are written to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Table name.
    pub table: String,
    /// Format of the rows.
    pub rows: RowFormat,
    /// Name and key of each secondary index, in the order of the trees in the file. Each key ends
    /// with the primary key columns that the index lacks.
    pub indexes: Vec<(String, KeyFormat)>,
    /// Position in the batch of the AUTO_INCREMENT column.
    pub numbered: Option<usize>,
}

/// Counts and hashes that the finished file must have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the hashes of the rows' records, modulo 2^64.
    pub row_hash: u64,
    /// For each secondary index, the sum of the hashes of its sort keys, modulo 2^64.
    pub key_hashes: Vec<u64>,
}

/// A complete file on disk. Dropping this value removes the file, unless the caller has moved it.
#[derive(Debug)]
pub struct BuiltFile {
    path: Unfinished,
    /// Counts and hashes that the file must have.
    pub contents: Contents,
    /// Rows that are too long for a page. The caller inserts them through SQL.
    pub long: Option<Batch>,
    /// Largest value of the AUTO_INCREMENT column.
    pub largest: Option<u64>,
    /// The file of the empty table.
    pub template: Template,
}

impl BuiltFile {
    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path.0
    }
}

/// A path whose file is removed on drop, if it is still there.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // if this fails, the next run finds the file by its name and removes it
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file that is being written. Dropping it before [`finish`](Self::finish) has returned removes
/// the file.
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
    /// Creates the file `<folder>/<table>.reviewseed`. Up to `memory` bytes of keys are held in
    /// memory before they are written to disk.
    ///
    /// # Errors
    ///
    /// When the file cannot be created, or the layout does not match the template.
    pub fn new(
        layout: Arc<Layout>,
        template: Template,
        folder: &Path,
        memory: usize,
    ) -> Result<Build> {
        if template.roots.len() != layout.indexes.len() + 1 {
            not_storable!(
                "the file of {} has {} trees, but its layout has {} indexes; please report this",
                layout.table,
                template.roots.len(),
                layout.indexes.len() + 1
            );
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

    /// Adds the rows of a batch that were not rejected.
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
                .push(key_to_number(&self.key), &self.record, &mut |record| {
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

    /// Keeps a row that is longer than half a page, so that the caller can insert it. InnoDB stores
    /// the longest columns of such a row on other pages, which this writer cannot do.
    fn keep_long(&mut self, batch: &Batch, row: usize) -> Result<()> {
        let long = self.long.get_or_insert_with(|| {
            Batch::new(Arc::clone(batch.layout()), 0, 0, BatchSize::default())
        });
        if long.size().bytes > LONG_ROWS {
            not_storable!(
                "{}: too many rows of more than {TOO_LONG} bytes for physical import; use --load local-infile",
                self.layout.table
            );
        }
        for column in 0..batch.layout().columns() {
            long.push(batch.value(row, column));
        }
        long.finish_row(0, 0, 0, batch.all_rows()[row].hash);
        Ok(())
    }

    /// Writes the remaining rows and the secondary indexes, and waits until the file is on disk.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails, or a key occurs twice.
    pub fn finish(self) -> Result<BuiltFile> {
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
            // some rows came too late: write the tree again, with these rows merged in
            tree.finish(&mut space)?;
            let mut leaves = LeafReader::new(space.file()?, template.roots[0].page, &layout)?;
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
            not_storable!(
                "{}: wrote {rows} rows instead of {}; please report this",
                layout.table,
                contents.rows
            );
        }
        let secondary = layout.indexes.iter().zip(&template.roots[1..]);
        for (keys, ((name, key), root)) in keys.into_iter().zip(secondary) {
            let mut tree = Tree::new(*root, NodeKey::Whole, template.transaction);
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
        Ok(BuiltFile {
            path,
            contents,
            long,
            largest,
            template,
        })
    }
}

/// Path at which the file of a table is built.
pub fn file_of(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.reviewseed"))
}

/// Hash of a record, see [`Contents::row_hash`].
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
    Tree::new(template.roots[0], node, template.transaction)
}

/// Reads the rows of a clustered index back from its leaves.
struct LeafReader<'a> {
    file: File,
    key: &'a KeyFormat,
    shape: Shape,
    page: Vec<u8>,
    record: usize,
    fields: Vec<Option<std::ops::Range<usize>>>,
    sort_key: Vec<u8>,
}

impl<'a> LeafReader<'a> {
    fn new(file: File, root: u32, layout: &'a Layout) -> Result<LeafReader<'a>> {
        let mut leaves = LeafReader {
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
                child.context("a node pointer has no child page")?.start,
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
        Ok(Some(key_to_number(&self.sort_key)))
    }
}
