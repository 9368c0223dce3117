//! Dates and times as defaults. `2020-1-2` becomes `2020-01-02`, and a date without a time means
//! midnight. If a fraction is too long, MySQL rounds it, and MariaDB truncates it.

use jiff::ToSpan;
use jiff::civil::DateTime;
use model::flavour::Flavour;

pub(super) fn year(text: &str, is_number: bool) -> Option<String> {
    let number: u16 = text.parse().ok()?;
    Some(match number {
        0 if is_number || text.len() == 4 => "0000".to_owned(),
        0..=69 if text.len() <= 2 => (2000 + number).to_string(),
        70..=99 => (1900 + number).to_string(),
        other => other.to_string(),
    })
}

/// The numbers in a text that are separated by other characters. The last one may have a fraction.
fn groups(text: &str) -> Option<Vec<&str>> {
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
    let are_short = groups.iter().all(|group| (1..=4).contains(&group.len()));
    are_short.then_some(groups)
}

/// The digits of a fraction of a second, and whether it is rounded up to a whole second.
fn fraction(written: &str, digits: usize, flavour: Flavour) -> Option<(String, bool)> {
    if !written.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kept = format!("{:0<digits$}", &written[..written.len().min(digits)]);
    let is_up = written
        .as_bytes()
        .get(digits)
        .is_some_and(|next| *next >= b'5');
    if flavour == Flavour::MariaDb || !is_up {
        return Some((kept, false));
    }
    let next = kept.parse::<u64>().unwrap_or(0) + 1;
    let text = format!("{next:0digits$}");
    match text.len() > digits {
        true => Some(("0".repeat(digits), true)),
        false => Some((text, false)),
    }
}

pub(super) fn date(text: &str, flavour: Flavour) -> Option<String> {
    date_time(text, 0, flavour).map(|text| text[..10].to_owned())
}

/// A date without a time means midnight.
pub(super) fn date_time(text: &str, digits: usize, flavour: Flavour) -> Option<String> {
    let text = text.trim();
    let (text, written) = match text.rsplit_once('.') {
        Some((text, fraction)) if text.contains(':') || text.len() == 14 => (text, fraction),
        _ => (text, ""),
    };
    let (fraction, is_next) = fraction(written, digits, flavour)?;
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
    if is_next {
        let moment: DateTime = text.parse().ok()?;
        let next = moment.checked_add(1.second()).ok()?;
        text = next.strftime("%Y-%m-%d %H:%M:%S").to_string();
    }
    if digits > 0 {
        text.push_str(&format!(".{fraction}"));
    }
    Some(text)
}

/// Splits texts such as 20200131 and 20200131235959 into their numbers. The year may have two
/// digits.
fn compact(digits: &str) -> Option<Vec<String>> {
    if let 6 | 12 = digits.len() {
        let century = if digits < "70" { "20" } else { "19" };
        return compact(&format!("{century}{digits}"));
    }
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

pub(super) fn time(text: &str, digits: usize, flavour: Flavour) -> Option<String> {
    let (text, written) = text.split_once('.').unwrap_or((text, ""));
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text),
    };
    let (fraction, is_next) = fraction(written, digits, flavour)?;
    let padded;
    let groups = match text {
        text if text.contains(':') => groups(text)?,
        // 10203 means 01:02:03
        text if text.len() <= 7 && text.bytes().all(|b| b.is_ascii_digit()) => {
            padded = format!("{text:0>6}");
            let hours = padded.len() - 4;
            vec![
                &padded[..hours],
                &padded[hours..hours + 2],
                &padded[hours + 2..],
            ]
        }
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
    let seconds = number(0)? * 3600 + number(1)? * 60 + number(2)? + u32::from(is_next);
    let mut text = format!(
        "{sign}{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if digits > 0 {
        text.push_str(&format!(".{fraction}"));
    }
    Some(text)
}
