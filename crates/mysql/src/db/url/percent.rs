//! Percent-encoding in the URL, and passwords that lack it.

use super::PARAMETERS;
use crate::error::{Context, Error, Result, fail};

/// How to write a password that has characters with a special meaning in a URL.
pub(in crate::db) const HOW_TO_ESCAPE: &str = "write %23 for #, %2F for /, %3F for ?, %40 for @, %3A for :, %25 for % and %20 for a blank, \
    or leave the password out of the URL and give it in a file: --password-file FILE";

/// Fails when a character of the password, or of the user, ends the account part of the URL: the
/// clients would read the text before that character as host and port. No message repeats any part
/// of the URL.
pub(super) fn refuse_unescaped(text: &str) -> Result<()> {
    let Some(rest) = text.find("://").map(|at| &text[at + 3..]) else {
        return Ok(());
    };
    let Some(end) = rest.find(['/', '?', '#']) else {
        return Ok(());
    };
    let (account_and_host, tail) = rest.split_at(end);
    let (path, parameters) = tail.split_once('?').unwrap_or((tail, ""));
    let in_parameters = parameters.split('&').any(|parameter| {
        let known = |name: &str| PARAMETERS.split(", ").any(|known| known == name);
        let value = parameter.split_once('=').filter(|(name, _)| known(name));
        value.is_none() && parameter.contains('@')
    });
    let culprit = match tail.contains('#') {
        _ if path.contains('@') || in_parameters => tail.chars().next(),
        true => Some('#'),
        false => None,
    };
    let Some(culprit) = culprit else {
        return Ok(());
    };
    let part = match account_and_host.contains('@') || !tail.contains('@') {
        true => "the database URL",
        false => "the user or the password in the database URL",
    };
    fail!(
        Url,
        "{part} has a \"{culprit}\" that is not percent-encoded; {HOW_TO_ESCAPE}"
    )
}

/// Decodes percent-encoding; `+` stays a plus sign.
pub(super) fn decode(part: &str, name: &str) -> Result<String> {
    let bytes = part.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| part.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(hex.unwrap_or(bytes[at]));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).map_err(Error::other).with_context(|| {
        format!(
            "the {name} in the database URL is not UTF-8 once its %… are decoded; {HOW_TO_ESCAPE}"
        )
    })
}

pub(super) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
