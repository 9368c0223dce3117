//! What people see while it runs, on stderr: a bar per table on a terminal, a line now and then elsewhere, nothing with `-q`.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::pipeline::{Observer, TableResult};
use crate::report::grouped;

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

/// Speaks to people.
pub struct Progress {
    verbosity: Verbosity,
    bars: Option<MultiProgress>,
    /// The word that lines about a table begin with: check or load.
    phase: &'static str,
    tables: Mutex<Vec<Shown>>,
}

struct Shown {
    name: String,
    bytes: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    last_line: Instant,
}

impl Progress {
    /// Bars when stderr is a terminal.
    pub fn new(phase: &'static str, verbosity: Verbosity) -> Progress {
        let bars = (verbosity > Verbosity::Quiet && std::io::stderr().is_terminal())
            .then(MultiProgress::new);
        Progress {
            verbosity,
            bars,
            phase,
            tables: Mutex::new(Vec::new()),
        }
    }

    /// Says one line, above the bars.
    pub fn say(&self, line: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.print(line);
        }
    }

    /// Says a line that is wanted with `-v` only.
    pub fn detail(&self, line: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.print(line);
        }
    }

    /// Says what is wrong, with `-q` too.
    pub fn error(&self, line: &str) {
        self.print(&format!("error: {line}"));
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

    /// Names the tables that will be read, in the pipeline's order, with the sizes of their files.
    pub fn expect_tables(&self, tables: impl Iterator<Item = (String, u64)>) {
        let now = Instant::now();
        let shown = tables
            .map(|(name, bytes)| Shown {
                name,
                bytes,
                bar: None,
                began: now,
                last_line: now,
            })
            .collect();
        if let Ok(mut tables) = self.tables.lock() {
            *tables = shown;
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

fn style() -> ProgressStyle {
    ProgressStyle::with_template(
        "{prefix:>22} {bar:25} {percent:>3}% {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12} eta {eta:>4} {msg}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn rejects(rejected: u64) -> String {
    match rejected {
        0 => String::new(),
        n => format!(", {} refused", grouped(n)),
    }
}

impl Observer for Progress {
    fn started(&self, table: usize) {
        self.with_table(table, |shown| {
            shown.began = Instant::now();
            shown.last_line = shown.began;
            if let Some(bars) = &self.bars {
                let bar = bars.add(ProgressBar::new(shown.bytes).with_style(style()));
                bar.set_prefix(shown.name.clone());
                shown.bar = Some(bar);
            }
        });
    }

    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64) {
        let mut line = None;
        self.with_table(table, |shown| {
            if let Some(bar) = &shown.bar {
                bar.set_position(bytes);
                bar.set_message(format!("{} rows{}", grouped(read), rejects(rejected)));
            } else if shown.last_line.elapsed() >= LINE_EVERY {
                shown.last_line = Instant::now();
                let percent = (bytes * 100).checked_div(shown.bytes).unwrap_or(100);
                line = Some(format!(
                    "{}: {} {percent}%, {} rows{}, {:.0} s",
                    self.phase,
                    shown.name,
                    grouped(read),
                    rejects(rejected),
                    shown.began.elapsed().as_secs_f64()
                ));
            }
        });
        if let Some(line) = line {
            self.say(&line);
        }
    }

    fn finished(&self, table: usize, result: &TableResult) {
        self.with_table(table, |shown| {
            if let Some(bar) = shown.bar.take() {
                bar.finish_and_clear();
            }
        });
        let seconds = result.elapsed.as_secs_f64().max(0.001);
        self.say(&format!(
            "{}: {} done, {} rows{} in {:.1} s ({} rows/s)",
            self.phase,
            result.name,
            grouped(result.loaded),
            rejects(result.rejected()),
            seconds,
            grouped((result.read as f64 / seconds) as u64)
        ));
    }
}
