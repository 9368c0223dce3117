//! Finds the columns that an expression names.

use super::draft::same;
use crate::quote::quote_identifier;
use crate::statements::{Token, TokenKind, tokens_of};

/// Whether an expression names this column.
pub(super) fn names_column(expression: &str, column: &str) -> bool {
    columns(expression)
        .iter()
        .any(|token| token.name().is_some_and(|own| same(own, column)))
}

/// Whether an expression names another column besides this one. `columns` are all columns of the
/// table.
pub(super) fn names_others<'c>(
    expression: &str,
    column: &str,
    mut columns: impl Iterator<Item = &'c str>,
) -> bool {
    columns.any(|other| !same(other, column) && names_column(expression, other))
}

/// Replaces names of columns in an expression. `renames` are pairs of an old and a new name.
pub(super) fn with_other_names(expression: &str, renames: &[(String, String)]) -> String {
    let mut text = String::with_capacity(expression.len());
    let mut done = 0;
    for token in columns(expression) {
        let renamed = renames
            .iter()
            .find(|(from, to)| from != to && token.name().is_some_and(|own| same(own, from)));
        if let Some((_, to)) = renamed {
            text.push_str(&expression[done..token.at]);
            text.push_str(&quote_identifier(to));
            done = token.at + token.length;
        }
    }
    text.push_str(&expression[done..]);
    text
}

/// The tokens that may name a column: quoted names, and words that are not functions.
fn columns(expression: &str) -> Vec<Token> {
    let tokens = tokens_of(expression);
    let is_column = |at: usize| match &tokens[at].kind {
        TokenKind::QuotedName(_) => true,
        TokenKind::Word(_) => !tokens.get(at + 1).is_some_and(|next| next.is_sign('(')),
        _ => false,
    };
    (0..tokens.len())
        .filter(|at| is_column(*at))
        .map(|at| tokens[at].clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_by_words_and_quoted_names_and_not_by_texts_and_functions() {
        for (expression, named) in [
            ("a > 0", true),
            ("`A` > 0", true),
            ("t.a > 0", true),
            ("b <> 'a'", false),
            ("a(b) > 0", false),
            ("ab > a_", false),
        ] {
            assert_eq!(names_column(expression, "a"), named, "{expression}");
        }
        assert!(names_others("a < b", "a", ["a", "b"].into_iter()));
        assert!(!names_others("a < 'b'", "a", ["a", "b"].into_iter()));
    }

    #[test]
    fn two_names_are_swapped_at_once() {
        let renames =
            [("a", "b"), ("b", "a"), ("c", "c")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        let swapped = with_other_names("a < `b` + c AND b <> 'a'", &renames);
        assert_eq!(swapped, "`b` < `a` + c AND `a` <> 'a'");
    }
}
