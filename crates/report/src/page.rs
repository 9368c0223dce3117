//! The report as a page: one self-contained HTML file without scripts and external resources, for
//! the screen (light or dark) and for paper.
//!
//! The page shows the [`Report`] and the data that was [`Gathered`] while rows were loaded. maud
//! escapes all text; `charts` draws the charts. Values of the input appear only in examples of
//! rejected records. They are truncated, and `shown` masks e-mail addresses unless the caller wants
//! them shown.

mod changed;
mod charts;
mod data;
pub mod load_test;
mod rejected;
mod shown;
mod time;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use super::gathered::Gathered;
use model::diagnosis::suggested_toml;
use model::report::{Mark, share};
use model::wording::grouped;

pub use shown::Emails;

const STYLE: &str = include_str!("page/style.css");

/// The contents of a page.
#[derive(Debug)]
pub struct Page<'a> {
    /// seed, check or verify.
    pub command: &'a str,
    /// The data set and the database: `sample-data → reviews`.
    pub subject: String,
    /// The command line, without passwords.
    pub command_line: String,
    /// Time of writing, for people.
    pub written: String,
    /// The report.
    pub report: &'a Report,
    /// What was collected during the run.
    pub gathered: &'a Gathered,
    /// Names and values of settings.
    pub settings: Vec<(String, String)>,
    /// The folder with the rejected records.
    pub rejects: Option<String>,
    /// Differences between the database and the accepted rows.
    pub differences: &'a [String],
    /// The reason why the run failed.
    pub failure: Option<String>,
    /// Whether e-mail addresses are shown or masked.
    pub emails: Emails,
}

/// A complete HTML page with these sections.
fn document(title: &str, sections: &Markup, written: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "reviewseed " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main { (sections) }
                footer { "reviewseed " (env!("CARGO_PKG_VERSION")) ", " (written) }
            }
        }
    };
    page.into_string()
}

impl Page<'_> {
    /// The page as HTML.
    pub fn render(&self) -> String {
        let (sign, verdict) = (self.report.mark().sign(), self.report.conclusion());
        let title = format!("{}: {}: {sign} {verdict}", self.command, self.subject);
        let sections = html! {
            (self.head())
            (self.tables())
            (time::section(self))
            (changed::section(self))
            (rejected::section(self))
            (data::section(self))
            (self.server())
            (self.next_steps())
        };
        document(&title, &sections, &self.written)
    }

    /// The outcome of the run in one sentence, and the CSS class of its colour.
    fn outcome(&self) -> (String, &'static str) {
        let (mark, verdict) = (self.report.mark(), self.report.conclusion());
        let class = match mark {
            Mark::Good => "good",
            Mark::Found => "warn",
            Mark::Bad => "bad",
        };
        (format!("{} {verdict}", mark.sign()), class)
    }

    /// The word for rows that were not rejected. `check` loads none, so its word is "accepted".
    fn loaded(&self) -> &'static str {
        match self.loads() {
            true => "loaded",
            false => "accepted",
        }
    }

    fn loads(&self) -> bool {
        self.command != "check" && !self.report.only_counts()
    }

    fn head(&self) -> Markup {
        let (outcome, class) = self.outcome();
        let sum = |of: fn(&super::TableReport) -> u64| self.report.tables.iter().map(of).sum();
        let (read, loaded, rejected): (u64, u64, u64) =
            (sum(|t| t.read), sum(|t| t.loaded), sum(|t| t.rejected));
        html! {
            h1 { "reviewseed " (self.command) span.muted { " · " (self.subject) } }
            p class=(format!("outcome {class}")) { (outcome) }
            @if !self.report.verified().is_empty() { p { (self.report.verified()) } }
            p.meta { code { (self.command_line) } br; (self.written) }
            @if let Some(failure) = &self.failure {
                pre { (shown::masked(failure, self.emails)) }
            }
            @if !self.differences.is_empty() {
                ul { @for difference in self.differences { li { (difference) } } }
            }
            @if !self.report.tables.is_empty() {
                dl.figures {
                    div { dt { "records read" } dd { (grouped(read)) } }
                    div { dt { "rows " (self.loaded()) } dd { (grouped(loaded)) " " small { (share(loaded, read)) } } }
                    div { dt { "records rejected" } dd { (grouped(rejected)) " " small { (share(rejected, read)) } } }
                    div { dt { "time" } dd { (time::took(self.report.total_seconds)) } }
                }
            }
        }
    }

    fn tables(&self) -> Markup {
        let tables = &self.report.tables;
        let seconds = self.loads();
        html! {
            @if !tables.is_empty() {
                h2 #tables { "Tables" }
                div.scroll {
                    table {
                        thead { tr {
                            th { "table" } th.n.extra { "bytes" } th.n { "read" } th.n { (self.loaded()) } th.n { "rejected" }
                            th.n.extra { "rejected %" }
                            th.n.extra { @if seconds { "load s" } @else { "check s" } }
                            @if seconds { th.n.extra { "index s" } }
                            th.sum.extra { "checksum" }
                        } }
                        tbody {
                            @for t in tables {
                                tr {
                                    td { (t.name) }
                                    td.n.extra { (grouped(t.bytes)) }
                                    td.n { (grouped(t.read)) }
                                    td.n { (grouped(t.loaded)) }
                                    td.n { (grouped(t.rejected)) }
                                    td.n.extra { (share(t.rejected, t.read)) }
                                    td.n.extra { (format!("{:.1}", t.load_seconds)) }
                                    @if seconds { td.n.extra { (format!("{:.1}", t.index_seconds)) } }
                                    td.sum.extra { code { (t.checksum) } }
                                }
                            }
                        }
                        tfoot { tr {
                            td { "all" }
                            td.n.extra { (grouped(tables.iter().map(|t| t.bytes).sum())) }
                            td.n { (grouped(tables.iter().map(|t| t.read).sum())) }
                            td.n { (grouped(tables.iter().map(|t| t.loaded).sum())) }
                            td.n { (grouped(tables.iter().map(|t| t.rejected).sum())) }
                            td.extra {} td.extra {} td.extra {} @if seconds { td.extra {} }
                        } }
                    }
                }
                @for warning in tables.iter().flat_map(|t| &t.warnings) {
                    p { "warning: " (shown::masked(warning, self.emails)) }
                }
                @for t in tables {
                    @for diagnosis in &t.diagnoses {
                        p { (shown::masked(&diagnosis.line(&t.name), self.emails)) }
                    }
                }
                @let settings = suggested_toml(tables.iter().map(|t| (t.name.as_str(), &t.diagnoses[..])));
                @if !settings.is_empty() {
                    p { "With these settings in reviewseed.toml, rejected records are accepted:" }
                    pre { (settings) }
                }
                @for t in tables.iter().filter(|t| !t.ignored_columns.is_empty()) {
                    p.muted { (t.name) ": fields left out: " (t.ignored_columns.join(", ")) }
                }
                @for line in self.report.unfilled() {
                    p.muted { (line) }
                }
                @for t in tables.iter().filter(|t| !t.left_to_server.is_empty()) {
                    p.muted { (t.name) ": keys and CHECKs left to the server:" }
                    ul.muted { @for left in &t.left_to_server { li { (left) } } }
                }
            }
        }
    }

    fn server(&self) -> Markup {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(server) = &self.report.server {
            rows.push(("server", format!("{} {}", server.flavour, server.version)));
            rows.push(("database", server.url.clone()));
            rows.push(("load method", server.load.clone()));
            rows.push(("connections", server.connections.to_string()));
            let bytes = grouped(server.batch_bytes as u64);
            rows.push(("input per batch", format!("{bytes} bytes")));
        }
        rows.extend(self.settings.iter().map(|(n, v)| (n.as_str(), v.clone())));
        html! {
            @if !rows.is_empty() {
                h2 #server { "Server and settings" }
                table { tbody { @for (name, value) in &rows {
                    tr { th { (name) } td.wrap { (value) } }
                } } }
            }
        }
    }

    fn next_steps(&self) -> Markup {
        html! {
            @if !self.report.next.is_empty() {
                h2 #next-steps { "Next steps" }
                @for next in &self.report.next {
                    p.next { (next.what) ":" }
                    pre { (next.command) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
