//! Inputs on web servers, in S3, Google Cloud Storage and Azure: the results are those of local
//! files. `make remote` downloads the servers and runs these tests.

mod buckets;
mod servers;

use std::fs;
use std::os::unix::fs::FileExt;

use super::packing::{Packing, pack, zipped};
use super::{plain, reject_files, text_of, totals};
use crate::support::data::{Files, TABLES, reviews};
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, ran, reviewseed};
use servers::{Relay, Running};

const SEED: [&str; 6] = [
    "--max-rejects",
    "50%",
    "--batch-size",
    "10K",
    "--verify",
    "full",
];

/// Runs a command in the folder, with credentials for this S3.
fn with_s3(files: &Files, s3: &Running, arguments: &[&str]) -> Ran {
    ran(reviewseed(&files.path(""))
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "someone")
        .env("AWS_SECRET_ACCESS_KEY", "s3cret")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", s3.url()))
}

/// Checks reviews at an address.
fn check(files: &Files, address: &str) -> Ran {
    let map = format!("reviews={address}");
    let check = [
        "check",
        "--tables",
        "reviews",
        "--report",
        "report.json",
        "--map",
        &map,
    ];
    ran(reviewseed(&files.path("")).args(check))
}

on_both_servers! {
    fn inputs_in_s3_or_on_a_web_server_give_the_result_of_the_files(server: Server) {
        let files = plain();
        files.seed(&Scratch::new(server), &SEED).exits(0);
        let (expected, rejected) = (totals(&files), reject_files(&files));
        assert!(rejected.iter().flatten().count() > 1000, "nothing is rejected, nothing is compared");

        let s3 = Running::s3();
        s3.upload(&files.path("csv"), "data", "2024/v3/");
        let scratch = Scratch::new(server);
        let folder = ["seed", "s3://data/2024/v3", "--report", "report.json", "--database-url", scratch.url()];
        let seed = [&folder[..], &SEED].concat();
        with_s3(&files, &s3, &seed).exits(0);
        assert_eq!(totals(&files), expected);
        assert!(reject_files(&files) == rejected, "other rejects from S3");
        with_s3(&files, &s3, &seed).exits(0).says("these files were seeded by the run of");

        let web = Running::web(&files.path("csv"));
        let scratch = Scratch::new(server);
        let maps = TABLES.map(|table| format!("--map={table}={}/{table}.csv?signature=s3cret", web.url()));
        let mut seed = reviewseed(&files.path(""));
        seed.args(["seed", "--report", "report.json", "--report", "report.html", "--database-url", scratch.url()]).args(SEED).args(&maps);
        let said = ran(&mut seed).exits(0);
        assert_eq!(totals(&files), expected);
        assert!(reject_files(&files) == rejected, "other rejects from the web");
        let page = fs::read_to_string(files.path("report.html")).unwrap();
        assert!(!(said.stderr + &page + &files.report().to_string()).contains("s3cret"));
        let command = scratch.value("SELECT command FROM _reviewseed_commands");
        assert!(command.contains("/reviews.csv?…") && !command.contains("s3cret"), "{command}");
    }
}

#[test]
fn packed_files_parts_and_archives_are_read_from_there_too() {
    let files = plain();
    let check = [
        "check",
        "csv",
        "--max-rejects",
        "50%",
        "--report",
        "report.json",
    ];
    ran(reviewseed(&files.path("")).args(check)).exits(1);
    let checksums = |files: &Files| -> Vec<_> {
        TABLES
            .iter()
            .map(|table| files.reported(table)["checksum"].clone())
            .collect()
    };
    let expected = checksums(&files);
    let texts = TABLES.map(|table| (format!("{table}.csv"), text_of(&files, table)));
    let texts: Vec<_> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), &text[..]))
        .collect();
    let archive = zipped(&texts);
    let (first, second) = texts[0].1.split_at(texts[0].1.len() / 3);
    fs::remove_file(files.path("csv/reviews.csv")).unwrap();
    fs::write(
        files.path("csv/reviews-1.csv.zst"),
        pack(Packing::Zstd, first),
    )
    .unwrap();
    fs::write(
        files.path("csv/reviews-2.csv.gz"),
        pack(Packing::Gzip, second),
    )
    .unwrap();
    let s3 = Running::s3();
    s3.upload(&files.path("csv"), "data", "");
    fs::write(files.path("csv/all of it.zip"), archive).unwrap();
    s3.upload(&files.path("csv"), "data", "zip/");
    let web = Running::web(&files.path("csv"));
    let zip_on_web = format!("{}/all%20of%20it.zip", web.url());
    for folder in ["s3://data", "s3://data/zip/all of it.zip", &zip_on_web] {
        let check = [
            "check",
            folder,
            "--max-rejects",
            "50%",
            "--report",
            "report.json",
        ];
        with_s3(&files, &s3, &check).exits(1);
        assert_eq!(checksums(&files), expected, "{folder}");
    }
}

#[test]
fn a_transfer_that_breaks_off_is_tried_again() {
    let files = Files::none();
    files.put("reviews", reviews(60_000));
    assert!(
        text_of(&files, "reviews").len() > 5 << 20,
        "several windows"
    );
    let web = Running::web(&files.path("csv"));
    check(&files, &format!("{}/reviews.csv", web.url())).exits(0);
    let expected = totals(&files);
    let relay = Relay::to(web.port, 2, 100_000, || {});
    check(
        &files,
        &format!("http://127.0.0.1:{}/reviews.csv", relay.port),
    )
    .exits(0);
    assert_eq!(totals(&files), expected);
    let never = Relay::to(web.port, usize::MAX, 100_000, || {});
    check(
        &files,
        &format!("http://127.0.0.1:{}/reviews.csv", never.port),
    )
    .exits(2)
    .says("cannot read http://127.0.0.1:");
}

#[test]
fn an_object_that_changes_while_it_is_read_ends_the_run() {
    let files = Files::none();
    files.put("reviews", reviews(60_000));
    let web = Running::web(&files.path("csv"));
    let file = fs::File::options()
        .write(true)
        .open(files.path("csv/reviews.csv"))
        .unwrap();
    let end = file.metadata().unwrap().len();
    let relay = Relay::to(web.port, 1, 1 << 20, move || {
        file.write_all_at(b"more", end).unwrap();
    });
    check(
        &files,
        &format!("http://127.0.0.1:{}/reviews.csv", relay.port),
    )
    .exits(2)
    .says("changed while it was read");
}

#[test]
fn an_input_that_cannot_be_read_is_an_error_with_advice_and_without_secrets() {
    let files = Files::small();
    let (web, whole) = (
        Running::web(&files.path("csv")),
        Running::web_without_ranges(&files.path("csv")),
    );
    let said = [
        (
            format!("{}/none.csv?s3cret", web.url()),
            "none.csv: there is no such file (404); check the address",
        ),
        (
            format!("{}/reviews.csv?s3cret", whole.url()),
            "the web server cannot send ranges of a file",
        ),
        (
            "http://127.0.0.1:1/x.csv?s3cret".to_owned(),
            "Connection refused",
        ),
        (
            "https://no-such-host.invalid/x.csv?s3cret".to_owned(),
            "check the address and whether the server is running",
        ),
        (
            format!("http://me:s3cret@127.0.0.1:{}/reviews.csv", web.port),
            "contains a user or password",
        ),
    ];
    for (address, words) in said {
        let said = check(&files, &address).exits(2).says(words);
        assert!(!said.stderr.contains("s3cret"), "{}", said.stderr);
    }
    let folder = reviewseed(&files.path(""))
        .args(["check", &web.url()])
        .unwrap_err();
    let folder = String::from_utf8_lossy(&folder.as_output().unwrap().stderr).into_owned();
    assert!(
        folder.contains("a web server cannot list its files"),
        "{folder}"
    );

    let s3 = Running::s3();
    s3.upload(&files.path("csv"), "data", "v1/");
    for (address, words) in [
        ("s3://data/v1/none.csv", "NoSuchKey"),
        ("s3://nowhere/v1/reviews.csv", "NoSuchBucket"),
        ("s3:///reviews.csv", "has no bucket"),
    ] {
        let map = format!("reviews={address}");
        let check = ["check", "--tables", "reviews", "--map", &map];
        with_s3(&files, &s3, &check).exits(2).says(words);
    }
    with_s3(&files, &s3, &["check", "s3://data/v2"])
        .exits(2)
        .says("s3://data/v2 has no files");
    with_s3(
        &files,
        &s3,
        &["check", "s3://data/v1", "--tables", "reviews"],
    )
    .exits(0);
    // who asks is not known any more
    let nobody = Running::s3_for_nobody();
    let said = with_s3(&files, &nobody, &["check", "s3://data/v1"])
        .exits(2)
        .says("AWS_ACCESS_KEY_ID");
    assert!(!said.stderr.contains("s3cret"), "{}", said.stderr);
}

#[test]
fn a_web_server_gets_the_authorization_header_and_its_certificate_is_verified() {
    let files = Files::small();
    let web = Running::web(&files.path("csv"));
    let relay = Relay::to(web.port, 0, 0, || {});
    let map = format!("reviews=http://127.0.0.1:{}/reviews.csv", relay.port);
    let check = ["check", "--tables", "reviews", "--map", &map];
    ran(reviewseed(&files.path(""))
        .args(check)
        .env("REVIEWSEED_HTTP_AUTHORIZATION", "Bearer s3cret"))
    .exits(0);
    let asked = String::from_utf8(relay.asked.lock().unwrap().clone()).unwrap();
    assert!(asked.contains("authorization: Bearer s3cret"), "{asked}");

    let name = vec!["127.0.0.1".to_owned()];
    let certificate = rcgen::generate_simple_self_signed(name).unwrap();
    let (key_file, certificate_file) = (files.path("key.pem"), files.path("certificate.pem"));
    fs::write(&key_file, certificate.signing_key.serialize_pem()).unwrap();
    fs::write(&certificate_file, certificate.cert.pem()).unwrap();
    let tls = Running::web_with_tls(&files.path("csv"), &key_file, &certificate_file);
    let map = format!("reviews=https://127.0.0.1:{}/reviews.csv", tls.port);
    let check = ["check", "--tables", "reviews", "--map", &map];
    ran(reviewseed(&files.path("")).args(check))
        .exits(2)
        .says("certificate");
    ran(reviewseed(&files.path(""))
        .args(check)
        .env("SSL_CERT_FILE", &certificate_file))
    .exits(0);
}
