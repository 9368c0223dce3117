//! The URL that a target is put into: `http://localhost:3000/reviews?product_id={product_id}`.
//!
//! Its text ends up in URLs, in JavaScript, YAML, XML, Python, Java and shell strings; so only
//! characters that mean themselves in all of those are accepted, and the rest must come
//! percent-encoded.

use std::io::{self, Write};

use anyhow::{Result, bail};

use super::Of;
use super::format::Fields;

/// A URL with places for the fields of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate {
    /// Scheme, host and port.
    base: String,
    /// What follows, cut at the places: text, field, text, field, …, text.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(usize),
}

impl UrlTemplate {
    /// The template for ids of that kind when none is given; `None` for characteristics, which
    /// belong into a body.
    pub fn of(of: Of) -> Option<UrlTemplate> {
        let text = match of {
            Of::Product => "http://localhost:3000/reviews?product_id={product_id}",
            Of::Review => "http://localhost:3000/reviews/{review_id}/helpful",
            Of::Characteristic => return None,
        };
        UrlTemplate::parse(text, of).ok()
    }

    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When it is no http or https URL, has no place for an id, or a place for something that the
    /// entries do not have.
    pub fn parse(text: &str, of: Of) -> Result<UrlTemplate> {
        let known: Vec<_> = of
            .fields()
            .iter()
            .map(|name| format!("{{{name}}}"))
            .collect();
        let example = format!(
            "http://localhost:3000/reviews?{}={}",
            of.fields()[0],
            known[0]
        );
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let Some(rest) = rest.filter(|r| !r.is_empty() && !r.starts_with(['/', '?', '{'])) else {
            bail!(
                "--url \"{text}\" is no http:// or https:// URL with a host; write for example {example}"
            );
        };
        if let Some(wrong) = text
            .chars()
            .find(|c| !c.is_ascii_graphic() || "\"'\\`<>$#^|".contains(*c))
        {
            bail!(
                "--url \"{text}\" has {wrong:?} in it; write it percent-encoded (a blank is %20)"
            );
        }
        let host = rest.find(['/', '?']).unwrap_or(rest.len());
        let (base, mut path) = text.split_at(text.len() - rest.len() + host);
        if base.contains(['{', '}']) {
            bail!("--url \"{text}\" has a place in its host; places go into the path or the query");
        }
        let mut parts = Vec::new();
        let mut places = 0;
        while let Some(open) = path.find(['{', '}']) {
            let (before, place) = path.split_at(open);
            let end = place.find('}').map_or(place.len(), |end| end + 1);
            let Some(field) = known.iter().position(|name| name == &place[..end]) else {
                bail!(
                    "--url \"{text}\" has {} in it; known here: {}",
                    &place[..end],
                    known.join(", ")
                );
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field(field));
            places += 1;
            path = &place[end..];
        }
        parts.push(Part::Text(path.to_owned()));
        if places == 0 {
            bail!("--url \"{text}\" has no place for the id; write for example {example}");
        }
        Ok(UrlTemplate {
            base: base.to_owned(),
            parts,
        })
    }

    /// Scheme, host and port.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What follows the base, with `place` for each field's number; begins with a slash.
    pub fn path(&self, place: impl Fn(usize) -> String) -> String {
        let path: String = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Field(field) => place(*field),
            })
            .collect();
        match path.starts_with('/') {
            true => path,
            false => format!("/{path}"),
        }
    }

    /// Writes the URL of an entry.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write, fields: &Fields<'_>) -> io::Result<()> {
        out.write_all(self.base.as_bytes())?;
        if !matches!(&self.parts[0], Part::Text(text) if text.starts_with('/')) {
            out.write_all(b"/")?;
        }
        for part in &self.parts {
            match part {
                Part::Text(text) => out.write_all(text.as_bytes())?,
                Part::Field(field) => fields.write_value(out, *field)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str, of: Of, values: &[u64]) -> String {
        let mut out = Vec::new();
        let fields = Fields {
            names: of.fields(),
            values,
            newest: None,
        };
        UrlTemplate::parse(text, of)
            .unwrap()
            .write(&mut out, &fields)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn places_are_filled_wherever_they_stand() {
        let product = |text| url(text, Of::Product, &[7]);
        assert_eq!(product("http://h/{product_id}"), "http://h/7");
        assert_eq!(
            product("https://h:1?p={product_id}&q=1"),
            "https://h:1/?p=7&q=1"
        );
        assert_eq!(
            product("http://h/{product_id}/{product_id}/x"),
            "http://h/7/7/x"
        );
        let both = url(
            "http://h/{characteristic_id}?p={product_id}",
            Of::Characteristic,
            &[7, 9],
        );
        assert_eq!(both, "http://h/9?p=7");
    }

    #[test]
    fn what_cannot_be_a_url_is_refused_with_the_reason() {
        for (text, reason) in [
            ("localhost:3000/{product_id}", "no http://"),
            ("http://", "no http://"),
            ("http:///{product_id}", "no http://"),
            ("http://h/", "no place"),
            ("http://h/{review_id}", "known here: {product_id}"),
            ("http://h/{product_id", "known here"),
            ("http://h/}", "known here"),
            ("http://h{product_id}/", "in its host"),
            ("http://h/{product_id} x", "percent-encoded"),
            ("http://h/{product_id}#a", "percent-encoded"),
            ("http://h/\"{product_id}", "percent-encoded"),
            ("http://h/ü{product_id}", "percent-encoded"),
        ] {
            let error = UrlTemplate::parse(text, Of::Product)
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
