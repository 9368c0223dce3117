//! Prose is at most 100 columns wide: comments, and Markdown outside tables and code.

mod words;

use std::fs;

use crate::docs::{files_in, root};

const COLUMNS: usize = 100;

/// Pages at the top level.
const PAGES: [&str; 3] = ["CHANGELOG.md", "CONTRIBUTING.md", "README.md"];

/// Pages that a test writes from what `--help` and the rules say.
const WRITTEN_BY_TESTS: [&str; 2] = ["docs/cli.md", "docs/rules.md"];

/// Numbers of the prose lines that are too wide. A line that cannot be broken is no prose.
fn wide(lines: impl Iterator<Item = (usize, String)>) -> Vec<usize> {
    let mut is_code = false;
    let mut found = Vec::new();
    for (number, line) in lines {
        let text = line.trim_start_matches(['/', '!', ' ']);
        if text.starts_with("```") {
            is_code = !is_code;
        }
        // code in Markdown is indented, too, and so are comments in code
        let is_indented = line.starts_with("    ") && !is_comment(&line);
        let is_table = text.starts_with('|') || is_indented;
        let breaks = text.split_whitespace().count() > 1;
        if !is_code && !is_table && breaks && line.chars().count() > COLUMNS {
            found.push(number);
        }
    }
    found
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let lines = text.lines().enumerate();
    lines.map(|(at, line)| (at + 1, line.to_owned()))
}

#[test]
fn comments_and_guides_are_at_most_100_columns_wide() {
    let mut said = Vec::new();
    let mut all = files_in(&["src", "crates", "tests", "benches", "fuzz/fuzz_targets"]);
    all.extend(files_in(&["docs", "examples", "sample-data"]));
    all.extend(PAGES.map(|page| root().join(page)));
    all.retain(|path| path.extension().is_some_and(|e| e == "rs" || e == "md"));
    assert!(all.len() > 100, "{}", all.len());
    for path in all {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        if WRITTEN_BY_TESTS.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let is_rust = name.ends_with(".rs");
        let lines = numbered(&text).filter(|(_, line)| !is_rust || is_comment(line));
        said.extend(wide(lines).iter().map(|line| format!("{name}:{line}")));
    }
    assert!(
        said.is_empty(),
        "wider than {COLUMNS} columns:\n{}",
        said.join("\n")
    );
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

#[test]
fn a_wide_line_is_found_except_in_tables_code_and_single_words() {
    let long = "word ".repeat(21);
    let text = format!(
        "{long}\n| {long} |\n```sh\n{long}\n```\n{}\n    {long}\n/// {long}\n",
        "x".repeat(200)
    );
    assert_eq!(wide(numbered(&text)), [1, 8]);
}
