//! Numbers with units or in parentheses, which may mean something other than the bare number.

use model::schema::NumberStyle;

use super::{Column, Found};
use crate::readings::{NO_UNIT, READINGS, Reading, Seen, UNITS};

impl Column<'_> {
    /// The two meanings of numbers in parentheses: accountants write negative numbers in this way.
    pub(super) fn in_parentheses(&self) -> Found {
        let marks = [(',', '.'), ('.', ',')];
        let found = marks.into_iter().find_map(|(thousands, decimal)| {
            let wanted =
                |style: &NumberStyle| style.parentheses && style.thousands == Some(thousands);
            let is_wanted = |r: &Reading| matches!(r, Reading::Styled(style) if wanted(style));
            let at = READINGS.iter().position(is_wanted)?;
            self.profile
                .reads(at)
                .then(|| (thousands, decimal, self.profile.seen(at)))
        });
        let Some((thousands, decimal, seen)) = found else {
            return Found::None;
        };
        let marks = match decimal {
            ',' => format!(", decimal = \",\", thousands = \"{thousands}\""),
            _ => format!(", thousands = \"{thousands}\""),
        };
        let strip = match units_of(&seen) {
            units if units.is_empty() => units,
            units => format!(", strip = \"{units}\""),
        };
        Found::Several(format!(
            "a value such as (12.50) may be the number -12.50 (parentheses = true{marks}{strip}) \
             or a text"
        ))
    }

    /// The note about numbers with different units, or with and without a percent sign. Without
    /// their units, different amounts would become equal numbers.
    pub(super) fn different_units(&self) -> Option<String> {
        let is_styled = |at: &usize| {
            let has_units = |style: &NumberStyle| !style.strip.is_empty() && !style.parentheses;
            matches!(&READINGS[*at], Reading::Styled(style) if has_units(style))
        };
        let mut readings = (0..READINGS.len()).filter(is_styled);
        let at = readings.find(|at| self.profile.reads(*at))?;
        let seen = self.profile.seen(at);
        let units = units_of(&seen);
        let numbers = &self.profile.integers;
        let has_bare = seen.flags & NO_UNIT != 0 || numbers.least < 0 || numbers.greatest > 0;
        if units == "%" && has_bare && (numbers.count > 0 || seen.flags & NO_UNIT != 0) {
            return Some(
                "values such as 45% and 0.45 may be the same amount or different ones; write all \
                 values in one way, or set strip = \"%\" if all are percentages"
                    .to_owned(),
            );
        }
        (units.chars().count() > 1).then(|| {
            let signs: Vec<String> = units.chars().map(String::from).collect();
            format!(
                "the numbers have different units ({}), so they cannot be compared; split the \
                 column, or set strip = \"{units}\" if the units do not matter",
                signs.join(", ")
            )
        })
    }
}

/// The units that occur in the numbers.
pub(super) fn units_of(seen: &Seen) -> String {
    let units = UNITS.iter().enumerate();
    let units = units.filter(|(at, _)| seen.flags & (1 << at) != 0);
    units.map(|(_, unit)| *unit).collect()
}
