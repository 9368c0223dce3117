//! Settings with which records are rows that are broken without them.

use input::dialect::Symbol;
use input::format::Format;
use model::wording::counted;

use super::{Guess, Sample, Score, Setting};

/// Settings with which records may be read that are broken without them, the most usual first.
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

/// The same for records of one field: each line is one, whatever it contains. No text file has the
/// delimiter, "unit separator".
const REPAIRS_OF_LINES: [&[(&str, &str)]; 2] = [
    &[("delimiter", "\\x1f")],
    &[("delimiter", "\\x1f"), ("quote", "none")],
];

/// The settings with which broken records of a file may be rows, in the order in which they are
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

/// The words about settings that were guessed. `broken` is the number of records that are broken
/// without them.
pub(crate) fn words_of_repair(repair: &[Setting], broken: u64) -> String {
    let settings = repair.iter();
    let settings: Vec<String> = settings
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    let why = match broken {
        0 => "it fits the values".to_owned(),
        _ => format!(
            "{} cannot be read without it",
            counted(broken, "record", "records")
        ),
    };
    format!(
        "guessed: {}, because {why}; if it is wrong, set it in the settings of the table",
        settings.join(", ")
    )
}

impl Sample<'_> {
    /// The settings that are guessed: those that the numbers of fields prove, or a repair that
    /// changes none of `kept`.
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

    /// Names the dialect of `mysqldump --tab` instead of its escapes alone, if it reads the same
    /// records: it says too that an empty field is an empty text beside `\N`.
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
                 ends; if it is wrong, set it in the settings of the table"
            );
        }
    }

    /// The settings that read records which are broken without them, and change none of `kept`.
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

    /// Backslashes before delimiters or line ends with which all records have the same number of
    /// fields, as `mysqldump --tab` writes them. Without escapes, the records are others, and more.
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
