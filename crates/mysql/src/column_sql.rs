//! SQL expressions for the value of a column, as the client writes the same value. The checksum
//! and the search for orphans use them.

use model::schema::{Column, ColumnType};
use model::sqltext::DOUBLE_IN_SQL;

/// The expression for a value that is neither a text nor bytes. `name` is the column, quoted, as
/// the statement names it.
pub(crate) fn plain(column: &Column, name: &str) -> String {
    let name = match column.zero_filled {
        // the number alone, as the client writes it
        true => format!("({name}+0)"),
        false => name.to_owned(),
    };
    match &column.kind {
        ColumnType::Enum { .. } => format!("{name}+0"),
        // the sum with 0 would be a signed number, or one with 53 bits
        ColumnType::Set { .. } | ColumnType::Bit { .. } => format!("CAST({name} AS UNSIGNED)"),
        // a FLOAT alone is shown with six digits only
        ColumnType::Float { .. } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
        // MariaDB shows these digits alone
        ColumnType::Double {
            digits: Some(_), ..
        } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
        ColumnType::Double { .. } => DOUBLE_IN_SQL.replace("{}", &name),
        _ => name,
    }
}

/// The expression for a text in UTF-8, whatever the column stores, or for bytes.
pub(crate) fn text_or_bytes(column: &Column, name: &str) -> String {
    match &column.kind {
        ColumnType::Json | ColumnType::Inet4 | ColumnType::Inet6 | ColumnType::Uuid => {
            format!("CAST({name} AS CHAR CHARACTER SET utf8mb4)")
        }
        // a VECTOR itself is an argument of few functions
        ColumnType::Vector { .. } => format!("CAST({name} AS BINARY)"),
        kind if kind.is_text() => match column.charset.as_deref() {
            None | Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => name.to_owned(),
            Some(_) => format!("CONVERT({name} USING utf8mb4)"),
        },
        _ => name.to_owned(),
    }
}
