//! Converts fields of columns with format settings. A field is either rewritten to a form that the
//! rule of the column's type reads, or it is read with a rule for this format.

mod number;

use std::borrow::Cow;

use super::{clean_plain, is_of_dates, means_null, push_null, push_value};
use crate::{Fault, boolean, integer, time, timestamp};
use model::batch::{Batch, Value};
use model::rejection::Rule;
use model::schema::{
    Case, Column, ColumnType, DateStyle, NumberStyle, TextStyle, TruthWords, ValueFormat,
};

pub use number::is_rounded;

/// Converts one field to a value of its column's type, and adds it to the batch.
pub(crate) fn clean_value(
    column: &Column,
    format: &ValueFormat,
    field: &[u8],
    batch: &mut Batch,
) -> Result<(), Fault> {
    if column.kind.is_text() {
        let text = trimmed(format.text, field);
        let is_word = format.text.keep_null && text.eq_ignore_ascii_case(b"null");
        return match is_null_word(format, field) || is_null_word(format, text) {
            true => push_null(column, batch),
            false if is_word => push_value(column, &in_case(format.text, text), batch),
            false => clean_plain(column, &in_case(format.text, text), batch),
        };
    }
    // the trimmed field is compared with words; the rules for columns without settings trim
    // insignificant blanks themselves
    let bare = field.trim_ascii();
    if is_null_word(format, bare) {
        return push_null(column, batch);
    }
    let is_zero_date = is_of_dates(&column.kind) && timestamp::is_zero(bare);
    if means_null(bare) || is_zero_date {
        return clean_plain(column, field, batch);
    }
    let value = match &column.kind {
        ColumnType::Date if has_style(&format.dates) => {
            Value::Date(timestamp::date_in(&format.dates, bare)?)
        }
        ColumnType::DateTime { precision } if has_style(&format.dates) => {
            Value::DateTime(timestamp::datetime_in(&format.dates, bare, *precision)?)
        }
        ColumnType::Timestamp { precision } if has_style(&format.dates) => {
            Value::DateTime(timestamp::timestamp_in(&format.dates, bare, *precision)?)
        }
        ColumnType::Time { precision } if has_style(&format.dates) => {
            Value::Time(time::time_in(&format.dates.formats, bare, *precision)?)
        }
        ColumnType::Year => Value::Year(time::year(bare, format.dates.pivot)?),
        ColumnType::Boolean => Value::Int(truth_or_integer(&format.truth, bare)?),
        ColumnType::Bit { bits: 1 } => match word(&format.truth, bare) {
            Some(truth) => Value::UInt(truth.into()),
            None => return clean_plain(column, field, batch),
        },
        kind if format.numbers != NumberStyle::default() => {
            let number = number::plain(&format.numbers, kind, bare)?;
            return match format.numbers.round {
                true => number::push_rounded(column, &number, batch),
                false => clean_plain(column, &number, batch),
            };
        }
        _ => return clean_plain(column, field, batch),
    };
    batch.push(value);
    Ok(())
}

pub(super) fn is_null_word(format: &ValueFormat, field: &[u8]) -> bool {
    format.nulls.iter().any(|word| word.as_bytes() == field)
}

fn has_style(dates: &DateStyle) -> bool {
    *dates != DateStyle::default()
}

/// The text without surrounding blanks, if the style trims them. A text that is not UTF-8 is
/// returned unchanged; the rule of the type rejects it.
fn trimmed(style: TextStyle, field: &[u8]) -> &[u8] {
    match simdutf8::basic::from_utf8(field) {
        Ok(text) if style.trim => text.trim().as_bytes(),
        _ => field,
    }
}

/// The text in upper or lower case, if the style sets one.
fn in_case(style: TextStyle, field: &[u8]) -> Cow<'_, [u8]> {
    match (style.case, simdutf8::basic::from_utf8(field)) {
        (Some(Case::Lower), Ok(text)) => Cow::Owned(text.to_lowercase().into_bytes()),
        (Some(Case::Upper), Ok(text)) => Cow::Owned(text.to_uppercase().into_bytes()),
        _ => Cow::Borrowed(field),
    }
}

/// True or false, if the field is one of the words for them.
fn word(words: &TruthWords, field: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(field).ok()?;
    let is_same = |word: &String| {
        word.eq_ignore_ascii_case(text)
            || !text.is_ascii() && word.to_lowercase() == text.to_lowercase()
    };
    let is_in = |words: &[String]| words.iter().any(is_same);
    match (is_in(&words.yes), is_in(&words.no)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// The value of a TINYINT(1): true or false, or also a small number if the settings allow it.
fn truth_or_integer(words: &TruthWords, field: &[u8]) -> Result<i64, Fault> {
    let truth = truth(words, field).map(i64::from);
    match (truth, words.or_integers) {
        (Err(no_word), true) => integer::signed(field, 8).map_err(|fault| match fault.rule {
            Rule::OutOfRange => fault,
            _ => no_word,
        }),
        (truth, _) => truth,
    }
}

fn truth(words: &TruthWords, field: &[u8]) -> Result<bool, Fault> {
    if let Some(truth) = word(words, field) {
        return Ok(truth);
    }
    boolean::boolean(field).map_err(|fault| {
        let words = [words.yes.join(", "), words.no.join(", ")].join(", ");
        let words = words.trim_matches([',', ' ']);
        match words.is_empty() {
            true => fault,
            false => Fault::new(Rule::NotABoolean, format!("{}, or {words}", fault.message)),
        }
    })
}

#[cfg(test)]
mod tests;
