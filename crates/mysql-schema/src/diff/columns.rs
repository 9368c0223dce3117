//! Compares the columns of two tables of the same name, and what holds for the table as a whole.
//!
//! What one side does not know (a collation that a file does not state) is no difference, and
//! expressions are compared as expressions: one side may be the text of a file, the other what a
//! server made of it.

use super::widening::{addition, widening};
use super::{Available, Kind, Sink, Why};
use crate::expression::same_expression;
use crate::quote::{quote_identifier, quote_literal};
use model::schema::{Column, Table};

/// Gives the names of the columns that the keys may count on: those that are there, and those that
/// are added.
pub(super) fn compare(from: &Table, to: &Table, sink: &mut Sink<'_>) -> Available {
    if let (Some(is), Some(shall)) = (&from.collation, &to.collation)
        && is != shall
    {
        let (from, to) = (is.clone(), shall.clone());
        let open = sink.scope.columns;
        // only what is added later takes it; the columns have their own
        sink.change_if(open, Kind::Collation { from, to }, columns_are_closed(sink));
    }
    if from.system_versioned != to.system_versioned {
        let wanted = to.system_versioned;
        let verb = if wanted { "ADD" } else { "DROP" };
        let table = quote_identifier(&to.name);
        let by_hand = format!("ALTER TABLE {table} {verb} SYSTEM VERSIONING changes it");
        sink.leave(Kind::SystemVersioning { wanted }, Why::Never(by_hand));
    }
    let find = |table: &Table, name: &str| table.columns.iter().find(|c| c.name == name).cloned();
    let mut available: Available = from.columns.iter().map(|c| c.name.clone()).collect();
    let (mut order_from, mut order_to) = (Vec::new(), Vec::new());
    let mut after: Option<String> = None;
    for wanted in &to.columns {
        let (definition, known) = definition(sink, wanted);
        match find(from, &wanted.name) {
            None => {
                let kind = Kind::MissingColumn {
                    column: wanted.clone(),
                    definition,
                    after: after.clone(),
                };
                if decide(sink, kind, addition(wanted), known) {
                    available.insert(wanted.name.clone());
                }
            }
            Some(present) => {
                order_to.push(wanted.name.clone());
                if !same_column(&present, wanted) {
                    let allowed = widening(&present, wanted);
                    let (from, to) = (present, wanted.clone());
                    let kind = Kind::ChangedColumn {
                        from,
                        to,
                        definition,
                    };
                    decide(sink, kind, allowed, known);
                }
            }
        }
        if available.contains(&wanted.name) {
            after = Some(wanted.name.clone());
        }
    }
    for present in &from.columns {
        match find(to, &present.name) {
            None => {
                let why = Why::Loses("dropping a column drops its values".to_owned());
                sink.leave(Kind::ExtraColumn(present.clone()), why);
            }
            Some(_) => order_from.push(present.name.clone()),
        }
    }
    if order_from != order_to {
        let moves = moves(to, &order_from, &order_to, sink);
        let (from, to) = (order_from, order_to);
        let why =
            "rows are read and written by the names of their columns, so the order means nothing";
        sink.leave(
            Kind::ColumnOrder { from, to, moves },
            Why::Never(why.to_owned()),
        );
    }
    available
}

fn columns_are_closed(sink: &Sink<'_>) -> Why {
    match sink.scope.replace {
        true => Why::Columns,
        false => Why::NotInScope,
    }
}

/// Whether the finding became a change.
fn decide(sink: &mut Sink<'_>, kind: Kind, allowed: Result<(), String>, known: bool) -> bool {
    match allowed {
        Err(what) => sink.leave(kind, Why::Loses(what)),
        Ok(()) if !sink.scope.columns => {
            let why = columns_are_closed(sink);
            sink.leave(kind, why);
        }
        Ok(()) if !known => {
            let why = "its definition is only known offline; grant the right to create a scratch database";
            sink.leave(kind, Why::Never(why.to_owned()));
        }
        Ok(()) => {
            sink.change(kind);
            return true;
        }
    }
    false
}

/// The column as SQL, and whether these are a server's words.
fn definition(sink: &Sink<'_>, column: &Column) -> (String, bool) {
    let key = (sink.table.to_owned(), column.name.clone());
    match sink.scope.definitions.and_then(|all| all.get(&key)) {
        Some(definition) => (definition.clone(), true),
        None => (define(column), false),
    }
}

/// What can be said of a column without a server.
fn define(column: &Column) -> String {
    let mut text = format!("{} {}", quote_identifier(&column.name), column.kind);
    if let (true, Some(collation)) = (column.kind.is_text(), &column.collation) {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    text.push_str(if column.nullable {
        " NULL"
    } else {
        " NOT NULL"
    });
    match &column.default {
        Some(default) if default.starts_with("CURRENT_TIMESTAMP") => {
            text.push_str(&format!(" DEFAULT {default}"));
        }
        Some(default) => text.push_str(&format!(" DEFAULT {}", quote_literal(default))),
        None => {}
    }
    if column.auto_increment {
        text.push_str(" AUTO_INCREMENT");
    }
    if !column.comment.is_empty() {
        text.push_str(&format!(" COMMENT {}", quote_literal(&column.comment)));
    }
    text
}

/// The columns that do not follow the one before them, each with its place.
fn moves(to: &Table, is: &[String], shall: &[String], sink: &Sink<'_>) -> Vec<String> {
    let before = |list: &[String], name: &String| {
        let at = list.iter().position(|other| other == name)?;
        at.checked_sub(1).map(|at| list[at].clone())
    };
    let out_of_place = shall
        .iter()
        .filter(|name| before(is, name) != before(shall, name));
    out_of_place
        .filter_map(|name| {
            let column = to.columns.iter().find(|column| column.name == *name)?;
            let place = place(before(shall, name).as_deref());
            Some(format!("{}{place}", definition(sink, column).0))
        })
        .collect()
}

/// Where a column goes, as it stands after its definition.
pub(super) fn place(after: Option<&str>) -> String {
    match after {
        Some(name) => format!(" AFTER {}", quote_identifier(name)),
        None => " FIRST".to_owned(),
    }
}

fn same_column(from: &Column, to: &Column) -> bool {
    let known_same = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    same_default(from, to)
        && from.kind == to.kind
        && from.nullable == to.nullable
        && from.auto_increment == to.auto_increment
        && from.generated == to.generated
        && known_same(&from.charset, &to.charset)
        && known_same(&from.collation, &to.collation)
        && from.comment == to.comment
}

fn same_default(from: &Column, to: &Column) -> bool {
    match (&from.default, &to.default) {
        (Some(a), Some(b)) => same_expression(a, b),
        (a, b) => a == b,
    }
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
