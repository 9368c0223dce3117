//! Decides which CHECK constraints are checked here, and which ones the server must check.

use clean::keys::ServerCheck;
use model::schema::Table;
use mysql_schema::predicate::{Predicate, json_column};

/// The CHECK constraints that can be evaluated from the columns at known positions, and those that
/// the server must check: for all rows, or only for texts that a collation may treat as equal.
pub(super) fn checks(
    table: &Table,
    position: &[Option<usize>],
) -> (Vec<(String, Predicate)>, Vec<ServerCheck>) {
    let (mut judged, mut left) = (Vec::new(), Vec::new());
    for check in &table.checks {
        let expression = &check.expression;
        let why = match Predicate::compile(expression, table) {
            // a CHECK that a text is JSON is not needed if every value is checked when it is read
            None if json_column(expression, table)
                .is_some_and(|at| is_judged(table, at, position)) =>
            {
                None
            }
            None => Some("only the server can evaluate it"),
            Some(predicate) if predicate.columns().iter().any(|&c| position[c].is_none()) => {
                Some("the file lacks a column of the condition")
            }
            Some(predicate) => {
                let is_certain = predicate.is_certain();
                judged.push((expression.clone(), predicate));
                (!is_certain).then_some("texts are compared byte by byte here, but the server compares them by its collation")
            }
        };
        left.extend(why.map(|why| ServerCheck::of_check(expression, why)));
    }
    (judged, left)
}

/// Whether the client checks the JSON texts of a column.
fn is_judged(table: &Table, column: usize, position: &[Option<usize>]) -> bool {
    table.columns[column].json.is_some() && position[column].is_some()
}
