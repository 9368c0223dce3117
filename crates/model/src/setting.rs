//! A setting of one table or column as it was given, before it has a type.

/// Why a setting is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingError {
    /// There is no setting of this name.
    Unknown,
    /// The setting does not accept the value; these words say why.
    Wrong(String),
}

impl From<String> for SettingError {
    fn from(why: String) -> SettingError {
        SettingError::Wrong(why)
    }
}

/// The only value of a setting that takes one.
///
/// # Errors
///
/// When there are several values.
pub fn single(values: &[String]) -> Result<&str, SettingError> {
    match values {
        [only] => Ok(only),
        _ => Err(SettingError::Wrong("must have exactly one value".to_owned())),
    }
}

/// The value of a setting that is on or off.
///
/// # Errors
///
/// When it is not `true` or `false`.
pub fn switch(values: &[String]) -> Result<bool, SettingError> {
    match single(values)? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(SettingError::Wrong("must be true or false".to_owned())),
    }
}
