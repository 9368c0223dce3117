//! The time limit for opening a connection. If it is exceeded, a diagnosis finds out how far the
//! connection came.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::DatabaseUrl;
use crate::error::{Error, Result};

/// Time limit for each step of the diagnosis.
const DIAGNOSIS: Duration = Duration::from_millis(500);

/// Opens a connection within the time limit of the URL.
///
/// # Errors
///
/// The errors of `open`. If the limit is exceeded, the message says how far the connection came.
pub(super) async fn within_limit<C>(
    url: &DatabaseUrl,
    open: impl Future<Output = Result<C>>,
) -> Result<C> {
    let limit = url.network().connect();
    match timeout(limit, open).await {
        Ok(opened) => opened,
        Err(_) => {
            let (what, mut next) = Reached::find(url).await.in_words();
            if url.is_at_port_of_x_protocol() {
                next =
                    "33060 is the port of MySQL's X protocol; the usual port of the server is 3306";
            }
            let seconds = limit.as_secs_f32();
            let cause = format!("{what} (waited {seconds} s; --net-timeout raises the limit)");
            let cause = io::Error::new(io::ErrorKind::TimedOut, cause);
            let context = format!("cannot connect to {url}; {next}");
            Err(Error::Connection(cause.into()).context(context))
        }
    }
}

/// The last step that a connection reached before its time limit.
#[derive(Debug, Clone, Copy)]
enum Reached {
    /// None: nothing accepts the connection.
    Nothing,
    /// Something accepts the connection at the port, but sends nothing.
    Port,
    /// Something accepts the connection at the socket, but sends nothing.
    Socket,
    /// The server sends its greeting.
    Greeting,
}

impl Reached {
    async fn find(url: &DatabaseUrl) -> Reached {
        let mut byte = [0];
        let greeted = match url.socket() {
            Some(path) => match timeout(DIAGNOSIS, UnixStream::connect(path)).await {
                Ok(Ok(mut stream)) => timeout(DIAGNOSIS, stream.read_exact(&mut byte)).await,
                _ => return Reached::Nothing,
            },
            None => match timeout(DIAGNOSIS, TcpStream::connect(url.address())).await {
                Ok(Ok(mut stream)) => timeout(DIAGNOSIS, stream.read_exact(&mut byte)).await,
                _ => return Reached::Nothing,
            },
        };
        match greeted {
            Ok(Ok(_)) => Reached::Greeting,
            _ if url.has_socket() => Reached::Socket,
            _ => Reached::Port,
        }
    }

    /// Two texts: what happened, and what to do.
    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Reached::Nothing => (
                "the host does not answer, not even with a message that the port is closed",
                "are host and port right, and does a firewall drop the packets? see --database-url",
            ),
            Reached::Port => (
                "the port accepts connections but sends no MySQL greeting",
                "is it the port of a MySQL server, does the server hang, or does a proxy in front of it not reach it? see --database-url",
            ),
            Reached::Socket => (
                "the server accepts connections at its socket but sends no greeting",
                "does the server hang, or was it suspended? see its log",
            ),
            Reached::Greeting => (
                "the server sent its greeting, but did not complete the log-in",
                "is the server overloaded, or does a firewall drop larger packets?",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixListener;

    #[tokio::test]
    async fn a_socket_without_a_greeting_is_not_called_a_port() {
        let name = format!("reviewseed-connecting-{}.sock", std::process::id());
        let path = std::env::temp_dir().join(name);
        let listener = UnixListener::bind(&path).unwrap();
        let url = format!("mysql://root@localhost/x?socket={}", path.display());
        let reached = Reached::find(&DatabaseUrl::parse(&url).unwrap()).await;
        std::fs::remove_file(&path).unwrap();
        drop(listener);
        let (what, next) = reached.in_words();
        assert_eq!(
            what,
            "the server accepts connections at its socket but sends no greeting"
        );
        assert!(!next.contains("port"), "{next}");
    }
}
