//! Log-ins through both clients, and how they protect the password if the connection has no TLS.
//!
//! With `caching_sha2_password`, the client first sends a hash, which is enough while the server
//! has the password in its cache. Otherwise the server asks for the password. Under TLS and over a
//! socket, the clients send it. Over plain TCP, a client can ask the server for an RSA key and
//! encrypt the password with it. A machine that poses as the server can send its own key, so a
//! client does this only if the URL allows it (`get-server-public-key=true`).
//!
//! sqlx is built without RSA, so it never sends the password over plain TCP. `mysql_async` sends it
//! without permission; `key_exchange` prevents that. After a log-in through `mysql_async`, the
//! server has the password in its cache, and the log-in through sqlx works.

use sqlx::{ConnectOptions, Connection, Row};

use super::explain::explain;
use super::{DatabaseUrl, TlsMode, key_exchange};
use crate::error::{Error, Result};
use crate::server_error::*;

/// Opens an sqlx connection whose session still has the settings that the server gives it.
pub(super) async fn plain(url: &DatabaseUrl) -> Result<sqlx::MySqlConnection> {
    let connected = match url.sqlx().connect().await.map_err(Error::from) {
        Err(error) if needs_a_first_log_in(url, &error) => match first(url).await {
            Ok(()) => url.sqlx().connect().await.map_err(Error::from),
            Err(error) => Err(error),
        },
        other => other,
    };
    match connected {
        Ok(connection) => {
            url.network().note_log_in();
            Ok(connection)
        }
        Err(error) => {
            let seen = match error.code() {
                Some(ER_DBACCESS_DENIED_ERROR) => databases(url).await,
                _ => Vec::new(),
            };
            Err(failed(url, error, &seen).await)
        }
    }
}

/// Whether a log-in through mysql_async may remove the error, because the server then has the
/// password in its cache. Over a unix socket without TLS, sqlx does not send the password, or it
/// asks for a key. A server that considers sockets safe sends no key (`caching_sha2_password`).
fn needs_a_first_log_in(url: &DatabaseUrl, error: &Error) -> bool {
    let held_back = matches!(error.root(), Error::PasswordHeldBack);
    let is_denied = error.code() == Some(ER_ACCESS_DENIED_ERROR);
    let over_socket = url.has_socket() && (held_back || is_denied);
    let by_key = url.allows_key_exchange() && held_back;
    url.has_password() && (over_socket || by_key)
}

/// Logs in through mysql_async, so that the server has the password in its cache. Then ends the
/// session.
async fn first(url: &DatabaseUrl) -> Result<()> {
    let _ = of_mysql_async(url).await?.disconnect().await;
    Ok(())
}

/// Opens a mysql_async connection whose session still has the settings that the server gives it.
pub(super) async fn bulk(url: &DatabaseUrl) -> Result<mysql_async::Conn> {
    match of_mysql_async(url).await {
        Ok(connection) => {
            url.network().note_log_in();
            Ok(connection)
        }
        Err(error) => Err(failed(url, error, &[]).await),
    }
}

async fn of_mysql_async(url: &DatabaseUrl) -> Result<mysql_async::Conn> {
    use mysql_async::{Conn, DriverError, Error};
    if url.tls() != TlsMode::Disabled || url.has_socket() {
        match Conn::new(url.mysql_async()).await {
            // `preferred` means: encrypted when the server supports it, plain otherwise
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
                if url.tls() == TlsMode::Preferred => {}
            other => return Ok(other?),
        }
    }
    key_exchange::connect(url).await
}

/// Databases that the account can see, except those of the server itself; none if the server cannot
/// be queried.
async fn databases(url: &DatabaseUrl) -> Vec<String> {
    const OF_SERVER: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];
    let Ok(mut connection) = url.server().sqlx().connect().await else {
        return Vec::new();
    };
    let rows = sqlx::raw_sql("SHOW DATABASES")
        .fetch_all(&mut connection)
        .await
        .unwrap_or_default();
    let _ = connection.close().await;
    let names = rows.iter().filter_map(|row| row.try_get_unchecked(0).ok());
    names
        .filter(|name: &String| !OF_SERVER.contains(&name.to_lowercase().as_str()))
        .collect()
}

/// The message for a log-in that failed. `seen` are databases that the account can see.
async fn failed(url: &DatabaseUrl, error: Error, seen: &[String]) -> Error {
    match error {
        Error::PasswordHeldBack => {
            let ways = ways_out(url, key_exchange::offers_tls(url).await);
            error.context(format!("cannot connect to {url}; {ways}"))
        }
        error => explain(url, error, seen),
    }
}

/// What to do if the password would have to be sent over plain TCP. `has_tls` says whether the
/// server offers TLS; `None` if it does not say.
fn ways_out(url: &DatabaseUrl, has_tls: Option<bool>) -> String {
    let mut ways = Vec::new();
    match has_tls {
        Some(true) => ways.push("ssl-mode=required, because the server offers TLS"),
        Some(false) => {}
        None => ways.push("ssl-mode=required, if the server offers TLS"),
    }
    if !url.allows_key_exchange() {
        ways.push(
            "get-server-public-key=true, which encrypts the password with a key that the server \
             sends, if nobody on the way can pose as the server",
        );
    }
    if url.is_on_this_machine() {
        ways.push("socket=FILE with the server's socket, because it is on this machine");
    }
    let without = match has_tls {
        Some(false) => " and the server offers no TLS",
        _ => "",
    };
    format!(
        "the password is wrong, or the server has not cached it yet; the server asks for it, but \
         the connection is not encrypted{without}; correct the password, or add to \
         --database-url {}",
        ways.join("; or ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ways_that_apply_are_named() {
        let ways = |url: &str, has_tls| ways_out(&DatabaseUrl::parse(url).unwrap(), has_tls);
        let far = ways("mysql://app:pw@db/shop?ssl-mode=disabled", Some(true));
        assert!(far.contains("ssl-mode=required, because"), "{far}");
        assert!(far.contains("get-server-public-key=true"), "{far}");
        assert!(!far.contains("socket="), "{far}");
        let near = ways("mysql://app:pw@127.0.0.1/shop", Some(false));
        assert!(near.contains("offers no TLS"), "{near}");
        assert!(!near.contains("ssl-mode=required"), "{near}");
        assert!(near.contains("socket=FILE"), "{near}");
    }
}
