//! A simulated network between the binary, which connects by TCP, and the unix socket of a server.
//! It has a latency, a bandwidth, and one fault at a chosen moment.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The kind of the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed before the statement arrives.
    Cut,
    /// The same, and all other connections are closed before their next statement or answer, as
    /// after the restart of a balancer.
    AllCut,
    /// The server executes the statement, but the connection is closed before its answer arrives.
    AnswerLost,
    /// Nothing is forwarded any more on this connection, in either direction.
    HalfOpen,
    /// Nothing is forwarded any more on any connection. New connections are accepted, and are
    /// silent.
    Silence,
}

/// The moment of the fault.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// Never.
    Never,
    /// At the statement of this number, counted from 1 over all connections.
    Statement(usize),
    /// At the first statement that contains this text.
    Text(&'static str),
    /// At the first data of LOAD DATA LOCAL that contain this text.
    Data(&'static str),
    /// When the binary has sent this number of bytes.
    Bytes(u64),
}

/// The properties of the network.
#[derive(Debug, Clone, Copy)]
pub struct Conditions {
    /// The fault.
    pub fault: Fault,
    /// The moment of the fault, which happens once.
    pub moment: Moment,
    /// The delay in each direction.
    pub latency: Duration,
    /// The bandwidth in each direction of each connection.
    pub bytes_per_second: Option<u64>,
}

impl Conditions {
    /// A network without latency and with unlimited bandwidth, until the fault.
    pub fn of(fault: Fault, moment: Moment) -> Conditions {
        Conditions {
            fault,
            moment,
            latency: Duration::ZERO,
            bytes_per_second: None,
        }
    }
}

/// The network, which ends when the value is dropped.
pub struct Network {
    shared: Arc<Shared>,
    port: u16,
}

struct Shared {
    conditions: Conditions,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    statements: usize,
    bytes: u64,
    /// The statement, or the data, at which the fault happened, and the time.
    struck: Option<(String, Instant)>,
    silent: bool,
    connections: u64,
    /// Connections up to this number never forward anything again.
    dead: u64,
    /// Connections up to this number are closed.
    cut: u64,
    half_open: Vec<u64>,
    closed: bool,
}

/// What to do with a packet of the binary.
enum Verdict {
    Forward,
    Close,
    CloseAfterAnswer,
}

impl Network {
    /// Starts a network in front of the server of this URL, which has a unix socket.
    pub fn before(url: &str, conditions: Conditions) -> Network {
        let (_, socket) = url.split_once("socket=").unwrap();
        let socket = socket.replace("%2F", "/");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            conditions,
            state: Mutex::default(),
        });
        let network = Network {
            shared: Arc::clone(&shared),
            port,
        };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.state.lock().unwrap().closed {
                    break;
                }
                shared.serve(client, &socket);
            }
        });
        network
    }

    /// The URL by which the binary reaches the database of this URL.
    pub fn url(&self, url: &str) -> String {
        let (base, _) = url.split_once('?').unwrap();
        let (_, database) = base.rsplit_once('/').unwrap();
        let port = self.port;
        format!("mysql://root@127.0.0.1:{port}/{database}?ssl-mode=disabled")
    }

    /// The statement at which the fault happened, and the time; `None` if it has not happened.
    pub fn struck(&self) -> Option<(String, Instant)> {
        self.shared.state.lock().unwrap().struck.clone()
    }

    /// The number of statements so far.
    pub fn statements(&self) -> usize {
        self.shared.state.lock().unwrap().statements
    }

    /// The number of bytes that the binary has sent so far.
    pub fn bytes(&self) -> u64 {
        self.shared.state.lock().unwrap().bytes
    }

    /// From now on, new connections work. Existing ones stay silent, as after the restart of a
    /// firewall.
    pub fn heal(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.silent = false;
        state.dead = state.connections;
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().closed = true;
        // this wakes the thread that waits for connections
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(self: &Arc<Shared>, client: TcpStream, socket: &str) {
        // without a server, the connection is closed before a greeting, as balancers do
        let Ok(server) = UnixStream::connect(socket) else {
            return;
        };
        client.set_nodelay(true).unwrap();
        let number = {
            let mut state = self.state.lock().unwrap();
            state.connections += 1;
            state.connections
        };
        let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let (shared, answers) = (Arc::clone(self), Arc::new(Mutex::new(true)));
        let forwarded = Arc::clone(&answers);
        std::thread::spawn(move || {
            let _ = shared.answers(from_server, to_client, (number, &forwarded));
        });
        let shared = Arc::clone(self);
        std::thread::spawn(move || {
            let _ = shared.statements(&client, &server, (number, &answers));
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        });
    }

    /// Forwards the packets of the binary to the server.
    fn statements(
        &self,
        mut client: &TcpStream,
        mut server: &UnixStream,
        (number, answers): (u64, &Mutex<bool>),
    ) -> io::Result<()> {
        loop {
            let mut head = [0; 4];
            client.read_exact(&mut head)?;
            let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
            let mut packet = head.to_vec();
            packet.resize(4 + usize::try_from(length).unwrap(), 0);
            client.read_exact(&mut packet[4..])?;
            let verdict = self.judge(&packet, number);
            self.wait_while_silent(number)?;
            match verdict {
                Verdict::Close => return Ok(()),
                Verdict::CloseAfterAnswer => {
                    // the other thread closes it when the answer comes
                    *answers.lock().unwrap() = false;
                    server.write_all(&packet)?;
                }
                Verdict::Forward => {
                    self.take_time(packet.len());
                    server.write_all(&packet)?;
                }
            }
        }
    }

    /// Forwards the bytes of the server to the binary.
    fn answers(
        &self,
        mut server: UnixStream,
        mut client: TcpStream,
        (number, forwarded): (u64, &Mutex<bool>),
    ) -> io::Result<()> {
        let mut bytes = [0; 1 << 16];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            self.wait_while_silent(number)?;
            if !*forwarded.lock().unwrap() {
                break;
            }
            self.take_time(count);
            client.write_all(&bytes[..count])?;
        }
        server.shutdown(Shutdown::Both)?;
        client.shutdown(Shutdown::Both)
    }

    /// Decides what happens to a packet of the binary, and triggers the fault at its moment.
    fn judge(&self, packet: &[u8], number: u64) -> Verdict {
        // a command has the sequence number 0; COM_QUIT is 1
        let command = match packet {
            [_, _, _, 0, command, rest @ ..] if *command != 1 => Some(match command {
                3 | 0x16 => String::from_utf8_lossy(rest).into_owned(),
                other => format!("command {other:#x}"),
            }),
            _ => None,
        };
        let mut state = self.state.lock().unwrap();
        state.statements += usize::from(command.is_some());
        state.bytes += packet.len() as u64;
        let is_now = match (self.conditions.moment, &command) {
            (Moment::Statement(wanted), Some(_)) => state.statements == wanted,
            (Moment::Text(text), Some(command)) => command.contains(text),
            (Moment::Data(text), None) => String::from_utf8_lossy(packet).contains(text),
            (Moment::Bytes(bytes), _) => state.bytes >= bytes,
            _ => false,
        };
        if !is_now || state.struck.is_some() {
            return Verdict::Forward;
        }
        let what = command.unwrap_or_else(|| "data".to_owned());
        state.struck = Some((what, Instant::now()));
        match self.conditions.fault {
            Fault::Cut => return Verdict::Close,
            Fault::AllCut => {
                state.cut = state.connections;
                return Verdict::Close;
            }
            Fault::AnswerLost => return Verdict::CloseAfterAnswer,
            Fault::HalfOpen => state.half_open.push(number),
            Fault::Silence => state.silent = true,
        }
        Verdict::Forward
    }

    /// Waits until the connection may forward. Fails when the connection is closed.
    fn wait_while_silent(&self, number: u64) -> io::Result<()> {
        loop {
            let state = self.state.lock().unwrap();
            if state.closed || number <= state.cut {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            if !state.silent && number > state.dead && !state.half_open.contains(&number) {
                return Ok(());
            }
            drop(state);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn take_time(&self, bytes: usize) {
        let mut time = self.conditions.latency;
        if let Some(rate) = self.conditions.bytes_per_second {
            time += Duration::from_secs_f64(bytes as f64 / rate as f64);
        }
        if !time.is_zero() {
            std::thread::sleep(time);
        }
    }
}
