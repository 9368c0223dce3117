//! How files write the values of a column: a setting of the load, which the tables do not have.

use crate::setting::SettingError;

/// How files write the values of a column. The default is what every column reads without settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueFormat {
    /// Words that mean NULL, besides an empty field, `\N` and `null`. Blanks around them and
    /// upper or lower case count.
    pub nulls: Vec<String>,
}

impl ValueFormat {
    /// The names of the settings.
    pub const KEYS: &[&str] = &["null"];

    /// Sets one setting by its name.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it does not accept the value.
    pub fn set(&mut self, key: &str, values: &[String]) -> Result<(), SettingError> {
        match key {
            "null" => self.nulls = values.to_vec(),
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    /// What a column without settings of its own has of the settings of all columns: words for
    /// NULL do not apply to texts, in which they may be values.
    pub fn for_text(&self) -> ValueFormat {
        ValueFormat { nulls: Vec::new() }
    }
}
