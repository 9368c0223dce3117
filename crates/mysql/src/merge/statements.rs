//! The statements that merge the rows of one table, and the key by which records and rows are
//! matched.

use super::Merge;
use super::range::KeyRange;
use crate::column_sql;
use crate::target::Target;
use crate::verify::in_sql::hash_of_row;
use model::schema::{Column, ColumnType, ForeignKey, Index, IndexKey, IndexKind, Table};
use mysql_schema::orphans::parent_table;
use mysql_schema::quote::quote_identifier;

/// The column with the position of a row in its batch.
const ROW: &str = "_reviewseed_row";

/// How the rows of one table are merged.
#[derive(Debug, Clone)]
pub struct MergeTable {
    /// The table, with the columns that the file fills.
    pub target: Target,
    /// Name of the key by which records and rows are matched.
    pub key: String,
    merge: Merge,
    /// The query that compares a whole batch at once; `None` if the key does not allow that.
    pub(super) range: Option<KeyRange>,
    /// The statement that creates the temporary table, unless the session has it.
    pub(super) create: String,
    /// The statement that empties the temporary table.
    pub(super) empty: String,
    /// The beginning of the statement that inserts rows into the temporary table.
    pub(super) stage: String,
    /// The query that finds out what the table has for each row of the temporary table.
    pub(super) classify: String,
    /// The beginning of the statement that changes rows; a list of positions follows.
    pub(super) update: String,
    /// For each foreign key that the file fills: the beginning of the query for the records without
    /// a parent, after which a list of positions follows, and the message about them.
    pub(super) orphans: Vec<(String, String)>,
}

/// The key by which the records of a file are matched with the rows of a table: the primary key,
/// or, if the file does not fill that, the only unique key that it fills. `loaded` has the
/// positions of the columns that the file fills.
///
/// # Errors
///
/// A message for the user, when there is no such key, or there are several.
pub fn key_of<'t>(table: &'t Table, loaded: &[usize]) -> Result<&'t Index, String> {
    let is_filled = |name: &String| {
        table
            .column_index(name)
            .is_some_and(|at| loaded.contains(&at))
    };
    let fills = |index: &&Index| plain_columns(index).is_some_and(|c| c.into_iter().all(is_filled));
    if let Some(primary) = table.primary_key().filter(fills) {
        return Ok(primary);
    }
    let unique = table.indexes.iter().filter(|i| i.kind == IndexKind::Unique);
    let filled: Vec<&Index> = unique.filter(fills).collect();
    match filled[..] {
        [only] => Ok(only),
        [] => Err(format!(
            "{}: the file fills neither the primary key nor a unique key of whole columns, so its \
             records cannot be matched with the rows of the table; add the columns of such a key \
             to the file",
            table.name
        )),
        ref several => {
            let names: Vec<&str> = several.iter().map(|index| index.name.as_str()).collect();
            Err(format!(
                "{}: the file does not fill the primary key, and it fills the unique keys {}, so \
                 it is not clear which of them matches its records with the rows of the table; add \
                 the columns of the primary key to the file",
                table.name,
                names.join(", ")
            ))
        }
    }
}

/// The columns of an index; `None` if it has a prefix or an expression.
fn plain_columns(index: &Index) -> Option<Vec<&String>> {
    let column = |part: &'_ model::schema::IndexPart| part.prefix.is_none();
    if !index.parts.iter().all(column) {
        return None;
    }
    let parts = index.parts.iter();
    let names = parts.map(|part| match &part.key {
        IndexKey::Column(name) => Some(name),
        IndexKey::Expression(_) => None,
    });
    names.collect()
}

/// Whether two values of a column may be one key although their bytes differ.
pub(crate) fn has_loose_equality(column: &Column) -> bool {
    column.kind.is_text() || matches!(column.kind, ColumnType::Geometry { .. })
}

impl MergeTable {
    /// The statements for table number `number` of a run. `live` is the table as the server has it,
    /// which may have more unique keys than the schema.
    pub fn new(target: Target, number: usize, (live, key): (&Table, &Index), merge: Merge) -> Self {
        let names = Names {
            target: &target,
            stage: quote_identifier(&format!("_reviewseed_stage_{number}")),
            table: quote_identifier(&target.table),
            key: plain_columns(key).unwrap_or_default(),
            index: quote_identifier(&key.name),
        };
        MergeTable {
            create: names.create(),
            empty: format!("TRUNCATE TABLE {}", names.stage),
            stage: format!(
                "INSERT INTO {} ({ROW},{}) VALUES ",
                names.stage,
                target.column_list()
            ),
            classify: names.classify(&names.keeps_keys(live)),
            update: names.update(),
            orphans: names.orphans(live),
            range: match merge {
                Merge::Update => KeyRange::new(&target, &names.key, &names.index),
                Merge::Ignore => None,
            },
            key: key.name.clone(),
            merge,
            target,
        }
    }

    pub(super) fn ignores(&self) -> bool {
        self.merge == Merge::Ignore
    }
}

/// The names that the statements contain.
struct Names<'a> {
    target: &'a Target,
    /// The temporary table.
    stage: String,
    table: String,
    /// The columns of the key.
    key: Vec<&'a String>,
    /// The index of the key.
    index: String,
}

impl Names<'_> {
    /// The statement that creates the temporary table. Its columns come from the right side of a
    /// LEFT JOIN, so all of them may be NULL, and none needs a default.
    fn create(&self) -> String {
        let columns = self.target.columns.iter();
        let columns: Vec<String> = columns.map(|c| format!("t.{}", quoted(c))).collect();
        format!(
            "CREATE TEMPORARY TABLE IF NOT EXISTS {} ({ROW} INT UNSIGNED NOT NULL PRIMARY KEY) \
             ENGINE = InnoDB AS SELECT d.n AS {ROW}, {} FROM (SELECT 0 AS n) AS d \
             LEFT JOIN {} AS t ON FALSE LIMIT 0",
            self.stage,
            columns.join(","),
            self.table
        )
    }

    fn is_key(&self, column: &Column) -> bool {
        self.key.iter().any(|name| **name == column.name)
    }

    fn matches(&self) -> String {
        let of = |name: &&String| {
            let name = quote_identifier(name);
            format!("t.{name} = s.{name}")
        };
        let parts: Vec<String> = self.key.iter().map(of).collect();
        parts.join(" AND ")
    }

    fn classify(&self, keeps_keys: &str) -> String {
        let first = self
            .key
            .first()
            .map_or(String::new(), |name| quote_identifier(name));
        let exists = format!("t.{first} IS NOT NULL");
        let values = self.target.columns.iter().filter(|c| !self.is_key(c));
        let same = all_same(values);
        let columns: Vec<&Column> = self.target.columns.iter().collect();
        let before = hash_of_row(&columns, &|column| format!("t.{}", quoted(column)));
        let after = hash_of_row(&columns, &|column| match self.is_key(column) {
            true => format!("t.{}", quoted(column)),
            false => format!("s.{}", quoted(column)),
        });
        let changed = format!("{exists} AND NOT {same}");
        format!(
            "SELECT CAST(s.{ROW} AS UNSIGNED), CAST({exists} AS SIGNED), CAST({same} AS SIGNED), \
             CAST({keeps_keys} AS SIGNED), CAST(IF({changed}, {before}, NULL) AS UNSIGNED), \
             CAST(IF({changed}, {after}, NULL) AS UNSIGNED), {} \
             FROM {} AS s LEFT JOIN {} AS t FORCE INDEX ({}) ON {} ORDER BY s.{ROW} FOR UPDATE",
            self.key_hash(&exists),
            self.stage,
            self.table,
            self.index,
            self.matches()
        )
    }

    /// The expression for the shortened SHA-256 of the key's bytes in the table, or in the record
    /// if the row is new. NULL if keys with different bytes are always different.
    fn key_hash(&self, exists: &str) -> String {
        let columns = || self.target.columns.iter().filter(|c| self.is_key(c));
        if !columns().any(has_loose_equality) {
            return "NULL".to_owned();
        }
        let of = |side: &str| {
            let parts = columns().map(|column| {
                let name = format!("{side}.{}", quoted(column));
                match column.kind.is_of_bytes() {
                    true => format!("HEX({})", column_sql::text_or_bytes(column, &name)),
                    false => column_sql::plain(column, &name),
                }
            });
            let parts: Vec<String> = parts.collect();
            format!(
                "UPPER(LEFT(SHA2(CONCAT_WS('#',{}),256),32))",
                parts.join(",")
            )
        };
        // a key with NULL is never equal to another
        let nulls: Vec<String> = columns()
            .map(|column| format!("s.{} IS NULL", quoted(column)))
            .collect();
        format!(
            "IF({}, NULL, IF({exists}, {}, {}))",
            nulls.join(" OR "),
            of("t"),
            of("s")
        )
    }

    /// The condition that a change leaves the other unique keys of the row as they are.
    fn keeps_keys(&self, live: &Table) -> String {
        let is_other = |index: &&Index| {
            let is_unique = matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
            is_unique && quote_identifier(&index.name) != self.index
        };
        let mut columns: Vec<&Column> = Vec::new();
        let refers_to_itself = live
            .foreign_keys
            .iter()
            .any(|key| key.refers_to(&live.name));
        for part in live.indexes.iter().filter(is_other).flat_map(|i| &i.parts) {
            let filled = match &part.key {
                IndexKey::Column(name) => self.target.columns.iter().find(|c| c.name == *name),
                IndexKey::Expression(_) => None,
            };
            match filled {
                Some(column) => columns.push(column),
                // the server computes this column, so it may change when any other column changes
                None => return "0".to_owned(),
            }
        }
        match refers_to_itself {
            true => "0".to_owned(),
            false => all_same(columns.into_iter()),
        }
    }

    /// Ignored records are not stored, so the server does not check their foreign keys.
    fn orphans(&self, live: &Table) -> Vec<(String, String)> {
        let fills = |name: &String| self.target.columns.iter().any(|c| c.name == *name);
        let keys = live.foreign_keys.iter();
        let filled = keys.filter(|key| key.columns.iter().all(fills));
        let query = |key: &ForeignKey| {
            let columns = key.columns.iter().zip(&key.parent_columns);
            let columns = columns.map(|(of_child, of_parent)| {
                (quote_identifier(of_child), quote_identifier(of_parent))
            });
            let columns: Vec<(String, String)> = columns.collect();
            let joined = columns.iter().map(|(c, p)| format!("p.{p} = s.{c}"));
            let present = columns.iter().map(|(c, _)| format!("s.{c} IS NOT NULL"));
            let sql = format!(
                "SELECT CAST(s.{ROW} AS UNSIGNED) FROM {} AS s LEFT JOIN {} AS p ON {} \
                 WHERE {} AND p.{} IS NULL AND s.{ROW} IN (",
                self.stage,
                parent_table(key),
                joined.collect::<Vec<_>>().join(" AND "),
                present.collect::<Vec<_>>().join(" AND "),
                columns.first().map_or("", |(_, parent)| parent)
            );
            (sql, clean::keys::missing_parent_message(key))
        };
        filled.map(query).collect()
    }

    fn update(&self) -> String {
        let values = self.target.columns.iter().filter(|c| !self.is_key(c));
        let set = values.map(|c| format!("t.{0} = s.{0}", quoted(c)));
        let set: Vec<String> = set.collect();
        format!(
            "UPDATE {} AS s STRAIGHT_JOIN {} AS t FORCE INDEX ({}) ON {} SET {} WHERE s.{ROW} IN (",
            self.stage,
            self.table,
            self.index,
            self.matches(),
            set.join(", ")
        )
    }
}

fn quoted(column: &Column) -> String {
    quote_identifier(&column.name)
}

/// The condition that the record and the row have the same values, byte by byte.
pub(crate) fn all_same<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
    let conditions: Vec<String> = columns.map(same).collect();
    match conditions.is_empty() {
        true => "1".to_owned(),
        false => format!("({})", conditions.join(" AND ")),
    }
}

fn same(column: &Column) -> String {
    let (t, s) = (
        format!("t.{}", quoted(column)),
        format!("s.{}", quoted(column)),
    );
    let of = |name: &str| match (&column.kind, column.kind.is_of_bytes()) {
        (ColumnType::Geometry { .. }, _) => name.to_owned(),
        (_, true) => format!(
            "CAST({} AS BINARY)",
            column_sql::text_or_bytes(column, name)
        ),
        (_, false) => column_sql::plain(column, name),
    };
    // if a value is too long for a function, the comparison returns NULL, which counts as different
    format!(
        "COALESCE({t} IS NULL AND {s} IS NULL OR {} = {}, 0)",
        of(&t),
        of(&s)
    )
}
