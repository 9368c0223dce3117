//! Why a schema file cannot be used.

use std::fmt;

/// The result of this crate's functions.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// What the user can do about a clause that only a server can parse.
const LET_A_SERVER_PARSE_IT: &str = "`check` cannot parse this clause; `reviewseed seed --dry-run` \
     lets the server parse the schema; or remove the clause";

/// Why a schema file cannot be used. `Display` names the file and the line, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A string, a quoted name or a comment is never closed.
    NeverClosed {
        /// The name of the file.
        origin: String,
        /// The line on which the string, name or comment begins, from 1.
        line: usize,
        /// What is not closed, with an article: `the string`.
        what: &'static str,
    },
    /// Statements that cannot be used. There is one message for each, with file and line.
    Statements(Vec<String>),
    /// The file contains no CREATE TABLE.
    NoTable {
        /// The name of the file.
        origin: String,
    },
    /// The tables of the file are in two databases. The message names both, with their lines.
    TwoDatabases(String),
    /// Clauses that only a server can parse. There is one message for each, with file and line.
    NeedsServer(Vec<String>),
    /// A column has a type whose values cannot be loaded.
    UnsupportedType(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NeverClosed { origin, line, what } => write!(
                f,
                "{origin}:{line}: {what} is never closed; is the file complete?"
            ),
            Error::Statements(messages) => f.write_str(&messages.join("\n")),
            Error::NoTable { origin } => write!(
                f,
                "{origin}: the file has no CREATE TABLE; use --schema FILE to name the file that creates the tables"
            ),
            Error::NeedsServer(messages) => {
                write!(f, "{}; {LET_A_SERVER_PARSE_IT}", messages.join("\n"))
            }
            Error::TwoDatabases(message) | Error::UnsupportedType(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}
