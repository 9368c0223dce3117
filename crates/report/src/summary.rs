//! The summary on the screen: a table with a row for each table, then a line for each further fact.
//! On a terminal, long names are truncated so that the table fits the width.

use comfy_table::{CellAlignment, Table as ScreenTable, presets};

use crate::empty_tables::empty_tables;
use model::merged::Merged;
use model::report::{RejectExample, Report, TableReport};
use model::wording::{first_names, grouped};

/// If at least this many seconds belong to no phase, the summary lists them as "start and checks".
const LEAST_REST: f64 = 0.5;

/// The columns that the summary has for each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// The rows that were loaded.
    Loaded,
    /// The rows that would be loaded. A dry run builds no indexes, so their time is not shown.
    Counted,
    /// The rows that were inserted, updated, unchanged or ignored in tables that had rows.
    Merged,
    /// The rows that were changed, or would be changed, to make tables equal to files.
    Synced,
}

impl Columns {
    fn of(report: &Report) -> Columns {
        let mut merged = report.tables.iter().filter_map(|t| t.merged).peekable();
        match (merged.peek(), report.only_counts()) {
            (Some(merged), _) if merged.removed.is_some() => Columns::Synced,
            (_, true) => Columns::Counted,
            (Some(_), false) => Columns::Merged,
            (None, false) => Columns::Loaded,
        }
    }

    fn header(self, report: &Report) -> Vec<&'static str> {
        let seconds = if report.only_counts() {
            "check s"
        } else {
            "load s"
        };
        let counts: &[&str] = match self {
            Columns::Loaded => &["loaded"],
            Columns::Counted => &["accepted"],
            Columns::Merged => &["inserted", "updated", "unchanged", "ignored"],
            Columns::Synced => &["inserted", "updated", "unchanged", "deleted", "kept"],
        };
        let mut header = vec!["table", "read"];
        header.extend(counts);
        header.extend(["rejected", seconds]);
        if self.has_index_times() {
            header.push("index s");
        }
        header
    }

    fn has_index_times(self) -> bool {
        matches!(self, Columns::Loaded | Columns::Merged)
    }

    fn counts(self, merged: Merged) -> Vec<String> {
        let removed = merged.removed.unwrap_or_default();
        let mut counts = vec![merged.inserted, merged.updated, merged.unchanged];
        match self {
            Columns::Synced => counts.extend([removed.deleted, removed.kept]),
            _ => counts.push(merged.ignored),
        }
        counts.into_iter().map(grouped).collect()
    }
}

/// Table names are not truncated to fewer characters than this.
const SHORTEST_NAME: usize = 8;

/// The layout of the summary.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Columns of the terminal; `None` if nothing is truncated.
    pub columns: Option<usize>,
    /// Whether the checksum of each table is shown.
    pub checksums: bool,
}

/// The summary: the table, then a line for each further fact.
pub fn summary(report: &Report, look: Look) -> String {
    let mut text = screen_table(report, look);
    if look.checksums {
        for t in &report.tables {
            text.push_str(&format!("{}: checksum {}\n", t.name, t.checksum));
        }
    }
    for line in empty_tables(report) {
        text.push_str(&line);
        text.push('\n');
    }
    // a report from the ledger has the number of rejected records, but not the reasons, so such
    // tables are skipped
    for t in report.tables.iter().filter(|t| !t.rules.is_empty()) {
        rejected(report, t, look, &mut text);
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
    // only for a command that loads nothing, because in a load the server has checked these values
    for t in report.tables.iter().filter(|_| report.only_counts()) {
        for left in &t.left_to_server {
            text.push_str(&format!("{}: left to the server: {left}\n", t.name));
        }
    }
    let mut phases: Vec<_> = report
        .phases
        .iter()
        .map(|p| format!("{} {:.1} s", p.name, p.seconds))
        .collect();
    let in_phases: f64 = report.phases.iter().map(|p| p.seconds).sum();
    let rest = report.total_seconds - in_phases;
    if rest >= LEAST_REST {
        phases.insert(0, format!("start and checks {rest:.1} s"));
    }
    if !phases.is_empty() {
        let line = format!("phases: {};", phases.join(", "));
        let all = format!("{:.1} s in all", report.total_seconds);
        let width = line.len() + 1 + all.len();
        let between = match look.columns {
            Some(columns) if width > columns => "\n  ",
            _ => " ",
        };
        text.push_str(&format!("{line}{between}{all}\n"));
    }
    text
}

/// Writes why records of a table were rejected: the rules, the rejects that follow from rejects of
/// another table, and an example for each rule.
fn rejected(report: &Report, table: &TableReport, look: Look, text: &mut String) {
    let mut rules: Vec<_> = table.rules.iter().collect();
    rules.sort_by_key(|(name, n)| (std::cmp::Reverse(**n), *name));
    let counted: Vec<_> = rules
        .iter()
        .map(|(rule, n)| format!("{rule} {}", grouped(**n)))
        .collect();
    text.push_str(&format!(
        "{}: rejected {}\n",
        table.name,
        counted.join(", ")
    ));
    for line in report.root_causes(table) {
        text.push_str(&format!("  {line}\n"));
    }
    for (rule, _) in rules {
        if let Some(example) = table.examples.get(rule) {
            text.push_str(&cut(&format!("  {rule}: {}", shown(example)), look.columns));
            text.push('\n');
        }
    }
}

/// An example: `line 8, helpfulness "many": expected an integer`.
fn shown(example: &RejectExample) -> String {
    let RejectExample {
        line,
        column,
        value,
        message,
        ..
    } = example;
    let place = format!("line {}", grouped(*line));
    let text = match column {
        Some(column) if value.is_empty() => format!("{place}, {column}: {message}"),
        Some(column) => format!("{place}, {column} \"{value}\": {message}"),
        None => format!("{place}: {message}"),
    };
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A line, truncated to the width of the terminal.
fn cut(line: &str, columns: Option<usize>) -> String {
    match columns {
        Some(columns) if line.chars().count() > columns => {
            let start: String = line.chars().take(columns.saturating_sub(1)).collect();
            format!("{start}…")
        }
        _ => line.to_owned(),
    }
}

fn screen_table(report: &Report, look: Look) -> String {
    let longest = report.tables.iter().map(|t| t.name.chars().count()).max();
    let longest = longest.unwrap_or(0);
    let whole = table_with_names(report, longest);
    let width = whole.lines().map(|line| line.chars().count()).max();
    let over = width
        .unwrap_or(0)
        .saturating_sub(look.columns.unwrap_or(usize::MAX));
    match over {
        0 => whole,
        over => table_with_names(report, longest.saturating_sub(over).max(SHORTEST_NAME)),
    }
}

/// The table, with names truncated to `longest` characters.
fn table_with_names(report: &Report, longest: usize) -> String {
    let mut table = ScreenTable::new();
    table.load_style(presets::NOTHING);
    let columns = Columns::of(report);
    table.set_header(columns.header(report));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for t in &report.tables {
        table.add_row(row(columns, t, longest));
    }
    let sum = |of: fn(&TableReport) -> u64| report.tables.iter().map(of).sum::<u64>();
    let mut all = vec!["all".to_string(), grouped(sum(|t| t.read))];
    match columns {
        Columns::Merged | Columns::Synced => {
            let mut total = Merged::default();
            let merged = report.tables.iter().filter_map(|t| t.merged);
            merged.for_each(|merged| total.add(merged));
            all.extend(columns.counts(total));
        }
        Columns::Loaded | Columns::Counted => all.push(grouped(sum(|t| t.loaded))),
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

fn row(columns: Columns, t: &TableReport, longest: usize) -> Vec<String> {
    let mut row = vec![cut(&t.name, Some(longest)), grouped(t.read)];
    match t.merged {
        Some(merged) => row.extend(columns.counts(merged)),
        None => row.push(grouped(t.loaded)),
    }
    row.push(grouped(t.rejected));
    row.push(format!("{:.1}", t.load_seconds));
    if columns.has_index_times() {
        row.push(format!("{:.1}", t.index_seconds));
    }
    row
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use model::report::{Outcome, PhaseReport};

    fn report(name: &str) -> Report {
        let example = RejectExample {
            file: "reviews.csv".to_owned(),
            line: 1234,
            column: Some("rating".to_owned()),
            value: "seven\n".to_owned(),
            message: "expected an integer from 1 to 5, ".repeat(4),
        };
        Report {
            outcome: Outcome::Seeded,
            tables: vec![TableReport {
                name: name.to_owned(),
                read: 31_192_641,
                loaded: 30_192_641,
                rejected: 1_000_000,
                load_seconds: 1234.5,
                index_seconds: 1234.5,
                checksum: "0000087c308c5a62".to_owned(),
                rules: BTreeMap::from([
                    ("missing_parent".to_owned(), 2),
                    ("not_an_integer".to_owned(), 999_998),
                ]),
                examples: BTreeMap::from([("not_an_integer".to_owned(), example)]),
                follow: BTreeMap::from([("products".to_owned(), 2)]),
                ..TableReport::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn every_line_fits_eighty_columns_whatever_the_names_are() {
        let look = Look {
            columns: Some(80),
            checksums: false,
        };
        for name in ["characteristic_reviews", &"n".repeat(64), "t"] {
            let text = summary(&report(name), look);
            let table: Vec<_> = text.lines().filter(|l| !l.contains(": rejected")).collect();
            for line in &table {
                assert!(line.chars().count() <= 80, "{line}");
            }
            assert!(!text.contains("checksum"), "{text}");
        }
        let uncut = summary(&report(&"n".repeat(64)), Look::default());
        assert!(uncut.contains(&"n".repeat(64)), "{uncut}");
    }

    #[test]
    fn tables_that_were_made_equal_to_files_show_rows_deleted_and_kept() {
        let mut report = report("reviews");
        report.tables[0].merged = Some(Merged {
            inserted: 11,
            updated: 22,
            unchanged: 33,
            ignored: 0,
            removed: Some(model::merged::Removed {
                deleted: 44,
                kept: 55,
            }),
        });
        for (outcome, seconds) in [
            (Outcome::Seeded, "load s"),
            (Outcome::FoundRejects, "check s"),
        ] {
            report.outcome = outcome;
            let text = summary(&report, Look::default());
            let lines: Vec<Vec<&str>> = text
                .lines()
                .map(|l| l.split_whitespace().collect())
                .collect();
            let header =
                format!("table read inserted updated unchanged deleted kept rejected {seconds}");
            assert_eq!(lines[0].join(" "), header);
            for line in &lines[1..3] {
                assert_eq!(line[2..7], ["11", "22", "33", "44", "55"], "{text}");
            }
        }
    }

    #[test]
    fn time_outside_of_the_phases_is_named() {
        let mut report = report("reviews");
        report.phases = vec![PhaseReport {
            name: "load".to_owned(),
            seconds: 1.0,
        }];
        for (total, words) in [
            (
                4.25,
                "phases: start and checks 3.2 s, load 1.0 s; 4.2 s in all",
            ),
            (1.25, "phases: load 1.0 s; 1.2 s in all"),
        ] {
            report.total_seconds = total;
            let look = Look {
                columns: None,
                checksums: true,
            };
            let text = summary(&report, look);
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn each_rule_has_an_example_and_what_follows_from_other_tables_says_so() {
        let look = Look {
            columns: None,
            checksums: true,
        };
        let text = summary(&report("reviews"), look);
        for words in [
            "reviews: rejected not_an_integer 999,998, missing_parent 2\n",
            "\n  2 missing_parent follow from rejected products\n",
            "\n  not_an_integer: line 1,234, rating \"seven \": expected an integer",
            "\nreviews: checksum 0000087c308c5a62\n",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
