//! Answers that a correct service does not send: each is counted under its kind, and the test does
//! not hang.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{always, json as result_of, listed, smoke};
use crate::support::http_server::{HttpServer, Received, Then, answer};

const SHORT: [&str; 6] = ["--rate", "50", "--duration", "400ms", "--timeout", "500ms"];

/// A server that sends these bytes as every answer.
fn sends(bytes: &'static [u8], keeps: bool) -> HttpServer {
    HttpServer::start(move |_: &Received| match keeps {
        true => (bytes.to_vec(), Then::Keep),
        false => (bytes.to_vec(), Then::Close),
    })
}

/// The result of a short test of this server.
fn tested(server: &HttpServer, exit: i32) -> Value {
    let url = server.url("/{product_id}");
    result_of(&smoke(&listed(), &[&SHORT[..], &["--http", &url]].concat()).exits(exit))
}

#[test]
fn what_is_a_complete_answer_in_http_is_one() {
    for (bytes, keeps, size) in [
        (&b"HTTP/1.0 200 OK\r\n\r\nhello"[..], false, 5),
        (
            b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            true,
            2,
        ),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            false,
            2,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\n",
            true,
            6,
        ),
        (
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            true,
            1,
        ),
    ] {
        let result = tested(&sends(bytes, keeps), 0);
        let head = String::from_utf8_lossy(bytes);
        assert_eq!(result["answered"], 20, "{head}: {result}");
        assert_eq!(result["bytes"], 20 * size, "{head}: {result}");
    }
}

#[test]
fn an_answer_that_is_cut_or_no_http_is_not_answered_and_says_why() {
    for (bytes, keeps, kind) in [
        (
            &b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"[..],
            false,
            "closed within the answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            false,
            "closed within the answer",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
            true,
            "not HTTP",
        ),
        (
            b"HTTP/1.1 200 OK\r\nConte",
            false,
            "closed before the answer",
        ),
        (b"<html>hello</html>", false, "not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            true,
            "not HTTP",
        ),
    ] {
        let result = tested(&sends(bytes, keeps), 1);
        let head = String::from_utf8_lossy(bytes);
        assert_eq!(result["errors"], json!({ kind: 20 }), "{head}: {result}");
    }
}

#[test]
fn a_server_that_speaks_first_does_not_speak_http() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut open: Vec<TcpStream> = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"\x4a\x00\x00\x00\x0a9.7.4\x00");
            open.push(stream);
        }
    });
    let url = format!("http://{address}/{{product_id}}");
    let ran = smoke(&listed(), &[&SHORT[..], &["--http", &url]].concat()).exits(1);
    assert_eq!(result_of(&ran)["errors"], json!({ "not HTTP": 20 }));
}

#[test]
fn redirects_are_not_followed_and_it_says_where_they_lead() {
    let server = sends(
        b"HTTP/1.1 301 -\r\nLocation: https://h/new\r\nContent-Length: 0\r\n\r\n",
        true,
    );
    let (files, url) = (listed(), server.url("/1"));
    let arguments = ["--http", &url, "--report", "smoke.html"];
    let ran = smoke(&files, &[&SHORT[..], &arguments].concat())
        .exits(1)
        .says("errors 100.000 %, more than --max-error-rate 0%")
        .says(
            "20 answers lead to another address, which is not followed; the first to https://h/new",
        );
    let result = result_of(&ran);
    assert_eq!(
        (&result["redirects"], &result["statuses"]["301"]),
        (&20.into(), &20.into())
    );
    assert_eq!(result["errors"], json!({ "status 301": 20 }));
    // what the terminal warns of is in the results, too
    let page = std::fs::read_to_string(files.path("smoke.html")).unwrap();
    let warnings: Vec<&str> = result["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    assert_eq!(warnings.len(), 2, "{result}");
    for (warning, words) in warnings
        .iter()
        .zip(["all requests are the same", "the first to https://h/new"])
    {
        assert!(warning.contains(words), "{warning}");
        assert!(page.contains(&format!("warning: {warning}</p>")), "{page}");
        assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    }
}

#[test]
fn only_2xx_and_304_are_what_was_asked_for() {
    for (bytes, exit, errors) in [
        (&b"HTTP/1.1 204 -\r\n\r\n"[..], 0, json!({})),
        (b"HTTP/1.1 304 -\r\n\r\n", 0, json!({})),
        (
            b"HTTP/1.1 101 -\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            1,
            json!({ "status 101": 20 }),
        ),
        (
            b"HTTP/1.1 300 -\r\nContent-Length: 0\r\n\r\n",
            1,
            json!({ "status 300": 20 }),
        ),
    ] {
        let result = tested(&sends(bytes, true), exit);
        let head = String::from_utf8_lossy(bytes);
        assert_eq!(result["errors"], errors, "{head}: {result}");
        assert_eq!(result["answered"], 20, "{head}: {result}");
    }
}

#[test]
fn a_test_without_an_answer_never_passes() {
    let server = sends(b"", false);
    let url = server.url("/{product_id}");
    let arguments = ["--http", &url, "--max-error-rate", "100%"];
    smoke(&listed(), &[&SHORT[..], &arguments].concat())
        .exits(1)
        .says("no request was answered");
}

#[test]
fn what_would_not_be_sent_is_an_error_or_a_warning() {
    let (files, server) = (listed(), always(200));
    let url = server.url("/{product_id}");
    let fails = |arguments: &[&str], words: &str| {
        smoke(&files, &[&SHORT[..], arguments].concat())
            .exits(2)
            .says(words);
    };
    fails(
        &["--http", &url, "--body", "{}"],
        "write the method before the URL",
    );
    fails(
        &["--http", &url, "--header", "X: {product_id}"],
        "has a placeholder; only those of the URL and of --body are replaced",
    );
    let sql = format!("sql={url}");
    fails(
        &["--compare", "--sql", "--http", &sql],
        "is reserved for --sql",
    );
    assert_eq!(server.received(), []);
    let fixed = server.url("/reviews?product_id=1");
    smoke(&files, &[&SHORT[..], &["--http", &fixed]].concat())
        .exits(0)
        .says("no request has a placeholder such as {product_id}");
    // a byte order mark before the ids, and a scheme in upper case
    std::fs::write(files.path("ids.txt"), "\u{feff}7\n").unwrap();
    let upper = url.replace("http", "HTTP");
    smoke(&files, &[&SHORT[..], &["--http", &upper]].concat()).exits(0);
    assert_eq!(server.received().last().unwrap().line, "GET /7");
}

#[test]
fn a_server_that_stops_in_mid_run_is_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        // one connection, which is answered for half a second; then the port is closed
        let (stream, _) = listener.accept().unwrap();
        let end = Instant::now() + Duration::from_millis(500);
        let mut reader = std::io::BufReader::new(&stream);
        while Instant::now() < end {
            let mut line = String::new();
            while std::io::BufRead::read_line(&mut reader, &mut line).unwrap_or(0) > 2 {
                line.clear();
            }
            let _ = (&stream).write_all(&answer(200, ""));
        }
    });
    let url = format!("http://{address}/{{product_id}}");
    let arguments = [
        "--http",
        &url,
        "--rate",
        "50",
        "--duration",
        "2s",
        "--connections",
        "1",
    ];
    let result = result_of(&smoke(&listed(), &arguments).exits(1));
    let errors = result["errors"].as_object().unwrap();
    let lost: u64 = errors.values().map(|n| n.as_u64().unwrap()).sum();
    let answered = result["answered"].as_u64().unwrap();
    assert_eq!(answered + lost, 100, "{result}");
    assert!(
        answered > 0 && errors["refused"].as_u64().unwrap() > 10,
        "{result}"
    );
}

#[test]
fn more_headers_than_can_be_read_are_named() {
    let headers: String = (0..150).map(|n| format!("X-{n}: 1\r\n")).collect();
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
    let server = HttpServer::start(move |_: &Received| (answer.clone().into_bytes(), Then::Keep));
    assert_eq!(
        tested(&server, 1)["errors"],
        json!({ "headers too large": 20 })
    );
}
