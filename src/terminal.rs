//! Shows a run on stderr. People see a bar for each table on a terminal and lines at intervals
//! elsewhere, or only errors with `-q`. With `--log-format json`, programs see a JSON line for each
//! event.
//!
//! [`Terminal`] receives the events of the engine. If a report page is wanted, it also passes them
//! on to the data that the page shows.

mod bars;
mod builds;
mod echo;
mod log;
mod paint;
mod signals;
mod tables;
mod verbosity;
mod waiting;

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar};

use engine::event::{Event, Events, Level, Subscriber};
use input::Source;
use model::report::{Next, Report};
use model::wording::counted;
use report::Look;
use report::gathered::Gathered;

use bars::At;
use builds::Builds;
pub use echo::show as end;
use log::Line;
pub use log::{Kind, LogFormat, SCHEMA_VERSION, begin, error_line};
pub use signals::{exit_code_of_signal, listen, listen_for_stop};
pub use verbosity::Verbosity;
use waiting::Waiting;

/// Writes a line to stderr. An error is ignored, so that a run continues if stderr is closed, as
/// with `2>&1 | head -1`.
pub fn print_line(line: &str) {
    let coloured = std::io::stderr().is_terminal() && bars::coloured();
    let line = match coloured {
        true => line
            .lines()
            .map(paint::painted)
            .collect::<Vec<_>>()
            .join("\n"),
        false => line.to_owned(),
    };
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes text to stderr without a line end, for a question.
pub fn print_prompt(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Time between two lines about the same table, if stderr is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Time between two lines about the same table for programs.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// Shows events to people, or to programs.
pub struct Terminal {
    verbosity: Verbosity,
    format: LogFormat,
    bars: Option<MultiProgress>,
    /// What lines about a table begin with: check or load.
    phase: &'static str,
    tables: Mutex<Vec<Shown>>,
    builds: Mutex<Builds>,
    waiting: Mutex<Option<Waiting>>,
    gathered: Option<Gathered>,
}

struct Shown {
    name: String,
    bytes: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    last_line: Instant,
    /// What the table waits for, and since when.
    waits: Option<(String, Instant)>,
    /// The numbers that the bar shows.
    at: Option<At>,
}

impl Terminal {
    /// A terminal for people: with bars if stderr is a terminal.
    pub fn new(phase: &'static str, verbosity: Verbosity) -> Terminal {
        let shows_bars = verbosity > Verbosity::Quiet && std::io::stderr().is_terminal();
        if shows_bars {
            echo::hide();
        }
        let bars = shows_bars.then(MultiProgress::new);
        Terminal {
            verbosity,
            format: LogFormat::Text,
            bars,
            phase,
            tables: Mutex::default(),
            builds: Mutex::default(),
            waiting: Mutex::default(),
            gathered: None,
        }
    }

    /// Changes the format. Programs get no bars.
    #[must_use]
    pub fn in_format(self, format: LogFormat) -> Terminal {
        let bars = self.bars.filter(|_| format == LogFormat::Text);
        Terminal {
            format,
            bars,
            ..self
        }
    }

    /// Makes the terminal also collect the data for the report's page.
    #[must_use]
    pub fn gathering(self) -> Terminal {
        Terminal {
            gathered: Some(Gathered::default()),
            ..self
        }
    }

    /// The data that was collected for the report's page; `None` if no page is wanted.
    pub fn gathered(&self) -> Option<&Gathered> {
        self.gathered.as_ref()
    }

    /// The events of the engine, which this terminal shows.
    pub fn events(self: &Arc<Terminal>) -> Events {
        Events::new(Arc::clone(self) as Arc<dyn Subscriber>)
    }

    /// Shows a line above the bars.
    pub fn info(&self, line: &str) {
        self.message(Level::Info, line);
    }

    /// Shows people what a command is about to do. Programs get no such line.
    pub fn begins(&self, line: &str) {
        if self.format == LogFormat::Text {
            self.info(line);
        }
    }

    fn message(&self, level: Level, line: &str) {
        match (level, self.format) {
            (Level::Error, LogFormat::Text) => self.print(&format!("error: {line}")),
            (Level::Error, LogFormat::Json) => self.line(Kind::Error, line),
            (Level::Info, _) if self.verbosity > Verbosity::Quiet => self.line(Kind::Message, line),
            (Level::Detail, _) if self.verbosity == Verbosity::Verbose => {
                self.line(Kind::Detail, line);
            }
            (Level::Info | Level::Detail, _) => {}
        }
    }

    /// Shows the lines of a result, such as a table.
    pub fn result(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            for line in text.lines() {
                self.line(Kind::Message, line);
            }
        }
    }

    /// Shows how the run ended.
    fn summary(&self, report: &Report) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        self.clear();
        let summary = report::summary(report, self.look());
        if self.format == LogFormat::Text {
            return self.print(summary.trim_end());
        }
        let good = match report.only_counts() {
            true => "accepted",
            false => "loaded",
        };
        for table in &report.tables {
            self.emit(&Line {
                table: Some(&table.name),
                rows: Some(table.read),
                rejected: Some(table.rejected),
                bytes: Some(table.bytes),
                ..Line::new(
                    self.phase,
                    Kind::Summary,
                    &format!(
                        "{}: {} read, {} {}, {} rejected, checksum {}",
                        table.name, table.read, table.loaded, good, table.rejected, table.checksum
                    ),
                )
            });
        }
        for line in report.unfilled() {
            self.info(&line);
        }
        self.emit(&Line {
            rows: Some(report.tables.iter().map(|t| t.read).sum()),
            rejected: Some(report.tables.iter().map(|t| t.rejected).sum()),
            bytes: Some(report.tables.iter().map(|t| t.bytes).sum()),
            ..Line::new(self.phase, Kind::Summary, report.outcome.name())
        });
    }

    /// Shows the commands that the user may want to run next.
    pub fn next(&self, steps: &[Next]) {
        for step in steps {
            self.info(&format!("next: {step}"));
        }
    }

    /// Shows how the run ended, in one line: the last one.
    pub fn conclude(&self, report: &Report) {
        self.clear();
        let conclusion = report.conclusion();
        self.info(&match self.format {
            LogFormat::Text => format!("{} {conclusion}", report.mark().sign()),
            LogFormat::Json => conclusion,
        });
    }

    fn look(&self) -> Look {
        let is_terminal = std::io::stderr().is_terminal();
        Look {
            columns: is_terminal.then(|| usize::from(bars::columns())),
            checksums: self.verbosity == Verbosity::Verbose,
        }
    }

    /// Removes all bars, so that none is drawn over the lines that follow.
    pub fn clear(&self) {
        let Some(bars) = &self.bars else {
            return;
        };
        self.waited();
        if let Ok(mut builds) = self.builds.lock() {
            builds.clear();
        }
        if let Ok(mut tables) = self.tables.lock() {
            for shown in tables.iter_mut() {
                if let Some(bar) = shown.bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
        let _ = bars.clear();
    }

    /// Shows that a file is written.
    pub fn wrote(&self, table: &str, rows: u64, bytes: u64) {
        let message = format!(
            "{table} {}, {}",
            counted(rows, "row", "rows"),
            counted(bytes, "byte", "bytes")
        );
        match self.format {
            LogFormat::Text => self.info(&format!("{}: {message}", self.phase)),
            LogFormat::Json => self.emit(&Line {
                table: Some(table),
                rows: Some(rows),
                bytes: Some(bytes),
                ..Line::new(self.phase, Kind::Finished, &message)
            }),
        }
    }

    fn line(&self, kind: Kind, line: &str) {
        match self.format {
            LogFormat::Text => self.print(line),
            LogFormat::Json => self.emit(&Line::of_text(self.phase, kind, line)),
        }
    }

    /// Writes a line for programs.
    fn emit(&self, event: &Line<'_>) {
        let wanted = self.verbosity > Verbosity::Quiet || event.event == Kind::Error;
        if self.format == LogFormat::Json && wanted {
            // an event gets its time while the lock is held, so that the lines are in the order of
            // their times
            let mut stderr = std::io::stderr().lock();
            let _ = writeln!(stderr, "{}", event.to_json());
        }
    }

    fn print(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| print_line(line)),
            None => print_line(line),
        }
    }

    /// The interval between two lines about the same table.
    fn every(&self) -> Duration {
        match self.format {
            LogFormat::Text => LINE_EVERY,
            LogFormat::Json => EVENT_EVERY,
        }
    }

    /// Prepares the tables that will be shown, in the pipeline's order.
    fn tables_opened(&self, sources: &[Source]) {
        let now = Instant::now();
        let shown = sources
            .iter()
            .map(|source| Shown {
                name: source.table.name.clone(),
                bytes: source.bytes,
                bar: None,
                began: now,
                last_line: now,
                waits: None,
                at: None,
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

    fn with_table(&self, table: usize, f: impl FnOnce(&mut Shown)) {
        if let Ok(mut tables) = self.tables.lock()
            && let Some(shown) = tables.get_mut(table)
        {
            f(shown);
        }
    }
}

impl Subscriber for Terminal {
    fn receive(&self, event: Event<'_>) {
        match event {
            Event::Message { level, text } => self.message(level, text),
            Event::TablesOpened(sources) => self.tables_opened(sources),
            Event::TableStarted { table } => self.table_started(table),
            Event::TableAdvanced {
                table,
                bytes,
                read,
                rejected,
            } => self.table_advanced(table, bytes, read, rejected),
            Event::TableWaits { table, parent } => self.table_waits(table, parent),
            Event::TableFinished { table, result } => self.table_finished(table, result),
            Event::Rejected { table, rejection } => {
                if let Some(gathered) = &self.gathered {
                    gathered.rejected(table, rejection);
                }
            }
            Event::Accepted { table, rows } => {
                if let Some(gathered) = &self.gathered {
                    gathered.accepted(table, rows);
                }
            }
            Event::Building {
                table,
                elapsed,
                share,
            } => self.building(table, elapsed, share),
            Event::Built { table } => self.built(table),
            Event::Waiting {
                phase,
                what,
                elapsed,
            } => self.waiting(phase, what, elapsed),
            Event::Waited { .. } => self.waited(),
            Event::Took {
                phase,
                table,
                elapsed,
            } => {
                if let Some(gathered) = &self.gathered {
                    gathered.span(phase, table, elapsed);
                }
            }
            Event::Summary(report) => self.summary(report),
            // events that a later version of the engine may add
            _ => {}
        }
    }

    fn wants_rows(&self) -> bool {
        self.gathered.is_some()
    }
}
