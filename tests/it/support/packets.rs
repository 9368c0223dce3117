//! Packets of the MySQL protocol, for tests that simulate a server.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Sends a packet. A client that has closed the connection already has its answer, so this error is
/// ignored.
pub fn send(client: &mut TcpStream, number: u8, payload: &[u8]) {
    let length = (payload.len() as u32).to_le_bytes();
    let _ = client.write_all(&[length[0], length[1], length[2], number]);
    let _ = client.write_all(payload);
}

/// The next packet without its header; `None` if none arrives within the time limit of the socket.
pub fn receive(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 4];
    client.read_exact(&mut head).ok()?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], 0]);
    let mut payload = vec![0; length as usize];
    client.read_exact(&mut payload).ok()?;
    Some(payload)
}
