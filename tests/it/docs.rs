//! Pages that could become outdated are generated or checked: docs/cli.md is generated from the
//! command line, docs/rules.md from the rules and the sample data, and every command in README and
//! guides must exist. `UPDATE_DOCS=1 cargo test --test it docs` writes the generated pages.

mod failures;
mod inputs;
mod load_testing;
mod pages;
mod service;
mod tutorial;
mod values;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use model::rejection::Rule;
use reviewseed::cli::Cli;

use crate::support::data::{Files, TABLES, sample_data};
use crate::support::harness::{ran, reviewseed};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a generated page with what is there, or writes it.
#[track_caller]
fn is_fresh(name: &str, page: &str) {
    let file = root().join("docs").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, page).unwrap();
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    let line = there.lines().zip(page.lines()).position(|(a, b)| a != b);
    assert!(
        there == page,
        "docs/{name} is old, from line {}; write it anew with UPDATE_DOCS=1 cargo test --test it docs",
        line.map_or(there.lines().count().min(page.lines().count()), |n| n) + 1
    );
}

#[test]
fn the_reference_of_the_command_line_is_what_help_says() {
    let mut page = String::from(
        "# The command line\n\nWhat `--help` says, for each command. Made by a test; see CONTRIBUTING.md.\n",
    );
    describe(Cli::command().term_width(100), &mut Vec::new(), &mut page);
    is_fresh("cli.md", &page);
}

fn describe(command: Command, path: &mut Vec<String>, page: &mut String) {
    path.push(command.get_name().to_owned());
    let name = path.join(" ");
    // what the environment holds where this is made is nobody's business
    let mut shown = command
        .clone()
        .bin_name(&name)
        .term_width(100)
        .mut_args(|arg| arg.hide_env_values(true));
    if path.len() > 1 {
        shown = shown.disable_version_flag(true);
    }
    let help = shown.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let help = lines.join("\n");
    write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end()).unwrap();
    for inner in command.get_subcommands().filter(|c| c.get_name() != "help") {
        describe(inner.clone(), path, page);
    }
    path.pop();
}

/// What is JSON; `tests/it/records/types/json.rs` has the tests.
const JSON: &str = "
## JSON

A JSON column, and a text column with `CHECK (JSON_VALID(column))`, takes what the server takes.
`seed` asks which server it is; `check` judges as MySQL does, or as MariaDB does with `--for
mariadb`.

| | MySQL | MariaDB 10.11 |
|---|---|---|
| a JSON column holds | the value: members are sorted, numbers rewritten | the text as it is |
| levels of arrays and objects | 100 | 31 |
| numbers | as in RFC 8259, within the range of DOUBLE | of any size; also `1.` |
| after a backslash | only the escapes of RFC 8259 | any character |
| `\\u` with half of a surrogate pair | `not_json` | `not_json` |

A server of another version may have other rules. `seed` asks it about such texts, and if it
differs, the server judges all JSON texts, as `check_failed` on MariaDB.

A record of a [JSON file](inputs.md#json) is `invalid_json` if it is not an object, or if an object
has a name twice that a column uses, because either value may be meant. A name that no column uses
may be there twice. Records have at most 127 objects and arrays within each other.
";

/// How digits without separators are read; `crates/clean/src/timestamp` has the tests.
const DIGITS_ALONE: &str = "
## Digits alone in a date column

The number of digits decides how a value without separators is read. An ambiguous value is rejected
as `not_a_timestamp`, and the message shows both readings.

| digits | read as |
|---|---|
| 8 | `YYYYMMDD` |
| 9 | epoch seconds |
| 10 | epoch seconds; rejected if they are also `YYYYMMDDhh` with a year from 1900 to 2099 |
| 11, 13 | epoch milliseconds |
| 12 | epoch milliseconds; rejected if they are also `YYYYMMDDhhmm` with such a year, or `YYMMDDhhmmss` |
| 14 | `YYYYMMDDhhmmss`; rejected if that date or time does not exist; never an epoch |

`20131104123015` is 2013-11-04 12:30:15. `2013110412` is rejected, because as epoch seconds it is
2033-10-16 21:20:12. To load such values, set `date_format = \"%s\"` or `date_format = \"%Y%m%d%H\"`.
";

/// Which of several records with the same key is loaded; `tests/it/records/keys` has the tests.
const SAME_KEY: &str = "
## Several records with the same key

The first record of the file takes the key, and a later one is a `duplicate_key`. That does not
depend on the type of the key, on other tables or on timing:

| a record that is rejected | its keys |
|---|---|
| by a rule above `duplicate_key` that `check` applies | stay free for a later record |
| as `duplicate_key`, because `check` finds the same key | its other keys stay free |
| as `missing_parent` | stay taken |
| only by the server | stay taken |

An orphan keeps its keys because often a parent is known to be missing only when all files are read,
and the records after the orphan were already judged by its keys. To load a later record instead,
delete the orphan from the file. With `--append`, the rows of the table keep their keys, unless
`--on-duplicate` says otherwise: [data-that-changes.md](data-that-changes.md).

Only the server compares texts that are equal under a collation but have other bytes. Of these, the
row that is stored first wins, and a row that is removed as an orphan counts as stored.
";

#[test]
fn the_page_of_rules_has_for_each_rule_an_example_that_it_rejects() {
    let files = Files::none();
    let dirty = sample_data().join("dirty");
    ran(reviewseed(files.path("").as_path())
        .arg("check")
        .arg(&dirty)
        .args(["--max-rejects", "100%"]))
    .exits(1);
    let reasons: Vec<_> = TABLES
        .iter()
        .flat_map(|table| files.reasons(table).into_iter().map(move |r| (table, r)))
        .collect();

    let mut page = String::from(
        "# Rules\n\n\
         The rules by which records are rejected, in the order in which they are applied. The first rule that a record violates counts; of\n\
         several columns, the first in the schema's order. The names are those of `rule` in `rejects/<table>.reasons.csv` and in the\n\
         report. The examples are from `sample-data/dirty`. A test writes this page; see CONTRIBUTING.md.\n\n\
         | rule | example | message | what to do |\n|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        let example = reasons
            .iter()
            .find(|(_, reason)| reason.rule == rule.name());
        let (place, message) = match example {
            Some((table, reason)) if reason.column.is_empty() => (
                format!("{table}, line {}", reason.line),
                reason.message.clone(),
            ),
            Some((table, reason)) => (
                format!("{table}, line {}, {}", reason.line, reason.column),
                reason.message.clone(),
            ),
            None => (String::new(), String::new()),
        };
        let message = message.replace('|', "\\|").replace('\n', " ");
        writeln!(
            page,
            "| `{}` | {place} | {message} | {} |",
            rule.name(),
            rule.remedy()
        )
        .unwrap();
    }
    page.push_str(SAME_KEY);
    page.push_str(JSON);
    page.push_str(DIGITS_ALONE);
    page.push_str(&values::page());
    is_fresh("rules.md", &page);
}

/// All files of these folders of the project, and of those below them.
pub fn files_in(folders: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// README, the guides, and those of the examples.
fn guides() -> Vec<PathBuf> {
    let top = ["README.md", "CONTRIBUTING.md", "tests/README.md"];
    let mut guides: Vec<PathBuf> = top.iter().map(|name| root().join(name)).collect();
    let mut pages = files_in(&["docs", "examples"]);
    pages.retain(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("cli.md"));
    guides.append(&mut pages);
    guides
}

/// The lines of the shell blocks, continued ones joined, without prompt.
fn shell_lines(text: &str) -> Vec<String> {
    let (mut lines, mut inside, mut open): (Vec<String>, _, _) = (Vec::new(), false, false);
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(kind) = trimmed.strip_prefix("```") {
            inside = !inside && ["sh", "console", "yaml"].contains(&kind);
            open = false;
        } else if inside {
            let part = trimmed.strip_suffix('\\').unwrap_or(trimmed).trim();
            match lines.last_mut() {
                Some(last) if open => *last = format!("{last} {part}"),
                _ => lines.push(part.to_owned()),
            }
            open = trimmed.ends_with('\\');
        }
    }
    lines
}

/// The commands of ours in a line of shell: `- run: reviewseed …`, `$ reviewseed … > file`, `a |
/// reviewseed …`.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let words = shlex::split(line).unwrap_or_default();
    let ends = |word: &str| {
        ["|", "&&", "||", "&", ";", "#"].contains(&word)
            || word.trim_start_matches(['1', '2']).starts_with(['>', '<'])
    };
    let mut commands = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| words[at].as_str());
        let begins = before.is_none_or(|b| {
            ends(b) || ["$", "run:", "-v", "then", "do", "time"].contains(&b) || b.contains('=')
        });
        if (word == "reviewseed" || word.ends_with("/release/reviewseed")) && begins {
            let rest = words[at + 1..].iter().take_while(|word| !ends(word));
            commands.push(rest.cloned().collect());
        }
    }
    commands
}

/// The examples that the help of a command and of those below it ends with.
fn examples_of(command: &Command, examples: &mut Vec<String>) {
    let after = command.get_after_help().map(ToString::to_string);
    let lines = after.iter().flat_map(|text| text.lines());
    let lines = lines.filter(|line| line.starts_with("  reviewseed "));
    // the explanation of an example follows after some blanks
    examples.extend(lines.map(|line| line.trim().split("  ").next().unwrap().to_owned()));
    for inner in command.get_subcommands() {
        examples_of(inner, examples);
    }
}

#[test]
fn every_example_of_the_help_is_a_command() {
    let mut examples = Vec::new();
    examples_of(&Cli::command(), &mut examples);
    for example in &examples {
        for words in commands_of(example) {
            let arguments = std::iter::once("reviewseed").chain(words.iter().map(String::as_str));
            let parsed = Cli::command().try_get_matches_from(arguments);
            assert!(parsed.is_ok(), "`{example}`: {}", parsed.unwrap_err());
        }
    }
    let top = ["seed ", "reindex ", "targets "];
    let jobs = examples.iter().zip(top);
    for (example, job) in jobs {
        assert!(
            example.starts_with(&format!("reviewseed {job}")),
            "{example}"
        );
    }
    assert!(examples.len() >= 15, "{examples:?}");
}

#[test]
fn every_command_of_the_guides_is_one() {
    let mut seen = 0;
    for guide in guides() {
        let text = fs::read_to_string(&guide).unwrap();
        for line in shell_lines(&text) {
            for words in commands_of(&line) {
                let arguments =
                    std::iter::once("reviewseed").chain(words.iter().map(String::as_str));
                if let Err(error) = Cli::command().try_get_matches_from(arguments) {
                    assert!(
                        !error.use_stderr(),
                        "{}: `{line}` is not a command of reviewseed: {error}",
                        guide.display()
                    );
                }
                seen += 1;
            }
        }
    }
    assert!(
        seen >= 15,
        "only {seen} commands were found; are the blocks still marked sh?"
    );
}

#[test]
fn the_picture_of_the_crates_is_that_of_today() {
    let mut script = std::process::Command::new(root().join("scripts/crate-graph"));
    let status = script.arg("--check").status().unwrap();
    assert!(status.success(), "run scripts/crate-graph --write");
}

#[test]
fn what_begins_with_an_interpreter_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    let mut seen = 0;
    for path in files_in(&["benches", "scripts"]) {
        if fs::read(&path).unwrap().starts_with(b"#!/") {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert!(mode & 0o100 != 0, "{}: mode {mode:o}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 5, "only {seen} scripts were found");
}
