//! `ssl-mode`: how far a connection is encrypted and verified.

use crate::error::{Error, Result};

/// Whether a connection is encrypted, and how the server's certificate is verified. The names are
/// those of the mysql client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Never encrypted.
    Disabled,
    /// Encrypted when the server supports it; not over a unix socket.
    Preferred,
    /// Encrypted, with any certificate; otherwise the connection fails.
    Required,
    /// The certificate must be signed by a known authority.
    VerifyCa,
    /// Like `VerifyCa`, and the certificate must also name the host in the URL.
    VerifyIdentity,
}

impl TlsMode {
    const ALL: [TlsMode; 5] = [
        TlsMode::Disabled,
        TlsMode::Preferred,
        TlsMode::Required,
        TlsMode::VerifyCa,
        TlsMode::VerifyIdentity,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            TlsMode::Disabled => "disabled",
            TlsMode::Preferred => "preferred",
            TlsMode::Required => "required",
            TlsMode::VerifyCa => "verify-ca",
            TlsMode::VerifyIdentity => "verify-identity",
        }
    }

    pub(super) fn parse(value: &str) -> Result<TlsMode> {
        let wanted = value.to_ascii_lowercase().replace('_', "-");
        TlsMode::ALL
            .into_iter()
            .find(|mode| mode.name() == wanted)
            .ok_or_else(|| {
                let names = TlsMode::ALL.map(TlsMode::name).join(", ");
                Error::Url(format!(
                    "the database URL has the unknown ssl-mode \"{value}\"; the known modes are {names}"
                ))
            })
    }
}
