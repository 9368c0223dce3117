//! Why a schema file cannot be used.

use std::fmt;

/// A result of this crate.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// What helps where a clause can only be parsed by a server.
const LET_A_SERVER_PARSE_IT: &str = "`check` knows no such clause: `reviewseed seed --dry-run` \
     lets the server parse the schema; or leave the clause out";

/// Why a schema file cannot be used. `Display` names file and line, and says what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A string, a quoted name or a comment has no end.
    NeverClosed {
        /// The name of the file.
        origin: String,
        /// The line on which it begins, from 1.
        line: usize,
        /// The string, name or comment, with its article.
        what: &'static str,
    },
    /// Statements that cannot be used: one message for each, with file and line.
    Statements(Vec<String>),
    /// The file has no CREATE TABLE.
    NoTable {
        /// The name of the file.
        origin: String,
    },
    /// The tables of the file are in two databases: the message names both, with their lines.
    TwoDatabases(String),
    /// What only a server can parse: one message for each, with file and line.
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
                "{origin}: there is no CREATE TABLE in it; name the file that has the tables with --schema FILE"
            ),
            Error::NeedsServer(messages) => {
                write!(f, "{}; {LET_A_SERVER_PARSE_IT}", messages.join("\n"))
            }
            Error::TwoDatabases(message) | Error::UnsupportedType(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}
