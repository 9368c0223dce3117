//! Spellings of numeric types: integers, DECIMAL, FLOAT, DOUBLE and BIT.

use super::super::Result;
use super::super::cursor::Cursor;
use super::{Base, Spelled, find, in_parentheses};

/// The spellings of integer types, with their names in the catalogue.
const INTEGERS: [(&str, &str); 12] = [
    ("INT", "int"),
    ("INTEGER", "int"),
    ("TINYINT", "tinyint"),
    ("SMALLINT", "smallint"),
    ("MEDIUMINT", "mediumint"),
    ("MIDDLEINT", "mediumint"),
    ("BIGINT", "bigint"),
    ("INT1", "tinyint"),
    ("INT2", "smallint"),
    ("INT3", "mediumint"),
    ("INT4", "int"),
    ("INT8", "bigint"),
];

/// Parses a numeric type. `None` if it is of another kind.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Spelled>> {
    if let Some((_, name)) = find(&INTEGERS, cursor) {
        return integer(cursor, name).map(Some);
    }
    if let Some(word) = cursor.eat_any(&["DECIMAL", "NUMERIC", "DEC", "FIXED", "NUMBER"]) {
        let digits = in_parentheses(cursor)?;
        let text = decimal(&digits).ok_or_else(|| {
            let shown: Vec<String> = digits.iter().map(u64::to_string).collect();
            format!(
                "has type {word}({}); the precision is at most 65, the scale at most 30 and at most the precision",
                shown.join(",")
            )
        })?;
        return Ok(Some(with_signs(cursor, text)));
    }
    if cursor.eat("BIT") {
        let bits = in_parentheses(cursor)?.first().copied().unwrap_or(1).max(1);
        return Ok(Some(Spelled::plain(format!("bit({bits})"))));
    }
    let name = match cursor.eat_any(&["FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "REAL"]) {
        Some("FLOAT" | "FLOAT4") => "float",
        Some("REAL") if cursor.mode().real_as_float => "float",
        Some("DOUBLE") => {
            cursor.eat("PRECISION");
            "double"
        }
        Some(_) => "double",
        None => return Ok(None),
    };
    let text = match (name, &in_parentheses(cursor)?[..]) {
        (_, [digits, scale]) => format!("{name}({digits},{scale})"),
        ("float", [25..=53]) => "double".to_owned(),
        ("float", [54..=u64::MAX]) => return Err("has type FLOAT of more than 53 bits".to_owned()),
        _ => name.to_owned(),
    };
    Ok(Some(with_signs(cursor, text)))
}

fn decimal(digits: &[u64]) -> Option<String> {
    let (precision, scale) = match *digits {
        [] => (10, 0),
        [precision] => (precision, 0),
        [precision, scale] => (precision, scale),
        _ => return None,
    };
    // DECIMAL(0) means the default precision
    let precision = if precision == 0 { 10 } else { precision };
    (precision <= 65 && scale <= 30 && scale <= precision)
        .then(|| format!("decimal({precision},{scale})"))
}

/// Parses SIGNED, UNSIGNED and ZEROFILL, in any order.
pub(super) fn signs(cursor: &mut Cursor<'_>) -> (bool, bool) {
    let (mut unsigned, mut zero_filled) = (false, false);
    while let Some(word) = cursor.eat_any(&["UNSIGNED", "SIGNED", "ZEROFILL"]) {
        unsigned |= word == "UNSIGNED";
        zero_filled |= word == "ZEROFILL";
    }
    (unsigned || zero_filled, zero_filled)
}

fn with_signs(cursor: &mut Cursor<'_>, text: String) -> Spelled {
    let (unsigned, zero_filled) = signs(cursor);
    let mut spelled = Spelled::plain(match (unsigned, zero_filled) {
        (_, true) => format!("{text} unsigned zerofill"),
        (true, _) => format!("{text} unsigned"),
        _ => text,
    });
    spelled.zero_filled = zero_filled;
    spelled
}

fn integer(cursor: &mut Cursor<'_>, name: &str) -> Result<Spelled> {
    let width = in_parentheses(cursor)?;
    let mut spelled = with_signs(cursor, name.to_owned());
    let Base::Plain(text) = &mut spelled.base else {
        return Ok(spelled);
    };
    // the width has a meaning only with ZEROFILL and in TINYINT(1); any other width is left out
    match width.first() {
        width if spelled.zero_filled => {
            let width = width.copied().unwrap_or(widest(name));
            *text = text.replacen(name, &format!("{name}({width})"), 1);
        }
        Some(1) if text == "tinyint" => *text = "tinyint(1)".to_owned(),
        _ => {}
    }
    Ok(spelled)
}

/// The number of digits of the largest UNSIGNED number.
fn widest(name: &str) -> u64 {
    match name {
        "tinyint" => 3,
        "smallint" => 5,
        "mediumint" => 8,
        "int" => 10,
        _ => 20,
    }
}
