//! Options that other tools have, that another command has, or that are misspelt.

use super::{Mistake, nothing};

/// The mistakes with options.
pub const OPTIONS: [Mistake; 12] = [
    (
        "rows to be replaced, in the word of another tool",
        nothing,
        &["seed", "csv", "--truncate"],
        &[
            "here it is called --replace",
            "reviewseed seed csv --replace",
        ],
    ),
    (
        "a separator, in the word of another tool",
        nothing,
        &["check", "csv", "--sep", ";"],
        &[
            "here it is called --delimiter",
            "reviewseed check csv --delimiter ';'",
        ],
    ),
    (
        "errors to be skipped, in the word of another tool",
        nothing,
        &["seed", "csv", "--skip-errors"],
        &[
            "here it is called --max-rejects",
            "reviewseed seed csv --max-rejects N|P%",
        ],
    ),
    (
        "a rate, in the word of another tool",
        nothing,
        &["smoke", "--rps", "250"],
        &["reviewseed smoke --rate 250"],
    ),
    (
        "an option for the folder",
        nothing,
        &["seed", "--dir", "csv"],
        &[
            "the folder is written without an option",
            "reviewseed seed csv",
        ],
    ),
    (
        "a run to be resumed",
        nothing,
        &["seed", "csv", "--resume"],
        &["the same command resumes", "next: "],
    ),
    (
        "a question to be answered in advance",
        nothing,
        &["seed", "csv", "--yes"],
        &["the command asks no question"],
    ),
    (
        "a misspelt option",
        nothing,
        &["seed", "csv", "--max-reject", "5%"],
        &[
            "did you mean --max-rejects?",
            "reviewseed seed csv --max-rejects 5%",
        ],
    ),
    (
        "an option of another command",
        nothing,
        &[
            "check",
            "csv",
            "--database-url",
            "mysql://app:s3cret@db/shop",
        ],
        &[
            "`reviewseed check` has no option --database-url",
            "which belongs to seed",
        ],
    ),
    (
        "an option that no tool has",
        nothing,
        &["seed", "csv", "--colour"],
        &[
            "`reviewseed seed` has no option --colour",
            "reviewseed seed --help",
        ],
    ),
    (
        "--force alone",
        nothing,
        &["seed", "csv", "--force"],
        &["the command lacks --append or --replace", "next: "],
    ),
    (
        "a report in another format",
        nothing,
        &["check", "csv", "--report", "report.pdf"],
        &[
            "a report is a page (.html) or JSON (.json)",
            "--report report.html",
        ],
    ),
];
