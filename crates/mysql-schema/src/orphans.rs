//! The SQL that finds orphans: child rows whose parent row does not exist.

use crate::quote::quote_identifier;
use model::schema::ForeignKey;

/// Writes `FROM … WHERE …` for the orphans of `table`, which gets the alias `child`. The caller may
/// append conditions.
pub fn orphans(table: &str, key: &ForeignKey) -> String {
    let child = |name: &String| format!("child.{}", quote_identifier(name));
    let parent = |name: &String| format!("parent.{}", quote_identifier(name));
    let pairs: Vec<String> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .map(|(own, of_parent)| format!("{} = {}", parent(of_parent), child(own)))
        .collect();
    let present: Vec<String> = key
        .columns
        .iter()
        .map(|own| format!("{} IS NOT NULL", child(own)))
        .collect();
    // not NOT EXISTS: MySQL would copy the whole parent table into a temporary table instead of
    // using its index
    format!(
        "FROM {} AS child LEFT JOIN {} AS parent ON {} WHERE {} AND {} IS NULL",
        quote_identifier(table),
        parent_table(key),
        pairs.join(" AND "),
        present.join(" AND "),
        parent(&key.parent_columns[0]),
    )
}

/// Writes the parent table of a foreign key as SQL: `` `table` `` or `` `database`.`table` ``.
pub fn parent_table(key: &ForeignKey) -> String {
    let table = quote_identifier(&key.parent_table);
    match &key.parent_database {
        Some(database) => format!("{}.{table}", quote_identifier(database)),
        None => table,
    }
}
