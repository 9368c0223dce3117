//! Whether two texts are the same expression.
//!
//! A CHECK, a functional key part or the expression of a default comes back from a server in the
//! server's words: MySQL writes (`rating` between 1 and 5) for rating BETWEEN 1 AND 5. Compared as
//! texts, every such constraint would differ for ever; compared as trees with all parentheses
//! written out, they are equal. What sqlparser cannot read is compared as text.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

/// Reads an expression; `None` when it cannot be read, or something follows it.
pub fn read(text: &str) -> Option<Expr> {
    let mut parser = Parser::new(&MySqlDialect {}).try_with_sql(text).ok()?;
    let expression = parser.parse_expr().ok()?;
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expression)
}

/// Writes an expression. sqlparser prints strings as they are once read, so their backslashes want
/// doubling; those of a name do not.
pub fn write(expression: &Expr) -> String {
    let mut written = String::new();
    let mut quote = None;
    for c in expression.to_string().chars() {
        match quote {
            // a doubled quote closes and opens again
            Some(open) if open == c => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            _ => {}
        }
        written.push(c);
        if c == '\\' && quote != Some('`') {
            written.push(c);
        }
    }
    written
}

/// Whether both texts say the same, however they are quoted, parenthesised and capitalised.
pub fn same_expression(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (read(a), read(b)) {
        (Some(a), Some(b)) => canonical(&a) == canonical(&b),
        _ => false,
    }
}

fn canonical(expression: &Expr) -> String {
    let not = |negated: &bool| if *negated { "not " } else { "" };
    match expression {
        Expr::Nested(inner) => canonical(inner),
        Expr::Identifier(name) => name.value.to_lowercase(),
        // _utf8mb4'x': what MySQL writes for 'x'
        Expr::Prefixed { prefix, value } if prefix.value.starts_with('_') => canonical(value),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                format!("'{text}'")
            }
            Value::Boolean(truth) => u8::from(*truth).to_string(),
            other => other.to_string().to_lowercase(),
        },
        Expr::BinaryOp { left, op, right } => {
            let operator = op.to_string().to_lowercase();
            format!("({} {operator} {})", canonical(left), canonical(right))
        }
        Expr::UnaryOp { op, expr } => {
            format!("({} {})", op.to_string().to_lowercase(), canonical(expr))
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => format!(
            "({} {}between {} and {})",
            canonical(expr),
            not(negated),
            canonical(low),
            canonical(high)
        ),
        Expr::InList {
            expr,
            list,
            negated,
        } => {
            let list: Vec<String> = list.iter().map(canonical).collect();
            format!(
                "({} {}in ({}))",
                canonical(expr),
                not(negated),
                list.join(",")
            )
        }
        Expr::IsNull(inner) => format!("({} is null)", canonical(inner)),
        Expr::IsNotNull(inner) => format!("({} is not null)", canonical(inner)),
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase().replace('`', "");
            let name = match name.as_str() {
                "character_length" => "char_length",
                "ucase" => "upper",
                "lcase" => "lower",
                "octet_length" => "length",
                other => other,
            };
            let FunctionArguments::List(list) = &function.args else {
                return format!("{name}()");
            };
            let arguments: Vec<String> = list
                .args
                .iter()
                .map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => canonical(inner),
                    other => other.to_string().to_lowercase(),
                })
                .collect();
            format!("{name}({})", arguments.join(","))
        }
        other => other.to_string().to_lowercase().replace('`', ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_write_equals_what_people_write() {
        for (written, stored) in [
            ("rating BETWEEN 1 AND 5", "(`rating` between 1 and 5)"),
            (
                "a IN ('x', 'y') AND b IS NOT NULL",
                "((`a` in (_utf8mb4'x',_utf8mb4'y')) and (`b` is not null))",
            ),
            (
                "CHARACTER_LENGTH(s) > 3 OR NOT a = 1",
                "((char_length(`s`) > 3) or (not (`a` = 1)))",
            ),
            ("a != TRUE", "`a` <> 1"),
            ("UPPER('x')", "upper(_utf8mb4'x')"),
        ] {
            assert!(same_expression(written, stored), "{written}");
        }
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        for text in [
            r"a = 'back\\slash'",
            r"`back\slash` = 'it''s \\'",
            r#"`a``'\` = "it's \\""#,
        ] {
            let read_back = |text: &str| write(&read(text).unwrap());
            assert_eq!(read_back(text), text);
        }
    }

    #[test]
    fn other_expressions_are_not_the_same() {
        for (a, b) in [
            ("a = 1 AND (b = 2 OR c = 3)", "(a = 1 AND b = 2) OR c = 3"),
            ("a = 'x'", "a = 'X'"),
            ("a < 1", "a <= 1"),
            ("a IN (1,2)", "a NOT IN (1,2)"),
            ("not readable (", "not readable ( "),
        ] {
            assert!(!same_expression(a, b), "{a}");
        }
    }
}
