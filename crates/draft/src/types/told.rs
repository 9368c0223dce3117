//! Chooses types for values that are written as the user's settings say.

use model::schema::ColumnType;

use super::{Choice, Column};
use crate::readings::{Reading, Seen, ToldKind};

impl Column<'_> {
    /// The type of dates or times of day in the format, or in the order, of the user's settings.
    pub(super) fn told_date(&self) -> Option<Choice> {
        let precision = |seen: Seen| seen.precision;
        let kind = match (self.as_told(ToldKind::Date), self.as_told(ToldKind::Moment)) {
            (Some(_), _) => ColumnType::Date,
            (None, Some(seen)) => ColumnType::DateTime {
                precision: precision(seen),
            },
            (None, None) => ColumnType::Time {
                precision: precision(self.as_told(ToldKind::Time)?),
            },
        };
        let dates = &self.profile.told.format.dates;
        let mut choice = Choice::new(kind);
        if !dates.formats.is_empty() {
            let formats = dates.formats.iter().map(ToString::to_string);
            choice.settings.push(("date_format", formats.collect()));
        }
        if let Some(order) = dates.order {
            choice = choice.with("date_order", order.name());
        }
        Some(match dates.pivot {
            Some(pivot) => choice.with("pivot", &pivot.to_string()),
            None => choice,
        })
    }

    /// Whether the user set date formats. Then other formats are not tried.
    pub(super) fn has_told_formats(&self) -> bool {
        !self.profile.told.format.dates.formats.is_empty()
    }

    /// The type of numbers with the marks and units of the user's settings.
    pub(super) fn told_number(&self) -> Option<Choice> {
        let seen = self.as_told(ToldKind::Number)?;
        let style = &self.profile.told.format.numbers;
        let mut choice = Choice::new(self.type_of_style(&seen)?);
        let marks = [("decimal", style.decimal), ("thousands", style.thousands)];
        for (key, mark) in marks {
            if let Some(mark) = mark {
                choice = choice.with(key, &mark.to_string());
            }
        }
        if !style.strip.is_empty() {
            choice = choice.with("strip", &style.strip);
        }
        if style.parentheses {
            choice = choice.with("parentheses", "true");
        }
        Some(match &style.scale {
            Some(scale) => choice.with("scale", &scale.to_string()),
            None => choice,
        })
    }

    /// BOOLEAN for the words of the user's settings.
    pub(super) fn told_truth(&self) -> Option<Choice> {
        let seen = self.as_told(ToldKind::Truth)?;
        let numbers = &self.profile.integers;
        let is_other = numbers.count > 0 && (numbers.least < 0 || numbers.greatest > 1);
        if seen.flags == 0 || is_other {
            return None;
        }
        let words = &self.profile.told.format.truth;
        let mut choice = Choice::new(ColumnType::Boolean);
        for (key, words) in [("true_values", &words.yes), ("false_values", &words.no)] {
            if !words.is_empty() {
                choice.settings.push((key, words.clone()));
            }
        }
        Some(choice)
    }

    /// The properties of the values, if all are written as the user's settings say.
    fn as_told(&self, kind: ToldKind) -> Option<Seen> {
        let has_values = self.profile.tried > 0;
        self.seen(&Reading::Told(kind)).filter(|_| has_values)
    }
}
