//! Evaluates conditions of IF without a server: how many rows the catalogue has for a table, a
//! column, an index or a constraint.
//!
//! Files that add what is missing check such a condition before ALTER TABLE. If the result is not
//! certain, it is `None`.

use super::super::{Token, TokenKind};
use super::{CountRows, Prepared, variable};

/// A query that counts rows of the catalogue for the current database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCount {
    /// The table of `information_schema`, in upper case.
    pub catalogue: String,
    /// The wanted rows: (column in upper case, its value).
    pub wanted: Vec<(String, String)>,
}

/// The columns of the catalogue that contain the name of the database.
const OF_DATABASE: [&str; 3] = ["TABLE_SCHEMA", "CONSTRAINT_SCHEMA", "INDEX_SCHEMA"];

/// Arguments of COUNT that are never NULL, so that it counts all rows.
const NEVER_NULL: [&str; 5] = [
    "1",
    "TABLE_NAME",
    "COLUMN_NAME",
    "INDEX_NAME",
    "CONSTRAINT_NAME",
];

impl Prepared {
    /// Whether a condition is true. `None` if that is unknown.
    pub(super) fn condition(&self, tokens: &[Token], count: &CountRows<'_>) -> Option<bool> {
        match tokens {
            [first, inner @ .., last] if is_enclosed(first, inner, last) && !is_query(inner) => {
                return self.condition(inner, count);
            }
            [not, rest @ ..] if not.is("NOT") || not.is_sign('!') => {
                return Some(!self.condition(rest, count)?);
            }
            [exists, first, inner @ .., last]
                if exists.is("EXISTS") && is_enclosed(first, inner, last) =>
            {
                return self
                    .count(inner, AnySelect::Yes, count)
                    .map(|rows| rows > 0);
            }
            _ => {}
        }
        let Some((at, length, holds)) = comparison(tokens) else {
            return self.number(tokens, count).map(|number| number != 0);
        };
        let left = self.number(&tokens[..at], count)?;
        let right = self.number(&tokens[at + length..], count)?;
        Some(holds(&left, &right))
    }

    /// The number of rows that a query of the catalogue counts.
    pub(super) fn rows(&self, query: &[Token], count: &CountRows<'_>) -> Option<usize> {
        self.count(query, AnySelect::No, count)
    }

    /// What SELECT IF(COUNT(*) = 0, …) FROM information_schema.x WHERE … selects, with the number
    /// of rows in the place of COUNT(*).
    pub(super) fn with_rows(&self, query: &[Token], count: &CountRows<'_>) -> Option<Vec<Token>> {
        let mut depth = 0;
        let from = query.iter().position(|token| {
            depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
            depth == 0 && token.is("FROM")
        })?;
        let counts = |four: &[Token]| four[0].is("COUNT") && four[1].is_sign('(');
        let at = query[..from].windows(4).position(counts)?;
        let counted = &query[at..at + 4];
        let of_rows: Vec<Token> = [&query[..1], counted, &query[from..]].concat();
        let mut number = counted[0].clone();
        number.kind = TokenKind::Word(self.rows(&of_rows, count)?.to_string());
        Some([&query[1..at], &[number], &query[at + 4..from]].concat())
    }

    fn number(&self, tokens: &[Token], count: &CountRows<'_>) -> Option<u64> {
        let [text] = &self.texts(tokens, count)?[..] else {
            return None;
        };
        text.parse().ok()
    }

    /// Evaluates SELECT COUNT(*) FROM information_schema.x WHERE …
    fn count(&self, query: &[Token], select: AnySelect, count: &CountRows<'_>) -> Option<usize> {
        let from = query.iter().position(|token| token.is("FROM"))?;
        let [first, what @ ..] = &query[..from] else {
            return None;
        };
        let counts = what.first().is_some_and(|token| token.is("COUNT"))
            && what.len() == 4
            && (what[2].is_sign('*') || NEVER_NULL.iter().any(|name| what[2].is(name)));
        let is_any = select == AnySelect::Yes && !what.iter().any(|token| token.is("COUNT"));
        let (schema, dot, table, condition) = match &query[from + 1..] {
            [schema, dot, table, condition @ ..] => (schema, dot, table, condition),
            _ => return None,
        };
        let is_catalogue = schema.name()?.eq_ignore_ascii_case("information_schema");
        let [and_where, condition @ ..] = condition else {
            return None;
        };
        if !(first.is("SELECT") && (counts || is_any))
            || !(is_catalogue && dot.is_sign('.') && and_where.is("WHERE"))
        {
            return None;
        }
        let mut of_database = false;
        let mut wanted = Vec::new();
        for equation in and_terms(condition)? {
            let (column, value) = equal(equation)?;
            match OF_DATABASE.contains(&column.as_str()) {
                true => of_database |= self.is_database(value).then_some(true)?,
                false => {
                    let [text] = <[String; 1]>::try_from(self.texts(value, count)?).ok()?;
                    wanted.push((column, text));
                }
            }
        }
        let catalogue = table.name()?.to_uppercase();
        // without the database as a condition, tables of other databases would be counted too
        of_database.then_some(())?;
        count(&RowCount { catalogue, wanted })
    }

    fn is_database(&self, value: &[Token]) -> bool {
        let is_variable = variable(value).is_some_and(|name| self.databases.contains(&name));
        is_variable || is_current_database(value)
    }
}

/// Whether a query may select anything instead of COUNT, because only the existence of rows
/// matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AnySelect {
    Yes,
    No,
}

/// Whether an expression is DATABASE() or SCHEMA().
pub(super) fn is_current_database(value: &[Token]) -> bool {
    match value {
        [first, inner @ .., last] if is_enclosed(first, inner, last) => match inner {
            [select, rest @ ..] if select.is("SELECT") => is_current_database(rest),
            inner => is_current_database(inner),
        },
        [name, open, close] => {
            (name.is("DATABASE") || name.is("SCHEMA")) && open.is_sign('(') && close.is_sign(')')
        }
        _ => false,
    }
}

/// Whether `first` and `last` are parentheses that belong together.
fn is_enclosed(first: &Token, inner: &[Token], last: &Token) -> bool {
    let mut depth = 0_i32;
    let closes_early = inner.iter().any(|token| {
        depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
        depth < 0
    });
    first.is_sign('(') && last.is_sign(')') && !closes_early
}

fn is_query(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|token| token.is("SELECT"))
}

type Holds = fn(&u64, &u64) -> bool;

/// The first comparison outside parentheses: its position, its number of tokens, and its meaning.
fn comparison(tokens: &[Token]) -> Option<(usize, usize, Holds)> {
    let known: [(&str, Holds); 7] = [
        ("<=", u64::le),
        (">=", u64::ge),
        ("<>", u64::ne),
        ("!=", u64::ne),
        ("=", u64::eq),
        ("<", u64::lt),
        (">", u64::gt),
    ];
    let mut depth = 0;
    for at in 0..tokens.len() {
        depth += i32::from(tokens[at].is_sign('(')) - i32::from(tokens[at].is_sign(')'));
        if depth > 0 {
            continue;
        }
        for (signs, holds) in known {
            let is_here = signs.chars().enumerate().all(|(offset, sign)| {
                let token = tokens.get(at + offset);
                token.is_some_and(|token| token.is_sign(sign))
            });
            if is_here {
                return Some((at, signs.len(), holds));
            }
        }
    }
    None
}

/// The terms of a condition that are joined by AND. `None` for any other condition.
fn and_terms(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    if let [first, inner @ .., last] = tokens
        && is_enclosed(first, inner, last)
    {
        return and_terms(inner);
    }
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(token.is_sign('(')) - i32::from(token.is_sign(')'));
        if depth == 0 && (token.is("AND") || token.is_sign('&') && tokens[at + 1..].len() > 1) {
            let after = at + 1 + usize::from(token.is_sign('&'));
            let mut terms = and_terms(&tokens[..at])?;
            terms.extend(and_terms(&tokens[after..])?);
            return Some(terms);
        }
    }
    Some(vec![tokens])
}

/// Parses `column = value`. Returns the name of the column in upper case, without a table before
/// it, and the value.
fn equal(tokens: &[Token]) -> Option<(String, &[Token])> {
    let at = tokens.iter().position(|token| token.is_sign('='))?;
    let column = match &tokens[..at] {
        [column] => column,
        [_, dot, column] if dot.is_sign('.') => column,
        _ => return None,
    };
    let value = &tokens[at + 1..];
    let is_value = |token: &Token| match &token.kind {
        TokenKind::String(_) => true,
        _ => !["OR", "XOR", "NOT", "LIKE", "IN", "LIMIT", "GROUP", "ORDER"]
            .iter()
            .any(|word| token.is(word)),
    };
    let is_whole = !value.is_empty() && value.iter().all(is_value);
    is_whole.then(|| Some((column.name()?.to_uppercase(), value)))?
}
