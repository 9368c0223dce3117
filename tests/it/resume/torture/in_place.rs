//! Rounds on a private server that only this run uses: it is stopped, files of tables are replaced,
//! and it is started again. As long as other sessions are open, the server is not stopped, so that
//! nothing may ask it for the phase of the run.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Case;
use super::plan::Phase;
use super::strike::Attempt;
use crate::support::harness::Server;

const POLL: Duration = Duration::from_millis(1);

/// The step of a replacement of files, as its mark file says; `None` without a replacement.
pub fn step(home: &Path) -> Option<Phase> {
    let mark = fs::read(home.join(".reviewseed/server/replaced-files.json")).ok()?;
    let mark: serde_json::Value = serde_json::from_slice(&mark).unwrap();
    match mark["progress"].as_str().unwrap() {
        "Stopping" => Some(Phase::Stop),
        "Placing" => Some(Phase::Place),
        "Starting" => Some(Phase::Start),
        other => panic!("the mark of a replacement says {other:?}"),
    }
}

/// About how long a step takes.
fn length(step: Phase) -> Duration {
    match step {
        Phase::Stop | Phase::Start => Duration::from_millis(1_200),
        _ => Duration::from_millis(1),
    }
}

/// Waits for a moment of a step, or for this share of the time of the whole run. `false` when the
/// run ends before. MariaDB imports the files, so that there are no such steps.
pub fn wait(run: &mut Attempt, (aim, share): (Phase, f64), whole: Duration) -> bool {
    let bench = run.case().bench;
    if aim == Phase::Load || bench.server == Server::MariaDB {
        std::thread::sleep(whole.mul_f64(share));
        return run.ended().is_none();
    }
    loop {
        match step(&bench.home) {
            Some(now) if now >= aim => break,
            // a replacement takes less than a millisecond
            Some(_) => {}
            None => std::thread::sleep(POLL),
        }
        if run.ended().is_some() {
            return false;
        }
    }
    std::thread::sleep(length(aim).mul_f64(share));
    run.ended().is_none()
}

/// Nothing is left of a replacement of files.
#[track_caller]
pub fn nothing_is_left(case: &Case) {
    let home = &case.bench.home;
    assert_eq!(step(home), None);
    let folder = home
        .join(".reviewseed/server/data")
        .join(case.scratch.name());
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<String> = names.filter(|name| name.contains(".reviewseed")).collect();
    assert_eq!(left, Vec::<String>::new());
}
