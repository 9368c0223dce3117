//! The anti-join that finds rows without their parent, for everyone who looks for such rows.

use crate::quote::quote_identifier;
use model::schema::ForeignKey;

/// `FROM … WHERE …` for the rows of `table`, named `child`, that refer to none; more conditions may
/// follow.
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
    // for NOT EXISTS, MySQL would rather copy the whole parent into a temporary table than look
    // into its index
    format!(
        "FROM {} AS child LEFT JOIN {} AS parent ON {} WHERE {} AND {} IS NULL",
        quote_identifier(table),
        parent_table(key),
        pairs.join(" AND "),
        present.join(" AND "),
        parent(&key.parent_columns[0]),
    )
}

/// The table that a foreign key refers to, as it stands in a statement.
pub fn parent_table(key: &ForeignKey) -> String {
    let table = quote_identifier(&key.parent_table);
    match &key.parent_database {
        Some(database) => format!("{}.{table}", quote_identifier(database)),
        None => table,
    }
}
