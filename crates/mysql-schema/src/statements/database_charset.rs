//! The character set that a file sets for its database. It is the default of the tables that are
//! created in the database. CREATE DATABASE and ALTER DATABASE are not run, so the character set is
//! written into the CREATE TABLE statements instead.

use std::collections::HashMap;
use std::ops::Range;

use super::{ScriptStatement, StatementKind, Token};
use model::flavour::Flavour;

/// The changes of a file's text, and messages for the user.
#[derive(Default)]
pub(super) struct Inherited {
    /// Byte ranges in the text, each with its replacement.
    pub(super) edits: Vec<(Range<usize>, String)>,
    pub(super) notes: Vec<String>,
}

/// A character set that a statement sets for a database.
struct Stated {
    database: String,
    line: usize,
    options: Options,
    /// The tables that inherit the character set.
    tables: Vec<String>,
}

/// The options in CREATE DATABASE or ALTER DATABASE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Options {
    charset: Option<String>,
    collation: Option<String>,
    is_encrypted: bool,
}

/// If the file sets the character set of a database, writes it into the tables that specify none.
/// `sql` is the text of the file.
pub(super) fn inherit(sql: &str, statements: &[ScriptStatement<'_>], origin: &str) -> Inherited {
    let mut databases = Databases::default();
    for statement in statements {
        if statement.kind() == StatementKind::Other {
            databases.take_up(statement, origin);
        } else {
            databases.inherit(sql, statement);
        }
    }
    databases.finish(origin)
}

/// The databases of a file, by their names in lower case. The database of the URL has an empty
/// name.
#[derive(Default)]
struct Databases {
    current: String,
    /// For each database that the file creates or alters, the position of its character set in
    /// `stated`.
    now: HashMap<String, Option<usize>>,
    stated: Vec<Stated>,
    /// Whether there is a table that specifies no character set and inherits none.
    has_open_table: bool,
    found: Inherited,
}

impl Databases {
    /// Processes a statement that may be about a database.
    fn take_up(&mut self, statement: &ScriptStatement<'_>, origin: &str) {
        let tokens = statement.tokens();
        let is = |at: usize, words: &[&str]| {
            let token = tokens.get(at);
            token.is_some_and(|token| words.iter().any(|word| token.is(word)))
        };
        if is(0, &["USE"]) {
            self.current = name(tokens.get(1)).unwrap_or_default().to_lowercase();
            return;
        }
        let at = match is(1, &["OR"]) {
            true => 3,
            false => 1,
        };
        if !is(at, &["DATABASE", "SCHEMA"]) || !is(0, &["CREATE", "ALTER", "DROP"]) {
            return;
        }
        let mut at = at + 1;
        let is_conditional = is(at, &["IF"]);
        while is(at, &["IF", "NOT", "EXISTS"]) {
            at += 1;
        }
        let begins_options = is(at, &["DEFAULT", "CHARACTER", "CHARSET", "COLLATE"]);
        let database = match begins_options {
            true => self.current.clone(),
            false => name(tokens.get(at)).unwrap_or_default(),
        };
        let key = database.to_lowercase();
        let is_new = is(0, &["CREATE"]);
        if is(0, &["DROP"]) {
            self.now.remove(&key);
        } else if !(is_new && is_conditional && self.now.contains_key(&key)) {
            let stated = self.state(database, statement, origin);
            if is_new || stated.is_some() {
                self.now.insert(key, stated);
            }
        }
    }

    /// Reads the options of a database. If they specify a character set, returns its position in
    /// `stated`.
    fn state(
        &mut self,
        database: String,
        statement: &ScriptStatement<'_>,
        origin: &str,
    ) -> Option<usize> {
        let line = statement.line;
        let options = options(&statement.tokens_for(Flavour::MySql));
        if options != self::options(&statement.tokens_for(Flavour::MariaDb)) {
            self.found.notes.push(format!(
                "{origin}:{line}: the options of the database depend on the server and are not used; write them into each CREATE TABLE"
            ));
            return None;
        }
        if options.is_encrypted {
            self.found.notes.push(format!(
                "{origin}:{line}: the ENCRYPTION of the database is not used; write ENCRYPTION='Y' into each CREATE TABLE"
            ));
        }
        if options.charset.is_none() && options.collation.is_none() {
            return None;
        }
        self.stated.push(Stated {
            database,
            line,
            options,
            tables: Vec::new(),
        });
        Some(self.stated.len() - 1)
    }

    /// Writes the character set of the database into the table of a statement, if that table
    /// specifies none.
    fn inherit(&mut self, sql: &str, statement: &ScriptStatement<'_>) {
        let kind = statement.kind();
        let is_of_table = matches!(kind, StatementKind::CreateTable | StatementKind::AlterTable);
        let Some((database, table)) = statement.table().filter(|_| is_of_table) else {
            return;
        };
        let database = database.map_or(self.current.clone(), |name| name.to_lowercase());
        let tokens = statement.tokens();
        let start = statement.text.as_ptr() as usize - sql.as_ptr() as usize;
        let end = definitions_end(&tokens).filter(|_| kind == StatementKind::CreateTable);
        let place = match (default_charset(&tokens), end) {
            (Some(token), _) => start + token.at..start + token.at + token.length,
            (None, Some(end)) if !states_charset(&tokens[end..]) => {
                let at = start + tokens[end].at + tokens[end].length;
                at..at
            }
            _ => return,
        };
        let Some(Some(stated)) = self.now.get(&database) else {
            self.has_open_table = true;
            return;
        };
        let stated = &mut self.stated[*stated];
        let text = match place.is_empty() {
            true => format!(" {}", stated.options.written()),
            false => {
                let states_collation = tokens.iter().any(|token| token.is("COLLATE"));
                stated.options.after_charset(states_collation)
            }
        };
        if let Some(text) = Some(text).filter(|text| !text.is_empty()) {
            self.found.edits.push((place, text));
            if !stated.tables.contains(&table) {
                stated.tables.push(table);
            }
        }
    }

    fn finish(mut self, origin: &str) -> Inherited {
        for Stated {
            database,
            line,
            options,
            tables,
        } in self.stated
        {
            let of = match database.is_empty() {
                true => "the database".to_owned(),
                false => format!("the database {database}"),
            };
            let written = options.written();
            let words = match (tables.is_empty(), self.has_open_table) {
                (false, _) => format!(
                    "{written} of {of} is used for the tables in it that specify no character set: {}",
                    tables.join(", ")
                ),
                (true, true) => format!(
                    "{written} of {of} is not used, because no table without a character set is created in {of} after this line"
                ),
                (true, false) => continue,
            };
            self.found.notes.push(format!("{origin}:{line}: {words}"));
        }
        self.found
    }
}

impl Options {
    /// The options as they are written in CREATE TABLE.
    fn written(&self) -> String {
        let charset = self
            .charset
            .as_ref()
            .map(|name| format!("CHARACTER SET {name}"));
        let collation = self
            .collation
            .as_ref()
            .map(|name| format!("COLLATE {name}"));
        let parts: Vec<String> = charset.into_iter().chain(collation).collect();
        parts.join(" ")
    }

    /// What replaces DEFAULT after CHARACTER SET. MySQL also uses the collation of the database,
    /// MariaDB does not.
    fn after_charset(&self, states_collation: bool) -> String {
        let of_collation = self
            .collation
            .as_deref()
            .and_then(|name| name.split('_').next());
        let charset = self.charset.as_deref().or(of_collation).unwrap_or_default();
        match self.collation.as_ref().filter(|_| !states_collation) {
            Some(collation) => format!("{charset} /*!80000 COLLATE {collation} */"),
            None => charset.to_owned(),
        }
    }
}

/// Finds the options among the tokens of CREATE DATABASE or ALTER DATABASE.
fn options(tokens: &[Token]) -> Options {
    let mut options = Options::default();
    for (at, token) in tokens.iter().enumerate() {
        let is_charset = token.is("CHARSET") || token.is("SET");
        if !is_charset && !token.is("COLLATE") && !token.is("ENCRYPTION") {
            continue;
        }
        let equals = tokens.get(at + 1).is_some_and(|token| token.is_sign('='));
        let value = name(tokens.get(at + 1 + usize::from(equals)));
        match token.is("COLLATE") {
            true => options.collation = value,
            false if is_charset => options.charset = value,
            false => {
                options.is_encrypted = value.is_some_and(|value| value.eq_ignore_ascii_case("Y"))
            }
        }
    }
    options
}

/// The text of a name, with or without quotes.
fn name(token: Option<&Token>) -> Option<String> {
    Some(token?.text()?.to_owned())
}

/// The position of the parenthesis that closes the definitions in CREATE TABLE. `None` if the
/// statement has no definitions.
fn definitions_end(tokens: &[Token]) -> Option<usize> {
    let begin = tokens.iter().position(|token| token.is_sign('('))?;
    let before = &tokens[begin - 1..begin + 2.min(tokens.len() - begin)];
    let is_copy = ["LIKE", "SELECT", "AS"];
    if before
        .iter()
        .any(|token| is_copy.iter().any(|word| token.is(word)))
    {
        return None;
    }
    let mut depth = 0;
    (begin..tokens.len()).find(|at| {
        depth += i32::from(tokens[*at].is_sign('(')) - i32::from(tokens[*at].is_sign(')'));
        depth == 0
    })
}

/// Whether options of a table specify a character set or a collation.
fn states_charset(options: &[Token]) -> bool {
    let is_set =
        |pair: &[Token]| (pair[0].is("CHARACTER") || pair[0].is("CHAR")) && pair[1].is("SET");
    let is_word = |token: &Token| token.is("CHARSET") || token.is("COLLATE");
    options.iter().any(is_word) || options.windows(2).any(is_set)
}

/// The word DEFAULT in `CHARACTER SET DEFAULT`, which means the character set of the database.
fn default_charset(tokens: &[Token]) -> Option<&Token> {
    (1..tokens.len()).find_map(|at| {
        let is_charset = tokens[at].is("CHARSET")
            || tokens[at].is("SET")
                && (tokens[at - 1].is("CHARACTER") || tokens[at - 1].is("CHAR"));
        let equals = tokens.get(at + 1).is_some_and(|token| token.is_sign('='));
        let value = tokens
            .get(at + 1 + usize::from(equals))
            .filter(|_| is_charset);
        value.filter(|token| token.is("DEFAULT"))
    })
}

#[cfg(test)]
mod tests;
