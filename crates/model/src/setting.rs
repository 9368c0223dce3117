//! A setting of one table or column before its value is parsed.

/// Why a setting is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingError {
    /// No setting has this name.
    Unknown,
    /// The setting does not accept the value. The text says why.
    Wrong(String),
}

impl From<String> for SettingError {
    fn from(why: String) -> SettingError {
        SettingError::Wrong(why)
    }
}

/// The value of a setting that must have exactly one.
///
/// # Errors
///
/// When there are several values, or none.
pub fn single(values: &[String]) -> Result<&str, SettingError> {
    match values {
        [only] => Ok(only),
        _ => Err(SettingError::Wrong(
            "must have exactly one value".to_owned(),
        )),
    }
}

/// Parses the value of a setting that is on or off.
///
/// # Errors
///
/// When the value is not `true` or `false`.
pub fn switch(values: &[String]) -> Result<bool, SettingError> {
    match single(values)? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(SettingError::Wrong("must be true or false".to_owned())),
    }
}
