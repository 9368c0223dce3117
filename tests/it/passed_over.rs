//! What is not read although it is there is named.

use std::fs;

use crate::data::Files;

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
