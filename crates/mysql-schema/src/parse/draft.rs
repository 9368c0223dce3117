//! A table while its statements are parsed: the result of CREATE TABLE and every ALTER TABLE so
//! far.

use super::columns::TableCharset;
use super::foreign_keys::PendingForeignKey;
use super::keys::PendingIndex;
use super::names_in::{names_column, with_other_names};
use crate::check_name::is_generated_check_name;
use model::schema::{Check, IndexKey, Table};

/// Pairs of an old and a new name.
pub(super) type Renames = Vec<(String, String)>;

/// A table that is not complete yet.
pub(super) struct Draft {
    /// The columns and options of the table. Keys and constraints are in the other fields until the
    /// table is complete.
    pub(super) table: Table,
    pub(super) indexes: Vec<PendingIndex>,
    pub(super) foreign_keys: Vec<PendingForeignKey>,
    pub(super) checks: Vec<PendingCheck>,
    /// Periods of MariaDB: the name and the names of the two columns.
    pub(super) periods: Vec<(String, Vec<String>)>,
    /// If this draft holds additions to another table: the names that exist there, for ADD … IF NOT
    /// EXISTS.
    before: Names,
}

/// The names of keys and constraints.
#[derive(Default)]
struct Names {
    indexes: Vec<String>,
    foreign_keys: Vec<String>,
    checks: Vec<String>,
}

/// A CHECK. Later statements may switch it off, rename it or drop it.
#[derive(Debug, Clone)]
pub(super) struct PendingCheck {
    pub(super) name: Option<String>,
    pub(super) expression: String,
    pub(super) is_enforced: bool,
    /// Whether the CHECK is written in a column definition.
    is_of_column: bool,
    /// The number of this CHECK among those without a name. Servers generate the name from this
    /// number.
    number: u32,
}

impl PendingCheck {
    pub(super) fn of_column(
        name: Option<String>,
        expression: String,
        is_enforced: bool,
    ) -> PendingCheck {
        PendingCheck {
            name,
            expression,
            is_enforced,
            is_of_column: true,
            number: 0,
        }
    }

    pub(super) fn of_table(
        name: Option<String>,
        expression: String,
        is_enforced: bool,
    ) -> PendingCheck {
        PendingCheck {
            is_of_column: false,
            ..PendingCheck::of_column(name, expression, is_enforced)
        }
    }

    /// Whether a name in a statement means this CHECK of the table.
    fn is_named(&self, name: &str, table: &str) -> bool {
        let generated = [
            format!("{table}_chk_{}", self.number),
            format!("CONSTRAINT_{}", self.number),
        ];
        match &self.name {
            Some(own) => same(own, name),
            None => generated.iter().any(|own| same(own, name)),
        }
    }
}

/// Whether a server regards two names of columns, keys or constraints as the same.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

impl Draft {
    pub(super) fn new(name: String) -> Draft {
        Draft {
            table: Table::named(name),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            periods: Vec::new(),
            before: Names::default(),
        }
    }

    /// Makes an empty draft for what an ALTER TABLE adds to this table.
    pub(super) fn additions(&self) -> Draft {
        let mut additions = Draft::new(self.table.name.clone());
        additions.periods.clone_from(&self.periods);
        additions.before = Names {
            indexes: self
                .indexes
                .iter()
                .filter_map(|own| own.name.clone())
                .collect(),
            foreign_keys: (self.foreign_keys.iter())
                .filter_map(|own| own.name.clone())
                .collect(),
            checks: self
                .checks
                .iter()
                .filter_map(|own| own.name.clone())
                .collect(),
        };
        additions
    }

    /// Adds the keys and constraints that [`Draft::additions`] has collected.
    pub(super) fn take_up(&mut self, additions: Draft) {
        self.indexes.extend(additions.indexes);
        self.foreign_keys.extend(additions.foreign_keys);
        for check in additions.checks {
            self.add_check(check);
        }
        for period in additions.periods {
            if !self.periods.contains(&period) {
                self.periods.push(period);
            }
        }
    }

    /// Makes a new table with the columns, indexes and CHECKs of this one.
    pub(super) fn copy(&self, name: String) -> Draft {
        let mut copy = Draft::new(name);
        copy.table.columns.clone_from(&self.table.columns);
        copy.table.charset.clone_from(&self.table.charset);
        copy.table.collation.clone_from(&self.table.collation);
        copy.table.system_versioned = self.table.system_versioned;
        copy.table.engine.clone_from(&self.table.engine);
        copy.indexes.clone_from(&self.indexes);
        copy.checks.clone_from(&self.checks);
        copy.periods.clone_from(&self.periods);
        // on MySQL, names of CHECKs are unique in a database, so the copies get generated names
        for check in &mut copy.checks {
            check.name = None;
        }
        copy
    }

    pub(super) fn charset(&self) -> TableCharset {
        TableCharset {
            charset: self.table.charset.clone(),
            collation: self.table.collation.clone(),
        }
    }

    pub(super) fn add_check(&mut self, mut check: PendingCheck) {
        if check.name.is_none() {
            let numbers = self.checks.iter().map(|check| check.number);
            check.number = numbers.max().unwrap_or(0) + 1;
        }
        self.checks.push(check);
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        let mut columns = self.table.columns.iter();
        columns.position(|column| same(&column.name, name))
    }

    pub(super) fn index(&mut self, name: &str) -> Option<&mut PendingIndex> {
        let is_named =
            |index: &&mut PendingIndex| index.name.as_ref().is_some_and(|own| same(own, name));
        self.indexes.iter_mut().find(is_named)
    }

    pub(super) fn has_index(&self, name: &str) -> bool {
        let own = self.indexes.iter().filter_map(|index| index.name.as_ref());
        own.chain(&self.before.indexes).any(|own| same(own, name))
    }

    pub(super) fn has_foreign_key(&self, name: &str) -> bool {
        let own = self.foreign_keys.iter().filter_map(|key| key.name.as_ref());
        own.chain(&self.before.foreign_keys)
            .any(|own| same(own, name))
    }

    pub(super) fn has_check(&self, name: &str) -> bool {
        let own = self.checks.iter().filter_map(|check| check.name.as_ref());
        own.chain(&self.before.checks).any(|own| same(own, name))
    }

    pub(super) fn check(&mut self, name: &str) -> Option<&mut PendingCheck> {
        let table = &self.table.name;
        let mut checks = self.checks.iter_mut();
        checks.find(|check| check.is_named(name, table))
    }

    /// Removes an index. Returns false if none has this name.
    pub(super) fn drop_index(&mut self, name: &str) -> bool {
        let before = self.indexes.len();
        let is_named =
            |index: &PendingIndex| index.name.as_ref().is_some_and(|own| same(own, name));
        self.indexes.retain(|index| !is_named(index));
        self.indexes.len() < before
    }

    /// Removes a foreign key. Returns false if none has this name.
    pub(super) fn drop_foreign_key(&mut self, name: &str) -> bool {
        let before = self.foreign_keys.len();
        self.foreign_keys
            .retain(|key| !key.name.as_ref().is_some_and(|own| same(own, name)));
        self.foreign_keys.len() < before
    }

    /// Removes a CHECK. Returns false if none has this name.
    pub(super) fn drop_check(&mut self, name: &str) -> bool {
        let before = self.checks.len();
        let table = &self.table.name;
        self.checks.retain(|check| !check.is_named(name, table));
        self.checks.len() < before
    }

    /// Adapts the keys and CHECKs of the table to its changed columns. `renames` are pairs of the
    /// old and the new name of each column that is kept. Key parts with other columns are removed,
    /// unless the column is one of `added`.
    pub(super) fn follow_columns(&mut self, renames: &Renames, added: &[String]) {
        let new_name = |own: &str| {
            let renamed = renames.iter().find(|(from, _)| same(from, own));
            let renamed = renamed.map(|(_, to)| to);
            renamed.or_else(|| added.iter().find(|name| same(name, own)))
        };
        for index in &mut self.indexes {
            index.parts.retain_mut(|part| match &mut part.key {
                IndexKey::Expression(_) => true,
                IndexKey::Column(own) => match new_name(own) {
                    Some(name) => {
                        own.clone_from(name);
                        true
                    }
                    None => false,
                },
            });
        }
        self.indexes.retain(|index| !index.parts.is_empty());
        for own in self
            .foreign_keys
            .iter_mut()
            .flat_map(|key| &mut key.columns)
        {
            if let Some(name) = new_name(own) {
                own.clone_from(name);
            }
        }
        for check in &mut self.checks {
            check.expression = with_other_names(&check.expression, renames);
        }
    }

    /// Removes the CHECKs that name this column.
    pub(super) fn drop_checks_of(&mut self, column: &str) {
        self.checks
            .retain(|check| !names_column(&check.expression, column));
    }

    /// The CHECKs that rows must satisfy. Names that a server would generate are left out.
    pub(super) fn enforced_checks(&self) -> Vec<Check> {
        let enforced = self.checks.iter().filter(|check| check.is_enforced);
        let is_own = |name: &String| !is_generated_check_name(name, &self.table.name);
        enforced
            .map(|check| Check {
                name: check.name.clone().filter(is_own).unwrap_or_default(),
                expression: check.expression.clone(),
            })
            .collect()
    }

    /// Removes the CHECKs in a column definition. MariaDB drops them when the column is redefined.
    pub(super) fn forget_column_checks(&mut self, column: &str) {
        self.checks
            .retain(|check| !(check.is_of_column && names_column(&check.expression, column)));
    }
}
