//! The summary for people: a table with a row for each table, then a line for each further fact.

use comfy_table::{CellAlignment, Table as ScreenTable, presets};

use model::merged::Merged;
use model::report::{Report, TableReport};
use model::wording::{first_names, grouped};

/// Columns for a run that loads, in their order. A run that only counts builds no indexes.
const COLUMNS: [&str; 7] = [
    "table", "read", "loaded", "rejected", "load s", "index s", "checksum",
];
/// Columns for a run that merges rows with those of the tables.
const MERGED: [&str; 9] = [
    "table",
    "read",
    "inserted",
    "updated",
    "unchanged",
    "ignored",
    "rejected",
    "load s",
    "index s",
];
const COUNTED: [&str; 6] = [
    "table", "read", "accepted", "rejected", "check s", "checksum",
];

/// The summary for people: the table, then a line for each further fact.
pub fn summary(report: &Report) -> String {
    let mut text = screen_table(report);
    // the ledger has the number of rejected records, not the reasons
    for t in report.tables.iter().filter(|t| !t.rules.is_empty()) {
        let rules: Vec<_> = t
            .rules
            .iter()
            .map(|(rule, n)| format!("{rule} {}", grouped(*n)))
            .collect();
        text.push_str(&format!("{}: rejected {}\n", t.name, rules.join(", ")));
    }
    for t in &report.tables {
        for diagnosis in &t.diagnoses {
            text.push_str(&diagnosis.line(&t.name));
            text.push('\n');
        }
    }
    for t in report
        .tables
        .iter()
        .filter(|t| !t.ignored_columns.is_empty())
    {
        text.push_str(&format!(
            "{}: columns left out: {}\n",
            t.name,
            first_names(&t.ignored_columns)
        ));
    }
    for line in report.unfilled() {
        text.push_str(&line);
        text.push('\n');
    }
    // in a run that loads, the server has already judged them
    for t in report.tables.iter().filter(|_| report.only_counts()) {
        for left in &t.left_to_server {
            text.push_str(&format!("{}: left to the server: {left}\n", t.name));
        }
    }
    let phases: Vec<_> = report
        .phases
        .iter()
        .map(|p| format!("{} {:.1} s", p.name, p.seconds))
        .collect();
    if !phases.is_empty() {
        text.push_str(&format!(
            "phases: {}; {:.1} s in all\n",
            phases.join(", "),
            report.total_seconds
        ));
    }
    text
}

fn screen_table(report: &Report) -> String {
    let mut table = ScreenTable::new();
    table.load_style(presets::NOTHING);
    let merges = report.tables.iter().any(|t| t.merged.is_some());
    match (report.only_counts(), merges) {
        (true, _) => table.set_header(COUNTED),
        (_, true) => table.set_header(MERGED),
        _ => table.set_header(COLUMNS),
    };
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for t in &report.tables {
        table.add_row(row(report, t));
    }
    let sum = |of: fn(&TableReport) -> u64| report.tables.iter().map(of).sum::<u64>();
    let mut all = vec!["all".to_string(), grouped(sum(|t| t.read))];
    match merges {
        true => {
            let mut total = Merged::default();
            let merged = report.tables.iter().filter_map(|t| t.merged);
            merged.for_each(|merged| total.add(merged));
            all.extend(counts(total));
        }
        false => all.push(grouped(sum(|t| t.loaded))),
    }
    all.push(grouped(sum(|t| t.rejected)));
    table.add_row(all);
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn counts(merged: Merged) -> [String; 4] {
    [
        merged.inserted,
        merged.updated,
        merged.unchanged,
        merged.ignored,
    ]
    .map(grouped)
}

fn row(report: &Report, t: &TableReport) -> Vec<String> {
    let mut row = vec![t.name.clone(), grouped(t.read)];
    match t.merged {
        Some(merged) => row.extend(counts(merged)),
        None => row.push(grouped(t.loaded)),
    }
    row.push(grouped(t.rejected));
    row.push(format!("{:.1}", t.load_seconds));
    if !report.only_counts() {
        row.push(format!("{:.1}", t.index_seconds));
    }
    if t.merged.is_none() {
        row.push(t.checksum.clone());
    }
    row
}
