//! The user's settings that say how values are written, for each column of a table.

use std::sync::Arc;

use model::schema::ValueFormat;
use model::setting::SettingError;

use crate::error::{Error, Result};
use crate::readings::Told;

/// The user's settings that say how values are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldValues {
    /// Settings for all columns.
    pub of_all: ValueFormat,
    /// Settings for single tables and columns. Later ones take precedence.
    pub single: Vec<ToldSetting>,
}

/// A setting that the user gave for a table or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldSetting {
    /// The table; case does not matter.
    pub table: String,
    /// The column, whose case does not matter; `None` for all columns of the table.
    pub column: Option<String>,
    /// The name of the setting.
    pub key: String,
    /// The values of the setting.
    pub values: Vec<String>,
    /// Where the user gave the setting, for messages.
    pub place: String,
}

impl ToldValues {
    /// The settings for each of these columns of a table, without those that are not about values.
    ///
    /// # Errors
    ///
    /// When a setting is for a column that the table does not have, or has a value that it does not
    /// accept.
    pub(crate) fn of_columns(&self, table: &str, columns: &[String]) -> Result<Vec<Arc<Told>>> {
        let of_table = |setting: &&ToldSetting| {
            let is_value = ValueFormat::KEYS.contains(&setting.key.as_str());
            // `trim` of a table applies to all fields without quotes, so it belongs to the dialect
            let is_dialect = setting.column.is_none() && setting.key == "trim";
            setting.table.eq_ignore_ascii_case(table) && is_value && !is_dialect
        };
        let single: Vec<&ToldSetting> = self.single.iter().filter(of_table).collect();
        for setting in &single {
            if let Some(column) = &setting.column
                && !columns.iter().any(|name| is_same(name, column))
            {
                return Err(Error::Told(format!(
                    "{}: table {table} has no column {column}; found {}",
                    setting.place,
                    columns.join(", ")
                )));
            }
        }
        let told = columns.iter().map(|name| self.of_column(name, &single));
        told.collect()
    }

    fn of_column(&self, name: &str, single: &[&ToldSetting]) -> Result<Arc<Told>> {
        let mut told = Told {
            format: self.of_all.clone(),
            own_nulls: Vec::new(),
        };
        // settings of a column take precedence over those of its table
        let of_table = single.iter().filter(|setting| setting.column.is_none());
        let of_column = single.iter().filter(|setting| {
            let column = setting.column.as_ref();
            column.is_some_and(|column| is_same(name, column))
        });
        for setting in of_table.chain(of_column) {
            let set = told.format.set(&setting.key, &setting.values);
            if let Err(SettingError::Wrong(why)) = set {
                return Err(Error::Told(format!("{}: {why}", setting.place)));
            }
            if setting.key == "null" && setting.column.is_some() {
                told.own_nulls.clone_from(&setting.values);
            }
        }
        Ok(Arc::new(told))
    }
}

fn is_same(name: &str, other: &str) -> bool {
    name.to_lowercase() == other.to_lowercase()
}
