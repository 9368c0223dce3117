//! The commands that load corrected records.

use std::path::Path;

use crate::command_line::{self as typed, Line};
use engine::options::ReadingOptions;
use engine::rejects;
use engine::schema_text::SchemaChoice;
use input::dialect::Symbol;
use input::format::{Format, HeaderLine};
use model::rejection::Rule;
use model::report::{Next, Report, TableReport};

/// The commands that load corrected records: one command, or one for each delimiter of the files.
/// The user can repeat a command until no reject file is left.
pub(super) fn correcting(report: &Report, reading: &ReadingOptions) -> Vec<Next> {
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
        // the settings of the table apply to its reject file too, so no option is needed
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

/// Adds the delimiter of a table with settings of its own, if the name of the input file shows that
/// the delimiter is a tab. The reject file has another name, which does not show that.
fn with_own_tabs(line: Line, reading: &ReadingOptions, table: &TableReport) -> Line {
    match own_format(reading, table) {
        Some(format) if format.delimiter.is_none() && has_tabs(&table.file) => {
            line.and("set", Some(&format!("{}.delimiter=tab", table.name)))
        }
        _ => line,
    }
}

/// Whether the name of a file shows that tabs separate its fields.
fn has_tabs(file: &str) -> bool {
    file.contains(".tsv") || file.contains(".tab")
}

/// The command line that loads the corrected records of these tables. Reject files have the format
/// of the input files, but in UTF-8. The command does not limit the number of rejected records,
/// because it reads few records. Its rejects are written to another folder, so that the files that
/// it reads are not replaced.
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
        // `--sync` with only these records would delete all other rows, so the command appends and
        // updates
        line = line.and("on-duplicate", Some("update"));
    }
    // the schema may have been found beside the input files, but reject files are in another
    // folder, so the command names the schema
    if let Some(schema) = SchemaChoice::of_files(reading).file() {
        line = line.with("schema", &schema.display().to_string());
    }
    line = line.and("rejects", Some(&again.display().to_string()));
    line = line.and("max-rejects", Some("100%"));
    let names_files = names_files(reading);
    // `--tables` or `files` may come from reviewseed.toml, which applies to this command too, so
    // the tables are always named
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

/// Adds the options that describe reject files: they are in UTF-8, and have no header if the input
/// files have none.
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
