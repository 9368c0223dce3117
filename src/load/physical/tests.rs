//! Files of made-up tables, through the writer and back through the verifier, without a server; damaged ones are in `damaged`.

mod damaged;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::build::{Build, Built, Layout};
use super::key::KeyFormat;
use super::page::{self, IndexPage, PAGE, Place, at, kind, put_u16, put_u32, put_u64};
use super::record::RowFormat;
use super::template::{DESCRIPTOR, Template, header, inode, put_address, put_used};
use super::verifier::verify;
use crate::batch::{Batch, Layout as Columns, Room, Value};
use crate::db::Flavour;
use crate::schema::Table;
use crate::schema::parse::parse;

/// The file of an empty table with that many indexes, as the servers lay it out.
fn empty_table(flavour: Flavour, indexes: usize) -> Template {
    let stamp = page::Stamp {
        flavour,
        space: 7,
        lsn: 0x1_2345_6789,
    };
    let (first_root, flags) = match flavour {
        Flavour::MySql => (4, 0x4021),
        Flavour::MariaDb => (3, 0x15),
    };
    let pages = first_root + indexes;
    let mut file = vec![vec![0; PAGE]; pages];
    for (number, kind) in [kind::HEADER, kind::BITMAP, kind::INODES]
        .into_iter()
        .enumerate()
    {
        put_u64(&mut file[number], at::PREVIOUS, stamp.no_neighbours());
        put_u16(&mut file[number], at::TYPE, kind);
    }
    let first = &mut file[0];
    put_u32(first, header::SPACE, stamp.space);
    put_u32(first, header::SIZE, pages as u32);
    put_u32(first, header::LIMIT, 64);
    put_u32(first, header::FLAGS, flags);
    put_u32(first, header::FRAGMENTS, pages as u32);
    for list in [header::FREE, header::FULL_FRAG, header::INODES - 16] {
        put_address(first, list + 4, None);
        put_address(first, list + 10, None);
    }
    put_u32(first, header::FREE_FRAG, 1);
    let node = Some((0, (header::EXTENTS + 8) as u16));
    put_address(first, header::FREE_FRAG + 4, node);
    put_address(first, header::FREE_FRAG + 10, node);
    // the page of inodes is on the list of those with room
    put_u32(first, header::INODES + 16, 1);
    let extent = &mut first[header::EXTENTS..header::EXTENTS + DESCRIPTOR];
    put_address(extent, 8, None);
    put_address(extent, 14, None);
    put_u32(extent, 20, 2);
    put_used(extent, (1 << pages) - 1);
    let mut segment = 0;
    let mut add_segment = |file: &mut Vec<Vec<u8>>, page: Option<u32>| {
        let at = inode::FIRST + segment * inode::SIZE;
        let entry = &mut file[2][at..at + inode::SIZE];
        segment += 1;
        put_u64(entry, 0, segment as u64);
        for list in [inode::FREE, inode::NOT_FULL, inode::FULL] {
            put_address(entry, list + 4, None);
            put_address(entry, list + 10, None);
        }
        put_u32(entry, inode::MAGIC, inode::MARK);
        entry[inode::FRAGMENTS..].fill(0xff);
        if let Some(page) = page {
            put_u32(entry, inode::FRAGMENTS, page);
        }
        let mut address = [0; 10];
        put_u32(&mut address, 0, 7);
        put_u32(&mut address, 4, 2);
        put_u16(&mut address, 8, at as u16);
        address
    };
    for number in 3..pages {
        let branches = add_segment(&mut file, Some(number as u32));
        let segments = [add_segment(&mut file, None), branches].concat();
        let place = Place {
            index: 100 + number as u64,
            previous: page::NONE,
            next: page::NONE,
        };
        file[number] = IndexPage::new(0).finish(place, Some(&segments)).to_vec();
        if number < first_root {
            put_u16(&mut file[number], at::TYPE, kind::SDI);
        }
    }
    for (number, page) in file.iter_mut().enumerate() {
        stamp.seal(page, number as u32);
    }
    Template::read(flavour, file.concat(), indexes).unwrap()
}

const SCHEMA: &str = "CREATE TABLE t (id INT UNSIGNED NOT NULL, d DATE, n SMALLINT NOT NULL, v VARCHAR(3000), c CHAR(3) NOT NULL, \
    PRIMARY KEY (id), KEY a (n DESC, d), KEY b (d DESC, id DESC)) CHARSET utf8mb4;";

fn table() -> Table {
    parse(SCHEMA, "schema").unwrap().tables.remove(0)
}

fn layout(table: &Table) -> Arc<Layout> {
    let loaded: Vec<usize> = (0..table.columns.len()).collect();
    let key = |at: usize| KeyFormat::new(table, &loaded, &table.indexes[at]).unwrap();
    let secondary = 1..table.indexes.len();
    Arc::new(Layout {
        table: table.name.clone(),
        rows: RowFormat::new(table, &loaded, key(0)),
        indexes: secondary
            .map(|at| {
                (
                    table.indexes[at].name.clone(),
                    key(at).with_primary(&key(0)),
                )
            })
            .collect(),
        numbered: Some(0),
    })
}

/// The rows of these ids, each row a function of its id.
fn batch(table: &Table, ids: impl IntoIterator<Item = u32>, text: usize) -> Batch {
    let columns = Columns::new(table.columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(columns, 0, 1, Room::default());
    for id in ids {
        let h = crc32fast::hash(&id.to_le_bytes());
        batch.push(Value::UInt(id.into()));
        batch.push(if h.is_multiple_of(5) {
            Value::Null
        } else {
            Value::Date(i64::from(h % 20_000))
        });
        batch.push(Value::Int(i64::from(h % 300) - 150));
        let long = "é".repeat(text.min(3000) * (h as usize % 100) / 100);
        batch.push(if h.is_multiple_of(7) {
            Value::Null
        } else {
            Value::Text(&long)
        });
        batch.push(Value::Text(if h.is_multiple_of(2) {
            "a"
        } else {
            "éöü"
        }));
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

fn built(flavour: Flavour, folder: &Path, ids: &[u32], text: usize) -> (Arc<Layout>, Built) {
    let table = table();
    let layout = layout(&table);
    let template = empty_table(flavour, layout.indexes.len() + 1);
    let mut build = Build::new(Arc::clone(&layout), template, folder, 1 << 16).unwrap();
    for ids in ids.chunks(1000) {
        build
            .add(&batch(&table, ids.iter().copied(), text))
            .unwrap();
    }
    (layout, build.finish().unwrap())
}

fn judged(layout: &Layout, built: &Built, file: &Path) -> anyhow::Result<()> {
    verify(
        &File::open(file).unwrap(),
        layout,
        &built.template,
        &built.contents,
    )
}

/// Pages of a file that is whole.
fn pages_of(flavour: Flavour, rows: u32, text: usize) -> u64 {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target");
    let folder = tempfile::tempdir_in(target).unwrap();
    let ids: Vec<u32> = (0..rows).map(|id| id * 3).collect();
    let (layout, built) = built(flavour, folder.path(), &ids, text);
    assert_eq!(built.contents.rows, u64::from(rows));
    assert_eq!(
        built.largest,
        rows.checked_sub(1).map(|id| u64::from(id) * 3)
    );
    judged(&layout, &built, built.path()).unwrap();
    let pages = std::fs::metadata(built.path()).unwrap().len() / PAGE as u64;
    drop(built);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    pages
}

#[test]
fn files_of_any_size_are_whole() {
    for flavour in [Flavour::MySql, Flavour::MariaDb] {
        // from no row over the first page and fragment pages to extents
        for (rows, text) in [
            (0, 0),
            (1, 0),
            (2, 300),
            (300, 0),
            (3_000, 300),
            (20_000, 300),
        ] {
            assert!(pages_of(flavour, rows, text) < 16_384);
        }
    }
}

#[test]
fn files_with_a_second_page_of_descriptors_are_whole() {
    assert!(pages_of(Flavour::MySql, 110_000, 3_000) > 16_384);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also in an order that the window cannot put right.
    #[test]
    fn rows_may_come_in_any_order(ids in proptest::collection::btree_set(any::<u32>(), 0..9000), shuffled in any::<bool>(), text in 0usize..300, maria in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let flavour = if maria { Flavour::MariaDb } else { Flavour::MySql };
        let mut ids: Vec<u32> = ids.into_iter().collect();
        if shuffled {
            ids.sort_by_key(|id| crc32fast::hash(&id.to_be_bytes()));
        }
        let (layout, built) = built(flavour, folder.path(), &ids, text);
        prop_assert_eq!(built.contents.rows, ids.len() as u64);
        judged(&layout, &built, built.path()).unwrap();
    }
}
