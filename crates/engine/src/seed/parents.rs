//! Checks parent tables that this run does not load, and reads the keys of parent tables in other
//! databases.

use std::sync::Arc;

use crate::error::{Result, fail};

use super::run::Run;
use crate::pipeline;
use model::schema::{ForeignKey, Schema, Table};
use model::wording::chain;
use mysql::inspect;
use mysql::precheck::{Check, Checks};
use mysql::{existing, prepare};

impl Run<'_> {
    /// Warns of empty parent tables that this run does not load, because all rows that refer to
    /// them are rejected.
    pub(super) async fn check_empty_parents(
        &mut self,
        checks: &mut Checks,
        loaded: &[String],
    ) -> Result<()> {
        let here: Vec<_> = foreign_keys(&self.schema, loaded)
            .filter(|(_, key)| key.parent_database.is_none())
            .filter(|(_, key)| !loaded.contains(&key.parent_table))
            .map(|(table, key)| (&table.name, &key.parent_table))
            .collect();
        let parents: Vec<String> = here.iter().map(|(_, parent)| (*parent).clone()).collect();
        let database = self.session.database.name();
        let filled = prepare::present(&mut self.session.connection, database, &parents)
            .await?
            .filled;
        for (table, parent) in here {
            if !filled.contains(parent) {
                checks.add(Check::warn(
                    "parents",
                    format!("{parent} holds no rows and is not loaded by this run: rows of {table} that refer to it are rejected; load {parent} first, or both together"),
                ));
            }
        }
        Ok(())
    }

    /// Checks that the parent tables in other databases exist. Otherwise the server could not
    /// create the foreign keys.
    pub(super) async fn check_parents_elsewhere(
        &mut self,
        checks: &mut Checks,
        loaded: &[String],
    ) -> Result<()> {
        let keys = foreign_keys(&self.schema, loaded).filter_map(elsewhere);
        let keys: Vec<_> = keys.collect();
        for (table, key, database) in keys {
            let found = inspect::listed(&mut self.session.connection, database).await?;
            let is_there = found.iter().any(|found| found.name == key.parent_table);
            if !is_there {
                checks.add(Check::fail(
                    "parents",
                    format!(
                        "the foreign key {} of {} refers to {}, which is not on this server, or \
                         this account may not see it; create it first, or remove the foreign key \
                         from {}",
                        key.name,
                        table.name,
                        key.parent(),
                        self.text.origin
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Reads the keys of parent tables in other databases, so that rows without a parent are
    /// rejected while they are read. If this fails, the foreign keys are verified after the load.
    pub(super) async fn read_keys_elsewhere(
        &mut self,
        names: &[String],
        settings: &mut pipeline::Settings,
    ) -> Result<()> {
        let keys = foreign_keys(&self.schema, names).filter_map(elsewhere);
        let keys: Vec<_> = keys.collect();
        for (table, key, database) in keys {
            if settings.existing.contains_key(&key.parent()) {
                continue;
            }
            self.events
                .detail(&format!("load: reading the keys of {}", key.parent()));
            let parent = key.parent_table.as_str();
            let read = async {
                let found =
                    inspect::inspect_tables(&mut self.session.connection, database, &[parent])
                        .await?;
                match found.table(parent) {
                    Some(parent) => {
                        let place = Some(database);
                        Ok::<_, crate::Error>(
                            existing::keys_of_in(&mut self.session.connection, place, parent)
                                .await?,
                        )
                    }
                    None => fail!("{database} has no table {parent}"),
                }
            };
            match read.await {
                Ok(keys) => drop(settings.existing.insert(key.parent(), Arc::new(keys))),
                Err(error) => self.events.info(&format!(
                    "load: the foreign keys of {} to {1} are verified after the load, because the keys of {1} cannot be read now: {2}",
                    table.name,
                    key.parent(),
                    chain(&error)
                )),
            }
        }
        Ok(())
    }
}

/// The foreign keys of these tables, each with its table.
fn foreign_keys<'a>(
    schema: &'a Schema,
    names: &'a [String],
) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
    let tables = schema.tables.iter();
    let tables = tables.filter(|table| names.contains(&table.name));
    tables.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
}

/// A foreign key into another database, with the name of that database.
fn elsewhere<'a>(
    (table, key): (&'a Table, &'a ForeignKey),
) -> Option<(&'a Table, &'a ForeignKey, &'a str)> {
    Some((table, key, key.parent_database.as_deref()?))
}
