//! Quotes names and texts for SQL that cannot use placeholders: DDL, table names, many literals.
//!
//! The results are correct under the sql_mode of our sessions, which includes neither ANSI_QUOTES
//! nor NO_BACKSLASH_ESCAPES.

/// Writes a name in backticks: ``a`b`` becomes `` `a``b` ``.
pub fn quote_identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Writes a text as a literal: `it's` becomes `'it''s'`, a backslash is doubled, NUL becomes `\0`.
pub fn quote_literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            // users may pipe a printed statement into a client that takes Ctrl-Z for the end of its
            // input
            '\x1a' => quoted.push_str("\\Z"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// Writes texts as literals separated by commas, for `IN (…)`.
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
