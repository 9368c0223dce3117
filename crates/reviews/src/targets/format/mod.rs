//! The formats: one file per tool, with what the tool wants to read and, where it has tests of its
//! own, a complete one.
//!
//! A format writes entry by entry and keeps nothing of them, so that a list of any length costs no
//! memory.

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

use anyhow::{Context, Result, bail};

use super::{Of, UrlTemplate};

/// The fields of one entry.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// Their names.
    pub names: &'a [&'static str],
    /// Their values, as many.
    pub values: &'a [u64],
    /// The product's newest review, for products.
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

    /// Writes all values with something between them.
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

/// Writes entries as a tool wants them.
pub trait Format {
    /// Writes what comes before the first entry.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written; so with the others.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes an entry that stands in the list `times` times in a row, at least once.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    fn entry(&mut self, out: &mut dyn Write, fields: &Fields<'_>, times: u64) -> io::Result<()>;

    /// Writes what comes after the last entry.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// The formats by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    /// A line per product, its id repeated.
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

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 16] = [
        Kind::Table,
        Kind::Ids,
        Kind::Csv,
        Kind::Json,
        Kind::Ndjson,
        Kind::Repeated,
        Kind::Loaderio,
        Kind::LoaderioClassic,
        Kind::K6,
        Kind::Artillery,
        Kind::Jmeter,
        Kind::Gatling,
        Kind::Locust,
        Kind::Wrk,
        Kind::Vegeta,
        Kind::Urls,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Table => "table",
            Kind::Ids => "ids",
            Kind::Csv => "csv",
            Kind::Json => "json",
            Kind::Ndjson => "ndjson",
            Kind::Repeated => "repeated",
            Kind::Loaderio => "loaderio",
            Kind::LoaderioClassic => "loaderio-classic",
            Kind::K6 => "k6",
            Kind::Artillery => "artillery",
            Kind::Jmeter => "jmeter",
            Kind::Gatling => "gatling",
            Kind::Locust => "locust",
            Kind::Wrk => "wrk",
            Kind::Vegeta => "vegeta",
            Kind::Urls => "urls",
        }
    }

    /// The format that a file's plain extension stands for; `ids` for others.
    pub fn of_file(file: Option<&Path>) -> Kind {
        match file.and_then(Path::extension).and_then(|e| e.to_str()) {
            Some("csv") => Kind::Csv,
            Some("json") => Kind::Json,
            Some("ndjson") => Kind::Ndjson,
            _ => Kind::Ids,
        }
    }

    /// Whether it consists of requests, so that it needs a URL.
    pub fn has_url(self) -> bool {
        matches!(self, Kind::Wrk | Kind::Vegeta | Kind::Urls)
    }

    /// A writer of this format.
    ///
    /// # Errors
    ///
    /// When entries of that kind cannot be written in it.
    pub fn writer(self, of: Of, url: Option<&UrlTemplate>) -> Result<Box<dyn Format>> {
        let url = || {
            url.cloned()
                .or_else(|| UrlTemplate::of(of))
                .with_context(|| format!("--format {} needs --url for {}", self.name(), of.name()))
        };
        Ok(match self {
            Kind::Table => Box::new(table::Table(of)),
            Kind::Ids => Box::new(ids::Ids),
            Kind::Csv => Box::new(csv::Csv(of)),
            Kind::Json => Box::new(json::Json::new(json::Element::Object)),
            Kind::Ndjson => Box::new(ndjson::Ndjson),
            Kind::Repeated if of == Of::Characteristic => {
                bail!(
                    "--format repeated repeats one id per line, {} come in pairs; take csv or ndjson",
                    of.name()
                )
            }
            Kind::Repeated => Box::new(repeated::Repeated),
            Kind::Loaderio => Box::new(loaderio::variables(of)),
            Kind::LoaderioClassic => Box::new(loaderio_classic::classic(of)),
            Kind::K6 => Box::new(k6::feed(of)),
            Kind::Artillery => Box::new(artillery::feed(of)),
            Kind::Jmeter => Box::new(jmeter::feed(of)),
            Kind::Gatling => Box::new(gatling::feed(of)),
            Kind::Locust => Box::new(locust::feed(of)),
            Kind::Wrk => Box::new(wrk::Wrk::new(of, url()?)),
            Kind::Vegeta => Box::new(vegeta::Vegeta::new(of, url()?)?),
            Kind::Urls => Box::new(urls::Urls(url()?)),
        })
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Kind, String> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("\"{name}\" is no format"))
    }
}

#[cfg(test)]
mod tests;
