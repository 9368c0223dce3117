//! Column definitions: type, attributes, default. Keys and constraints in a column definition are
//! added to the draft of the table.

use super::cursor::Cursor;
use super::draft::{Draft, PendingCheck};
use super::keys::{self, PendingIndex};
use super::spelling::{self, Base, Spelled, longest_character};
use super::{Result, bytes, defaults, foreign_keys, types};
use crate::catalogue;
use model::flavour::Flavour;
use model::schema::{Column, ColumnType, Decode, IndexKind, ZeroDates};

/// A column as it is written. Its type and default can be completed only when the character set of
/// the table is known, which may be written after the columns.
pub(super) struct PendingColumn {
    name: String,
    spelled: Spelled,
    nullable: Option<bool>,
    default: Option<defaults::Default>,
    /// ON UPDATE CURRENT_TIMESTAMP.
    is_updated: bool,
    auto_increment: bool,
    generated: bool,
    collation: Option<String>,
    comment: String,
    srid: Option<u32>,
}

/// The character set and collation of a table, for columns that do not specify them.
#[derive(Clone, Default)]
pub(super) struct TableCharset {
    pub(super) charset: Option<String>,
    pub(super) collation: Option<String>,
}

/// Parses the name and the rest of a definition. Keys in it are added to the draft.
pub(super) fn read(cursor: &mut Cursor<'_>, draft: &mut Draft) -> Result<PendingColumn> {
    let name = cursor.name()?;
    read_named(cursor, draft, name)
}

/// Parses what follows the name of a column.
pub(super) fn read_named(
    cursor: &mut Cursor<'_>,
    draft: &mut Draft,
    name: String,
) -> Result<PendingColumn> {
    let place = cursor.place();
    let table = &draft.table.name;
    let spelled =
        spelling::read(cursor).map_err(|what| place.error(format!("{table}.{name} {what}")))?;
    let mut column = PendingColumn {
        name,
        nullable: None,
        default: None,
        is_updated: false,
        auto_increment: false,
        generated: false,
        collation: None,
        comment: String::new(),
        srid: None,
        spelled,
    };
    let indexes_before = draft.indexes.len();
    if column.spelled.is_serial {
        column.be_serial(draft);
    }
    if column.spelled.is_json {
        let expression = format!(
            "json_valid({})",
            crate::quote::quote_identifier(&column.name)
        );
        draft.add_check(PendingCheck::of_column(None, expression, true));
    }
    while !cursor.at_end_of_item() && !cursor.is_any(&["FIRST", "AFTER"]) {
        attribute(cursor, draft, &mut column)?;
    }
    let own = &draft.indexes[indexes_before..];
    let is_primary = own.iter().any(|index| index.kind == IndexKind::Primary);
    if is_primary && cursor.flavour == Flavour::MariaDb {
        // MariaDB does not create a second key for the same column
        let mut at = 0;
        draft.indexes.retain(|index| {
            at += 1;
            at <= indexes_before || index.kind == IndexKind::Primary
        });
    }
    Ok(column)
}

/// Parses one attribute.
fn attribute(cursor: &mut Cursor<'_>, draft: &mut Draft, column: &mut PendingColumn) -> Result<()> {
    if cursor.eat_all(&["NOT", "NULL"]) {
        column.nullable = Some(false);
    } else if cursor.eat("NULL") {
        column.nullable = Some(true);
    } else if cursor.eat_all(&["SERIAL", "DEFAULT", "VALUE"]) {
        column.be_serial(draft);
    } else if cursor.eat("DEFAULT") {
        column.default = Some(defaults::read(cursor)?);
    } else if cursor.eat_all(&["ON", "UPDATE"]) {
        if defaults::now(cursor)?.is_none() {
            return Err(cursor.unknown());
        }
        column.is_updated = true;
    } else if cursor.eat("AUTO_INCREMENT") {
        column.auto_increment = true;
    } else if cursor.eat("COMMENT") {
        column.comment = cursor.expect_string()?;
    } else if cursor.eat("COLLATE") {
        column.collation = Some(types::collation_name(&cursor.name_or_text()?));
    } else if cursor.eat("CHARSET") || cursor.eat_all(&["CHARACTER", "SET"]) {
        column.spelled.charset = Some(types::charset_name(&cursor.name_or_text()?));
    } else if cursor.eat("SRID") {
        column.srid = u32::try_from(cursor.whole_number()?).ok();
    } else if !key(cursor, draft, column)? && !generated(cursor, column)? {
        return without_effect(cursor);
    }
    Ok(())
}

/// Parses a key or a constraint in the definition. Returns false if there is none.
fn key(cursor: &mut Cursor<'_>, draft: &mut Draft, column: &PendingColumn) -> Result<bool> {
    let mut name = None;
    if cursor.is("CONSTRAINT") {
        cursor.next();
        let is_named = !cursor.is_any(&["CHECK", "REFERENCES", "PRIMARY", "UNIQUE"]);
        name = is_named.then(|| cursor.name()).transpose()?;
    }
    let whole = |kind| PendingIndex::of_columns(None, kind, std::slice::from_ref(&column.name));
    if cursor.eat("PRIMARY") {
        cursor.eat("KEY");
        draft.indexes.push(whole(IndexKind::Primary));
    } else if cursor.eat("UNIQUE") {
        cursor.eat("KEY");
        draft.indexes.push(whole(IndexKind::Unique));
    } else if cursor.eat("KEY") {
        draft.indexes.push(whole(IndexKind::Primary));
    } else if cursor.is("REFERENCES") {
        foreign_keys::references(
            cursor,
            draft,
            (name.clone(), name),
            vec![column.name.clone()],
        )?;
    } else if cursor.eat("CHECK") {
        let check = keys::check(cursor, name)?;
        draft.add_check(PendingCheck::of_column(
            check.name,
            check.expression,
            check.is_enforced,
        ));
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Parses `GENERATED ALWAYS AS (…) STORED`. Returns false if there is none.
fn generated(cursor: &mut Cursor<'_>, column: &mut PendingColumn) -> Result<bool> {
    let is_written = cursor.eat_all(&["GENERATED", "ALWAYS"]);
    if !cursor.eat("AS") {
        return match is_written {
            true => Err(cursor.unknown()),
            false => Ok(false),
        };
    }
    column.generated = true;
    if cursor.eat("ROW") {
        // START or END, which marks a column of the period of a system-versioned table
        cursor.name()?;
        column.nullable = Some(false);
        return Ok(true);
    }
    cursor.parentheses()?;
    let _ = cursor.eat_any(&["VIRTUAL", "STORED", "PERSISTENT"]);
    Ok(true)
}

/// Skips attributes that do not affect which rows are valid.
fn without_effect(cursor: &mut Cursor<'_>) -> Result<()> {
    let is_single = cursor
        .eat_any(&["VISIBLE", "INVISIBLE", "COMPRESSED"])
        .is_some()
        || cursor.eat_all(&["NOT", "SECONDARY"])
        || cursor.eat_all(&["WITH", "SYSTEM", "VERSIONING"])
        || cursor.eat_all(&["WITHOUT", "SYSTEM", "VERSIONING"]);
    if is_single {
        if cursor.eat_sign('=') {
            cursor.name_or_text()?;
        }
        return Ok(());
    }
    let words = [
        "COLUMN_FORMAT",
        "STORAGE",
        "ENGINE_ATTRIBUTE",
        "SECONDARY_ENGINE_ATTRIBUTE",
        "REF_SYSTEM_ID",
    ];
    // storage engines of MariaDB can have attributes of their own, so any word with an `=` is
    // skipped
    if cursor.is_any(&words) || cursor.is_sign_ahead(1, '=') {
        cursor.next();
        cursor.eat_sign('=');
        cursor.name_or_text()?;
        return Ok(());
    }
    Err(cursor.unknown())
}

impl PendingColumn {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn be_serial(&mut self, draft: &mut Draft) {
        self.nullable = Some(false);
        self.auto_increment = true;
        let name = std::slice::from_ref(&self.name);
        draft
            .indexes
            .push(PendingIndex::of_columns(None, IndexKind::Unique, name));
    }

    /// The column after CONVERT TO CHARACTER SET in the same statement, which overrides the
    /// character sets of text columns.
    pub(super) fn converted(mut self) -> PendingColumn {
        if self.spelled.charset.as_deref() != Some("binary") && !self.spelled.is_json {
            self.spelled.charset = None;
            self.spelled.is_binary = false;
            self.collation = None;
        }
        self
    }

    /// The name of the column, if it is a TIMESTAMP that gets the current time as its default when
    /// it is the first TIMESTAMP of its table.
    pub(super) fn implied_timestamp(&self, cursor: &Cursor<'_>) -> Option<String> {
        let is_open = self.is_implicit(cursor)
            && self.nullable != Some(true)
            && self.default.is_none()
            && !self.is_updated
            && !self.generated;
        is_open.then(|| self.name.clone())
    }

    /// Whether the column is a TIMESTAMP, and `explicit_defaults_for_timestamp` is off.
    fn is_implicit(&self, cursor: &Cursor<'_>) -> bool {
        let is_timestamp =
            matches!(&self.spelled.base, Base::Plain(text) if text.starts_with("timestamp"));
        is_timestamp && cursor.has_implicit_timestamps()
    }

    /// Completes the column for a table with this character set.
    pub(super) fn complete(self, table: &TableCharset, cursor: &Cursor<'_>) -> Column {
        let (charset, collation) = self.charset(table);
        let written = self.spelled.in_charset(charset.as_deref(), cursor.mode());
        let kind = catalogue::column_type(&written);
        let kind = kind.with_srid(self.srid);
        let has_charset = self.spelled.base.has_charset() && charset.as_deref() != Some("binary");
        let nullable = self.nullable.unwrap_or_else(|| {
            // on MariaDB, generated columns stay nullable
            let is_left = self.generated && cursor.flavour == Flavour::MariaDb;
            is_left || !self.is_implicit(cursor)
        });
        Column {
            default: self.stored_default((&written, charset.as_deref()), nullable, cursor),
            nullable: !self.auto_increment && nullable,
            name: self.name,
            kind,
            auto_increment: self.auto_increment,
            zero_filled: self.spelled.zero_filled,
            generated: self.generated,
            charset: charset.filter(|_| has_charset),
            collation: collation.filter(|_| has_charset),
            comment: self.comment,
            decode: Decode::default(),
            generates_ids: false,
            zero_dates: ZeroDates::default(),
            format: None,
            json: None,
        }
    }

    /// The default as the catalogue shows it, for this type and character set.
    fn stored_default(
        &self,
        (written, charset): (&str, Option<&str>),
        nullable: bool,
        cursor: &Cursor<'_>,
    ) -> Option<String> {
        if self.generated {
            return None;
        }
        let zero = defaults::Default::Number("0".to_owned());
        let is_text = self.spelled.base.has_charset();
        match &self.default {
            // a MySQL that is not strict ignores this default with a warning
            Some(defaults::Default::Text(text))
                if text.is_empty()
                    && !cursor.mode().strict
                    && cursor.flavour == Flavour::MySql
                    && (written.ends_with("text") || written.ends_with("blob")) =>
            {
                None
            }
            Some(defaults::Default::Bytes(bytes)) if is_text => {
                let text = defaults::Default::Text(bytes::decoded(bytes, charset));
                defaults::stored(&text, written, cursor.flavour)
            }
            Some(value) => defaults::stored(value, written, cursor.flavour),
            None if self.is_implicit(cursor) && !nullable => {
                defaults::stored(&zero, written, cursor.flavour)
            }
            None => None,
        }
    }

    /// The column's character set and collation. If it specifies neither, both are those of the
    /// table.
    fn charset(&self, table: &TableCharset) -> (Option<String>, Option<String>) {
        let own = self.spelled.charset.clone();
        let (charset, collation) = match (own, &self.collation) {
            (Some(charset), collation) => (Some(charset), collation.clone()),
            (None, Some(collation)) => {
                let of_collation = types::charset_of(collation);
                let charset = match collation.starts_with("uca1400") {
                    true => table.charset.clone(),
                    false => Some(of_collation),
                };
                (charset, Some(collation.clone()))
            }
            (None, None) if self.spelled.is_binary => (table.charset.clone(), None),
            (None, None) => (table.charset.clone(), table.collation.clone()),
        };
        let collation = match (&charset, collation, self.spelled.is_binary) {
            (Some(charset), None, true) => Some(format!("{charset}_bin")),
            (Some(charset), Some(short), _) if short.starts_with("uca1400") => {
                Some(format!("{charset}_{short}"))
            }
            (_, collation, _) => collation,
        };
        (charset, collation)
    }
}

/// Gives the first TIMESTAMP column of a table the current time as its default, if its name is in
/// `open`. `open` names the columns without a default for which `explicit_defaults_for_timestamp`
/// is off.
pub(super) fn promote_first_timestamp(columns: &mut [Column], open: &[String]) {
    let mut timestamps = columns.iter_mut();
    let is_timestamp = |column: &&mut Column| matches!(column.kind, ColumnType::Timestamp { .. });
    if let Some(first) = timestamps.find(is_timestamp)
        && open.contains(&first.name)
    {
        let ColumnType::Timestamp { precision } = first.kind else {
            return;
        };
        let now = defaults::Default::Now(u64::from(precision));
        first.default = defaults::stored(&now, &first.kind.to_string(), Flavour::MySql);
    }
}

/// Changes a column as CONVERT TO CHARACTER SET does.
pub(super) fn convert(column: &mut Column, to: &TableCharset) {
    if column.charset.is_none() && !has_charset(&column.kind) {
        return;
    }
    let most = |charset: &Option<String>| longest_character(charset.as_deref());
    if let ColumnType::Text { max_bytes } = &mut column.kind {
        let (before, after) = (most(&column.charset), most(&to.charset));
        // the column must still be able to store the same number of characters
        let needed = u64::from(*max_bytes) / before * after;
        *max_bytes = match needed {
            needed if needed <= u64::from(*max_bytes) => *max_bytes,
            0..=65_535 => 65_535,
            65_536..=16_777_215 => 16_777_215,
            _ => u32::MAX,
        };
    }
    column.charset.clone_from(&to.charset);
    column.collation.clone_from(&to.collation);
    if to.charset.as_deref() == Some("binary") {
        let written = as_bytes(&column.kind);
        column.kind = catalogue::column_type(&written);
        (column.charset, column.collation) = (None, None);
    }
}

fn has_charset(kind: &ColumnType) -> bool {
    kind.is_text() || matches!(kind, ColumnType::Enum { .. } | ColumnType::Set { .. })
}

/// The type of bytes that replaces a type of text, in the catalogue's notation.
fn as_bytes(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Char { length } => format!("binary({length})"),
        ColumnType::VarChar { length } => format!("varbinary({length})"),
        ColumnType::Text { .. } => kind.to_string().replace("text", "blob"),
        other => other.to_string(),
    }
}
