//! Decides which column each field of a file fills: first by the user's mapping, then by the names
//! in the header.
//!
//! Exact names take precedence. After that, case, blanks, `_`, `-` and dots are disregarded, if
//! exactly one field and one column match. If several match, that is an error.

mod faults;
mod outcome;
mod paths;

use model::wording::counted;
use std::sync::Arc;

use faults::numbers;

use super::{Misfit, Unfilled, shown};
use crate::mapping::{Mapping, Rename, fields_named};
use crate::near::{is_same_loosely, nearest};
use model::schema::Table;
use model::shell::quoted;

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnSource {
    /// The field at this position of each record.
    Field(usize),
    /// A constant text, the same in every row.
    Constant(Arc<str>),
}

/// The fields of a file and the columns that they fill.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// Number of fields of each record.
    pub fields: usize,
    /// The columns that are filled, in the schema's order.
    pub columns: Vec<(usize, ColumnSource)>,
    /// Names of fields that are ignored. A reason follows the name, unless it is that the table has
    /// no such column.
    pub ignored: Vec<String>,
    /// Columns that no field fills although a field could.
    pub unfilled: Vec<Unfilled>,
    /// Fields whose name differs from that of their column in spelling: (field, column).
    pub respelled: Vec<(String, String)>,
    /// The fields whose name is not a column of the table: (position of the field, name).
    pub unknown_fields: Vec<(usize, String)>,
}

/// What a field is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The field fills this column.
    Fills(usize),
    /// The field fills this column, although its name is spelled differently.
    FillsRespelled(usize),
    IgnoredOnPurpose,
    /// The field has the name of a column that the server computes.
    Computed,
    /// The field has the name of a column that gets a constant value.
    Replaced,
    /// The field has the name of a column that a path fills.
    FilledByPath,
    /// The field fills no column itself, but a path selects values inside it.
    Entered,
}

/// The name in the setting `fields` that means that a field is ignored.
const NO_COLUMN: &str = "-";

/// Matches the names of a header with the columns of a table.
pub(super) fn matched(
    names: &[String],
    table: &Table,
    mapping: &Mapping,
) -> Result<Matched, Misfit> {
    let mut matching = Matching::new(table, mapping, names.to_vec())?;
    if mapping.fields.is_empty() {
        matching.by_renames(mapping)?;
        matching.leave_out(&mapping.ignored);
        matching.by_exact_names();
        matching.by_similar_names()?;
        matching.check_repeated()?;
        if matching.fills_nothing() {
            return Err(Misfit::Line(format!(
                "the first line is not a header for table {}; expected column names such as \"{}\", found \"{}\"",
                table.name,
                super::expected(table),
                shown(names)
            )));
        }
    } else {
        if mapping.fields.len() != names.len() {
            return Err(Misfit::Line(format!(
                "the setting \"fields\" of table {} has {}, but the header has {}: \"{}\"",
                table.name,
                counted(mapping.fields.len() as u64, "name", "names"),
                names.len(),
                shown(names)
            )));
        }
        matching.by_position(&mapping.fields)?;
    }
    matching.finish()
}

/// Matches the names in JSON records with the columns of a table. The fields of the result are the
/// members with these names, followed by the values of the mapping's paths.
pub(super) fn matched_keys(
    keys: &[String],
    table: &Table,
    mapping: &Mapping,
) -> Result<Matched, Misfit> {
    if !mapping.fields.is_empty() {
        return Err(Misfit::Names(format!(
            "the setting \"fields\" of table {} is for files whose fields have positions; name the values of JSON records: --set {}",
            table.name,
            quoted(&format!("{}.COLUMN.from=$.NAME", table.name))
        )));
    }
    let mut matching = Matching::new(table, mapping, keys.to_vec())?;
    matching.basis = Basis::Keys;
    matching.by_paths(mapping)?;
    matching.by_renames(mapping)?;
    matching.leave_out(&mapping.ignored);
    matching.by_exact_names();
    matching.by_similar_names()?;
    matching.check_repeated()?;
    matching.pass_entered(mapping);
    if matching.fills_nothing() {
        return Err(Misfit::Line(format!(
            "the records have no column of table {}; expected names such as \"{}\", found \"{}\"",
            table.name,
            super::expected(table),
            shown(keys)
        )));
    }
    matching.finish()
}

/// Matches the fields of a file without a header. The setting `fields` names their columns. Without
/// this setting, the fields fill all columns that can be loaded, in the schema's order.
pub(super) fn matched_without_header(table: &Table, mapping: &Mapping) -> Result<Matched, Misfit> {
    if !mapping.renames.is_empty() || !mapping.ignored.is_empty() {
        return Err(Misfit::Names(format!(
            "the files of table {} have no header, so no field has a name; name the columns of the fields by position instead of \"rename\" and \"ignore\": --set {}",
            table.name,
            quoted(&format!("{}.fields=COLUMN,-,COLUMN", table.name))
        )));
    }
    let mut matching = Matching::new(table, mapping, Vec::new())?;
    match mapping.fields.is_empty() {
        false => matching.by_position(&mapping.fields)?,
        true => {
            let loaded = (0..table.columns.len()).filter(|at| !matching.is_filled(*at));
            matching.roles = loaded.map(|at| Some(Role::Fills(at))).collect();
        }
    }
    matching.finish()
}

/// The position of the column with this name. If none has exactly this name, case, blanks and
/// punctuation are disregarded.
pub(crate) fn column_named(table: &Table, name: &str) -> Result<usize, String> {
    let mut exact = table.columns.iter();
    let mut found = exact.position(|column| column.is_named(name));
    if found.is_none() {
        let alike = columns_like(table, name);
        found = alike.first().copied().filter(|_| alike.len() == 1);
    }
    let Some(at) = found else {
        let names = table.columns.iter().map(|column| column.name.as_str());
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
        };
        return Err(format!("table {} has no column {name}; {hint}", table.name));
    };
    match table.columns[at].generated {
        true => Err(format!(
            "the server computes column {} of table {}, so no field can fill it",
            table.columns[at].name, table.name
        )),
        false => Ok(at),
    }
}

/// The columns that have this name if case, blanks and punctuation are disregarded.
fn columns_like(table: &Table, name: &str) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let alike = columns.filter(|(_, column)| is_same_loosely(name, &column.name));
    alike.map(|(at, _)| at).collect()
}

/// The evidence by which fields are matched with columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// The names in the header.
    Names,
    /// The setting `fields`, or the schema's order.
    Positions,
    /// The names in JSON records, and the paths of the mapping.
    Keys,
}

struct Matching<'a> {
    table: &'a Table,
    basis: Basis,
    /// The names in the header. Empty if there is no header.
    names: Vec<String>,
    /// What each field is used for. `None` if that is not decided yet.
    roles: Vec<Option<Role>>,
    constants: Vec<(usize, Arc<str>)>,
    /// The columns that paths fill.
    by_path: Vec<usize>,
    /// Whether columns may lack a value.
    is_partial: bool,
}

impl<'a> Matching<'a> {
    fn new(table: &'a Table, mapping: &Mapping, names: Vec<String>) -> Result<Self, Misfit> {
        let mut constants = Vec::new();
        for constant in &mapping.constants {
            let at = column_named(table, &constant.column).map_err(Misfit::Names)?;
            constants.push((at, Arc::from(constant.value.as_str())));
        }
        Ok(Matching {
            table,
            basis: Basis::Names,
            roles: vec![None; names.len()],
            names,
            constants,
            by_path: Vec::new(),
            is_partial: mapping.partial,
        })
    }

    /// The words for where the names are, in messages.
    fn holder(&self) -> &'static str {
        match self.basis {
            Basis::Keys => "the list of names in the records",
            Basis::Names | Basis::Positions => "the header",
        }
    }

    fn by_position(&mut self, fields: &[String]) -> Result<(), Misfit> {
        self.basis = Basis::Positions;
        self.roles.clear();
        for name in fields {
            if name.is_empty() || name == NO_COLUMN {
                self.roles.push(Some(Role::IgnoredOnPurpose));
                continue;
            }
            let at = column_named(self.table, name);
            let at = at.map_err(|why| Misfit::Names(format!("the setting \"fields\": {why}")))?;
            if self.has_constant(at) {
                return Err(Misfit::Names(format!(
                    "column {} of table {} is in the setting \"fields\" but also has a constant value; remove one of the two settings",
                    self.table.columns[at].name, self.table.name
                )));
            }
            if self.is_filled(at) {
                return Err(Misfit::Names(format!(
                    "the setting \"fields\" of table {} names column {} more than once",
                    self.table.name, self.table.columns[at].name
                )));
            }
            self.roles.push(Some(Role::Fills(at)));
        }
        Ok(())
    }

    fn by_renames(&mut self, mapping: &Mapping) -> Result<(), Misfit> {
        for rename in &mapping.renames {
            let wrong = |why: String| Misfit::Names(format!("rename {rename}: {why}"));
            let field = self.field_of(rename).map_err(wrong)?;
            let column = column_named(self.table, &rename.column).map_err(wrong)?;
            if self.has_constant(column) {
                let why = format!("column {} has a constant value", rename.column);
                return Err(wrong(why));
            }
            self.roles[field] = Some(Role::Fills(column));
        }
        for rename in &mapping.renames_of_all {
            let (field, column) = (
                self.field_of(rename),
                column_named(self.table, &rename.column),
            );
            if let (Ok(field), Ok(column)) = (field, column)
                && self.roles[field].is_none()
                && !self.has_constant(column)
            {
                self.roles[field] = Some(Role::Fills(column));
            }
        }
        Ok(())
    }

    /// The only field that has the name in a rename.
    fn field_of(&self, rename: &Rename) -> Result<usize, String> {
        match fields_named(&self.names, &rename.field)[..] {
            [only] => Ok(only),
            [] => {
                let hint = match nearest(&rename.field, &self.names) {
                    Some(near) => format!("did you mean {}?", near.trim()),
                    None => format!("it has \"{}\"", shown(&self.names)),
                };
                Err(format!(
                    "{} has no field {}; {hint}",
                    self.holder(),
                    rename.field
                ))
            }
            ref several => Err(format!(
                "{} has {} more than once, in fields {}; {}",
                self.holder(),
                rename.field,
                numbers(several),
                self.by_position_instead()
            )),
        }
    }

    fn leave_out(&mut self, ignored: &[String]) {
        for name in ignored {
            for field in fields_named(&self.names, name) {
                self.roles[field].get_or_insert(Role::IgnoredOnPurpose);
            }
        }
    }

    fn by_exact_names(&mut self) {
        for (field, name) in self.names.iter().enumerate() {
            if self.roles[field].is_some() {
                continue;
            }
            let columns = || self.table.columns.iter();
            let itself = columns().position(|column| column.name == *name);
            let same = || columns().position(|column| column.is_named(name));
            let Some(at) = itself.or_else(same) else {
                continue;
            };
            self.roles[field] = Some(match self.table.columns[at].generated {
                true => Role::Computed,
                false if self.has_constant(at) => Role::Replaced,
                false if self.by_path.contains(&at) => Role::FilledByPath,
                false => Role::Fills(at),
            });
        }
    }

    /// Matches the remaining fields with the remaining columns by name, disregarding case, blanks
    /// and punctuation.
    fn by_similar_names(&mut self) -> Result<(), Misfit> {
        let mut fields_of = vec![Vec::new(); self.table.columns.len()];
        let mut faults = Vec::new();
        for (field, name) in self.names.iter().enumerate() {
            if self.roles[field].is_some() {
                continue;
            }
            let alike = columns_like(self.table, name);
            let open: Vec<usize> = alike
                .iter()
                .copied()
                .filter(|at| !self.is_filled(*at))
                .collect();
            match (&alike[..], &open[..]) {
                ([at], []) if self.has_constant(*at) => {
                    self.roles[field] = Some(Role::Replaced);
                }
                ([at], []) if self.by_path.contains(at) => {
                    self.roles[field] = Some(Role::FilledByPath);
                }
                ([at], []) if self.table.columns[*at].generated => {
                    self.roles[field] = Some(Role::Computed);
                }
                ([_], [at]) => fields_of[*at].push(field),
                (_, []) => {}
                _ => faults.push(self.several_columns(field, &alike)),
            }
        }
        for (at, fields) in fields_of.iter().enumerate() {
            match fields[..] {
                [] => {}
                [field] => self.roles[field] = Some(Role::FillsRespelled(at)),
                _ => faults.push(self.several_fields(at, fields)),
            }
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Misfit::Names(faults.join("; "))),
        }
    }

    fn has_constant(&self, column: usize) -> bool {
        self.constants.iter().any(|(at, _)| *at == column)
    }

    /// Whether the column has its value already, so that no other field can fill it.
    fn is_filled(&self, column: usize) -> bool {
        self.table.columns[column].generated
            || self.has_constant(column)
            || !self.fields_of(column).is_empty()
    }

    fn fields_of(&self, column: usize) -> Vec<usize> {
        let roles = self.roles.iter().enumerate();
        let filling = roles.filter(|(_, role)| match role {
            Some(Role::Fills(at) | Role::FillsRespelled(at)) => *at == column,
            _ => false,
        });
        filling.map(|(field, _)| field).collect()
    }

    fn fills_nothing(&self) -> bool {
        let fills =
            |role: &Option<Role>| matches!(role, Some(Role::Fills(_) | Role::FillsRespelled(_)));
        !self.roles.iter().any(fills)
    }
}
