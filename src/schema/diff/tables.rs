//! Compares two tables of the same name.
//!
//! What one side does not know (a collation that a file does not state) is no difference, and expressions are
//! compared as expressions: one side may be the text of a file, the other what a server made of it.

use super::{Change, DifferenceKind, Plan};
use crate::schema::expression::same_expression;
use crate::schema::{Check, Column, Index, IndexKey, IndexKind, Table};

pub(super) fn compare(from: &Table, to: &Table, plan: &mut Plan) {
    if let (Some(is), Some(shall)) = (&from.collation, &to.collation)
        && is != shall
    {
        let (from, shall) = (is.clone(), shall.clone());
        plan.differ(to, DifferenceKind::Collation { from, to: shall });
    }
    columns(from, to, plan);
    indexes(from, to, plan);
    foreign_keys(from, to, plan);
    checks(from, to, plan);
}

fn columns(from: &Table, to: &Table, plan: &mut Plan) {
    let find = |table: &Table, name: &str| table.columns.iter().find(|c| c.name == name).cloned();
    let (mut order_from, mut order_to) = (Vec::new(), Vec::new());
    for wanted in &to.columns {
        match find(from, &wanted.name) {
            None => plan.differ(to, DifferenceKind::MissingColumn(wanted.clone())),
            Some(present) => {
                order_to.push(wanted.name.clone());
                if !same_column(&present, wanted) {
                    let (from, wanted) = (present, wanted.clone());
                    plan.differ(to, DifferenceKind::ChangedColumn { from, to: wanted });
                }
            }
        }
    }
    for present in &from.columns {
        match find(to, &present.name) {
            None => plan.differ(to, DifferenceKind::ExtraColumn(present.clone())),
            Some(_) => order_from.push(present.name.clone()),
        }
    }
    if order_from != order_to {
        let (from, order) = (order_from, order_to);
        plan.differ(to, DifferenceKind::ColumnOrder { from, to: order });
    }
}

fn same_column(from: &Column, to: &Column) -> bool {
    let known_same = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    let same_default = match (&from.default, &to.default) {
        (Some(a), Some(b)) => same_expression(a, b),
        (a, b) => a == b,
    };
    from.kind == to.kind
        && from.nullable == to.nullable
        && same_default
        && from.auto_increment == to.auto_increment
        && from.generated == to.generated
        && known_same(&from.charset, &to.charset)
        && known_same(&from.collation, &to.collation)
        && from.comment == to.comment
}

/// The definition of a column in a few words.
pub(super) fn describe(column: &Column) -> String {
    let mut words = column.kind.to_string();
    if let Some(collation) = &column.collation {
        words.push_str(&format!(" collate {collation}"));
    }
    words.push_str(if column.nullable {
        " null"
    } else {
        " not null"
    });
    if let Some(default) = &column.default {
        words.push_str(&format!(" default {default}"));
    }
    if column.auto_increment {
        words.push_str(" auto_increment");
    }
    if column.generated {
        words.push_str(" generated");
    }
    if !column.comment.is_empty() {
        words.push_str(&format!(" comment \"{}\"", column.comment));
    }
    words
}

fn indexes(from: &Table, to: &Table, plan: &mut Plan) {
    for wanted in &to.indexes {
        match from
            .indexes
            .iter()
            .find(|present| present.name == wanted.name)
        {
            // only a table without any can get one without changing it, and even that rebuilds the table
            None if wanted.kind == IndexKind::Primary => {
                let nothing = Index {
                    parts: Vec::new(),
                    ..wanted.clone()
                };
                let (from, wanted) = (nothing, wanted.clone());
                plan.differ(to, DifferenceKind::ChangedIndex { from, to: wanted });
            }
            None => plan.changes.push(Change::AddIndex {
                table: to.name.clone(),
                index: wanted.clone(),
            }),
            Some(present) if !same_index(present, wanted) => {
                let (from, wanted) = (present.clone(), wanted.clone());
                plan.differ(to, DifferenceKind::ChangedIndex { from, to: wanted });
            }
            Some(_) => {}
        }
    }
    for present in &from.indexes {
        if !to.indexes.iter().any(|wanted| wanted.name == present.name) {
            plan.differ(to, DifferenceKind::ExtraIndex(present.clone()));
        }
    }
}

/// Whether two indexes are the same but for their names.
pub(super) fn same_index(a: &Index, b: &Index) -> bool {
    let same_key = |a: &IndexKey, b: &IndexKey| match (a, b) {
        (IndexKey::Expression(a), IndexKey::Expression(b)) => same_expression(a, b),
        (a, b) => a == b,
    };
    a.kind == b.kind
        && a.visible == b.visible
        && a.comment == b.comment
        && a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(a, b)| {
            same_key(&a.key, &b.key) && a.prefix == b.prefix && a.descending == b.descending
        })
}

fn foreign_keys(from: &Table, to: &Table, plan: &mut Plan) {
    for wanted in &to.foreign_keys {
        match from
            .foreign_keys
            .iter()
            .find(|present| present.name == wanted.name)
        {
            None => plan.changes.push(Change::AddForeignKey {
                table: to.name.clone(),
                key: wanted.clone(),
            }),
            Some(present) if present != wanted => {
                let (from, wanted) = (present.clone(), wanted.clone());
                plan.differ(to, DifferenceKind::ChangedForeignKey { from, to: wanted });
            }
            Some(_) => {}
        }
    }
    for present in &from.foreign_keys {
        if !to
            .foreign_keys
            .iter()
            .any(|wanted| wanted.name == present.name)
        {
            plan.differ(to, DifferenceKind::ExtraForeignKey(present.clone()));
        }
    }
}

/// A CHECK without a name of its own is found by what it says.
fn checks(from: &Table, to: &Table, plan: &mut Plan) {
    let mut unmatched: Vec<&Check> = from.checks.iter().collect();
    for wanted in &to.checks {
        let found = unmatched.iter().position(|present| {
            let names_agree =
                present.name.is_empty() || wanted.name.is_empty() || present.name == wanted.name;
            names_agree && same_expression(&present.expression, &wanted.expression)
        });
        match found {
            Some(at) => {
                unmatched.swap_remove(at);
            }
            None => plan.differ(to, DifferenceKind::MissingCheck(wanted.clone())),
        }
    }
    for extra in unmatched {
        plan.differ(to, DifferenceKind::ExtraCheck(extra.clone()));
    }
}
