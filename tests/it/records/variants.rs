//! The generated versions of the data set: `check` and `seed` find exactly the planted faults.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};

const PRODUCTS: &str = "501";

/// Options of `generate` for each variant.
const VARIANTS: [&[&str]; 4] = [
    &["--variant", "iso"],
    &["--variant", "epoch"],
    &["--variant", "dirty"],
    &["--variant", "dirty", "--dirt", "0.2"],
];

/// What is compared of each table; manifest and report have the same words.
fn counts(tables: &Value) -> Vec<Value> {
    let words = ["name", "read", "loaded", "rejected", "rules"];
    let mut counts: Vec<Value> = tables["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| words.iter().map(|word| table[*word].clone()).collect())
        .collect();
    counts.sort_by_key(|table| table[0].as_str().map(str::to_owned));
    counts
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

fn generate(folder: &Path, out: &str, options: &[&str]) -> Value {
    let arguments = ["generate", out, "--products", PRODUCTS, "--seed", "7", "-q"];
    run(folder, arguments.iter().chain(options)).exits(0);
    let manifest = fs::read(folder.join(out).join("manifest.json")).unwrap();
    serde_json::from_slice(&manifest).unwrap()
}

on_both_servers! {
    long
    fn check_and_seed_find_what_was_planted(server: Server) {
        let folder = folder();
        for (number, options) in VARIANTS.iter().enumerate() {
            let files = format!("variant-{number}");
            let planted = counts(&generate(folder.path(), &files, options));
            let spent = ["--max-rejects", "90%", "--report", "-"];
            let checked = run(folder.path(), ["check", &files].iter().chain(&spent));
            let clean = planted.iter().all(|table| table[3] == 0);
            let checked = report(&checked.exits(if clean { 0 } else { 1 }));
            assert_eq!(counts(&checked), planted, "check {options:?}");
            assert_eq!(clean, number < 2, "{options:?}");

            let scratch = Scratch::new(server);
            let database = ["--database-url", scratch.url(), "--verify", "full"];
            let seeded = run(folder.path(), ["seed", &files].iter().chain(&spent).chain(&database));
            let seeded = report(&seeded.exits(0));
            assert_eq!(counts(&seeded), planted, "seed {options:?}");
            for (seeded, checked) in seeded["tables"].as_array().unwrap().iter().zip(checked["tables"].as_array().unwrap()) {
                assert_eq!(seeded["checksum"], checked["checksum"], "{options:?}");
            }
        }
    }
}

/// The joined parts of `generate` give the counts and checksums of the whole data set in `check`,
/// too.
#[test]
fn parts_that_are_joined_are_checked_as_the_whole() {
    let folder = folder();
    let options = ["--variant", "dirty", "--dirt", "0.05"];
    let whole = generate(folder.path(), "whole", &options);
    for part in ["1/3", "2/3", "3/3"] {
        let arguments = [
            "generate",
            "parts",
            "--products",
            PRODUCTS,
            "--seed",
            "7",
            "-q",
            "--part",
            part,
        ];
        run(folder.path(), arguments.iter().chain(&options)).exits(0);
    }
    fs::create_dir(folder.path().join("joined")).unwrap();
    for table in whole["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        let part = |i| fs::read(folder.path().join(format!("parts/{name}-{i}-of-3.csv"))).unwrap();
        let joined = [part(1), part(2), part(3)].concat();
        fs::write(folder.path().join(format!("joined/{name}.csv")), joined).unwrap();
    }
    let check = |files| {
        let arguments = ["check", files, "--max-rejects", "90%", "--report", "-"];
        let report = report(&run(folder.path(), arguments).exits(1));
        let tables = report["tables"].as_array().unwrap().iter();
        let checksums: Vec<Value> = tables.map(|t| t["checksum"].clone()).collect();
        (counts(&report), checksums)
    };
    assert_eq!(check("joined"), check("whole"));
    assert_eq!(check("joined").0, counts(&whole));
}
