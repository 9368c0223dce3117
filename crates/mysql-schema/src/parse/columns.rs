//! Column definitions: type, options, default. Keys that are written beside a column are passed to
//! `keys`.

use sqlparser::ast::{
    ColumnDef, ColumnOption, ColumnOptionDef, Expr, ObjectName, UnaryOperator, Value,
};
use sqlparser::tokenizer::Token;

use super::{Draft, Place, Result, types};
use crate::expression::write;
use model::schema::{Check, Column, ColumnType, Decode};

pub(super) fn add(draft: &mut Draft, definition: &ColumnDef, place: Place) -> Result<()> {
    let place = place.at(definition.name.span.start.line);
    draft
        .keys
        .written_at(place, definition.name.span.start.column);
    let name = definition.name.value.clone();
    let message = |what: String| place.error(format!("{}.{name} {what}", draft.table.name));
    let kind = types::column_type(&definition.data_type).map_err(message)?;
    let mut column = Column {
        name: name.clone(),
        kind,
        nullable: true,
        default: None,
        auto_increment: false,
        zero_filled: false,
        generated: false,
        charset: None,
        collation: None,
        comment: String::new(),
        decode: Decode::default(),
        generates_ids: false,
    };
    for option in &definition.options {
        apply_option(&mut column, draft, option, place)?;
    }
    let has_members = matches!(
        column.kind,
        ColumnType::Enum { .. } | ColumnType::Set { .. }
    );
    if column.kind.is_text() || has_members {
        settle_collation(&mut column, draft);
        if column.charset.as_deref() == Some("binary") {
            column.kind = binary(&column.kind);
            (column.charset, column.collation) = (None, None);
        }
    } else {
        column.charset = None;
        column.collation = None;
    }
    let twice = draft
        .table
        .columns
        .iter()
        .any(|other| other.name.eq_ignore_ascii_case(&name));
    if twice {
        return Err(place.error(format!("{}.{name} is defined twice", draft.table.name)));
    }
    draft.table.columns.push(column);
    Ok(())
}

fn apply_option(
    column: &mut Column,
    draft: &mut Draft,
    option: &ColumnOptionDef,
    place: Place,
) -> Result<()> {
    let constraint = option.name.as_ref();
    match &option.option {
        ColumnOption::Null => column.nullable = true,
        ColumnOption::NotNull => column.nullable = false,
        ColumnOption::Default(value) => column.default = default(value, &column.kind),
        ColumnOption::Comment(text) => column.comment = text.clone(),
        ColumnOption::CharacterSet(charset) => {
            column.charset = Some(types::charset_name(&charset.to_string()));
        }
        ColumnOption::Collation(collation) => {
            column.collation = Some(types::collation_name(&unquoted(collation)));
        }
        ColumnOption::PrimaryKey(_) => draft.keys.inline_primary(&column.name),
        ColumnOption::Unique(_) => draft.keys.inline_unique(&column.name),
        ColumnOption::ForeignKey(key) => {
            let keys = &mut draft.keys;
            keys.inline_foreign_key(&column.name, constraint, key, place)?;
        }
        ColumnOption::Check(check) if check.enforced == Some(false) => {}
        ColumnOption::Check(check) => draft.table.checks.push(Check {
            name: constraint
                .map(|name| name.value.clone())
                .unwrap_or_default(),
            expression: write(&check.expr),
        }),
        ColumnOption::Generated { .. } => column.generated = true,
        ColumnOption::OnUpdate(_) => {}
        ColumnOption::Srid(srid) => {
            let srid = srid.to_string().parse().ok();
            column.kind = column.kind.clone().with_srid(srid);
        }
        ColumnOption::DialectSpecific(tokens) if is_auto_increment(tokens) => {
            column.auto_increment = true;
            column.nullable = false;
        }
        other => {
            return Err(place.error(format!(
                "{}.{}: {other} cannot be parsed without a server",
                draft.table.name, column.name
            )));
        }
    }
    Ok(())
}

/// The binary type that servers make of a text type with CHARACTER SET binary.
fn binary(kind: &ColumnType) -> ColumnType {
    match *kind {
        ColumnType::Char { length } => ColumnType::Binary { length },
        ColumnType::VarChar { length } => ColumnType::VarBinary { length },
        ColumnType::Text { max_bytes } => ColumnType::Blob { max_bytes },
        ref other => other.clone(),
    }
}

/// Derives the character set from the collation. A column without either gets both from its table.
fn settle_collation(column: &mut Column, draft: &Draft) {
    match (&column.charset, &column.collation) {
        (None, Some(collation)) => column.charset = Some(types::charset_of(collation)),
        (None, None) => {
            column.charset = draft.table.charset.clone();
            column.collation = draft.table.collation.clone();
        }
        _ => {}
    }
}

fn unquoted(name: &ObjectName) -> String {
    name.to_string().trim_matches(['\'', '"', '`']).to_owned()
}

fn is_auto_increment(tokens: &[Token]) -> bool {
    matches!(tokens, [Token::Word(word)] if word.value.eq_ignore_ascii_case("AUTO_INCREMENT"))
}

/// The text of a DEFAULT as `information_schema` has it.
fn default(value: &Expr, kind: &ColumnType) -> Option<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::Null => None,
            Value::Boolean(truth) => Some(u8::from(*truth).to_string()),
            Value::Number(digits, _) => Some(number(digits, kind)),
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                Some(literal(text, kind))
            }
            other => Some(other.to_string()),
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => default(expr, kind).map(|digits| format!("-{digits}")),
        Expr::UnaryOp {
            op: UnaryOperator::Plus,
            expr,
        } => default(expr, kind),
        Expr::Nested(inner) => Some(write(inner)),
        Expr::Function(function) => {
            let text = function.to_string();
            Some(current_timestamp(&text).unwrap_or(text))
        }
        other => {
            let text = write(other);
            Some(current_timestamp(&text).unwrap_or(text))
        }
    }
}

/// NOW(3), LOCALTIME and the like are aliases of CURRENT_TIMESTAMP.
fn current_timestamp(text: &str) -> Option<String> {
    let upper = text.to_uppercase();
    let (name, digits) = match upper.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (upper.as_str(), ""),
    };
    let same = ["CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"];
    same.contains(&name).then(|| match digits.trim() {
        "" | "0" => "CURRENT_TIMESTAMP".to_owned(),
        digits => format!("CURRENT_TIMESTAMP({digits})"),
    })
}

fn literal(text: &str, kind: &ColumnType) -> String {
    match kind {
        ColumnType::Decimal { .. } | ColumnType::Integer { .. } | ColumnType::Boolean => {
            number(text, kind)
        }
        // a date without a time means midnight
        ColumnType::DateTime { precision } | ColumnType::Timestamp { precision } => {
            let text = match text.len() {
                10 => format!("{text} 00:00:00"),
                _ => text.to_owned(),
            };
            pad_fraction(&text, *precision)
        }
        ColumnType::Time { precision } => pad_fraction(text, *precision),
        _ => text.to_owned(),
    }
}

fn number(digits: &str, kind: &ColumnType) -> String {
    match kind {
        ColumnType::Decimal { scale, .. } => pad_fraction(digits, *scale),
        _ => digits.to_owned(),
    }
}

/// The number with exactly `digits` digits after the point; unchanged where that would lose one.
fn pad_fraction(text: &str, digits: u8) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = usize::from(digits);
    match fraction.trim_end_matches('0') {
        "" if digits == 0 => whole.to_owned(),
        kept if kept.len() <= digits => format!("{whole}.{kept:0<digits$}"),
        _ => text.to_owned(),
    }
}
