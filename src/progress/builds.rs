//! The tables whose indexes are being built: a bar each on a terminal, a line now and then
//! elsewhere.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::{Event, Kind, LogFormat, Progress, bars};

/// Below this share the rest cannot be told from it.
const TOO_EARLY: f64 = 0.02;
/// Width of the column of names.
const NAME: usize = 28;

/// Shows how far each table is.
pub struct Builds<'a> {
    progress: &'a Progress,
    shown: Mutex<BTreeMap<String, Shown>>,
}

struct Shown {
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl<'a> Builds<'a> {
    /// Shows them through `progress`.
    pub fn new(progress: &'a Progress) -> Self {
        let shown = Mutex::default();
        Builds { progress, shown }
    }

    /// A table is at it for so long, and so much of it (0 to 1) is done, if that is known.
    pub fn show(&self, table: &str, elapsed: Duration, share: Option<f64>) {
        let words = words(elapsed, share);
        let mut line = None;
        if let Ok(mut shown) = self.shown.lock() {
            let shown = shown.entry(table.to_owned()).or_insert_with(|| Shown {
                bar: self.bar(table),
                last_line: Instant::now(),
            });
            match &shown.bar {
                Some(bar) => {
                    bar.set_position((share.unwrap_or(0.0) * 100.0) as u64);
                    bar.set_message(words);
                }
                None if shown.last_line.elapsed() >= self.progress.every() => {
                    shown.last_line = Instant::now();
                    line = Some(format!("{table} {words}"));
                }
                None => {}
            }
        }
        match (line, self.progress.format) {
            (Some(line), LogFormat::Text) => self.progress.say(&format!("index: {line}")),
            (Some(line), LogFormat::Json) => self.progress.emit(&Event {
                table: Some(table),
                share: share.map(|share| share.min(1.0)),
                ..Event::new(
                    "index",
                    Kind::Progress,
                    &format!("{}{line}", self.progress.place),
                )
            }),
            (None, _) => {}
        }
    }

    /// A table is done with.
    pub fn finished(&self, table: &str) {
        if let Ok(mut shown) = self.shown.lock()
            && let Some(shown) = shown.remove(table)
            && let Some(bar) = shown.bar
        {
            bar.finish_and_clear();
        }
    }

    fn bar(&self, table: &str) -> Option<ProgressBar> {
        let bars = self.progress.bars.as_ref()?;
        Some(bars.add(bars::bar(
            100,
            &format!("{}index {table}", self.progress.place),
            NAME,
        )))
    }
}

/// `43%, 12 s, about 16 s left`.
fn words(elapsed: Duration, share: Option<f64>) -> String {
    let seconds = elapsed.as_secs_f64();
    match share {
        Some(share) if share >= TOO_EARLY => {
            // it is an estimate, and may be exceeded
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
    fn the_rest_is_told_once_enough_is_done_to_tell() {
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
