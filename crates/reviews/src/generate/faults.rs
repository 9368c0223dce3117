//! Decides which rows of the dirty variant are damaged, how, and by which rule a loader must reject
//! them.
//!
//! A row has at most one damage. The damage depends only on the table and the id of the row. So
//! `generate --part` knows which parent rows are damaged without making them. Every damage has one
//! rule, or none when a loader must load the row. There are two plans: the rates observed in the
//! real files, and a given share that is spread evenly over all damages of a table.
//!
//! Closing quotes are left out only in reviews, where every correct reader reports the same error.
//! The field ends at the next quote, which is meant to open another field, so text follows a
//! closing quote. The next quote is in the same line or, if the field is the last text of its line,
//! in the next line. In the other files a row has only one text. There, a missing quote would join
//! two rows to one that looks valid.

use super::Table;
use super::fault_kinds::{
    CHARACTERISTIC_FAULTS, CHARACTERISTIC_REVIEW_FAULTS, LINE_ENDS, PHOTO_FAULTS, PHOTO_ODDITIES,
    REVIEW_FAULTS, REVIEW_ODDITIES,
};
use crate::random::{at, below};
use model::rejection::Rule;

/// A damage of a row. Columns are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// The row is not written.
    Gone,
    /// The row is written a second time.
    Twice,
    /// The column is replaced by this text, written without quotes or escapes.
    Replace(u8, &'static str),
    /// The column and its comma are left out.
    Lose(u8),
    /// The row has one more field.
    Extend,
    /// The text of that column has no closing quote.
    Open(u8),
    /// The last text of the line has no closing quote.
    OpenLast,
    /// The text of that column is longer than any column allows.
    Lengthen(u8),
    /// The text of that column contains a byte that is not UTF-8.
    Spoil(u8),
    /// The text of that column ends with this text, in which quotes are already doubled.
    Append(u8, &'static str),
    /// The line ends with CR LF.
    Crlf,
}

/// A damage and the rule by which it is rejected. Without a rule the row must be loaded, unless it
/// is not written at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) rule: Option<Rule>,
    pub(super) damage: Damage,
}

/// A rule and the damages that break it. Without a rule: damages that break no rule.
pub(super) type FaultKind = (Option<Rule>, &'static [Damage]);

/// How many of 2^32 rows get a damage, and the kind of the damage.
type Rate = (u64, FaultKind);

const PER_MILLION: u64 = (1 << 32) / 1_000_000;

/// Which rows are damaged.
#[derive(Debug)]
pub(super) struct DamagePlan {
    key: u64,
    rates: [Vec<Rate>; 4],
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// The rates of the real files.
    Observed,
    /// A given share. The review with this id, the last of the data set, has an unclosed quote that
    /// runs to the end of the file; 0: no review has one.
    Share { last_review: u64 },
}

/// The real file of characteristic_reviews has 19,327,575 rows, of which three are incomplete.
const INCOMPLETE_EVERY: u64 = 19_327_575 / 3;
const INCOMPLETE_FIRST: u64 = 1_234_567;

impl DamagePlan {
    /// Damage at the rates of the real files, which are the constants `OBSERVED_…` below.
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
        DamagePlan {
            key: at(seed, 1),
            rates,
            mode: Mode::Observed,
        }
    }

    /// The share `dirt` (0 to 1) of the rows of each table has a fault. If enough rows are left,
    /// the same number of rows looks unusual but must be loaded. `reviews` is the number of reviews
    /// of the data set, including those that are not written.
    pub(super) fn share(seed: u64, dirt: f64, reviews: u64) -> Self {
        let all = 1u64 << 32;
        let faulty = ((dirt * all as f64) as u64).min(all);
        let strange = faulty.min(all - faulty);
        let rates = Table::ALL.map(|table| {
            let (faults, harmless): (&[FaultKind], &[FaultKind]) = match table {
                Table::Reviews => (&REVIEW_FAULTS, &REVIEW_ODDITIES),
                Table::Characteristics => (&CHARACTERISTIC_FAULTS, &LINE_ENDS),
                Table::ReviewsPhotos => (&PHOTO_FAULTS, &PHOTO_ODDITIES),
                Table::CharacteristicReviews => (&CHARACTERISTIC_REVIEW_FAULTS, &LINE_ENDS),
            };
            let spread = |kinds: &[FaultKind], share: u64| {
                let each = share / kinds.len() as u64;
                kinds.iter().map(|kind| (each, *kind)).collect::<Vec<_>>()
            };
            [spread(faults, faulty), spread(harmless, strange)].concat()
        });
        DamagePlan {
            key: at(seed, 1),
            rates,
            mode: Mode::Share {
                last_review: if faulty > 0 { reviews } else { 0 },
            },
        }
    }

    /// The fault of a row. For reviews use [`DamagePlan::review`].
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

    /// The fault of a review. An unclosed quote may continue into the next line only if that line
    /// is an undamaged review of the same product. The reviews of a product are always in the same
    /// part of the data set.
    pub(super) fn review(&self, id: u64, position: Position) -> Option<Fault> {
        if matches!(self.mode, Mode::Share { last_review } if last_review == id) {
            return Some(Fault {
                rule: Some(Rule::UnclosedQuote),
                damage: Damage::OpenLast,
            });
        }
        let fault = self.draw(Table::Reviews, id)?;
        let certain = fault.damage != Damage::OpenLast
            || (position == Position::BeforeAnother && self.review_is_whole(id + 1));
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
            && !matches!(self.mode, Mode::Share { last_review } if last_review == id)
    }
}

/// The column of the body of a review.
const BODY: u8 = 5;

/// The position of a review among the reviews of its product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Another review of the product follows.
    BeforeAnother,
    /// The review is the last one of the product.
    Last,
}

// The rates come from the published counts: rows that are missing, and rows without their rating,
// url or name. How many ratings are empty was not published, only that some are. An empty url is
// valid, a missing field is not. Single rows are left out, not all rows of a product, so that some
// photos and values lose their parents.
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
        let plan = DamagePlan::share(7, 0.3, 200_000);
        let runs_on = |id, position| matches!(plan.review(id, position), Some(fault) if fault.damage == Damage::OpenLast);
        let before = Position::BeforeAnother;
        let running: Vec<u64> = (1..200_000).filter(|id| runs_on(*id, before)).collect();
        assert!(running.len() > 300, "{}", running.len());
        for id in running {
            assert_eq!(plan.review(id + 1, before), None, "review {id}");
            assert!(!runs_on(id, Position::Last), "review {id}");
        }
    }

    #[test]
    fn the_last_review_has_a_quote_that_is_never_closed() {
        let last = |dirt| {
            DamagePlan::share(7, dirt, 5000)
                .review(5000, Position::Last)
                .and_then(|fault| fault.rule)
        };
        assert_eq!(last(0.01), Some(Rule::UnclosedQuote));
        assert_eq!(last(0.0), None);
    }

    #[test]
    fn three_rows_are_incomplete_at_the_full_scale() {
        let plan = DamagePlan::observed(1);
        let incomplete = |id: &u64| plan.draw(Table::CharacteristicReviews, *id).is_some();
        assert_eq!((1..=19_327_575).filter(incomplete).count(), 3);
    }
}
