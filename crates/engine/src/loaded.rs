//! Converts the result of a table into the forms that the ledger, the report and the verification
//! need.

use crate::pipeline::TableResult;
use clean::checksum;
use model::merged::Merged;
use model::report::TableReport;
use mysql::ledger::LoadedTable;
use mysql::verify::Expected;

/// The result of a table, for the ledger.
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

/// Foreign keys that could not be checked while the files were read, as (table, key).
pub(crate) fn unjudged_references(results: &[TableResult]) -> Vec<(String, String)> {
    let of = |result: &TableResult| {
        let keys = result.unjudged_references.iter();
        let pairs = keys.map(|key| (result.name.clone(), key.clone()));
        pairs.collect::<Vec<_>>()
    };
    results.iter().flat_map(of).collect()
}

/// The report on a table that an earlier run loaded. The ledger has neither the rules of the
/// rejected records nor the times.
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

/// Adds to the report of a table the counts of an earlier run that merged rows into it.
pub(crate) fn add_merged(table: &mut TableReport, merged: Option<Merged>) {
    // if no record was accepted, the ledger has no batch and therefore no counts
    let merged = merged.unwrap_or_default();
    table.loaded = merged.all() - merged.ignored;
    table.merged = Some(merged);
}

/// The expected rows of a table, for the verification.
pub(crate) fn expected(table: &LoadedTable) -> Expected {
    Expected {
        table: table.name.clone(),
        columns: table.columns.clone(),
        rows: table.loaded,
        checksum: table.checksum,
        table_checksum: table.table_checksum,
    }
}
