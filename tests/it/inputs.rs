//! Input files in many forms: compressed, split, in archives, from stdin, in other encodings. The
//! results equal those of plain files: the same rows, checksums and rejects, understandable places
//! of rejected records, and runs that can be resumed.

mod broken;
mod cutting;
mod diagnosis;
mod dialects;
mod json;
mod mapping;
pub mod packing;
mod parquet;
mod places;
#[cfg(feature = "remote")]
mod remote;
mod structure;
mod unused_files;
mod wrong_settings;

use std::fs;

use serde_json::Value;

use crate::support::data::{Files, REVIEWS_HEADER, TABLES, reviews};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed, run};
use packing::{Packing, pack, zipped};

/// Dirty data of so many products.
fn dirty(products: &str, more: &[&str]) -> Files {
    let files = Files::none();
    let generate = ["generate", "csv", "--products", products, "-q"];
    let dirty = ["--variant", "dirty"];
    run(&files.path(""), [&generate[..], &dirty, more].concat()).exits(0);
    files
}

/// A dirty data set of some hundred rows, plain.
fn plain() -> Files {
    let files = dirty("150", &["--dirt", "0.1", "--overwrite"]);
    fs::remove_file(files.path("csv/manifest.json")).unwrap();
    files
}

fn text_of(files: &Files, table: &str) -> Vec<u8> {
    fs::read(files.path(&format!("csv/{table}.csv"))).unwrap()
}

/// Puts something in the place of a table's file.
fn replace(files: &Files, table: &str, name: &str, bytes: &[u8]) {
    let _ = fs::remove_file(files.path(&format!("csv/{table}.csv")));
    fs::write(files.path(&format!("csv/{name}")), bytes).unwrap();
}

/// Of each table what may not depend on how it came: name, read, loaded, rules, checksum.
fn totals(files: &Files) -> Vec<Value> {
    let report = files.report();
    let part = |t: &Value| {
        serde_json::json!([
            t["name"],
            t["bytes"],
            t["read"],
            t["loaded"],
            t["rules"],
            t["checksum"]
        ])
    };
    report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(part)
        .collect()
}

/// Records and broken lines that were rejected, and their reasons without the file's name.
fn reject_files(files: &Files) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push(files.rejects(&format!("{table}.csv")));
        all.push(files.rejects(&format!("{table}.broken")));
        for reason in files.reasons(table) {
            let place = (reason.line, reason.byte_offset, reason.record_bytes);
            all.push(format!("{place:?} {} {}", reason.rule, reason.message).into());
        }
    }
    all
}

/// Takes what a form makes of a plain data set's files.
type Form = (&'static str, fn(&Files));

fn all_packed(files: &Files, packing: Packing) {
    for table in TABLES {
        let text = text_of(files, table);
        // members of odd sizes, one of them empty
        let (a, b) = text.split_at(text.len() / 3);
        let packed = [pack(packing, a), pack(packing, b""), pack(packing, b)].concat();
        replace(
            files,
            table,
            &format!("{table}.csv{}", packing.extension()),
            &packed,
        );
    }
}

const FORMS: [Form; 5] = [
    ("gzip", |files| all_packed(files, Packing::Gzip)),
    ("zstd", |files| all_packed(files, Packing::Zstd)),
    ("bzip2", |files| all_packed(files, Packing::Bzip2)),
    ("zip of a table", |files| {
        for table in TABLES {
            let archive = zipped(&[(&format!("data/{table}.csv"), &text_of(files, table))]);
            replace(files, table, &format!("{table}.csv.zip"), &archive);
        }
    }),
    ("gzip under the name of a plain file", |files| {
        for table in TABLES {
            files.put(table, pack(Packing::Gzip, &text_of(files, table)));
        }
    }),
];

on_both_servers! {
    long
    fn every_form_gives_the_result_of_the_plain_files(server: Server) {
        let seed = ["--max-rejects", "50%", "--batch-size", "30K", "--verify", "full"];
        let files = plain();
        files.seed(&Scratch::new(server), &seed).exits(0);
        let (expected, rejected) = (totals(&files), reject_files(&files));
        assert!(rejected.iter().flatten().count() > 1000, "nothing is rejected, nothing is compared");
        for (name, form) in FORMS {
            let files = plain();
            form(&files);
            let scratch = Scratch::new(server);
            files.seed(&scratch, &seed).exits(0);
            assert_eq!(totals(&files), expected, "{name}");
            assert!(reject_files(&files) == rejected, "{name}: other rejects");
            files.seed(&scratch, &seed).exits(0).says("these files were seeded by the run of");
        }
    }
}

#[test]
fn an_archive_is_a_folder() {
    let files = plain();
    files.check(&["--max-rejects", "50%"]).exits(1);
    let (expected, rejected) = (totals(&files), reject_files(&files));
    let texts = TABLES.map(|table| (format!("data set/{table}.csv"), text_of(&files, table)));
    let mut entries: Vec<(&str, &[u8])> = texts.iter().map(|(n, t)| (&n[..], &t[..])).collect();
    entries.push(("__MACOSX/data set/reviews.csv", b"Mac OS X"));
    entries.push(("README", b"not a table"));
    fs::write(files.path("data.zip"), zipped(&entries)).unwrap();
    let check = [
        "check",
        "data.zip",
        "--max-rejects",
        "50%",
        "--report",
        "report.json",
    ];
    run(&files.path(""), check).exits(1);
    assert_eq!(totals(&files), expected);
    assert!(reject_files(&files) == rejected);
    assert_eq!(
        files.reasons("reviews")[0].file,
        "data.zip/data set/reviews.csv"
    );
}

#[test]
fn parts_of_generate_are_a_table() {
    let files = Files::none();
    let generate = |arguments: &[&str]| {
        let all = [
            "generate",
            "csv",
            "--products",
            "60",
            "--variant",
            "dirty",
            "-q",
            "--dirt",
            "0.1",
        ];
        run(&files.path(""), all.iter().chain(arguments)).exits(0);
    };
    generate(&[]);
    files.check(&["--max-rejects", "50%"]).exits(1);
    let expected = totals(&files);
    for table in TABLES {
        fs::remove_file(files.path(&format!("csv/{table}.csv"))).unwrap();
    }
    for part in 1..=11 {
        generate(&["--part", &format!("{part}/11")]);
    }
    files.check(&["--max-rejects", "50%"]).exits(1);
    assert_eq!(totals(&files), expected);
    fs::remove_file(files.path("csv/reviews-07-of-11.csv")).unwrap();
    files
        .check(&[])
        .exits(2)
        .says("table reviews is incomplete: its file names say that there are 11 files");
}

#[test]
fn parts_may_repeat_the_header_and_lack_the_last_line_end() {
    let files = Files::small();
    let text = reviews(5);
    let rows: Vec<_> = text.lines().skip(1).collect();
    files.put("reviews", &text);
    files.check(&[]).exits(0);
    let sums = files.reported("reviews")["checksum"].clone();
    let part = |rows: &[&str]| format!("{REVIEWS_HEADER}\n{}", rows.join("\n"));
    replace(
        &files,
        "reviews",
        "reviews-2.csv",
        part(&rows[..3]).as_bytes(),
    );
    let last = pack(Packing::Zstd, part(&[rows[3], "x,y", rows[4]]).as_bytes());
    replace(&files, "reviews", "reviews-10.csv.zst", &last);
    files.check(&["--max-rejects", "50%"]).exits(1);
    assert_eq!(files.reported("reviews")["checksum"], sums);
    let reason = &files.reasons("reviews")[0];
    assert_eq!(
        (&reason.file[..], reason.line),
        ("csv/reviews-10.csv.zst", 3)
    );
    let before = REVIEWS_HEADER.len() + 1 + rows[3].len() + 1;
    assert_eq!(reason.byte_offset, before as u64);

    let other = part(&rows[3..]).replacen("id,product_id", "product_id,id", 1);
    replace(&files, "reviews", "reviews-10.csv.zst", other.as_bytes());
    files
        .check(&[])
        .exits(2)
        .says("csv/reviews-10.csv.zst: its header differs from that of the first file");
}

on_both_servers! {
    fn standard_input_fills_a_table_and_is_recognised_the_second_time(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        let packed = pack(Packing::Gzip, reviews(20).as_bytes());
        let seed = |input: &[u8]| {
            let arguments = ["seed", "-", "--table", "reviews", "--database-url", scratch.url()];
            ran(reviewseed(&files.path("")).args(arguments).write_stdin(input))
        };
        seed(&packed).exits(0);
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM reviews"), "20");
        seed(&packed).exits(0).says("these files were seeded");
        seed(reviews(21).as_bytes()).exits(2).says("nothing was changed");
    }
}

#[test]
fn files_are_mapped_to_tables_wherever_they_are() {
    let files = Files::small();
    files.check(&[]).exits(0);
    let expected = totals(&files);
    fs::rename(files.path("csv/reviews.csv"), files.path("all of them.txt")).unwrap();
    files.check(&["--map", "reviews=all of them.txt"]).exits(0);
    assert_eq!(totals(&files), expected);
    files
        .check(&["--map", "review=all of them.txt"])
        .exits(2)
        .says("no table \"review\"");
    files
        .check(&["--map", "reviews"])
        .exits(2)
        .says("is not TABLE=FILE");
    files
        .check(&["--table", "reviews"])
        .exits(2)
        .says("the table that standard input fills");
    run(&files.path(""), ["check", "-"])
        .exits(2)
        .says("name the table: - --table TABLE");
    fs::create_dir(files.path("old")).unwrap();
    fs::rename(files.path("all of them.txt"), files.path("old/reviews.csv")).unwrap();
    files
        .check(&["--map", "reviews=old/reviews.csv", "--rejects", "old"])
        .exits(2)
        .says("is in the folder of the reject files");
    assert!(files.path("old/reviews.csv").exists());
}
