//! Log-ins with a password over connections without TLS: the password is sent only in the ways that
//! the URL allows, and the error message names the options that help.

use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use mysql::db::{self, DatabaseUrl};

use crate::support::data::Files;
use crate::support::harness::{Server, execute, folder, run, wait_for};
use crate::support::own_server::OwnServer;
use crate::support::packets::{receive, send};

const ALLOWED: &str = "&get-server-public-key=true";

/// The errors of both clients; empty where they connect.
fn errors(url: &str) -> [String; 2] {
    let url = DatabaseUrl::parse(url).unwrap();
    let text = |error: mysql::Error| format!("{error:#}");
    wait_for(async {
        let bulk = match db::connect_bulk(&url).await {
            Ok(connection) => {
                connection.close().await;
                String::new()
            }
            Err(error) => text(error),
        };
        let plain = match db::connect(&url).await {
            Ok(connection) => {
                db::close(connection).await;
                String::new()
            }
            Err(error) => text(error),
        };
        [plain, bulk]
    })
}

/// The URL of an account of a server over TCP, whose password the server has forgotten.
fn app(own: &OwnServer, password: &str, parameters: &str) -> String {
    // an account that the server remembers is not asked for its password
    execute(own.socket_url(), "FLUSH PRIVILEGES");
    let (_, place) = own.url().split_once('@').unwrap();
    let (place, _) = place.split_once('/').unwrap();
    format!("mysql://app:{password}@{place}/reviews?{parameters}")
}

#[test]
fn a_mysql_without_tls_gets_the_password_only_as_the_url_allows() {
    let home = folder();
    let mut own = OwnServer::new(Server::MySQL, home.path());
    own.start(&["--tls-version=".to_owned()]);
    execute(
        own.socket_url(),
        "CREATE USER app IDENTIFIED BY 'S3cret-of-app'",
    );
    execute(own.socket_url(), "GRANT ALL ON *.* TO app");
    for said in errors(&app(&own, "S3cret-of-app", "")) {
        for words in [
            "the password is wrong, or the server has not cached it yet",
            "the server offers no TLS",
            "get-server-public-key=true",
            "socket=FILE",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains("ssl-mode=required"), "{said}");
    }
    for said in errors(&app(&own, "wrong", ALLOWED)) {
        assert!(said.contains("are user and password right"), "{said}");
    }
    assert_eq!(errors(&app(&own, "S3cret-of-app", ALLOWED)), ["", ""]);
    // the server remembers it now
    let url = app(&own, "S3cret-of-app", ALLOWED);
    assert_eq!(errors(&url), ["", ""]);
    assert_eq!(errors(&url.replace(ALLOWED, "")), ["", ""]);
    // neither TLS nor a key is needed on a socket
    execute(own.socket_url(), "FLUSH PRIVILEGES");
    let socket = own.socket_url().replace("root@", "app:S3cret-of-app@");
    assert_eq!(errors(&socket), ["", ""]);
    let files = Files::small();
    let held_back = app(&own, "S3cret-of-app", "");
    run(
        &files.path(""),
        ["seed", "csv", "--database-url", &held_back],
    )
    .exits(2)
    .says("get-server-public-key=true");
    let allowed = app(&own, "S3cret-of-app", ALLOWED);
    run(&files.path(""), ["seed", "csv", "--database-url", &allowed]).exits(0);
}

#[test]
fn a_mysql_that_offers_tls_is_reached_by_it_and_named_where_the_url_forbids_it() {
    let home = folder();
    let mut own = OwnServer::new(Server::MySQL, home.path());
    own.start(&[]);
    execute(
        own.socket_url(),
        "CREATE USER app IDENTIFIED BY 'S3cret-of-app'",
    );
    execute(own.socket_url(), "GRANT ALL ON *.* TO app");
    for said in errors(&app(&own, "S3cret-of-app", "ssl-mode=disabled")) {
        let words = "ssl-mode=required, because the server offers TLS";
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(errors(&app(&own, "S3cret-of-app", "")), ["", ""]);
}

#[test]
fn a_mariadb_without_tls_needs_no_key_for_its_usual_accounts() {
    let home = folder();
    let mut own = OwnServer::new(Server::MariaDB, home.path());
    own.start(&[]);
    execute(
        own.socket_url(),
        "CREATE USER app IDENTIFIED BY 'S3cret-of-app'",
    );
    execute(own.socket_url(), "GRANT ALL ON *.* TO app");
    assert_eq!(
        errors(&app(&own, "S3cret-of-app", "ssl-mode=disabled")),
        ["", ""]
    );
    for said in errors(&app(&own, "wrong", "ssl-mode=disabled")) {
        assert!(said.contains("are user and password right"), "{said}");
    }
    let files = Files::small();
    let url = app(&own, "S3cret-of-app", "ssl-mode=disabled");
    run(&files.path(""), ["seed", "csv", "--database-url", &url]).exits(0);
}

/// A server without TLS that sends this packet after the first answer of a client, and then a key
/// whenever it gets something. Gives all packets that it got after that.
fn poser(question: Vec<u8>) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(3)))
            .unwrap();
        let mut greeting = b"\x0a8.0.36\0\x07\0\0\0abcdefgh\0".to_vec();
        // LONG_PASSWORD, CONNECT_WITH_DB, LOCAL_FILES, PROTOCOL_41, TRANSACTIONS,
        // SECURE_CONNECTION; MULTI_STATEMENTS, MULTI_RESULTS, PLUGIN_AUTH
        greeting.extend_from_slice(&[0x8d, 0xa2, 45, 2, 0, 0x0b, 0, 21]);
        greeting.extend_from_slice(&[0; 10]);
        greeting.extend_from_slice(b"ijklmnopqrst\0caching_sha2_password\0");
        send(&mut client, 0, &greeting);
        receive(&mut client).unwrap();
        send(&mut client, 2, &question);
        let mut got = Vec::new();
        while let Some(packet) = receive(&mut client) {
            got.push(packet);
            send(&mut client, 2 + 2 * got.len() as u8, KEY.as_bytes());
        }
        got
    });
    (port, served)
}

/// A key of 1,024 bits of the poser, as servers send theirs.
const KEY: &str = "\x01-----BEGIN PUBLIC KEY-----\n\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDI8DS/arOcSJDU7rFrTyR8Zrj5\n\
    t9h8JMWg4gQwomFQYjVWSO3lxRGAVE1Q88clODyqToPgt3gjSPTgc21dZon9izCH\n\
    9tp+yd3LYH6wVn5KxAW2Qrqbvi9MG/Bdt2YvSGP2uT7LLTR+tNeawRl56RsKTdad\n\
    N771djEUEHkDz+XvTwIDAQAB\n\
    -----END PUBLIC KEY-----\n";

/// The error of a client, and what the poser got.
fn posed(question: &[u8], bulk: bool) -> (String, Vec<Vec<u8>>) {
    let (port, served) = poser(question.to_vec());
    let url = format!("mysql://app:S3cret@127.0.0.1:{port}/shop?ssl-mode=disabled");
    let url = DatabaseUrl::parse(&url).unwrap();
    let error = wait_for(async {
        match bulk {
            true => db::connect_bulk(&url).await.err(),
            false => db::connect(&url).await.err(),
        }
    });
    (format!("{:#}", error.unwrap()), served.join().unwrap())
}

#[test]
fn who_poses_as_the_server_does_not_get_the_password() {
    for bulk in [false, true] {
        let (said, got) = posed(&[1, 4], bulk);
        assert!(said.contains("get-server-public-key"), "{said}");
        // at most the request for a key
        assert!(got.iter().all(|packet| *packet == [2]), "{got:?}");
    }
}

#[test]
fn an_unknown_method_of_an_account_is_named() {
    for plugin in ["client_ed25519", "parsec", "auth_gssapi_client"] {
        let mut switch = vec![0xfe];
        switch.extend_from_slice(plugin.as_bytes());
        switch.extend_from_slice(b"\0abcdefghijklmnopqrstuvwxyz012345");
        for bulk in [false, true] {
            let (said, _) = posed(&switch, bulk);
            assert!(
                said.contains("a method that reviewseed does not support"),
                "{said}"
            );
            assert!(said.contains(plugin), "{said}");
        }
    }
}
