//! `--script`: a complete test in the folder of the list, for tools whose tests are files.
//!
//! All scripts test the same: a constant arrival rate of 250 requests a second for 30 seconds, a
//! new id for each request, a 99th percentile under 2,000 ms, errors under 1 %. The templates are
//! the files under `scripts/`; their `@WORDS@` are replaced.

use std::fs;
use std::path::{Path, PathBuf};

use super::{FormatKind, artillery, gatling, jmeter, k6, loaderio, locust};
use crate::error::{Error, Result};
use crate::targets::{TargetKind, UrlTemplate};

/// The HTTP method of the request for an id; `None` when the request needs a body.
pub fn method(target: TargetKind) -> Option<&'static str> {
    match target {
        TargetKind::Product => Some("GET"),
        TargetKind::Review => Some("PUT"),
        TargetKind::Characteristic => None,
    }
}

/// A test that is ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The path of its file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Script {
    /// The test of a tool for the list in the file `feed`.
    ///
    /// # Errors
    ///
    /// When the tool has no test files, when requests for these ids need a body, or when the name
    /// of the list would need an escape in the script.
    pub fn new(
        kind: FormatKind,
        target: TargetKind,
        feed: &Path,
        url: Option<&UrlTemplate>,
    ) -> Result<Script> {
        let template = template(kind)?;
        let Some(method) = method(target) else {
            return options(format!(
                "--script writes requests without a body, but a request for a new review needs \
                 one; write the test for {} yourself",
                kind.name()
            ));
        };
        let Some(url) = url.cloned().or_else(|| UrlTemplate::of(target)) else {
            return options("--script needs --url".to_owned());
        };
        let name = feed
            .file_name()
            .and_then(|n| n.to_str())
            .filter(|n| is_plain(n));
        let Some(name) = name else {
            return options(format!(
                "{}: --script needs a file whose name consists of letters, digits, '.', '_' and '-'",
                feed.display()
            ));
        };
        let path = match kind {
            // the name of a Java file is the name of its class
            FormatKind::Gatling => feed.with_file_name("ReviewsSimulation.java"),
            _ => feed.with_extension(extension(kind)),
        };
        let script = path
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        if script == name {
            return options(format!(
                "--script would replace the list {name}; give the list another name with -o"
            ));
        }
        let template = template.replace("@SCRIPT@", script).replace("@FEED@", name);
        let text = filled(&template, kind, target, method, &url);
        Ok(Script { path, text })
    }

    /// Checks that no other file, perhaps a test that was edited by hand, would be replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] when there is one.
    pub fn check_place(&self) -> Result<()> {
        match fs::read(&self.path) {
            Ok(present) if present != self.text.as_bytes() => Err(Error::Exists(format!(
                "{} exists and differs from what --script would write; remove it, or leave out --script to keep it",
                self.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Writes the test.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.text).map_err(Error::io(|| {
            format!("cannot write {}", self.path.display())
        }))
    }
}

fn options<T>(message: String) -> Result<T> {
    Err(Error::Options(message))
}

/// The template with the words for the requests filled in.
fn filled(
    template: &str,
    kind: FormatKind,
    target: TargetKind,
    method: &str,
    url: &UrlTemplate,
) -> String {
    let (scheme, address) = url.base().split_once("://").unwrap_or(("http", url.base()));
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (address, if scheme == "https" { "443" } else { "80" }),
    };
    let field = target.fields()[0];
    let place = match kind {
        FormatKind::K6 => "${id}".to_owned(),
        FormatKind::Artillery | FormatKind::Loaderio => format!("{{{{ {field} }}}}"),
        FormatKind::Jmeter => format!("${{{field}}}"),
        FormatKind::Gatling => format!("#{{{field}}}"),
        _ => format!("{{row['{field}']}}"),
    };
    let mut path = url.path(|_| place.clone());
    let mut method = method.to_owned();
    match kind {
        FormatKind::Jmeter => path = path.replace('&', "&amp;"),
        FormatKind::Artillery => method = method.to_lowercase(),
        _ => {}
    }
    let status = if target == TargetKind::Review {
        "[200, 204]"
    } else {
        "200"
    };
    template
        .replace("@NAME@", field)
        .replace("@BASE@", url.base())
        .replace("@PROTOCOL@", scheme)
        .replace("@HOST@", host)
        .replace("@PORT@", port)
        .replace("@METHOD@", &method)
        .replace("@STATUS@", status)
        .replace("@PATH@", &path)
}

fn template(kind: FormatKind) -> Result<&'static str> {
    Ok(match kind {
        FormatKind::K6 => k6::SCRIPT,
        FormatKind::Artillery => artillery::SCRIPT,
        FormatKind::Jmeter => jmeter::SCRIPT,
        FormatKind::Gatling => gatling::SCRIPT,
        FormatKind::Locust => locust::SCRIPT,
        FormatKind::Loaderio => loaderio::SCRIPT,
        FormatKind::Wrk => {
            return options(
                "--script is not needed with wrk: its list is a script already".to_owned(),
            );
        }
        _ => {
            return options(format!(
                "there is no test to write for --format {}; --script needs one of the formats k6, \
                 artillery, jmeter, gatling, locust and loaderio",
                kind.name()
            ));
        }
    })
}

fn extension(kind: FormatKind) -> &'static str {
    match kind {
        FormatKind::K6 => "js",
        FormatKind::Artillery => "yml",
        FormatKind::Jmeter => "jmx",
        FormatKind::Locust => "py",
        _ => "sh",
    }
}

/// Whether a file name needs no escape in any of the languages of the scripts.
fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}
