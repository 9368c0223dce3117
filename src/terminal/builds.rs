//! The tables whose indexes are being built: a bar for each on a terminal, a line at intervals
//! elsewhere.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::{Kind, Line, LogFormat, Terminal, bars};

/// Below this share, the remaining time cannot be estimated.
const TOO_EARLY: f64 = 0.02;
/// Width of the column of names.
const NAME: usize = 28;

/// The tables that are shown, by name.
pub(super) type Builds = BTreeMap<String, Shown>;

pub(super) struct Shown {
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Terminal {
    /// Shows how long the statement on a table has run, and which share of it (0 to 1) is done.
    pub(super) fn building(&self, table: &str, elapsed: Duration, share: Option<f64>) {
        let words = words(elapsed, share);
        let mut line = None;
        if let Ok(mut builds) = self.builds.lock() {
            let shown = builds.entry(table.to_owned()).or_insert_with(|| Shown {
                bar: self.build_bar(table),
                last_line: Instant::now(),
            });
            match &shown.bar {
                Some(bar) => {
                    bar.set_position((share.unwrap_or(0.0) * 100.0) as u64);
                    bar.set_message(words);
                }
                None if shown.last_line.elapsed() >= self.every() => {
                    shown.last_line = Instant::now();
                    line = Some(format!("{table} {words}"));
                }
                None => {}
            }
        }
        match (line, self.format) {
            (Some(line), LogFormat::Text) => self.info(&format!("index: {line}")),
            (Some(line), LogFormat::Json) => self.emit(&Line {
                table: Some(table.rsplit(": ").next().unwrap_or(table)),
                share: share.map(|share| share.min(1.0)),
                ..Line::new("index", Kind::Progress, &line)
            }),
            (None, _) => {}
        }
    }

    /// Removes a table whose statement has ended.
    pub(super) fn built(&self, table: &str) {
        if let Ok(mut builds) = self.builds.lock() {
            // dropping the table's bar removes it from the screen
            builds.remove(table);
        }
    }

    fn build_bar(&self, table: &str) -> Option<ProgressBar> {
        let bars = self.bars.as_ref()?;
        Some(bars.add(bars::bar(100, &format!("index {table}"), NAME)))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `43%, 12 s, about 16 s left`.
fn words(elapsed: Duration, share: Option<f64>) -> String {
    let seconds = elapsed.as_secs_f64();
    match share {
        Some(share) if share >= TOO_EARLY => {
            // the share is an estimate and may exceed 1
            let share = share.min(1.0);
            let left = (seconds / share - seconds).max(0.0);
            format!(
                "{:.0}%, {seconds:.0} s, about {left:.0} s left",
                share * 100.0
            )
        }
        _ => format!("{seconds:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_is_shown_once_enough_is_done() {
        assert_eq!(
            words(Duration::from_secs(12), Some(0.4286)),
            "43%, 12 s, about 16 s left"
        );
        assert_eq!(words(Duration::from_secs(1), Some(0.001)), "1 s");
        assert_eq!(words(Duration::from_secs(70), None), "70 s");
        assert_eq!(
            words(Duration::from_secs(10), Some(1.2)),
            "100%, 10 s, about 0 s left"
        );
    }
}
