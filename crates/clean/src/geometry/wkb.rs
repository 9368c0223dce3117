//! WKB (well-known binary) in both byte orders. Only two dimensions are read. Bytes with an SRID,
//! which PostGIS writes, are not.

use model::schema::Shape;

use super::{DEPTH, Geometry, Position, part_of};

/// The geometry that these bytes represent. `None` if they are not exactly one geometry.
pub(super) fn parse(bytes: &[u8]) -> Option<Geometry> {
    let mut reader = Reader {
        rest: bytes,
        is_little: true,
    };
    let geometry = reader.geometry(0)?;
    reader.rest.is_empty().then_some(geometry)
}

struct Reader<'a> {
    rest: &'a [u8],
    is_little: bool,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }

    fn number(&mut self) -> Option<u32> {
        let bytes = self.take()?;
        Some(match self.is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }

    fn coordinate(&mut self) -> Option<f64> {
        let bytes = self.take()?;
        let value = match self.is_little {
            true => f64::from_le_bytes(bytes),
            false => f64::from_be_bytes(bytes),
        };
        value.is_finite().then_some(value)
    }

    fn position(&mut self) -> Option<Position> {
        Some([self.coordinate()?, self.coordinate()?])
    }

    fn positions(&mut self) -> Option<Vec<Position>> {
        let count = self.number()?;
        // no memory is reserved in advance, because a wrong count could be huge
        (0..count).map(|_| self.position()).collect()
    }

    fn geometry(&mut self, depth: usize) -> Option<Geometry> {
        if depth > DEPTH {
            return None;
        }
        self.is_little = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let shape = *Shape::ALL.get(usize::try_from(self.number()?).ok()?)?;
        Some(match shape {
            Shape::Any => return None,
            Shape::Point => Geometry::Point(self.position()?),
            Shape::LineString => Geometry::LineString(self.positions()?),
            Shape::Polygon => {
                let count = self.number()?;
                let rings = (0..count).map(|_| self.positions());
                Geometry::Polygon(rings.collect::<Option<_>>()?)
            }
            _ => {
                let order = self.is_little;
                let mut parts = Vec::new();
                for _ in 0..self.number()? {
                    let part = self.geometry(depth + 1)?;
                    if part_of(shape).is_some_and(|of| part.shape() != of) {
                        return None;
                    }
                    parts.push(part);
                    self.is_little = order;
                }
                Geometry::Collection(shape, parts)
            }
        })
    }
}

/// Appends a geometry in little-endian byte order.
pub(super) fn write(geometry: &Geometry, out: &mut Vec<u8>) {
    let shape = geometry.shape();
    let number = Shape::ALL.iter().position(|other| *other == shape);
    out.push(1);
    push_count(out, number.unwrap_or_default());
    match geometry {
        Geometry::Point(position) => push_position(out, position),
        Geometry::LineString(positions) => push_positions(out, positions),
        Geometry::Polygon(rings) => {
            push_count(out, rings.len());
            rings.iter().for_each(|ring| push_positions(out, ring));
        }
        Geometry::Collection(_, parts) => {
            push_count(out, parts.len());
            parts.iter().for_each(|part| write(part, out));
        }
    }
}

fn push_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn push_positions(out: &mut Vec<u8>, positions: &[Position]) {
    push_count(out, positions.len());
    positions
        .iter()
        .for_each(|position| push_position(out, position));
}

fn push_position(out: &mut Vec<u8>, position: &Position) {
    for coordinate in position {
        out.extend_from_slice(&coordinate.to_le_bytes());
    }
}
