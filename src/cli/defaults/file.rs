//! Reads the files with default values. The keys of `reviewseed.toml` are the long names of
//! options: at the top for every command that has the option, in `[seed]` or `[server.start]` for
//! one command; settings of tables are in `[tables.NAME]`, of columns in
//! `[tables.NAME.columns.COLUMN]`. Dashes and underscores in names are the same. `.env` has the
//! environment variables of options.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Arg, Command};
use toml::{Table, Value};

use super::{TYPED_ONLY, key};
use crate::cli::settings::FileSetting;

/// The hidden option that takes the settings of tables and columns.
const SETTINGS: &str = "settings-of-file";

/// Options whose values are pairs. A TOML table with such a name is the value of the option, not a
/// command.
const OF_PAIRS: [&str; 2] = ["map", "rename"];

/// The least similarity (Jaro-Winkler, 0 to 1) of a misspelt name and a suggested one.
const ALIKE: f64 = 0.8;

/// The contents of the files.
#[derive(Debug, Default)]
pub(super) struct Values {
    options: Vec<Given>,
    variables: HashMap<String, Vec<String>>,
    dot_env: PathBuf,
}

/// One key with its values.
#[derive(Debug)]
struct Given {
    /// The names of the command, outermost first. Empty if the key is for all commands that have
    /// the option.
    path: Vec<String>,
    key: String,
    values: Vec<String>,
    file: PathBuf,
}

/// The message about a `.env` with a line that sets no variable. It gives the number of the line.
fn no_variable(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let is_wrong = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && !line.contains('=')
    };
    let place = match text.lines().position(is_wrong) {
        Some(at) => format!("{}:{}", path.display(), at + 1),
        None => path.display().to_string(),
    };
    format!(
        "{place}: a line is not NAME=VALUE (a value with blanks or # needs quotes); \
         correct it, or name another file with --config"
    )
}

impl Values {
    pub(super) fn read(toml: Option<&Path>, dot_env: Option<&Path>) -> Result<Values> {
        let mut values = Values::default();
        if let Some(path) = toml {
            let text = std::fs::read_to_string(path).with_context(|| {
                format!(
                    "cannot read {}, the file with default values; name another one with --config",
                    path.display()
                )
            })?;
            let table: Table = text
                .parse()
                .map_err(|error| anyhow!("{}: {error}", path.display()))?;
            values.take(&table, &[], path)?;
        }
        if let Some(path) = dot_env {
            let wrong = || format!("cannot read {}", path.display());
            for variable in dotenvy::from_path_iter(path).with_context(wrong)? {
                // the parser's error is left out, because it repeats the line, which may hold a
                // password
                let (name, value) = variable.map_err(|_| anyhow!("{}", no_variable(path)))?;
                values.variables.insert(name, vec![value]);
            }
            path.clone_into(&mut values.dot_env);
        }
        Ok(values)
    }

    fn take(&mut self, table: &Table, path: &[String], file: &Path) -> Result<()> {
        for (key, value) in table {
            if let (Value::Table(tables), [], "tables") = (value, path, key.as_str()) {
                self.take_tables(tables, file)?;
                continue;
            }
            if let Value::Table(inner) = value
                && !OF_PAIRS.contains(&key.as_str())
            {
                let path = [path, std::slice::from_ref(key)].concat();
                self.take(inner, &path, file)?;
                continue;
            }
            self.options.push(Given {
                path: path.to_vec(),
                // users may write underscores or dashes; names are compared with dashes
                key: key.replace('_', "-"),
                values: words(value).with_context(|| {
                    format!(
                        "{}: {key} must be a text, a number, true or false",
                        file.display()
                    )
                })?,
                file: file.to_owned(),
            });
        }
        Ok(())
    }

    /// The settings below `[tables.NAME]` and `[tables.NAME.columns.COLUMN]`, as values of the
    /// hidden option that takes them.
    fn take_tables(&mut self, tables: &Table, file: &Path) -> Result<()> {
        let mut found = Vec::new();
        let mut take = |table: &str, column: Option<&str>, settings: &Value| {
            let place = match column {
                None => format!("{}: tables.{table}", file.display()),
                Some(column) => format!("{}: tables.{table}.columns.{column}", file.display()),
            };
            let settings = settings.as_table();
            for (key, value) in settings.with_context(|| format!("{place} must be a table"))? {
                if column.is_none() && key == "columns" && value.is_table() {
                    continue;
                }
                let place = format!("{place}.{key}");
                found.push(serde_json::to_string(&FileSetting {
                    table: table.to_owned(),
                    column: column.map(str::to_owned),
                    key: key.clone(),
                    values: words(value).with_context(|| {
                        format!("{place} must be a text, a number, true or false")
                    })?,
                    place,
                })?);
            }
            anyhow::Ok(())
        };
        for (table, settings) in tables {
            take(table, None, settings)?;
            let columns = settings.get("columns").and_then(Value::as_table);
            for (column, settings) in columns.into_iter().flatten() {
                take(table, Some(column), settings)?;
            }
        }
        self.options.push(Given {
            path: Vec::new(),
            key: SETTINGS.to_owned(),
            values: found,
            file: file.to_owned(),
        });
        Ok(())
    }

    /// The values for an option of this command, with their file.
    pub(super) fn of(&self, path: &[String], arg: &Arg) -> Option<(&[String], &Path)> {
        let variable = arg.get_env().and_then(|name| name.to_str());
        if let Some(values) = variable.and_then(|name| self.variables.get(name)) {
            return Some((values, &self.dot_env));
        }
        let of = |wanted: &[String]| {
            let mut options = self.options.iter();
            options.find(|given| given.path == wanted && given.key == key(arg))
        };
        let given = of(path).or_else(|| of(&[]))?;
        Some((&given.values, &given.file))
    }

    /// The file and key that set the option of this name.
    pub(super) fn places(&self, name: &str) -> Option<(PathBuf, String)> {
        let given = self.options.iter().find(|given| given.key == name);
        match given {
            Some(given) => Some((given.file.clone(), given.name())),
            None if self.variables.is_empty() => None,
            None => Some((self.dot_env.clone(), format!("--{name}"))),
        }
    }

    /// Fails for keys that are not options, and for options that must be typed.
    pub(super) fn check_keys(&self, root: &Command) -> Result<()> {
        for given in &self.options {
            if given.key == SETTINGS && given.path.is_empty() {
                continue;
            }
            let (file, name) = (given.file.display(), given.name());
            if TYPED_ONLY.contains(&given.key.as_str()) {
                bail!(
                    "{file}: {name} cannot be set in a file, because it decides about existing data; add --{} to the command",
                    given.key
                );
            }
            let mut command = root;
            for part in &given.path {
                command = command.find_subcommand(part).ok_or_else(|| {
                    let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
                    anyhow!(
                        "{file}: [{}] is not a command{}",
                        given.path.join("."),
                        near(part, &names)
                    )
                })?;
            }
            let names = match given.path.is_empty() {
                true => all_keys(root),
                false => keys(command),
            };
            if !names.contains(&given.key.as_str()) {
                bail!(
                    "{file}: {name} is not an option{}",
                    near(&given.key, &names)
                );
            }
        }
        Ok(())
    }
}

impl Given {
    fn name(&self) -> String {
        let mut path = self.path.clone();
        path.push(self.key.clone());
        path.join(".")
    }
}

/// The values of a setting; those of `{ a = "b" }` are `a=b`.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(word).collect(),
        Value::Table(pairs) => {
            let pair = |(key, value): (&String, &Value)| Some(format!("{key}={}", word(value)?));
            pairs.iter().map(pair).collect()
        }
        value => Some(vec![word(value)?]),
    }
}

/// A value as it is typed on the command line.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// The options that a file may set for this command: all except `--config`, `--help` and
/// `--version`.
fn keys(command: &Command) -> Vec<&str> {
    let arguments = command.get_arguments();
    let named = arguments.filter(|arg| arg.get_action().takes_values() || arg.get_long().is_some());
    let mut keys: Vec<_> = named.map(key).collect();
    keys.retain(|key| !["config", "help", "version", SETTINGS].contains(key));
    keys
}

fn all_keys(command: &Command) -> Vec<&str> {
    let mut all: Vec<_> = command.get_subcommands().flat_map(all_keys).collect();
    all.extend(keys(command));
    all
}

fn near(word: &str, names: &[&str]) -> String {
    let alike = |name: &&&str| strsim::jaro_winkler(word, name);
    // a name of half the length or less is not suggested, even if the word begins with it
    let is_as_long = |name: &&&str| 2 * name.len() > word.len();
    match names
        .iter()
        .filter(is_as_long)
        .max_by(|a, b| alike(a).total_cmp(&alike(b)))
        .filter(|name| alike(name) >= ALIKE)
    {
        Some(name) => format!("; did you mean \"{name}\"?"),
        None => "; `reviewseed COMMAND --help` lists the options; leave out their leading dashes"
            .to_owned(),
    }
}
