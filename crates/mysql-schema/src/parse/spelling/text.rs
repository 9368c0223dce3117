//! Spellings of text types: CHAR, VARCHAR, TEXT, ENUM and SET.

use model::flavour::Flavour;

use super::super::cursor::Cursor;
use super::super::{Result, bytes, types};
use super::{Base, Member, Spelled, in_parentheses};

/// Parses CHAR, VARCHAR, TEXT, ENUM or SET, with the character set. `None` for types of another
/// kind.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Spelled>> {
    for (word, name) in [("ENUM", "enum"), ("SET", "set")] {
        if cursor.eat(word) {
            let members = members(cursor)?;
            let mut spelled = Spelled::of(Base::Members(name, members));
            charset(cursor, &mut spelled)?;
            return Ok(Some(spelled));
        }
    }
    for (word, size) in [
        ("TINYTEXT", "tiny"),
        ("MEDIUMTEXT", "medium"),
        ("LONGTEXT", "long"),
    ] {
        if cursor.eat(word) {
            let mut spelled = Spelled::of(Base::Text(size));
            charset(cursor, &mut spelled)?;
            return Ok(Some(spelled));
        }
    }
    if cursor.eat("TEXT") {
        let base = match in_parentheses(cursor)?.first() {
            // MariaDB ignores the length 0
            Some(0) if cursor.flavour == Flavour::MySql => Base::Text("tiny"),
            Some(length) => Base::SizedText(*length),
            None => Base::Text(""),
        };
        let mut spelled = Spelled::of(base);
        charset(cursor, &mut spelled)?;
        return Ok(Some(spelled));
    }
    if cursor.eat("LONG") {
        return long(cursor).map(Some);
    }
    characters(cursor)
}

/// Parses LONG, LONG VARCHAR and LONG VARBINARY.
fn long(cursor: &mut Cursor<'_>) -> Result<Spelled> {
    if cursor.eat("VARBINARY") {
        return Ok(Spelled::plain("mediumblob"));
    }
    let _ = cursor.eat_any(&["VARCHAR", "VARCHARACTER"]).is_some()
        || cursor.eat_all(&["CHAR", "VARYING"])
        || cursor.eat_all(&["CHARACTER", "VARYING"]);
    let mut spelled = Spelled::of(Base::Text("medium"));
    charset(cursor, &mut spelled)?;
    Ok(spelled)
}

/// Parses CHAR and VARCHAR in all their spellings.
fn characters(cursor: &mut Cursor<'_>) -> Result<Option<Spelled>> {
    let is_national = cursor.is("NATIONAL") && cursor.eat("NATIONAL");
    let (national_word, varies) = match cursor.eat_any(&[
        "NVARCHAR",
        "NCHAR",
        "VARCHAR",
        "VARCHARACTER",
        "VARCHAR2",
        "CHAR",
        "CHARACTER",
    ]) {
        Some("NVARCHAR") => (true, true),
        Some("NCHAR") => (
            true,
            cursor
                .eat_any(&["VARYING", "VARCHAR", "VARCHARACTER"])
                .is_some(),
        ),
        Some("VARCHAR" | "VARCHARACTER" | "VARCHAR2") => (false, true),
        Some(_) => (false, cursor.eat("VARYING")),
        None => return Ok(None),
    };
    let length = in_parentheses(cursor)?.first().copied();
    let base = match (varies, length) {
        (true, Some(length)) => Base::VarChar(length),
        (true, None) => return Err("is a VARCHAR without a length".to_owned()),
        (false, length) => Base::Char(length.unwrap_or(1)),
    };
    let mut spelled = Spelled::of(base);
    charset(cursor, &mut spelled)?;
    if is_national || national_word {
        spelled.charset = Some("utf8mb3".to_owned());
    }
    Ok(Some(spelled))
}

/// Parses CHARACTER SET, ASCII, UNICODE, BYTE and BINARY, in any order. COLLATE is parsed as an
/// attribute.
fn charset(cursor: &mut Cursor<'_>, spelled: &mut Spelled) -> Result<()> {
    loop {
        if cursor.eat("BINARY") {
            spelled.is_binary = true;
        } else if cursor.eat("ASCII") {
            spelled.charset = Some("latin1".to_owned());
        } else if cursor.eat("UNICODE") {
            spelled.charset = Some("ucs2".to_owned());
        } else if cursor.eat("BYTE") {
            spelled.charset = Some("binary".to_owned());
        } else if cursor.eat("CHARSET")
            || cursor.eat_all(&["CHARACTER", "SET"])
            || cursor.eat_all(&["CHAR", "SET"])
        {
            let name = cursor.name_or_text();
            let name = name.map_err(|_| "has a CHARACTER SET without a name")?;
            spelled.charset = Some(types::charset_name(&name));
        } else {
            return Ok(());
        }
    }
}

fn members(cursor: &mut Cursor<'_>) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    let broken = || "has members that are not texts in quotes".to_owned();
    if !cursor.eat_sign('(') {
        return Err(broken());
    }
    loop {
        if let Some(bytes) = bytes::read(cursor) {
            members.push(Member::Bytes(bytes));
        } else {
            members.push(Member::Text(cursor.string().ok_or_else(broken)?));
        }
        if !cursor.eat_sign(',') {
            break;
        }
    }
    cursor.eat_sign(')').then_some(members).ok_or_else(broken)
}
