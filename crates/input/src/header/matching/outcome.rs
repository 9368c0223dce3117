//! The result of the matching: filled columns, ignored fields, and columns without a field.

use std::sync::Arc;

use super::{Basis, ColumnSource, Matched, Matching, Role};
use crate::header::{FillValue, Misfit, Unfilled, shown, similar_names};
use model::schema::ForeignKey;

impl Matching<'_> {
    /// Makes the result, and checks that each column that needs a value has one.
    pub(super) fn finish(self) -> Result<Matched, Misfit> {
        let mut found = Matched {
            fields: self.roles.len(),
            ..Matched::default()
        };
        self.sort_fields(&mut found);
        self.sort_columns(&mut found);
        self.check_missing(&found)?;
        self.check_numbered(&found)?;
        Ok(found)
    }

    fn sort_fields(&self, found: &mut Matched) {
        for (field, role) in self.roles.iter().enumerate() {
            let name = self.names.get(field).map_or("", |name| name.trim());
            let name = match name.is_empty() {
                true => format!("column {}", field + 1),
                false => name.to_owned(),
            };
            let is_named = self.names.get(field).is_some_and(|n| !n.trim().is_empty());
            match role {
                Some(Role::Fills(_)) => {}
                Some(Role::FillsRespelled(at)) => {
                    let column = self.table.columns[*at].name.clone();
                    found.respelled.push((name, column));
                }
                Some(Role::IgnoredOnPurpose) => {
                    found.ignored.push(format!("{name} (ignored on purpose)"));
                }
                Some(Role::Computed) => {
                    found
                        .ignored
                        .push(format!("{name} (the server computes it)"));
                }
                Some(Role::Replaced) => {
                    found
                        .ignored
                        .push(format!("{name} (its column has a constant value)"));
                }
                Some(Role::FilledByPath) => {
                    found
                        .ignored
                        .push(format!("{name} (its column is filled from another place)"));
                }
                Some(Role::Entered) => {}
                None if !is_named => found.ignored.push(format!("{name} (no name)")),
                None => {
                    found.ignored.push(name.clone());
                    found.unknown_fields.push((field, name));
                }
            }
        }
    }

    fn sort_columns(&self, found: &mut Matched) {
        for (at, column) in self.table.columns.iter().enumerate() {
            let constant = self.constants.iter().find(|(c, _)| *c == at);
            let source = match (constant, self.fields_of(at).first()) {
                (Some((_, value)), _) => ColumnSource::Constant(Arc::clone(value)),
                (None, Some(field)) => ColumnSource::Field(*field),
                (None, None) if column.generated => continue,
                (None, None) => {
                    found.unfilled.push(Unfilled::new(column));
                    continue;
                }
            };
            found.columns.push((at, source));
        }
    }

    /// Returns an error if a column that needs a value gets none.
    fn check_missing(&self, found: &Matched) -> Result<(), Misfit> {
        if self.is_partial {
            return Ok(());
        }
        let is_filled = |at: usize| found.columns.iter().any(|(column, _)| *column == at);
        let columns = self.table.columns.iter().enumerate();
        let missing = columns.filter(|(at, c)| !is_filled(*at) && !c.may_be_missing());
        let missing: Vec<_> = missing.map(|(_, c)| c.name.as_str()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let quoted: Vec<_> = missing.iter().map(|name| format!("\"{name}\"")).collect();
        let quoted = quoted.join(", no column ");
        if self.basis == Basis::Positions {
            return Err(Misfit::Names(format!(
                "the setting \"fields\" of table {} has no column {quoted}, which needs a value",
                self.table.name
            )));
        }
        let unknown = &found.unknown_fields;
        let other = match similar_names::not_utf_8(unknown, self.table) {
            Some(words) => format!("; {words}"),
            None => similar_names::of_missing(&self.table.name, &missing, unknown),
        };
        Err(Misfit::Line(format!(
            "{} has no column {quoted}; found \"{}\"{other}",
            self.holder(),
            shown(&self.names),
        )))
    }
    /// Returns an error if a column of a foreign key is missing and the server would number it. The
    /// client would not know the numbers, so it could not reject rows without a parent.
    fn check_numbered(&self, found: &Matched) -> Result<(), Misfit> {
        let is_numbered = |name: &String| {
            let mut unfilled = found.unfilled.iter();
            unfilled.any(|column| column.name == *name && column.gets == FillValue::AutoIncrement)
        };
        let to_itself =
            |key: &ForeignKey| key.refers_to(&self.table.name) && key.columns == key.parent_columns;
        let mut keys = self.table.foreign_keys.iter().filter(|key| !to_itself(key));
        let broken = keys.find_map(|key| Some((key, key.columns.iter().find(|c| is_numbered(c))?)));
        let Some((key, column)) = broken else {
            return Ok(());
        };
        Err(Misfit::Line(format!(
            "{} has no column \"{column}\": the server would number it, but it belongs to the foreign key {} to {}; \
             add the column to the file; found \"{}\"{}",
            self.holder(),
            key.name,
            key.parent(),
            shown(&self.names),
            similar_names::of_missing(&self.table.name, &[column], &found.unknown_fields)
        )))
    }
}
