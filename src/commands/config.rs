//! `reviewseed config [COMMAND]`: shows the value of each option of a command, and where it comes
//! from.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, Command};
use comfy_table::{Table, presets};

use super::Exit;
use crate::cli::ConfigArgs;
use crate::cli::defaults::{DOT_ENV, Defaults, FILE, Origin};
use crate::masking::without_signature;
use crate::print::print_data;
use engine::schema_text::SchemaChoice;
use mysql::db::DatabaseUrl;

pub(super) fn run(args: &ConfigArgs, named: Option<&Path>) -> Result<Exit> {
    let defaults = Defaults::read(named)?;
    let root = defaults.command(None);
    let command = command_of(&root, args)?;
    // the command is parsed alone, so that the arguments of this process do not matter;
    // `ignore_errors` allows required arguments to be missing
    let mut alone = command.clone().ignore_errors(true);
    let matches = alone
        .try_get_matches_from_mut(["reviewseed"])
        .context("cannot apply the values of the configuration file and of .env to this command")?;

    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["option", "value", "from"]);
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        if !["help", "version", "config"].contains(&id) {
            let origin = defaults.origin(&args.of, arg, &matches);
            table.add_row(row(arg, &matches, origin));
        }
    }
    let read = files_read(named);
    print_data(&format!("{}\nfiles read: {read}\n", table.trim_fmt()))?;
    Ok(Exit::Done)
}

/// The command that the user named, which must be one with options of its own.
fn command_of<'a>(root: &'a Command, args: &ConfigArgs) -> Result<&'a Command> {
    let mut command = root;
    for part in &args.of {
        command = command.find_subcommand(part).with_context(|| {
            let names: Vec<_> = command.get_subcommands().map(|c| c.get_name()).collect();
            format!(
                "{} has no command \"{part}\"; its commands are {}",
                command.get_name(),
                names.join(", ")
            )
        })?;
    }
    if command.has_subcommands() {
        let names: Vec<_> = command.get_subcommands().map(|c| c.get_name()).collect();
        bail!(
            "\"{}\" has several commands; name one: reviewseed config {0} {}",
            args.of.join(" "),
            names.join("|")
        );
    }
    Ok(command)
}

/// The row of one option: its name, its value, and where the value comes from.
fn row(arg: &Arg, matches: &ArgMatches, origin: Origin) -> [String; 3] {
    let id = arg.get_id().as_str();
    let name = match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg
            .get_value_names()
            .map_or(id.to_owned(), |n| n[0].to_string()),
    };
    let raw = matches.try_get_raw(id).ok().flatten();
    let values: Vec<_> = raw
        .into_iter()
        .flatten()
        .map(|value| without_password(&value.to_string_lossy()))
        .collect();
    let origin = match origin {
        Origin::Typed => "the command line".to_owned(),
        Origin::Environment(name) => format!("the environment ({name})"),
        Origin::File(file) => file.display().to_string(),
        Origin::BuiltIn => "built in".to_owned(),
    };
    let (value, origin) = match values.is_empty() {
        true if id == "schema" => schema_without_a_name(matches),
        true => ("-".to_owned(), origin),
        false => (values.join(","), origin),
    };
    [name, value, origin]
}

/// The files with default values that were read, in words.
fn files_read(named: Option<&Path>) -> String {
    let read: Vec<_> = match named {
        Some(named) => vec![named.display().to_string()],
        None => [FILE, DOT_ENV]
            .into_iter()
            .filter(|file| Path::new(file).exists())
            .map(str::to_owned)
            .collect(),
    };
    match read.is_empty() {
        true => format!("none (neither {FILE} nor {DOT_ENV} is in this folder)"),
        false => read.join(", "),
    }
}

/// The schema that a command uses when no option names one, and where it comes from.
fn schema_without_a_name(matches: &ArgMatches) -> (String, String) {
    let directory = ["directory", "from"].iter().find_map(|id| {
        let path = matches.try_get_one::<PathBuf>(id).ok()??;
        Some(path.as_path())
    });
    if directory.is_none() {
        return ("-".to_owned(), "the last run in the database".to_owned());
    }
    let choice = SchemaChoice::new(None, directory);
    let from = match &choice {
        SchemaChoice::BesideFiles(_) => "the folder of the files",
        SchemaChoice::CurrentFolder(_) => "the current folder",
        SchemaChoice::Named(_) | SchemaChoice::CompiledIn => "built in",
    };
    (choice.option(), from.to_owned())
}

fn without_password(value: &str) -> String {
    match DatabaseUrl::parse(value) {
        Ok(url) => url.to_string(),
        // this text is not a valid URL, but it may hold a password, so it is not shown
        Err(_) if value.contains("://") && value.contains('@') => "…".to_owned(),
        Err(_) => without_signature(value),
    }
}
