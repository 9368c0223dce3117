//! The dialects of well-known programs.

use super::{Dialect, Escape, EscapeStyle, HeaderLine, LineEnd, Nulls, Quoted, Symbol};

/// The dialect of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedDialect {
    /// The output of `SELECT … INTO OUTFILE … FIELDS TERMINATED BY ',' [OPTIONALLY] ENCLOSED BY
    /// '"'` in MySQL and MariaDB.
    Mysql,
    /// The output of `mysqldump --tab` and of INTO OUTFILE without FIELDS: tabs, and no quotes.
    MysqldumpTab,
    /// The CSV files of Excel in countries where the decimal separator is a comma: fields are
    /// separated by semicolons.
    Excel,
    /// The CSV files that Apache Spark writes.
    Spark,
    /// The output of `COPY … (FORMAT csv)` in PostgreSQL.
    Postgres,
    /// The output of `COPY` without a format in PostgreSQL: tabs, and no quotes.
    PostgresText,
    /// The output of Python's `csv.unix_dialect`.
    Unix,
}

/// The settings that a named dialect implies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// The delimiter; `None` if the program lets its users choose it.
    pub(crate) delimiter: Option<Symbol>,
    pub(crate) header: HeaderLine,
    /// All other settings.
    pub(crate) dialect: Dialect,
}

impl NamedDialect {
    /// All named dialects.
    pub const ALL: [NamedDialect; 7] = [
        NamedDialect::Mysql,
        NamedDialect::MysqldumpTab,
        NamedDialect::Excel,
        NamedDialect::Spark,
        NamedDialect::Postgres,
        NamedDialect::PostgresText,
        NamedDialect::Unix,
    ];

    /// The name of the dialect in settings.
    pub fn name(self) -> &'static str {
        match self {
            NamedDialect::Mysql => "mysql",
            NamedDialect::MysqldumpTab => "mysqldump-tab",
            NamedDialect::Excel => "excel",
            NamedDialect::Spark => "spark",
            NamedDialect::Postgres => "postgres",
            NamedDialect::PostgresText => "postgres-text",
            NamedDialect::Unix => "unix",
        }
    }

    /// Finds a dialect by its name.
    pub fn from_name(name: &str) -> Option<NamedDialect> {
        let mut all = NamedDialect::ALL.into_iter();
        all.find(|dialect| dialect.name() == name)
    }

    pub(crate) fn bundle(self) -> Bundle {
        let backslash = |style| Some(Escape { byte: b'\\', style });
        let tabs = Some(Symbol::byte(b'\t'));
        let (delimiter, header) = match self {
            NamedDialect::MysqldumpTab | NamedDialect::PostgresText => (tabs, HeaderLine::Absent),
            NamedDialect::Excel => (Some(Symbol::byte(b';')), HeaderLine::Present),
            _ => (None, HeaderLine::Present),
        };
        let base = Dialect::default();
        let dialect = match self {
            NamedDialect::Mysql => Dialect {
                escape: backslash(EscapeStyle::Mysql),
                // MySQL writes a CR in a text without an escape, so a CR cannot end a line
                line_end: LineEnd::Lf,
                quoted: Quoted::Text,
                nulls: Nulls::Mark,
                ..base
            },
            NamedDialect::MysqldumpTab => Dialect {
                quote: None,
                ..NamedDialect::Mysql.bundle().dialect
            },
            // except for the delimiter, Excel and Unix follow RFC 4180
            NamedDialect::Excel | NamedDialect::Unix => base,
            NamedDialect::Spark => Dialect {
                escape: backslash(EscapeStyle::Quotes),
                quoted: Quoted::Text,
                nulls: Nulls::Empty,
                ..base
            },
            NamedDialect::Postgres => Dialect {
                quoted: Quoted::Text,
                nulls: Nulls::Empty,
                ..base
            },
            NamedDialect::PostgresText => Dialect {
                quote: None,
                escape: backslash(EscapeStyle::Postgres),
                nulls: Nulls::Mark,
                ..base
            },
        };
        Bundle {
            delimiter,
            header,
            dialect,
        }
    }
}
