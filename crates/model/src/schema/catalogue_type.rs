//! Parses the type of a column from the text in the catalogue
//! (`information_schema.columns.column_type`). This is the inverse of `Display`. It knows only the
//! names and spellings in the catalogues of MySQL and MariaDB, not the many spellings of SQL.

use super::{ColumnType, Digits, Shape};

/// The SRIDs whose axis order and limits this program knows. 0 and 3857 are planes. 4326 is
/// geographic; in MySQL's WKT, its latitude comes before its longitude.
const KNOWN_SRIDS: [u32; 3] = [0, 3857, 4326];

impl ColumnType {
    /// Parses the type of a column. An unknown type becomes `Unsupported`.
    pub fn of_catalogue(written: &str) -> ColumnType {
        known(written).unwrap_or_else(|| ColumnType::Unsupported {
            written: written.to_owned(),
        })
    }

    /// Adds an SRID attribute to the type. With an unknown SRID, the type becomes `Unsupported`.
    pub fn with_srid(self, srid: Option<u32>) -> ColumnType {
        match (self, srid) {
            (ColumnType::Geometry { shape, .. }, Some(srid)) if !KNOWN_SRIDS.contains(&srid) => {
                ColumnType::Unsupported {
                    written: format!("{shape} srid {srid}"),
                }
            }
            (ColumnType::Geometry { shape, .. }, srid) => ColumnType::Geometry { shape, srid },
            (other, _) => other,
        }
    }
}

/// The parts of a type: `name(arguments) attributes`.
struct Parts<'a> {
    name: String,
    arguments: &'a str,
    attributes: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(written: &'a str) -> Option<Parts<'a>> {
        let written = written.trim();
        let end = written.find(['(', ' ']).unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let (arguments, attributes) = match rest.strip_prefix('(') {
            // members may contain parentheses, but attributes do not, so the last parenthesis ends
            // the arguments
            Some(inner) => inner.rsplit_once(')')?,
            None => ("", rest),
        };
        Some(Parts {
            name: name.to_ascii_lowercase(),
            arguments,
            attributes: attributes.split_whitespace().collect(),
        })
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes
            .iter()
            .any(|a| a.eq_ignore_ascii_case(attribute))
    }

    /// The only argument. `default` if there is none.
    fn length(&self, default: Option<u32>) -> Option<u32> {
        match self.arguments {
            "" => default,
            digits => digits.trim().parse().ok(),
        }
    }

    fn fraction(&self) -> Option<u8> {
        self.length(Some(0))
            .and_then(|digits| u8::try_from(digits).ok())
            .filter(|p| *p <= 6)
    }

    /// The two arguments. `Some(None)` if there are none.
    fn digits(&self) -> Option<Option<Digits>> {
        if self.arguments.is_empty() {
            return Some(None);
        }
        let (precision, scale) = self.arguments.split_once(',')?;
        let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
        (scale <= 30 && scale <= precision).then_some(Some(Digits { precision, scale }))
    }
}

fn known(written: &str) -> Option<ColumnType> {
    let parts = Parts::of(written)?;
    let unsigned = parts.has("unsigned");
    let integer = |bits| Some(ColumnType::Integer { bits, unsigned });
    Some(match parts.name.as_str() {
        "tinyint" if parts.arguments == "1" && !unsigned => ColumnType::Boolean,
        "tinyint" => return integer(8),
        "smallint" => return integer(16),
        "mediumint" => return integer(24),
        "int" => return integer(32),
        "bigint" => return integer(64),
        "decimal" => match parts.digits()? {
            Some(Digits {
                precision: precision @ 1..=65,
                scale,
            }) => ColumnType::Decimal {
                precision,
                scale,
                unsigned,
            },
            _ => return None,
        },
        "float" => ColumnType::Float {
            unsigned,
            digits: parts.digits()?,
        },
        "double" => ColumnType::Double {
            unsigned,
            digits: parts.digits()?,
        },
        "datetime" => ColumnType::DateTime {
            precision: parts.fraction()?,
        },
        "timestamp" => ColumnType::Timestamp {
            precision: parts.fraction()?,
        },
        "time" => ColumnType::Time {
            precision: parts.fraction()?,
        },
        "date" => ColumnType::Date,
        "year" if matches!(parts.arguments, "" | "4") => ColumnType::Year,
        "char" => ColumnType::Char {
            length: parts.length(Some(1))?,
        },
        "varchar" => ColumnType::VarChar {
            length: parts.length(None)?,
        },
        "enum" => ColumnType::Enum {
            members: members(parts.arguments)?,
        },
        "set" => ColumnType::Set {
            members: members(parts.arguments).filter(|m| m.len() <= 64)?,
        },
        "bit" => ColumnType::Bit {
            bits: u8::try_from(parts.length(Some(1))?)
                .ok()
                .filter(|bits| (1..=64).contains(bits))?,
        },
        "binary" => ColumnType::Binary {
            length: parts.length(Some(1))?,
        },
        "varbinary" => ColumnType::VarBinary {
            length: parts.length(None)?,
        },
        "json" => ColumnType::Json,
        "vector" => ColumnType::Vector {
            dimensions: parts.length(Some(2048))?,
        },
        "inet4" => ColumnType::Inet4,
        "inet6" => ColumnType::Inet6,
        "uuid" => ColumnType::Uuid,
        name => return sized(name).or_else(|| spatial(name, &parts.attributes)),
    })
}

/// The TEXT and BLOB types, found by their names.
fn sized(name: &str) -> Option<ColumnType> {
    let of_size = |size: &str| match size {
        "tiny" => Some(255),
        "" => Some(65_535),
        "medium" => Some(16_777_215),
        "long" => Some(u32::MAX),
        _ => None,
    };
    if let Some(size) = name.strip_suffix("text") {
        return of_size(size).map(|max_bytes| ColumnType::Text { max_bytes });
    }
    let max_bytes = of_size(name.strip_suffix("blob")?)?;
    Some(ColumnType::Blob { max_bytes })
}

fn spatial(name: &str, attributes: &[&str]) -> Option<ColumnType> {
    let shape = Shape::from_name(name)?;
    let srid = match attributes {
        [] => None,
        [word, srid] if word.eq_ignore_ascii_case("srid") => Some(srid.parse().ok()?),
        _ => return None,
    };
    Some(ColumnType::Geometry { shape, srid: None }.with_srid(srid))
}

/// The members of an ENUM or a SET. In the catalogue they are literals, in which quotes are doubled
/// and a backslash begins an escape. The servers have already removed trailing blanks.
fn members(list: &str) -> Option<Vec<String>> {
    let mut members = Vec::new();
    let mut characters = list.chars().peekable();
    loop {
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        if characters.next()? != '\'' {
            return None;
        }
        let mut member = String::new();
        loop {
            match characters.next()? {
                '\'' if characters.next_if_eq(&'\'').is_some() => member.push('\''),
                '\'' => break,
                '\\' => member.push(match characters.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    '0' => '\0',
                    'Z' => '\u{1a}',
                    other => other,
                }),
                other => member.push(other),
            }
        }
        members.push(member.trim_end_matches(' ').to_owned());
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        match characters.next() {
            None => return Some(members),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_catalogues_is_read_as_it_is_written() {
        for written in [
            "tinyint",
            "tinyint unsigned",
            "tinyint(1)",
            "smallint unsigned",
            "mediumint",
            "int",
            "bigint unsigned",
            "decimal(65,30) unsigned",
            "float",
            "float(5,2)",
            "float unsigned",
            "double(15,8) unsigned",
            "datetime(6)",
            "timestamp",
            "time(3)",
            "date",
            "year",
            "char(0)",
            "varchar(300)",
            "tinytext",
            "text",
            "mediumtext",
            "longtext",
            "enum('a','it''s','b,c','(x)')",
            "set('a','b c')",
            "bit(1)",
            "bit(64)",
            "binary(16)",
            "varbinary(65535)",
            "tinyblob",
            "blob",
            "mediumblob",
            "longblob",
            "json",
            "geometry",
            "point srid 4326",
            "multipolygon srid 0",
            "geometrycollection",
            "vector(3)",
            "inet4",
            "inet6",
            "uuid",
        ] {
            let kind = ColumnType::of_catalogue(written);
            assert!(!matches!(kind, ColumnType::Unsupported { .. }), "{written}");
            assert_eq!(kind.to_string(), written);
        }
    }

    #[test]
    fn spellings_of_the_two_servers_are_the_same_types() {
        for (written, same) in [
            ("int(10) unsigned zerofill", "int unsigned"),
            ("tinyint(4)", "tinyint"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("year(4)", "year"),
            ("geomcollection", "geometrycollection"),
            ("binary", "binary(1)"),
            ("bit", "bit(1)"),
            ("double(10,3) unsigned zerofill", "double(10,3) unsigned"),
        ] {
            assert_eq!(ColumnType::of_catalogue(written).to_string(), same);
        }
    }

    #[test]
    fn members_lose_the_escapes_of_the_catalogue() {
        let members = |written: &str| match ColumnType::of_catalogue(written) {
            ColumnType::Enum { members } | ColumnType::Set { members } => members,
            other => panic!("{other}"),
        };
        assert_eq!(
            members(r"enum('b\\c','a''b','x\n')"),
            ["b\\c", "a'b", "x\n"]
        );
        assert_eq!(members("set('')"), [""]);
    }

    #[test]
    fn what_is_not_known_keeps_its_text() {
        for written in [
            "something_new",
            "point srid 2056",
            "enum('a'",
            "bit(65)",
            "float(3,4)",
            "xmltype",
        ] {
            let written = written.to_owned();
            let expected = ColumnType::Unsupported {
                written: written.clone(),
            };
            assert_eq!(ColumnType::of_catalogue(&written), expected);
        }
    }
}
