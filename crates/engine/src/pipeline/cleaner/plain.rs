//! Shortcuts that read the most frequent values. The shortcut of each column is chosen once per
//! file.

use std::ops::RangeInclusive;

use clean::checksum::RowText;
use clean::value::means_null;
use clean::{boolean, integer};
use input::header::ColumnSource;
use input::records::Records;
use model::batch::{Batch, Value};
use model::schema::{Column, ColumnType};

/// Which values of a column are read by a shortcut. `clean_value` reads all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shortcut {
    /// Whole numbers in this range, in plain digits.
    Integer { least: u64, greatest: u64 },
    /// Texts of at most this many bytes. Their characters need not be counted, because a character
    /// has at least one byte.
    VarChar { most_bytes: usize, words: Words },
    /// `true` and `false`.
    Boolean,
    /// Epoch milliseconds of 13 digits. They need no rounding and are in the range of the type.
    EpochMilliseconds { precision: u8 },
    /// No shortcut.
    Absent,
}

/// The meaning of a text that may be a word for NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// A text, because the column is NOT NULL.
    Text,
    /// NULL.
    Null,
    /// NULL or a text, depending on whether the field is quoted.
    Undecided,
}

/// The fields of the record that the parser has just read.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) records: &'a Records,
    pub(super) bytes: &'a [u8],
    /// `bytes` as text, if the whole chunk is valid UTF-8.
    pub(super) text: Option<&'a str>,
}

impl<'a> Fields<'a> {
    #[inline(always)]
    pub(super) fn get(&self, field: usize) -> &'a [u8] {
        self.records.field(self.bytes, field)
    }
}

impl Shortcut {
    /// Chooses the shortcut of a column. `marks_nulls` says whether the dialect of the file marks
    /// NULL.
    pub(super) fn of(column: &Column, marks_nulls: bool) -> Shortcut {
        if column.format.is_some() {
            return Shortcut::Absent;
        }
        match column.kind {
            ColumnType::Integer { bits, unsigned } => Shortcut::Integer {
                least: 0,
                greatest: integer::greatest(bits, unsigned),
            },
            // a text column with another character set has no shortcut, because it cannot store all
            // characters
            ColumnType::VarChar { length }
                if matches!(column.charset.as_deref(), None | Some("utf8mb4"))
                    && column.json.is_none() =>
            {
                let words = match (column.nullable, marks_nulls) {
                    (false, _) => Words::Text,
                    (true, false) => Words::Null,
                    (true, true) => Words::Undecided,
                };
                Shortcut::VarChar {
                    most_bytes: length as usize,
                    words,
                }
            }
            ColumnType::Boolean => Shortcut::Boolean,
            ColumnType::DateTime { precision } if precision >= 3 => {
                Shortcut::EpochMilliseconds { precision }
            }
            _ => Shortcut::Absent,
        }
    }

    /// Restricts the shortcut to a range; `clean_value` then handles other numbers. `false` if the
    /// shortcut does not read numbers.
    pub(super) fn narrow(&mut self, range: &RangeInclusive<i128>) -> bool {
        let Shortcut::Integer { least, greatest } = self else {
            return false;
        };
        let within = |bound: i128| u64::try_from(bound.max(0)).unwrap_or(u64::MAX);
        // an empty range, because negative numbers have no shortcut
        (*least, *greatest) = match *range.end() < 0 {
            true => (1, 0),
            false => (
                (*least).max(within(*range.start())),
                (*greatest).min(within(*range.end())),
            ),
        };
        true
    }

    /// Appends the value of a field to the batch and to the text of the row. If the shortcut does
    /// not read the field, appends nothing and returns `false`.
    #[inline(always)]
    pub(super) fn take(
        &self,
        fields: Fields<'_>,
        field: usize,
        batch: &mut Batch,
        row: &mut RowText<'_>,
    ) -> bool {
        let Fields {
            records,
            bytes,
            text,
        } = fields;
        match *self {
            Shortcut::Integer { least, greatest } => {
                let Some(number) = records.plain_number(bytes, field) else {
                    return false;
                };
                if number.value < least || number.value > greatest {
                    return false;
                }
                // a signed value that is not negative has the same bits
                let value = Value::UInt(number.value);
                batch.push(value);
                match number.count {
                    0..=8 => row.push_digits(number.start, number.count),
                    _ => row.push(value, 0),
                }
                true
            }
            Shortcut::VarChar { most_bytes, words } => {
                let Some(value) = text.and_then(|text| records.text(text, field)) else {
                    return false;
                };
                if value.len() > most_bytes {
                    return false;
                }
                if words != Words::Text && means_null(value.as_bytes()) {
                    if words == Words::Undecided {
                        return false;
                    }
                    batch.push(Value::Null);
                    row.push_null();
                } else {
                    batch.push(Value::Text(value));
                    row.push_bytes(value.as_bytes());
                }
                true
            }
            Shortcut::Boolean => {
                let Some(truth) = boolean::plain(fields.get(field)) else {
                    return false;
                };
                batch.push(Value::Int(truth.into()));
                let digit = b'0' + u8::from(truth);
                row.push_digits([digit, 0, 0, 0, 0, 0, 0, 0], 1);
                true
            }
            Shortcut::EpochMilliseconds { precision } => {
                let number = records.plain_number(bytes, field);
                let Some(number) = number.filter(|number| number.count == 13) else {
                    return false;
                };
                let value = Value::DateTime(number.value as i64 * 1000);
                batch.push(value);
                row.push(value, precision);
                true
            }
            Shortcut::Absent => false,
        }
    }
}

/// The field and the shortcut of each column. `marks_nulls` says whether the dialect of the file
/// marks NULL.
pub(super) fn shortcuts(
    columns: &[(Column, ColumnSource)],
    marks_nulls: bool,
) -> Vec<(usize, Shortcut)> {
    let of = |(column, source): &(Column, ColumnSource)| match source {
        ColumnSource::Field(field) => (*field, Shortcut::of(column, marks_nulls)),
        // a constant has no field, so the 0 is never used
        ColumnSource::Constant(_) => (0, Shortcut::Absent),
    };
    columns.iter().map(of).collect()
}

/// Maximum number of columns of a row that is read as plain numbers.
pub(super) const MOST_NUMBERS: usize = 8;

/// The range of each column, if the fields of a record are exactly these columns in this order and
/// all are integers.
pub(super) fn ranges(shortcuts: &[(usize, Shortcut)], fields: usize) -> Option<Vec<(u64, u64)>> {
    if fields != shortcuts.len() || fields > MOST_NUMBERS {
        return None;
    }
    let shortcuts = shortcuts.iter().enumerate();
    shortcuts
        .map(|(place, (field, shortcut))| match shortcut {
            Shortcut::Integer { least, greatest } if place == *field => Some((*least, *greatest)),
            _ => None,
        })
        .collect()
}
