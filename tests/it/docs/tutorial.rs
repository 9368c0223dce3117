//! docs/tutorial.md, step by step: its commands work in this order, and print what it quotes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::failures::fits;
use super::{commands_of, root};
use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, ran, reviewseed};

const DOC: &str = include_str!("../../../docs/tutorial.md");

/// The fenced blocks: kind and content.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let fenced = DOC.split("```").skip(1).step_by(2);
    fenced
        .map(|block| block.split_once('\n').unwrap())
        .collect()
}

/// Columns of tables may be as wide as their contents.
fn narrow(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn quotes(quoted: &str, said: &Ran) {
    let mut lines = said.stderr.lines().chain(said.stdout.lines()).map(narrow);
    for line in quoted.lines().map(narrow) {
        assert!(
            lines.by_ref().any(|said| fits(&line, &said)),
            "docs/tutorial.md quotes\n  {line}\nbut this was said:\n{}",
            said.stderr
        );
    }
}

/// The exit code that the page says or means.
fn code_of(words: &[String]) -> i32 {
    i32::from(words.join(" ") == "check sample-data/dirty")
}

/// Writes a number instead of a word. Other bytes, which are not all UTF-8, stay as they are.
fn correct(file: &Path) {
    let bytes = fs::read(file).unwrap();
    let at = bytes.windows(5).position(|word| word == b"seven").unwrap();
    fs::write(file, [&bytes[..at], b"7", &bytes[at + 5..]].concat()).unwrap();
}

on_both_servers! {
    fn the_tutorial_works_as_written(server: Server) {
        let (folder, scratch) = (folder(), Scratch::new(server));
        let (folder, url) = (folder.path(), scratch.url());
        symlink(root().join("sample-data"), folder.join("sample-data")).unwrap();
        let mut last = None;
        let mut seen = 0;
        for (kind, block) in blocks() {
            if kind == "text" {
                quotes(block, last.as_ref().expect("a command before the quotation"));
                continue;
            }
            let commands = block.lines().flat_map(commands_of);
            // the server is that of the test
            for words in commands.filter(|words| words[0] != "server") {
                if words.join(" ").starts_with("seed rejects") {
                    correct(&folder.join("rejects/reviews.csv"));
                }
                let said = ran(reviewseed(folder).args(&words).env("DATABASE_URL", url));
                last = Some(said.exits(code_of(&words)));
                seen += 1;
            }
        }
        assert_eq!(seen, 6, "the commands of the tutorial");
        assert_eq!(scratch.value("SELECT helpfulness FROM reviews WHERE id = 7"), "7");
    }
}
