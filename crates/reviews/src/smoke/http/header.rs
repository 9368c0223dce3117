//! Headers of all requests, as `Name: value`.

use hyper::header::{HeaderName, HeaderValue};

use crate::smoke::masking::masked_header;
use crate::smoke::template::has_placeholder;

/// Parses a header: `Name: value`.
///
/// # Errors
///
/// When the text is not a header, is a header that the test itself sets, or has a placeholder.
pub fn parse_header(text: &str) -> std::result::Result<(HeaderName, HeaderValue), String> {
    let shown = masked_header(text);
    let wrong = || format!("\"{shown}\" is not a header such as 'Authorization: Bearer …'");
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
    let value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
    match name.as_str() {
        "host" | "content-length" | "transfer-encoding" | "connection" => Err(format!(
            "the header {name} follows from the URL and the body; leave it out"
        )),
        _ if !has_placeholder(text) => Ok((name, value)),
        _ => Err(format!(
            "\"{shown}\" has a placeholder; only placeholders of the URL and of --body are replaced"
        )),
    }
}
