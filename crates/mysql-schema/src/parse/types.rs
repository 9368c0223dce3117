//! Column types: SQL has many spellings for the few types that a server stores. Also the names of
//! character sets and collations, which servers rewrite.
//!
//! The errors are the ends of sentences; the caller adds table, column and line.

use sqlparser::ast::{CharacterLength, DataType, EnumMember, ExactNumberInfo, TimezoneInfo};

use model::schema::ColumnType;

/// The type of a column.
///
/// # Errors
///
/// Why the type cannot be parsed; a server may be able to.
pub fn column_type(data_type: &DataType) -> Result<ColumnType, String> {
    use DataType as D;
    if let Some(written) = unsupported(data_type) {
        return Ok(ColumnType::of_catalogue(&written));
    }
    let integer = |bits, unsigned| Ok(ColumnType::Integer { bits, unsigned });
    match data_type {
        D::Bool | D::Boolean | D::TinyInt(Some(1)) => Ok(ColumnType::Boolean),
        D::TinyInt(_) => integer(8, false),
        D::TinyIntUnsigned(_) => integer(8, true),
        D::SmallInt(_) | D::Int2(_) => integer(16, false),
        D::SmallIntUnsigned(_) | D::Int2Unsigned(_) => integer(16, true),
        D::MediumInt(_) => integer(24, false),
        D::MediumIntUnsigned(_) => integer(24, true),
        D::Int(_) | D::Integer(_) | D::Int4(_) => integer(32, false),
        D::IntUnsigned(_) | D::IntegerUnsigned(_) | D::Int4Unsigned(_) => integer(32, true),
        D::BigInt(_) | D::Int8(_) => integer(64, false),
        D::BigIntUnsigned(_) | D::Int8Unsigned(_) => integer(64, true),
        D::Decimal(digits) | D::Dec(digits) | D::Numeric(digits) => decimal(digits, false),
        D::DecimalUnsigned(digits) | D::DecUnsigned(digits) => decimal(digits, true),
        D::Float(digits) => float(digits, false),
        D::FloatUnsigned(digits) => float(digits, true),
        D::Float4 => Ok(ColumnType::Float {
            unsigned: false,
            digits: None,
        }),
        D::Double(digits) => double(digits, false),
        D::DoubleUnsigned(digits) => double(digits, true),
        D::DoublePrecision | D::Real | D::Float8 => Ok(ColumnType::Double {
            unsigned: false,
            digits: None,
        }),
        D::DoublePrecisionUnsigned | D::RealUnsigned => Ok(ColumnType::Double {
            unsigned: true,
            digits: None,
        }),
        D::Date => Ok(ColumnType::Date),
        D::Datetime(p) => fraction(*p).map(|precision| ColumnType::DateTime { precision }),
        D::Timestamp(p, TimezoneInfo::None) => {
            fraction(*p).map(|precision| ColumnType::Timestamp { precision })
        }
        D::Time(p, TimezoneInfo::None) => {
            fraction(*p).map(|precision| ColumnType::Time { precision })
        }
        D::Char(length) | D::Character(length) => {
            characters(length, Some(1)).map(|length| ColumnType::Char { length })
        }
        D::Varchar(length) | D::CharacterVarying(length) | D::CharVarying(length) => {
            characters(length, None).map(|length| ColumnType::VarChar { length })
        }
        D::TinyText => Ok(ColumnType::Text { max_bytes: 255 }),
        D::Text => Ok(ColumnType::Text { max_bytes: 65_535 }),
        D::MediumText => Ok(ColumnType::Text {
            max_bytes: 16_777_215,
        }),
        D::LongText => Ok(ColumnType::Text {
            max_bytes: u32::MAX,
        }),
        D::Enum(members, None) => Ok(ColumnType::Enum {
            members: members.iter().map(member).collect::<Result<_, _>>()?,
        }),
        D::Set(members) => Ok(ColumnType::Set {
            // servers remove trailing blanks
            members: members
                .iter()
                .map(|m| m.trim_end_matches(' ').to_owned())
                .collect(),
        }),
        D::Custom(name, arguments) if name.to_string().eq_ignore_ascii_case("YEAR") => {
            match arguments.iter().all(|digits| digits == "4") {
                true => Ok(ColumnType::Year),
                false => Err(format!("has type {data_type}; use YEAR")),
            }
        }
        D::Custom(name, arguments) if name.to_string().eq_ignore_ascii_case("FIXED") => {
            decimal(&digits_of(arguments)?, false)
        }
        other => Err(format!(
            "has type {other}, which cannot be parsed without a server"
        )),
    }
}

/// Precision and scale of a type that sqlparser does not know.
fn digits_of(arguments: &[String]) -> Result<ExactNumberInfo, String> {
    let number = |text: &String| {
        text.parse()
            .map_err(|_| format!("has the precision {text}"))
    };
    match arguments {
        [] => Ok(ExactNumberInfo::None),
        [precision] => Ok(ExactNumberInfo::Precision(number(precision)?)),
        [precision, scale, ..] => {
            let scale = scale
                .parse()
                .map_err(|_| format!("has the scale {scale}"))?;
            Ok(ExactNumberInfo::PrecisionAndScale(
                number(precision)?,
                scale,
            ))
        }
    }
}

/// Types of servers whose values cannot be loaded, by their first word.
const NOT_LOADED: [&str; 16] = [
    "point",
    "linestring",
    "polygon",
    "geometry",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
    "inet4",
    "inet6",
    "uuid",
    "vector",
    "xmltype",
    "binary",
    "set",
];

/// A type that [`ColumnType::of_catalogue`] reads, as `information_schema` writes it; `None` for
/// others.
fn unsupported(data_type: &DataType) -> Option<String> {
    use DataType as D;
    let length = |name: &str, length: &Option<u64>, default: &str| match length {
        Some(length) => format!("{name}({length})"),
        None => format!("{name}{default}"),
    };
    Some(match data_type {
        D::JSON => "json".to_owned(),
        D::Bit(bits) => length("bit", bits, "(1)"),
        D::TinyBlob => "tinyblob".to_owned(),
        D::Blob(None) => "blob".to_owned(),
        // the smallest type that holds so many bytes
        D::Blob(Some(bytes)) => match bytes {
            ..=255 => "tinyblob",
            256..=65_535 => "blob",
            65_536..=16_777_215 => "mediumblob",
            _ => "longblob",
        }
        .to_owned(),
        D::MediumBlob => "mediumblob".to_owned(),
        D::LongBlob => "longblob".to_owned(),
        D::Binary(bytes) => length("binary", bytes, "(1)"),
        D::Varbinary(_) | D::Uuid | D::GeometricType(_) => data_type.to_string().to_lowercase(),
        D::Float(digits @ ExactNumberInfo::PrecisionAndScale(..)) => format!("float{digits}"),
        D::FloatUnsigned(digits @ ExactNumberInfo::PrecisionAndScale(..)) => {
            format!("float{digits} unsigned")
        }
        D::Double(digits) if *digits != ExactNumberInfo::None => format!("double{digits}"),
        D::DoubleUnsigned(digits) if *digits != ExactNumberInfo::None => {
            format!("double{digits} unsigned")
        }
        D::Custom(name, _) => {
            let name = name.to_string().to_lowercase();
            NOT_LOADED
                .contains(&name.as_str())
                .then(|| data_type.to_string().to_lowercase())?
        }
        _ => return None,
    })
}

/// Advice: what to write instead of an unsupported type.
pub fn replacement(written: &str) -> &'static str {
    let name: String = written
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    match name.as_str() {
        "xmltype" => "write LONGTEXT, and after the load a generated column of that type",
        "point" | "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => {
            "the axis order of this SRID is not known here; supported are SRID 0, 3857 and 4326"
        }
        _ => "docs/data-sets.md lists the types that are supported",
    }
}

fn decimal(digits: &ExactNumberInfo, unsigned: bool) -> Result<ColumnType, String> {
    let (precision, scale) = match *digits {
        ExactNumberInfo::None => (10, 0),
        // DECIMAL(0) means the default
        ExactNumberInfo::Precision(0) => (10, 0),
        ExactNumberInfo::Precision(precision) => (precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (precision, scale),
    };
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision @ 1..=65), Ok(scale @ 0..=30)) if scale <= precision => {
            Ok(ColumnType::Decimal {
                precision,
                scale,
                unsigned,
            })
        }
        _ => Err(format!(
            "has type DECIMAL({precision},{scale}); the precision is at most 65, the scale at most 30 and at most the precision"
        )),
    }
}

fn float(digits: &ExactNumberInfo, unsigned: bool) -> Result<ColumnType, String> {
    match *digits {
        ExactNumberInfo::None | ExactNumberInfo::Precision(0..=24) => Ok(ColumnType::Float {
            unsigned,
            digits: None,
        }),
        ExactNumberInfo::Precision(25..=53) => Ok(ColumnType::Double {
            unsigned,
            digits: None,
        }),
        _ => Err(format!(
            "has type FLOAT{digits}; the precision is at most 53"
        )),
    }
}

fn double(digits: &ExactNumberInfo, unsigned: bool) -> Result<ColumnType, String> {
    match digits {
        ExactNumberInfo::None => Ok(ColumnType::Double {
            unsigned,
            digits: None,
        }),
        _ => Err(format!(
            "has type DOUBLE{digits}, which cannot be parsed without a server"
        )),
    }
}

fn fraction(precision: Option<u64>) -> Result<u8, String> {
    match precision.unwrap_or(0) {
        digits @ 0..=6 => Ok(digits as u8),
        digits => Err(format!(
            "has {digits} digits for the fraction of a second; the most are 6"
        )),
    }
}

fn characters(length: &Option<CharacterLength>, default: Option<u32>) -> Result<u32, String> {
    match length {
        Some(CharacterLength::IntegerLength { length, unit: None }) => {
            u32::try_from(*length).map_err(|_| format!("has the length {length}"))
        }
        None => default.ok_or_else(|| "is a VARCHAR without a length".to_owned()),
        Some(other) => Err(format!(
            "has the length {other}, which cannot be parsed without a server"
        )),
    }
}

fn member(member: &EnumMember) -> Result<String, String> {
    match member {
        // servers remove trailing blanks
        EnumMember::Name(name) => Ok(name.trim_end_matches(' ').to_owned()),
        EnumMember::NamedValue(..) => Err("has an ENUM member with a value".to_owned()),
    }
}

/// The name in `information_schema`: `utf8` is an alias of `utf8mb3`.
pub fn charset_name(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "utf8" => "utf8mb3".to_owned(),
        other => other.to_owned(),
    }
}

/// The name in `information_schema`: `utf8_bin` is an alias of `utf8mb3_bin`.
pub fn collation_name(name: &str) -> String {
    let name = name.to_lowercase();
    match name.strip_prefix("utf8_") {
        Some(rest) => format!("utf8mb3_{rest}"),
        None => name,
    }
}

/// The character set of a collation: the text before the first underscore.
pub fn charset_of(collation: &str) -> String {
    collation.split('_').next().unwrap_or_default().to_owned()
}
