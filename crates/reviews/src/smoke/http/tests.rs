use super::*;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const LIMIT: Duration = Duration::from_secs(10);

/// A server with TLS that answers one request of every connection, and its certificate.
async fn server() -> (u16, String) {
    server_that_wants(false).await
}

/// The same, which may want a certificate of its clients.
async fn server_that_wants(certificates: bool) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let roots = Arc::new(roots);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
    let verifier = match certificates {
        true => verifier.build().unwrap(),
        false => WebPkiClientVerifier::no_client_auth(),
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // a client that does not trust the certificate ends the connection here
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let _ = stream.read(&mut [0; 1000]).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (port, made.cert.pem())
}

fn tier(url: &str, authorities: Option<&str>) -> HttpTier {
    let options = HttpOptions {
        authorities: authorities.map(|pem| pem.as_bytes().to_vec()),
        ..HttpOptions::default()
    };
    HttpTier::new(&[url.parse().unwrap()], &options).unwrap()
}

#[tokio::test]
async fn https_is_answered_if_the_authority_is_known() {
    let (port, certificate) = server().await;
    let url = format!("https://localhost:{port}/{{product_id}}");
    let trusting = tier(&url, Some(&certificate));
    let mut connection = trusting.open_first(LIMIT).await.unwrap();
    let answer = trusting.ask(&mut connection, 0, 7).await.unwrap();
    assert_eq!((answer.status, answer.bytes), (Some(200), 3));
    let error = tier(&url, None)
        .open_first(LIMIT)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("(TLS)"), "{error}");
    let address = format!("https://127.0.0.1:{port}/{{product_id}}");
    let other_name = tier(&address, Some(&certificate)).open_first(LIMIT).await;
    assert!(other_name.is_err(), "the certificate is for another name");
}

/// A server without TLS that answers every connection with 200.
async fn plain_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1000]).await;
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
        }
    });
    port
}

#[tokio::test]
async fn the_wrong_scheme_is_named() {
    let plain = plain_server().await;
    let https = tier(&format!("https://localhost:{plain}/{{product_id}}"), None);
    let error = https.open_first(LIMIT).await.unwrap_err().to_string();
    assert!(error.contains("begin with http:// instead of"), "{error}");
    let right = tier(&format!("http://localhost:{plain}/{{product_id}}"), None);
    assert_eq!(right.diagnosis().await, None);
    let (port, certificate) = server().await;
    let http = tier(&format!("http://localhost:{port}/{{product_id}}"), None);
    let hint = http.diagnosis().await.unwrap();
    assert!(hint.contains("begin with https:// instead of"), "{hint}");
    let error = tier(&format!("https://127.0.0.1:{port}/"), Some(&certificate));
    let error = error.open_first(LIMIT).await.unwrap_err().to_string();
    assert!(!error.contains("instead of"), "it speaks TLS: {error}");
}

#[tokio::test]
async fn a_test_without_an_answer_asks_for_the_cause() {
    let (port, _) = server().await;
    let settings = crate::smoke::Settings {
        rate: 20.0,
        duration: Duration::from_millis(200),
        connections: 1,
        timeout: Duration::from_secs(2),
        seed: 1,
    };
    let http = tier(&format!("http://localhost:{port}/{{product_id}}"), None);
    let outcome = crate::smoke::run(http, vec![1], &settings, &Arc::default()).await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.requests, outcome.answered), (4, 0));
    assert!(outcome.diagnosis.is_some());
}

#[test]
fn certificates_that_cannot_be_read_are_an_error() {
    for pem in ["", "no certificate"] {
        let error = connector(Some(pem.as_bytes())).map(|_| ()).unwrap_err();
        assert!(
            error.to_string().contains("the file must be in PEM"),
            "{error}"
        );
    }
}

#[test]
fn a_request_that_may_have_a_body_says_the_length_of_an_empty_one() {
    for (method, length) in [
        ("POST", Some("0")),
        ("PUT", Some("0")),
        ("PATCH", Some("0")),
        ("DELETE", None),
        ("GET", None),
    ] {
        let tier = tier(&format!("{method} http://localhost/{{product_id}}"), None);
        let request = tier.request(0, 7).unwrap();
        let found = request.headers().get(CONTENT_LENGTH);
        assert_eq!(found.map(|l| l.to_str().unwrap()), length, "{method}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_of_the_client_fails_in_tls() {
    let (port, certificate) = server_that_wants(true).await;
    let url = format!("https://localhost:{port}/{{product_id}}");
    let tier = tier(&url, Some(&certificate));
    // in TLS 1.3, the client learns it with the first answer
    let mut connection = tier.open_first(LIMIT).await.unwrap();
    let failure = tier.ask(&mut connection, 0, 7).await.unwrap_err();
    assert_eq!(failure.kind, "TLS", "{failure:?}");
}
