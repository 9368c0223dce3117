//! CHECK conditions that can be decided before a row is sent.
//!
//! [`Predicate::compile`] takes only what provably comes out as the servers decide it: comparisons
//! of integers, booleans and decimals (exactly), of dates and times, equality of text, CHAR_LENGTH,
//! LENGTH, BETWEEN, IN, AND, OR, NOT, IS NULL, on the row's own columns and literals. Anything else
//! is `None` and left to the server. Logic has three values: a CHECK fails only when its condition
//! is FALSE, not when it is unknown. Where a collation may call different texts equal (`text`), a
//! comparison is unknown as well, and the server judges these rows: [`Predicate::is_certain`].
//!
//! `compile` reads the text, of a file or of a catalogue; here is the result and its evaluation,
//! which the row path uses.

mod compile;
mod number;
mod text;

use std::cmp::Ordering;

use model::schema::Table;
use model::value::Value;
use number::Number;
use text::Loose;

/// A compiled condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    condition: Condition,
    columns: Vec<usize>,
    within: Option<Within>,
}

/// The most common condition by far, that an integer column lies between two numbers, decided
/// without walking a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Within {
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

/// One side of a comparison. `compile` has seen to it that both sides are of one kind.
#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Null,
    Column(usize),
    /// Text compared with trailing blanks left out, as a PAD SPACE collation does.
    PaddedColumn(usize),
    /// Text whose collation may call different bytes equal.
    LooseColumn(usize, Loose),
    /// Length in bytes, of text that is stored in UTF-8.
    ByteLength {
        column: usize,
        trailing_blanks: Blanks,
    },
    CharLength {
        column: usize,
        /// CHAR has lost its trailing blanks when the server counts.
        trailing_blanks: Blanks,
    },
    Integer(i128),
    Decimal(String),
    /// Trailing blanks are gone already where the collation pads.
    Text(String),
    /// Days since 1970-01-01.
    Date(i64),
    /// Microseconds since 1970-01-01.
    DateTime(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    Counted,
    Lost,
}

/// What an operand is worth for a row.
enum Worth<'a> {
    Null,
    Number(Number<'a>),
    Text(&'a str),
    LooseText(&'a str, Loose),
    /// Dates, times and points in time; two of one kind.
    Time(i64),
    /// A value that does not fit the column: nothing is known.
    Unfit,
}

impl Predicate {
    /// Compiles the condition of a CHECK of `table`; `None` leaves it to the server.
    pub fn compile(expression: &str, table: &Table) -> Option<Predicate> {
        let parsed = super::expression::read(expression)?;
        let condition = compile::condition(&parsed, table)?;
        let mut columns = Vec::new();
        condition.columns(&mut columns);
        columns.sort_unstable();
        columns.dedup();
        let within = condition.within();
        Some(Predicate {
            condition,
            columns,
            within,
        })
    }

    /// Positions of the columns that are looked at, ascending. Where a file lacks one of them, the
    /// value is the server's default, which the caller has to supply, or leave the CHECK to the
    /// server.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Whether no row of known values is left to the server.
    pub fn is_certain(&self) -> bool {
        self.condition.is_certain()
    }

    /// TRUE, FALSE or unknown (`None`) for the row whose values `value` gives by position of the
    /// column. A CHECK refuses the row only when this is `Some(false)`.
    pub fn evaluate<'a>(&self, value: &impl Fn(usize) -> Value<'a>) -> Option<bool> {
        if let Some(within) = self.within {
            let number: i128 = match value(within.column) {
                Value::Int(number) => number.into(),
                Value::UInt(number) => number.into(),
                // NULL, or a column of another kind
                _ => return self.condition.evaluate(value),
            };
            return Some((within.least..=within.greatest).contains(&number));
        }
        self.condition.evaluate(value)
    }
}

impl Condition {
    /// `column >= least AND column <= greatest`, as BETWEEN is compiled.
    fn within(&self) -> Option<Within> {
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
            ) if column == same => Some(Within {
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
                let ordering = a.worth(value).compare(&b.worth(value))?;
                Some(comparison.holds(ordering))
            }
            Condition::In(operand, list) => {
                let operand = operand.worth(value);
                let mut result = Some(false);
                for member in list {
                    match operand.compare(&member.worth(value)) {
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
        let is_certain = |operand: &Operand| !matches!(operand, Operand::LooseColumn(..));
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
            | Operand::LooseColumn(column, _)
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

    /// The comparison that holds when the sides change places.
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
    fn worth<'a, 'v: 'a>(&'a self, value: &impl Fn(usize) -> Value<'v>) -> Worth<'a> {
        match self {
            Operand::Null => Worth::Null,
            Operand::Integer(number) => Worth::Number(Number::Integer(*number)),
            Operand::Decimal(digits) => Worth::Number(Number::Decimal(digits)),
            Operand::Text(text) => Worth::Text(text),
            Operand::Date(time) | Operand::DateTime(time) => Worth::Time(*time),
            Operand::Column(column) => match value(*column) {
                Value::Null => Worth::Null,
                Value::Int(number) => Worth::Number(Number::Integer(number.into())),
                Value::UInt(number) => Worth::Number(Number::Integer(number.into())),
                Value::Decimal(digits) => Worth::Number(Number::Decimal(digits)),
                Value::Text(text) => Worth::Text(text),
                Value::Date(time) | Value::DateTime(time) | Value::Time(time) => Worth::Time(time),
                Value::Double(_) | Value::Year(_) | Value::Enum(_) => Worth::Unfit,
            },
            Operand::PaddedColumn(column) => match value(*column) {
                Value::Null => Worth::Null,
                Value::Text(text) => Worth::Text(text.trim_end_matches(' ')),
                _ => Worth::Unfit,
            },
            Operand::LooseColumn(column, loose) => match value(*column) {
                Value::Null => Worth::Null,
                Value::Text(text) => Worth::LooseText(text, *loose),
                _ => Worth::Unfit,
            },
            Operand::ByteLength {
                column,
                trailing_blanks,
            } => match (value(*column), trailing_blanks) {
                (Value::Null, _) => Worth::Null,
                (Value::Text(text), Blanks::Counted) => bytes(text),
                (Value::Text(text), Blanks::Lost) => bytes(text.trim_end_matches(' ')),
                _ => Worth::Unfit,
            },
            Operand::CharLength {
                column,
                trailing_blanks,
            } => match (value(*column), trailing_blanks) {
                (Value::Null, _) => Worth::Null,
                (Value::Text(text), Blanks::Counted) => length(text),
                (Value::Text(text), Blanks::Lost) => length(text.trim_end_matches(' ')),
                _ => Worth::Unfit,
            },
        }
    }
}

fn length(text: &str) -> Worth<'_> {
    Worth::Number(Number::Integer(text.chars().count() as i128))
}

fn bytes(text: &str) -> Worth<'_> {
    Worth::Number(Number::Integer(text.len() as i128))
}

impl Worth<'_> {
    fn compare(&self, other: &Worth) -> Option<Ordering> {
        match (self, other) {
            (Worth::Number(a), Worth::Number(b)) => Some(a.compare(*b)),
            (Worth::Text(a), Worth::Text(b)) => Some(a.cmp(b)),
            (Worth::LooseText(a, loose), Worth::Text(b) | Worth::LooseText(b, _))
            | (Worth::Text(a), Worth::LooseText(b, loose)) => loose.compare(a, b),
            (Worth::Time(a), Worth::Time(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
