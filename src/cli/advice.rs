//! Suggestions for command lines that clap rejects, such as a folder without a command, the command
//! name of another tool, or options of the `mysql` client.

mod options;

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, ValueEnum};

use super::{Cli, VariantArg};
use crate::masking::{masked, masked_after, masked_words};
use model::shell::quoted;
use mysql::db::DatabaseUrl;

/// Command names of other tools, and the command of reviewseed that does the same.
const OTHER_WORDS: [(&[&str], &str); 8] = [
    (&["load", "import", "ingest", "upload", "run"], "seed"),
    (&["validate", "lint", "test"], "check"),
    (&["init", "infer", "guess"], "draft"),
    (&["index", "migrate", "indexes"], "reindex"),
    (&["export", "ids"], "targets"),
    (&["bench", "benchmark", "load-test"], "smoke"),
    (&["clear", "purge", "uninstall"], "clean"),
    (&["diagnose", "ping", "info"], "doctor"),
];

/// Commands of `server` that users may type without `server`.
const OF_SERVER: [&str; 5] = ["start", "stop", "status", "url", "shell"];

/// The options of the `mysql` client, long and short.
const HOST: [&str; 2] = ["--host", "-h"];
const USER: [&str; 3] = ["--user", "--username", "-u"];
const PORT: [&str; 2] = ["--port", "-P"];
const PASSWORD: [&str; 3] = ["--password", "--pass", "-p"];
const DATABASE: [&str; 5] = ["--database", "--db", "--dbname", "--database-name", "-D"];
const SOCKET: [&str; 2] = ["--socket", "-S"];

/// An error message with a suggestion, for a command line that clap rejects; `None` if clap's own
/// message is better. `arguments` begins with the program.
pub(super) fn advice(error: &clap::Error, arguments: &[String]) -> Option<String> {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = named(ContextKind::InvalidSubcommand)?;
            unknown_command(&word, arguments)
        }
        ErrorKind::UnknownArgument => {
            let word = named(ContextKind::InvalidArg)?;
            unknown_argument(&word, arguments)
        }
        ErrorKind::InvalidValue if named(ContextKind::InvalidValue)?.is_empty() => {
            empty_variable(&named(ContextKind::InvalidArg)?, arguments)
        }
        ErrorKind::MissingRequiredArgument => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) => Some(incomplete(missing, arguments)),
            _ => None,
        },
        _ => None,
    }
}

/// The message about arguments that are missing: `<--append|--replace>`, `<OUT>`.
fn incomplete(missing: &[String], arguments: &[String]) -> String {
    let (_, name) = called(arguments);
    let options = |word: &str| word.trim_matches(['<', '>']).replace('|', " or ");
    let shown = missing.iter().map(|word| match word.starts_with("<--") {
        true => options(word),
        false => word.clone(),
    });
    let shown: Vec<String> = shown.collect();
    format!(
        "the command lacks {}\nnext: complete the command: {}; its options: {name} --help",
        shown.join(" and "),
        line(arguments)
    )
}

/// The message about an option whose environment variable is set but empty; `shown` is the option
/// with its value. `None` if the option was typed.
fn empty_variable(shown: &str, arguments: &[String]) -> Option<String> {
    let option = shown.split(' ').next()?.trim_start_matches("--");
    let (command, _) = called(arguments);
    let arg = command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(option))?;
    let variable = arg.get_env()?;
    let typed = format!("--{option}");
    let is_typed = arguments
        .iter()
        .any(|argument| argument.starts_with(&typed));
    if is_typed || !std::env::var_os(variable)?.is_empty() {
        return None;
    }
    let variable = variable.display();
    Some(format!(
        "the environment variable {variable} is empty, so --{option} has no value\n\
         next: give {variable} a value, or remove it: unset {variable}"
    ))
}

fn unknown_command(word: &str, arguments: &[String]) -> Option<String> {
    let program = arguments.first()?;
    let with_command = |command: &str| {
        let at = arguments.iter().position(|a| a == word);
        let all = arguments.iter().enumerate();
        let all = all.map(|(number, argument)| match Some(number) == at {
            true => command.to_owned(),
            false => argument.clone(),
        });
        line(&all.collect::<Vec<_>>())
    };
    if Path::new(word).exists() || word.contains(['/', '.']) {
        return Some(format!(
            "\"{word}\" is not a command; to load its files, name a command before it\n\
             next: load its files into a private server: {}\n\
             next: only check them, without a database: {}",
            line(&[program.clone(), "seed".to_owned(), word.to_owned()]),
            line(&[program.clone(), "check".to_owned(), word.to_owned()])
        ));
    }
    if word == "version" {
        return Some(format!(
            "there is no command \"version\", only an option\nnext: {}",
            line(&[program.clone(), "--version".to_owned()])
        ));
    }
    if OF_SERVER.contains(&word) {
        return Some(format!(
            "\"{word}\" is a command of `server`\nnext: for the private server of this folder: {}",
            line(&[program.clone(), "server".to_owned(), word.to_owned()])
        ));
    }
    let mut others = OTHER_WORDS.iter();
    let (_, command) = others.find(|(words, _)| words.contains(&word))?;
    Some(format!(
        "there is no command \"{word}\"; in reviewseed, it is called {command}\nnext: {}",
        with_command(command)
    ))
}

fn unknown_argument(word: &str, arguments: &[String]) -> Option<String> {
    let option = word.split('=').next().unwrap_or(word);
    let all = [&HOST[..], &USER, &PORT, &PASSWORD, &DATABASE, &SOCKET];
    if all.iter().any(|names| names.contains(&option)) {
        return Some(as_url(option, arguments));
    }
    if word.contains("://") && (word.starts_with("mysql") || word.starts_with("mariadb")) {
        let others = arguments.iter().filter(|argument| *argument != word);
        let mut words: Vec<String> = others.cloned().collect();
        words.push("--database-url".to_owned());
        words.push(match DatabaseUrl::parse(word) {
            Ok(url) => url.without_password(),
            Err(_) => "URL".to_owned(),
        });
        return Some(format!(
            "give a database URL with --database-url, or in the environment variable DATABASE_URL\nnext: {}",
            line(&words)
        ));
    }
    if !word.starts_with('-') {
        return Some(one_too_many(word, arguments));
    }
    let is_generate = arguments.iter().any(|argument| argument == "generate");
    let variant = option.trim_start_matches('-');
    let variant = VariantArg::from_str(variant, true)
        .ok()
        .filter(|_| is_generate)
        .and_then(|variant| variant.to_possible_value());
    Some(match variant {
        Some(variant) => variant_instead(word, variant.get_name(), arguments),
        None => options::unknown_option(word, arguments),
    })
}

/// The command that the arguments call, and its full name, such as `reviewseed server start`.
fn called(arguments: &[String]) -> (Command, String) {
    let mut command = Cli::command();
    let mut names = vec![command.get_name().to_owned()];
    for argument in arguments.iter().skip(1) {
        if let Some(inner) = command.find_subcommand(argument).cloned() {
            names.push(argument.clone());
            command = inner;
        }
    }
    (command, names.join(" "))
}

/// The message about an option of `generate` that is the name of a variant: `--dirty=0.1`.
fn variant_instead(word: &str, variant: &str, arguments: &[String]) -> String {
    let is_word =
        |argument: &&String| *argument == word || argument.starts_with(&format!("{word}="));
    let given = arguments.iter().find(is_word);
    let share = given.and_then(|argument| argument.split_once('='));
    let at = arguments.iter().position(|argument| is_word(&argument));
    let mut words: Vec<String> = Vec::new();
    for (number, argument) in arguments.iter().enumerate() {
        if Some(number) != at {
            words.push(argument.clone());
            continue;
        }
        words.extend(["--variant".to_owned(), variant.to_owned()]);
        if let Some((_, share)) = share {
            words.extend(["--dirt".to_owned(), share.to_owned()]);
        }
    }
    format!(
        "there is no option {word}; {variant} is a variant of the data\nnext: {}",
        line(&words)
    )
}

/// The message about an argument that the command does not take. It says what the command takes.
fn one_too_many(word: &str, arguments: &[String]) -> String {
    let (command, called) = called(arguments);
    let places = command.get_positionals().map(|place| {
        let names = place.get_value_names().unwrap_or_default();
        names.first().map_or_else(String::new, ToString::to_string)
    });
    let places: Vec<String> = places.collect();
    if places.iter().any(|place| place == "DIR") {
        return format!(
            "\"{word}\" is one argument too many: a command reads one folder or archive\n\
             next: run the command once for each folder, or name single files with --map TABLE=FILE"
        );
    }
    let takes = match places.is_empty() {
        true => "takes no folder and no file, only options".to_owned(),
        false => format!("takes only {}", places.join(" ")),
    };
    let mut said = format!("\"{word}\" is one argument too many: `{called}` {takes}\nnext: ");
    if Path::new(word).exists() {
        let check = ["reviewseed", "check", word].map(str::to_owned);
        said.push_str(&format!(
            "check the files of {word}: {}\nnext: ",
            line(&check)
        ));
    }
    said.push_str(&format!(
        "run it without \"{word}\"; its options: {called} --help"
    ));
    said
}

/// The message about options of the `mysql` client: it shows them as a URL, without the password.
fn as_url(option: &str, arguments: &[String]) -> String {
    let value = |names: &[&str]| value_of(arguments, names);
    let user = value(&USER).unwrap_or_else(|| "USER".to_owned());
    let host = value(&HOST).unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = value(&PORT).unwrap_or_else(|| "3306".to_owned());
    let database = value(&DATABASE).unwrap_or_else(|| "DATABASE".to_owned());
    let url = match value(&SOCKET) {
        Some(socket) => format!("mysql://{user}@localhost/{database}?socket={socket}"),
        None => format!("mysql://{user}@{host}:{port}/{database}"),
    };
    let password = match PASSWORD.contains(&option) || value(&PASSWORD).is_some() {
        true => {
            "; give the password with --password-file FILE or in the environment variable DATABASE_URL, or type it when you are asked"
        }
        false => "",
    };
    format!(
        "there is no option {option}: one URL names server, account and database{password}\n\
         next: --database-url {}",
        quoted(&url)
    )
}

/// The value of one of these options: `--host db`, `--host=db`, `-hdb`.
fn value_of(arguments: &[String], names: &[&str]) -> Option<String> {
    for (at, argument) in arguments.iter().enumerate() {
        for name in names {
            let Some(rest) = argument.strip_prefix(name) else {
                continue;
            };
            let value = match rest.strip_prefix('=') {
                Some(value) => value.to_owned(),
                None if rest.is_empty() => arguments.get(at + 1)?.clone(),
                None if !name.starts_with("--") => rest.to_owned(),
                None => continue,
            };
            return (!value.starts_with('-') && !value.is_empty()).then_some(value);
        }
    }
    None
}

/// Words as a line for a shell, without passwords.
fn line(words: &[String]) -> String {
    let shown = masked_words(words);
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_options_of_the_mysql_client_become_a_url_without_the_password() {
        for (typed, url) in [
            (
                "r seed csv --host db --user=app",
                "mysql://app@db:3306/DATABASE",
            ),
            (
                "r seed -uapp -P 3307 -D shop -psecret",
                "mysql://app@127.0.0.1:3307/shop",
            ),
            (
                "r seed --socket /run/s --user u",
                "'mysql://u@localhost/DATABASE?socket=/run/s'",
            ),
        ] {
            let said = as_url("--host", &words(typed));
            assert!(
                said.ends_with(&format!("next: --database-url {url}")),
                "{said}"
            );
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn an_option_with_the_name_of_a_variant_becomes_the_variant() {
        for (typed, meant) in [
            ("r generate out --dirty", "r generate out --variant dirty"),
            ("r generate --iso out", "r generate --variant iso out"),
            (
                "r generate out --dirty=0.1",
                "r generate out --variant dirty --dirt 0.1",
            ),
        ] {
            let option = typed.split(' ').find(|word| word.starts_with("--"));
            let said = unknown_argument(option.unwrap(), &words(typed)).unwrap();
            assert!(said.ends_with(&format!("next: {meant}")), "{said}");
        }
        let said = unknown_argument("--dirty", &words("r seed --dirty")).unwrap();
        assert!(!said.contains("--variant"), "{said}");
    }

    #[test]
    fn the_word_of_another_tool_is_translated_with_the_rest_of_the_line() {
        let said = unknown_command("load", &words("r load csv --tables reviews")).unwrap();
        assert!(
            said.ends_with("next: r seed csv --tables reviews"),
            "{said}"
        );
        let said = unknown_command("status", &words("r status")).unwrap();
        assert!(said.ends_with("r server status"), "{said}");
        assert_eq!(unknown_command("sead", &words("r sead csv")), None);
    }

    #[test]
    fn a_command_without_a_folder_is_not_run_once_for_each_folder() {
        for (typed, takes) in [
            ("r doctor /", "`reviewseed doctor` takes no folder"),
            (
                "r server status /",
                "`reviewseed server status` takes no folder",
            ),
            ("r explain a /", "`reviewseed explain` takes only RULE"),
        ] {
            let said = unknown_argument("/", &words(typed)).unwrap();
            assert!(said.contains(takes), "{said}");
            assert!(
                said.contains("next: check the files of /: reviewseed check /"),
                "{said}"
            );
            assert!(!said.contains("each folder"), "{said}");
        }
        for command in ["seed", "check", "draft"] {
            let said = unknown_argument("b", &words(&format!("r {command} a b"))).unwrap();
            assert!(said.contains("once for each folder"), "{said}");
        }
    }
}
