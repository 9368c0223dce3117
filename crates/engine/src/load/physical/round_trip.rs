//! Writes rows to a file and reads them back. The fuzz target and a property test use it to check
//! that the rows read are the rows written.
//!
//! `made_up` generates a table and its rows, the product's writers make the file, and `decode`
//! reads it. `decode` shares no code with the writers: it follows the documentation of the servers
//! and the files that servers write. The verifier must accept the file too.

mod decode;
pub(super) mod empty;
mod made_up;

use std::cmp::Ordering;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use decode::decode;
use empty::empty_table;
use innodb_file::build::{Build, Layout};
use innodb_file::verifier;
use input::Source;
use made_up::{Draw, batch_of, rows_of, table_of};
use model::batch::Batch;
use model::flavour::Flavour;
use model::schema::{IndexKey, IndexPart, Table};
use mysql::physical::fitness;

/// A value that is written and read back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    /// An integer, a point in time, or a member of an ENUM.
    Number(i64),
    Unsigned(u64),
    /// The bits of a floating-point number.
    Real(u64),
    /// Whether the number is negative, and its digits: as many as the column has.
    Decimal(bool, String),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    /// The order of values in an index; NULL comes first.
    fn cmp(&self, other: &Cell) -> Ordering {
        match (self, other) {
            (Cell::Null, Cell::Null) => Ordering::Equal,
            (Cell::Null, _) => Ordering::Less,
            (_, Cell::Null) => Ordering::Greater,
            (Cell::Number(a), Cell::Number(b)) => a.cmp(b),
            (Cell::Unsigned(a), Cell::Unsigned(b)) => a.cmp(b),
            (Cell::Bytes(a), Cell::Bytes(b)) => a.cmp(b),
            (Cell::Decimal(a, digits), Cell::Decimal(b, others)) => match (a, b) {
                (false, false) => digits.cmp(others),
                (true, true) => others.cmp(digits),
                _ => b.cmp(a),
            },
            _ => panic!("{self:?} and {other:?} have no order"),
        }
    }
}

/// The values of a row in the order of the table's columns, or of a record in the order of its
/// fields.
type Row = Vec<Cell>;

/// The columns of an index, in the order in which its records have them.
struct Parts {
    /// Column number in the table, and whether the column is descending.
    key: Vec<(usize, bool)>,
    /// The columns that follow the key in a record.
    rest: Vec<usize>,
    clustered: bool,
}

impl Parts {
    /// The columns of the index with this name. In the primary key, all other columns follow the
    /// key. In other indexes, the primary key columns that are not part of the key follow it.
    fn of(table: &Table, name: &str) -> Parts {
        let parts = |name: &str| -> Vec<(usize, bool)> {
            let index = table.indexes.iter().find(|i| i.name == name).unwrap();
            let part = |part: &IndexPart| match &part.key {
                IndexKey::Column(column) => (table.column_index(column).unwrap(), part.descending),
                other => panic!("{other:?} is no column"),
            };
            index.parts.iter().map(part).collect()
        };
        let mut key = parts(name);
        let has = |key: &[(usize, bool)], column: usize| key.iter().any(|(c, _)| *c == column);
        let mut rest = Vec::new();
        let clustered = name == "PRIMARY";
        if clustered {
            rest.extend((0..table.columns.len()).filter(|c| !has(&key, *c)));
        } else {
            for part in parts("PRIMARY") {
                if !has(&key, part.0) {
                    key.push(part);
                }
            }
        }
        Parts {
            key,
            rest,
            clustered,
        }
    }

    fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.key
            .iter()
            .map(|(column, _)| *column)
            .chain(self.rest.iter().copied())
    }

    /// Sorts rows in the order of the index.
    fn sort(&self, rows: &mut [Row]) {
        rows.sort_by(|a, b| {
            let parts = self.key.iter().map(|(column, descending)| {
                let order = a[*column].cmp(&b[*column]);
                if *descending { order.reverse() } else { order }
            });
            parts.fold(Ordering::Equal, Ordering::then)
        });
    }

    fn record(&self, row: &Row) -> Row {
        self.columns().map(|c| row[c].clone()).collect()
    }
}

/// The layout of a table's file, as the product derives it for a CSV file with this header.
fn layout_of(table: &Table, header: &str, folder: &Path) -> (Source, Arc<Layout>) {
    let file = folder.join("t.csv");
    std::fs::write(&file, format!("{header}\n")).unwrap();
    let source = Source::open(file, table).unwrap();
    let layout = fitness::table(table, &source).unwrap().layout;
    (source, layout)
}

/// Generates a table and rows from `bytes`, writes the table's file into `folder`, reads the file
/// back and compares the rows.
///
/// # Panics
///
/// When the values read differ from the values written.
pub fn check(bytes: &[u8], folder: &Path) {
    let mut draw = Draw::new(bytes);
    let flavour = match draw.below(2) {
        0 => Flavour::MySql,
        _ => Flavour::MariaDb,
    };
    let memory = 1 << (10 + draw.below(10));
    let (table, header) = table_of(&mut draw);
    let (source, layout) = layout_of(&table, &header, folder);
    let loaded: Vec<usize> = source.header.columns.iter().map(|c| c.0).collect();
    let rows = rows_of(&mut draw, &table, &loaded);

    let template = empty_table(flavour, layout.indexes.len() + 1);
    let mut build = Build::new(Arc::clone(&layout), template, folder, memory).unwrap();
    for rows in rows.chunks(100) {
        build.add(&batch_of(&table, &loaded, rows)).unwrap();
    }
    let built = build.finish().unwrap();
    let file = File::open(built.path()).unwrap();
    verifier::verify(&file, &layout, &built.template, &built.contents).unwrap();

    let pages = std::fs::read(built.path()).unwrap();
    let mut rows = rows;
    let primary = Parts::of(&table, "PRIMARY");
    primary.sort(&mut rows);
    let found = decode(&pages, built.template.roots[0].page, &table, &primary);
    let long = built.long.as_ref().map_or(0, Batch::len);
    assert_eq!(found.len() + long, rows.len());
    let mut found = found.into_iter().peekable();
    rows.retain(|row| {
        let record = primary.record(row);
        // rows that are too long for a page were not written
        let is_in = found.next_if(|found| *found == record).is_some();
        assert!(
            is_in || long > 0,
            "this record was written, but not found: {record:?}"
        );
        is_in
    });
    assert_eq!(found.next(), None, "this record was not written");
    for ((name, _), root) in layout.indexes.iter().zip(&built.template.roots[1..]) {
        let parts = Parts::of(&table, name);
        parts.sort(&mut rows);
        let entries: Vec<Row> = rows.iter().map(|row| parts.record(row)).collect();
        assert_eq!(decode(&pages, root.page, &table, &parts), entries, "{name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_are_read_back_as_they_were_written(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let folder = tempfile::tempdir().unwrap();
            check(&bytes, folder.path());
        }
    }
}
