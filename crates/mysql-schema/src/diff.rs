//! Compares two schemas and makes a plan of the changes.
//!
//! `from` is the present state, `to` the wanted one. Nothing here needs a server. So `--dry-run`
//! uses the same code, and tests read the plan as data. Everything that differs is a [`Finding`].
//! The [`Scope`] decides which findings the plan changes: its [`changes`](Plan::changes). All
//! others are its [`differences`](Plan::differences), each with the reason why it is not changed.
//! [`Plan::is_empty`] says whether two schemas are equal.
//!
//! `keys` and `columns` compare, and `widening` decides whether a change of a column can lose data.
//! `sql` and `definition` write the statements, `grouping` splits them for a server, and `words`
//! writes the messages. `deferral` removes indexes and foreign keys from empty tables.

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

/// The changes that make `from` equal to `to`, and the differences that are not changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The changes, in the order of the tables of `to`.
    pub changes: Vec<Finding>,
    /// The differences that are not changed.
    pub differences: Vec<Difference>,
    /// Indexes that another index makes unnecessary. They are only advice, not differences.
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

/// What differs in a table. `from` is the present state, `to` that of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "from and to are the two sides throughout")]
pub enum Kind {
    /// The table does not exist.
    MissingTable,
    /// A column of the schema does not exist. `definition` is the whole column as SQL, `after` the
    /// column that precedes it.
    MissingColumn {
        column: Column,
        definition: String,
        after: Option<String>,
    },
    /// A column is not in the schema.
    ExtraColumn(Column),
    /// A column has another definition. `definition` is the whole of `to` as SQL.
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
    /// The index with this name has another definition. It may be the primary key.
    ChangedIndex { from: Index, to: Index },
    /// The index exists under another name.
    RenamedIndex { from: Index, to: Index },
    /// A foreign key of the schema does not exist.
    MissingForeignKey(ForeignKey),
    /// A foreign key is not in the schema.
    ExtraForeignKey(ForeignKey),
    /// The foreign key with this name has another definition, or a foreign key with the same
    /// definition has another name.
    ChangedForeignKey { from: ForeignKey, to: ForeignKey },
    /// A CHECK of the schema does not exist.
    MissingCheck(Check),
    /// A CHECK is not in the schema.
    ExtraCheck(Check),
    /// The CHECK with this name has another condition.
    ChangedCheck { from: Check, to: Check },
    /// The table has another default collation, and therefore perhaps another default character
    /// set.
    Collation { from: String, to: String },
    /// WITH SYSTEM VERSIONING differs. `wanted` is true if the schema has it, and false if the
    /// table has it.
    SystemVersioning { wanted: bool },
    /// Nothing differs, but the user asked to rebuild the table and its indexes.
    Rebuild,
}

/// A difference that is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub finding: Finding,
    /// The reason why it is not changed.
    pub why: Reason,
}

/// The reason why a difference is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The caller does not want such changes.
    NotInScope,
    /// The change would drop something, which requires `--allow-drop`.
    Drops,
    /// The change requires `--columns`.
    Columns,
    /// The change could lose data. The text says how.
    Loses(String),
    /// Such a change is never made. The text says why.
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

/// Definitions of columns as a server prints them, by (table, column). They include attributes that
/// a [`Column`] does not have.
pub type Definitions = BTreeMap<(String, String), String>;

/// Which changes a plan may make.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Whether to replace or rename objects with another definition, and to add CHECKs. If false,
    /// only missing indexes and foreign keys are created.
    pub replace: bool,
    /// Whether to drop indexes, foreign keys and CHECKs that are not in the schema.
    pub drop: bool,
    /// Whether to add and change columns if no data can be lost.
    pub columns: bool,
    /// Whether to rebuild every table with all its indexes.
    pub rebuild: bool,
    /// Definitions of the columns of `to`. A column without a definition is not changed.
    pub definitions: Option<&'a Definitions>,
}

/// Compares two schemas. The plan changes only missing indexes and foreign keys. Tables that are
/// only in `from` are ignored, because a database may have other tables.
pub fn diff(from: &Schema, to: &Schema) -> Plan {
    diff_within(from, to, Scope::default())
}

/// Compares two schemas. `scope` says what the plan may change.
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
    /// Whether the two schemas are equal.
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

    /// The changes as SQL, in the order of [`Step`]. The first statements drop foreign keys that
    /// prevent a change, and change columns. One ALTER per table with all its indexes follows. The
    /// last statements, one per child table, add the foreign keys in a session with
    /// foreign_key_checks off.
    pub fn statements(&self) -> Vec<Statement> {
        sql::statements(&self.changes)
    }

    /// The findings that a statement of the plan resolves. The statement may have only some of its
    /// original clauses.
    pub fn reasons(&self, statement: &Statement) -> impl Iterator<Item = &Finding> {
        self.changes
            .iter()
            .filter(|finding| sql::is_for(statement, finding, &self.changes))
    }
}

impl Difference {
    /// The statements that would remove the difference, even if they lose data. Empty if no ALTER
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

    /// Adds a change if the scope allows it, otherwise a difference.
    fn change_if(&mut self, allowed: bool, kind: Kind, otherwise: Reason) {
        match allowed {
            true => self.change(kind),
            false => self.leave(kind, otherwise),
        }
    }
}

/// The names of the columns that exist when keys are created.
type Available = BTreeSet<String>;

#[cfg(test)]
mod tests;
