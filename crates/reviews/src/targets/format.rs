//! The formats. The module of a tool writes the list as the tool reads it. If tests of the tool are
//! files, the module also has a complete test.
//!
//! A format writes entry by entry, so the length of the list does not matter for memory.

mod artillery;
mod csv;
mod gatling;
mod ids;
mod jmeter;
mod json;
mod k6;
mod loaderio;
mod loaderio_classic;
mod locust;
mod ndjson;
mod repeated;
pub mod script;
mod table;
mod urls;
mod vegeta;
mod wrk;

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use super::{TargetKind, UrlTemplate};
use crate::error::{Error, Result};

/// The fields of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The names of the fields.
    pub names: &'a [&'static str],
    /// The values of the fields, in the order of the names.
    pub values: &'a [u64],
    /// For products, the id of the newest review.
    pub newest: Option<u64>,
}

impl Fields<'_> {
    /// Writes a value in decimal digits.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub fn write_value(&self, out: &mut dyn Write, field: usize) -> io::Result<()> {
        out.write_all(itoa::Buffer::new().format(self.values[field]).as_bytes())
    }

    /// Writes all values with a separator.
    fn write_values(&self, out: &mut dyn Write, between: &[u8]) -> io::Result<()> {
        for field in 0..self.values.len() {
            if field > 0 {
                out.write_all(between)?;
            }
            self.write_value(out, field)?;
        }
        Ok(())
    }

    /// Writes a JSON object.
    fn write_object(&self, out: &mut dyn Write) -> io::Result<()> {
        for (field, name) in self.names.iter().enumerate() {
            write!(out, "{}\"{name}\":", if field == 0 { '{' } else { ',' })?;
            self.write_value(out, field)?;
        }
        out.write_all(b"}")
    }
}

/// Writes entries in the format that a tool reads.
pub trait Format {
    /// Writes the text before the first entry.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes an entry that is in the list `times` times in a row, at least once.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()>;

    /// Writes the text after the last entry.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The formats of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatKind {
    /// Rows as the MySQL client prints them.
    Table,
    /// An id per line.
    Ids,
    /// CSV with a header.
    Csv,
    /// One JSON array of objects.
    Json,
    /// A JSON object per line.
    Ndjson,
    /// A line per product, in which its id is repeated.
    Repeated,
    /// A variable payload of loader.io.
    Loaderio,
    /// A classic payload of loader.io.
    LoaderioClassic,
    /// JSON for a SharedArray of k6.
    K6,
    /// A CSV payload of Artillery.
    Artillery,
    /// A CSV Data Set of JMeter.
    Jmeter,
    /// A feeder of Gatling.
    Gatling,
    /// CSV for Locust.
    Locust,
    /// A Lua script of wrk.
    Wrk,
    /// A target file of vegeta.
    Vegeta,
    /// A URL per line.
    Urls,
}

impl FormatKind {
    /// All formats.
    pub const ALL: [FormatKind; 16] = [
        FormatKind::Table,
        FormatKind::Ids,
        FormatKind::Csv,
        FormatKind::Json,
        FormatKind::Ndjson,
        FormatKind::Repeated,
        FormatKind::Loaderio,
        FormatKind::LoaderioClassic,
        FormatKind::K6,
        FormatKind::Artillery,
        FormatKind::Jmeter,
        FormatKind::Gatling,
        FormatKind::Locust,
        FormatKind::Wrk,
        FormatKind::Vegeta,
        FormatKind::Urls,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            FormatKind::Table => "table",
            FormatKind::Ids => "ids",
            FormatKind::Csv => "csv",
            FormatKind::Json => "json",
            FormatKind::Ndjson => "ndjson",
            FormatKind::Repeated => "repeated",
            FormatKind::Loaderio => "loaderio",
            FormatKind::LoaderioClassic => "loaderio-classic",
            FormatKind::K6 => "k6",
            FormatKind::Artillery => "artillery",
            FormatKind::Jmeter => "jmeter",
            FormatKind::Gatling => "gatling",
            FormatKind::Locust => "locust",
            FormatKind::Wrk => "wrk",
            FormatKind::Vegeta => "vegeta",
            FormatKind::Urls => "urls",
        }
    }

    /// The format for the extension of a file; `ids` for other extensions and for stdout.
    pub fn of_file(file: Option<&Path>) -> FormatKind {
        match file.and_then(Path::extension).and_then(|e| e.to_str()) {
            Some("csv") => FormatKind::Csv,
            Some("json") => FormatKind::Json,
            Some("ndjson") => FormatKind::Ndjson,
            _ => FormatKind::Ids,
        }
    }

    /// Whether the entries of this format are requests, so that the format needs a URL.
    pub fn has_url(self) -> bool {
        matches!(
            self,
            FormatKind::Wrk | FormatKind::Vegeta | FormatKind::Urls
        )
    }

    /// A writer of this format.
    ///
    /// # Errors
    ///
    /// When this format cannot have ids of this kind, or needs a URL that has no default.
    pub fn writer(self, target: TargetKind, url: Option<&UrlTemplate>) -> Result<Box<dyn Format>> {
        let url = || {
            let url = url.cloned().or_else(|| UrlTemplate::of(target));
            url.ok_or_else(|| {
                Error::Options(format!(
                    "--format {} needs --url for {}",
                    self.name(),
                    target.name()
                ))
            })
        };
        Ok(match self {
            FormatKind::Table => Box::new(table::Table(target)),
            FormatKind::Ids => Box::new(ids::Ids),
            FormatKind::Csv => Box::new(csv::Csv(target)),
            FormatKind::Json => Box::new(json::Json::new(json::Element::Object)),
            FormatKind::Ndjson => Box::new(ndjson::Ndjson),
            FormatKind::Repeated if target == TargetKind::Characteristic => {
                return Err(Error::Options(format!(
                    "--format repeated repeats one id per line, but --of {} gives pairs of ids; use --format csv or ndjson",
                    target.name()
                )));
            }
            FormatKind::Repeated => Box::new(repeated::Repeated),
            FormatKind::Loaderio => Box::new(loaderio::variables(target)),
            FormatKind::LoaderioClassic => Box::new(loaderio_classic::classic(target)),
            FormatKind::K6 => Box::new(k6::feed(target)),
            FormatKind::Artillery => Box::new(artillery::feed(target)),
            FormatKind::Jmeter => Box::new(jmeter::feed(target)),
            FormatKind::Gatling => Box::new(gatling::feed(target)),
            FormatKind::Locust => Box::new(locust::feed(target)),
            FormatKind::Wrk => Box::new(wrk::Wrk::new(target, url()?)),
            FormatKind::Vegeta => Box::new(vegeta::Vegeta::new(target, url()?)?),
            FormatKind::Urls => Box::new(urls::Urls(url()?)),
        })
    }
}

impl FromStr for FormatKind {
    type Err = String;

    fn from_str(name: &str) -> std::result::Result<FormatKind, String> {
        let found = FormatKind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("\"{name}\" is not a format"))
    }
}

#[cfg(test)]
mod tests;
