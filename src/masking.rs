//! Formats arguments for messages: quoted for a shell, without passwords and signatures.

use std::path::Path;

use input::shown;
use model::shell::quoted;
use mysql::db::DatabaseUrl;
use reviews::smoke::masking::{masked_header, masked_request};

/// Shows a network address with `?…` in place of its query, because the query may hold a signature.
/// The address may be part of `--map TABLE=ADDRESS`.
pub(crate) fn without_signature(value: &str) -> String {
    let (table, file) = match value.split_once('=') {
        Some((table, file)) if file.contains("://") && !table.contains('/') => (Some(table), file),
        _ => (None, value),
    };
    let shown = shown(Path::new(file));
    let cut = if shown == file { "" } else { "?…" };
    match table {
        Some(table) => format!("{table}={shown}{cut}"),
        None => format!("{shown}{cut}"),
    }
}

/// An argument, quoted for a shell; a password in a URL is left out.
pub(crate) fn masked(argument: &str) -> String {
    let (option, value) = match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
        _ => (String::new(), argument),
    };
    let value = match DatabaseUrl::parse(value) {
        Ok(url) => url.without_password(),
        Err(_) if is_unreadable_url(value) => "…".to_owned(),
        Err(_) => without_signature(value),
    };
    format!("{option}{}", quoted(&value))
}

/// The words of a command line, quoted for a shell, without passwords, the values of headers and
/// the values of the queries of `--http`.
pub(crate) fn masked_words(words: &[String]) -> Vec<String> {
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    let words = before.zip(words);
    words
        .map(|(before, word)| masked_after(before, word))
        .collect()
}

/// A word of a command line, as [`masked_words`] shows it after the word `before`.
pub(crate) fn masked_after(before: &str, word: &str) -> String {
    if let Some(value) = of_request(before, word) {
        return quoted(&value);
    }
    let joined = word.split_once('=');
    let value = joined.and_then(|(option, value)| Some((option, of_request(option, value)?)));
    match value {
        Some((option, value)) => format!("{option}={}", quoted(&value)),
        None => masked(word),
    }
}

/// The value of `--http` or `--header` without secrets; `None` for another option.
pub(crate) fn of_request(option: &str, value: &str) -> Option<String> {
    match option {
        "--http" => Some(masked_request(value)),
        "--header" => Some(masked_header(value)),
        _ => None,
    }
}

/// Whether this is a database URL that cannot be parsed but may hold a password.
pub(crate) fn is_unreadable_url(value: &str) -> bool {
    let is_url = ["mysql://", "mariadb://"].iter().any(|s| value.contains(s));
    is_url && value.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_requests_are_not_shown() {
        let line = "r smoke --header Authorization:s3cret --header=X:s3cret --http \
                    a=http://h/?token=s3cret&product_id={product_id} --http=http://h/?k=s3cret";
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let shown = masked_words(&words).join(" ");
        assert!(!shown.contains("s3cret"), "{shown}");
        for part in ["Authorization: …", "token=…&product_id={product_id}", "k=…"] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}
