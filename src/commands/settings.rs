//! Resolves what was typed, once, into plain settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};

use super::{reports, typed};
use crate::cli::{FilesArgs, OutputArgs, ReadingArgs};
use crate::progress::{Progress, Verbosity};
use engine::pipeline::{self, OverBudget};
use engine::rejects;
use input::format::{Format, HeaderLine};
use input::{Input, Source};
use model::schema::Schema;
use model::wording::chain;
use mysql::apply;
use mysql_schema::engine::Engines;
use mysql_schema::obstacles::{self, Obstacle, Read, Wanted};

/// Memory for sorting index entries, shared by all tables.
const INDEX_MEMORY: u64 = 512 << 20;

/// What building indexes may take. Unless told, two cores work on a table at a time: with one each,
/// the largest table is alone in the end, and with all of them on one table after another, they
/// wait for its disk.
pub fn index(jobs: Option<u16>) -> apply::Settings {
    apply::Settings {
        jobs: jobs.map_or((cores() / 2).max(2), usize::from),
        cores: cores(),
        memory: INDEX_MEMORY,
    }
}

/// How people are spoken to.
pub fn progress(phase: &'static str, output: &OutputArgs) -> Progress {
    let verbosity = match (output.quiet, output.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let progress = Progress::new(phase, verbosity).in_format(output.log_format.into());
    match output.report.iter().any(|file| reports::is_page(file)) {
        true => progress.gathering(),
        false => progress,
    }
}

/// Cores of this machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Where the rows come from.
pub fn files(directory: &Path, files: &FilesArgs) -> Input {
    Input {
        directory: directory.to_owned(),
        mapped: files.map.clone(),
        format: Format {
            delimiter: files.delimiter,
            header: match files.no_header {
                true => HeaderLine::Absent,
                false => HeaderLine::Present,
            },
            encoding: files.encoding,
        },
    }
}

/// Where the rows come from, and the tables that are wanted; none means all.
pub fn input(reading: &ReadingArgs) -> Result<(Input, Vec<String>)> {
    let mut input = files(&reading.directory, &reading.files);
    let Some(table) = &reading.table else {
        return Ok((input, reading.tables.clone()));
    };
    let stdin = Path::new("-");
    if input.directory != stdin {
        bail!(
            "--table says which table standard input fills: reviewseed … - --table {table}; for the tables of a folder take --tables"
        );
    }
    input.mapped.push((table.clone(), stdin.to_owned()));
    Ok((input, vec![table.clone()]))
}

/// Which columns the files fill, by table.
pub fn filled_by(sources: &[Source]) -> Vec<(String, Vec<usize>)> {
    let of = |source: &Source| {
        let columns = source.header.columns.iter().map(|(column, _)| *column);
        (source.table.name.clone(), columns.collect())
    };
    sources.iter().map(of).collect()
}

/// The files, when nothing of the schema keeps them from being loaded. All obstacles are said;
/// the last one is the error.
pub fn judged(
    read: Read<'_>,
    tables: &[String],
    sources: Result<Vec<Source>>,
    engines: &Engines,
    progress: &Progress,
) -> Result<Vec<Source>> {
    let filled = sources.as_deref().ok().map(filled_by);
    let wanted = Wanted {
        tables,
        filled: filled.as_deref(),
    };
    let found = obstacles::obstacles(read, wanted, engines);
    if engines.needs_unique_parents.is_none() {
        for words in obstacles::warnings(read, wanted) {
            progress.say(&format!("warning: {words}"));
        }
    }
    if found.is_empty() {
        return sources;
    }
    let mut words = obstacles::in_words(read, wanted, &found);
    let is_fault = |obstacle: &Obstacle| read.faults.iter().any(|f| f.text == obstacle.text);
    if let Some(last) = found.iter().rposition(is_fault) {
        words[last].push_str(&format!(
            "; remove what `check` cannot read, or let a server read the schema: {}",
            typed::command_line_of_dry_run()
        ));
    }
    // tables that could not be read have no file
    if let Err(error) = &sources
        && read.faults.is_empty()
    {
        words.push(chain(error));
    }
    let Some(last) = words.pop() else {
        return sources;
    };
    for obstacle in &words {
        progress.error(obstacle);
    }
    match words.len() {
        0 => bail!(last),
        others => {
            progress.error(&last);
            bail!(
                "{} obstacles, all are named above; nothing was read",
                others + 1
            )
        }
    }
}

/// Says which files of a folder that is taken as a whole are of no table: rows would be lost in
/// silence.
pub fn say_what_is_of_no_table(
    reading: &ReadingArgs,
    schema: &Schema,
    progress: &Progress,
) -> Result<()> {
    let whole =
        reading.tables.is_empty() && reading.table.is_none() && reading.files.map.is_empty();
    let stray = match whole {
        true => input::files_without_table(&files(&reading.directory, &reading.files), schema)?,
        false => Vec::new(),
    };
    if !stray.is_empty() {
        progress.say(&format!(
            "warning: of no table in the schema, and left alone: {}",
            stray.join(", ")
        ));
    }
    Ok(())
}

/// Chooses the folder of the reject files: that of `--rejects`, unless it has files of these tables
/// that no run left so. They may hold mended records, so they are kept, and the rejects of this run
/// go to a folder beside it.
pub fn choose_rejects(
    reading: &mut ReadingArgs,
    sources: &[Source],
    progress: &Progress,
) -> Result<()> {
    let tables: Vec<_> = sources.iter().map(|s| s.table.name.as_str()).collect();
    let is_input =
        |folder: &Path| is_same(folder, &reading.directory) || holds_a_mapped_file(reading, folder);
    if is_input(&reading.rejects) {
        // an error, which `pipeline` makes
        return Ok(());
    }
    let folder = rejects::free_folder(&reading.rejects, &tables, is_input)?;
    if folder.path != reading.rejects {
        let kept: Vec<_> = folder
            .kept
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        progress.say(&format!(
            "warning: files that are not as an earlier run left them are kept: {}; the rejects of this run go to {}/",
            kept.join(", "),
            folder.path.display()
        ));
        reading.rejects = folder.path;
    }
    Ok(())
}

/// Lets the broken lines of a folder of reject files, which is read now, go on to the new reject
/// files.
pub fn carry_broken_lines(
    settings: &mut pipeline::Settings,
    reading: &ReadingArgs,
    sources: &[Source],
    progress: &Progress,
) {
    let broken = sources.iter().map(|source| {
        let name = format!("{}.broken", source.table.name);
        reading.directory.join(name)
    });
    let has_lines = |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.len() > 0);
    let broken: Vec<_> = broken.filter(has_lines).collect();
    if broken.is_empty() {
        return;
    }
    let names: Vec<_> = broken.iter().map(|p| p.display().to_string()).collect();
    progress.say(&format!(
        "warning: the lines of {} are not loaded, because they are not records; they are kept in {}/; \
         delete those that are mended and loaded from the .broken file",
        names.join(", "),
        reading.rejects.display()
    ));
    settings.carried = Some(reading.directory.clone());
}

/// Removes the folder that [`choose_rejects`] chose when nothing was put into it.
pub fn remove_if_unused(reading: &ReadingArgs, asked: &Path) {
    if reading.rejects != asked {
        // a folder that holds something stays
        let _ = std::fs::remove_dir(&reading.rejects);
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn holds_a_mapped_file(reading: &ReadingArgs, folder: &Path) -> bool {
    let mut mapped = reading.files.map.iter().filter_map(|m| m.1.parent());
    mapped.any(|parent| {
        let parent = match parent == Path::new("") {
            true => Path::new("."),
            false => parent,
        };
        is_same(parent, folder)
    })
}

/// The pipeline's settings; makes sure that reject files can be written, and never beside the
/// input.
pub fn pipeline(reading: &ReadingArgs, connections: usize) -> Result<pipeline::Settings> {
    rejects::prepare_directory(&reading.rejects)?;
    if is_same(&reading.directory, &reading.rejects) {
        bail!(
            "{} is the input folder: reject files would replace the files that are read; name another with --rejects",
            reading.rejects.display()
        );
    }
    for path in reading.files.map.iter().map(|m| &m.1) {
        if path
            .parent()
            .is_some_and(|folder| is_same(folder, &reading.rejects))
        {
            bail!(
                "{} is in the folder of the reject files, which would replace it; name another with --rejects",
                path.display()
            );
        }
    }
    let threads = reading.threads.map_or_else(cores, usize::from);
    Ok(pipeline::Settings {
        threads,
        batch_bytes: usize::try_from(reading.batch_size)?,
        max_record: usize::try_from(reading.max_record)?,
        budget: reading.max_rejects,
        over_budget: OverBudget::Stop,
        existing: HashMap::new(),
        missing: HashMap::new(),
        stop: Arc::new(AtomicBool::new(false)),
        rejects: Some(reading.rejects.clone()),
        carried: None,
        in_flight: threads + connections,
    })
}
