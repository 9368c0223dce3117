//! A strftime format of dates and times, which is parsed once.
//!
//! The directives are those of jiff. This module parses them, because a format must also be
//! checked: `%y` must not guess a century, and numbers without a separator must have a fixed number
//! of digits.

use std::fmt;

use super::super::ColumnType;

/// A format in the notation of strftime, such as `%d.%m.%Y %H:%M`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    items: Vec<Item>,
}

/// An item of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Exactly this character.
    Literal(char),
    /// One or more blanks.
    Blanks,
    /// A part of the date or the time.
    Field(Field, Width),
}

/// A part of a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Year,
    /// The last two digits of the year.
    ShortYear,
    Month,
    MonthName,
    Day,
    DayOfYear,
    Weekday,
    Hour,
    /// The hour from 1 to 12, for which [`Field::Half`] is needed.
    HalfHour,
    /// AM or PM.
    Half,
    Minute,
    Second,
    /// The digits of the fractional second.
    Fraction,
    /// `Z`, `+01`, `+0100` or `+01:00`.
    Offset,
    /// `UTC`, `GMT` or `Z`.
    Zone,
    /// Seconds since 1970-01-01 00:00:00 UTC.
    EpochSeconds,
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    EpochMilliseconds,
}

/// How many digits of a number are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// As many as the largest value has, because other digits are next to the number.
    Full,
    /// At most as many as the largest value has.
    UpTo,
}

impl Field {
    fn of(directive: char) -> Option<Field> {
        Some(match directive {
            'Y' => Field::Year,
            'y' => Field::ShortYear,
            'm' => Field::Month,
            'b' | 'B' | 'h' => Field::MonthName,
            'd' | 'e' => Field::Day,
            'j' => Field::DayOfYear,
            'a' | 'A' => Field::Weekday,
            'H' | 'k' => Field::Hour,
            'I' | 'l' => Field::HalfHour,
            'p' | 'P' => Field::Half,
            'M' => Field::Minute,
            'S' => Field::Second,
            'f' => Field::Fraction,
            'z' => Field::Offset,
            'Z' => Field::Zone,
            's' => Field::EpochSeconds,
            'Q' => Field::EpochMilliseconds,
            _ => return None,
        })
    }

    fn is_number(self) -> bool {
        !matches!(
            self,
            Field::MonthName | Field::Weekday | Field::Half | Field::Offset | Field::Zone
        )
    }

    fn is_epoch(self) -> bool {
        matches!(self, Field::EpochSeconds | Field::EpochMilliseconds)
    }

    /// Whether the part belongs to the time of day.
    fn is_of_time(self) -> bool {
        matches!(
            self,
            Field::Hour
                | Field::HalfHour
                | Field::Half
                | Field::Minute
                | Field::Second
                | Field::Fraction
        )
    }
}

impl DateFormat {
    /// Parses a format.
    ///
    /// # Errors
    ///
    /// When a directive is unknown, or when the format does not determine a date or a time of day.
    pub fn parse(text: &str) -> Result<DateFormat, String> {
        let mut items = Vec::new();
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '%' => push_directive(&mut rest, text, &mut items)?,
                c if c.is_whitespace() => push_blanks(&mut items),
                c => items.push(Item::Literal(c)),
            }
        }
        set_widths(&mut items);
        let format = DateFormat {
            text: text.to_owned(),
            items,
        };
        format.check().map_err(|why| format!("\"{text}\": {why}"))?;
        Ok(format)
    }

    /// The items in the order of the format.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    fn fields(&self) -> impl Iterator<Item = Field> {
        self.items.iter().filter_map(|item| match item {
            Item::Field(field, _) => Some(*field),
            _ => None,
        })
    }

    fn has(&self, field: Field) -> bool {
        self.fields().any(|other| other == field)
    }

    /// Whether the format has a year of two digits.
    pub fn has_short_year(&self) -> bool {
        self.has(Field::ShortYear)
    }

    fn has_date(&self) -> bool {
        self.fields()
            .any(|field| field.is_epoch() || matches!(field, Field::Year | Field::ShortYear))
    }

    /// Whether a column of this type can be read with the format.
    pub fn fits(&self, kind: &ColumnType) -> bool {
        match kind {
            ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. } => {
                self.has_date()
            }
            ColumnType::Time { .. } => self.fields().all(Field::is_of_time),
            _ => false,
        }
    }

    fn check(&self) -> Result<(), String> {
        let fields: Vec<Field> = self.fields().collect();
        let has = |field| fields.contains(&field);
        if let Some(epoch) = fields.iter().find(|field| field.is_epoch()) {
            let others = fields.iter().filter(|field| *field != epoch).count();
            return match others == 0 && fields.len() == 1 {
                true => Ok(()),
                false => Err(
                    "an epoch (%s, %Q) is a whole date and time and must be alone; seconds are %S"
                        .into(),
                ),
            };
        }
        let groups: [&[Field]; 6] = [
            &[Field::Year, Field::ShortYear],
            &[Field::Month, Field::MonthName, Field::DayOfYear],
            &[Field::Day, Field::DayOfYear],
            &[Field::Hour, Field::HalfHour],
            &[Field::Minute],
            &[Field::Second],
        ];
        if let Some(twice) = groups.into_iter().find(|group| {
            let of_group = fields.iter().filter(|field| group.contains(field));
            of_group.count() > 1
        }) {
            return Err(format!("{} occurs twice", name(twice[0])));
        }
        let lacks = |wanted: Field, needed: &[Field]| {
            has(wanted) && !needed.iter().any(|field| has(*field))
        };
        let hours = [Field::Hour, Field::HalfHour];
        for (field, needed) in [
            (Field::Minute, &hours[..]),
            (Field::Second, &[Field::Minute]),
            (Field::Fraction, &[Field::Second]),
            (Field::HalfHour, &[Field::Half]),
            (Field::Half, &[Field::HalfHour]),
        ] {
            if lacks(field, needed) {
                let (field, needed) = (name(field), name(needed[0]));
                return Err(format!(
                    "{field} occurs without {needed}, which must be added (%M is the minute; the \
                     month is %m or %B)"
                ));
            }
        }
        let has_day = has(Field::DayOfYear)
            || (has(Field::Day) && (has(Field::Month) || has(Field::MonthName)));
        let is_time = fields.iter().all(|field| field.is_of_time());
        match (self.has_date(), has_day) {
            (true, true) => Ok(()),
            (false, false) if is_time && hours.iter().any(|hour| has(*hour)) => Ok(()),
            _ => Err("a date needs year (%Y), month (%m) and day (%d), a time needs %H".into()),
        }
    }
}

/// The name of a part and its usual directive, for messages.
fn name(field: Field) -> &'static str {
    match field {
        Field::Year | Field::ShortYear => "the year (%Y)",
        Field::Month | Field::MonthName => "the month (%m)",
        Field::Day | Field::DayOfYear => "the day (%d)",
        Field::Hour => "the hour (%H)",
        Field::HalfHour => "the hour from 1 to 12 (%I)",
        Field::Half => "AM or PM (%p)",
        Field::Minute => "the minute (%M)",
        Field::Second => "the second (%S)",
        Field::Fraction => "the fraction of the second (%f)",
        Field::Weekday => "the weekday (%a)",
        Field::Offset | Field::Zone => "the zone (%z)",
        Field::EpochSeconds | Field::EpochMilliseconds => "the epoch (%s)",
    }
}

fn push_blanks(items: &mut Vec<Item>) {
    if items.last() != Some(&Item::Blanks) {
        items.push(Item::Blanks);
    }
}

/// Adds the items of the directive that follows a `%`.
fn push_directive(
    rest: &mut std::str::Chars<'_>,
    text: &str,
    items: &mut Vec<Item>,
) -> Result<(), String> {
    // flags say how a number is padded; they are ignored, because every padding is read
    let directive = rest.find(|c| !matches!(c, '-' | '_' | '0' | ':'));
    let expanded = match directive {
        Some('%') => {
            items.push(Item::Literal('%'));
            return Ok(());
        }
        Some('n' | 't') => {
            push_blanks(items);
            return Ok(());
        }
        Some('F') => "Y-m-d",
        Some('T') => "H:M:S",
        Some('R') => "H:M",
        Some(directive) => match Field::of(directive) {
            Some(field) => {
                items.push(Item::Field(field, Width::UpTo));
                return Ok(());
            }
            None => {
                return Err(format!(
                    "\"{text}\": %{directive} is not known; use %Y %y %m %b %d %j %a %H %I \
                     %p %M %S %f %z %Z %F %T %R %s %Q, as in strftime"
                ));
            }
        },
        None => return Err(format!("\"{text}\" ends with %; a percent sign is %%")),
    };
    items.extend(expanded.chars().map(|c| match Field::of(c) {
        Some(field) => Item::Field(field, Width::UpTo),
        None => Item::Literal(c),
    }));
    Ok(())
}

/// Numbers that are next to each other must have all of their digits, because nothing else
/// separates them.
fn set_widths(items: &mut [Item]) {
    let is_number = |item: &Item| match item {
        Item::Field(field, _) => field.is_number(),
        Item::Literal(c) => c.is_ascii_digit(),
        Item::Blanks => false,
    };
    let numbers: Vec<bool> = items.iter().map(is_number).collect();
    for (at, item) in items.iter_mut().enumerate() {
        let has_neighbour = (at > 0 && numbers[at - 1]) || numbers.get(at + 1) == Some(&true);
        if let Item::Field(_, width) = item
            && numbers[at]
            && has_neighbour
        {
            *width = Width::Full;
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
