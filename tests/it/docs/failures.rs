//! docs/failures.md on real servers: each section of the page has a test here, which compares the
//! quotations of the section with the output.
//!
//! In a quotation, `…` replaces everything that differs from run to run: numbers, names of folders,
//! the server's own words.

mod disks;
mod files;
mod servers;

use std::collections::BTreeSet;

use crate::support::harness::Ran;

const DOC: &str = include_str!("../../../docs/failures.md");

/// The sections, each with a test that is named after it.
const SECTIONS: [&str; 26] = [
    "A stray quote",
    "A NUL",
    "A line of 1 GB",
    "A directory for a file",
    "An empty file",
    "A header only",
    "Two headers",
    "UTF-16",
    "CRLF line ends",
    "A byte order mark",
    "gzip bytes",
    "A file that changes while it is read",
    "The disk under rejects/ fills",
    "The server's disk fills",
    "A rejects folder that cannot be written",
    "A report that cannot be written",
    "A wrong password",
    "A database that the account may not use",
    "Tables of another program",
    "`verify` with another schema",
    "No such database",
    "A user with privileges on one schema only",
    "The server is stopped",
    "The server is restarted half way",
    "A port that sends no greeting",
    "A network that falls silent",
];

fn section(name: &str) -> &'static str {
    assert!(SECTIONS.contains(&name), "{name} is no section");
    let mut sections = DOC.split("\n## ").skip(1);
    let found = sections.find(|s| s.lines().next() == Some(name));
    found.unwrap_or_else(|| panic!("docs/failures.md has no section \"{name}\""))
}

/// Whether a line is as quoted.
pub fn fits(quoted: &str, line: &str) -> bool {
    let mut pieces = quoted.split('…');
    let first = pieces.next().unwrap();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        if at + 1 == pieces.len() {
            return rest.ends_with(piece);
        }
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// Holds what was said, and the exit code, against the section of that name.
#[track_caller]
fn as_documented(name: &str, ran: &Ran) {
    let section = section(name);
    // what became of the rows follows
    let code = format!("\nExit code {}: ", ran.code.unwrap());
    assert!(section.contains(&code), "{name}: {code}\n{}", ran.stderr);
    let quoted = section
        .split("```text\n")
        .nth(1)
        .unwrap_or_else(|| panic!("{name} quotes nothing"));
    let quoted = quoted.split("```").next().unwrap();
    let mut said = ran.stderr.lines();
    for line in quoted.lines() {
        // in this order, with others between them
        assert!(
            said.by_ref().any(|said| fits(line, said)),
            "{name}: docs/failures.md quotes\n  {line}\nbut this was said:\n{}",
            ran.stderr
        );
    }
}

#[test]
fn the_sections_are_those_that_are_tested() {
    let found: BTreeSet<_> = DOC
        .split("\n## ")
        .skip(1)
        .map(|s| s.lines().next().unwrap())
        .collect();
    assert_eq!(found, BTreeSet::from(SECTIONS));
    for name in SECTIONS {
        assert_eq!(DOC.matches(&format!("\n## {name}\n")).count(), 1, "{name}");
    }
}

#[test]
fn a_quotation_matches_the_output_that_it_shortens() {
    assert!(fits("a … c", "a b c") && fits("…c", "abc") && fits("a…", "a") && fits("abc", "abc"));
    assert!(!fits("a … c", "a b d") && !fits("abc", "abcd") && !fits("a…x…c", "abc"));
}
