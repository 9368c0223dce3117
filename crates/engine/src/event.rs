//! The events of a run, which the engine emits to the program that embeds it.
//!
//! A run emits every event through one [`Events`], in the order in which things happen. A
//! [`Subscriber`] receives them on the thread that emits them, so it must not block for long.
//! Texts are complete: a terminal, a log and a test can show them as they are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use input::Source;
use model::batch::Batch;
use model::rejection::Rejection;
use model::report::Report;

use crate::pipeline::{Observer, TableResult};

/// Time between two [`Event::Waiting`] of the same work.
const TICK: Duration = Duration::from_millis(400);

/// How important a [`Event::Message`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A choice and its reason.
    Detail,
    /// Something that a user wants to know.
    Info,
    /// An error. The run may continue, for example to report further errors.
    Error,
}

/// One event. Tables of a load are numbered in the order of [`Event::TablesOpened`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A line of text. Unless it is an error, it begins with the phase and a colon.
    Message {
        /// How important it is.
        level: Level,
        /// The text, without a line end.
        text: &'a str,
    },
    /// The files are open and will now be read, or read again.
    TablesOpened(&'a [Source]),
    /// The first byte of a table is about to be read.
    TableStarted {
        /// The table's number.
        table: usize,
    },
    /// Records of a table were loaded or rejected.
    TableAdvanced {
        /// The table's number.
        table: usize,
        /// Number of bytes of the file on disk, compressed or not, whose records are loaded or
        /// rejected.
        bytes: u64,
        /// Number of records read.
        read: u64,
        /// How many of these records were rejected.
        rejected: u64,
    },
    /// A table waits for rows of its parent table.
    TableWaits {
        /// The table's number.
        table: usize,
        /// The parent; `None` when the table no longer waits.
        parent: Option<&'a str>,
    },
    /// All records of a table are loaded or rejected.
    TableFinished {
        /// The table's number.
        table: usize,
        /// What happened to the records.
        result: &'a TableResult,
    },
    /// The rejection of a record is final.
    Rejected {
        /// The table's number.
        table: usize,
        /// The record and the reason.
        rejection: &'a Rejection,
    },
    /// The rows of a batch are committed, except those that the batch marks as rejected. Emitted
    /// only if [`Subscriber::wants_rows`] returns true.
    Accepted {
        /// The table's number.
        table: usize,
        /// The rows.
        rows: &'a Batch,
    },
    /// A table's indexes or foreign keys are being built.
    Building {
        /// The table's name.
        table: &'a str,
        /// Time since the statement began.
        elapsed: Duration,
        /// Share of the work that is done, from 0 to 1 or a little more, if the server reports it.
        share: Option<f64>,
    },
    /// The statement that builds a table's indexes or foreign keys has ended.
    Built {
        /// The table's name.
        table: &'a str,
    },
    /// Work without a known end is still running. Emitted every 400 ms while it runs.
    Waiting {
        /// The phase.
        phase: &'a str,
        /// The work, and its progress if that is known.
        what: &'a str,
        /// Time since the work began.
        elapsed: Duration,
    },
    /// The work of [`Event::Waiting`] has ended or was abandoned.
    Waited {
        /// The phase.
        phase: &'a str,
    },
    /// A step of the work has just ended.
    Took {
        /// The phase: load, index, keys, verify or another one.
        phase: &'a str,
        /// The table; empty for the phase as a whole.
        table: &'a str,
        /// Duration of the step.
        elapsed: Duration,
    },
    /// The run has ended; the report says how it ended.
    Summary(&'a Report),
}

/// Receives events.
pub trait Subscriber: Send + Sync {
    /// Called for each event, also from the threads that read and clean the files.
    fn receive(&self, event: Event<'_>);

    /// Whether the subscriber wants [`Event::Accepted`]. If so, batches are kept in memory a little
    /// longer.
    fn wants_rows(&self) -> bool {
        false
    }
}

/// Where a run emits its events. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    subscriber: Arc<dyn Subscriber>,
    /// Prefix of every text, if several runs share a subscriber.
    place: Arc<str>,
}

impl Events {
    /// Events for one subscriber.
    pub fn new(subscriber: Arc<dyn Subscriber>) -> Events {
        Events {
            subscriber,
            place: "".into(),
        }
    }

    /// Events that nobody receives.
    pub fn ignored() -> Events {
        struct Ignored;
        impl Subscriber for Ignored {
            fn receive(&self, _event: Event<'_>) {}
        }
        Events::new(Arc::new(Ignored))
    }

    /// Returns a sender of events for one of several databases that are changed at the same time.
    /// Each text that it sends names the database.
    #[must_use]
    pub fn at(&self, place: &str) -> Events {
        Events {
            subscriber: Arc::clone(&self.subscriber),
            place: format!("{place}: ").into(),
        }
    }

    /// Emits an event.
    pub fn emit(&self, event: Event<'_>) {
        self.subscriber.receive(event);
    }

    /// Emits a line that users want to know.
    pub fn info(&self, text: &str) {
        self.message(Level::Info, text);
    }

    /// Emits a choice and its reason.
    pub fn detail(&self, text: &str) {
        self.message(Level::Detail, text);
    }

    /// Emits an error.
    pub fn error(&self, text: &str) {
        let text = format!("{}{text}", self.place);
        self.emit(Event::Message {
            level: Level::Error,
            text: &text,
        });
    }

    /// Emits that the indexes or foreign keys of a table are being built. The table's name gets the
    /// prefix of its database.
    pub fn building(&self, table: &str, elapsed: Duration, share: Option<f64>) {
        let table = format!("{}{table}", self.place);
        self.emit(Event::Building {
            table: &table,
            elapsed,
            share,
        });
    }

    /// Emits that a statement reported by [`Events::building`] has ended.
    pub fn built(&self, table: &str) {
        let table = format!("{}{table}", self.place);
        self.emit(Event::Built { table: &table });
    }

    /// Emits that a step of the work has ended after this time.
    pub fn took(&self, phase: &str, table: &str, elapsed: Duration) {
        self.emit(Event::Took {
            phase,
            table,
            elapsed,
        });
    }

    /// Runs the work, and emits every 400 ms that it is still running. `what` is called each time,
    /// because it may contain the progress.
    pub async fn waiting<T>(
        &self,
        phase: &str,
        what: impl Fn() -> String,
        work: impl Future<Output = T>,
    ) -> T {
        let began = Instant::now();
        let _ended = Ended(self, phase);
        let mut work = std::pin::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                () = tokio::time::sleep(TICK) => self.emit(Event::Waiting {
                    phase,
                    what: &what(),
                    elapsed: began.elapsed(),
                }),
            }
        };
        self.took(phase, "", began.elapsed());
        done
    }

    fn message(&self, level: Level, text: &str) {
        let text = match (&*self.place, text.split_once(": ")) {
            ("", _) => text.to_owned(),
            (place, Some((phase, rest))) => format!("{phase}: {place}{rest}"),
            (place, None) => format!("{place}{text}"),
        };
        self.emit(Event::Message { level, text: &text });
    }
}

/// Emits [`Event::Waited`] when it is dropped.
struct Ended<'a>(&'a Events, &'a str);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.emit(Event::Waited { phase: self.1 });
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Events {{ place: {:?} }}", self.place)
    }
}

/// Passes the events of the pipeline on to the subscriber.
impl Observer for Events {
    fn started(&self, table: usize) {
        self.emit(Event::TableStarted { table });
    }

    fn advanced(&self, table: usize, bytes: u64, read: u64, rejected: u64) {
        self.emit(Event::TableAdvanced {
            table,
            bytes,
            read,
            rejected,
        });
    }

    fn waits(&self, table: usize, parent: Option<&str>) {
        self.emit(Event::TableWaits { table, parent });
    }

    fn finished(&self, table: usize, result: &TableResult) {
        self.emit(Event::TableFinished { table, result });
    }

    fn warned(&self, _table: usize, warning: &str) {
        self.info(&format!("warning: {warning}"));
    }

    fn rejected(&self, table: usize, rejection: &Rejection) {
        self.emit(Event::Rejected { table, rejection });
    }

    fn wants_rows(&self) -> bool {
        self.subscriber.wants_rows()
    }

    fn accepted(&self, table: usize, rows: &Batch) {
        self.emit(Event::Accepted { table, rows });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Keeps the texts of all messages, and counts the ticks.
    #[derive(Default)]
    struct Kept(Mutex<Vec<String>>);

    impl Subscriber for Kept {
        fn receive(&self, event: Event<'_>) {
            let text = match event {
                Event::Message { text, .. } => text.to_owned(),
                Event::Waiting { what, .. } => what.to_owned(),
                Event::Took { phase, .. } => format!("{phase} took"),
                Event::Waited { phase } => format!("{phase} ended"),
                other => format!("{other:?}"),
            };
            self.0.lock().unwrap().push(text);
        }
    }

    #[test]
    fn the_place_follows_the_phase() {
        let kept = Arc::new(Kept::default());
        let events = Events::new(Arc::clone(&kept) as Arc<dyn Subscriber>);
        events.info("index: reviews done");
        let there = events.at("db2");
        there.info("index: reviews done");
        there.error("no such table");
        assert_eq!(
            *kept.0.lock().unwrap(),
            [
                "index: reviews done",
                "index: db2: reviews done",
                "db2: no such table"
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_lasts_tells_so_and_its_end() {
        let kept = Arc::new(Kept::default());
        let events = Events::new(Arc::clone(&kept) as Arc<dyn Subscriber>);
        let what = || "counting".to_owned();
        let work = tokio::time::sleep(Duration::from_secs(1));
        events.waiting("verify", what, work).await;
        let kept = kept.0.lock().unwrap();
        assert_eq!(
            *kept,
            ["counting", "counting", "verify took", "verify ended"]
        );
    }
}
