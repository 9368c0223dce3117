//! What is not read although it is there is named.

use std::fs;

use crate::data::Files;
use crate::harness::run;

#[test]
fn a_file_of_no_table_is_not_passed_over_in_silence() {
    let files = Files::small();
    fs::write(files.path("csv/product.csv"), "id,name\n1,x\n").unwrap();
    let warning = "warning: of no table in the schema, and left alone: product.csv";
    files.check(&[]).exits(0).says(warning);
    // whoever names tables knows that there are others
    let ran = files.check(&["--tables", "reviews"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    fs::rename(
        files.path("csv/reviews_photos.csv"),
        files.path("csv/review_photos.csv"),
    )
    .unwrap();
    files.check(&[]).exits(2).says(
        "csv: no reviews_photos.csv; of no table: product.csv, review_photos.csv; if one of them is meant, name it with --map reviews_photos=FILE",
    );
}

#[test]
fn a_changed_schema_in_the_folder_is_not_ignored_in_silence() {
    let files = Files::small();
    let warning = "warning: schema.sql of this folder is not the one compiled in, which is used; take it with --schema schema.sql";
    let compiled_in = include_str!("../../schema.sql");
    fs::write(files.path("schema.sql"), compiled_in).unwrap();
    let check = |arguments: &[&str]| {
        let ran = run(&files.path(""), [&["check", "csv"], arguments].concat());
        ran.exits(0).stderr.contains(warning)
    };
    assert!(!check(&[]));
    fs::write(
        files.path("schema.sql"),
        compiled_in.replace("VARCHAR(100)", "VARCHAR(90)"),
    )
    .unwrap();
    assert!(check(&[]));
    assert!(!check(&["--schema", "schema.sql"]));
}
