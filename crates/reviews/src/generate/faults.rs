//! Which rows of the dirty variant are damaged, how, and under which rule a loader must refuse
//! them.
//!
//! A row has one damage at most, drawn from its table and id alone, so any part knows what became
//! of the rows that its own refer to. Every damage names its one rule, or none when a loader must
//! take the row all the same. Two plans: the rates observed in the files that circulate, and a rate
//! of one's own, spread over everything that can happen to a table.
//!
//! Never-closed quotes are planted only where reading has one outcome. The quote that never closes
//! goes on to the next quote, which opens another field, so that text follows the quote that seems
//! to close it: within the line, as the fields in between hold no quote of their own, or from the
//! last text of a line in the next line. In the other files a row has one text only, and two rows
//! would join to one that looks right.

use super::Table;
use super::fault_kinds::{
    CHARACTERISTIC_FAULTS, CHARACTERISTIC_REVIEW_FAULTS, LINE_ENDS, PHOTO_FAULTS, PHOTO_ODDITIES,
    REVIEW_FAULTS, REVIEW_ODDITIES,
};
use crate::random::{at, below};
use model::rejection::Rule;

/// What is done to a row. Columns are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// The row is not written.
    Gone,
    /// The row is written a second time.
    Twice,
    /// Another text stands in that column, written as it is.
    Replace(u8, &'static str),
    /// That column is left out, its comma too.
    Lose(u8),
    /// A field too many.
    Extend,
    /// The text of that column has no closing quote.
    Open(u8),
    /// The last text of the line has no closing quote.
    OpenLast,
    /// The text of that column is far too long.
    Lengthen(u8),
    /// The text of that column holds a byte that is not UTF-8.
    Spoil(u8),
    /// The text of that column ends with this, already doubled quotes and all.
    Append(u8, &'static str),
    /// The line ends with CR LF.
    Crlf,
}

/// A damage and the rule that refuses it; without a rule the row is to be loaded (unless it is
/// gone).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) rule: Option<Rule>,
    pub(super) damage: Damage,
}

/// A rule and the damages that break it.
pub(super) type Kind = (Option<Rule>, &'static [Damage]);

/// How many of 2^32 rows get a damage of this kind.
type Rate = (u64, Kind);

const PER_MILLION: u64 = (1 << 32) / 1_000_000;

/// Which rows are damaged.
#[derive(Debug)]
pub(super) struct Plan {
    key: u64,
    rates: [Vec<Rate>; 4],
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// The rates of the files that circulate.
    Observed,
    /// A rate of one's own; this review, the last one of the data set, has the quote that nothing
    /// closes.
    Own { last_review: u64 },
}

/// Three incomplete rows among the 19,327,575 of the full scale.
const INCOMPLETE_EVERY: u64 = 19_327_575 / 3;
const INCOMPLETE_FIRST: u64 = 1_234_567;

impl Plan {
    /// Damage at the rates observed: see the constants below.
    pub(super) fn observed(seed: u64) -> Self {
        let rates = Table::ALL.map(|table| {
            let kinds: &[Rate] = match table {
                Table::Reviews => &OBSERVED_REVIEWS,
                Table::Characteristics => &OBSERVED_CHARACTERISTICS,
                Table::ReviewsPhotos => &OBSERVED_PHOTOS,
                Table::CharacteristicReviews => &[],
            };
            kinds.to_vec()
        });
        Plan {
            key: at(seed, 1),
            rates,
            mode: Mode::Observed,
        }
    }

    /// The share `dirt` (0 to 1) of the rows of each table has a fault; as many more, where there
    /// is room, look strange but must be loaded. The data set has `reviews` reviews, the gone ones
    /// included.
    pub(super) fn own(seed: u64, dirt: f64, reviews: u64) -> Self {
        let all = 1u64 << 32;
        let faulty = ((dirt * all as f64) as u64).min(all);
        let strange = faulty.min(all - faulty);
        let rates = Table::ALL.map(|table| {
            let (faults, harmless): (&[Kind], &[Kind]) = match table {
                Table::Reviews => (&REVIEW_FAULTS, &REVIEW_ODDITIES),
                Table::Characteristics => (&CHARACTERISTIC_FAULTS, &LINE_ENDS),
                Table::ReviewsPhotos => (&PHOTO_FAULTS, &PHOTO_ODDITIES),
                Table::CharacteristicReviews => (&CHARACTERISTIC_REVIEW_FAULTS, &LINE_ENDS),
            };
            let spread = |kinds: &[Kind], share: u64| {
                let each = share / kinds.len() as u64;
                kinds.iter().map(|kind| (each, *kind)).collect::<Vec<_>>()
            };
            [spread(faults, faulty), spread(harmless, strange)].concat()
        });
        Plan {
            key: at(seed, 1),
            rates,
            mode: Mode::Own {
                last_review: if faulty > 0 { reviews } else { 0 },
            },
        }
    }

    /// What happens to a row; for reviews see also [`Plan::review`].
    pub(super) fn draw(&self, table: Table, id: u64) -> Option<Fault> {
        let number = at(at(self.key, table as u64), id);
        let mut left = number >> 32;
        for (rate, (rule, damages)) in &self.rates[table as usize] {
            if left < *rate {
                let damage = damages[below(number << 32, damages.len() as u32) as usize];
                let rule = match damage {
                    Damage::Open(_) | Damage::OpenLast => Some(Rule::UnclosedQuote),
                    _ => *rule,
                };
                return Some(Fault { rule, damage });
            }
            left -= rate;
        }
        let incomplete = matches!(self.mode, Mode::Observed)
            && table == Table::CharacteristicReviews
            && id % INCOMPLETE_EVERY == INCOMPLETE_FIRST;
        incomplete.then_some(Fault {
            rule: Some(Rule::FieldCount),
            damage: Damage::Lose(3),
        })
    }

    /// What happens to a review. A quote may run into the next line only where that line is another
    /// review of the same product (hence of the same part) and undamaged: two of them in a row
    /// could reach the end of the file.
    pub(super) fn review(&self, id: u64, last_of_product: bool) -> Option<Fault> {
        if matches!(self.mode, Mode::Own { last_review } if last_review == id) {
            return Some(Fault {
                rule: Some(Rule::UnclosedQuote),
                damage: Damage::OpenLast,
            });
        }
        let fault = self.draw(Table::Reviews, id)?;
        let certain =
            fault.damage != Damage::OpenLast || (!last_of_product && self.review_is_whole(id + 1));
        Some(if certain {
            fault
        } else {
            Fault {
                damage: Damage::Open(BODY),
                ..fault
            }
        })
    }

    fn review_is_whole(&self, id: u64) -> bool {
        self.draw(Table::Reviews, id).is_none()
            && !matches!(self.mode, Mode::Own { last_review } if last_review == id)
    }
}

const BODY: u8 = 5;

// what was observed: rows gone, rows without their rating, url or name; rates from the published
// counts, but for the empty ratings, of which only the existence is known. An empty url is an empty
// text, which is valid; the lost field is not. Rows go one by one, not with their product, so that
// photos and values alike lose their parents.
const OBSERVED_REVIEWS: [Rate; 3] = [
    (2_467 * PER_MILLION, (None, &[Damage::Gone])),
    (
        12_527 * PER_MILLION,
        (Some(Rule::FieldCount), &[Damage::Lose(2)]),
    ),
    (
        1_000 * PER_MILLION,
        (Some(Rule::MissingValue), &[Damage::Replace(2, "")]),
    ),
];
const OBSERVED_PHOTOS: [Rate; 3] = [
    (2_449 * PER_MILLION, (None, &[Damage::Gone])),
    (
        6_235 * PER_MILLION,
        (Some(Rule::FieldCount), &[Damage::Lose(2)]),
    ),
    (6_235 * PER_MILLION, (None, &[Damage::Replace(2, "")])),
];
const OBSERVED_CHARACTERISTICS: [Rate; 3] = [
    (2_461 * PER_MILLION, (None, &[Damage::Gone])),
    (
        6_235 * PER_MILLION,
        (Some(Rule::FieldCount), &[Damage::Lose(2)]),
    ),
    (
        6_234 * PER_MILLION,
        (Some(Rule::MissingValue), &[Damage::Replace(2, "")]),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_runs_into_an_undamaged_review_of_the_same_product_only() {
        let plan = Plan::own(7, 0.3, 200_000);
        let runs_on = |id, last_of_product| matches!(plan.review(id, last_of_product), Some(fault) if fault.damage == Damage::OpenLast);
        let running: Vec<u64> = (1..200_000).filter(|id| runs_on(*id, false)).collect();
        assert!(running.len() > 300, "{}", running.len());
        for id in running {
            assert_eq!(plan.review(id + 1, false), None, "review {id}");
            assert!(!runs_on(id, true), "review {id}");
        }
    }

    #[test]
    fn the_last_review_has_the_quote_that_nothing_closes() {
        let last = |dirt| {
            Plan::own(7, dirt, 5000)
                .review(5000, true)
                .and_then(|fault| fault.rule)
        };
        assert_eq!(last(0.01), Some(Rule::UnclosedQuote));
        assert_eq!(last(0.0), None);
    }

    #[test]
    fn three_rows_are_incomplete_at_the_full_scale() {
        let plan = Plan::observed(1);
        let incomplete = |id: &u64| plan.draw(Table::CharacteristicReviews, *id).is_some();
        assert_eq!((1..=19_327_575).filter(incomplete).count(), 3);
    }
}
