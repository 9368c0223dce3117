//! Decides whether a changed column can still store every possible value of the old one, and if
//! not, why.

use model::schema::{Column, ColumnType};

/// Checks that a column can be added to a table that has rows. The error says why it cannot.
pub(super) fn addition(column: &Column) -> Result<(), String> {
    if column.auto_increment {
        return Err("the server would number the existing rows in an arbitrary order".to_owned());
    }
    match column.nullable || column.default.is_some() || column.generated {
        true => Ok(()),
        false => Err(
            "the column is NOT NULL without a default, and existing rows have no value for it"
                .to_owned(),
        ),
    }
}

/// Checks that `to` keeps every value of `from` unchanged. The error says why it does not.
pub(super) fn widening(from: &Column, to: &Column) -> Result<(), String> {
    if from.generated != to.generated {
        return Err(
            "stored values would become computed ones, or computed values stored ones".to_owned(),
        );
    }
    if from.auto_increment != to.auto_increment {
        return Err("the server would choose the ids of future rows in another way".to_owned());
    }
    if from.nullable && !to.nullable {
        return Err("rows may hold NULL".to_owned());
    }
    let differ =
        |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    if differ(&from.charset, &to.charset) || differ(&from.collation, &to.collation) {
        return Err("texts would be stored, compared and sorted differently".to_owned());
    }
    match holds(&from.kind, &to.kind) {
        true => Ok(()),
        false => Err(format!(
            "{} does not hold every value of {}",
            to.kind, from.kind
        )),
    }
}

fn holds(from: &ColumnType, to: &ColumnType) -> bool {
    use ColumnType as Type;
    if from == to {
        return true;
    }
    match (integer(from), integer(to)) {
        (Some((bits, unsigned)), Some((wide, wide_unsigned))) => {
            return match (unsigned, wide_unsigned) {
                (true, true) | (false, false) => wide >= bits,
                (true, false) => wide > bits,
                (false, true) => false,
            };
        }
        (None, None) => {}
        _ => return false,
    }
    match (from, to) {
        (Type::Decimal { .. } | Type::Float { .. } | Type::Double { .. }, _) => {
            fraction_holds(from, to)
        }
        (Type::DateTime { precision }, Type::DateTime { precision: fine })
        | (Type::Timestamp { precision }, Type::Timestamp { precision: fine })
        | (Type::Time { precision }, Type::Time { precision: fine }) => fine >= precision,
        (Type::Date, Type::DateTime { .. }) => true,
        // a CHAR has no trailing blanks that could be lost, but a VARCHAR would lose its trailing
        // blanks in a CHAR
        (Type::Char { length }, Type::Char { length: long } | Type::VarChar { length: long })
        | (Type::VarChar { length }, Type::VarChar { length: long }) => long >= length,
        // a character has at most four bytes
        (Type::Char { length } | Type::VarChar { length }, Type::Text { max_bytes }) => {
            u64::from(*length) * 4 <= u64::from(*max_bytes)
        }
        (Type::Text { max_bytes }, Type::Text { max_bytes: long }) => long >= max_bytes,
        // rows store the position of a member, so the old members must come first in the new type
        (Type::Enum { members }, Type::Enum { members: more })
        | (Type::Set { members }, Type::Set { members: more }) => more.starts_with(members),
        (Type::Bit { bits }, Type::Bit { bits: wide }) => wide >= bits,
        // BINARY itself is not accepted, because a longer BINARY pads values with more zero bytes
        (
            Type::Binary { length } | Type::VarBinary { length },
            Type::VarBinary { length: long } | Type::Blob { max_bytes: long },
        ) => long >= length,
        (Type::Blob { max_bytes }, Type::Blob { max_bytes: long }) => long >= max_bytes,
        _ => false,
    }
}

/// Whether a type of numbers with a fraction can store all values of another type.
fn fraction_holds(from: &ColumnType, to: &ColumnType) -> bool {
    use ColumnType as Type;
    // a signed type cannot store the upper half of the unsigned range
    let sign = |from: bool, to: bool| from == to || (from && !to);
    match (from, to) {
        (
            Type::Decimal {
                precision,
                scale,
                unsigned,
            },
            Type::Decimal {
                precision: wide,
                scale: deep,
                unsigned: wide_unsigned,
            },
        ) => deep >= scale && wide - deep >= precision - scale && sign(*unsigned, *wide_unsigned),
        // the new type must not have (M,D), because the server would round the values again
        (
            Type::Float { unsigned, .. },
            Type::Float {
                unsigned: wide_unsigned,
                digits: None,
            }
            | Type::Double {
                unsigned: wide_unsigned,
                digits: None,
            },
        )
        | (
            Type::Double { unsigned, .. },
            Type::Double {
                unsigned: wide_unsigned,
                digits: None,
            },
        ) => sign(*unsigned, *wide_unsigned),
        _ => false,
    }
}

fn integer(kind: &ColumnType) -> Option<(u8, bool)> {
    match kind {
        ColumnType::Integer { bits, unsigned } => Some((*bits, *unsigned)),
        ColumnType::Boolean => Some((8, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn column(definition: &str) -> Column {
        let schema = parse(&format!("CREATE TABLE t (x {definition})"), "t.sql").unwrap();
        schema.tables[0].columns[0].clone()
    }

    #[test]
    fn what_keeps_every_value_is_wider() {
        for (from, to) in [
            ("INT", "BIGINT"),
            ("INT UNSIGNED", "BIGINT"),
            ("BOOLEAN", "SMALLINT"),
            ("INT NOT NULL", "INT"),
            ("VARCHAR(10)", "VARCHAR(11)"),
            ("CHAR(3)", "VARCHAR(3)"),
            ("VARCHAR(500)", "TEXT"),
            ("TEXT", "LONGTEXT"),
            ("ENUM('a','b')", "ENUM('a','b','c')"),
            ("DECIMAL(5,2)", "DECIMAL(7,3)"),
            ("FLOAT UNSIGNED", "DOUBLE"),
            ("DATETIME", "DATETIME(3)"),
            ("DATE", "DATETIME"),
            ("INT", "INT DEFAULT 3"),
            ("INT", "INT COMMENT 'x'"),
        ] {
            assert_eq!(widening(&column(from), &column(to)), Ok(()), "{from} {to}");
        }
    }

    #[test]
    fn what_might_lose_a_value_is_not() {
        for (from, to) in [
            ("BIGINT", "INT"),
            ("INT", "INT UNSIGNED"),
            ("INT UNSIGNED", "INT"),
            ("INT", "INT NOT NULL DEFAULT 0"),
            ("INT", "VARCHAR(20)"),
            ("VARCHAR(10)", "VARCHAR(9)"),
            ("VARCHAR(3)", "CHAR(3)"),
            ("VARCHAR(100)", "TINYTEXT"),
            ("ENUM('a','b')", "ENUM('b','a')"),
            ("ENUM('a','b')", "ENUM('a')"),
            ("DECIMAL(5,2)", "DECIMAL(5,3)"),
            ("DOUBLE", "FLOAT"),
            ("DATETIME(3)", "DATETIME"),
            ("DATETIME", "TIMESTAMP"),
            (
                "VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "VARCHAR(3) CHARACTER SET latin1 COLLATE latin1_bin",
            ),
        ] {
            assert!(widening(&column(from), &column(to)).is_err(), "{from} {to}");
        }
        assert!(addition(&column("INT NOT NULL")).is_err());
        assert_eq!(addition(&column("INT")), Ok(()));
        assert_eq!(addition(&column("INT NOT NULL DEFAULT 1")), Ok(()));
    }
}
