//! The command line as it was typed, to be shown and typed again: by whoever goes on with a run, or takes the next step.

use std::path::Path;

use crate::db::DatabaseUrl;
pub(super) use crate::shell::quoted;
use crate::source::shown;

/// An address on the network, that of a table too (`--map`), with `?…` for what may be a signature.
pub(super) fn without_signature(value: &str) -> String {
    let (table, file) = match value.split_once('=') {
        Some((table, file)) if file.contains("://") && !table.contains('/') => (Some(table), file),
        _ => (None, value),
    };
    let shown = shown(Path::new(file));
    let cut = if shown == file { "" } else { "?…" };
    match table {
        Some(table) => format!("{table}={shown}{cut}"),
        None => format!("{shown}{cut}"),
    }
}

/// The command line; a password in a URL is left out.
pub(super) fn command_line() -> String {
    line(arguments())
}

/// The same with another value for an option, which may have been typed already.
pub(super) fn command_line_with(option: &str, value: &str) -> String {
    line(with(arguments(), option, value))
}

/// The same, as `seed` that writes: for `check`, and for `seed --dry-run`.
pub(super) fn command_line_of_seed() -> String {
    line(as_seed(arguments()))
}

/// The same, as `seed --dry-run`, in which a server reads the schema: for `check`.
pub(super) fn command_line_of_dry_run() -> String {
    let mut arguments = as_seed(arguments());
    arguments.push("--dry-run".to_owned());
    line(arguments)
}

/// The program as it was called.
pub(super) fn program() -> String {
    line(arguments().into_iter().take(1).collect())
}

/// Whether this text is an argument, or the value of one: then every account of the machine can read it.
pub(super) fn is_typed(value: &str) -> bool {
    let of = |argument: &String| argument.split_once('=').is_some_and(|(_, v)| v == value);
    arguments().iter().any(|a| a == value || of(a))
}

fn arguments() -> Vec<String> {
    let arguments = std::env::args_os();
    arguments
        .map(|a| a.to_string_lossy().into_owned())
        .collect()
}

fn as_seed(mut arguments: Vec<String>) -> Vec<String> {
    // of the options, only this one may stand before the command with its value apart
    let named = |at: usize| arguments[at - 1] == "--config";
    let command = (1..arguments.len()).find(|at| !arguments[*at].starts_with('-') && !named(*at));
    if let Some(command) = command.map(|at| &mut arguments[at])
        && command == "check"
    {
        *command = "seed".to_string();
    }
    arguments.retain(|a| a != "--dry-run");
    arguments
}

fn with(mut arguments: Vec<String>, option: &str, value: &str) -> Vec<String> {
    let joined = |a: &&mut String| a.strip_prefix(option).is_some_and(|v| v.starts_with('='));
    if let Some(at) = arguments.iter().position(|a| a == option) {
        arguments[at + 1] = value.to_owned();
    } else if let Some(argument) = arguments.iter_mut().find(joined) {
        *argument = format!("{option}={value}");
    } else {
        arguments.extend([option.to_owned(), value.to_owned()]);
    }
    arguments
}

fn line(arguments: Vec<String>) -> String {
    let words: Vec<_> = arguments.iter().map(|a| masked(a)).collect();
    words.join(" ")
}

fn masked(argument: &str) -> String {
    let (option, value) = match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
        _ => (String::new(), argument),
    };
    let value = match DatabaseUrl::parse(value) {
        Ok(url) => url.without_password(),
        Err(_) if is_unreadable_url(value) => "…".to_owned(),
        Err(_) => without_signature(value),
    };
    format!("{option}{}", quoted(&value))
}

/// A database URL that cannot be read, and yet may hold a password.
pub(super) fn is_unreadable_url(value: &str) -> bool {
    let is_url = ["mysql://", "mariadb://"].iter().any(|s| value.contains(s));
    is_url && value.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_and_a_dry_run_become_the_seed_that_writes() {
        let seed = |words: &str| line(as_seed(words.split(' ').map(str::to_owned).collect()));
        assert_eq!(
            seed("r check csv --delimiter ; --tables check"),
            "r seed csv --delimiter ';' --tables check"
        );
        assert_eq!(
            seed("r --config check check --database-url=mysql://a:secret@h/d"),
            "r --config check seed --database-url=mysql://a@h:3306/d"
        );
        assert_eq!(seed("r seed check --dry-run -v"), "r seed check -v");
    }

    #[test]
    fn the_password_of_a_url_that_cannot_be_read_is_not_shown_either() {
        for url in [
            "mysql://a:s3/cret@h/d",
            "--database-url=mysql://a:s3#cret@h/d",
        ] {
            let shown = line(vec!["r".to_string(), url.to_string()]);
            assert!(!shown.contains("cret") && !shown.contains("s3"), "{shown}");
        }
    }

    #[test]
    fn an_option_that_was_typed_gets_its_new_value_in_place() {
        let raised = |words: &str| {
            let words = words.split(' ').map(str::to_owned).collect();
            line(with(words, "--max-rejects", "100%"))
        };
        let all = "--max-rejects 100%";
        assert_eq!(raised("r check csv"), format!("r check csv {all}"));
        assert_eq!(
            raised("r check --max-rejects 0 csv"),
            format!("r check {all} csv")
        );
        assert_eq!(
            raised("r check --max-rejects=0 csv"),
            "r check --max-rejects=100% csv"
        );
    }
}
