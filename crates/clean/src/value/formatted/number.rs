//! Converts numbers in the style of their column to the form that the rules for numbers read.

use std::borrow::Cow;

use super::super::clean_plain;
use super::is_null_word;
use crate::Fault;
use crate::number::rounded_decimal;
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::schema::{APOSTROPHES, BLANKS, Column, ColumnType, Factor, NumberStyle};

/// The typographic minus sign, U+2212.
const MINUS: char = '\u{2212}';

/// The largest exponent with which a scaled number is written out in digits. A number with a larger
/// exponent is written in exponent form.
const LONGEST: i64 = 400;

/// The number with a decimal point, and without everything that the style adds.
///
/// # Errors
///
/// `not_an_integer`, `not_a_number`: the field is not written in this style.
pub(super) fn plain<'a>(
    style: &NumberStyle,
    kind: &ColumnType,
    field: &'a [u8],
) -> Result<Cow<'a, [u8]>, Fault> {
    if !style.changes_spelling() {
        return Ok(Cow::Borrowed(field));
    }
    let parts = std::str::from_utf8(field).ok();
    let parts = parts.and_then(|text| Parts::read(style, text));
    let parts = parts.ok_or_else(|| malformed(style, kind))?;
    Ok(Cow::Owned(match style.scale {
        Some(factor) => parts.scaled(factor).into_bytes(),
        None => parts.text().into_bytes(),
    }))
}

fn malformed(style: &NumberStyle, kind: &ColumnType) -> Fault {
    let decimal = style.decimal_mark();
    let example = match (style.thousands, kind) {
        (Some(mark), ColumnType::Integer { .. }) => format!("1{mark}234"),
        (None, ColumnType::Integer { .. }) => "12".to_owned(),
        (Some(mark), _) => format!("1{mark}234{decimal}5"),
        (None, _) => format!("12{decimal}5"),
    };
    match kind {
        ColumnType::Integer { .. } => Fault::new(
            Rule::NotAnInteger,
            format!("expected an integer such as {example}"),
        ),
        _ => Fault::new(
            Rule::NotANumber,
            format!("expected a number such as {example}"),
        ),
    }
}

/// The parts of a number.
#[derive(Debug)]
struct Parts<'a> {
    negative: bool,
    integer: String,
    fraction: &'a str,
    /// The exponent with its `e`. Empty if there is none.
    exponent: &'a str,
}

impl<'a> Parts<'a> {
    fn read(style: &NumberStyle, text: &'a str) -> Option<Parts<'a>> {
        let (negative, text) = bare(style, text)?;
        let (text, exponent) = match text.find(['e', 'E']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (integer, fraction) = text.split_once(style.decimal_mark()).unwrap_or((text, ""));
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let integer = match style.thousands {
            Some(mark) if !is_digits(integer) => joined(integer, mark)?,
            _ => integer.to_owned(),
        };
        let has_digits = !(integer.is_empty() && fraction.is_empty());
        (has_digits && is_digits(&integer) && is_digits(fraction)).then_some(Parts {
            negative,
            integer,
            fraction,
            exponent,
        })
    }

    fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let point = if self.fraction.is_empty() { "" } else { "." };
        format!(
            "{sign}{}{point}{}{}",
            self.integer, self.fraction, self.exponent
        )
    }

    /// The text of the number multiplied by `factor`, in digits, or in exponent form if there would
    /// be too many digits.
    fn scaled(&self, factor: Factor) -> String {
        let Some(exponent) = self.exponent_value() else {
            return self.text();
        };
        let sign = if self.negative { "-" } else { "" };
        let digits = product(&[&self.integer, self.fraction].concat(), factor.digits);
        let exponent = exponent - self.fraction.len() as i64 + i64::from(factor.exponent);
        match usize::try_from(-exponent) {
            _ if exponent.abs() > LONGEST => format!("{sign}{digits}e{exponent}"),
            Err(_) | Ok(0) => format!("{sign}{digits}{}", "0".repeat(exponent as usize)),
            Ok(places) => {
                let digits = format!("{digits:0>width$}", width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                format!("{sign}{whole}.{fraction}")
            }
        }
    }

    /// The exponent as a number. `None` if it is not valid; then the rule of the type rejects the
    /// text.
    fn exponent_value(&self) -> Option<i64> {
        match self.exponent.get(1..) {
            None => Some(0),
            Some(digits) => digits.parse::<i32>().ok().map(i64::from),
        }
    }
}

/// The sign of a number, and the number without its sign, stripped characters and parentheses.
fn bare<'a>(style: &NumberStyle, text: &'a str) -> Option<(bool, &'a str)> {
    let is_stripped = |c: char| style.strip.contains(c);
    let (mut sign, mut rest) = (None, text.trim_matches(BLANKS));
    loop {
        let before = rest.len();
        let stripped = rest.trim_matches(is_stripped);
        if stripped.len() < before {
            // remove blanks between the number and its unit
            rest = stripped.trim_matches(BLANKS);
        }
        if sign.is_none() {
            let inner = rest
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'));
            (sign, rest) = match inner {
                Some(inner) if style.parentheses => (Some(true), inner.trim_matches(BLANKS)),
                _ => signed(rest),
            };
        }
        if rest.len() == before {
            return (!rest.is_empty()).then_some((sign == Some(true), rest));
        }
    }
}

/// The sign at the start or the end of a number, and the number without its sign and the blanks
/// next to it.
fn signed(text: &str) -> (Option<bool>, &str) {
    for (sign, negative) in [('-', true), (MINUS, true), ('+', false)] {
        let bare = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
        if let Some(bare) = bare {
            return (Some(negative), bare.trim_end_matches(BLANKS));
        }
    }
    (None, text)
}

/// Joins groups of three digits. `None` if a group has another number of digits, or if the
/// separators differ.
fn joined(text: &str, mark: char) -> Option<String> {
    let alike: &[char] = match mark {
        mark if BLANKS.contains(&mark) => &BLANKS,
        mark if APOSTROPHES.contains(&mark) => &APOSTROPHES,
        _ => std::slice::from_ref(&mark),
    };
    let separator = text.chars().find(|c| alike.contains(c))?;
    let mut groups = text.split(separator);
    let first = groups
        .next()
        .filter(|first| (1..=3).contains(&first.len()))?;
    groups.all(|group| group.len() == 3).then_some(())?;
    let digits = text.replace(separator, "");
    let is_well_formed = digits.bytes().all(|b| b.is_ascii_digit());
    (is_well_formed && !first.is_empty()).then_some(digits)
}

/// Multiplies a decimal number by an integer.
fn product(digits: &str, by: u64) -> String {
    let mut carry = 0u128;
    let mut reversed: Vec<u8> = Vec::with_capacity(digits.len() + 20);
    for digit in digits.bytes().rev() {
        carry += u128::from(digit - b'0') * u128::from(by);
        reversed.push(b'0' + (carry % 10) as u8);
        carry /= 10;
    }
    while carry > 0 {
        reversed.push(b'0' + (carry % 10) as u8);
        carry /= 10;
    }
    reversed.iter().rev().copied().map(char::from).collect()
}

/// Adds a DECIMAL, rounded to the digits that the column can store.
pub(super) fn push_rounded(column: &Column, field: &[u8], batch: &mut Batch) -> Result<(), Fault> {
    let ColumnType::Decimal {
        precision,
        scale,
        unsigned,
    } = column.kind
    else {
        return clean_plain(column, field, batch);
    };
    let (text, _) = rounded_decimal(field, precision, scale, unsigned)?;
    batch.push(Value::Decimal(&text));
    Ok(())
}

/// Whether a field that is accepted is changed by rounding.
pub fn is_rounded(column: &Column, field: &[u8]) -> bool {
    let (
        Some(format),
        ColumnType::Decimal {
            precision,
            scale,
            unsigned,
        },
    ) = (&column.format, &column.kind)
    else {
        return false;
    };
    let field = field.trim_ascii();
    if !format.numbers.round || is_null_word(format, field) {
        return false;
    }
    let rounded = plain(&format.numbers, &column.kind, field)
        .and_then(|field| rounded_decimal(&field, *precision, *scale, *unsigned));
    rounded.is_ok_and(|(_, is_changed)| is_changed)
}
