//! The servers of these tests: moto for S3, fake-gcs-server, Azurite, Twisted for the web, Python's
//! own web server as one without range requests; and a relay between them and the binary, which
//! interrupts transfers. Each listens on 127.0.0.1 and ends with its test.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A server in a process of its own.
pub(super) struct Running {
    process: Child,
    pub(super) port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    fn start(
        program: &str,
        arguments: impl Fn(&str) -> Vec<String>,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Running {
        let program = brought(program);
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let process = Command::new(&program)
            .args(arguments(&port.to_string()))
            .envs(settings.iter().copied())
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut running = Running { process, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = running.process.try_wait().unwrap();
            assert!(ended.is_none(), "{}: {ended:?}", program.display());
            assert!(
                began.elapsed() < Duration::from_secs(90),
                "{}",
                program.display()
            );
            thread::sleep(Duration::from_millis(50));
        }
        running
    }

    /// A web server that gives out a folder.
    pub(super) fn web(folder: &Path) -> Running {
        Running::twisted(folder, |port| format!("tcp:{port}:interface=127.0.0.1"))
    }

    /// A web server with TLS.
    pub(super) fn web_with_tls(folder: &Path, key: &Path, certificate: &Path) -> Running {
        let (key, certificate) = (key.display(), certificate.display());
        let files = format!("privateKey={key}:certKey={certificate}");
        Running::twisted(folder, |port| {
            format!("ssl:{port}:interface=127.0.0.1:{files}")
        })
    }

    fn twisted(folder: &Path, listen: impl Fn(&str) -> String) -> Running {
        let arguments = |port: &str| words(&["web", "--path", ".", "--listen", &listen(port)]);
        Running::start("twist", arguments, folder, &[])
    }

    /// A web server that sends files as a whole only.
    pub(super) fn web_without_ranges(folder: &Path) -> Running {
        let arguments = |port: &str| words(&["-m", "http.server", "--bind", "127.0.0.1", port]);
        Running::start("python", arguments, folder, &[])
    }

    /// An empty S3 server that everybody may use.
    pub(super) fn s3() -> Running {
        Running::moto(&[])
    }

    /// An S3 server on which nobody has an account.
    pub(super) fn s3_for_nobody() -> Running {
        Running::moto(&[("INITIAL_NO_AUTH_ACTION_COUNT", "0")])
    }

    fn moto(settings: &[(&str, &str)]) -> Running {
        let arguments = |port: &str| words(&["-H", "127.0.0.1", "-p", port]);
        Running::start("moto_server", arguments, Path::new("/"), settings)
    }

    /// A Google Cloud Storage without anything in it.
    pub(super) fn google() -> Running {
        let arguments = |port: &str| {
            let url = format!("http://127.0.0.1:{port}");
            let host = format!("127.0.0.1:{port}");
            let listen = ["-scheme", "http", "-host", "127.0.0.1", "-port", port];
            let known = [
                "-backend",
                "memory",
                "-external-url",
                &url,
                "-public-host",
                &host,
            ];
            words(&[&listen[..], &known].concat())
        };
        Running::start("fake-gcs-server", arguments, Path::new("/"), &[])
    }

    /// An Azure without anything in it.
    pub(super) fn azure() -> Running {
        let arguments = |port: &str| {
            let listen = ["--blobHost", "127.0.0.1", "--blobPort", port];
            let other = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent"];
            words(&[&listen[..], &other].concat())
        };
        Running::start("azurite-blob", arguments, Path::new("/tmp"), &[])
    }

    /// The address of the server.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a bucket of a folder's files, by the client of Amazon.
    pub(super) fn upload(&self, folder: &Path, bucket: &str, prefix: &str) {
        const SCRIPT: &str = "\
import boto3, os, sys
url, folder, bucket, prefix = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=url, aws_access_key_id='a', aws_secret_access_key='b', region_name='us-east-1')
s3.create_bucket(Bucket=bucket)
for name in os.listdir(folder):
    s3.upload_file(os.path.join(folder, name), bucket, prefix + name)
";
        self.execute(SCRIPT, folder, [bucket, prefix]);
    }

    /// Uploads a folder to Google Cloud Storage, by its web interface.
    pub(super) fn upload_to_google(&self, folder: &Path, bucket: &str, prefix: &str) {
        const SCRIPT: &str = "\
import json, os, sys, urllib.parse, urllib.request
url, folder, bucket, prefix = sys.argv[1:]
def post(path, body, kind):
    urllib.request.urlopen(urllib.request.Request(url + path, body, {'Content-Type': kind}))
post('/storage/v1/b', json.dumps({'name': bucket}).encode(), 'application/json')
for name in os.listdir(folder):
    name_there = urllib.parse.quote(prefix + name, safe='')
    body = open(os.path.join(folder, name), 'rb').read()
    post(f'/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name_there}', body, 'text/csv')
";
        self.execute(SCRIPT, folder, [bucket, prefix]);
    }

    /// Uploads a folder to Azure, by the client of Microsoft.
    pub(super) fn upload_to_azure(&self, folder: &Path, container: &str, prefix: &str) {
        const SCRIPT: &str = "\
import os, sys
from azure.storage.blob import BlobServiceClient
url, folder, container, prefix = sys.argv[1:]
# the account that every Azurite has
key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
client = BlobServiceClient(url + '/devstoreaccount1', credential={'account_name': 'devstoreaccount1', 'account_key': key})
there = client.create_container(container)
for name in os.listdir(folder):
    with open(os.path.join(folder, name), 'rb') as file:
        there.upload_blob(prefix + name, file)
";
        self.execute(SCRIPT, folder, [container, prefix]);
    }

    fn execute(&self, script: &str, folder: &Path, rest: [&str; 2]) {
        let done = Command::new(brought("python"))
            .args(["-c", script, &self.url()])
            .arg(folder)
            .args(rest)
            .status()
            .unwrap();
        assert!(done.success());
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}

/// A program that `make remote` brings.
fn brought(name: &str) -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = build.join("remote/bin").join(name);
    assert!(
        program.exists(),
        "'{}' is missing: 'make remote' brings it and runs these tests",
        program.display()
    );
    program
}

/// Passes on what a server and its clients say, and breaks off.
pub(super) struct Relay {
    pub(super) port: u16,
    /// What clients said.
    pub(super) asked: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    /// The first `cuts` connections end after so many bytes of answers; `at_cut` is done before.
    pub(super) fn to(
        server: u16,
        cuts: usize,
        after: u64,
        at_cut: impl Fn() + Send + Sync + 'static,
    ) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, at_cut) = (Arc::clone(&asked), Arc::new(at_cut));
        let connections = AtomicUsize::new(0);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (
                    client.unwrap(),
                    TcpStream::connect(("127.0.0.1", server)).unwrap(),
                );
                let number = connections.fetch_add(1, Ordering::Relaxed);
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let heard = Arc::clone(&heard);
                thread::spawn(move || {
                    let mut piece = [0; 4096];
                    while let Ok(read @ 1..) = from.read(&mut piece) {
                        heard.lock().unwrap().extend_from_slice(&piece[..read]);
                        if to.write_all(&piece[..read]).is_err() {
                            return;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
                let at_cut = Arc::clone(&at_cut);
                thread::spawn(move || {
                    let (from, mut to) = (server, client);
                    let limit = if number < cuts { after } else { u64::MAX };
                    let _ = std::io::copy(&mut (&from).take(limit), &mut to);
                    if number < cuts {
                        at_cut();
                    }
                    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
                });
            }
        });
        Relay { port, asked }
    }
}
