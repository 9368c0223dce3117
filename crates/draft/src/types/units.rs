//! Numbers with units or in parentheses, which may mean something else than the number.

use model::schema::NumberStyle;

use super::{Column, Found};
use crate::readings::{NO_UNIT, READINGS, Reading, Seen, UNITS};

impl Column<'_> {
    /// Numbers of which some are in parentheses, as accountants write negative ones.
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
            "(12.50) may be the negative number -12.50 (parentheses = true{marks}{strip}), or a text"
        ))
    }

    /// The words about numbers with different units, or with and without a percent sign, which
    /// would be the same numbers without them.
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
                "45% beside 0.45 may be the same share or another number: write all of them in \
                 one way, or set strip = \"%\" if they are numbers of percent"
                    .to_owned(),
            );
        }
        (units.chars().count() > 1).then(|| {
            let signs: Vec<String> = units.chars().map(String::from).collect();
            format!(
                "numbers with different units ({}), whose amounts cannot be compared: divide the \
                 column, or set strip = \"{units}\" if the units do not matter",
                signs.join(", ")
            )
        })
    }
}

/// The signs of the units that numbers have.
pub(super) fn units_of(seen: &Seen) -> String {
    let units = UNITS.iter().enumerate();
    let units = units.filter(|(at, _)| seen.flags & (1 << at) != 0);
    units.map(|(_, unit)| *unit).collect()
}
