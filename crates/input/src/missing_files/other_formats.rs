//! Messages about files in formats that cannot be read: what each file is, and what to do.

use crate::file_names::{other_stem, stem};
use crate::locate::Listing;

/// Extensions, with the words that follow the file's name: what it is, and what to do.
const FORMATS: [(&[&str], &str); 7] = [
    (
        &["xls", "xlsx", "xlsm", "ods"],
        "a spreadsheet: save its sheet as CSV",
    ),
    (
        &["geojson"],
        "JSON with all objects in an array of another object: load it with --map TABLE=FILE --set 'TABLE.records=$.features'",
    ),
    (
        &["avro", "orc", "feather", "arrow"],
        "in a binary format: convert it to CSV first, for example with duckdb",
    ),
    (&["xml", "html"], "XML or HTML: convert it to CSV first"),
    (
        &["sql"],
        "SQL: load it with the server's own client, or export the table as CSV",
    ),
    (
        &["db", "sqlite", "sqlite3", "mdb", "accdb"],
        "a database of another program: export the table as CSV",
    ),
    (
        &["xz", "lz4", "lzma", "br", "7z", "rar", "tar", "tgz"],
        "compressed in a format that is not supported: unpack it first",
    ),
];

/// Extensions of files that never have rows.
const WITHOUT_ROWS: [&str; 4] = ["md", "py", "sh", "broken"];

/// Endings of files of programs, documents and pictures.
const OF_PROGRAMS: [&str; 22] = [
    "toml", "yaml", "yml", "ini", "cfg", "conf", "lock", "crc", "md5", "sha256", "rst", "pdf",
    "doc", "docx", "png", "jpg", "jpeg", "svg", "ipynb", "r", "js", "css",
];

/// Names of schema files that a draft writes itself.
const OWN: [&str; 2] = ["schema.sql", "drafted.sql"];

/// Whether a file with this name may have rows in a format that can be read.
pub(super) fn may_have_rows(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
    !WITHOUT_ROWS.contains(&ending) && format_of(ending).is_none()
}

/// Whether the ending of a file's name does not tell whether the file has rows.
fn is_unknown(name: &str, ending: &str) -> bool {
    let is_known = WITHOUT_ROWS.contains(&ending) || OF_PROGRAMS.contains(&ending);
    let is_hidden = name.starts_with(['.', '_']);
    let is_word = !ending.is_empty() && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_text = stem(name).is_some() || other_stem(name).is_some();
    is_word && !is_hidden && !is_known && !is_text
}

fn format_of(ending: &str) -> Option<&'static str> {
    let mut formats = FORMATS.iter();
    let format = formats.find(|(endings, _)| endings.contains(&ending));
    format.map(|(_, words)| *words)
}

/// Messages about files with these names that may have rows in a format that cannot be read.
pub(crate) fn unread(names: &[&str]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    let words = names.iter().filter_map(|name| {
        let lower = name.to_ascii_lowercase();
        let (_, ending) = lower.rsplit_once('.')?;
        if ending == "zip" {
            let is_found = stem(name).is_some();
            return (!is_found).then(|| {
                format!("{name} is a zip archive: to load its files, name the archive instead of the folder")
            });
        }
        match ending {
            _ if OWN.contains(&lower.as_str()) => None,
            "sql" => Some(format!(
                "{name} is SQL: if it creates the tables, name it with --schema; load rows that are in \
                 it with the server's own client"
            )),
            "log" => Some(format!(
                "{name} is a log: if its lines have fields, name it with --map TABLE=FILE"
            )),
            _ => match format_of(ending) {
                Some(words) => Some(format!("{name} is {words}")),
                None => is_unknown(name, ending).then(|| {
                    format!("{name} has an unknown ending: if it has rows, name it with --map TABLE=FILE")
                }),
            },
        }
    });
    words.collect()
}

/// Whether one of the tables has a file in a format that cannot be read.
pub(super) fn has_some(tables: &[&str], listing: &Listing) -> bool {
    !words(tables, listing).is_empty()
}

/// The part of a message about files of tables in formats that cannot be read.
pub(super) fn words(tables: &[&str], listing: &Listing) -> String {
    let mut found: Vec<(&'static str, Vec<&str>)> = Vec::new();
    let mut names = listing.names();
    names.sort_unstable();
    for name in names {
        let lower = name.to_ascii_lowercase();
        let stem = lower.split('.').next().unwrap_or_default();
        let ending = lower.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_of_table = tables.iter().any(|table| table.to_lowercase() == stem);
        if let Some(format) = format_of(ending).filter(|_| is_of_table) {
            match found.iter_mut().find(|(known, _)| *known == format) {
                Some((_, names)) => names.push(name),
                None => found.push((format, vec![name])),
            }
        }
    }
    let words = found.iter().map(|(format, names)| match &names[..] {
        [only] => format!("; {only} is {format}"),
        several => format!("; each of {} is {format}", several.join(", ")),
    });
    words.collect()
}
