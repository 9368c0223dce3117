//! A malformed record affects its own line and no other. These tests run `check` and read the
//! reject files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::data::{Files, REVIEWS_HEADER, review, reviews};

/// Runs `check` on reviews.csv alone; gives what was rejected as (line, rule).
#[track_caller]
fn rejected(files: &Files, content: &str, arguments: &[&str]) -> Vec<(u64, String)> {
    files.put("reviews", content);
    let arguments: Vec<_> = ["--tables", "reviews", "--max-rejects", "100%"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let ran = files.check(&arguments);
    assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
    let reported = files.reported("reviews");
    let count = |field: &str| reported[field].as_u64().unwrap();
    assert_eq!(count("read"), count("loaded") + count("rejected"));
    let rejected = files.rejected("reviews");
    assert_eq!(count("rejected"), rejected.len() as u64);
    rejected
}

fn loaded(files: &Files) -> u64 {
    files.reported("reviews")["loaded"].as_u64().unwrap()
}

const BATCHES: [&str; 4] = ["1", "64", "1000", "2M"];

/// What is done to a line, in words and as a function.
type Change = (&'static str, &'static dyn Fn(&str) -> String);

/// Row 20 of forty with one change to its line; the others are clean.
fn with_line_20(change: impl Fn(&str) -> String) -> String {
    let rows: String = (1..=40)
        .map(|id| {
            if id == 20 {
                change(&review(id))
            } else {
                review(id)
            }
        })
        .collect();
    format!("{REVIEWS_HEADER}\n{rows}")
}

#[test]
fn a_stray_quote_costs_its_own_line_only() {
    let files = Files::none();
    let changes: [Change; 4] = [
        ("at the start", &|row| format!("\"{row}")),
        ("in the middle", &|row| row.replace(",true,", ",\"true,")),
        ("missing at the start of a field", &|row| {
            row.replace("\"Row", "Row")
        }),
        ("at the start of the last field", &|row| {
            row.replace(",null,", ",null,\"")
        }),
    ];
    for (what, change) in changes {
        let content = with_line_20(change);
        for batch in BATCHES {
            let rejected = rejected(&files, &content, &["--batch-size", batch]);
            assert_eq!(
                rejected.len(),
                1,
                "{what}, batches of {batch}: {rejected:?}"
            );
            assert_eq!(rejected[0].0, 21, "{what}");
            assert_eq!(loaded(&files), 39, "{what}");
            let reason = &files.reasons("reviews")[0];
            let start = content.find(&change(&review(20))).unwrap() as u64;
            assert_eq!(
                (reason.byte_offset, reason.record_bytes),
                (start, change(&review(20)).len() as u64),
                "{what}"
            );
            assert_eq!(reason.file, "csv/reviews.csv");
            assert_eq!(
                files.rejects("reviews.broken"),
                change(&review(20)).as_bytes(),
                "{what}: raw, byte for byte"
            );
            assert_eq!(
                files.rejects("reviews.csv"),
                format!("{REVIEWS_HEADER}\n").as_bytes(),
                "{what}: it would spoil a CSV file"
            );
        }
    }
}

#[test]
fn a_quote_within_an_unquoted_field_is_a_character() {
    let files = Files::none();
    let content = with_line_20(|row| row.replace(",Ann,", ",An\"n,"));
    assert_eq!(rejected(&files, &content, &[]), []);
}

#[test]
fn rejected_records_are_readable_only_by_their_owner_and_can_be_corrected() {
    let files = Files::none();
    let bad = review(2).replace(",4,", ",0,");
    // the last record lacks its line end, and gets one
    let last = review(3).replace(",true,", ",maybe,");
    let content = format!(
        "{REVIEWS_HEADER}\r\n{}{bad}1,2\n{}",
        review(1),
        last.trim_end()
    );
    assert_eq!(
        rejected(&files, &content, &[]),
        [
            (3, "check_failed".into()),
            (4, "field_count".into()),
            (5, "not_a_boolean".into())
        ]
    );
    let kept = String::from_utf8(files.rejects("reviews.csv")).unwrap();
    assert_eq!(kept, format!("{REVIEWS_HEADER}\r\n{bad}{last}"));
    assert_eq!(files.rejects("reviews.broken"), b"1,2\n");
    for name in ["reviews.csv", "reviews.broken", "reviews.reasons.csv"] {
        let mode = fs::metadata(files.path("rejects").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let corrected = kept.replace(",0,", ",5,").replace(",maybe,", ",yes,");
    assert_eq!(rejected(&files, &corrected, &[]), []);
    assert_eq!(loaded(&files), 2);
    for name in ["reviews.csv", "reviews.broken", "reviews.reasons.csv"] {
        assert!(
            !files.path("rejects").join(name).exists(),
            "{name} of the run before"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_kept_as_they_are() {
    let files = Files::none();
    let mut row = review(2).into_bytes();
    let at = row.iter().position(|b| *b == b'H').unwrap();
    row[at] = 0xff;
    let content = [REVIEWS_HEADER.as_bytes(), b"\n", review(1).as_bytes(), &row].concat();
    files.put("reviews", &content);
    files
        .check(&["--tables", "reviews", "--max-rejects", "1"])
        .exits(1);
    assert_eq!(files.rejected("reviews"), [(3, "not_utf8".into())]);
    assert_eq!(files.reasons("reviews")[0].column, "summary");
    assert_eq!(
        files.rejects("reviews.csv"),
        [REVIEWS_HEADER.as_bytes(), b"\n", &row].concat()
    );
}

#[test]
fn fields_of_many_lines_are_fine_in_batches_of_any_size() {
    let files = Files::none();
    let rows: String = (1..=30)
        .map(|id| {
            let body = format!(
                "\"line one,\r\nline \"\"two\"\"\n\n\r{}\"",
                "x\n".repeat(id as usize)
            );
            review(id).replace(&format!("\"Row {id}, and a comma.\""), &body)
        })
        .collect();
    let content = format!(
        "{REVIEWS_HEADER}\n{rows}{}",
        review(31).replace(",4,", ",,")
    );
    let mut checksums = Vec::new();
    for batch in BATCHES {
        let rejected = rejected(&files, &content, &["--batch-size", batch]);
        let line = content.trim_end().bytes().filter(|b| *b == b'\n').count() as u64 + 1;
        assert_eq!(rejected, [(line, "missing_value".into())]);
        assert_eq!(loaded(&files), 30);
        checksums.push(files.reported("reviews")["checksum"].clone());
    }
    checksums.dedup();
    assert_eq!(checksums.len(), 1);
}

#[test]
fn only_the_line_of_three_megabytes_is_rejected() {
    let files = Files::none();
    let long = review(20).replace("Holds up", &"x".repeat(3 << 20));
    let content = with_line_20(|_| long.clone());
    for batch in ["64", "2M", "16M"] {
        assert_eq!(
            rejected(&files, &content, &["--batch-size", batch]),
            [(21, "record_too_large".into())]
        );
        assert_eq!(loaded(&files), 39);
        let reason = &files.reasons("reviews")[0];
        assert_eq!(
            (reason.byte_offset, reason.record_bytes),
            (content.find(&long).unwrap() as u64, long.len() as u64)
        );
        assert!(reason.value.chars().count() <= 81, "shortened");
        // as much of it as a record may have
        let kept = [&long.as_bytes()[..1 << 20], b"\n"].concat();
        assert!(files.rejects("reviews.broken") == kept);
    }
}

#[test]
fn a_quote_that_is_never_closed_costs_one_line_of_a_large_file() {
    let files = Files::none();
    // 20,000 rows are more than 1 MiB after the quote
    let mut content = reviews(20_000);
    let open = review(10).replace(",true,", ",\"true,");
    content = content.replacen(&review(10), &open, 1);
    for batch in ["64K", "2M"] {
        let rejected = rejected(&files, &content, &["--batch-size", batch]);
        assert_eq!(rejected.len(), 1, "{rejected:?}");
        assert_eq!(rejected[0].0, 11);
        assert_eq!(loaded(&files), 19_999);
        assert_eq!(files.rejects("reviews.broken"), open.as_bytes());
    }
    // and at the end of the file, where nothing follows
    let open = review(40).replace(",null,", ",\"null,");
    let content = reviews(40).replace(&review(40), &open);
    assert_eq!(
        rejected(&files, &content, &[]),
        [(41, "unclosed_quote".into())]
    );
    let content = content.trim_end().to_owned();
    assert_eq!(
        rejected(&files, &content, &[]),
        [(41, "unclosed_quote".into())]
    );
}

#[test]
fn how_long_a_record_may_be_is_counted_without_its_line_end() {
    let files = Files::none();
    let content =
        with_line_20(|row| row.replace("Holds up", "Holds up, and long is this row indeed"));
    let length = content.lines().map(str::len).max().unwrap();
    for (limit, expected) in [
        (length, vec![]),
        (length - 1, vec![(21, "record_too_large".to_owned())]),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            let content = content.replace('\n', end);
            for batch in BATCHES {
                let found = rejected(
                    &files,
                    &content,
                    &["--max-record", &limit.to_string(), "--batch-size", batch],
                );
                let lines = if end == "\r" { 1 } else { 21 };
                let expected: Vec<_> = expected
                    .iter()
                    .map(|(_, rule)| (lines, rule.clone()))
                    .collect();
                assert_eq!(found, expected, "{limit} {end:?} {batch}");
            }
        }
    }
}

#[test]
fn a_lone_carriage_return_ends_a_record_and_a_blank_line_is_none() {
    let files = Files::none();
    let content = format!(
        "{REVIEWS_HEADER}\n{}\r\n\n{}",
        review(1).replace('\n', "\r"),
        review(2)
    );
    assert_eq!(rejected(&files, &content, &[]), []);
    assert_eq!(loaded(&files), 2);
}

#[test]
fn the_null_spellings_mean_null_only_where_null_may_be() {
    let files = Files::none();
    let row = |id: u32, response: &str| review(id).replace(",null,", &format!(",{response},"));
    let rows: String = ["null", "NULL", "\"null\"", "", "\"\"", "\\N"]
        .iter()
        .zip(1..)
        .map(|(r, id)| row(id, r))
        .collect();
    assert_eq!(
        rejected(&files, &format!("{REVIEWS_HEADER}\n{rows}"), &[]),
        []
    );
    let plain = files.reported("reviews")["checksum"].clone();
    let rows: String = (1..=6).map(review).collect();
    assert_eq!(
        rejected(&files, &format!("{REVIEWS_HEADER}\n{rows}"), &[]),
        []
    );
    assert_eq!(plain, files.reported("reviews")["checksum"]);
    let missing = format!(
        "{REVIEWS_HEADER}\n{}",
        review(1).replace(",7,4,", ",NULL,4,")
    );
    assert_eq!(
        rejected(&files, &missing, &[]),
        [(2, "missing_value".into())]
    );
}
