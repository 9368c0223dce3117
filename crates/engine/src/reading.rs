//! Opens the files that the reading options name, and prepares the pipeline's settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Result, fail};

use crate::cancel::Stop;
use crate::event::Events;
use crate::machine::cores;
use crate::options::ReadingOptions;
use crate::pipeline::{self, AfterReading, OverBudget};
use crate::rejects;
use crate::schema_text::SchemaChoice;
use input::Source;
use model::schema::Schema;
use model::shell::quoted;
use model::wording::chain;
use mysql_schema::engine::Engines;
use mysql_schema::obstacles::{self, Obstacle, SchemaFile, Selection};

/// The columns that the files fill, by table.
pub(crate) fn filled_by(sources: &[Source]) -> Vec<(String, Vec<usize>)> {
    let of = |source: &Source| {
        let columns = source.header.columns.iter().map(|(column, _)| *column);
        (source.table.name.clone(), columns.collect())
    };
    sources.iter().map(of).collect()
}

/// Returns the open files, unless the schema or the files prevent a load. All obstacles are
/// reported; the last one is the returned error.
pub(crate) fn judged(
    (read, tables): (SchemaFile<'_>, &[String]),
    sources: input::Result<Vec<Source>>,
    dry_run: &str,
    events: &Events,
) -> Result<Vec<Source>> {
    let engines = &Engines::default();
    let filled = sources.as_deref().ok().map(filled_by);
    let wanted = Selection {
        tables,
        filled: filled.as_deref(),
    };
    let found = obstacles::obstacles(read, wanted, engines);
    if engines.needs_unique_parents.is_none() {
        for words in obstacles::warnings(read, wanted) {
            events.info(&format!("warning: {words}"));
        }
    }
    if found.is_empty() {
        return Ok(sources?);
    }
    let mut words = obstacles::messages(read, wanted, &found);
    let is_fault = |obstacle: &Obstacle| {
        let mut for_server = read.faults.iter().filter(|fault| fault.is_for_server());
        for_server.any(|fault| fault.text == obstacle.text)
    };
    if let Some(last) = found.iter().rposition(is_fault) {
        words[last].push_str(&format!(
            "; remove what `check` cannot parse, or let a server parse the schema: {}",
            dry_run
        ));
    }
    // the error about files would be misleading, because tables that could not be parsed seem to
    // have no file
    if let Err(error) = &sources
        && read.faults.is_empty()
    {
        words.push(chain(error));
    }
    let Some(last) = words.pop() else {
        return Ok(sources?);
    };
    for obstacle in &words {
        events.error(obstacle);
    }
    match words.len() {
        0 => fail!("{last}"),
        others => {
            events.error(&last);
            fail!(
                "{} errors, all are named above; nothing was read",
                others + 1
            )
        }
    }
}

/// Opens the files of the wanted tables. If the built-in schema has no table for any file, the
/// error says that no schema was named.
pub(crate) fn opened(
    reading: &ReadingOptions,
    schema: &Schema,
    tables: &[String],
) -> input::Result<Vec<Source>> {
    let opened = input::open_all(&reading.input, schema, tables);
    match opened {
        Err(input::Error::Unfit(words)) => {
            let advice = advice_of_no_schema(reading, schema).unwrap_or_default();
            Err(input::Error::Unfit(words + &advice))
        }
        other => other,
    }
}

fn advice_of_no_schema(reading: &ReadingOptions, schema: &Schema) -> Option<String> {
    let is_assumed = reading.schema.file.is_none()
        && SchemaChoice::of_files(reading).file().is_none()
        && reading.input.mapped.is_empty();
    if !is_assumed
        || !input::tables_present(&reading.input, schema)
            .ok()?
            .is_empty()
    {
        return None;
    }
    let stray = input::files_without_table(&reading.input, schema).ok()?;
    let directory = input::shown(&reading.input.directory);
    (!stray.is_empty()).then(|| {
        format!(
            "; no schema was named, so the built-in one was used: `reviewseed draft {}` writes a \
             schema for these files, and --schema FILE names one",
            quoted(&directory)
        )
    })
}

/// Warns of files in the input folder that belong to no table, so that their rows are not loaded.
pub(crate) fn tell_files_without_table(
    reading: &ReadingOptions,
    schema: &Schema,
    events: &Events,
) -> Result<()> {
    let whole = reading.tables.is_empty() && reading.input.mapped.is_empty();
    let stray = match whole {
        true => input::files_without_table(&reading.input, schema)?,
        false => Vec::new(),
    };
    if !stray.is_empty() {
        events.info(&format!(
            "warning: files not loaded, because no table of the schema has their name: {}",
            stray.join(", ")
        ));
    }
    Ok(())
}

/// Reports header names that are matched to columns although they are spelled differently.
pub(crate) fn tell_respelled_names(sources: &[Source], events: &Events) {
    for source in sources {
        if let Some(delimiter) = source.header.proven_delimiter {
            let delimiter = match delimiter.bytes() {
                b"\t" => "tabs".to_owned(),
                _ => delimiter.to_string(),
            };
            events.info(&format!(
                "{}: the names in the header are separated by {delimiter}, so the fields of the records are separated in the same way",
                source.table.name
            ));
        }
        let names = source.header.respelled.iter();
        let names: Vec<_> = names
            .map(|(field, column)| format!("\"{field}\" = {column}"))
            .collect();
        if !names.is_empty() {
            events.info(&format!(
                "{}: header names are read as columns: {}",
                source.table.name,
                names.join(", ")
            ));
        }
    }
}

/// Checks the constants of all files before the first row.
///
/// # Errors
///
/// When a constant is not a valid value of its column. The message lists all such constants.
pub(crate) fn check_constants(sources: &[Source]) -> Result<()> {
    let wrong = sources
        .iter()
        .filter_map(|s| pipeline::cleaner::check_constants(s).err());
    let wrong: Vec<_> = wrong.map(|error| error.to_string()).collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => fail!("{}", wrong.join("; ")),
    }
}

/// Chooses the folder of the reject files. It is the folder of `--rejects`, unless that folder has
/// files of the same names that someone has edited or that no run wrote. Such files may have
/// corrected records, so they are kept, and this run uses another folder next to it.
pub(crate) fn choose_rejects(
    reading: &mut ReadingOptions,
    sources: &[Source],
    events: &Events,
) -> Result<()> {
    let tables: Vec<_> = sources.iter().map(|s| s.table.name.as_str()).collect();
    let is_input = |folder: &Path| {
        is_same(folder, &reading.input.directory) || input_file_in(sources, folder).is_some()
    };
    if is_input(&reading.rejects) {
        // reject files must not replace input files; `pipeline_settings` reports this error
        return Ok(());
    }
    let folder = rejects::free_folder(&reading.rejects, &tables, is_input)?;
    if folder.path != reading.rejects {
        let kept: Vec<_> = folder
            .kept
            .iter()
            .map(|p| p.display().to_string())
            .collect();
        events.info(&format!(
            "warning: files that were edited, or that reviewseed did not write, are kept: {}; this \
             run writes its rejects to {}/",
            kept.join(", "),
            folder.path.display()
        ));
        reading.rejects = folder.path;
    }
    Ok(())
}

/// If the input folder has reject files of an earlier run, makes this run copy their broken lines
/// to the new reject files.
pub(crate) fn carry_broken_lines(
    settings: &mut pipeline::Settings,
    reading: &ReadingOptions,
    sources: &[Source],
    events: &Events,
) {
    let broken = sources.iter().map(|source| {
        let name = format!("{}.broken", source.table.name);
        reading.input.directory.join(name)
    });
    let has_lines = |path: &PathBuf| path.metadata().is_ok_and(|meta| meta.len() > 0);
    let broken: Vec<_> = broken.filter(has_lines).collect();
    if broken.is_empty() {
        return;
    }
    let names: Vec<_> = broken.iter().map(|p| p.display().to_string()).collect();
    events.info(&format!(
        "warning: the lines of {} are not loaded, because they are not records; they are kept in \
         {}/; when you have corrected and loaded a line, delete it from the .broken file",
        names.join(", "),
        reading.rejects.display()
    ));
    settings.carried = Some(reading.input.directory.clone());
}

/// Removes a folder that [`choose_rejects`] chose, if it is still empty.
pub(crate) fn remove_if_unused(chosen: &Path, asked: &Path) {
    if chosen != asked {
        // this fails if the folder is not empty, which is intended
        let _ = std::fs::remove_dir(chosen);
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// An input file that is in this folder.
fn input_file_in<'a>(sources: &'a [Source], folder: &Path) -> Option<&'a Path> {
    let mut files = sources.iter().flat_map(Source::local_files);
    files.find(|file| match file.parent() {
        Some(parent) if parent != Path::new("") => is_same(parent, folder),
        _ => is_same(Path::new("."), folder),
    })
}

/// Prepares the pipeline's settings. Checks that reject files can be written and will not replace
/// input files.
pub(crate) fn pipeline_settings(
    reading: &ReadingOptions,
    sources: &[Source],
    connections: usize,
) -> Result<pipeline::Settings> {
    rejects::prepare_directory(&reading.rejects)?;
    if is_same(&reading.input.directory, &reading.rejects) {
        fail!(
            "{} is the input folder, so reject files would replace input files; name another \
             folder with --rejects",
            reading.rejects.display()
        );
    }
    if let Some(file) = input_file_in(sources, &reading.rejects) {
        fail!(
            "{} is in the folder of the reject files, and a reject file would replace it; name \
             another folder with --rejects",
            file.display()
        );
    }
    let threads = reading.threads.unwrap_or_else(cores);
    Ok(pipeline::Settings {
        threads,
        batch_bytes: reading.batch_bytes,
        max_record: reading.max_record,
        budget: reading.budget,
        over_budget: OverBudget::Stop,
        existing: HashMap::new(),
        table_checksums: HashMap::new(),
        digests: HashMap::new(),
        missing: HashMap::new(),
        excerpts: HashMap::new(),
        after_reading: AfterReading::Nothing,
        stop: Stop::default(),
        rejects: Some(reading.rejects.clone()),
        carried: None,
        in_flight: threads + connections,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use input::Input;
    use mysql_schema::parse::parse;

    #[test]
    fn files_of_no_table_of_the_built_in_schema_need_a_draft() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("orders.csv"), "id\n1\n").unwrap();
        let schema = parse("CREATE TABLE t (a INT PRIMARY KEY)", "built-in").unwrap();
        let said = |reading: &ReadingOptions| {
            let error = opened(reading, &schema, &[]).unwrap_err();
            error.to_string()
        };
        let mut reading = ReadingOptions::new(Input::folder(folder.path()));
        let words = said(&reading);
        let command = format!("`reviewseed draft {}`", folder.path().display());
        assert!(
            words.contains("no schema was named") && words.contains(&command),
            "{words}"
        );
        assert!(words.contains("--schema FILE"), "{words}");
        // a schema that was named is meant
        reading.schema.file = Some("built-in".into());
        assert!(!said(&reading).contains("no schema"), "{words}");
        // an empty folder has nothing to draft
        reading.schema.file = None;
        std::fs::remove_file(folder.path().join("orders.csv")).unwrap();
        assert!(!said(&reading).contains("no schema"), "{words}");
    }
}
