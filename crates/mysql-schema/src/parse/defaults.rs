//! Values of DEFAULT, as `information_schema` has them: `1.5` is `1.50` in a DECIMAL(5,2).

use super::Result;
use super::cursor::Cursor;
use super::spelling::is_introducer;
use crate::statements::Token;
use model::flavour::Flavour;

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

/// A text in quotes with what may stand before it, or a literal of bytes.
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

/// The text in the catalogue for a column of this type, which is a text of the catalogue too.
pub(super) fn stored(value: &Default, kind: &str) -> Option<String> {
    let end = kind.find(|c: char| !c.is_ascii_alphanumeric());
    let name = &kind[..end.unwrap_or(kind.len())];
    let text = match value {
        Default::Null => return None,
        Default::Now(0) => return Some("CURRENT_TIMESTAMP".to_owned()),
        Default::Now(digits) => return Some(format!("CURRENT_TIMESTAMP({digits})")),
        Default::Expression(text) => return Some(text.clone()),
        Default::Bytes(bytes) => return Some(of_bytes(bytes, name, kind)),
        Default::Number(text) | Default::Text(text) => text,
    };
    let is_number = matches!(value, Default::Number(_));
    Some(match name {
        "decimal" => {
            let number = with_fraction(&plain_number(text), arguments(kind).nth(1).unwrap_or(0));
            match kind.ends_with("zerofill") {
                true => filled(&number, kind),
                false => number,
            }
        }
        "float" | "double" => match arguments(kind).nth(1) {
            Some(digits) => with_fraction(&plain_number(text), digits),
            None => short_float(text),
        },
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            let whole = with_fraction(&plain_number(text), 0);
            match kind.ends_with("zerofill") {
                true => filled(&whole, kind),
                false => whole,
            }
        }
        "bit" => text.parse::<u64>().map_or_else(|_| text.clone(), bits),
        "date" => date(text).unwrap_or_else(|| text.clone()),
        "datetime" | "timestamp" => {
            let digits = arguments(kind).next().unwrap_or(0);
            date_time(text, digits).unwrap_or_else(|| text.clone())
        }
        "time" => time(text, arguments(kind).next().unwrap_or(0)).unwrap_or_else(|| text.clone()),
        "year" => year(text, is_number).unwrap_or_else(|| text.clone()),
        "enum" | "set" => member(text, kind),
        "binary" | "varbinary" => of_bytes(text.as_bytes(), name, kind),
        _ => text.clone(),
    })
}

/// The numbers in the parentheses of a type.
fn arguments(kind: &str) -> impl Iterator<Item = usize> {
    let inner = kind.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.split_once(')').map_or("", |(inner, _)| inner);
    inner.split(',').filter_map(|number| number.parse().ok())
}

/// A literal of bytes as the catalogue has it.
fn of_bytes(bytes: &[u8], name: &str, kind: &str) -> String {
    let number = || {
        bytes
            .iter()
            .fold(0_u64, |all, byte| (all << 8) | u64::from(*byte))
    };
    match name {
        "bit" => bits(number()),
        "binary" | "varbinary" => crate::catalogue::default_of_bytes(bytes),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => number().to_string(),
        "decimal" => with_fraction(&number().to_string(), arguments(kind).nth(1).unwrap_or(0)),
        "float" | "double" => number().to_string(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn bits(number: u64) -> String {
    format!("b'{number:b}'")
}

/// The number without an exponent and without needless zeros before it.
fn plain_number(text: &str) -> String {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>()),
        None => (digits, Ok(0)),
    };
    let Ok(exponent @ -400..=400) = exponent else {
        return text.to_owned();
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        return text.to_owned();
    }
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).unwrap_or(0) + exponent;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let all = format!("{}{all}{}", zeros(-point), zeros(point - all.len() as i32));
    let (whole, fraction) = all.split_at(usize::try_from(point).unwrap_or(0));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let is_zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
    let sign = if is_zero { "" } else { sign };
    match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// The number with exactly `digits` digits after the point, rounded away from zero when two
/// numbers are equally near. Unchanged when it is no number.
fn with_fraction(text: &str, digits: usize) -> String {
    let (sign, plain) = match text.strip_prefix('-') {
        Some(plain) => ("-", plain),
        None => ("", text),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.is_empty() {
        return text.to_owned();
    }
    let kept: String = fraction
        .chars()
        .chain("0".repeat(digits).chars())
        .take(digits)
        .collect();
    let mut all: Vec<u8> = format!("0{whole}{kept}").into_bytes();
    if fraction
        .as_bytes()
        .get(digits)
        .is_some_and(|next| *next >= b'5')
    {
        let last = all.iter().rposition(|digit| *digit != b'9').unwrap_or(0);
        all[last] += 1;
        all[last + 1..].fill(b'0');
    }
    let all = String::from_utf8(all).unwrap_or_default();
    let (whole, fraction) = all.split_at(all.len() - digits);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let is_zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
    let sign = if is_zero { "" } else { sign };
    match digits {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// ZEROFILL shows the number with zeros before it, up to the width.
fn filled(whole: &str, kind: &str) -> String {
    let mut width = arguments(kind).next().unwrap_or(0);
    // the precision of a DECIMAL does not count the point
    width += usize::from(whole.contains('.'));
    format!("{whole:0>width$}")
}

/// `1.50` is `1.5`, and `0.00` is `0`.
fn short_float(text: &str) -> String {
    let plain = plain_number(text);
    match plain.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            kept => format!("{whole}.{kept}"),
        },
        None => plain,
    }
}

/// The member that the text means, in its own spelling; the members of a SET in their own order.
fn member(text: &str, kind: &str) -> String {
    let end = kind.find('(').unwrap_or(0);
    let members = match crate::catalogue::column_type(&format!("enum{}", &kind[end..])) {
        model::schema::ColumnType::Enum { members } => members,
        _ => return text.to_owned(),
    };
    let same = |a: &str, b: &str| a.to_lowercase() == b.trim_end().to_lowercase();
    if kind.starts_with("enum") {
        let found = members.iter().find(|own| same(own, text));
        return found.cloned().unwrap_or_else(|| text.to_owned());
    }
    let wanted: Vec<&str> = text.split(',').collect();
    let is_wanted = |own: &&String| wanted.iter().any(|word| same(own, word));
    let found: Vec<&str> = members
        .iter()
        .filter(is_wanted)
        .map(String::as_str)
        .collect();
    match wanted
        .iter()
        .all(|word| found.iter().any(|own| same(own, word)))
    {
        true => found.join(","),
        false => text.to_owned(),
    }
}

fn year(text: &str, is_number: bool) -> Option<String> {
    let number: u16 = text.parse().ok()?;
    Some(match number {
        0 if is_number || text.len() == 4 => "0000".to_owned(),
        0..=69 if text.len() <= 2 => (2000 + number).to_string(),
        70..=99 => (1900 + number).to_string(),
        other => other.to_string(),
    })
}

/// The numbers that are separated by other characters; the last may have a fraction.
fn groups(text: &str) -> Option<Vec<&str>> {
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let are_short = groups.iter().all(|group| (1..=4).contains(&group.len()));
    are_short.then_some(groups)
}

fn date(text: &str) -> Option<String> {
    date_time(text, 0).map(|text| text[..10].to_owned())
}

/// A date without a time means midnight.
fn date_time(text: &str, digits: usize) -> Option<String> {
    let text = text.trim();
    let (text, fraction) = match text.rsplit_once('.') {
        Some((text, fraction)) if text.contains(':') || text.len() == 14 => (text, fraction),
        _ => (text, ""),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || fraction.len() > digits {
        return None;
    }
    let split;
    let groups = match text {
        "0" => vec!["0000", "00", "00"],
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            split = compact(digits)?;
            split.iter().map(String::as_str).collect()
        }
        other => groups(other)?,
    };
    let number = |at: usize| {
        groups
            .get(at)
            .map_or(Some(0), |text| text.parse::<u32>().ok())
    };
    if !(3..=6).contains(&groups.len()) || groups[0].len() != 4 {
        return None;
    }
    let mut text = format!(
        "{}-{:02}-{:02} {:02}:{:02}:{:02}",
        groups[0],
        number(1)?,
        number(2)?,
        number(3)?,
        number(4)?,
        number(5)?
    );
    if digits > 0 {
        text.push_str(&format!(".{fraction:0<digits$}"));
    }
    Some(text)
}

/// 20200131 and 20200131235959, split into their numbers.
fn compact(digits: &str) -> Option<Vec<String>> {
    let ends: &[usize] = match digits.len() {
        8 => &[0, 4, 6, 8],
        14 => &[0, 4, 6, 8, 10, 12, 14],
        _ => return None,
    };
    let pairs = ends.windows(2);
    Some(
        pairs
            .map(|pair| digits[pair[0]..pair[1]].to_owned())
            .collect(),
    )
}

fn time(text: &str, digits: usize) -> Option<String> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || fraction.len() > digits {
        return None;
    }
    let groups = match text {
        "0" => vec!["0", "0", "0"],
        text if text.contains(':') => groups(text)?,
        _ => return None,
    };
    let number = |at: usize| {
        groups
            .get(at)
            .map_or(Some(0), |text| text.parse::<u32>().ok())
    };
    if groups.len() > 3 {
        return None;
    }
    let mut text = format!(
        "{sign}{:02}:{:02}:{:02}",
        number(0)?,
        number(1)?,
        number(2)?
    );
    if digits > 0 {
        text.push_str(&format!(".{fraction:0<digits$}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_column_shows_them() {
        for (text, kind, expected) in [
            ("007", "int", "7"),
            ("1.5", "int", "2"),
            ("-1.5", "int", "-2"),
            ("1e3", "bigint", "1000"),
            ("-0", "int", "0"),
            ("5", "int(3) unsigned zerofill", "005"),
            ("1.5", "decimal(5,2)", "1.50"),
            (".5", "decimal(5,2)", "0.50"),
            ("15e-1", "decimal(5,2)", "1.50"),
            ("-9.995", "decimal(5,2)", "-10.00"),
            ("2.25", "decimal(5,0)", "2"),
            ("-0.004", "decimal(5,2)", "0.00"),
            ("1.50", "double", "1.5"),
            ("0.00", "float", "0"),
            ("1", "float(7,4)", "1.0000"),
            ("3", "bit(2)", "b'11'"),
            ("0", "year", "0000"),
            ("99", "year", "1999"),
        ] {
            let value = Default::Number(text.to_owned());
            assert_eq!(
                stored(&value, kind).as_deref(),
                Some(expected),
                "{text} {kind}"
            );
        }
    }

    #[test]
    fn texts_are_written_as_their_column_shows_them() {
        for (text, kind, expected) in [
            ("2020-1-2", "date", "2020-01-02"),
            ("2020-01-02", "datetime", "2020-01-02 00:00:00"),
            ("2020-01-02T03:04", "datetime(3)", "2020-01-02 03:04:00.000"),
            ("20200131", "date", "2020-01-31"),
            ("0", "timestamp", "0000-00-00 00:00:00"),
            ("0000-00-00", "date", "0000-00-00"),
            ("1:2", "time", "01:02:00"),
            ("B", "enum('a','b')", "b"),
            ("c,A", "set('a','b','c')", "a,c"),
            ("d", "set('a','b','c')", "d"),
            ("a", "binary(3)", "a"),
            (
                "2020-01-02 03:04:05.6789",
                "datetime(3)",
                "2020-01-02 03:04:05.6789",
            ),
            (" x ", "varchar(9)", " x "),
        ] {
            let value = Default::Text(text.to_owned());
            assert_eq!(
                stored(&value, kind).as_deref(),
                Some(expected),
                "{text} {kind}"
            );
        }
    }
}
