//! The next steps that a user may want to take after a run, with their commands. The screen, the
//! JSON report and the page show the same steps.

use std::path::Path;

use crate::cli::DatabaseArgs;
use crate::command_line::{self as typed, Line, quoted};
use engine::options::{Mode, ReadingOptions, SeedOptions};
use engine::rejects;
use engine::schema_text::SchemaChoice;
use engine::verify::{Differing, Verified};
use input::dialect::Symbol;
use input::format::{Format, HeaderLine};
use model::rejection::Rule;
use model::report::{Next, Outcome, Report, TableReport};
use model::shell;
use mysql::db::DatabaseUrl;
use mysql::verify::Depth;

/// Options, quoted for a shell, with which a command finds the same tables again.
#[derive(Debug, Clone, Default)]
struct Options {
    text: String,
    /// Whether the URL was typed with a password, which is left out.
    lacks_password: bool,
}

impl Options {
    /// Values from the environment or from files apply again without being repeated.
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

/// After `check --write-config` has changed the settings.
pub(crate) fn after_new_settings() -> Vec<Next> {
    let command = typed::command_line_of_next_check();
    vec![Next::new("check again with these settings", command)]
}

/// After `check`.
pub(crate) fn after_check(report: &Report, reading: &ReadingOptions) -> Vec<Next> {
    after_reading(report, reading, None)
}

/// After `seed`.
pub(crate) fn after_seed(
    report: &Report,
    options: &SeedOptions,
    database: &DatabaseArgs,
) -> Vec<Next> {
    after_reading(report, &options.reading, Some((options, database)))
}

/// After a run that read records. `seed` is given for a run with a database.
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
        Outcome::Seeded | Outcome::AlreadySeeded => {
            let mut next = Vec::new();
            if report.is_schema_newer {
                next.push(Next::new(
                    "change the tables to match the schema",
                    format!("{program} reindex{text}"),
                ));
            }
            if report.verification != Some(Depth::Full) || report.outcome == Outcome::AlreadySeeded
            {
                next.push(Next::new(
                    "verify every value, by checksums, and every foreign key",
                    format!("{program} verify{text}"),
                ));
            }
            next.extend(correcting(report, reading));
            if schema.is_built_in(Some(reviews::SCHEMA)) {
                // this command reads the database and has no --schema
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

/// Reads the same files again. Standard input must be piped in again.
fn again(reading: &ReadingOptions, what: &str, command: String) -> Next {
    let stdin = Path::new("-");
    let mapped = reading.input.mapped.iter().any(|(_, file)| file == stdin);
    match mapped || reading.input.directory == stdin {
        true => Next::new(&format!("{what} (with the same standard input)"), command),
        false => Next::new(what, command),
    }
}

/// After a `seed` whose result differs from the rows that it loaded. Loading again gives the same
/// result, unless another program changed the tables.
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
    if options.mode == Mode::Sync {
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
    // a trigger would change the rows again, and the other options do not work with --replace
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

/// The commands that load corrected records: one, or one for each delimiter of the files. They can
/// be repeated until the folder that they read is empty.
fn correcting(report: &Report, reading: &ReadingOptions) -> Vec<Next> {
    let left = |kind: &str, table: &TableReport| {
        let name = format!("{}.{kind}", table.name);
        reading.rejects.join(name).exists()
    };
    let tables = report.tables.iter();
    let tables: Vec<_> = tables.filter(|t| left("reasons.csv", t)).collect();
    let broken = tables.iter().any(|t| left("broken", t));
    let what = match broken {
        false => "correct the rejected records, then load them",
        true if tables.iter().any(|t| left("jsonl", t)) => {
            "correct the rejected records (move corrected lines of a .broken file into the .csv or .jsonl file of the same table, and delete them from the .broken file), then load them"
        }
        true => {
            "correct the rejected records (move corrected lines of a .broken file into the .csv file of the same table, and delete them from the .broken file), then load them"
        }
    };
    let cut = match tables
        .iter()
        .any(|t| t.rules.contains_key(Rule::RecordTooLarge.name()))
    {
        false => "",
        true => {
            " (records that are too large are cut off in the .broken file: load them from their original file, with a larger --max-record)"
        }
    };
    let what = format!("{what}{cut}");
    let delimiter = |table: &TableReport| match reading.input.format.delimiter {
        // what is set for a table is still set
        _ if own_format(reading, table).is_some() => None,
        None if has_tabs(&table.file) => Some(Symbol::byte(b'\t')),
        typed => typed,
    };
    let mut delimiters: Vec<_> = tables.iter().map(|t| delimiter(t)).collect();
    delimiters.sort_unstable();
    delimiters.dedup();
    let several = delimiters.len() > 1;
    let command = |wanted: Option<Symbol>| {
        let mut names = tables.iter().filter(|t| delimiter(t) == wanted);
        let names: Vec<_> = names.by_ref().map(|t| t.name.as_str()).collect();
        let line = adding_corrected(reading, &names, several);
        let line = match wanted {
            None => line,
            Some(delimiter) => line.and("delimiter", Some(&delimiter.typed())),
        };
        let tables = tables.iter().filter(|t| delimiter(t) == wanted);
        let line = tables.fold(line, |line, table| with_own_tabs(line, reading, table));
        Next::new(&what, typed::text_of(line))
    };
    delimiters.into_iter().map(command).collect()
}

/// The format of the files of a table that has settings of its own.
fn own_format<'r>(reading: &'r ReadingOptions, table: &TableReport) -> Option<&'r Format> {
    let mut own = reading.input.tables.iter();
    let found = own.find(|(name, _)| name.eq_ignore_ascii_case(&table.name));
    found.map(|(_, input)| &input.format)
}

/// With the delimiter of a table that has settings of its own, if only the name of its file decides
/// it: reject files have another name.
fn with_own_tabs(line: Line, reading: &ReadingOptions, table: &TableReport) -> Line {
    match own_format(reading, table) {
        Some(format) if format.delimiter.is_none() && has_tabs(&table.file) => {
            line.and("set", Some(&format!("{}.delimiter=tab", table.name)))
        }
        _ => line,
    }
}

/// Whether the fields of a file are separated by tabs because of its name.
fn has_tabs(file: &str) -> bool {
    file.contains(".tsv") || file.contains(".tab")
}

/// Loads the corrected records of these tables. They are written as in the input files, but in
/// UTF-8. Any number of these few records may be rejected again; their rejects are written to the
/// next folder, so that the files that are being read are not replaced.
fn adding_corrected(reading: &ReadingOptions, tables: &[&str], only_these: bool) -> Line {
    let mut again = rejects::next_folder(&reading.rejects);
    while again.exists() {
        again = rejects::next_folder(&again);
    }
    let folder = reading.rejects.display().to_string();
    let about_the_files = [
        "map",
        "encoding",
        "table",
        "tables",
        "delimiter",
        "no-header",
        "rejects",
        "max-rejects",
        "append",
        "replace",
        "sync",
        "max-deletes",
        "force",
        "dry-run",
        "report",
        "for",
        "write-config",
    ];
    let line = typed::typed().command("seed").without(&about_the_files);
    let line = line.without_settings(&["files", "encoding"]);
    let mut line = line.directory(&folder).and("append", None);
    if typed::typed().has(&["sync"]) {
        // a mirror of these few records would have no other rows
        line = line.and("on-duplicate", Some("update"));
    }
    // the schema may have been found beside the input files, and these files are in another folder
    if let Some(schema) = SchemaChoice::of_files(reading).file() {
        line = line.with("schema", &schema.display().to_string());
    }
    line = line.and("rejects", Some(&again.display().to_string()));
    line = line.and("max-rejects", Some("100%"));
    let names_files = names_files(reading);
    // options may also be set in a file of defaults, which holds for this command as well
    if only_these || names_files || !reading.tables.is_empty() {
        line = line.and("tables", Some(&tables.join(",")));
    }
    let stdin = Path::new("-");
    if names_files || reading.input.mapped.iter().any(|(_, file)| file != stdin) {
        for table in tables {
            let of_json = reading.rejects.join(format!("{table}.jsonl"));
            let file = match of_json.exists() {
                true => of_json,
                false => reading.rejects.join(format!("{table}.csv")),
            };
            line = line.and("map", Some(&format!("{table}={}", file.display())));
        }
    }
    in_format_of_rejects(line, reading, tables)
}

/// Whether a setting names the files of a table.
fn names_files(reading: &ReadingOptions) -> bool {
    let mut tables = reading.input.tables.iter();
    tables.any(|(_, read)| !read.files.is_empty())
}

/// Reject files are in UTF-8, and have no header if the input files have none.
fn in_format_of_rejects(mut line: Line, reading: &ReadingOptions, tables: &[&str]) -> Line {
    if reading.input.format.encoding.is_some() {
        line = line.and("encoding", Some("utf-8"));
    }
    for (name, read) in &reading.input.tables {
        let is_loaded = tables.iter().any(|table| table.eq_ignore_ascii_case(name));
        if is_loaded && read.format.encoding.is_some() {
            line = line.and("set", Some(&format!("{name}.encoding=utf-8")));
        }
    }
    match reading.input.format.header {
        HeaderLine::Absent => line.and("no-header", None),
        HeaderLine::ByDialect | HeaderLine::Present => line,
    }
}

/// After `verify`, which reads no files.
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
            "export the ids that load tests aim at",
            format!("{program} targets{database} -o targets.txt"),
        ));
    }
    options.noted(next)
}

/// The command of a run with `--replace`, if that loads all tables.
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
