//! The database URL: parsed once, shown without its password, turned into the options of both
//! clients.
//!
//! `mysql://user:password@host:port/database?socket=…&ssl-mode=…&ssl-ca=…&ssl-cert=…&ssl-key=…&charset=utf8mb4`,
//! percent-encoded where needed, `mariadb://` as well. The clients disagree on parameters
//! (mysql_async refuses `ssl-mode`) and take what they do not know in silence; here an unknown
//! parameter is an error that lists the known ones, so that a misspelt `ssl-mode` cannot turn
//! encryption off. Several hosts are separated by commas: `hosts`.

mod hosts;

use std::fmt;
use std::path::PathBuf;

use crate::error::{Context, Error, Result, fail};
use mysql_async::{ClientIdentity, OptsBuilder, SslOpts};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

/// How a password is written that has characters with a meaning in a URL.
pub(super) const HOW_TO_ESCAPE: &str = "write %23 for #, %2F for /, %3F for ?, %40 for @, %3A for :, %25 for % and %20 for a blank, \
    or leave the password out of the URL and give it in a file: --password-file FILE";

const PARAMETERS: &str = "socket, ssl-mode, ssl-ca, ssl-cert, ssl-key, charset";

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
    /// Where the URL was given, for messages: `from --database-url`.
    origin: Option<String>,
}

/// How far a connection is encrypted and the server's certificate verified; the words are those of
/// the mysql client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Never encrypted.
    Disabled,
    /// Encrypted when the server can; over a unix socket, not.
    Preferred,
    /// Encrypted or not at all; any certificate will do.
    Required,
    /// The certificate must be signed by a known authority.
    VerifyCa,
    /// And be made out to this host.
    VerifyIdentity,
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// When the text is no URL of that kind, names no database, or has a parameter that is unknown
    /// or cannot be honoured. No message repeats the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<DatabaseUrl> {
        const FORM: &str = "write mysql://user:password@host:3306/database";
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
        let decode = |part: &str, name: &str| decode(part, name);
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
            origin: None,
        };
        for (name, value) in url.query_pairs() {
            parsed.parameter(&name, &value)?;
        }
        if parsed.certificate.is_some() != parsed.key.is_some() {
            fail!(
                Url,
                "the database URL has one of ssl-cert and ssl-key; give both or neither"
            );
        }
        if parsed.socket.is_some() && parsed.has_several_hosts() {
            fail!(
                Url,
                "the database URL has a socket and several hosts; leave one of them out"
            );
        }
        let demanded = parsed.tls.filter(|_| parsed.socket.is_some());
        if let Some(TlsMode::Required | TlsMode::VerifyCa | TlsMode::VerifyIdentity) = demanded {
            fail!(
                Url,
                "the database URL has a socket and demands TLS; a socket does not leave this machine, leave one of them out"
            );
        }
        Ok(parsed)
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<()> {
        let path = || Some(PathBuf::from(value));
        match name {
            "socket" => self.socket = path(),
            "ssl-ca" => self.ca = path(),
            "ssl-cert" => self.certificate = path(),
            "ssl-key" => self.key = path(),
            "ssl-mode" => self.tls = Some(TlsMode::parse(value)?),
            "charset" if value.eq_ignore_ascii_case("utf8mb4") => {}
            "charset" => fail!(
                Url,
                "the database URL asks for charset \"{value}\"; every connection speaks utf8mb4, leave it out"
            ),
            _ => fail!(
                Url,
                "the database URL has the unknown parameter \"{name}\"; known are {PARAMETERS}"
            ),
        }
        Ok(())
    }

    /// The database; empty after [`DatabaseUrl::server`].
    pub fn database(&self) -> &str {
        self.database.as_deref().unwrap_or_default()
    }

    /// The same server, another database.
    pub fn with_database(&self, database: &str) -> DatabaseUrl {
        DatabaseUrl {
            database: Some(database.to_owned()),
            ..self.clone()
        }
    }

    /// The same server with no database chosen, for the time before the database exists.
    pub fn server(&self) -> DatabaseUrl {
        DatabaseUrl {
            database: None,
            ..self.clone()
        }
    }

    /// The same account with a password.
    pub fn with_password(&self, password: &str) -> DatabaseUrl {
        DatabaseUrl {
            password: Some(password.to_owned()),
            ..self.clone()
        }
    }

    /// The same, which says in messages where it was given: an option, a variable, a file.
    pub fn given_by(self, origin: Option<String>) -> DatabaseUrl {
        DatabaseUrl { origin, ..self }
    }

    /// Whether a password was given.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Whether the server is reached by a unix socket.
    pub(super) fn has_socket(&self) -> bool {
        self.socket.is_some()
    }

    /// The whole URL with its password, for a child process or for the user who asked for it; never
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
        for (name, value) in [
            ("socket", &self.socket),
            ("ssl-mode", &tls),
            ("ssl-ca", &self.ca),
            ("ssl-cert", &self.certificate),
            ("ssl-key", &self.key),
        ] {
            if let Some(value) = value {
                let value = encode(&value.to_string_lossy()).replace("%2F", "/");
                text.push_str(&format!("{separator}{name}={value}"));
                separator = '&';
            }
        }
        text
    }

    /// The options for sqlx. A connection made from them still needs [`SESSION`](super::SESSION);
    /// [`connect`](super::connect) does both.
    pub fn sqlx(&self) -> MySqlConnectOptions {
        let tls = match self.tls {
            // a socket needs no encryption, but sqlx takes it for a network: without TLS it asks
            // for the server's RSA key at the first log-in by caching_sha2_password, and the server
            // takes the question for a wrong password
            None | Some(TlsMode::Preferred) if self.password.is_some() => TlsMode::Preferred,
            _ => self.tls(),
        };
        let mut options = MySqlConnectOptions::new()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(None)
            .set_names(false)
            .ssl_mode(match tls {
                TlsMode::Disabled => MySqlSslMode::Disabled,
                TlsMode::Preferred => MySqlSslMode::Preferred,
                TlsMode::Required => MySqlSslMode::Required,
                TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
                TlsMode::VerifyIdentity => MySqlSslMode::VerifyIdentity,
            });
        if let Some(password) = &self.password {
            options = options.password(password);
        }
        if let Some(database) = &self.database {
            options = options.database(database);
        }
        if let Some(socket) = &self.socket {
            options = options.socket(socket);
        }
        if let Some(ca) = &self.ca {
            options = options.ssl_ca(ca);
        }
        if let (Some(certificate), Some(key)) = (&self.certificate, &self.key) {
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        options
    }

    /// The options for mysql_async, the session among them. It has no counterpart of `preferred`,
    /// so that mode asks for TLS here, and [`connect_bulk`](super::connect_bulk) falls back where
    /// the server has none.
    pub fn mysql_async(&self) -> mysql_async::Opts {
        self.mysql_async_with(self.tls())
    }

    pub(super) fn mysql_async_with(&self, tls: TlsMode) -> mysql_async::Opts {
        let builder = OptsBuilder::default()
            .ip_or_hostname(&self.host)
            .tcp_port(self.port)
            .user(Some(&self.user))
            .pass(self.password.as_ref())
            .db_name(self.database.as_ref())
            .socket(self.socket.as_ref().map(|path| path.to_string_lossy()))
            // otherwise a TCP connection to this machine moves to whatever socket the server names
            .prefer_socket(false)
            .client_found_rows(true)
            .tcp_nodelay(true)
            .setup(vec![super::SESSION]);
        let verified = matches!(tls, TlsMode::VerifyCa | TlsMode::VerifyIdentity);
        let ssl = (tls != TlsMode::Disabled).then(|| {
            let authorities = self.ca.iter().map(|ca| ca.clone().into()).collect();
            let identity = match (&self.certificate, &self.key) {
                (Some(certificate), Some(key)) => Some(ClientIdentity::new(
                    certificate.clone().into(),
                    key.clone().into(),
                )),
                _ => None,
            };
            SslOpts::default()
                .with_root_certs(authorities)
                .with_client_identity(identity)
                .with_danger_accept_invalid_certs(!verified)
                .with_danger_skip_domain_validation(tls != TlsMode::VerifyIdentity)
        });
        builder.ssl_opts(ssl).into()
    }

    /// The mode in force: what was asked for, else `Preferred`, which over a socket means no
    /// encryption.
    pub(super) fn tls(&self) -> TlsMode {
        match self.tls {
            None | Some(TlsMode::Preferred) if self.socket.is_some() => TlsMode::Disabled,
            None => TlsMode::Preferred,
            Some(tls) => tls,
        }
    }

    fn place(&self) -> String {
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

impl TlsMode {
    const ALL: [TlsMode; 5] = [
        TlsMode::Disabled,
        TlsMode::Preferred,
        TlsMode::Required,
        TlsMode::VerifyCa,
        TlsMode::VerifyIdentity,
    ];

    fn name(self) -> &'static str {
        match self {
            TlsMode::Disabled => "disabled",
            TlsMode::Preferred => "preferred",
            TlsMode::Required => "required",
            TlsMode::VerifyCa => "verify-ca",
            TlsMode::VerifyIdentity => "verify-identity",
        }
    }

    fn parse(value: &str) -> Result<TlsMode> {
        let wanted = value.to_ascii_lowercase().replace('_', "-");
        TlsMode::ALL
            .into_iter()
            .find(|mode| mode.name() == wanted)
            .ok_or_else(|| {
                let names = TlsMode::ALL.map(TlsMode::name).join(", ");
                Error::Url(format!(
                    "the database URL has ssl-mode \"{value}\"; known are {names}"
                ))
            })
    }
}

/// Fails when a character of the password, or of the user, ends the part of the URL that has the
/// account: the clients would take what stands before it for a host and a port. No message repeats
/// any of it.
fn refuse_unescaped(text: &str) -> Result<()> {
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

/// Undoes percent-encoding; `+` stands for itself.
fn decode(part: &str, name: &str) -> Result<String> {
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

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests;
