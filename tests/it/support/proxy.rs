//! A proxy between the binary and a server, over unix sockets. It forwards all packets, but answers
//! some commands itself, and may close idle connections.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Returns the error, as number and text, with which the proxy answers a command instead of the
/// server.
pub type Answers = Box<dyn Fn(&str) -> Option<(u16, String)> + Send + Sync>;

/// Returns the rows with which the proxy answers a query instead of the server. All rows have the
/// same number of columns.
pub type Rows = Box<dyn Fn(&str) -> Option<Vec<Vec<String>>> + Send + Sync>;

/// How the proxy behaves.
#[derive(Default)]
pub struct Proxy {
    /// The commands that the proxy answers with an error.
    pub answers: Option<Answers>,
    /// The queries that the proxy answers with rows, except prepared statements.
    pub rows: Option<Rows>,
    /// The proxy closes connections on which the client sends nothing for this time.
    pub idle: Option<Duration>,
}

impl Proxy {
    /// Starts the proxy in front of the server of this URL, and returns the URL of the proxy.
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
        // only the silence of the client counts, because a server may need longer for an answer
        client.set_read_timeout(self.idle).unwrap();
        let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        std::thread::spawn(move || pass(from_server, to_client));
        let proxy = Arc::clone(self);
        std::thread::spawn(move || proxy.listen(client, server));
    }

    /// The packets with which the proxy answers a command; `None` if the server answers it.
    fn answer(&self, heard: &[u8], deprecate_eof: bool) -> Option<Vec<u8>> {
        // length, sequence number, COM_QUERY or COM_STMT_PREPARE
        let ([_, _, _, 0, 3, sql @ ..] | [_, _, _, 0, 22, sql @ ..]) = heard else {
            return None;
        };
        let sql = std::str::from_utf8(sql).ok()?;
        let error = self.answers.as_ref().and_then(|answers| answers(sql));
        if let Some((code, text)) = error {
            return Some(error_packet(code, &text));
        }
        let rows = self.rows.as_ref().filter(|_| heard[4] == 3)?(sql)?;
        Some(rows_packets(&rows, deprecate_eof))
    }

    /// Each read returns a whole command, because the client waits for its answer. A command that
    /// is longer than the buffer is always forwarded.
    fn listen(&self, mut client: UnixStream, mut server: UnixStream) {
        let mut bytes = [0; 1 << 16];
        let mut flags = None;
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            let heard = &bytes[..count];
            // the first packet, which answers the greeting, begins with the capability flags of the
            // client
            let flags = *flags.get_or_insert(heard.get(7).copied().unwrap_or_default());
            let answered = self.answer(heard, flags & DEPRECATE_EOF != 0);
            let done = match answered {
                Some(packets) => client.write_all(&packets),
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

/// The bit CLIENT_DEPRECATE_EOF, in the fourth byte of the capability flags: an OK packet ends the
/// rows.
const DEPRECATE_EOF: u8 = 1;

fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
    packet[3] = number;
    packet.extend_from_slice(payload);
    packet
}

/// The packets of a result.
fn rows_packets(rows: &[Vec<String>], deprecate_eof: bool) -> Vec<u8> {
    const EOF: &[u8] = &[0xfe, 0, 0, 2, 0];
    const OK: &[u8] = &[0xfe, 0, 0, 2, 0, 0, 0];
    let text = |value: &str| {
        assert!(
            value.len() < 251,
            "longer values need another encoding of their length"
        );
        [&[u8::try_from(value.len()).unwrap()], value.as_bytes()].concat()
    };
    let columns = rows.first().map_or(1, Vec::len);
    let mut payloads = vec![vec![u8::try_from(columns).unwrap()]];
    for _ in 0..columns {
        let names = ["def", "", "", "", "c", ""].map(text).concat();
        // utf8mb4, 1,024 bytes, VAR_STRING
        payloads.push([&names[..], &[12, 45, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]].concat());
    }
    if !deprecate_eof {
        payloads.push(EOF.to_vec());
    }
    let row = |row: &Vec<String>| row.iter().flat_map(|value| text(value)).collect();
    payloads.extend(rows.iter().map(row));
    payloads.push(if deprecate_eof { OK } else { EOF }.to_vec());
    let numbered = (1..=u8::MAX).zip(&payloads);
    numbered
        .flat_map(|(number, payload)| packet(number, payload))
        .collect()
}

fn error_packet(code: u16, text: &str) -> Vec<u8> {
    let mut payload = vec![0xff];
    payload.extend_from_slice(&code.to_le_bytes());
    payload.extend_from_slice(b"#HY000");
    payload.extend_from_slice(text.as_bytes());
    packet(1, &payload)
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
