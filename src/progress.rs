//! What people see while it runs, on stderr: a bar per table on a terminal, a line now and then
//! elsewhere, nothing with `-q`; and what programs see there with `--log-format json`, a line for
//! each event.
//!
//! It observes the pipeline, and lets the report's page observe it, too, where one is asked for.

mod bars;
mod builds;
mod log;
mod tables;
mod waiting;

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};

use input::Source;
use model::wording::grouped;
use report::gathered::Gathered;
use report::{Next, Report};

pub use builds::Builds;
pub use log::{Event, Kind, LogFormat, SCHEMA_VERSION, begin, elapsed};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Phases, finished tables, the summary.
    Normal,
    /// Choices and their reasons too.
    Verbose,
}

/// Time between two lines about the same table where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Time between two events about the same table.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// Speaks to people, or to programs.
pub struct Progress {
    verbosity: Verbosity,
    format: LogFormat,
    bars: Option<MultiProgress>,
    /// The word that lines about a table begin with: check or load.
    phase: &'static str,
    /// Where this is of several places, in front of each line.
    place: String,
    tables: Mutex<Vec<Shown>>,
    gathered: Option<Gathered>,
}

struct Shown {
    name: String,
    bytes: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    /// For people: with bars when stderr is a terminal.
    pub fn new(phase: &'static str, verbosity: Verbosity) -> Progress {
        let bars = (verbosity > Verbosity::Quiet && std::io::stderr().is_terminal())
            .then(MultiProgress::new);
        Progress {
            verbosity,
            format: LogFormat::Text,
            bars,
            phase,
            place: String::new(),
            tables: Mutex::new(Vec::new()),
            gathered: None,
        }
    }

    /// One of several that speak side by side, each of its own place.
    #[must_use]
    pub fn at(&self, place: &str) -> Progress {
        Progress {
            verbosity: self.verbosity,
            format: self.format,
            bars: self.bars.clone(),
            phase: self.phase,
            place: format!("{place}: "),
            tables: Mutex::default(),
            gathered: None,
        }
    }

    /// In another format; programs get no bars.
    #[must_use]
    pub fn in_format(self, format: LogFormat) -> Progress {
        let bars = self.bars.filter(|_| format == LogFormat::Text);
        Progress {
            format,
            bars,
            ..self
        }
    }

    /// Gathers what the report's page tells, too.
    #[must_use]
    pub fn gathering(self) -> Progress {
        Progress {
            gathered: Some(Gathered::default()),
            ..self
        }
    }

    /// What was gathered for the report's page, if that was asked for.
    pub fn gathered(&self) -> Option<&Gathered> {
        self.gathered.as_ref()
    }

    /// Says one line, above the bars.
    pub fn say(&self, line: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.line(Kind::Message, line);
        }
    }

    /// Says a line that is wanted with `-v` only.
    pub fn detail(&self, line: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.line(Kind::Detail, line);
        }
    }

    /// Says what is wrong, with `-q` too.
    pub fn error(&self, line: &str) {
        match self.format {
            LogFormat::Text => self.print(&format!("error: {}{line}", self.place)),
            LogFormat::Json => self.line(Kind::Error, line),
        }
    }

    /// Says how the run went.
    pub fn summary(&self, report: &Report) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let summary = report::summary(report);
        if self.format == LogFormat::Text {
            return self.print(summary.trim_end());
        }
        let good = match report.only_counts() {
            true => "accepted",
            false => "loaded",
        };
        for table in &report.tables {
            self.emit(&Event {
                table: Some(&table.name),
                rows: Some(table.read),
                rejected: Some(table.rejected),
                bytes: Some(table.bytes),
                ..Event::new(
                    self.phase,
                    Kind::Summary,
                    &format!(
                        "{}: {} read, {} {}, {} refused, checksum {}",
                        table.name, table.read, table.loaded, good, table.rejected, table.checksum
                    ),
                )
            });
        }
        for line in report.unfilled() {
            self.say(&line);
        }
        self.emit(&Event {
            rows: Some(report.tables.iter().map(|t| t.read).sum()),
            rejected: Some(report.tables.iter().map(|t| t.rejected).sum()),
            bytes: Some(report.tables.iter().map(|t| t.bytes).sum()),
            ..Event::new(self.phase, Kind::Summary, report.outcome.name())
        });
    }

    /// Says how to go on.
    pub fn next(&self, steps: &[Next]) {
        for step in steps {
            self.say(&format!("next: {step}"));
        }
    }

    /// Says that a file is written.
    pub fn wrote(&self, table: &str, rows: u64, bytes: u64) {
        let message = format!("{table} {} rows, {} bytes", grouped(rows), grouped(bytes));
        match self.format {
            LogFormat::Text => self.say(&format!("{}: {message}", self.phase)),
            LogFormat::Json => self.emit(&Event {
                table: Some(table),
                rows: Some(rows),
                bytes: Some(bytes),
                ..Event::new(self.phase, Kind::Finished, &message)
            }),
        }
    }

    fn line(&self, kind: Kind, line: &str) {
        let line = match (self.place.as_str(), line.split_once(": ")) {
            ("", _) => line.to_owned(),
            (place, Some((phase, rest))) => format!("{phase}: {place}{rest}"),
            (place, None) => format!("{place}{line}"),
        };
        match self.format {
            LogFormat::Text => self.print(&line),
            LogFormat::Json => self.emit(&Event::of_line(self.phase, kind, &line)),
        }
    }

    /// Says an event; only for programs.
    fn emit(&self, event: &Event<'_>) {
        let wanted = self.verbosity > Verbosity::Quiet || event.event == Kind::Error;
        if self.format == LogFormat::Json && wanted {
            // an event gets its time under the lock, so that times are in the order of the lines
            let mut stderr = std::io::stderr().lock();
            let _ = writeln!(stderr, "{}", event.to_json());
        }
    }

    #[expect(
        clippy::print_stderr,
        reason = "this module is where people are spoken to"
    )]
    fn print(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// Time between two lines about the same thing.
    fn every(&self) -> Duration {
        match self.format {
            LogFormat::Text => LINE_EVERY,
            LogFormat::Json => EVENT_EVERY,
        }
    }

    /// Names the files that will be read, in the pipeline's order.
    pub fn expect_tables(&self, sources: &[Source]) {
        let now = Instant::now();
        let shown = sources
            .iter()
            .map(|source| Shown {
                name: source.table.name.clone(),
                bytes: source.bytes,
                bar: None,
                began: now,
                last_line: now,
            })
            .collect();
        if let Ok(mut tables) = self.tables.lock() {
            *tables = shown;
        }
        if let Some(gathered) = &self.gathered {
            gathered.expect(sources.iter().map(|source| {
                let filled = source.header.columns.iter().map(|(column, _)| *column);
                (&source.table, filled)
            }));
        }
    }

    /// A part of the work has ended that took so long: for the report's page.
    pub fn took(&self, phase: &str, table: &str, elapsed: Duration) {
        if let Some(gathered) = &self.gathered {
            gathered.span(phase, table, elapsed);
        }
    }

    fn with_table(&self, table: usize, f: impl FnOnce(&mut Shown)) {
        if let Ok(mut tables) = self.tables.lock()
            && let Some(shown) = tables.get_mut(table)
        {
            f(shown);
        }
    }
}
