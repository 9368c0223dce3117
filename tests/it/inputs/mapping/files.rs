//! Files that have other names than the tables: patterns select them, or errors name them.

use std::fs;

use super::{check, options};
use crate::inputs::packing::{Packing, pack, zipped};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers, run};

const TABLES: &str = "
    CREATE TABLE ratings (id INT NOT NULL PRIMARY KEY, stars INT NOT NULL);
    CREATE TABLE movies (id INT NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL);";

fn write(files: &Files, name: &str, bytes: impl AsRef<[u8]>) {
    let path = files.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// The file and line of the only rejected record: a key that an earlier file has.
#[track_caller]
fn duplicate(files: &Files) -> (String, u64) {
    let reasons = files.reasons("ratings");
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert_eq!(reasons[0].rule, "duplicate_key");
    (reasons[0].file.clone(), reasons[0].line)
}

#[test]
fn a_pattern_names_files_with_any_extension_in_natural_order() {
    let files = Files::of_schema(TABLES);
    files.put("movies", "id,title\n1,Up\n");
    write(&files, "csv/ratings_2.dat", "id,stars\n1,5\n2,4\n");
    write(&files, "csv/ratings_10.dat", "id,stars\n3,5\n1,4\n");
    write(&files, "csv/.ratings_0.dat", "id,stars\n1,5\n");
    let packed = pack(Packing::Gzip, b"id,stars\n9,1\n");
    write(&files, "csv/old/ratings.txt", packed);
    let all = ["--max-rejects", "100%"];
    let setting = ["--set", "ratings.files=ratings_*.dat"];
    let ran = files.check(&[&all[..], &setting].concat()).exits(1);
    assert!(!ran.stderr.contains("files not loaded"), "{}", ran.stderr);
    assert_eq!(duplicate(&files), ("csv/ratings_10.dat".to_owned(), 3));
    files
        .check(&[&all[..], &["--map", "ratings=csv/ratings_*"]].concat())
        .exits(1);
    assert_eq!(duplicate(&files).0, "csv/ratings_10.dat");
    let toml = "[tables.ratings]\nfiles = ['old/*.txt', 'ratings_?.dat', 'ratings_*.dat']\n";
    write(&files, "reviewseed.toml", toml);
    files.check(&all).exits(1);
    assert_eq!(files.reported("ratings")["read"], 5, "each file once");
    assert_eq!(duplicate(&files).0, "csv/ratings_10.dat");
    // an option precedes the setting
    files
        .check(&["--map", "ratings=csv/old/ratings.txt"])
        .exits(0);
    assert_eq!(files.reported("ratings")["read"], 1);
    let pairs = format!("map = {{ ratings = 'csv/old/*.txt' }}\n{toml}");
    write(&files, "reviewseed.toml", pairs);
    files.check(&[]).exits(0);
    assert_eq!(files.reported("ratings")["read"], 1);
    write(&files, "reviewseed.toml", toml);
    // files that the setting does not name are not loaded in silence
    files.put("ratings", "id,stars\n7,7\n");
    files
        .check(&all)
        .exits(1)
        .says("warning: files not loaded")
        .says(": ratings.csv\n");
}

#[test]
fn a_pattern_without_a_file_is_an_error_that_names_what_is_there() {
    let files = Files::of_schema(TABLES);
    write(&files, "csv/movies.csv", "id,title\n1,Up\n");
    write(&files, "csv/stars.dat", "id,stars\n1,5\n");
    files
        .check(&["--set", "ratings.files=ratings_*.dat"])
        .exits(2)
        .says("table ratings: no file matches csv/ratings_*.dat; csv has movies.csv, stars.dat");
    files
        .check(&["--map", "ratings=cvs/ratings_*.dat"])
        .exits(2)
        .says("did you mean csv?");
    write(&files, "csv/r-1-of-2.dat", "id,stars\n1,5\n");
    files
        .check(&["--set", "ratings.files=r-*.dat"])
        .exits(2)
        .says("table ratings is incomplete: its file names say that there are 2 files");
}

#[test]
fn a_pattern_names_entries_of_an_archive() {
    let files = Files::of_schema(TABLES);
    let entries: [(&str, &[u8]); 3] = [
        ("data/ratings_1.dat", b"id,stars\n1,5\n"),
        ("data/ratings_2.dat", b"id,stars\n2,5\n"),
        ("data/movies.csv", b"id,title\n1,Up\n"),
    ];
    write(&files, "all.zip", zipped(&entries));
    let check = |options: &[&str]| {
        let command = [
            "check",
            "all.zip",
            "--schema",
            "schema.sql",
            "--report",
            "report.json",
        ];
        run(&files.path(""), [&command[..], options].concat())
    };
    for pattern in ["ratings_*.dat", "data/ratings_*.dat"] {
        check(&["--set", &format!("ratings.files={pattern}")]).exits(0);
        assert_eq!(files.reported("ratings")["read"], 2);
    }
    check(&["--set", "ratings.files=*.txt"])
        .exits(2)
        .says("no file matches *.txt; all.zip has data/movies.csv, data/ratings_1.dat, data/ratings_2.dat");
    check(&[])
        .exits(2)
        .says("the names of the files ratings_*.dat begin with that of table ratings; if it is the right file, add --set 'ratings.files=ratings_*.dat'");
}

#[test]
fn one_file_fills_two_tables() {
    let files = Files::of_schema(
        "CREATE TABLE orders (order_id INT NOT NULL PRIMARY KEY, customer VARCHAR(9));
         CREATE TABLE items (item_id INT NOT NULL PRIMARY KEY, order_id INT NOT NULL, price INT,
             FOREIGN KEY (order_id) REFERENCES orders (order_id));",
    );
    write(
        &files,
        "csv/sales.txt",
        "order_id,customer,item_id,prise,till\n1,Ann,7,3,A\n2,Bea,8,4,B\n",
    );
    let both = [
        "--map",
        "orders=csv/sales.txt",
        "--map",
        "items=./csv/sales.txt",
    ];
    files
        .check(&both)
        .exits(2)
        .says("field 4 \"prise\" and column \"price\"");
    let renamed = [&both[..], &["--rename", "prise=price"]].concat();
    files
        .check(&renamed)
        .exits(0)
        .says("orders: columns left out: till\n")
        .says("items: columns left out: till\n");
    assert_eq!(files.reported("orders")["loaded"], 2);
    assert_eq!(files.reported("items")["loaded"], 2);
    let stdin = ["--map", "orders=-", "--map", "items=-"];
    files
        .check(&stdin)
        .exits(2)
        .says("standard input can be read only once");
}

#[test]
fn files_that_may_be_meant_are_one_line_of_options() {
    let files = Files::of_schema(
        "CREATE TABLE planes (code CHAR(3) NOT NULL, name VARCHAR(20) NOT NULL);
         CREATE TABLE ports (code CHAR(3) NOT NULL, city VARCHAR(20) NOT NULL);
         CREATE TABLE routes (start CHAR(3) NOT NULL, target CHAR(3) NOT NULL, stops INT);
         CREATE TABLE crews (code CHAR(3) NOT NULL, crew VARCHAR(20) NOT NULL);
         CREATE TABLE fares (code CHAR(3) NOT NULL, fare INT NOT NULL);",
    );
    write(&files, "csv/planes.dat", "code,name\nA32,Airbus\n");
    write(&files, "csv/PORTS.TXT", "code,city\nAMS,Amsterdam\n");
    write(
        &files,
        "csv/connections.csv",
        "Start,Target,Stops,x\nAMS,LHR,0,\n",
    );
    write(&files, "csv/old files/crews.csv", "code,crew\nA32,Ann\n");
    write(&files, "csv/fares/1.dat", "code,fare\nA32,9\n");
    write(&files, "csv/fares/2.dat", "code,fare\nA33,9\n");
    write(&files, "csv/fares/_SUCCESS", "");
    write(&files, "csv/notes.md", "code,crew\n");
    let ran = files
        .check(&[])
        .exits(2)
        .says("csv: no planes.csv, no ports.csv, no routes.csv, no crews.csv, no fares.csv; ")
        .says("planes.dat has the name of table planes, PORTS.TXT has the name of table ports, \
               connections.csv has the columns of table routes, old files/crews.csv has the name of table crews, \
               the folder of fares/*.dat has the name of table fares; if they are the right files, add ");
    let all = options(&ran);
    assert_eq!(all.len(), 10, "{all:?}");
    assert_eq!(all[1], "planes=csv/planes.dat");
    assert_eq!(all[9], "fares=csv/fares/*.dat");
    check(&files, &all).exits(0);
    assert_eq!(files.reported("fares")["loaded"], 2);
}

#[test]
fn json_files_and_parts_without_an_extension_may_be_meant() {
    let files = Files::of_schema(
        "CREATE TABLE shops (id INT NOT NULL PRIMARY KEY, name VARCHAR(9) NOT NULL);
         CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, n INT NOT NULL);",
    );
    write(
        &files,
        "csv/dataset_shops.json",
        "{\"id\":1,\"name\":\"a\"}\n",
    );
    write(&files, "csv/settings.json", "{\"id\":1,\"other\":\"a\"}\n");
    write(&files, "csv/sales_0000_part_00", "id,n\n1,2\n");
    write(&files, "csv/sales_0001_part_00", "id,n\n2,2\n");
    let ran = files.check(&[]).exits(2);
    let all = options(&ran);
    assert_eq!(
        all,
        [
            "--map",
            "shops=csv/dataset_shops.json",
            "--map",
            "sales=csv/sales_*"
        ]
    );
    check(&files, &all).exits(0);
    assert_eq!(files.reported("sales")["loaded"], 2);
}

#[test]
fn files_in_other_formats_and_folders_are_named_with_what_to_do() {
    let files = Files::of_schema(TABLES);
    write(&files, "csv/ratings.xlsx", "PK");
    write(&files, "csv/movies.csv.xz", "x");
    files
        .check(&[])
        .exits(2)
        .says("ratings.xlsx is a spreadsheet: save its sheet as CSV")
        .says("movies.csv.xz is compressed in a format that is not supported: unpack it first");
    fs::remove_file(files.path("csv/ratings.xlsx")).unwrap();
    write(&files, "csv/ratings.sql", "-- empty");
    files
        .check(&[])
        .exits(2)
        .says("ratings.sql is SQL: load it with the server's own client");
    write(&files, "csv/v2/ratings.csv", "id,stars\n");
    write(
        &files,
        "csv/v2/movies.csv.gz",
        pack(Packing::Gzip, b"id,title\n"),
    );
    // reject files have the names of tables, too
    for name in ["ratings.csv", "movies.csv", "movies.reasons.csv"] {
        write(&files, &format!("csv/rejects/{name}"), "");
    }
    files
        .check(&[])
        .exits(2)
        .says("csv/v2 has the files of all tables: name that folder instead");
}

#[test]
fn a_file_with_a_similar_name_is_suggested_only_for_one_table() {
    let files = Files::of_schema(TABLES);
    files.put("movies", "id,title\n1,Up\n");
    files.put("rating", "key,n\n1,5\n");
    let ran = files.check(&[]).exits(2).says(
        "the name of rating.csv is similar to that of table ratings; if it is the right file, add ",
    );
    let all = [
        options(&ran),
        ["--rename", "ratings.key=id", "--rename", "n=stars"]
            .map(str::to_owned)
            .to_vec(),
    ];
    check(&files, &all.concat()).exits(0);
    files.put("ratingz", "key,n\n1,5\n");
    files.put("other", "key,n\n1,5\n");
    files
        .check(&[])
        .exits(2)
        .says("these files belong to no table: other.csv, rating.csv, ratingz.csv");
    fs::remove_file(files.path("csv/rating.csv")).unwrap();
    fs::remove_file(files.path("csv/ratingz.csv")).unwrap();
    files.check(&[]).exits(2).says(
        "these files belong to no table: other.csv; if one of them has the rows, name it with --map ratings=FILE",
    );
}

on_both_servers! {
    fn an_append_takes_the_tables_whose_patterns_match(server: Server) {
        let (files, scratch) = (Files::of_schema(TABLES), Scratch::new(server));
        write(&files, "csv/movies.csv", "id,title\n1,Up\n");
        write(&files, "csv/r_1.dat", "id,stars\n1,5\n");
        write(&files, "reviewseed.toml", "[tables.ratings]\nfiles = 'r_*.dat'\n");
        files.seed(&scratch, &[]).exits(0);
        fs::remove_file(files.path("csv/r_1.dat")).unwrap();
        files.put("movies", "id,title\n2,Cars\n");
        files.seed(&scratch, &["--append"]).exits(0);
        let count = "SELECT CONCAT((SELECT COUNT(*) FROM movies), (SELECT COUNT(*) FROM ratings))";
        assert_eq!(scratch.value(count), "21");
        // a table with some of its files is not left out
        write(&files, "csv/r_2-of-2.dat", "id,stars\n2,5\n");
        files.put("movies", "id,title\n3,Coco\n");
        files.seed(&scratch, &["--append"]).exits(2).says("table ratings is incomplete");
        assert_eq!(scratch.value(count), "21");
    }
}
