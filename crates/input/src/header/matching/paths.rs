//! Fills columns from paths into JSON records.

use super::{Matching, Misfit, Role, column_named};
use crate::json::{Base, Step};
use crate::mapping::{ColumnPath, Mapping};
use model::shell::quoted;

impl Matching<'_> {
    /// Adds a field for each path.
    pub(super) fn by_paths(&mut self, mapping: &Mapping) -> Result<(), Misfit> {
        for ColumnPath { column, path } in &mapping.paths {
            let at = column_named(self.table, column).map_err(Misfit::Names)?;
            let name = &self.table.columns[at].name;
            if self.has_constant(at) {
                return Err(Misfit::Names(format!(
                    "column {name} of table {} has a constant value, but is also to be filled from {path}; remove one of the two settings",
                    self.table.name
                )));
            }
            if path.base != Base::Record && mapping.each.is_none() {
                return Err(Misfit::Names(format!(
                    "column {name} of table {} is filled from {path}, a value within an element of an array, but no setting names the array: --set {}",
                    self.table.name,
                    quoted(&format!("{}.each=$.ARRAY", self.table.name))
                )));
            }
            self.names.push(path.to_string());
            self.roles.push(Some(Role::Fills(at)));
            self.by_path.push(at);
        }
        Ok(())
    }

    /// Does not report a member as ignored if a path leads into it.
    pub(super) fn pass_entered(&mut self, mapping: &Mapping) {
        let of_names = match mapping.each {
            Some(_) => Base::Element,
            None => Base::Record,
        };
        for path in mapping.paths.iter().map(|by_path| &by_path.path) {
            let Some(Step::Member(first)) = path.steps.first() else {
                continue;
            };
            let at = self.names.iter().position(|name| name == first);
            let Some(at) = at.filter(|_| path.base == of_names) else {
                continue;
            };
            if let None | Some(Role::FilledByPath) = self.roles[at] {
                self.roles[at] = Some(Role::Entered);
            }
        }
    }
}
