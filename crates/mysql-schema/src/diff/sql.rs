//! Writes the changes of a plan as SQL.
//!
//! One ALTER contains all indexes of a table, so that the server reads the table only once.
//! FULLTEXT indexes, which InnoDB builds one at a time, and functional indexes are exceptions: each
//! gets its own statement, also for dropping (because of a bug in MySQL 9.7, see `deferral`).
//! Foreign keys come last. They are added with foreign_key_checks off, because otherwise the server
//! would copy the table. One ALTER cannot drop a foreign key and add one with the same name, so a
//! changed foreign key takes two statements.

use std::fmt;

use super::definition::{check_definition, foreign_key_definition, visibility};
use super::keys::{same_name, same_structure};
use super::{Finding, Kind, columns, index_definition};
use crate::quote::quote_identifier;
use model::schema::{Check, ForeignKey, Index, IndexKind};

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Name of the table that the statement changes.
    pub table: String,
    /// The step in which the statement runs.
    pub step: Step,
    /// The clauses of the statement. Each of them would be a valid ALTER TABLE by itself.
    pub clauses: Vec<Clause>,
    /// The method that the server must use. If `None`, the server decides.
    pub method: Option<Method>,
    /// The SQL text, without a semicolon.
    pub sql: String,
}

/// One or more actions of an ALTER TABLE that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The SQL text, without a comma at its end.
    pub sql: String,
    /// What the clause creates that can fail because of the rows.
    pub builds: Builds,
    /// The start of the text, which drops what the rest creates again. Empty if the clause drops
    /// nothing.
    replaced: String,
}

/// The object that a clause creates, if creating it can fail because of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Builds {
    /// No such object.
    Nothing,
    /// An index.
    Index(Index),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A CHECK.
    Check(Check),
}

/// The step in which a statement runs. A statement runs after all statements of earlier steps.
/// Statements of the same step may run at the same time, if they are about different tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Foreign keys are dropped.
    DropForeignKeys,
    /// Indexes of empty tables are dropped. Foreign keys may need these indexes, so the foreign
    /// keys are dropped first.
    DropIndexes,
    /// Columns and CHECKs are changed.
    Columns,
    /// Indexes are created, and the indexes that they replace are dropped.
    AddIndexes,
    /// Foreign keys are created, with foreign_key_checks off.
    AddForeignKeys,
}

/// How a server executes an ALTER. The least disturbing method comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Only the data dictionary changes.
    Instant,
    /// Readers and writers are not blocked.
    Online,
    /// The table is copied, but readers and writers are not blocked. Only some versions of MariaDB
    /// do this.
    OnlineCopy,
    /// Writers wait until the statement ends.
    BlocksWriters,
    /// The table is copied, and writers wait until the statement ends.
    Copies,
}

impl Method {
    /// All methods, the least disturbing first.
    pub const ALL: [Method; 5] = [
        Method::Instant,
        Method::Online,
        Method::OnlineCopy,
        Method::BlocksWriters,
        Method::Copies,
    ];

    /// Whether writers must wait.
    pub fn blocks(self) -> bool {
        self >= Method::BlocksWriters
    }

    /// The clause that makes the server use this method, or fail if the server cannot.
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
            Method::Instant => "instant: only the data dictionary changes",
            Method::Online => "online: readers and writers are not blocked",
            Method::OnlineCopy => "copies the table online: readers and writers are not blocked",
            Method::BlocksWriters => "blocks writers until it is done",
            Method::Copies => "copies the table and blocks writers until it is done",
        })
    }
}

/// The text between the clauses of a statement.
const BETWEEN: &str = ",\n  ";

impl Clause {
    /// A clause that cannot fail because of the rows.
    pub(super) fn plain(sql: String) -> Clause {
        Clause::replacing(None, sql, Builds::Nothing)
    }

    /// A clause that drops something, and then creates something in its place.
    pub(super) fn replacing(drop: Option<String>, add: String, builds: Builds) -> Clause {
        let replaced = drop.unwrap_or_default();
        let sql = match replaced.is_empty() {
            true => add,
            false => format!("{replaced}{BETWEEN}{add}"),
        };
        Clause {
            sql,
            builds,
            replaced,
        }
    }

    /// Splits the clause into one that drops and one that creates. `None` if it drops nothing.
    pub(super) fn split(&self) -> Option<(Clause, Clause)> {
        let add = self
            .sql
            .strip_prefix(&self.replaced)?
            .strip_prefix(BETWEEN)?;
        let add = Clause::replacing(None, add.to_owned(), self.builds.clone());
        Some((Clause::plain(self.replaced.clone()), add))
    }

    /// Whether this clause is `whole`, or one of the two parts into which `whole` can be split.
    fn is_part_of(&self, whole: &Clause) -> bool {
        let split = whole.split();
        self == whole || split.is_some_and(|(drop, add)| *self == drop || *self == add)
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

    /// The statement with a clause that forces the server to use this method, or to fail.
    pub fn by(&self, method: Method) -> Statement {
        let mut statement = self.clone();
        statement.method = Some(method);
        statement.write();
        statement
    }

    /// The statement with only the clauses for which `passes` is true. `None` if there are none.
    pub fn only(&self, passes: impl Fn(&Clause) -> bool) -> Option<Statement> {
        let mut statement = self.clone();
        statement.clauses.retain(|clause| passes(clause));
        statement.write();
        (!statement.clauses.is_empty()).then_some(statement)
    }

    /// The statement with other clauses.
    pub(super) fn with_clauses(&self, clauses: Vec<Clause>) -> Statement {
        let mut statement = Statement {
            clauses,
            ..self.clone()
        };
        statement.write();
        statement
    }

    /// Appends the clauses of another statement about the same table.
    pub fn join(&mut self, other: &Statement) {
        self.clauses.extend(other.clauses.iter().cloned());
        self.write();
    }

    fn write(&mut self) {
        let mut clauses: Vec<&str> = self.clauses.iter().map(|c| c.sql.as_str()).collect();
        clauses.extend(self.method.map(Method::clause));
        let table = quote_identifier(&self.table);
        self.sql = format!("ALTER TABLE {table}\n  {}", clauses.join(BETWEEN));
    }
}

/// Clauses of the same table, step and group number are put into one statement.
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
    // the sort is stable, so the order of the tables is kept
    groups.sort_by_key(|(step, group, _)| (*step, *group));
    groups
        .into_iter()
        .map(|(_, _, statement)| statement)
        .collect()
}

pub(super) fn is_for(statement: &Statement, finding: &Finding, all: &[Finding]) -> bool {
    let wanted = clauses(finding, all);
    let has = |wanted: &Clause| statement.clauses.iter().any(|own| own.is_part_of(wanted));
    statement.table == finding.table
        && wanted
            .iter()
            .any(|(step, _, clause)| *step == statement.step && has(clause))
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
        Kind::MissingCheck(check) => add_check(check, None),
        Kind::ChangedCheck { from, to } => {
            add_check(to, Some(format!("DROP CONSTRAINT {}", quoted(&from.name))))
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
        Kind::ChangedIndex { from, to } => change_index(from, to),
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
        Kind::ChangedForeignKey { from, to } => change_foreign_key(finding, (from, to), all),
    }
}

fn change_foreign_key(
    finding: &Finding,
    (from, to): (&ForeignKey, &ForeignKey),
    all: &[Finding],
) -> Vec<(Step, Group, Clause)> {
    let name = quote_identifier(&from.name);
    let drop = Clause::plain(format!("DROP FOREIGN KEY {name}"));
    // drop the foreign key as late as possible, because until then it protects the rows
    let step = match blocks_a_change(finding, from, all) {
        true => Step::DropForeignKeys,
        false => Step::AddForeignKeys,
    };
    vec![
        (step, 0, drop),
        (Step::AddForeignKeys, 1, add_foreign_key(to)),
    ]
}

/// If only the visibility of an index differs, the index is altered. Any other changed index is
/// replaced.
fn change_index(from: &Index, to: &Index) -> Vec<(Step, Group, Clause)> {
    match same_structure(from, to) && from.comment == to.comment {
        true => {
            let name = quote_identifier(&from.name);
            let sql = format!("ALTER INDEX {name}{}", visibility(to));
            vec![(Step::AddIndexes, 0, Clause::plain(sql))]
        }
        false => add_index(to, Some(from)),
    }
}

/// Whether another finding drops or changes an index or a column that the foreign key may need. The
/// index or column may be in the child table or in the parent table.
fn blocks_a_change(finding: &Finding, key: &ForeignKey, all: &[Finding]) -> bool {
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

fn add_check(check: &Check, drop: Option<String>) -> Vec<(Step, Group, Clause)> {
    let add = format!("ADD {}", check_definition(check));
    let clause = Clause::replacing(drop, add, Builds::Check(check.clone()));
    vec![(Step::Columns, 5, clause)]
}

fn add_foreign_key(key: &ForeignKey) -> Clause {
    let add = format!("ADD {}", foreign_key_definition(key));
    Clause::replacing(None, add, Builds::ForeignKey(key.clone()))
}

/// The group of this index. One ALTER may add or drop all indexes of a group together.
fn group_of(index: &Index) -> Group {
    match index.kind {
        IndexKind::FullText => FIRST_FULL_TEXT,
        _ if index.is_functional() => FUNCTIONAL,
        _ => 0,
    }
}

/// Creates an index. The same clause drops the index that it replaces, so that at any time a
/// foreign key can use one of the two.
fn add_index(index: &Index, instead_of: Option<&Index>) -> Vec<(Step, Group, Clause)> {
    let group = group_of(index).max(instead_of.map_or(0, group_of));
    let drop = instead_of.map(|old| format!("DROP INDEX {}", quote_identifier(&old.name)));
    let add = format!("ADD {}", index_definition(index));
    let clause = Clause::replacing(drop, add, Builds::Index(index.clone()));
    vec![(Step::AddIndexes, group, clause)]
}
