//! The privileges of an account, from the output of SHOW GRANTS.
//!
//! The privilege tables of the catalogue do not show roles, and SHOW GRANTS shows only the name of
//! a role. So there are three answers: held, missing, and unknown. A privilege is unknown if a
//! role, a grant on a table or column, or a partial revoke may decide about it.

/// Whether an account has a privilege.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// The account has the privilege.
    Held,
    /// The account does not have the privilege.
    Missing,
    /// The grants do not show whether the account has the privilege.
    Unknown,
}

/// The grants of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Privileges in capitals, with the pattern of the database; `None` means all databases.
    given: Vec<(Vec<String>, Option<String>)>,
    /// Whether there are grants that this parser does not understand.
    doubt: bool,
}

impl Grants {
    /// Reads the lines of SHOW GRANTS.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Grants {
        let mut grants = Grants::default();
        for line in lines {
            grants.line(line);
        }
        grants
    }

    fn line(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("GRANT ") else {
            // the line is a REVOKE, or a statement that only this server has
            self.doubt = true;
            return;
        };
        if rest.starts_with("PROXY ") {
            return;
        }
        let Some((privileges, rest)) = rest.split_once(" ON ") else {
            // the line grants a role
            self.doubt = true;
            return;
        };
        let Some((database, rest)) = name(rest) else {
            self.doubt = true;
            return;
        };
        if privileges.contains('(') || !rest.starts_with(".* ") {
            // the line grants privileges on columns, a table or a routine
            self.doubt = true;
            return;
        }
        let privileges = privileges.split(',').map(|p| p.trim().to_uppercase());
        self.given.push((privileges.collect(), database));
    }

    /// Whether the account has a privilege on a database.
    pub fn right(&self, privilege: &str, database: &str) -> Right {
        let gives = |(privileges, pattern): &(Vec<String>, Option<String>)| {
            let all = |p: &String| p == "ALL PRIVILEGES" || p == "ALL";
            privileges.iter().any(|p| p == privilege || all(p))
                && pattern.as_deref().is_none_or(|p| matches(p, database))
        };
        self.answer(self.given.iter().any(gives))
    }

    /// Whether the account has one of these privileges on the whole server.
    pub fn global_right(&self, privileges: &[&str]) -> Right {
        let gives = |(given, pattern): &(Vec<String>, Option<String>)| {
            let one = |p: &String| p == "ALL PRIVILEGES" || privileges.contains(&p.as_str());
            pattern.is_none() && given.iter().any(one)
        };
        self.answer(self.given.iter().any(gives))
    }

    fn answer(&self, held: bool) -> Right {
        match (held, self.doubt) {
            (true, _) => Right::Held,
            (false, true) => Right::Unknown,
            (false, false) => Right::Missing,
        }
    }
}

/// Splits a name in backquotes, or `*`, from the text that follows.
fn name(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((None, rest));
    }
    let text = text.strip_prefix('`')?;
    let mut name = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '`' if characters.peek().is_some_and(|(_, next)| *next == '`') => {
                characters.next();
                name.push('`');
            }
            '`' => return Some((Some(name), &text[at + 1..])),
            other => name.push(other),
        }
    }
    None
}

/// Whether a text matches a LIKE pattern: `%` matches any text, `_` any character, a backslash
/// escapes the next character.
fn matches(pattern: &str, name: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => name.is_empty(),
        Some('%') => {
            let mut tails = name.char_indices().map(|(at, _)| &name[at..]);
            tails.any(|tail| matches(pattern.as_str(), tail)) || matches(pattern.as_str(), "")
        }
        Some(wanted) => {
            let (wanted, any) = match wanted {
                '\\' => (pattern.next().unwrap_or('\\'), false),
                '_' => ('_', true),
                other => (other, false),
            };
            let mut name = name.chars();
            name.next().is_some_and(|c| any || c == wanted)
                && matches(pattern.as_str(), name.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_on_everything_on_a_database_and_on_a_pattern_are_found() {
        let root = Grants::parse([
            "GRANT SELECT, INSERT, CREATE ROLE ON *.* TO `root`@`localhost` WITH GRANT OPTION",
            "GRANT BINLOG_ADMIN,SYSTEM_VARIABLES_ADMIN ON *.* TO `root`@`localhost` WITH GRANT OPTION",
            "GRANT PROXY ON ``@`` TO `root`@`localhost` WITH GRANT OPTION",
        ]);
        assert_eq!(root.right("INSERT", "shop"), Right::Held);
        assert_eq!(root.right("CREATE", "shop"), Right::Missing);
        assert_eq!(
            root.global_right(&["SUPER", "SYSTEM_VARIABLES_ADMIN"]),
            Right::Held
        );
        let app = Grants::parse([
            "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29'",
            r"GRANT ALL PRIVILEGES ON `my\_shop`.* TO `app`@`%`",
            "GRANT SELECT ON `ot_er%`.* TO `app`@`%`",
        ]);
        assert_eq!(app.right("ALTER", "my_shop"), Right::Held);
        assert_eq!(app.right("ALTER", "myxshop"), Right::Missing);
        assert_eq!(app.right("SELECT", "other"), Right::Held);
        assert_eq!(app.right("SELECT", "otherwise"), Right::Held);
        assert_eq!(app.right("SELECT", "my_shop__new"), Right::Missing);
        assert_eq!(app.global_right(&["SUPER"]), Right::Missing);
    }

    #[test]
    fn rights_that_roles_tables_columns_or_revokes_decide_are_unknown() {
        for line in [
            "GRANT `writer`@`%` TO `app`@`%`",
            "GRANT INSERT ON `shop`.`reviews` TO `app`@`%`",
            "GRANT INSERT (`id`) ON `shop`.`reviews` TO `app`@`%`",
            "REVOKE INSERT ON `shop`.* FROM `app`@`%`",
        ] {
            let grants = Grants::parse(["GRANT SELECT ON `shop`.* TO `app`@`%`", line]);
            assert_eq!(grants.right("SELECT", "shop"), Right::Held, "{line}");
            assert_eq!(grants.right("INSERT", "shop"), Right::Unknown, "{line}");
        }
    }

    #[test]
    fn names_with_backquotes_and_patterns_are_read() {
        let grants = Grants::parse(["GRANT ALL PRIVILEGES ON `a``b`.* TO `x`@`y`"]);
        assert_eq!(grants.right("DROP", "a`b"), Right::Held);
        for (pattern, name, fits) in [
            ("%", "", true),
            ("%", "abc", true),
            ("a%c", "abbc", true),
            ("a%c", "abcd", false),
            ("a_c", "aéc", true),
            (r"a\%c", "abc", false),
            (r"a\%c", "a%c", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
