//! What is said, for programs: `--log-format json` makes every line of stderr a JSON object of its
//! own.
//!
//! The fields are in docs/log.md. New ones may come with any version; a change that would break a
//! reader raises `schema_version`.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// Version of the fields' names and meanings.
pub const SCHEMA_VERSION: u32 = 1;

/// The words that a line for people may begin with: `load: reviews 43%`.
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

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something worth knowing.
    Message,
    /// A choice and its reason (`--verbose`).
    Detail,
    /// Work on a table begins.
    Started,
    /// How far it is.
    Progress,
    /// It has ended.
    Finished,
    /// The run as a whole: its outcome and its sums.
    Summary,
    /// Something is wrong.
    Error,
}

/// One line. What does not apply is left out.
#[derive(Debug, Clone, Serialize)]
pub struct Line<'a> {
    /// What the run was doing.
    pub phase: &'a str,
    /// What the line is about.
    pub event: Kind,
    /// The table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<&'a str>,
    /// Records dealt with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Records refused, of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<u64>,
    /// Bytes of the file dealt with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Bytes of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Share of the work that is done, from 0 to 1, where the server tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The same for people.
    pub message: &'a str,
}

impl<'a> Line<'a> {
    /// About nothing in particular.
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

    /// Of a line for people, which may begin with the phase.
    pub fn of_text(otherwise: &'a str, event: Kind, line: &'a str) -> Line<'a> {
        match line.split_once(": ") {
            Some((phase, rest)) if PHASES.contains(&phase) => Line::new(phase, event, rest),
            _ => Line::new(otherwise, event, line),
        }
    }

    /// The line, without its end.
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
        // names, numbers and text: there is nothing that could fail
        serde_json::to_string(&line).unwrap_or_default()
    }
}

struct Run {
    id: String,
    began: Instant,
}

/// This invocation: begins when it is first asked for.
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

/// An error for programs.
pub fn error_line(error: &str) -> String {
    Line::new("run", Kind::Error, error).to_json()
}

/// Begins the clock of this invocation.
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
    fn an_event_is_one_line_whatever_it_holds() {
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
