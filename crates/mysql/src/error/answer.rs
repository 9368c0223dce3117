//! An error that the server returned: whether a row, a CHECK or a method is the cause.

use std::fmt;

use super::Cause;
use crate::server_error::*;

/// Errors that are caused by a row, although not all of them have a SQLSTATE that says so.
const ABOUT_A_ROW: [u16; 26] = [
    ER_WARN_DATA_OUT_OF_RANGE,
    WARN_DATA_TRUNCATED,
    ER_TRUNCATED_WRONG_VALUE,
    ER_TRUNCATED_WRONG_VALUE_FOR_FIELD,
    ER_NO_DEFAULT_FOR_FIELD,
    ER_VIEW_CHECK_FAILED,
    ER_DATA_TOO_LONG,
    ER_WRONG_VALUE_FOR_TYPE,
    ER_CANT_CREATE_GEOMETRY_OBJECT,
    ER_WRONG_VALUE,
    ER_NO_PARTITION_FOR_GIVEN_VALUE,
    ER_SIGNAL_EXCEPTION,
    ER_INVALID_JSON_TEXT,
    ER_CHECK_CONSTRAINT_VIOLATED,
    ER_CONSTRAINT_FAILED,
    ER_DATA_OUT_OF_RANGE,
    ER_TOO_BIG_ROWSIZE,
    ER_ILLEGAL_VALUE_FOR_TYPE,
    ER_ROW_DOES_NOT_MATCH_GIVEN_PARTITION_SET,
    ER_WARN_DATA_TRUNCATED_FUNCTIONAL_INDEX,
    ER_WARN_DATA_OUT_OF_RANGE_FUNCTIONAL_INDEX,
    ER_INVALID_JSON_VALUE_FOR_FUNC_INDEX,
    ER_JSON_VALUE_OUT_OF_RANGE_FOR_FUNC_INDEX,
    ER_EXCEEDED_MV_KEYS_NUM,
    ER_EXCEEDED_MV_KEYS_SPACE,
    ER_FUNCTIONAL_INDEX_DATA_IS_TOO_LONG,
];

/// An error that the server returned.
#[derive(Debug)]
pub struct ServerError {
    /// The server's error number; [`server_error`](crate::server_error) has the names.
    pub code: u16,
    /// SQLSTATE, five characters; empty if the server sent none.
    pub state: String,
    /// The server's message.
    pub message: String,
    /// The client's error, which `Display` shows.
    pub(super) client: Option<Cause>,
}

impl ServerError {
    /// A value without the client's error.
    pub(super) fn new(code: u16, state: &str, message: &str) -> ServerError {
        ServerError {
            code,
            state: state.to_owned(),
            message: message.to_owned(),
            client: None,
        }
    }

    /// Whether the error says that two rows have the same key.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self.code, ER_DUP_ENTRY | ER_DUP_ENTRY_WITH_KEY_NAME)
    }

    /// Whether the error says that a row does not meet a CHECK.
    pub(crate) fn breaks_check(&self) -> bool {
        matches!(
            self.code,
            ER_CHECK_CONSTRAINT_VIOLATED | ER_CONSTRAINT_FAILED
        )
    }

    /// Whether the server cannot make the change by this ALGORITHM or LOCK, but perhaps by another.
    pub(crate) fn needs_other_method(&self) -> bool {
        matches!(
            self.code,
            ER_ALTER_OPERATION_NOT_SUPPORTED | ER_ALTER_OPERATION_NOT_SUPPORTED_REASON
        )
    }

    /// Whether the error comes from Galera, whose messages all contain the word WSREP.
    pub(crate) fn is_of_galera(&self) -> bool {
        self.message.contains("WSREP")
    }

    /// Whether a row is the cause. SQLSTATE classes 22 (data), 23 (integrity), 44 (WITH CHECK
    /// OPTION) and 45 (a trigger's SIGNAL) are about the row, and so are some codes of class HY000.
    pub(crate) fn blames_row(&self) -> bool {
        let class = self.state.get(..2).unwrap_or("");
        matches!(class, "22" | "23" | "44" | "45")
            || ABOUT_A_ROW.contains(&self.code)
            || self.is_about_json()
    }

    /// Whether a function of MariaDB, in a CHECK or a generated column, cannot read the JSON of a
    /// row. The words are checked because these numbers have other meanings on OceanBase.
    fn is_about_json(&self) -> bool {
        (ER_JSON_BAD_CHR..=ER_JSON_DEPTH).contains(&self.code)
            && self.message.contains(" JSON ")
            && self.message.contains(" in argument ")
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Some(client) => write!(f, "{client}"),
            None => write!(f, "{} ({}): {}", self.code, self.state, self.message),
        }
    }
}
