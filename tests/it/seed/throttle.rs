//! `--max-rate` and `--throttle`: a load that leaves capacity for others.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::background::{background, ended};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, folder, on_both_servers, rows};
use crate::support::own_server::OwnServer;

const SCHEMA: &str = "CREATE TABLE goods (id INT PRIMARY KEY, price INT NOT NULL);";

fn files(count: u32) -> Files {
    let files = Files::of_schema(SCHEMA);
    let rows: String = (1..=count).map(|id| format!("{id},{}\n", id % 7)).collect();
    files.put("goods", format!("id,price\n{rows}"));
    files
}

on_both_servers! {
    fn no_more_is_loaded_in_a_second_than_allowed(server: Server) {
        let files = files(3000);
        for rate in ["2000rows/s", "14K/s"] {
            let scratch = Scratch::new(server);
            let began = Instant::now();
            files.seed(&scratch, &["--max-rate", rate, "--batch-size", "1K", "--load", "insert"]).exits(0);
            let took = began.elapsed();
            // the last batch does not wait for its own time
            assert!(took > Duration::from_millis(1300), "{rate}: {took:?}");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM goods"), "3000");
        }
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rate", "2000rows/s", "--load", "physical"]).exits(2).says("leave one of them out");
        files.seed(&scratch, &["--max-rate", "fast"]).exits(2).says("is not a rate such as 20M/s or 50000rows/s");
        files.seed(&scratch, &["--throttle", "lag=2s"]).exits(2).says("has no replica whose lag could be limited");
        files.seed(&scratch, &["--throttle", "lag=2s", "--replica", scratch.url()]).exits(2).says("is not a replica");
        files.seed(&scratch, &["--replica", scratch.url()]).exits(2).says("add --throttle lag=2s");
    }
}

on_both_servers! {
    fn a_load_waits_while_the_server_is_busy(server: Server) {
        let own = server.own("busy");
        let url = own.url();
        let scratch = Scratch::at(&url);
        let files = files(3000);
        let busy: Vec<_> = (0..12).map(|_| {
            let url = url.clone();
            std::thread::spawn(move || execute(&url, "DO SLEEP(3)"))
        }).collect();
        std::thread::sleep(Duration::from_millis(300));
        let ran = files.seed(&scratch, &["--throttle", "threads_running=8", "--batch-size", "1K"]).exits(0);
        ran.says("threads run on the server, more than 8").says("continuing after");
        busy.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(scratch.value("SELECT COUNT(*) FROM goods"), "3000");
        drop(scratch);
        own.remove();
    }
}

/// A source and its replica, with the account `repl`.
struct Pair {
    source: OwnServer,
    replica: OwnServer,
    _homes: [tempfile::TempDir; 2],
}

impl Pair {
    fn new(server: Server) -> Pair {
        let homes = [folder(), folder()];
        let mut source = OwnServer::new(server, homes[0].path());
        let mut replica = OwnServer::new(server, homes[1].path());
        if server == Server::MySQL {
            // the servers must not have the same UUID
            replica.initialise(&[]);
        }
        let options = |number: u32, own: &OwnServer| {
            let port = port(own.url());
            let named = [
                format!("--server-id={number}"),
                "--log-bin=binlog".to_owned(),
            ];
            let more = [
                "--binlog-format=ROW".to_owned(),
                "--report-host=127.0.0.1".to_owned(),
                format!("--report-port={port}"),
            ];
            [&named[..], &more[..]].concat()
        };
        let (of_source, of_replica) = (options(71, &source), options(72, &replica));
        source.start(&of_source);
        replica.start(&of_replica);
        for own in [&source, &replica] {
            for sql in [
                "CREATE USER repl@'%' IDENTIFIED BY 'secret'",
                "GRANT ALL ON *.* TO repl@'%'",
                "CREATE DATABASE shop",
            ] {
                execute(own.socket_url(), sql);
            }
        }
        let (status, change, start) = match server {
            Server::MySQL => (
                "SHOW BINARY LOG STATUS",
                "CHANGE REPLICATION SOURCE TO GET_SOURCE_PUBLIC_KEY = 1, SOURCE",
                "START REPLICA",
            ),
            Server::MariaDB => (
                "SHOW MASTER STATUS",
                "CHANGE MASTER TO MASTER_CONNECT_RETRY = 1, MASTER",
                "START SLAVE",
            ),
        };
        let at = rows(source.socket_url(), status).unwrap();
        let text = |column: usize| at[0][column].clone().unwrap();
        let of = change.rsplit(' ').next().unwrap();
        let change = format!(
            "{change}_HOST = '127.0.0.1', {of}_PORT = {}, {of}_USER = 'repl', {of}_PASSWORD = 'secret', {of}_LOG_FILE = '{}', {of}_LOG_POS = {}",
            port(source.url()),
            text(0),
            text(1)
        );
        execute(replica.socket_url(), &change);
        execute(replica.socket_url(), start);
        Pair {
            source,
            replica,
            _homes: homes,
        }
    }

    /// The source, with an account that may ask the replica too.
    fn url(&self) -> String {
        format!(
            "mysql://repl:secret@127.0.0.1:{}/shop",
            port(self.source.url())
        )
    }

    fn on_replica(&self) -> String {
        self.replica.socket_url().replace("/reviews?", "/shop?")
    }
}

fn port(url: &str) -> String {
    let place = url.split('@').nth(1).unwrap().split('/').next().unwrap();
    place.split(':').nth(1).unwrap().to_owned()
}

fn seed(files: &Files, pair: &Pair, more: &[&str]) -> Child {
    let url = pair.url();
    let arguments = [
        "seed",
        "csv",
        "--schema",
        "schema.sql",
        "--database-url",
        &url,
        "--batch-size",
        "1K",
        "--throttle",
        "lag=1s",
    ];
    let mut command = background(files.path("").as_path(), arguments.iter().chain(more));
    command.stderr(Stdio::piped()).spawn().unwrap()
}

on_both_servers! {
    long
    fn a_load_waits_for_a_replica_that_lags(server: Server) {
        let pair = Pair::new(server);
        let files = files(20_000);
        let (replica, counted) = (pair.on_replica(), "SELECT CAST(COUNT(*) AS CHAR) FROM goods");
        // the replica lists itself on the source; it is slow, because somebody holds a lock there
        execute(&pair.source.socket_url().replace("/reviews?", "/shop?"), "CREATE TABLE goods (id INT PRIMARY KEY, price INT NOT NULL)");
        let began = Instant::now();
        while rows(&replica, counted).is_err() || rows(&pair.url(), "SHOW PROCESSLIST").is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "the replica does not begin");
            std::thread::sleep(Duration::from_millis(100));
        }
        let lock = {
            let replica = replica.clone();
            std::thread::spawn(move || execute(&replica, "LOCK TABLES goods READ; DO SLEEP(6)"))
        };
        std::thread::sleep(Duration::from_millis(200));
        let child = seed(&files, &pair, &["--max-rate", "4000rows/s"]);
        let ran = ended(child);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains("load: waiting, because mysql://repl@127.0.0.1:"), "{}", ran.stderr);
        assert!(ran.stderr.contains("s, more than 1 s"), "{}", ran.stderr);
        assert!(ran.stderr.contains("load: continuing after"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
        lock.join().unwrap();
        let began = Instant::now();
        while rows(&replica, counted).unwrap()[0][0].as_deref() != Some("20000") {
            assert!(began.elapsed() < Duration::from_secs(30), "the replica does not have all rows");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

on_both_servers! {
    long
    fn a_load_waits_while_replication_is_stopped_and_says_what_to_do(server: Server) {
        let pair = Pair::new(server);
        let files = files(20_000);
        let of_replica = match server {
            Server::MySQL => "REPLICA",
            Server::MariaDB => "SLAVE",
        };
        let listed = "SHOW SLAVE HOSTS";
        let listed = if server == Server::MySQL { "SHOW REPLICAS" } else { listed };
        let began = Instant::now();
        while rows(&pair.url(), listed).is_ok_and(|replicas| replicas.is_empty()) {
            assert!(began.elapsed() < Duration::from_secs(30), "the replica does not begin");
            std::thread::sleep(Duration::from_millis(100));
        }
        let child = seed(&files, &pair, &["--max-rate", "4000rows/s"]);
        std::thread::sleep(Duration::from_secs(2));
        // the source no longer lists the replica
        execute(pair.replica.socket_url(), &format!("STOP {of_replica}"));
        std::thread::sleep(Duration::from_secs(5));
        execute(pair.replica.socket_url(), &format!("START {of_replica} SQL_THREAD"));
        std::thread::sleep(Duration::from_secs(2));
        execute(pair.replica.socket_url(), &format!("START {of_replica}"));
        let ran = ended(child);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for words in [
            "load: waiting, because replication to mysql://repl@127.0.0.1:",
            "does not run: its threads are stopped",
            "execute START REPLICA there",
            "load: continuing after",
        ] {
            assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        }
        let counted = "SELECT CAST(COUNT(*) AS CHAR) FROM goods";
        assert_eq!(rows(&pair.url(), counted).unwrap()[0][0].as_deref(), Some("20000"));
    }
}
