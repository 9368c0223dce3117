//! Converts the errors of the two clients to [`Error`].

use std::error::Error as StdError;

use sqlx::mysql::MySqlDatabaseError;

use super::{Cause, Error, ServerError};

/// The kind of a client's error.
pub(super) enum Kind {
    /// The server returned the error.
    Server(ServerError),
    /// The connection could not be made, or was lost.
    Connection,
    /// The server wants the password itself, and the connection is plain TCP.
    PasswordHeldBack,
    /// Anything else.
    Client,
}

impl Kind {
    /// The kind of an error of sqlx.
    pub(super) fn of_sqlx(error: &sqlx::Error) -> Kind {
        if let sqlx::Error::Database(database) = error
            && let Some(server) = database.try_downcast_ref::<MySqlDatabaseError>()
        {
            let state = server.code().unwrap_or_default();
            let server = ServerError::new(server.number(), state, server.message());
            return Kind::Server(server);
        }
        match error {
            // sqlx is built without RSA, so it returns this error instead of sending the password
            sqlx::Error::Configuration(cause) if cause.to_string().starts_with("RSA") => {
                Kind::PasswordHeldBack
            }
            error => Kind::of_connection(error),
        }
    }

    /// The kind of an error of mysql_async.
    pub(super) fn of_mysql_async(error: &mysql_async::Error) -> Kind {
        match error {
            mysql_async::Error::Server(server) => Kind::Server(ServerError::new(
                server.code,
                &server.state,
                &server.message,
            )),
            mysql_async::Error::Io(_) => Kind::Connection,
            other => Kind::of_connection(other),
        }
    }

    /// A connection error if an I/O error is among the causes. That is also the case when a TLS
    /// session ends.
    fn of_connection(error: &(dyn StdError + 'static)) -> Kind {
        let mut next = Some(error);
        while let Some(cause) = next {
            if cause.is::<std::io::Error>() {
                return Kind::Connection;
            }
            next = cause.source();
        }
        Kind::Client
    }

    /// The [`Error`] of this kind that shows the client's error.
    pub(super) fn with(self, client: Cause) -> Error {
        match self {
            Kind::Server(server) => Error::Server(ServerError {
                client: Some(client),
                ..server
            }),
            Kind::Connection => Error::Connection(client),
            Kind::PasswordHeldBack => Error::PasswordHeldBack,
            Kind::Client => Error::Client(client),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Kind::of_sqlx(&error).with(Box::new(error))
    }
}

impl From<mysql_async::Error> for Error {
    fn from(error: mysql_async::Error) -> Error {
        Kind::of_mysql_async(&error).with(Box::new(error))
    }
}
