//! How the files of one table are read.

use super::format::Format;
use model::setting::SettingError;

/// How the files of one table are read, where that differs from the files of other tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableInput {
    /// The format of the files.
    pub format: Format,
}

impl TableInput {
    /// The names of the settings.
    pub const KEYS: &[&str] = Format::KEYS;

    /// Sets one setting by its name.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        self.format.set(key, values)
    }
}
