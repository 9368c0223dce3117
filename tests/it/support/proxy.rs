//! A proxy between the binary and a server, over unix sockets: it passes on what both say, answers
//! some commands itself, and may close connections that are idle.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The answer to a command that the server does not get to see: error number and text.
pub type Answers = Box<dyn Fn(&str) -> Option<(u16, String)> + Send + Sync>;

/// How the proxy behaves.
#[derive(Default)]
pub struct Proxy {
    /// What it answers itself.
    pub answers: Option<Answers>,
    /// Connections on which nothing is said for that long are closed.
    pub idle: Option<Duration>,
}

impl Proxy {
    /// Starts it before the server of this URL; gives the URL by which it is reached.
    pub fn start(self, folder: &Path, url: &str) -> String {
        let (rest, socket) = url.split_once("socket=").unwrap();
        let server = socket.replace("%2F", "/");
        let at = folder.join("proxy.sock");
        let listener = UnixListener::bind(&at).unwrap();
        let proxy = Arc::new(self);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&server).unwrap());
                for side in [&client, &server] {
                    side.set_read_timeout(None).unwrap();
                }
                proxy.serve(client, server);
            }
        });
        format!("{rest}socket={}", at.to_str().unwrap().replace('/', "%2F"))
    }

    fn serve(self: &Arc<Proxy>, client: UnixStream, server: UnixStream) {
        // only the client's silence counts: a server may take its time for an answer
        client.set_read_timeout(self.idle).unwrap();
        let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || pass(from_server, to_client));
        let proxy = Arc::clone(self);
        std::thread::spawn(move || proxy.listen(client, server));
    }

    /// A command comes as a whole, because the client waits for its answer; what is longer than the
    /// buffer is none that is answered here.
    fn listen(&self, mut client: UnixStream, mut server: UnixStream) {
        let mut bytes = [0; 1 << 16];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            let heard = &bytes[..count];
            // length, sequence number, COM_QUERY
            let command = match heard {
                [_, _, _, 0, 3, sql @ ..] => std::str::from_utf8(sql).ok(),
                _ => None,
            };
            let answer = command.zip(self.answers.as_ref());
            let done = match answer.and_then(|(sql, answers)| answers(sql)) {
                Some((code, text)) => client.write_all(&error_packet(code, &text)),
                None => server.write_all(heard),
            };
            if done.is_err() {
                break;
            }
        }
        for side in [client, server] {
            let _ = side.shutdown(Shutdown::Both);
        }
    }
}

fn error_packet(code: u16, text: &str) -> Vec<u8> {
    let mut payload = vec![0xff];
    payload.extend_from_slice(&code.to_le_bytes());
    payload.extend_from_slice(b"#HY000");
    payload.extend_from_slice(text.as_bytes());
    let mut packet = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
    packet[3] = 1;
    packet.extend_from_slice(&payload);
    packet
}

fn pass(mut from: UnixStream, mut to: UnixStream) {
    let mut bytes = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    for side in [from, to] {
        let _ = side.shutdown(Shutdown::Both);
    }
}
