//! The next steps: a command that a run suggests can be pasted into a shell unchanged, and does
//! what the run announced.

use std::fs;
use std::process::Command;

use crate::support::data::{Files, review, reviews};
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, run};

/// The commands of the lines that begin so.
pub fn named(ran: &Ran, what: &str) -> Vec<String> {
    let begin = format!("next: {what}: ");
    let lines = ran.stderr.lines().filter_map(|l| l.strip_prefix(&begin));
    lines.map(str::to_owned).collect()
}

/// Pastes a command.
pub fn paste(files: &Files, command: &str) -> Ran {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(files.path(""))
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const LOAD: &str = "load the accepted records; rejected ones can be corrected and added afterwards";
const CORRECT_BROKEN: &str = "correct the rejected records (move corrected lines of a .broken file into the .csv file of the same table, and delete them from the .broken file), then load them";
const CORRECT: &str = "correct the rejected records, then load them";

#[test]
fn check_speaks_of_accepted_rows_and_names_the_seed_with_its_own_options() {
    let files = Files::small();
    files.put("reviews", reviews(30) + "31,x\n");
    let options = ["--delimiter", ",", "--max-rejects", "50%"];
    let ran = files.check(&options).exits(1);
    let header = ran
        .stderr
        .lines()
        .find(|l| l.contains("accepted  rejected"))
        .unwrap();
    let header: Vec<_> = header.split_whitespace().collect();
    assert_eq!(header.join(" "), "table read accepted rejected check s");
    let next = named(&ran, LOAD);
    let program = env!("CARGO_BIN_EXE_reviewseed");
    let expected =
        format!("{program} seed csv --report report.json --delimiter , --max-rejects 50%");
    assert_eq!(next, [expected]);
    assert!(
        ran.stderr.lines().rev().nth(1).unwrap().ends_with(&next[0]),
        "only the conclusion follows"
    );
    assert_eq!(files.report()["next"][0]["command"], next[0].as_str());

    files.put("reviews", reviews(3));
    let ran = files.check(&[]).exits(0);
    assert_eq!(named(&ran, "load them").len(), 1, "{}", ran.stderr);
    assert!(files.check(&["-q"]).exits(0).stderr.is_empty());
    // a budget that is spent is to be raised
    files.put("reviews", reviews(3) + "4,x\n");
    let spent = files.check(&["--max-rejects", "0"]).exits(1);
    let raise = named(
        &spent,
        "if this many records may be rejected, raise --max-rejects",
    );
    assert_eq!(raise.len(), 1, "{}", spent.stderr);
    assert!(raise[0].ends_with(" --max-rejects 100%"), "{}", raise[0]);
    assert!(!raise[0].contains("--max-rejects 0"), "{}", raise[0]);
    spent.says("(1 record)");
}

on_both_servers! {
    fn a_dry_run_names_the_run_and_the_run_names_how_to_correct_rejected_records(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let rows = reviews(30) + &review(31).replace(",4,1607788495627,", ",six,1607788495627,");
        // separated by something else than usual, which the corrected rows are, too
        files.put("reviews", rows.replace(", and", " and").replace(',', ";"));
        let options = ["--tables", "reviews", "--delimiter", ";", "--report", "r.html"];
        let dry = files.seed(&scratch, &[&options[..], &["--dry-run"]].concat()).exits(0);
        assert!(dry.stderr.contains("accepted  rejected  check s"), "{}", dry.stderr);
        let next = named(&dry, LOAD);
        assert!(!next[0].contains("--dry-run"), "{next:?}");

        let seeded = paste(&files, &next[0]).exits(0).says("seed: done").says(" s in all");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "30");
        assert!(files.report()["total_seconds"].as_f64().unwrap() > 0.0);
        let correct = named(&seeded, CORRECT);
        assert_eq!(correct.len(), 1, "{}", seeded.stderr);
        let report = files.report();
        let steps = report["next"].as_array().unwrap();
        assert!(steps.iter().any(|s| s["command"] == correct[0].as_str()), "{report:#}");
        let page = fs::read_to_string(files.path("r.html")).unwrap();
        assert!(page.contains(&correct[0].replace('&', "&amp;")), "{}", correct[0]);

        let rejected = files.path("rejects/reviews.csv");
        let corrected = fs::read_to_string(&rejected).unwrap().replace(";six;", ";5;");
        fs::write(rejected, corrected).unwrap();
        // and once more, with a row that stays rejected
        let corrected = fs::read_to_string(files.path("rejects/reviews.csv")).unwrap();
        fs::write(files.path("rejects/reviews.csv"), corrected + "32;x\n").unwrap();
        let appended = paste(&files, &correct[0]).exits(0);
        let again = named(&appended, CORRECT_BROKEN);
        assert!(again[0].contains("seed rejects-2 ") && again[0].contains(" --append --rejects rejects-3 "), "{again:?}");
        // all that was rejected now is broken as CSV; the command holds before and after it is
        // corrected
        paste(&files, &again[0]).exits(0);
        assert_eq!(scratch.value("SELECT rating FROM reviews WHERE id = 31"), "5");
        let verify = named(&seeded, "verify every value, by checksums, and every foreign key");
        paste(&files, &verify[0]).exits(0);
        let targets = named(&seeded, "export ids for load tests");
        paste(&files, &targets[0]).exits(0);
        assert_eq!(fs::read_to_string(files.path("targets.txt")).unwrap().trim(), "7");
    }
}

on_both_servers! {
    fn verify_names_the_command_that_corrects_the_difference_that_it_found(server: Server) {
        const REINDEX: &str = "print the differences of indexes and keys as SQL; without --dry-run, reindex corrects them";
        const AGAIN: &str = "load the tables again, from the folder of the files";
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.put("reviews", reviews(30));
        files.seed(&scratch, &[]).exits(0);
        let verify = || run(&files.path(""), ["verify", "--database-url", scratch.url()]);

        scratch.execute("DROP INDEX reviews_newest ON reviews; CREATE INDEX more ON reviews (rating)");
        let ran = verify().exits(1);
        assert!(named(&ran, AGAIN).is_empty(), "{}", ran.stderr);
        let reindex = named(&ran, REINDEX)[0].clone();
        paste(&files, &reindex).exits(1).prints("ADD INDEX `reviews_newest`");
        paste(&files, &reindex.replace("--dry-run", "--allow-drop")).exits(0);

        scratch.execute("UPDATE reviews SET rating = 6 - rating WHERE id = 7");
        let ran = verify().exits(1);
        assert!(named(&ran, REINDEX).is_empty(), "{}", ran.stderr);
        let again = named(&ran, AGAIN)[0].replace("DIR", "csv");
        paste(&files, &again).exits(0);
        verify().exits(0);
    }
}

on_both_servers! {
    fn the_loop_of_corrections_ends_when_the_corrected_lines_are_deleted_from_the_broken_file(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.put("characteristics", "id,product_id,name\n1,7,Fit\n2,7,\"Size\" x\n");
        let seeded = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        let correct = named(&seeded, CORRECT_BROKEN);
        let corrected = "id,product_id,name\n2,7,Size\n";
        fs::write(files.path("rejects/characteristics.csv"), corrected).unwrap();
        fs::remove_file(files.path("rejects/characteristics.broken")).unwrap();
        let ended = paste(&files, &correct[0]).exits(0);
        assert!(!ended.stderr.contains("next: correct"), "{}", ended.stderr);
        assert!(!files.path("rejects-2/characteristics.broken").exists());
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristics"), "2");
    }
}

on_both_servers! {
    fn a_record_that_is_too_large_is_to_be_loaded_from_its_original_file(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let long = "x".repeat(9_000);
        files.put("characteristics", format!("id,product_id,name\n1,7,Fit\n3,7,\"{long}\"\n2,7,Size\n"));
        let options = ["--max-record", "4096", "--max-rejects", "100%"];
        let seeded = files.seed(&scratch, &options).exits(0);
        seeded.says("records that are too large are cut off in the .broken file: load them from their original file, with a larger --max-record");
    }
}
