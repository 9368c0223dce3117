//! `ssl-mode`: how far a connection is encrypted and verified.

use crate::error::{Error, Result};

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
                    "the database URL has ssl-mode \"{value}\"; known are {names}"
                ))
            })
    }
}
