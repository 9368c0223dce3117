//! Limits of the process that are too low: a command names the limit before it begins its work.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use crate::support::data::{Files, reviews};

/// Runs `check` of a file with 60,000 rows under limits that the programs `before` set.
fn check(before: &[&str]) -> (Option<i32>, String) {
    let files = Files::none();
    files.put("reviews", reviews(60_000));
    let ran = Command::new(before[0])
        .args(&before[1..])
        .args([
            env!("CARGO_BIN_EXE_reviewseed"),
            "check",
            "csv",
            "--tables",
            "reviews",
            "-q",
        ])
        .env("REVIEWSEED_CONFIG", "/dev/null")
        .current_dir(files.path(""))
        .output()
        .unwrap();
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

#[test]
fn a_limit_of_memory_that_is_too_low_is_named_and_a_higher_one_is_enough() {
    for (limit, code, words) in [
        (
            "--data=20000000",
            2,
            "ulimit -d leaves this program 19 MB of memory, and it needs",
        ),
        ("--data=80000000", 0, ""),
    ] {
        let (ended, said) = check(&["prlimit", limit]);
        assert_eq!(ended, Some(code), "{limit}: {said}");
        assert!(said.contains(words), "{limit}: {said}");
    }
}

#[test]
fn threads_that_the_system_refuses_are_an_error_that_names_the_limit() {
    // the limit does not hold for root, so another account runs a copy that it can read
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o777)).unwrap();
    let program = place.path().join("reviewseed");
    fs::copy(env!("CARGO_BIN_EXE_reviewseed"), &program).unwrap();
    let is_root = fs::metadata(place.path()).unwrap().uid() == 0;
    let other = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    let account = if is_root { &other[..] } else { &[] };
    let before = [account, &["prlimit", "--nproc=1"]].concat();
    let ran = Command::new(before[0])
        .args(&before[1..])
        .args([program.as_os_str(), "check".as_ref(), "none".as_ref()])
        .env("REVIEWSEED_CONFIG", "/dev/null")
        .current_dir(place.path())
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("threads that it needs"), "{said}");
    assert!(
        said.contains("ulimit -u allows this account 1 processes"),
        "{said}"
    );
}
