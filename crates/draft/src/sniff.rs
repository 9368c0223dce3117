//! How a file is written, judged by its beginning: encoding, delimiter, quotes, what precedes the
//! header, and whether there is a header. What was set is not judged.

mod header_line;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use input::dialect::{Dialect, HeaderLine, Symbol};
use input::format::Format;
use input::records::{Following, Records, Step, first_record};

pub(crate) use header_line::HeaderJudgement;

/// Bytes of a file that are looked at.
pub(crate) const SAMPLE_BYTES: usize = 1 << 18;

/// Records of which the fields are counted.
const COUNTED: usize = 200;

/// Most lines before a header that are skipped.
const MOST_SKIPPED: usize = 30;

/// The least share of records, of a hundred, that must have the same number of fields.
const LEAST_SHARE: usize = 80;

/// What separates fields, the most usual first.
const DELIMITERS: [&str; 8] = [",", "tab", ";", "|", "::", "\\x01", "^", "~"];

/// Settings with which records may be read that are broken without them, the most usual first.
const REPAIRS: [&[(&str, &str)]; 9] = [
    &[("escape", "\\")],
    &[("trim", "true")],
    &[("quote", "'")],
    &[("comment", "#")],
    &[("long_rows", "ignore-empty")],
    &[("quote", "none")],
    &[("short_rows", "pad")],
    &[("escape", "\\"), ("trim", "true")],
    &[("comment", "#"), ("trim", "true")],
];

/// The same for records of one field: each line is one, whatever it contains. No text file has the
/// delimiter, "unit separator".
const REPAIRS_OF_LINES: [&[(&str, &str)]; 2] = [
    &[("delimiter", "\\x1f")],
    &[("delimiter", "\\x1f"), ("quote", "none")],
];

/// A setting of a table.
pub(crate) type Setting = (&'static str, String);

/// How a delimited file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The settings that read it.
    pub(crate) settings: Vec<Setting>,
    /// Number of fields of a record.
    pub(crate) fields: usize,
    /// Whether the first record is a header.
    pub(crate) header: HeaderJudgement,
}

/// The settings with which broken records of a file may be rows, in the order in which they are
/// tried. `fields` is the number of fields of a record.
pub(crate) fn repairs(fields: usize) -> impl Iterator<Item = Vec<Setting>> {
    let of_lines = REPAIRS_OF_LINES.iter().filter(move |_| fields == 1);
    of_lines.chain(&REPAIRS).map(|settings| owned(settings))
}

fn owned(settings: &[(&'static str, &str)]) -> Vec<Setting> {
    let settings = settings.iter();
    settings
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect()
}

/// The encoding of a text that is not UTF-8; `None` if it is.
pub(crate) fn encoding_of(sample: &[u8], is_whole: bool) -> Option<&'static Encoding> {
    if Encoding::for_bom(sample).is_some() {
        return None;
    }
    let zeros = |from: usize| {
        sample
            .iter()
            .skip(from)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    match (zeros(0) * 4 > sample.len(), zeros(1) * 4 > sample.len()) {
        (true, false) => return Some(UTF_16BE),
        (false, true) => return Some(UTF_16LE),
        _ => {}
    }
    match std::str::from_utf8(sample) {
        Ok(_) => None,
        // the sample may end within a character
        Err(error) if error.error_len().is_none() && !is_whole => None,
        Err(_) => Some(guessed(sample)),
    }
}

/// The encoding that bytes are probably in, which are not UTF-8.
pub(crate) fn guessed(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// How many records of a sample are rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Score {
    fields: usize,
    rows: usize,
    broken: usize,
    skipped: usize,
}

impl Score {
    /// Rows of a hundred records.
    fn share(&self) -> usize {
        self.rows * 100 / (self.rows + self.broken).max(1)
    }

    /// Rows of a hundred records and skipped lines.
    fn whole_share(&self) -> usize {
        self.rows * 100 / (self.rows + self.broken + self.skipped).max(1)
    }
}

/// How a delimited file is written that begins with this text. `format` is what was set.
pub(crate) fn written(text: &[u8], is_whole: bool, is_tsv: bool, format: &Format) -> Written {
    let mut format = format.clone();
    let mut settings = Vec::new();
    let sample = Sample::new(text, is_whole, &format);
    let usual = format.delimiter_of(is_tsv);
    let is_told = format.delimiter.is_some() || format.dialect.is_some() || sample.names_delimiter;
    let delimiter = match is_told {
        true => sample.named.unwrap_or(usual),
        false => sample.delimiter(&format, usual),
    };
    if !is_told && delimiter != usual {
        settings.push(("delimiter", delimiter.typed()));
        format.delimiter = Some(delimiter);
    }
    let mut best = sample.score(&format, delimiter);
    if let Some((repair, score)) = sample.repair(&format, delimiter, best) {
        for (key, value) in &repair {
            let _ = format.set(key, std::slice::from_ref(value));
        }
        settings.extend(repair);
        best = score;
    }
    if best.skipped > 0 && format.skip_lines == 0 && !sample.names_delimiter {
        settings.push(("skip_lines", best.skipped.to_string()));
    }
    let header = match format.header {
        HeaderLine::ByDialect if format.dialect.is_none() => {
            let records = sample.records(&format, delimiter, best);
            header_line::judge(&records)
        }
        _ if format.header == HeaderLine::Absent => HeaderJudgement::Absent,
        _ => HeaderJudgement::Present,
    };
    Written {
        settings,
        fields: best.fields,
        header,
    }
}

/// The beginning of a file.
struct Sample<'t> {
    text: &'t [u8],
    following: Following,
    /// Whether its first line is `sep=;`.
    names_delimiter: bool,
    named: Option<Symbol>,
}

impl<'t> Sample<'t> {
    fn new(text: &'t [u8], is_whole: bool, format: &Format) -> Sample<'t> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let (first, _) = line(text);
        let first = first.trim_ascii();
        let inner = first
            .strip_prefix(b"\"")
            .and_then(|f| f.strip_suffix(b"\""));
        let named = inner.unwrap_or(first);
        let is_named = named.len() > 4 && named[..4].eq_ignore_ascii_case(b"sep=");
        let named = std::str::from_utf8(named).ok().filter(|_| is_named);
        let named = named.and_then(|named| Symbol::parse(&named[4..]).ok());
        let skipped = match format.skip_lines {
            0 => usize::from(named.is_some()),
            lines => usize::try_from(lines).unwrap_or(usize::MAX),
        };
        Sample {
            text: after_lines(text, skipped),
            following: match is_whole {
                true => Following::EndOfFile,
                false => Following::Unknown,
            },
            names_delimiter: named.is_some(),
            named,
        }
    }

    /// The delimiter with which most records have the same number of fields.
    fn delimiter(&self, format: &Format, usual: Symbol) -> Symbol {
        let others = DELIMITERS
            .iter()
            .filter_map(|text| Symbol::parse(text).ok());
        let others = others.filter(|other| *other != usual);
        let candidates: Vec<Symbol> = std::iter::once(usual).chain(others).collect();
        let scored = candidates.iter().map(|delimiter| {
            let score = self.score(format, *delimiter);
            let repaired = self.repair(format, *delimiter, score);
            (*delimiter, repaired.map_or(score, |(_, score)| score))
        });
        let scored: Vec<(Symbol, Score)> = scored.collect();
        let mut best: Option<(Symbol, Score)> = None;
        for (delimiter, score) in &scored {
            let fits = score.fields > 1 && score.share() >= LEAST_SHARE;
            // of equals, two characters are less likely a part of texts than one
            let rank = |delimiter: &Symbol, score: &Score| {
                let length = delimiter.bytes().len();
                (score.whole_share() / 5, score.fields, length)
            };
            let is_better = best
                .as_ref()
                .is_none_or(|(other, best)| rank(delimiter, score) > rank(other, best));
            if fits && is_better {
                best = Some((*delimiter, *score));
            }
        }
        let whole = scored.iter().find(|(_, score)| score.broken == 0);
        best.or(whole.copied())
            .map_or(usual, |(delimiter, _)| delimiter)
    }

    /// The settings that read records which are broken without them.
    fn repair(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
    ) -> Option<(Vec<Setting>, Score)> {
        if before.broken == 0 {
            return self.single_quotes(format, delimiter, before);
        }
        let mut best: Option<(Vec<Setting>, Score)> = None;
        for repair in repairs(before.fields) {
            let divides = repair.iter().any(|(key, _)| *key == "delimiter");
            if divides && format.delimiter.is_some() {
                continue;
            }
            let mut format = format.clone();
            let set = repair
                .iter()
                .all(|(key, value)| format.set(key, std::slice::from_ref(value)).is_ok());
            if !set {
                continue;
            }
            let delimiter = format.delimiter.unwrap_or(delimiter);
            let score = self.score(&format, delimiter);
            let least = best.as_ref().map_or(before.broken, |(_, best)| best.broken);
            // a few records with too few fields may be cut off
            let pads = repair.iter().any(|(key, _)| *key == "short_rows");
            if pads && before.broken * 20 < before.rows {
                continue;
            }
            if score.fields >= before.fields && score.rows >= before.rows && score.broken < least {
                best = Some((repair, score));
            }
        }
        best
    }

    /// Fields in single quotes give the same number of fields, with the quotes in their values.
    fn single_quotes(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
    ) -> Option<(Vec<Setting>, Score)> {
        if format.quote.is_some() || before.rows < 3 {
            return None;
        }
        let records = self.records(format, delimiter, before);
        let fields = || records.iter().skip(1).flatten();
        let is_quoted = |f: &&String| f.len() >= 2 && f.starts_with('\'') && f.ends_with('\'');
        let all = fields().filter(|field| !field.is_empty()).count();
        let quoted = fields().filter(is_quoted).count();
        if quoted * 4 < all.max(1) {
            return None;
        }
        let mut other = format.clone();
        other.set("quote", &["'".to_owned()]).ok()?;
        let score = self.score(&other, delimiter);
        let fits = score.broken == 0 && score.fields == before.fields;
        fits.then(|| (owned(&[("quote", "'")]), score))
    }

    fn score(&self, format: &Format, delimiter: Symbol) -> Score {
        let none = Score {
            fields: 0,
            rows: 0,
            broken: 1,
            skipped: 0,
        };
        let Ok(dialect) = format.resolved(delimiter) else {
            return none;
        };
        let Some((fields, skipped)) = self.usual_fields(&dialect) else {
            return none;
        };
        let text = after_lines(self.text, skipped);
        let mut records = Records::new(fields, SAMPLE_BYTES).with_dialect(&dialect);
        records.begin();
        let (mut rows, mut broken) = (0, 0);
        loop {
            match records.step(text, self.following) {
                Step::Record(_) => rows += 1,
                Step::Fault { span, .. } => {
                    let record = &text[span.start..span.start + span.length];
                    let content = &record[..dialect.without_line_end(record)];
                    broken += usize::from(!dialect.is_blank_record(content));
                }
                Step::Incomplete(_) | Step::End => break,
            }
        }
        Score {
            fields,
            rows,
            broken,
            skipped,
        }
    }

    /// The number of fields that most records have, and how many lines are before the first of
    /// these.
    fn usual_fields(&self, dialect: &Dialect) -> Option<(usize, usize)> {
        let mut counts: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while at < self.text.len() && counts.len() < COUNTED {
            let rest = &self.text[at..];
            let is_comment = |comment: Symbol| rest.starts_with(comment.bytes());
            let (content, length) = line(rest);
            if content.is_empty() || dialect.comment.is_some_and(is_comment) {
                at += length;
                continue;
            }
            match first_record(rest, dialect, self.following) {
                Some((names, end)) if end > 0 => {
                    counts.push((names.len(), at));
                    at += end;
                }
                // a broken record costs its line
                _ => at += length,
            }
        }
        let mut usual: Vec<usize> = counts.iter().map(|(fields, _)| *fields).collect();
        usual.sort_unstable();
        let most = usual
            .chunk_by(|a, b| a == b)
            .max_by_key(|same| (same.len(), same[0]))?;
        let fields = most[0];
        if let Some((first, 0)) = counts.first()
            && first + 1 == fields
            && self.ends_with_delimiters(dialect)
        {
            return Some((*first, 0));
        }
        let (_, start) = counts.iter().find(|(count, _)| *count == fields)?;
        let before = &self.text[..*start];
        let lines = before.iter().filter(|b| **b == b'\n').count();
        let is_comments = dialect.comment.is_some();
        Some((
            fields,
            if is_comments || lines > MOST_SKIPPED {
                0
            } else {
                lines
            },
        ))
    }

    /// Whether all lines after the first end with a delimiter, which the first does not.
    fn ends_with_delimiters(&self, dialect: &Dialect) -> bool {
        let lines = self.text.split(|b| *b == b'\n').take(COUNTED);
        let lines = lines
            .map(<[u8]>::trim_ascii_end)
            .filter(|line| !line.is_empty());
        let ends = |line: &[u8]| line.ends_with(dialect.delimiter.bytes());
        lines.skip(1).all(ends)
    }

    /// The first records, those with the usual number of fields.
    fn records(&self, format: &Format, delimiter: Symbol, score: Score) -> Vec<Vec<String>> {
        let Ok(dialect) = format.resolved(delimiter) else {
            return Vec::new();
        };
        let text = after_lines(self.text, score.skipped);
        let mut records = Records::new(score.fields, SAMPLE_BYTES).with_dialect(&dialect);
        records.begin();
        let mut found = Vec::new();
        while found.len() < COUNTED {
            match records.step(text, self.following) {
                Step::Record(_) => {
                    let fields = (0..score.fields).map(|at| records.field(text, at));
                    let fields = fields.map(|f| String::from_utf8_lossy(f).into_owned());
                    found.push(fields.collect());
                }
                Step::Fault { .. } => {}
                Step::Incomplete(_) | Step::End => break,
            }
        }
        found
    }
}

/// The first line without its end, and its length with it.
fn line(text: &[u8]) -> (&[u8], usize) {
    match text.iter().position(|b| *b == b'\n') {
        Some(at) => (
            text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]),
            at + 1,
        ),
        None => (text, text.len()),
    }
}

fn after_lines(text: &[u8], lines: usize) -> &[u8] {
    let mut rest = text;
    for _ in 0..lines {
        rest = &rest[line(rest).1..];
    }
    rest
}

#[cfg(test)]
mod tests;
