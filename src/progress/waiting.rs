//! Work of which nobody knows how far it is: what it is and how long it has taken, so that a silent
//! minute is not taken for a standstill.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Event, Kind, LogFormat, Progress};

/// Below this nobody wonders.
const SOON: Duration = Duration::from_millis(400);

impl Progress {
    /// Does the work, and shows that it lasts; `what` is asked for again and again, for it may tell
    /// how far it is.
    pub async fn while_waiting<T>(
        &self,
        phase: &str,
        what: impl Fn() -> String,
        work: impl Future<Output = T>,
    ) -> T {
        let began = Instant::now();
        let work = std::pin::pin!(work);
        let shown = std::pin::pin!(self.show_waiting(phase, what, began));
        let done = select(work, shown).await;
        // that it is shown never ends
        let Either::Left((done, _)) = done;
        self.took(phase, "", began.elapsed());
        done
    }

    async fn show_waiting(
        &self,
        phase: &str,
        what: impl Fn() -> String,
        began: Instant,
    ) -> Infallible {
        tokio::time::sleep(SOON).await;
        let shown = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(format!("{phase}: {}", what()));
            bar.enable_steady_tick(Duration::from_millis(120));
            Cleared(bar)
        });
        loop {
            if let Some(Cleared(bar)) = &shown {
                tokio::time::sleep(SOON).await;
                bar.set_message(format!("{phase}: {}", what()));
                continue;
            }
            tokio::time::sleep(self.every()).await;
            let message = format!("{}, {:.0} s", what(), began.elapsed().as_secs_f64());
            match self.format {
                LogFormat::Text => self.say(&format!("{phase}: {message}")),
                LogFormat::Json => self.emit(&Event::new(phase, Kind::Progress, &message)),
            }
        }
    }
}

/// Goes when the work is done, or given up.
struct Cleared(ProgressBar);

impl Drop for Cleared {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
