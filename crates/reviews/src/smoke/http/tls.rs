//! TLS: the connector, and whether a port speaks it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::{Error, Result};
use crate::smoke::template::Address;

/// How long the test may take to find out whether a port speaks TLS or plain HTTP.
const LOOK: Duration = Duration::from_secs(2);

/// The TLS connector for all connections. `authorities` has the certificates of `--http-ca`; `None`
/// means Mozilla's list.
pub(super) fn connector(authorities: Option<&[u8]>) -> Result<TlsConnector> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            let wrong = |why: String| {
                Error::Options(format!(
                    "--http-ca has no certificate that can be read: {why}; the file must be in PEM"
                ))
            };
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
                roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("it has none".to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::Options(format!("TLS cannot be used: {e}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What a failed handshake shows about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// The server speaks TLS, and something else failed, such as the check of its certificate.
    Tls,
    /// The server answered, but not in TLS.
    Other,
    /// The server did not answer.
    Nothing,
}

/// What the server speaks, as shown by the error of a handshake.
pub(super) fn spoken(error: &io::Error) -> Spoken {
    let inner = error.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => Spoken::Other,
        Some(_) => Spoken::Tls,
        None => Spoken::Nothing,
    }
}

/// Whether a port answers to the beginning of TLS. The certificate does not matter.
pub(super) async fn speaks_tls(address: &Address) -> bool {
    let looked = async {
        let stream = TcpStream::connect((&*address.host, address.port))
            .await
            .ok()?;
        let name = ServerName::try_from(address.host.clone()).ok()?;
        let tried = connector(None).ok()?.connect(name, stream).await;
        Some(tried.map_or_else(|error| spoken(&error) == Spoken::Tls, |_| true))
    };
    tokio::time::timeout(LOOK, looked).await.ok().flatten() == Some(true)
}

/// Whether a port answers in HTTP without TLS. The status 400 does not count, because servers with
/// TLS may send it without TLS.
pub(super) async fn speaks_plain_http(address: &Address) -> bool {
    let looked = async {
        let mut stream = TcpStream::connect((&*address.host, address.port))
            .await
            .ok()?;
        let host = address.authority();
        let request = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        // "HTTP/1.1 200"
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.ok()?;
        Some(start.starts_with(b"HTTP/1.") && !start.ends_with(b" 400"))
    };
    tokio::time::timeout(LOOK, looked).await.ok().flatten() == Some(true)
}
