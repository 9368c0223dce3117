//! Input files that are damaged, cut short, or ambiguous.

use std::fs;

use super::packing::{Packing, pack, zipped};
use super::{replace, totals};
use crate::support::data::{Files, reviews};
#[cfg(not(feature = "remote"))]
use crate::support::harness::run;
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn a_file_that_was_cut_short_is_an_error_and_loaded_rows_are_kept(server: Server) {
        let seed = ["--tables", "reviews", "--batch-size", "32K"];
        let plain = Files::none();
        plain.put("reviews", reviews(12_000));
        plain.seed(&Scratch::new(server), &seed).exits(0);
        let expected = totals(&plain);
        for packing in [Packing::Gzip, Packing::Zstd, Packing::Bzip2] {
            let (files, scratch) = (Files::none(), Scratch::new(server));
            let name = format!("reviews.csv{}", packing.extension());
            // several members, for bzip2 and zstd unpack whole blocks only
            let text = reviews(12_000);
            let packed: Vec<u8> = text.as_bytes().chunks(30_000).flat_map(|piece| pack(packing, piece)).collect();
            replace(&files, "reviews", &name, &packed[..packed.len() - packed.len() / 4]);
            files.seed(&scratch, &seed).exits(2).says("is damaged or incomplete").says(&name);
            let batches: u64 = scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_batches").parse().unwrap();
            assert!(batches > 10, "{packing:?}: {batches} batches are loaded");

            let other = reviews(12_000).replace("Holds up", "Fell off");
            replace(&files, "reviews", &name, &pack(packing, other.as_bytes()));
            files.seed(&scratch, &seed).exits(2).says("is not the one that the interrupted run read");

            replace(&files, "reviews", &name, &packed);
            files.seed(&scratch, &seed).exits(0).says("interrupted while loading");
            assert_eq!(totals(&files), expected, "{packing:?}");
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM reviews"), "12000");
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_runs"), "1");
        }
    }
}

#[cfg(not(feature = "remote"))]
#[test]
fn an_address_says_what_was_to_be_built() {
    let map = "--map=reviews=https://127.0.0.1:1/reviews.csv?s3cret";
    let check = ["check", "--tables", "reviews", map];
    let said = run(&Files::none().path(""), check)
        .exits(2)
        .says("--features remote");
    assert!(!said.stderr.contains("s3cret"), "{}", said.stderr);
    run(&Files::none().path(""), ["check", "s3://bucket/folder"])
        .exits(2)
        .says("--features remote");
}

#[test]
fn a_changed_byte_never_passes() {
    let files = Files::none();
    let text = reviews(300);
    let check = ["--tables", "reviews"];
    for packing in [Packing::Gzip, Packing::Zstd, Packing::Bzip2] {
        let mut packed = pack(packing, text.as_bytes());
        // zstd's frames have no checksum unless they are asked for
        if packing == Packing::Zstd {
            let mut out = zstd::Encoder::new(Vec::new(), 1).unwrap();
            out.include_checksum(true).unwrap();
            std::io::Write::write_all(&mut out, text.as_bytes()).unwrap();
            packed = out.finish().unwrap();
        }
        for at in [packed.len() / 2, packed.len() - 3] {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            files.put("reviews", damaged);
            files
                .check(&check)
                .exits(2)
                .says("is damaged or incomplete");
        }
    }
    let archive = zipped(&[("reviews.csv", text.as_bytes()), ("other", text.as_bytes())]);
    let mut damaged = archive.clone();
    damaged[500] ^= 0x10;
    files.put("reviews", damaged);
    files
        .check(&check)
        .exits(2)
        .says("the zip data of csv/reviews.csv/reviews.csv is damaged");
    files.put("reviews", &archive[..archive.len() - 40]);
    files
        .check(&check)
        .exits(2)
        .says("cannot read the directory of the zip archive");
}

#[test]
fn two_files_for_one_table_are_an_error_before_anything_is_read() {
    let files = Files::small();
    fs::copy(
        files.path("csv/reviews.csv"),
        files.path("csv/reviews-old.csv"),
    )
    .unwrap();
    files
        .check(&[])
        .exits(2)
        .says("table reviews has several files: reviews-old.csv, reviews.csv");
    files.check(&["--map", "reviews=csv/reviews.csv"]).exits(0);
}

#[test]
fn a_pipe_that_nobody_writes_into_is_an_error_and_not_a_wait() {
    let files = Files::none();
    let pipe = files.path("csv").join("reviews.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    files
        .check(&["--tables", "reviews"])
        .exits(2)
        .says("no program has opened it for writing");
    let writer = std::thread::spawn(move || fs::write(pipe, reviews(3)));
    files.check(&["--tables", "reviews"]).exits(0);
    writer.join().unwrap().unwrap();
}
