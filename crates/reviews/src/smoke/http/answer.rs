//! Interprets answers of HTTP, and errors that occur instead of an answer.

use std::error::Error as _;
use std::io;

use hyper::Response;
use hyper::header::LOCATION;

use super::TLS;
use crate::smoke::masking::masked_request;
use crate::smoke::requests::{Failure, with_causes};

/// The address to which a redirect leads, without secrets; `None` for other answers.
pub(super) fn redirect<B>(response: &Response<B>) -> Option<String> {
    let status = response.status();
    let location = response.headers().get(LOCATION)?;
    (status.is_redirection()).then(|| masked_request(&String::from_utf8_lossy(location.as_bytes())))
}

/// The failure of a request that was sent, or was about to be.
pub(super) fn failure_of_http(error: &hyper::Error) -> Failure {
    Failure::lost(kind(error), with_causes(error))
}

fn kind(error: &hyper::Error) -> &'static str {
    let cause = error.source();
    if let Some(cause) = cause.and_then(|cause| cause.downcast_ref::<hyper::Error>()) {
        return match kind(cause) {
            // a reset without a cause means that bytes arrived before the request was sent
            RESET if cause.source().is_none() => NOT_HTTP,
            kind => kind,
        };
    }
    let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    if io
        .and_then(io::Error::get_ref)
        .is_some_and(|e| e.is::<rustls::Error>())
    {
        return TLS;
    }
    match (error, io.map(io::Error::kind)) {
        // only the text of the error shows that the headers are too large
        (e, _) if e.is_parse() && e.to_string().contains("too large") => "headers too large",
        (e, _) if e.is_parse() => NOT_HTTP,
        (e, _) if e.is_incomplete_message() => "closed before the answer",
        (e, _) if e.is_timeout() => "timeout",
        // hyper reports a wrong length of a chunk as invalid input
        (_, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) => NOT_HTTP,
        (_, Some(io::ErrorKind::UnexpectedEof)) => "closed within the answer",
        _ => RESET,
    }
}

/// The kind of failure of a connection that ended without a reason.
const RESET: &str = "reset";

/// The kind of failure of an answer that is not HTTP/1.
const NOT_HTTP: &str = "not HTTP";
