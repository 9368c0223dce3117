//! Why records are rejected: the probable cause, examples, and the settings with which the records
//! would be accepted.

use std::fmt::Write;

use serde::Serialize;

use crate::wording::grouped;

/// A probable cause of rejected records of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The column whose values are rejected. Absent if records are rejected as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The cause, as a text for people.
    pub cause: String,
    /// Number of rejected records that have this cause.
    pub records: u64,
    /// Number of rejected records that were examined.
    pub examined: u64,
    /// Number of records that are known to be rejected because of this column, or as a whole. A
    /// record with several wrong columns is counted in the diagnosis of each of these columns. If
    /// there are many such records, only the first ones are examined for more than one column.
    pub rejected: u64,
    /// The first records that have this cause, at most three.
    pub examples: Vec<Example>,
    /// Alternative settings. With one of them, the records would be accepted. If there are several,
    /// only the user knows which one is right. If there are none, the records would be rejected
    /// with every setting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Vec<SuggestedSetting>>,
    /// Why the user has to decide whether the settings are right, although there are no
    /// alternatives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

/// A rejected record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The name of the file.
    pub file: String,
    /// The physical line on which the record begins, from 1.
    pub line: u64,
    /// The value or the record, shortened and printable.
    pub value: String,
}

/// A setting of a table or a column, in the syntax of `reviewseed.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestedSetting {
    /// The name of the setting.
    pub key: String,
    /// The value in TOML, for example `"dmy"` with the quotes.
    pub value: String,
}

impl SuggestedSetting {
    /// Makes a setting whose value is a text.
    pub fn text(key: &str, value: &str) -> SuggestedSetting {
        SuggestedSetting {
            key: key.to_owned(),
            value: in_toml(value),
        }
    }
}

/// Quotes a text for TOML.
pub fn in_toml(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Writes a name as a key of TOML, without quotes where TOML allows that.
fn key_in_toml(name: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_owned(),
        false => in_toml(name),
    }
}

impl Diagnosis {
    /// The header of the section for the settings in `reviewseed.toml`, as parts of a dotted key.
    pub fn section<'a>(&'a self, table: &'a str) -> Vec<&'a str> {
        match &self.column {
            None => vec!["tables", table],
            Some(column) => vec!["tables", table, "columns", column],
        }
    }

    /// The settings, if there are no alternatives and they are probably right. Otherwise empty.
    pub fn only_settings(&self) -> &[SuggestedSetting] {
        match &self.settings[..] {
            [only] if self.caution.is_none() => only,
            _ => &[],
        }
    }

    /// The diagnosis in one line.
    pub fn line(&self, table: &str) -> String {
        let mut line = match &self.column {
            Some(column) => format!("{table}.{column}: "),
            None => format!("{table}: "),
        };
        let (records, rejected) = (grouped(self.records), grouped(self.rejected));
        let _ = match (
            self.examined == self.rejected,
            self.records == self.rejected,
        ) {
            (_, true) if self.records == 1 => write!(line, "1 rejected record: "),
            (_, true) => write!(line, "all {records} rejected records: "),
            (true, false) => write!(line, "{records} of {rejected} rejected records: "),
            (false, false) => write!(
                line,
                "{records} of the first {} rejected records ({rejected} in all): ",
                grouped(self.examined)
            ),
        };
        line.push_str(&self.cause);
        for (at, example) in self.examples.iter().enumerate() {
            let file = match at {
                0 => format!("{}:", example.file),
                _ => String::new(),
            };
            line.push_str(if at == 0 { ", such as " } else { ", " });
            let _ = write!(line, "\"{}\" ({file}{})", example.value, example.line);
        }
        line
    }
}

/// The settings that the diagnoses of all tables suggest, as a text for `reviewseed.toml`. Empty if
/// they suggest none.
pub fn suggested_toml<'a>(tables: impl Iterator<Item = (&'a str, &'a [Diagnosis])>) -> String {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for (table, diagnoses) in tables {
        for diagnosis in diagnoses.iter().filter(|d| !d.settings.is_empty()) {
            let keys: Vec<_> = diagnosis
                .section(table)
                .into_iter()
                .map(key_in_toml)
                .collect();
            let header = format!("[{}]", keys.join("."));
            let at = sections.iter().position(|(known, _)| *known == header);
            let at = at.unwrap_or_else(|| {
                sections.push((header, Vec::new()));
                sections.len() - 1
            });
            let more = lines(diagnosis);
            // if two causes suggest the same setting, the later line includes the words of the
            // earlier line, so the earlier one is removed
            let is_old = |line: &String| {
                let key = line.split_once(" = ").map(|(key, _)| key);
                let is_same = |new: &String| new.split_once(" = ").map(|(key, _)| key) == key;
                key.is_some_and(|key| !key.starts_with('#')) && more.iter().any(is_same)
            };
            sections[at].1.retain(|line| !is_old(line));
            sections[at].1.extend(more);
        }
    }
    let text =
        |(header, lines): &(String, Vec<String>)| format!("{header}\n{}\n", lines.join("\n"));
    sections.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// The settings of a diagnosis, one per line. Alternatives are written as comments.
fn lines(diagnosis: &Diagnosis) -> Vec<String> {
    let line = |setting: &SuggestedSetting| format!("{} = {}", setting.key, setting.value);
    let only = diagnosis.only_settings();
    if !only.is_empty() {
        return only.iter().map(line).collect();
    }
    let alternative = |settings: &Vec<SuggestedSetting>| {
        let settings: Vec<_> = settings.iter().map(line).collect();
        format!("# {}", settings.join(" and "))
    };
    let mut lines = match &diagnosis.caution {
        Some(caution) => vec![format!("# only you know whether this is right: {caution}")],
        None => vec!["# only you know which of these is right:".to_owned()],
    };
    lines.extend(diagnosis.settings.iter().map(alternative));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnosis(column: Option<&str>, settings: &[&[(&str, &str)]]) -> Diagnosis {
        let setting = |(key, value): &(&str, &str)| SuggestedSetting::text(key, value);
        Diagnosis {
            column: column.map(str::to_owned),
            cause: "dates with the day first".to_owned(),
            records: 3,
            examined: 3,
            rejected: 3,
            examples: vec![
                Example {
                    file: "t.csv".to_owned(),
                    line: 2,
                    value: "31/12/2019".to_owned(),
                },
                Example {
                    file: "t.csv".to_owned(),
                    line: 4,
                    value: "30/12/2019".to_owned(),
                },
            ],
            settings: settings
                .iter()
                .map(|settings| settings.iter().map(setting).collect())
                .collect(),
            caution: None,
        }
    }

    #[test]
    fn a_diagnosis_is_one_line() {
        let mut of_column = diagnosis(Some("c"), &[]);
        assert_eq!(
            of_column.line("t"),
            "t.c: all 3 rejected records: dates with the day first, such as \"31/12/2019\" (t.csv:2), \"30/12/2019\" (4)"
        );
        (of_column.column, of_column.examined, of_column.rejected) = (None, 4000, 4000);
        of_column.examples.clear();
        assert_eq!(
            of_column.line("t"),
            "t: 3 of 4,000 rejected records: dates with the day first"
        );
        of_column.examined = 5;
        assert_eq!(
            of_column.line("t"),
            "t: 3 of the first 5 rejected records (4,000 in all): dates with the day first"
        );
    }

    #[test]
    fn settings_of_a_section_are_together_and_alternatives_are_comments() {
        let of_t = [
            diagnosis(None, &[&[("quote", "'"), ("escape", "\\")]]),
            diagnosis(
                Some("a b"),
                &[&[("date_order", "dmy")], &[("date_order", "mdy")]],
            ),
            diagnosis(None, &[&[("comment", "#")]]),
            diagnosis(Some("none"), &[]),
        ];
        let tables = [("t", &of_t[..]), ("u", &[][..])];
        assert_eq!(
            suggested_toml(tables.into_iter()),
            "[tables.t]\nquote = \"'\"\nescape = \"\\\\\"\ncomment = \"#\"\n\n\
             [tables.t.columns.\"a b\"]\n# only you know which of these is right:\n\
             # date_order = \"dmy\"\n# date_order = \"mdy\"\n"
        );
    }
}
