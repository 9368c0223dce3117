//! Shows work whose progress is unknown: what it is and how long it has taken, so that nobody
//! thinks that the program hangs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Kind, Line, LogFormat, Terminal};

/// The spinner or the lines of work whose progress is unknown.
pub(super) struct Waiting {
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Terminal {
    /// Shows that work is still running: a spinner on a terminal, a line at intervals elsewhere.
    pub(super) fn waiting(&self, phase: &str, what: &str, elapsed: Duration) {
        let Ok(mut waiting) = self.waiting.lock() else {
            return;
        };
        let waiting = waiting.get_or_insert_with(|| Waiting {
            bar: self.spinner(),
            last_line: Instant::now(),
        });
        if let Some(bar) = &waiting.bar {
            bar.set_message(format!("{phase}: {what}"));
        } else if waiting.last_line.elapsed() >= self.every() {
            waiting.last_line = Instant::now();
            let message = format!("{what}, {:.0} s", elapsed.as_secs_f64());
            match self.format {
                LogFormat::Text => self.info(&format!("{phase}: {message}")),
                LogFormat::Json => self.emit(&Line::new(phase, Kind::Progress, &message)),
            }
        }
    }

    pub(super) fn waited(&self) {
        if let Ok(mut waiting) = self.waiting.lock() {
            *waiting = None;
        }
    }

    fn spinner(&self) -> Option<ProgressBar> {
        let bar = self.bars.as_ref()?.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Some(bar)
    }
}
