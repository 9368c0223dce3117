//! WKT (well-known text). Only two dimensions are read. EWKT (`SRID=…;`) is not, because its axis
//! order differs.

use model::schema::Shape;

use super::{DEPTH, Geometry, Position, part_of};

/// Parses a geometry.
///
/// # Errors
///
/// A message that says what is wrong, and where.
pub(super) fn parse(text: &str) -> Result<Geometry, String> {
    let mut parser = Parser { text, at: 0 };
    let geometry = parser
        .geometry(0)
        .and_then(|geometry| match parser.rest().is_empty() {
            true => Ok(geometry),
            false => Err("text follows the end of the geometry"),
        });
    geometry.map_err(|what| format!("{what}, at byte {} of the value", parser.at))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = Result<T, &'static str>;

impl<'a> Parser<'a> {
    /// The rest of the text, without leading blanks.
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_ascii_start();
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    fn passes(&mut self, symbol: char) -> bool {
        let is_next = self.rest().starts_with(symbol);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: char) -> Parsed<()> {
        match self.passes(symbol) {
            true => Ok(()),
            false => Err(match symbol {
                '(' => "expected (",
                _ => "expected a comma or )",
            }),
        }
    }

    /// Parses items in parentheses that are separated by commas.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect('(')?;
        let mut items = vec![item(self)?];
        while self.passes(',') {
            items.push(item(self)?);
        }
        self.expect(')')?;
        Ok(items)
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic());
        let word = &rest[..end.unwrap_or(rest.len())];
        self.at += word.len();
        word.to_ascii_lowercase()
    }

    fn geometry(&mut self, depth: usize) -> Parsed<Geometry> {
        const EXPECTED: &str = "expected WKT such as POINT(1 2), or WKB in hexadecimal digits";
        if depth > DEPTH {
            return Err("collections are nested too deeply");
        }
        let start = self.at;
        let word = self.word();
        // `geomcollection` is a name of the catalogue, but not of WKT
        let shape = Shape::from_name(&word).filter(|_| word != "geomcollection");
        let Some(shape) = shape.filter(|shape| *shape != Shape::Any) else {
            self.at = start;
            return Err(EXPECTED);
        };
        match shape {
            Shape::Point => {
                self.expect('(')?;
                let position = self.position()?;
                self.expect(')')?;
                Ok(Geometry::Point(position))
            }
            Shape::LineString | Shape::Polygon => self.body(shape),
            Shape::Collection => self.collection(depth),
            _ => {
                let part = part_of(shape).unwrap_or(Shape::Point);
                let parts = self.list(|parser| parser.body(part))?;
                Ok(Geometry::Collection(shape, parts))
            }
        }
    }

    /// Parses what follows the name of a shape. The points of a MULTIPOINT may lack their
    /// parentheses.
    fn body(&mut self, shape: Shape) -> Parsed<Geometry> {
        Ok(match shape {
            Shape::LineString => Geometry::LineString(self.list(Self::position)?),
            Shape::Polygon => Geometry::Polygon(self.list(|parser| parser.list(Self::position))?),
            _ if self.passes('(') => {
                let position = self.position()?;
                self.expect(')')?;
                Geometry::Point(position)
            }
            _ => Geometry::Point(self.position()?),
        })
    }

    fn collection(&mut self, depth: usize) -> Parsed<Geometry> {
        let of = |parts| Ok(Geometry::Collection(Shape::Collection, parts));
        let start = self.at;
        if self.word() == "empty" {
            return of(Vec::new());
        }
        self.at = start;
        let is_empty = self
            .rest()
            .strip_prefix('(')
            .is_some_and(|inner| inner.trim_ascii_start().starts_with(')'));
        if is_empty {
            self.expect('(')?;
            self.expect(')')?;
            return of(Vec::new());
        }
        of(self.list(|parser| parser.geometry(depth + 1))?)
    }

    fn position(&mut self) -> Parsed<Position> {
        Ok([self.coordinate()?, self.coordinate()?])
    }

    fn coordinate(&mut self) -> Parsed<f64> {
        let rest = self.rest();
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let number = &rest[..end.unwrap_or(rest.len())];
        let value: f64 = number.parse().map_err(|_| "expected a number")?;
        if !value.is_finite() {
            return Err("the number is too great");
        }
        self.at += number.len();
        Ok(value)
    }
}
