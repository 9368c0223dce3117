//! Removes secondary indexes and foreign keys from empty tables, because it is faster to build them
//! after the rows are loaded.

use super::{Builds, Clause, Statement, Step, index_definition};
use crate::quote::quote_identifier;
use crate::statements::{TokenKind, tokens_of};
use model::schema::{Index, IndexKey, IndexKind, IndexPart, Schema, Table};

/// The statements that remove secondary indexes and foreign keys from EMPTY tables. They first drop
/// the foreign keys of all tables, then the indexes. After the load, [`diff`](super::diff())
/// compares the tables with the schema and gives the statements that create these keys again.
///
/// These indexes are kept:
///
/// * indexes for which `keep` is true, spatial indexes, and an index that AUTO_INCREMENT needs;
/// * indexes over an expression that may fail for some row, because the server names the row while
///   it is loaded, but not while the index is created;
/// * in a table without a primary key, unique indexes that can replace a primary key, because
///   creating such an index later would copy the table.
pub fn deferral(schema: &Schema, keep: impl Fn(&Table, &Index) -> bool) -> Vec<Statement> {
    let mut statements = Vec::new();
    for table in &schema.tables {
        let clauses = table.foreign_keys.iter().map(|key| &key.name);
        let clauses = clauses.map(|name| format!("DROP FOREIGN KEY {}", quote_identifier(name)));
        push(
            &mut statements,
            table,
            Step::DropForeignKeys,
            clauses.collect(),
        );
    }
    for table in &schema.tables {
        let stays = |index: &Index| {
            matches!(index.kind, IndexKind::Primary | IndexKind::Spatial)
                || index.parser.is_some()
                || keep(table, index)
                || index.parts.iter().any(may_fail)
                || index.kind == IndexKind::Unique && stands_in_for_primary(table, index)
        };
        let needed = needed_by_auto_increment(table, stays);
        let (staying, dropped): (Vec<&Index>, Vec<&Index>) = table
            .indexes
            .iter()
            .partition(|index| stays(index) || needed == Some(index.name.as_str()));
        for group in droppable_together(&dropped) {
            push(&mut statements, table, Step::DropIndexes, group);
        }
        let implicit = staying.into_iter().filter(|i| may_be_implicit(table, i));
        let clauses: Vec<Clause> = implicit.map(create_explicitly).collect();
        if !clauses.is_empty() {
            statements.push(Statement::new(&table.name, Step::DropIndexes, clauses));
        }
    }
    statements
}

/// The clauses that drop indexes, grouped into statements. A FULLTEXT index must not be dropped in
/// the same ALTER as a functional index or another FULLTEXT index. Otherwise MySQL 9.7 cannot read
/// `information_schema.INNODB_*` until it is restarted.
fn droppable_together(dropped: &[&Index]) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = vec![Vec::new(), Vec::new()];
    for index in dropped {
        let clause = format!("DROP INDEX {}", quote_identifier(&index.name));
        match index.kind {
            IndexKind::FullText => groups.push(vec![clause]),
            _ => groups[usize::from(index.is_functional())].push(clause),
        }
    }
    groups
}

/// Whether the server may have created the index implicitly for a foreign key of the table. If so,
/// adding the foreign key again would replace the index by one with the name of the constraint.
fn may_be_implicit(table: &Table, index: &Index) -> bool {
    let columns: Vec<Option<&str>> = index.parts.iter().map(plain_column).collect();
    index.kind == IndexKind::Plain
        && index.visible
        && index.comment.is_empty()
        && table.foreign_keys.iter().any(|key| {
            let of_key = key.columns.iter().map(|name| Some(name.as_str()));
            of_key.eq(columns.iter().copied())
        })
}

/// The column of a key part, if the part has no prefix length and is ascending.
fn plain_column(part: &IndexPart) -> Option<&str> {
    match &part.key {
        IndexKey::Column(name) if part.prefix.is_none() && !part.descending => Some(name),
        _ => None,
    }
}

/// Drops the index and creates it again, so that the server considers it as created by a user.
fn create_explicitly(index: &Index) -> Clause {
    let drop = format!("DROP INDEX {}", quote_identifier(&index.name));
    let add = format!("ADD {}", index_definition(index));
    Clause::replacing(Some(drop), add, Builds::Nothing)
}

fn push(statements: &mut Vec<Statement>, table: &Table, step: Step, clauses: Vec<String>) {
    if !clauses.is_empty() {
        let clauses = clauses.into_iter().map(Clause::plain).collect();
        statements.push(Statement::new(&table.name, step, clauses));
    }
}

/// Functions that cannot fail: they accept every argument, and their result always fits into the
/// type of the key part.
const TOTAL: [&str; 11] = [
    "LOWER", "UPPER", "LCASE", "UCASE", "TRIM", "LTRIM", "RTRIM", "REVERSE", "COALESCE", "IFNULL",
    "MD5",
];

/// Whether a key part is an expression that may fail for some value, such as a CAST.
fn may_fail(part: &IndexPart) -> bool {
    let IndexKey::Expression(expression) = &part.key else {
        return false;
    };
    let tokens = tokens_of(expression);
    let mut signs = tokens.iter().enumerate();
    !signs.all(|(at, token)| match &token.kind {
        TokenKind::Other('(') => match at.checked_sub(1).map(|before| &tokens[before]) {
            Some(before) if matches!(before.kind, TokenKind::Word(_)) => {
                TOTAL.iter().any(|name| before.is(name))
            }
            _ => true,
        },
        TokenKind::Other(sign) => matches!(sign, ')' | ',' | '.'),
        _ => true,
    })
}

fn stands_in_for_primary(table: &Table, index: &Index) -> bool {
    table.primary_key().is_none()
        && index.parts.iter().all(|part| match &part.key {
            IndexKey::Column(name) => {
                let column = table.columns.iter().find(|column| column.name == *name);
                part.prefix.is_none() && column.is_some_and(|column| !column.nullable)
            }
            IndexKey::Expression(_) => false,
        })
}

/// The index that the AUTO_INCREMENT column needs. `None` if an index that is kept begins with this
/// column.
fn needed_by_auto_increment(table: &Table, stays: impl Fn(&Index) -> bool) -> Option<&str> {
    let column = table.columns.iter().find(|column| column.auto_increment)?;
    let begins = |index: &&Index| {
        let first = index.parts.first().map(|part| &part.key);
        first == Some(&IndexKey::Column(column.name.clone()))
    };
    if table.indexes.iter().filter(begins).any(&stays) {
        return None;
    }
    table
        .indexes
        .iter()
        .find(begins)
        .map(|index| index.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_without_a_value_for_some_row_are_known() {
        let may_fail = |expression: &str| {
            may_fail(&IndexPart {
                key: IndexKey::Expression(expression.to_owned()),
                prefix: None,
                descending: false,
            })
        };
        for total in [
            "lower(`a`)",
            "coalesce(`a`,`t`.`b`,_utf8mb4'x(')",
            "(upper(trim(`cast`)))",
        ] {
            assert!(!may_fail(total), "{total}");
        }
        for partial in [
            "cast(`a` as char(3) charset utf8mb4)",
            "(`a` + 1)",
            "lower(hex(`a`))",
        ] {
            assert!(may_fail(partial), "{partial}");
        }
    }
}
