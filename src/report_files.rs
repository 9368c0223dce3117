//! Writes the files of `--report`: as JSON, or as an HTML page. The page also shows details that
//! only the command knows, such as its settings.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cli::OutputArgs;
use crate::print::print_data;
use crate::terminal::Terminal;
use engine::cores;
use engine::options::ReadingOptions;
use engine::schema_text::SchemaChoice;
use input::shown;
use model::report::Report;
use report::page::{Emails, Page};

/// Number of bytes that are read from the start of a file to tell whether it is a report.
const LOOKED_AT: u64 = 4096;

/// Extensions of formats in which no report can be written.
const OTHER_FORMATS: [&str; 5] = ["csv", "md", "pdf", "xlsx", "xml"];

/// What a command adds to the report's page.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// The command's name.
    pub(crate) command: &'static str,
    /// The data set and the database.
    pub(crate) subject: String,
    /// The command line, without a password.
    pub(crate) command_line: String,
    /// Names and values of settings.
    pub(crate) settings: Vec<(String, String)>,
    /// Where rejected records are.
    pub(crate) rejects: Option<String>,
    /// How the database differs from the schema and the last run.
    pub(crate) differences: Vec<String>,
    /// Why the run failed.
    pub(crate) failure: Option<String>,
}

/// Whether a report with this name is written as an HTML page.
pub(crate) fn is_page(file: &Path) -> bool {
    let extension = file.extension().map(|e| e.to_ascii_lowercase());
    extension.is_some_and(|e| e == "html" || e == "htm")
}

/// Checks, before anything else is done, that the reports can be written.
pub(crate) fn prepare(files: &[PathBuf]) -> Result<()> {
    for file in files.iter().filter(|f| *f != Path::new("-")) {
        let extension = file.extension().map(|e| e.to_ascii_lowercase());
        if extension.is_some_and(|e| OTHER_FORMATS.iter().any(|other| e == *other)) {
            bail!(
                "cannot write the report to {}: a report is a page (.html) or JSON (.json); name such a file with --report {}",
                file.display(),
                file.with_extension("html").display()
            );
        }
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            bail!(
                "cannot write the report to {}: there is no folder {}; make it, or name another file with --report",
                file.display(),
                folder.display()
            );
        }
        if !may_be_replaced(file)? {
            bail!(
                "cannot write the report to {}: the file exists and is not a report of reviewseed; \
                 name another file with --report, or remove this one",
                file.display()
            );
        }
        if file.is_dir() {
            bail!(
                "cannot write the report to {}: it is a folder; name a file in it with --report",
                file.display()
            );
        }
    }
    Ok(())
}

/// Whether a report may replace this file: it does not exist, is a report, is empty, or is a
/// device.
fn may_be_replaced(file: &Path) -> Result<bool> {
    if !file.is_file() {
        return Ok(true);
    }
    let mut start = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(LOOKED_AT).read_to_end(&mut start))
        .with_context(|| {
            format!(
                "cannot read {}, which the report would replace",
                file.display()
            )
        })?;
    let start = String::from_utf8_lossy(&start);
    let json = start.strip_prefix('{').map(str::trim_start);
    Ok(start.is_empty()
        || start.contains("<title>reviewseed ")
        || json.is_some_and(|json| json.starts_with("\"tables\":"))
        || is_smoke_result(&start))
}

/// Whether the text of a file begins like the result of `smoke` in JSON.
fn is_smoke_result(start: &str) -> bool {
    let inner = start.strip_prefix('[').map_or(start, str::trim_start);
    let inner = inner.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| inner.starts_with("\"requests\":") || inner.starts_with("\"tier\":"))
}

/// Writes the files of `--report`.
pub(crate) fn write(
    output: &OutputArgs,
    terminal: &Terminal,
    report: &Report,
    details: &Details,
) -> Result<()> {
    for file in &output.report {
        match terminal.gathered() {
            Some(gathered) if is_page(file) => {
                let emails = match output.report_emails {
                    true => Emails::Shown,
                    false => Emails::Masked,
                };
                let page = Page {
                    command: details.command,
                    subject: details.subject.clone(),
                    command_line: details.command_line.clone(),
                    written: now(),
                    report,
                    gathered,
                    settings: details.settings.clone(),
                    rejects: details.rejects.clone(),
                    differences: &details.differences,
                    failure: details.failure.clone(),
                    emails,
                };
                write_page(file, &page.render(), emails)?;
            }
            _ => write_json(report, file)?,
        }
    }
    Ok(())
}

/// Writes the report as JSON to a file, or to stdout for `-`.
pub(crate) fn write_json(report: &Report, file: &Path) -> Result<()> {
    let json = report::to_json(report).context("cannot write the report as JSON")?;
    write_text(&json, file)
}

/// Writes a report to a file, or to stdout for `-`.
pub(crate) fn write_text(text: &str, file: &Path) -> Result<()> {
    if file == Path::new("-") {
        return Ok(print_data(text)?);
    }
    std::fs::write(file, text)
        .with_context(|| format!("cannot write the report to {}", file.display()))
}

/// Writes a page. If the page shows e-mail addresses, only the file's owner can read it, like the
/// reject files.
fn write_page(file: &Path, html: &str, emails: Emails) -> Result<()> {
    let context = || format!("cannot write the report to {}", file.display());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if emails == Emails::Shown {
        options.mode(0o600);
    }
    let mut opened = options.open(file).with_context(context)?;
    if emails == Emails::Shown {
        // an existing file may have had other permissions
        let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        opened.set_permissions(owner).with_context(context)?;
    }
    opened.write_all(html.as_bytes()).with_context(context)
}

/// The current time, for people.
pub(crate) fn now() -> String {
    let now = jiff::Timestamp::now().to_string();
    // without a fraction of a second, because people read it
    let (date, time) = now.split_once('T').unwrap_or((&now, ""));
    format!("{date} {} UTC", &time[..time.len().min(8)])
}

/// The last part of the path of a folder or archive, which names a data set.
pub(crate) fn data_set(reading: &ReadingOptions) -> String {
    let shown = shown(&reading.input.directory).into_owned();
    let whole = reading.input.directory.canonicalize().ok();
    let name = whole.as_deref().and_then(Path::file_name);
    name.map_or(shown, |name| name.to_string_lossy().into_owned())
}

/// The settings with which the records were read, for the page.
pub(crate) fn reading_settings(reading: &ReadingOptions) -> Vec<(String, String)> {
    let named = |name: &str, value: String| (name.to_string(), value);
    let threads = reading.threads.unwrap_or_else(cores);
    vec![
        named("input folder", shown(&reading.input.directory).into_owned()),
        named("schema", SchemaChoice::of_files(reading).shown()),
        named("reject files", format!("{}/", reading.rejects.display())),
        named("rejected records allowed", reading.budget.to_string()),
        named("longest record", format!("{} bytes", reading.max_record)),
        named("threads that clean", threads.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_smoke_are_told_by_their_first_name() {
        for (start, is) in [
            ("{\n  \"requests\": 7500,", true),
            ("[\n  {\n    \"tier\": \"sql\",", true),
            ("{\"tables\": []}", false),
            ("[1, 2]", false),
            ("", false),
        ] {
            assert_eq!(is_smoke_result(start), is, "{start}");
        }
    }
}
