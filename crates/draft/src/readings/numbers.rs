//! Interprets texts as numbers, and finds out whether a column type would change how they are
//! written.

use clean::{clean_value, number};
use model::batch::{Batch, BatchSize, Layout, Value};
use model::schema::{Column, ColumnType, NumberStyle, ValueFormat};

use super::{Seen, UNITS, plain_column};

/// A DOUBLE keeps every number of at most this many significant digits.
const DIGITS_OF_EVERY_DOUBLE: u16 = 15;

/// Maximum number of digits of a whole number that may be a DECIMAL.
const MOST_DIGITS: usize = 65;

/// The smallest exponent that a program such as MySQL writes without a sign after the E.
const LEAST_BARE_EXPONENT: u32 = 15;

/// Number of digits that spreadsheets show after the point of a long number.
const SHOWN_DECIMALS: u8 = 5;

/// Whether the digits before the point are written as programs write a number. A code such as `007`
/// and a telephone number such as `+49` are texts.
fn is_plain(whole: &str) -> bool {
    !whole.is_empty()
        && whole.bytes().all(|b| b.is_ascii_digit())
        && (whole.len() == 1 || !whole.starts_with('0'))
}

pub(super) fn integer(field: &str) -> Option<Seen> {
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

pub(super) fn decimal(field: &str) -> Option<Seen> {
    let bare = field.strip_prefix('-').unwrap_or(field);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, "0"));
    let is_number = (whole.is_empty() || is_plain(whole))
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(())?;
    // a DECIMAL with this many decimals must have room for the digits before the point
    let scale = fraction.trim_end_matches('0').len().min(30) as u8;
    number::decimal(field.as_bytes(), 65, scale, false).ok()?;
    let may_be_group = (1..=3).contains(&whole.len()) && whole != "0" && fraction.len() == 3;
    let written = if bare.contains('.') { fraction } else { "" };
    Some(Seen {
        is_clear: bare.contains('.') && !may_be_group,
        ..with_zeros(Seen::of_digits(field), written)
    })
}

pub(super) fn double(field: &str) -> Option<Seen> {
    let bare = field.strip_prefix('-').unwrap_or(field);
    let whole = bare.split(['.', 'e', 'E']).next().unwrap_or_default();
    let is_number = whole.is_empty() || is_plain(whole);
    let value = number::double(field.as_bytes(), false).ok()?;
    let digits = bare.split(['e', 'E']).next().unwrap_or_default();
    let seen = Seen::of_digits(digits);
    let is_code = is_code_with_exponent(bare);
    is_number.then(|| Seen {
        significant: seen.significant,
        is_lossy: whole.len() > MOST_DIGITS || is_rounded(digits, seen.significant, value),
        is_code,
        flags: u8::from(is_cut_off(field)),
        // a point or a minus shows that the text is not a code of digits and the letter E
        is_clear: !is_code && field.contains(['.', 'e', 'E', '-']),
        ..Seen::of_value(value)
    })
}

/// Whether a number with an exponent may be a code of hexadecimal digits, because it is written in
/// a way that programs do not use for numbers, such as `10e0` and `1E5`.
fn is_code_with_exponent(bare: &str) -> bool {
    let Some((digits, exponent)) = bare.split_once(['e', 'E']) else {
        return false;
    };
    let has_no_sign = exponent.bytes().all(|b| b.is_ascii_digit());
    let is_large = exponent
        .parse()
        .is_ok_and(|e: u32| e >= LEAST_BARE_EXPONENT);
    let is_of_program = digits.len() == 1 && is_large && !exponent.starts_with('0');
    has_no_sign && !digits.contains('.') && !is_of_program
}

/// Whether a number is written as a spreadsheet shows a longer number in a narrow cell, such as
/// `1.23457E+11`: with six digits and an exponent that shows that there were more digits.
fn is_cut_off(field: &str) -> bool {
    let bare = field.strip_prefix('-').unwrap_or(field);
    let Some((digits, exponent)) = bare.split_once("E+") else {
        return false;
    };
    let is_large = exponent.len() == 2 && exponent.parse().is_ok_and(|e: u8| e > SHOWN_DECIMALS);
    let (whole, fraction) = digits.split_once('.').unwrap_or_default();
    is_large && whole.len() == 1 && fraction.len() == usize::from(SHOWN_DECIMALS)
}

/// Whether a DOUBLE changes the digits of a number.
fn is_rounded(digits: &str, significant: u16, value: f64) -> bool {
    let is_normal = value.is_normal() || significant == 0;
    if is_normal && significant <= DIGITS_OF_EVERY_DOUBLE {
        return false;
    }
    let bare = |text: &str| -> String {
        let digits = text.chars().filter(char::is_ascii_digit);
        digits.collect::<String>().trim_matches('0').to_owned()
    };
    let kept = format!("{value:e}");
    let (kept, _) = kept.split_once('e').unwrap_or((&kept, ""));
    bare(kept) != bare(digits)
}

/// Whether a JSON document has a number whose digits MySQL's JSON type does not keep. That type
/// stores whole numbers in 64 bits and all other numbers as DOUBLE.
pub(crate) fn are_rounded_in_json(document: &str) -> bool {
    // only text outside quotes counts; a quote after a backslash does not end a text
    let (mut in_text, mut is_escaped) = (false, false);
    let outside = document.split(|c: char| {
        let is_quote = c == '"' && !is_escaped;
        in_text ^= is_quote;
        is_escaped = in_text && c == '\\' && !is_escaped;
        in_text || is_quote || !(c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let mut numbers = outside.filter(|word| word.len() > usize::from(DIGITS_OF_EVERY_DOUBLE));
    numbers.any(|word| {
        let is_whole = word.parse::<i64>().is_ok() || word.parse::<u64>().is_ok();
        let digits = word.trim_start_matches('-').split(['e', 'E']).next();
        let digits = digits.unwrap_or_default();
        let significant = Seen::of_digits(digits).significant;
        let value: Option<f64> = word.parse().ok();
        !is_whole && value.is_some_and(|value| is_rounded(digits, significant, value))
    })
}

/// Adds to `seen` what the digits after the decimal mark show: how many there are, and whether
/// zeros are added at the end, as in `1.50`, or lead, as in `1.05`.
pub(super) fn with_zeros(seen: Seen, fraction: &str) -> Seen {
    match fraction.is_empty() {
        true => seen,
        false => Seen {
            shortest: fraction.len() as u16,
            is_padded: fraction.len() > 1 && fraction.ends_with('0'),
            has_zero_led: fraction.len() > 1 && fraction.starts_with('0'),
            ..seen
        },
    }
}

/// Reads a number in this style. A text with leading zeros before a thousands group is no number.
pub(super) fn styled(style: &NumberStyle, field: &str) -> Option<Seen> {
    let signs = if style.parentheses { " -()" } else { " -" };
    let bare: &str = field.trim_matches(|c: char| UNITS.contains(&c) || signs.contains(c));
    let begins = bare.chars().next()?;
    if !(begins.is_ascii_digit() || style.decimal == Some(begins)) {
        return None;
    }
    let digits = field.trim_end_matches(|c: char| UNITS.contains(&c) || c == ' ');
    // `10,000+` means more than 10,000, so it is no exact number
    if digits.ends_with('+') {
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
    let text = match is_canonical(style, field) {
        true => field.to_owned(),
        false => in_canonical_form(style, field)?,
    };
    let (_, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let marks = [style.thousands, style.decimal].into_iter().flatten();
    let marks: usize = marks.map(|mark| bare.matches(mark).count()).sum();
    let is_three = fraction.len() == 3 && (1..=3).contains(&whole.len());
    let is_one_group = fraction.is_empty() && marks == 1;
    let is_clear = marks > 0 && !(is_one_group || is_three && marks == 1 && whole != "0");
    Some(Seen {
        flags,
        is_clear,
        is_code: digits.ends_with('-'),
        ..with_zeros(Seen::of_digits(&text), fraction)
    })
}

/// Whether a number is in canonical form and can have no other meaning in this style. This holds
/// for most numbers, so that `clean` does not need to read them.
fn is_canonical(style: &NumberStyle, field: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = field.split_once('.').unwrap_or((field, "0"));
    let is_short = (1..=30).contains(&whole.len()) && (1..=30).contains(&fraction.len());
    let has_point = field.contains('.');
    // a number that may have thousands groups is left to `clean`, which knows their rules
    let has_no_group = style.thousands.is_none() || whole.len() <= 3;
    is_short
        && has_no_group
        && digits(whole)
        && digits(fraction)
        && !(has_point && style.decimal_mark() != '.')
}

/// The bit of [`Seen::flags`] of a number without a unit.
pub(crate) const NO_UNIT: u8 = 1 << UNITS.len();

fn units_of(field: &str) -> u8 {
    let units = UNITS.iter().enumerate();
    let seen = units.filter(|(_, unit)| field.contains(**unit));
    match seen.fold(0, |bits, (at, _)| bits | 1 << at) {
        0 => NO_UNIT,
        bits => bits,
    }
}

/// The number as `clean` reads it in this style, without zeros at the end of its fraction.
pub(super) fn in_canonical_form(style: &NumberStyle, field: &str) -> Option<String> {
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

/// Number of digits after the decimal mark as written, including zeros.
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
