//! How to go on: what one may want to do after a run, and the commands for it. Made here for the screen, the JSON report and the page.

use std::path::Path;

use super::schema_text::SchemaChoice;
use super::typed::{self, quoted};
use crate::cli::{DatabaseArgs, ReadingArgs};
use crate::db::DatabaseUrl;
use crate::report::{Next, Outcome, Report};
use crate::source::shown;
use crate::verify::Depth;

/// What a command needs to find the same tables again: options, as a shell takes them.
#[derive(Debug, Clone, Default)]
struct Options {
    text: String,
    /// The URL was typed with a password, which is left out.
    lacks_password: bool,
}

impl Options {
    /// What stands in the environment or in files holds again by itself.
    fn new(schema: Option<&Path>, database: Option<&DatabaseArgs>) -> Options {
        let mut options = Options::default();
        let mut add = |option: &str, value: &str| {
            options
                .text
                .push_str(&format!(" --{option} {}", quoted(value)));
        };
        if let Some(schema) = schema {
            add("schema", &schema.display().to_string());
        }
        let typed = database
            .and_then(|args| args.database_url.as_deref())
            .filter(|url| typed::is_typed(url));
        let url = typed.and_then(|url| DatabaseUrl::parse(url).ok());
        if let Some(url) = &url {
            add("database-url", &url.without_password());
        }
        if let Some(file) = database.and_then(|args| args.access.password_file.as_deref()) {
            add("password-file", &file.display().to_string());
        }
        options.lacks_password = url.is_some_and(|url| url.has_password());
        options
    }

    fn noted(&self, mut next: Vec<Next>) -> Vec<Next> {
        if self.lacks_password
            && let Some(first) = next.first_mut()
        {
            first
                .what
                .push_str(" (the password is left out of the URL)");
        }
        next
    }
}

/// After `check` and `seed`, which read rows; `database` is that of `seed`.
pub(super) fn after_reading(
    report: &Report,
    reading: &ReadingArgs,
    database: Option<&DatabaseArgs>,
) -> Vec<Next> {
    let schema = SchemaChoice::of_files(reading);
    let options = Options::new(schema.file(), database);
    let text = &options.text;
    let program = typed::program();
    let rejects = quoted(&reading.rejects.display().to_string());
    let refused = report.tables.iter().any(|t| t.rejected > 0);
    let next = match report.outcome {
        Outcome::Seeded | Outcome::AlreadySeeded => {
            let mut next = Vec::new();
            if report.verification != Some(Depth::Full) || report.outcome == Outcome::AlreadySeeded
            {
                next.push(Next::new(
                    "prove every value, by checksums, and every reference",
                    format!("{program} verify{text}"),
                ));
            }
            if refused {
                next.push(Next::new(
                    "mend what was refused, then",
                    mending(report, reading, text),
                ));
            }
            if schema.is_compiled_in() {
                // reads the database, and takes no --schema for that
                let database = Options::new(None, database).text;
                next.push(Next::new(
                    "export the ids that load tests aim at",
                    format!("{program} targets{database} -o targets.txt"),
                ));
            }
            if database.is_none_or(|args| args.database_url.is_none()) {
                next.push(Next::new(
                    "look at the tables",
                    format!("{program} server shell"),
                ));
            }
            next
        }
        Outcome::Clean => vec![Next::new("load them", typed::command_line_of_seed())],
        Outcome::FoundRejects => vec![Next::new(
            "load what is accepted; what is refused can be mended and added afterwards",
            typed::command_line_of_seed(),
        )],
        Outcome::BudgetSpent => vec![
            Next::new(
                "see what is wrong; the reasons of all refused records are here",
                format!("ls {rejects}/*.reasons.csv"),
            ),
            Next::new(
                "if so many may be refused, allow more (--max-rejects)",
                typed::command_line_with("--max-rejects", "100%"),
            ),
        ],
        Outcome::VerificationFailed => vec![Next::new(
            "load again, beside the tables, and swap all of them at once",
            format!(
                "{program} seed {} --replace{text}",
                quoted(&shown(&reading.directory))
            ),
        )],
        Outcome::Failed => vec![Next::new(
            "once the cause is gone, the same command goes on where this run stopped",
            typed::command_line(),
        )],
        Outcome::Verified | Outcome::Reindexed | Outcome::Differs => Vec::new(),
    };
    options.noted(next)
}

/// The command that adds mended records. The records are as they were in the files, and so few that any number may be refused again.
fn mending(report: &Report, reading: &ReadingArgs, options: &str) -> String {
    let refused = report.tables.iter().filter(|t| t.rejected > 0);
    let tabs = refused.clone().count() > 0 && refused.clone().all(|t| t.file.contains(".tsv"));
    let delimiter = reading.files.delimiter.or(tabs.then_some(b'\t'));
    let delimiter = match delimiter {
        None => String::new(),
        Some(b'\t') => " --delimiter tab".to_string(),
        Some(byte) => format!(" --delimiter {}", quoted(&char::from(byte).to_string())),
    };
    // what is refused once more goes beside them, never over what is read
    let again = match reading.rejects.ends_with("again") {
        true => "again-again",
        false => "again",
    };
    let no_header = if reading.files.no_header {
        " --no-header"
    } else {
        ""
    };
    format!(
        "{} seed {} --append --rejects {again} --max-rejects 100%{delimiter}{no_header}{options}",
        typed::program(),
        quoted(&reading.rejects.display().to_string())
    )
}

/// What `verify` found to differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Differing {
    /// Values, numbers of rows, references, or a whole table.
    pub(super) rows: bool,
    /// Columns, indexes, keys or constraints.
    pub(super) definitions: bool,
}

/// After `verify`, which knows of no files.
pub(super) fn after_verify(
    differing: Differing,
    schema: &SchemaChoice,
    database: &DatabaseArgs,
) -> Vec<Next> {
    let options = Options::new(schema.file(), Some(database));
    let (program, text) = (typed::program(), &options.text);
    let mut next = Vec::new();
    if differing.definitions {
        next.push(Next::new(
            "what differs of indexes and keys, as SQL; without --dry-run it is mended",
            format!("{program} reindex --dry-run{text}"),
        ));
    }
    if differing.rows {
        next.push(Next::new(
            "rows that differ are loaded again, from the folder of the files",
            format!("{program} seed DIR --replace{text}"),
        ));
    }
    if differing == Differing::default() && schema.is_compiled_in() {
        let database = Options::new(None, Some(database)).text;
        next.push(Next::new(
            "export the ids that load tests aim at",
            format!("{program} targets{database} -o targets.txt"),
        ));
    }
    options.noted(next)
}
