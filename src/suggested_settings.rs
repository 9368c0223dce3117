//! `check --write-config`: adds the settings that a check suggests to a configuration file. The
//! rest of the file stays unchanged.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use model::diagnosis::{Diagnosis, SuggestedSetting};
use model::report::Report;
use toml_edit::{DocumentMut, Item, Table, Value};

/// The result of [`write`].
#[derive(Debug)]
pub struct Written {
    /// Number of settings that were written.
    pub settings: usize,
    /// What was done, as a message to the user.
    pub message: String,
}

/// Adds the suggested settings that have no alternative. A missing file is created only if there
/// are such settings.
///
/// # Errors
///
/// When the file cannot be read or written, or is not TOML. The file is then unchanged.
pub fn write(path: &Path, report: &Report) -> Result<Written> {
    let name = path.display();
    let before = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read {name}"))?,
    };
    let mut document: DocumentMut = before.parse().map_err(|e| anyhow!("{name}: {e}"))?;
    // `toml_edit` would write the comments of a file without settings after the new settings, so
    // they are taken out and written first
    let comments = match document.is_empty() && !before.trim().is_empty() {
        true => format!(
            "{}\n\n",
            std::mem::take(&mut document).to_string().trim_end()
        ),
        false => String::new(),
    };
    let (mut written, mut open) = (0, 0);
    for table in &report.tables {
        for diagnosis in &table.diagnoses {
            let settings = diagnosis.only_settings();
            if settings.is_empty() {
                open += usize::from(!diagnosis.settings.is_empty());
                continue;
            }
            let section = section(&mut document, diagnosis, &table.name)
                .with_context(|| format!("{name}: cannot add settings for {}", table.name))?;
            for setting in settings {
                set(section, setting)?;
                written += 1;
            }
        }
    }
    if written > 0 {
        std::fs::write(path, format!("{comments}{document}"))
            .with_context(|| format!("cannot write {name}"))?;
    }
    let settings = |n: usize| if n == 1 { "setting" } else { "settings" };
    let mut message = match written {
        0 => format!("no setting was added to {name}"),
        n => format!("added {n} {} to {name}", settings(n)),
    };
    if open > 0 {
        let choices = match open {
            1 => "1 choice".to_owned(),
            n => format!("{n} choices"),
        };
        message.push_str(&format!("; you must make {choices}, listed above"));
    }
    Ok(Written {
        settings: written,
        message,
    })
}

/// The TOML table for the settings of a diagnosis; it is added if it is missing.
fn section<'a>(
    document: &'a mut DocumentMut,
    diagnosis: &Diagnosis,
    table: &str,
) -> Result<&'a mut Table> {
    let mut at = document.as_table_mut();
    let path = diagnosis.section(table);
    for (depth, part) in path.iter().enumerate() {
        // the case of the names of tables and columns does not matter
        let known = at.iter().map(|(key, _)| key.to_owned());
        let known = known
            .into_iter()
            .find(|key| key.eq_ignore_ascii_case(part))
            .unwrap_or_else(|| (*part).to_owned());
        let item = at.entry(&known).or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(depth + 1 < path.len());
            Item::Table(table)
        });
        if let Item::Value(Value::InlineTable(inline)) = item {
            *item = Item::Table(std::mem::take(inline).into_table());
        }
        at = item
            .as_table_mut()
            .with_context(|| format!("{part} is no table"))?;
    }
    Ok(at)
}

fn set(section: &mut Table, setting: &SuggestedSetting) -> Result<()> {
    let SuggestedSetting { key, value } = setting;
    let value: Value = value
        .parse()
        .with_context(|| format!("{key} = {value} is no TOML"))?;
    section.insert(key, Item::Value(value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::report::TableReport;

    fn diagnosis(column: Option<&str>, settings: &[&[(&str, &str)]]) -> Diagnosis {
        let of = |(key, value): &(&str, &str)| SuggestedSetting {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        Diagnosis {
            column: column.map(str::to_owned),
            cause: String::new(),
            records: 1,
            examined: 1,
            rejected: 1,
            examples: Vec::new(),
            settings: settings
                .iter()
                .map(|settings| settings.iter().map(of).collect())
                .collect(),
            caution: None,
        }
    }

    fn report(table: &str, diagnoses: Vec<Diagnosis>) -> Report {
        let table = TableReport {
            name: table.to_owned(),
            diagnoses,
            ..TableReport::default()
        };
        Report {
            tables: vec![table],
            ..Report::default()
        }
    }

    #[test]
    fn settings_are_added_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewseed.toml");
        let before = "# mine\nschema = \"s.sql\" # here\n\n[tables.Reviews]\ndelimiter = \";\"\ncolumns.price = { decimal = \",\" }\n";
        std::fs::write(&path, before).unwrap();
        let found = report(
            "reviews",
            vec![
                diagnosis(None, &[&[("quote", "\"'\"")]]),
                diagnosis(Some("price"), &[&[("thousands", "\".\"")]]),
                diagnosis(Some("seen at"), &[&[("date_order", "\"dmy\"")]]),
                diagnosis(Some("due"), &[&[("pivot", "50")], &[("pivot", "70")]]),
                diagnosis(Some("note"), &[]),
            ],
        );
        let message = write(&path, &found).unwrap().message;
        assert!(message.starts_with("added 3 settings to "), "{message}");
        assert!(
            message.contains("; you must make 1 choice, listed above"),
            "{message}"
        );
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(
            after.starts_with("# mine\nschema = \"s.sql\" # here\n"),
            "{after}"
        );
        let read: toml::Table = after.parse().unwrap();
        let table = &read["tables"]["Reviews"];
        assert_eq!(table["delimiter"].as_str(), Some(";"));
        assert_eq!(table["quote"].as_str(), Some("'"));
        let columns = &table["columns"];
        assert_eq!(columns["price"]["decimal"].as_str(), Some(","));
        assert_eq!(columns["price"]["thousands"].as_str(), Some("."));
        assert_eq!(columns["seen at"]["date_order"].as_str(), Some("dmy"));
        assert_eq!(columns.get("due"), None);
    }

    #[test]
    fn without_a_setting_no_file_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.toml");
        let message = write(&path, &report("t", Vec::new())).unwrap().message;
        assert!(message.starts_with("no setting was added"), "{message}");
        assert!(!path.exists());
        let found = report("t", vec![diagnosis(None, &[&[("trim", "true")]])]);
        write(&path, &found).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "[tables.t]\ntrim = true\n");
    }

    #[test]
    fn a_file_that_is_no_toml_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.toml");
        std::fs::write(&path, "a = = b").unwrap();
        let found = report("t", vec![diagnosis(None, &[&[("trim", "true")]])]);
        assert!(write(&path, &found).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a = = b");
    }
}
