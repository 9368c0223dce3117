//! SQL expressions that return the value of a column in the form in which the client writes the
//! same value. The checksum and the search for orphans use them.

use model::schema::{Column, ColumnType};
use model::sqltext::DOUBLE_IN_SQL;

/// The expression for a value that is neither a text nor bytes. `name` is the quoted name of the
/// column in the statement.
pub(crate) fn plain(column: &Column, name: &str) -> String {
    let name = match column.zero_filled {
        // the client writes the number without the zeros on the left
        true => format!("({name}+0)"),
        false => name.to_owned(),
    };
    match &column.kind {
        ColumnType::Enum { .. } => format!("{name}+0"),
        // not +0, which would return a signed number, or one with only 53 bits
        ColumnType::Set { .. } | ColumnType::Bit { .. } => format!("CAST({name} AS UNSIGNED)"),
        // without +0e0, a FLOAT is shown with only six digits
        ColumnType::Float { .. } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
        // without +0e0, MariaDB shows only the digits that the type declares
        ColumnType::Double {
            digits: Some(_), ..
        } => DOUBLE_IN_SQL.replace("{}", &format!("{name}+0e0")),
        ColumnType::Double { .. } => DOUBLE_IN_SQL.replace("{}", &name),
        _ => name,
    }
}

/// The expression for a value that is a text or bytes. A text is returned in UTF-8, whatever the
/// character set of the column is.
pub(crate) fn text_or_bytes(column: &Column, name: &str) -> String {
    match &column.kind {
        ColumnType::Json | ColumnType::Inet4 | ColumnType::Inet6 | ColumnType::Uuid => {
            format!("CAST({name} AS CHAR CHARACTER SET utf8mb4)")
        }
        // few functions accept a VECTOR, so its bytes are used
        ColumnType::Vector { .. } => format!("CAST({name} AS BINARY)"),
        kind if kind.is_text() => match column.charset.as_deref() {
            None | Some("utf8mb4" | "utf8mb3" | "utf8" | "ascii") => name.to_owned(),
            Some(_) => format!("CONVERT({name} USING utf8mb4)"),
        },
        _ => name.to_owned(),
    }
}
