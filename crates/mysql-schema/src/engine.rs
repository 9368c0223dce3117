//! Storage engines: which of them have transactions. A rollback does nothing in a table without, so
//! that rows which were taken back would stay. Such tables are not loaded.

use std::collections::HashMap;

use anyhow::Result;

use super::statements;

/// Engines without transactions, in lower case, and the other names of some of them.
const WITHOUT: [&str; 19] = [
    "archive",
    "aria",
    "blackhole",
    "connect",
    "csv",
    "example",
    "heap",
    "isam",
    "maria",
    "memory",
    "merge",
    "mrg_isam",
    "mrg_myisam",
    "mroonga",
    "myisam",
    "oqgraph",
    "performance_schema",
    "s3",
    "sphinx",
];

/// What is known of a server's engines, and of what it takes for a parent key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engines {
    /// Those that a server has named, in lower case, and whether they have transactions.
    pub named: HashMap<String, bool>,
    /// The engine of tables that name none; unknown without a server.
    pub default: Option<String>,
    /// The engine that the server takes for all tables, whatever they name.
    pub enforced: Option<String>,
    /// Whether foreign keys may refer only to unique keys; unknown without a server.
    pub needs_unique_parents: Option<bool>,
}

impl Engines {
    /// Whether rows of a table with this engine cannot be taken back.
    pub fn lacks_transactions(&self, engine: &str) -> bool {
        let engine = engine.to_lowercase();
        match self.named.get(&engine) {
            Some(transactions) => !transactions,
            None => WITHOUT.contains(&engine.as_str()),
        }
    }
}

/// The text of a schema file with InnoDB in place of every engine without transactions, and the
/// names of the tables that this is about. Lines stay as they are.
///
/// # Errors
///
/// As [`statements::split`].
pub fn with_innodb(sql: &str, origin: &str) -> Result<(String, Vec<String>)> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let known = Engines::default();
    let mut text = sql.to_owned();
    let mut tables = Vec::new();
    let mut places = Vec::new();
    for statement in statements::split(sql, origin)? {
        let mut engines = statement.engines();
        engines.retain(|engine| known.lacks_transactions(&engine.name));
        if engines.is_empty() {
            continue;
        }
        let engines = engines.into_iter();
        places.extend(engines.map(|engine| (engine.place_in_file, "InnoDB")));
        let formats = statement.fixed_row_formats().into_iter();
        places.extend(formats.map(|place| (place, "DYNAMIC")));
        if let Some((_, table)) = statement.table()
            && !tables.contains(&table)
        {
            tables.push(table);
        }
    }
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    for (place, words) in places {
        text.replace_range(place, words);
    }
    // for tables that name none
    Ok((
        format!("SET default_storage_engine = InnoDB; {text}"),
        tables,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_without_transactions_give_way_and_nothing_else_changes() {
        let sql = "-- head\nCREATE TABLE a (engine INT, b VARCHAR(9) COMMENT 'ENGINE=MyISAM') ENGINE = `MyISAM` COMMENT='x';\n\
             CREATE TABLE b (id INT) engine memory;\nCREATE TABLE c (id INT) ENGINE=InnoDB;\n\
             ALTER TABLE c ADD COLUMN engine INT, ENGINE=Aria;\nCREATE TABLE d (id INT) ROW_FORMAT=FIXED ENGINE=MyISAM ROW_FORMAT = PAGE\n\
             PARTITION BY HASH (id) (PARTITION p ENGINE = MyISAM);";
        let (text, tables) = with_innodb(sql, "t.sql").unwrap();
        let expected = "SET default_storage_engine = InnoDB; -- head\n\
             CREATE TABLE a (engine INT, b VARCHAR(9) COMMENT 'ENGINE=MyISAM') ENGINE = InnoDB COMMENT='x';\n\
             CREATE TABLE b (id INT) engine InnoDB;\nCREATE TABLE c (id INT) ENGINE=InnoDB;\n\
             ALTER TABLE c ADD COLUMN engine INT, ENGINE=InnoDB;\nCREATE TABLE d (id INT) ROW_FORMAT=DYNAMIC ENGINE=InnoDB ROW_FORMAT = DYNAMIC\n\
             PARTITION BY HASH (id) (PARTITION p ENGINE = InnoDB);";
        assert_eq!(text, expected);
        assert_eq!(tables, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_server_knows_its_engines_better_than_the_list() {
        let mut engines = Engines::default();
        assert!(engines.lacks_transactions("HEAP"));
        assert!(!engines.lacks_transactions("FEDERATED"));
        engines.named.insert("federated".to_owned(), false);
        engines.named.insert("connect".to_owned(), true);
        assert!(engines.lacks_transactions("Federated"));
        assert!(!engines.lacks_transactions("CONNECT"));
    }
}
