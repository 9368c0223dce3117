//! The progress of the tables that the pipeline reads: a bar for each on a terminal, lines at
//! intervals elsewhere. The numbers are passed on to the report's page.

use std::time::{Duration, Instant};

use super::bars::{self, At};
use super::{Kind, Line, LogFormat, Shown, Terminal};
use engine::pipeline::TableResult;
use model::wording::{counted, grouped};

/// Waits are shown once they are this long. Most are shorter.
const LONG: Duration = Duration::from_millis(300);

fn is_long(since: Instant) -> bool {
    since.elapsed() >= LONG
}

fn rejects(rejected: u64) -> String {
    match rejected {
        0 => String::new(),
        n => format!(", {} rejected", grouped(n)),
    }
}

impl Terminal {
    pub(super) fn table_started(&self, table: usize) {
        let Ok(mut tables) = self.tables.lock() else {
            return;
        };
        let width = bars::name_width(tables.iter().map(|shown| shown.name.as_str()));
        if let Some(shown) = tables.get_mut(table) {
            shown.began = Instant::now();
            shown.last_line = shown.began;
            if let Some(bars) = &self.bars {
                let bar = bars.add(bars::bar(shown.bytes, &shown.name, width));
                let at = At {
                    bytes: 0,
                    total: shown.bytes,
                    rows: 0,
                    rejected: 0,
                    elapsed: Duration::ZERO,
                };
                bar.set_message(bars::words(bars::columns(), &at));
                shown.bar = Some(bar);
            }
            self.emit(&Line {
                table: Some(&shown.name),
                total_bytes: Some(shown.bytes),
                ..Line::new(self.phase, Kind::Started, "begun")
            });
        }
        if let Some(gathered) = &self.gathered {
            gathered.started(table);
        }
    }

    pub(super) fn table_advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64) {
        self.with_table(table, |shown| {
            let at = At {
                bytes,
                total: shown.bytes,
                rows: read,
                rejected,
                elapsed: shown.began.elapsed(),
            };
            if let Some(bar) = &shown.bar {
                bar.set_position(bytes);
                bar.set_message(bars::words(bars::columns(), &at));
                shown.at = Some(at);
            } else if shown.last_line.elapsed() >= self.every() {
                shown.last_line = Instant::now();
                let percent = (bytes * 100).checked_div(shown.bytes).unwrap_or(100);
                let message = format!(
                    "{} {percent}%, {}{}, {:.0} s",
                    shown.name,
                    counted(read, "row", "rows"),
                    rejects(rejected),
                    at.elapsed.as_secs_f64()
                );
                match self.format {
                    LogFormat::Text => self.info(&format!("{}: {message}", self.phase)),
                    LogFormat::Json => self.emit(&Line {
                        table: Some(&shown.name),
                        rows: Some(read),
                        rejected: Some(rejected),
                        bytes: Some(bytes),
                        total_bytes: Some(shown.bytes),
                        ..Line::new(self.phase, Kind::Progress, &message)
                    }),
                }
            }
        });
        self.tell_waiting();
        if let Some(gathered) = &self.gathered {
            gathered.advanced(table, read);
        }
    }

    /// Shows that a table waits for rows of `parent`, or no longer waits if `parent` is `None`.
    pub(super) fn table_waits(&self, table: usize, parent: Option<&str>) {
        self.with_table(table, |shown| {
            let was_told = shown.waits.take().is_some_and(|(_, since)| is_long(since));
            if let (true, Some(bar), Some(at)) = (was_told, &shown.bar, &shown.at) {
                bar.set_message(bars::words(bars::columns(), at));
            }
            shown.waits = parent.map(|parent| (parent.to_owned(), Instant::now()));
        });
        if let (Some(gathered), None) = (&self.gathered, parent) {
            gathered.waited(table);
        }
    }

    /// Shows what tables wait for, once they have waited long. It is called when any table
    /// advances, because the parent advances while its child waits.
    fn tell_waiting(&self) {
        let Ok(tables) = self.tables.lock() else {
            return;
        };
        for shown in tables.iter() {
            if let (Some(bar), Some((parent, since))) = (&shown.bar, &shown.waits)
                && is_long(*since)
            {
                bar.set_message(bars::waiting_words(bars::columns(), parent));
            }
        }
    }

    /// Prepares the tables of a draft that will be shown, with the sizes of their files.
    pub(crate) fn expect_tables(&self, tables: impl IntoIterator<Item = (String, u64)>) {
        let now = Instant::now();
        let shown = tables.into_iter().map(|(name, bytes)| Shown {
            name,
            bytes,
            bar: None,
            began: now,
            last_line: now,
            waits: None,
            at: None,
        });
        if let Ok(mut tables) = self.tables.lock() {
            *tables = shown.collect();
        }
    }

    /// Shows that all rows of a table of a draft are read.
    pub(crate) fn table_read(&self, table: usize, rows: u64) {
        let mut message = String::new();
        self.with_table(table, |shown| {
            if let Some(bar) = shown.bar.take() {
                bar.finish_and_clear();
            }
            let seconds = shown.began.elapsed().as_secs_f64();
            message = format!(
                "{}: {} in {seconds:.1} s",
                shown.name,
                counted(rows, "row", "rows")
            );
        });
        self.info(&format!("{}: {message}", self.phase));
    }

    pub(super) fn table_finished(&self, table: usize, result: &TableResult) {
        self.with_table(table, |shown| {
            if let Some(bar) = shown.bar.take() {
                bar.finish_and_clear();
            }
        });
        let seconds = result.elapsed.as_secs_f64().max(0.001);
        let message = format!(
            "{} done, {}{} in {:.1} s ({} rows/s)",
            result.name,
            counted(result.loaded, "row", "rows"),
            rejects(result.rejected()),
            seconds,
            grouped((result.read as f64 / seconds) as u64)
        );
        match self.format {
            LogFormat::Text => self.info(&format!("{}: {message}", self.phase)),
            LogFormat::Json => self.emit(&Line {
                table: Some(&result.name),
                rows: Some(result.read),
                rejected: Some(result.rejected()),
                bytes: Some(result.bytes),
                total_bytes: Some(result.bytes),
                ..Line::new(self.phase, Kind::Finished, &message)
            }),
        }
        if let Some(gathered) = &self.gathered {
            gathered.finished(table);
        }
    }
}
