//! Requests and headers without secrets, for messages and reports.

use super::template::only_placeholders;

/// Headers whose values are no secrets.
const SHOWN: [&str; 3] = ["accept", "content-type", "user-agent"];

/// What is shown in place of a secret.
const HIDDEN: &str = "…";

/// A header, as `Name: value`, without its value; the values of `Accept`, `Content-Type` and
/// `User-Agent` are shown.
pub fn masked_header(text: &str) -> String {
    match text.split_once(':') {
        Some((name, _)) if SHOWN.contains(&&*name.trim().to_ascii_lowercase()) => text.to_owned(),
        Some((name, _)) => format!("{name}: {HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

/// A request, as `[NAME=][WEIGHT*][METHOD ]URL`, or a path, without the user of its URL and without
/// the values of its query. Values that are a placeholder for an id are shown.
pub fn masked_request(text: &str) -> String {
    let (before, query) = match text.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (text, None),
    };
    let mut shown = before.to_owned();
    if let Some((scheme, rest)) = before.split_once("://")
        && let Some((user, rest)) = rest.rsplit_once('@')
        && !user.contains('/')
    {
        shown = format!("{scheme}://{HIDDEN}@{rest}");
    }
    if let Some(query) = query {
        let parameters = query.split('&').map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            (!only_placeholders(value)).then(|| format!("{name}={HIDDEN}"))
        });
        let parameters = parameters.zip(query.split('&'));
        let parameters = parameters.map(|(masked, whole)| masked.unwrap_or(whole.to_owned()));
        let parameters: Vec<String> = parameters.collect();
        shown = format!("{shown}?{}", parameters.join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_names_and_only_harmless_values() {
        for (text, shown) in [
            ("Authorization: Bearer s3cret", "Authorization: …"),
            ("X-Key:s3cret", "X-Key: …"),
            ("Content-Type: text/plain", "Content-Type: text/plain"),
            ("accept: */*", "accept: */*"),
            ("Bearer s3cret", "…"),
        ] {
            assert_eq!(masked_header(text), shown);
        }
    }

    #[test]
    fn requests_keep_placeholders_and_names_of_parameters() {
        for (text, shown) in [
            (
                "api=4*PUT http://h/r?product_id={product_id}&token=s3cret=&flag",
                "api=4*PUT http://h/r?product_id={product_id}&token=…&flag",
            ),
            ("/r?k=a{review_id}", "/r?k=…"),
            ("http://u:s3@cret@h/p?", "http://…@h/p?"),
            ("http://h/a@b", "http://h/a@b"),
            ("GET /reviews/{product_id}", "GET /reviews/{product_id}"),
        ] {
            assert_eq!(masked_request(text), shown);
        }
    }
}
