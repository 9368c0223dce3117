//! The messages for connections that failed: where, why, and what to do next.

use super::{DatabaseUrl, TlsMode};
use crate::error::Error;
use crate::server_error::*;
use mysql_schema::quote::quote_identifier;

/// The message for a failed connection: where it failed, and what to do. `seen` are databases that
/// the account can see.
pub(super) fn explain(url: &DatabaseUrl, error: Error, seen: &[String]) -> Error {
    let code = error.code();
    let text = error.to_string().to_lowercase();
    let whole = format!("{error:#}");
    let (no_database, closed, other);
    let next = match code {
        Some(ER_DBACCESS_DENIED_ERROR) => {
            no_database = no_such_database(url, seen);
            &no_database
        }
        Some(ER_ACCESS_DENIED_ERROR | ER_ACCESS_DENIED_NO_PASSWORD_ERROR) if url.has_password() => {
            "are user and password right? in a URL, a % of the password is written %25, and --password-file FILE takes the password as it is"
        }
        Some(ER_ACCESS_DENIED_ERROR | ER_ACCESS_DENIED_NO_PASSWORD_ERROR) => {
            "are user and password right? see --database-url and --password-file"
        }
        Some(ER_BAD_DB_ERROR) => {
            "the database does not exist; create it, or name another in --database-url"
        }
        Some(ER_CON_COUNT_ERROR | ER_TOO_MANY_USER_CONNECTIONS) => {
            "the server has no connection left; lower --connections"
        }
        // MySQL hides which accounts exist: for some that do not exist, it asks for this method
        _ if text.contains("unknown authentication") && text.contains("sha256_password") => {
            "are user and password right? the server has no such account, or one that logs in by sha256_password, which reviewseed does not support; use one with caching_sha2_password"
        }
        _ if text.contains("unknown authentication") => {
            "the account logs in by a method that reviewseed does not support; use an account with caching_sha2_password or mysql_native_password"
        }
        // mysql_async cannot skip this check: it searches the error for a text that the error no
        // longer contains
        _ if url.tls() == TlsMode::VerifyCa && whole.contains("not valid for") => {
            "the client that sends LOAD DATA checks the host name in the certificate, even with ssl-mode=verify-ca; use --load insert"
        }
        _ if text.contains("tls") || text.contains("ssl") || text.contains("certificate") => {
            "see ssl-mode and ssl-ca in --database-url"
        }
        _ if text.contains("no such file") => {
            "is the server running, and is the path of its socket right? see --database-url"
        }
        _ if text.contains("lookup") || whole.contains("lookup") => {
            "no host has this name; correct the host in --database-url, or use its address"
        }
        _ if whole.to_lowercase().contains("connection refused") => {
            closed = nothing_listens(url);
            &closed
        }
        _ if whole.contains("at EOF") => {
            other = no_greeting(url);
            &other
        }
        _ => "is the server running? see --database-url",
    };
    error.context(format!("cannot connect to {url}; {next}"))
}

/// What to do if nothing listens at the port.
fn nothing_listens(url: &DatabaseUrl) -> String {
    format!(
        "nothing listens at {}; start the server, or correct host and port in --database-url",
        url.place()
    )
}

/// What to do if a program sent something else than a greeting, or nothing, and closed the
/// connection.
fn no_greeting(url: &DatabaseUrl) -> String {
    format!(
        "the program at {} sent no MySQL greeting and closed the connection; is it the port of a MySQL server? correct host and port in --database-url",
        url.place()
    )
}

/// What to do if the server accepted the password but not the database. The server returns the same
/// error for a database that does not exist and for one that the account may not use.
fn no_such_database(url: &DatabaseUrl, seen: &[String]) -> String {
    let name = quote_identifier(url.database());
    let sees = match seen {
        [] => String::new(),
        names if names.len() > 5 => format!(" (the account can see {} of them)", names.len()),
        names => format!(" (the account can see {})", names.join(", ")),
    };
    format!(
        "the server accepted user and password, but there is no database {name}, or this account may not use it; \
         name another in --database-url{sees}, or ask an administrator for CREATE DATABASE {name}; GRANT ALL ON {name}.* TO this account"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_hides_a_missing_account_is_not_the_only_cause_named() {
        let url = DatabaseUrl::parse("mysql://nobody:s3cret@db/shop").unwrap();
        let method = |name| Error::Unfit(format!("Unknown authentication plugin `{name}'."));
        let text = explain(&url, method("sha256_password"), &[]).to_string();
        assert!(text.contains("are user and password right?"), "{text}");
        let text = explain(&url, method("client_ed25519"), &[]).to_string();
        assert!(!text.contains("password right?"), "{text}");
    }

    #[test]
    fn a_database_that_does_not_exist_is_distinguished_from_a_wrong_password() {
        let url = DatabaseUrl::parse("mysql://app:s3cret@db/nope").unwrap();
        let text = no_such_database(&url, &["shop".to_string()]);
        assert!(
            text.contains("accepted user and password, but there is no database `nope`"),
            "{text}"
        );
        assert!(text.contains("(the account can see shop)"), "{text}");
    }
}
