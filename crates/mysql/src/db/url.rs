//! The database URL: parsed once, shown without its password, turned into the options of both
//! clients.
//!
//! `mysql://user:password@host:port/database?socket=…&ssl-mode=…&ssl-ca=…&ssl-cert=…&ssl-key=…&get-server-public-key=…&charset=utf8mb4`,
//! percent-encoded where needed, `mariadb://` as well. The clients disagree on parameters
//! (`ssl-mode` is an error for mysql_async) and ignore those that they do not know. Here an unknown
//! parameter is an error that lists the known ones, so that a misspelt `ssl-mode` cannot turn
//! encryption off. Several hosts are separated by commas: `hosts`.

mod clients;
mod forms;
mod hosts;
mod percent;
mod tls;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::network::Network;
use crate::engines::{Engine, Known, MYSQL};
use crate::error::{Error, Result, fail};
use forms::refuse_other_forms;
use percent::{decode, encode, refuse_unescaped};
pub use tls::TlsMode;

const PARAMETERS: &str =
    "socket, ssl-mode, ssl-ca, ssl-cert, ssl-key, get-server-public-key, charset";

/// Where the database is and how to reach it. Neither `Display` nor `Debug` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    user: String,
    password: Option<String>,
    host: String,
    port: u16,
    /// The other hosts of a cluster.
    others: Vec<hosts::Host>,
    database: Option<String>,
    socket: Option<PathBuf>,
    tls: Option<TlsMode>,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    /// Whether the password may be encrypted with a key that the server sends.
    key_exchange: bool,
    /// Where the URL was given, for messages: `from --database-url`.
    origin: Option<String>,
    network: Network,
    /// The engine of the server, once it is known.
    engine: Known,
}

impl DatabaseUrl {
    /// Parses a URL.
    ///
    /// # Errors
    ///
    /// When the text is not a URL of this form, names no database, or has a parameter that is
    /// unknown or not supported. No message repeats the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<DatabaseUrl> {
        const FORM: &str = "write mysql://user:password@host:3306/database";
        refuse_other_forms(text.trim(), FORM)?;
        refuse_unescaped(text.trim())?;
        let (text, others) = hosts::split(text.trim())?;
        let url = ::url::Url::parse(&text).map_err(|cause| {
            Error::Url(format!("the database URL cannot be read: {cause}; {FORM}"))
        })?;
        if !matches!(url.scheme(), "mysql" | "mariadb") {
            fail!(
                Url,
                "the database URL begins with \"{}:\"; {FORM}",
                url.scheme()
            );
        }
        let database = decode(url.path().trim_start_matches('/'), "database")?;
        if database.is_empty() {
            fail!(Url, "the database URL names no database; {FORM}");
        }
        let host = match url.host_str() {
            None | Some("") => "localhost".to_owned(),
            Some(host) => decode(host.trim_matches(['[', ']']), "host")?,
        };
        let mut parsed = DatabaseUrl {
            user: match url.username() {
                "" => "root".to_owned(),
                user => decode(user, "user")?,
            },
            password: url
                .password()
                .map(|password| decode(password, "password"))
                .transpose()?,
            host,
            port: url.port().unwrap_or(3306),
            others,
            database: Some(database),
            socket: None,
            tls: None,
            ca: None,
            certificate: None,
            key: None,
            key_exchange: false,
            origin: None,
            network: Network::default(),
            engine: Known::default(),
        };
        for (name, value) in url.query_pairs() {
            parsed.parameter(&name, &value)?;
        }
        parsed.must_be_consistent()?;
        Ok(parsed)
    }

    /// Fails when parts of the URL exclude each other.
    fn must_be_consistent(&self) -> Result<()> {
        if self.certificate.is_some() != self.key.is_some() {
            fail!(
                Url,
                "the database URL has one of ssl-cert and ssl-key; give both or neither"
            );
        }
        if self.socket.is_some() && self.has_several_hosts() {
            fail!(
                Url,
                "the database URL has a socket and several hosts; leave one of them out"
            );
        }
        let demanded = self.tls.filter(|_| self.socket.is_some());
        if let Some(TlsMode::Required | TlsMode::VerifyCa | TlsMode::VerifyIdentity) = demanded {
            fail!(
                Url,
                "the database URL has a socket and demands TLS; a socket does not leave this machine, so leave one of them out"
            );
        }
        Ok(())
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<()> {
        let path = || Some(PathBuf::from(value));
        match name {
            "socket" => self.socket = path(),
            "ssl-ca" => self.ca = path(),
            "ssl-cert" => self.certificate = path(),
            "ssl-key" => self.key = path(),
            "ssl-mode" => self.tls = Some(TlsMode::parse(value)?),
            "get-server-public-key" => {
                self.key_exchange = match value.to_ascii_lowercase().as_str() {
                    "true" | "1" | "on" => true,
                    "false" | "0" | "off" => false,
                    _ => fail!(
                        Url,
                        "the database URL has get-server-public-key \"{value}\"; the value must be true or false"
                    ),
                }
            }
            "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
            "charset" => fail!(
                Url,
                "the database URL asks for charset \"{value}\"; every connection uses utf8mb4, so \
                 leave the parameter out"
            ),
            _ => fail!(
                Url,
                "the database URL has the unknown parameter \"{name}\"; leave it out: the known parameters are {PARAMETERS}"
            ),
        }
        Ok(())
    }

    /// The name of the database; empty in a URL that [`DatabaseUrl::server`] has returned.
    pub fn database(&self) -> &str {
        self.database.as_deref().unwrap_or_default()
    }

    /// This URL with another database.
    pub fn with_database(&self, database: &str) -> DatabaseUrl {
        DatabaseUrl {
            database: Some(database.to_owned()),
            ..self.clone()
        }
    }

    /// This URL with another host and port: the same account and database on another server.
    pub fn at(&self, host: &str, port: u16) -> DatabaseUrl {
        DatabaseUrl {
            host: host.to_owned(),
            port,
            others: Vec::new(),
            socket: None,
            ..self.clone()
        }
    }

    /// This URL without its database, to connect before the database exists.
    pub fn server(&self) -> DatabaseUrl {
        DatabaseUrl {
            database: None,
            ..self.clone()
        }
    }

    /// This URL with another password.
    pub fn with_password(&self, password: &str) -> DatabaseUrl {
        DatabaseUrl {
            password: Some(password.to_owned()),
            ..self.clone()
        }
    }

    /// This URL with the password of another URL.
    pub fn with_password_of(&self, other: &DatabaseUrl) -> DatabaseUrl {
        DatabaseUrl {
            password: other.password.clone(),
            ..self.clone()
        }
    }

    /// This URL with its origin, for messages: the option, variable or file that contained it.
    pub fn given_by(self, origin: Option<String>) -> DatabaseUrl {
        DatabaseUrl { origin, ..self }
    }

    /// This URL with another time limit for a network, or a server, that is silent. The default is
    /// 30 seconds. It limits how long opening a connection may take (at most 10 seconds) and how
    /// long a statement waits for an answer, unless the server shows that it executes the
    /// statement.
    pub fn with_net_timeout(self, timeout: Duration) -> DatabaseUrl {
        DatabaseUrl {
            network: self.network.with_timeout(timeout),
            ..self
        }
    }

    /// This URL, with a server that is treated as this engine, whatever the server says about
    /// itself.
    pub fn with_engine(self, engine: &'static Engine) -> DatabaseUrl {
        DatabaseUrl {
            engine: Known::named(engine),
            ..self
        }
    }

    /// The engine, once a connection was opened, or `with_engine` named it.
    pub(super) fn known_engine(&self) -> Option<&'static Engine> {
        self.engine.get()
    }

    /// Records the engine for all clones of this URL.
    pub(super) fn found_engine(&self, engine: &'static Engine) {
        self.engine.found(engine);
    }

    /// The engine; MySQL as long as no connection was opened.
    pub fn engine(&self) -> &'static Engine {
        self.engine.get().unwrap_or(&MYSQL)
    }

    /// Whether a server has accepted a log-in with this URL, or with a clone of it.
    pub fn was_reached(&self) -> bool {
        self.network.was_reached()
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Whether a password was given.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Whether the password may be encrypted with a key that the server sends.
    pub(super) fn allows_key_exchange(&self) -> bool {
        self.key_exchange
    }

    /// Whether the host is this machine.
    pub(super) fn is_on_this_machine(&self) -> bool {
        let address = self.host.parse::<std::net::IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether the server is reached by a unix socket.
    pub(super) fn has_socket(&self) -> bool {
        self.socket.is_some()
    }

    /// The whole URL with its password, for a child process or for a user who asked for it; never
    /// for a message.
    pub fn with_password_shown(&self) -> String {
        let password = self.password.as_deref().map(encode);
        self.spelt_out(&password.map(|p| format!(":{p}")).unwrap_or_default())
    }

    /// The URL with all its parameters but without the password, to be typed again.
    pub fn without_password(&self) -> String {
        self.spelt_out("")
    }

    fn spelt_out(&self, password: &str) -> String {
        let mut text = format!(
            "mysql://{}{password}@{}/{}",
            encode(&self.user),
            self.places(),
            encode(self.database())
        );
        let mut separator = '?';
        let tls = self.tls.map(|tls| PathBuf::from(tls.name()));
        let key_exchange = self.key_exchange.then(|| PathBuf::from("true"));
        for (name, value) in [
            ("socket", &self.socket),
            ("ssl-mode", &tls),
            ("ssl-ca", &self.ca),
            ("ssl-cert", &self.certificate),
            ("ssl-key", &self.key),
            ("get-server-public-key", &key_exchange),
        ] {
            if let Some(value) = value {
                let value = encode(&value.to_string_lossy()).replace("%2F", "/");
                text.push_str(&format!("{separator}{name}={value}"));
                separator = '&';
            }
        }
        text
    }

    /// The path of the unix socket.
    pub(super) fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// Host and port for TCP.
    pub(super) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// The database and where it is, for a title: `reviews at db:3306`.
    pub fn in_short(&self) -> String {
        match self.socket {
            Some(_) => format!("{} (local socket)", self.database()),
            None => format!("{} at {}", self.database(), self.place()),
        }
    }

    /// Whether the port is the usual one of another protocol of MySQL servers.
    pub(super) fn is_at_port_of_x_protocol(&self) -> bool {
        self.socket.is_none() && self.port == 33060
    }

    /// `host:port` of the first host, for messages.
    pub(super) fn place(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => encode(&self.host),
        };
        match (&self.socket, self.port) {
            (Some(_), 3306) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

/// The URL without its password, and where it was given: `mysql://app@db:3306/shop (from
/// --database-url)`.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mysql://{}@{}", self.user, self.places())?;
        if let Some(database) = &self.database {
            write!(f, "/{database}")?;
        }
        if let Some(socket) = &self.socket {
            write!(f, "?socket={}", socket.display())?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests;
