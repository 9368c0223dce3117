//! Decides whether two texts are the same expression.
//!
//! A server rewrites the expression of a CHECK, a functional key part or a default. For `rating
//! BETWEEN 1 AND 5`, MySQL returns ``(`rating` between 1 and 5)``. So expressions are compared as
//! syntax trees. An expression that sqlparser cannot parse is compared as text.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

/// Parses an expression. `None` if sqlparser cannot parse the whole text.
pub fn read(text: &str) -> Option<Expr> {
    let mut parser = Parser::new(&MySqlDialect {}).try_with_sql(text).ok()?;
    let expression = parser.parse_expr().ok()?;
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then_some(expression)
}

/// Writes an expression as SQL. sqlparser does not escape the backslashes in a string, so they are
/// doubled here. The backslashes in a quoted name must not be doubled.
pub fn write(expression: &Expr) -> String {
    let mut written = String::new();
    let mut quote = None;
    for c in expression.to_string().chars() {
        match quote {
            // a doubled quote is treated as a closing quote and an opening one
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

/// Whether both texts are the same expression, if quotes, parentheses and case are disregarded.
pub fn same_expression(a: &str, b: &str) -> bool {
    if without_introducers(a) == without_introducers(b) {
        return true;
    }
    match (read(a), read(b)) {
        (Some(a), Some(b)) => canonical(&a) == canonical(&b),
        _ => false,
    }
}

/// A text that is the same for all spellings of an expression. It is used for hashes.
pub fn comparable(text: &str) -> String {
    match read(text) {
        Some(expression) => canonical(&expression),
        None => {
            let text = without_introducers(text);
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

/// The text without the character sets before strings, such as `_utf8mb4'x'`. MySQL writes them,
/// and another one when it reads its own text of `CAST(a AS CHAR CHARACTER SET latin1) = 'x'`.
fn without_introducers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut quote = None;
    let mut escaped = false;
    for c in text.chars() {
        match quote {
            _ if escaped => escaped = false,
            Some('\'' | '"') if c == '\\' => escaped = true,
            // a doubled quote is treated as a closing quote and an opening one
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"' | '`') => {
                let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                let before = kept.trim_end_matches(is_of_word).len();
                if c != '`' && kept[before..].starts_with('_') {
                    kept.truncate(before);
                }
                quote = Some(c);
            }
            None => {}
        }
        kept.push(c);
    }
    kept
}

/// The expression as text for comparison, with all parentheses and without quotes.
fn canonical(expression: &Expr) -> String {
    match expression {
        Expr::Nested(inner) => canonical(inner),
        Expr::Identifier(name) => name.value.to_lowercase(),
        // MySQL writes _utf8mb4'x' for 'x'
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
        Expr::Cast {
            expr, data_type, ..
        } => format!(
            "cast({} as {})",
            canonical(expr),
            data_type.to_string().to_lowercase()
        ),
        Expr::Function(function) => canonical_call(function),
        other => canonical_condition(other),
    }
}

fn canonical_condition(expression: &Expr) -> String {
    let not = |negated: &bool| if *negated { "not " } else { "" };
    match expression {
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
        Expr::Like {
            negated,
            expr,
            pattern,
            escape_char,
            ..
        } => {
            let escape = escape_char
                .as_ref()
                .map(|character| format!(" escape {character}"));
            format!(
                "({} {}like {}{})",
                canonical(expr),
                not(negated),
                canonical(pattern),
                escape.unwrap_or_default()
            )
        }
        Expr::IsNull(inner) => format!("({} is null)", canonical(inner)),
        Expr::IsNotNull(inner) => format!("({} is not null)", canonical(inner)),
        other => other.to_string().to_lowercase().replace('`', ""),
    }
}

fn canonical_call(function: &Function) -> String {
    let name = function.name.to_string().to_lowercase().replace('`', "");
    let name = match name.as_str() {
        "character_length" => "char_length",
        "ucase" => "upper",
        "lcase" => "lower",
        "octet_length" => "length",
        "current_date" => "curdate",
        "current_time" => "curtime",
        other => other,
    };
    let FunctionArguments::List(list) = &function.args else {
        return format!("{name}()");
    };
    let arguments = list.args.iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => canonical(inner),
        other => other.to_string().to_lowercase(),
    });
    let arguments: Vec<String> = arguments.collect();
    format!("{name}({})", arguments.join(","))
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
            // sqlparser cannot parse these
            (
                "(`a` member of (_utf8mb4'[1]')) or (`b_` = _latin1'it\\'s')",
                "(`a` member of ('[1]')) or (`b_` = _utf8mb4'it\\'s')",
            ),
        ] {
            assert!(same_expression(written, stored), "{written}");
        }
    }

    #[test]
    fn a_written_expression_is_read_back() {
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
            ("a LIKE 'x' ESCAPE '|'", "a LIKE 'x'"),
            ("(`a` member of ('_x'))", "(`a` member of (''))"),
            (
                "(`a` member of ('y _utf8mb4''x'))",
                "(`a` member of ('y ''x'))",
            ),
            ("a IN (1,2)", "a NOT IN (1,2)"),
            ("not readable (", "not readable ( "),
        ] {
            assert!(!same_expression(a, b), "{a}");
        }
    }
}
