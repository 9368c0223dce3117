//! The section with statistics of the accepted rows: a chart for each column that has one, and a
//! line for each other column.

use maud::{Markup, html};

use super::Page;
use super::charts;
use crate::profile::{Bars, ColumnProfile, Shape, TableProfile};
use model::wording::grouped;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let tables = page.gathered.tables();
    html! {
        @if tables.iter().any(|t| t.profile.rows > 0) {
            h2 #data { "What the data is like" }
            p.muted { "Statistics of the rows " (page.loaded()) " by this run. The type of a column and \
                the keys of its table decide which chart it gets." }
            @for table in tables.iter().filter(|t| t.profile.rows > 0) { (of_table(&table.profile)) }
        }
    }
}

fn of_table(table: &TableProfile) -> Markup {
    let pictured: Vec<_> = table
        .columns
        .iter()
        .filter_map(|column| Some((column, picture(table, column)?)))
        .collect();
    let others = table.columns.iter().filter(|c| picture(table, c).is_none());
    html! {
        h3 { (table.name) span.muted { " · " (grouped(table.rows)) " rows" } }
        div.cards {
            @for (column, picture) in &pictured {
                figure {
                    figcaption {
                        b { (picture.title) }
                        span { (picture.words) (nulls(column)) }
                    }
                    (charts::bars(&format!("{}: {}", picture.title, picture.words), &picture.bars))
                }
            }
        }
        @for column in others { p.muted { code { (column.name) } " " (column.kind) ": " (line(column)) (nulls(column)) } }
    }
}

struct Picture {
    title: String,
    words: String,
    bars: Bars,
}

fn picture(table: &TableProfile, column: &ColumnProfile) -> Option<Picture> {
    let mut title = column.name.clone();
    let (words, bars) = match &column.shape {
        Shape::Values(values) => {
            let words = match values.mean() {
                Some(mean) => format!("rows by value, mean {mean:.2}"),
                None => "rows by value".to_string(),
            };
            (words, values.bars())
        }
        Shape::Months(months) => {
            let (bars, width) = months.bars();
            let (first, last) = months.range()?;
            let per = span_of_months(width);
            (format!("rows per {per}, {first} to {last}"), bars)
        }
        Shape::PerValue(per_value) => {
            title = format!("{} per {}", table.name, column.name);
            let (median, most) = per_value.median_and_most()?;
            let sampled = if per_value.is_exact() { "" } else { "about " };
            let refers = match &column.refers_to {
                Some(parent) => format!(" of {parent}"),
                None => String::new(),
            };
            let mean = (table.rows - column.nulls) as f64 / per_value.values().max(1) as f64;
            let words = format!(
                "values{refers} by their number of rows: {sampled}{} values, median {median}, mean \
                 {mean:.1}, largest {sampled}{most}",
                grouped(per_value.values())
            );
            (words, per_value.bars())
        }
        Shape::Lengths(lengths) => {
            let median = match lengths.median() {
                Some(median) => format!("median {median}, "),
                None => String::new(),
            };
            let empty = match lengths.empty() {
                0 => String::new(),
                n => format!(", {} empty", grouped(n)),
            };
            let longest = grouped(lengths.longest() as u64);
            (
                format!("length in characters: {median}longest {longest}{empty}"),
                lengths.bars(),
            )
        }
        Shape::Integers(integers) => {
            let (least, most) = integers.range()?;
            let mean = integers.mean()?;
            (
                format!("rows by magnitude: {least} to {most}, mean {mean:.1}"),
                integers.bars(),
            )
        }
        Shape::Unique(_) | Shape::Numbers(_) | Shape::Unseen => return None,
    };
    (!bars.is_empty()).then_some(Picture { title, words, bars })
}

fn span_of_months(months: i64) -> String {
    match months {
        1 => "month".to_string(),
        3 => "quarter".to_string(),
        12 => "year".to_string(),
        months => format!("{} years", months / 12),
    }
}

/// The text for a column without a chart.
fn line(column: &ColumnProfile) -> String {
    match &column.shape {
        Shape::Unique(integers) => match integers.range() {
            Some((least, most)) => format!("unique, {least} to {most}"),
            None => "no values".to_string(),
        },
        Shape::Numbers(numbers) => match numbers.summary() {
            Some((least, most, mean)) => format!("{least} to {most}, mean {mean:.2}"),
            None => "no values".to_string(),
        },
        Shape::Unseen => "no statistics".to_string(),
        _ => "no values".to_string(),
    }
}

fn nulls(column: &ColumnProfile) -> String {
    match column.nulls {
        0 => String::new(),
        n => format!(", {} NULL", grouped(n)),
    }
}
