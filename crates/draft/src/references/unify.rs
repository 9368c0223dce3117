//! Gives the columns of each foreign key the same type, and a binary collation if they are texts.

use model::schema::ColumnType;

use crate::tables::{DraftTable, Uniqueness};

/// Gives the columns of each foreign key the same type, because servers require it.
pub(crate) fn unify(tables: &mut [DraftTable]) {
    // changing a key may require a change of the columns that refer to it, so this is repeated
    for _ in 0..=tables.len() {
        for t in 0..tables.len() {
            for key in tables[t].foreign_keys.clone() {
                for (c, k) in key.columns.iter().zip(&key.parent_columns) {
                    let child = tables[t].columns[*c].typed.kind.clone();
                    let parent = tables[key.parent].columns[*k].typed.kind.clone();
                    let kind = common(&child, &parent);
                    tables[t].columns[*c].typed.kind.clone_from(&kind);
                    tables[key.parent].columns[*k].typed.kind = kind;
                }
            }
        }
    }
    for t in 0..tables.len() {
        let mut binary: Vec<(usize, usize)> = Vec::new();
        binary.extend(tables[t].key_columns().iter().map(|c| (t, *c)));
        let unique = tables[t].unique.iter();
        let declared = unique.filter(|(_, uniqueness)| *uniqueness == Uniqueness::Declared);
        binary.extend(declared.map(|(c, _)| (t, *c)));
        for key in &tables[t].foreign_keys {
            binary.extend(key.columns.iter().map(|c| (t, *c)));
            binary.extend(key.parent_columns.iter().map(|c| (key.parent, *c)));
        }
        for (t, c) in binary {
            tables[t].columns[c].is_binary = true;
        }
    }
}

/// The smallest type that can store the values of both types.
fn common(a: &ColumnType, b: &ColumnType) -> ColumnType {
    let integer = |kind: &ColumnType| match kind {
        ColumnType::Integer { bits, unsigned } => Some((*bits, *unsigned)),
        ColumnType::Boolean => Some((8, true)),
        _ => None,
    };
    let length = |kind: &ColumnType| match kind {
        ColumnType::Char { length } | ColumnType::VarChar { length } => *length,
        _ => 0,
    };
    match (integer(a), integer(b)) {
        (Some((x, true)), Some((y, true))) => ColumnType::Integer {
            bits: x.max(y),
            unsigned: true,
        },
        (Some((x, is_x)), Some((y, is_y))) => {
            let room = |bits: u8, unsigned: bool| if unsigned { bits * 2 } else { bits };
            let bits = room(x, is_x).max(room(y, is_y)).clamp(8, 64);
            ColumnType::Integer {
                bits,
                unsigned: false,
            }
        }
        _ if a == b => a.clone(),
        _ if length(a) > 0 && length(b) > 0 => ColumnType::VarChar {
            length: length(a).max(length(b)),
        },
        _ => a.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_have_a_type_that_holds_the_values_of_both() {
        let integer = |bits, unsigned| ColumnType::Integer { bits, unsigned };
        for (a, b, kind) in [
            (integer(8, true), integer(32, true), integer(32, true)),
            (integer(32, true), integer(32, false), integer(64, false)),
            (ColumnType::Boolean, integer(32, true), integer(32, true)),
            (
                ColumnType::Char { length: 2 },
                ColumnType::VarChar { length: 64 },
                ColumnType::VarChar { length: 64 },
            ),
        ] {
            assert_eq!(common(&a, &b), kind);
            assert_eq!(common(&b, &a), kind);
        }
    }
}
