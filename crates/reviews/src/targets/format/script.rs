//! `--script`: a complete test beside the list, for the tools whose tests are files.
//!
//! All of them say the same: a constant arrival rate of 250 requests a second for 30 seconds, the
//! 99th percentile under 2,000 ms, errors under 1 %, a new id per request. The texts are the files
//! under `scripts/`, with `@WORDS@` to be filled in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Kind, artillery, gatling, jmeter, k6, loaderio, locust};
use crate::targets::{Of, UrlTemplate};

/// The method of the request that an id is for; none where it has a body.
pub fn method(of: Of) -> Option<&'static str> {
    match of {
        Of::Product => Some("GET"),
        Of::Review => Some("PUT"),
        Of::Characteristic => None,
    }
}

/// A test that is ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it goes.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Script {
    /// The test of a tool for the list in `feed`.
    ///
    /// # Errors
    ///
    /// When the tool has no such file, ids of that kind need a body, or the file cannot be named in
    /// it.
    pub fn new(kind: Kind, of: Of, feed: &Path, url: Option<&UrlTemplate>) -> Result<Script> {
        let template = template(kind)?;
        let Some(method) = method(of) else {
            bail!(
                "--script writes requests without a body, but a new review has one; write the test by hand, with {}",
                kind.name()
            );
        };
        let url = url
            .cloned()
            .or_else(|| UrlTemplate::of(of))
            .context("--script needs --url")?;
        let name = feed
            .file_name()
            .and_then(|n| n.to_str())
            .filter(|n| is_plain(n));
        let Some(name) = name else {
            bail!(
                "{}: --script needs a file whose name consists of letters, digits, '.', '_' and '-'",
                feed.display()
            );
        };
        let path = match kind {
            // Java names a file after its class
            Kind::Gatling => feed.with_file_name("ReviewsSimulation.java"),
            _ => feed.with_extension(extension(kind)),
        };
        let script = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if script == name {
            bail!("--script would replace the list {name}; give the list another name with -o");
        }
        let (scheme, address) = url.base().split_once("://").unwrap_or(("http", url.base()));
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
            _ => (address, if scheme == "https" { "443" } else { "80" }),
        };
        let field = of.fields()[0];
        let place = match kind {
            Kind::K6 => "${id}".to_owned(),
            Kind::Artillery | Kind::Loaderio => format!("{{{{ {field} }}}}"),
            Kind::Jmeter => format!("${{{field}}}"),
            Kind::Gatling => format!("#{{{field}}}"),
            _ => format!("{{row['{field}']}}"),
        };
        let mut target = url.path(|_| place.clone());
        let mut method = method.to_owned();
        match kind {
            Kind::Jmeter => target = target.replace('&', "&amp;"),
            Kind::Artillery => method = method.to_lowercase(),
            _ => {}
        }
        let status = if of == Of::Review {
            "[200, 204]"
        } else {
            "200"
        };
        let text = template
            .replace("@SCRIPT@", script)
            .replace("@FEED@", name)
            .replace("@NAME@", field)
            .replace("@BASE@", url.base())
            .replace("@PROTOCOL@", scheme)
            .replace("@HOST@", host)
            .replace("@PORT@", port)
            .replace("@METHOD@", &method)
            .replace("@STATUS@", status)
            .replace("@PATH@", &target);
        Ok(Script { path, text })
    }

    /// Makes sure that no other test, perhaps edited by hand, would be replaced.
    ///
    /// # Errors
    ///
    /// When there is one.
    pub fn check_place(&self) -> Result<()> {
        match fs::read(&self.path) {
            Ok(present) if present != self.text.as_bytes() => bail!(
                "{} is there and differs from what --script would write; remove it, or leave out --script to keep it",
                self.path.display()
            ),
            _ => Ok(()),
        }
    }

    /// Writes the test.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.text)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn template(kind: Kind) -> Result<&'static str> {
    Ok(match kind {
        Kind::K6 => k6::SCRIPT,
        Kind::Artillery => artillery::SCRIPT,
        Kind::Jmeter => jmeter::SCRIPT,
        Kind::Gatling => gatling::SCRIPT,
        Kind::Locust => locust::SCRIPT,
        Kind::Loaderio => loaderio::SCRIPT,
        Kind::Wrk => bail!("--script is not needed with wrk: its list is a script already"),
        _ => bail!(
            "there is no test to write for --format {}; --script goes with k6, artillery, jmeter, gatling, locust and loaderio",
            kind.name()
        ),
    })
}

fn extension(kind: Kind) -> &'static str {
    match kind {
        Kind::K6 => "js",
        Kind::Artillery => "yml",
        Kind::Jmeter => "jmx",
        Kind::Locust => "py",
        _ => "sh",
    }
}

/// Whether a file name means itself in every language that the tests are written in.
fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}
