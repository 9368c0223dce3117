//! A table while its statements are read: what CREATE TABLE says, as changed by every ALTER TABLE.

use super::columns::TableCharset;
use super::foreign_keys::PendingForeignKey;
use super::keys::PendingIndex;
use super::names_in::{names_column, with_other_names};
use crate::check_name::is_generated_check_name;
use model::schema::{Check, IndexKey, Table};

/// Old and new names.
pub(super) type Renames = Vec<(String, String)>;

/// A table whose foreign keys are not complete yet.
pub(super) struct Draft {
    /// Its columns and options. Keys and constraints are in the other fields until the end.
    pub(super) table: Table,
    pub(super) indexes: Vec<PendingIndex>,
    pub(super) foreign_keys: Vec<PendingForeignKey>,
    pub(super) checks: Vec<PendingCheck>,
    /// Periods of MariaDB: the name and the two columns.
    pub(super) periods: Vec<(String, Vec<String>)>,
    /// What ADD … IF NOT EXISTS finds in the table that these are additions to.
    before: Names,
}

/// The names of keys and constraints.
#[derive(Default)]
struct Names {
    indexes: Vec<String>,
    foreign_keys: Vec<String>,
    checks: Vec<String>,
}

/// A CHECK that may be switched off, renamed or dropped later.
#[derive(Debug, Clone)]
pub(super) struct PendingCheck {
    pub(super) name: Option<String>,
    pub(super) expression: String,
    pub(super) is_enforced: bool,
    /// Whether it is written beside a column.
    is_of_column: bool,
    /// Its number among the CHECKs without names, of which servers make names.
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

    /// Whether a statement that names a CHECK of this table means this one.
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

/// Whether two names of columns, keys or constraints are the same to a server.
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

    /// An empty draft for what ALTER TABLE adds to this table.
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

    /// Adds the keys and constraints of [`Draft::additions`].
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

    /// A new table with the columns, indexes and CHECKs of this one.
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
        // on MySQL, two CHECKs of a database never have the same name
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

    /// Removes an index; false when there is none of that name.
    pub(super) fn drop_index(&mut self, name: &str) -> bool {
        let before = self.indexes.len();
        let is_named =
            |index: &PendingIndex| index.name.as_ref().is_some_and(|own| same(own, name));
        self.indexes.retain(|index| !is_named(index));
        self.indexes.len() < before
    }

    /// Removes a foreign key; false when there is none of that name.
    pub(super) fn drop_foreign_key(&mut self, name: &str) -> bool {
        let before = self.foreign_keys.len();
        self.foreign_keys
            .retain(|key| !key.name.as_ref().is_some_and(|own| same(own, name)));
        self.foreign_keys.len() < before
    }

    /// Removes a CHECK; false when there is none of that name.
    pub(super) fn drop_check(&mut self, name: &str) -> bool {
        let before = self.checks.len();
        let table = &self.table.name;
        self.checks.retain(|check| !check.is_named(name, table));
        self.checks.len() < before
    }

    /// Lets the keys and the CHECKs of the table follow its columns, which have changed: `renames`
    /// are the old and the new names of the columns that stay. Key parts of the others are removed,
    /// unless their name is among the `added` columns.
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

    /// Removes the CHECKs that name a column.
    pub(super) fn drop_checks_of(&mut self, column: &str) {
        self.checks
            .retain(|check| !names_column(&check.expression, column));
    }

    /// The CHECKs that rows must meet. Names that servers make up are left out.
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

    /// Removes the CHECKs beside a column that MariaDB forgets when the column is defined again.
    pub(super) fn forget_column_checks(&mut self, column: &str) {
        self.checks
            .retain(|check| !(check.is_of_column && names_column(&check.expression, column)));
    }
}
