//! Default values of options from files: `reviewseed.toml` and `.env` in the current folder, or the
//! file that `--config` names.
//!
//! The order of precedence is: the command line, the environment, `.env`, `reviewseed.toml`, the
//! built-in default. The values of files become default values of clap. So clap parses them, and an
//! option means the same in a file as on the command line. Options that decide about existing data
//! must be typed.

mod file;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::Cli;
use super::advice::advice;
use crate::masking::of_request;
use file::Values;

/// The file with default values in the current folder.
pub const FILE: &str = "reviewseed.toml";
/// The file with environment variables in the current folder.
pub const DOT_ENV: &str = ".env";

/// Options that no file may set, because they decide about existing data. They must be typed each
/// time.
const TYPED_ONLY: [&str; 12] = [
    "allow-blocking",
    "allow-drop",
    "append",
    "columns",
    "dry-run",
    "force",
    "max-deletes",
    "on-duplicate",
    "overwrite",
    "rebuild",
    "replace",
    "sync",
];

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From the command line.
    Typed,
    /// From this environment variable.
    Environment(String),
    /// From this file.
    File(PathBuf),
    /// Built into the program.
    BuiltIn,
}

/// Parses the command line. Usage errors, `--help` and `--version` end the program.
///
/// # Errors
///
/// When a file with default values cannot be read, or has a key or a value that no option accepts.
pub fn parse() -> Result<Cli> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let typed = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(&arguments)
        .ok();
    let named = typed
        .as_ref()
        .and_then(|typed| typed.get_one::<PathBuf>("config").cloned());
    // `draft` creates this file if it is missing
    let is_draft = typed.as_ref().and_then(ArgMatches::subcommand_name) == Some("draft");
    let named = named.filter(|path| !is_draft || path.exists());
    let defaults = Defaults::read(named.as_deref())?;
    let mut command = defaults.command(typed.as_ref());
    let parsed = command
        .try_get_matches_from_mut(&arguments)
        .and_then(|matches| {
            let mut cli = Cli::from_arg_matches(&matches)?;
            let origin = defaults.url_origin(&command, &matches);
            cli.command.note_url_origin(origin);
            Ok(cli)
        });
    match parsed {
        Ok(cli) => Ok(cli),
        Err(mut error) => {
            hide_secrets(&mut error);
            if let Some((file, key)) = defaults.culprit(&error, &arguments) {
                let why = error.to_string();
                let why = why.trim_start_matches("error: ").lines().next();
                bail!("{}: {key}: {}", file.display(), why.unwrap_or_default());
            }
            let typed: Vec<String> = arguments
                .iter()
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect();
            if let Some(words) = advice(&error, &typed) {
                bail!("{words}");
            }
            let usage = error.format(&mut command);
            if usage.use_stderr() && super::asks_for_json(arguments.into_iter()) {
                // `main` writes the error as a JSON line
                let words = usage.render().to_string();
                bail!("{}", words.trim().trim_start_matches("error: "));
            }
            usage.exit()
        }
    }
}

/// Removes the secrets in a value of `--http` or `--header` from an error about this option.
fn hide_secrets(error: &mut clap::Error) {
    let text = |error: &clap::Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let option = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    if let (Some(option), Some(value)) = (option, value)
        && let Some(name) = option.split([' ', '=']).next()
        && let Some(shown) = of_request(name, &value)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
}

/// The default values from files.
#[derive(Debug)]
pub struct Defaults {
    values: Values,
}

impl Defaults {
    /// Reads `named`, or without it the files of the current folder, which may be missing.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or has a key or a value that no option accepts.
    pub fn read(named: Option<&Path>) -> Result<Defaults> {
        let values = match named {
            Some(path) => Values::read(Some(path), None)?,
            None => Values::read(
                Some(Path::new(FILE)).filter(|p| p.exists()),
                Some(Path::new(DOT_ENV)).filter(|p| p.exists()),
            )?,
        };
        let defaults = Defaults { values };
        defaults.values.check_keys(&Cli::command())?;
        Ok(defaults)
    }

    /// The clap command with these default values. If an option conflicts with a typed option, it
    /// keeps its built-in default, whatever the files and the environment say.
    pub fn command(&self, typed: Option<&ArgMatches>) -> Command {
        self.applied(Cli::command(), &mut Vec::new(), typed)
    }

    /// Where the value of an option comes from; `path` is the command, such as `["server",
    /// "start"]`.
    pub fn origin(&self, path: &[String], arg: &Arg, matches: &ArgMatches) -> Origin {
        match matches.value_source(arg.get_id().as_str()) {
            Some(ValueSource::CommandLine) => Origin::Typed,
            Some(ValueSource::EnvVariable) => {
                let name = arg.get_env().unwrap_or_default().to_string_lossy();
                Origin::Environment(name.into_owned())
            }
            _ => match self.values.of(path, arg) {
                Some((_, file)) => Origin::File(file.to_owned()),
                None => Origin::BuiltIn,
            },
        }
    }

    /// Where the URL of the database was given, for messages; `None` if there is no URL.
    fn url_origin(&self, root: &Command, matches: &ArgMatches) -> Option<String> {
        let (name, matches) = matches.subcommand()?;
        let command = root.find_subcommand(name)?;
        let mut arguments = command.get_arguments();
        let url = arguments.find(|arg| arg.get_long() == Some("database-url"))?;
        match self.origin(&[name.to_owned()], url, matches) {
            Origin::Typed => Some("from --database-url".to_owned()),
            Origin::Environment(name) => Some(format!("from {name} in the environment")),
            Origin::File(file) => Some(format!("from {}", in_folder(&file))),
            Origin::BuiltIn => None,
        }
    }

    fn applied(
        &self,
        mut command: Command,
        path: &mut Vec<String>,
        typed: Option<&ArgMatches>,
    ) -> Command {
        let was_typed = |arg: &Arg| {
            let id = arg.get_id().as_str();
            typed.is_some_and(|typed| {
                typed.try_contains_id(id).is_ok()
                    && typed.value_source(id) == Some(ValueSource::CommandLine)
            })
        };
        // only one of the two options declares the conflict, so both are asked
        let contradicts = |a: &Arg, b: &Arg| {
            let mut of_a = command.get_arg_conflicts_with(a).into_iter();
            of_a.any(|other| other.get_id() == b.get_id())
        };
        let aside = |arg: &Arg| {
            let mut others = command.get_arguments();
            others.any(|other| {
                was_typed(other) && (contradicts(arg, other) || contradicts(other, arg))
            })
        };
        let (mut given, mut put_aside) = (HashMap::new(), HashSet::new());
        for arg in command.get_arguments() {
            if aside(arg) {
                put_aside.insert(arg.get_id().clone());
            } else if let Some((values, _)) = self.values.of(path, arg) {
                given.insert(arg.get_id().clone(), values.to_vec());
            }
        }
        command = command.mut_args(|arg| {
            if put_aside.contains(arg.get_id()) && !was_typed(&arg) {
                return arg.env(Resettable::Reset);
            }
            match given.remove(arg.get_id()) {
                Some(values) => {
                    // the help hides the values of this option, such as a password, also if they
                    // come from a file
                    let hidden = arg.is_hide_env_values_set();
                    arg.default_values(values).hide_default_value(hidden)
                }
                None => arg,
            }
        });
        let names: Vec<String> = command
            .get_subcommands()
            .map(|c| c.get_name().to_owned())
            .collect();
        for name in names {
            let typed = typed.and_then(|typed| match typed.subcommand() {
                Some((called, matches)) if called == name => Some(matches),
                _ => None,
            });
            path.push(name.clone());
            command = command.mut_subcommand(name, |c| self.applied(c, path, typed));
            path.pop();
        }
        command
    }

    /// The file and key of a value that clap rejected; `None` if the value was typed.
    fn culprit(&self, error: &clap::Error, arguments: &[OsString]) -> Option<(PathBuf, String)> {
        let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
            return None;
        };
        let option = option.split([' ', '=']).next()?;
        let typed = arguments
            .iter()
            .any(|typed| typed.to_string_lossy().split('=').next() == Some(option));
        if typed {
            return None;
        }
        self.values.places(option.trim_start_matches('-'))
    }
}

/// A file name with its folder, because many folders have a `.env`.
fn in_folder(file: &Path) -> String {
    let whole = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    match (file.file_name(), whole.parent()) {
        (Some(name), Some(folder)) => format!("{} of {}", name.display(), folder.display()),
        _ => file.display().to_string(),
    }
}

/// The key of an option in a file.
fn key(arg: &Arg) -> &str {
    arg.get_long().unwrap_or(arg.get_id().as_str())
}

#[cfg(test)]
mod tests;
