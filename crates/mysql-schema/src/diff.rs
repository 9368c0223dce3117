//! The difference of two schemas, as a plan.
//!
//! `from` is the present state, `to` the wanted one. Nothing here knows a server, so `--dry-run` is
//! the same code, and tests read the plan as data. Everything that differs is a [`Finding`]. The
//! [`Scope`] decides which findings may be carried out: these are the [`changes`](Plan::changes) of
//! the plan. The others are its [`differences`](Plan::differences), which are left alone, each with
//! a reason. [`Plan::is_empty`] says whether two schemas are equal.
//!
//! `keys` and `columns` compare, `widening` decides whether a change of a column can lose data,
//! `sql` and `definition` write the statements, `grouping` splits them for a server, `words` writes
//! the messages, and `deferral` removes indexes and foreign keys from empty tables.

mod columns;
mod deferral;
mod definition;
mod grouping;
mod keys;
mod sql;
mod widening;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use model::schema::{Check, Column, ForeignKey, Index, Schema};

pub use deferral::deferral;
pub use definition::index_definition;
pub use grouping::Grouping;
pub use sql::{Builds, Clause, Method, Statement, Step};

/// The changes that make `from` equal to `to`, and the differences that are left alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What may be carried out, in the order of the tables of `to`.
    pub changes: Vec<Finding>,
    /// What differs and is left alone.
    pub differences: Vec<Difference>,
    /// Indexes that another index makes unnecessary. This is advice and no difference.
    pub redundant: Vec<Redundant>,
}

/// One thing that differs in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the table.
    pub table: String,
    /// What differs.
    pub kind: Kind,
}

/// What differs in a table. `from` is the present state, `to` what the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "from and to are the two sides throughout")]
pub enum Kind {
    /// The table does not exist.
    MissingTable,
    /// A column of the schema does not exist. `definition` is the whole column as SQL, `after` the
    /// column before it.
    MissingColumn {
        column: Column,
        definition: String,
        after: Option<String>,
    },
    /// A column is not in the schema.
    ExtraColumn(Column),
    /// A column has another definition. `definition` is all of `to` as SQL.
    ChangedColumn {
        from: Column,
        to: Column,
        definition: String,
    },
    /// The columns are in another order. `moves` are the definitions of the moved columns with
    /// AFTER or FIRST.
    ColumnOrder {
        from: Vec<String>,
        to: Vec<String>,
        moves: Vec<String>,
    },
    /// An index of the schema does not exist.
    MissingIndex(Index),
    /// An index is not in the schema.
    ExtraIndex(Index),
    /// The index of that name has another definition; this may be the primary key.
    ChangedIndex { from: Index, to: Index },
    /// The index exists under another name.
    RenamedIndex { from: Index, to: Index },
    /// A foreign key of the schema does not exist.
    MissingForeignKey(ForeignKey),
    /// A foreign key is not in the schema.
    ExtraForeignKey(ForeignKey),
    /// The foreign key of that name has another definition, or the same definition has another
    /// name.
    ChangedForeignKey { from: ForeignKey, to: ForeignKey },
    /// A CHECK of the schema does not exist.
    MissingCheck(Check),
    /// A CHECK is not in the schema.
    ExtraCheck(Check),
    /// The CHECK of that name has another condition.
    ChangedCheck { from: Check, to: Check },
    /// The table has another default collation, and so perhaps another default character set.
    Collation { from: String, to: String },
    /// WITH SYSTEM VERSIONING differs: `wanted` is true if the schema has it and the table does
    /// not.
    SystemVersioning { wanted: bool },
    /// Nothing differs, but the user asked to rebuild the table and its indexes.
    Rebuild,
}

/// One thing that differs and is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub finding: Finding,
    /// Reason it is left alone.
    pub why: Reason,
}

/// Reason a difference is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The caller does not make such changes.
    NotInScope,
    /// The change would drop something, which needs `--allow-drop`.
    Drops,
    /// The change needs `--columns`.
    Columns,
    /// The change could lose data: how.
    Loses(String),
    /// Such a change is never made: why.
    Never(String),
}

/// An index that another index of the same table makes unnecessary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant {
    /// Name of the table.
    pub table: String,
    /// Name of the index.
    pub index: String,
    /// The index that begins with the same key parts.
    pub covered_by: String,
}

/// Definitions of columns as a server prints them, by table and column. They include attributes
/// that a [`Column`] does not have.
pub type Definitions = BTreeMap<(String, String), String>;

/// Which findings may be carried out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Whether to replace and rename what has another definition, and to add CHECKs. If not, only
    /// missing indexes and foreign keys are created.
    pub replace: bool,
    /// Whether to drop indexes, foreign keys and CHECKs that the schema does not have.
    pub drop: bool,
    /// Whether to add and change columns, where no data can be lost.
    pub columns: bool,
    /// Whether to rebuild every table with all its indexes.
    pub rebuild: bool,
    /// Definitions of the columns of `to`; a column without one is not changed.
    pub definitions: Option<&'a Definitions>,
}

/// Compares two schemas. Only missing indexes and foreign keys become changes. Tables that only
/// `from` has are ignored, because a database may hold other tables.
pub fn diff(from: &Schema, to: &Schema) -> Plan {
    diff_within(from, to, Scope::default())
}

/// Compares two schemas; `scope` says what may be changed.
pub fn diff_within(from: &Schema, to: &Schema, scope: Scope<'_>) -> Plan {
    let mut plan = Plan::default();
    for wanted in &to.tables {
        let mut findings = Findings {
            table: &wanted.name,
            scope,
            plan: &mut plan,
        };
        let Some(present) = from.table(&wanted.name) else {
            let why = "`reviewseed seed` creates it".to_owned();
            findings.leave(Kind::MissingTable, Reason::Never(why));
            continue;
        };
        let available = columns::compare(present, wanted, &mut findings);
        keys::indexes(present, wanted, &available, &mut findings);
        keys::foreign_keys(present, wanted, &available, from, &mut findings);
        keys::checks(present, wanted, &mut findings);
        if scope.rebuild {
            findings.change(Kind::Rebuild);
        }
        plan.redundant.extend(keys::redundant(present, wanted));
    }
    plan
}

impl Plan {
    /// Whether both schemas are equal.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.differences.is_empty()
    }

    /// Everything that differs, the changes first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let left_alone = self
            .differences
            .iter()
            .map(|difference| &difference.finding);
        self.changes.iter().chain(left_alone)
    }

    /// The changes as SQL, in the order of [`Step`]: one ALTER per table with all its indexes, then
    /// one per child table with its foreign keys, for a session with foreign_key_checks off.
    /// Earlier steps drop foreign keys that prevent a change, and change columns.
    pub fn statements(&self) -> Vec<Statement> {
        sql::statements(&self.changes)
    }

    /// The findings that a statement of the plan, or some of its clauses, resolves.
    pub fn reasons(&self, statement: &Statement) -> impl Iterator<Item = &Finding> {
        self.changes
            .iter()
            .filter(|finding| sql::is_for(statement, finding, &self.changes))
    }
}

impl Difference {
    /// The statements that would remove the difference, even if they lose data; empty when no ALTER
    /// can.
    pub fn repair(&self) -> Vec<Statement> {
        sql::statements(std::slice::from_ref(&self.finding))
    }
}

/// Collects the findings of one table.
struct Findings<'a> {
    table: &'a str,
    scope: Scope<'a>,
    plan: &'a mut Plan,
}

impl Findings<'_> {
    fn change(&mut self, kind: Kind) {
        self.plan.changes.push(Finding {
            table: self.table.to_owned(),
            kind,
        });
    }

    fn leave(&mut self, kind: Kind, why: Reason) {
        self.plan.differences.push(Difference {
            finding: Finding {
                table: self.table.to_owned(),
                kind,
            },
            why,
        });
    }

    /// A change if the scope allows it, else a difference.
    fn change_if(&mut self, allowed: bool, kind: Kind, otherwise: Reason) {
        match allowed {
            true => self.change(kind),
            false => self.leave(kind, otherwise),
        }
    }
}

/// The names of the columns that exist when keys are built.
type Available = BTreeSet<String>;

#[cfg(test)]
mod tests;
