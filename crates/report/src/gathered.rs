//! Data that only the HTML report shows. It is collected while rows are loaded, and only if that
//! report is wanted.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::timeline::Timeline;
use crate::profile::TableProfile;
use model::batch::Batch;
use model::rejection::{Rejection, Rule};
use model::schema::Table;

/// Maximum number of examples for each rule and table.
const EXAMPLES: usize = 3;
/// Maximum number of bytes of a rejected record that an example keeps.
const KEPT: usize = 2048;

/// A rejected record, shown as an example of its rule.
#[derive(Debug, Clone)]
pub struct Example {
    /// Physical line number of the record, from 1.
    pub line: u64,
    /// The column with the wrong value, if it is a single one.
    pub column: Option<String>,
    /// The wrong value, as the reject files show it.
    pub value: String,
    /// What was expected.
    pub message: String,
    /// The first bytes of the record.
    pub record: String,
}

/// The start and end of a phase, or of one table within a phase, counted from the start of the run.
#[derive(Debug, Clone)]
pub struct Span {
    /// The phase: load, check, index or verify.
    pub phase: String,
    /// The table; empty for the phase as a whole.
    pub table: String,
    /// When the phase began, since the start of the run.
    pub from: Duration,
    /// When the phase ended, since the start of the run.
    pub to: Duration,
}

/// The collected data of one table.
#[derive(Debug, Clone)]
pub struct TableDetails {
    /// Statistics of the table's accepted rows.
    pub profile: TableProfile,
    /// The first rejected records of each rule.
    pub examples: BTreeMap<Rule, Vec<Example>>,
    read: u64,
    began: Duration,
    /// Time of the last progress report for the table.
    last: Duration,
}

/// All collected data.
#[derive(Debug)]
pub struct Gathered {
    began: Instant,
    /// Time at which the first table started, counted from `began`.
    first: OnceLock<Duration>,
    tables: OnceLock<Vec<Mutex<TableDetails>>>,
    timeline: Mutex<Timeline>,
    spans: Mutex<Vec<Span>>,
}

impl Default for Gathered {
    fn default() -> Gathered {
        Gathered {
            began: Instant::now(),
            first: OnceLock::new(),
            tables: OnceLock::new(),
            timeline: Mutex::new(Timeline::new(0)),
            spans: Mutex::default(),
        }
    }
}

impl Gathered {
    /// Names the tables in the pipeline's order, each with the positions of the columns that its
    /// file fills. Only the first call has an effect.
    pub fn expect<'a, C>(&self, tables: impl Iterator<Item = (&'a Table, C)>)
    where
        C: Iterator<Item = usize>,
    {
        let of = |(table, filled): (&Table, C)| {
            Mutex::new(TableDetails {
                profile: TableProfile::new(table, filled),
                examples: BTreeMap::new(),
                read: 0,
                began: Duration::ZERO,
                last: Duration::ZERO,
            })
        };
        let tables: Vec<_> = tables.map(of).collect();
        let number = tables.len();
        let first = self.tables.set(tables).is_ok();
        if first && let Ok(mut timeline) = self.timeline.lock() {
            *timeline = Timeline::new(number);
        }
    }

    /// Records that a phase, or one table within it, has just ended and took `elapsed`.
    pub fn span(&self, phase: &str, table: &str, elapsed: Duration) {
        let to = self.began.elapsed();
        if let Ok(mut spans) = self.spans.lock() {
            spans.push(Span {
                phase: phase.to_string(),
                table: table.to_string(),
                from: to.saturating_sub(elapsed),
                to,
            });
        }
    }

    /// The data of the tables, in the pipeline's order.
    pub fn tables(&self) -> Vec<TableDetails> {
        let tables = self.tables.get().map(Vec::as_slice).unwrap_or_default();
        tables
            .iter()
            .filter_map(|table| Some(table.lock().ok()?.clone()))
            .collect()
    }

    /// Records per table over time.
    pub fn timeline(&self) -> Option<Timeline> {
        Some(self.timeline.lock().ok()?.clone())
    }

    /// The start and end of each phase and table, ordered by start.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.spans.lock().map(|s| s.clone()).unwrap_or_default();
        spans.sort_by_key(|span| span.from);
        spans
    }

    /// Notes the current time as the time at which the first byte of a table is read.
    pub fn started(&self, table: usize) {
        let now = self.began.elapsed();
        self.first.get_or_init(|| now);
        self.with_table(table, |details| (details.began, details.last) = (now, now));
    }

    /// Moves the start of a table that has read nothing yet to now, because it no longer waits for
    /// its parents.
    pub fn waited(&self, table: usize) {
        let now = self.began.elapsed();
        self.with_table(table, |details| {
            if details.read == 0 {
                (details.began, details.last) = (now, now);
            }
        });
    }

    /// Records that `read` records of a table have been read so far.
    pub fn advanced(&self, table: usize, read: u64) {
        let now = self.began.elapsed();
        let mut more = None;
        self.with_table(table, |details| {
            more = Some((read.saturating_sub(details.read), details.last));
            (details.read, details.last) = (read, now);
        });
        if let Some((more, last)) = more
            && let Ok(mut timeline) = self.timeline.lock()
        {
            let first = self.first.get().copied().unwrap_or_default();
            let since = |at: Duration| at.saturating_sub(first);
            timeline.add(table, (since(last), since(now)), more);
        }
    }

    /// Records that all records of a table are loaded or rejected.
    pub fn finished(&self, table: usize) {
        let now = self.began.elapsed();
        self.with_table(table, |details| {
            if let Ok(mut spans) = self.spans.lock() {
                spans.push(Span {
                    phase: "load".to_string(),
                    table: details.profile.name.clone(),
                    from: details.began,
                    to: now,
                });
            }
        });
    }

    /// Keeps a rejected record as an example, if it is among the first of its rule.
    pub fn rejected(&self, table: usize, rejection: &Rejection) {
        self.with_table(table, |details| {
            let examples = details.examples.entry(rejection.rule).or_default();
            if examples.len() < EXAMPLES {
                let start = &rejection.raw[..rejection.raw.len().min(KEPT)];
                examples.push(Example {
                    line: rejection.line,
                    column: rejection.column.clone(),
                    value: rejection.value.clone(),
                    message: rejection.message.clone(),
                    record: String::from_utf8_lossy(start).trim_end().to_string(),
                });
            }
        });
    }

    /// Adds the rows of a batch that are not marked as rejected to the statistics.
    pub fn accepted(&self, table: usize, rows: &Batch) {
        self.with_table(table, |details| details.profile.add(rows));
    }

    fn with_table(&self, table: usize, f: impl FnOnce(&mut TableDetails)) {
        if let Some(details) = self.tables.get().and_then(|tables| tables.get(table))
            && let Ok(mut details) = details.lock()
        {
            f(&mut details);
        }
    }
}
