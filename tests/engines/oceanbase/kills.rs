//! `seed` is killed at some moment, and the same command is run again: the result is that of an
//! undisturbed run. Kills of the server are not tested: after some of them, the edition for one
//! machine keeps a transaction of no session, and no DDL on any table ends.

use std::path::Path;
use std::time::{Duration, Instant};

use super::OceanBase;
use crate::background::{background, ended};
use crate::harness::{Scratch, folder, run};
use crate::{counted, files, number};

/// The shares of an undisturbed run at which kills fall in turn.
const MOMENTS: [f64; 7] = [0.35, 0.5, 0.42, 0.65, 0.25, 0.8, 0.58];

fn command(home: &Path, scratch: &Scratch, name: &str) -> std::process::Command {
    let mut command = background(home, ["seed", "csv", "--verify", "full"]);
    command
        .args(["--database-url", scratch.url(), "--batch-size", "64K"])
        .args(["--rejects", name, "--report"])
        .arg(home.join(format!("{name}.json")));
    command
}

/// Runs the command until it is through, and returns what came out.
#[expect(clippy::type_complexity, reason = "two lists")]
fn finished(
    home: &Path,
    scratch: &Scratch,
    name: &str,
) -> (Vec<(String, u64, u64, u64, String)>, Vec<(String, Vec<u8>)>) {
    ended(command(home, scratch, name).spawn().unwrap()).exits(0);
    run(home, ["verify", "--database-url", scratch.url()]).exits(0);
    (
        counted(&home.join(format!("{name}.json"))),
        files(&home.join(name)),
    )
}

#[test]
fn a_loader_killed_at_any_moment_has_the_same_result_in_the_next_run() {
    let (server, home) = (OceanBase::start(), folder());
    let home = home.path();
    let generate = [
        "generate",
        "csv",
        "--variant",
        "dirty",
        "-q",
        "--products",
        "3000",
    ];
    run(home, generate).exits(0);
    let began = Instant::now();
    let expected = finished(home, &server.scratch(), "undisturbed");
    let took = began.elapsed();
    let mut struck = 0;
    for round in 0..number("ROUNDS", 4) as usize {
        let (name, scratch) = (format!("round-{round}"), server.scratch());
        let moment = took.mul_f64(MOMENTS[round % MOMENTS.len()]);
        let mut child = command(home, &scratch, &name).spawn().unwrap();
        std::thread::sleep(moment);
        struck += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let found = finished(home, &scratch, &name);
        assert_eq!(found.0, expected.0, "round {round}");
        assert!(found.1 == expected.1, "round {round}: other reject files");
        let again = ended(command(home, &scratch, &name).spawn().unwrap());
        again.exits(0).says("nothing to do");
    }
    assert!(struck > 0, "every kill came too late");
    assert!(took > Duration::from_millis(500));
}
