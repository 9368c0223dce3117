//! The section about rejected records: the reasons, with examples.

use maud::{Markup, html};

use super::Page;
use super::charts::percent;
use super::shown::{example, masked};
use crate::TableReport;
use crate::gathered::{Example, TableDetails};
use model::rejection::Rule;
use model::wording::grouped;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let has_rejects = |t: &&TableReport| t.rejected > 0;
    let details = page.gathered.tables();
    html! {
        @if page.report.tables.iter().any(|t| has_rejects(&t)) {
            h2 #rejected { "Rejected records" }
            @if let Some(rejects) = &page.rejects {
                p.muted {
                    "All rejected records are in " code { (rejects) "/" }
                    ": each as it is in the input, with its place and the reason."
                }
            }
            @for table in page.report.tables.iter().filter(has_rejects) {
                h3 { (table.name) ": " (grouped(table.rejected)) " of " (grouped(table.read)) " (" (percent(table.rejected, table.read)) ")" }
                @if table.rules.is_empty() {
                    p.muted { "The ledger does not have the reasons; they are in the reject files \
                               of the run that read the records." }
                }
                @for line in page.report.root_causes(table) { p { (line) } }
                @for (name, count) in by_count(table) {
                    div.rule {
                        p { code { (name) } " " (grouped(count)) span.muted { " · " (meaning(name)) } }
                        ul { @for found in examples(&details, &table.name, name) { (row(page, found)) } }
                    }
                }
            }
        } @else if details.iter().any(|t| t.examples.values().any(|e| !e.is_empty())) {
            // a run that failed has examples but no totals
            h2 #rejected { "Records rejected before the run failed" }
            @for table in &details {
                @for (rule, found) in &table.examples {
                    div.rule {
                        p { (table.profile.name) " " code { (rule.name()) } span.muted { " · " (meaning(rule.name())) } }
                        ul { @for found in found { (row(page, found)) } }
                    }
                }
            }
        }
    }
}

fn by_count(table: &TableReport) -> Vec<(&str, u64)> {
    let mut rules: Vec<(&str, u64)> = table.rules.iter().map(|(r, n)| (r.as_str(), *n)).collect();
    rules.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    rules
}

fn examples<'a>(details: &'a [TableDetails], table: &str, rule: &str) -> &'a [Example] {
    let found = details.iter().find(|t| t.profile.name == table);
    let rule = Rule::from_name(rule);
    found
        .zip(rule)
        .and_then(|(t, rule)| t.examples.get(&rule))
        .map_or(&[], Vec::as_slice)
}

fn row(page: &Page<'_>, found: &Example) -> Markup {
    html! {
        li {
            "line " (grouped(found.line))
            @if let Some(column) = &found.column { ", " b { (column) } }
            ": " (masked(&found.message, page.emails))
            @if !found.value.is_empty() && found.column.is_some() {
                ", found \u{201c}" (example(&found.value, page.emails)) "\u{201d}"
            }
            @if !found.record.is_empty() { code { (example(&found.record, page.emails)) } }
        }
    }
}

/// The meaning of a rule, as text.
fn meaning(rule: &str) -> &'static str {
    Rule::from_name(rule).map_or("", Rule::meaning)
}
