//! The user's settings that say how values are written. `draft` does not guess these settings. If
//! all values of a column can be read with them, the column is read in this way.

use clean::{boolean, time, timestamp};
use model::schema::{DateStyle, NumberStyle, TruthWords, ValueFormat};

use super::numbers::in_canonical_form;
use super::{DAY, Seen};

/// The settings of one column that say how its values are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The settings for all columns, replaced by those for this column where the user gave any.
    pub(crate) format: ValueFormat,
    /// The words for NULL that are set for this column alone. They apply to text columns too.
    pub(crate) own_nulls: Vec<String>,
}

impl Told {
    /// Whether a field is a word for NULL.
    pub(crate) fn is_null(&self, field: &[u8]) -> bool {
        let words = self.format.nulls.iter();
        !self.format.nulls.is_empty()
            && words
                .map(String::as_bytes)
                .any(|word| word == field.trim_ascii())
    }

    /// Whether settings may give digits another meaning than that of a whole number.
    pub(crate) fn rereads_digits(&self) -> bool {
        let is_digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let has_no_mark = |format: String| {
            let names = format.split('%').skip(1);
            !format.is_empty() && names.map(str::len).all(|length| length == 1)
        };
        let mut formats = self.format.dates.formats.iter().map(ToString::to_string);
        let truth = &self.format.truth;
        self.format.nulls.iter().any(is_digits)
            || self.format.numbers.scale.is_some()
            || formats.any(has_no_mark)
            || truth.yes.iter().chain(&truth.no).any(is_digits)
    }
}

/// The kind of values that the user's settings are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToldKind {
    /// Numbers.
    Number,
    /// Dates without a time.
    Date,
    /// Dates and times.
    Moment,
    /// Times of day.
    Time,
    /// Words for true and false.
    Truth,
}

impl ToldKind {
    /// All kinds.
    pub(super) const ALL: [ToldKind; 5] = [
        ToldKind::Number,
        ToldKind::Date,
        ToldKind::Moment,
        ToldKind::Time,
        ToldKind::Truth,
    ];

    /// Reads a value; `None` if it does not fit, or if no setting is about this kind.
    pub(crate) fn read(self, told: &Told, field: &str) -> Option<Seen> {
        let format = &told.format;
        match self {
            ToldKind::Number => number(&format.numbers, field),
            ToldKind::Truth => truth(&format.truth, field),
            _ if format.dates == DateStyle::default() => None,
            ToldKind::Time => {
                let formats = &format.dates.formats;
                let time = time::time_in(formats, field.as_bytes(), 6).ok();
                time.filter(|_| !formats.is_empty()).map(Seen::of_moment)
            }
            ToldKind::Date | ToldKind::Moment => {
                let micros = timestamp::datetime_in(&format.dates, field.as_bytes(), 6).ok()?;
                let is_day = micros % DAY == 0 && !field.contains(':');
                (is_day || self == ToldKind::Moment).then(|| Seen::of_moment(micros))
            }
        }
    }
}

fn number(style: &NumberStyle, field: &str) -> Option<Seen> {
    if !style.changes_spelling() {
        return None;
    }
    let mut digits = field.bytes().skip_while(|b| !b.is_ascii_digit());
    let is_code = digits.next() == Some(b'0') && digits.next().is_some_and(|b| b.is_ascii_digit());
    let text = in_canonical_form(style, field).filter(|_| !is_code)?;
    Some(Seen {
        is_clear: true,
        ..Seen::of_digits(&text)
    })
}

fn truth(words: &TruthWords, field: &str) -> Option<Seen> {
    let is_in = |words: &[String]| {
        let mut words = words.iter();
        words.any(|word| word.to_lowercase() == field.to_lowercase())
    };
    if words.yes.is_empty() && words.no.is_empty() {
        return None;
    }
    let is_true = match (is_in(&words.yes), is_in(&words.no)) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => boolean::boolean(field.as_bytes()).ok()?,
    };
    Some(Seen {
        flags: if is_true { 1 } else { 2 },
        ..Seen::default()
    })
}
