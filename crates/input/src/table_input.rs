//! How the files of one table are found and read.

use super::format::Format;
use super::mapping::Mapping;
use model::setting::SettingError;

/// How the files of one table are found and read, where that differs from other tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableInput {
    /// The format of the files.
    pub format: Format,
    /// Which fields fill which columns.
    pub mapping: Mapping,
    /// The files, relative to the input folder, with `*` and `?` in their names. Empty: the files
    /// are found by the table's name.
    pub files: Vec<String>,
}

impl TableInput {
    /// The names of the settings.
    pub fn keys() -> Vec<&'static str> {
        [Format::KEYS, Mapping::KEYS, &["files"]].concat()
    }

    /// Sets one setting by its name.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        if key == "files" {
            if values.iter().any(String::is_empty) {
                return Err(SettingError::Wrong("is the name of a file".to_owned()));
            }
            self.files = values.to_vec();
            return Ok(());
        }
        match self.mapping.set(key, values) {
            Err(SettingError::Unknown) => self.format.set(key, values),
            done => done,
        }
    }
}
