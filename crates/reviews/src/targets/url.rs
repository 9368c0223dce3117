//! A URL with placeholders for ids: `http://localhost:3000/reviews?product_id={product_id}`.
//!
//! The URL is written into strings of JavaScript, YAML, XML, Python, Java and shell. So it may only
//! have characters that need no escape in any of them; all others must be percent-encoded.

use std::io::{self, Write};

use super::TargetKind;
use super::format::Fields;
use crate::error::{Error, Result};

/// A URL with placeholders for the fields of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate {
    /// Scheme, host and port.
    base: String,
    /// The rest of the URL, split at the placeholders: text, field, text, field, …, text.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(usize),
}

impl UrlTemplate {
    /// The default template for this kind of ids; `None` for characteristics, which are sent in a
    /// body.
    pub fn of(target: TargetKind) -> Option<UrlTemplate> {
        let text = match target {
            TargetKind::Product => "http://localhost:3000/reviews?product_id={product_id}",
            TargetKind::Review => "http://localhost:3000/reviews/{review_id}/helpful",
            TargetKind::Characteristic => return None,
        };
        UrlTemplate::parse(text, target).ok()
    }

    /// Parses a template.
    ///
    /// # Errors
    ///
    /// When it is not an http or https URL, when it has no placeholder, or when it has a
    /// placeholder for a field that the entries do not have.
    pub fn parse(text: &str, target: TargetKind) -> Result<UrlTemplate> {
        let wrong = |what: String| Err(Error::Options(format!("--url \"{text}\" {what}")));
        let known: Vec<_> = target
            .fields()
            .iter()
            .map(|name| format!("{{{name}}}"))
            .collect();
        let example = format!(
            "http://localhost:3000/reviews?{}={}",
            target.fields()[0],
            known[0]
        );
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let Some(rest) = rest.filter(|r| !r.is_empty() && !r.starts_with(['/', '?', '{'])) else {
            return wrong(format!(
                "is not an http:// or https:// URL with a host; write for example {example}"
            ));
        };
        let is_unsafe = |c: &char| !c.is_ascii_graphic() || "\"'\\`<>$#^|".contains(*c);
        if let Some(character) = text.chars().find(is_unsafe) {
            return wrong(format!(
                "contains {character:?}; write it percent-encoded (a blank is %20)"
            ));
        }
        let host = rest.find(['/', '?']).unwrap_or(rest.len());
        let (base, mut path) = text.split_at(text.len() - rest.len() + host);
        if base.contains(['{', '}']) {
            return wrong(
                "has a placeholder in its host; write it into the path or the query".to_owned(),
            );
        }
        let mut parts = Vec::new();
        while let Some(open) = path.find(['{', '}']) {
            let (before, place) = path.split_at(open);
            let end = place.find('}').map_or(place.len(), |end| end + 1);
            let Some(field) = known.iter().position(|name| name == &place[..end]) else {
                return wrong(format!(
                    "contains {}; the placeholders for these ids are {}",
                    &place[..end],
                    known.join(", ")
                ));
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field(field));
            path = &place[end..];
        }
        if parts.is_empty() {
            return wrong(format!(
                "has no placeholder for the id; write for example {example}"
            ));
        }
        parts.push(Part::Text(path.to_owned()));
        Ok(UrlTemplate {
            base: base.to_owned(),
            parts,
        })
    }

    /// Scheme, host and port.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The rest of the URL, from the first slash on. `place` returns the text for the placeholder
    /// of a field.
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

    fn url(text: &str, target: TargetKind, values: &[u64]) -> String {
        let mut out = Vec::new();
        let fields = Fields {
            names: target.fields(),
            values,
            newest: None,
        };
        UrlTemplate::parse(text, target)
            .unwrap()
            .write(&mut out, &fields)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn placeholders_are_filled_in_path_and_query() {
        let product = |text| url(text, TargetKind::Product, &[7]);
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
            TargetKind::Characteristic,
            &[7, 9],
        );
        assert_eq!(both, "http://h/9?p=7");
    }

    #[test]
    fn what_cannot_be_a_url_is_an_error_with_the_reason() {
        for (text, reason) in [
            ("localhost:3000/{product_id}", "not an http://"),
            ("http://", "not an http://"),
            ("http:///{product_id}", "not an http://"),
            ("http://h/", "no placeholder"),
            ("http://h/{review_id}", "these ids are {product_id}"),
            ("http://h/{product_id", "these ids are"),
            ("http://h/}", "these ids are"),
            ("http://h{product_id}/", "in its host"),
            ("http://h/{product_id} x", "percent-encoded"),
            ("http://h/{product_id}#a", "percent-encoded"),
            ("http://h/\"{product_id}", "percent-encoded"),
            ("http://h/ü{product_id}", "percent-encoded"),
        ] {
            let error = UrlTemplate::parse(text, TargetKind::Product)
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
