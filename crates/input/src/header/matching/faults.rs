//! Errors about fields and columns that cannot be matched. They name the settings that decide.

use super::{Basis, Matching, NO_COLUMN, Role};
use crate::header::{Misfit, shown};
use model::shell::quoted;

impl Matching<'_> {
    pub(super) fn several_columns(&self, field: usize, columns: &[usize]) -> String {
        let quoted_names = columns.iter().map(|at| &self.table.columns[*at].name);
        let quoted_names: Vec<_> = quoted_names.map(|name| format!("\"{name}\"")).collect();
        let name = self.names[field].trim();
        format!(
            "field {} \"{name}\" may be meant for column {}; say for which one with --rename {}, or ignore the field with --set {}",
            field + 1,
            quoted_names.join(" or "),
            quoted(&format!("{name}=COLUMN")),
            self.ignoring(name)
        )
    }

    pub(super) fn several_fields(&self, column: usize, fields: &[usize]) -> String {
        let all = fields
            .iter()
            .map(|f| format!("field {} \"{}\"", f + 1, self.names[*f].trim()));
        let all: Vec<_> = all.collect();
        let last = fields.last().map_or("", |f| self.names[*f].trim());
        format!(
            "{} may be meant for column \"{}\"; ignore all of these fields except one, for example with --set {}",
            all.join(" and "),
            self.table.columns[column].name,
            self.ignoring(last)
        )
    }

    /// The value of `--set` that ignores a field, quoted for a shell.
    fn ignoring(&self, name: &str) -> String {
        quoted(&format!("{}.ignore={name}", self.table.name))
    }

    /// Returns an error if two fields name the same column, because it is unknown which field is
    /// meant.
    pub(super) fn check_repeated(&self) -> Result<(), Misfit> {
        let columns = self.table.columns.iter().enumerate();
        let repeated = columns.map(|(at, column)| (column, self.fields_of(at)));
        let repeated: Vec<_> = repeated
            .filter(|(_, fields)| fields.len() > 1)
            .map(|(column, fields)| {
                let fields = numbers(&fields);
                format!("\"{}\" more than once, in fields {fields}", column.name)
            })
            .collect();
        match repeated.is_empty() {
            true => Ok(()),
            false => Err(Misfit::Names(format!(
                "{} names column {}; found \"{}\"; {}",
                self.holder(),
                repeated.join(", column "),
                shown(&self.names),
                self.by_position_instead()
            ))),
        }
    }

    /// What to do about a name that several fields have. Proposes the setting `fields`, which names
    /// the columns by position and uses the first field of each name.
    pub(super) fn by_position_instead(&self) -> String {
        if self.basis == Basis::Keys {
            return format!(
                "say where the value is: --set {}",
                quoted(&format!("{}.COLUMN.from=$.NAME", self.table.name))
            );
        }
        let mut taken = Vec::new();
        let fields = self.roles.iter().zip(&self.names).map(|(role, name)| {
            let by_name = self.table.columns.iter();
            let by_name = by_name.filter(|c| !c.generated).find(|c| c.is_named(name));
            let column = match role {
                Some(Role::Fills(at) | Role::FillsRespelled(at)) => Some(&self.table.columns[*at]),
                Some(_) => None,
                None => by_name,
            };
            let column = column.filter(|column| !taken.contains(&&column.name));
            taken.extend(column.map(|column| &column.name));
            column.map_or(NO_COLUMN, |column| column.name.as_str())
        });
        let fields: Vec<_> = fields.collect();
        let setting = format!("{}.fields={}", self.table.name, fields.join(","));
        format!(
            "name the columns of the fields by position, with - for a field that is to be ignored: --set {}",
            quoted(&setting)
        )
    }
}

/// Lists field numbers, counted from 1.
pub(super) fn numbers(fields: &[usize]) -> String {
    let numbers: Vec<_> = fields.iter().map(|field| (field + 1).to_string()).collect();
    numbers.join(" and ")
}
