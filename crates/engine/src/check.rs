//! `check`: runs the pipeline of `seed` with a sink that only counts, so that both commands accept
//! and reject the same records.

use std::time::Instant;

use crate::error::Result;

use crate::Verdict;
use crate::event::{Event, Events};
use crate::options::ReadingOptions;
use crate::pipeline::{self, BudgetSpent, NextReading, OverBudget, TableResult};
use crate::reading;
use crate::schema_text::SchemaText;
use crate::settings;
use clean::keys::ServerCheck;
use input::Source;
use model::diagnosis::suggested_toml;
use model::flavour::Flavour;
use model::report::{Outcome, Report};
use model::schema::ColumnType;
use mysql_schema::obstacles::SchemaFile;
use mysql_schema::parse::{self, ParsedSchema};

/// The result of [`check`], in addition to its report.
#[derive(Debug)]
pub struct Checked {
    /// Whether all records are accepted.
    pub verdict: Verdict,
    /// Tables with more rejected records than the budget allows.
    pub over_budget: Vec<BudgetSpent>,
}

/// Reads and judges every record without a database. If only a server can parse the schema, the
/// error names the command `dry_run`. If the reject files must go to another folder, that folder is
/// set in `options`.
///
/// # Errors
///
/// When the schema or a file cannot be read, or the reject files cannot be written.
pub fn check(
    options: &mut ReadingOptions,
    dry_run: &str,
    events: &Events,
    report: &mut Report,
) -> Result<Checked> {
    let began = Instant::now();
    let text = SchemaText::of_files(options, events)?;
    let script = text.script(events)?;
    let ParsedSchema {
        mut schema, faults, ..
    } = parse::parse_for(
        &script,
        &text.origin,
        options.servers.unwrap_or(Flavour::MySql),
    );
    options.settings.apply(&mut schema, &faults)?;
    settings::judge_json(&mut schema, options.servers.unwrap_or(Flavour::MySql));
    let read = SchemaFile {
        origin: &text.origin,
        script: &script,
        schema: &schema,
        faults: &faults,
    };
    let tables = &options.tables;
    let sources = reading::opened(options, &schema, tables);
    let sources = reading::judged((read, tables), sources, dry_run, events)?;
    reading::check_constants(&sources)?;
    reading::tell_files_without_table(options, &schema, events)?;
    reading::tell_respelled_names(&sources, events);
    let asked = options.rejects.clone();
    reading::choose_rejects(options, &sources, events)?;
    let mut settings = reading::pipeline_settings(options, &sources, 0)?;
    settings.over_budget = OverBudget::ReadOn;
    events.emit(Event::TablesOpened(&sources));
    let counting = Instant::now();
    let results = count(&sources, settings, "check", events);
    reading::remove_if_unused(&options.rejects, &asked);
    let results = results?;
    report.phase("check", counting.elapsed(), began.elapsed());
    let over_budget = take_up(&results, report, options, events);
    tell_left_to_server(&results, "check", events);
    if options.servers.is_none() {
        tell_json(&sources, events);
    }
    let verdict = match report.outcome {
        Outcome::Clean => Verdict::Done,
        _ => Verdict::Found,
    };
    Ok(Checked {
        verdict,
        over_budget,
    })
}

/// Reports that JSON is judged by the rules of MySQL, if the files have JSON columns.
fn tell_json(sources: &[Source], events: &Events) {
    let is_json = |source: &Source| {
        let mut columns = source.header.columns.iter();
        columns.any(|(at, _)| {
            let column = &source.table.columns[*at];
            column.kind == ColumnType::Json || column.json.is_some()
        })
    };
    let tables: Vec<&str> = sources
        .iter()
        .filter(|source| is_json(source))
        .map(|source| source.table.name.as_str())
        .collect();
    if !tables.is_empty() {
        events.info(&format!(
            "check: the JSON of {} is checked by the rules of MySQL; for those of MariaDB, add \
             --for mariadb",
            tables.join(", ")
        ));
    }
}

/// Counts the rows that would be loaded.
///
/// # Errors
///
/// When a file cannot be read, or the reject files cannot be written.
pub(crate) fn count(
    sources: &[Source],
    settings: pipeline::Settings,
    phase: &str,
    events: &Events,
) -> Result<Vec<TableResult>> {
    let again = |reading| {
        let why = match reading {
            NextReading::Find => {
                "rows without a parent were found at the end of the files; reading the files again to find all rows that refer to them"
            }
            NextReading::Reject => "reading the files again to reject the rows without a parent",
        };
        events.info(&format!("{phase}: {why}"));
        events.emit(Event::TablesOpened(sources));
    };
    let results = pipeline::count(sources, settings, events, again)?;
    Ok(results)
}

/// Adds the counts to the report and emits the report. Emits an error for each table that exceeds
/// its budget, and returns these tables.
pub(crate) fn take_up(
    results: &[TableResult],
    report: &mut Report,
    reading: &ReadingOptions,
    events: &Events,
) -> Vec<BudgetSpent> {
    report.tables = results.iter().map(TableResult::report).collect();
    let spent = results.iter().filter_map(|r| r.over_budget.as_ref());
    let spent: Vec<_> = spent.cloned().collect();
    let rejected = report.tables.iter().any(|t| t.rejected > 0);
    report.outcome = match (spent.is_empty(), rejected) {
        (false, _) => Outcome::BudgetSpent,
        (true, true) => Outcome::FoundRejects,
        (true, false) => Outcome::Clean,
    };
    events.emit(Event::Summary(report));
    tell_rejects(report, reading, events);
    for spent in &spent {
        events.error(&spent.to_string());
    }
    spent
}

/// Reports the folder of the rejected records, and the settings with which they would be accepted,
/// if there are any.
pub(crate) fn tell_rejects(report: &Report, reading: &ReadingOptions, events: &Events) {
    if report.tables.iter().any(|t| t.rejected > 0) {
        events.info(&format!(
            "rejected records and reasons are in {}/",
            reading.rejects.display()
        ));
        events.info("what a rule means, and what to do: reviewseed explain RULE");
    }
    let tables = report.tables.iter();
    let settings = suggested_toml(tables.map(|t| (t.name.as_str(), &t.diagnoses[..])));
    if !settings.is_empty() {
        events.info(&format!(
            "with these settings in reviewseed.toml, rejected records are accepted (`check --write-config` adds them):\n\n{}\n",
            settings.trim_end()
        ));
    }
}

/// Reports how many keys and conditions only the server can check, if there are any.
pub(crate) fn tell_left_to_server(results: &[TableResult], phase: &str, events: &Events) {
    let left: Vec<&ServerCheck> = results.iter().flat_map(|r| &r.left_to_server).collect();
    if !left.is_empty() {
        events.info(&format!(
            "{phase}: {} left to the server, so `seed` may reject rows that are accepted here",
            ServerCheck::counted(left)
        ));
    }
}
