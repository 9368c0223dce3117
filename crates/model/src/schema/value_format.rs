//! How files write the values of a column. These are settings of the load, not properties of the
//! column in the database.

mod date_format;
mod factor;

pub use date_format::{DateFormat, Field, Item, Width};
pub use factor::Factor;

use super::ColumnType;
use crate::setting::{SettingError, single, switch};

/// How files write the values of a column. The default is the format that is read without settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFormat {
    /// Words that mean NULL, besides an empty field, `\N` and `null`. Case matters. In text
    /// columns, blanks around the words matter too.
    pub nulls: Vec<String>,
    /// How dates are written.
    pub dates: DateStyle,
    /// How numbers are written.
    pub numbers: NumberStyle,
    /// Other words for true and false.
    pub truth: TruthWords,
    /// How texts are changed.
    pub text: TextStyle,
}

/// How dates and times are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateStyle {
    /// The formats of the column. If there are any, dates in other formats are not read.
    pub formats: Vec<DateFormat>,
    /// The order of day, month and year in dates that would otherwise be ambiguous.
    pub order: Option<DateOrder>,
    /// Years of two digits from this number on are in the 1900s, smaller ones in the 2000s. Without
    /// it, years of two digits are not read.
    pub pivot: Option<u8>,
}

/// The order of day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
    /// Year, month, day.
    YearFirst,
}

impl DateOrder {
    /// All orders.
    pub const ALL: [DateOrder; 3] = [
        DateOrder::DayFirst,
        DateOrder::MonthFirst,
        DateOrder::YearFirst,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            DateOrder::DayFirst => "dmy",
            DateOrder::MonthFirst => "mdy",
            DateOrder::YearFirst => "ymd",
        }
    }
}

/// How numbers are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberStyle {
    /// The decimal mark, `.` or `,`, if the user set it.
    pub decimal: Option<char>,
    /// The separator of groups of three digits.
    pub thousands: Option<char>,
    /// Characters that are removed at both ends of a number. They may also follow its sign.
    pub strip: String,
    /// Whether a number in parentheses is negative.
    pub parentheses: bool,
    /// The factor by which each number is multiplied.
    pub scale: Option<Factor>,
    /// Whether a number with more digits than a DECIMAL stores is rounded.
    pub round: bool,
}

impl NumberStyle {
    /// The decimal mark. It is a comma if it is not set and a point separates thousands.
    pub fn decimal_mark(&self) -> char {
        match (self.decimal, self.thousands) {
            (Some(mark), _) => mark,
            (None, Some('.')) => ',',
            (None, _) => '.',
        }
    }

    /// Whether numbers must be rewritten before the rule of their type can read them.
    pub fn changes_spelling(&self) -> bool {
        let plain = NumberStyle {
            round: self.round,
            ..NumberStyle::default()
        };
        *self != plain
    }
}

/// Words for true and false besides the usual ones. Case is disregarded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TruthWords {
    /// Words for true.
    pub yes: Vec<String>,
    /// Words for false.
    pub no: Vec<String>,
    /// Whether a TINYINT(1) also accepts other whole numbers, as the server does.
    pub or_integers: bool,
}

/// How texts are changed before they are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextStyle {
    /// The case to which all letters are converted.
    pub case: Option<Case>,
    /// Whether blanks at both ends are removed.
    pub trim: bool,
    /// Whether the word `null` is a text in a nullable column.
    pub keep_null: bool,
}

/// Upper or lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `abc`.
    Lower,
    /// `ABC`.
    Upper,
}

impl Case {
    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Case::Lower => "lower",
            Case::Upper => "upper",
        }
    }
}

/// Blanks that separate thousands. They look alike, and a file may mix them.
pub const BLANKS: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];
/// Apostrophes that separate thousands. A file may mix them, too.
pub const APOSTROPHES: [char; 2] = ['\'', '\u{2019}'];

impl ValueFormat {
    /// The names of the settings.
    pub const KEYS: &[&str] = &[
        "null",
        "date_format",
        "date_order",
        "pivot",
        "decimal",
        "thousands",
        "strip",
        "parentheses",
        "scale",
        "round",
        "true_values",
        "false_values",
        "small_integers",
        "case",
        "trim",
        "keep_null",
    ];

    /// Changes the setting of this name. Without a value, or with an empty one, resets it.
    ///
    /// # Errors
    ///
    /// When no setting has this name, or the setting does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        if values.iter().all(String::is_empty) {
            return self.unset(key);
        }
        match key {
            "null" => self.nulls = values.to_vec(),
            "date_format" => {
                let formats = values.iter().map(|text| DateFormat::parse(text));
                self.dates.formats = formats.collect::<Result<_, String>>()?;
            }
            "date_order" => self.dates.order = Some(order(single(values)?)?),
            "pivot" => self.dates.pivot = Some(pivot(single(values)?)?),
            "decimal" => self.numbers.decimal = Some(mark(single(values)?, &[',', '.'])?),
            "thousands" => {
                let separators = [&[',', '.', '_'][..], &BLANKS, &APOSTROPHES].concat();
                self.numbers.thousands = Some(mark(single(values)?, &separators)?);
            }
            "strip" => self.numbers.strip = strip(&values.concat())?,
            "parentheses" => self.numbers.parentheses = switch(values)?,
            "scale" => self.numbers.scale = Some(Factor::parse(single(values)?)?),
            "round" => self.numbers.round = switch(values)?,
            "true_values" => self.truth.yes = words(values)?,
            "false_values" => self.truth.no = words(values)?,
            "small_integers" => self.truth.or_integers = switch(values)?,
            "case" => self.text.case = Some(case(single(values)?)?),
            "trim" => self.text.trim = switch(values)?,
            "keep_null" => self.text.keep_null = switch(values)?,
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    fn unset(&mut self, key: &str) -> Result<(), SettingError> {
        match key {
            "null" => self.nulls.clear(),
            "date_format" => self.dates.formats.clear(),
            "date_order" => self.dates.order = None,
            "pivot" => self.dates.pivot = None,
            "decimal" => self.numbers.decimal = None,
            "thousands" => self.numbers.thousands = None,
            "strip" => self.numbers.strip.clear(),
            "parentheses" => self.numbers.parentheses = false,
            "scale" => self.numbers.scale = None,
            "round" => self.numbers.round = false,
            "true_values" => self.truth.yes.clear(),
            "false_values" => self.truth.no.clear(),
            "small_integers" => self.truth.or_integers = false,
            "case" => self.text.case = None,
            "trim" => self.text.trim = false,
            "keep_null" => self.text.keep_null = false,
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    /// Whether the setting of this name applies to columns of this type.
    pub fn uses(key: &str, kind: &ColumnType) -> bool {
        let is_date = is_of_dates(kind);
        match key {
            "null" => true,
            "date_format" => is_date || matches!(kind, ColumnType::Time { .. }),
            "date_order" => is_date,
            "pivot" => is_date || matches!(kind, ColumnType::Year),
            "decimal" | "thousands" | "strip" | "parentheses" | "scale" => is_of_numbers(kind),
            "round" => matches!(kind, ColumnType::Decimal { .. }),
            "true_values" | "false_values" => is_of_truth(kind),
            "small_integers" => *kind == ColumnType::Boolean,
            "case" | "trim" | "keep_null" => kind.is_text(),
            _ => false,
        }
    }

    /// The settings of a table, or of all tables, that apply to a column of this type. Words for
    /// NULL do not apply to text columns, because such a word may be a value there.
    pub fn reduced(&self, kind: &ColumnType) -> ValueFormat {
        let mut format = ValueFormat::default();
        if !kind.is_text() {
            format.nulls.clone_from(&self.nulls);
        }
        let formats = self.dates.formats.iter();
        format.dates.formats = formats.filter(|date| date.fits(kind)).cloned().collect();
        if is_of_dates(kind) {
            format.dates.order = self.dates.order;
        }
        if Self::uses("pivot", kind) {
            format.dates.pivot = self.dates.pivot;
        }
        if is_of_numbers(kind) {
            format.numbers = NumberStyle {
                round: self.numbers.round && Self::uses("round", kind),
                ..self.numbers.clone()
            };
        }
        if is_of_truth(kind) {
            format.truth = TruthWords {
                or_integers: self.truth.or_integers && Self::uses("small_integers", kind),
                ..self.truth.clone()
            };
        }
        if kind.is_text() {
            format.text = self.text;
        }
        format
    }

    /// Checks that the settings of a column of this type do not contradict each other.
    ///
    /// # Errors
    ///
    /// Says how they contradict each other.
    pub fn check(&self, kind: &ColumnType) -> Result<(), String> {
        let numbers = &self.numbers;
        if numbers.thousands == Some(numbers.decimal_mark()) {
            let mark = numbers.decimal_mark();
            return Err(format!("decimal and thousands are both \"{mark}\""));
        }
        if let Some(misfit) = self.dates.formats.iter().find(|date| !date.fits(kind)) {
            return Err(match kind {
                ColumnType::Time { .. } => {
                    format!(
                        "the date_format {misfit} has more than a time of day, which a TIME \
                         column cannot store"
                    )
                }
                _ => format!("the date_format {misfit} has no date"),
            });
        }
        if self.dates.pivot.is_none()
            && let Some(short) = self.dates.formats.iter().find(|date| date.has_short_year())
        {
            return Err(format!(
                "the date_format {short} has a year of two digits; the setting pivot says which \
                 years are in the 1900s"
            ));
        }
        let is_no = |word: &&String| {
            let mut no = self.truth.no.iter();
            no.any(|other| other.eq_ignore_ascii_case(word))
        };
        match self.truth.yes.iter().find(is_no) {
            Some(both) => Err(format!("\"{both}\" is in true_values and false_values")),
            None => Ok(()),
        }
    }
}

fn is_of_dates(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Date | ColumnType::DateTime { .. } | ColumnType::Timestamp { .. }
    )
}

fn is_of_numbers(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Integer { .. }
            | ColumnType::Decimal { .. }
            | ColumnType::Float { .. }
            | ColumnType::Double { .. }
    )
}

fn is_of_truth(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Boolean | ColumnType::Bit { bits: 1 })
}

fn order(name: &str) -> Result<DateOrder, String> {
    let mut orders = DateOrder::ALL.into_iter();
    let found = orders.find(|order| order.name() == name);
    found.ok_or_else(|| format!("\"{name}\" is not one of dmy, mdy, ymd"))
}

fn pivot(text: &str) -> Result<u8, String> {
    let year = text.parse().ok().filter(|year| *year < 100);
    year.ok_or_else(|| {
        format!("\"{text}\" is not a number from 0 to 99; for example, 70 means that 70 to 99 are 1970 to 1999, and 00 to 69 are 2000 to 2069")
    })
}

/// Parses a setting that must be one of these characters.
fn mark(text: &str, marks: &[char]) -> Result<char, String> {
    let mut characters = text.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    let found = only.filter(|character| marks.contains(character));
    found.ok_or_else(|| {
        let shown = marks.iter().filter(|mark| mark.is_ascii());
        let shown: Vec<_> = shown.map(|mark| format!("\"{mark}\"")).collect();
        format!("\"{text}\" is not one of {}", shown.join(", "))
    })
}

fn strip(characters: &str) -> Result<String, String> {
    let is_number = |c: &char| c.is_ascii_digit() || "+-.,()".contains(*c);
    match characters.chars().find(is_number) {
        Some(part) => Err(format!(
            "\"{part}\" cannot be stripped, because it can be part of a number"
        )),
        None => Ok(characters.to_owned()),
    }
}

fn words(values: &[String]) -> Result<Vec<String>, String> {
    match values.iter().any(|word| word.trim().is_empty()) {
        true => Err("a word is empty".to_owned()),
        false => Ok(values.iter().map(|word| word.trim().to_owned()).collect()),
    }
}

fn case(name: &str) -> Result<Case, String> {
    let mut cases = [Case::Lower, Case::Upper].into_iter();
    let found = cases.find(|case| case.name() == name);
    found.ok_or_else(|| format!("\"{name}\" is not lower or upper"))
}

#[cfg(test)]
mod tests;
