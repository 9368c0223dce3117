//! Opens the files of a folder without a schema: each group of files becomes a table whose columns
//! are the fields of its records.

mod again;
mod documents;
mod judged;
mod words;

use input::format::Format;
use input::mapping::Rename;
use input::{FileGroup, FileStart, Folder, Input, JsonPath, Source, TableInput, open_all};
use model::schema::{ColumnType, Schema, Table};

use crate::error::{Error, Result};
use crate::names::{self, HeaderNames};
use crate::readings::plain_column;
use crate::sniff::{self, Guess, HeaderJudgement, SAMPLE_BYTES};
use judged::Judged;

/// A setting of a table: its name and its values.
pub(crate) type Setting = (&'static str, Vec<String>);

/// The files of one table, open.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) name: String,
    /// The names of the columns in the order of the fields.
    pub(crate) columns: Vec<String>,
    /// The columns of type BYTES in Parquet files, whose values are written as `0x…`.
    pub(crate) bytes: Vec<String>,
    /// Settings without which the files cannot be read.
    pub(crate) settings: Vec<Setting>,
    pub(crate) source: Source,
    /// Names of members of JSON records that get no column.
    pub(crate) left_out: Vec<String>,
    /// The note about a guessed encoding.
    pub(crate) guess: Option<String>,
    /// Notes about other guesses and doubts about the format of the files.
    pub(crate) notes: Vec<String>,
    /// Settings that are not guessed, because the user gave them or a guess would change values.
    kept: Vec<&'static str>,
    /// Settings that were guessed from the beginning of the files.
    pub(crate) guessed: Option<Guessed>,
    /// The place of the first bytes that are not UTF-8, if the beginning of the files has any.
    pub(crate) first_bad: Option<String>,
    /// Columns that are filled from a path in JSON records, as (column, path).
    pub(crate) paths: Vec<(String, String)>,
    /// How the files are found and read, so that they can be opened again.
    input: Input,
}

/// Settings that were guessed from the beginning of the files.
#[derive(Debug, Clone)]
pub(crate) struct Guessed {
    pub(crate) guess: Guess,
    /// Whether the beginning that was read is the whole file.
    pub(crate) is_of_all: bool,
    /// The format and the settings without the guess.
    before: (Format, Vec<Setting>),
}

/// The files of a folder, open.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tables: Vec<Opened>,
    /// Files that are not read, each with the reason.
    pub(crate) left_out: Vec<String>,
}

/// Opens the files of all tables.
///
/// # Errors
///
/// When there is no file, or one cannot be opened.
pub(crate) fn open(input: &Input, only: &[String]) -> Result<Found> {
    let folder = Folder::read(input)?;
    let mut groups = Vec::new();
    for group in folder.groups()? {
        groups.extend(with_equal_headers(&folder, input, group)?);
    }
    let mut taken = Vec::new();
    let mut named = Vec::new();
    for group in groups {
        let name = match group.is_mapped() {
            true => group.name.clone(),
            false => names::table(&group.name, &taken),
        };
        taken.push(name.clone());
        if only.is_empty() || only.iter().any(|o| o.eq_ignore_ascii_case(&name)) {
            named.push((name, group));
        }
    }
    let tables: Vec<&str> = taken.iter().map(String::as_str).collect();
    let mut found = Found {
        tables: Vec::new(),
        left_out: Vec::new(),
    };
    let mut read: Vec<&FileGroup> = Vec::new();
    for (name, group) in &named {
        let opened = open_group(&folder, input, (name, group), &tables, &mut found.left_out)?;
        match opened {
            Ok(opened) => {
                read.push(group);
                found.tables.push(opened);
            }
            Err(why) => found.left_out.push(why),
        }
    }
    check_names(input, &read)?;
    found.left_out.extend(folder.unread());
    if found.tables.is_empty() {
        let left_out = match found.left_out.is_empty() {
            true => String::new(),
            false => format!("; {}", found.left_out.join("; ")),
        };
        return Err(Error::Nothing(format!(
            "{} has no files that can be tables: csv, tsv, jsonl, ndjson, json or parquet, or txt \
             and dat files with fields, also compressed{left_out}{}",
            input::shown(&input.directory),
            words::in_folders(&input.directory)
        )));
    }
    Ok(found)
}

/// Fails if several files have the name of one table, such as `a.csv` and `a.csv.gz`, because both
/// may have the same rows.
fn check_names(input: &Input, groups: &[&FileGroup]) -> Result<()> {
    for group in groups.iter().filter(|group| !group.is_mapped()) {
        let same = groups
            .iter()
            .filter(|other| other.name.eq_ignore_ascii_case(&group.name));
        let files: Vec<&str> = same
            .flat_map(|other| other.files.iter().map(String::as_str))
            .collect();
        if files.len() > group.files.len() {
            return Err(Error::SameName {
                directory: input::shown(&input.directory).into_owned(),
                table: group.name.clone(),
                files: files.join(", "),
            });
        }
    }
    Ok(())
}

/// Splits a group of files whose headers differ into several tables.
fn with_equal_headers(
    folder: &Folder<'_>,
    input: &Input,
    group: FileGroup,
) -> Result<Vec<FileGroup>> {
    let Some((first, others)) = group.files.split_first() else {
        return Ok(Vec::new());
    };
    if others.is_empty() || group.is_mapped() {
        return Ok(vec![group]);
    }
    let read = settings_of(input, &group.name);
    let names = folder.names(first, &read)?;
    let mut is_one = true;
    for other in others {
        let start = folder.start(other, &read.format, SAMPLE_BYTES)?;
        let has_header = !start.is_json
            && sniff::written(&start.text, start.is_whole, start.is_tsv, &read.format).header
                == HeaderJudgement::Present;
        let other = folder.names(other, &read)?;
        is_one &= match start.is_json {
            true => other.iter().any(|name| names.contains(name)),
            false => other == names || (!has_header && other.len() == names.len()),
        };
    }
    if is_one {
        return Ok(vec![group]);
    }
    let single = |file: &String| FileGroup {
        name: file.split('.').next().unwrap_or(file).to_owned(),
        files: vec![file.clone()],
        origin: group.origin,
    };
    Ok(group.files.iter().map(single).collect())
}

/// The settings for files with this name.
fn settings_of(input: &Input, name: &str) -> TableInput {
    let mut own = input.tables.iter();
    match own.find(|(table, _)| table.eq_ignore_ascii_case(name)) {
        Some((_, own)) => own.clone(),
        None => TableInput {
            format: input.format.clone(),
            ..TableInput::default()
        },
    }
}

/// Opens the files of a group. The inner error says why they are not a table. Adds columns that are
/// not read to `left_out`.
fn open_group(
    folder: &Folder<'_>,
    input: &Input,
    (name, group): (&str, &FileGroup),
    tables: &[&str],
    left_out: &mut Vec<String>,
) -> Result<Result<Opened, String>> {
    let mut judged = match Judged::new(folder, input, (name, group), left_out)? {
        Ok(judged) => judged,
        Err(why) => return Ok(Err(why)),
    };
    let names = judged.names(folder, group)?;
    let Judged {
        mut read,
        mut settings,
        start,
        header,
        mut notes,
        ..
    } = judged;
    if names.is_empty() {
        let why = words::nameless(&start);
        return Ok(Err(format!("{} {why}", start.file)));
    }
    let columns = names::columns(&names);
    let kind = (header, start.is_json);
    map_names(&names, &columns, kind, &mut read, &mut settings);
    let bytes = bytes_of(&start, &names, &columns);
    let mut paths = Vec::new();
    if start.is_json {
        paths = place_unclear(&names, &columns, &mut read);
        notes.extend(words::alike(&names, &columns));
    }
    if !group.is_mapped() && !folder.finds(group, name, tables) && read.files.is_empty() {
        read.files.clone_from(&group.files);
        settings.push(("files", group.files.clone()));
    }
    let input = Input {
        tables: vec![(name.to_owned(), read)],
        renames: Vec::new(),
        ..input.clone()
    };
    let source = source(&input, name, &columns, &bytes)?;
    Ok(Ok(Opened {
        name: name.to_owned(),
        columns,
        bytes,
        settings,
        source,
        left_out: Vec::new(),
        guess: judged.guess,
        notes,
        kept: judged.kept,
        guessed: judged.guessed,
        first_bad: judged.first_bad,
        paths,
        input,
    }))
}

/// The columns of a Parquet file that hold bytes.
fn bytes_of(start: &FileStart, names: &[String], columns: &[String]) -> Vec<String> {
    let pairs = names.iter().zip(columns);
    let bytes = pairs.filter(|(name, _)| start.of_bytes.contains(name));
    bytes.map(|(_, column)| column.clone()).collect()
}

/// Fills the columns of members with unclear names by path. Returns these columns with their paths.
fn place_unclear(
    names: &[String],
    columns: &[String],
    read: &mut TableInput,
) -> Vec<(String, String)> {
    let pairs = names.iter().zip(columns);
    let all = HeaderNames::new(names);
    let unclear = pairs.filter(|(name, _)| all.is_unclear(name));
    let places = unclear.map(|(name, column)| (column, JsonPath::member(name).to_string()));
    let placed = places.filter(|(column, path)| read.mapping.set_path(column, path).is_ok());
    placed
        .map(|(column, path)| (column.clone(), path))
        .collect()
}

/// Adds the settings for header names that cannot be column names as they are.
fn map_names(
    names: &[String],
    columns: &[String],
    (header, is_json): (HeaderJudgement, bool),
    read: &mut TableInput,
    settings: &mut Vec<Setting>,
) {
    if !read.mapping.fields.is_empty() {
        return;
    }
    let pairs = || names.iter().zip(columns);
    let misnamed: Vec<_> = pairs()
        .filter(|(name, column)| !names::is_found(name, column))
        .collect();
    let all = HeaderNames::new(names);
    let is_found_once = |(name, column): &(&String, &String)| {
        !name.trim().is_empty() && !all.others_are_found(name, column)
    };
    let by_position = header == HeaderJudgement::Absent
        || (!is_json && !pairs().all(|pair| is_found_once(&pair) && !all.is_repeated(pair.0)));
    if by_position {
        read.mapping.fields = columns.to_vec();
        settings.push(("fields", columns.to_vec()));
        return;
    }
    let renames = misnamed
        .into_iter()
        .filter(|(name, _)| !(name.trim().is_empty() || is_json && all.is_unclear(name)));
    let renames = renames.map(|(name, column)| Rename {
        field: name.trim().to_owned(),
        column: column.clone(),
    });
    let renames: Vec<Rename> = renames.collect();
    if !renames.is_empty() {
        settings.push(("rename", renames.iter().map(ToString::to_string).collect()));
        read.mapping.renames.extend(renames);
    }
}

/// Opens the files as a table of text columns; the columns in `bytes` are BLOBs.
fn source(input: &Input, name: &str, columns: &[String], bytes: &[String]) -> Result<Source> {
    let max_bytes = u32::MAX;
    let kind = |name: &String| match bytes.contains(name) {
        true => ColumnType::Blob { max_bytes },
        false => ColumnType::Text { max_bytes },
    };
    let columns = columns.iter().map(|name| plain_column(name, kind(name)));
    let table = Table {
        columns: columns.collect(),
        ..Table::named(name.to_owned())
    };
    let schema = Schema {
        tables: vec![table],
    };
    let mut input = input.clone();
    input.mapped.retain(|(table, _)| table == name);
    let mut sources = open_all(&input, &schema, &[])?;
    let source = sources.remove(0);
    // profiles need one column for each field, in the order of the fields
    let filled = &source.header.columns;
    let all = source.table.columns.iter().enumerate();
    let mut unfilled = all.filter(|(at, _)| !filled.iter().any(|(filled, _)| filled == at));
    match unfilled.next() {
        Some((_, column)) => Err(Error::Unfilled {
            file: source.path.display().to_string(),
            column: column.name.clone(),
        }),
        None => Ok(source),
    }
}
