//! The dialects of well-known programs.

use super::{Dialect, Escape, EscapeStyle, HeaderLine, LineEnd, Nulls, Quoted, Symbol};

/// The dialect of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedDialect {
    /// `SELECT … INTO OUTFILE … FIELDS TERMINATED BY ',' [OPTIONALLY] ENCLOSED BY '"'` of MySQL and
    /// MariaDB.
    Mysql,
    /// `mysqldump --tab`, and INTO OUTFILE without FIELDS: tabs, and no quotes.
    MysqldumpTab,
    /// Excel, where the decimal separator is a comma.
    Excel,
    /// The CSV files that Apache Spark writes.
    Spark,
    /// `COPY … (FORMAT csv)` of PostgreSQL.
    Postgres,
    /// `COPY` of PostgreSQL without a format: tabs, and no quotes.
    PostgresText,
    /// Python's `csv.unix_dialect`.
    Unix,
}

/// What a named dialect says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// The delimiter; `None` if the program does not decide it.
    pub(crate) delimiter: Option<Symbol>,
    pub(crate) header: HeaderLine,
    /// Everything else.
    pub(crate) dialect: Dialect,
}

impl NamedDialect {
    /// All of them.
    pub const ALL: [NamedDialect; 7] = [
        NamedDialect::Mysql,
        NamedDialect::MysqldumpTab,
        NamedDialect::Excel,
        NamedDialect::Spark,
        NamedDialect::Postgres,
        NamedDialect::PostgresText,
        NamedDialect::Unix,
    ];

    /// The word in settings.
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

    /// The one of that name.
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
                // a CR in a text is written as it is
                line_end: LineEnd::Lf,
                quoted: Quoted::Text,
                nulls: Nulls::Mark,
                ..base
            },
            NamedDialect::MysqldumpTab => Dialect {
                quote: None,
                ..NamedDialect::Mysql.bundle().dialect
            },
            // delimiter apart, they write RFC 4180
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
