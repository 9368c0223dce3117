//! The places of rejected records in compressed and split files: the reasons name the right place,
//! and the record can be read there again.

use std::fs;
use std::path::Path;

use super::packing::{Packing, pack, unpacked};
use super::replace;
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn records_that_the_server_rejects_are_found_again_in_compressed_files(server: Server) {
        let files = Files::of_schema("CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(300) NOT NULL, UNIQUE KEY a (a));");
        let rows: String = (1..=200).map(|id| format!("{id},\"name {}\"\n", id % 190)).collect();
        let long = format!("999,{}\n", "x".repeat(5000));
        let text = format!("id,a\n{rows}{long}500,last\n");
        // of two connections one may be ahead, and then the server, which alone judges a text,
        // keeps the later of two rows
        let seed = ["--max-rejects", "50%", "--max-record", "1K", "--batch-size", "300", "--connections", "1"];
        files.put("t", &text);
        files.seed(&Scratch::new(server), &seed).exits(0);
        let expected = (files.rejects("t.csv"), files.rejects("t.broken"), files.reported("t")["checksum"].clone());
        let kept = [&long.as_bytes()[..1024], b"\n"].concat();
        assert_eq!((expected.0.iter().filter(|b| **b == b'\n').count(), &expected.1), (12 - 1, &kept));

        let (a, b) = text.split_at(text.len() / 3);
        replace(&files, "t", "t-1.csv.gz", &pack(Packing::Gzip, a.as_bytes()));
        replace(&files, "t", "t-2.csv.bz2", &pack(Packing::Bzip2, b.as_bytes()));
        files.seed(&Scratch::new(server), &seed).exits(0);
        assert!((files.rejects("t.csv"), files.rejects("t.broken"), files.reported("t")["checksum"].clone()) == expected);
    }
}

/// The bytes at the place that a reason names are the record that was rejected.
fn assert_places_are_true(files: &Files, table: &str, text_of: impl Fn(&Path) -> Vec<u8>) {
    let found: Vec<u8> = files
        .reasons(table)
        .iter()
        .flat_map(|reason| {
            let text = text_of(&files.path(&reason.file));
            let at = reason.byte_offset as usize;
            let lines = text[..at].iter().filter(|b| **b == b'\n').count() as u64;
            assert_eq!(reason.line, lines + 1);
            text[at..at + reason.record_bytes as usize].to_vec()
        })
        .collect();
    assert!(!found.is_empty());
    let rejected = files.rejects(&format!("{table}.csv"));
    let header = rejected.iter().position(|b| *b == b'\n').unwrap() + 1;
    assert_eq!(found, rejected[header..]);
}

#[test]
fn a_reason_names_the_part_and_the_place_in_it() {
    let files = Files::none();
    let rows: Vec<String> = (1..=40)
        .map(|n| format!("{n},{n},\"Fi\nt {}\"\n", "x".repeat(n % 20)))
        .collect();
    for (part, rows) in rows.chunks(7).enumerate() {
        let header = if part % 2 == 0 {
            "id,product_id,name\n"
        } else {
            ""
        };
        let text = format!("{header}{}", rows.concat());
        replace(
            &files,
            "characteristics",
            &format!("characteristics-{part}.csv.gz"),
            &pack(Packing::Gzip, text.as_bytes()),
        );
    }
    files
        .check(&[
            "--tables",
            "characteristics",
            "--max-rejects",
            "100%",
            "--batch-size",
            "50",
        ])
        .exits(1);
    assert_places_are_true(&files, "characteristics", |path| {
        unpacked(&fs::read(path).unwrap())
    });
}
