//! What the ledger remembers of a table, in the form that the report and the verification take.

use clean::checksum;
use mysql::ledger::LoadedTable;
use mysql::verify::Expected;
use report::TableReport;

/// A table of the report. The ledger does not know the rejected records' rules, nor the times.
pub(super) fn table_report(table: &LoadedTable) -> TableReport {
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

/// What the verification must find.
pub(super) fn expected(table: &LoadedTable) -> Expected {
    Expected {
        table: table.name.clone(),
        columns: table.columns.clone(),
        rows: table.loaded,
        checksum: table.checksum,
    }
}
