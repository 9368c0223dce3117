//! Writes warnings about signs that a file is written in a different dialect than the one used to
//! read it, and about values that were changed.

use crate::pipeline::cleaner::{Occurrences, Sign, Signs};
use input::Source;
use model::wording::grouped;

/// One line for each kind of sign, with the number of occurrences and the first one as an example.
pub(super) fn warnings(signs: &Signs, source: &Source) -> Vec<String> {
    let seen = Sign::ALL
        .into_iter()
        .filter_map(|sign| Some((sign, signs.seen(sign)?)));
    seen.map(|(sign, seen)| words(sign, seen, source)).collect()
}

fn words(sign: Sign, seen: &Occurrences, source: &Source) -> String {
    let table = &source.table.name;
    let place = source.place(seen.offset, seen.line);
    let first = format!("{}:{}", place.file, place.line);
    let example = on_one_line(&seen.example);
    let (n, s) = (grouped(seen.count), if seen.count == 1 { "" } else { "s" });
    match sign {
        Sign::Backslash => format!(
            "{table}: {n} backslash{} in front of a quote, a backslash, a delimiter or a line end, first at {first}: {example}; \
             backslashes are stored as they are. If they are escapes, add --dialect mysql (or another one, see --help); if they are not, add --escape none",
            if seen.count == 1 { "" } else { "es" }
        ),
        Sign::JoinedLines => format!(
            "{table}: {n} quoted field{s} of several lines {} like several records, first at \
             {first}: {example}; if the program that wrote the file does not quote fields, stray \
             quotes have joined several records: add --quote none",
            if seen.count == 1 { "looks" } else { "look" }
        ),
        Sign::Mark => format!(
            "{table}: left out {n} byte order mark{s} (U+FEFF) within the file, first at {first}: \
             {example}; files were probably concatenated"
        ),
        Sign::InnerMark => format!(
            "{table}: kept {n} byte order mark{s} (U+FEFF) within fields as text, first at \
             {first}: {example}; if files were concatenated, put a line end between them"
        ),
        Sign::RepeatedHeader => format!(
            "{table}: left out {n} record{s} that repeat{} the header, first at {first}: {example}",
            if seen.count == 1 { "s" } else { "" }
        ),
        Sign::HeaderAsRow => format!(
            "{table}: treated {n} record{s} whose value equals the header as data, first at \
             {first}: {example}; if files were concatenated, remove their headers"
        ),
        Sign::Blank => format!(
            "{table}: left out {n} record{s} without any value, first at {first}: {example}"
        ),
        Sign::Comment => {
            format!("{table}: left out {n} comment{s}, first at {first}: {example}")
        }
        Sign::Rounded => format!(
            "{table}: rounded {n} value{s} to the digits of the column, first at {first}: {example}"
        ),
    }
}

/// The example on one line, with line ends and tabs escaped.
pub(super) fn on_one_line(example: &str) -> String {
    let mut text = String::new();
    for character in example.chars() {
        match character {
            '\n' | '\r' | '\t' => text.extend(character.escape_default()),
            other => text.push(other),
        }
    }
    text
}
