//! A malicious server that requests files of the client's machine through LOAD DATA LOCAL.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use mysql::db::{self, DatabaseUrl};
use mysql::local_infile;

use crate::support::data::Files;
use crate::support::harness::{run, wait_for};
use crate::support::packets::{receive, send};

/// A server that lets everyone in, answers the first statements with these packets, and the next
/// with the demand for a file; gives what it got from then on.
fn rogue(answers: Vec<Vec<Vec<u8>>>) -> (u16, std::thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(3)))
            .unwrap();
        let mut greeting = vec![10];
        greeting.extend_from_slice(b"8.0.36\0\x07\0\0\0abcdefgh\0");
        // LONG_PASSWORD, CONNECT_WITH_DB, LOCAL_FILES, PROTOCOL_41, TRANSACTIONS,
        // SECURE_CONNECTION; MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH
        greeting.extend_from_slice(&[0x8d, 0xa2, 45, 2, 0, 0x0b, 0, 21]);
        greeting.extend_from_slice(&[0; 10]);
        greeting.extend_from_slice(b"ijklmnopqrst\0mysql_native_password\0");
        send(&mut client, 0, &greeting);
        receive(&mut client).unwrap();
        send(&mut client, 2, OK);
        for answer in answers {
            receive(&mut client).unwrap();
            for (number, packet) in (1..).zip(answer) {
                send(&mut client, number, &packet);
            }
        }
        let question = receive(&mut client).unwrap();
        assert!(
            matches!(question[0], 3 | 22),
            "a statement, or one to be prepared"
        );
        send(&mut client, 1, b"\xfb/etc/passwd");
        let mut got = Vec::new();
        while let Some(packet) = receive(&mut client) {
            let ended = packet.is_empty();
            got.extend_from_slice(&packet);
            if ended {
                send(&mut client, 3, OK);
            }
        }
        got
    });
    (port, served)
}

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];

/// The packets of a result of one row.
fn row(values: &[&str]) -> Vec<Vec<u8>> {
    const END: [u8; 5] = [0xfe, 0, 0, 2, 0];
    let text = |value: &str| [&[value.len() as u8], value.as_bytes()].concat();
    let column = || {
        let names = ["def", "", "", "", "c", ""].map(text).concat();
        // utf8mb4, 1,024 bytes, VAR_STRING
        [&names[..], &[12, 45, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]].concat()
    };
    let mut packets = vec![vec![values.len() as u8]];
    packets.extend(values.iter().map(|_| column()));
    packets.push(END.to_vec());
    packets.push(values.iter().flat_map(|value| text(value)).collect());
    packets.push(END.to_vec());
    packets
}

fn nothing_of_the_file(got: &[u8]) {
    let file = fs::read("/etc/passwd").unwrap();
    let line = file.split(|b| *b == b'\n').next().unwrap();
    assert!(line.len() > 8, "something to look for");
    let found = got.windows(line.len()).any(|part| part == line);
    assert!(!found, "{}", String::from_utf8_lossy(got));
}

#[test]
fn a_rogue_server_that_asks_for_a_file_gets_nothing_from_either_client() {
    let url = |port| {
        DatabaseUrl::parse(&format!(
            "mysql://app:pw@127.0.0.1:{port}/shop?ssl-mode=disabled"
        ))
        .unwrap()
    };
    wait_for(async {
        let (port, served) = rogue(Vec::new());
        assert!(db::connect(&url(port)).await.is_err());
        nothing_of_the_file(&served.join().unwrap());
        let (port, served) = rogue(Vec::new());
        assert!(db::connect_bulk(&url(port)).await.is_err());
        nothing_of_the_file(&served.join().unwrap());
    });
    // and from the whole program
    let (files, (port, served)) = (Files::small(), rogue(vec![row(&["8.0.36", "MySQL"])]));
    let url = format!("mysql://app:pw@127.0.0.1:{port}/shop?ssl-mode=disabled");
    run(&files.path(""), ["seed", "csv", "--database-url", &url]).exits(2);
    nothing_of_the_file(&served.join().unwrap());
}

#[test]
fn a_rogue_server_that_asks_for_another_file_while_rows_are_loaded_gets_the_rows_only() {
    let (port, served) = rogue(Vec::new());
    let options = mysql_async::OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some("app"))
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 20))
        .wait_timeout(Some(60));
    wait_for(async {
        let url = DatabaseUrl::parse(&format!("mysql://app@127.0.0.1:{port}/shop")).unwrap();
        let connection = mysql_async::Conn::new(options).await.unwrap();
        let mut connection = db::BulkConnection::new(connection, &url);
        let sent = local_infile::send(
            &mut connection,
            "LOAD DATA LOCAL INFILE 'reviewseed' INTO TABLE t",
            b"1\tour row\n".to_vec(),
        )
        .await;
        assert!(sent.is_err(), "such an answer is no count of rows");
        drop(connection);
    });
    let got = served.join().unwrap();
    assert!(
        got.starts_with(b"1\tour row\n"),
        "{}",
        String::from_utf8_lossy(&got)
    );
    nothing_of_the_file(&got);
}
