//! The order of tables, indexes and constraints in a [`Schema`].
//!
//! Load order: parent tables come before their child tables; otherwise the order of the file stays.
//! `parse` and `inspect` both use this module, so that the schema of a file and the schema of a
//! server can be compared.

use model::schema::{IndexKind, Schema, Table, parents_first};

/// Makes a schema of these tables, in load order. Indexes, foreign keys and CHECKs are sorted by
/// name, the primary key first. Tables whose foreign keys form a cycle have no load order;
/// [`find_cycle`] finds them.
pub fn in_load_order(tables: Vec<Table>) -> Schema {
    let mut waiting = tables;
    for table in &mut waiting {
        sort_parts(table);
    }
    respell_parent_columns(&mut waiting);
    let order: Vec<String> = parents_first(waiting.iter().collect())
        .into_iter()
        .map(|table| table.name.clone())
        .collect();
    waiting.sort_by_cached_key(|table| order.iter().position(|name| *name == table.name));
    Schema { tables: waiting }
}

/// These tables and all their parent tables, grandparents included.
pub fn with_parents(schema: &Schema, names: &[String]) -> Vec<String> {
    let mut all = names.to_vec();
    let mut at = 0;
    while at < all.len() {
        let table = schema.table(&all[at]);
        let keys = table.map_or(&[][..], |table| &table.foreign_keys[..]);
        for key in keys.iter().filter(|key| key.parent_database.is_none()) {
            if !all.contains(&key.parent_table) {
                all.push(key.parent_table.clone());
            }
        }
        at += 1;
    }
    all
}

/// A cycle of foreign keys among these tables: each table is followed by its parent table, and the
/// last is the first again. `None` when there is no cycle. A table that refers to itself does not
/// count.
pub fn find_cycle<'t>(tables: &[&'t Table]) -> Option<Vec<&'t str>> {
    let mut waiting: Vec<&Table> = tables.to_vec();
    loop {
        let before = waiting.len();
        let left = waiting.clone();
        waiting.retain(|table| {
            let mut keys = table.foreign_keys.iter();
            keys.any(|key| {
                !key.refers_to(&table.name) && left.iter().any(|other| key.refers_to(&other.name))
            })
        });
        match waiting.len() {
            0 => return None,
            same if same == before => return Some(walk_cycle(&waiting)),
            _ => {}
        }
    }
}

fn sort_parts(table: &mut Table) {
    table.indexes.sort_by(|a, b| {
        (a.kind != IndexKind::Primary, &a.name).cmp(&(b.kind != IndexKind::Primary, &b.name))
    });
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    table
        .checks
        .sort_by(|a, b| (&a.name, &a.expression).cmp(&(&b.name, &b.expression)));
}

/// Spells the columns of foreign keys as the parent table does. A server on which the child table
/// was created first keeps the spelling of the foreign key, `ID` for `id`.
fn respell_parent_columns(tables: &mut [Table]) {
    let columns_of = |table: &Table| table.columns.iter().map(|c| c.name.clone()).collect();
    let spelled: Vec<(String, Vec<String>)> = tables
        .iter()
        .map(|table| (table.name.clone(), columns_of(table)))
        .collect();
    for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        let Some((_, columns)) = spelled.iter().find(|(name, _)| key.refers_to(name)) else {
            continue;
        };
        for name in &mut key.parent_columns {
            let own = columns
                .iter()
                .find(|column| column.to_lowercase() == name.to_lowercase());
            if let Some(own) = own {
                name.clone_from(own);
            }
        }
    }
}

/// Walks from table to parent table until it meets a table again.
fn walk_cycle<'t>(waiting: &[&'t Table]) -> Vec<&'t str> {
    let mut path: Vec<&str> = vec![&waiting[0].name];
    loop {
        let here = waiting
            .iter()
            .find(|table| table.name == path[path.len() - 1]);
        let next = here.and_then(|table| {
            let others = table
                .foreign_keys
                .iter()
                .filter(|key| !key.refers_to(&table.name));
            let mut parents =
                others.filter_map(|key| waiting.iter().find(|t| key.refers_to(&t.name)));
            parents.next().map(|parent| parent.name.as_str())
        });
        let Some(next) = next else { return path };
        if let Some(seen) = path.iter().position(|name| *name == next) {
            path.drain(..seen);
            path.push(next);
            return path;
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::schema::{ForeignKey, ReferenceAction};

    fn table(name: &str, parents: &[&str]) -> Table {
        let foreign_keys = parents.iter().map(|parent| ForeignKey {
            name: format!("{name}_{parent}"),
            columns: vec!["x".into()],
            parent_database: None,
            parent_table: (*parent).into(),
            parent_columns: vec!["id".into()],
            on_delete: ReferenceAction::Restrict,
            on_update: ReferenceAction::Restrict,
        });
        Table {
            name: name.into(),
            columns: vec![],
            indexes: vec![],
            foreign_keys: foreign_keys.collect(),
            checks: vec![],
            charset: None,
            collation: None,
            system_versioned: false,
            engine: None,
        }
    }

    fn names(tables: Vec<Table>) -> Vec<String> {
        in_load_order(tables)
            .tables
            .into_iter()
            .map(|table| table.name)
            .collect()
    }

    #[test]
    fn parents_come_first_and_the_rest_stays() {
        assert_eq!(
            names(vec![
                table("b", &["a"]),
                table("c", &[]),
                table("a", &["a"])
            ]),
            ["c", "a", "b"]
        );
        assert_eq!(
            names(vec![table("z", &[]), table("a", &["z"]), table("m", &[])]),
            ["z", "a", "m"]
        );
    }

    #[test]
    fn a_cycle_is_found_where_all_its_tables_are_given() {
        let tables = [
            table("x", &["a"]),
            table("a", &["b"]),
            table("b", &["c"]),
            table("c", &["a"]),
            table("d", &["d"]),
        ];
        let all: Vec<&Table> = tables.iter().collect();
        assert_eq!(find_cycle(&all).unwrap(), ["a", "b", "c", "a"]);
        assert_eq!(find_cycle(&all[..3]), None);
        assert_eq!(find_cycle(&all[4..]), None);
        assert_eq!(in_load_order(tables.to_vec()).tables.len(), 5);
    }
}
