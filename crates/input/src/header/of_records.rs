//! The header of JSON files: the names in their first records, matched with the columns of the
//! table.

use std::sync::Arc;

use super::matching::{ColumnSource, Matched, matched_keys};
use super::{FillValue, Header, Misfit, hint, members};
use crate::dialect::{Dialect, LineEnd};
use crate::error::{Error, Result, fail, unfit};
use crate::input_file::{InputFile, TextKind};
use crate::json::{
    Base, Extract, Form, IsFilled, Keys, Path, Spellings, Step, Wanted, arrays_of_objects,
    is_python, words_of_python,
};
use crate::misread::{Advice, Misread};
use crate::near::is_same_loosely;
use crate::records::long::marks;
use crate::table_input::TableInput;
use model::schema::{ColumnType, Table};
use model::shell::quoted;

/// Maximum number of records in which names are collected.
const RECORDS: usize = 1000;
/// Maximum number of bytes in which names are collected, unless the first record is longer.
const BYTES: usize = 1 << 20;
/// The first record must end within this many bytes.
const MOST_BYTES: usize = 64 << 20;

/// The beginning of a JSON file.
struct Start {
    dialect: Dialect,
    text: Vec<u8>,
    keys: Keys,
    /// The first broken record, or the first record if none is broken.
    first: Vec<u8>,
    /// Whether all records of the file were read.
    has_all_records: bool,
}

/// The header of a JSON file: the names in its first records, matched with the table.
pub(crate) fn header(files: &[InputFile], table: &Table, read: &TableInput) -> Result<Header> {
    let Some(file) = files.first() else {
        fail!("table {} has no file", table.name);
    };
    let start = beginning(file, read)?;
    let has_no_names = start.keys.names.is_empty() && start.keys.rows > 0;
    let has_no_record = start.keys.has_only_broken() || has_no_names && start.keys.has_broken();
    if has_no_record || start.is_document() {
        return Err(no_record(&file.name, &start, table, read));
    }
    let mut keys = start.keys.names;
    if start.keys.rows == 0 {
        // a file without rows is accepted for every table
        let columns = table.columns.iter().filter(|column| !column.generated);
        keys = columns.map(|column| column.name.clone()).collect();
    }
    let mut found = matched_keys(&keys, table, &read.mapping).map_err(|misfit| match misfit {
        Misfit::Names(words) => unfit!("{}: {words}", file.name),
        Misfit::Line(words) => {
            let is_one = start.keys.records == 1 && start.has_all_records;
            let ways = words_of_arrays(if is_one { &start.text } else { b"" }, table);
            unfit!("{}: {words}{ways}", file.name)
        }
    })?;
    // a later record may have a member for a column that no record so far fills
    if files.len() > 1 || !start.has_all_records {
        let unfilled = found.unfilled.iter_mut();
        for column in unfilled.filter(|column| column.gets == FillValue::Null) {
            column.gets = FillValue::NullUnlessNamed;
        }
    }
    let taken = Taken::new(&keys, &found, table, read);
    let extract = Extract::new(&taken.wanted, read.mapping.each.as_ref());
    let extract = extract.mind(spellings(&keys, &found, table, read));
    Ok(Header {
        bytes: marks(&start.text) as u64,
        next_line: 1,
        fields: extract.fields(),
        columns: taken.columns,
        extract: Some(Arc::new(extract)),
        used_names: taken.used_names,
        members: match read.mapping.each {
            None => members::of(&start.first),
            Some(_) => Vec::new(),
        },
        keys,
        ..Header::of(found, start.dialect)
    })
}

/// The names in the first records of a file. Empty if the file cannot be read.
pub(crate) fn names(file: &InputFile, read: &TableInput) -> Vec<String> {
    beginning(file, read).map_or(Vec::new(), |start| start.keys.names)
}

/// The dialect of JSON files. It says how records end.
pub(crate) fn dialect(kind: TextKind) -> Dialect {
    Dialect::json(match kind {
        TextKind::JsonArray => LineEnd::Separator,
        TextKind::Delimited | TextKind::JsonLines => LineEnd::Lf,
    })
}

fn beginning(file: &InputFile, read: &TableInput) -> Result<Start> {
    let dialect = dialect(file.kind);
    let mut limit = BYTES;
    loop {
        let text = file.beginning(limit)?;
        let is_whole = text.len() < limit;
        let mut start = Start {
            dialect,
            text: Vec::new(),
            keys: Keys::new(read.mapping.each.as_ref()),
            first: Vec::new(),
            has_all_records: false,
        };
        start.read(&text, is_whole);
        start.text = text;
        if is_whole || start.keys.records > 0 {
            return Ok(start);
        }
        limit *= 4;
        if limit > MOST_BYTES {
            fail!(
                "{}: the first record is longer than {} MiB; JSON must be one object per line, or an array of objects",
                file.name,
                MOST_BYTES >> 20
            );
        }
    }
}

impl Start {
    /// Whether the file is one object on several lines, with records in an array below a name. Some
    /// of its lines may be objects by chance.
    fn is_document(&self) -> bool {
        let text = self.text.trim_ascii_start();
        let first = text.split(|b| *b == b'\n').next().unwrap_or_default();
        let is_open = matches!(first.trim_ascii_end().last(), Some(b'{' | b'[' | b','));
        self.dialect.line_end == LineEnd::Lf
            && self.keys.has_broken()
            && first.starts_with(b"{")
            && is_open
            && !arrays_of_objects(text).is_empty()
    }

    fn read(&mut self, text: &[u8], is_whole: bool) {
        let lines = self.dialect.lines();
        let mut at = marks(text);
        while at < text.len() && self.keys.records < RECORDS {
            let end = match lines.find(text, at) {
                Some(end) => end,
                None if is_whole => text.len()..text.len(),
                None => return,
            };
            let record = text[at..end.start].trim_ascii();
            if !record.is_empty() {
                let had_broken = self.keys.has_broken();
                self.keys.add(&String::from_utf8_lossy(record));
                if self.first.is_empty() || !had_broken && self.keys.has_broken() {
                    self.first = record.to_vec();
                }
            }
            at = end.end;
        }
        self.has_all_records = is_whole && at == text.len();
    }
}

/// The error about a file whose first records are not JSON objects.
fn no_record(file: &str, start: &Start, table: &Table, read: &TableInput) -> Error {
    let first = String::from_utf8_lossy(&start.first);
    let words = Extract::new(&[], read.mapping.each.as_ref()).words(&first);
    let words = format!("{file}: the first record {words}");
    let is_of_lines = start.dialect.line_end == LineEnd::Lf;
    let format = |clue: &str, value: &str| Advice::new(clue, &[("format", value)]);
    let advice = match start.first.first() {
        _ if start.first.contains(&0) => hint::utf_16(start.first[0] == 0),
        _ if is_of_lines && start.first.contains(&b'\r') => {
            return unfit!(
                "{words}; its lines end with CR alone, which does not end a record of JSON Lines; replace each CR by a line feed, for example with tr '\\r' '\\n'"
            );
        }
        _ if is_python(&start.first) => {
            return unfit!("{file}: {}", words_of_python());
        }
        Some(b'[') if is_of_lines => format("if the file is an array of objects, ", "json"),
        Some(b'{') if is_of_lines => {
            let ways = words_of_arrays(&start.text, table);
            return unfit!(
                "{words}{ways}; each record must be an object on one line; if objects span several lines, write each on one line, for example with jq -c"
            );
        }
        _ if hint::is_header(&start.first, table) => {
            format("it looks like the header of a CSV file: ", "csv")
        }
        _ => return Error::Unfit(words),
    };
    Misread::new(&table.name, words, advice).into()
}

/// The part of a message about one object that has arrays of objects below names: the settings
/// with which their elements are records.
fn words_of_arrays(text: &[u8], table: &Table) -> String {
    let paths = arrays_of_objects(text);
    let ways: Vec<String> = paths
        .iter()
        .map(|path| {
            format!(
                "--set {}",
                quoted(&format!("{}.records={path}", table.name))
            )
        })
        .collect();
    match ways.is_empty() {
        true => String::new(),
        false => format!(
            "; if the file is one object with the records in an array below a name, add {}",
            ways.join(" or ")
        ),
    }
}

/// The values that are taken out of each record.
struct Taken {
    wanted: Vec<Wanted>,
    columns: Vec<(usize, ColumnSource)>,
    used_names: Vec<(Option<Path>, String)>,
}

impl Taken {
    fn new(keys: &[String], found: &Matched, table: &Table, read: &TableInput) -> Taken {
        let mapping = &read.mapping;
        let mut taken = Taken {
            wanted: Vec::new(),
            columns: Vec::new(),
            used_names: Vec::new(),
        };
        let base = match mapping.each {
            Some(_) => Base::Element,
            None => Base::Record,
        };
        let member = |name: &str| Path {
            base,
            steps: vec![Step::Member(name.to_owned())],
        };
        let mut unexpected = Vec::new();
        for at in 0..table.columns.len() {
            let name = &table.columns[at].name;
            let source = found.columns.iter().find(|(column, _)| *column == at);
            let path = match source {
                Some((_, ColumnSource::Field(field))) => match keys.get(*field) {
                    Some(key) => member(key),
                    None => mapping.paths[*field - keys.len()].path.clone(),
                },
                Some((_, constant)) => {
                    taken.columns.push((at, constant.clone()));
                    continue;
                }
                // a name that the user ignores is not looked up in later records
                None if mapping.ignored.iter().any(|i| is_same_loosely(i, name)) => continue,
                None => match found.unfilled.iter().find(|column| column.name == *name) {
                    Some(column) if column.gets == FillValue::NullUnlessNamed => member(name),
                    Some(column) if column.gets == FillValue::Null => continue,
                    Some(_) => {
                        unexpected.push(Wanted {
                            path: member(name),
                            form: Form::Unexpected,
                        });
                        continue;
                    }
                    None => continue,
                },
            };
            let field = ColumnSource::Field(taken.wanted.len());
            taken.columns.push((at, field));
            taken.wanted.push(Wanted {
                path,
                form: match is_json(table, at) {
                    true => Form::Json,
                    false => Form::Field,
                },
            });
        }
        taken.note_names(mapping.each.as_ref());
        taken.wanted.append(&mut unexpected);
        taken
    }

    /// Notes the names that are used, so that a second table that reads the same file does not
    /// report them as ignored.
    fn note_names(&mut self, each: Option<&Path>) {
        let of_wanted = self.wanted.iter().map(|wanted| &wanted.path);
        for path in of_wanted.chain(each) {
            let Some(Step::Member(name)) = path.steps.first() else {
                continue;
            };
            let of = match path.base {
                Base::Record => None,
                Base::Element | Base::Number => each.cloned(),
            };
            self.used_names.push((of, name.clone()));
        }
    }
}

/// The names that later records must not spell differently: names that fill a column, and names of
/// columns that no field fills.
fn spellings(keys: &[String], found: &Matched, table: &Table, read: &TableInput) -> Spellings {
    let base = match read.mapping.each {
        Some(_) => Base::Element,
        None => Base::Record,
    };
    let mut spellings = Spellings::new(keys, base);
    for (at, source) in &found.columns {
        if let ColumnSource::Field(field) = source
            && let Some(key) = keys.get(*field)
        {
            spellings.add(key, &table.columns[*at].name, IsFilled::Yes);
        }
    }
    for column in &found.unfilled {
        let mut ignored = read.mapping.ignored.iter();
        if !ignored.any(|ignored| is_same_loosely(ignored, &column.name)) {
            spellings.add(&column.name, &column.name, IsFilled::No);
        }
    }
    spellings
}

/// Whether a column holds JSON: by its type, or because it is a text with a CHECK (JSON_VALID(…)).
fn is_json(table: &Table, at: usize) -> bool {
    let column = &table.columns[at];
    let check = format!("json_valid{}", column.name.to_lowercase());
    let is_check = |expression: &str| {
        let plain = expression.chars().filter(|c| !"`() ".contains(*c));
        plain.flat_map(char::to_lowercase).eq(check.chars())
    };
    let mut checks = table.checks.iter();
    column.kind == ColumnType::Json
        || column.kind.is_text() && checks.any(|check| is_check(&check.expression))
}
