//! The checksum of a table in SQL: the same number that the client computes (`clean::checksum`).

use crate::column_sql;
use model::schema::Column;
use mysql_schema::quote::quote_identifier;

/// Added to the sum for each row whose hash the server cannot compute. It is larger than the sum of
/// all hashes of a table.
const NO_HASH: u128 = 10u128.pow(30);

/// The select list by which a server computes row count and sum of hashes of the given columns:
/// `COUNT(*), COALESCE(SUM(COALESCE(CRC32(CRC32(…)), …)), 0)`. The sum is exact (DECIMAL);
/// [`Sum::parse`] reads it.
///
/// CONCAT_WS returns NULL for a row that is longer than the server's max_allowed_packet, and SUM
/// ignores a NULL, so such a row would count as zero. Instead, the expression adds [`NO_HASH`], and
/// the caller reads the row with [`select_list_of_wide_rows`].
pub fn select_list(columns: &[&Column]) -> String {
    select_list_as(columns, &own_name)
}

/// Like [`select_list`], in a statement that names the columns by `name`.
pub(crate) fn select_list_as(columns: &[&Column], name: &dyn Fn(&Column) -> String) -> String {
    format!(
        "COUNT(*), COALESCE(SUM(COALESCE(CRC32(CRC32({})),{NO_HASH})),0)",
        text_of_row(columns, name)
    )
}

/// The expression for the hash of a row, in a statement that names the columns by `name`. It is
/// NULL for a row that is longer than max_allowed_packet.
pub(crate) fn hash_of_row(columns: &[&Column], name: &dyn Fn(&Column) -> String) -> String {
    format!("CRC32(CRC32({}))", text_of_row(columns, name))
}

/// The name of a column in a statement about one table.
fn own_name(column: &Column) -> String {
    quote_identifier(&column.name)
}

/// The server's answer to [`select_list`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// The sum of the hashes modulo 2^64.
    pub checksum: u64,
    /// Number of rows whose hash the server could not compute; their hashes are not in the sum.
    pub wide_rows: u64,
}

impl Sum {
    /// Parses the digits of the sum; `None` if they are not a whole number.
    pub fn parse(digits: &str) -> Option<Sum> {
        let places = NO_HASH.ilog10() as usize;
        let (wide, hashes) = digits.split_at(digits.len().saturating_sub(places));
        let hashes: u128 = hashes.parse().ok()?;
        Some(Sum {
            checksum: hashes as u64,
            wide_rows: match wide {
                "" => 0,
                wide => wide.parse().ok()?,
            },
        })
    }
}

/// The select list and the condition for the rows whose hash the server cannot compute, one value
/// for each column. [`ServerRowHasher`] hashes them.
pub fn select_list_of_wide_rows(columns: &[&Column]) -> (String, String) {
    let items = columns
        .iter()
        .map(|column| match column.kind.is_of_bytes() {
            true => {
                let name = quote_identifier(&column.name);
                match column.kind.is_text() || column.kind.is_binary() {
                    // without a function, because functions may return NULL for a value of that
                    // length
                    true => name,
                    false => column_sql::text_or_bytes(column, &name),
                }
            }
            false => format!("CONCAT({})", value_or_length(column, &own_name(column))),
        });
    let items: Vec<String> = items.collect();
    let condition = format!("{} IS NULL", text_of_row(columns, &own_name));
    (items.join(","), condition)
}

/// The text of a row in SQL.
fn text_of_row(columns: &[&Column], name: &dyn Fn(&Column) -> String) -> String {
    let mut parts: Vec<String> = columns
        .iter()
        .map(|c| value_or_length(c, &name(c)))
        .collect();
    for column in columns.iter().filter(|c| c.kind.is_of_bytes()) {
        parts.push(column_sql::text_or_bytes(column, &name(column)));
    }
    format!("CONCAT_WS('#',{})", parts.join(","))
}

/// What a column adds to the first part of the row's text, before all texts: its value, or the
/// length of its text or bytes.
fn value_or_length(column: &Column, name: &str) -> String {
    let value = match column.kind.is_of_bytes() {
        true => format!("LENGTH({})", column_sql::text_or_bytes(column, name)),
        false => column_sql::plain(column, name),
    };
    match column.nullable {
        true => format!("IF({name} IS NULL,'N',{value})"),
        false => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_schema::parse::parse;

    #[test]
    fn the_server_computes_the_same_text() {
        let sql = "CREATE TABLE t (id INT NOT NULL, `a``b` VARCHAR(9), e ENUM('x') NOT NULL, f FLOAT NOT NULL, l CHAR(3) CHARACTER SET latin1 NOT NULL)";
        let schema = parse(sql, "test").unwrap();
        let columns: Vec<_> = schema.tables[0].columns.iter().collect();
        assert_eq!(
            select_list(&columns),
            "COUNT(*), COALESCE(SUM(COALESCE(CRC32(CRC32(CONCAT_WS('#',`id`,IF(`a``b` IS NULL,'N',LENGTH(`a``b`)),`e`+0,REPLACE(JSON_ARRAY(`f`+0e0),'.0]',']'),\
         LENGTH(CONVERT(`l` USING utf8mb4)),`a``b`,CONVERT(`l` USING utf8mb4)))),1000000000000000000000000000000)),0)"
        );
    }

    #[test]
    fn rows_without_a_hash_are_counted_apart_from_the_sum() {
        let sum = |digits: &str| Sum::parse(digits).map(|s| (s.checksum, s.wide_rows));
        assert_eq!(sum("0"), Some((0, 0)));
        assert_eq!(sum("4294967295"), Some((4_294_967_295, 0)));
        assert_eq!(sum("18446744073709551617"), Some((1, 0)));
        assert_eq!(sum(&(3 * NO_HASH + 7).to_string()), Some((7, 3)));
        assert_eq!(sum(&(1_000 * NO_HASH).to_string()), Some((0, 1_000)));
        assert_eq!(sum("NULL"), None);
        assert_eq!(sum(""), None);
    }
}
