//! Tests on clusters of real servers, which `scripts/cluster` starts. A plain `cargo test` leaves this binary out (`test = false` in
//! Cargo.toml); `make test-clusters` runs it. A cluster that does not come up fails its tests: nothing is ever skipped.
//!
//! REVIEWSEED_CLUSTER_PRODUCTS and REVIEWSEED_CLUSTER_ROUNDS say how much.

#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../it/harness.rs"]
mod harness;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use harness::{Ran, Scratch, Server, execute, folder, ran, reviewseed, rows, run};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(300);

/// One at a time: three servers are as much as a small machine takes.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    GroupReplication,
    Galera,
}

/// A cluster that stands, and nobody else uses meanwhile.
struct Cluster {
    kind: Kind,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    fn up(kind: Kind) -> Cluster {
        let turn = TURN.lock().unwrap_or_else(|broken| broken.into_inner());
        let cluster = Cluster { kind, _turn: turn };
        cluster.tell(&["up"]);
        cluster
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::GroupReplication => "group-replication",
            Kind::Galera => "galera",
        }
    }

    /// The server that stands alone, of the same making.
    fn alone(&self) -> Server {
        match self.kind {
            Kind::GroupReplication => Server::MySQL,
            Kind::Galera => Server::MariaDB,
        }
    }

    fn tell(&self, arguments: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/cluster");
        // what it starts lives on, and must hold none of our pipes
        let folder = folder();
        let said = folder.path().join("said");
        let mut command = Command::new(script);
        command.arg(self.name()).args(arguments);
        command.stdout(File::create(&said).unwrap());
        let status = command.status().unwrap();
        assert!(status.success(), "scripts/cluster {arguments:?}: {status}");
        fs::read_to_string(said).unwrap().trim().to_owned()
    }

    /// All members in one URL.
    fn url(&self, database: &str) -> String {
        let url = self.tell(&["url"]);
        format!("{}/{database}", url.rsplit_once('/').unwrap().0)
    }

    /// The URL of each member, and whether it is the one that takes rows (the first, in Galera).
    fn members(&self, database: &str) -> Vec<(String, bool)> {
        let (urls, states) = (self.tell(&["urls"]), self.tell(&["status"]));
        let member = |(at, (url, state)): (usize, (&str, &str))| {
            let takes = match self.kind {
                Kind::GroupReplication => state.ends_with("PRIMARY"),
                Kind::Galera => at == 0,
            };
            let server = url.rsplit_once('/').unwrap().0;
            (format!("{server}/{database}"), takes)
        };
        urls.lines()
            .zip(states.lines())
            .enumerate()
            .map(member)
            .collect()
    }

    /// Number and URL of the member that takes rows.
    fn first(&self, database: &str) -> (usize, String) {
        let mut members = self.members(database).into_iter().enumerate();
        let (at, (url, _)) = members.find(|(_, (_, takes))| *takes).expect("a primary");
        (at + 1, url)
    }

    /// Makes an empty database.
    fn database(&self, name: &str) {
        let (_, url) = self.first("reviews");
        execute(
            &url,
            &format!(
                "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4"
            ),
        );
    }

    fn drop_database(&self, name: &str) {
        execute(&self.first("reviews").1, &format!("DROP DATABASE {name}"));
    }
}

fn number(name: &str, otherwise: u32) -> u32 {
    let asked = std::env::var(format!("REVIEWSEED_CLUSTER_{name}")).ok();
    let asked = asked.filter(|value| !value.is_empty());
    asked.map_or(otherwise, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number"))
    })
}

fn generate(home: &Path) {
    let products = number("PRODUCTS", 3_001).to_string();
    run(
        home,
        [
            "generate",
            "csv",
            "-q",
            "--variant",
            "dirty",
            "--products",
            &products,
        ],
    )
    .exits(0);
}

const SEED: [&str; 8] = [
    "seed",
    "csv",
    "--batch-size",
    "128K",
    "--connections",
    "2",
    "--report",
    "report.json",
];

fn seed(home: &Path, url: &str, more: &[&str]) -> Ran {
    ran(reviewseed(home)
        .timeout(LIMIT)
        .args(SEED)
        .args(["--database-url", url])
        .args(more))
}

/// What the report says of the rows; not how long it took.
fn counted(home: &Path) -> Vec<(String, Vec<Value>)> {
    let report: Value =
        serde_json::from_slice(&fs::read(home.join("report.json")).unwrap()).unwrap();
    let table = |table: &Value| {
        let counts = ["read", "loaded", "rejected", "checksum"].map(|name| table[name].clone());
        (table["name"].as_str().unwrap().to_owned(), counts.to_vec())
    };
    report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(table)
        .collect()
}

fn counted_alone(server: Server, home: &Path) -> Vec<(String, Vec<Value>)> {
    let alone = Scratch::new(server);
    seed(home, alone.url(), &[]).exits(0);
    counted(home)
}

fn every_member_holds_the_rows(home: &Path, url: &str) {
    let verified = run(home, ["verify", "--members", "--database-url", url]).exits(0);
    assert_eq!(
        verified.stderr.matches("holds the same rows").count(),
        3,
        "{}",
        verified.stderr
    );
}

/// What a stand-alone server gets, every member gets.
fn members_get_what_a_server_alone_gets(kind: Kind) {
    let cluster = Cluster::up(kind);
    let home = folder();
    let home = home.path();
    generate(home);
    let alone = counted_alone(cluster.alone(), home);
    cluster.database("same");
    let url = cluster.url("same");
    let ran = seed(home, &url, &["-v"]).exits(0);
    ran.says("precheck: pass: transaction size: a batch is a transaction of some 131072 bytes");
    assert_eq!(counted(home), alone);
    every_member_holds_the_rows(home, &url);

    // one member that differs is named
    let mut members = cluster.members("same").into_iter();
    let (url_of_other, _) = members.find(|(_, takes)| !takes).unwrap();
    match kind {
        Kind::GroupReplication => execute(
            &url_of_other,
            "SET GLOBAL super_read_only = 0; SET GLOBAL read_only = 0; SET SESSION sql_log_bin = 0; DELETE FROM reviews_photos LIMIT 1; SET GLOBAL super_read_only = 1",
        ),
        Kind::Galera => execute(
            &url_of_other,
            "SET SESSION wsrep_on = 0; DELETE FROM reviews_photos LIMIT 1",
        ),
    }
    let address = url_of_other.split(['@', '/']).nth(3).unwrap();
    run(home, ["verify", "--members", "--database-url", &url])
        .exits(1)
        .says(&format!(
            "error: verify: member {address}: reviews_photos: holds "
        ));
    cluster.drop_database("same");
}

/// Members that take no rows, and wishes that would part them, are refused before anything is changed.
fn what_would_part_the_members_is_refused(kind: Kind) {
    let cluster = Cluster::up(kind);
    let home = folder();
    let home = home.path();
    generate(home);
    cluster.database("refused");
    let url = cluster.url("refused");
    seed(home, &url, &["--skip-binlog"])
        .exits(2)
        .says("would keep the rows from the other members of its cluster");
    if kind == Kind::GroupReplication {
        let primary = cluster.first("refused").1;
        let address = primary.split(['@', '/']).nth(3).unwrap().to_owned();
        for (member, _) in cluster
            .members("refused")
            .iter()
            .filter(|(_, takes)| !takes)
        {
            seed(home, member, &[])
                .exits(2)
                .says("takes no rows (online secondary)")
                .says(&format!("name {address} in --database-url, the primary"));
        }
    }
    assert!(
        rows(&cluster.first("refused").1, "SHOW TABLES")
            .unwrap()
            .is_empty()
    );
    cluster.drop_database("refused");
}

/// The member that is loaded through is killed; the run goes on at the next, to the same end.
fn a_killed_member_costs_nothing(kind: Kind) {
    let cluster = Cluster::up(kind);
    let home = folder();
    let home = home.path();
    generate(home);
    let alone = counted_alone(cluster.alone(), home);
    for round in 0..number("ROUNDS", 1) {
        cluster.tell(&["up"]);
        let name = format!("killed_{round}");
        cluster.database(&name);
        let url = cluster.url(&name);
        let (victim, victims_url) = cluster.first(&name);
        let said = home.join("said");
        let mut child = Command::new(env!("CARGO_BIN_EXE_reviewseed"))
            .current_dir(home)
            .args(SEED)
            .args(["--database-url", &url])
            .stdin(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let batches = |url: &str| {
            let found = rows(
                url,
                "SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_batches",
            );
            found
                .ok()
                .and_then(|rows| rows[0][0].clone()?.parse::<u32>().ok())
                .unwrap_or(0)
        };
        // somewhere in the load, each round at another place
        while batches(&victims_url) < 3 + 7 * round {
            assert!(
                began.elapsed() < LIMIT && child.try_wait().unwrap().is_none(),
                "round {round}: no batch came in"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        cluster.tell(&["kill", &victim.to_string()]);
        let status = child.wait().unwrap();
        let said = fs::read_to_string(&said).unwrap();
        assert!(status.success(), "round {round}: {status}\n{said}");
        assert!(
            said.contains("trying again"),
            "round {round}: killed too late\n{said}"
        );
        assert_eq!(counted(home), alone, "round {round}");
        run(home, ["verify", "--database-url", &url]).exits(0);
        // the killed one comes back, and has it all too
        cluster.tell(&["up"]);
        every_member_holds_the_rows(home, &url);
        cluster.drop_database(&name);
    }
}

macro_rules! on_both_clusters {
    ($($name:ident),*) => {$(
        mod $name {
            use super::Kind;

            #[test]
            fn group_replication() {
                super::$name(Kind::GroupReplication);
            }

            #[test]
            fn galera() {
                super::$name(Kind::Galera);
            }
        }
    )*};
}
on_both_clusters!(
    members_get_what_a_server_alone_gets,
    what_would_part_the_members_is_refused,
    a_killed_member_costs_nothing
);
