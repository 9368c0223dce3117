//! Plain English: comments, messages and Markdown use the ordinary technical word.
//!
//! The list has the phrases that are wrong wherever they occur. Words that are wrong in one sense
//! alone (`part` for an input file, `line` for a record) are not in it.

use std::fs;

use crate::docs::{files_in, root};

/// Folders and pages that follow the list.
const DONE: [&str; 38] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "benches",
    "crates/clean",
    "crates/engine",
    "crates/innodb-file",
    "crates/input",
    "crates/model",
    "crates/mysql",
    "crates/mysql-schema",
    "crates/private-server",
    "crates/report",
    "crates/reviews",
    "docs/README.md",
    "docs/architecture.md",
    "docs/cli.md",
    "docs/engines.md",
    "docs/comparison.md",
    "docs/data-sets.md",
    "docs/failures.md",
    "docs/faq.md",
    "docs/inputs.md",
    "docs/install.md",
    "docs/load-testing.md",
    "docs/log.md",
    "docs/performance.md",
    "docs/physical.md",
    "docs/reindex.md",
    "docs/report.md",
    "docs/rules.md",
    "docs/seeding.md",
    "docs/tutorial.md",
    "docs/types.md",
    "examples",
    "sample-data",
    "src",
    "tests",
];

/// Phrases and what to write instead.
const PHRASES: [(&str, &str); 41] = [
    ("anew", "again"),
    ("as files", "by physical import"),
    ("but for", "except"),
    ("by files", "by physical import"),
    ("come to", "name what happens"),
    ("comes to", "name what happens"),
    ("go as files", "are imported physically"),
    ("go on with", "resume"),
    ("goes as a file", "is imported physically"),
    ("goes in", "is loaded"),
    ("goes on", "continues, resumes"),
    ("gone on with", "resumed"),
    ("in a circle", "in a cycle"),
    ("in but", "loaded except"),
    ("is in exactly once", "is loaded exactly once"),
    ("let be", "left unchanged"),
    ("meanwhile", "in the meantime, or nothing"),
    ("mend", "correct"),
    ("mended", "corrected"),
    ("mending", "correcting"),
    ("prove", "check, verify"),
    ("proved", "checked, verified"),
    ("proven", "checked, verified"),
    ("proves", "checks, verifies"),
    ("refusal", "rejection, error"),
    ("refuse", "reject (a record), fail"),
    ("refused", "rejected (a record), failed"),
    ("refuses", "rejects (a record), fails"),
    ("refusing", "rejecting (a record), failing"),
    ("so much", "an amount"),
    ("stand", "is, means"),
    ("standing", "is, means"),
    ("stands", "is, means"),
    ("stood", "was, meant"),
    ("that there are not", "that do not exist"),
    ("that there is not", "that does not exist"),
    ("the sql way", "SQL load"),
    ("turned away", "rejected"),
    ("what is in", "rows already loaded, the contents"),
    ("what there is", "name it"),
    ("whoever", "everyone who"),
];

/// Before or after these words, `behind` has its ordinary sense: `lags behind`, `behind a proxy`.
const BEFORE_BEHIND: [&str; 4] = ["fall", "falls", "lag", "lags"];
const AFTER_BEHIND: [&str; 2] = ["a", "an"];

/// Verbs that show that `, for` begins a clause, where `because` is meant.
const VERBS: [&str; 21] = [
    "are", "can", "cannot", "could", "did", "do", "does", "had", "has", "have", "is", "may",
    "might", "must", "need", "needs", "was", "were", "will", "would", "should",
];

/// Words that begin a clause inside of the noun after `for`: its verb says nothing.
const RELATIVE: [&str; 11] = [
    "that", "which", "who", "whose", "where", "when", "if", "whether", "as", "what", "while",
];

/// A word of prose, in lower case.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    line: usize,
    /// Whether punctuation follows, and a comma.
    ends_phrase: bool,
    has_comma: bool,
}

/// The words of some lines of prose; code between backticks counts as one word.
fn words(lines: &[(usize, String)]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut is_code = false;
    for (line, text) in lines {
        let mut prose = String::new();
        for (at, piece) in text.split('`').enumerate() {
            if at > 0 {
                is_code = !is_code;
            }
            prose.push_str(if is_code { "\u{1}" } else { piece });
        }
        for token in prose.split([' ', '\t', '\u{2026}', '|']) {
            let text = token.trim_matches(|c: char| !c.is_alphanumeric() && c != '\u{1}');
            // a bracket or a quote begins another phrase
            let begins = (text.is_empty() && !token.is_empty()) || token.starts_with(['(', '"']);
            if begins && let Some(last) = words.last_mut() {
                let last: &mut Word = last;
                last.ends_phrase = true;
            }
            if text.is_empty() {
                continue;
            }
            words.push(Word {
                text: text.to_lowercase(),
                line: *line,
                ends_phrase: !token.ends_with(|c: char| c.is_alphanumeric() || c == '\u{1}'),
                has_comma: token.ends_with(','),
            });
        }
    }
    words
}

/// Whether `, for` at this position begins a clause.
fn is_because(words: &[Word], at: usize) -> bool {
    let comma = at > 0 && words[at - 1].has_comma;
    if !comma || words[at].text != "for" {
        return false;
    }
    for word in &words[at + 1..] {
        if RELATIVE.contains(&word.text.as_str()) {
            return false;
        }
        if VERBS.contains(&word.text.as_str()) {
            return true;
        }
        if word.ends_phrase {
            return false;
        }
    }
    false
}

/// Whether the phrase begins at this position and no punctuation is inside of it.
fn begins(words: &[Word], at: usize, phrase: &str) -> bool {
    let count = phrase.split(' ').count();
    let Some(found) = words.get(at..at + count) else {
        return false;
    };
    let is_split = found[..count - 1].iter().any(|word| word.ends_phrase);
    !is_split
        && found
            .iter()
            .map(|word| word.text.as_str())
            .eq(phrase.split(' '))
}

/// What is wrong in some lines of prose: line, phrase, and what to write instead.
fn wrong(lines: &[(usize, String)]) -> Vec<(usize, String)> {
    let words = words(lines);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| words[at].text.as_str());
        let is_connection =
            before == Some("connection") || begins(&words, at + 1, "the connection");
        let fitting = PHRASES
            .iter()
            .filter(|(phrase, _)| phrase.starts_with(&word.text));
        for (phrase, instead) in fitting {
            if begins(&words, at, phrase) && !(phrase.starts_with("refuse") && is_connection) {
                found.push((word.line, format!("\"{phrase}\": write {instead}")));
            }
        }
        let follows = words.get(at + 1).map_or("", |word| word.text.as_str());
        let is_ordinary = before.is_some_and(|word| BEFORE_BEHIND.contains(&word))
            || AFTER_BEHIND.contains(&follows);
        if word.text == "behind" && !is_ordinary {
            found.push((word.line, "\"behind\": write after".to_owned()));
        }
        if is_because(&words, at) {
            found.push((word.line, "\", for\": write because".to_owned()));
        }
    }
    found
}

/// Blocks of adjacent comment lines, without their slashes.
fn comments(code: &str) -> Vec<Vec<(usize, String)>> {
    let mut blocks = vec![Vec::new()];
    for (at, line) in code.lines().enumerate() {
        match line.trim_start().strip_prefix("//") {
            Some(text) => {
                let text = text.trim_start_matches(['/', '!']).to_owned();
                blocks.last_mut().unwrap().push((at + 1, text));
            }
            None => blocks.push(Vec::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// String literals outside of comments, each with its line. Only those of several words are prose.
fn strings(code: &str) -> Vec<Vec<(usize, String)>> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut chars = code.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '/' if last == '/' => {
                while chars.peek().is_some_and(|c| *c != '\n') {
                    chars.next();
                }
            }
            // a character such as '"'
            '\'' if matches!(chars.peek(), Some('"' | '\\')) => {
                let escaped = chars.next() == Some('\\');
                if escaped {
                    chars.next();
                }
            }
            '"' => {
                let (begin, mut text) = (line, String::new());
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => match chars.next() {
                            Some('\n') => {
                                line += 1;
                                while chars.peek().is_some_and(|c| c.is_whitespace()) {
                                    line += usize::from(chars.next() == Some('\n'));
                                }
                            }
                            Some('n' | 't' | 'r') => text.push(' '),
                            _ => {}
                        },
                        '\n' => {
                            line += 1;
                            text.push(' ');
                        }
                        c => text.push(c),
                    }
                }
                if text.contains(' ') {
                    found.push(vec![(begin, text)]);
                }
            }
            _ => {}
        }
        last = c;
    }
    found
}

/// Paragraphs of Markdown, without fenced and indented code.
fn paragraphs(page: &str) -> Vec<Vec<(usize, String)>> {
    let mut blocks = vec![Vec::new()];
    let mut is_code = false;
    for (at, line) in page.lines().enumerate() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        let is_prose = !is_code && !is_fence && !line.trim().is_empty();
        match is_prose && !line.starts_with("    ") {
            true => blocks.last_mut().unwrap().push((at + 1, line.to_owned())),
            false => blocks.push(Vec::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// The code before the module of unit tests.
fn without_tests(code: &str) -> &str {
    let end = code.find("#[cfg(test)]\nmod tests {");
    &code[..end.unwrap_or(code.len())]
}

#[test]
fn comments_messages_and_guides_use_the_ordinary_words() {
    let mut said = Vec::new();
    let (pages, folders): (Vec<&str>, _) = DONE.iter().partition(|path| path.ends_with(".md"));
    let mut files = files_in(&folders);
    files.extend(pages.iter().map(|page| root().join(page)));
    for path in files {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let blocks = match path.extension().and_then(|e| e.to_str()) {
            Some("rs") => {
                let mut blocks = comments(&text);
                // strings in tests are data
                let is_test = name.starts_with("tests/") || name.contains("/tests/");
                if !is_test && !name.ends_with("/tests.rs") {
                    blocks.extend(strings(without_tests(&text)));
                }
                blocks
            }
            Some("md") => paragraphs(&text),
            _ => Vec::new(),
        };
        for (line, what) in blocks.iter().flat_map(|block| wrong(block)) {
            said.push(format!("{name}:{line}: {what}"));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// The wrong phrases of a text of one block.
fn found(text: &str) -> Vec<String> {
    let lines = text.lines().enumerate();
    let lines: Vec<_> = lines.map(|(at, line)| (at + 1, line.to_owned())).collect();
    let phrase = |(line, what): (usize, String)| {
        let phrase = what
            .split("\": ")
            .next()
            .unwrap()
            .trim_start_matches('"')
            .to_owned();
        format!("{line} {phrase}")
    };
    wrong(&lines).into_iter().map(phrase).collect()
}

#[test]
fn a_wrong_phrase_is_found_over_a_line_break_and_in_any_case() {
    assert_eq!(found("Rows are loaded\nanew."), ["2 anew"]);
    assert_eq!(found("All of them but\nfor one."), ["1 but for"]);
    assert_eq!(found("Meanwhile it goes on."), ["1 meanwhile", "1 goes on"]);
}

#[test]
fn code_punctuation_and_longer_words_are_no_wrong_phrase() {
    assert!(found("The rule `refused_by_server` and `stands`.").is_empty());
    assert!(found("The server understands it, but, for once, standards differ.").is_empty());
    assert!(found("Connection refused. The server refused the connection.").is_empty());
    assert_eq!(found("The record is refused."), ["1 refused"]);
}

#[test]
fn for_in_the_sense_of_because_is_found_and_no_other() {
    assert_eq!(found("It waits, for the file is large."), ["1 , for"]);
    assert_eq!(found("It waits, for nothing\nmay change."), ["1 , for"]);
    assert!(found("It is written once, for all rows that are loaded.").is_empty());
    assert!(found("Some files, for example this one, are large.").is_empty());
    assert!(found("It waits for the file, which is large.").is_empty());
}

#[test]
fn behind_is_wrong_for_after() {
    assert_eq!(found("The bytes behind the header."), ["1 behind"]);
    assert!(found("A server behind a proxy lags behind.").is_empty());
}

#[test]
fn comments_strings_and_paragraphs_are_separated_from_code() {
    let code = "// one\n// two\nlet a = \"a \\\"b\\\" \\\n   c\"; let q = '\"';\n/// three \"x y\"\nlet b = \"word\";\n";
    let texts = |blocks: Vec<Vec<(usize, String)>>| -> Vec<String> {
        let block = |lines: &Vec<(usize, String)>| {
            let lines = lines
                .iter()
                .map(|(line, text)| format!("{line}:{}", text.trim()));
            lines.collect::<Vec<_>>().join("+")
        };
        blocks.iter().map(block).collect()
    };
    assert_eq!(texts(comments(code)), ["1:one+2:two", "5:three \"x y\""]);
    assert_eq!(texts(strings(code)), ["3:a b c"]);
    let page = "# One\ntwo\n\n```sh\nthree\n```\n\n    four\n";
    assert_eq!(texts(paragraphs(page)), ["1:# One+2:two"]);
}
