//! CREATE INDEX and DROP INDEX.

use super::alter::{drop_named, no, wait};
use super::cursor::Cursor;
use super::keys::{self, PendingIndex};
use super::{Reader, Result, complete};

/// Parses CREATE INDEX.
pub(super) fn create(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("CREATE")?;
    let replaces = cursor.eat_all(&["OR", "REPLACE"]);
    while cursor.eat_any(&["ONLINE", "OFFLINE"]).is_some() {}
    let kind = keys::kind(cursor)?;
    let if_missing = keys::if_not_exists(cursor);
    let name = cursor.name()?;
    keys::using(cursor);
    cursor.expect("ON")?;
    let Some(at) = reader.find(cursor, false)? else {
        return Ok(());
    };
    wait(cursor)?;
    let draft = &mut reader.drafts[at];
    let mut index = PendingIndex::of_columns(Some(name.clone()), kind, &[]);
    keys::parts_and_options(cursor, draft, &mut index)?;
    if draft.has_index(&name) {
        if if_missing {
            return Ok(());
        }
        if replaces {
            draft.drop_index(&name);
        }
    }
    draft.indexes.push(index);
    complete::settle(draft, cursor).map_err(|words| cursor.error_at_start(words))
}

/// Parses DROP INDEX.
pub(super) fn drop(reader: &mut Reader<'_>, cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.expect("DROP")?;
    cursor.expect("INDEX")?;
    let if_exists = cursor.eat_all(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    cursor.expect("ON")?;
    let Some(at) = reader.find(cursor, false)? else {
        return Ok(());
    };
    let draft = &mut reader.drafts[at];
    match drop_named(draft, "index", &name) || if_exists {
        true => Ok(()),
        false => Err(no(cursor, draft, "index", &name)),
    }
}
