//! Settings of single tables and columns, as they are typed or written in `reviewseed.toml`.

use engine::settings::Setting;
use model::schema::Decode;
use serde::{Deserialize, Serialize};

/// Parses `--set TABLE.KEY=VALUE` or `--set TABLE.COLUMN.KEY=VALUE`.
pub(super) fn parse_set(text: &str) -> Result<Setting, String> {
    let wrong = || format!("\"{text}\" is not TABLE.KEY=VALUE or TABLE.COLUMN.KEY=VALUE");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let parts: Vec<&str> = name.split('.').collect();
    let (table, column, key) = match parts[..] {
        [table, key] => (table, None, key),
        [table, column, key] => (table, Some(column.to_owned()), key),
        _ => return Err(wrong()),
    };
    if parts.iter().any(|part| part.is_empty()) {
        return Err(wrong());
    }
    Ok(Setting {
        table: table.to_owned(),
        column,
        key: normal(key),
        values: vec![value.to_owned()],
        place: format!("--set {text}"),
    })
}

/// Parses `--decode TABLE.COLUMN=FORM`.
pub(super) fn parse_decode(text: &str) -> Result<Setting, String> {
    let setting = text.rsplit_once('=').and_then(|(place, form)| {
        let (table, column) = place.split_once('.')?;
        let is_named = !table.is_empty() && !column.is_empty();
        is_named.then(|| (table.to_owned(), column.to_owned(), form))
    });
    let Some((table, column, form)) = setting else {
        return Err(format!("\"{text}\" is not TABLE.COLUMN=FORM"));
    };
    if Decode::from_name(form).is_none() {
        let names = Decode::ALL.map(Decode::name).join(", ");
        return Err(format!("\"{form}\" is not one of {names}"));
    }
    Ok(Setting {
        table,
        column: Some(column),
        key: "decode".to_owned(),
        values: vec![form.to_owned()],
        place: format!("--decode {text}"),
    })
}

/// The setting of `--generate-ids` for a table.
pub(crate) fn generate_ids(table: &str) -> Setting {
    Setting {
        table: table.to_owned(),
        column: None,
        key: "generate_ids".to_owned(),
        values: vec!["true".to_owned()],
        place: format!("--generate-ids {table}"),
    }
}

/// The name of a setting with underscores, as in TOML. Users may type it with dashes, like an
/// option.
pub(super) fn normal(key: &str) -> String {
    key.replace('-', "_")
}

/// A setting of a file. It is passed through clap as JSON, because clap's default values are texts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileSetting {
    pub(super) table: String,
    pub(super) column: Option<String>,
    pub(super) key: String,
    pub(super) values: Vec<String>,
    pub(super) place: String,
}

pub(super) fn parse_of_file(text: &str) -> Result<Setting, String> {
    let setting: FileSetting = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Setting {
        table: setting.table,
        column: setting.column,
        key: normal(&setting.key),
        values: setting.values,
        place: setting.place,
    })
}

/// The settings of the file, then the typed ones, so that a typed setting takes precedence. The
/// values of a setting that is typed several times are joined.
pub(crate) fn merged(of_file: &[Setting], typed: &[Setting]) -> Vec<Setting> {
    let mut merged: Vec<Setting> = of_file.to_vec();
    for setting in typed {
        let is_same = |other: &Setting| {
            other.key == setting.key
                && other.table.eq_ignore_ascii_case(&setting.table)
                && match (&other.column, &setting.column) {
                    (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
                    (a, b) => a == b,
                }
        };
        let earlier = merged[of_file.len()..].iter_mut().find(|s| is_same(s));
        match earlier {
            Some(earlier) => earlier.values.extend_from_slice(&setting.values),
            None => merged.push(setting.clone()),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_typed_with_its_table_or_with_its_table_and_column() {
        let setting = parse_set("t.skip-lines=3").unwrap();
        assert_eq!((setting.column, setting.key.as_str()), (None, "skip_lines"));
        let setting = parse_set("t.c.date_format=%d.%m.%Y=").unwrap();
        assert_eq!(setting.column.as_deref(), Some("c"));
        assert_eq!(setting.values, ["%d.%m.%Y="]);
        for wrong in ["t.c", "c=1", "t.=1", "a.b.c.d=1", ".c=1"] {
            assert!(parse_set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn typed_settings_come_after_those_of_the_file_and_repeated_ones_are_one() {
        let of_file = [parse_set("t.c.null=-").unwrap()];
        let typed = ["t.c.null=NA", "T.C.null=N/A", "t.null=x"];
        let typed = typed.map(|text| parse_set(text).unwrap());
        let merged = merged(&of_file, &typed);
        let values: Vec<_> = merged.iter().map(|s| s.values.join("|")).collect();
        assert_eq!(values, ["-", "NA|N/A", "x"]);
    }
}
