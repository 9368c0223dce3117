//! Errors about settings of delimited text for files that are JSON or Parquet. Without these
//! errors, such settings would be ignored silently.

use crate::error::{Error, unfit};
use crate::format::Format;
use crate::locate::Input;
use crate::source::Source;

impl Format {
    /// The names of the settings of delimited text that have another value in `other`.
    fn of_delimited_text(&self, other: &Format) -> Vec<&'static str> {
        let (a, b) = (self, other);
        let settings = [
            ("dialect", a.dialect != b.dialect),
            ("delimiter", a.delimiter != b.delimiter),
            ("quote", a.quote != b.quote),
            ("escape", a.escape != b.escape),
            ("line_end", a.line_end != b.line_end),
            ("comment", a.comment != b.comment),
            ("skip_lines", a.skip_lines != b.skip_lines),
            ("trim", a.blanks != b.blanks),
            ("short_rows", a.short_rows != b.short_rows),
            ("long_rows", a.long_rows != b.long_rows),
            ("empty_quoted", a.quoted != b.quoted),
            ("no_header", a.header != b.header),
        ];
        let differing = settings.into_iter().filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    }

    /// The names of the settings that a Parquet file cannot use and that have another value in
    /// `other`: those of [`Format::of_delimited_text`], and the encoding.
    fn of_text(&self, other: &Format) -> Vec<&'static str> {
        let mut names = self.of_delimited_text(other);
        if self.encoding != other.encoding {
            names.push("encoding");
        }
        names
    }
}

/// The errors about settings that no file uses. An option for all tables may be meant for only some
/// of them. So an unused option is an error only if the files of all tables are known
/// (`has_all_tables`).
pub(super) fn faults(input: &Input, sources: &[Source], has_all_tables: bool) -> Vec<Error> {
    let of_tables = sources.iter().filter_map(|source| {
        let names = unused(source, &input.format);
        let table = &source.table.name;
        let why = about(&names)?;
        Some(unfit!(
            "{} of table {table}: {why}, but {} is {}; remove the setting, or, if the file is delimited text, add --set {table}.format=csv",
            names.join(", "),
            source.path.display(),
            form(source),
        ))
    });
    let mut faults: Vec<Error> = of_tables.collect();
    if let (true, [first, others @ ..]) = (has_all_tables, sources) {
        let default = Format::default();
        let mut names = unused(first, &default);
        let set = input.format.of_text(&default);
        names.retain(|name| {
            let mut others = others.iter();
            set.contains(name) && others.all(|other| unused(other, &default).contains(name))
        });
        let options = names
            .iter()
            .map(|name| format!("--{}", name.replace('_', "-")));
        let options: Vec<_> = options.collect();
        if let Some(why) = about(&names) {
            faults.push(unfit!(
                "{}: {why}, but no input file is of this kind: {} is {}; remove the option, or, if a file is delimited text, add --set TABLE.format=csv",
                options.join(", "),
                first.path.display(),
                form(first),
            ));
        }
    }
    faults
}

/// The settings that a source does not use. Settings with the same value in `other` are left out.
fn unused(source: &Source, other: &Format) -> Vec<&'static str> {
    match (source.is_parquet(), source.dialect().is_json()) {
        (true, _) => source.format().of_text(other),
        (false, true) => source.format().of_delimited_text(other),
        (false, false) => Vec::new(),
    }
}

/// What kind of files settings apply to. `None` if there are no settings.
fn about(names: &[&str]) -> Option<&'static str> {
    match names {
        [] => None,
        ["encoding"] => Some("it applies only to text files"),
        [_] => Some("it applies only to delimited text"),
        [..] => Some("they apply only to delimited text"),
    }
}

fn form(source: &Source) -> &'static str {
    match source.is_parquet() {
        true => "Parquet",
        false => "JSON",
    }
}

#[cfg(test)]
mod tests;
