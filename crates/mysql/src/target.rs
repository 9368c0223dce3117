//! The table that rows are loaded into, and the statement that loads them.

use model::schema::{Column, ColumnType};
use mysql_schema::quote::quote_identifier;

/// The SQL statement that loads rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SqlLoad {
    /// LOAD DATA LOCAL INFILE, streamed from memory.
    LocalInfile,
    /// INSERT statements of many rows, in strict mode.
    Insert,
}

impl SqlLoad {
    /// The word on the command line and in the report.
    pub fn name(self) -> &'static str {
        match self {
            SqlLoad::LocalInfile => "local-infile",
            SqlLoad::Insert => "insert",
        }
    }
}

/// A table into which rows are loaded: its name and the columns that rows hold, in their order.
#[derive(Debug, Clone)]
pub struct Target {
    /// Table name.
    pub table: String,
    /// The columns that rows hold.
    pub columns: Vec<Column>,
    /// The names of the columns that the server computes: generated ones, and those that rows do
    /// not hold and that have a DEFAULT.
    pub computed: Vec<String>,
}

/// Makes a session keep all notes about the rows of a statement, because it shows only 64 or 1,024
/// by default.
pub const KEEP_NOTES: &str = "SET max_error_count = 65535";

impl Target {
    /// The columns as a list for SQL, quoted.
    pub fn column_list(&self) -> String {
        let names: Vec<_> = self
            .columns
            .iter()
            .map(|c| quote_identifier(&c.name))
            .collect();
        names.join(",")
    }

    /// Whether a warning is a note that the server has rounded or cut the value of a column that it
    /// computes, to fit the type. Values of the file are not changed. In strict mode, a result that
    /// does not fit is an error, and with LOAD DATA LOCAL a warning of another level.
    pub fn is_about_computed(&self, level: &str, message: &str) -> bool {
        let mut computed = self.computed.iter();
        level.eq_ignore_ascii_case("Note")
            && computed.any(|name| message.contains(&format!("column '{name}'")))
    }

    /// Name of a member of an ENUM column; `None` for other columns, and for members that do not
    /// exist.
    pub fn member(&self, column: usize, position: u32) -> Option<&str> {
        match &self.columns[column].kind {
            ColumnType::Enum { members } => {
                let index = usize::try_from(position).ok()?.checked_sub(1)?;
                members.get(index).map(String::as_str)
            }
            _ => None,
        }
    }
}
