//! Finds the strftime format of a date, for columns whose dates are in several forms.

use model::schema::DateOrder;

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A part that a strftime directive reads.
    Is(&'static str),
    /// A number of one or two digits in a date. It may be the day, the month or the year.
    Open,
    Mark(char),
    Blanks,
}

/// The format of a date whose numbers are in the given order. `None` if the value is not a date, or
/// if it has a part for which formats have no placeholder.
pub(super) fn form(value: &str, order: DateOrder) -> Option<String> {
    let mut form = Form::default();
    let mut rest = value.trim();
    while let Some(first) = rest.chars().next() {
        let is_alike = |c: char| match first {
            c0 if c0.is_ascii_digit() => c.is_ascii_digit(),
            c0 if c0.is_alphabetic() => c.is_alphabetic(),
            c0 => c0.is_whitespace() && c.is_whitespace(),
        };
        let length = rest.find(|c| !is_alike(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(length.max(first.len_utf8()));
        form.add(token, first)?;
        rest = after;
    }
    form.in_order(order)
}

/// The parts of a value that were read so far.
#[derive(Debug, Default)]
struct Form {
    parts: Vec<Part>,
    /// Number of parts that belong to the date: year, month and day.
    of_date: usize,
    /// Number of parts that belong to the time.
    of_time: usize,
}

const CLOCK: [&str; 3] = ["%H", "%M", "%S"];

impl Form {
    fn add(&mut self, token: &str, first: char) -> Option<()> {
        let part = match first {
            c if c.is_ascii_digit() => self.number(token)?,
            c if c.is_alphabetic() => self.word(token)?,
            c if c.is_whitespace() => Part::Blanks,
            '%' => return None,
            mark => Part::Mark(mark),
        };
        self.parts.push(part);
        Some(())
    }

    fn number(&mut self, digits: &str) -> Option<Part> {
        if self.of_date == 0 && digits.len() == 8 {
            self.of_date = 3;
            return Some(Part::Is("%Y%m%d"));
        }
        if self.of_date < 3 {
            self.of_date += 1;
            return match digits.len() {
                1 | 2 => Some(Part::Open),
                4 => Some(Part::Is("%Y")),
                _ => None,
            };
        }
        let follows_point = self.parts.last() == Some(&Part::Mark('.'));
        let directive = match CLOCK.get(self.of_time) {
            Some(directive) if digits.len() <= 2 => directive,
            None if follows_point => "%f",
            _ => return None,
        };
        self.of_time += 1;
        Some(Part::Is(directive))
    }

    fn word(&mut self, word: &str) -> Option<Part> {
        let word = word.to_ascii_lowercase();
        let begins = |names: [&str; 12]| names.iter().any(|name| word.starts_with(name));
        let months = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ];
        Some(match word.as_str() {
            "am" | "pm" => {
                let hour = self.parts.iter_mut().find(|part| **part == Part::Is("%H"));
                *hour? = Part::Is("%I");
                Part::Is("%p")
            }
            "utc" | "gmt" | "z" => Part::Is("%Z"),
            "t" => Part::Mark('T'),
            _ if self.of_date < 3 && begins(months) => {
                self.of_date += 1;
                Part::Is("%b")
            }
            _ if self.parts.is_empty() => Part::Is("%a"),
            _ => return None,
        })
    }

    /// The format if the open numbers of the date are in this order.
    fn in_order(&self, order: DateOrder) -> Option<String> {
        let has = |directive| self.parts.contains(&Part::Is(directive));
        let roles = match order {
            DateOrder::DayFirst => ["%d", "%m", "%y"],
            DateOrder::MonthFirst => ["%m", "%d", "%y"],
            DateOrder::YearFirst => ["%y", "%m", "%d"],
        };
        // if the value begins with a year of four digits, the month precedes the day
        let is_year_first = self.parts.first() == Some(&Part::Is("%Y"));
        let roles = if is_year_first {
            ["%m", "%d", "%y"]
        } else {
            roles
        };
        let mut roles = roles.into_iter().filter(|role| match *role {
            "%m" => !has("%b"),
            "%y" => !has("%Y"),
            _ => true,
        });
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Is(directive) => text.push_str(directive),
                Part::Open => text.push_str(roles.next()?),
                Part::Mark(mark) => text.push(*mark),
                Part::Blanks => text.push(' '),
            }
        }
        (self.of_date == 3).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_date_is_a_format() {
        for (value, day_first, month_first) in [
            ("25/12/2019", "%d/%m/%Y", "%m/%d/%Y"),
            ("1.2.19 7:05", "%d.%m.%y %H:%M", "%m.%d.%y %H:%M"),
            (
                "12/25/2019 10:00:01 PM",
                "%d/%m/%Y %I:%M:%S %p",
                "%m/%d/%Y %I:%M:%S %p",
            ),
            ("31-Jul-18", "%d-%b-%y", "%d-%b-%y"),
            ("Jan 1 2000", "%b %d %Y", "%b %d %Y"),
            ("2015/01/31", "%Y/%m/%d", "%Y/%m/%d"),
            ("20150131", "%Y%m%d", "%Y%m%d"),
            (
                "2015-01-31T01:02:03.5Z",
                "%Y-%m-%dT%H:%M:%S.%f%Z",
                "%Y-%m-%dT%H:%M:%S.%f%Z",
            ),
            ("Sat 31 January 2015", "%a %d %b %Y", "%a %d %b %Y"),
        ] {
            let by = |order| form(value, order);
            assert_eq!(
                by(DateOrder::DayFirst).as_deref(),
                Some(day_first),
                "{value}"
            );
            assert_eq!(
                by(DateOrder::MonthFirst).as_deref(),
                Some(month_first),
                "{value}"
            );
        }
        for value in ["", "n/a", "12/2019", "100%", "12345/1/1", "1/2/3 4:5:6:7"] {
            assert_eq!(form(value, DateOrder::DayFirst), None, "{value}");
        }
    }
}
