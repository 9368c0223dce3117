//! POINT, LINESTRING, POLYGON and the other geometry types. A field is WKT, or bytes as hexadecimal
//! digits. It is converted to the bytes that both servers store: the SRID in four bytes, then WKB,
//! all little-endian.
//!
//! * The axis order of WKT and WKB is that of MySQL's `ST_GeomFromText` and `ST_GeomFromWKB`: with
//!   SRID 4326, the latitude comes first; with other SRIDs, x comes first. In the stored bytes, x
//!   or the longitude always comes first.
//! * Digits that are the stored bytes, as `mysqldump --hex-blob` writes them, are read too. They
//!   cannot be confused with WKB.
//! * Geometries are checked as the servers check them: a ring must be closed and have at least four
//!   points, and a line must have at least two points.

mod wkb;
mod wkt;

use model::rejection::Rule;
use model::schema::Shape;

use super::{Fault, bytes};

/// The SRID whose coordinates are latitude and longitude.
const EARTH: u32 = 4326;

/// Maximum number of nested collections.
const DEPTH: usize = 50;

/// The bytes that a server stores for a field.
///
/// # Errors
///
/// `not_a_geometry`, `out_of_range` (a latitude beyond 90 degrees or a longitude beyond 180).
pub fn geometry(field: &[u8], shape: Shape, srid: Option<u32>) -> Result<Vec<u8>, Fault> {
    let srid = srid.unwrap_or(0);
    let mut geometry = match digits(field) {
        Some(bytes) => from_bytes(&bytes, srid)?,
        None => {
            let text = super::text::text(field, u32::MAX)?;
            let mut geometry = wkt::parse(text).map_err(fault)?;
            geometry.swap_axes(srid);
            geometry
        }
    };
    geometry.check(srid)?;
    let found = geometry.shape();
    // a column for collections also stores the MULTI… shapes
    let is_collection = shape == Shape::Collection && part_of(found).is_some();
    if shape != Shape::Any && shape != found && !is_collection {
        return Err(fault(format!(
            "the value is a {found}, but the column holds a {shape}"
        )));
    }
    let mut stored = srid.to_le_bytes().to_vec();
    wkb::write(&geometry, &mut stored);
    Ok(stored)
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(Rule::NotAGeometry, message)
}

/// The bytes that a field writes as hexadecimal digits, with or without a prefix. `None` for WKT.
fn digits(field: &[u8]) -> Option<Vec<u8>> {
    let digits = bytes::literal_digits(field).unwrap_or(field);
    bytes::hex(digits).filter(|bytes| !bytes.is_empty())
}

/// Parses WKB, or the bytes that a server stores.
fn from_bytes(bytes: &[u8], srid: u32) -> Result<Geometry, Fault> {
    let stored = bytes.split_first_chunk::<4>().and_then(|(own, rest)| {
        let geometry = wkb::parse(rest)?;
        Some((u32::from_le_bytes(*own), geometry))
    });
    match (wkb::parse(bytes), stored) {
        (Some(mut geometry), None) => {
            geometry.swap_axes(srid);
            Ok(geometry)
        }
        (None, Some((own, _))) if own != srid => Err(fault(format!(
            "the value has SRID {own}, but the column has SRID {srid}"
        ))),
        (None, Some((_, geometry))) => Ok(geometry),
        (Some(_), Some(_)) => Err(fault(
            "the value can be read as WKB with an SRID and as WKB without one; write WKT",
        )),
        (None, None) => Err(fault("the digits are not WKB")),
    }
}

/// A position: x and y in the order of the text. In the stored bytes, x comes first.
type Position = [f64; 2];

/// A parsed geometry.
#[derive(Debug, Clone, PartialEq)]
enum Geometry {
    Point(Position),
    LineString(Vec<Position>),
    Polygon(Vec<Vec<Position>>),
    /// A MULTIPOINT, MULTILINESTRING or MULTIPOLYGON, whose parts all have one shape, or a
    /// GEOMETRYCOLLECTION.
    Collection(Shape, Vec<Geometry>),
}

impl Geometry {
    fn shape(&self) -> Shape {
        match self {
            Geometry::Point(_) => Shape::Point,
            Geometry::LineString(_) => Shape::LineString,
            Geometry::Polygon(_) => Shape::Polygon,
            Geometry::Collection(shape, _) => *shape,
        }
    }

    fn each_position(&mut self, change: &mut impl FnMut(&mut Position)) {
        match self {
            Geometry::Point(position) => change(position),
            Geometry::LineString(positions) => positions.iter_mut().for_each(change),
            Geometry::Polygon(rings) => rings.iter_mut().flatten().for_each(change),
            Geometry::Collection(_, parts) => {
                for part in parts {
                    part.each_position(change);
                }
            }
        }
    }

    /// Converts positions from the axis order of WKT and WKB to that of the stored bytes.
    fn swap_axes(&mut self, srid: u32) {
        if srid == EARTH {
            self.each_position(&mut |position| position.swap(0, 1));
        }
    }

    /// Checks what the servers require of a geometry.
    fn check(&mut self, srid: u32) -> Result<(), Fault> {
        self.check_parts().map_err(fault)?;
        if srid != EARTH {
            return Ok(());
        }
        let mut outside = None;
        self.each_position(&mut |[longitude, latitude]| {
            if latitude.abs() > 90.0 {
                outside = Some(format!(
                    "the latitude {latitude} is not from -90 to 90; WKT has the latitude first"
                ));
            } else if longitude.abs() > 180.0 {
                outside = Some(format!("the longitude {longitude} is not from -180 to 180"));
            }
        });
        outside.map_or(Ok(()), |words| Err(Fault::new(Rule::OutOfRange, words)))
    }

    fn check_parts(&self) -> Result<(), String> {
        match self {
            Geometry::Point(_) => Ok(()),
            Geometry::LineString(positions) if positions.len() < 2 => {
                Err("a LINESTRING must have at least two points".to_owned())
            }
            Geometry::LineString(_) => Ok(()),
            Geometry::Polygon(rings) => {
                if rings.is_empty() {
                    return Err("a POLYGON must have at least one ring".to_owned());
                }
                let is_ring = |ring: &Vec<Position>| ring.len() >= 4 && ring.first() == ring.last();
                match rings.iter().all(is_ring) {
                    true => Ok(()),
                    false => Err(
                        "a ring of a POLYGON must have at least four points, and end where it \
                         begins"
                            .to_owned(),
                    ),
                }
            }
            Geometry::Collection(shape, parts) => {
                if parts.is_empty() && *shape != Shape::Collection {
                    return Err(format!(
                        "a {} must not be empty",
                        shape.name().to_uppercase()
                    ));
                }
                parts.iter().try_for_each(Geometry::check_parts)
            }
        }
    }
}

/// The shape of the parts of a MULTI… shape. `None` for other shapes.
fn part_of(shape: Shape) -> Option<Shape> {
    match shape {
        Shape::MultiPoint => Some(Shape::Point),
        Shape::MultiLineString => Some(Shape::LineString),
        Shape::MultiPolygon => Some(Shape::Polygon),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
