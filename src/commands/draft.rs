//! `draft`: writes a schema for files that have none.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use comfy_table::{Table, presets};

use super::{Exit, options};
use crate::cli::defaults::FILE;
use crate::cli::{DraftArgs, SeedArgs};
use crate::command_line::{command_line_of_drafted_seed, note_draft};
use crate::draft_files::{self, Existing};
use crate::print::print_data;
use crate::terminal::Terminal;
use draft::{DifferenceKind, Draft, Progress, TableSummary, draft};
use engine::event::{Event, Events};
use engine::schema_text::SchemaText;
use engine::settings::Setting;
use input::Source;
use model::report::Next;
use model::wording::grouped;
use mysql_schema::parse::parse_script;

/// The file name that means stdout as an output, and stdin as an input.
const STDOUT: &str = "-";

pub(super) fn run(args: &DraftArgs, config: Option<&Path>) -> Result<Exit> {
    let existing = match args.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    if let Some(schema) = &args.compare {
        return compare(args, schema);
    }
    draft_files::check(&args.output, existing)?;
    check_readable(&args.directory)?;
    let terminal = options::draft_terminal(args);
    let shown = Shown {
        events: terminal.events(),
        terminal: &terminal,
    };
    let input = options::input(&args.directory, &args.files)?;
    let place = input::shown(&args.directory).into_owned();
    let drafted = draft(&input, &place, &options::draft(args)?, &shown)?;
    if args.output == Path::new(STDOUT) {
        print_data(&with_settings(&drafted))?;
        tell(&terminal, &drafted);
        return Ok(Exit::Done);
    }
    let config = config.unwrap_or(Path::new(FILE));
    let has_settings = !drafted.settings.is_empty();
    if has_settings {
        draft_files::add_settings(config, &drafted.settings, existing)?;
    }
    std::fs::write(&args.output, &drafted.schema)
        .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", args.output.display()))?;
    tell(&terminal, &drafted);
    let with = match has_settings {
        true => format!(", and the settings of the files to {}", config.display()),
        false => String::new(),
    };
    terminal.info(&format!("draft: wrote {}{with}", args.output.display()));
    let is_named = has_settings && config != Path::new(FILE);
    let command = command_line_of_drafted_seed(&args.output, is_named.then_some(config));
    terminal.next(&[Next::new("load the files with this schema", command)]);
    Ok(Exit::Done)
}

/// Fails if the input is stdin, because a draft may read files more than once.
fn check_readable(directory: &Path) -> Result<()> {
    if directory == Path::new(STDOUT) {
        bail!(
            "draft may read files more than once, so it cannot read standard input; save the input as a file TABLE.csv in a folder, and name that folder"
        );
    }
    Ok(())
}

/// `--compare`: shows the differences between the files and a schema.
fn compare(args: &DraftArgs, schema: &Path) -> Result<Exit> {
    let terminal = options::draft_terminal(args);
    let shown = Shown {
        events: terminal.events(),
        terminal: &terminal,
    };
    let text = SchemaText::read(&options::schema(Some(schema)), None, &shown.events)?;
    let parsed = parse_script(&text.script(&shown.events)?, &text.origin);
    for fault in &parsed.faults {
        terminal.info(&format!("warning: {}", fault.text));
    }
    let input = options::input(&args.directory, &args.files)?;
    let (differences, warnings) =
        draft::compare(&input, &parsed.schema, &options::draft(args)?, &shown)?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "column", "schema", "files"]);
    let kinds = [
        (DifferenceKind::NotAllowed, "not allowed"),
        (DifferenceKind::BeyondNeed, "beyond need"),
    ];
    for (kind, words) in kinds {
        for found in differences.iter().filter(|found| found.kind == kind) {
            table.add_row([words, &found.place, &found.schema, &found.files]);
        }
    }
    if !differences.is_empty() {
        print_data(&format!("{}\n", table.trim_fmt()))?;
    }
    for warning in warnings {
        terminal.info(&format!("warning: {warning}"));
    }
    let count = |kind| {
        differences
            .iter()
            .filter(|found| found.kind == kind)
            .count()
    };
    let (not_allowed, beyond) = (
        count(DifferenceKind::NotAllowed),
        count(DifferenceKind::BeyondNeed),
    );
    terminal.info(&format!(
        "draft: {}: values in the files that the schema does not allow: {not_allowed}; types far larger than needed: {beyond}",
        schema.display()
    ));
    Ok(match not_allowed {
        0 => Exit::Done,
        _ => Exit::Found,
    })
}

/// Drafts the schema of the files of a `seed`, and lets the run use it.
pub(super) fn before_seed(args: &mut SeedArgs) -> Result<()> {
    let terminal = options::terminal("draft", &args.output);
    let shown = Shown {
        events: terminal.events(),
        terminal: &terminal,
    };
    let reading = &mut args.reading;
    check_readable(&reading.directory)?;
    let input = options::input(&reading.directory, &reading.files)?;
    let place = input::shown(&reading.directory).into_owned();
    let options = draft::Options {
        tables: reading.tables.clone(),
        threads: reading.threads.map(usize::from),
        max_record: usize::try_from(reading.max_record)?,
        told: options::told(&reading.values, &reading.files)?,
        ..draft::Options::default()
    };
    let drafted = draft(&input, &place, &options, &shown)?;
    tell(&terminal, &drafted);
    let mut reports = args.output.report.iter();
    let report = reports.find(|file| *file != Path::new(STDOUT));
    let folder = report.and_then(|file| file.parent());
    let written = draft_files::write_beside(folder.unwrap_or(Path::new("")), &drafted)?;
    terminal.info(&format!("draft: wrote {}", written.words()));
    let settings = drafted.single_settings.iter();
    let of_draft = settings.map(|setting| Setting {
        table: setting.table.clone(),
        column: setting.column.clone(),
        key: setting.key.to_owned(),
        values: setting.values.clone(),
        place: format!("the drafted {}", setting.key),
    });
    reading.files.settings_of_file.splice(0..0, of_draft);
    // the drafted settings repeat these options for each column that needs them, so the options are
    // not applied to all columns
    reading.values.forget();
    reading.schema = Some(written.schema.clone());
    note_draft(written.for_commands(&drafted));
    Ok(())
}

/// The schema, with the settings in comments.
fn with_settings(drafted: &Draft) -> String {
    let mut text = drafted.schema.clone();
    if !drafted.settings.is_empty() {
        text.push_str("\n-- The files need these settings in reviewseed.toml:\n--\n");
        for line in drafted.settings.lines() {
            text.push_str(format!("-- {line}").trim_end());
            text.push('\n');
        }
    }
    text
}

/// Shows the tables of a draft with their keys, and the warnings.
fn tell(terminal: &Terminal, drafted: &Draft) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["table", "rows", "columns", "primary key", "foreign keys"]);
    for found in &drafted.tables {
        let key = match found.key.is_empty() {
            true => "(generated)".to_owned(),
            false => found.key.join(", "),
        };
        table.add_row([
            found.name.clone(),
            grouped(found.rows),
            found.columns.to_string(),
            key,
            found.foreign_keys.join("\n"),
        ]);
    }
    terminal.result(table.trim_fmt().as_str());
    for found in &drafted.tables {
        tell_open(terminal, found);
    }
    for warning in &drafted.warnings {
        terminal.info(&format!("warning: {warning}"));
    }
}

/// Shows the orphans and the ambiguous columns of a table, about which only the user can decide.
fn tell_open(terminal: &Terminal, found: &TableSummary) {
    for (key, orphans) in &found.orphans {
        terminal.info(&format!(
            "{}: {} without a parent in {key}; the foreign key is a comment in the schema",
            found.name,
            match orphans {
                1 => "1 row".to_owned(),
                n => format!("{} rows", grouped(*n)),
            }
        ));
    }
    for (column, readings) in &found.ambiguous {
        terminal.info(&format!(
            "{}.{column} is ambiguous, so its type is a text: {readings}",
            found.name
        ));
    }
}

/// Shows the progress of a draft.
struct Shown<'t> {
    events: Events,
    terminal: &'t Arc<Terminal>,
}

impl Progress for Shown<'_> {
    fn opened(&self, sources: &[&Source]) {
        let tables = sources.iter().map(|s| (s.table.name.clone(), s.bytes));
        self.terminal.expect_tables(tables);
    }

    fn started(&self, table: usize) {
        self.events.emit(Event::TableStarted { table });
    }

    fn advanced(&self, table: usize, bytes: u64, rows: u64) {
        self.events.emit(Event::TableAdvanced {
            table,
            bytes,
            read: rows,
            rejected: 0,
        });
    }

    fn finished(&self, table: usize, rows: u64) {
        self.terminal.table_read(table, rows);
    }

    fn note(&self, words: &str) {
        self.events.detail(words);
    }
}
