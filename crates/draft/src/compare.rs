//! Compares the values of files with an existing schema. Reports values that the schema does not
//! allow, and types that allow far more than the values need.

use model::schema::{Column, ColumnType, Schema, Table};
use model::wording::{counted, grouped};

use crate::tables::{DraftColumn, DraftTable};

/// A VARCHAR this many times longer than the longest text is reported as far longer than needed.
const FAR_LONGER: u32 = 4;
/// A VARCHAR of at most this many characters is never reported as too long.
const SHORT: u32 = 64;

/// A difference between files and a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place of the difference: `table` or `table.column`.
    pub place: String,
    /// What the schema declares there.
    pub schema: String,
    /// What the files have there.
    pub files: String,
    /// Whether the schema forbids the values, or allows far more than they need.
    pub kind: DifferenceKind,
}

/// The kind of a difference between the schema and the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// The schema does not allow the values, so records would be rejected or values left out.
    NotAllowed,
    /// The schema allows far more than the values need.
    BeyondNeed,
}

/// Returns the differences, in the order of the tables and columns of the schema.
pub(crate) fn compare(schema: &Schema, tables: &[DraftTable]) -> Vec<Difference> {
    let mut found = Vec::new();
    for table in &schema.tables {
        let drafted = tables
            .iter()
            .find(|t| t.name().eq_ignore_ascii_case(&table.name));
        match drafted {
            Some(drafted) => of_table(table, drafted, &mut found),
            None => found.push(Difference {
                place: table.name.clone(),
                schema: "a table".to_owned(),
                files: "no file".to_owned(),
                kind: DifferenceKind::BeyondNeed,
            }),
        }
    }
    for drafted in tables {
        if schema.named(drafted.name()).is_none() {
            found.push(Difference {
                place: drafted.name().to_owned(),
                schema: "no table".to_owned(),
                files: counted(drafted.rows(), "row", "rows"),
                kind: DifferenceKind::NotAllowed,
            });
        }
    }
    found
}

fn of_table(table: &Table, drafted: &DraftTable, found: &mut Vec<Difference>) {
    let is_same = |column: &Column, drafted: &DraftColumn| {
        input::is_same_loosely(&column.name, &drafted.name)
    };
    for column in &table.columns {
        let place = format!("{}.{}", table.name, column.name);
        let mut columns = drafted.columns.iter();
        let Some(values) = columns.find(|drafted| is_same(column, drafted)) else {
            if !column.may_be_missing() {
                found.push(Difference {
                    place,
                    schema: format!("{} NOT NULL", column.kind),
                    files: "no such field".to_owned(),
                    kind: DifferenceKind::NotAllowed,
                });
            }
            continue;
        };
        found.extend(of_column(column, values, drafted.rows()).into_iter().map(
            |(kind, schema, files)| Difference {
                place: place.clone(),
                schema,
                files,
                kind,
            },
        ));
    }
    for values in &drafted.columns {
        if !table.columns.iter().any(|column| is_same(column, values)) {
            found.push(Difference {
                place: format!("{}.{}", table.name, values.name),
                schema: "no column".to_owned(),
                files: values.typed.kind.to_string(),
                kind: DifferenceKind::NotAllowed,
            });
        }
    }
}

type Words = (DifferenceKind, String, String);

fn of_column(column: &Column, values: &DraftColumn, rows: u64) -> Vec<Words> {
    let mut found = Vec::new();
    let declared = column.kind.to_string();
    let missing = rows.saturating_sub(values.values());
    if !column.nullable && values.typed.nullable && !column.auto_increment {
        let files = format!("{} missing", counted(missing.max(1), "value", "values"));
        found.push((
            DifferenceKind::NotAllowed,
            format!("{declared} NOT NULL"),
            files,
        ));
    }
    if column.nullable && !values.typed.nullable && rows > 0 {
        let files = "no value missing".to_owned();
        found.push((
            DifferenceKind::BeyondNeed,
            format!("{declared} NULL"),
            files,
        ));
    }
    if values.values() == 0 {
        return found;
    }
    match fit(&column.kind, values) {
        Fit::Holds => {}
        Fit::Not(files) => found.push((DifferenceKind::NotAllowed, declared, files)),
        Fit::Beyond(files) => found.push((DifferenceKind::BeyondNeed, declared, files)),
    }
    found
}

enum Fit {
    Holds,
    Not(String),
    Beyond(String),
}

/// Whether a declared type can store the values of a column.
fn fit(declared: &ColumnType, values: &DraftColumn) -> Fit {
    let drafted = &values.typed.kind;
    match declared {
        ColumnType::Integer { bits, unsigned } => integer(*bits, *unsigned, values),
        ColumnType::VarChar { length } | ColumnType::Char { length } => {
            text(*length, declared, values)
        }
        ColumnType::Text { max_bytes } => {
            let bytes = values.profile.text.most_bytes as u64;
            match bytes > u64::from(*max_bytes) {
                true => Fit::Not(format!("texts of up to {} bytes", grouped(bytes))),
                false => Fit::Holds,
            }
        }
        ColumnType::Decimal {
            precision, scale, ..
        } => decimal(*precision, *scale, drafted),
        ColumnType::Enum { members } => members_of(members, values),
        _ if drafted == declared => Fit::Holds,
        ColumnType::Boolean => kind(drafted, |k| matches!(k, ColumnType::Boolean)),
        ColumnType::Float { .. } | ColumnType::Double { .. } => kind(drafted, |k| {
            matches!(
                k,
                ColumnType::Double { .. } | ColumnType::Decimal { .. } | ColumnType::Integer { .. }
            ) || *k == ColumnType::Boolean
        }),
        ColumnType::DateTime { precision } | ColumnType::Timestamp { precision } => {
            moment(*precision, drafted)
        }
        ColumnType::Date => kind(drafted, |k| *k == ColumnType::Date),
        ColumnType::Json => kind(drafted, |k| *k == ColumnType::Json),
        ColumnType::Time { .. } => kind(drafted, |k| matches!(k, ColumnType::Time { .. })),
        // only `clean` knows whether a value fits these types, so no difference is reported
        _ => Fit::Holds,
    }
}

fn kind(drafted: &ColumnType, holds: impl Fn(&ColumnType) -> bool) -> Fit {
    match holds(drafted) {
        true => Fit::Holds,
        false => Fit::Not(format!("values of type {drafted}")),
    }
}

fn integer(bits: u8, unsigned: bool, values: &DraftColumn) -> Fit {
    let drafted = &values.typed.kind;
    let numbers = &values.profile.integers;
    let is_number = matches!(drafted, ColumnType::Integer { .. } | ColumnType::Boolean);
    if !is_number || values.profile.tried > 0 {
        return match drafted {
            ColumnType::Integer { bits: needed, .. } if *needed <= bits => Fit::Holds,
            other => Fit::Not(format!("values of type {other}")),
        };
    }
    let (least, greatest) = (i128::from(numbers.least), i128::from(numbers.greatest));
    let most = (1i128 << (bits - u8::from(!unsigned))) - 1;
    let fewest = if unsigned { 0 } else { -most - 1 };
    let range = format!("{least} to {greatest}");
    if least < fewest || greatest > most {
        return Fit::Not(range);
    }
    let is_far = bits == 64 && greatest < 1 << 30 && least > -(1 << 30);
    match is_far {
        true => Fit::Beyond(range),
        false => Fit::Holds,
    }
}

fn text(length: u32, declared: &ColumnType, values: &DraftColumn) -> Fit {
    let numbers = &values.profile.integers;
    let of_number = |n: i64| n.to_string().len() as u64;
    let of_numbers = match numbers.count {
        0 => 0,
        _ => of_number(numbers.least).max(of_number(numbers.greatest)),
    };
    let longest = (values.profile.text.most_characters as u64).max(of_numbers);
    let files = format!("up to {} characters", grouped(longest));
    if longest > u64::from(length) {
        return Fit::Not(files);
    }
    let is_far = matches!(declared, ColumnType::VarChar { .. })
        && length > SHORT
        && longest * u64::from(FAR_LONGER) < u64::from(length);
    match is_far {
        true => Fit::Beyond(files),
        false => Fit::Holds,
    }
}

fn decimal(precision: u8, scale: u8, drafted: &ColumnType) -> Fit {
    let whole = precision.saturating_sub(scale);
    match drafted {
        ColumnType::Decimal {
            precision: p,
            scale: s,
            ..
        } if *s <= scale && p.saturating_sub(*s) <= whole => Fit::Holds,
        ColumnType::Integer { bits, .. } if digits(*bits) <= whole + 1 => Fit::Holds,
        ColumnType::Boolean => Fit::Holds,
        other => Fit::Not(format!("values of type {other}")),
    }
}

/// Maximum number of decimal digits of an integer with this many bits.
fn digits(bits: u8) -> u8 {
    match bits {
        8 => 3,
        16 => 5,
        32 => 10,
        _ => 20,
    }
}

fn moment(precision: u8, drafted: &ColumnType) -> Fit {
    match drafted {
        ColumnType::DateTime { precision: needed } if *needed > precision => Fit::Not(format!(
            "values of type {drafted}; their fractions of a second are rounded"
        )),
        ColumnType::DateTime { .. } | ColumnType::Date => Fit::Holds,
        other => Fit::Not(format!("values of type {other}")),
    }
}

fn members_of(members: &[String], values: &DraftColumn) -> Fit {
    let Some(counted) = &values.profile.frequent else {
        return Fit::Not("many different texts".to_owned());
    };
    let is_member = |text: &str| members.iter().any(|m| m.eq_ignore_ascii_case(text.trim()));
    let texts = counted
        .iter()
        .map(|(text, _)| String::from_utf8_lossy(text));
    let others: Vec<String> = texts
        .filter(|text| !is_member(text) && crate::may_be_shown(text))
        .take(3)
        .map(|text| text.into_owned())
        .collect();
    match others.is_empty() {
        true => Fit::Holds,
        false => Fit::Not(format!("also {}", others.join(", "))),
    }
}
