//! What only the server can judge, in words: said by `check`, by `seed --dry-run` and in the
//! report, because rows that these accept may still be rejected by `seed`.

use model::schema::{ForeignKey, Index, IndexKey, Table};

/// A rule of a table that is left to the server, in whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftToServer {
    /// A unique key, and why.
    UniqueKey(String),
    /// A CHECK, and why.
    Check(String),
    /// A foreign key, and why.
    ForeignKey(String),
}

impl LeftToServer {
    /// A unique key that is not made of integers; `is_decisive` says whether its bytes decide,
    /// `None` that they are not known. Nothing when the server need not judge it.
    pub(super) fn of_unique_key(
        table: &Table,
        loaded: &[usize],
        index: &Index,
        is_decisive: Option<bool>,
    ) -> Option<LeftToServer> {
        if has_no_duplicates(table, loaded, index) {
            return None;
        }
        let why = match is_decisive {
            Some(true) => return None,
            Some(false) => {
                "equal bytes are found here, other texts that its collation calls equal by the server"
            }
            None => "its values are not all in the file",
        };
        let part = |part: &model::schema::IndexPart| match &part.key {
            IndexKey::Column(name) | IndexKey::Expression(name) => name.clone(),
        };
        let parts: Vec<String> = index.parts.iter().map(part).collect();
        let key = match index.name.as_str() {
            "PRIMARY" => "primary key".to_owned(),
            name => format!("unique key {name}"),
        };
        Some(LeftToServer::UniqueKey(format!(
            "{key} ({}): {why}",
            parts.join(", ")
        )))
    }

    /// A foreign key that the stream cannot judge.
    pub(super) fn of_foreign_key(table: &Table, key: &ForeignKey) -> LeftToServer {
        let why = match key.parent_table == table.name {
            true => "rows may refer to later ones, so they are looked up when all are loaded",
            false => "its parents are looked up when all rows are loaded",
        };
        LeftToServer::ForeignKey(format!(
            "foreign key {} ({}): {why}",
            key.name,
            key.columns.join(", ")
        ))
    }

    /// A CHECK that cannot be judged without the server.
    pub fn of_check(expression: &str, why: &str) -> LeftToServer {
        LeftToServer::Check(format!("CHECK ({expression}): {why}"))
    }

    /// How many unique keys, CHECKs and foreign keys these are, in words.
    pub fn counted<'a>(all: impl IntoIterator<Item = &'a LeftToServer>) -> String {
        let mut counts = [
            (0, "unique key", "unique keys"),
            (0, "CHECK", "CHECKs"),
            (0, "foreign key", "foreign keys"),
        ];
        for left in all {
            let kind = match left {
                LeftToServer::UniqueKey(_) => 0,
                LeftToServer::Check(_) => 1,
                LeftToServer::ForeignKey(_) => 2,
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

/// Whether the file lacks a column of the key that is NULL then, or that the server numbers by
/// itself.
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

impl std::fmt::Display for LeftToServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (LeftToServer::UniqueKey(words)
        | LeftToServer::Check(words)
        | LeftToServer::ForeignKey(words)) = self;
        f.write_str(words)
    }
}
