//! Compiles the syntax tree of an expression into a condition. `None` means that only the server
//! can evaluate the expression.
//!
//! These are deliberately not compiled: floating point; YEAR and ENUM, which are compared by rules
//! of their own; a comparison of a number with a text, which servers do in floating point; the
//! order of texts; incomplete dates; arithmetic; most functions.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value as Literal,
};

use super::number::is_plain;
use super::text::Folding;
use super::{Blanks, Comparison, Condition, Operand};
use model::schema::{Column, ColumnType, Table};

pub(super) fn condition(expression: &Expr, table: &Table) -> Option<Condition> {
    let inner = |inner: &Expr| condition(inner, table).map(Box::new);
    match expression {
        Expr::Nested(nested) => condition(nested, table),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => Some(Condition::Not(inner(expr)?)),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::And => Some(Condition::And(inner(left)?, inner(right)?)),
            BinaryOperator::Or => Some(Condition::Or(inner(left)?, inner(right)?)),
            _ => compare(left, comparison(op)?, right, table),
        },
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let low = compare(expr, Comparison::GreaterOrEqual, low, table)?;
            let high = compare(expr, Comparison::LessOrEqual, high, table)?;
            Some(negate(
                Condition::And(Box::new(low), Box::new(high)),
                *negated,
            ))
        }
        Expr::InList {
            expr,
            list,
            negated,
        } => Some(negate(in_list(expr, list, table)?, *negated)),
        Expr::IsNull(operand) => Some(Condition::IsNull(column(operand, table)?.0)),
        Expr::IsNotNull(operand) => {
            let is_null = Condition::IsNull(column(operand, table)?.0);
            Some(Condition::Not(Box::new(is_null)))
        }
        Expr::Value(value) => match &value.value {
            Literal::Boolean(truth) => Some(Condition::Constant(Some(*truth))),
            Literal::Null => Some(Condition::Constant(None)),
            Literal::Number(digits, _) if is_plain(digits) => {
                let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
                Some(Condition::Constant(Some(!zero)))
            }
            _ => None,
        },
        // a numeric column as a condition is true if it is not 0
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            let (at, kind) = operand(expression, table)?;
            let zero = Operand::Integer(0);
            (kind == Kind::Number).then_some(Condition::Compare(at, Comparison::NotEqual, zero))
        }
        _ => None,
    }
}

fn negate(condition: Condition, negated: bool) -> Condition {
    match negated {
        true => Condition::Not(Box::new(condition)),
        false => condition,
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// The kind of an operand. Only operands of the same kind are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Number,
    Date,
    DateTime,
    Timestamp,
    Time,
    /// Text of a column. Its collation decides how it is compared.
    Text(TextComparison),
    /// A text literal. It is converted to the kind of the other operand.
    Quoted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextComparison {
    /// By bytes, but trailing blanks are disregarded.
    PaddedBytes,
    Bytes,
    Folded(Folding),
}

fn compare(left: &Expr, comparison: Comparison, right: &Expr, table: &Table) -> Option<Condition> {
    let (left, left_kind) = operand(left, table)?;
    let (right, right_kind) = operand(right, table)?;
    if left_kind == Kind::Quoted {
        return pair(right, right_kind, comparison.mirrored(), left, left_kind);
    }
    pair(left, left_kind, comparison, right, right_kind)
}

fn pair(
    left: Operand,
    left_kind: Kind,
    comparison: Comparison,
    right: Operand,
    right_kind: Kind,
) -> Option<Condition> {
    let (left, right) = like(left, left_kind, right, right_kind)?;
    let text = matches!(left_kind, Kind::Text(_)) || matches!(right_kind, Kind::Text(_));
    let order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    (!text || !order).then_some(Condition::Compare(left, comparison, right))
}

/// Converts both operands to the same kind. `None` if that is impossible.
fn like(
    left: Operand,
    left_kind: Kind,
    right: Operand,
    right_kind: Kind,
) -> Option<(Operand, Operand)> {
    match (left_kind, right_kind) {
        (Kind::Quoted, _) => None,
        (Kind::Null, _) | (_, Kind::Null) => Some((left, right)),
        (kind, Kind::Quoted) => {
            let Operand::Text(text) = right else {
                return None;
            };
            let right = quoted(text, kind)?;
            Some((left, right))
        }
        (a, b) if a == b => Some((left, right)),
        _ => None,
    }
}

/// Converts a text literal to the kind of the column that it is compared with.
fn quoted(text: String, kind: Kind) -> Option<Operand> {
    match kind {
        Kind::Date => date(&text).map(Operand::Date),
        Kind::DateTime | Kind::Timestamp => date_time(&text).map(Operand::DateTime),
        Kind::Text(TextComparison::Bytes | TextComparison::Folded(_)) => Some(Operand::Text(text)),
        Kind::Text(TextComparison::PaddedBytes) => {
            Some(Operand::Text(text.trim_end_matches(' ').to_owned()))
        }
        Kind::Null | Kind::Number | Kind::Time | Kind::Quoted => None,
    }
}

fn in_list(expr: &Expr, list: &[Expr], table: &Table) -> Option<Condition> {
    let (left, kind) = operand(expr, table)?;
    if kind == Kind::Quoted {
        return None;
    }
    let members = list.iter().map(|member| {
        let (member, member_kind) = operand(member, table)?;
        like(left.clone(), kind, member, member_kind).map(|(_, member)| member)
    });
    let members = members.collect::<Option<Vec<_>>>()?;
    Some(Condition::In(left, members))
}

fn operand(expression: &Expr, table: &Table) -> Option<(Operand, Kind)> {
    match expression {
        Expr::Nested(inner) => operand(inner, table),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            let (at, column) = column(expression, table)?;
            let kind = column_kind(column)?;
            let operand = match kind {
                Kind::Text(TextComparison::PaddedBytes) => Operand::PaddedColumn(at),
                Kind::Text(TextComparison::Folded(folding)) => Operand::FoldedColumn(at, folding),
                _ => Operand::Column(at),
            };
            Some((operand, kind))
        }
        Expr::Value(value) => literal(&value.value),
        // MySQL shows 'x' as _utf8mb4'x'. Its information_schema garbles characters beyond ASCII,
        // in each version differently, so only ASCII texts are compiled
        Expr::Prefixed { prefix, value } if prefix.value.eq_ignore_ascii_case("_utf8mb4") => {
            operand(value, table).filter(|(operand, _)| match operand {
                Operand::Text(text) => text.is_ascii(),
                _ => false,
            })
        }
        Expr::TypedString(typed) => {
            let Literal::SingleQuotedString(text) = &typed.value.value else {
                return None;
            };
            match typed.data_type {
                DataType::Date => Some((Operand::Date(date(text)?), Kind::Date)),
                DataType::Timestamp(None, _) => {
                    Some((Operand::DateTime(date_time(text)?), Kind::DateTime))
                }
                _ => None,
            }
        }
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match operand(expr, table)? {
            (Operand::Integer(number), kind) => {
                Some((Operand::Integer(number.checked_neg()?), kind))
            }
            (Operand::Decimal(digits), kind) if !digits.starts_with('-') => {
                Some((Operand::Decimal(format!("-{digits}")), kind))
            }
            _ => None,
        },
        Expr::Function(function) => length(function, table),
        _ => None,
    }
}

/// The text column in a condition `json_valid(column)`.
pub(super) fn json_column(expression: &Expr, table: &Table) -> Option<usize> {
    let function = match expression {
        Expr::Nested(inner) => return json_column(inner, table),
        Expr::Function(function) => function,
        _ => return None,
    };
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = &list.args[..] else {
        return None;
    };
    let (at, column) = column(argument, table)?;
    let is_json = function.name.to_string().to_lowercase() == "json_valid";
    (is_json && column.kind.is_text()).then_some(at)
}

/// CHAR_LENGTH of a text column, or LENGTH of one that stores UTF-8 exactly as we send it.
fn length(function: &Function, table: &Table) -> Option<(Operand, Kind)> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = &list.args[..] else {
        return None;
    };
    let (at, column) = column(argument, table)?;
    let trailing_blanks = match column.kind {
        ColumnType::Char { .. } => Blanks::Removed,
        ColumnType::VarChar { .. } | ColumnType::Text { .. } => Blanks::Counted,
        _ => return None,
    };
    let is_utf8 = matches!(
        column.charset.as_deref(),
        Some("utf8mb4" | "utf8mb3" | "utf8")
    );
    let length = match function.name.to_string().to_lowercase().as_str() {
        "char_length" | "character_length" => Operand::CharLength {
            column: at,
            trailing_blanks,
        },
        "length" | "octet_length" if is_utf8 => Operand::ByteLength {
            column: at,
            trailing_blanks,
        },
        _ => return None,
    };
    Some((length, Kind::Number))
}

fn literal(literal: &Literal) -> Option<(Operand, Kind)> {
    match literal {
        Literal::Null => Some((Operand::Null, Kind::Null)),
        Literal::Boolean(truth) => Some((Operand::Integer((*truth).into()), Kind::Number)),
        Literal::Number(digits, _) if is_plain(digits) => {
            let operand = match digits.parse::<i128>() {
                Ok(number) => Operand::Integer(number),
                Err(_) => Operand::Decimal(digits.clone()),
            };
            Some((operand, Kind::Number))
        }
        Literal::SingleQuotedString(text) | Literal::DoubleQuotedString(text) => {
            Some((Operand::Text(text.clone()), Kind::Quoted))
        }
        _ => None,
    }
}

/// The column that an expression names. `None` for a generated column, because no file fills it.
fn column<'t>(expression: &Expr, table: &'t Table) -> Option<(usize, &'t Column)> {
    let name = match expression {
        Expr::Nested(inner) => return column(inner, table),
        Expr::Identifier(name) => &name.value,
        Expr::CompoundIdentifier(names) => match &names[..] {
            [qualifier, name] if qualifier.value == table.name => &name.value,
            _ => return None,
        },
        _ => return None,
    };
    let same = |column: &Column| column.name.to_lowercase() == name.to_lowercase();
    let at = table.columns.iter().position(same)?;
    let column = &table.columns[at];
    (!column.generated).then_some((at, column))
}

fn column_kind(column: &Column) -> Option<Kind> {
    Some(match &column.kind {
        ColumnType::Integer { .. } | ColumnType::Boolean | ColumnType::Decimal { .. } => {
            Kind::Number
        }
        ColumnType::Date => Kind::Date,
        ColumnType::DateTime { .. } => Kind::DateTime,
        ColumnType::Timestamp { .. } => Kind::Timestamp,
        ColumnType::Time { .. } => Kind::Time,
        ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. } => {
            Kind::Text(match column.collation.as_deref() {
                Some("utf8mb4_bin" | "utf8mb3_bin") => TextComparison::PaddedBytes,
                Some("utf8mb4_0900_bin" | "utf8mb4_nopad_bin" | "utf8mb3_nopad_bin") => {
                    TextComparison::Bytes
                }
                other => TextComparison::Folded(Folding::of(other)),
            })
        }
        // the server compares values of all other types by special rules
        _ => return None,
    })
}

/// The days since 1970-01-01 of a date such as `2020-01-31`. `None` for any other form.
fn date(text: &str) -> Option<i64> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped || text.starts_with('0') {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(date.since((jiff::Unit::Day, epoch)).ok()?.get_days().into())
}

/// The microseconds since 1970-01-01 of `2020-01-31` or `2020-01-31 23:59:59.999999`.
fn date_time(text: &str) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let (day, time) = match text.split_once(' ') {
        Some((day, time)) => (day, time),
        None => return date(text)?.checked_mul(DAY),
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let digits = |part: &str, length: usize| {
        let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<i64>().ok()).flatten()
    };
    let mut parts = clock.split(':');
    let mut next = |most: i64| {
        parts
            .next()
            .and_then(|part| digits(part, 2))
            .filter(|n| *n <= most)
    };
    let (hours, minutes, seconds) = (next(23)?, next(59)?, next(59)?);
    if parts.next().is_some() || fraction.is_empty() || fraction.len() > 6 {
        return None;
    }
    let micros = digits(&format!("{fraction:0<6}"), 6)?;
    let seconds = (hours * 60 + minutes) * 60 + seconds;
    Some(date(day)?.checked_mul(DAY)? + seconds * 1_000_000 + micros)
}
