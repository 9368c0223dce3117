//! Addresses that do not answer, or not in the protocol of the URL: the error comes in time and
//! names the likely cause.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{listed, smoke};
use crate::support::data::Files;
use crate::support::harness::run;

/// A port that accepts connections and never says a word.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let streams = listener.incoming();
        let _open: Vec<TcpStream> = streams.map(Result::unwrap).collect();
    });
    address.to_string()
}

/// Runs a test that must fail before its first request, and soon.
fn fails_soon(files: &Files, arguments: &[&str]) -> String {
    let began = Instant::now();
    let ran = smoke(files, &[arguments, &["--timeout", "300ms"]].concat()).exits(2);
    // 10 seconds are the limit of a longer --timeout
    assert!(began.elapsed() < Duration::from_secs(8), "{ran:?}");
    ran.stderr
}

#[test]
fn opening_a_connection_takes_no_longer_than_the_timeout() {
    let files = listed();
    let url = format!("https://{}/{{product_id}}", silent());
    let error = fails_soon(&files, &["--http", &url]);
    assert!(
        error.contains("(timeout)") && error.contains("allow more time: --timeout TIME"),
        "{error}"
    );
    let url = format!("mysql://u@{}/d", silent());
    let error = fails_soon(&files, &["--database-url", &url]);
    assert!(
        error.contains("cannot open a connection to mysql://u@127.0.0.1")
            && error.contains("within 300ms"),
        "{error}"
    );
}

#[test]
fn no_list_and_an_empty_list_are_errors_before_a_connection() {
    let files = listed();
    std::fs::write(files.path("empty.txt"), "\n").unwrap();
    let url = format!("http://{}/{{product_id}}", silent());
    run(
        &files.path(""),
        ["smoke", "--http", &url, "--targets", "empty.txt"],
    )
    .exits(2)
    .says("empty.txt is not a list of products")
    .says("it is empty");
}
