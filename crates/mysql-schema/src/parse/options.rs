//! Options of a table in CREATE TABLE and ALTER TABLE. The `=` and the commas between them are
//! optional.

use super::cursor::Cursor;
use super::{Result, types};
use model::schema::Table;

/// Options with a value that do not affect which rows are valid. Other words are accepted as
/// options only if an `=` follows.
const WITHOUT_EFFECT: [&str; 33] = [
    "ALGORITHM",
    "AUTOEXTEND_SIZE",
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "COMMENT",
    "COMPRESSION",
    "CONNECTION",
    "DELAY_KEY_WRITE",
    "ENCRYPTION",
    "ENGINE",
    "ENGINE_ATTRIBUTE",
    "INSERT_METHOD",
    "KEY_BLOCK_SIZE",
    "LOCK",
    "MAX_ROWS",
    "MIN_ROWS",
    "NODEGROUP",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "PASSWORD",
    "ROW_FORMAT",
    "SECONDARY_ENGINE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "SEQUENCE",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "STORAGE",
    "TABLESPACE",
    "TABLE_CHECKSUM",
    "TRANSACTIONAL",
    "TYPE",
];

/// The character set and collation that one statement specifies.
#[derive(Default)]
pub(super) struct StatedCharset {
    charset: Option<String>,
    collation: Option<String>,
}

impl StatedCharset {
    /// Sets the character set and collation of the table.
    pub(super) fn apply(self, table: &mut Table) {
        let of_collation = |collation: &String| {
            (!collation.starts_with("uca1400")).then(|| types::charset_of(collation))
        };
        match (self.charset, self.collation) {
            (None, None) => {}
            (charset, collation) => {
                let charset = charset.or_else(|| collation.as_ref().and_then(of_collation));
                table.charset = charset.or(table.charset.take());
                table.collation = match (&table.charset, collation) {
                    (Some(charset), Some(short)) if short.starts_with("uca1400") => {
                        Some(format!("{charset}_{short}"))
                    }
                    (_, collation) => collation,
                };
            }
        }
    }
}

/// Parses one option. Returns false if there is none.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    table: &mut Table,
    stated: &mut StatedCharset,
) -> Result<bool> {
    if charset(cursor, stated)? {
        return Ok(true);
    }
    if cursor.eat_all(&["WITH", "SYSTEM", "VERSIONING"]) {
        table.system_versioned = true;
        return Ok(true);
    }
    if cursor.eat_all(&["START", "TRANSACTION"]) {
        return Ok(true);
    }
    if cursor.eat("UNION") {
        cursor.eat_sign('=');
        cursor.parentheses()?;
        return Ok(true);
    }
    let start = cursor.at();
    let directory = cursor.is_any(&["DATA", "INDEX"]) && cursor.is_ahead(1, "DIRECTORY");
    if directory {
        cursor.next();
        cursor.next();
    } else if cursor.is_any(&WITHOUT_EFFECT) || cursor.is_sign_ahead(1, '=') {
        cursor.next();
    } else {
        return Ok(false);
    }
    cursor.eat_sign('=');
    let _ = cursor.eat_sign('-') || cursor.eat_sign('+');
    if cursor.name_or_text().is_err() {
        cursor.go_to(start);
        return Err(cursor.unknown());
    }
    Ok(true)
}

/// Parses `DEFAULT CHARACTER SET = x` or `COLLATE x`. Returns false if there is neither.
pub(super) fn charset(cursor: &mut Cursor<'_>, stated: &mut StatedCharset) -> Result<bool> {
    let start = cursor.at();
    cursor.eat("DEFAULT");
    let is_charset = cursor.eat("CHARSET")
        || cursor.eat_all(&["CHARACTER", "SET"])
        || cursor.eat_all(&["CHAR", "SET"]);
    let is_collation = !is_charset && cursor.eat("COLLATE");
    if !is_charset && !is_collation {
        cursor.go_to(start);
        return Ok(false);
    }
    cursor.eat_sign('=');
    if is_charset && cursor.eat("DEFAULT") {
        // DEFAULT means the character set of the database, so the table specifies none of its own
        return Ok(true);
    }
    let name = cursor.name_or_text()?;
    match is_charset {
        true => stated.charset = Some(types::charset_name(&name)),
        false => stated.collation = Some(types::collation_name(&name)),
    }
    Ok(true)
}
