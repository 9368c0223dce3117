//! Values of DEFAULT, converted to the form in `information_schema`: in a DECIMAL(5,2), `1.5`
//! becomes `1.50`.

mod moments;
mod stored;

use super::cursor::Cursor;
use super::spelling::is_introducer;
use super::{Result, bytes};
use crate::statements::Token;
use model::flavour::Flavour;

pub(super) use stored::stored;

/// The value of a DEFAULT as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Default {
    Null,
    /// A number with its sign.
    Number(String),
    Text(String),
    /// The bytes of a literal such as `b'01'` or `0x41`.
    Bytes(Vec<u8>),
    /// CURRENT_TIMESTAMP, with the number of digits of its fraction.
    Now(u64),
    Expression(String),
}

/// Aliases of CURRENT_TIMESTAMP.
pub(super) const NOW: [&str; 4] = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];

/// Parses the value of a DEFAULT.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Default> {
    if cursor.is_sign('(') {
        let start = cursor.at();
        let inner = cursor.parentheses()?;
        let (end, after) = (inner.end, cursor.at());
        // MariaDB treats a literal in parentheses like one without
        if cursor.flavour == Flavour::MariaDb {
            cursor.go_to(start + 1);
            let alone = simple(cursor)?.filter(|_| cursor.at() == end);
            cursor.go_to(after);
            if let Some(value) = alone {
                return Ok(value);
            }
        }
        return Ok(Default::Expression(cursor.text(inner)));
    }
    match simple(cursor)? {
        Some(value) => Ok(value),
        None => call(cursor),
    }
}

/// Parses a literal or CURRENT_TIMESTAMP. `None` if something else follows.
fn simple(cursor: &mut Cursor<'_>) -> Result<Option<Default>> {
    if let Some(text) = literal(cursor) {
        return Ok(Some(text));
    }
    let negative = cursor.is_sign('-');
    if negative || cursor.is_sign('+') {
        cursor.next();
        let sign = if negative { "-" } else { "" };
        if let Some(number) = cursor.number() {
            return Ok(Some(Default::Number(format!("{sign}{number}"))));
        }
        let text = cursor.expect_string()?;
        return Ok(Some(Default::Number(format!("{sign}{text}"))));
    }
    if let Some(number) = cursor.number() {
        return Ok(Some(Default::Number(number)));
    }
    for (word, value) in [("TRUE", "1"), ("FALSE", "0")] {
        if cursor.eat(word) {
            return Ok(Some(Default::Number(value.to_owned())));
        }
    }
    if cursor.eat("NULL") {
        return Ok(Some(Default::Null));
    }
    Ok(now(cursor)?.map(Default::Now))
}

/// Parses CURRENT_TIMESTAMP(3), NOW() and the other aliases. Returns the number of digits of the
/// fraction.
pub(super) fn now(cursor: &mut Cursor<'_>) -> Result<Option<u64>> {
    if cursor.eat_any(&NOW).is_none() {
        return Ok(None);
    }
    let mut digits = 0;
    if cursor.eat_sign('(') {
        if !cursor.is_sign(')') {
            digits = cursor.whole_number()?;
        }
        cursor.expect_sign(')')?;
    }
    Ok(Some(digits))
}

/// Parses a text in quotes or a literal of bytes, with its introducer.
fn literal(cursor: &mut Cursor<'_>) -> Option<Default> {
    if let Some(text) = cursor.string() {
        return Some(Default::Text(text));
    }
    if let Some(bytes) = bytes::read(cursor) {
        return Some(Default::Bytes(bytes));
    }
    let word = cursor.peek().and_then(Token::name)?.to_ascii_lowercase();
    let is_type = ["date", "time", "timestamp"].contains(&&*word);
    if !is_type && !is_introducer(&word) {
        return None;
    }
    if cursor.is_string_ahead(1) {
        cursor.next();
        return cursor.string().map(Default::Text);
    }
    let start = cursor.at();
    cursor.next();
    let bytes = bytes::read(cursor).filter(|_| !is_type);
    if bytes.is_none() {
        cursor.go_to(start);
    }
    Some(Default::Text(bytes::decoded(&bytes?, Some(&word[1..]))))
}

/// Parses a function. MariaDB accepts it without parentheses around it.
fn call(cursor: &mut Cursor<'_>) -> Result<Default> {
    let from = cursor.at();
    let is_of_sequence = cursor.is("NEXT") || cursor.is("NEXTVAL");
    cursor.name()?;
    if is_of_sequence && cursor.eat_all(&["VALUE", "FOR"]) {
        cursor.name()?;
    }
    while cursor.eat_sign('.') {
        cursor.name()?;
    }
    if cursor.is_sign('(') {
        cursor.parentheses()?;
    }
    Ok(Default::Expression(cursor.text(from..cursor.at())))
}
