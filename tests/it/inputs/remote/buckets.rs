//! Inputs in Google Cloud Storage and Azure, on emulators of both.

use std::fs;

use super::servers::Running;
use super::{plain, reject_files, totals};
use crate::support::data::Files;
use crate::support::harness::{Ran, ran, reviewseed};

const CHECK: [&str; 5] = ["check", "--max-rejects", "50%", "--report", "report.json"];

fn with_google(files: &Files, google: &Running, arguments: &[&str]) -> Ran {
    ran(reviewseed(&files.path(""))
        .args(arguments)
        .env("GOOGLE_BASE_URL", google.url())
        .env("GOOGLE_SKIP_SIGNATURE", "true"))
}

fn with_azure(files: &Files, azure: &Running, arguments: &[&str]) -> Ran {
    ran(reviewseed(&files.path(""))
        .args(arguments)
        .env("AZURE_STORAGE_USE_EMULATOR", "true")
        .env("AZURITE_BLOB_STORAGE_URL", azure.url()))
}

/// Checks the files in a folder and one that is not there.
fn compared(scheme: &str, files: &Files, execute: &dyn Fn(&[&str]) -> Ran) {
    let check = |place: &str| execute(&[&CHECK[..], &[place]].concat());
    ran(reviewseed(&files.path("")).args(CHECK).arg("csv")).exits(1);
    let (expected, rejected) = (totals(files), reject_files(files));
    fs::remove_dir_all(files.path("rejects")).unwrap();
    check(&format!("{scheme}://data/2024/v3")).exits(1);
    assert_eq!(totals(files), expected);
    assert!(
        reject_files(files) == rejected,
        "other rejects from {scheme}"
    );
    let reviews = format!("--map=reviews={scheme}://data/2024/v3/rev*.csv");
    execute(&[&CHECK[..], &["--tables=reviews", &reviews]].concat()).exits(1);
    check(&format!("{scheme}://data/none"))
        .exits(2)
        .says("check the bucket and the prefix");
    let none = format!("--map=reviews={scheme}://data/2024/v3/none.csv");
    let ran = execute(&["check", "--tables=reviews", &none]).exits(2);
    ran.says(&format!("cannot read {scheme}://data/2024/v3/none.csv"))
        .says("there is no such file or bucket");
    check(&format!("{scheme}://"))
        .exits(2)
        .says(&format!("use {scheme}://BUCKET/FILE"));
}

#[test]
fn inputs_in_google_cloud_storage_give_the_result_of_the_files() {
    let files = plain();
    let google = Running::google();
    google.upload_to_google(&files.path("csv"), "data", "2024/v3/");
    compared("gs", &files, &|arguments| {
        with_google(&files, &google, arguments)
    });
}

#[test]
fn inputs_in_azure_give_the_result_of_the_files() {
    let files = plain();
    let azure = Running::azure();
    azure.upload_to_azure(&files.path("csv"), "data", "2024/v3/");
    compared("az", &files, &|arguments| {
        with_azure(&files, &azure, arguments)
    });
    // another key than that of the account
    let check = [&CHECK[..], &["az://data/2024/v3"]].concat();
    let ran = ran(reviewseed(&files.path(""))
        .args(check)
        .env("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1")
        .env("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0")
        .env(
            "AZURE_STORAGE_ENDPOINT",
            format!("{}/devstoreaccount1", azure.url()),
        ));
    ran.exits(2)
        .says("AuthorizationFailure")
        .says("AZURE_STORAGE_ACCOUNT_KEY");
}
