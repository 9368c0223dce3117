//! The settings about which fields of a file fill which columns. Without settings, the names in the
//! header decide.

use std::fmt;

use super::json::{Base, Path};
use super::near::is_same_loosely;
use model::schema::{is_same_name, meant};
use model::setting::{SettingError, single};

/// Which fields of one table's files fill which columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Fields that fill a column of another name. It is an error if the header does not have the
    /// field.
    pub renames: Vec<Rename>,
    /// Renames that apply to all tables. A rename is ignored if the header lacks the field or the
    /// table lacks the column.
    pub renames_of_all: Vec<Rename>,
    /// The columns that the fields fill, by position. `-` or an empty name ignores the field. If
    /// empty, the header decides.
    pub fields: Vec<String>,
    /// Names of fields that the user ignores.
    pub ignored: Vec<String>,
    /// Columns that get their value from a path in JSON records.
    pub paths: Vec<ColumnPath>,
    /// The array in JSON records whose elements are the rows.
    pub each: Option<Path>,
    /// Columns that get the same value in every row.
    pub constants: Vec<Constant>,
    /// Whether a file may lack columns that need a value, because its records may update existing
    /// rows.
    pub partial: bool,
}

/// A field that fills a column of another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The field's name in the header.
    pub field: String,
    /// The column.
    pub column: String,
}

/// A column that gets its value from a path in JSON records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPath {
    /// The column.
    pub column: String,
    /// The path to the value.
    pub path: Path,
}

/// A column that gets the same value in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// The column.
    pub column: String,
    /// The value, as it would be written in a file.
    pub value: String,
}

impl Mapping {
    /// The names of the settings.
    pub const KEYS: &[&str] = &["rename", "fields", "ignore", "each"];

    /// Changes the setting of this name.
    ///
    /// # Errors
    ///
    /// When no setting has this name, or the setting does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        match key {
            "rename" => {
                let renames = values.iter().map(|text| Rename::parse(text));
                self.renames = renames.collect::<Result<_, _>>()?;
            }
            "fields" => self.fields = listed(values),
            "ignore" => self.ignored = values.to_vec(),
            "each" => {
                let path = Path::parse(single(values)?)?;
                if path.base != Base::Record {
                    let why = format!("\"{path}\" does not begin with $");
                    return Err(SettingError::Wrong(why));
                }
                self.each = Some(path);
            }
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    /// Fills a column from a path in JSON records.
    ///
    /// # Errors
    ///
    /// When the text is not a path to a value.
    pub fn set_path(&mut self, column: &str, text: &str) -> Result<(), SettingError> {
        let path = Path::parse(text)?;
        let is_other = |path: &ColumnPath| !path.column.eq_ignore_ascii_case(column);
        self.paths.retain(is_other);
        self.paths.push(ColumnPath {
            column: column.to_owned(),
            path,
        });
        Ok(())
    }

    /// Sets the value of a column in every row.
    pub fn set_constant(&mut self, column: &str, value: &str) {
        let is_other = |constant: &Constant| !constant.column.eq_ignore_ascii_case(column);
        self.constants.retain(is_other);
        self.constants.push(Constant {
            column: column.to_owned(),
            value: value.to_owned(),
        });
    }

    /// Whether the mapping influences the values of rows, so that the same file gives different
    /// rows without the mapping.
    pub(super) fn decides_values(&self) -> bool {
        let renames = [&self.renames, &self.renames_of_all];
        renames.iter().any(|list| !list.is_empty())
            || !self.fields.is_empty()
            || !self.constants.is_empty()
            || !self.paths.is_empty()
            || self.each.is_some()
    }
}

/// Splits names at commas, if they are given as a single text.
fn listed(values: &[String]) -> Vec<String> {
    let trimmed = |name: &str| name.trim().to_owned();
    match values {
        [only] => only.split(',').map(trimmed).collect(),
        several => several.iter().map(|name| trimmed(name)).collect(),
    }
}

impl Rename {
    /// Parses `FIELD=COLUMN`. The name of a field may contain `=`.
    ///
    /// # Errors
    ///
    /// When the text does not have this form.
    pub fn parse(text: &str) -> Result<Rename, String> {
        match text.rsplit_once('=') {
            Some((field, column)) if !field.trim().is_empty() && !column.trim().is_empty() => {
                Ok(Rename {
                    field: field.trim().to_owned(),
                    column: column.trim().to_owned(),
                })
            }
            _ => Err(format!("\"{text}\" is not FIELD=COLUMN")),
        }
    }

    /// Splits `TABLE.FIELD=COLUMN` into the table and the rename of its field. `None` if the name
    /// does not begin with one of these tables.
    pub(super) fn of_table<'t>(&self, tables: &[&'t str]) -> Option<(&'t str, Rename)> {
        let dots = self.field.match_indices('.');
        let mut splits = dots.map(|(at, _)| (&self.field[..at], &self.field[at + 1..]));
        splits.find_map(|(table, field)| {
            let table = meant(table, tables)?;
            let rename = Rename {
                field: field.to_owned(),
                column: self.column.clone(),
            };
            (!field.is_empty()).then_some((table, rename))
        })
    }
}

/// Shows the rename as users type it.
impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.field, self.column)
    }
}

/// The positions of the fields that have exactly this name. If there are none, case, blanks and
/// punctuation are disregarded.
pub(super) fn fields_named(names: &[String], wanted: &str) -> Vec<usize> {
    let positions = |is_alike: fn(&str, &str) -> bool| -> Vec<usize> {
        let fields = names.iter().enumerate();
        let alike = fields.filter(|(_, name)| is_alike(name, wanted));
        alike.map(|(at, _)| at).collect()
    };
    let exact = positions(is_same_name);
    match exact.is_empty() {
        true => positions(is_same_loosely),
        false => exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_a_field_and_a_column_and_may_begin_with_a_table() {
        let parsed = |text: &str| Rename::parse(text).unwrap();
        let rename = parsed(" a = b = id ");
        assert_eq!((&rename.field[..], &rename.column[..]), ("a = b", "id"));
        for wrong in ["id", "=id", "a=", " =b"] {
            assert!(Rename::parse(wrong).is_err(), "{wrong}");
        }
        let tables = ["shops", "sales"];
        let of = |text: &str| {
            let found = parsed(text).of_table(&tables);
            found.map(|(table, rename)| format!("{table} {rename}"))
        };
        assert_eq!(of("Shops.ID=id").unwrap(), "shops ID=id");
        assert_eq!(of("shops.a.b=id").unwrap(), "shops a.b=id");
        assert_eq!(of("shop.ID=id"), None);
        assert_eq!(of("shops.=id"), None);
        assert_eq!(of("shops=id"), None);
    }

    #[test]
    fn a_list_of_fields_is_one_text_with_commas_or_several_texts() {
        let fields = |values: &[&str]| {
            let mut mapping = Mapping::default();
            let values: Vec<_> = values.iter().map(|v| (*v).to_owned()).collect();
            mapping.set("fields", &values).unwrap();
            mapping.fields.join("|")
        };
        assert_eq!(fields(&["id, -,,name"]), "id|-||name");
        assert_eq!(fields(&["id", "", "a,b"]), "id||a,b");
    }

    #[test]
    fn a_field_is_found_by_its_exact_name_or_else_loosely() {
        let names = ["Review ID", "review_id", "note", "NOTE "].map(str::to_owned);
        assert_eq!(fields_named(&names, "REVIEW_ID"), [1]);
        assert_eq!(fields_named(&names, "reviewId"), [0, 1]);
        assert_eq!(fields_named(&names, "Note"), [2, 3]);
        assert!(fields_named(&names, "x").is_empty());
    }
}
