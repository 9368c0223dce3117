//! Connections: one URL, two clients, one kind of session.
//!
//! This module opens every connection of the program. sqlx is used for everything except the LOAD
//! DATA LOCAL stream, which only mysql_async can do. Both are configured from the same
//! [`DatabaseUrl`] and begin with the same statement, [`Engine::session`], because the meaning of a
//! statement must not depend on the client that sends it, nor on the server's defaults. So the
//! settings that sqlx makes by itself (PIPES_AS_CONCAT among others) are switched off. The first
//! connection of a URL finds out which engine the server is.
//!
//! Every wait has an end: opening a connection has a time limit
//! ([`DatabaseUrl::with_net_timeout`]), and while a statement waits for its answer, `peer` checks
//! whether the server still executes it.
//!
//! Every message shows the URL without its password.

mod bulk;
mod cluster;
mod connecting;
mod database;
mod explain;
mod guard;
mod key_exchange;
mod locks;
mod log_in;
mod network;
mod peer;
mod server_info;
mod session;
pub(crate) mod session_list;
mod sessions;
mod sibling;
mod url;

use crate::engines::Engine;
use crate::error::{Error, Result};
use crate::server_error::*;
use mysql_async::prelude::Queryable;
use sqlx::{AssertSqlSafe, Row};

pub use crate::engines::SESSION;
pub use bulk::BulkConnection;
pub use database::{BinaryLog, Database};
pub use locks::{LOCK_TABLE, Locks};
pub use server_info::{ServerInfo, Support, keeps_names_in_lower_case};
pub use session::MySqlConnection;
pub use sessions::Sessions;
pub use sibling::sibling_name;
pub use url::{DatabaseUrl, TlsMode};

/// Opens an sqlx connection whose session has the variables that the engine needs. If the URL has
/// several hosts, connects to the first one that accepts rows.
///
/// # Errors
///
/// When the server cannot be reached, or does not accept the account or the session. The message
/// says where and what to try.
pub async fn connect(url: &DatabaseUrl) -> Result<MySqlConnection> {
    match url.has_several_hosts() {
        true => Ok(cluster::choose(url).await?.1),
        false => connect_to(url).await,
    }
}

/// Opens an sqlx connection to the first host of the URL.
async fn connect_to(url: &DatabaseUrl) -> Result<MySqlConnection> {
    connecting::within_limit(url, open(url)).await
}

async fn open(url: &DatabaseUrl) -> Result<MySqlConnection> {
    let begun = begin(log_in::plain(url).await?, url).await;
    match begun {
        // the server has accepted the account, so another attempt is worth it
        Err(error) if matches!(error.root(), Error::Connection(_)) => {
            begin(log_in::plain(url).await?, url).await
        }
        begun => begun,
    }
}

/// Sets the session variables, and asks the server for the number of the session.
async fn begin(
    mut connection: sqlx::MySqlConnection,
    url: &DatabaseUrl,
) -> Result<MySqlConnection> {
    let engine = match url.known_engine() {
        Some(engine) => engine,
        None => which_engine(&mut connection)
            .await
            .map_err(|error| not_accepted(url, error, ENGINE))?,
    };
    sqlx::raw_sql(engine.session)
        .execute(&mut connection)
        .await
        .map_err(|error| not_accepted(url, error.into(), engine.session))?;
    url.found_engine(engine);
    let peer = peer::identify(&mut connection, url).await?;
    Ok(MySqlConnection::new(connection, peer, engine))
}

/// The query for what a server says about itself.
const ENGINE: &str = "SELECT VERSION(), @@version_comment";

/// Finds out which engine a server is.
async fn which_engine(connection: &mut sqlx::MySqlConnection) -> Result<&'static Engine> {
    let row = sqlx::raw_sql(ENGINE).fetch_one(&mut *connection).await?;
    let (version, comment) = (
        row.try_get_unchecked::<String, _>(0)?,
        row.try_get_unchecked::<String, _>(1)?,
    );
    let variables = sqlx::raw_sql(AssertSqlSafe(Engine::VARIABLES))
        .fetch_all(connection)
        .await?;
    let names = variables.iter().map(|row| row.try_get_unchecked(0));
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(Engine::of(&version, &comment, |name| {
        names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }))
}

/// The message for a session whose first statement failed.
fn not_accepted(url: &DatabaseUrl, error: Error, session: &str) -> Error {
    let is_ended = matches!(error, Error::Connection(_));
    match error.code() {
        Some(ER_NEW_ABORTING_CONNECTION) => error.context(format!(
            "{url} ends each session of this account, because the statements of its init_connect fail; correct init_connect, or use an account with CONNECTION_ADMIN (MariaDB: CONNECTION ADMIN), which skips it"
        )),
        _ if is_ended => error.context(format!("{url} ended the session at its first statement")),
        _ => error.context(format!(
            "{url} does not accept the session that reviewseed needs: {session}"
        )),
    }
}

/// Opens a mysql_async connection whose session has the variables that the engine needs. LOAD DATA
/// LOCAL works only after the caller sets a handler.
///
/// # Errors
///
/// The same as for [`connect`]. With ssl-mode=verify-ca this client also checks the host name in
/// the certificate, which [`connect`] does not.
pub async fn connect_bulk(url: &DatabaseUrl) -> Result<BulkConnection> {
    let chosen;
    let url = match url.has_several_hosts() {
        true => {
            let (host, connection) = cluster::choose(url).await?;
            close(connection).await;
            chosen = host;
            &chosen
        }
        false => url,
    };
    connecting::within_limit(url, open_bulk(url)).await
}

async fn open_bulk(url: &DatabaseUrl) -> Result<BulkConnection> {
    let mut connection = log_in::bulk(url).await?;
    let engine = match url.known_engine() {
        Some(engine) => engine,
        None => which_engine_of_bulk(&mut connection)
            .await
            .map_err(|error| not_accepted(url, error, ENGINE))?,
    };
    let begun = connection.query_drop(engine.session).await;
    begun.map_err(|error| not_accepted(url, error.into(), engine.session))?;
    url.found_engine(engine);
    BulkConnection::identified(connection, url).await
}

/// Finds out through mysql_async which engine a server is.
async fn which_engine_of_bulk(connection: &mut mysql_async::Conn) -> Result<&'static Engine> {
    let said: Option<(String, String)> = connection.query_first(ENGINE).await?;
    let (version, comment) = said.unwrap_or_default();
    let names: Vec<(String, String)> = connection.query(Engine::VARIABLES).await?;
    Ok(Engine::of(&version, &comment, |name| {
        names.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }))
}

/// Whether the server rejected a log-in without a password.
pub fn wants_password(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(ER_ACCESS_DENIED_ERROR | ER_ACCESS_DENIED_NO_PASSWORD_ERROR)
    )
}

/// Whether the account lacks a privilege. Most often this is the privilege to create the scratch
/// database. Without that database, this program parses schema.sql itself.
pub fn lacks_right(error: &Error) -> bool {
    matches!(
        error.code(),
        Some(
            ER_DBACCESS_DENIED_ERROR
                | ER_ACCESS_DENIED_ERROR
                | ER_TABLEACCESS_DENIED_ERROR
                | ER_SPECIFIC_ACCESS_DENIED_ERROR
        )
    )
}

/// Replaces the database name `internal` by `shown` in the text of an error. The error's code stays
/// the same.
pub fn with_other_name(error: Error, internal: &str, shown: &str) -> Error {
    if !format!("{error:#}").contains(internal) {
        return error;
    }
    Error::Renamed {
        words: model::wording::chain(&error).replace(internal, shown),
        code: error.code(),
    }
}

/// Closes a connection. It is not an error if the connection was lost before.
pub async fn close(connection: MySqlConnection) {
    connection.close().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_connection_says_where_why_and_what_next_without_the_password() {
        let url =
            DatabaseUrl::parse("mysql://app:s3cret@127.0.0.1:1/shop?ssl-mode=disabled").unwrap();
        for error in [
            connect(&url).await.unwrap_err(),
            connect_bulk(&url).await.unwrap_err(),
        ] {
            let text = format!("{error:#}");
            assert!(
                text.starts_with("cannot connect to mysql://app@127.0.0.1:1/shop; nothing listens at 127.0.0.1:1; start"),
                "{text}"
            );
            assert!(text.to_lowercase().contains("connection refused"), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}
