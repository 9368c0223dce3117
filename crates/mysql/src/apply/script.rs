//! Writes a plan as an SQL script that any client can run, with explanations in comments.

use super::failure::named_orphans;
use super::rehearse::{Obstacle, Rehearsal};
use mysql_schema::diff::{Builds, Plan, Statement, Step};

/// The sql_mode that our quoting needs, whatever the default of the server is.
const SQL_MODE: &str = "SET sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';";

/// Writes the script. `title` is its first line, `session` are the variables of the sessions that
/// would carry it out.
///
/// Changes are written as statements, differences that are left alone as comments with the reason.
/// When nothing differs, the script is empty.
pub fn script(title: &str, plan: &Plan, rehearsal: &Rehearsal, session: &[String]) -> String {
    let mut text = String::new();
    if plan.is_empty() && plan.redundant.is_empty() {
        return text;
    }
    comment(&mut text, "", title);
    if !rehearsal.statements.is_empty() {
        text.push_str("SET NAMES utf8mb4;\n");
        text.push_str(SQL_MODE);
        for variable in session
            .iter()
            .filter(|variable| !variable.starts_with("sql_mode"))
        {
            text.push_str(&format!("\nSET SESSION {variable};"));
        }
        text.push('\n');
    }
    for statement in &rehearsal.statements {
        text.push('\n');
        write(&mut text, plan, statement);
    }
    for refused in &rehearsal.refused {
        text.push('\n');
        for finding in plan.reasons(&refused.statement) {
            comment(&mut text, "", &finding.to_string());
        }
        let why = match &refused.why {
            Obstacle::Blocks(reason) => {
                let method = refused.statement.method.map(|method| method.to_string());
                let method = method.unwrap_or_else(|| "may block writers".to_owned());
                format!("left alone: {method} ({reason}); add --allow-blocking to make the change")
            }
            Obstacle::Impossible(error) => format!("impossible: {error:#}"),
        };
        comment(&mut text, "", &why);
        comment(&mut text, "  ", &format!("{};", refused.statement.sql));
    }
    for difference in &plan.differences {
        text.push('\n');
        comment(
            &mut text,
            "",
            &format!("{difference}; left alone: {}", difference.why),
        );
        for statement in difference.repair() {
            comment(&mut text, "  ", &format!("{};", statement.sql));
        }
    }
    if !plan.redundant.is_empty() {
        text.push('\n');
    }
    for redundant in &plan.redundant {
        comment(&mut text, "", &redundant.to_string());
    }
    text
}

fn write(text: &mut String, plan: &Plan, statement: &Statement) {
    for finding in plan.reasons(statement) {
        comment(text, "", &finding.to_string());
    }
    if let Some(method) = statement.method {
        comment(text, "", &method.to_string());
    }
    let keys: Vec<_> = statement
        .clauses
        .iter()
        .filter_map(|clause| match &clause.builds {
            Builds::ForeignKey(key) => Some(key),
            _ => None,
        })
        .collect();
    for key in &keys {
        comment(
            text,
            "",
            "the server adds this foreign key without checking the rows; reviewseed checks them with this query, which must return no row:",
        );
        comment(
            text,
            "  ",
            &format!("{};", named_orphans(&statement.table, key)),
        );
    }
    let unchecked = statement.step == Step::AddForeignKeys && !keys.is_empty();
    if unchecked {
        text.push_str("SET foreign_key_checks = 0;\n");
    }
    text.push_str(&statement.sql);
    text.push_str(";\n");
    if unchecked {
        text.push_str("SET foreign_key_checks = 1;\n");
    }
}

/// Writes each line after two dashes, whatever it contains.
fn comment(text: &mut String, indent: &str, words: &str) {
    for line in words.split(['\n', '\r']) {
        text.push_str(&format!("-- {indent}{line}\n"));
    }
}
