//! What was probably meant by an option that the command does not have: the name that another tool
//! gives it, an option of another command, or a typing error.

use clap::{Arg, Command};

use super::{called, line};

/// What to write instead of an option that another tool has.
enum Instead {
    /// An option of this name.
    Named(&'static str),
    /// The value alone, as the folder.
    Folder,
    /// Nothing: the option is left out. Contains the reason.
    LeaveOut(&'static str),
    /// Another option, which the text names.
    Words(&'static str),
}

use Instead::{Folder, LeaveOut, Named, Words};

/// Options of other tools. If a name has several meanings, the first one that the command has is
/// used.
const OTHERS: [(&[&str], Instead); 22] = [
    (
        &[
            "--truncate",
            "--overwrite",
            "--drop",
            "--drop-tables",
            "--recreate",
            "--clean",
            "--reset",
            "--clear",
        ],
        Named("--replace"),
    ),
    (&["--upsert", "--update", "--merge"], Named("--sync")),
    (
        &[
            "--separator",
            "--sep",
            "--delim",
            "-d",
            "--field-separator",
            "--fields-terminated-by",
        ],
        Named("--delimiter"),
    ),
    (
        &[
            "--quotechar",
            "--quote-char",
            "--enclosed-by",
            "--fields-enclosed-by",
            "--fields-optionally-enclosed-by",
        ],
        Named("--quote"),
    ),
    (
        &["--escapechar", "--escape-char", "--fields-escaped-by"],
        Named("--escape"),
    ),
    (
        &["--lines-terminated-by", "--lineterminator"],
        Named("--line-end"),
    ),
    (
        &["--ignore-lines", "--skip-rows", "--skiprows", "--skip"],
        Named("--skip-lines"),
    ),
    (
        &[
            "--skip-errors",
            "--ignore-errors",
            "--ignore",
            "--max-errors",
            "--max-bad-records",
        ],
        Named("--max-rejects"),
    ),
    (
        &["--charset", "--character-set", "--default-character-set"],
        Named("--encoding"),
    ),
    (
        &["--null-value", "--null-string", "--na-values"],
        Named("--null"),
    ),
    (
        &["--url", "--uri", "--dsn", "--connection-string"],
        Named("--database-url"),
    ),
    (
        &["--rps", "--qps", "--requests-per-second"],
        Named("--rate"),
    ),
    (
        &[
            "--workers",
            "--parallel",
            "--concurrency",
            "--jobs",
            "-j",
            "--use-threads",
            "--vus",
            "-c",
        ],
        Named("--connections"),
    ),
    (
        &["--workers", "--parallel", "--jobs", "-j"],
        Named("--threads"),
    ),
    (
        &["--dry", "--dryrun", "--simulate", "--check", "-n"],
        Named("--dry-run"),
    ),
    (&["--silent"], Named("--quiet")),
    (
        &[
            "--dir",
            "--directory",
            "--folder",
            "--path",
            "--input",
            "--in",
            "-i",
            "--source",
        ],
        Folder,
    ),
    (
        &["--resume", "--continue", "--restart"],
        LeaveOut("the same command resumes a run that was interrupted"),
    ),
    (
        &["--yes", "-y", "--assume-yes", "--no-input"],
        LeaveOut("the command asks no question"),
    ),
    (
        &["--header", "--headers", "--skip-header", "--has-header"],
        LeaveOut("the first line of a file is read as its header, unless --no-header is given"),
    ),
    (
        &["--json"],
        Words("--log-format json writes the messages as JSON; --report - writes the JSON report"),
    ),
    (
        &["--no-verify", "--skip-verify", "--no-check"],
        Words("--verify none skips the verification"),
    ),
];

/// The message about an option that the called command does not have.
pub(super) fn unknown_option(typed: &str, arguments: &[String]) -> String {
    let option = typed.split('=').next().unwrap_or(typed);
    let (command, name) = called(arguments);
    let start = format!("`{name}` has no option {option}");
    let mut others = OTHERS.iter();
    let meant =
        others.find(|(names, instead)| names.contains(&option) && is_possible(instead, &command));
    if let Some((_, instead)) = meant {
        return match instead {
            Named(meant) => format!(
                "{start}; here it is called {meant}\nnext: {}",
                replaced(
                    option,
                    arguments,
                    Some((*meant, value_name(&command, meant)))
                )
            ),
            Folder => format!(
                "{start}; the folder is written without an option\nnext: {}",
                without_name(option, arguments)
            ),
            LeaveOut(why) => format!(
                "{start}, and needs none: {why}\nnext: {}",
                replaced(option, arguments, None)
            ),
            Words(words) => format!("{start}; {words}\nnext: see all options: {name} --help"),
        };
    }
    if let Some(near) = nearest(option, &command) {
        let meant = Some((near.as_str(), value_name(&command, &near)));
        return format!(
            "{start}; did you mean {near}?\nnext: {}",
            replaced(option, arguments, meant)
        );
    }
    match owners(option) {
        owners if owners.is_empty() => format!("{start}\nnext: see all options: {name} --help"),
        owners => format!(
            "{start}, which belongs to {}\nnext: leave it out, or see all options: {name} --help",
            owners.join(", ")
        ),
    }
}

/// Whether the advice fits the command: the command has the option, or the folder, that it names.
fn is_possible(instead: &Instead, command: &Command) -> bool {
    match instead {
        Named(option) => find(command, option).is_some(),
        Folder => command
            .get_positionals()
            .any(|place| place.get_id() == "directory"),
        LeaveOut(_) => true,
        Words(words) => words
            .split(' ')
            .filter(|word| word.starts_with("--"))
            .all(|option| find(command, option).is_some()),
    }
}

fn find<'a>(command: &'a Command, option: &str) -> Option<&'a Arg> {
    let name = option.trim_start_matches("--");
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(name))
}

/// The placeholder of an option's value in its help; `None` for an option without a value.
fn value_name(command: &Command, option: &str) -> Option<String> {
    let arg = find(command, option)?;
    let takes = arg.get_action().takes_values();
    let name = arg.get_value_names().and_then(<[_]>::first);
    takes.then(|| name.map_or_else(|| "VALUE".to_owned(), ToString::to_string))
}

/// The command line with the option `by` in place of `option`, or without `option` if `by` is
/// `None`. If `by` takes a value, the typed value is kept; if none was typed, the placeholder of
/// the value is shown.
fn replaced(option: &str, arguments: &[String], by: Option<(&str, Option<String>)>) -> String {
    let mut words = Vec::new();
    let mut before = "";
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let last = std::mem::replace(&mut before, argument);
        let (typed, joined) = match argument.split_once('=') {
            Some((typed, value)) => (typed, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        if typed != option {
            words.push(super::masked_after(last, argument));
            continue;
        }
        let Some((meant, takes)) = &by else { continue };
        words.push((*meant).to_owned());
        let Some(placeholder) = takes else { continue };
        let next = || rest.next_if(|word| !word.starts_with('-')).cloned();
        words.push(match joined.or_else(next) {
            Some(value) => super::masked(&value),
            None => placeholder.clone(),
        });
    }
    words.join(" ")
}

/// The command line with the value of the option, but without its name.
fn without_name(option: &str, arguments: &[String]) -> String {
    let words = arguments.iter().filter(|argument| *argument != option);
    let words: Vec<String> = words
        .map(|argument| match argument.split_once('=') {
            Some((typed, value)) if typed == option => value.to_owned(),
            _ => argument.clone(),
        })
        .collect();
    line(&words)
}

/// The option of the command whose name differs by a typing error.
fn nearest(option: &str, command: &Command) -> Option<String> {
    let typed = option.strip_prefix("--").filter(|name| name.len() > 2)?;
    let distance = |name: &str| strsim::damerau_levenshtein(typed, name);
    let names = command.get_arguments().filter_map(Arg::get_long);
    let near = names.min_by_key(|name| distance(name))?;
    let is_near = distance(near) <= 1 + near.len() / 6;
    let is_start = typed.len() > 3 && near.starts_with(typed);
    (is_near || is_start).then(|| format!("--{near}"))
}

/// The commands that have an option of this name.
fn owners(option: &str) -> Vec<String> {
    let all = <super::Cli as clap::CommandFactory>::command();
    let commands = all.get_subcommands();
    let owners = commands.filter(|command| option.len() > 2 && find(command, option).is_some());
    owners
        .map(|command| command.get_name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(typed: &str, option: &str) -> String {
        let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
        unknown_option(option, &words)
    }

    #[test]
    fn an_option_of_another_tool_is_translated_with_its_value() {
        for (typed, option, next) in [
            (
                "r seed csv --truncate",
                "--truncate",
                "r seed csv --replace",
            ),
            (
                "r check csv --sep ;",
                "--sep",
                "r check csv --delimiter ';'",
            ),
            (
                "r check --sep=| csv",
                "--sep",
                "r check --delimiter '|' csv",
            ),
            (
                "r seed csv --skip-errors",
                "--skip-errors",
                "r seed csv --max-rejects N|P%",
            ),
            ("r seed csv -j 4", "-j", "r seed csv --connections 4"),
            ("r check csv -j 4", "-j", "r check csv --threads 4"),
            ("r smoke --rps 250", "--rps", "r smoke --rate 250"),
            ("r seed --dir csv", "--dir", "r seed csv"),
            ("r seed csv --resume", "--resume", "r seed csv"),
            (
                "r verify --url mysql://a:s3cret@h/d",
                "--url",
                "r verify --database-url mysql://a@h:3306/d",
            ),
        ] {
            let said = said(typed, option);
            assert!(
                said.ends_with(&format!("\nnext: {next}")),
                "{typed}: {said}"
            );
        }
    }

    #[test]
    fn every_option_that_is_named_instead_exists_in_some_command() {
        for (names, instead) in &OTHERS {
            let all = <super::super::Cli as clap::CommandFactory>::command();
            let mut commands = all.get_subcommands();
            assert!(
                commands.any(|command| is_possible(instead, command)),
                "{names:?}"
            );
        }
    }

    #[test]
    fn a_typing_error_names_the_option_and_an_unlike_word_names_none() {
        let near = said("r seed csv --max-reject 5%", "--max-reject");
        assert!(near.contains("did you mean --max-rejects?"), "{near}");
        assert!(
            near.ends_with("next: r seed csv --max-rejects 5%"),
            "{near}"
        );
        let far = said("r seed csv --colour red", "--colour");
        assert!(!far.contains("did you mean"), "{far}");
        assert!(
            far.ends_with("see all options: reviewseed seed --help"),
            "{far}"
        );
    }

    #[test]
    fn an_option_of_another_command_names_that_command() {
        let said = said("r check csv --sync", "--sync");
        assert!(
            said.contains("`reviewseed check` has no option --sync, which belongs to seed\n"),
            "{said}"
        );
    }
}
