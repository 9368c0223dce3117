//! What stands between two schemas, as a value.
//!
//! `from` is what is, `to` what shall be. Pure: nothing here knows a server, so that `--dry-run` is
//! the same code, and a plan can be tested as data. Everything that differs is a [`Finding`]. Those
//! that may be carried out are the plan's [`changes`](Plan::changes), the others its
//! [`differences`](Plan::differences), each with the reason why it is left alone; the [`Scope`]
//! draws the line. Whoever asks whether two schemas are the same asks [`Plan::is_empty`].
//!
//! `keys` and `columns` compare, `widening` knows which change of a column loses nothing, `sql` and
//! `definition` write the statements, `words` tells people, `deferral` strips empty tables.

mod columns;
mod deferral;
mod definition;
mod keys;
mod sql;
mod widening;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use model::schema::{Check, Column, ForeignKey, Index, Schema};

pub use deferral::deferral;
pub use definition::index_definition;
pub use sql::{Builds, Clause, Method, Statement, Step};

/// All that has to happen to make `from` into `to`, and all that is different besides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// What can be carried out, in the order of the tables of `to`.
    pub changes: Vec<Finding>,
    /// What is different and left alone.
    pub differences: Vec<Difference>,
    /// Indexes that another one makes needless; advice, and no difference.
    pub redundant: Vec<Redundant>,
}

/// One thing about a table that is not as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the table.
    pub table: String,
    /// What is different.
    pub kind: Kind,
}

/// What is different about a table. `from` is what is, `to` what the schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "from and to are the two sides throughout")]
pub enum Kind {
    /// The table does not exist.
    MissingTable,
    /// A column of the schema does not exist. `definition` is the whole of it as SQL, `after` the
    /// column before it.
    MissingColumn {
        column: Column,
        definition: String,
        after: Option<String>,
    },
    /// A column is not in the schema.
    ExtraColumn(Column),
    /// A column is defined otherwise. `definition` is the whole of `to` as SQL.
    ChangedColumn {
        from: Column,
        to: Column,
        definition: String,
    },
    /// The columns stand in another order. `moves` are definitions with their place.
    ColumnOrder {
        from: Vec<String>,
        to: Vec<String>,
        moves: Vec<String>,
    },
    /// An index of the schema does not exist.
    MissingIndex(Index),
    /// An index is not in the schema.
    ExtraIndex(Index),
    /// An index of that name is another one; primary keys among them.
    ChangedIndex { from: Index, to: Index },
    /// The index is there under another name.
    RenamedIndex { from: Index, to: Index },
    /// A foreign key of the schema does not exist.
    MissingForeignKey(ForeignKey),
    /// A foreign key is not in the schema.
    ExtraForeignKey(ForeignKey),
    /// A foreign key of that name is another one, or the same one has another name.
    ChangedForeignKey { from: ForeignKey, to: ForeignKey },
    /// A CHECK of the schema does not exist.
    MissingCheck(Check),
    /// A CHECK is not in the schema.
    ExtraCheck(Check),
    /// A CHECK of that name has another condition.
    ChangedCheck { from: Check, to: Check },
    /// The table's default collation, and with it the character set.
    Collation { from: String, to: String },
    /// WITH SYSTEM VERSIONING is on one side alone; `wanted`: the schema has it.
    SystemVersioning { wanted: bool },
    /// Nothing differs, but the table and its indexes are to be built anew.
    Rebuild,
}

/// One thing that is different and left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is different.
    pub finding: Finding,
    /// Why it is left alone.
    pub why: Why,
}

/// Why a difference is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The scope has no such changes.
    NotInScope,
    /// It would drop something, which has to be allowed.
    Drops,
    /// Columns are changed on request only.
    Columns,
    /// It could lose data.
    Loses(String),
    /// It is never done here.
    Never(String),
}

/// An index that another one of the same table makes needless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant {
    /// Name of the table.
    pub table: String,
    /// Name of the index.
    pub index: String,
    /// The one that begins with the same key parts.
    pub covered_by: String,
}

/// Definitions of columns in a server's own words, by table and column: whatever a [`Column`] does
/// not know is in them.
pub type Definitions = BTreeMap<(String, String), String>;

/// Which findings may be carried out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Replace and rename what is defined otherwise, add CHECKs; otherwise only missing indexes and
    /// foreign keys are built.
    pub replace: bool,
    /// Drop indexes, foreign keys and CHECKs that the schema does not have.
    pub drop: bool,
    /// Add columns and change them, where nothing can be lost.
    pub columns: bool,
    /// Build every table anew, with all its indexes.
    pub rebuild: bool,
    /// Definitions of the columns of `to`; a column without one is not changed.
    pub definitions: Option<&'a Definitions>,
}

/// Compares two schemas; only missing indexes and foreign keys are changes. Tables that only `from`
/// has are none of its business: the database may hold others.
pub fn diff(from: &Schema, to: &Schema) -> Plan {
    diff_within(from, to, Scope::default())
}

/// Compares two schemas; the scope says what may be changed.
pub fn diff_within(from: &Schema, to: &Schema, scope: Scope<'_>) -> Plan {
    let mut plan = Plan::default();
    for wanted in &to.tables {
        let mut sink = Sink {
            table: &wanted.name,
            scope,
            plan: &mut plan,
        };
        let Some(present) = from.table(&wanted.name) else {
            let why = "`reviewseed seed` creates it".to_owned();
            sink.leave(Kind::MissingTable, Why::Never(why));
            continue;
        };
        let available = columns::compare(present, wanted, &mut sink);
        keys::indexes(present, wanted, &available, &mut sink);
        keys::foreign_keys(present, wanted, &available, from, &mut sink);
        keys::checks(present, wanted, &mut sink);
        if scope.rebuild {
            sink.change(Kind::Rebuild);
        }
        plan.redundant.extend(keys::redundant(present, wanted));
    }
    plan
}

impl Plan {
    /// Whether both schemas are the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.differences.is_empty()
    }

    /// Everything that differs, changes first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let left_alone = self
            .differences
            .iter()
            .map(|difference| &difference.finding);
        self.changes.iter().chain(left_alone)
    }

    /// The changes as SQL: one ALTER per table with all its indexes (the tables may be done in
    /// parallel), then one per child table with its foreign keys, for a session whose
    /// foreign_key_checks are off. Steps before those drop what is in the way and change columns.
    pub fn statements(&self) -> Vec<Statement> {
        sql::statements(&self.changes)
    }

    /// What a statement of the plan, or a part of it, is for.
    pub fn reasons(&self, statement: &Statement) -> impl Iterator<Item = &Finding> {
        self.changes
            .iter()
            .filter(|finding| sql::is_for(statement, finding, &self.changes))
    }
}

impl Difference {
    /// The statements that would mend it, with whatever that costs; none where it is not a matter
    /// of an ALTER.
    pub fn mend(&self) -> Vec<Statement> {
        sql::statements(std::slice::from_ref(&self.finding))
    }
}

/// Where the findings of one table go.
struct Sink<'a> {
    table: &'a str,
    scope: Scope<'a>,
    plan: &'a mut Plan,
}

impl Sink<'_> {
    fn change(&mut self, kind: Kind) {
        self.plan.changes.push(Finding {
            table: self.table.to_owned(),
            kind,
        });
    }

    fn leave(&mut self, kind: Kind, why: Why) {
        self.plan.differences.push(Difference {
            finding: Finding {
                table: self.table.to_owned(),
                kind,
            },
            why,
        });
    }

    /// A change if that part of the scope is open, else a difference.
    fn change_if(&mut self, open: bool, kind: Kind, otherwise: Why) {
        match open {
            true => self.change(kind),
            false => self.leave(kind, otherwise),
        }
    }
}

/// The names of the columns that will be there when keys are built.
type Available = BTreeSet<String>;

#[cfg(test)]
mod tests;
