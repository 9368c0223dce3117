//! Files that are present but not read are named.

use std::fs;

use crate::support::data::Files;

#[test]
fn a_file_of_no_table_causes_a_warning() {
    let files = Files::small();
    fs::write(files.path("csv/product.csv"), "id,name\n1,x\n").unwrap();
    let warning =
        "warning: files not loaded, because no table of the schema has their name: product.csv";
    files.check(&[]).exits(0).says(warning);
    // a user who names tables knows that there are others
    let ran = files.check(&["--tables", "reviews"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    fs::rename(
        files.path("csv/reviews_photos.csv"),
        files.path("csv/review_photos.csv"),
    )
    .unwrap();
    files.check(&[]).exits(2).says(
        "csv: no reviews_photos.csv; review_photos.csv has the columns of table reviews_photos; if it is the right file, add --map reviews_photos=csv/review_photos.csv",
    );
}

#[test]
fn files_that_are_called_like_tables_are_named_as_options_to_copy() {
    let files = Files::of_schema(
        "CREATE TABLE planes (code CHAR(3) NOT NULL, name VARCHAR(20) NOT NULL);
         CREATE TABLE ports (code CHAR(3) NOT NULL, name VARCHAR(20) NOT NULL);
         CREATE TABLE routes (code CHAR(3) NOT NULL, name VARCHAR(20) NOT NULL);",
    );
    fs::write(files.path("csv/planes.dat"), "\"A32\",\"Airbus\"\n").unwrap();
    fs::write(files.path("csv/PORTS.tbl"), "AMS,Schiphol\n").unwrap();
    fs::write(files.path("csv/routes.sql"), "").unwrap();
    fs::create_dir(files.path("csv/routes.d")).unwrap();
    files.put("others", "R1,there\n");
    let options = "add --map planes=csv/planes.dat --map ports=csv/PORTS.tbl";
    files
        .check(&["--no-header"])
        .exits(2)
        .says("csv: no planes.csv, no ports.csv, no routes.csv")
        .says(options)
        .says("routes.sql is SQL")
        .says("these files belong to no table: others.csv; if one of them has the rows, name it with --map routes=FILE");
    fs::write(files.path("csv/routes.txt"), "R1,there\n").unwrap();
    let ran = files.check(&["--no-header"]).exits(2);
    let (_, options) = ran.stderr.split_once("add ").unwrap();
    let options: Vec<_> = options
        .trim_end()
        .split(' ')
        .chain(["--no-header"])
        .collect();
    files.check(&options).exits(0);
    fs::write(files.path("csv/routes"), "R2,back\n").unwrap();
    files
        .check(&["--no-header"])
        .exits(2)
        .says("several files have the name of table routes (csv/routes, csv/routes.txt)");
}

#[test]
fn files_named_by_their_extension_are_read_each_in_its_own_dialect() {
    let files = Files::of_schema(
        "CREATE TABLE users (id INT NOT NULL PRIMARY KEY, zip CHAR(5) NOT NULL);
         CREATE TABLE ratings (user_id INT NOT NULL, item INT NOT NULL, stars INT NOT NULL,
             PRIMARY KEY (user_id, item), FOREIGN KEY (user_id) REFERENCES users (id));",
    );
    fs::write(files.path("csv/m.user"), "id|zip\n1|85711\n2|94043\n").unwrap();
    fs::write(files.path("csv/m.data"), "1\t10\t3\n2\t11\t5\n").unwrap();
    let maps = ["--map", "users=csv/m.user", "--map", "ratings=csv/m.data"];
    let ran = files.check(&[]).exits(2);
    let said = format!("add {}", maps.join(" "));
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    let settings = "add --set ratings.no_header=true --set ratings.delimiter=tab";
    files.check(&maps).exits(2).says(settings);
    let told = [
        "--set",
        "ratings.no_header=true",
        "--set",
        "ratings.delimiter=tab",
    ];
    files.check(&[&maps[..], &told].concat()).exits(0);
}
