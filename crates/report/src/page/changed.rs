//! The section about tables that had rows before the run.

use maud::{Markup, html};

use super::Page;
use model::wording::grouped;

/// A table of the inserted, updated and unchanged rows; nothing if no table had rows.
pub(super) fn section(page: &Page<'_>) -> Markup {
    let tables = page.report.tables.iter();
    let merged = tables.filter_map(|table| Some((&table.name, table.merged?)));
    let merged: Vec<_> = merged.collect();
    let removes = merged.iter().any(|(_, counts)| counts.removed.is_some());
    html! {
        @if !merged.is_empty() {
            h2 #changed { "Rows changed" }
            div.scroll {
                table {
                    thead { tr {
                        th { "table" } th.n { "inserted" } th.n { "updated" } th.n { "unchanged" }
                        @if removes { th.n { "deleted" } th.n { "kept" } }
                        @else { th.n { "ignored" } }
                    } }
                    tbody {
                        @for (name, counts) in &merged {
                            @let removed = counts.removed.unwrap_or_default();
                            tr {
                                td { (name) }
                                td.n { (grouped(counts.inserted)) }
                                td.n { (grouped(counts.updated)) }
                                td.n { (grouped(counts.unchanged)) }
                                @if removes {
                                    td.n { (grouped(removed.deleted)) }
                                    td.n { (grouped(removed.kept)) }
                                } @else {
                                    td.n { (grouped(counts.ignored)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
