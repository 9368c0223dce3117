//! Input files with faults.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use super::as_documented;
use crate::support::background::{background, ended, with_batches_in};
use crate::support::data::{Files, REVIEWS_HEADER, review, reviews};
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

/// Seeds reviews.csv with these bytes and holds what is said against the documentation; gives the
/// numbers of rows loaded and rejected.
fn seeded(server: Server, name: &str, bytes: &[u8], rejected: &[(u64, &str)]) -> u64 {
    let (files, scratch) = (Files::none(), Scratch::new(server));
    files.put("reviews", bytes);
    let ran = files.seed(&scratch, &["--tables", "reviews", "--verify", "full"]);
    as_documented(name, &ran);
    if ran.code == Some(2) {
        assert!(scratch.rows("SHOW TABLES").is_empty(), "{name}");
        return 0;
    }
    let expected: Vec<_> = rejected
        .iter()
        .map(|(line, rule)| (*line, (*rule).to_owned()))
        .collect();
    assert_eq!(files.rejected("reviews"), expected, "{name}");
    let reported = files.reported("reviews");
    let number = |field: &str| reported[field].as_u64().unwrap();
    assert_eq!(
        number("read"),
        number("loaded") + number("rejected"),
        "{name}"
    );
    assert_eq!(
        scratch.value("SELECT COUNT(*) FROM reviews"),
        number("loaded").to_string(),
        "{name}"
    );
    // loaded or put aside, to the byte
    let aside = files.rejects("reviews.csv").len() + files.rejects("reviews.broken").len();
    let bad: u64 = files
        .reasons("reviews")
        .iter()
        .map(|r| r.record_bytes)
        .sum();
    let header = if files.rejects("reviews.csv").is_empty() {
        0
    } else {
        REVIEWS_HEADER.len() as u64 + 1
    };
    assert_eq!(aside as u64, bad + header, "{name}");
    number("loaded")
}

/// Thirty rows; a quote is opened and never closed in that of this number.
fn stray(at: u32) -> String {
    let row = |id| match id == at {
        true => review(id).replace(",Ann,", ",\"Ann,"),
        false => review(id),
    };
    format!(
        "{REVIEWS_HEADER}\n{}",
        (1..=30).map(row).collect::<String>()
    )
}

on_both_servers! {
    fn a_stray_quote_costs_its_own_line(server: Server) {
        // at the start, in the middle and at the end of the file
        for at in [1, 15, 30] {
            assert_eq!(seeded(server, "A stray quote", stray(at).as_bytes(), &[(u64::from(at) + 1, "unclosed_quote")]), 29);
        }
    }
}

on_both_servers! {
    fn bytes_that_no_text_should_have_are_judged_value_by_value(server: Server) {
        // kept where a text may have it, rejected in a number
        let text = reviews(30).replace("Row 3,", "Row\0 3,").replace("\n9,7,", "\n9,\u{0}7,");
        assert_eq!(seeded(server, "A NUL", text.as_bytes(), &[(10, "not_an_integer")]), 29);
    }
}

on_both_servers! {
    fn a_file_that_is_not_a_table_of_rows_is_an_error_before_the_first_row(server: Server) {
        seeded(server, "An empty file", b"", &[]);
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(reviews(3).bytes().flat_map(|b| [b, 0])).collect();
        assert_eq!(seeded(server, "UTF-16", &utf16, &[]), 3);
        seeded(server, "gzip bytes", b"\x1f\x8b\x08\0\0\0\0\0", &[]);
        let (files, scratch) = (Files::none(), Scratch::new(server));
        fs::create_dir(files.path("csv/reviews.csv")).unwrap();
        as_documented("A directory for a file", &files.seed(&scratch, &["--tables", "reviews"]));
        assert!(scratch.rows("SHOW TABLES").is_empty());
    }
}

on_both_servers! {
    fn headers_line_ends_and_marks_do_not_change_the_rows(server: Server) {
        let text = reviews(30);
        assert_eq!(seeded(server, "A header only", format!("{REVIEWS_HEADER}\n").as_bytes(), &[]), 0);
        let two = format!("{REVIEWS_HEADER}\n{text}");
        assert_eq!(seeded(server, "Two headers", two.as_bytes(), &[]), 30);
        assert_eq!(seeded(server, "CRLF line ends", text.replace('\n', "\r\n").as_bytes(), &[]), 30);
        assert_eq!(seeded(server, "A byte order mark", format!("\u{feff}{text}").as_bytes(), &[]), 30);
    }
}

/// The most memory that a process has had, in KiB; 0 where the system does not tell.
fn most_memory(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with("VmHWM"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

#[test]
fn a_line_of_a_gigabyte_is_rejected_without_being_kept_in_memory() {
    const LENGTH: u64 = 1 << 30;
    let files = Files::none();
    let mut file = File::create(files.path("csv/reviews.csv")).unwrap();
    file.write_all(reviews(20).as_bytes()).unwrap();
    let begin = file.metadata().unwrap().len();
    // a hole, which reads as NULs
    file.seek(SeekFrom::Start(begin + LENGTH)).unwrap();
    file.write_all(format!("\n{}", review(21)).as_bytes())
        .unwrap();
    drop(file);
    let check = ["check", "csv", "--tables", "reviews"];
    let mut child = background(
        &files.path(""),
        check.iter().chain(&["--report", "report.json"]),
    )
    .spawn()
    .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(most_memory(child.id()));
        std::thread::sleep(Duration::from_millis(10));
    }
    as_documented("A line of 1 GB", &ended(child));
    assert!(most < 150 << 10, "{most} KiB of memory");
    assert!(
        most > 0 || !Path::new("/proc/self/status").exists(),
        "nothing was measured"
    );
    assert_eq!(
        files.rejected("reviews"),
        [(22, "record_too_large".to_owned())]
    );
    assert_eq!(files.reported("reviews")["loaded"], 21);
    let broken = fs::metadata(files.path("rejects/reviews.broken")).unwrap();
    assert_eq!(broken.len(), (1 << 20) + 1, "as much as a record may have");
    assert_eq!(files.reasons("reviews")[0].record_bytes, LENGTH + 1);
}

on_both_servers! {
    fn a_file_that_changes_while_it_is_read_stops_the_run(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        run(home.path(), ["generate", "csv", "--products", "400", "-q"]).exits(0);
        let path = home.path().join("csv/reviews.csv");
        let original = fs::read(&path).unwrap();
        let arguments = ["seed", "csv", "--database-url", scratch.url()];
        let mut seed = background(home.path(), arguments);
        seed.args(["--connections", "1", "--batch-size", "4K"]);
        let child = with_batches_in(seed, scratch.url(), 3, "table_name = 'reviews'");
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(review(900_000).as_bytes()).unwrap();
        as_documented("A file that changes while it is read", &ended(child));
        // with the original file, the run is resumed
        fs::write(&path, &original).unwrap();
        run(home.path(), arguments.iter().chain(&["--verify", "full"])).exits(0).says("interrupted while loading");
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
    }
}
