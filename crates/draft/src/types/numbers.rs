//! Chooses types for numbers.

use model::schema::{ColumnType, NumberStyle};

use super::units::units_of;
use super::{Choice, Column, Found, named};
use crate::integers;
use crate::names::{key_word, words};
use crate::readings::{READINGS, Reading, Seen, UNITS};

/// Maximum number of digits after the point for which DECIMAL is preferred to DOUBLE.
const MOST_DECIMALS: u16 = 10;

/// Maximum number of digits of a number that is an amount rather than the result of a calculation.
const MOST_OF_AMOUNT: u16 = 30;

/// Limits of DECIMAL: most digits, and most digits after the point.
const MOST_DIGITS: u16 = 65;
const MOST_SCALE: u16 = 30;

/// Whole numbers in this range are epoch seconds whatever the column's name: 2001-09-09 to
/// 2030-03-17.
const EPOCH_SECONDS: std::ops::Range<i64> = 1_000_000_000..1_900_000_000;

/// Whole numbers in this range are epoch seconds if the column has a name like that of a date:
/// 1985-11-05 to 2030-03-17.
const EPOCH_SECONDS_BY_NAME: std::ops::Range<i64> = 500_000_000..1_900_000_000;

/// Whole numbers in this range may be epoch milliseconds: 2001-09-09 to 2100.
pub(super) const EPOCH_MILLISECONDS: std::ops::Range<i64> = 1_000_000_000_000..4_102_444_800_000;

/// Whole numbers in this range may be days in the form `YYYYMMDD`.
const COMPACT_DAYS: std::ops::RangeInclusive<i64> = 19_000_101..=21_001_231;

const CUT_OFF: &str = "numbers such as 1.23457E+11 have only six digits, as spreadsheets show long \
                       numbers: the other digits are probably lost in the file. Write the file \
                       again with the cells formatted as numbers without decimals, or as texts";

/// A larger set of numbers is not tried as dates, because that takes too long.
const MOST_DATES: u64 = 200_000;

impl Column<'_> {
    /// The type of whole numbers.
    pub(super) fn whole_number(&self) -> Choice {
        let (least, greatest) = self.range();
        let numbers = &self.profile.integers;
        let is_flag = (least, greatest) == (0, 1) && !named::is_key(self.name);
        if is_flag {
            return Choice::new(ColumnType::Boolean)
                .noting("all values are 0 or 1; BOOLEAN is TINYINT(1), so they stay numbers");
        }
        let plain = Choice::new(integer_type(self.is_key(), least, greatest));
        if self.profile.tried > 0 {
            // some numbers exceed a signed 64-bit integer, so they are not dates
            return plain;
        }
        let is_named = named::is_time(self.name);
        let within = |range: std::ops::Range<i64>| {
            range.contains(&numbers.least) && range.contains(&numbers.greatest)
        };
        let days = || {
            let set = numbers.set().filter(|set| set.len() <= MOST_DATES);
            let is_day = |key: u64| {
                let text = integers::number(key).to_string();
                clean::timestamp::date(text.as_bytes()).is_ok()
            };
            let is_in = |number: i64| COMPACT_DAYS.contains(&number);
            is_in(numbers.least)
                && is_in(numbers.greatest)
                && set.is_some_and(|set| set.iter().all(is_day))
        };
        let (kind, form) = if within(EPOCH_MILLISECONDS) {
            (ColumnType::DateTime { precision: 3 }, "epoch milliseconds")
        } else if within(EPOCH_SECONDS) || is_named && within(EPOCH_SECONDS_BY_NAME) {
            (ColumnType::DateTime { precision: 0 }, "epoch seconds")
        } else if days() {
            (ColumnType::Date, "dates in the form YYYYMMDD")
        } else {
            return plain;
        };
        match is_named {
            true => Choice::new(kind).noting(format!("written as {form}")),
            false => plain.noting(format!(
                "the numbers may be {form}: if they are, declare the column as {kind}"
            )),
        }
    }

    /// The type of whole numbers that are written as `12.0`. pandas writes integers in this way if
    /// some values of the column are missing. If none is missing, fractions are possible, so the
    /// type is the one for fractions.
    pub(super) fn pointed_number(&self) -> Choice {
        let (least, greatest) = self.range();
        let profile = self.profile;
        let has_holes = profile.nulls + profile.blanks > 0 || !profile.words.is_empty();
        let digits = least.abs().max(greatest.abs()).to_string().len();
        if has_holes || self.is_key() || digits > 15 {
            return Choice::new(integer_type(self.is_key(), least, greatest))
                .noting("whole numbers, written with a zero after the point, such as 12.0");
        }
        Choice::new(ColumnType::Decimal {
            precision: digits as u8 + 1,
            scale: 1,
            unsigned: false,
        })
    }

    fn is_key(&self) -> bool {
        matches!(
            key_word(&words(self.name)),
            Some("id" | "key" | "pk" | "fk" | "sk")
        )
    }

    /// The smallest and the largest whole number.
    fn range(&self) -> (i128, i128) {
        let numbers = &self.profile.integers;
        let (mut least, mut greatest) = (i128::from(numbers.least), i128::from(numbers.greatest));
        if numbers.count == 0 {
            (least, greatest) = (i128::MAX, i128::MIN);
        }
        // numbers of 19 digits or more are not in `integers`
        if let Some(seen) = self.seen(&Reading::Integer)
            && self.profile.tried > 0
        {
            least = least.min(seen.least as i128);
            // a DOUBLE may round the largest number up beyond 64 bits
            greatest = greatest.max((seen.greatest as i128).min(u64::MAX.into()));
        }
        (least, greatest)
    }

    /// The type of numbers that are not all whole.
    pub(super) fn number(&self) -> Found {
        if self.seen(&Reading::Decimal).is_some() || self.seen(&Reading::Double).is_some() {
            return self.with_point();
        }
        for has_units in [false, true] {
            match self.styled(has_units) {
                Found::None => {}
                found => return found,
            }
        }
        self.in_parentheses()
    }

    /// The type of numbers with a decimal point. They are ambiguous if the point may separate
    /// thousands.
    fn with_point(&self) -> Found {
        let Some(mut seen) = self.seen(&Reading::Decimal) else {
            return self.with_exponent();
        };
        let is_group = self.style(Some('.'), Some(','), false).is_some();
        let is_clear = seen.is_clear || self.profile.has_points || self.has_ungrouped();
        if seen.fraction > 0 && is_group && !is_clear {
            return Found::Several(
                "a number such as 1.234 may be 1234 (thousands = \".\") or a fraction (DECIMAL)"
                    .to_owned(),
            );
        }
        seen.whole = seen.whole.max(self.digits());
        let Some(kind) = self.decimal(&seen) else {
            return Found::Text(too_long(seen.whole + seen.fraction));
        };
        match self.with_zeros(&seen, &kind) {
            Some(found) => found,
            None => Found::One(Choice::new(kind)),
        }
    }

    /// The type of numbers if some have an exponent, or more digits than a DECIMAL.
    fn with_exponent(&self) -> Found {
        let Some(seen) = self.seen(&Reading::Double) else {
            return Found::None;
        };
        let has_negative = self.profile.integers.count > 0 && self.profile.integers.least < 0;
        if seen.is_code && !(seen.is_clear || has_negative || self.profile.has_points) {
            return Found::Several(
                "a value such as 10e0 may be a code or a number with an exponent (DOUBLE)"
                    .to_owned(),
            );
        }
        match seen.is_lossy {
            true => Found::Text(format!(
                "a text, because numbers have up to {} digits: DOUBLE would round them, and \
                 DECIMAL cannot store them",
                seen.significant
            )),
            false if seen.flags != 0 => Found::One(Choice::new(double()).warning(CUT_OFF)),
            false => Found::One(Choice::new(double())),
        }
    }

    /// Whether there are whole numbers of four digits or more without a thousands separator.
    fn has_ungrouped(&self) -> bool {
        let numbers = &self.profile.integers;
        numbers.count > 0 && (numbers.greatest >= 1000 || numbers.least <= -1000)
    }

    /// Digits of the longest whole number.
    fn digits(&self) -> u16 {
        let numbers = &self.profile.integers;
        let longest = numbers
            .least
            .unsigned_abs()
            .max(numbers.greatest.unsigned_abs());
        match numbers.count {
            0 => 0,
            _ => longest.to_string().len() as u16,
        }
    }

    /// The type that keeps all digits of the numbers; `None` if no type does.
    fn decimal(&self, seen: &Seen) -> Option<ColumnType> {
        let whole = seen.whole.max(1);
        let digits = whole + seen.fraction;
        let is_short = seen.fraction <= MOST_DECIMALS && digits <= MOST_OF_AMOUNT;
        let double_reads = self.seen(&Reading::Double);
        let is_real = seen.fraction > 0 && double_reads.is_some_and(|seen| !seen.is_lossy);
        if !is_short && is_real {
            return Some(double());
        }
        let fits = digits <= MOST_DIGITS && seen.fraction <= MOST_SCALE;
        fits.then_some(ColumnType::Decimal {
            precision: digits as u8,
            scale: seen.fraction as u8,
            unsigned: false,
        })
    }

    fn style(
        &self,
        thousands: Option<char>,
        decimal: Option<char>,
        has_units: bool,
    ) -> Option<Seen> {
        if self.profile.has_points && (thousands == Some('.') || decimal == Some(',')) {
            return None;
        }
        let style = NumberStyle {
            thousands,
            decimal,
            strip: if has_units {
                UNITS.iter().collect()
            } else {
                String::new()
            },
            ..NumberStyle::default()
        };
        let at = READINGS
            .iter()
            .position(|r| *r == Reading::Styled(style.clone()))?;
        self.profile.reads(at).then(|| self.profile.seen(at))
    }

    /// The type of numbers with other decimal or thousands marks, with or without units.
    fn styled(&self, has_units: bool) -> Found {
        let style = |thousands, decimal| self.style(thousands, Some(decimal), has_units);
        if has_units && let Some(words) = self.different_units() {
            return Found::Several(words);
        }
        if has_units && let Some(seen) = style(None, '.') {
            let is_group = style(Some('.'), ',').is_some();
            return match is_group && seen.fraction > 0 && !self.has_ungrouped() && !seen.is_clear {
                true => Found::Several(
                    "a number such as 1.234 may be 1234 (thousands = \".\") or a fraction"
                        .to_owned(),
                ),
                false => self.of_style(None, '.', &seen),
            };
        }
        if let (Some(_), Some(fraction)) = (style(Some(','), '.'), style(None, ','))
            && !self.has_ungrouped()
            && !fraction.is_clear
        {
            return Found::Several(
                "a number such as 1,234 may be 1234 (thousands = \",\") or a fraction (decimal = \
                 \",\")"
                    .to_owned(),
            );
        }
        let marks = [
            (None, ','),
            (Some(','), '.'),
            (Some('.'), ','),
            (Some(' '), ','),
            (Some(' '), '.'),
            (Some('\''), '.'),
        ];
        let found = marks.iter().find_map(|(thousands, decimal)| {
            let seen = style(*thousands, *decimal)?;
            Some(self.of_style(*thousands, *decimal, &seen))
        });
        found.unwrap_or(Found::None)
    }

    /// The type of numbers in a style; `None` if no type keeps all digits.
    pub(super) fn type_of_style(&self, seen: &Seen) -> Option<ColumnType> {
        let mut seen = *seen;
        seen.whole = seen.whole.max(self.digits());
        let numbers = &self.profile.integers;
        let (least, greatest) = match numbers.count {
            0 => (seen.least, seen.greatest),
            _ => (
                seen.least.min(numbers.least as f64),
                seen.greatest.max(numbers.greatest as f64),
            ),
        };
        match seen.fraction == 0 && seen.whole <= 15 {
            true => Some(integer_type(false, least as i128, greatest as i128)),
            false => self.decimal(&seen),
        }
    }

    fn of_style(&self, thousands: Option<char>, decimal: char, seen: &Seen) -> Found {
        let Some(kind) = self.type_of_style(seen) else {
            return Found::Text(too_long(seen.whole + seen.fraction));
        };
        let mut choice = match self.with_zeros(seen, &kind) {
            Some(Found::One(choice)) => choice,
            // a thousands mark or a unit shows that these are numbers; a decimal comma alone does
            // not
            Some(found) if thousands.is_none() && units_of(seen).is_empty() => return found,
            _ => Choice::new(kind),
        };
        if decimal != '.' && (seen.fraction > 0 || thousands.is_none()) {
            choice = choice.with("decimal", &decimal.to_string());
        }
        if let Some(mark) = thousands {
            choice = choice.with("thousands", &mark.to_string());
        }
        if seen.is_code {
            choice = choice.noting("a minus after the digits makes a number negative");
        }
        let units = units_of(seen);
        if !units.is_empty() {
            choice = choice
                .noting(format!("written with {units}, which is not stored"))
                .with("strip", &units);
        }
        Found::One(choice)
    }
}

/// Why numbers become texts.
fn too_long(digits: u16) -> String {
    format!(
        "a text, because numbers have {digits} digits: DOUBLE would round them, and DECIMAL \
         cannot store them"
    )
}

fn double() -> ColumnType {
    ColumnType::Double {
        unsigned: false,
        digits: None,
    }
}

/// The smallest type that also fits numbers twice as large. A key gets at least 32 bits, because
/// tables grow.
fn integer_type(is_key: bool, least: i128, greatest: i128) -> ColumnType {
    let unsigned = least >= 0;
    let largest = |bits: u32| (1i128 << (bits - u32::from(!unsigned))) - 1;
    let fits = |bits: u32| {
        let most = largest(bits);
        greatest * 2 <= most && (unsigned || least * 2 >= -most - 1)
    };
    let sizes: &[u32] = if is_key { &[32] } else { &[8, 16, 32] };
    let bits = sizes.iter().copied().find(|bits| fits(*bits)).unwrap_or(64);
    let is_too_large = greatest > largest(bits) || least < -largest(bits) - 1;
    if is_too_large {
        return ColumnType::Decimal {
            precision: 20,
            scale: 0,
            unsigned: false,
        };
    }
    ColumnType::Integer {
        bits: bits as u8,
        unsigned,
    }
}
