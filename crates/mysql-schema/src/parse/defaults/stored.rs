//! Converts defaults to the texts that the catalogue shows, for each type.

use super::Default;
use super::moments::{date, date_time, time, year};
use model::flavour::Flavour;

/// The default in the catalogue for a column of this type. `kind` is in the catalogue's notation.
pub(in crate::parse) fn stored(value: &Default, kind: &str, flavour: Flavour) -> Option<String> {
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
            None => short_float(text, name),
        },
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
            let whole = with_fraction(&plain_number(text), 0);
            match kind.ends_with("zerofill") {
                true => filled(&whole, kind),
                false => whole,
            }
        }
        "bit" => text.parse::<u64>().map_or_else(|_| text.clone(), bits),
        "date" => date(text, flavour).unwrap_or_else(|| text.clone()),
        "datetime" | "timestamp" => {
            let digits = arguments(kind).next().unwrap_or(0);
            date_time(text, digits, flavour).unwrap_or_else(|| text.clone())
        }
        "time" => {
            let digits = arguments(kind).next().unwrap_or(0);
            time(text, digits, flavour).unwrap_or_else(|| text.clone())
        }
        "year" => year(text, is_number).unwrap_or_else(|| text.clone()),
        "enum" | "set" => member(text, kind),
        "binary" | "varbinary" => of_bytes(text.as_bytes(), name, kind),
        _ if is_number => plain_number(text),
        _ => text.clone(),
    })
}

/// The numbers in the parentheses of a type.
fn arguments(kind: &str) -> impl Iterator<Item = usize> {
    let inner = kind.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.split_once(')').map_or("", |(inner, _)| inner);
    inner.split(',').filter_map(|number| number.parse().ok())
}

/// A literal of bytes as the catalogue shows it.
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

/// The number without an exponent and without needless leading zeros.
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

/// The number with exactly `digits` digits after the point. It is rounded half away from zero. A
/// text that is not a number is returned unchanged.
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

/// Pads a number with leading zeros up to the width of the type, as ZEROFILL shows it.
fn filled(whole: &str, kind: &str) -> String {
    let mut width = arguments(kind).next().unwrap_or(0);
    // the precision of a DECIMAL does not include the decimal point
    width += usize::from(whole.contains('.'));
    format!("{whole:0>width$}")
}

/// The catalogue shows a FLOAT or DOUBLE with an exponent if it has more digits than this before
/// the point, or as many zeros after it.
const MOST_PLAIN_DIGITS: i32 = 15;

/// Shortens a FLOAT or DOUBLE: `1.50` becomes `1.5`, `0.00` becomes `0`, and `1e20` is kept. A
/// FLOAT is shown with six digits.
fn short_float(text: &str, kind: &str) -> String {
    let Some(number) = text.trim().parse::<f64>().ok().filter(|n| n.is_finite()) else {
        return text.to_owned();
    };
    let scientific = match kind.starts_with("float") {
        true => format!("{:.5e}", number as f32),
        false => format!("{number:e}"),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let point = exponent.parse().unwrap_or(0) + 1;
    match (1 - MOST_PLAIN_DIGITS..=MOST_PLAIN_DIGITS).contains(&point) {
        true => plain_number(&format!("{mantissa}e{exponent}")),
        false => format!("{mantissa}e{exponent}"),
    }
}

/// The member that a text means, in the spelling of the type. The members of a SET are put into the
/// order of the type.
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
            ("1e14", "double", "100000000000000"),
            ("1e15", "double", "1e15"),
            ("-1.5e300", "double", "-1.5e300"),
            ("123456789012345678", "double", "1.2345678901234568e17"),
            ("1e-15", "double", "0.000000000000001"),
            ("1e-300", "double", "1e-300"),
            ("16777216", "float", "16777200"),
            ("1.234567e20", "float", "1.23457e20"),
            ("1e-10", "float unsigned", "0.0000000001"),
            ("10203", "time", "01:02:03"),
            ("-8385959", "time", "-838:59:59"),
            ("1", "time(2)", "00:00:01.00"),
            ("200102", "date", "2020-01-02"),
            ("990102030405", "datetime", "1999-01-02 03:04:05"),
            ("1", "float(7,4)", "1.0000"),
            ("3", "bit(2)", "b'11'"),
            ("0", "year", "0000"),
            ("99", "year", "1999"),
        ] {
            let value = Default::Number(text.to_owned());
            assert_eq!(
                stored(&value, kind, Flavour::MySql).as_deref(),
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
            (" x ", "varchar(9)", " x "),
        ] {
            let value = Default::Text(text.to_owned());
            assert_eq!(
                stored(&value, kind, Flavour::MySql).as_deref(),
                Some(expected),
                "{text} {kind}"
            );
        }
    }

    #[test]
    fn mysql_rounds_a_fraction_that_is_too_long_and_mariadb_cuts_it_off() {
        for (text, kind, mysql, mariadb) in [
            (
                "2020-01-02 03:04:05.6789",
                "datetime(3)",
                "2020-01-02 03:04:05.679",
                "2020-01-02 03:04:05.678",
            ),
            (
                "2024-12-31 23:59:59.996",
                "timestamp(2)",
                "2025-01-01 00:00:00.00",
                "2024-12-31 23:59:59.99",
            ),
            ("2024-02-28 23:59:59.5", "date", "2024-02-29", "2024-02-28"),
            ("1:59:59.99", "time(1)", "02:00:00.0", "01:59:59.9"),
            ("-1:2:3.4", "time", "-01:02:03", "-01:02:03"),
        ] {
            let value = Default::Text(text.to_owned());
            let of = |flavour| stored(&value, kind, flavour).unwrap();
            let found = (of(Flavour::MySql), of(Flavour::MariaDb));
            assert_eq!(
                found,
                (mysql.to_owned(), mariadb.to_owned()),
                "{text} {kind}"
            );
        }
    }
}
