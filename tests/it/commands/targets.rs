//! `reviewseed targets`: the documented formats of lists, the same list from the database and from
//! files, and how the output file is written.

mod scripts;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mysql::db::{self, DatabaseUrl};
use reviews::targets::database::{LONGEST_WALK, select};
use reviews::targets::{Entry, Selection, TargetKind, Weight};

use crate::support::background::ended;
use crate::support::data::{Files, REVIEWS_HEADER, TABLES};
use crate::support::harness::{
    Ran, Scratch, Server, folder, on_both_servers, ran, reviewseed, run, wait_for,
};

/// The published lists and rows from which they come.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/last-10-percent")
        .join(name)
}

/// Runs `targets` on a database.
fn targets(files: &Files, scratch: &Scratch, arguments: &[&str]) -> Ran {
    let mut command = reviewseed(&files.path(""));
    ran(command
        .arg("targets")
        .args(["--database-url", scratch.url()])
        .args(arguments))
}

/// Runs `targets` on the CSV files.
fn targets_from(files: &Files, arguments: &[&str]) -> Ran {
    ran(reviewseed(&files.path(""))
        .args(["targets", "--from", "csv"])
        .args(arguments))
}

/// All products in their order, by a walk of at most so many rows (or a piece more).
fn selected(scratch: &Scratch, longest_walk: u64) -> Vec<u64> {
    let wanted = Selection {
        target: TargetKind::Product,
        portion: "100%".parse().unwrap(),
        limit: None,
        weight: Weight::Once,
    };
    let mut products = Vec::new();
    wait_for(async {
        let mut connection = db::connect(&DatabaseUrl::parse(scratch.url()).unwrap())
            .await
            .unwrap();
        let take = &mut |entry: Entry| {
            products.push(entry.product);
            Ok(())
        };
        select(&mut connection, wanted, longest_walk, take)
            .await
            .unwrap();
    });
    products
}

/// A review that only matters for its ids.
fn row(id: u32, product: u32, reported: bool) -> String {
    format!("{id},{product},4,1607788495627,s,b,true,{reported},n,e,null,0\n")
}

on_both_servers! {
    fn the_published_lists_are_equal_row_by_row(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        fs::copy(fixture("reviews.csv"), files.path("csv/reviews.csv")).unwrap();
        files.seed(&scratch, &["--tables", "reviews"]).exits(0);
        for (name, arguments) in [
            ("expected-max-ids.tsv", &["--last", "100", "--format", "table"][..]),
            ("expected-max-ids.tsv", &["--last", "100%", "--limit", "100", "--format", "table"]),
            ("expected-repeated.txt", &["--last", "100", "--weighted", "--format", "repeated"]),
        ] {
            let expected = fs::read_to_string(fixture(name)).unwrap();
            assert_eq!(targets(&files, &scratch, arguments).exits(0).stdout, expected, "{arguments:?}");
            assert_eq!(targets_from(&files, arguments).exits(0).stdout, expected, "{arguments:?}");
        }
    }
}

on_both_servers! {
    long
    fn database_and_files_give_the_same_bytes(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        // damaged rows, gone parents, reported reviews; and in a second half ids that do not ascend
        run(&files.path(""), ["generate", "csv", "--products", "500", "--variant", "dirty", "--dirt", "0.05", "--overwrite"]).exits(0);
        let path = files.path("csv/reviews.csv");
        let mut text = fs::read(&path).unwrap();
        for n in (0..600_u32).rev() {
            text.extend(row(100_000 + n * 7 % 601, 400 + n % 300, n % 3 == 0).as_bytes());
        }
        fs::write(&path, text).unwrap();
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        fs::remove_dir_all(files.path("rejects")).unwrap();
        for arguments in [
            &[][..],
            &["--format", "table"],
            &["--last", "100%", "--format", "table"],
            &["--last", "33.3%", "--limit", "17"],
            &["--last", "1000000"],
            &["--weighted", "--format", "repeated"],
            &["--last", "50%", "--weighted", "--shuffle", "--seed", "9"],
            &["--count", "2000", "--format", "k6"],
            &["--of", "review_id", "--format", "table"],
            &["--of", "review_id", "--last", "100%", "--limit", "5"],
            &["--of", "characteristic_id", "--last", "100%"],
            &["--of", "characteristic_id", "--limit", "7", "--format", "ndjson"],
            &["--of", "characteristic_id", "--count", "50"],
        ] {
            let read = targets_from(&files, arguments).exits(0).stdout;
            assert!(!read.is_empty());
            assert_eq!(targets(&files, &scratch, arguments).exits(0).stdout, read, "{arguments:?}");
        }
        assert!(!files.path("rejects").exists(), "nothing is written beside the list");
        let published = "SELECT DISTINCT product_id, MAX(id) FROM reviews GROUP BY product_id ORDER BY MAX(id) DESC, product_id";
        let rows: String = scratch.rows(published).iter().map(|r| format!("{}\t{}\n", r[0].as_ref().unwrap(), r[1].as_ref().unwrap())).collect();
        let all = targets(&files, &scratch, &["--last", "100%", "--format", "table"]).stdout;
        assert_eq!(all.split_once('\n').unwrap().1, rows);
        let all = selected(&scratch, LONGEST_WALK);
        assert_eq!(all, rows.lines().map(|l| l.split_once('\t').unwrap().0.parse().unwrap()).collect::<Vec<u64>>());
        for walk in [0, 1, 1_500] {
            assert_eq!(selected(&scratch, walk), all, "the walk gives way after {walk} rows");
        }
    }
}

#[test]
fn a_tenth_is_of_the_products_that_have_reviews_and_a_reported_review_makes_a_product_new() {
    let files = Files::none();
    let mut reviews = format!("{REVIEWS_HEADER}\n");
    for product in 1..=21 {
        reviews.push_str(&row(product, product, false));
    }
    // the newest review of product 3 is reported, product 2 has none that is not
    reviews.push_str(&row(40, 2, true));
    reviews.push_str(&row(41, 3, true));
    reviews = reviews.replace(&row(2, 2, false), &row(2, 2, true));
    files.put("reviews", reviews);
    assert_eq!(targets_from(&files, &[]).exits(0).stdout, "3\n2\n21\n");
    assert_eq!(
        targets_from(&files, &["--weighted", "--format", "repeated"])
            .exits(0)
            .stdout,
        "3\n21\n"
    );
    assert_eq!(
        targets_from(&files, &["--of", "review_id"]).exits(0).stdout,
        "41\n40\n21\n"
    );
}

#[test]
fn draws_are_reproducible_and_fair() {
    let files = Files::none();
    let rows: String = (1..=300).map(|id| row(id, id, false)).collect();
    files.put("reviews", format!("{REVIEWS_HEADER}\n{rows}"));
    let draw = |seed| {
        let arguments = ["--last", "200", "--count", "500", "--seed", seed];
        targets_from(&files, &arguments).exits(0).stdout
    };
    let drawn = draw("1");
    assert_eq!(drawn, draw("1"));
    assert_ne!(drawn, draw("2"));
    let mut times = std::collections::BTreeMap::new();
    for id in drawn.lines() {
        *times.entry(id.parse::<u32>().unwrap()).or_insert(0) += 1;
    }
    assert_eq!(drawn.lines().count(), 500);
    assert!(times.keys().all(|id| (101..=300).contains(id)));
    assert!(
        times.len() == 200 && times.values().all(|n| (2..=3).contains(n)),
        "{times:?}"
    );
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let files = Files::small();
    targets_from(&files, &["-o", "list.csv"])
        .exits(0)
        .says("1 entry, from 1 product");
    assert_eq!(
        fs::read_to_string(files.path("list.csv")).unwrap(),
        "product_id\n7\n"
    );
    let names = || {
        let mut names: Vec<_> = fs::read_dir(files.path(""))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["csv", "list.csv"], "nothing temporary stays");
    // a run that fails after its output was opened
    files.put("reviews", format!("{REVIEWS_HEADER}\n"));
    targets_from(&files, &["-o", "list.csv"])
        .exits(2)
        .says("no rows");
    targets_from(&files, &["-o", "new.csv"]).exits(2);
    assert_eq!(names(), ["csv", "list.csv"]);
    assert_eq!(
        fs::read_to_string(files.path("list.csv")).unwrap(),
        "product_id\n7\n"
    );
    // what cannot be replaced is written as it is
    files.put("reviews", format!("{REVIEWS_HEADER}\n{}", row(1, 5, false)));
    targets_from(&files, &["-o", "/dev/null"]).exits(0);
    assert!(
        fs::metadata("/dev/null").unwrap().file_type().is_symlink()
            || !fs::metadata("/dev/null").unwrap().is_file()
    );
    std::os::unix::fs::symlink("list.csv", files.path("link.csv")).unwrap();
    targets_from(&files, &["-o", "link.csv"]).exits(0);
    assert!(
        fs::symlink_metadata(files.path("link.csv"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        fs::read_to_string(files.path("list.csv")).unwrap(),
        "product_id\n5\n"
    );
    targets_from(&files, &["-o", "."])
        .exits(2)
        .says("is a directory");
    targets_from(&files, &["-o", "nosuch/list"])
        .exits(2)
        .says("cannot write to nosuch/list");
}

#[test]
fn a_reader_that_stops_is_the_end_and_no_error() {
    let files = Files::none();
    let rows: String = (1..=40_000).map(|id| row(id, id, false)).collect();
    files.put("reviews", format!("{REVIEWS_HEADER}\n{rows}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_reviewseed"))
        .args([
            "targets", "--from", "csv", "--last", "100%", "--format", "urls",
        ])
        .current_dir(files.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let ran = ended(child).exits(0);
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
}

#[test]
fn options_that_contradict_each_other_are_an_error_before_anything_is_read() {
    let place = folder();
    for (arguments, reason) in [
        (
            &["--last", "0"][..],
            "neither a number of at least 1 nor a share of at most 100%",
        ),
        (
            &["--last", "110%"],
            "neither a number of at least 1 nor a share of at most 100%",
        ),
        (&["--limit", "0"], "0 is not in 1.."),
        (
            &["--of", "product"],
            "possible values: product_id, review_id, characteristic_id",
        ),
        (&["--format", "xml"], "possible values: table, ids, csv"),
        (
            &["--weighted", "--of", "review_id"],
            "cannot be combined with --of review_id",
        ),
        (&["--url", "http://h/{product_id}"], "--url needs --format"),
        (
            &["--format", "urls", "--url", "http://h/"],
            "no placeholder for the id",
        ),
        (
            &["--format", "urls", "--of", "characteristic_id"],
            "needs --url",
        ),
        (
            &["--format", "repeated", "--of", "characteristic_id"],
            "gives pairs of ids",
        ),
        (&["--format", "k6", "--script"], "-o"),
        (&["--script", "-o", "x"], "no test to write"),
        (&["--schema", "x.sql"], "--from"),
        (&["--seed", "7"], "it needs --shuffle or --count"),
    ] {
        let ran = run(place.path(), [&["targets"], arguments].concat())
            .exits(2)
            .says(reason);
        assert_eq!(ran.stdout, "");
    }
    assert_eq!(
        fs::read_dir(place.path()).unwrap().count(),
        0,
        "no server, no file"
    );
    let both = ["targets", "--from", ".", "--database-url", "mysql://h/d"];
    run(place.path(), both).exits(2).says("cannot be used with");
    run(place.path(), ["targets", "--from", "."])
        .exits(2)
        .says("no reviews.csv");
}

on_both_servers! {
    fn tables_that_are_missing_or_empty_are_named(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        targets(&files, &scratch, &[]).exits(2).says("a table does not exist; load the data first");
        scratch.execute(reviews::SCHEMA);
        let empty = targets(&files, &scratch, &["--format", "json"]).exits(2);
        assert!(empty.stderr.contains("have no rows"), "{}", empty.stderr);
        targets(&files, &scratch, &["--of", "characteristic_id", "--last", "5"]).exits(2).says("have no rows");
    }
}

on_both_servers! {
    fn targets_need_no_right_but_to_read(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let before: Vec<_> = TABLES.iter().map(|t| scratch.rows(&format!("CHECKSUM TABLE {t}"))).collect();
        let user = format!("r{}", &scratch.name()[scratch.name().len().saturating_sub(20)..]);
        scratch.execute(&format!("CREATE USER '{user}'@'localhost'"));
        scratch.execute(&format!("GRANT SELECT ON {}.* TO '{user}'@'localhost'", scratch.name()));
        let url = scratch.url().replace("root@", &format!("{user}@"));
        let ran = ran(reviewseed(&files.path("")).args(["targets", "--weighted", "--database-url", &url])).exits(0);
        scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        assert_eq!(ran.stdout, "7\n7\n7\n");
        let after: Vec<_> = TABLES.iter().map(|t| scratch.rows(&format!("CHECKSUM TABLE {t}"))).collect();
        assert_eq!(before, after);
    }
}
