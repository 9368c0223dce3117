//! Why records were refused, with examples.

use maud::{Markup, html};

use super::Page;
use super::charts::percent;
use super::shown::{example, masked};
use crate::TableReport;
use crate::gathered::{Example, TableDetails};
use model::rejection::Rule;
use model::wording::grouped;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let refused = |t: &&TableReport| t.rejected > 0;
    let details = page.gathered.tables();
    html! {
        @if page.report.tables.iter().any(|t| refused(&t)) {
            h2 #refused { "Refused records" }
            @if let Some(rejects) = &page.rejects {
                p.muted {
                    "All of them are in " code { (rejects) "/" } ": the records as they were, and for each its place and reason."
                }
            }
            @for table in page.report.tables.iter().filter(refused) {
                h3 { (table.name) ": " (grouped(table.rejected)) " of " (grouped(table.read)) " (" (percent(table.rejected, table.read)) ")" }
                @if table.rules.is_empty() {
                    p.muted { "The reasons are not remembered by the ledger, but by the reject files of the run that read the records." }
                }
                @for (name, count) in by_count(table) {
                    div.rule {
                        p { code { (name) } " " (grouped(count)) span.muted { " · " (meaning(name)) } }
                        ul { @for found in examples(&details, &table.name, name) { (row(page, found)) } }
                    }
                }
            }
        } @else if details.iter().any(|t| t.examples.values().any(|e| !e.is_empty())) {
            // a run that gave up has no totals
            h2 #refused { "Refused records, until then" }
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

/// What a rule says, in words.
fn meaning(rule: &str) -> &'static str {
    match Rule::from_name(rule) {
        Some(Rule::RecordTooLarge) => "longer than a record may be",
        Some(Rule::UnclosedQuote) => "a quote is never closed, or text follows the closing one",
        Some(Rule::FieldCount) => "more or fewer fields than the header",
        Some(Rule::MissingValue) => "no value where the table must have one",
        Some(Rule::NotAnInteger) => "no integer",
        Some(Rule::NotABoolean) => "neither true nor false",
        Some(Rule::NotANumber) => "no number",
        Some(Rule::NotATimestamp) => "no point in time, or an impossible date",
        Some(Rule::NotATime) => "no time",
        Some(Rule::OutOfRange) => "more than the column's type holds",
        Some(Rule::NotUtf8) => "not valid UTF-8",
        Some(Rule::TooLong) => "more characters than the column holds",
        Some(Rule::NotInEnum) => "none of the values that the column knows",
        Some(Rule::CheckFailed) => "violates a CHECK of the table",
        Some(Rule::DuplicateKey) => "an earlier record has the same key",
        Some(Rule::MissingParent) => "refers to a row that is not there, or was refused itself",
        Some(Rule::RefusedByServer) => "the server said no",
        None => "",
    }
}
