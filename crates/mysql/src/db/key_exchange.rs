//! Log-ins of `mysql_async` over plain TCP. This client sends the password to every server that
//! asks for it.
//!
//! The client encrypts the password with any key that the server sends, and no setting of the
//! client forbids this. So the client logs in through a listener of this process, which forwards
//! the packets. If the server asks for the password, the listener ends the log-in, unless the URL
//! allows the client to send the password. After the log-in, the listener forwards bytes without
//! reading them.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mysql_async::{Conn, OptsBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{DatabaseUrl, TlsMode};
use crate::error::{Error, Result};

/// The server's demand for the password, in the log-in by caching_sha2_password.
const DEMAND: [u8; 2] = [1, 4];

/// The first bytes of the packet in which the server sends its RSA key.
const KEY: &[u8] = b"\x01-----BEGIN PUBLIC KEY-----";

/// Flag of the greeting: the server offers TLS.
const CLIENT_SSL: u16 = 0x0800;

/// Why this process ended a log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ended {
    /// The server asked for the password, but the URL does not allow the client to send it.
    Demanded,
    /// The server answered the request for a key with something else.
    NoKey,
    /// The account logs in by a method that the client lacks.
    Method(String),
}

/// The authentication methods that mysql_async supports, or for which it returns an error. For all
/// other methods, it panics.
const METHODS: [&str; 4] = [
    "caching_sha2_password",
    "mysql_native_password",
    "mysql_clear_password",
    "sha256_password",
];

/// Opens a mysql_async connection over TCP without TLS.
pub(super) async fn connect(url: &DatabaseUrl) -> Result<Conn> {
    let options = url.mysql_async_with(TlsMode::Disabled);
    if !url.has_password() {
        return Ok(Conn::new(options).await?);
    }
    let lost = |error: io::Error| Error::Connection(Box::new(error));
    let server = TcpStream::connect(url.address()).await.map_err(lost)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(lost)?;
    let port = listener.local_addr().map_err(lost)?.port();
    let (may_ask, ended) = (url.allows_key_exchange(), Arc::new(OnceLock::new()));
    let noted = Arc::clone(&ended);
    tokio::spawn(async move {
        if let Ok((client, _)) = listener.accept().await {
            drop(listener);
            let _ = forward(client, server, may_ask, &noted).await;
        }
    });
    let options = OptsBuilder::from_opts(options)
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port);
    match (Conn::new(options).await, ended.get()) {
        (_, Some(Ended::Demanded)) => Err(Error::PasswordHeldBack),
        (_, Some(Ended::NoKey)) => Err(Error::Unfit(
            "the server sent no RSA key, so the password cannot be encrypted; use \
             ssl-mode=required in --database-url, or the server's socket"
                .to_owned(),
        )),
        (_, Some(Ended::Method(name))) => Err(Error::Unfit(format!(
            "unknown authentication plugin: {name}"
        ))),
        (connected, None) => Ok(connected?),
    }
}

/// Forwards a log-in, and all bytes that follow it.
async fn forward(
    client: TcpStream,
    server: TcpStream,
    may_ask: bool,
    ended: &OnceLock<Ended>,
) -> io::Result<()> {
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let upstream = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        let _ = to_server.shutdown().await;
    });
    if let Some(why) = log_in(&mut from_server, &mut to_client, may_ask).await? {
        let _ = ended.set(why);
        upstream.abort();
        return Ok(());
    }
    tokio::io::copy(&mut from_server, &mut to_client).await?;
    to_client.shutdown().await
}

/// Forwards the server's packets until one of them ends the log-in; `Some` if this process ended
/// the log-in.
async fn log_in(
    server: &mut OwnedReadHalf,
    client: &mut OwnedWriteHalf,
    may_ask: bool,
) -> io::Result<Option<Ended>> {
    let mut is_greeting = true;
    let mut was_demanded = false;
    loop {
        let packet = packet(server).await?;
        let payload = &packet[4..];
        if payload == DEMAND {
            if !may_ask {
                return Ok(Some(Ended::Demanded));
            }
            was_demanded = true;
        } else if was_demanded && payload.first() == Some(&1) && !payload.starts_with(KEY) {
            return Ok(Some(Ended::NoKey));
        } else if let Some(name) = method(payload)
            && !METHODS.contains(&&*name)
        {
            return Ok(Some(Ended::Method(name)));
        }
        client.write_all(&packet).await?;
        // packets of the kinds OK and ERR end a log-in
        if !is_greeting && matches!(payload.first(), Some(0 | 0xff) | None) {
            return Ok(None);
        }
        is_greeting = false;
    }
}

/// The name of the authentication method, if the packet asks the client to switch to another one.
fn method(payload: &[u8]) -> Option<String> {
    let (0xfe, rest) = payload.split_first()? else {
        return None;
    };
    let name = rest.split(|byte| *byte == 0).next()?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// Reads a packet, including its header.
async fn packet(server: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    server.read_exact(&mut head).await?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize;
    let mut packet = vec![0; 4 + length];
    packet[..4].copy_from_slice(&head);
    server.read_exact(&mut packet[4..]).await?;
    Ok(packet)
}

/// Whether the greeting of the server offers TLS; `None` if the server sends no greeting within a
/// second.
pub(super) async fn offers_tls(url: &DatabaseUrl) -> Option<bool> {
    let greeting = async {
        let (mut server, _client) = TcpStream::connect(url.address()).await?.into_split();
        packet(&mut server).await
    };
    let greeting = timeout(Duration::from_secs(1), greeting).await.ok()?.ok()?;
    flags(&greeting[4..]).map(|flags| flags & CLIENT_SSL != 0)
}

/// The lower 16 capability flags of a greeting. They follow the protocol version, the server
/// version, the number of the session, and eight bytes of the challenge.
fn flags(greeting: &[u8]) -> Option<u16> {
    let version = greeting.iter().skip(1).position(|byte| *byte == 0)?;
    let at = 1 + version + 1 + 4 + 8 + 1;
    let flags = greeting.get(at..at + 2)?;
    Some(u16::from_le_bytes([flags[0], flags[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_a_greeting_are_found() {
        let mut greeting = b"\x0a8.0.36\0\x07\0\0\0abcdefgh\0".to_vec();
        greeting.extend_from_slice(&[0xff, 0xff, 45]);
        assert_eq!(flags(&greeting), Some(0xffff));
        assert_eq!(flags(&greeting[..12]), None);
        assert_eq!(flags(b""), None);
    }
}
