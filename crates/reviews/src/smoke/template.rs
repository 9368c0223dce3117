//! Requests over HTTP as templates: `[NAME=][WEIGHT*][METHOD ]URL`, and bodies, with placeholders
//! for the ids.

use std::str::FromStr;

pub use hyper::Method;
use url::Url;

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

impl Template {
    /// Parses a text. Other braces than those of the placeholders are part of the text.
    ///
    /// # Errors
    ///
    /// When it has placeholders of both kinds.
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut template = Template {
            texts: Vec::new(),
            kind: None,
        };
        let mut rest = text;
        while let Some((at, length, kind)) = placeholder(rest) {
            if template.kind.is_some_and(|other| other != kind) {
                return Err(format!(
                    "\"{text}\" has placeholders for products and for reviews; a list has ids of one kind"
                ));
            }
            template.kind = Some(kind);
            template.texts.push(rest[..at].to_owned());
            rest = &rest[at + length..];
        }
        template.texts.push(rest.to_owned());
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

/// The first placeholder of a text: its place, length and kind.
fn placeholder(text: &str) -> Option<(usize, usize, TargetKind)> {
    let found = KINDS.iter().filter_map(|kind| {
        let name = format!("{{{}}}", kind.name());
        Some((text.find(&name)?, name.len(), *kind))
    });
    found.min_by_key(|(at, ..)| *at)
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
                "\"{text}\" has no http:// or https:// URL; write for example {EXAMPLE}, or \
                 balancer=4*GET {EXAMPLE}"
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
        if name.as_deref() == Some("") {
            return Err(format!("\"{text}\" has an empty name before \"=\""));
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

fn parse_weight(weight: &str, text: &str) -> Result<u32, String> {
    match weight.trim().parse() {
        Ok(weight) if (1..=HEAVIEST).contains(&weight) => Ok(weight),
        _ => Err(format!(
            "the weight \"{}\" in \"{text}\" is not a number from 1 to {HEAVIEST}",
            weight.trim()
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
    let wrong = |what: &str| format!("\"{text}\" {what}");
    let template = Template::parse(text)?;
    let filled = template.with(1);
    let parsed = Url::parse(&filled).map_err(|e| wrong(&format!("is not a URL: {e}")))?;
    if let Some(brace) = filled.find(['{', '}']) {
        let unknown: String = filled[brace..].chars().take(20).collect();
        return Err(wrong(&format!(
            "contains \"{unknown}\"; the placeholders are {{product_id}} and {{review_id}}"
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
    if placeholder(&text[..host_end]).is_some() {
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
mod tests {
    use super::*;

    fn parsed(text: &str) -> HttpRequest {
        text.parse().unwrap()
    }

    #[test]
    fn names_weights_methods_and_placeholders_are_read() {
        let request = parsed("http://127.0.0.1:8080/reviews?product_id={product_id}&count=5");
        assert_eq!(
            (request.name, request.weight, request.method),
            (None, 1, None)
        );
        assert_eq!(request.path.kind(), Some(TargetKind::Product));
        assert_eq!(request.path.with(7), "/reviews?product_id=7&count=5");
        assert_eq!(request.address.to_string(), "http://127.0.0.1:8080");

        let request = parsed("api 1=4*PUT https://h/reviews/{review_id}/helpful");
        assert_eq!(
            (request.name.as_deref(), request.weight, request.method),
            (Some("api 1"), 4, Some(Method::PUT))
        );
        assert_eq!(request.path.with(9), "/reviews/9/helpful");
        assert_eq!(
            (request.address.port, request.address.authority()),
            (443, "h".to_owned())
        );

        // a "=" of the query is no name, and every placeholder is filled
        let request = parsed("http://h/{product_id}?a={product_id}");
        assert_eq!(request.path.with(5), "/5?a=5");
        assert_eq!(parsed("http://[::1]:81").address.authority(), "[::1]:81");
        assert_eq!(parsed("http://h").path.with(1), "/");
        assert_eq!(parsed("HTTPS://H/").address.to_string(), "https://h");
        assert_eq!(parsed("http://h/ü x").path.with(1), "/%C3%BC%20x");
    }

    #[test]
    fn what_is_no_request_is_an_error_with_the_reason() {
        for (text, reason) in [
            ("127.0.0.1:80/{product_id}", "no http:// or https:// URL"),
            ("http://", "not a URL"),
            ("=http://h/", "empty name"),
            ("0*http://h/", "weight \"0\""),
            ("x*http://h/", "weight \"x\""),
            ("put http://h/", "not a method"),
            ("http://h/{id}", "the placeholders are"),
            ("http://h/{product_id}/{review_id}", "one kind"),
            ("http://h{product_id}/", "in its host"),
            ("http://h/#x", "fragment"),
            ("http://u:p@h/", "Authorization"),
            ("http://h:99999/", "not a URL"),
        ] {
            let error = text.parse::<HttpRequest>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn other_braces_of_a_body_are_its_text() {
        let body = Template::parse("{\"product_id\": {product_id}, \"photos\": {}}").unwrap();
        assert_eq!(body.with(3), "{\"product_id\": 3, \"photos\": {}}");
        assert_eq!(Template::parse("{}").unwrap().kind(), None);
    }
}
