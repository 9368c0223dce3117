//! Lists the dialects that may make rejected records readable.

use super::super::Kept;
use input::Source;
use input::dialect::Symbol;

/// The marks that may begin a comment.
pub(in super::super) const COMMENT_MARKS: [&str; 5] = ["#", "//", "--", ";;", "%"];

/// A dialect to test on rejected records.
pub(super) struct Candidate {
    pub(super) settings: Vec<(&'static str, String)>,
    /// The cause that the settings imply, as text.
    pub(super) words: String,
}

/// What the settings of a candidate may do to records that are accepted without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Accepted records may get other values; that is the purpose of the settings.
    Rereads,
    /// Quotes that enclosed accepted values would become part of these values.
    StoresQuotes,
    /// Records are separated in another way, which must not change any accepted record.
    Separates,
    /// Only records with too few fields are read differently.
    Pads,
    /// The number of fields changes.
    Counts,
}

impl Candidate {
    fn new(key: &'static str, value: &str, words: &str) -> Candidate {
        Candidate {
            settings: vec![(key, value.to_owned())],
            words: words.to_owned(),
        }
    }

    /// The effect of the settings; `None` if the header could not be read with them.
    pub(super) fn effect(&self, source: &Source) -> Option<Effect> {
        let header = &source.header.raw;
        let (key, value) = &self.settings[0];
        let fits = match (*key, value.as_str()) {
            ("line_end", "crlf") => header.ends_with(b"\r\n"),
            ("line_end", "lf") => header.ends_with(b"\n") && !header.ends_with(b"\r\n"),
            // the delimiter of the header is known, so another one would not fit the header
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

/// The dialects to test, the most common first.
pub(super) fn candidates(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for mark in COMMENT_MARKS {
        let is_one = |kept: &&Kept| kept.raw.starts_with(mark.as_bytes());
        if open.iter().any(is_one) {
            let words = format!("lines that begin with {mark} are comments");
            candidates.push(Candidate::new("comment", mark, &words));
        }
    }
    candidates.extend(usual(source, open));
    candidates.extend(dialects(source, open));
    candidates.extend(last(open));
    candidates.extend(delimiters(source));
    candidates
}

fn has(open: &[&Kept], byte: u8) -> bool {
    open.iter().any(|kept| kept.raw.contains(&byte))
}

/// Letters that programs write after a backslash for a control character.
const ESCAPED_LETTERS: &[u8] = b"0bfnrtvZ";

/// Whether a record has a backslash that is probably an escape: before a quote, a delimiter, a line
/// end or another backslash. In a tab-separated file, where control characters must be escaped, the
/// letters for them count too. In other files, such letters may be part of JSON.
fn has_escape(record: &[u8], delimiter: Symbol) -> bool {
    let is_tab = delimiter == Symbol::byte(b'\t');
    memchr::memchr_iter(b'\\', record).any(|at| {
        let rest = &record[at + 1..];
        let next = rest.first().copied().unwrap_or(b'\n');
        matches!(next, b'"' | b'\'' | b'\\' | b'\r' | b'\n')
            || rest.starts_with(delimiter.bytes())
            || is_tab && ESCAPED_LETTERS.contains(&next)
    })
}

fn usual(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    let has = |byte| has(open, byte);
    let delimiter = source.dialect().delimiter;
    let has_escape = open.iter().any(|kept| has_escape(&kept.raw, delimiter));
    let usual = [
        (
            has(b'"'),
            "trim",
            "true",
            "there are blanks between delimiters and quotes",
        ),
        (has(b'\''), "quote", "'", "fields are in single quotes"),
        (has_escape, "escape", "\\", "backslashes are escapes"),
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

/// The dialects of well-known programs.
fn dialects(source: &Source, open: &[&Kept]) -> Vec<Candidate> {
    let delimiter = source.dialect().delimiter;
    if !open.iter().any(|kept| has_escape(&kept.raw, delimiter)) {
        return Vec::new();
    }
    let is_tabs = source.dialect().delimiter == Symbol::byte(b'\t');
    let own = source.dialect().delimiter;
    let named: &[(&str, &str)] = match is_tabs {
        true => &[
            ("postgres-text", "PostgreSQL's COPY"),
            ("mysqldump-tab", "mysqldump --tab"),
        ],
        false => &[("mysql", "MySQL's SELECT INTO OUTFILE"), ("spark", "Spark")],
    };
    let of = |(name, who): &(&str, &str)| {
        let words = format!("the file is in the format of {who}");
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

/// Candidates that fit many files; they are tried last.
fn last(open: &[&Kept]) -> Vec<Candidate> {
    let none = Candidate::new(
        "quote",
        "none",
        "quotes are text, and nothing encloses fields",
    );
    let more = Candidate::new(
        "long_rows",
        "ignore-empty",
        "records have more delimiters at their end than the header",
    );
    let fewer = Candidate::new(
        "short_rows",
        "pad",
        "records leave out empty fields at their end",
    );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_backslashes_are_signs_of_escapes() {
        let has = |record: &str, delimiter: &str| {
            has_escape(record.as_bytes(), Symbol::parse(delimiter).unwrap())
        };
        for (record, delimiter) in [
            ("1,\"a \\\"b\\\"\",2\n", ","),
            ("1,a\\,b,2\n", ","),
            ("1,a\\\nb,2\n", ","),
            ("1\ta\\nb\t2\n", "tab"),
        ] {
            assert!(has(record, delimiter), "{record:?}");
        }
        for (record, delimiter) in [
            ("1\t\"Rome\" in Rome\t\\N\n", "tab"),
            ("1,\"\"\"\\ud83d\"\"\",2\n", ","),
            ("1,\"{\"\"a\"\": \"\"b\\nc\"\"}\",2\n", ","),
        ] {
            assert!(!has(record, delimiter), "{record:?}");
        }
    }
}
