//! Storage engines, and which of them have transactions. A table without transactions is not
//! loaded, because a failed batch could not be rolled back.

use std::collections::HashMap;

use super::statements::{self, StatementKind};
use crate::error::Result;

/// Engines without transactions, in lower case, with their aliases.
const WITHOUT_TRANSACTIONS: [&str; 19] = [
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

/// What is known about a server's engines, and which foreign keys and defaults it accepts. The
/// default value is for commands without a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engines {
    /// The engines that the server lists, in lower case, each with whether it has transactions.
    pub named: HashMap<String, bool>,
    /// The engine of tables that do not specify one. `None` without a server.
    pub default: Option<String>,
    /// The engine that the server uses for all tables, even if they specify another one.
    pub enforced: Option<String>,
    /// Whether foreign keys must refer to unique keys. `None` without a server.
    pub needs_unique_parents: Option<bool>,
    /// Whether the server creates tables with the default '0000-00-00'. `None` without a server.
    pub takes_zero_dates: Option<bool>,
}

impl Engines {
    /// Whether rows in a table with this engine cannot be rolled back.
    pub fn lacks_transactions(&self, engine: &str) -> bool {
        let engine = engine.to_lowercase();
        match self.named.get(&engine) {
            Some(transactions) => !transactions,
            None => WITHOUT_TRANSACTIONS.contains(&engine.as_str()),
        }
    }
}

/// Replaces every engine without transactions in a schema file by InnoDB. Returns the new text and
/// the names of the changed tables. Every line keeps its number.
///
/// # Errors
///
/// The same as for [`statements::split`].
pub fn with_innodb(sql: &str, origin: &str) -> Result<(String, Vec<String>)> {
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let known = Engines::default();
    let mut text = sql.to_owned();
    let mut tables = Vec::new();
    let mut places = Vec::new();
    let split = statements::split(sql, origin)?;
    for statement in &split {
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
    // The SET is for tables that do not specify an engine. It is written before the first CREATE
    // TABLE, because the file may begin with a DELIMITER line.
    let mut created = split.iter();
    if let Some(first) = created.find(|s| s.kind() == StatementKind::CreateTable) {
        let words = "SET default_storage_engine = InnoDB; ";
        places.push((first.start..first.start, words));
    }
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    for (place, words) in places {
        text.replace_range(place, words);
    }
    Ok((text, tables))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_without_transactions_are_replaced_and_nothing_else_changes() {
        let sql = "-- head\nCREATE TABLE a (engine INT, b VARCHAR(9) COMMENT 'ENGINE=MyISAM') ENGINE = `MyISAM` COMMENT='x';\n\
             CREATE TABLE b (id INT) engine memory;\nCREATE TABLE c (id INT) ENGINE=InnoDB;\n\
             ALTER TABLE c ADD COLUMN engine INT, ENGINE=Aria;\nCREATE TABLE d (id INT) ROW_FORMAT=FIXED ENGINE=MyISAM ROW_FORMAT = PAGE\n\
             PARTITION BY HASH (id) (PARTITION p ENGINE = MyISAM);";
        let (text, tables) = with_innodb(sql, "t.sql").unwrap();
        let expected = "-- head\nSET default_storage_engine = InnoDB; \
             CREATE TABLE a (engine INT, b VARCHAR(9) COMMENT 'ENGINE=MyISAM') ENGINE = InnoDB COMMENT='x';\n\
             CREATE TABLE b (id INT) engine InnoDB;\nCREATE TABLE c (id INT) ENGINE=InnoDB;\n\
             ALTER TABLE c ADD COLUMN engine INT, ENGINE=InnoDB;\nCREATE TABLE d (id INT) ROW_FORMAT=DYNAMIC ENGINE=InnoDB ROW_FORMAT = DYNAMIC\n\
             PARTITION BY HASH (id) (PARTITION p ENGINE = InnoDB);";
        assert_eq!(text, expected);
        assert_eq!(tables, ["a", "b", "c", "d"]);
    }

    #[test]
    fn a_file_that_begins_with_a_delimiter_line_is_read_with_innodb_too() {
        let sql = "DELIMITER //\nSET storage_engine = Aria;\nCREATE TABLE a (id INT) ENGINE=MyISAM;\nCREATE TABLE b (id INT)\n//";
        let (text, _) = with_innodb(sql, "t.sql").unwrap();
        let kinds = statements::split(&text, "t.sql").unwrap();
        let kinds: Vec<_> = kinds.iter().map(|s| (s.line, s.kind())).collect();
        let (set, create) = (StatementKind::SetSession, StatementKind::CreateTable);
        assert_eq!(kinds, [(2, set), (3, set), (3, create), (4, create)]);
    }

    #[test]
    fn what_a_server_says_about_its_engines_overrides_the_list() {
        let mut engines = Engines::default();
        assert!(engines.lacks_transactions("HEAP"));
        assert!(!engines.lacks_transactions("FEDERATED"));
        engines.named.insert("federated".to_owned(), false);
        engines.named.insert("connect".to_owned(), true);
        assert!(engines.lacks_transactions("Federated"));
        assert!(!engines.lacks_transactions("CONNECT"));
    }
}
