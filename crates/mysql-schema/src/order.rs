//! Puts tables in load order, and what belongs to a table in one order that both producers agree
//! on.
//!
//! Load order: parents before children, otherwise as they came, so that a file in load order stays
//! as it is. Apart because `parse` and `inspect` must do exactly the same, and a cycle has to be
//! explained in one place.

use super::statements::ScriptStatement;
use model::schema::{IndexKind, Schema, Table, parents_first};

/// Makes the schema of these tables, in load order; indexes, foreign keys and CHECKs are sorted by
/// name, the primary key first. Tables that refer to each other in a circle have no load order:
/// [`circle_among`] finds them.
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

/// These tables, and all tables of the schema that they refer to, directly or through others.
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

/// The tables of a circle of references, each followed by its parent, the first one at the end
/// again; `None` when these tables have none. A table that refers to itself is no circle.
pub fn circle_among<'t>(tables: &[&'t Table]) -> Option<Vec<&'t str>> {
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
            same if same == before => return Some(circle(&waiting)),
            _ => {}
        }
    }
}

/// Puts the indexes in the order in which a schema file has them, as far as it names them. Both
/// producers sort them by name, for they find them in different orders; but they are to be built in
/// that of the file: of two indexes that serve a read equally well for all that MySQL considers, it
/// takes the first, even if only the second spares the sort.
pub fn indexes_as_written(schema: &mut Schema, statements: &[ScriptStatement<'_>]) {
    for table in &mut schema.tables {
        let about = |statement: &&ScriptStatement<'_>| {
            statement
                .table()
                .is_some_and(|(_, name)| name == table.name)
        };
        let about: Vec<_> = statements.iter().filter(about).collect();
        let position = |name: &str| {
            let mut places = about.iter().enumerate();
            places.find_map(|(number, statement)| Some((number, statement.key_position(name)?)))
        };
        let last = (usize::MAX, 0);
        table.indexes.sort_by_cached_key(|index| {
            (
                index.kind != IndexKind::Primary,
                position(&index.name).unwrap_or(last),
            )
        });
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

/// A server that made the child first keeps the spelling of the reference, `ID` for `id`.
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

/// Walks from parent to parent until a table comes up again.
fn circle<'t>(waiting: &[&'t Table]) -> Vec<&'t str> {
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
    fn indexes_stand_as_they_were_written_the_primary_key_first() {
        let sql = "CREATE TABLE t (b INT, a INT, KEY z (b), UNIQUE (a), `INDEX` INT, KEY `m m` (a, b), PRIMARY KEY (a)); \
                   CREATE INDEX c ON t (b)";
        let mut schema = crate::parse::parse(sql, "t.sql").unwrap();
        let statements = crate::statements::split(sql, "t.sql").unwrap();
        indexes_as_written(&mut schema, &statements);
        let names: Vec<&str> = schema.tables[0]
            .indexes
            .iter()
            .map(|i| i.name.as_str())
            .collect();
        assert_eq!(names, ["PRIMARY", "a", "z", "m m", "c"]);
    }

    #[test]
    fn a_circle_is_named_where_all_of_it_is_asked_for() {
        let tables = [
            table("x", &["a"]),
            table("a", &["b"]),
            table("b", &["c"]),
            table("c", &["a"]),
            table("d", &["d"]),
        ];
        let all: Vec<&Table> = tables.iter().collect();
        assert_eq!(circle_among(&all).unwrap(), ["a", "b", "c", "a"]);
        assert_eq!(circle_among(&all[..3]), None);
        assert_eq!(circle_among(&all[4..]), None);
        assert_eq!(in_load_order(tables.to_vec()).tables.len(), 5);
    }
}
