//! The section about the time of each phase.

use maud::{Markup, html};

use super::Page;
use super::charts::{self, Stretch};
use crate::gathered::Span;

/// Maximum number of slices in the chart of rows over time.
const SLICES: usize = 80;
/// Widths of a chart: for wide screens and paper, and for narrow screens.
const WIDE: u32 = 960;
const NARROW: u32 = 360;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let tables: Vec<String> = page
        .gathered
        .tables()
        .into_iter()
        .map(|t| t.profile.name)
        .collect();
    let spans = page.gathered.spans();
    html! {
        @if !page.report.phases.is_empty() {
            h2 #time { "Time" }
            p {
                @for (at, phase) in page.report.phases.iter().enumerate() {
                    @if at > 0 { ", " }
                    (phase.name) " " (took(phase.seconds))
                }
                "."
            }
            (throughput(page, &tables))
            @if spans.len() > 1 { (at_work(page, &spans, &tables)) }
        }
    }
}

fn throughput(page: &Page<'_>, tables: &[String]) -> Markup {
    let Some((seconds, rates)) = page.gathered.timeline().map(|t| t.rates(SLICES)) else {
        return html! {};
    };
    if rates.iter().all(Vec::is_empty) {
        return html! {};
    }
    let what = format!(
        "Records per second over time, by table: {}",
        tables.join(", ")
    );
    html! {
        h3 { "Records per second" }
        figure.plain {
            ul.legend {
                @for (at, table) in tables.iter().enumerate() {
                    li { i class=(charts::colour_class(at)) {} (table) }
                }
            }
            div.wide { (charts::throughput(&what, WIDE, seconds, &rates)) }
            div.narrow { (charts::throughput(&what, NARROW, seconds, &rates)) }
        }
    }
}

fn at_work(page: &Page<'_>, spans: &[Span], tables: &[String]) -> Markup {
    // the chart starts at the first span, because before it the run only prepares
    let first = spans.iter().map(|s| s.from).min().unwrap_or_default();
    let seconds = |at: std::time::Duration| at.saturating_sub(first).as_secs_f64();
    let stretches: Vec<Stretch> = spans
        .iter()
        .map(|span| Stretch {
            label: match page.command {
                "check" => span.table.clone(),
                _ => format!("{} {}", span.phase, span.table).trim().to_string(),
            },
            colour: tables
                .iter()
                .position(|t| *t == span.table)
                .unwrap_or(tables.len()),
            from: seconds(span.from),
            to: seconds(span.to),
        })
        .collect();
    let what = "Phases and tables over time";
    html! {
        h3 { (what) }
        figure.plain {
            div.wide { (charts::stretches(what, WIDE, &stretches)) }
            div.narrow { (charts::stretches(what, NARROW, &stretches)) }
        }
    }
}

/// A duration: `12.3 s`, `4 min 05 s`.
pub(super) fn took(seconds: f64) -> String {
    if seconds < 120.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {:02} s", whole / 60, whole % 60)
}
