//! Statements of a schema file that are not about tables. They are not run, and the user is warned.

use super::{ScriptStatement, StatementKind};
use crate::statements::tokens::Token;

/// The statements of a file that are not run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Views, triggers, routines and similar objects, as (line, kind).
    objects: Vec<(usize, &'static str)>,
    /// The tables to which triggers belong.
    trigger_tables: Vec<String>,
    /// Lines of statements that store or change rows.
    row_statements: Vec<usize>,
    /// Lines of CREATE TEMPORARY TABLE.
    temporary_tables: Vec<usize>,
    /// Lines of statements about accounts and their privileges.
    account_statements: Vec<usize>,
}

/// Maximum number of lines in a message.
const LINES: usize = 8;

impl LeftOut {
    /// Adds a statement that is not run, if users may expect that it is run.
    pub(super) fn add(&mut self, statement: &ScriptStatement<'_>) {
        if let StatementKind::NotCreated(what) = statement.kind() {
            self.objects.push((statement.line, what));
            if what == "trigger" {
                self.trigger_tables.extend(trigger_table(statement));
            }
        } else if statement.kind() == StatementKind::CreateTemporary {
            self.temporary_tables.push(statement.line);
        } else if statement.changes_rows() {
            self.row_statements.push(statement.line);
        } else if is_about_accounts(statement) {
            self.account_statements.push(statement.line);
        }
    }

    /// The kinds of the objects that are not created.
    pub fn objects(&self) -> impl Iterator<Item = &'static str> {
        self.objects.iter().map(|(_, what)| *what)
    }

    /// Warnings for the user. `tables` are the tables of the file.
    pub(super) fn warnings(&self, origin: &str, tables: &[&str]) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.objects.is_empty() {
            warnings.push(format!(
                "{origin}: reviewseed creates only tables and leaves out: {}; \
                 copy them into a file of their own, and run it with `mysql` after the seed",
                self.counted_objects()
            ));
        }
        let mut of_tables: Vec<&str> = self.trigger_tables.iter().map(String::as_str).collect();
        of_tables.retain(|table| tables.contains(table));
        of_tables.dedup();
        if !of_tables.is_empty() {
            warnings.push(format!(
                "{origin}: the triggers of {} do not exist while rows are loaded, so they do not run for these rows",
                of_tables.join(", ")
            ));
        }
        let others = [
            (
                &self.row_statements,
                "changes rows",
                "change rows",
                ", because rows come from the input files",
            ),
            (
                &self.temporary_tables,
                "creates a TEMPORARY table",
                "create TEMPORARY tables",
                ", because such tables end with the session",
            ),
            (
                &self.account_statements,
                "is about accounts",
                "are about accounts",
                "",
            ),
        ];
        for (lines, one, several, why) in others {
            let Some(first) = lines.first() else {
                continue;
            };
            let words = match lines.len() {
                1 => format!("the statement of line {first} {one} and is"),
                n => format!("{n} statements from line {first} on {several} and are"),
            };
            warnings.push(format!("{origin}: {words} not run{why}"));
        }
        warnings
    }

    /// Lists the objects: `3 triggers (lines 4, 9, 14), 1 view (line 20)`.
    fn counted_objects(&self) -> String {
        let mut kinds: Vec<&str> = Vec::new();
        for (_, what) in &self.objects {
            if !kinds.contains(what) {
                kinds.push(what);
            }
        }
        let counted = kinds.into_iter().map(|kind| {
            let of_kind = self.objects.iter().filter(|(_, what)| *what == kind);
            let lines: Vec<String> = of_kind.map(|(line, _)| line.to_string()).collect();
            let shown = lines[..lines.len().min(LINES)].join(", ");
            match lines.len() {
                1 => format!("1 {kind} (line {shown})"),
                n if n > LINES => format!("{n} {}s (lines {shown}, …)", plural(kind)),
                n => format!("{n} {}s (lines {shown})", plural(kind)),
            }
        });
        counted.collect::<Vec<_>>().join(", ")
    }
}

/// The plural of a word, without the final s.
fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ie"),
        None => kind.to_owned(),
    }
}

/// The table of a trigger: the name after ON, without the database.
fn trigger_table(statement: &ScriptStatement<'_>) -> Option<String> {
    let tokens = statement.tokens();
    let on = tokens.iter().position(|token| token.is("ON"))?;
    let name = |at: usize| tokens.get(at).and_then(Token::name).map(str::to_owned);
    match tokens.get(on + 2) {
        Some(dot) if dot.is_sign('.') => name(on + 3),
        _ => name(on + 1),
    }
}

fn is_about_accounts(statement: &ScriptStatement<'_>) -> bool {
    let words = statement.first_words(3);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["GRANT" | "REVOKE", ..] | ["CREATE" | "ALTER" | "DROP", "USER" | "ROLE", ..]
    )
}
