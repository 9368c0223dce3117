//! Servers and proxies that close connections after a second or two of idleness or slowness: the
//! run continues, and does not lose the locks that keep other runs away.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::data::Files;
use crate::support::harness::{
    LIMIT, Scratch, Server, folder, on_both_servers, ran, reviewseed, run,
};
use crate::support::own_server::OwnServer;
use crate::support::proxy::Proxy;

const SCHEMA: &str = "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v VARCHAR(60) NOT NULL, g INT NOT NULL, KEY k_g (g));";

fn files(rows: u32) -> Files {
    let files = Files::of_schema(SCHEMA);
    let lines: String = (0..rows)
        .map(|i| format!("{i},value {i},{}\n", i % 7))
        .collect();
    files.put("t", format!("id,v,g\n{lines}"));
    files
}

/// A proxy that holds back the first LOAD DATA until it is let go, while all other sessions of the
/// run are idle.
#[derive(Clone, Default)]
struct HeldLoad {
    held: Arc<AtomicBool>,
    let_go: Arc<AtomicBool>,
}

impl HeldLoad {
    fn start(&self, folder: &Path, url: &str, idle: Option<Duration>) -> String {
        let held_load = self.clone();
        let answers = move |sql: &str| {
            if sql.starts_with("LOAD DATA LOCAL") && !held_load.held.swap(true, Ordering::SeqCst) {
                wait_until(&held_load.let_go);
            }
            None
        };
        let proxy = Proxy {
            answers: Some(Box::new(answers)),
            idle,
            ..Proxy::default()
        };
        proxy.start(folder, url)
    }
}

fn wait_until(flag: &AtomicBool) {
    let began = Instant::now();
    while !flag.load(Ordering::SeqCst) && began.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(20));
    }
}

on_both_servers! {
    long
    fn a_run_outlives_timeouts_of_a_second(server: Server) {
        let home = folder();
        let mut own = OwnServer::new(server, home.path());
        let longest = match server {
            Server::MySQL => "--max-execution-time=1000",
            Server::MariaDB => "--max-statement-time=1",
        };
        let options = ["--wait-timeout=1", "--interactive-timeout=1", "--net-read-timeout=1", "--net-write-timeout=1", longest];
        own.start(&options.map(str::to_owned));
        let (scratch, files) = (Scratch::at(own.socket_url()), files(3_000));
        let url = scratch.url();
        let slowly = |arguments: &[&str]| {
            let (folder, held) = (folder(), HeldLoad::default());
            let via = held.start(folder.path(), url, None);
            std::thread::scope(|scope| {
                let run = scope.spawn(|| {
                    let fixed = ["--batch-size", "4K", "--connections", "4", "--database-url", &via];
                    ran(files.command("seed", arguments).args(fixed))
                });
                wait_until(&held.held);
                std::thread::sleep(Duration::from_millis(3_500));
                held.let_go.store(true, Ordering::SeqCst);
                run.join().unwrap()
            })
        };
        let seeded = slowly(&["--verify", "full"]).exits(0);
        assert!(!seeded.stderr.contains("trying again"), "{}", seeded.stderr);
        slowly(&["--replace"]).exits(0).says("have replaced the old ones");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM t WHERE v = CONCAT('value ', id)"), "3000");
        std::fs::write(files.path("more.sql"), SCHEMA.replace("KEY k_g (g)", "KEY k_g (g), KEY k_v (v)")).unwrap();
        run(&files.path(""), ["reindex", "--schema", "more.sql", "--database-url", url]).exits(0);
        run(&files.path(""), ["verify", "--schema", "more.sql", "--database-url", url]).exits(0);
    }
}

on_both_servers! {
    long
    fn no_second_run_begins_although_a_proxy_closes_idle_connections(server: Server) {
        let (home, scratch, files) = (folder(), Scratch::new(server), files(3_000));
        let arguments = ["seed", "csv", "--schema", "schema.sql", "--database-url", scratch.url()];
        run(&files.path(""), arguments).exits(0);
        let held = HeldLoad::default();
        let via = held.start(home.path(), scratch.url(), Some(Duration::from_secs(4)));
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| ran(&mut files.command("seed", &["--replace", "--database-url", &via])));
            wait_until(&held.held);
            // by then, what has said nothing since the beginning is cut off
            std::thread::sleep(Duration::from_secs(6));
            let second = ran(reviewseed(&files.path("")).args(arguments).args(["--rejects", "second"]));
            held.let_go.store(true, Ordering::SeqCst);
            (first.join().unwrap(), second)
        });
        second.exits(2).says("another reviewseed works on");
        first.exits(0).says("have replaced the old ones");
        run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]).exits(0);
    }
}

on_both_servers! {
    fn a_run_whose_locks_another_has_taken_ends(server: Server) {
        let (scratch, files) = (Scratch::new(server), files(3_000));
        let prefix = format!("reviewseed_{:016x}", xxhash_rust::xxh3::xxh3_64(scratch.name().as_bytes()));
        let (home, held) = (folder(), HeldLoad::default());
        let via = held.start(home.path(), scratch.url(), None);
        let first = std::thread::scope(|scope| {
            let first = scope.spawn(|| ran(&mut files.command("seed", &["--database-url", &via])));
            wait_until(&held.held);
            // the guard's session is ended, and somebody is quicker to take its lock
            scratch.execute(&format!(
                "SET @kill = CONCAT('KILL ', IS_USED_LOCK('{prefix}_guard')); PREPARE kill_it FROM @kill; EXECUTE kill_it; \
                 SELECT GET_LOCK('{prefix}_guard', 5); SELECT SLEEP(9)"
            ));
            held.let_go.store(true, Ordering::SeqCst);
            first.join().unwrap()
        });
        first.exits(2).says("another reviewseed works on the database now");
    }
}
