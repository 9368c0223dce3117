//! Files of generated tables: the writer makes them and the verifier reads them, without a server.
//! Damaged files are in `damaged`.

mod damaged;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;

use super::round_trip::empty::empty_table;
use innodb_file::build::{Build, BuiltFile, Layout};
use innodb_file::key::KeyFormat;
use innodb_file::page::PAGE;
use innodb_file::record::RowFormat;
use innodb_file::verifier::verify;
use model::batch::Layout as Columns;
use model::batch::{Batch, BatchSize, Value};
use model::flavour::Flavour;
use model::schema::Table;
use mysql_schema::parse::parse;

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

/// The rows with these ids; each row is a function of its id.
fn batch(table: &Table, ids: impl IntoIterator<Item = u32>, text: usize) -> Batch {
    let columns = Columns::new(table.columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(columns, 0, 1, BatchSize::default());
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

fn built(flavour: Flavour, folder: &Path, ids: &[u32], text: usize) -> (Arc<Layout>, BuiltFile) {
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

fn judged(layout: &Layout, built: &BuiltFile, file: &Path) -> innodb_file::Result<()> {
    verify(
        &File::open(file).unwrap(),
        layout,
        &built.template,
        &built.contents,
    )
}

/// Number of pages of an undamaged file.
fn pages_of(flavour: Flavour, rows: u32, text: usize) -> u64 {
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target");
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
        // from no rows to the first page, to fragment pages, and to extents
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

    /// Also in an order that the window cannot sort.
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
