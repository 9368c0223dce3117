//! A small HTTP/1.1 server. A function makes its answers, and it records the requests.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Method and path, as in the request line.
    pub line: String,
    /// Header lines, names in lower case.
    pub headers: Vec<String>,
    pub body: String,
    /// The number of the connection of the request, from 0.
    pub connection: usize,
}

/// How the server ends the answer to a request.
pub enum Then {
    /// The connection stays open.
    Keep,
    /// The connection is closed without notice.
    Close,
}

/// Makes the answer to a request: its bytes, and whether the connection stays open.
type Answers = dyn Fn(&Received) -> (Vec<u8>, Then) + Send + Sync;

/// The server; it runs until the test process ends.
pub struct HttpServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

/// A complete answer.
pub fn answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

impl HttpServer {
    pub fn start<F>(answers: F) -> HttpServer
    where
        F: Fn(&Received) -> (Vec<u8>, Then) + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = HttpServer {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
        };
        let (received, answers) = (
            server.received.clone(),
            Arc::<Answers>::from(Box::new(answers) as Box<Answers>),
        );
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (received, answers) = (received.clone(), answers.clone());
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || serve(&stream, number, &received, &*answers));
            }
        });
        server
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// A URL of this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Answers the requests of one connection, until one side closes it.
fn serve(stream: &TcpStream, number: usize, received: &Mutex<Vec<Received>>, answers: &Answers) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    while let Some(request) = read(&mut reader, number) {
        received.lock().unwrap().push(request.clone());
        let (bytes, then) = answers(&request);
        if writer.write_all(&bytes).is_err() || matches!(then, Then::Close) {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead, connection: usize) -> Option<Received> {
    let mut next = || {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|bytes| *bytes > 0)?;
        Some(line.trim_end().to_owned())
    };
    let line = next()?;
    let (line, version) = line.rsplit_once(" HTTP/")?;
    let line = ["1.0", "1.1"].contains(&version).then(|| line.to_owned())?;
    let mut headers = Vec::new();
    loop {
        let header = next()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.push(format!("{}: {}", name.to_lowercase(), value.trim()));
    }
    let length = headers
        .iter()
        .find_map(|h| h.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Received {
        line,
        headers,
        body,
        connection,
    })
}
