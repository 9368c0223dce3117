//! The arguments of `smoke`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, bail};
use clap::Args;

use super::DatabaseArgs;
use super::targets::{parse_duration, parse_percent, parse_rate};
use reviews::smoke::http::{
    HeaderName, HeaderValue, HttpOptions, HttpTier, has_body, parse_header,
};
use reviews::smoke::mix::Mix;
use reviews::smoke::outcome::Limits;
use reviews::smoke::template::{HttpRequest, Method, Template, parse_method};
use reviews::smoke::{Settings, connections_for};

/// The name of the tier that is the database alone.
pub(crate) const SQL_TIER: &str = "sql";

/// Arguments of `smoke`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reviewseed smoke                                    250 requests a second for 30 s, for the last tenth of the products
  reviewseed smoke --rate 1000 --max-avg 20ms --json
  reviewseed smoke --rate 250 --then 500,1000,2000,4000 --duration 10s
  reviewseed targets --weighted -o ids.txt && reviewseed smoke --targets ids.txt --mix list=50,meta=50
  reviewseed smoke --http 'http://127.0.0.1:3000/reviews?product_id={product_id}'
  reviewseed smoke --compare --sql --http 'api=http://api:3000/reviews?product_id={product_id}' --http 'front=http://front/reviews?product_id={product_id}'")]
pub struct SmokeArgs {
    /// Requests a second; they are sent whether or not earlier requests are answered
    #[arg(long, value_name = "N", default_value = "250", value_parser = parse_rate)]
    pub rate: f64,
    /// Higher rates to try in turn after --rate (500,1000,2000), until a limit is exceeded: shows
    /// the highest rate that each tier holds. The exit code depends on --rate alone
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = parse_rate)]
    pub then: Vec<f64>,
    /// How long requests are sent (ms, s, m), at each rate
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub duration: Duration,
    /// List of products to ask for, as `targets` writes it (ids, repeated, csv, table) [default:
    /// the last tenth of the database]
    #[arg(long, value_name = "FILE")]
    pub targets: Option<PathBuf>,
    /// Shares of the reads: list (or list-newest, list-helpful, list-relevant) and meta
    #[arg(long, value_name = "MIX", default_value = "list=80,meta=20")]
    pub mix: Mix,
    /// Seed of the random requests; the same seed gives the same requests
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Number of connections [default: 1 per 25 requests a second, from 8 to 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub connections: Option<u16>,
    /// Longest time to wait for an answer
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Send requests over HTTP instead of SQL; {product_id} or {review_id} is replaced by an id.
    /// May be repeated: a weight before the URL sets its share (4*http://…); a method may precede
    /// the URL (PUT http://…)
    #[arg(long, value_name = "[NAME=][N*][METHOD ]URL", help_heading = "HTTP")]
    pub http: Vec<HttpRequest>,
    /// Method of the --http requests that name none
    #[arg(long, value_name = "METHOD", default_value = "GET", value_parser = parse_method, requires = "http", help_heading = "HTTP")]
    pub method: Method,
    /// Body of POST, PUT and PATCH requests, with the same placeholders; @FILE reads it from a file
    #[arg(
        long,
        value_name = "TEXT|@FILE",
        requires = "http",
        help_heading = "HTTP"
    )]
    pub body: Option<String>,
    /// Header of every request, as 'Name: value'; may be repeated
    #[arg(long, value_name = "HEADER", value_parser = parse_header, requires = "http", help_heading = "HTTP")]
    pub header: Vec<Header>,
    /// PEM file of the certificate authorities that are trusted for https [default: Mozilla's list]
    #[arg(long, value_name = "FILE", requires = "http", help_heading = "HTTP")]
    pub http_ca: Option<PathBuf>,
    /// Test one tier after another with the same requests and show them side by side; give each
    /// --http a NAME, in the order from the database outwards
    #[arg(long, requires = "http", help_heading = "HTTP")]
    pub compare: bool,
    /// With --compare: also test the database alone, as the first tier
    #[arg(long, requires = "compare", help_heading = "HTTP")]
    pub sql: bool,
    /// Largest share of errors; more gives exit code 1
    #[arg(long, value_name = "P%", default_value = "0%", value_parser = parse_percent, help_heading = "Limits")]
    pub max_error_rate: f64,
    /// Longest average latency; longer gives exit code 1
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = parse_duration, help_heading = "Limits")]
    pub max_avg: Duration,
    #[command(flatten)]
    #[expect(missing_docs)]
    pub database: DatabaseArgs,
    /// Print the result as JSON to stdout
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Write the result to FILE: as an HTML page when FILE ends in .html, else as JSON; may be
    /// repeated
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub report: Vec<PathBuf>,
    /// Print errors only
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

impl SmokeArgs {
    /// How the test runs at one rate.
    pub fn settings(&self, rate: f64) -> Settings {
        Settings {
            rate,
            duration: self.duration,
            connections: self
                .connections
                .map_or_else(|| connections_for(rate), usize::from),
            timeout: self.timeout,
            seed: self.seed,
        }
    }

    /// The limits that the result must not exceed.
    pub fn limits(&self) -> Limits {
        Limits {
            error_percent: self.max_error_rate,
            average: self.max_avg,
        }
    }

    /// Whether the test sends SQL.
    pub fn asks_the_database(&self) -> bool {
        self.http.is_empty() || self.sql
    }

    /// Checks that each rate of --then is higher than the one before.
    ///
    /// # Errors
    ///
    /// When a rate is not higher.
    pub fn check_rates(&self) -> anyhow::Result<()> {
        let mut before = self.rate;
        for &rate in &self.then {
            if rate <= before {
                bail!(
                    "--then {rate}: each rate must be higher than the one before, which is {before}"
                );
            }
            before = rate;
        }
        Ok(())
    }

    /// The template of --body: its text, or the text of the file that it names.
    fn body_template(&self) -> anyhow::Result<Option<Template>> {
        let Some(body) = &self.body else {
            return Ok(None);
        };
        let body = match body.strip_prefix('@') {
            None => body.clone(),
            Some(file) => String::from_utf8(read(Path::new(file))?)
                .with_context(|| format!("{file} is not UTF-8"))?,
        };
        Template::parse(&body).map(Some).map_err(Error::msg)
    }

    /// Fails for a body that no request would send, and for a tier with the name of `--sql`.
    fn check_http(&self) -> anyhow::Result<()> {
        let takes_body = |r: &HttpRequest| has_body(r.method.as_ref().unwrap_or(&self.method));
        if self.body.is_some() && !self.http.iter().any(takes_body) {
            bail!(
                "--body is sent only with POST, PUT and PATCH, but every request is a {}; write the \
                 method before the URL, or --method POST",
                self.method
            );
        }
        if self.sql
            && self
                .http
                .iter()
                .any(|r| r.name.as_deref() == Some(SQL_TIER))
        {
            bail!("the name {SQL_TIER} is reserved for --sql; give the --http tier another name");
        }
        Ok(())
    }

    /// The tiers that are tested over HTTP, with their names, in the order of the command line: one
    /// tier for each name with --compare, otherwise a single one.
    ///
    /// # Errors
    ///
    /// When the requests of a tier go to different addresses, or when a file cannot be read.
    pub fn http_tiers(&self) -> anyhow::Result<Vec<(String, HttpTier)>> {
        let options = HttpOptions {
            method: self.method.clone(),
            body: self.body_template()?,
            headers: self.header.clone(),
            authorities: self.http_ca.as_deref().map(read).transpose()?,
        };
        self.check_http()?;
        let mut groups: Vec<(String, Vec<HttpRequest>)> = Vec::new();
        for request in &self.http {
            let address = request.address.to_string();
            let name = match self.compare {
                true => request.name.clone().unwrap_or(address),
                false => address,
            };
            let at = match self.compare {
                true => groups.iter().position(|(known, _)| *known == name),
                // a single tier; `HttpTier::new` fails if its requests have different addresses
                false => (!groups.is_empty()).then_some(0),
            };
            match at {
                Some(at) => groups[at].1.push(request.clone()),
                None => groups.push((name, vec![request.clone()])),
            }
        }
        let tiers = groups.into_iter().map(|(name, requests)| {
            let tier = HttpTier::new(&requests, &options)?;
            Ok((name, tier))
        });
        tiers.collect()
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A header of a request.
type Header = (HeaderName, HeaderValue);
