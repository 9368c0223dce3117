//! Runs the binary in the background of a test, which can watch, stop or kill it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::harness::{LIMIT, Ran, TESTERS_SETTINGS, rows};

/// A command that runs the binary in this folder. Its stderr is piped, so that [`ended`] returns
/// it.
pub fn background<A: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reviewseed"));
    for name in TESTERS_SETTINGS {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Waits for the end of a process. If it does not end within the time limit, this kills it and
/// fails the test with its stderr.
pub fn ended(mut child: Child) -> Ran {
    let reading = child.stderr.take().map(|mut stderr| {
        std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        })
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            None if began.elapsed() > LIMIT => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
            ended => break ended,
        }
    };
    child.kill().unwrap();
    let stderr = reading.map_or(String::new(), |text| text.join().unwrap().unwrap());
    let status = status.unwrap_or_else(|| panic!("it did not end within {LIMIT:?}: {stderr}"));
    Ran {
        code: status.code(),
        stdout: String::new(),
        stderr,
    }
}

/// Starts a seed and waits until at least `batches` batches that satisfy `condition` are in the
/// ledger.
pub fn with_batches_in(mut seed: Command, url: &str, batches: u64, condition: &str) -> Child {
    let mut child = seed.spawn().unwrap();
    let began = Instant::now();
    let count = format!("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_batches WHERE {condition}");
    while began.elapsed() < Duration::from_secs(60) {
        if let Ok(found) = rows(url, &count)
            && found[0][0].as_deref().unwrap().parse::<u64>().unwrap() >= batches
        {
            return child;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    panic!(
        "no {batches} batches within a minute: {}",
        ended(child).stderr
    );
}
