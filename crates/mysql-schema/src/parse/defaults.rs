//! Values of DEFAULT, as `information_schema` has them: `1.5` is `1.50` in a DECIMAL(5,2).

mod moments;
mod stored;

use super::Result;
use super::cursor::Cursor;
use super::spelling::is_introducer;
use crate::statements::Token;
use model::flavour::Flavour;

pub(super) use stored::stored;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Default {
    Null,
    /// A number with its sign.
    Number(String),
    Text(String),
    /// `b'01'` and `0x41`: the bytes.
    Bytes(Vec<u8>),
    /// CURRENT_TIMESTAMP, with the digits of its fraction.
    Now(u64),
    Expression(String),
}

/// Aliases of CURRENT_TIMESTAMP.
pub(super) const NOW: [&str; 4] = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];

/// Reads a value.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Default> {
    if cursor.is_sign('(') {
        let start = cursor.at();
        let inner = cursor.parentheses()?;
        let (end, after) = (inner.end, cursor.at());
        // MariaDB stores a literal in parentheses as a literal
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

/// Reads a literal or CURRENT_TIMESTAMP; `None` when there is something else.
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

/// CURRENT_TIMESTAMP(3), NOW() and the like: the digits of the fraction.
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

/// A text in quotes with its introducer, or a literal of bytes.
fn literal(cursor: &mut Cursor<'_>) -> Option<Default> {
    if let Some(text) = cursor.string() {
        return Some(Default::Text(text));
    }
    let word = cursor.peek().and_then(Token::name)?.to_owned();
    let before_text = |cursor: &Cursor<'_>| cursor.is_string_ahead(1);
    let bytes = match word.to_ascii_lowercase() {
        lower if lower == "b" && before_text(cursor) => {
            cursor.next();
            return Some(Default::Bytes(from_bits(&cursor.string()?)?));
        }
        lower if lower == "x" && before_text(cursor) => {
            cursor.next();
            return Some(Default::Bytes(from_hex(&cursor.string()?)?));
        }
        lower if is_introducer(&lower) || ["date", "time", "timestamp"].contains(&&*lower) => {
            if !before_text(cursor) {
                return None;
            }
            cursor.next();
            return cursor.string().map(Default::Text);
        }
        _ if word.starts_with("0x") => from_hex(&word[2..])?,
        _ if word.starts_with("0b") => from_bits(&word[2..])?,
        _ => return None,
    };
    cursor.next();
    Some(Default::Bytes(bytes))
}

fn from_bits(bits: &str) -> Option<Vec<u8>> {
    if !bits.bytes().all(|b| matches!(b, b'0' | b'1')) {
        return None;
    }
    let padded = format!("{}{bits}", "0".repeat((8 - bits.len() % 8) % 8));
    let byte = |at: usize| u8::from_str_radix(&padded[at..at + 8], 2).ok();
    (0..padded.len()).step_by(8).map(byte).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let padded = format!("{}{digits}", "0".repeat(digits.len() % 2));
    let byte = |at: usize| u8::from_str_radix(&padded[at..at + 2], 16).ok();
    (0..padded.len()).step_by(2).map(byte).collect()
}

/// A function, which MariaDB takes without parentheses around it.
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
