//! `--script`: a complete test in the folder of the list, for tools whose tests are files.
//!
//! All scripts run the same test: a constant arrival rate, by default 250 requests a second for 30
//! seconds, a new id for each request, a 99th percentile under 2,000 ms, errors under 1 %. The
//! templates are the files under `scripts/`; their `@WORDS@` are replaced.

use std::fs;
use std::path::{Path, PathBuf};

use super::{FormatKind, artillery, gatling, jmeter, k6, loaderio, locust};
use crate::error::{Error, Result};
use crate::targets::{TargetKind, UrlTemplate};
use model::shell::quoted;

/// The HTTP method of the request for an id; `None` when the request needs a body.
pub fn method(target: TargetKind) -> Option<&'static str> {
    match target {
        TargetKind::Product => Some("GET"),
        TargetKind::Review => Some("PUT"),
        TargetKind::Characteristic => None,
    }
}

/// How many requests a test sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Requests a second.
    pub rate: u64,
    /// How long requests are sent, in seconds.
    pub seconds: u64,
}

impl Load {
    /// The load of a test without `--rate` and `--duration`.
    pub const USUAL: Load = Load {
        rate: 250,
        seconds: 30,
    };

    /// Number of requests.
    pub fn requests(self) -> u64 {
        self.rate.saturating_mul(self.seconds)
    }

    /// Replaces `@RATE@`, `@SECONDS@` and similar words in a text by their numbers.
    fn fill(self, text: &str) -> String {
        // a client may be busy with a request for up to 2 seconds (the threshold), so each request
        // a second needs two clients
        text.replace("@RATE@", &self.rate.to_string())
            .replace("@SECONDS@", &self.seconds.to_string())
            .replace("@COUNT@", &self.requests().to_string())
            .replace("@USERS@", &self.rate.saturating_mul(2).to_string())
            .replace("@PER_MINUTE@", &self.rate.saturating_mul(60).to_string())
    }
}

/// A test that is ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The path of the script's file.
    pub path: PathBuf,
    /// The text of the script.
    pub text: String,
    /// The command that runs the script, for a shell.
    pub command: String,
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
        load: Load,
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
        let text = load.fill(&filled(&template, kind, target, method, &url));
        let command = command(kind, &path, feed);
        Ok(Script {
            path,
            text,
            command,
        })
    }

    /// Checks that no other file, perhaps a test that was edited by hand, would be replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] when there is such a file.
    pub fn check_place(&self) -> Result<()> {
        match fs::read(&self.path) {
            Ok(present) if present != self.text.as_bytes() => Err(Error::Exists(format!(
                "{} exists and differs from what --script would write; remove the file, or leave out --script to keep it",
                self.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Writes the test.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, &self.text).map_err(Error::io(|| {
            format!("cannot write {}", self.path.display())
        }))
    }
}

fn options<T>(message: String) -> Result<T> {
    Err(Error::Options(message))
}

/// Fills in the words of a template that describe the requests.
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

/// The command that runs a test.
fn command(kind: FormatKind, script: &Path, feed: &Path) -> String {
    let (test, list) = (
        quoted(&script.display().to_string()),
        quoted(&feed.display().to_string()),
    );
    match kind {
        FormatKind::K6 => format!("k6 run {test}"),
        FormatKind::Artillery => format!("artillery run {test}"),
        FormatKind::Jmeter => format!("jmeter -n -t {test} -l results.jtl"),
        FormatKind::Locust => format!("locust --headless -f {test}"),
        FormatKind::Gatling => {
            format!("cp {list} src/test/resources/ && cp {test} src/test/java/ && mvn gatling:test")
        }
        _ => format!("LOADERIO_KEY=… PAYLOAD_URL=… sh {test}"),
    }
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
