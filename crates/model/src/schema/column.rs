//! One column of a table, and its type.

use std::fmt;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Column name, unquoted.
    pub name: String,
    /// Type with its parameters.
    pub kind: ColumnType,
    /// Whether NULL may be stored.
    pub nullable: bool,
    /// Text of the DEFAULT as the catalogue stores it: literals without quotes (`0`, `abc`),
    /// expressions as they are (`CURRENT_TIMESTAMP(3)`). `None` means no default or DEFAULT NULL.
    pub default: Option<String>,
    /// AUTO_INCREMENT.
    pub auto_increment: bool,
    /// ZEROFILL: the server pads the number with leading zeros.
    pub zero_filled: bool,
    /// Generated column: the server computes its value, so it is never loaded.
    pub generated: bool,
    /// Character set of a text column, if it is stated or known.
    pub charset: Option<String>,
    /// Collation of a text column, if it is stated or known.
    pub collation: Option<String>,
    /// COMMENT of the column; empty when there is none.
    pub comment: String,
}

impl Column {
    /// Whether a row needs no value for this column.
    pub fn may_be_missing(&self) -> bool {
        self.nullable || self.default.is_some() || self.auto_increment || self.generated
    }
}

/// The supported column types. Lengths are in characters, precisions in decimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// TINYINT (8 bits) to BIGINT (64 bits).
    Integer {
        /// 8, 16, 24, 32 or 64.
        bits: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// BOOLEAN, which is a signed TINYINT(1).
    Boolean,
    /// DECIMAL(precision, scale).
    Decimal {
        /// Total number of digits, 1..=65.
        precision: u8,
        /// Digits after the decimal point, 0..=30.
        scale: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// FLOAT, 32 bits.
    Float {
        /// UNSIGNED.
        unsigned: bool,
    },
    /// DOUBLE, 64 bits.
    Double {
        /// UNSIGNED.
        unsigned: bool,
    },
    /// DATETIME(precision): 1000-01-01 to 9999-12-31, without a time zone.
    DateTime {
        /// Digits of the fractional second, 0..=6.
        precision: u8,
    },
    /// TIMESTAMP(precision): 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC.
    Timestamp {
        /// Digits of the fractional second, 0..=6.
        precision: u8,
    },
    /// DATE.
    Date,
    /// TIME(precision): -838:59:59 to 838:59:59.
    Time {
        /// Digits of the fractional second, 0..=6.
        precision: u8,
    },
    /// YEAR: 1901 to 2155, and 0000.
    Year,
    /// CHAR(length): trailing blanks are removed, as in MySQL.
    Char {
        /// Maximum length in characters, 0..=255.
        length: u32,
    },
    /// VARCHAR(length).
    VarChar {
        /// Maximum length in characters.
        length: u32,
    },
    /// TINYTEXT, TEXT, MEDIUMTEXT, LONGTEXT.
    Text {
        /// Maximum length in bytes: 255, 65535, 16777215 or 4294967295.
        max_bytes: u32,
    },
    /// ENUM(members).
    Enum {
        /// The members in order. A value is stored as the member's position, from 1.
        members: Vec<String>,
    },
    /// A type that cannot be loaded, such as JSON. The column stays in the table, and no input file
    /// may fill it.
    Unsupported {
        /// The type as the catalogue writes it: `json`, `bit(1)`, `float(7,4)`.
        written: String,
    },
}

impl ColumnType {
    /// Whether this is a text type, whose bytes are loaded unchanged.
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. }
        )
    }
}

/// The type as MySQL 9 writes it in its catalogue (`int unsigned`, `varchar(255)`,
/// `enum('a','b')`).
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |unsigned: &bool| if *unsigned { " unsigned" } else { "" };
        let fraction = |p: &u8| match p {
            0 => String::new(),
            p => format!("({p})"),
        };
        match self {
            ColumnType::Integer { bits, unsigned } => {
                let name = match bits {
                    8 => "tinyint",
                    16 => "smallint",
                    24 => "mediumint",
                    32 => "int",
                    _ => "bigint",
                };
                write!(f, "{name}{}", sign(unsigned))
            }
            ColumnType::Boolean => f.write_str("tinyint(1)"),
            ColumnType::Decimal {
                precision,
                scale,
                unsigned,
            } => write!(f, "decimal({precision},{scale}){}", sign(unsigned)),
            ColumnType::Float { unsigned } => write!(f, "float{}", sign(unsigned)),
            ColumnType::Double { unsigned } => write!(f, "double{}", sign(unsigned)),
            ColumnType::DateTime { precision } => write!(f, "datetime{}", fraction(precision)),
            ColumnType::Timestamp { precision } => write!(f, "timestamp{}", fraction(precision)),
            ColumnType::Date => f.write_str("date"),
            ColumnType::Time { precision } => write!(f, "time{}", fraction(precision)),
            ColumnType::Year => f.write_str("year"),
            ColumnType::Char { length } => write!(f, "char({length})"),
            ColumnType::VarChar { length } => write!(f, "varchar({length})"),
            ColumnType::Text { max_bytes } => f.write_str(match max_bytes {
                255 => "tinytext",
                65_535 => "text",
                16_777_215 => "mediumtext",
                _ => "longtext",
            }),
            ColumnType::Enum { members } => {
                f.write_str("enum(")?;
                for (i, member) in members.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}'{}'", member.replace('\'', "''"))?;
                }
                f.write_str(")")
            }
            ColumnType::Unsupported { written } => f.write_str(written),
        }
    }
}
