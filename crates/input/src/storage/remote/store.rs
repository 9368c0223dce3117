//! Opens the object store of an address, with credentials, timeouts and retries.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Context, Result, fail, unfit};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientConfigKey, ClientOptions, HeaderMap, HeaderValue, ObjectStore, RetryConfig,
};

use super::super::shown;

/// The environment variable with the `Authorization` header for web servers.
const AUTHORIZATION: &str = "REVIEWSEED_HTTP_AUTHORIZATION";
/// Timeout for fetching one window.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The current step. It decides the timeouts and the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The file is being opened. A mistyped address must be reported soon.
    Opening,
    /// The file is being read. A network failure of a minute must not end a run.
    Reading,
}

impl Step {
    fn retries(self) -> RetryConfig {
        let (max_retries, retry_timeout) = match self {
            Step::Opening => (3, Duration::from_secs(10)),
            Step::Reading => (20, Duration::from_secs(100)),
        };
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(10),
                base: 2.0,
            },
            max_retries,
            retry_timeout,
        }
    }
}

/// The kind of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Web,
    S3,
    Google,
    Azure,
}

/// A store and a path in it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
}

impl Place {
    pub(super) fn of(address: &str, step: Step) -> Result<Place> {
        // rustls needs a default provider; an error means that an earlier call has installed it
        let _ = rustls::crypto::ring::default_provider().install_default();
        match address.split_once("://") {
            Some(("s3", rest)) => s3(&Address::of(address, rest)?, step),
            Some(("gs", rest)) => google(&Address::of(address, rest)?, step),
            Some(("az", rest)) => azure(&Address::of(address, rest)?, step),
            _ => web(address, step),
        }
    }
}

/// A file or folder in a bucket, which is called a container in Azure.
struct Address<'a> {
    address: &'a str,
    bucket: &'a str,
    path: Path,
}

impl Address<'_> {
    fn of<'a>(address: &'a str, rest: &'a str) -> Result<Address<'a>> {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            let scheme = address.strip_suffix(rest).unwrap_or_default();
            fail!("{address} has no bucket; use {scheme}BUCKET/FILE or {scheme}BUCKET/FOLDER");
        }
        let path =
            Path::parse(key).map_err(|error| unfit!("{address} is not a valid path: {error}"))?;
        Ok(Address {
            address,
            bucket,
            path,
        })
    }

    fn place(&self, kind: Kind, store: object_store::Result<impl ObjectStore>) -> Result<Place> {
        let store = store.map_err(|error| unfit!("cannot read {}: {error}", self.address))?;
        Ok(Place {
            kind,
            store: Arc::new(store),
            path: self.path.clone(),
        })
    }
}

fn web(address: &str, step: Step) -> Result<Place> {
    let name = shown(std::path::Path::new(address));
    let url = url::Url::parse(address)
        .map_err(|error| unfit!("{name} is not a valid address: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        fail!(
            "the address of {name} contains a user or password, which everyone on this machine can read; remove it and set \
             {AUTHORIZATION}='Basic …' in the environment, which is sent as the Authorization header"
        );
    }
    let mut options = ClientOptions::new()
        .with_allow_http(url.scheme() == "http")
        .with_timeout(TIMEOUT);
    if let Ok(value) = std::env::var(AUTHORIZATION) {
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| unfit!("the value of {AUTHORIZATION} is not a valid HTTP header"))?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value);
        options = options.with_default_headers(headers);
    }
    // the URL is the whole address with its query, because object_store must not append a path to
    // the query
    let store = HttpBuilder::new()
        .with_url(address)
        .with_client_options(options)
        .with_retry(step.retries())
        .build()
        .map_err(std::io::Error::from)
        .with_context(|| format!("cannot read {name}"))?;
    Ok(Place {
        kind: Kind::Web,
        store: Arc::new(store),
        path: Path::default(),
    })
}

fn timeout() -> String {
    format!("{} seconds", TIMEOUT.as_secs())
}

fn s3(of: &Address<'_>, step: Step) -> Result<Place> {
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(of.bucket)
        // only AWS_ENDPOINT_URL can select an address without TLS
        .with_allow_http(true)
        .with_config(
            AmazonS3ConfigKey::Client(ClientConfigKey::Timeout),
            timeout(),
        )
        .with_retry(step.retries());
    of.place(Kind::S3, store.build())
}

fn google(of: &Address<'_>, step: Step) -> Result<Place> {
    let key = GoogleConfigKey::Client;
    let store = GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(of.bucket)
        // only GOOGLE_BASE_URL can select an address without TLS
        .with_config(key(ClientConfigKey::AllowHttp), "true")
        .with_config(key(ClientConfigKey::Timeout), timeout())
        .with_retry(step.retries());
    of.place(Kind::Google, store.build())
}

fn azure(of: &Address<'_>, step: Step) -> Result<Place> {
    let store = MicrosoftAzureBuilder::from_env()
        .with_container_name(of.bucket)
        // only AZURE_STORAGE_ENDPOINT or the emulator can select an address without TLS
        .with_allow_http(true)
        .with_config(AzureConfigKey::Client(ClientConfigKey::Timeout), timeout())
        .with_retry(step.retries());
    of.place(Kind::Azure, store.build())
}
