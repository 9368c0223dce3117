//! Files whose structure differs from the expected one: quotes that are escaped or stray, records
//! that are too long, files that were concatenated. No line within a record is read as a row, no
//! value is changed without a message, and suspicious records are reported.

mod dialects;
mod joined;
mod long;
mod outfile;
mod told;

use crate::support::data::Files;

/// What `check` made of the only table: exit code, records read, rows accepted.
#[track_caller]
fn checked(files: &Files, table: &str, arguments: &[&str]) -> (Option<i32>, u64, u64, String) {
    let ran = files.check(&[&["--max-rejects", "100%"], arguments].concat());
    let reported = files.reported(table);
    let number = |field: &str| reported[field].as_u64().unwrap();
    assert_eq!(
        number("read"),
        number("loaded") + number("rejected"),
        "{reported:#}"
    );
    (ran.code, number("read"), number("loaded"), ran.stderr)
}
