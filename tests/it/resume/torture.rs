//! Torture: `seed` is killed at random moments, by SIGKILL of `seed` or of the server, and the same
//! command is run again.
//!
//! The result is compared with that of an undisturbed run of the same files on the same server:
//! rows, checksums, rejected records and the bytes of the reject files are equal, a full `verify`
//! passes, and no temporary tables or settings are left. The moments are spread so that every phase
//! is hit. `make torture` runs many rounds with many rows; without it, the test is short.
//!
//! `plan` determines a round, `strike` executes it, `outcome` compares the results, and `tally`
//! counts the phases of the kills.

mod outcome;
mod plan;
mod strike;
mod tally;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::support::harness::{Scratch, Server, on_both_servers, run};
use crate::support::running::Running;
use outcome::Outcome;
use plan::{Phase, Round};
use strike::{Attempt, End, Timeline};
use tally::Tally;

/// How much of it, from the environment: `make torture` sets it.
struct Extent {
    first: u32,
    rounds: u32,
    seed: u64,
    products: String,
}

impl Extent {
    fn read() -> Extent {
        let asked = |name: &str| {
            let value = std::env::var(format!("REVIEWSEED_TORTURE_{name}")).ok();
            value.filter(|v| !v.is_empty())
        };
        let number = |name: &str, otherwise: u64| {
            asked(name).map_or(otherwise, |v| {
                v.parse()
                    .unwrap_or_else(|_| panic!("{name}={v} is no number"))
            })
        };
        Extent {
            first: u32::try_from(number("FIRST", 0)).unwrap(),
            rounds: u32::try_from(number("ROUNDS", 2)).unwrap(),
            seed: number("SEED", 1),
            products: number("PRODUCTS", 600).to_string(),
        }
    }
}

/// A server that no other test uses, because it is killed too, and the folder with the input.
struct Bench {
    server: Server,
    home: PathBuf,
    url: String,
}

impl Bench {
    fn new(server: Server, products: &str) -> Bench {
        let name = match server {
            Server::MySQL => "mysql-torture",
            Server::MariaDB => "mariadb-torture",
        };
        let url = server.start(name, &[]);
        let home = Server::home(name);
        let generate = ["generate", "csv", "--overwrite", "-q"];
        let dirty = ["--variant", "dirty", "--products", products];
        run(&home, generate.iter().chain(&dirty)).exits(0);
        Bench { server, home, url }
    }

    /// Kills the server.
    fn kill(&self) {
        Running::find(&self.home).kill();
    }

    /// Starts the server again after it was killed.
    fn restart(&self) {
        Running::start(self.server, &self.home, &[]);
    }

    /// An empty folder for what one run leaves.
    fn evidence(&self, name: &str) -> PathBuf {
        let folder = self.home.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

/// The undisturbed run: what must come out, and how long each phase takes.
fn undisturbed(bench: &Bench) -> (Outcome, Timeline) {
    let scratch = Scratch::at(&bench.url);
    let evidence = bench.evidence("undisturbed");
    let mut attempt = Attempt::start(bench, &scratch, &evidence, &Round::UNDISTURBED);
    let timeline = attempt.watch_to_the_end();
    (Outcome::of(bench, &scratch, &evidence), timeline)
}

/// One round: where its kills fell; `None` when the first came too late, so that it has to be
/// repeated.
fn round(
    bench: &Bench,
    round: &Round,
    expected: &Outcome,
    timeline: &Timeline,
    evidence: &Path,
) -> Option<Vec<(Phase, plan::Victim)>> {
    let scratch = Scratch::at(&bench.url);
    if round.set_global {
        scratch.execute("SET GLOBAL local_infile = OFF");
    }
    let mut struck = Vec::new();
    for kill in &round.kills {
        let mut attempt = Attempt::start(bench, &scratch, evidence, round);
        match attempt.strike(bench, kill, timeline) {
            End::TooLate if struck.is_empty() => return None,
            // the first kill was the last moment, and what was left was soon done
            End::TooLate => break,
            End::Struck(phase) => struck.push((phase, kill.victim)),
        }
    }
    Attempt::start(bench, &scratch, evidence, round).finish();
    expected.compare(&Outcome::of(bench, &scratch, evidence));
    outcome::nothing_is_left(&scratch, round);
    Attempt::start(bench, &scratch, evidence, round).finds_nothing_to_do();
    scratch.execute("SET GLOBAL local_infile = ON");
    Some(struck)
}

on_both_servers! {
    long
    fn a_run_killed_anywhere_has_the_same_result(server: Server) {
        let extent = Extent::read();
        let bench = Bench::new(server, &extent.products);
        let (expected, timeline) = undisturbed(&bench);
        let mut tally = Tally::new(server, extent.seed, &timeline);
        for number in extent.first..extent.first + extent.rounds {
            let mut planned = Round::plan(extent.seed, number);
            let evidence = bench.evidence(&format!("round-{number}"));
            tally.begin(number, &planned, &evidence);
            let began = Instant::now();
            let struck = loop {
                match round(&bench, &planned, &expected, &timeline, &evidence) {
                    Some(struck) => break struck,
                    None => planned.hurry(),
                }
            };
            tally.end(number, &struck, began.elapsed());
            fs::remove_dir_all(&evidence).unwrap();
        }
        tally.finish();
        fs::remove_dir_all(bench.home.join("csv")).unwrap();
        fs::remove_dir_all(bench.home.join("undisturbed")).unwrap();
    }
}
