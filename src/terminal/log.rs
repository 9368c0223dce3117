//! The log for programs: with `--log-format json`, every line of stderr is a JSON object.
//!
//! docs/log.md describes the fields. Any version may add fields; a change that would break a reader
//! raises `schema_version`.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// Version of the names and meanings of the fields.
pub const SCHEMA_VERSION: u32 = 1;

/// The phases that a line for people may begin with, as in `load: reviews 43%`.
const PHASES: [&str; 11] = [
    "seed", "read", "clean", "load", "index", "verify", "check", "reindex", "generate", "server",
    "schema",
];

/// How stderr is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Lines and bars for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The kind of event that a line reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Information for the user.
    Message,
    /// A choice and its reason (`--verbose`).
    Detail,
    /// The program began to read a table.
    Started,
    /// The progress of a table or of an index.
    Progress,
    /// A table or an index is finished.
    Finished,
    /// The run as a whole: its outcome and its totals.
    Summary,
    /// An error.
    Error,
}

/// One line. Fields that do not apply are left out.
#[derive(Debug, Clone, Serialize)]
pub struct Line<'a> {
    /// The phase of the run.
    pub phase: &'a str,
    /// The kind of event.
    pub event: Kind,
    /// Name of the table that the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'a str>,
    /// Records read so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How many of these records were rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<u64>,
    /// Number of bytes of the file that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Size of the file in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Share of the work that is done, from 0 to 1, if the server reports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The message of this line, for people.
    pub message: &'a str,
}

impl<'a> Line<'a> {
    /// A line with a phase, a kind and a message, and no other fields.
    pub fn new(phase: &'a str, event: Kind, message: &'a str) -> Line<'a> {
        Line {
            phase,
            event,
            table: None,
            rows: None,
            rejected: None,
            bytes: None,
            total_bytes: None,
            share: None,
            message,
        }
    }

    /// Converts a line for people. If it begins with a phase, as in `load: …`, the phase is taken
    /// from it; else the phase is `otherwise`.
    pub fn of_text(otherwise: &'a str, event: Kind, line: &'a str) -> Line<'a> {
        match line.split_once(": ") {
            Some((phase, rest)) if PHASES.contains(&phase) => Line::new(phase, event, rest),
            _ => Line::new(otherwise, event, line),
        }
    }

    /// The line as JSON, without a line end.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Stamped<'a> {
            schema_version: u32,
            run: &'a str,
            time: String,
            elapsed_seconds: f64,
            #[serde(flatten)]
            line: &'a Line<'a>,
        }
        let run = this_run();
        let elapsed = elapsed().as_millis() as f64 / 1000.0;
        let line = Stamped {
            schema_version: SCHEMA_VERSION,
            run: &run.id,
            time: format!("{:.3}", jiff::Timestamp::now()),
            elapsed_seconds: elapsed,
            line: self,
        };
        // names, numbers and text can always be written as JSON
        serde_json::to_string(&line).unwrap_or_default()
    }
}

struct Run {
    id: String,
    began: Instant,
}

/// The id and start time of this invocation, which the first call sets.
fn this_run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = now.unwrap_or(Duration::ZERO).as_millis();
        Run {
            id: format!("{millis:x}-{:x}", std::process::id()),
            began: Instant::now(),
        }
    })
}

/// Time since this invocation began.
fn elapsed() -> Duration {
    this_run().began.elapsed()
}

/// An error, as a line for programs.
pub fn error_line(error: &str) -> String {
    Line::new("run", Kind::Error, error).to_json()
}

/// Starts the clock of this invocation.
pub fn begin() {
    this_run();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_people_gives_its_phase() {
        let event = Line::of_text("check", Kind::Message, "index: reviews done in 3.0 s");
        assert_eq!(
            (event.phase, event.message),
            ("index", "reviews done in 3.0 s")
        );
        let event = Line::of_text("check", Kind::Message, "table: is no phase");
        assert_eq!(
            (event.phase, event.message),
            ("check", "table: is no phase")
        );
    }

    #[test]
    fn an_event_with_any_text_is_one_line() {
        let mut event = Line::new("load", Kind::Progress, "two\nlines \"quoted\"");
        event.rows = Some(7);
        let line = event.to_json();
        assert!(!line.contains('\n'), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["schema_version"], 1);
        assert_eq!(read["rows"], 7);
        assert_eq!(read["message"], "two\nlines \"quoted\"");
        assert!(read.get("table").is_none());
        let time: jiff::Timestamp = read["time"].as_str().unwrap().parse().unwrap();
        assert!(time.as_second() > 0);
    }
}
