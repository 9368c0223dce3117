//! Rows that are loaded, appended, and rejected: the same as on MySQL.

use super::OceanBase;
use crate::data::{Files, REVIEWS_HEADER, reviews};
use crate::harness::{Scratch, Server, folder, run};
use crate::{counted, files, number};

#[test]
fn dirty_files_have_the_same_report_and_rejects_as_on_mysql() {
    let (server, home) = (OceanBase::start(), folder());
    let products = number("PRODUCTS", 2_000).to_string();
    let generate = ["generate", "csv", "--variant", "dirty", "-q", "--products"];
    run(home.path(), generate.into_iter().chain([&*products])).exits(0);
    let seeded = |scratch: &Scratch, name: &str, more: &[&str]| {
        let (rejects, report) = (home.path().join(name), home.path().join("report.json"));
        let mut arguments = vec![
            "seed",
            "csv",
            "--verify",
            "full",
            "--database-url",
            scratch.url(),
        ];
        arguments.extend(["--rejects", name, "--report", report.to_str().unwrap()]);
        arguments.extend(more);
        run(home.path(), &arguments).exits(0);
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
        (counted(&report), files(&rejects))
    };
    let expected = seeded(&Scratch::new(Server::MySQL), "mysql", &[]);
    assert!(
        expected.0.iter().all(|table| table.3 > 0),
        "the files are dirty"
    );
    for load in ["auto", "insert"] {
        let found = seeded(&server.scratch(), load, &["--load", load]);
        assert_eq!(found.0, expected.0, "--load {load}");
        for (found, expected) in found.1.iter().zip(&expected.1) {
            assert!(found == expected, "--load {load}: {} differs", found.0);
        }
        assert_eq!(found.1.len(), expected.1.len());
    }
}

#[test]
fn targets_and_smoke_read_what_was_seeded() {
    let (server, home) = (OceanBase::start(), folder());
    let scratch = server.scratch();
    let url = ["--database-url", scratch.url()];
    run(home.path(), ["generate", "csv", "--products", "300", "-q"]).exits(0);
    run(home.path(), ["seed", "csv"].iter().chain(&url)).exits(0);
    run(
        home.path(),
        ["targets", "-o", "targets.txt"].iter().chain(&url),
    )
    .exits(0)
    .says("targets: ");
    // how fast it answers depends on what else the machine does
    let limits = ["--max-avg", "5s"];
    let smoke = ["smoke", "--duration", "2s", "--rate", "50"];
    run(home.path(), smoke.iter().chain(&limits).chain(&url))
        .exits(0)
        .says("smoke: passed");
}

#[test]
fn rows_are_appended_and_those_that_are_there_are_duplicates() {
    let (server, files) = (OceanBase::start(), Files::small());
    let scratch = server.scratch();
    files.seed(&scratch, &[]).exits(0);
    let more = reviews(5).replace(REVIEWS_HEADER, "");
    let more: String = more
        .lines()
        .filter(|l| l.starts_with('3') || l.starts_with('5'))
        .fold(format!("{REVIEWS_HEADER}\n"), |text, line| {
            text + line + "\n"
        });
    let again = Files::none();
    again.put("reviews", more);
    again
        .seed(&scratch, &["--append", "--max-rejects", "100%"])
        .exits(0);
    assert_eq!(again.reported("reviews")["loaded"], 1);
    assert_eq!(again.rejected("reviews"), [(2, "duplicate_key".to_owned())]);
    assert_eq!(
        scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM reviews"),
        "4"
    );
    again.verify(&scratch).exits(0);
}

#[test]
fn rows_that_only_the_server_can_judge_are_rejected_with_its_words() {
    let schema = "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, UNIQUE KEY (name)) \
                  COLLATE utf8mb4_unicode_520_ci;";
    let (server, files) = (OceanBase::start(), Files::of_schema(schema));
    // equal under the collation, and not equal in bytes
    files.put("t", "id,name\n1,Anna\n2,Bea\n3,anna\n4,Cleo\n");
    let scratch = server.scratch();
    files
        .seed(&scratch, &["--max-rejects", "100%", "--verify", "full"])
        .exits(0);
    assert_eq!(files.reported("t")["loaded"], 3);
    assert_eq!(files.rejected("t"), [(4, "duplicate_key".to_owned())]);
    let ids = scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM t");
    assert_eq!(ids, "1,2,4");
}

/// The server would leave out the row, and count it as stored.
#[test]
fn load_data_is_an_error_before_the_first_row() {
    let (server, files) = (OceanBase::start(), Files::small());
    files
        .seed(&server.scratch(), &["--load", "local-infile"])
        .exits(2)
        .says("--load local-infile cannot be used on OceanBase");
}

#[test]
fn replace_is_an_error_before_the_first_row() {
    let (server, files) = (OceanBase::start(), Files::small());
    let scratch = server.scratch();
    files.seed(&scratch, &[]).exits(0);
    files
        .seed(&scratch, &["--replace"])
        .exits(2)
        .says("--replace swaps tables by one RENAME TABLE, which OceanBase cannot do");
    files.verify(&scratch).exits(0);
}
