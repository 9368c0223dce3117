//! Names and texts put into SQL where a placeholder cannot stand: DDL, names of tables, batches of
//! literals.
//!
//! Apart because everything that writes SQL needs it and nothing else. Both forms hold under the
//! sql_mode of `db::SESSION`, which has neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.

/// A name in backticks: ``a`b`` becomes `` `a``b` ``.
pub fn quote_identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as a literal: `it's` becomes `'it''s'`, a backslash is doubled, NUL is written `\0`.
pub fn quote_literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            // Ctrl-Z ends the input of some clients that a printed statement may be given to
            '\x1a' => quoted.push_str("\\Z"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// Texts as literals with commas between them, for `IN (…)`.
pub fn quote_literals<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = texts
        .into_iter()
        .map(|t| quote_literal(t.as_ref()))
        .collect();
    quoted.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_backticks() {
        assert_eq!(quote_identifier("date"), "`date`");
        assert_eq!(quote_identifier("a`b"), "`a``b`");
    }

    #[test]
    fn texts_survive_quotes_backslashes_and_nul() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\'b\0c"), r"'a\\''b\0c'");
        assert_eq!(quote_literal("line\n\u{1F600}"), "'line\n\u{1F600}'");
    }
}
