//! The complete load tests that `targets --script` writes beside a list.

use std::fs;

use super::targets_from;
use crate::support::data::Files;

#[test]
fn a_test_is_written_next_to_the_list_but_replaces_no_other() {
    let files = Files::small();
    let write = || {
        targets_from(
            &files,
            &[
                "--format",
                "k6",
                "--script",
                "-o",
                "ids.json",
                "--url",
                "http://127.0.0.1:9/p/{product_id}",
            ],
        )
    };
    write().exits(0).says("the test is in ids.js");
    let script = fs::read_to_string(files.path("ids.js")).unwrap();
    assert!(
        script.contains("open('./ids.json')")
            && script.contains("http://127.0.0.1:9")
            && script.contains("/p/${id}")
    );
    write().exits(0);
    fs::write(files.path("ids.js"), "mine").unwrap();
    fs::write(files.path("ids.json"), "old").unwrap();
    write().exits(2).says("ids.js exists and differs");
    assert_eq!(fs::read_to_string(files.path("ids.js")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(files.path("ids.json")).unwrap(), "old");
}

#[test]
fn the_list_and_the_test_have_the_same_load_and_the_command_is_named() {
    let files = Files::small();
    let arguments = [
        "--format",
        "k6",
        "--script",
        "-o",
        "ids.json",
        "--rate",
        "7",
        "--duration",
        "3s",
    ];
    let said = targets_from(&files, &arguments)
        .exits(0)
        .says("targets: 21 entries")
        .says("next: run the test: k6 run ids.js");
    let list = fs::read(files.path("ids.json")).unwrap();
    let ids: Vec<u64> = serde_json::from_slice(&list).unwrap();
    assert_eq!(ids.len(), 21, "{said:?}");
    let script = fs::read_to_string(files.path("ids.js")).unwrap();
    assert!(
        script.contains("RATE || 7)") && script.contains("duration: '3s'"),
        "{script}"
    );
    for contradiction in [["--count", "5"], ["--duration", "1.5s"]] {
        let all = ["--rate", "7"].iter().chain(&contradiction);
        let all: Vec<&str> = all.copied().collect();
        targets_from(&files, &all).exits(2);
    }
}
