//! What happened to a table's rows, in the forms that the ledger, the report and the verification
//! need.

use crate::pipeline::TableResult;
use clean::checksum;
use model::merged::Merged;
use model::report::TableReport;
use mysql::ledger::LoadedTable;
use mysql::verify::Expected;

/// The form for the ledger.
pub(crate) fn table(result: &TableResult) -> LoadedTable {
    LoadedTable {
        name: result.name.clone(),
        file: result.file.display().to_string(),
        file_bytes: result.bytes,
        content_hash: format!("{:032x}", result.content_hash),
        columns: result.columns.clone(),
        read: result.read,
        loaded: result
            .merged
            .map_or(result.loaded, |merged| merged.counts.inserted),
        rejected: result.rejected(),
        checksum: result.added_checksum(),
        table_checksum: result.table_checksum,
    }
}

/// Foreign keys that could not be judged while the files were read, by table and name.
pub(crate) fn unjudged_references(results: &[TableResult]) -> Vec<(String, String)> {
    let of = |result: &TableResult| {
        let keys = result.unjudged_references.iter();
        let pairs = keys.map(|key| (result.name.clone(), key.clone()));
        pairs.collect::<Vec<_>>()
    };
    results.iter().flat_map(of).collect()
}

/// The report on a table of an earlier run. The ledger does not have the rules of the rejected
/// records, nor the times.
pub(crate) fn table_report(table: &LoadedTable) -> TableReport {
    TableReport {
        name: table.name.clone(),
        file: table.file.clone(),
        bytes: table.file_bytes,
        read: table.read,
        loaded: table.loaded,
        rejected: table.rejected,
        checksum: checksum::to_hex(table.checksum),
        ..TableReport::default()
    }
}

/// Adds to the report of a table what an earlier run did about the rows that the table held before.
pub(crate) fn add_merged(table: &mut TableReport, merged: Option<Merged>) {
    // without an accepted record there is no batch in the ledger
    let merged = merged.unwrap_or_default();
    table.loaded = merged.all() - merged.ignored;
    table.merged = Some(merged);
}

/// The form for the verification.
pub(crate) fn expected(table: &LoadedTable) -> Expected {
    Expected {
        table: table.name.clone(),
        columns: table.columns.clone(),
        rows: table.loaded,
        checksum: table.checksum,
        table_checksum: table.table_checksum,
    }
}
