//! Why the values of a column are rejected: the settings of the column that would read them.
//!
//! Each area (`dates`, `numbers`, `words`) proposes settings for the values at hand. A proposal
//! counts only if the values are really read with it, so a diagnosis never names a setting that
//! does not help.

mod bytes;
mod dates;
mod forms;
mod mixed;
mod numbers;
mod trial;
mod words;

use std::collections::BTreeSet;
use std::fmt;

pub use bytes::diagnose_raw;
use model::diagnosis::in_toml;
use model::schema::{Column, ValueFormat};
use trial::Trial;
pub use words::is_no_value;

/// Longest value to which a hint is added, in bytes.
const LONGEST: usize = 64;

/// A probable cause of rejected values of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What kind of cause it is.
    pub kind: CauseKind,
    /// What the values probably are: `dates with the day first`.
    pub words: String,
    /// Number of records with values that it explains.
    pub count: u64,
    /// Number of records with any of the values that were diagnosed.
    pub total: u64,
    /// The most frequent value that it explains.
    pub example: String,
    /// The positions of the values that it explains, among those that were diagnosed.
    pub values: Vec<usize>,
    /// The settings that read the values, together with those of the other causes. If there are
    /// several, the values do not decide between them, and only the user knows. If there are none,
    /// no setting reads the values.
    pub settings: Vec<Vec<ColumnSetting>>,
}

/// What kind of cause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CauseKind {
    /// Dates in another order, or with years of two digits.
    DateOrder,
    /// Dates or times in a format that only `date_format` reads.
    DateFormat,
    /// Numbers with other marks, signs or units.
    NumberStyle,
    /// More digits than a DECIMAL keeps.
    Digits,
    /// Words that mean no value.
    NullWords,
    /// A word of many records, which may mean no value, or may be a value.
    FrequentWord,
    /// Other words for true and false.
    TruthWords,
    /// Blanks around texts that are too long with them.
    Blanks,
    /// Bytes in a form that only `decode` reads.
    Bytes,
}

/// A setting of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// Its name.
    pub key: &'static str,
    /// Its value, or its values in order.
    pub values: Vec<String>,
}

impl ColumnSetting {
    fn new(key: &'static str, value: impl Into<String>) -> ColumnSetting {
        ColumnSetting {
            key,
            values: vec![value.into()],
        }
    }

    /// The values as `reviewseed.toml` has them.
    pub fn value(&self) -> String {
        let is_bare = matches!(
            self.key,
            "pivot" | "scale" | "round" | "parentheses" | "trim" | "small_integers"
        );
        let quoted = |value: &String| match is_bare {
            true => value.clone(),
            false => in_toml(value),
        };
        match &self.values[..] {
            [only] => quoted(only),
            several => {
                let values: Vec<String> = several.iter().map(quoted).collect();
                format!("[{}]", values.join(", "))
            }
        }
    }
}

/// The setting as `reviewseed.toml` has it: `date_order = "dmy"`.
impl fmt::Display for ColumnSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value())
    }
}

/// Settings that may read values.
#[derive(Debug, Clone)]
struct Proposal {
    kind: CauseKind,
    words: String,
    question: String,
    settings: Vec<ColumnSetting>,
    /// Of proposals that read the same values, the one with the least cost is taken.
    cost: usize,
    certainty: Certainty,
}

/// How likely it is that the settings say what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The values have the form that the settings are for.
    Likely,
    /// Taken only if nothing likely reads a value: the settings change values, or a word may mean
    /// something else.
    Possible,
}

/// A value with the number of records that have it.
type Counted<'a> = (&'a str, u64);

/// The probable causes of rejected values of a column, the one that explains most records first.
/// `values` are distinct and as the file has them, each with the number of records that have it.
/// Values that the column reads are ignored. `accepted` are values of accepted records: a setting
/// that would reject one of them is no answer.
pub fn diagnose(column: &Column, values: &[Counted<'_>], accepted: &[&str]) -> Vec<Cause> {
    if let Some(cause) = bytes::cause(column, values, accepted) {
        return vec![cause];
    }
    let mut search = Search::new(column, values, accepted);
    let mut causes = Vec::new();
    while let Some((cause, _)) = search.next_cause() {
        causes.push(cause);
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
    causes
}

/// The settings that would read one rejected value, as a short question: `day first? date_order =
/// "dmy"`.
pub(crate) fn hint(column: &Column, field: &[u8]) -> Option<String> {
    let value = std::str::from_utf8(field).ok()?;
    if value.len() > LONGEST && !column.kind.is_text() {
        return None;
    }
    let (cause, question) = Search::new(column, &[(value, 1)], &[]).next_cause()?;
    match &cause.settings[..] {
        [] => None,
        settings => Some(format!("{question}? {}", alternatives(settings))),
    }
}

/// Alternative settings in words. What they have in common is said once.
fn alternatives(settings: &[Vec<ColumnSetting>]) -> String {
    let first = &settings[0];
    let differ = |at: usize| settings.iter().any(|other| other.get(at) != first.get(at));
    let is_alike = |other: &Vec<ColumnSetting>| {
        let keys = other.iter().map(|setting| setting.key);
        keys.eq(first.iter().map(|setting| setting.key))
    };
    let differing = (0..first.len()).filter(|at| differ(*at)).count();
    if settings.iter().all(is_alike) && differing <= 1 {
        let of = |(at, setting): (usize, &ColumnSetting)| match differ(at) {
            false => setting.to_string(),
            true => {
                let values: Vec<_> = settings.iter().map(|other| other[at].value()).collect();
                format!("{} = {}", setting.key, values.join(" or "))
            }
        };
        let all: Vec<String> = first.iter().enumerate().map(of).collect();
        return all.join(", ");
    }
    let of = |settings: &Vec<ColumnSetting>| {
        let all: Vec<String> = settings.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    settings.iter().map(of).collect::<Vec<_>>().join(" or ")
}

/// The state of a diagnosis: the causes found so far have given the column their settings.
struct Search<'a> {
    trial: Trial<'a>,
    format: ValueFormat,
    values: &'a [Counted<'a>],
    /// Values of accepted records, which every setting must read.
    accepted: Vec<&'a str>,
    /// Positions of the values that are still rejected, and of those that a cause has explained.
    open: Vec<usize>,
    explained: Vec<usize>,
    total: u64,
}

impl<'a> Search<'a> {
    fn new(column: &'a Column, values: &'a [Counted<'a>], accepted: &[&'a str]) -> Search<'a> {
        let format = column.format.as_deref().cloned().unwrap_or_default();
        let mut trial = Trial::new(column);
        let open = (0..values.len()).filter(|at| trial.read(&format, values[*at].0).is_none());
        let open: Vec<usize> = open.collect();
        let accepted = accepted.iter().copied();
        Search {
            accepted: accepted
                .filter(|value| trial.read(&format, value).is_some())
                .collect(),
            total: open.iter().map(|at| values[*at].1).sum(),
            trial,
            format,
            values,
            open,
            explained: Vec::new(),
        }
    }

    /// The cause that explains most of the values that are still rejected, with its question.
    fn next_cause(&mut self) -> Option<(Cause, String)> {
        let open: Vec<Counted<'_>> = self.open.iter().map(|at| self.values[*at]).collect();
        if open.is_empty() {
            return None;
        }
        let column = self.trial.column();
        let unreadable = words::unreadable(column, &open);
        let unreadable = unreadable.or_else(|| dates::zone_names(column, &open));
        let unreadable = unreadable.or_else(|| numbers::mixed_units(column, &self.format, &open));
        if let Some((kind, words, readable)) = unreadable {
            let explained = readable.iter().map(|at| self.open[*at]).collect();
            let cause = self.explain(kind, words, explained, Vec::new());
            return Some((cause, String::new()));
        }
        if let Some(mixed) = mixed::mixed(&mut self.trial, &open) {
            return Some((self.explain_mixed(mixed), String::new()));
        }
        let mut usual = dates::orders(column, &self.format, &open);
        usual.extend(numbers::proposals(column, &self.format, &open));
        usual.extend(words::proposals(column, &self.format, &open));
        // formats are many, so they are tried only if something is left for them
        let best = match self.best(usual.clone()) {
            Some(best) if best.1.len() == open.len() => Some(best),
            usual_best => match dates::formats(column, &self.format, &open) {
                formats if formats.is_empty() => usual_best,
                mut formats => {
                    for proposal in &mut formats {
                        self.add_formats_of_accepted(proposal);
                    }
                    self.best([usual, formats].concat())
                }
            },
        };
        let (proposals, explained) = best?;
        let formats: Vec<ValueFormat> = proposals
            .iter()
            .filter_map(|proposal| self.with(&proposal.settings))
            .collect();
        // settings that would reject again what is read now are no answer
        let lost = formats.iter().find_map(|format| self.lost(format));
        let is_answer = lost.is_none();
        if let [only] = &formats[..]
            && is_answer
        {
            self.format = only.clone();
        }
        let mut words = joined(&proposals, |proposal| &proposal.words);
        if let Some(lost) = lost {
            words.push_str(&format!(
                ", but a setting for them would reject \"{lost}\", which is accepted"
            ));
        }
        let question = joined(&proposals, |proposal| &proposal.question);
        let kind = proposals[0].kind;
        let settings = proposals.into_iter().map(|proposal| proposal.settings);
        let settings = settings.filter(|_| is_answer).collect();
        let cause = self.explain(kind, words, explained, settings);
        Some((cause, question))
    }

    /// A value that is read now and would be rejected in this format.
    fn lost(&mut self, format: &ValueFormat) -> Option<&'a str> {
        let values = self.values;
        let explained = self.explained.iter().map(|at| values[*at].0);
        let mut kept = explained.chain(self.accepted.iter().copied());
        kept.find(|value| self.trial.read(format, value).is_none())
    }

    /// Adds the usual formats of accepted values to formats of dates, because nothing else would
    /// be read.
    fn add_formats_of_accepted(&mut self, proposal: &mut Proposal) {
        for _ in dates::ACCEPTED {
            let format = self.with(&proposal.settings);
            let Some(lost) = format.and_then(|format| self.lost(&format)) else {
                return;
            };
            let more = dates::ACCEPTED.iter().find_map(|usual| {
                let mut more = proposal.settings.clone();
                more[0].values.push((*usual).to_owned());
                let reads = self.trial.read(&self.with(&more)?, lost).is_some();
                reads.then_some(more)
            });
            match more {
                Some(more) => proposal.settings = more,
                None => return,
            }
        }
    }

    fn explain(
        &mut self,
        kind: CauseKind,
        words: String,
        explained: Vec<usize>,
        settings: Vec<Vec<ColumnSetting>>,
    ) -> Cause {
        self.open.retain(|at| !explained.contains(at));
        let of = |at: &usize| self.values[*at];
        // of equally frequent values, the first
        let example = explained.iter().map(of).rev().max_by_key(|value| value.1);
        let cause = Cause {
            kind,
            words,
            count: explained.iter().map(|at| of(at).1).sum(),
            total: self.total,
            example: example.map_or(String::new(), |value| value.0.to_owned()),
            values: explained.clone(),
            settings,
        };
        if !cause.settings.is_empty() {
            self.explained.extend(explained);
        }
        cause
    }

    /// The format with these settings; `None` if they contradict others.
    fn with(&self, settings: &[ColumnSetting]) -> Option<ValueFormat> {
        let mut format = self.format.clone();
        for setting in settings {
            format.set(setting.key, &setting.values).ok()?;
        }
        let kind = &self.trial.column().kind;
        format.check(kind).ok().map(|()| format)
    }

    /// The proposal that reads most records, with those that read the same values in another way,
    /// and the positions of these values.
    fn best(&mut self, mut proposals: Vec<Proposal>) -> Option<(Vec<Proposal>, Vec<usize>)> {
        proposals.sort_by_key(|proposal| (proposal.certainty, proposal.cost));
        let (mut judged, mut losing) = (Vec::new(), Vec::new());
        // the certainty and cost of the first proposal that reads all values
        let mut complete = None;
        for proposal in proposals {
            let price = (proposal.certainty, proposal.cost);
            if complete.is_some_and(|complete| price > complete) {
                break;
            }
            let Some(format) = self.with(&proposal.settings) else {
                continue;
            };
            let (mut read, mut readings, mut count) = (Vec::new(), Vec::new(), 0);
            for at in &self.open {
                let (value, records) = self.values[*at];
                if let Some(reading) = self.trial.read(&format, value) {
                    read.push(*at);
                    readings.push(reading);
                    count += records;
                }
            }
            if count == 0 {
                continue;
            }
            let is_complete = read.len() == self.open.len();
            match self.lost(&format) {
                None => {
                    complete = complete.or(is_complete.then_some(price));
                    judged.push((proposal, read, readings, count));
                }
                Some(_) => losing.push((proposal, read, readings, count)),
            }
        }
        // what would reject other values still says what the values are
        if judged.is_empty() {
            judged = losing;
        }
        let rank = |(proposal, _, _, count): &(Proposal, Vec<usize>, Vec<u32>, u64)| {
            let Proposal {
                certainty, cost, ..
            } = *proposal;
            (certainty, std::cmp::Reverse(*count), cost)
        };
        judged.sort_by_key(rank);
        let best = judged.first()?;
        let (read, best_rank, kind) = (best.1.clone(), rank(best), best.0.kind);
        let mut seen = BTreeSet::new();
        let equal = judged.into_iter().filter(|judged| {
            rank(judged) == best_rank && judged.1 == read && judged.0.kind == kind
        });
        // settings with the same results are no alternative
        let distinct = equal.filter(|judged| seen.insert(judged.2.clone()));
        Some((distinct.map(|judged| judged.0).collect(), read))
    }
}

/// The distinct words of proposals.
fn joined(proposals: &[Proposal], of: impl Fn(&Proposal) -> &String) -> String {
    let mut words: Vec<&str> = proposals
        .iter()
        .map(|proposal| of(proposal).as_str())
        .collect();
    words.dedup();
    words.join(" or ")
}

#[cfg(test)]
mod tests;
