//! Finds the tables that are affected when rows in a cycle of foreign keys are rejected at the end.

use clean::keys::Linked;
use model::schema::{Table, cycle_of};

/// The tables that are in cycles or refer to themselves, all tables that refer to these directly or
/// indirectly, and the keys to which their foreign keys refer.
pub(super) fn linked(tables: &[&Table]) -> Linked {
    let mut linked = Linked::default();
    for table in tables {
        let cycle = cycle_of(table, tables);
        let mut keys = table.foreign_keys.iter();
        if keys.any(|key| cycle.iter().any(|other| key.refers_to(&other.name))) {
            linked.tables.push(table.name.clone());
        }
        let keys = table.foreign_keys.iter();
        let referenced = keys.map(|key| (key.parent(), key.parent_columns.clone()));
        linked.referenced.extend(referenced);
    }
    let mut before = 0;
    while before < linked.tables.len() {
        before = linked.tables.len();
        for table in tables {
            let mut keys = table.foreign_keys.iter();
            if !linked.tables.contains(&table.name)
                && keys.any(|key| linked.tables.contains(&key.parent()))
            {
                linked.tables.push(table.name.clone());
            }
        }
    }
    linked
}
