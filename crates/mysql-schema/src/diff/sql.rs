//! Writes findings as SQL.
//!
//! All indexes of a table go into one ALTER, so that the table is read once. Apart from it stand
//! those that no server builds together with others or without blocking writers: FULLTEXT indexes,
//! which InnoDB builds one at a time, and functional ones. They are dropped apart as well: see
//! `deferral` for what MySQL 9.7 makes of one ALTER that drops several. Foreign keys come last, for
//! a session with foreign_key_checks off: with them on, the server would copy the table. Two
//! foreign keys of one name cannot be in one ALTER, so a changed one takes two.

use std::fmt;

use super::definition::{check_definition, foreign_key_definition, visibility};
use super::keys::{same_but_for_looks, same_name};
use super::{Finding, Kind, columns, index_definition};
use crate::quote::quote_identifier;
use model::schema::{Check, ForeignKey, Index, IndexKind};

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Name of the table that it changes.
    pub table: String,
    /// When it may run.
    pub step: Step,
    /// What it does, each part of it complete in itself.
    pub clauses: Vec<Clause>,
    /// How the server is to do it; `None`: as it likes.
    pub method: Option<Method>,
    /// The text, without a semicolon.
    pub sql: String,
}

/// One or more parts of an ALTER TABLE that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The text, without a comma at its end.
    pub sql: String,
    /// What can fail because of the rows.
    pub builds: Builds,
}

/// What a clause builds, as far as rows may stand against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builds {
    /// Nothing that rows could be against.
    Nothing,
    /// An index.
    Index(Index),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A CHECK.
    Check(Check),
}

/// All statements of a step may run once all of the steps before are done; those of one table one
/// after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Foreign keys go.
    DropForeignKeys,
    /// Then indexes of empty tables, which a foreign key might have needed.
    DropIndexes,
    /// Columns and CHECKs change.
    Columns,
    /// Indexes are built, and go when others have taken their place: tables in parallel.
    AddIndexes,
    /// Foreign keys come, with foreign_key_checks off.
    AddForeignKeys,
}

/// How a server carries out an ALTER, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Only the catalogue changes.
    Instant,
    /// Readers and writers go on meanwhile.
    Online,
    /// The table is copied, and readers and writers go on meanwhile (some versions of MariaDB).
    OnlineCopy,
    /// Writers wait until it is done.
    BlocksWriters,
    /// The table is copied, and writers wait until it is done.
    Copies,
}

impl Method {
    /// All of them, the mildest first.
    pub const ALL: [Method; 5] = [
        Method::Instant,
        Method::Online,
        Method::OnlineCopy,
        Method::BlocksWriters,
        Method::Copies,
    ];

    /// Whether writers have to wait.
    pub fn blocks(self) -> bool {
        self >= Method::BlocksWriters
    }

    /// What makes the server do it so, or refuse.
    fn clause(self) -> &'static str {
        match self {
            Method::Instant => "ALGORITHM=INSTANT",
            Method::Online => "ALGORITHM=INPLACE, LOCK=NONE",
            Method::OnlineCopy => "ALGORITHM=COPY, LOCK=NONE",
            Method::BlocksWriters => "ALGORITHM=INPLACE, LOCK=SHARED",
            Method::Copies => "ALGORITHM=COPY, LOCK=SHARED",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Instant => "instant, only the catalogue changes",
            Method::Online => "online, readers and writers go on",
            Method::OnlineCopy => "copies the table online, readers and writers go on",
            Method::BlocksWriters => "blocks writers until it is done",
            Method::Copies => "copies the table and blocks writers until it is done",
        })
    }
}

impl Clause {
    /// One that rows cannot be against.
    pub(super) fn plain(sql: String) -> Clause {
        Clause {
            sql,
            builds: Builds::Nothing,
        }
    }
}

impl Statement {
    pub(super) fn new(table: &str, step: Step, clauses: Vec<Clause>) -> Statement {
        let (table, method, sql) = (table.to_owned(), None, String::new());
        let mut statement = Statement {
            table,
            step,
            clauses,
            method,
            sql,
        };
        statement.write();
        statement
    }

    /// The same, to be done in this way or not at all.
    pub fn by(&self, method: Method) -> Statement {
        let mut statement = self.clone();
        statement.method = Some(method);
        statement.write();
        statement
    }

    /// The same with only those of its clauses that pass; `None` when none does.
    pub fn only(&self, passes: impl Fn(&Clause) -> bool) -> Option<Statement> {
        let mut statement = self.clone();
        statement.clauses.retain(|clause| passes(clause));
        statement.write();
        (!statement.clauses.is_empty()).then_some(statement)
    }

    /// Takes up the clauses of another statement about the same table.
    pub fn join(&mut self, other: &Statement) {
        self.clauses.extend(other.clauses.iter().cloned());
        self.write();
    }

    fn write(&mut self) {
        let mut clauses: Vec<&str> = self.clauses.iter().map(|c| c.sql.as_str()).collect();
        clauses.extend(self.method.map(Method::clause));
        let table = quote_identifier(&self.table);
        self.sql = format!("ALTER TABLE {table}\n  {}", clauses.join(",\n  "));
    }
}

/// Clauses with the same number, of one table and step, make one statement.
type Group = usize;

const FUNCTIONAL: Group = 1;
const FIRST_FULL_TEXT: Group = 2;

pub(super) fn statements(findings: &[Finding]) -> Vec<Statement> {
    let mut groups: Vec<(Step, Group, Statement)> = Vec::new();
    for finding in findings {
        for (step, group, clause) in clauses(finding, findings) {
            let full_text = groups
                .iter()
                .filter(|(_, group, _)| *group >= FIRST_FULL_TEXT);
            let group = match group {
                FIRST_FULL_TEXT if step == Step::AddIndexes => FIRST_FULL_TEXT + full_text.count(),
                group => group,
            };
            let joined = groups.iter_mut().find(|(other_step, other, statement)| {
                *other_step == step && *other == group && statement.table == finding.table
            });
            let statement = Statement::new(&finding.table, step, vec![clause]);
            match joined {
                Some((_, _, joined)) => joined.join(&statement),
                None => groups.push((step, group, statement)),
            }
        }
    }
    // stable: the order of the tables stays
    groups.sort_by_key(|(step, group, _)| (*step, *group));
    groups
        .into_iter()
        .map(|(_, _, statement)| statement)
        .collect()
}

pub(super) fn is_for(statement: &Statement, finding: &Finding, all: &[Finding]) -> bool {
    let wanted = clauses(finding, all);
    statement.table == finding.table
        && wanted
            .iter()
            .any(|(step, _, clause)| *step == statement.step && statement.clauses.contains(clause))
}

fn clauses(finding: &Finding, all: &[Finding]) -> Vec<(Step, Group, Clause)> {
    let one = |step, group, sql| vec![(step, group, Clause::plain(sql))];
    let quoted = quote_identifier;
    match &finding.kind {
        Kind::MissingTable | Kind::SystemVersioning { .. } => Vec::new(),
        Kind::Collation { to, .. } => one(Step::Columns, 0, format!("DEFAULT COLLATE = {to}")),
        Kind::ExtraCheck(check) if check.name.is_empty() => Vec::new(),
        Kind::ExtraCheck(check) => {
            let sql = format!("DROP CONSTRAINT {}", quoted(&check.name));
            one(Step::Columns, 1, sql)
        }
        Kind::MissingColumn {
            definition, after, ..
        } => {
            let sql = format!(
                "ADD COLUMN {definition}{}",
                columns::place(after.as_deref())
            );
            one(Step::Columns, 2, sql)
        }
        Kind::ExtraColumn(column) => {
            let sql = format!("DROP COLUMN {}", quoted(&column.name));
            one(Step::Columns, 2, sql)
        }
        Kind::ChangedColumn { definition, .. } => {
            one(Step::Columns, 3, format!("MODIFY COLUMN {definition}"))
        }
        Kind::ColumnOrder { moves, .. } => {
            let moves = moves.iter().map(|column| format!("MODIFY COLUMN {column}"));
            moves.flat_map(|sql| one(Step::Columns, 4, sql)).collect()
        }
        Kind::MissingCheck(check) => add_check(check, String::new()),
        Kind::ChangedCheck { from, to } => {
            add_check(to, format!("DROP CONSTRAINT {},\n  ", quoted(&from.name)))
        }
        Kind::MissingIndex(index) => add_index(index, None),
        Kind::ExtraIndex(index) | Kind::ChangedIndex { to: index, .. }
            if index.kind == IndexKind::Primary =>
        {
            Vec::new()
        }
        Kind::ExtraIndex(index) => one(
            Step::AddIndexes,
            group_of(index),
            format!("DROP INDEX {}", quoted(&index.name)),
        ),
        Kind::ChangedIndex { from, to } => {
            let only_shown = same_but_for_looks(from, to) && from.comment == to.comment;
            match only_shown {
                true => {
                    let name = quoted(&from.name);
                    let sql = format!("ALTER INDEX {name}{}", visibility(to.visible));
                    one(Step::AddIndexes, 0, sql)
                }
                false => add_index(to, Some(from)),
            }
        }
        Kind::RenamedIndex { from, to } => {
            let (from, to) = (quoted(&from.name), quoted(&to.name));
            one(Step::AddIndexes, 0, format!("RENAME INDEX {from} TO {to}"))
        }
        Kind::Rebuild => one(Step::AddIndexes, 0, "FORCE".to_owned()),
        Kind::MissingForeignKey(key) => vec![(Step::AddForeignKeys, 1, add_foreign_key(key))],
        Kind::ExtraForeignKey(key) => {
            let sql = format!("DROP FOREIGN KEY {}", quoted(&key.name));
            one(Step::DropForeignKeys, 0, sql)
        }
        Kind::ChangedForeignKey { from, to } => {
            let drop = Clause::plain(format!("DROP FOREIGN KEY {}", quoted(&from.name)));
            // as late as may be, so that the references are held meanwhile
            let step = match in_the_way(finding, from, all) {
                true => Step::DropForeignKeys,
                false => Step::AddForeignKeys,
            };
            vec![
                (step, 0, drop),
                (Step::AddForeignKeys, 1, add_foreign_key(to)),
            ]
        }
    }
}

/// Whether something of the child or the parent goes or changes that the foreign key may need.
fn in_the_way(finding: &Finding, key: &ForeignKey, all: &[Finding]) -> bool {
    all.iter().any(|other| {
        let about =
            same_name(&other.table, &finding.table) || same_name(&other.table, &key.parent_table);
        let removes = matches!(
            other.kind,
            Kind::ExtraIndex(_) | Kind::ChangedIndex { .. } | Kind::ChangedColumn { .. }
        );
        about && removes
    })
}

fn add_check(check: &Check, before: String) -> Vec<(Step, Group, Clause)> {
    let clause = Clause {
        sql: format!("{before}ADD {}", check_definition(check)),
        builds: Builds::Check(check.clone()),
    };
    vec![(Step::Columns, 5, clause)]
}

fn add_foreign_key(key: &ForeignKey) -> Clause {
    Clause {
        sql: format!("ADD {}", foreign_key_definition(key)),
        builds: Builds::ForeignKey(key.clone()),
    }
}

/// Which other indexes of a table one ALTER may add or drop together with this one.
fn group_of(index: &Index) -> Group {
    match index.kind {
        IndexKind::FullText => FIRST_FULL_TEXT,
        _ if index.is_functional() => FUNCTIONAL,
        _ => 0,
    }
}

/// The old one goes in the same breath, so that a foreign key always finds one of them.
fn add_index(index: &Index, instead_of: Option<&Index>) -> Vec<(Step, Group, Clause)> {
    let group = group_of(index).max(instead_of.map_or(0, group_of));
    let drop = instead_of.map(|old| format!("DROP INDEX {},\n  ", quote_identifier(&old.name)));
    let clause = Clause {
        sql: format!(
            "{}ADD {}",
            drop.unwrap_or_default(),
            index_definition(index)
        ),
        builds: Builds::Index(index.clone()),
    };
    vec![(Step::AddIndexes, group, clause)]
}
