//! The end of the output of `check` and `seed`: the table, the reasons, the last line.

use crate::support::data::{Files, sample_data};
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, ran, reviewseed};

fn checked(files: &Files, arguments: &[&str]) -> Ran {
    let mut command = reviewseed(&files.path(""));
    ran(command
        .arg("check")
        .arg(sample_data().join("dirty"))
        .args(["--max-rejects", "100%", "--report", "r.json"])
        .args(arguments))
}

fn report(files: &Files) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(files.path("r.json")).unwrap()).unwrap()
}

#[test]
fn the_last_line_and_the_reports_say_the_same() {
    let files = Files::none();
    let said = checked(&files, &[]).exits(1);
    let last = said.stderr.lines().last().unwrap();
    assert!(
        last.starts_with("! 15 of 29 records accepted (51.7 %), 14 rejected, "),
        "{last}"
    );
    let conclusion = report(&files)["conclusion"].as_str().unwrap().to_owned();
    assert_eq!(last, format!("! {conclusion}"));
    assert!(said.stderr.starts_with("check: files of "), "{said:?}");
    assert!(!said.stderr.contains('\u{1b}'), "no colours in a pipe");
    let table = said.stderr.lines().skip_while(|l| !l.starts_with(" table"));
    let table: Vec<_> = table.take_while(|l| l.starts_with(' ')).collect();
    assert_eq!(table.len(), 6, "{said:?}");
    assert!(table.iter().all(|line| line.chars().count() <= 80));
    assert!(!said.stderr.contains("checksum"), "{said:?}");
    checked(&files, &["-v"])
        .exits(1)
        .says("reviews: checksum 0");
    checked(&files, &["--log-format", "json"])
        .exits(1)
        .says("\"message\":\"15 of 29 records accepted (51.7 %)");
}

#[test]
fn rejected_records_are_shown_with_an_example_and_with_their_root_cause() {
    let files = Files::none();
    let said = checked(&files, &[])
        .exits(1)
        .says("\n  1 missing_parent follows from 10 rejected reviews\n")
        .says("\n  1 missing_parent follows from 1 rejected characteristics\n")
        .says("\n  not_in_enum: line 5, name \"Colour\": expected one of Size, ");
    said.says("reviewseed explain RULE");
    let report = report(&files);
    let tables = report["tables"].as_array().unwrap();
    let photos = tables
        .iter()
        .find(|t| t["name"] == "reviews_photos")
        .unwrap();
    assert_eq!(photos["follow"], serde_json::json!({"reviews": 1}));
    assert_eq!(photos["examples"]["missing_parent"]["line"], 4);
}

#[test]
fn a_record_that_refers_to_a_row_that_never_existed_has_no_other_cause() {
    let files = Files::small();
    files.put(
        "reviews_photos",
        "id,review_id,url\n1,1,\"https://p.example.com/1.jpg\"\n2,99,\"https://p.example.com/2.jpg\"\n",
    );
    let said = files.check(&["--max-rejects", "100%"]).exits(1);
    assert!(said.stderr.contains("missing_parent 1"), "{said:?}");
    assert!(!said.stderr.contains("follow"), "{said:?}");
}

on_both_servers! {
    fn a_seed_ends_with_the_rows_that_it_loaded(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let said = files.seed(&scratch, &[]).exits(0);
        let last = |said: &Ran| said.stderr.lines().last().unwrap().to_owned();
        assert!(last(&said).starts_with("✓ 10 rows loaded, none rejected, "), "{said:?}");
        let again = files.seed(&scratch, &[]).exits(0);
        assert_eq!(last(&again), "✓ 10 rows of these files were loaded before; nothing was changed");
        let verified = files.verify(&scratch).exits(0);
        assert!(last(&verified).starts_with("✓ 10 rows in 4 tables are as they were loaded, "), "{verified:?}");
        scratch.execute("DELETE FROM reviews_photos");
        let differs = files.verify(&scratch).exits(1);
        assert_eq!(last(&differs), "✗ the database does not hold what was loaded; the differences are above");
    }
}
