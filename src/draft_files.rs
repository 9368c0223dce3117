//! Writes the result of `draft`: the schema, and the settings. The settings are added to a
//! configuration file, which may already have other settings.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use draft::Draft;
use toml_edit::{DocumentMut, Item, Table};

use crate::cli::defaults::FILE;
use crate::command_line::{self, Drafted};

/// Whether files that exist are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// The files are kept, and the command fails.
    Keep,
    /// The files are replaced.
    Replace,
}

/// Fails if the file of the schema exists and must be kept.
///
/// # Errors
///
/// When the file exists and must be kept.
pub fn check(schema: &Path, existing: Existing) -> Result<()> {
    if existing == Existing::Keep && schema.exists() {
        bail!(
            "{} exists and is kept; add --force to replace it, or write another file with \
             -o FILE, or print the schema with -o -",
            schema.display()
        );
    }
    Ok(())
}

/// Adds settings, in TOML, to a configuration file, which is created if it is missing.
///
/// # Errors
///
/// When the file cannot be read or written, is not TOML, or has another value for one of the
/// settings and must be kept. The file is then unchanged.
pub fn add_settings(path: &Path, settings: &str, existing: Existing) -> Result<()> {
    let name = path.display();
    let before = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read {name}"))?,
    };
    let text = match before.trim().is_empty() {
        true => settings.to_owned(),
        false => {
            let mut document: DocumentMut =
                before.parse().map_err(|error| anyhow!("{name}: {error}"))?;
            let more: DocumentMut = settings.parse().context("the settings are not TOML")?;
            let place = Place {
                existing,
                path: Vec::new(),
            };
            place
                .merge(document.as_table_mut(), more.as_table())
                .with_context(|| format!("{name} is unchanged"))?;
            document.to_string()
        }
    };
    std::fs::write(path, text).with_context(|| format!("cannot write {name}"))
}

/// The files of a draft that a `seed` has made.
#[derive(Debug)]
pub struct Written {
    /// The schema.
    pub schema: PathBuf,
    /// The settings, if there are some.
    pub config: Option<PathBuf>,
}

/// The first words of a drafted schema, by which it is recognised.
const DRAFTED: &str = "-- Drafted by reviewseed";

/// Writes a schema and its settings into a folder. Drafted files of an earlier run are replaced.
///
/// # Errors
///
/// When a file cannot be written, or a file of that name exists that `draft` did not write.
pub fn write_beside(folder: &Path, drafted: &Draft) -> Result<Written> {
    let schema = folder.join("drafted.sql");
    if let Ok(before) = std::fs::read_to_string(&schema)
        && !before.starts_with(DRAFTED)
    {
        bail!(
            "{} was not written by `draft`, so it is kept; move it, or name a report in another folder with --report",
            schema.display()
        );
    }
    std::fs::write(&schema, &drafted.schema)
        .with_context(|| format!("cannot write {}", schema.display()))?;
    let config = (!drafted.settings.is_empty()).then(|| folder.join("drafted.toml"));
    if let Some(config) = &config {
        std::fs::write(config, &drafted.settings)
            .with_context(|| format!("cannot write {}", config.display()))?;
    }
    Ok(Written { schema, config })
}

impl Written {
    /// Names the files, for a message to the user.
    pub fn words(&self) -> String {
        match &self.config {
            None => self.schema.display().to_string(),
            Some(config) => format!("{} and {}", self.schema.display(), config.display()),
        }
    }

    /// How suggested commands name the files. They name the settings by `--config`, or one by one
    /// if that option would replace another file of settings.
    pub(crate) fn for_commands(&self, drafted: &Draft) -> Drafted {
        let has_own = Path::new(FILE).exists()
            || std::env::var_os("REVIEWSEED_CONFIG").is_some()
            || command_line::typed().has(&["config"]);
        let settings = drafted.single_settings.iter().filter(|_| has_own);
        let settings = settings.flat_map(|setting| {
            let place = match &setting.column {
                Some(column) => format!("{}.{column}.{}", setting.table, setting.key),
                None => format!("{}.{}", setting.table, setting.key),
            };
            let values = match setting.key {
                "fields" => vec![setting.values.join(",")],
                _ => setting.values.clone(),
            };
            values
                .into_iter()
                .map(move |value| format!("{place}={value}"))
        });
        Drafted {
            schema: self.schema.display().to_string(),
            config: self
                .config
                .as_ref()
                .filter(|_| !has_own)
                .map(|config| config.display().to_string()),
            settings: settings.collect(),
        }
    }
}

struct Place {
    existing: Existing,
    path: Vec<String>,
}

impl Place {
    fn merge(&self, into: &mut Table, more: &Table) -> Result<()> {
        for (key, item) in more {
            let place = Place {
                existing: self.existing,
                path: [&self.path[..], &[key.to_owned()]].concat(),
            };
            let known = into.iter().map(|(known, _)| known.to_owned());
            let known = known
                .into_iter()
                .find(|known| known.eq_ignore_ascii_case(key));
            let known = known.unwrap_or_else(|| key.to_owned());
            match (into.get_mut(&known), item) {
                (Some(Item::Table(table)), Item::Table(more)) => place.merge(table, more)?,
                (Some(other), _) => {
                    let is_same = other.to_string().trim() == item.to_string().trim();
                    if !is_same && self.existing == Existing::Keep {
                        bail!(
                            "{} is already set to{other} in this file; the input files need{item}: change it, \
                             or add --force to replace it, or name another file with --config",
                            place.path.join(".")
                        );
                    }
                    *other = item.clone();
                }
                (None, _) => {
                    into.insert(&known, item.clone());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_added_and_others_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewseed.toml");
        let settings = "[tables.t]\ndelimiter = \";\"\n\n[tables.t.columns.c]\ndecimal = \",\"\n";
        add_settings(&path, settings, Existing::Keep).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), settings);
        std::fs::write(&path, "# mine\nquiet = true\n\n[tables.T]\nquote = \"'\"\n").unwrap();
        add_settings(&path, settings, Existing::Keep).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# mine\nquiet = true\n"), "{text}");
        let read: toml::Table = text.parse().unwrap();
        assert_eq!(read["tables"]["T"]["quote"].as_str(), Some("'"));
        assert_eq!(read["tables"]["T"]["delimiter"].as_str(), Some(";"));
        // the same settings once more change nothing
        add_settings(&path, settings, Existing::Keep).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn another_value_is_replaced_only_on_demand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviewseed.toml");
        std::fs::write(&path, "[tables.t]\ndelimiter = \"|\"\n").unwrap();
        let settings = "[tables.t]\ndelimiter = \";\"\n";
        let error = add_settings(&path, settings, Existing::Keep).unwrap_err();
        assert!(
            format!("{error:#}").contains("tables.t.delimiter is already set to"),
            "{error:#}"
        );
        assert!(std::fs::read_to_string(&path).unwrap().contains('|'));
        add_settings(&path, settings, Existing::Replace).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains('|'));
    }
}
