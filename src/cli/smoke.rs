//! The arguments of `smoke`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::DatabaseArgs;
use super::targets::{parse_duration, parse_percent, parse_rate};
use reviews::smoke::http::{
    HeaderName, HeaderValue, HttpOptions, HttpTier, has_body, parse_header,
};
use reviews::smoke::mix::Mix;
use reviews::smoke::outcome::Limits;
use reviews::smoke::template::{HttpRequest, Method, Template, TemplateError, parse_method};
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
  reviewseed smoke --compare --sql --http 'api=http://api:3000/reviews?product_id={product_id}' --http 'front=http://front/reviews?product_id={product_id}'

Exit codes:
  0    every tier is within the limits at --rate
  1    a limit was exceeded, or no request was answered
  2    wrong options, or a tier could not be tested (a closed port); with --compare, the other
       tiers are tested first
  130  Ctrl-C (143: SIGTERM): the result so far was reported

JSON: an object, with --compare an array of one for each tier. Every key is always there; of a tier
that could not be tested, all counts are null.
  tier, passed, stopped                its name; whether it is within the limits, and was stopped
  error                                why it could not be tested, otherwise null
  rate, sent_rate                      requests a second: due, and sent (null for fewer than two)
  requests, sent, unsent               requests that were due = sent + unsent (no connection was
                                       free until the end)
  answered, not_answered               sent = answered + not_answered (timeout, reset, closed port)
  errors, error_percent                errors by kind (timeout, unsent, status 404); their share of
                                       requests
  statuses, bytes, redirects           answers by status, bytes of their bodies; {} and 0 for SQL
  seconds, throughput                  from the first request to the last answer; answered / seconds
  latency_ms                           average, p50, p90, p99, max; null without an answer
  reads                                answered and latency_ms by kind of request
  warnings                             what is probably not as you mean it, such as redirects
  held_rate, gave_in_at, higher_rates  of --then: the highest rate within the limits, the first that
                                       is not (null: none), and the results
  connections, max_error_percent, max_average_ms
                                       what was asked for")]
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
    /// List of products to ask for, as `targets` writes it (ids, repeated, csv, table, json,
    /// ndjson, k6) [default: the last tenth of the database]
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
    /// Longest time to wait for an answer, or for a connection to open; connections that open
    /// before the test get at most 10s
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub timeout: Duration,
    /// Send requests over HTTP instead of SQL; {product_id} or {review_id} is replaced by an id.
    /// May be repeated: a weight before the URL sets its share (4*http://…); a method may precede
    /// the URL (PUT http://…). With --compare, requests of the same NAME are one tier
    #[arg(long, value_name = "[NAME=][N*][METHOD ]URL", help_heading = "HTTP")]
    pub http: Vec<HttpRequest>,
    /// Method of the --http requests that name none
    #[arg(long, value_name = "METHOD", default_value = "GET", value_parser = parse_method, requires = "http", help_heading = "HTTP")]
    pub method: Method,
    /// Body of POST, PUT and PATCH requests, with the same placeholders; {{name}} is the text
    /// {name}. @FILE reads it from a file
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
    /// Largest share of errors: requests that were not answered or not sent, and answers with a
    /// status other than 2xx and 304; more gives exit code 1
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

    /// Checks that no option was typed that this test does not use. `has` says whether one of some
    /// options was typed; default values from files are for all tests.
    ///
    /// # Errors
    ///
    /// When there is such an option. The message says which tests use it.
    pub fn check_unused(&self, has: impl Fn(&[&str]) -> bool) -> anyhow::Result<()> {
        if has(&["mix"]) && !self.asks_the_database() {
            bail!(
                "--mix is about the SQL of the database, which --http alone does not send; give \
                 each --http a weight (4*http://…), or add --compare --sql"
            );
        }
        let why = match &self.targets {
            Some(_) => "--targets has the ids",
            None => "no request has a placeholder for an id",
        };
        let has_ids = self.targets.is_some() || !self.needs_ids()?;
        if has_ids && !self.asks_the_database() {
            let of_database = [
                "database-url",
                "password-file",
                "mysqld",
                "engine",
                "net-timeout",
            ];
            if let Some(name) = of_database.iter().find(|name| has(&[name])) {
                bail!(
                    "--{name} is not used: {why}, and --http alone sends no SQL; leave one of them \
                     out, or add --compare --sql"
                );
            }
        }
        if self.json && self.report.iter().any(|file| file == Path::new("-")) {
            bail!("--json and --report - both write the result to stdout; leave one of them out");
        }
        if has(&["http-ca"]) && !self.http.iter().any(|r| r.address.tls) {
            bail!("--http-ca is for https:// URLs, and no --http has one");
        }
        if has(&["method"]) && self.http.iter().all(|r| r.method.is_some()) {
            bail!(
                "--method is for requests that name none, and every --http names its own; leave \
                 one of them out"
            );
        }
        Ok(())
    }

    /// Whether the test sends SQL.
    pub fn asks_the_database(&self) -> bool {
        self.http.is_empty() || self.sql
    }

    /// Whether the test needs ids: it sends SQL, or a request with a placeholder.
    ///
    /// # Errors
    ///
    /// When the file of --body cannot be read.
    pub fn needs_ids(&self) -> anyhow::Result<bool> {
        let has_place = |template: &Template| template.kind().is_some();
        Ok(self.asks_the_database()
            || self.http.iter().any(|request| has_place(&request.path))
            || self.body_template()?.as_ref().is_some_and(has_place))
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
        let (place, body) = match body.strip_prefix('@') {
            None => ("--body".to_owned(), body.clone()),
            Some("") => bail!("--body @ names no file; write --body @FILE, or the text itself"),
            Some(file) => {
                let text = String::from_utf8(read(Path::new(file))?)
                    .with_context(|| format!("{file} is not UTF-8"))?;
                (format!("--body @{file}"), text)
            }
        };
        let template = Template::parse(&body).map_err(|error| match &error {
            TemplateError::Unknown(name) => anyhow!(
                "{place} {error}; for the text {{{name}}} itself, write {{{{{name}}}}}, or a blank \
                 after the brace"
            ),
            TemplateError::TwoKinds => anyhow!("{place} {error}"),
        });
        template.map(Some)
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
        let has_content_type = self.header.iter().any(|(name, _)| name == "content-type");
        if has_content_type && self.body.is_none() {
            bail!("--header has a Content-Type, which is sent with a body only; add --body");
        }
        match self.compare {
            true => self.check_addresses(),
            false => self.check_names(),
        }
    }

    /// Checks that the requests of one name are for one address.
    fn check_addresses(&self) -> anyhow::Result<()> {
        for (at, request) in self.http.iter().enumerate() {
            let mut before = self.http[..at].iter();
            let other = before.find(|r| r.name == request.name && r.address != request.address);
            if let (Some(name), Some(other)) = (&request.name, other) {
                bail!(
                    "--http gives the name {name} to {} and to {}; a tier is one address, so give \
                     each address a NAME of its own",
                    other.address,
                    request.address
                );
            }
        }
        Ok(())
    }

    /// Without --compare, fails if the requests have different names, because they are one tier.
    fn check_names(&self) -> anyhow::Result<()> {
        let mut requests = self.http.iter();
        let Some(first) = requests.next() else {
            return Ok(());
        };
        match requests.find(|r| r.name != first.name) {
            None => Ok(()),
            Some(_) => bail!(
                "the requests of --http have different names, but one test is of one tier; add \
                 --compare to test one tier after another, or leave the names out"
            ),
        }
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
            let name = request.name.clone();
            let name = name.unwrap_or_else(|| request.address.to_string());
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
