//! The command line as it was typed, for messages that suggest how to resume a run or what to do
//! next.

mod line;

use std::path::Path;
use std::sync::OnceLock;

use crate::masking::masked_words;
pub(crate) use line::Line;
pub(crate) use model::shell::quoted;

/// The command line; a password in a URL is left out.
pub(crate) fn command_line() -> String {
    line(arguments())
}

/// The command line of this run with this value for an option, whether the option was typed or not.
pub(crate) fn command_line_with(option: &str, value: &str) -> String {
    text_of(typed().with(option, value))
}

/// The command line of this run without `--write-config`; used by `check`.
pub(crate) fn command_line_of_next_check() -> String {
    text_of(typed().without(&["write-config"]))
}

/// The command line that loads the same files with `seed`; used by `check` and `seed --dry-run`.
pub(crate) fn command_line_of_seed() -> String {
    text_of(as_seed(typed()))
}

/// The command line that checks the same files with `seed --dry-run`, in which a server parses the
/// schema; used by `check`.
pub(crate) fn command_line_of_dry_run() -> String {
    text_of(as_seed(typed()).and("dry-run", None))
}

/// The command line that loads the same files with `seed`, with a drafted schema and its settings;
/// used by `draft`.
pub(crate) fn command_line_of_drafted_seed(schema: &Path, config: Option<&Path>) -> String {
    let text = |path: &Path| path.display().to_string();
    let line = typed().command("seed").without_flag("-o");
    let line = line.without(&[
        "output",
        "force",
        "enums",
        "uuid-binary",
        "config",
        "tables",
    ]);
    // the drafted settings contain what these options say about values, so the options are left out
    let line = line.without(&OF_VALUES);
    let line = line.and("schema", Some(&text(schema)));
    text_of(match config {
        Some(config) => line.and("config", Some(&text(config))),
        None => line,
    })
}

/// The options about the values of all columns.
const OF_VALUES: [&str; 13] = [
    "null",
    "date-format",
    "date-order",
    "pivot",
    "decimal",
    "thousands",
    "strip",
    "parentheses",
    "round",
    "true-values",
    "false-values",
    "small-integers",
    "case",
];

/// The program as it was called.
pub(crate) fn program() -> String {
    line(arguments().into_iter().take(1).collect())
}

/// Whether this text is an argument, or the value of one. A password in it is not secret, because
/// every account of the machine can read arguments.
pub(crate) fn is_typed(value: &str) -> bool {
    let of = |argument: &String| argument.split_once('=').is_some_and(|(_, v)| v == value);
    arguments().iter().any(|a| a == value || of(a))
}

fn arguments() -> Vec<String> {
    let arguments = std::env::args_os();
    arguments
        .map(|a| a.to_string_lossy().into_owned())
        .collect()
}

/// The command line as it was typed, split into words, so that it can be changed. After a draft, it
/// names the drafted files instead of `--draft`.
pub(crate) fn typed() -> Line {
    let line = Line::parse(arguments());
    let Some(drafted) = DRAFTED.get() else {
        return line;
    };
    let mut line = line.without(&["draft"]).without(&OF_VALUES);
    line = line.and("schema", Some(&drafted.schema));
    if let Some(config) = &drafted.config {
        line = line.and("config", Some(config));
    }
    for setting in &drafted.settings {
        line = line.and("set", Some(setting));
    }
    line
}

/// The files of the draft that this run made. Suggested commands use these files, so that they do
/// not draft again.
#[derive(Debug)]
pub(crate) struct Drafted {
    /// The schema.
    pub(crate) schema: String,
    /// The settings, for `--config`.
    pub(crate) config: Option<String>,
    /// The settings one by one, for `--set`. They are used instead of `config` if another file has
    /// settings too.
    pub(crate) settings: Vec<String>,
}

static DRAFTED: OnceLock<Drafted> = OnceLock::new();

/// Notes the files of a draft.
pub(crate) fn note_draft(drafted: Drafted) {
    // the cell is empty, because a run makes only one draft
    let _ = DRAFTED.set(drafted);
}

/// A changed command line, quoted for a shell; a password in a URL is left out.
pub(crate) fn text_of(changed: Line) -> String {
    line(changed.arguments())
}

fn as_seed(line: Line) -> Line {
    line.command("seed")
        .without(&["dry-run", "for", "write-config"])
}

fn line(arguments: Vec<String>) -> String {
    masked_words(&arguments).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Line {
        Line::parse(words.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn a_check_and_a_dry_run_become_the_seed_that_writes() {
        let seed = |words: &str| text_of(as_seed(parsed(words)));
        assert_eq!(
            seed("r check csv --delimiter ; --tables check"),
            "r seed csv --delimiter ';' --tables check"
        );
        assert_eq!(
            seed("r --config check check --database-url=mysql://a:secret@h/d"),
            "r --config check seed --database-url=mysql://a@h:3306/d"
        );
        assert_eq!(seed("r seed check --dry-run -v"), "r seed check -v");
        assert_eq!(seed("r check --for mariadb csv"), "r seed csv");
        assert_eq!(
            seed("r check --map t=a --map u=b -- -x"),
            "r seed --map t=a --map u=b -- -x"
        );
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
        let raised = |words: &str| text_of(parsed(words).with("max-rejects", "100%"));
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
        assert_eq!(
            raised("r check --max-rejects 1 --max-rejects 2 -- -csv"),
            format!("r check {all} -- -csv")
        );
    }

    #[test]
    fn options_are_removed_and_added_and_the_folder_is_replaced() {
        let line = parsed("r seed --map a=b -q --tables a csv --no-index --delimiter=;")
            .without(&["map", "tables"])
            .directory("rejects")
            .and("append", None)
            .and("rejects", Some("-odd"));
        assert_eq!(
            text_of(line),
            "r seed rejects -q --no-index --delimiter=';' --append --rejects=-odd"
        );
        let line = parsed("r seed --set a.files=x.dat --set=a.fields=id,n --set a.files.c=1")
            .without_settings(&["files", "encoding"]);
        assert_eq!(
            text_of(line),
            "r seed --set=a.fields=id,n --set a.files.c=1"
        );
        let line = parsed("r --config c.toml verify --mysqld x");
        assert_eq!(line.value_of("config"), Some("c.toml"));
        assert!(line.has(&["map", "mysqld"]) && !line.has(&["map"]));
        assert_eq!(
            text_of(line.directory("d")),
            "r --config c.toml verify d --mysqld x"
        );
    }
}
