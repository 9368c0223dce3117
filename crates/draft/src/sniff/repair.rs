//! Settings with which broken records become rows.

use input::dialect::Symbol;
use input::format::Format;
use model::wording::counted;

use super::{Guess, Sample, Score, Setting};

/// Settings with which broken records may become rows, the most common first.
const REPAIRS: [&[(&str, &str)]; 9] = [
    &[("escape", "\\")],
    &[("trim", "true")],
    &[("quote", "none")],
    &[("quote", "'")],
    &[("comment", "#")],
    &[("long_rows", "ignore-empty")],
    &[("short_rows", "pad")],
    &[("escape", "\\"), ("trim", "true")],
    &[("comment", "#"), ("trim", "true")],
];

/// More repairs, for files of one field. With them, each line is one record, whatever the line
/// contains: the delimiter is a control character ("unit separator") that text files do not have.
const REPAIRS_OF_LINES: [&[(&str, &str)]; 2] = [
    &[("delimiter", "\\x1f")],
    &[("delimiter", "\\x1f"), ("quote", "none")],
];

/// The settings with which broken records of a file may become rows, in the order in which they are
/// tried. `fields` is the number of fields of a record.
pub(crate) fn repairs(fields: usize) -> impl Iterator<Item = Vec<Setting>> {
    let of_lines = REPAIRS_OF_LINES.iter().filter(move |_| fields == 1);
    of_lines.chain(&REPAIRS).map(|settings| owned(settings))
}

pub(super) fn owned(settings: &[(&'static str, &str)]) -> Vec<Setting> {
    let settings = settings.iter();
    settings
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect()
}

/// The note about guessed settings. `broken` is the number of records that are broken without these
/// settings.
pub(crate) fn words_of_repair(repair: &[Setting], broken: u64) -> String {
    let settings = repair.iter();
    let settings: Vec<String> = settings
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    let why = match broken {
        0 => "the values fit".to_owned(),
        _ => format!(
            "{} cannot be read otherwise",
            counted(broken, "record", "records")
        ),
    };
    format!(
        "guessed: {}, because {why}; if the guess is wrong, change the settings of the table",
        settings.join(", ")
    )
}

impl Sample<'_> {
    /// Guesses settings: escapes that are certain because all records then have the same number of
    /// fields, or else a repair that changes none of the settings in `kept`.
    pub(super) fn guess(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
        kept: &[&str],
    ) -> Option<(Guess, Score)> {
        let escaped = self.escaped(format, delimiter, before);
        let is_proven = escaped.is_some();
        let (settings, score) = escaped.or_else(|| self.repair(format, delimiter, before, kept))?;
        let guess = Guess {
            words: words_of_repair(&settings, before.broken as u64),
            settings,
            is_proven,
        };
        Some((guess, score))
    }

    /// Replaces a guessed escape by the dialect of `mysqldump --tab`, if it gives the same rows.
    /// That dialect also says that an empty field is an empty text, because NULL is `\N`.
    pub(super) fn name_dialect(&self, guess: &mut Guess, delimiter: Symbol, score: Score) {
        const DIALECT: &str = "mysqldump-tab";
        let mut named = Format::default();
        let is_set = named.set("dialect", &[DIALECT.to_owned()]).is_ok();
        let named_score = self.score(&named, delimiter);
        let is_same = named_score.rows == score.rows && named_score.broken == 0;
        if guess.is_proven && is_set && is_same && delimiter.bytes() == b"\t" {
            guess.settings = owned(&[("dialect", DIALECT)]);
            guess.words = format!(
                "guessed: dialect = {DIALECT}, because there are backslashes before tabs or line \
                 ends; if the guess is wrong, change the settings of the table"
            );
        }
    }

    /// The settings with which broken records become rows, without a change of the settings in
    /// `kept`.
    pub(super) fn repair(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
        kept: &[&str],
    ) -> Option<(Vec<Setting>, Score)> {
        if let Some(found) = self.escaped(format, delimiter, before) {
            return Some(found);
        }
        if before.broken == 0 {
            return self.single_quotes(format, delimiter, before);
        }
        let mut best: Option<(Vec<Setting>, Score)> = None;
        for repair in repairs(before.fields) {
            let is_told = |key: &str| format.told().iter().any(|(told, _)| *told == key);
            let is_set = |(key, _): &Setting| kept.contains(key) || is_told(key);
            if repair.iter().any(is_set) {
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
            // a few records with too few fields may be truncated, so `short_rows` is not guessed
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

    /// Finds backslashes before delimiters or line ends, as `mysqldump --tab` writes them. The
    /// backslashes are escapes if some records are broken without escapes, and none with them.
    fn escaped(
        &self,
        format: &Format,
        delimiter: Symbol,
        before: Score,
    ) -> Option<(Vec<Setting>, Score)> {
        const ESCAPES: [&[(&str, &str)]; 2] =
            [&[("escape", "\\")], &[("escape", "\\"), ("quote", "none")]];
        let of_delimiter = [&b"\\"[..], delimiter.bytes()].concat();
        let has = |sought: &[u8]| self.text.windows(sought.len()).any(|at| at == sought);
        let is_odd = before.broken + before.skipped > 0;
        if !is_odd || format.escape.is_some() || !(has(&of_delimiter) || has(b"\\\n")) {
            return None;
        }
        let found = ESCAPES.iter().map(|settings| owned(settings));
        let mut scored = found.filter_map(|settings| {
            let mut format = format.clone();
            for (key, value) in &settings {
                format.set(key, std::slice::from_ref(value)).ok()?;
            }
            Some((settings, self.score(&format, delimiter)))
        });
        scored.find(|(_, s)| s.fields > 1 && s.rows > 1 && s.broken + s.skipped == 0)
    }
}
