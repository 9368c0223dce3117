//! Writes the reports that were asked for: JSON, or the page with what only the command knows, such as how to go on.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::cli::{DatabaseArgs, OutputArgs, ReadingArgs};
use crate::db::DatabaseUrl;
use crate::progress::Progress;
use crate::report::page::{Emails, Next, Page};
use crate::report::{Outcome, Report};
use crate::source::shown;

/// What a command adds to the page.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// The command's name.
    pub(super) command: &'static str,
    /// The command line, without a password.
    pub(super) command_line: String,
    /// Names and values of settings.
    pub(super) settings: Vec<(String, String)>,
    /// Where refused records are.
    pub(super) rejects: Option<String>,
    /// What the database holds otherwise than it must.
    pub(super) differences: Vec<String>,
    /// Why it did not come to its end.
    pub(super) failure: Option<String>,
    /// How to go on.
    pub(super) next: Vec<Next>,
}

/// Whether a report of that name is a page.
pub(super) fn is_page(file: &Path) -> bool {
    let extension = file.extension().map(|e| e.to_ascii_lowercase());
    extension.is_some_and(|e| e == "html" || e == "htm")
}

/// Makes sure, before anything else is done, that the reports can be written.
pub(super) fn prepare(output: &OutputArgs) -> Result<()> {
    for file in output.report.iter().filter(|f| *f != Path::new("-")) {
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
        if file.is_dir() {
            bail!(
                "cannot write the report to {}: it is a folder; name a file in it with --report",
                file.display()
            );
        }
    }
    Ok(())
}

/// Writes the reports that were asked for.
pub(super) fn write(
    output: &OutputArgs,
    progress: &Progress,
    report: &Report,
    details: &Details,
) -> Result<()> {
    for file in &output.report {
        match progress.gathered() {
            Some(gathered) if is_page(file) => {
                let emails = match output.report_emails {
                    true => Emails::Shown,
                    false => Emails::Masked,
                };
                let page = Page {
                    command: details.command,
                    command_line: details.command_line.clone(),
                    written: now(),
                    report,
                    gathered,
                    settings: details.settings.clone(),
                    rejects: details.rejects.clone(),
                    differences: &details.differences,
                    failure: details.failure.clone(),
                    next: details.next.clone(),
                    emails,
                };
                write_page(file, &page.render(), emails)?;
            }
            _ => report.write_json(file)?,
        }
    }
    Ok(())
}

/// A page with e-mail addresses is for its owner only, as the reject files are.
fn write_page(file: &Path, html: &str, emails: Emails) -> Result<()> {
    let context = || format!("cannot write the report to {}", file.display());
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if emails == Emails::Shown {
        options.mode(0o600);
    }
    let mut opened = options.open(file).with_context(context)?;
    if emails == Emails::Shown {
        // it may have been there with other rights
        let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        opened.set_permissions(owner).with_context(context)?;
    }
    opened.write_all(html.as_bytes()).with_context(context)
}

fn now() -> String {
    let now = jiff::Timestamp::now().to_string();
    // to the second, as people write it
    let (date, time) = now.split_once('T').unwrap_or((&now, ""));
    format!("{date} {} UTC", &time[..time.len().min(8)])
}

/// How the rows were read, for the page.
pub(super) fn reading_settings(reading: &ReadingArgs, threads: usize) -> Vec<(String, String)> {
    let named = |name: &str, value: String| (name.to_string(), value);
    vec![
        named("input folder", shown(&reading.directory).into_owned()),
        named(
            "schema",
            match &reading.schema {
                Some(file) => file.display().to_string(),
                None => "schema.sql (compiled in)".to_string(),
            },
        ),
        named("reject files", format!("{}/", reading.rejects.display())),
        named("refused records allowed", reading.max_rejects.to_string()),
        named("longest record", format!("{} bytes", reading.max_record)),
        named("threads that clean", threads.to_string()),
    ]
}

/// How to go on after a run that read rows. `url` is without a password; there is none for the private server.
pub(super) fn next_steps(
    outcome: Outcome,
    reading: &ReadingArgs,
    url: Option<&str>,
    command_line: &str,
    refused: bool,
) -> Vec<Next> {
    let mut options = String::new();
    if let Some(schema) = &reading.schema {
        options.push_str(&format!(
            " --schema {}",
            quoted(&schema.display().to_string())
        ));
    }
    if let Some(url) = url {
        options.push_str(&format!(" --database-url {}", quoted(url)));
    }
    let rejects = quoted(&reading.rejects.display().to_string());
    let directory = quoted(&shown(&reading.directory));
    let mut next = Vec::new();
    let mut add = |what: &str, command: String| {
        next.push(Next {
            what: what.to_string(),
            command,
        });
    };
    match outcome {
        Outcome::Seeded | Outcome::AlreadySeeded | Outcome::Verified => {
            if outcome != Outcome::Verified {
                add(
                    "Prove every value, by checksums, and every reference:",
                    format!("reviewseed verify{options}"),
                );
                if refused {
                    add(
                        "Mend the refused records where they are, then add them:",
                        format!("reviewseed seed {rejects} --append --rejects again{options}"),
                    );
                }
            }
            if reading.schema.is_none() {
                add(
                    "The ids that load tests aim at:",
                    format!("reviewseed targets{options} -o targets.txt"),
                );
            }
            if url.is_none() {
                add("Look at the tables:", "reviewseed server shell".to_string());
            }
        }
        Outcome::Clean | Outcome::FoundRejects => add(
            "Load what is accepted:",
            format!("reviewseed seed {directory}{options}"),
        ),
        Outcome::BudgetSpent => {
            add(
                "See what is wrong; the reasons of all refused records are here:",
                format!("ls {rejects}/*.reasons.csv"),
            );
            let allowed = match command_line.contains("--max-rejects") {
                true => String::new(),
                false => " --max-rejects 100%".to_string(),
            };
            add(
                "If so many may be refused, allow more (--max-rejects):",
                format!("{command_line}{allowed}"),
            );
        }
        Outcome::VerificationFailed => add(
            "Load again, beside the tables, and swap all of them at once:",
            format!("reviewseed seed {directory} --replace{options}"),
        ),
        Outcome::Failed => add(
            "Once the cause is gone, the same command goes on where this run stopped:",
            command_line.to_string(),
        ),
        Outcome::Reindexed | Outcome::Differs => {}
    }
    if url.is_some() && !next.is_empty() {
        next[0]
            .what
            .push_str(" (the password is left out of the URL)");
    }
    next
}

/// How to go on after `verify`, which knows of no files.
pub(super) fn next_steps_of_verify(
    outcome: Outcome,
    schema: Option<&Path>,
    url: Option<&str>,
) -> Vec<Next> {
    let mut options = String::new();
    if let Some(schema) = schema {
        options.push_str(&format!(
            " --schema {}",
            quoted(&schema.display().to_string())
        ));
    }
    if let Some(url) = url {
        options.push_str(&format!(" --database-url {}", quoted(url)));
    }
    let next = |what: &str, command: String| Next {
        what: what.to_string(),
        command,
    };
    if outcome == Outcome::VerificationFailed {
        return vec![
            next(
                "What is missing of indexes and keys, as SQL; without --dry-run it is built:",
                format!("reviewseed reindex --dry-run{options}"),
            ),
            next(
                "Rows that differ are loaded again, from the folder of the files:",
                format!("reviewseed seed DIR --replace{options}"),
            ),
        ];
    }
    match schema {
        None => vec![next(
            "The ids that load tests aim at:",
            format!("reviewseed targets{options} -o targets.txt"),
        )],
        Some(_) => Vec::new(),
    }
}

/// The URL as the page may show it, without a password: none for the private server.
pub(super) fn shown_url(database: &DatabaseArgs) -> Option<String> {
    let url = DatabaseUrl::parse(database.database_url.as_ref()?).ok()?;
    Some(url.to_string())
}

/// As a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
