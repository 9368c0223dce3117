//! The ways in which all values of a column may be read. Each value is tried in those that have
//! read all values before it, with the rules of `clean`, so that a reading that is left reads the
//! column without a reject.

mod told;

use std::sync::LazyLock;

use clean::{boolean, clean_value, json, number, time, timestamp, uuid};
use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{
    Column, ColumnType, DateFormat, DateOrder, DateStyle, NumberStyle, ValueFormat,
};

pub(crate) use told::{Told, ToldKind};

/// One way to read the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A whole number in digits, without leading zeros and plus sign.
    Integer,
    /// A number with a decimal point.
    Decimal,
    /// A number, perhaps with an exponent.
    Double,
    /// A word for true or false.
    Truth,
    /// A UUID with dashes.
    Uuid,
    /// A JSON object or array.
    Json,
    /// A time of day or a span.
    Time,
    /// A date without a time.
    Date(DateStyle),
    /// A date and time.
    Moment(DateStyle),
    /// A date with a year of two digits, which is never chosen, because the century is not known.
    ShortYear(DateStyle),
    /// A number with other marks, or with a unit.
    Styled(NumberStyle),
    /// In the way that was told.
    Told(ToldKind),
}

/// Currency signs and units that may stand at the ends of numbers.
pub(crate) const UNITS: [char; 5] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}', '%'];

/// Formats of dates that programs write and that need a setting.
const FORMATS: [&str; 7] = [
    "%a %b %e %H:%M:%S %Y",
    "%a %b %e %H:%M:%S %z %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y:%m:%d %H:%M:%S",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d-%H.%M.%S.%f",
    "%Y-%m-%d %H:%M:%S:%f",
];

/// All readings; the position of each is its bit in [`Set`].
pub(crate) static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(all);

fn all() -> Vec<Reading> {
    let mut readings = vec![
        Reading::Integer,
        Reading::Decimal,
        Reading::Double,
        Reading::Truth,
        Reading::Uuid,
        Reading::Json,
        Reading::Time,
    ];
    let order = |order| DateStyle {
        order,
        ..DateStyle::default()
    };
    let orders = [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)];
    readings.extend(orders.map(order).map(Reading::Date));
    readings.extend(orders.map(order).map(Reading::Moment));
    let formats = FORMATS
        .iter()
        .filter_map(|text| DateFormat::parse(text).ok());
    readings.extend(formats.map(|format| {
        Reading::Moment(DateStyle {
            formats: vec![format],
            ..DateStyle::default()
        })
    }));
    readings.extend(DateOrder::ALL.map(|order| {
        Reading::ShortYear(DateStyle {
            order: Some(order),
            pivot: Some(70),
            ..DateStyle::default()
        })
    }));
    let marks = [
        (Some(','), Some('.')),
        (Some('.'), Some(',')),
        (None, Some(',')),
        (Some(' '), Some(',')),
        (Some(' '), Some('.')),
        (Some('\''), Some('.')),
    ];
    let style = |(thousands, decimal)| NumberStyle {
        thousands,
        decimal,
        ..NumberStyle::default()
    };
    readings.extend(marks.map(style).map(Reading::Styled));
    let strip: String = UNITS.iter().collect();
    let with_units = |style: NumberStyle| NumberStyle {
        strip: strip.clone(),
        ..style
    };
    readings.push(Reading::Styled(with_units(style((None, Some('.'))))));
    readings.extend(marks.map(style).map(with_units).map(Reading::Styled));
    readings.extend(ToldKind::ALL.map(Reading::Told));
    readings
}

/// What was seen of a value, or of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// Digits before the decimal mark.
    pub(crate) whole: u16,
    /// Digits after it; of moments, of the fraction of the second.
    pub(crate) fraction: u16,
    /// All digits, without zeros at the ends.
    pub(crate) significant: u16,
    /// Whether a value is negative.
    pub(crate) is_negative: bool,
    /// Whether a value shows by itself what its marks mean.
    pub(crate) is_clear: bool,
    /// Units at the ends of numbers, as bits in the order of [`UNITS`]; words for true (1) and for
    /// false (2); an object of JSON that has a name twice (1).
    pub(crate) flags: u8,
    /// Digits of the fractional second: 0, 3 or 6.
    pub(crate) precision: u8,
    /// The smallest: a number, microseconds since the epoch or of a time.
    pub(crate) least: f64,
    /// The largest.
    pub(crate) greatest: f64,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            whole: 0,
            fraction: 0,
            significant: 0,
            is_negative: false,
            is_clear: false,
            flags: 0,
            precision: 0,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
        }
    }
}

impl Seen {
    /// Adds what was seen of other values.
    pub(crate) fn add(&mut self, other: &Seen) {
        self.whole = self.whole.max(other.whole);
        self.fraction = self.fraction.max(other.fraction);
        self.significant = self.significant.max(other.significant);
        self.is_negative |= other.is_negative;
        self.is_clear |= other.is_clear;
        self.flags |= other.flags;
        self.precision = self.precision.max(other.precision);
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    fn of_value(value: f64) -> Seen {
        Seen {
            is_negative: value < 0.0,
            least: value,
            greatest: value,
            ..Seen::default()
        }
    }

    fn of_moment(microseconds: i64) -> Seen {
        let precision = match microseconds {
            m if m % 1_000_000 == 0 => 0,
            m if m % 1000 == 0 => 3,
            _ => 6,
        };
        Seen {
            precision,
            ..Seen::of_value(microseconds as f64)
        }
    }

    /// The digits of a number in the canonical form of DECIMAL or of the file.
    fn of_digits(text: &str) -> Seen {
        let bare = text.trim_start_matches('-');
        let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        let whole = whole.trim_start_matches('0');
        let digits = [whole, fraction].concat();
        Seen {
            whole: whole.len() as u16,
            fraction: fraction.len() as u16,
            significant: digits.trim_matches('0').len() as u16,
            ..Seen::of_value(text.parse().unwrap_or(0.0))
        }
    }
}

const DAY: i64 = 86_400_000_000;

impl Reading {
    /// What a value is in this reading if nothing was told.
    pub(crate) fn read(&self, field: &str) -> Option<Seen> {
        self.read_as(&Told::default(), field)
    }

    /// What a value is in this reading; `None` if it is none. Blanks at its ends are removed.
    pub(crate) fn read_as(&self, told: &Told, field: &str) -> Option<Seen> {
        let bytes = field.as_bytes();
        match self {
            Reading::Told(kind) => kind.read(told, field),
            Reading::Integer => integer(field),
            Reading::Decimal => decimal(field),
            Reading::Double => double(field),
            Reading::Truth => truth(field),
            Reading::Uuid => {
                let is_one = bytes.len() == 36 && uuid::value(bytes).is_ok();
                is_one.then(Seen::default)
            }
            Reading::Json => {
                let is_nested = matches!(bytes.first(), Some(b'{' | b'['));
                let repeats = json::repeats_a_name(bytes).ok().filter(|_| is_nested)?;
                Some(Seen {
                    flags: repeats.into(),
                    ..Seen::default()
                })
            }
            Reading::Time => {
                let is_digits = bytes.iter().all(u8::is_ascii_digit);
                let time = time::time(bytes, 6).ok().filter(|_| !is_digits)?;
                Some(Seen::of_moment(time))
            }
            Reading::Date(style) => {
                let micros = moment(style, bytes)?;
                let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
                let is_day = micros % DAY == 0 && digits <= 8 && !bytes.contains(&b':');
                is_day.then(|| Seen::of_moment(micros))
            }
            Reading::Moment(style) | Reading::ShortYear(style) => Some(Seen {
                fraction: fraction_of_second(field),
                ..Seen::of_moment(moment(style, bytes)?)
            }),
            Reading::Styled(style) => styled(style, field),
        }
    }
}

/// Digits of the fraction of the second, or fewer than 7 if there is none.
fn fraction_of_second(field: &str) -> u16 {
    let (_, rest) = field.rsplit_once('.').unwrap_or_default();
    rest.bytes().take_while(u8::is_ascii_digit).count() as u16
}

/// Microseconds since the epoch. Digits alone are a number first of all.
fn moment(style: &DateStyle, field: &[u8]) -> Option<i64> {
    if field.len() < 6 || field.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let found = match *style == DateStyle::default() {
        true => timestamp::datetime(field, 6),
        false => timestamp::datetime_in(style, field, 6),
    };
    found.ok()
}

/// Whether a value has the digits of a number as programs write it: a code such as `007`, or a
/// telephone number such as `+49`, is a text.
fn is_plain(whole: &str) -> bool {
    !whole.is_empty()
        && whole.bytes().all(|b| b.is_ascii_digit())
        && (whole.len() == 1 || !whole.starts_with('0'))
}

fn integer(field: &str) -> Option<Seen> {
    let digits = field.strip_prefix('-').unwrap_or(field);
    let is_zero = digits == "0" && field.len() == 2;
    let value: i128 = field
        .parse()
        .ok()
        .filter(|_| is_plain(digits) && !is_zero)?;
    let fits = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value);
    fits.then(|| Seen {
        whole: digits.len() as u16,
        ..Seen::of_value(value as f64)
    })
}

fn decimal(field: &str) -> Option<Seen> {
    let bare = field.strip_prefix('-').unwrap_or(field);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, "0"));
    let is_number = (whole.is_empty() || is_plain(whole))
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(())?;
    number::decimal(field.as_bytes(), 65, 30, false).ok()?;
    let may_be_group = (1..=3).contains(&whole.len()) && whole != "0" && fraction.len() == 3;
    Some(Seen {
        is_clear: bare.contains('.') && !may_be_group,
        ..Seen::of_digits(field)
    })
}

fn double(field: &str) -> Option<Seen> {
    let bare = field.strip_prefix('-').unwrap_or(field);
    let whole = bare.split(['.', 'e', 'E']).next().unwrap_or_default();
    let is_number = whole.is_empty() || is_plain(whole);
    let value = number::double(field.as_bytes(), false).ok()?;
    let digits = bare.split(['e', 'E']).next().unwrap_or_default();
    is_number.then(|| Seen {
        significant: Seen::of_digits(digits).significant,
        ..Seen::of_value(value)
    })
}

fn truth(field: &str) -> Option<Seen> {
    let is_true = boolean::boolean(field.as_bytes()).ok()?;
    Some(Seen {
        flags: if is_true { 1 } else { 2 },
        ..Seen::default()
    })
}

/// A number in another style. Zeros before a group of thousands are no number in that style.
fn styled(style: &NumberStyle, field: &str) -> Option<Seen> {
    let bare: &str = field.trim_matches(|c: char| UNITS.contains(&c) || " -".contains(c));
    let begins = bare.chars().next()?;
    if !(begins.is_ascii_digit() || style.decimal == Some(begins)) {
        return None;
    }
    let has_units = !style.strip.is_empty();
    let flags = match has_units {
        true => units_of(field),
        false => 0,
    };
    let whole = bare.split(style.decimal_mark()).next().unwrap_or_default();
    let first = whole.split(|c: char| !c.is_ascii_digit()).next()?;
    let is_code = first.starts_with('0') && whole.len() > 1;
    if is_code {
        return None;
    }
    let text = in_canonical_form(style, field)?;
    let (_, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let marks = [style.thousands, style.decimal].into_iter().flatten();
    let marks: usize = marks.map(|mark| bare.matches(mark).count()).sum();
    let is_three = fraction.len() == 3 && (1..=3).contains(&whole.len());
    let is_one_group = fraction.is_empty() && marks == 1;
    let is_clear = marks > 0 && !(is_one_group || is_three && marks == 1 && whole != "0");
    Some(Seen {
        flags,
        is_clear,
        ..Seen::of_digits(&text)
    })
}

fn units_of(field: &str) -> u8 {
    let units = UNITS.iter().enumerate();
    let seen = units.filter(|(_, unit)| field.contains(**unit));
    seen.fold(0, |bits, (at, _)| bits | 1 << at)
}

/// The number that `clean` reads in a style, without zeros at its end.
fn in_canonical_form(style: &NumberStyle, field: &str) -> Option<String> {
    let kind = ColumnType::Decimal {
        precision: 65,
        scale: 30,
        unsigned: false,
    };
    let layout = Layout::new([&kind]);
    let column = trial_column(kind, style);
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    clean_value(&column, field.as_bytes(), &mut batch).ok()?;
    match batch.pending_value(0) {
        Value::Decimal(text) => {
            let bare = text.trim_end_matches('0').trim_end_matches('.');
            let kept = written_fraction(style, field);
            let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
            Some(match kept.max(fraction.len()) {
                0 => whole.to_owned(),
                digits => format!("{whole}.{fraction:0<digits$}"),
            })
        }
        _ => None,
    }
}

/// Digits after the decimal mark as they are written, zeros included.
fn written_fraction(style: &NumberStyle, field: &str) -> usize {
    let (_, fraction) = field.rsplit_once(style.decimal_mark()).unwrap_or_default();
    fraction.bytes().take_while(u8::is_ascii_digit).count()
}

fn trial_column(kind: ColumnType, style: &NumberStyle) -> Column {
    let format = ValueFormat {
        numbers: style.clone(),
        ..ValueFormat::default()
    };
    Column {
        format: Some(format.into()),
        ..plain_column("", kind)
    }
}

/// A nullable column without anything else.
pub(crate) fn plain_column(name: &str, kind: ColumnType) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        nullable: true,
        default: None,
        auto_increment: false,
        zero_filled: false,
        generated: false,
        charset: None,
        collation: None,
        comment: String::new(),
        decode: model::schema::Decode::default(),
        generates_ids: false,
        zero_dates: model::schema::ZeroDates::default(),
        format: None,
        json: None,
    }
}

#[cfg(test)]
mod tests;
