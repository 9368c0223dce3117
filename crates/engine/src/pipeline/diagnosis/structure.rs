//! The dialect in which records with a broken structure are rows.

use std::collections::HashSet;

use super::{Kept, LEAST_SHARE, Sample, of_records};
use crate::pipeline::cleaner::Cleaner;
use input::Source;
use input::chunks::{Chunk, Content};
use model::diagnosis::{Diagnosis, SuggestedSetting};

/// What comments may begin with.
pub(super) const COMMENT_MARKS: [&str; 5] = ["#", "//", "--", ";;", "%"];

/// A way to read records.
struct Candidate {
    settings: Vec<(&'static str, String)>,
    /// What the file then is.
    words: String,
}

/// A candidate that reads records.
struct Match<'a> {
    candidate: Candidate,
    /// The records that are accepted, or comments.
    read: Vec<&'a Kept>,
    /// The checksum of the rows, by which equal results are recognised.
    checksum: u64,
}

/// The probable causes, the one that explains most records first.
pub(super) fn diagnoses(sample: &Sample, source: &Source, cleaner: &Cleaner) -> Vec<Diagnosis> {
    let mut open: Vec<&Kept> = sample.records.iter().collect();
    let mut diagnoses = Vec::new();
    while !open.is_empty() {
        let matches = best(&open, source, cleaner);
        let Some(first) = matches.first() else {
            break;
        };
        if (first.read.len() as u64) * LEAST_SHARE < sample.records.len() as u64 {
            break;
        }
        let read = first.read.clone();
        let words: Vec<&str> = matches.iter().map(|m| m.candidate.words.as_str()).collect();
        let of = |(key, value): &(&str, String)| match value.as_str() {
            "true" => SuggestedSetting {
                key: (*key).to_owned(),
                value: value.clone(),
            },
            text => SuggestedSetting::text(key, text),
        };
        let settings = matches.iter();
        let settings = settings.map(|m| m.candidate.settings.iter().map(of).collect());
        let cause = words.join(" or ");
        let settings = settings.collect();
        diagnoses.push(of_records(source, cause, &read, sample, settings));
        let read: HashSet<u64> = read.iter().map(|record| record.offset).collect();
        open.retain(|record| !read.contains(&record.offset));
    }
    diagnoses
}

/// The candidates that read most records. Several only if they read the same records as different
/// rows.
fn best<'a>(open: &[&'a Kept], source: &Source, cleaner: &Cleaner) -> Vec<Match<'a>> {
    let pieces = pieces(open);
    let mut matches: Vec<Match<'a>> = Vec::new();
    for candidate in candidates(source, open) {
        let settings: Vec<_> = candidate
            .settings
            .iter()
            .map(|(k, v)| (*k, v.as_str()))
            .collect();
        let Some(other) = source.dialect_with(&settings) else {
            continue;
        };
        if other == *source.dialect() {
            continue;
        }
        let other = cleaner.in_dialect(source, other);
        let (mut read, mut checksum) = (Vec::new(), 0u64);
        for piece in &pieces {
            let sum = read_piece(&other, piece, &mut read);
            checksum = checksum.wrapping_add(sum);
        }
        if !read.is_empty() {
            matches.push(Match {
                candidate,
                read,
                checksum,
            });
        }
    }
    let Some(most) = matches.iter().map(|m| m.read.len()).max() else {
        return matches;
    };
    matches.retain(|m| m.read.len() == most);
    let mut seen = Vec::new();
    matches.retain(|m| {
        let is_new = !seen.contains(&m.checksum);
        seen.push(m.checksum);
        is_new
    });
    matches
}

/// Records that follow each other in the file, because only together they may be rows.
fn pieces<'a>(open: &[&'a Kept]) -> Vec<Vec<&'a Kept>> {
    let mut pieces: Vec<Vec<&Kept>> = Vec::new();
    for record in open {
        let follows = |last: &&Kept| last.offset + last.raw.len() as u64 == record.offset;
        match pieces.last_mut() {
            Some(piece) if piece.last().is_some_and(follows) => piece.push(record),
            _ => pieces.push(vec![record]),
        }
    }
    pieces
}

/// Adds the records of a piece that are read, and returns the checksum of the rows.
fn read_piece<'a>(cleaner: &Cleaner, piece: &[&'a Kept], read: &mut Vec<&'a Kept>) -> u64 {
    let start = piece[0].offset;
    let bytes: Vec<u8> = piece
        .iter()
        .flat_map(|kept| kept.raw.iter().copied())
        .collect();
    let cleaned = cleaner.clean(&Chunk {
        offset: start,
        line: 1,
        content: Content::Lines(bytes),
        last: true,
    });
    let rejected: Vec<_> = cleaned
        .rejections
        .iter()
        .map(|rejection| rejection.offset..rejection.offset + rejection.bytes)
        .collect();
    let is_rejected = |kept: &Kept| {
        let end = kept.offset + kept.raw.len() as u64;
        let next = rejected.partition_point(|range| range.end <= kept.offset);
        rejected.get(next).is_some_and(|range| range.start < end)
    };
    read.extend(piece.iter().filter(|kept| !is_rejected(kept)));
    cleaned.batch.checksum()
}

/// The dialects that may read the records, the most usual first.
fn candidates(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    let one = |key: &'static str, value: &str, words: &str| Candidate {
        settings: vec![(key, value.to_owned())],
        words: words.to_owned(),
    };
    let mut candidates = Vec::new();
    for mark in COMMENT_MARKS {
        let is_one = |kept: &&&Kept| kept.raw.starts_with(mark.as_bytes());
        if open.iter().any(|kept| is_one(&kept)) {
            let words = format!("lines that begin with {mark} are comments");
            candidates.push(one("comment", mark, &words));
        }
    }
    let has = |byte: u8| open.iter().any(|kept| kept.raw.contains(&byte));
    let usual = [
        (
            has(b'"'),
            "trim",
            "true",
            "there are blanks between delimiters and quotes",
        ),
        (has(b'\''), "quote", "'", "fields are in single quotes"),
        (has(b'\\'), "escape", "\\", "backslashes are escapes"),
        (
            has(b'\r'),
            "line_end",
            "lf",
            "lines end with LF, and CR is text",
        ),
        (
            has(b'\n'),
            "line_end",
            "crlf",
            "lines end with CR LF, and LF alone is text",
        ),
        (
            has(b'\\'),
            "dialect",
            "mysql",
            "the file is written as MySQL's SELECT INTO OUTFILE does",
        ),
        (
            has(b'\\'),
            "dialect",
            "spark",
            "the file is written as Spark does",
        ),
        (
            has(b'"'),
            "quote",
            "none",
            "quotes are text, and nothing encloses fields",
        ),
        (
            true,
            "long_rows",
            "ignore-empty",
            "there are more delimiters at the end than in the header",
        ),
        (
            true,
            "short_rows",
            "pad",
            "empty fields at the end are left out",
        ),
    ];
    let usual = usual.into_iter().filter(|(may_be, ..)| *may_be);
    candidates.extend(usual.map(|(_, key, value, words)| one(key, value, words)));
    let own = source.dialect().delimiter;
    for (delimiter, name) in [
        (",", "commas"),
        (";", "semicolons"),
        ("tab", "tabs"),
        ("|", "\"|\""),
    ] {
        let words = format!("fields are separated by {name}");
        let candidate = one("delimiter", delimiter, &words);
        let differs = source
            .dialect_with(&[("delimiter", delimiter)])
            .is_some_and(|dialect| dialect.delimiter != own);
        if differs {
            candidates.push(candidate);
        }
    }
    candidates
}
