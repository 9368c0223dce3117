//! The requirements of a schema's tables on a server.

use crate::machine::cores;
use crate::options::BATCH_BYTES;
use input::{DEFAULT_MAX_RECORD, TextSize};
use model::schema::{IndexKind, Table};
use mysql::precheck::Requirements;

/// The requirements of these tables on the server, for a run with default options and without
/// files.
pub(crate) fn requirements_of(tables: &[Table]) -> Requirements {
    let without = tables.iter().filter(|table| {
        let mut columns = table.columns.iter();
        table.charset.is_none() && columns.any(|c| c.kind.is_text() && c.charset.is_none())
    });
    Requirements {
        skip_binlog: false,
        set_global: false,
        load: None,
        replace: false,
        drops_tables: false,
        connections: cores().min(4),
        max_record: DEFAULT_MAX_RECORD as u64,
        batch_bytes: BATCH_BYTES as u64,
        input_bytes: 0,
        unpacked: TextSize {
            bytes: 0,
            exact: true,
        },
        fills_redo_log: true,
        foreign_keys: tables.iter().any(|table| !table.foreign_keys.is_empty()),
        full_text: names_of(tables, |table| {
            let of_text = table.indexes.iter();
            let of_text = of_text.filter(|index| index.kind == IndexKind::FullText);
            of_text
                .map(|index| format!("{} of {}", index.name, table.name))
                .collect()
        }),
        without_primary_key: names_of(tables, |table| match table.primary_key() {
            Some(_) => Vec::new(),
            None => vec![table.name.clone()],
        }),
        without_charset: without.map(|table| table.name.clone()).collect(),
        skip: Vec::new(),
    }
}

fn names_of(tables: &[Table], of: impl Fn(&Table) -> Vec<String>) -> Vec<String> {
    tables.iter().flat_map(of).collect()
}
