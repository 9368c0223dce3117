//! One column of a table, and its type.

use std::fmt;
use std::sync::Arc;

use super::kinds::{Decode, Digits, Shape, ZeroDates};
use super::value_format::ValueFormat;
use crate::flavour::Flavour;

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
    /// Character set of a text column, if it is specified or known.
    pub charset: Option<String>,
    /// Collation of a text column, if it is specified or known.
    pub collation: Option<String>,
    /// COMMENT of the column. Empty if there is none.
    pub comment: String,
    /// How a file writes the bytes of a binary column. This is a setting of the load, not a
    /// property of the column in the database.
    pub decode: Decode,
    /// Whether a row without a value gets the next number of this AUTO_INCREMENT column. This is a
    /// setting of the load, like `decode`.
    pub generates_ids: bool,
    /// What a zero date means. This is a setting of the load, like `decode`.
    pub zero_dates: ZeroDates,
    /// How files write the values, if the user set that. This is a setting of the load, like
    /// `decode`.
    pub format: Option<Arc<ValueFormat>>,
    /// For a text column with the CHECK `json_valid`: the servers whose JSON grammar applies. This
    /// is a setting of the load, like `decode`.
    pub json: Option<Flavour>,
}

impl Column {
    /// Whether a row may lack a value for this column.
    pub fn may_be_missing(&self) -> bool {
        self.nullable || self.default.is_some() || self.auto_increment || self.generated
    }

    /// Whether a name in a header or a setting means this column. Case and the blanks around both
    /// names are disregarded, because the name of a column may begin with a blank.
    pub fn is_named(&self, name: &str) -> bool {
        is_same_name(&self.name, name)
    }
}

/// Whether two names are the same if case and the blanks around them are disregarded.
pub fn is_same_name(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
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
        /// Number of digits after the decimal point, 0..=30.
        scale: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// FLOAT, 32 bits.
    Float {
        /// UNSIGNED.
        unsigned: bool,
        /// FLOAT(M,D): the server rounds to these digits.
        digits: Option<Digits>,
    },
    /// DOUBLE, 64 bits.
    Double {
        /// UNSIGNED.
        unsigned: bool,
        /// DOUBLE(M,D): the server rounds to these digits.
        digits: Option<Digits>,
    },
    /// DATETIME(precision): 1000-01-01 to 9999-12-31, without a time zone.
    DateTime {
        /// Number of digits of the fractional second, 0..=6.
        precision: u8,
    },
    /// TIMESTAMP(precision): 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC.
    Timestamp {
        /// Number of digits of the fractional second, 0..=6.
        precision: u8,
    },
    /// DATE.
    Date,
    /// TIME(precision): -838:59:59 to 838:59:59.
    Time {
        /// Number of digits of the fractional second, 0..=6.
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
    /// SET(members).
    Set {
        /// The members in order, at most 64. A value is stored as a number with one bit for each
        /// member; the bit of the first member is the lowest.
        members: Vec<String>,
    },
    /// BIT(bits): an unsigned number.
    Bit {
        /// 1..=64.
        bits: u8,
    },
    /// BINARY(length): shorter values are padded with zero bytes.
    Binary {
        /// Length in bytes, 0..=255.
        length: u32,
    },
    /// VARBINARY(length).
    VarBinary {
        /// Maximum length in bytes.
        length: u32,
    },
    /// TINYBLOB, BLOB, MEDIUMBLOB, LONGBLOB.
    Blob {
        /// Maximum length in bytes: 255, 65535, 16777215 or 4294967295.
        max_bytes: u32,
    },
    /// JSON of MySQL, which stores values instead of their text. On MariaDB, a JSON column is a
    /// LONGTEXT.
    Json,
    /// POINT, GEOMETRY and the other spatial types.
    Geometry {
        /// Which geometries the column accepts.
        shape: Shape,
        /// The SRID that the column requires (MySQL).
        srid: Option<u32>,
    },
    /// VECTOR(dimensions) of MySQL: 32-bit floating-point numbers.
    Vector {
        /// Maximum number of entries.
        dimensions: u32,
    },
    /// INET4 of MariaDB: an IPv4 address.
    Inet4,
    /// INET6 of MariaDB: an IPv6 address.
    Inet6,
    /// UUID of MariaDB.
    Uuid,
    /// A type that cannot be loaded. A table may have such a column, but no input file may fill it.
    Unsupported {
        /// The type as the catalogue writes it: `xmltype`, `point srid 2056`.
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

    /// Whether the values are bytes to which the setting [`Decode`] applies.
    pub fn is_binary(&self) -> bool {
        matches!(
            self,
            ColumnType::Binary { .. } | ColumnType::VarBinary { .. } | ColumnType::Blob { .. }
        )
    }

    /// Whether the values are texts or bytes. In the checksum, they are represented by their length
    /// and content.
    pub fn is_of_bytes(&self) -> bool {
        match self {
            ColumnType::Json
            | ColumnType::Geometry { .. }
            | ColumnType::Vector { .. }
            | ColumnType::Inet4
            | ColumnType::Inet6
            | ColumnType::Uuid => true,
            other => other.is_text() || other.is_binary(),
        }
    }
}

/// The type in the notation of MySQL 9's catalogue (`int unsigned`, `varchar(255)`,
/// `enum('a','b')`).
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |unsigned: &bool| if *unsigned { " unsigned" } else { "" };
        let fraction = |p: &u8| match p {
            0 => String::new(),
            p => format!("({p})"),
        };
        let parentheses = |digits: &Option<Digits>| match digits {
            Some(Digits { precision, scale }) => format!("({precision},{scale})"),
            None => String::new(),
        };
        let size = |max_bytes: &u32| match max_bytes {
            255 => "tiny",
            65_535 => "",
            16_777_215 => "medium",
            _ => "long",
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
            ColumnType::Float { unsigned, digits } => {
                write!(f, "float{}{}", parentheses(digits), sign(unsigned))
            }
            ColumnType::Double { unsigned, digits } => {
                write!(f, "double{}{}", parentheses(digits), sign(unsigned))
            }
            ColumnType::DateTime { precision } => write!(f, "datetime{}", fraction(precision)),
            ColumnType::Timestamp { precision } => write!(f, "timestamp{}", fraction(precision)),
            ColumnType::Date => f.write_str("date"),
            ColumnType::Time { precision } => write!(f, "time{}", fraction(precision)),
            ColumnType::Year => f.write_str("year"),
            ColumnType::Char { length } => write!(f, "char({length})"),
            ColumnType::VarChar { length } => write!(f, "varchar({length})"),
            ColumnType::Text { max_bytes } => write!(f, "{}text", size(max_bytes)),
            ColumnType::Enum { members } => write_members(f, "enum", members),
            ColumnType::Set { members } => write_members(f, "set", members),
            ColumnType::Bit { bits } => write!(f, "bit({bits})"),
            ColumnType::Binary { length } => write!(f, "binary({length})"),
            ColumnType::VarBinary { length } => write!(f, "varbinary({length})"),
            ColumnType::Blob { max_bytes } => write!(f, "{}blob", size(max_bytes)),
            ColumnType::Json => f.write_str("json"),
            ColumnType::Geometry { shape, srid } => match srid {
                Some(srid) => write!(f, "{shape} srid {srid}"),
                None => write!(f, "{shape}"),
            },
            ColumnType::Vector { dimensions } => write!(f, "vector({dimensions})"),
            ColumnType::Inet4 => f.write_str("inet4"),
            ColumnType::Inet6 => f.write_str("inet6"),
            ColumnType::Uuid => f.write_str("uuid"),
            ColumnType::Unsupported { written } => f.write_str(written),
        }
    }
}

fn write_members(f: &mut fmt::Formatter<'_>, name: &str, members: &[String]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (i, member) in members.iter().enumerate() {
        let comma = if i == 0 { "" } else { "," };
        write!(f, "{comma}'{}'", member.replace('\'', "''"))?;
    }
    f.write_str(")")
}
