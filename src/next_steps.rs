//! The next steps that a user may want to take after a run, with their commands. The screen, the
//! JSON report and the page show the same steps.

mod correcting;

use std::path::Path;

use crate::cli::DatabaseArgs;
use crate::command_line::{self as typed, Line, quoted};
use engine::options::{Mode, ReadingOptions, SeedOptions};
use engine::schema_text::SchemaChoice;
use engine::verify::{Differing, Verified};
use model::report::{Next, Outcome, Report};
use model::shell;
use mysql::db::DatabaseUrl;
use mysql::verify::Depth;

use correcting::correcting;

/// The options with which a suggested command uses the same schema and database.
#[derive(Debug, Clone, Default)]
struct Options {
    text: String,
    /// Whether the typed URL has a password. `text` does not contain the password.
    lacks_password: bool,
}

impl Options {
    /// Database URLs from the environment or from files are not repeated, because they apply to the
    /// suggested command too.
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
        let line = typed::typed();
        for option in ["mysqld", "config"] {
            if let Some(value) = line.value_of(option) {
                add(option, value);
            }
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

/// The next steps after `check --write-config` has changed the settings.
pub(crate) fn after_new_settings() -> Vec<Next> {
    let command = typed::command_line_of_next_check();
    vec![Next::new("check again with these settings", command)]
}

/// The next steps after `check`.
pub(crate) fn after_check(report: &Report, reading: &ReadingOptions) -> Vec<Next> {
    after_reading(report, reading, None)
}

/// The next steps after `seed`.
pub(crate) fn after_seed(
    report: &Report,
    options: &SeedOptions,
    database: &DatabaseArgs,
) -> Vec<Next> {
    after_reading(report, &options.reading, Some((options, database)))
}

/// The next steps after a run that read records. `seed` is `Some` if the run used a database.
fn after_reading(
    report: &Report,
    reading: &ReadingOptions,
    seed: Option<(&SeedOptions, &DatabaseArgs)>,
) -> Vec<Next> {
    let schema = SchemaChoice::of_files(reading);
    let database = seed.map(|(_, database)| database);
    let options = Options::new(schema.file(), database);
    let text = &options.text;
    let program = typed::program();
    let rejects = quoted(&reading.rejects.display().to_string());
    let next = match report.outcome {
        Outcome::Seeded | Outcome::AlreadySeeded => after_load(report, reading, database, text),
        Outcome::Clean => vec![again(reading, "load them", typed::command_line_of_seed())],
        Outcome::FoundRejects => vec![again(
            reading,
            "load the accepted records; rejected ones can be corrected and added afterwards",
            typed::command_line_of_seed(),
        )],
        Outcome::BudgetSpent => vec![
            Next::new(
                "see why records were rejected; these files have the reason of each",
                format!("ls {rejects}/*.reasons.csv"),
            ),
            again(
                reading,
                "if this many records may be rejected, raise --max-rejects",
                typed::command_line_with("max-rejects", "100%"),
            ),
        ],
        Outcome::VerificationFailed => {
            let verify = format!("{program} verify{text}");
            after_failed_verification(report, reading, seed, verify)
        }
        Outcome::Failed => vec![again(
            reading,
            "once the cause is fixed, run the same command again; `seed` resumes where it stopped",
            typed::command_line(),
        )],
        Outcome::Verified | Outcome::Reindexed | Outcome::Differs => Vec::new(),
    };
    options.noted(next)
}

/// The next steps after a run whose rows are loaded and verified. `text` is the text of
/// [`Options`].
fn after_load(
    report: &Report,
    reading: &ReadingOptions,
    database: Option<&DatabaseArgs>,
    text: &str,
) -> Vec<Next> {
    let program = typed::program();
    let mut next = Vec::new();
    if report.is_schema_newer {
        next.push(Next::new(
            "change the tables to match the schema",
            format!("{program} reindex{text}"),
        ));
    }
    if report.verification != Some(Depth::Full) || report.outcome == Outcome::AlreadySeeded {
        next.push(Next::new(
            "verify every value, by checksums, and every foreign key",
            format!("{program} verify{text}"),
        ));
    }
    next.extend(correcting(report, reading));
    if SchemaChoice::of_files(reading).is_built_in(Some(reviews::SCHEMA)) {
        // this command reads the database and has no --schema
        let database = Options::new(None, database).text;
        next.push(Next::new(
            "export ids for load tests",
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

/// A step that reads the same files again. If one of them was standard input, its text says so.
fn again(reading: &ReadingOptions, what: &str, command: String) -> Next {
    let stdin = Path::new("-");
    let mapped = reading.input.mapped.iter().any(|(_, file)| file == stdin);
    match mapped || reading.input.directory == stdin {
        true => Next::new(&format!("{what} (with the same standard input)"), command),
        false => Next::new(what, command),
    }
}

/// The next steps after a `seed` whose verification failed. Loading again gives the same result,
/// unless another program changed the tables.
fn after_failed_verification(
    report: &Report,
    reading: &ReadingOptions,
    seed: Option<(&SeedOptions, &DatabaseArgs)>,
    verify: String,
) -> Vec<Next> {
    let Some(options) = seed.map(|(options, _)| options) else {
        return Vec::new();
    };
    if options.mode == Mode::Replace {
        return Vec::new();
    }
    let appends = matches!(options.mode, Mode::Append | Mode::Sync);
    let mut next = vec![Next::new(
        "list all differences, and the commands that correct them",
        verify,
    )];
    // not with a trigger, which would change the rows again
    if options.mode == Mode::Sync && !report.has_triggers {
        next.push(again(
            reading,
            "if another program changed the rows, make them equal to the files again",
            typed::text_of(typed::typed()),
        ));
    }
    if !report.lost_tables.is_empty() {
        let tables = report.lost_tables.join(",");
        let line = typed::typed().without(&["table", "tables", "dry-run", "verify"]);
        next.push(again(
            reading,
            "load again only the tables that are empty or missing",
            typed::text_of(line.and("tables", Some(&tables))),
        ));
    }
    // not with a trigger, which would change the rows again, and not with options that --replace
    // does not allow
    if !report.has_triggers && !appends && !options.loading.no_index && reading.tables.is_empty() {
        let line = typed::typed().and("replace", None);
        next.push(again(
            reading,
            "if another program changed the rows, load them again into new tables, and swap the \
             tables",
            typed::text_of(line),
        ));
    }
    next
}

/// The next steps after `verify`, which reads no files.
pub(crate) fn after_verify(verified: &Verified, database: &DatabaseArgs) -> Vec<Next> {
    let Some(schema) = verified.schema() else {
        return Vec::new();
    };
    let (differing, last_command) = (verified.differing, verified.last_command.as_deref());
    let options = Options::new(schema.file(), Some(database));
    let (program, text) = (typed::program(), &options.text);
    let mut next = Vec::new();
    if differing.definitions {
        next.push(Next::new(
            "print the differences of indexes and keys as SQL; without --dry-run, reindex corrects them",
            format!("{program} reindex --dry-run{text}"),
        ));
    }
    if differing.rows && !differing.has_triggers {
        let what = match differing.has_rows_of_others {
            true => {
                "load the tables again from the folder of the files; --force also removes the rows that reviewseed did not load"
            }
            false => "load the tables again, from the folder of the files",
        };
        let force = if differing.has_rows_of_others {
            " --force"
        } else {
            ""
        };
        next.push(Next::new(
            what,
            last_command
                .and_then(|command| replacing(command, differing.has_rows_of_others))
                .unwrap_or_else(|| format!("{program} seed DIR --replace{force}{text}")),
        ));
    }
    if differing == Differing::default() && schema.is_built_in(Some(reviews::SCHEMA)) {
        let database = Options::new(None, Some(database)).text;
        next.push(Next::new(
            "export ids for load tests",
            format!("{program} targets{database} -o targets.txt"),
        ));
    }
    options.noted(next)
}

/// An earlier command with `--replace` added; `None` if that command did not load all tables.
fn replacing(command: &str, force: bool) -> Option<String> {
    let line = Line::parse(shell::words(command));
    let whole = !line.has(&["append", "tables", "table", "no-index", "dry-run"]);
    let line = line.without(&["replace", "force", "sync", "max-deletes"]);
    let line = line.and("replace", None);
    let line = match force {
        true => line.and("force", None),
        false => line,
    };
    whole.then(|| typed::text_of(line))
}
