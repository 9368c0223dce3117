//! How the files of one table are found and read.

use super::format::Format;
use super::mapping::Mapping;
use model::setting::SettingError;

/// The settings by which the files of one table are found and read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableInput {
    /// The format of the files.
    pub format: Format,
    /// Which fields fill which columns.
    pub mapping: Mapping,
    /// The files, relative to the input folder. Names may contain `*` and `?`. If empty, the files
    /// are found by the table's name.
    pub files: Vec<String>,
}

impl TableInput {
    /// The names of the settings.
    pub fn keys() -> Vec<&'static str> {
        [Format::KEYS, Mapping::KEYS, &["files"]].concat()
    }

    /// Changes the setting of this name.
    ///
    /// # Errors
    ///
    /// When no setting has this name, or the setting does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        if key == "files" {
            if values.iter().any(String::is_empty) {
                return Err(SettingError::Wrong("must be the name of a file".to_owned()));
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
