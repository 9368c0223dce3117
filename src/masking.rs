//! Formats arguments for messages: quoted for a shell, without passwords and signatures.

use std::path::Path;

use input::shown;
use model::shell::quoted;
use mysql::db::DatabaseUrl;

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

/// Whether this is a database URL that cannot be parsed but may hold a password.
pub(crate) fn is_unreadable_url(value: &str) -> bool {
    let is_url = ["mysql://", "mariadb://"].iter().any(|s| value.contains(s));
    is_url && value.contains('@')
}
