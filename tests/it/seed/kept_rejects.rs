//! A run replaces the reject files of an earlier run only. It keeps reject files with corrected
//! records, and files of other programs.

use std::fs;
use std::process::Command;

use crate::support::data::{Files, reviews};
use crate::support::harness::{Scratch, Server, on_both_servers};

/// Files of which reviews has a record that is rejected.
fn with_a_reject() -> Files {
    let files = Files::small();
    files.put(
        "reviews",
        reviews(30) + "31,7,six,1607788495627,s,b,true,false,Ann,a@example.com,null,3\n",
    );
    files
}

#[test]
fn a_reject_file_that_was_edited_is_kept_and_the_rejects_are_written_to_another_folder() {
    let files = with_a_reject();
    files.check(&[]).exits(1);
    let left = files.rejects("reviews.csv");
    // what a run left so is replaced
    assert!(!files.check(&[]).exits(1).stderr.contains("warning"));
    assert!(!files.path("rejects-2").exists());

    let corrected = String::from_utf8(left.clone()).unwrap().replace("six", "5");
    fs::write(files.path("rejects/reviews.csv"), &corrected).unwrap();
    let kept = "warning: files that were edited, or that reviewseed did not write, are kept: rejects/reviews.csv; this run writes its rejects to rejects-2/";
    for _ in 0..2 {
        files
            .check(&[])
            .exits(1)
            .says(kept)
            .says("rejected records and reasons are in rejects-2/");
        assert_eq!(files.rejects("reviews.csv"), corrected.as_bytes());
        assert_eq!(fs::read(files.path("rejects-2/reviews.csv")).unwrap(), left);
    }
    // that one is edited, too, and one is the input
    fs::write(files.path("rejects-2/reviews.reasons.csv"), "mine").unwrap();
    files
        .check(&["--tables", "reviews"])
        .exits(1)
        .says("its rejects to rejects-3/");
    let input = [
        "--map",
        "reviews=rejects-3/reviews.csv",
        "--tables",
        "reviews",
        "--max-rejects",
        "100%",
    ];
    files
        .check(&input)
        .exits(1)
        .says("its rejects to rejects-4/");
    assert_eq!(
        fs::read(files.path("rejects-2/reviews.reasons.csv")).unwrap(),
        b"mine"
    );
    assert_eq!(fs::read(files.path("rejects-3/reviews.csv")).unwrap(), left);
}

#[test]
fn a_file_of_another_program_is_kept_even_if_nothing_is_rejected() {
    let files = Files::small();
    fs::create_dir(files.path("out")).unwrap();
    for (name, text) in [
        ("reviews.csv", ""),
        ("reviews_photos.broken", "x"),
        ("other.csv", "y"),
    ] {
        fs::write(files.path("out").join(name), text).unwrap();
    }
    fs::create_dir(files.path("out/characteristics.csv")).unwrap();
    let ran = files.check(&["--rejects", "out"]).exits(0);
    let ran = ran.says(
        "kept: out/reviews.csv, out/characteristics.csv, out/reviews_photos.broken; this run",
    );
    assert!(!ran.stderr.contains("other.csv"), "{}", ran.stderr);
    assert!(!files.path("out-2").exists(), "nothing was put into it");
    assert_eq!(fs::read(files.path("out/reviews.csv")).unwrap(), b"");
    assert_eq!(
        fs::read(files.path("out/reviews_photos.broken")).unwrap(),
        b"x"
    );
    // only the tables that are read are of interest
    files
        .check(&[
            "--rejects",
            "out",
            "--tables",
            "characteristic_reviews,reviews",
        ])
        .exits(0)
        .says("kept: out/reviews.csv; this run");
}

#[test]
fn what_a_killed_run_was_writing_is_removed_and_what_a_live_one_writes_is_not() {
    let files = with_a_reject();
    files.check(&[]).exits(1);
    let mut gone = Command::new("true").spawn().unwrap();
    let process = gone.id();
    gone.wait().unwrap();
    let hidden = |process: u32| files.path(&format!("rejects/.reviews.csv.run-{process}"));
    fs::write(hidden(process), "half").unwrap();
    fs::write(hidden(std::process::id()), "half").unwrap();
    files.check(&[]).exits(1);
    assert!(!hidden(process).exists());
    assert!(hidden(std::process::id()).exists());
}

#[test]
fn a_run_that_fails_leaves_its_rejects_and_the_next_run_replaces_them() {
    let files = with_a_reject();
    let bad = "x,7,4,1607788495627,s,b,true,false,Ann,a@example.com,null,3\n".repeat(40);
    files.put("reviews", reviews(30) + &bad);
    let reading = ["--schema", "missing.sql"];
    files.check(&reading).exits(2);
    files.check(&["--max-rejects", "0"]).exits(1);
    assert_eq!(files.rejected("reviews").len(), 40);
    files.put("reviews", reviews(30));
    files.check(&[]).exits(0);
    assert!(files.rejected("reviews").is_empty());
    assert_eq!(fs::read_dir(files.path("rejects")).unwrap().count(), 0);
}

on_both_servers! {
    fn corrected_records_survive_a_seed_of_the_same_files(server: Server) {
        let (files, scratch) = (with_a_reject(), Scratch::new(server));
        let seeded = files.seed(&scratch, &[]).exits(0);
        assert!(seeded.stderr.contains(" --append --rejects rejects-2 "), "{}", seeded.stderr);
        let again = files.seed(&scratch, &[]).exits(0).says("nothing to do");
        assert!(again.stderr.contains(" --append --rejects rejects-2 "), "the rejects are still there: {}", again.stderr);
        fs::write(files.path("rejects/reviews.csv"), "corrected").unwrap();
        for arguments in [&[][..], &["--dry-run"], &["--replace"]] {
            files.seed(&scratch, arguments).exits(0).says("kept: rejects/reviews.csv; this run");
            assert_eq!(files.rejects("reviews.csv"), b"corrected");
        }
        // no command for a folder without rejects
        let other = files.seed(&scratch, &["--rejects", "r9"]).exits(0).says("nothing to do");
        assert!(!other.stderr.contains("--append"), "{}", other.stderr);
    }
}

#[test]
fn a_report_replaces_a_report_and_no_other_file() {
    let files = Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY);");
    files.put("t", "id\n1\n");
    for (name, words) in [
        ("schema.sql", "the file exists and is not a report"),
        ("csv/t.csv", "a report is a page (.html) or JSON (.json)"),
        ("notes.html", "the file exists and is not a report"),
        ("package.json", "the file exists and is not a report"),
    ] {
        if !files.path(name).exists() {
            fs::write(files.path(name), "{\"name\": \"x\"}\n").unwrap();
        }
        let before = fs::read(files.path(name)).unwrap();
        files
            .check(&["--report", name])
            .exits(2)
            .says(&format!("cannot write the report to {name}: "))
            .says(words);
        assert_eq!(fs::read(files.path(name)).unwrap(), before, "{name}");
    }
    fs::write(files.path("empty.json"), "").unwrap();
    for _ in 0..2 {
        files
            .check(&["--report", "r.html", "--report", "empty.json"])
            .exits(0);
    }
    // a page where the JSON was, and the other way round, are reports all the same
    fs::rename(files.path("r.html"), files.path("empty.json")).unwrap();
    files.check(&["--report", "empty.json"]).exits(0);
}
