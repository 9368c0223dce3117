//! CHECK conditions that the client evaluates before it sends a row.
//!
//! [`Predicate::compile`] accepts only conditions for which the client and all servers give the
//! same result. They consist of exact comparisons of integers, booleans and decimals, comparisons
//! of dates and times, equality of texts, CHAR_LENGTH, LENGTH, BETWEEN, IN, AND, OR, NOT and IS
//! NULL. The operands are literals and columns of the same row. For all other conditions, `compile`
//! returns `None`, and the server evaluates them.
//!
//! Logic has three values. A CHECK fails only if its condition is FALSE, not if it is unknown. If a
//! collation may treat different texts as equal, the comparison is unknown too, and the server
//! evaluates the condition for these rows; see [`Predicate::is_certain`] and `text`.
//!
//! `compile` parses the text of a condition, which comes from a schema file or a server.

mod compile;
mod number;
mod text;

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use model::schema::Table;
use model::value::Value;
use number::Number;
use text::Folding;

/// A compiled condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    condition: Condition,
    columns: Vec<usize>,
    range: Option<IntegerRange>,
}

/// The condition that an integer column is between two numbers. It is by far the most common
/// condition, so it is evaluated without walking the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct IntegerRange {
    column: usize,
    least: i128,
    greatest: i128,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    IsNull(usize),
    Compare(Operand, Comparison, Operand),
    In(Operand, Vec<Operand>),
    /// TRUE, FALSE or NULL.
    Constant(Option<bool>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One side of a comparison. `compile` ensures that both sides are of the same kind.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Null,
    Column(usize),
    /// A text column that is compared without trailing blanks, as under a PAD SPACE collation.
    PaddedColumn(usize),
    /// A text column whose collation may treat different bytes as equal.
    FoldedColumn(usize, Folding),
    /// The length in bytes of a text column that is stored as UTF-8.
    ByteLength {
        column: usize,
        trailing_blanks: Blanks,
    },
    CharLength {
        column: usize,
        /// Whether trailing blanks are counted. For CHAR, the server removes them first.
        trailing_blanks: Blanks,
    },
    Integer(i128),
    Decimal(String),
    /// A text. If the collation disregards trailing blanks, they are removed.
    Text(String),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since 1970-01-01.
    DateTime(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    Counted,
    Removed,
}

/// The value of an operand in one row.
enum OperandValue<'a> {
    Null,
    Number(Number<'a>),
    Text(&'a str),
    FoldedText(&'a str, Folding),
    /// A date, a time, or a date and time. Both sides of a comparison have the same kind of value.
    Time(i64),
    /// A value whose kind does not match the column.
    Unknown,
}

/// The text column that must contain JSON, if the whole condition is `json_valid(column)`.
pub fn json_column(expression: &str, table: &Table) -> Option<usize> {
    compile::json_column(&super::expression::read(expression)?, table)
}

impl Predicate {
    /// Compiles the condition of a CHECK of `table`. `None` if only the server can evaluate it.
    pub fn compile(expression: &str, table: &Table) -> Option<Predicate> {
        let parsed = super::expression::read(expression)?;
        let condition = compile::condition(&parsed, table)?;
        let mut columns = Vec::new();
        condition.columns(&mut columns);
        columns.sort_unstable();
        columns.dedup();
        let range = condition.range();
        Some(Predicate {
            condition,
            columns,
            range,
        })
    }

    /// Positions of the columns in the condition, in ascending order. If a file lacks one of them,
    /// the caller must supply the column's default, or leave the CHECK to the server.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// If the whole condition is a range of an integer column: the position of the column, and the
    /// range.
    pub fn integer_range(&self) -> Option<(usize, RangeInclusive<i128>)> {
        let range = self.range?;
        Some((range.column, range.least..=range.greatest))
    }

    /// Whether the client can evaluate the condition for every row.
    pub fn is_certain(&self) -> bool {
        self.condition.is_certain()
    }

    /// TRUE, FALSE or unknown (`None`) for a row. `value` returns the value of a column by its
    /// position. The CHECK rejects the row only if the result is `Some(false)`.
    pub fn evaluate<'a>(&self, value: &impl Fn(usize) -> Value<'a>) -> Option<bool> {
        if let Some(range) = self.range {
            let number: i128 = match value(range.column) {
                Value::Int(number) => number.into(),
                Value::UInt(number) => number.into(),
                // the value is NULL or of another kind
                _ => return self.condition.evaluate(value),
            };
            return Some((range.least..=range.greatest).contains(&number));
        }
        self.condition.evaluate(value)
    }
}

impl Condition {
    /// The range, if the condition is `column >= least AND column <= greatest`. BETWEEN is compiled
    /// to this.
    fn range(&self) -> Option<IntegerRange> {
        let Condition::And(least, greatest) = self else {
            return None;
        };
        match (&**least, &**greatest) {
            (
                Condition::Compare(
                    Operand::Column(column),
                    Comparison::GreaterOrEqual,
                    Operand::Integer(least),
                ),
                Condition::Compare(
                    Operand::Column(same),
                    Comparison::LessOrEqual,
                    Operand::Integer(greatest),
                ),
            ) if column == same => Some(IntegerRange {
                column: *column,
                least: *least,
                greatest: *greatest,
            }),
            _ => None,
        }
    }

    fn evaluate<'a>(&self, value: &impl Fn(usize) -> Value<'a>) -> Option<bool> {
        match self {
            Condition::Constant(truth) => *truth,
            Condition::Not(inner) => inner.evaluate(value).map(|truth| !truth),
            Condition::And(a, b) => match (a.evaluate(value), b.evaluate(value)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(a, b) => match (a.evaluate(value), b.evaluate(value)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Condition::IsNull(column) => Some(value(*column) == Value::Null),
            Condition::Compare(a, comparison, b) => {
                let ordering = a.evaluate(value).compare(&b.evaluate(value))?;
                Some(comparison.holds(ordering))
            }
            Condition::In(operand, list) => {
                let operand = operand.evaluate(value);
                let mut result = Some(false);
                for member in list {
                    match operand.compare(&member.evaluate(value)) {
                        Some(Ordering::Equal) => return Some(true),
                        Some(_) => {}
                        None => result = None,
                    }
                }
                result
            }
        }
    }

    fn is_certain(&self) -> bool {
        let is_certain = |operand: &Operand| !matches!(operand, Operand::FoldedColumn(..));
        match self {
            Condition::Constant(_) | Condition::IsNull(_) => true,
            Condition::Not(inner) => inner.is_certain(),
            Condition::And(a, b) | Condition::Or(a, b) => a.is_certain() && b.is_certain(),
            Condition::Compare(a, _, b) => is_certain(a) && is_certain(b),
            Condition::In(a, list) => is_certain(a) && list.iter().all(is_certain),
        }
    }

    fn columns(&self, found: &mut Vec<usize>) {
        let mut operand = |operand: &Operand| match operand {
            Operand::Column(column)
            | Operand::PaddedColumn(column)
            | Operand::FoldedColumn(column, _)
            | Operand::ByteLength { column, .. }
            | Operand::CharLength { column, .. } => found.push(*column),
            _ => {}
        };
        match self {
            Condition::Constant(_) => {}
            Condition::IsNull(column) => found.push(*column),
            Condition::Not(inner) => inner.columns(found),
            Condition::And(a, b) | Condition::Or(a, b) => {
                a.columns(found);
                b.columns(found);
            }
            Condition::Compare(a, _, b) => {
                operand(a);
                operand(b);
            }
            Condition::In(a, list) => {
                operand(a);
                list.iter().for_each(operand);
            }
        }
    }
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// The comparison that gives the same result when the two sides are exchanged.
    fn mirrored(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
            same => same,
        }
    }
}

impl Operand {
    fn evaluate<'a, 'v: 'a>(&'a self, value: &impl Fn(usize) -> Value<'v>) -> OperandValue<'a> {
        match self {
            Operand::Null => OperandValue::Null,
            Operand::Integer(number) => OperandValue::Number(Number::Integer(*number)),
            Operand::Decimal(digits) => OperandValue::Number(Number::Decimal(digits)),
            Operand::Text(text) => OperandValue::Text(text),
            Operand::Date(time) | Operand::DateTime(time) => OperandValue::Time(*time),
            Operand::Column(column) => match value(*column) {
                Value::Null => OperandValue::Null,
                Value::Int(number) => OperandValue::Number(Number::Integer(number.into())),
                Value::UInt(number) => OperandValue::Number(Number::Integer(number.into())),
                Value::Decimal(digits) => OperandValue::Number(Number::Decimal(digits)),
                Value::Text(text) => OperandValue::Text(text),
                Value::Date(time) | Value::DateTime(time) | Value::Time(time) => {
                    OperandValue::Time(time)
                }
                Value::Double(_)
                | Value::Year(_)
                | Value::Enum(_)
                | Value::Set(_)
                | Value::Bytes(_) => OperandValue::Unknown,
            },
            Operand::PaddedColumn(column) => match value(*column) {
                Value::Null => OperandValue::Null,
                Value::Text(text) => OperandValue::Text(text.trim_end_matches(' ')),
                _ => OperandValue::Unknown,
            },
            Operand::FoldedColumn(column, folding) => match value(*column) {
                Value::Null => OperandValue::Null,
                Value::Text(text) => OperandValue::FoldedText(text, *folding),
                _ => OperandValue::Unknown,
            },
            Operand::ByteLength {
                column,
                trailing_blanks,
            } => match (value(*column), trailing_blanks) {
                (Value::Null, _) => OperandValue::Null,
                (Value::Text(text), Blanks::Counted) => bytes(text),
                (Value::Text(text), Blanks::Removed) => bytes(text.trim_end_matches(' ')),
                _ => OperandValue::Unknown,
            },
            Operand::CharLength {
                column,
                trailing_blanks,
            } => match (value(*column), trailing_blanks) {
                (Value::Null, _) => OperandValue::Null,
                (Value::Text(text), Blanks::Counted) => length(text),
                (Value::Text(text), Blanks::Removed) => length(text.trim_end_matches(' ')),
                _ => OperandValue::Unknown,
            },
        }
    }
}

fn length(text: &str) -> OperandValue<'_> {
    OperandValue::Number(Number::Integer(text.chars().count() as i128))
}

fn bytes(text: &str) -> OperandValue<'_> {
    OperandValue::Number(Number::Integer(text.len() as i128))
}

impl OperandValue<'_> {
    fn compare(&self, other: &OperandValue) -> Option<Ordering> {
        match (self, other) {
            (OperandValue::Number(a), OperandValue::Number(b)) => Some(a.compare(*b)),
            (OperandValue::Text(a), OperandValue::Text(b)) => Some(a.cmp(b)),
            (
                OperandValue::FoldedText(a, folding),
                OperandValue::Text(b) | OperandValue::FoldedText(b, _),
            )
            | (OperandValue::Text(a), OperandValue::FoldedText(b, folding)) => {
                folding.compare(a, b)
            }
            (OperandValue::Time(a), OperandValue::Time(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
