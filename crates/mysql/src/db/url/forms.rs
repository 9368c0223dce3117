//! Database URLs in forms that other programs read.

use crate::error::{Result, fail};

/// Fails for texts that name a database in another form: that of Java, that of another product, or
/// without a scheme. No message repeats the text, which may hold a password.
pub(super) fn refuse_other_forms(text: &str, form: &str) -> Result<()> {
    if text.is_empty() {
        fail!(Url, "the database URL is empty; {form}");
    }
    if text.starts_with(['"', '\'', '`']) {
        fail!(
            Url,
            "the database URL begins with a quotation mark, which belongs to a shell; leave the marks out, and {form}"
        );
    }
    let Some((scheme, _)) = text.split_once("://") else {
        fail!(Url, "the database URL does not begin with mysql://; {form}");
    };
    match scheme {
        "jdbc:mysql" | "jdbc:mariadb" => fail!(
            Url,
            "the database URL is in the form of JDBC; leave out \"jdbc:\", and {form}"
        ),
        "postgres" | "postgresql" | "sqlserver" | "sqlite" | "mongodb" => fail!(
            Url,
            "the database URL begins with \"{scheme}:\", but rows are loaded into MySQL and MariaDB only; {form}"
        ),
        _ => Ok(()),
    }
}
