//! The options for the two clients, made from one URL.

use mysql_async::{ClientIdentity, OptsBuilder, SslOpts};
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::{DatabaseUrl, TlsMode};

impl DatabaseUrl {
    /// The options for sqlx. A connection that is opened with them still lacks the session
    /// variables of its engine; [`connect`](crate::db::connect) sets these, too.
    pub fn sqlx(&self) -> MySqlConnectOptions {
        let tls = match self.tls {
            // A socket needs no encryption, but sqlx treats it like a network connection. Without
            // TLS, it asks for the server's RSA key at the first log-in by caching_sha2_password,
            // and the server takes this request for a wrong password.
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

    /// The options for mysql_async, without the session variables. This client has no counterpart
    /// of `preferred`. For this mode, the options demand TLS, and if the server has none,
    /// [`connect_bulk`](crate::db::connect_bulk) connects without it.
    pub fn mysql_async(&self) -> mysql_async::Opts {
        self.mysql_async_with(self.tls())
    }

    pub(in crate::db) fn mysql_async_with(&self, tls: TlsMode) -> mysql_async::Opts {
        let builder = OptsBuilder::default()
            .ip_or_hostname(&self.host)
            .tcp_port(self.port)
            .user(Some(&self.user))
            .pass(self.password.as_ref())
            .db_name(self.database.as_ref())
            .socket(self.socket.as_ref().map(|path| path.to_string_lossy()))
            // otherwise the client replaces a TCP connection to this machine with a connection to
            // the socket that the server names
            .prefer_socket(false)
            .client_found_rows(true)
            .tcp_nodelay(true)
            .setup(vec![self.bulk_session()]);
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

    /// LOAD DATA LOCAL sends rows that are in memory already. So if the server waits for rows
    /// longer than the network timeout, the connection is lost, and the server should end the
    /// session and release its locks.
    fn bulk_session(&self) -> String {
        let seconds = self.network().timeout().as_secs().max(1);
        format!("SET SESSION net_read_timeout = {seconds}")
    }

    /// The mode that applies: the one in the URL, otherwise `Preferred`, which over a socket means
    /// no encryption.
    pub(in crate::db) fn tls(&self) -> TlsMode {
        match self.tls {
            None | Some(TlsMode::Preferred) if self.socket.is_some() => TlsMode::Disabled,
            None => TlsMode::Preferred,
            Some(tls) => tls,
        }
    }
}
