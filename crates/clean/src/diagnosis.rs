//! Finds out why values of a column are rejected, and with which settings of the column they are
//! accepted.
//!
//! Each area (`dates`, `numbers`, `words`) proposes settings for the rejected values. A proposal
//! counts only if the values can be read with it. So a diagnosis never names a setting that does
//! not help.

mod bytes;
mod dates;
mod forms;
mod mixed;
mod numbers;
mod setting;
mod trial;
mod words;

use std::collections::BTreeSet;

pub use bytes::diagnose_raw;
use model::schema::{Column, ValueFormat};
pub use setting::ColumnSetting;
use setting::alternatives;
use trial::Trial;
pub use words::is_no_value;

/// Maximum length in bytes of a value that gets a hint.
const LONGEST: usize = 64;

/// A probable cause of rejected values in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The kind of the cause.
    pub kind: CauseKind,
    /// What the values probably are, such as `dates with the day first`.
    pub words: String,
    /// Number of records whose value has this cause.
    pub count: u64,
    /// Number of records whose value was rejected and diagnosed.
    pub total: u64,
    /// The most frequent value that has this cause.
    pub example: String,
    /// The positions, among the diagnosed values, of the values that have this cause.
    pub values: Vec<usize>,
    /// Alternative settings. With one of them, and with the settings of the other causes, the
    /// values are accepted. If there are several, the values do not show which one is right, so the
    /// user has to choose. If there are none, the values are rejected with every setting.
    pub settings: Vec<Vec<ColumnSetting>>,
}

/// The kind of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CauseKind {
    /// Dates in another order, or with years of two digits.
    DateOrder,
    /// Dates or times in a format that must be given by the setting `date_format`.
    DateFormat,
    /// Numbers with marks, signs or units that need a setting.
    NumberStyle,
    /// More digits than a DECIMAL column stores.
    Digits,
    /// Words that mean no value.
    NullWords,
    /// A word that many records have. It may mean no value, or it may be a value.
    FrequentWord,
    /// Words for true and false that need a setting.
    TruthWords,
    /// Texts that are too long because of blanks around them.
    Blanks,
    /// Bytes in a form that must be given by the setting `decode`.
    Bytes,
    /// Lists or objects as Python prints them, in a JSON column.
    Python,
}

/// Settings with which some rejected values would be accepted.
#[derive(Debug, Clone)]
struct Proposal {
    kind: CauseKind,
    words: String,
    question: String,
    settings: Vec<ColumnSetting>,
    /// If several proposals read the same values, those with the lowest cost are used.
    cost: usize,
    certainty: Certainty,
}

/// How likely it is that the settings mean what the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// The values have the form for which the settings exist.
    Likely,
    /// The settings change values, or a word may mean something else. They are used only if no
    /// likely proposal reads a value.
    Possible,
}

/// What a setting would do to a value that is accepted without it.
#[derive(Debug, Clone, Copy)]
enum Harm<'a> {
    /// The value would be rejected.
    Rejects(&'a str),
    /// Another value would be stored.
    Changes(&'a str),
}

/// A value with the number of records that have it.
type Counted<'a> = (&'a str, u64);

/// The probable causes of rejected values of a column. The first one explains most records.
/// `values` are distinct values as they are in the file, each with the number of its records.
/// Values that the column accepts are ignored. `accepted` are values of accepted records; settings
/// that would reject or change one of them are not proposed.
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

/// A short question with the settings with which one rejected value is accepted: `day first?
/// date_order = "dmy"`.
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

/// The state of a diagnosis. `format` has the settings of all causes that were found so far.
struct Search<'a> {
    trial: Trial<'a>,
    format: ValueFormat,
    values: &'a [Counted<'a>],
    /// Values of accepted records. Every proposed setting must accept them, as the same values.
    accepted: Vec<&'a str>,
    /// Positions of the values that are still rejected.
    open: Vec<usize>,
    /// Positions of the values whose cause was found.
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

    /// The cause of most of the values that are still rejected, with its question.
    fn next_cause(&mut self) -> Option<(Cause, String)> {
        let open: Vec<Counted<'_>> = self.open.iter().map(|at| self.values[*at]).collect();
        if open.is_empty() {
            return None;
        }
        let column = self.trial.column();
        let unreadable = words::unreadable(column, &open);
        let unreadable = unreadable.or_else(|| dates::zone_names(column, &open));
        let unreadable = unreadable.or_else(|| words::no_documents(column, &open));
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
        // there are many formats, so they are tried only if other proposals do not read all values
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
        // settings that would reject or change a value that is accepted now must not be proposed
        let harm = formats.iter().find_map(|format| self.harm(format));
        let is_answer = harm.is_none();
        if let [only] = &formats[..]
            && is_answer
        {
            self.format = only.clone();
        }
        let mut words = joined(&proposals, |proposal| &proposal.words);
        match harm {
            None => (),
            Some(Harm::Rejects(value)) => words.push_str(&format!(
                ", but a setting for them would reject \"{value}\", which is accepted"
            )),
            Some(Harm::Changes(value)) => {
                let settings: Vec<_> = proposals.iter().map(|p| p.settings.clone()).collect();
                let settings = alternatives(&settings);
                words.push_str(&format!(
                    ", but with {settings}, \"{value}\", which is accepted, would be another value; \
                     set it if that is right"
                ));
            }
        }
        let question = joined(&proposals, |proposal| &proposal.question);
        let kind = proposals[0].kind;
        let settings = proposals.into_iter().map(|proposal| proposal.settings);
        let settings = settings.filter(|_| is_answer).collect();
        let cause = self.explain(kind, words, explained, settings);
        Some((cause, question))
    }

    /// What this format would do to a value that is accepted now, or with the settings that were
    /// chosen so far. A rejected value comes before a changed one.
    fn harm(&mut self, format: &ValueFormat) -> Option<Harm<'a>> {
        let values = self.values;
        let current = self.format.clone();
        let explained = self.explained.iter().map(|at| values[*at].0);
        let kept = explained.chain(self.accepted.iter().copied());
        let mut changed = None;
        for value in kept {
            let Some(now) = self.trial.read(&current, value) else {
                continue;
            };
            match self.trial.read(format, value) {
                None => return Some(Harm::Rejects(value)),
                Some(then) if then != now => changed = changed.or(Some(Harm::Changes(value))),
                Some(_) => (),
            }
        }
        changed
    }

    /// Adds the usual formats to a proposal of `date_format`, as far as accepted values need them.
    /// With this setting, dates in other formats are no longer read.
    fn add_formats_of_accepted(&mut self, proposal: &mut Proposal) {
        for _ in dates::ACCEPTED {
            let format = self.with(&proposal.settings);
            let harm = format.and_then(|format| self.harm(&format));
            let Some(Harm::Rejects(lost)) = harm else {
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
        // if several values are equally frequent, use the first one
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

    /// The format of the column with these settings added. `None` if they contradict other
    /// settings.
    fn with(&self, settings: &[ColumnSetting]) -> Option<ValueFormat> {
        let mut format = self.format.clone();
        for setting in settings {
            format.set(setting.key, &setting.values).ok()?;
        }
        let kind = &self.trial.column().kind;
        format.check(kind).ok().map(|()| format)
    }

    /// The proposal with which most records are accepted, and the proposals with which the same
    /// values are accepted but mean something else. Also returns the positions of these values.
    fn best(&mut self, mut proposals: Vec<Proposal>) -> Option<(Vec<Proposal>, Vec<usize>)> {
        proposals.sort_by_key(|proposal| (proposal.certainty, proposal.cost));
        let (mut judged, mut losing) = (Vec::new(), Vec::new());
        // the certainty and cost of the first proposal with which all values are accepted
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
            match self.harm(&format) {
                None => {
                    complete = complete.or(is_complete.then_some(price));
                    judged.push((proposal, read, readings, count));
                }
                Some(_) => losing.push((proposal, read, readings, count)),
            }
        }
        // if every proposal would reject or change accepted values, the best one still tells what
        // the values are
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
        // of several settings with the same results, only one is kept
        let distinct = equal.filter(|judged| seen.insert(judged.2.clone()));
        Some((distinct.map(|judged| judged.0).collect(), read))
    }
}

/// The distinct words of several proposals, joined by "or".
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
