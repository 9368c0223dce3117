//! Input files that are missing, have another name, or are not data files.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Mistake, change, nothing, rename, without_header};
use crate::support::data::TABLES;

/// The mistakes with files.
pub const FILES: [Mistake; 26] = [
    (
        "a folder that is misspelt",
        nothing,
        &["check", "cvs"],
        &["cvs does not exist", "did you mean csv?"],
    ),
    (
        "a tilde in quotes",
        nothing,
        &["check", "~/csv"],
        &["a shell replaces ~ only outside of quotes", "\"$HOME/csv\""],
    ),
    (
        "no folder",
        nothing,
        &["check"],
        &["csv has the files of all tables"],
    ),
    (
        "a folder one level up",
        |files| rename(files, "csv", "data/csv"),
        &["check", "data"],
        &["data/csv has the files of all tables"],
    ),
    (
        "an empty folder",
        |files| fs::create_dir(files.path("void")).unwrap(),
        &["check", "void"],
        &["no reviews.csv", "the folder or archive is empty"],
    ),
    (
        "a file in place of the folder",
        nothing,
        &["seed", "csv/reviews.csv"],
        &["is a file, but a folder", "--map TABLE=csv/reviews.csv"],
    ),
    (
        "a missing file",
        |files| fs::remove_file(files.path("csv/reviews_photos.csv")).unwrap(),
        &["check", "csv"],
        &[
            "no reviews_photos.csv",
            "--tables reviews,characteristics,characteristic_reviews",
        ],
    ),
    (
        "a name in the singular",
        |files| rename(files, "csv/reviews.csv", "csv/review.csv"),
        &["check", "csv"],
        &[
            "review.csv has the columns of table reviews",
            "--map reviews=csv/review.csv",
        ],
    ),
    (
        "a copy by the browser",
        |files| rename(files, "csv/reviews.csv", "csv/reviews (1).csv"),
        &["check", "csv"],
        &["--map 'reviews=csv/reviews (1).csv'"],
    ),
    (
        "a spreadsheet",
        |files| rename(files, "csv/reviews.csv", "csv/reviews.xlsx"),
        &["check", "csv"],
        &["reviews.xlsx is a spreadsheet", "save its sheet as CSV"],
    ),
    (
        "only spreadsheets",
        |files| {
            TABLES
                .iter()
                .for_each(|t| rename(files, &format!("csv/{t}.csv"), &format!("csv/{t}.xlsx")))
        },
        &["check", "csv"],
        &[
            "each of characteristic_reviews.xlsx, characteristics.xlsx",
            "save its sheet as CSV",
        ],
    ),
    (
        "an empty file",
        |files| files.put("reviews", ""),
        &["check", "csv"],
        &["csv/reviews.csv is empty", "must be a header such as"],
    ),
    (
        "a web page",
        |files| files.put("reviews", "<!DOCTYPE html>\n<html></html>\n"),
        &["check", "csv"],
        &[
            "csv/reviews.csv: the file is a web page",
            "download the file again",
        ],
    ),
    (
        "a pointer of Git LFS",
        |files| {
            files.put(
                "reviews",
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
            )
        },
        &["check", "csv"],
        &[
            "csv/reviews.csv: the file is a pointer of Git LFS",
            "git lfs pull",
        ],
    ),
    (
        "no header",
        |files| change(files, "reviews", without_header),
        &["check", "csv"],
        &["looks like a data row", "--set reviews.no_header=true"],
    ),
    (
        "a typing error in a header",
        |files| {
            change(files, "reviews", |t| {
                t.replacen("product_id", "prodct_id", 1)
            })
        },
        &["check", "csv"],
        &["no column \"product_id\"", "--rename prodct_id=product_id"],
    ),
    (
        "a table that is misspelt",
        nothing,
        &["check", "csv", "--tables", "review"],
        &["no table \"review\"", "did you mean reviews?"],
    ),
    (
        "a missing schema",
        |files| fs::write(files.path("shop.sql"), "").unwrap(),
        &["check", "csv", "--schema", "shp.sql"],
        &["cannot read the schema shp.sql", "did you mean shop.sql?"],
    ),
    (
        "a folder for the schema",
        |files| fs::write(files.path("csv/schema.sql"), "").unwrap(),
        &["check", "csv", "--schema", "csv"],
        &["it is a folder", "--schema csv/schema.sql"],
    ),
    (
        "a line in .env that sets nothing",
        |files| fs::write(files.path(".env"), "A=b\ns3cret\n").unwrap(),
        &["check", "csv"],
        &[".env:2: a line is not NAME=VALUE"],
    ),
    (
        "a tar archive in place of the folder",
        |files| fs::write(files.path("d.tar.gz"), "").unwrap(),
        &["check", "d.tar.gz"],
        &["d.tar.gz is a tar archive", "tar -xf d.tar.gz"],
    ),
    (
        "a dump in place of the folder",
        |files| fs::write(files.path("shop.sql"), "").unwrap(),
        &["seed", "shop.sql"],
        &["shop.sql is a file of SQL", "--schema shop.sql"],
    ),
    (
        "a link to a file that is gone",
        |files| {
            fs::remove_file(files.path("csv/reviews.csv")).unwrap();
            symlink("/no/such/file", files.path("csv/reviews.csv")).unwrap();
        },
        &["check", "csv"],
        &["csv/reviews.csv is a symbolic link to /no/such/file, which does not exist"],
    ),
    (
        "a packed file with the name of a CSV file",
        |files| fs::write(files.path("csv/reviews.csv"), b"7z\xbc\xaf\x27\x1c\0\0").unwrap(),
        &["check", "csv"],
        &["csv/reviews.csv: it is a 7z archive; unpack it"],
    ),
    (
        "targets into a folder that does not exist",
        nothing,
        &[
            "targets",
            "-o",
            "no/such/t.txt",
            "--database-url",
            "mysql://root@127.0.0.1:1/x",
        ],
        &["cannot write to no/such/t.txt: there is no folder no/such; make the folder"],
    ),
    (
        "manual pages into a file",
        |files| fs::write(files.path("page"), "").unwrap(),
        &["man", "page"],
        &["cannot write the manual pages into page; name a folder"],
    ),
];
