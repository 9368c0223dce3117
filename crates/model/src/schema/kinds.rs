//! What the column types are made of: digits, shapes, and how files write bytes.

use std::fmt;

/// M and D of FLOAT(M,D) and DOUBLE(M,D).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Total number of decimal digits, 1..=255.
    pub precision: u8,
    /// Digits after the decimal point, 0..=30.
    pub scale: u8,
}

/// How a file writes the bytes of a BINARY, VARBINARY or BLOB column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decode {
    /// `0x…`, `\x…` or `X'…'`, as dumps write bytes, and digits that fill a BINARY column in pairs;
    /// nothing else can be told from a text.
    #[default]
    Literal,
    /// Hexadecimal digits, with or without `0x` or `\x`.
    Hex,
    /// Base64, of the standard or the URL alphabet.
    Base64,
    /// The bytes of the field as they are.
    Raw,
    /// The text of a UUID, into 16 bytes in the order of its digits.
    Uuid,
    /// The text of a UUID, into 16 bytes in the order of MySQL's `UUID_TO_BIN(…, 1)`: the parts of
    /// the time are swapped, so that UUIDs of version 1 ascend.
    UuidSwap,
}

impl Decode {
    /// All of them.
    pub const ALL: [Decode; 6] = [
        Decode::Literal,
        Decode::Hex,
        Decode::Base64,
        Decode::Raw,
        Decode::Uuid,
        Decode::UuidSwap,
    ];

    /// The word in settings.
    pub fn name(self) -> &'static str {
        match self {
            Decode::Literal => "literal",
            Decode::Hex => "hex",
            Decode::Base64 => "base64",
            Decode::Raw => "raw",
            Decode::Uuid => "uuid",
            Decode::UuidSwap => "uuid-swap",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Decode> {
        Decode::ALL.into_iter().find(|decode| decode.name() == name)
    }
}

/// What a zero date, `0000-00-00`, means in a DATE, DATETIME or TIMESTAMP column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroDates {
    /// The record is rejected, because it is not a date.
    #[default]
    Reject,
    /// NULL, as programs mean it that write it instead.
    Null,
}

/// The geometries that a spatial column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// GEOMETRY: any of the others.
    Any,
    /// POINT.
    Point,
    /// LINESTRING.
    LineString,
    /// POLYGON.
    Polygon,
    /// MULTIPOINT.
    MultiPoint,
    /// MULTILINESTRING.
    MultiLineString,
    /// MULTIPOLYGON.
    MultiPolygon,
    /// GEOMETRYCOLLECTION, which MySQL's catalogue calls `geomcollection`.
    Collection,
}

impl Shape {
    /// All of them. Each but the first is at the position that is its number in WKB.
    pub const ALL: [Shape; 8] = [
        Shape::Any,
        Shape::Point,
        Shape::LineString,
        Shape::Polygon,
        Shape::MultiPoint,
        Shape::MultiLineString,
        Shape::MultiPolygon,
        Shape::Collection,
    ];

    /// The name in SQL, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Any => "geometry",
            Shape::Point => "point",
            Shape::LineString => "linestring",
            Shape::Polygon => "polygon",
            Shape::MultiPoint => "multipoint",
            Shape::MultiLineString => "multilinestring",
            Shape::MultiPolygon => "multipolygon",
            Shape::Collection => "geometrycollection",
        }
    }

    /// The one of that name, in lower case.
    pub fn from_name(name: &str) -> Option<Shape> {
        match name {
            "geomcollection" => Some(Shape::Collection),
            _ => Shape::ALL.into_iter().find(|shape| shape.name() == name),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
