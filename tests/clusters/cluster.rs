//! A cluster that `scripts/cluster` has started, and what every test does with one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::harness::{Ran, Scratch, Server, execute, folder, ran, reviewseed, rows, run};
use serde_json::Value;
use tempfile::TempDir;

pub const LIMIT: Duration = Duration::from_secs(300);

/// One at a time: three servers are as much as a small machine takes.
static TURN: Mutex<()> = Mutex::new(());

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    GroupReplication,
    Galera,
}

/// A running cluster, which no other test uses at the same time.
pub struct Cluster {
    pub kind: Kind,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    pub fn up(kind: Kind) -> Cluster {
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

    /// A stand-alone server of the same program.
    pub fn alone(&self) -> Server {
        match self.kind {
            Kind::GroupReplication => Server::MySQL,
            Kind::Galera => Server::MariaDB,
        }
    }

    pub fn tell(&self, arguments: &[&str]) -> String {
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
    pub fn url(&self, database: &str) -> String {
        let url = self.tell(&["url"]);
        format!("{}/{database}", url.rsplit_once('/').unwrap().0)
    }

    /// The URL of each member, and whether it is the one that takes rows (the first in Galera).
    pub fn members(&self, database: &str) -> Vec<(String, bool)> {
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

    /// Number (as `scripts/cluster kill` counts) and URL of the member that takes rows.
    pub fn first(&self, database: &str) -> (usize, String) {
        let mut members = self.members(database).into_iter().enumerate();
        let (at, (url, _)) = members.find(|(_, (_, takes))| *takes).expect("a primary");
        (at + 1, url)
    }

    /// Makes every member of a Group Replication group a primary, until what is given back is
    /// dropped, also by a test that fails: a member that was ended cannot join such a group again.
    pub fn several_primaries(&self) -> SeveralPrimaries {
        let admin = self.first("reviews").1;
        switch(&admin, "multi").unwrap();
        SeveralPrimaries { admin }
    }

    /// Ends a member as `scripts/cluster kill` does, but in this moment.
    pub fn kill_at_once(&self, process: u32) {
        let process = i32::try_from(process).unwrap();
        let id = rustix::process::Pid::from_raw(process).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
        // until somebody has looked it is there, without a command line
        let line = format!("/proc/{process}/cmdline");
        while fs::read(&line).is_ok_and(|line| !line.is_empty()) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn process(&self, member: usize) -> u32 {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(".servers/cluster");
        let file = root.join(self.name()).join(format!("{member}/pid"));
        fs::read_to_string(file).unwrap().trim().parse().unwrap()
    }

    /// Makes an empty database; every member of a group has it then.
    pub fn database(&self, name: &str) {
        let (_, url) = self.first("reviews");
        let everywhere = match self.kind {
            Kind::GroupReplication => "SET SESSION group_replication_consistency = 'AFTER';",
            Kind::Galera => "",
        };
        execute(
            &url,
            &format!(
                "{everywhere} DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4"
            ),
        );
    }

    pub fn drop_database(&self, name: &str) {
        execute(&self.first("reviews").1, &format!("DROP DATABASE {name}"));
    }
}

pub fn number(name: &str, otherwise: u32) -> u32 {
    let asked = std::env::var(format!("REVIEWSEED_CLUSTER_{name}")).ok();
    let asked = asked.filter(|value| !value.is_empty());
    asked.map_or(otherwise, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number"))
    })
}

/// A group in multi-primary mode.
pub struct SeveralPrimaries {
    admin: String,
}

impl Drop for SeveralPrimaries {
    fn drop(&mut self) {
        let back = switch(&self.admin, "single");
        assert!(back.is_ok() || std::thread::panicking(), "{back:?}");
    }
}

fn switch(admin: &str, mode: &str) -> Result<(), sqlx::Error> {
    let sql = format!("SELECT group_replication_switch_to_{mode}_primary_mode()");
    rows(admin, &sql).map(drop)
}

/// A cluster that is up, and a folder with data for it.
pub fn with_data(kind: Kind) -> (Cluster, TempDir) {
    let (cluster, home) = (Cluster::up(kind), folder());
    generate(home.path());
    (cluster, home)
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

pub const SEED: [&str; 8] = [
    "seed",
    "csv",
    "--batch-size",
    "128K",
    "--connections",
    "2",
    "--report",
    "report.json",
];

pub fn seed(home: &Path, url: &str, more: &[&str]) -> Ran {
    ran(reviewseed(home)
        .timeout(LIMIT)
        .args(SEED)
        .args(["--database-url", url])
        .args(more))
}

/// What the report says of the rows; not how long it took.
pub fn counted(home: &Path) -> Vec<(String, Vec<Value>)> {
    let report: Value =
        serde_json::from_slice(&fs::read(home.join("report.json")).unwrap()).unwrap();
    let table = |table: &Value| {
        let counts =
            ["read", "loaded", "rejected", "rules", "checksum"].map(|name| table[name].clone());
        (table["name"].as_str().unwrap().to_owned(), counts.to_vec())
    };
    report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(table)
        .collect()
}

pub fn counted_alone(server: Server, home: &Path) -> Vec<(String, Vec<Value>)> {
    let alone = Scratch::new(server);
    seed(home, alone.url(), &[]).exits(0);
    counted(home)
}

pub fn every_member_holds_the_rows(home: &Path, url: &str) {
    let verified = run(home, ["verify", "--members", "--database-url", url]).exits(0);
    assert_eq!(
        verified.stderr.matches("holds the same rows").count(),
        3,
        "{}",
        verified.stderr
    );
}

/// A `seed` that is under way.
pub struct Seeding {
    child: Child,
    said: PathBuf,
}

impl Seeding {
    pub fn start(home: &Path, url: &str, more: &[&str]) -> Seeding {
        let said = home.join("said");
        let child = Command::new(env!("CARGO_BIN_EXE_reviewseed"))
            .current_dir(home)
            .args(SEED)
            .args(["--database-url", url])
            .args(more)
            .stdin(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Seeding { child, said }
    }

    /// Waits for a moment of the run.
    pub fn until(&mut self, what: &str, is_now: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_now() {
            assert!(
                began.elapsed() < LIMIT && self.child.try_wait().unwrap().is_none(),
                "{what}: not seen\n{}",
                fs::read_to_string(&self.said).unwrap()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn is_under_way(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end; gives whether it was a good one, and what was said.
    pub fn ends(mut self) -> (bool, String) {
        let status = self.child.wait().unwrap();
        (status.success(), fs::read_to_string(&self.said).unwrap())
    }

    /// The same, and it must be a good one.
    pub fn ends_well(self) -> String {
        let (well, said) = self.ends();
        assert!(well, "{said}");
        said
    }
}

/// A value of the ledger; none while there is no ledger, or no server.
fn of_ledger(url: &str, sql: &str) -> Option<String> {
    rows(url, sql).ok()?.first()?.first()?.clone()
}

/// Batches that are in.
pub fn batches(url: &str) -> u32 {
    let found = of_ledger(
        url,
        "SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_batches",
    );
    found.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The phase that a run is in.
pub fn is_in_phase(url: &str, phase: &str) -> bool {
    let found = of_ledger(url, "SELECT CAST(phase AS CHAR) FROM _reviewseed_runs");
    found.as_deref() == Some(phase)
}
