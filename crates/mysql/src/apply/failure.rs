//! Finds the rows that break a unique key, a foreign key or a CHECK.
//!
//! The server's error names one value or none, which is not enough to correct the rows. So when a
//! statement has failed, this module searches for the rows. The session has foreign_key_checks off,
//! so the server adds foreign keys without checking the rows. They are checked here, before and
//! after a foreign key is added.

use crate::db::MySqlConnection;
use crate::error::{Context, Error, Result};
use sqlx::{AssertSqlSafe, Row};

use model::schema::{Check, ForeignKey, Index, IndexKey};
use mysql_schema::diff::{Builds, Clause, Statement};
use mysql_schema::orphans::orphans;
use mysql_schema::quote::quote_identifier;

/// Maximum number of rows that an error shows.
const SHOWN: usize = 5;

/// Maximum number of characters of a value that an error shows. No key value is longer.
const VALUE_CHARACTERS: usize = 3_072;

/// The clause that rows break, if that is why the statement failed.
pub(super) fn culprit<'a>(statement: &'a Statement, error: &Error) -> Option<&'a Clause> {
    let server = error.server()?;
    let words = server.message.to_lowercase();
    let named = |name: &str| {
        let name = name.to_lowercase();
        words.contains(&format!("'{name}'"))
            || words.contains(&format!(".{name}'"))
            || words.contains(&format!("`{name}`"))
    };
    let fits = |clause: &&Clause| match &clause.builds {
        Builds::Index(index) => server.is_duplicate() && named(&index.name),
        Builds::Check(check) => server.breaks_check() && named(&check.name),
        _ => false,
    };
    let of_kind =
        |clause: &&Clause| matches!(clause.builds, Builds::Check(_)) && server.breaks_check();
    let mut clauses = statement.clauses.iter();
    // if no name fits, the clause is a CHECK whose name the server has generated
    clauses.clone().find(fits).or_else(|| clauses.find(of_kind))
}

/// The rows that break a constraint, as text; `None` when there are none.
pub(super) async fn offenders(
    connection: &mut MySqlConnection,
    table: &str,
    builds: &Builds,
) -> Result<Option<String>> {
    let (what, sql) = match builds {
        Builds::Nothing => return Ok(None),
        Builds::Index(index) => ("several rows have the same key", duplicates(table, index)),
        Builds::ForeignKey(key) => (
            "rows refer to rows that do not exist",
            named_orphans(table, key).replacen(
                "SELECT ",
                &format!("SELECT {}", connection.engine().doubts_keys),
                1,
            ),
        ),
        Builds::Check(check) => ("rows do not meet the condition", not_met(table, check)),
    };
    let rows = sqlx::raw_sql(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .with_context(|| {
            format!("cannot look for the rows of {table} that break the constraint")
        })?;
    let shown: Vec<String> = rows
        .iter()
        .take(SHOWN)
        .map(|row| row.try_get_unchecked::<String, _>(0))
        .collect::<Result<_, _>>()?;
    if shown.is_empty() {
        return Ok(None);
    }
    let more = if rows.len() > SHOWN { ", …" } else { "" };
    Ok(Some(format!("{what}: {}{more}", shown.join(", "))))
}

/// The statement that selects duplicate keys, each as a text such as `a 7, b 'x' (3 rows)`.
fn duplicates(table: &str, index: &Index) -> String {
    let parts: Vec<(String, String)> = index
        .parts
        .iter()
        .map(|part| match (&part.key, part.prefix) {
            (IndexKey::Column(name), Some(length)) => (
                name.clone(),
                format!("LEFT({}, {length})", quote_identifier(name)),
            ),
            (IndexKey::Column(name), None) => (name.clone(), quote_identifier(name)),
            (IndexKey::Expression(text), _) => (text.clone(), format!("({text})")),
        })
        .collect();
    let values: Vec<&str> = parts.iter().map(|(_, value)| value.as_str()).collect();
    let present: Vec<String> = values
        .iter()
        .map(|value| format!("{value} IS NOT NULL"))
        .collect();
    format!(
        "SELECT CONCAT({}, ' (', COUNT(*), ' rows)') FROM {} WHERE {} GROUP BY {} HAVING COUNT(*) > 1 LIMIT {}",
        named_values(&parts),
        quote_identifier(table),
        present.join(" AND "),
        values.join(", "),
        SHOWN + 1
    )
}

/// The statement that selects the foreign key values of orphans.
pub(super) fn named_orphans(table: &str, key: &ForeignKey) -> String {
    let parts: Vec<(String, String)> = key
        .columns
        .iter()
        .map(|name| (name.clone(), format!("child.{}", quote_identifier(name))))
        .collect();
    format!(
        "SELECT {} {} LIMIT {}",
        named_values(&parts),
        orphans(table, key),
        SHOWN + 1
    )
}

/// The statement that selects rows that do not meet a CHECK. It selects the columns of the CHECK,
/// because the key of the table is not known here.
fn not_met(table: &str, check: &Check) -> String {
    let columns: Vec<&str> = check.expression.split('`').skip(1).step_by(2).collect();
    let mut parts: Vec<(String, String)> = Vec::new();
    for column in columns {
        if !parts.iter().any(|(name, _)| name == column) {
            parts.push((column.to_owned(), quote_identifier(column)));
        }
    }
    format!(
        "SELECT {} FROM {} WHERE NOT ({}) LIMIT {}",
        named_values(&parts),
        quote_identifier(table),
        check.expression,
        SHOWN + 1
    )
}

/// The SQL expression for `name value, name value` as one text.
fn named_values(parts: &[(String, String)]) -> String {
    let texts: Vec<String> = parts
        .iter()
        .map(|(name, value)| {
            let name = mysql_schema::quote::quote_literal(&format!("{name} "));
            // limited, because a text longer than max_allowed_packet would become NULL
            format!("{name}, COALESCE(QUOTE(LEFT({value}, {VALUE_CHARACTERS})), 'NULL')")
        })
        .collect();
    match texts.is_empty() {
        true => "'some'".to_owned(),
        false => format!("CONCAT({})", texts.join(", ', ', ")),
    }
}
