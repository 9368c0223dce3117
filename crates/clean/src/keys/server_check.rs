//! Checks that only the server can do. `check`, `seed --dry-run` and the report list them, because
//! the server may reject rows that the client accepts.

use model::schema::{ForeignKey, Index, IndexKey, Table};

/// A constraint that the server checks, completely or in part, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerCheck {
    /// A unique key.
    UniqueKey(String),
    /// A CHECK constraint.
    Check(String),
    /// A foreign key.
    ForeignKey(String),
}

impl ServerCheck {
    /// A unique key that does not consist of integers. `None` if the server need not check it.
    /// `is_decisive` says whether keys are equal only if their bytes are equal. It is `None` if the
    /// client does not have the values.
    pub(super) fn of_unique_key(
        table: &Table,
        loaded: &[usize],
        index: &Index,
        is_decisive: Option<bool>,
    ) -> Option<ServerCheck> {
        if has_no_duplicates(table, loaded, index) {
            return None;
        }
        let why = match is_decisive {
            Some(true) => return None,
            Some(false) => {
                "only the server finds keys that are equal under the collation but have different \
                 bytes"
            }
            None => "the input file lacks a column of the key, or the key has an expression",
        };
        let part = |part: &model::schema::IndexPart| match &part.key {
            IndexKey::Column(name) | IndexKey::Expression(name) => name.clone(),
        };
        let parts: Vec<String> = index.parts.iter().map(part).collect();
        let key = match index.name.as_str() {
            "PRIMARY" => "primary key".to_owned(),
            name => format!("unique key {name}"),
        };
        Some(ServerCheck::UniqueKey(format!(
            "{key} ({}): {why}",
            parts.join(", ")
        )))
    }

    /// A foreign key that the client cannot check.
    pub(super) fn of_foreign_key(key: &ForeignKey) -> ServerCheck {
        ServerCheck::ForeignKey(format!(
            "foreign key {} ({}): its parents are looked up after the load",
            key.name,
            key.columns.join(", ")
        ))
    }

    /// A foreign key with values for which no parent has the same bytes.
    pub(super) fn of_other_bytes(key: &ForeignKey) -> ServerCheck {
        ServerCheck::ForeignKey(format!(
            "foreign key {} ({}): some values have no parent with the same bytes; the server \
             compares them after the load",
            key.name,
            key.columns.join(", ")
        ))
    }

    /// A foreign key within a cycle, or within one table, with values that no record has as its
    /// key.
    pub(super) fn of_orphans_in_cycle(key: &ForeignKey) -> ServerCheck {
        ServerCheck::ForeignKey(format!(
            "foreign key {} ({}): some values have no parent in the files; unless the database has \
             the parents, `seed` rejects the records with these values, and those that refer to them, after \
             the load",
            key.name,
            key.columns.join(", ")
        ))
    }

    /// A foreign key within a cycle, or within one table, that the client cannot check.
    pub(super) fn of_foreign_key_in_cycle(key: &ForeignKey) -> ServerCheck {
        ServerCheck::ForeignKey(format!(
            "foreign key {} ({}): a parent may come after its child, so parents are looked up after the load",
            key.name,
            key.columns.join(", ")
        ))
    }

    /// A CHECK that the client cannot evaluate, and why.
    pub fn of_check(expression: &str, why: &str) -> ServerCheck {
        ServerCheck::Check(format!("CHECK ({expression}): {why}"))
    }

    /// The number of checks of each kind, for messages: `1 unique key, 2 CHECKs`.
    pub fn counted<'a>(all: impl IntoIterator<Item = &'a ServerCheck>) -> String {
        let mut counts = [
            (0, "unique key", "unique keys"),
            (0, "CHECK", "CHECKs"),
            (0, "foreign key", "foreign keys"),
        ];
        for left in all {
            let kind = match left {
                ServerCheck::UniqueKey(_) => 0,
                ServerCheck::Check(_) => 1,
                ServerCheck::ForeignKey(_) => 2,
            };
            counts[kind].0 += 1;
        }
        let word = |(count, one, several): &(usize, &str, &str)| {
            format!("{count} {}", if *count == 1 { one } else { several })
        };
        let words: Vec<String> = counts.iter().filter(|c| c.0 > 0).map(word).collect();
        words.join(", ")
    }
}

/// Whether there can be no duplicates, because the input file lacks a column of the key and the
/// column is NULL or numbered by the server.
fn has_no_duplicates(table: &Table, loaded: &[usize], index: &Index) -> bool {
    index.parts.iter().any(|part| {
        let IndexKey::Column(name) = &part.key else {
            return false;
        };
        table.column_index(name).is_some_and(|number| {
            let column = &table.columns[number];
            let is_null = column.nullable && column.default.is_none() && !column.generated;
            !loaded.contains(&number) && (column.auto_increment || is_null)
        })
    })
}

impl std::fmt::Display for ServerCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ServerCheck::UniqueKey(words)
        | ServerCheck::Check(words)
        | ServerCheck::ForeignKey(words)) = self;
        f.write_str(words)
    }
}
