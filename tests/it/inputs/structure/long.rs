//! Records that are longer than `--max-record`.

use std::fs;

use super::checked;
use crate::inputs::packing::{Packing, pack};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const DOCS: &str = "CREATE TABLE docs (id INT NOT NULL PRIMARY KEY, short_body TEXT NULL, long_body LONGTEXT NULL);";

const BATCHES: [&str; 4] = ["64", "700", "5K", "16M"];

/// A record of this many lines, each of which has as many fields as a record.
fn long(lines: usize) -> String {
    format!("4,,\"{}\"\n", "5,say \"\"b\"\",\n".repeat(lines))
}

#[test]
fn a_quoted_field_that_is_too_long_is_one_reject_whatever_its_lines_look_like() {
    let files = Files::of_schema(DOCS);
    let record = long(300);
    let text = format!("id,short_body,long_body\n1,a,\n{record}6,last,\n");
    files.put("docs", &text);
    for batch in BATCHES {
        let limits = ["--batch-size", batch, "--max-record", "1K"];
        assert_eq!(checked(&files, "docs", &limits).1, 3, "{batch}");
        let reasons = files.reasons("docs");
        assert_eq!(reasons.len(), 1, "{batch}: {reasons:?}");
        let reason = &reasons[0];
        assert_eq!((reason.line, &reason.rule[..]), (3, "record_too_large"));
        let start = text.find("4,,").unwrap() as u64;
        assert_eq!(
            (reason.byte_offset, reason.record_bytes),
            (start, record.len() as u64)
        );
        assert!(
            reason.message.contains("--max-record"),
            "{}",
            reason.message
        );
        let kept = [&record.as_bytes()[..1024], b"\n"].concat();
        assert_eq!(files.rejects("docs.broken"), kept);
        let whole = ["--batch-size", batch, "--max-record", "8M"];
        let (code, read, loaded, _) = checked(&files, "docs", &whole);
        assert_eq!((code, read, loaded), (Some(0), 3, 3), "{batch}");
    }
}

#[test]
fn texts_at_and_over_the_limits_of_their_columns_and_of_a_record() {
    let files = Files::of_schema(DOCS);
    let body = "say \"\"b\"\",\n".repeat(190_650);
    let text = format!(
        "id,short_body,long_body\n1,{},\n2,{},\n3,{},\n4,,\"{body}\"\n5,last,\n",
        "a".repeat(65_535),
        "a".repeat(65_536),
        "€".repeat(21_846)
    );
    files.put("docs", &text);
    let (code, read, loaded, _) = checked(&files, "docs", &[]);
    assert_eq!((code, read, loaded), (Some(1), 5, 2));
    let rules: Vec<_> = files.reasons("docs").into_iter().map(|r| r.rule).collect();
    assert_eq!(rules, ["too_long", "too_long", "record_too_large"]);
    let broken = files.rejects("docs.broken");
    assert_eq!(broken.len(), (1 << 20) + 1);
    let (code, read, loaded, _) = checked(&files, "docs", &["--max-record", "8M"]);
    assert_eq!((code, read, loaded), (Some(1), 5, 3));
}

#[test]
fn a_long_line_that_opens_a_quote_is_the_beginning_of_one_record() {
    let files = Files::of_schema(DOCS);
    let long = "z".repeat(3000);
    let record = format!("4,{long},\"{long}\n7,b,c\n{long}\n8,d,\"\n");
    files.put(
        "docs",
        format!("id,short_body,long_body\n1,a,\n{record}6,last,\n"),
    );
    for batch in BATCHES {
        let limits = ["--batch-size", batch, "--max-record", "1K"];
        assert_eq!(checked(&files, "docs", &limits).2, 2, "{batch}");
        let reasons = files.reasons("docs");
        assert_eq!(
            (reasons.len(), reasons[0].record_bytes),
            (1, record.len() as u64)
        );
    }
}

#[test]
fn a_stray_quote_costs_its_own_line_however_far_away_the_next_quote_is() {
    let rows = |from: u32| -> String {
        (from..from + 300)
            .map(|id| format!("{id},a row,\n"))
            .collect()
    };
    let (first, second) = (rows(1000), rows(2000));
    // never closed; closed by the opening quote of another line; closed properly, but with an odd
    // number of quotes
    for (what, stray, end, rejected) in [
        ("never closed", "4,\"open,\n", "5,x,\n", 1),
        ("text follows", "4,\"open,\n", "5,\"x\",\n", 1),
        ("two of them", "4,\"open,\n", "5,\"x,\n", 2),
        ("an odd number", "4,\"open,\n", "5,\",x\",y\n", 1),
        (
            "an overlong line",
            "4,\"open,\n",
            &format!("5,\"{}\n", "y".repeat(3000)),
            2,
        ),
    ] {
        let text = format!("id,short_body,long_body\n1,a,\n{stray}{first}{end}{second}");
        for packing in [None, Some(Packing::Gzip)] {
            let files = Files::of_schema(DOCS);
            match packing {
                None => files.put("docs", &text),
                Some(packing) => {
                    let packed = pack(packing, text.as_bytes());
                    fs::write(files.path("csv/docs.csv.gz"), packed).unwrap();
                }
            }
            for batch in BATCHES {
                let limits = ["--batch-size", batch, "--max-record", "1K"];
                let (_, read, loaded, _) = checked(&files, "docs", &limits);
                let reasons = files.reasons("docs");
                assert_eq!(
                    (read, loaded),
                    (603, 603 - rejected),
                    "{what} {batch}: {reasons:?}"
                );
                assert_eq!((reasons[0].line, reasons[0].record_bytes), (3, 9), "{what}");
            }
        }
    }
}

#[test]
fn a_small_file_that_unpacks_to_no_end_is_an_error() {
    let files = Files::of_schema(DOCS);
    let zeros = pack(Packing::Zstd, &vec![0; 1 << 20]);
    let mut packed = pack(Packing::Zstd, b"id,short_body,long_body\n1,");
    for _ in 0..300 {
        packed.extend_from_slice(&zeros);
    }
    fs::write(files.path("csv/docs.csv.zst"), &packed).unwrap();
    files
        .check(&[])
        .exits(2)
        .says("csv/docs.csv.zst: decompression was stopped because ")
        .says("load the decompressed file");
    assert!(files.rejects("docs.broken").len() < 2 << 20);
}

on_both_servers! {
    fn no_line_of_a_record_that_is_too_long_is_stored(server: Server) {
        let (files, scratch) = (Files::of_schema(DOCS), Scratch::new(server));
        files.put("docs", format!("id,short_body,long_body\n1,a,\n{}6,last,\n", long(300)));
        let seed = ["--max-rejects", "50%", "--max-record", "1K", "--batch-size", "700", "--verify", "full"];
        files.seed(&scratch, &seed).exits(0);
        let ids = "SELECT GROUP_CONCAT(id ORDER BY id) FROM docs";
        assert_eq!(scratch.value(ids), "1,6");
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-record", "8M", "--batch-size", "700", "--verify", "full"]).exits(0);
        assert_eq!(scratch.value(ids), "1,4,6");
        let length = "SELECT CAST(LENGTH(long_body) AS CHAR) FROM docs WHERE id = 4";
        assert_eq!(scratch.value(length), (300 * "5,say \"b\",\n".len()).to_string());
    }
}
