//! Readings: the ways to interpret all values of a column as one type. Each value is tried in the
//! readings that all values before it fit, with the rules of `clean`. A reading that remains at the
//! end can therefore load the column without rejects.

pub(crate) mod moments;
mod numbers;
mod told;

use std::sync::LazyLock;

use clean::{boolean, json, uuid};
use model::schema::{Column, ColumnType, DateFormat, DateOrder, DateStyle, NumberStyle};

pub(crate) use numbers::{NO_UNIT, are_rounded_in_json as has_rounded_numbers};
pub(crate) use told::{Told, ToldKind};

/// One reading: a way to interpret the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A whole number in digits, without leading zeros or a plus sign.
    Integer,
    /// A number with a decimal point.
    Decimal,
    /// A number that may have an exponent.
    Double,
    /// A word for true or false.
    Truth,
    /// A UUID with dashes.
    Uuid,
    /// A JSON object or array.
    Json,
    /// A time of day or a duration.
    Time,
    /// A date without a time.
    Date(DateStyle),
    /// A date and time.
    Moment(DateStyle),
    /// A date with a two-digit year. This reading is never chosen, because it leaves the century
    /// open.
    ShortYear(DateStyle),
    /// A number with other decimal or thousands marks, or with a unit.
    Styled(NumberStyle),
    /// A value written as the user's settings say.
    Told(ToldKind),
}

/// Currency signs and units that may precede or follow a number.
pub(crate) const UNITS: [char; 5] = ['$', '\u{20ac}', '\u{a3}', '\u{a5}', '%'];

/// Date formats that programs write and that only a setting can read.
const FORMATS: [&str; 7] = [
    "%a %b %e %H:%M:%S %Y",
    "%a %b %e %H:%M:%S %z %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y:%m:%d %H:%M:%S",
    "%Y-%m-%d %H.%M.%S",
    "%Y-%m-%d-%H.%M.%S.%f",
    "%Y-%m-%d %H:%M:%S:%f",
];

/// The position of [`Reading::Json`] in [`READINGS`].
pub(crate) const JSON: usize = 5;

/// All readings; the position of each is its bit in [`Profile::failed`](crate::profile::Profile).
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
    readings.extend(styles().map(Reading::Styled));
    readings.extend(ToldKind::ALL.map(Reading::Told));
    readings
}

/// The styles of numbers: each pair of marks, then also with units, then also in parentheses.
fn styles() -> impl Iterator<Item = NumberStyle> {
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
    let with_units = move |marks| NumberStyle {
        strip: UNITS.iter().collect(),
        ..style(marks)
    };
    let in_parentheses = move |marks| NumberStyle {
        parentheses: true,
        ..with_units(marks)
    };
    let bare = marks.into_iter().map(style);
    let units = std::iter::once((None, Some('.'))).chain(marks);
    let accounts = marks.into_iter().take(2).map(in_parentheses);
    bare.chain(units.map(with_units)).chain(accounts)
}

/// Properties of one value in a reading, or of several values together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// Number of digits before the decimal mark.
    pub(crate) whole: u16,
    /// Number of digits after the decimal mark, or digits of the fraction of the second.
    pub(crate) fraction: u16,
    /// Number of all digits, without leading and trailing zeros.
    pub(crate) significant: u16,
    /// The fewest digits after the decimal mark among the numbers that have such a mark.
    pub(crate) shortest: u16,
    /// Whether a number has zeros at the end of its fraction, as in `1.50`.
    pub(crate) is_padded: bool,
    /// Whether the fraction of a number begins with a zero, as in `1.05`.
    pub(crate) has_zero_led: bool,
    /// Whether a DOUBLE does not keep all digits of some number.
    pub(crate) is_lossy: bool,
    /// Whether a value may also be a code or a version.
    pub(crate) is_code: bool,
    /// Whether a value is negative.
    pub(crate) is_negative: bool,
    /// Whether one number by itself shows what its point or comma means.
    pub(crate) is_clear: bool,
    /// The meaning of the bits depends on the reading. Numbers: units, in the order of [`UNITS`],
    /// then [`NO_UNIT`]. Booleans: true (1) and false (2). JSON: an object has a name twice (1).
    /// Dates and times: the constants of [`moments`].
    pub(crate) flags: u8,
    /// Number of digits of the fractional second: 0, 3 or 6.
    pub(crate) precision: u8,
    /// The smallest value: a number, microseconds since the epoch, or microseconds of a time.
    pub(crate) least: f64,
    /// The largest value, in the same unit.
    pub(crate) greatest: f64,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            whole: 0,
            fraction: 0,
            significant: 0,
            shortest: u16::MAX,
            is_padded: false,
            has_zero_led: false,
            is_lossy: false,
            is_code: false,
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
    /// Adds the properties of other values.
    pub(crate) fn add(&mut self, other: &Seen) {
        self.whole = self.whole.max(other.whole);
        self.fraction = self.fraction.max(other.fraction);
        self.significant = self.significant.max(other.significant);
        self.shortest = self.shortest.min(other.shortest);
        self.is_padded |= other.is_padded;
        self.has_zero_led |= other.has_zero_led;
        self.is_lossy |= other.is_lossy;
        self.is_code |= other.is_code;
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

    /// The properties of a number's digits, which are in the canonical form of DECIMAL or as in the
    /// file.
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
    /// The properties of a value in this reading without any settings; `None` if it does not fit.
    pub(crate) fn read(&self, field: &str) -> Option<Seen> {
        self.read_as(&Told::default(), field)
    }

    /// The properties of a value in this reading; `None` if the value does not fit. Blanks at its
    /// ends are ignored.
    pub(crate) fn read_as(&self, told: &Told, field: &str) -> Option<Seen> {
        let bytes = field.as_bytes();
        match self {
            Reading::Told(kind) => kind.read(told, field),
            Reading::Integer => numbers::integer(field),
            Reading::Decimal => numbers::decimal(field),
            Reading::Double => numbers::double(field),
            Reading::Truth => truth(field),
            Reading::Uuid => {
                let is_one = bytes.len() == 36 && uuid::value(bytes).is_ok();
                is_one.then(Seen::default)
            }
            Reading::Json => document(field),
            Reading::Time => moments::time_of_day(field),
            Reading::Date(style) => moments::day(style, field),
            Reading::Moment(style) | Reading::ShortYear(style) => moments::date_time(style, field),
            Reading::Styled(style) => numbers::styled(style, field),
        }
    }
}

/// Finds what MySQL's JSON type would not keep of an object or array: repeated names and long
/// numbers.
pub(crate) fn document(field: &str) -> Option<Seen> {
    let is_nested = field.starts_with(['{', '[']);
    let repeats = json::repeats_a_name(field.as_bytes()).ok();
    Some(Seen {
        is_lossy: has_rounded_numbers(field),
        flags: repeats.filter(|_| is_nested)?.into(),
        ..Seen::default()
    })
}

fn truth(field: &str) -> Option<Seen> {
    let is_true = boolean::boolean(field.as_bytes()).ok()?;
    Some(Seen {
        flags: if is_true { 1 } else { 2 },
        ..Seen::default()
    })
}

/// A nullable column without other attributes.
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
