//! The possible names of columns that belong to a table or refer to it.

use std::collections::HashMap;

use crate::names::{joined, key_word, singular, stem, words};

/// Words at the beginning or end of a table's name that do not describe its rows.
const FILLERS: [&str; 12] = [
    "tbl", "table", "dim", "fact", "dataset", "data", "list", "t", "stg", "raw", "master", "all",
];

/// The names of a table as they occur in names of columns that refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableNames {
    /// The whole name in the singular, with and without words that do not describe the rows.
    pub(crate) whole: Vec<String>,
    /// The last word of the name, if the name has several words.
    pub(crate) tail: Option<String>,
}

impl TableNames {
    /// The names of each of these tables.
    pub(crate) fn of_all(tables: &[&str]) -> Vec<TableNames> {
        let common = common_words(tables);
        let is_kept = |word: &String| !FILLERS.contains(&word.as_str()) && !common.contains(word);
        tables
            .iter()
            .map(|table| TableNames::new(table, is_kept))
            .collect()
    }

    fn new(table: &str, is_kept: impl Fn(&String) -> bool) -> TableNames {
        let kept: Vec<String> = words(table).into_iter().filter(is_kept).collect();
        let mut whole: Vec<String> = Vec::new();
        for name in [table, &kept.join("_")] {
            let [one, _, written] = own_names(name);
            whole.extend([one, written].into_iter().filter(|name| !name.is_empty()));
        }
        whole.dedup();
        TableNames {
            tail: kept
                .last()
                .filter(|_| kept.len() > 1)
                .map(|last| singular(last)),
            whole,
        }
    }

    /// Whether the table's name, or its last word, is one of these names.
    pub(crate) fn is_any_of(&self, names: &[&str]) -> bool {
        let mut all = self.whole.iter().chain(&self.tail);
        all.any(|name| names.contains(&name.as_str()))
    }

    /// Whether the name of a column says that it is the key of the table: `id`, or `order_id` in
    /// `orders`.
    pub(crate) fn are_of_key(&self, column: &str) -> bool {
        let base = joined(&stem(&words(column)));
        self.are_whole_of_key(column)
            || (key_word(&words(column)).is_some()
                && (base.is_empty() || self.tail.as_ref() == Some(&base)))
    }

    /// Whether a column is named after the whole name of the table, not only after its last word.
    pub(crate) fn are_whole_of_key(&self, column: &str) -> bool {
        let words = words(column);
        key_word(&words).is_some() && self.whole.contains(&joined(&stem(&words)))
    }
}

/// The name of a table as its own columns use it: the whole name in the singular, its last word in
/// the singular, and the whole name as it is.
fn own_names(table: &str) -> [String; 3] {
    let words = words(table);
    let Some((last, before)) = words.split_last() else {
        return [String::new(), String::new(), String::new()];
    };
    let last = singular(last);
    let whole = [&before.concat(), last.as_str()].concat();
    [whole, last, joined(&words)]
}

/// Words that occur in the names of most tables.
fn common_words(tables: &[&str]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for table in tables {
        let mut words = words(table);
        words.sort();
        words.dedup();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
    }
    let is_common = |count: usize| tables.len() >= 3 && count * 4 >= tables.len() * 3;
    let common = counts.into_iter().filter(|(_, count)| is_common(*count));
    common.map(|(word, _)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_be_called_after_its_table() {
        let tables = [
            "olist_orders_dataset",
            "olist_order_items_dataset",
            "olist_sellers_dataset",
        ];
        let names = TableNames::of_all(&tables);
        assert!(names[0].are_of_key("order_id") && names[0].are_of_key("id"));
        assert!(!names[0].are_of_key("seller_id") && !names[0].are_of_key("order"));
        assert!(names[1].are_of_key("order_item_id") && names[1].are_of_key("item_id"));
        assert_eq!(names[1].tail.as_deref(), Some("item"));
        assert!(names[1].are_whole_of_key("order_item_id"));
        assert!(!names[1].are_whole_of_key("item_id") && !names[1].are_whole_of_key("id"));
        assert!(names[2].is_any_of(&["seller"]) && !names[2].is_any_of(&["order"]));
    }
}
