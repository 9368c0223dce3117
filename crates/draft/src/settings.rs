//! Writes the settings that the files need, in the format of `reviewseed.toml`.

use std::fmt::Write;

use model::diagnosis::in_toml;

use crate::DraftedSetting;
use crate::tables::DraftTable;

/// Settings whose values have no quotes in TOML.
const BARE: [&str; 8] = [
    "skip_lines",
    "no_header",
    "trim",
    "pivot",
    "parentheses",
    "round",
    "scale",
    "keep_null",
];

/// The settings of all tables and columns as TOML; empty if there are none.
pub(crate) fn toml(tables: &[DraftTable]) -> String {
    let mut text = String::new();
    for table in tables {
        section(
            &mut text,
            &format!("tables.{}", key(table.name())),
            table.settings(),
        );
        for column in &table.columns {
            let path = format!("tables.{}.columns.{}", key(table.name()), key(&column.name));
            section(&mut text, &path, &column.typed.settings);
        }
    }
    text
}

/// The settings of all tables and columns, one by one.
pub(crate) fn single(tables: &[DraftTable]) -> Vec<DraftedSetting> {
    let mut all = Vec::new();
    for table in tables {
        let mut add = |column: Option<&str>, settings: &[(&'static str, Vec<String>)]| {
            all.extend(settings.iter().map(|(key, values)| DraftedSetting {
                table: table.name().to_owned(),
                column: column.map(str::to_owned),
                key,
                values: values.clone(),
            }));
        };
        add(None, table.settings());
        for column in &table.columns {
            add(Some(&column.name), &column.typed.settings);
        }
    }
    all
}

fn section(text: &mut String, path: &str, settings: &[(&'static str, Vec<String>)]) {
    if settings.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "[{path}]");
    for (name, values) in settings {
        let quoted = |value: &String| match BARE.contains(name) {
            true => value.clone(),
            false => in_toml(value),
        };
        let values: Vec<String> = values.iter().map(quoted).collect();
        let _ = match &values[..] {
            [only] if !matches!(*name, "fields" | "files" | "rename") => {
                writeln!(text, "{name} = {only}")
            }
            several => writeln!(text, "{name} = [{}]", several.join(", ")),
        };
    }
}

/// A TOML key, quoted if necessary.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => in_toml(name),
    }
}
