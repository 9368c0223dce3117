//! Proxies between the program and its server, which `scripts/servers haproxy mysql-router` brings.

mod haproxy;
mod router;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{LIMIT, Scratch, Server, execute, folder, rows, run};
use crate::{counted, files};

/// The account of the loads: a proxy reaches the server over TCP.
const ACCOUNT: &str = "through_a_proxy:Of-a-proxy1";

/// A proxy that runs in a folder of its own. It ends with the test.
struct Proxy {
    folder: tempfile::TempDir,
    program: PathBuf,
    arguments: Vec<String>,
    port: u16,
    process: Option<Child>,
}

impl Proxy {
    /// Starts a program of `.servers`. The configuration gets the port to listen at.
    fn start(name: &str, program: &str, configuration: impl Fn(u16, &Path) -> String) -> Proxy {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = project.join(format!(".servers/{name}/bin/{program}"));
        assert!(program.exists(), "it is missing: scripts/servers {name}");
        let folder = folder();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let file = folder.path().join("configuration");
        std::fs::write(&file, configuration(port, folder.path())).unwrap();
        let mut proxy = Proxy {
            arguments: Vec::new(),
            folder,
            program,
            port,
            process: None,
        };
        let flag = if name == "haproxy" { "-f" } else { "-c" };
        proxy.arguments = vec![flag.to_owned(), file.to_str().unwrap().to_owned()];
        proxy.start_again();
        proxy
    }

    /// Starts it after a kill.
    fn start_again(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let process = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(process);
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = std::fs::read_to_string(self.folder.path().join("log"));
            assert!(began.elapsed() < LIMIT, "it does not listen: {log:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// A database of its server, reached through it.
    fn url(&self, database: &str) -> String {
        format!("mysql://{ACCOUNT}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server that listens on TCP and has the account.
struct Backend {
    port: u16,
    data: PathBuf,
    url: &'static str,
}

impl Backend {
    fn of(server: Server) -> Backend {
        let url = server.second_url();
        let (user, password) = ACCOUNT.split_once(':').unwrap();
        execute(
            url,
            &format!("CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{password}'"),
        );
        execute(url, &format!("GRANT ALL ON *.* TO {user}"));
        let place = "SELECT CAST(@@port AS CHAR), @@datadir";
        let place = rows(url, place).unwrap().remove(0);
        Backend {
            port: place[0].as_deref().unwrap().parse().unwrap(),
            data: PathBuf::from(place[1].as_deref().unwrap()),
            url,
        }
    }
}

/// The tables of a report, and the reject files.
#[derive(Debug, PartialEq)]
struct Result {
    tables: Vec<(String, u64, u64, u64, String)>,
    rejects: BTreeMap<String, Vec<u8>>,
}

impl Result {
    fn of(home: &Path, name: &str) -> Result {
        Result {
            tables: counted(&home.join(format!("{name}.json"))),
            rejects: files(&home.join(name)).into_iter().collect(),
        }
    }
}

/// The arguments of a run whose report and rejects have this name.
fn seed(name: &str, url: &str) -> Vec<String> {
    let report = format!("{name}.json");
    let arguments = [
        "seed",
        "csv",
        "-v",
        "--verify",
        "full",
        "--batch-size",
        "64K",
        "--connections",
        "2",
        "--rejects",
        name,
        "--report",
        &report,
        "--database-url",
        url,
    ];
    arguments.map(str::to_owned).to_vec()
}

/// Dirty files, and what a run without a proxy makes of them.
fn expected(backend: &Backend) -> (tempfile::TempDir, Result) {
    let home = folder();
    let generate = ["generate", "csv", "--variant", "dirty", "-q", "--products"];
    run(home.path(), generate.into_iter().chain(["1500"])).exits(0);
    let scratch = Scratch::at(backend.url);
    run(home.path(), seed("direct", scratch.url())).exits(0);
    let result = Result::of(home.path(), "direct");
    assert!(result.tables.iter().all(|table| table.3 > 0));
    (home, result)
}

/// A whole run through a proxy has the same result as one without it, by each statement.
fn is_no_difference(backend: &Backend, proxy: &Proxy) {
    let (home, expected) = expected(backend);
    for load in ["local-infile", "insert"] {
        let scratch = Scratch::at(backend.url);
        let url = proxy.url(scratch.name());
        let load = ["--load".to_owned(), load.to_owned()];
        let ran = run(home.path(), seed("proxied", &url).into_iter().chain(load));
        let said = ran.exits(0).stderr;
        assert!(!said.contains("trying again"), "{said}");
        assert_eq!(Result::of(home.path(), "proxied"), expected);
        run(home.path(), ["verify", "--database-url", &url]).exits(0);
        run(
            home.path(),
            ["reindex", "--dry-run", "--database-url", &url],
        )
        .exits(0);
    }
}
