//! Requests over HTTP as templates: `[NAME=][WEIGHT*][METHOD ]URL`, and bodies, with placeholders
//! for the ids.

use std::str::FromStr;

pub use hyper::Method;
use url::Url;

use super::masking::masked_request;
use crate::targets::TargetKind;

/// The kinds of ids that a template may contain.
const KINDS: [TargetKind; 2] = [TargetKind::Product, TargetKind::Review];

/// The largest weight.
const HEAVIEST: u32 = 1_000_000;

/// Text with placeholders for one id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What is between the placeholders: one text more than there are placeholders.
    texts: Vec<String>,
    /// The kind of the ids; `None` without placeholders.
    kind: Option<TargetKind>,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// A placeholder of another name than those of ids, without its braces.
    Unknown(String),
    /// Placeholders of both kinds.
    TwoKinds,
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TemplateError::Unknown(name) => {
                let known = KINDS.map(|kind| format!("{{{}}}", kind.name()));
                write!(
                    f,
                    "contains {{{name}}}; the placeholders are {}",
                    known.join(" and ")
                )
            }
            TemplateError::TwoKinds => f.write_str(
                "has placeholders for products and for reviews; a list has ids of one kind",
            ),
        }
    }
}

/// What a brace begins.
enum Brace<'a> {
    /// `{name}`, without its braces.
    Place(&'a str),
    /// `{{name}}`, which is the text `{name}`: its inner braces and name.
    Literal(&'a str),
    /// A brace that is text.
    Text,
}

impl Template {
    /// Parses a text. `{name}` is a placeholder, `{{name}}` is the text `{name}`. A name consists
    /// of letters, digits, `_`, `-` and `.`, and begins with a letter or `_`. All other braces are
    /// text, so JSON needs no escapes.
    ///
    /// # Errors
    ///
    /// When a placeholder is not that of an id, or when there are placeholders of both kinds.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let mut template = Template {
            texts: Vec::new(),
            kind: None,
        };
        let (mut before, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('{') {
            before.push_str(&rest[..at]);
            rest = &rest[at..];
            match brace(rest) {
                Brace::Place(name) => {
                    let kind = KINDS.iter().find(|kind| kind.name() == name);
                    let kind = kind.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
                    if template.kind.is_some_and(|other| other != *kind) {
                        return Err(TemplateError::TwoKinds);
                    }
                    template.kind = Some(*kind);
                    template.texts.push(std::mem::take(&mut before));
                    rest = &rest[name.len() + 2..];
                }
                Brace::Literal(inner) => {
                    before.push_str(inner);
                    rest = &rest[inner.len() + 2..];
                }
                Brace::Text => {
                    before.push('{');
                    rest = &rest[1..];
                }
            }
        }
        before.push_str(rest);
        template.texts.push(before);
        Ok(template)
    }

    /// The kind of the ids; `None` without placeholders.
    pub fn kind(&self) -> Option<TargetKind> {
        self.kind
    }

    /// The text with its placeholders, as it was given.
    pub fn label(&self) -> String {
        let name = self.kind.map(|kind| format!("{{{}}}", kind.name()));
        self.texts.join(name.as_deref().unwrap_or_default())
    }

    /// The text with an id in place of each placeholder.
    pub fn with(&self, id: u64) -> String {
        self.texts.join(&id.to_string())
    }
}

/// Whether a text contains a placeholder for an id.
pub(super) fn has_placeholder(text: &str) -> bool {
    KINDS
        .iter()
        .any(|kind| text.contains(&format!("{{{}}}", kind.name())))
}

/// Whether a text consists of placeholders for ids, or is empty.
pub(super) fn only_placeholders(text: &str) -> bool {
    let mut rest = text.to_owned();
    for kind in KINDS {
        rest = rest.replace(&format!("{{{}}}", kind.name()), "");
    }
    rest.is_empty()
}

/// What the brace at the start of a text begins.
fn brace(text: &str) -> Brace<'_> {
    if let Some(name) = named(text) {
        return Brace::Place(name);
    }
    match named(&text[1..]) {
        Some(name) if text[1 + name.len() + 2..].starts_with('}') => {
            Brace::Literal(&text[1..name.len() + 3])
        }
        _ => Brace::Text,
    }
}

/// The name in braces at the start of a text.
fn named(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name = name.starts_with(is_first)
        && name
            .chars()
            .all(|c| is_first(c) || c.is_ascii_digit() || "-.".contains(c));
    is_name.then_some(name)
}

/// A kind of request to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The name of the tier that it belongs to, as given.
    pub name: Option<String>,
    /// Its share among the requests of its tier.
    pub weight: u32,
    /// The method, as given.
    pub method: Option<Method>,
    /// Where the server is.
    pub address: Address,
    /// Path and query.
    pub path: Template,
}

/// Scheme, host and port of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the connection is encrypted (https).
    pub tls: bool,
    /// Host name or address; an IPv6 address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl Address {
    /// Host and port as a `Host` header has them: without the default port of the scheme.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port == if self.tls { 443 } else { 80 } {
            true => host,
            false => format!("{host}:{}", self.port),
        }
    }
}

/// Scheme, host and port as in a URL.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

impl FromStr for HttpRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<HttpRequest, String> {
        const EXAMPLE: &str = "http://127.0.0.1:3000/reviews?product_id={product_id}";
        let no_url = || {
            format!(
                "\"{}\" has no http:// or https:// URL; write for example {EXAMPLE}, or \
                 balancer=4*GET {EXAMPLE}",
                masked_request(text)
            )
        };
        let lower = text.to_ascii_lowercase();
        let at = ["http://", "https://"]
            .iter()
            .filter_map(|scheme| lower.find(scheme))
            .min()
            .ok_or_else(no_url)?;
        let (before, url) = text.split_at(at);
        let (name, before) = match before.split_once('=') {
            Some((name, rest)) => (Some(name.trim().to_owned()), rest),
            None => (None, before),
        };
        if let Some(name) = &name {
            check_name(name, text)?;
        }
        let (weight, method) = match before.split_once('*') {
            Some((weight, rest)) => (parse_weight(weight, text)?, rest),
            None => (1, before),
        };
        let method = match method.trim() {
            "" => None,
            word => Some(parse_method(word)?),
        };
        let (address, path) = parse_url(url)?;
        Ok(HttpRequest {
            name,
            weight,
            method,
            address,
            path,
        })
    }
}

/// Fails for names that are empty, or that contain what belongs after the name.
fn check_name(name: &str, text: &str) -> Result<(), String> {
    let first = name.split(' ').next().unwrap_or_default();
    let is_wrong = |c: char| c == '*' || c.is_control();
    match name {
        "" => Err(format!(
            "\"{}\" has an empty name before \"=\"",
            masked_request(text)
        )),
        name if name.contains(is_wrong) || parse_method(first).is_ok() => Err(format!(
            "{name:?} is not a name of a tier; a weight and a method are written after the name: \
             NAME=4*GET http://…"
        )),
        _ => Ok(()),
    }
}

fn parse_weight(weight: &str, text: &str) -> Result<u32, String> {
    match weight.trim().parse() {
        Ok(weight) if (1..=HEAVIEST).contains(&weight) => Ok(weight),
        _ => Err(format!(
            "the weight \"{}\" in \"{}\" is not a number from 1 to {HEAVIEST}",
            weight.trim(),
            masked_request(text)
        )),
    }
}

/// Parses a method, in upper case as HTTP has them.
///
/// # Errors
///
/// When it is not one of those that a load test sends.
pub fn parse_method(word: &str) -> Result<Method, String> {
    const KNOWN: [Method; 6] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let found = KNOWN.iter().find(|method| method.as_str() == word);
    found
        .cloned()
        .ok_or_else(|| format!("\"{word}\" is not a method: GET, HEAD, POST, PUT, PATCH or DELETE"))
}

fn parse_url(text: &str) -> Result<(Address, Template), String> {
    let wrong = |what: &str| format!("\"{}\" {what}", masked_request(text));
    let template = Template::parse(text).map_err(|e| wrong(&e.to_string()))?;
    let filled = template.with(1);
    let parsed = Url::parse(&filled).map_err(|e| wrong(&format!("is not a URL: {e}")))?;
    if let Some(brace) = filled.find(['{', '}']) {
        let unknown: String = filled[brace..].chars().take(20).collect();
        return Err(wrong(&format!(
            "contains \"{unknown}\"; the placeholders are {{product_id}} and {{review_id}}, and \
             a brace itself is %7B or %7D"
        )));
    }
    if parsed.fragment().is_some() {
        return Err(wrong(
            "has a fragment (#), which is never sent; leave it out",
        ));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong(
            "has a user or a password; send --header 'Authorization: …' instead",
        ));
    }
    let start = text.find("://").map_or(0, |at| at + 3);
    let host_end = text[start..]
        .find(['/', '?'])
        .map_or(text.len(), |at| start + at);
    if has_placeholder(&text[..host_end]) {
        return Err(wrong(
            "has a placeholder in its host; write it into the path or the query",
        ));
    }
    // percent-encodes what a request line cannot have, except the placeholders
    let place = "_reviewseed_id_";
    let marked = Url::parse(&template.texts.join(place)).map_err(|e| wrong(&e.to_string()))?;
    let mut path = marked.path().to_owned();
    if let Some(query) = marked.query() {
        path = format!("{path}?{query}");
    }
    let host = parsed.host_str().unwrap_or_default();
    let address = Address {
        tls: parsed.scheme() == "https",
        host: host.trim_matches(['[', ']']).to_owned(),
        port: parsed.port_or_known_default().unwrap_or(80),
    };
    let path = Template {
        texts: path.split(place).map(str::to_owned).collect(),
        kind: template.kind,
    };
    Ok((address, path))
}

#[cfg(test)]
mod tests;
