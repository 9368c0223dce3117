//! The dialects that may read rejected records.

use super::super::Kept;
use input::Source;
use input::dialect::Symbol;

/// What comments may begin with.
pub(in super::super) const COMMENT_MARKS: [&str; 5] = ["#", "//", "--", ";;", "%"];

/// A way to read records.
pub(super) struct Candidate {
    pub(super) settings: Vec<(&'static str, String)>,
    /// What the file then is.
    pub(super) words: String,
}

/// What the settings of a candidate do to records that are accepted without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// They may be read as other values, because that is what the settings are for.
    Rereads,
    /// Quotes that were left out become a part of values.
    StoresQuotes,
    /// Records are separated in another way, which must not change an accepted one.
    Separates,
    /// Only records with too few fields are read in another way.
    Pads,
    /// The number of fields is another one.
    Counts,
}

impl Candidate {
    fn new(key: &'static str, value: &str, words: &str) -> Candidate {
        Candidate {
            settings: vec![(key, value.to_owned())],
            words: words.to_owned(),
        }
    }

    /// What the settings do; `None` if the header would not be read with them.
    pub(super) fn effect(&self, source: &Source) -> Option<Effect> {
        let header = &source.header.raw;
        let (key, value) = &self.settings[0];
        let fits = match (*key, value.as_str()) {
            ("line_end", "crlf") => header.ends_with(b"\r\n"),
            ("line_end", "lf") => header.ends_with(b"\n") && !header.ends_with(b"\r\n"),
            // the header has shown the delimiter
            ("delimiter", _) => false,
            _ => true,
        };
        let effect = match (*key, value.as_str()) {
            ("comment" | "line_end", _) => Effect::Separates,
            ("quote", "none") => Effect::StoresQuotes,
            ("short_rows", _) => Effect::Pads,
            ("delimiter" | "long_rows", _) => Effect::Counts,
            _ => Effect::Rereads,
        };
        (fits || header.is_empty()).then_some(effect)
    }
}

/// The dialects that may read the records, the most usual first.
pub(super) fn candidates(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for mark in COMMENT_MARKS {
        let is_one = |kept: &&Kept| kept.raw.starts_with(mark.as_bytes());
        if open.iter().any(is_one) {
            let words = format!("lines that begin with {mark} are comments");
            candidates.push(Candidate::new("comment", mark, &words));
        }
    }
    candidates.extend(usual(open));
    candidates.extend(dialects(source, open));
    candidates.extend(last(open));
    candidates.extend(delimiters(source));
    candidates
}

fn has(open: &[&Kept], byte: u8) -> bool {
    open.iter().any(|kept| kept.raw.contains(&byte))
}

fn usual(open: &[&Kept]) -> Vec<Candidate> {
    let has = |byte| has(open, byte);
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
    ];
    let may_be = usual.into_iter().filter(|(may_be, ..)| *may_be);
    may_be
        .map(|(_, key, value, words)| Candidate::new(key, value, words))
        .collect()
}

/// The dialects of programs.
fn dialects(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    if !has(open, b'\\') {
        return Vec::new();
    }
    let is_tabs = source.dialect().delimiter == Symbol::byte(b'\t');
    let own = source.dialect().delimiter;
    let named: &[(&str, &str)] = match is_tabs {
        true => &[
            ("postgres-text", "PostgreSQL's COPY does"),
            ("mysqldump-tab", "mysqldump --tab does"),
        ],
        false => &[
            ("mysql", "MySQL's SELECT INTO OUTFILE does"),
            ("spark", "Spark does"),
        ],
    };
    let of = |(name, who): &(&str, &str)| {
        let words = format!("the file is written as {who}");
        let mut candidate = Candidate::new("dialect", name, &words);
        if is_tabs && !source.header.raw.is_empty() {
            candidate.settings.push(("no_header", "false".to_owned()));
        }
        if !is_tabs && own != Symbol::byte(b',') {
            let text = String::from_utf8_lossy(own.bytes()).into_owned();
            candidate.settings.push(("delimiter", text));
        }
        candidate
    };
    named.iter().map(of).collect()
}

/// Candidates that read much, so they are tried last.
fn last(open: &[&Kept]) -> Vec<Candidate> {
    let none = Candidate::new(
        "quote",
        "none",
        "quotes are text, and nothing encloses fields",
    );
    let more = Candidate::new(
        "long_rows",
        "ignore-empty",
        "there are more delimiters at the end than in the header",
    );
    let fewer = Candidate::new("short_rows", "pad", "empty fields at the end are left out");
    let has_quote = has(open, b'"');
    has_quote
        .then_some(none)
        .into_iter()
        .chain([more, fewer])
        .collect()
}

fn delimiters(source: &Source) -> Vec<Candidate> {
    let own = source.dialect().delimiter;
    let known = [
        (",", "commas"),
        (";", "semicolons"),
        ("tab", "tabs"),
        ("|", "\"|\""),
    ];
    let candidate = |(delimiter, name): (&str, &str)| {
        let words = format!("fields are separated by {name}");
        let other = source.dialect_with(&[("delimiter", delimiter)])?;
        (other.delimiter != own).then(|| Candidate::new("delimiter", delimiter, &words))
    };
    known.into_iter().filter_map(candidate).collect()
}
