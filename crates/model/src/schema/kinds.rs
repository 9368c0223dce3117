//! Parts of column types: digits, shapes, and how files write bytes and zero dates.

use std::fmt;

/// M and D in FLOAT(M,D) and DOUBLE(M,D).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// Total number of decimal digits, 1..=255.
    pub precision: u8,
    /// Number of digits after the decimal point, 0..=30.
    pub scale: u8,
}

/// How a file writes the bytes of a BINARY, VARBINARY or BLOB column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decode {
    /// `0x…`, `\x…` or `X'…'`, as dumps write bytes, and hexadecimal digits that fill a BINARY
    /// column exactly. Other forms could be confused with text.
    #[default]
    Literal,
    /// Hexadecimal digits, with or without `0x` or `\x`.
    Hex,
    /// Base64 in the standard or the URL alphabet.
    Base64,
    /// The bytes of the field are stored unchanged.
    Raw,
    /// The text of a UUID. It is stored as 16 bytes in the order of its digits.
    Uuid,
    /// The text of a UUID. It is stored as 16 bytes in the order of MySQL's `UUID_TO_BIN(…, 1)`:
    /// the parts of the time are swapped, so that UUIDs of version 1 ascend.
    UuidSwap,
}

impl Decode {
    /// All forms.
    pub const ALL: [Decode; 6] = [
        Decode::Literal,
        Decode::Hex,
        Decode::Base64,
        Decode::Raw,
        Decode::Uuid,
        Decode::UuidSwap,
    ];

    /// The name in settings.
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

    /// Finds a form by its name in settings.
    pub fn from_name(name: &str) -> Option<Decode> {
        Decode::ALL.into_iter().find(|decode| decode.name() == name)
    }
}

/// What a zero date, `0000-00-00`, means in a DATE, DATETIME or TIMESTAMP column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroDates {
    /// A zero date is rejected, because it is not a date.
    #[default]
    Reject,
    /// A zero date means NULL. Some programs write it for a missing date.
    Null,
}

/// The geometries that a spatial column accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// GEOMETRY, which accepts all other shapes.
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
    /// All shapes. The position of each shape, except the first one, is its number in WKB.
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

    /// Finds a shape by its name in lower case.
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
