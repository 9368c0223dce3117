//! The same rows arrive with every load method: the checksums of the report are equal, and equal
//! those of the server (`--verify full`).

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::data::{Files, sample_data};
use crate::support::harness::{
    Ran, Scratch, Server, execute, on_both_servers, ran, reviewseed, rows, run,
};

type Checksums = BTreeMap<String, String>;

fn checksums(folder: &Path) -> Checksums {
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (text(&t["name"]), text(&t["checksum"])))
        .collect()
}

/// What `check` says of the sample data; it knows no server.
fn of_check(files: &Files, arguments: &[&str]) -> Checksums {
    let folder = files.path("");
    ran(reviewseed(&folder)
        .arg("check")
        .arg(sample_data())
        .args(["--report", "report.json"])
        .args(arguments))
    .exits(0);
    checksums(&folder)
}

fn seed(files: &Files, scratch: &Scratch, arguments: &[&str]) -> Ran {
    let mut command = reviewseed(&files.path(""));
    command.arg("seed").arg(sample_data()).args([
        "--report",
        "report.json",
        "--verify",
        "full",
        "--database-url",
        scratch.url(),
    ]);
    ran(command.args(arguments)).exits(0)
}

on_both_servers! {
    long
    fn every_load_method_gives_the_checksums_of_check(server: Server) {
        let files = Files::none();
        let expected = of_check(&files, &[]);
        assert_eq!(expected.len(), 4);
        let ways: [&[&str]; 5] = [
            &["--load", "local-infile", "--connections", "1", "--batch-size", "2M", "--threads", "1"],
            &["--load", "local-infile", "--connections", "4", "--batch-size", "4K", "--threads", "4"],
            &["--load", "auto", "--connections", "4", "--batch-size", "64K", "--threads", "1"],
            &["--load", "insert", "--connections", "4", "--batch-size", "64K", "--threads", "4"],
            &["--load", "insert", "--connections", "1", "--batch-size", "2M"],
        ];
        for way in ways {
            let scratch = Scratch::new(server);
            seed(&files, &scratch, way);
            assert_eq!(checksums(&files.path("")), expected, "{way:?}");
            let load = files.report()["server"]["load"].clone();
            assert_eq!(load, if way[1] == "auto" { "local-infile" } else { way[1] });
        }
    }
}

#[test]
fn check_gives_the_same_checksums_with_any_batches_and_threads() {
    let files = Files::none();
    let expected = of_check(&files, &[]);
    for (batch, threads) in [("100", "2"), ("4K", "1"), ("1G", "4")] {
        assert_eq!(
            of_check(&files, &["--batch-size", batch, "--threads", threads]),
            expected
        );
    }
}

on_both_servers! {
    // on the second server, because no other test may be affected by the switch
    fn a_server_without_local_infile_gets_inserts_and_its_settings_are_unchanged(server: Server) {
        let files = Files::none();
        let expected = of_check(&files, &[]);
        let url = server.second_url();
        let switch = || rows(url, "SELECT @@GLOBAL.local_infile + 0").unwrap()[0][0].clone().unwrap();
        let before = switch();
        execute(url, "SET GLOBAL local_infile = OFF");
        let scratch = Scratch::at(url);
        seed(&files, &scratch, &[]).says("local_infile=OFF").says("using INSERT").says("--set-global");
        assert_eq!(checksums(&files.path("")), expected);
        assert_eq!(files.report()["server"]["load"], "insert");
        assert_eq!(switch(), "0");

        // who insists is told what to do
        let other = Scratch::at(url);
        let data = sample_data();
        let arguments = ["seed", data.to_str().unwrap(), "--load", "local-infile", "--database-url", other.url()];
        run(&files.path(""), arguments).exits(2).says("local_infile=OFF").says("--load insert");
        execute(url, &format!("SET GLOBAL local_infile = {before}"));
    }
}
