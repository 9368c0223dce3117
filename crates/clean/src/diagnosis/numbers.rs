//! Proposals for numbers.

use model::schema::{Column, ColumnType, ValueFormat};

use super::{CauseKind, Certainty, ColumnSetting, Counted, Proposal};

/// Decimal marks, each with a separator of thousands that may occur with it. For an empty text, no
/// setting is proposed.
const MARKS: [(&str, &str); 9] = [
    ("", ""),
    (",", ""),
    ("", ","),
    ("", "."),
    (",", "."),
    ("", " "),
    (",", " "),
    ("", "'"),
    (",", "'"),
];

/// Codes of currencies. The setting `strip` removes their characters.
const CODES: [&str; 9] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "PLN",
];

/// What the values contain besides digits.
#[derive(Debug, Default)]
struct Found {
    /// Currency signs and percent signs.
    strip: String,
    has_parentheses: bool,
    /// Whether a value has its plus or minus sign after the digits. Such values are read with any
    /// setting for numbers.
    has_sign_at_end: bool,
    marks: String,
}

pub(super) fn proposals(
    column: &Column,
    format: &ValueFormat,
    values: &[Counted<'_>],
) -> Vec<Proposal> {
    if !ValueFormat::uses("strip", &column.kind) {
        return Vec::new();
    }
    let found = Found::of(format, values);
    let is_decimal = matches!(column.kind, ColumnType::Decimal { .. });
    let mut proposals = Vec::new();
    for (decimal, thousands) in MARKS {
        let is_found = |mark: &str| mark.is_empty() || found.marks.contains(mark);
        if !is_found(decimal) || !is_found(thousands) {
            continue;
        }
        // a point as separator of thousands without a decimal mark is proposed for integers only,
        // because elsewhere the point is the decimal mark
        if (decimal, thousands) == ("", ".") && !matches!(column.kind, ColumnType::Integer { .. }) {
            continue;
        }
        let proposal = found.proposal(decimal, thousands);
        let mut all = vec![proposal.clone()];
        if found.strip.contains('%') && format.numbers.scale.is_none() {
            all.push(of_hundredths(proposal));
        }
        if is_decimal && !format.numbers.round {
            let rounded: Vec<Proposal> = all.iter().cloned().map(rounded).collect();
            all.extend(rounded);
        }
        proposals.extend(all);
    }
    proposals.retain(|proposal| !proposal.settings.is_empty());
    proposals
}

/// The proposal with a scale of 0.01, for percentages that are to be stored as a fraction of 1. It
/// costs as much as the given proposal, because the values do not show which one is meant.
fn of_hundredths(mut proposal: Proposal) -> Proposal {
    proposal.settings.push(ColumnSetting::new("scale", "0.01"));
    proposal
}

/// The given proposal with rounding added. It is tried last, because rounding changes values.
fn rounded(mut proposal: Proposal) -> Proposal {
    if proposal.settings.is_empty() {
        proposal.words = "numbers with more digits than the column keeps".to_owned();
        proposal.question = "round it".to_owned();
    }
    proposal.kind = CauseKind::Digits;
    proposal.settings.push(ColumnSetting::new("round", "true"));
    proposal.cost += 1;
    proposal.certainty = Certainty::Possible;
    proposal
}

impl Found {
    fn of(format: &ValueFormat, values: &[Counted<'_>]) -> Found {
        let mut found = Found {
            strip: format.numbers.strip.clone(),
            ..Found::default()
        };
        for (value, _) in values {
            found.add(value.trim());
        }
        if found.strip == format.numbers.strip {
            found.strip.clear();
        }
        found
    }

    fn add(&mut self, value: &str) {
        let code = code_of(value);
        let is_unit = |c: char| is_unit(c, code);
        if !is_number(value, code) {
            return;
        }
        for unit in value.chars().filter(|c| is_unit(*c)) {
            if !self.strip.contains(unit) {
                self.strip.push(unit);
            }
        }
        self.has_parentheses |= value.contains('(') && value.ends_with(|c| c == ')' || is_unit(c));
        let end = value.trim_end_matches(is_unit).trim_end();
        self.has_sign_at_end |= end.ends_with(['-', '+', '\u{2212}']);
        self.marks.extend(value.chars().map(|c| match c {
            '\u{a0}' | '\u{202f}' => ' ',
            '\u{2019}' => '\'',
            other => other,
        }));
    }

    fn proposal(&self, decimal: &str, thousands: &str) -> Proposal {
        let (mut settings, mut words) = (Vec::new(), Vec::new());
        if !self.strip.is_empty() {
            settings.push(ColumnSetting::new("strip", &self.strip));
            words.push(match self.strip.as_str() {
                "%" => "percent sign",
                _ => "currency sign",
            });
        }
        if !decimal.is_empty() {
            settings.push(ColumnSetting::new("decimal", decimal));
            words.push("decimal comma");
        }
        if !thousands.is_empty() {
            settings.push(ColumnSetting::new("thousands", thousands));
            words.push("separator of thousands");
        }
        if self.has_parentheses {
            settings.push(ColumnSetting::new("parentheses", "true"));
            words.push("negative number in parentheses");
        }
        if self.has_sign_at_end {
            words.push("sign after the digits");
            if settings.is_empty() {
                settings.push(ColumnSetting::new("decimal", "."));
            }
        }
        Proposal {
            kind: CauseKind::NumberStyle,
            words: format!("numbers with a {}", words.join(" and a ")),
            question: words.join(", "),
            cost: settings.len(),
            settings,
            certainty: Certainty::Likely,
        }
    }
}

/// The currency code at the start or the end of a number.
fn code_of(value: &str) -> Option<&'static str> {
    CODES.into_iter().find(|code| {
        let bare = value
            .strip_suffix(code)
            .or_else(|| value.strip_prefix(code));
        bare.is_some_and(|bare| bare.chars().all(is_part))
    })
}

/// Whether a character may be part of a number without a unit.
fn is_part(c: char) -> bool {
    c.is_ascii_digit() || "+-\u{2212}.,'()eE \u{a0}\u{202f}\u{2019}".contains(c)
}

fn is_unit(c: char, code: Option<&str>) -> bool {
    is_currency(c) || matches!(c, '%' | '‰') || code.is_some_and(|code| code.contains(c))
}

/// Whether a value is a number, perhaps with units.
fn is_number(value: &str, code: Option<&str>) -> bool {
    value.chars().all(|c| is_part(c) || is_unit(c, code))
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// The positions of numbers with units, if a column has numbers with different units. Without their
/// units, such numbers could not be compared.
pub(super) fn mixed_units(
    column: &Column,
    format: &ValueFormat,
    values: &[Counted<'_>],
) -> Option<(CauseKind, String, Vec<usize>)> {
    if !ValueFormat::uses("strip", &column.kind) {
        return None;
    }
    let strip = format.numbers.strip.as_str();
    let mut kinds: Vec<String> = units_of(strip, code_of(strip));
    let mut found = Vec::new();
    for (at, (value, _)) in values.iter().enumerate() {
        let value = value.trim();
        let code = code_of(value);
        let units = units_of(value, code);
        if is_number(value, code) && !units.is_empty() {
            kinds.extend(units);
            found.push(at);
        }
    }
    let mut seen = Vec::new();
    kinds.retain(|kind| {
        let is_new = !seen.contains(kind);
        seen.extend(is_new.then(|| kind.clone()));
        is_new
    });
    let words = || {
        format!(
            "numbers with different units ({}), which cannot be stored in one column of numbers \
             without losing the unit",
            kinds.join(", ")
        )
    };
    (kinds.len() > 1 && !found.is_empty()).then(|| (CauseKind::NumberStyle, words(), found))
}

/// The units of a number. The code and the sign of the same currency are the same unit.
fn units_of(value: &str, code: Option<&str>) -> Vec<String> {
    let signs = value.chars().filter(|c| is_unit(*c, None));
    let of_code = code.map(|code| match code {
        "EUR" => "\u{20ac}".to_owned(),
        "USD" => "$".to_owned(),
        "GBP" => "\u{a3}".to_owned(),
        "JPY" => "\u{a5}".to_owned(),
        other => other.to_owned(),
    });
    let signs = signs.map(|sign| match sign {
        '\u{ff04}' => "$".to_owned(),
        '\u{ffe5}' => "\u{a5}".to_owned(),
        other => other.to_string(),
    });
    signs.chain(of_code).collect()
}

/// Whether a character is one of Unicode's currency signs that are in use.
fn is_currency(c: char) -> bool {
    matches!(
        c,
        '$' | '\u{a2}'..='\u{a5}'
            | '\u{58f}'
            | '\u{60b}'
            | '\u{9f2}'
            | '\u{9f3}'
            | '\u{e3f}'
            | '\u{20a0}'..='\u{20c0}'
            | '\u{fdfc}'
            | '\u{ff04}'
            | '\u{ffe5}'
    )
}
