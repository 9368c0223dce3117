//! Compares the columns of two tables with the same name, and the attributes of these tables.
//!
//! If one side does not specify an attribute, such as a collation, that is not a difference.
//! Expressions are compared as syntax trees, because a server rewrites their text.

use super::widening::{addition, widening};
use super::{Available, Findings, Kind, Reason};
use crate::expression::same_expression;
use crate::quote::{quote_identifier, quote_literal};
use model::schema::{Column, Table};

/// Compares the columns. Returns the names of the columns that keys may use: those that exist and
/// those that the plan adds.
pub(super) fn compare(from: &Table, to: &Table, findings: &mut Findings<'_>) -> Available {
    compare_attributes(from, to, findings);
    let mut available: Available = from.columns.iter().map(|c| c.name.clone()).collect();
    let mut after: Option<String> = None;
    for wanted in &to.columns {
        let (definition, source) = definition(findings, wanted);
        match find(from, &wanted.name).cloned() {
            None => {
                let kind = Kind::MissingColumn {
                    column: wanted.clone(),
                    definition,
                    after: after.clone(),
                };
                if decide(findings, kind, addition(wanted), source) {
                    available.insert(wanted.name.clone());
                }
            }
            Some(present) if same_column(&present, wanted) => {}
            Some(present) => {
                let allowed = widening(&present, wanted);
                let (from, to) = (present, wanted.clone());
                let kind = Kind::ChangedColumn {
                    from,
                    to,
                    definition,
                };
                decide(findings, kind, allowed, source);
            }
        }
        if available.contains(&wanted.name) {
            after = Some(wanted.name.clone());
        }
    }
    for present in &from.columns {
        if find(to, &present.name).is_none() {
            let why = Reason::Loses("dropping a column drops its values".to_owned());
            findings.leave(Kind::ExtraColumn(present.clone()), why);
        }
    }
    compare_order(from, to, findings);
    available
}

fn find<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.columns.iter().find(|c| c.name == name)
}

fn compare_attributes(from: &Table, to: &Table, findings: &mut Findings<'_>) {
    if let (Some(present), Some(wanted)) = (&from.collation, &to.collation)
        && present != wanted
    {
        let (from, to) = (present.clone(), wanted.clone());
        let allowed = findings.scope.columns;
        // existing columns keep their collation; the collation of the table applies only to columns
        // that are added later
        let otherwise = reason_for_columns(findings);
        findings.change_if(allowed, Kind::Collation { from, to }, otherwise);
    }
    if from.system_versioned != to.system_versioned {
        let wanted = to.system_versioned;
        let verb = if wanted { "ADD" } else { "DROP" };
        let table = quote_identifier(&to.name);
        let by_hand = format!("ALTER TABLE {table} {verb} SYSTEM VERSIONING changes it");
        findings.leave(Kind::SystemVersioning { wanted }, Reason::Never(by_hand));
    }
}

/// Compares the order of the columns that are in both tables.
fn compare_order(from: &Table, to: &Table, findings: &mut Findings<'_>) {
    let common = |of: &Table, other: &Table| -> Vec<String> {
        let columns = of.columns.iter().filter(|c| find(other, &c.name).is_some());
        columns.map(|c| c.name.clone()).collect()
    };
    let (order_from, order_to) = (common(from, to), common(to, from));
    if order_from != order_to {
        let moves = moves(to, &order_from, &order_to, findings);
        let (from, to) = (order_from, order_to);
        let why =
            "statements name the columns that they read and write, so the order has no effect";
        findings.leave(
            Kind::ColumnOrder { from, to, moves },
            Reason::Never(why.to_owned()),
        );
    }
}

/// Why changes of columns are not made.
fn reason_for_columns(findings: &Findings<'_>) -> Reason {
    match findings.scope.replace {
        true => Reason::Columns,
        false => Reason::NotInScope,
    }
}

/// Adds a finding about a column. Returns whether the plan makes the change.
fn decide(
    findings: &mut Findings<'_>,
    kind: Kind,
    allowed: Result<(), String>,
    source: DefinitionSource,
) -> bool {
    match allowed {
        Err(what) => findings.leave(kind, Reason::Loses(what)),
        Ok(()) if !findings.scope.columns => {
            let why = reason_for_columns(findings);
            findings.leave(kind, why);
        }
        Ok(()) if source == DefinitionSource::File => {
            let why = "only a server knows the exact definition of the column; grant the account the privilege CREATE for a scratch database";
            findings.leave(kind, Reason::Never(why.to_owned()));
        }
        Ok(()) => {
            findings.change(kind);
            return true;
        }
    }
    false
}

/// Where the SQL definition of a column was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DefinitionSource {
    /// From a server that printed it.
    Server,
    /// From the parsed schema file. The definition may lack attributes.
    File,
}

/// The SQL definition of a column.
fn definition(findings: &Findings<'_>, column: &Column) -> (String, DefinitionSource) {
    let key = (findings.table.to_owned(), column.name.clone());
    match findings.scope.definitions.and_then(|all| all.get(&key)) {
        Some(definition) => (definition.clone(), DefinitionSource::Server),
        None => (definition_from_file(column), DefinitionSource::File),
    }
}

/// Writes the attributes of a [`Column`] as SQL.
fn definition_from_file(column: &Column) -> String {
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

/// The definitions of the columns that are not where the schema says, each with AFTER or FIRST.
/// `present` is the current order, `wanted` that of the schema.
fn moves(
    to: &Table,
    present: &[String],
    wanted: &[String],
    findings: &Findings<'_>,
) -> Vec<String> {
    let before = |list: &[String], name: &String| {
        let at = list.iter().position(|other| other == name)?;
        at.checked_sub(1).map(|at| list[at].clone())
    };
    let out_of_place = wanted
        .iter()
        .filter(|name| before(present, name) != before(wanted, name));
    out_of_place
        .filter_map(|name| {
            let column = to.columns.iter().find(|column| column.name == *name)?;
            let place = place(before(wanted, name).as_deref());
            Some(format!("{}{place}", definition(findings, column).0))
        })
        .collect()
}

/// The last part of ADD or MODIFY COLUMN, which says where to put the column: AFTER or FIRST.
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

/// The definition of a column as messages show it: `bigint not null default 1`.
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
