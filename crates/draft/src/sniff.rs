//! Detects the format of a file from its beginning: encoding, delimiter, quotes, lines before the
//! header, and whether there is a header. What the user has set is not detected.

mod encoding;
mod evidence;
mod header_line;
mod origins;
mod quotes;
mod repair;
mod score;

use input::dialect::{Dialect, HeaderLine, Symbol};
use input::format::Format;
use input::records::{Following, Records, Step, first_record};

pub(crate) use encoding::{encoding_of, first_bad_line, guessed, is_mixed, words_of_guess};
pub(crate) use evidence::Evidence;
pub(crate) use header_line::HeaderJudgement;
pub(crate) use repair::{repairs, words_of_repair};
use score::Score;

/// Number of bytes at the beginning of a file from which its format is detected.
pub(crate) const SAMPLE_BYTES: usize = 1 << 18;

/// Maximum number of records whose fields are counted.
const COUNTED: usize = 200;

/// Maximum number of characters of a line that a message shows.
const SHOWN: usize = 60;

/// Maximum number of lines before a header that are skipped.
const MOST_SKIPPED: usize = 30;

/// The delimiters that are tried, the most common first.
const DELIMITERS: [&str; 8] = [",", "tab", ";", "|", "::", "\\x01", "^", "~"];

/// A setting of a table.
pub(crate) type Setting = (&'static str, String);

/// The detected format of a delimited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The settings with which the file can be read.
    pub(crate) settings: Vec<Setting>,
    /// Number of fields of a record.
    pub(crate) fields: usize,
    /// The lines at the beginning that are skipped; `None` if they are only blank or comments.
    pub(crate) skipped: Option<Skipped>,
    /// Whether the first record is a header.
    pub(crate) header: HeaderJudgement,
    /// Guessed settings with which broken records become rows, or which fit the values.
    pub(crate) guess: Option<Guess>,
    /// Settings that are not guessed later, because that would change values that are already read
    /// well.
    pub(crate) kept: Vec<&'static str>,
    /// Notes about guesses and about values with two interpretations.
    pub(crate) notes: Vec<String>,
}

/// Settings that were guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) settings: Vec<Setting>,
    /// The note for the user about the settings.
    pub(crate) words: String,
    /// Whether only these settings give all records the same number of fields.
    pub(crate) is_proven: bool,
}

impl Guess {
    /// Whether the guess changes the meaning of quotes or backslashes without being certain.
    /// Then the rest of the files must confirm it.
    pub(crate) fn is_of_quotes(&self) -> bool {
        let mut keys = self.settings.iter().map(|(key, _)| *key);
        !self.is_proven && keys.any(|key| matches!(key, "quote" | "escape"))
    }
}

/// Lines at the beginning of a file that are not records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Number of lines.
    pub(crate) lines: usize,
    /// The beginning of the first line that has content.
    pub(crate) first: String,
}

/// Detects the format of a delimited file from its beginning, `text`. `format` has the user's
/// settings.
pub(crate) fn written(text: &[u8], is_whole: bool, is_tsv: bool, format: &Format) -> Written {
    let mut format = format.clone();
    let mut settings = Vec::new();
    let sample = Sample::new(text, is_whole, &format);
    let mut notes = Vec::new();
    sample.take_copied(&mut format, &mut settings, &mut notes);
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
    let evidence = sample.evidence(&format, delimiter, best);
    let kept = match evidence.as_ref().filter(|_| best.broken > 0) {
        Some(evidence) => sample.kept(&format, delimiter, evidence),
        None => Vec::new(),
    };
    let mut guess = sample.guess(&format, delimiter, best, &kept);
    match &guess {
        Some((found, score)) => {
            for (key, value) in &found.settings {
                let _ = format.set(key, std::slice::from_ref(value));
            }
            best = *score;
        }
        None => notes.extend(evidence.and_then(|e| sample.words_of_doubt(&format, best, &e))),
    }
    if best.skipped > 0 && format.skip_lines == 0 && !sample.names_delimiter {
        settings.push(("skip_lines", best.skipped.to_string()));
    }
    let header = sample.header(&format, delimiter, best, &mut notes);
    if header == HeaderJudgement::Absent
        && let Some((found, score)) = &mut guess
    {
        sample.name_dialect(found, delimiter, *score);
    }
    notes.extend(sample.words_of_ruler());
    notes.extend(sample.words_of_blanks(&format, delimiter, best));
    let is_new = settings.iter().any(|(key, _)| *key == "skip_lines");
    Written {
        skipped: sample.skipped(best).filter(|_| is_new),
        settings,
        guess: guess.map(|(guess, _)| guess),
        fields: best.fields,
        header,
        kept,
        notes,
    }
}

/// The note about a header whose names could be values.
fn words_of_header(names: &[String]) -> String {
    let shown: String = names.join(", ").chars().take(SHOWN).collect();
    format!(
        "the first record ({shown}) is taken as the header, but may be data: no_header = true \
         (--no-header) loads it as a row"
    )
}

/// The beginning of a file.
struct Sample<'t> {
    text: &'t [u8],
    following: Following,
    /// Whether the first line names the delimiter, as in `sep=;`.
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

    /// The delimiter with which the most records have the same number of fields.
    fn delimiter(&self, format: &Format, usual: Symbol) -> Symbol {
        let others = DELIMITERS
            .iter()
            .filter_map(|text| Symbol::parse(text).ok());
        let others = others.filter(|other| *other != usual);
        let candidates: Vec<Symbol> = std::iter::once(usual).chain(others).collect();
        let scored = candidates.iter().map(|delimiter| {
            let score = self.score(format, *delimiter);
            let repaired = self.repair(format, *delimiter, score, &[]);
            (*delimiter, repaired.map_or(score, |(_, score)| score))
        });
        let scored: Vec<(Symbol, Score)> = scored.collect();
        let mut best: Option<(Symbol, Score)> = None;
        for (delimiter, score) in &scored {
            let fits = score.fields > 1 && score.share() >= score.least_share();
            // at equal scores the longer delimiter wins, because it hardly occurs within texts
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

    /// The lines before the first record with the usual number of fields; `None` if they are blank
    /// or comments.
    fn skipped(&self, score: Score) -> Option<Skipped> {
        let lines = self.text.split(|b| *b == b'\n').take(score.skipped);
        let is_content = |line: &&[u8]| !line.is_empty() && line[0] != b'#';
        let first = lines.map(<[u8]>::trim_ascii).find(is_content)?;
        let shown: String = String::from_utf8_lossy(first).chars().take(SHOWN).collect();
        Some(Skipped {
            lines: score.skipped,
            first: shown,
        })
    }

    fn score(&self, format: &Format, delimiter: Symbol) -> Score {
        let none = Score {
            fields: 0,
            rows: 0,
            broken: 1,
            skipped: 0,
            is_first: false,
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
        let mut is_first = false;
        loop {
            match records.step(text, self.following) {
                Step::Record(_) => {
                    is_first |= rows + broken == 0;
                    rows += 1;
                }
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
            is_first,
        }
    }

    /// The number of fields that most records have, and the number of lines before the first record
    /// with that number.
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
                // after a broken record, reading continues on the next line
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

    /// Whether every line except the first ends with a delimiter.
    fn ends_with_delimiters(&self, dialect: &Dialect) -> bool {
        let lines = self.text.split(|b| *b == b'\n').take(COUNTED);
        let lines = lines
            .map(<[u8]>::trim_ascii_end)
            .filter(|line| !line.is_empty());
        let ends = |line: &[u8]| line.ends_with(dialect.delimiter.bytes());
        lines.skip(1).all(ends)
    }

    /// Decides whether the first record is a header. Adds a note if this is not certain.
    fn header(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
        notes: &mut Vec<String>,
    ) -> HeaderJudgement {
        match format.header_line() {
            _ if format.header == HeaderLine::ByDialect && format.dialect.is_none() => {
                let records = self.records(format, delimiter, score);
                let header = header_line::judge(&records);
                if header == HeaderJudgement::Present && header_line::is_doubtful(&records) {
                    notes.extend(records.first().map(|names| words_of_header(names)));
                }
                header
            }
            HeaderLine::Absent => HeaderJudgement::Absent,
            _ => HeaderJudgement::Present,
        }
    }

    /// The first records that have the usual number of fields.
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

/// The first line without its line end, and its length including the line end.
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
