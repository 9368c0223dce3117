//! The order of tables, indexes and constraints in a [`Schema`].
//!
//! In load order, parent tables come before their child tables. Otherwise the order of the file is
//! kept. `parse` and `inspect` both use this module, so that the schema of a file and the schema of
//! a server can be compared.

use model::schema::{IndexKind, Schema, Table, parents_first};

/// Makes a schema of these tables in load order. Sorts indexes, foreign keys and CHECKs by name,
/// with the primary key first.
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

/// The named tables and all their ancestors: parent tables, their parent tables, and so on.
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

fn sort_parts(table: &mut Table) {
    table.indexes.sort_by(|a, b| {
        (a.kind != IndexKind::Primary, &a.name).cmp(&(b.kind != IndexKind::Primary, &b.name))
    });
    table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
    table
        .checks
        .sort_by(|a, b| (&a.name, &a.expression).cmp(&(&b.name, &b.expression)));
}

/// Spells the parent columns of foreign keys as the parent table does. If the child table was
/// created first, a server keeps the spelling of the foreign key, such as `ID` for `id`.
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
    fn tables_in_a_cycle_come_after_their_parents_and_before_their_children() {
        let child = table("child", &["b"]);
        let (a, b, c) = (
            table("a", &["b"]),
            table("b", &["c"]),
            table("c", &["a", "p"]),
        );
        let parent = table("p", &["p"]);
        assert_eq!(
            names(vec![child, c, b, a, parent]),
            ["p", "c", "b", "child", "a"]
        );
        let two = |one: &str, other: &str| [table(one, &[other]), table(other, &[one])];
        let [p, q] = two("p", "q");
        let [mut x, y] = two("x", "y");
        x.foreign_keys.extend(table("x", &["q"]).foreign_keys);
        assert_eq!(names(vec![y, x, q, p]), ["q", "p", "y", "x"]);
    }
}
