//! Collects the evidence about quotes and backslashes of a sample.

use input::dialect::{Quoted, Symbol};
use input::format::Format;
use input::records::{Records, Step, StructureFault};

use super::evidence::Evidence;
use super::repair::owned;
use super::{SAMPLE_BYTES, SHOWN, Sample, Score, Setting, after_lines};

/// The fewest records from which apostrophes can be judged.
const FEWEST: usize = 3;

/// Number of lines at the beginning of a file that are searched for a line of dashes.
const MOST_LINES: usize = 10;

impl Sample<'_> {
    /// The evidence about the quotes and backslashes of the sample.
    pub(super) fn evidence(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
    ) -> Option<Evidence> {
        let mut dialect = format.resolved(delimiter).ok()?;
        // with this setting, the kind of a field says whether it is quoted
        dialect.quoted = Quoted::Text;
        let text = after_lines(self.text, score.skipped);
        let mut records = Records::new(score.fields, SAMPLE_BYTES).with_dialect(&dialect);
        records.begin();
        let mut found = Evidence::new(delimiter);
        let mut is_first = true;
        loop {
            match records.step(text, self.following) {
                // the header is skipped, because its quotes say nothing about those of the records
                Step::Record(_) if std::mem::take(&mut is_first) => {}
                Step::Record(_) => {
                    let fields = (0..score.fields).map(|at| (records.field(text, at), at));
                    let fields = fields.map(|(field, at)| (field, records.kind(at)));
                    found.add_record(fields, dialect.quote);
                }
                Step::Fault { span, flaw } => {
                    let record = &text[span.start..span.start + span.length];
                    let lines = record.trim_ascii_end().split(|b| *b == b'\n').count();
                    found.broken += 1;
                    found.is_cut_off = flaw == StructureFault::NeverClosed
                        && lines == 1
                        && text[span.start + span.length..].trim_ascii().is_empty();
                }
                Step::Incomplete(_) | Step::End => break,
            }
        }
        if format.escape.is_none() && format.dialect.is_none() {
            found.add_text(self.text);
        }
        Some(found)
    }

    /// Settings that no repair may change.
    pub(super) fn kept(
        &self,
        format: &Format,
        delimiter: Symbol,
        evidence: &Evidence,
    ) -> Vec<&'static str> {
        let mut kept = evidence.kept();
        let mut bare = format.clone();
        let is_set = bare.set("quote", &["none".to_owned()]).is_ok();
        let is_needed = || is_set && self.score(&bare, delimiter).broken > 0;
        if evidence.divides && !kept.contains(&"quote") && is_needed() {
            kept.push("quote");
        }
        kept
    }

    /// Makes single quotes the quotes of the file, if all values of a column have them. The number
    /// of fields cannot show this, because it is the same if the quotes are part of the values.
    pub(super) fn single_quotes(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
    ) -> Option<(Vec<Setting>, Score)> {
        let evidence = self.evidence(format, delimiter, before)?;
        let is_told = format.quote.is_some();
        if is_told || before.rows < FEWEST || !evidence.are_apostrophes_quotes() {
            return None;
        }
        let mut other = format.clone();
        other.set("quote", &["'".to_owned()]).ok()?;
        let score = self.score(&other, delimiter);
        let fits = score.broken == 0 && score.fields == before.fields;
        fits.then(|| (owned(&[("quote", "'")]), score))
    }

    /// The note about a line of dashes below the header, which database clients print for people.
    pub(super) fn words_of_ruler(&self) -> Option<String> {
        let is_ruler = |line: &[u8]| {
            let has_run = line.windows(3).any(|run| run == b"---");
            has_run && line.iter().all(|b| b"-+| ,;\t".contains(b))
        };
        let lines = self.text.split(|b| *b == b'\n').take(MOST_LINES);
        let ruler = lines.map(<[u8]>::trim_ascii).find(|line| is_ruler(line))?;
        let shown = String::from_utf8_lossy(&ruler[..ruler.len().min(SHOWN)]).into_owned();
        Some(format!(
            "the line \"{shown}\" has no values: the file seems to be a table that a database \
             client printed; remove such lines, or write the file as CSV or with tabs (mysql \
             --batch, psql --csv)"
        ))
    }

    /// The note about records whose settings could only be guessed.
    pub(super) fn words_of_doubt(
        &self,
        format: &Format,
        score: Score,
        evidence: &Evidence,
    ) -> Option<String> {
        let is_judged = score.broken > 0 || (format.quote.is_none() && score.rows >= FEWEST);
        evidence.words_of_doubt().filter(|_| is_judged)
    }
}
