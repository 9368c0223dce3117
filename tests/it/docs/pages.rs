//! All pages of the documentation: links lead to existing headings, the index has every page, a
//! page begins with a command, and the total length is limited.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{files_in, root};

/// Pages that tests write from what `--help` and the rules say.
const GENERATED: [&str; 2] = ["cli.md", "rules.md"];

/// Maximum number of words of all other pages in docs/, without commands and their output.
const MOST_WORDS: usize = 15_000;

/// Most words of the README, with its commands and their output.
const MOST_WORDS_OF_README: usize = 700;

/// Every Markdown file of the project.
fn markdown() -> Vec<PathBuf> {
    let folders = [
        "benches",
        "crates",
        "docs",
        "examples",
        "fuzz",
        "sample-data",
        "scripts",
        "tests",
    ];
    let mut pages = files_in(&folders);
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    pages.retain(|path| path.extension().is_some_and(|e| e == "md"));
    pages.retain(|path| {
        !path
            .components()
            .any(|part| part.as_os_str() == "node_modules")
    });
    pages
}

/// The pages of docs/ that people write.
fn written() -> Vec<PathBuf> {
    let mut pages = files_in(&["docs"]);
    pages.retain(|path| path.extension().is_some_and(|e| e == "md"));
    pages.retain(|path| !GENERATED.iter().any(|name| path.ends_with(name)));
    pages
}

/// The lines outside of fenced code.
fn prose(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect()
}

/// The name of a heading in a link: `#its-words`.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#').trim()))
        .collect()
}

/// The targets of the links in a text. A long link may be broken after its `[`.
fn links(text: &str) -> Vec<String> {
    let text = prose(text).join("\n");
    let targets = text.split("](").skip(1);
    let targets = targets.map(|rest| rest.split([')', ' ']).next().unwrap().to_owned());
    targets
        .filter(|target| !target.contains("://") && !target.contains('`'))
        .collect()
}

/// What is wrong with a link of a page.
fn broken(page: &Path, link: &str) -> Option<String> {
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_owned(),
        file => page.parent().unwrap().join(file),
    };
    if !target.exists() {
        return Some(format!("{}: {link} does not exist", page.display()));
    }
    let is_missing = !place.is_empty()
        && !anchors(&fs::read_to_string(&target).unwrap_or_default()).contains(place);
    is_missing.then(|| format!("{}: {link}: no such heading", page.display()))
}

#[test]
fn every_link_leads_to_a_file_and_its_heading() {
    let mut said = Vec::new();
    let mut seen = 0;
    for page in markdown() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            seen += 1;
            said.extend(broken(&page, &link));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    assert!(seen > 100, "only {seen} links were found");
}

#[test]
fn a_link_to_a_missing_file_or_heading_is_found() {
    let page = root().join("docs/README.md");
    assert_eq!(broken(&page, "tutorial.md"), None);
    assert_eq!(broken(&page, "inputs.md#my-file-looks-like-this"), None);
    assert!(broken(&page, "no-such-page.md").is_some());
    assert!(broken(&page, "inputs.md#no-such-heading").is_some());
    assert_eq!(links("a [b](c.md#d) `e`\n```sh\n[f](g)\n```\n"), ["c.md#d"]);
    assert_eq!(
        anchor("The whole chain: `smoke --http`"),
        "the-whole-chain-smoke---http"
    );
}

#[test]
fn the_index_has_every_page() {
    let index = fs::read_to_string(root().join("docs/README.md")).unwrap();
    let listed: BTreeSet<String> = links(&index).into_iter().collect();
    let mut pages = files_in(&["docs"]);
    pages
        .retain(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"));
    for page in pages {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(listed.contains(name), "docs/README.md does not list {name}");
    }
}

#[test]
fn a_page_begins_with_a_command_or_its_output() {
    for page in written() {
        let text = fs::read_to_string(&page).unwrap();
        let top = text.split("\n## ").next().unwrap();
        assert!(top.contains("```"), "{}", page.display());
    }
}

#[test]
fn the_readme_is_read_in_a_few_minutes() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let words = text.split_whitespace().count();
    assert!(
        words <= MOST_WORDS_OF_README,
        "README.md has {words} words, at most {MOST_WORDS_OF_README} are allowed"
    );
}

#[test]
fn all_pages_together_stay_short() {
    let mut sizes = Vec::new();
    for page in written() {
        let text = fs::read_to_string(&page).unwrap();
        let lines = prose(&text).join("\n");
        let words = lines.split_whitespace();
        let count = words
            .filter(|word| word.contains(char::is_alphanumeric))
            .count();
        sizes.push((count, page));
    }
    let all: usize = sizes.iter().map(|(count, _)| count).sum();
    sizes.sort();
    assert!(
        all <= MOST_WORDS,
        "docs/ has {all} words, at most {MOST_WORDS} are allowed: {sizes:#?}"
    );
}
