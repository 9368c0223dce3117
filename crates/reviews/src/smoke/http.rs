//! Sends requests over HTTP/1.1 on kept connections, with or without TLS.

mod answer;
mod header;
mod labels;
mod tls;

use std::io;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
pub use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use answer::{failure_of_http, redirect};
pub use header::parse_header;
use labels::{check_repeated, labels};
use tls::{Spoken, connector, speaks_plain_http, speaks_tls, spoken};

use super::requests::{Answer, Failure, TIMEOUT};
use super::template::{Address, HttpRequest, Template};
use super::tier::Tier;
use crate::error::{Error, Result};
use crate::random::{at, below};
use crate::targets::TargetKind;

/// The kind of failure of a connection that is open, but whose TLS handshake failed.
const TLS: &str = "TLS";

/// The kind of failure of a connection that was closed during the TLS handshake.
const NO_TLS: &str = "closed before TLS";

/// The kind of failure of a connection whose server answered, but not in TLS.
const NOT_TLS: &str = "not TLS";

/// What is sent to one address: some kinds of requests, with their shares.
#[derive(Clone)]
pub struct HttpTier {
    address: Address,
    requests: Vec<Prepared>,
    weights: u32,
    headers: Vec<(HeaderName, HeaderValue)>,
    tls: Option<TlsConnector>,
}

/// One kind of request.
#[derive(Debug, Clone)]
struct Prepared {
    weight: u32,
    method: Method,
    path: Template,
    body: Option<Template>,
}

/// What all requests of a test have in common.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// The method of requests that name none.
    pub method: Method,
    /// The body of POST, PUT and PATCH requests.
    pub body: Option<Template>,
    /// Headers, as `Name: value`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Certificates of authorities in PEM, for https; without them, those of Mozilla's list count.
    pub authorities: Option<Vec<u8>>,
}

impl std::fmt::Debug for HttpTier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTier")
            .field("address", &self.address)
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

impl HttpTier {
    /// The requests of one tier, all to the same address.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] when the requests go to different addresses or use different kinds of
    /// ids, when a request is given twice, or when the certificates cannot be read.
    pub fn new(requests: &[HttpRequest], options: &HttpOptions) -> Result<HttpTier> {
        let Some(first) = requests.first() else {
            return Err(Error::Options("no request was given".to_owned()));
        };
        if let Some(other) = requests.iter().find(|r| r.address != first.address) {
            return Err(Error::Options(format!(
                "one test sends to one address, not to {} and {}; compare addresses with --compare, \
                 and give each a name: --http 'NAME=URL'",
                first.address, other.address
            )));
        }
        let prepared = requests.iter().map(|request| {
            let method = request.method.clone();
            let method = method.unwrap_or_else(|| options.method.clone());
            Prepared {
                weight: request.weight,
                body: options.body.clone().filter(|_| has_body(&method)),
                method,
                path: request.path.clone(),
            }
        });
        let prepared: Vec<Prepared> = prepared.collect();
        check_repeated(&prepared, &first.address)?;
        let mut headers = options.headers.clone();
        if !headers.iter().any(|(name, _)| *name == CONTENT_TYPE) {
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        let tls = match first.address.tls {
            true => Some(connector(options.authorities.as_deref())?),
            false => None,
        };
        let tier = HttpTier {
            address: first.address.clone(),
            requests: prepared,
            weights: requests.iter().map(|r| r.weight).sum(),
            headers,
            tls,
        };
        tier.kind()?;
        Ok(tier)
    }

    /// Whether all requests of a kind are the same, because none has a placeholder for an id.
    pub fn has_no_placeholder(&self) -> bool {
        let mut templates = self.requests.iter().map(|r| (&r.path, r.body.as_ref()));
        templates.all(|(path, body)| {
            path.kind().is_none() && body.is_none_or(|body| body.kind().is_none())
        })
    }

    /// Weight, method and path of each kind of request.
    pub fn shares(&self) -> Vec<String> {
        let requests = self.requests.iter().zip(self.labels());
        let shares = requests.map(|(request, label)| format!("{}*{label}", request.weight));
        shares.collect()
    }

    /// Scheme, host and port.
    pub fn address(&self) -> &Address {
        &self.address
    }

    fn request(&self, which: usize, id: u64) -> std::result::Result<Request<Full<Bytes>>, Failure> {
        let prepared = &self.requests[which];
        let mut builder = Request::builder()
            .method(prepared.method.clone())
            .uri(prepared.path.with(id))
            .header(HOST, self.address.authority())
            .header(
                USER_AGENT,
                concat!("reviewseed/", env!("CARGO_PKG_VERSION")),
            );
        let body = prepared.body.as_ref().map(|body| body.with(id));
        for (name, value) in &self.headers {
            if *name != CONTENT_TYPE || body.is_some() {
                builder = builder.header(name, value);
            }
        }
        let body = body.unwrap_or_default();
        // RFC 9110, 8.6: requests with methods that have a body announce an empty body too; hyper
        // leaves this out
        if body.is_empty() && has_body(&prepared.method) {
            builder = builder.header(CONTENT_LENGTH, 0);
        }
        let body = Full::new(Bytes::from(body));
        builder
            .body(body)
            .map_err(|error| Failure::lost("cannot build the request", error.to_string()))
    }

    fn failure(&self, error: &io::Error, stage: Stage) -> Failure {
        let kind = match (stage, error.kind()) {
            (Stage::Tls, _) => match spoken(error) {
                Spoken::Tls => TLS,
                Spoken::Other => NOT_TLS,
                Spoken::Nothing => NO_TLS,
            },
            (_, io::ErrorKind::ConnectionRefused) => "refused",
            (_, io::ErrorKind::ConnectionReset) => "reset",
            (_, io::ErrorKind::TimedOut) => "timeout",
            _ => "cannot connect",
        };
        let mut message = format!("{}: {error}", self.address);
        if message.contains("CaUsedAsEndEntity") {
            message.push_str(
                "; the server uses the certificate of an authority, as `openssl req -x509` makes \
                 it; create the certificate again with -addext basicConstraints=CA:FALSE",
            );
        }
        Failure::lost(kind, message)
    }
}

impl Tier for HttpTier {
    type Connection = HttpConnection;

    fn kind(&self) -> Result<TargetKind> {
        let templates = self.requests.iter();
        let templates = templates.flat_map(|r| [Some(&r.path), r.body.as_ref()]);
        let kind = one_kind(templates.flatten().filter_map(Template::kind))?;
        Ok(kind.unwrap_or(TargetKind::Product))
    }

    fn labels(&self) -> Vec<String> {
        labels(&self.requests)
    }

    fn pick(&self, seed: u64, n: u64) -> usize {
        // `!seed`, because `seed` draws the ids: with the same random numbers, the choice of the
        // request would depend on the id
        let mut left = below(at(!seed, n), self.weights);
        for (number, request) in self.requests.iter().enumerate() {
            if left < request.weight {
                return number;
            }
            left -= request.weight;
        }
        0
    }

    async fn open_first(&self, limit: Duration) -> Result<HttpConnection> {
        let opened = tokio::time::timeout(limit, self.open()).await;
        let failure = match opened.unwrap_or_else(|_| Err(Failure::not_open(limit))) {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure,
        };
        let is_silent = [NO_TLS, TIMEOUT].contains(&&*failure.kind);
        let is_plain = failure.kind == NOT_TLS
            || (self.tls.is_some() && is_silent && speaks_plain_http(&self.address).await);
        Err(Error::Unanswered {
            what: format!(
                "cannot open a connection to {} ({}); {}",
                self.address,
                failure.kind,
                match failure.kind.as_str() {
                    _ if is_plain =>
                        "the server answers without TLS, so most probably the URL must begin with \
                         http:// instead of https://",
                    TLS | NO_TLS =>
                        "does the server speak TLS, is its certificate for this host, and is the \
                         authority of the certificate in Mozilla's list or --http-ca?",
                    TIMEOUT =>
                        "are scheme, host and port right, and is the server running? if the server \
                         is only slow, allow more time: --timeout TIME",
                    _ => "is the server running, and are scheme, host and port of --http right?",
                }
            ),
            source: failure.message.into(),
        })
    }

    async fn open(&self) -> std::result::Result<HttpConnection, Failure> {
        let address = (&*self.address.host, self.address.port);
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|error| self.failure(&error, Stage::Connect))?;
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => handshake(stream).await,
            Some(connector) => {
                let name = ServerName::try_from(self.address.host.clone())
                    .map_err(|error| Failure::lost(TLS, error.to_string()))?;
                let stream = connector.connect(name, stream).await;
                handshake(stream.map_err(|error| self.failure(&error, Stage::Tls))?).await
            }
        }
    }

    async fn ask(
        &self,
        connection: &mut HttpConnection,
        which: usize,
        id: u64,
    ) -> std::result::Result<Answer, Failure> {
        // the server may have closed a connection that was idle, or after a number of requests
        if connection.sender.ready().await.is_err() {
            *connection = self.open().await?;
        }
        let request = self.request(which, id)?;
        let sent = match connection.sender.try_send_request(request).await {
            Ok(response) => Ok(response),
            Err(mut error) => match error.take_message() {
                // the connection was closed before the first byte was sent
                Some(request) => {
                    *connection = self.open().await?;
                    connection.sender.send_request(request).await
                }
                None => Err(error.into_error()),
            },
        };
        let response = sent.map_err(|error| failure_of_http(&error))?;
        let status = response.status().as_u16();
        let redirect = redirect(&response);
        let mut body = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| failure_of_http(&error))?;
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(Answer {
            status: Some(status),
            bytes,
            redirect,
        })
    }

    async fn diagnosis(&self) -> Option<String> {
        let is_wrong = self.tls.is_none() && speaks_tls(&self.address).await;
        is_wrong.then(|| {
            format!(
                "{} speaks TLS, so most probably the URL must begin with https:// instead of http://",
                self.address
            )
        })
    }

    async fn close(_connection: HttpConnection) {}
}

/// Whether requests with this method are sent with a body.
pub fn has_body(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

/// Demands that all ids are of one kind.
///
/// # Errors
///
/// [`Error::Options`] when they are not.
pub fn one_kind(kinds: impl Iterator<Item = TargetKind>) -> Result<Option<TargetKind>> {
    let mut found: Option<TargetKind> = None;
    for kind in kinds {
        if found.is_some_and(|other| other != kind) {
            return Err(Error::Options(
                "some requests need ids of products, others ids of reviews; a test has one list of \
                 ids, so send these requests in two tests"
                    .to_owned(),
            ));
        }
        found = Some(kind);
    }
    Ok(found)
}

/// The stage at which opening a connection failed.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Connect,
    Tls,
}

/// An open connection.
#[derive(Debug)]
pub struct HttpConnection {
    sender: SendRequest<Full<Bytes>>,
}

async fn handshake<S>(stream: S) -> std::result::Result<HttpConnection, Failure>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure_of_http(&error))?;
    // the task ends when the sender is dropped; its error is ignored, because the request that was
    // affected returns it
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(HttpConnection { sender })
}

#[cfg(test)]
mod tests;
