//! Errors with their messages and exit codes: 2 if a command failed, 1 if it found a problem.

use std::fs;

use crate::support::data::{Files, REVIEWS_HEADER, TABLES, review, reviews, sample_data};
use crate::support::harness::{Scratch, Server, on_both_servers, run};

#[test]
fn what_the_command_line_does_not_know_is_usage() {
    let files = Files::small();
    let cases: [(&[&str], &str); 10] = [
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
        (
            &["check", "csv", "--max-rejects", "x"],
            "neither a number of rows (500) nor a share (2.5%)",
        ),
        (
            &["check", "csv", "--max-rejects", "101%"],
            "neither a number of rows",
        ),
        (
            &["check", "csv", "--max-rejects=-1"],
            "neither a number of rows",
        ),
        (
            &["seed", "csv", "--batch-size", "0"],
            "not a size such as 500000, 512K, 2M or 1G",
        ),
        (&["seed", "csv", "--batch-size", "2T"], "not a size such as"),
        (
            &["seed", "csv", "--load", "magic"],
            "possible values: auto, local-infile, insert",
        ),
        (
            &["seed", "csv", "--connections", "0"],
            "0 is not in 1..=256",
        ),
        (&["check", "csv", "--threads", "many"], "invalid digit"),
        (&["check", "csv", "-q", "-v"], "cannot be used with"),
    ];
    for (arguments, words) in cases {
        let ran = run(&files.path(""), arguments).exits(2).says(words);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    run(&files.path(""), Vec::<&str>::new())
        .exits(2)
        .says("Usage: reviewseed [OPTIONS] <COMMAND>");
}

#[test]
fn input_that_does_not_exist_is_named() {
    let files = Files::small();
    let folder = files.path("");
    run(&folder, ["check", "nowhere"])
        .exits(2)
        .says("error: nowhere does not exist; the last existing folder on the path is /");
    run(&folder, ["check", "cvs"])
        .exits(2)
        .says("error: cvs does not exist; did you mean csv?");
    run(
        &folder,
        [
            "check",
            "--tables",
            "reviews",
            "--map",
            "reviews=csv/review.csv",
        ],
    )
    .exits(2)
    .says("csv/review.csv does not exist; did you mean csv/reviews.csv?");
    for arguments in [
        &["check", "csv/reviews.csv"][..],
        &["targets", "--from", "csv/reviews.csv"],
    ] {
        run(&folder, arguments)
            .exits(2)
            .says("csv/reviews.csv is a file, but a folder or a zip archive")
            .says("--map TABLE=csv/reviews.csv");
    }
    files
        .check(&["--tables", "reviews,nope"])
        .exits(2)
        .says("no table \"nope\" in the schema; it has reviews, ");
    run(&folder, ["check", "csv", "--schema", "no.sql"])
        .exits(2)
        .says("cannot read the schema no.sql");
    fs::remove_file(files.path("csv/reviews.csv")).unwrap();
    fs::remove_file(files.path("csv/reviews_photos.csv")).unwrap();
    let ran = files
        .check(&[])
        .exits(2)
        .says("csv: no reviews.csv, no reviews_photos.csv");
    ran.says("--tables characteristics,characteristic_reviews");
    fs::create_dir(files.path("csv/reviews.csv")).unwrap();
    files
        .check(&["--tables", "reviews"])
        .exits(2)
        .says("csv/reviews.csv is a folder");
    assert!(
        !files.path("rejects").exists(),
        "nothing is made before the input is known"
    );
}

fn stops_the_run(files: &Files, characteristics: &[u8], words: &str) {
    files.put("characteristics", characteristics);
    files
        .check(&[])
        .exits(2)
        .says("csv/characteristics.csv")
        .says(words);
}

#[test]
fn a_file_that_is_not_csv_is_recognised() {
    let files = Files::small();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("id,name".bytes().flat_map(|b| [b, 0]))
        .collect();
    let cases: [(&[u8], &str); 9] = [
        (b"", "is empty; the first line must be a header"),
        (b"\n\n", "is empty; the first line must be a header"),
        (b"\x1f\x8b\x08\0\0", "is damaged or incomplete"),
        (
            b"PK\x03\x04rest",
            "cannot read the directory of the zip archive",
        ),
        (
            b"\x28\xb5\x2f\xfdrest",
            "the zstd data of csv/characteristics.csv is damaged",
        ),
        (
            b"\xfd7zXZ\0rest",
            "is xz data, which is not supported; decompress it first",
        ),
        (
            b"\xff\xfe\0\0i\0\0\0",
            "is UTF-32 text, which is not supported; convert it",
        ),
        (&utf16, "header has no column \"product_id\""),
        (
            b"1,7,\"Fit\"\n2,7,\"Size\"\n",
            "the first line is not a header for table characteristics",
        ),
    ];
    for (bytes, words) in cases {
        stops_the_run(&files, bytes, words);
    }
}

#[test]
fn a_header_that_cannot_serve_the_table_stops_the_run() {
    let files = Files::small();
    let cases = [
        (
            "id,name\n1,Fit\n",
            "header has no column \"product_id\"; found \"id, name\"",
        ),
        (
            "id\n1\n",
            "header has no column \"product_id\", no column \"name\"",
        ),
        (
            "id,product_id,Name,name\n1,7,Fit,Fit\n",
            "header names column \"name\" more than once, in fields 3 and 4",
        ),
    ];
    for (text, words) in cases {
        stops_the_run(&files, text.as_bytes(), words);
    }
}

#[test]
fn one_other_separator_in_a_header_is_no_reason_to_name_another_delimiter() {
    let files = Files::small();
    let text = "id;x,product_id,names\n1,7,Fit\n";
    std::fs::write(files.path("csv/characteristics.csv"), text).unwrap();
    let ran = files.check(&[]).exits(2).says("header has no column");
    assert!(!ran.stderr.contains("--delimiter"), "{}", ran.stderr);
}

#[test]
fn a_first_line_that_shows_how_the_file_is_written_names_the_option() {
    let files = Files::small();
    let cases: [(&str, &str, &[&str]); 3] = [
        (
            "1,7,\"Fit\"\n2,7,\"Size\"\n",
            "it looks like a data row: if the files have no header, add --no-header",
            &["--no-header"],
        ),
        (
            "1;7;Fit\n2;7;Size\n",
            "it looks like a data row with \";\" between fields: if the files have no header, add --no-header --delimiter ';'",
            &["--no-header", "--delimiter", ";"],
        ),
        ("a,b,c\n1,2,3\n", "found \"a, b, c\"", &[]),
    ];
    for (text, words, options) in cases {
        files.put("characteristics", text);
        let table = ["--tables", "characteristics"];
        let ran = files.check(&table).exits(2).says(words);
        if options.is_empty() {
            assert!(!ran.stderr.contains("add --"), "{}", ran.stderr);
        } else {
            files.check(&[&table, options].concat()).exits(0);
            assert_eq!(files.reported("characteristics")["loaded"], 2);
        }
    }
}

#[test]
fn headers_and_line_ends_as_people_have_them_are_accepted() {
    let files = Files::small();
    let cases = [
        "\u{feff}id,product_id,name\n1,7,Fit\n2,7,Size\n",
        "id,product_id,name\r\n1,7,Fit\r\n2,7,Size\r\n",
        "id,product_id,name\r1,7,Fit\r2,7,Size\r",
        "id,product_id,name\n1,7,Fit\n2,7,Size",
        "\n\r\nid,product_id,name\n\n1,7,Fit\n\n\r\n2,7,Size\n\n\n",
        "name,id,product_id\nFit,1,7\nSize,2,7\n",
        " ID ,\" Product_Id\",NAME\n1,7,Fit\n2,7,Size\n",
        "product_id,name,id\n7, fit ,+1\n7,\"SIZE\",002\n",
    ];
    let mut checksums = Vec::new();
    for text in cases {
        files.put("characteristics", text);
        files.check(&[]).exits(0);
        checksums.push(files.reported("characteristics")["checksum"].clone());
    }
    checksums.dedup();
    assert_eq!(checksums.len(), 1, "the same rows in every dress");
}

on_both_servers! {
    fn columns_in_another_order_and_columns_too_many_are_loaded_all_the_same(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.put("characteristics", "name,remark,product_id,id,ID of old\nFit,x,7,1,9\nSize,y,7,2,9\n");
        files.seed(&scratch, &[]).exits(0).says("characteristics: columns left out: remark, ID of old");
        assert_eq!(files.reported("characteristics")["ignored_columns"], serde_json::json!(["remark", "ID of old"]));
        let rows = scratch.rows("SELECT CAST(id AS CHAR), CAST(product_id AS CHAR), CAST(name AS CHAR) FROM characteristics ORDER BY id");
        let row = |cells: [&str; 3]| cells.map(|c| Some(c.to_owned())).to_vec();
        assert_eq!(rows, [row(["1", "7", "Fit"]), row(["2", "7", "Size"])]);
    }
}

on_both_servers! {
    fn a_column_that_may_be_missing_gets_its_default(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        // the id is numbered by the server, the response is nullable
        let header = REVIEWS_HEADER.replace("id,product_id", "product_id").replace(",response", "");
        files.put("reviews", format!("{header}\n7,4,1607788495627,s,b,t,f,Ann,a@example.com,3\n"));
        files.seed(&scratch, &["--tables", "reviews", "--verify", "full"]).exits(0);
        assert_eq!(scratch.value("SELECT CONCAT(id, '|', response IS NULL) FROM reviews"), "1|1");
    }
}

#[test]
fn the_rejects_go_to_a_folder_of_their_own() {
    let files = Files::small();
    files
        .check(&["--rejects", "csv"])
        .exits(2)
        .says("csv is the input folder");
    files
        .check(&["--rejects", "csv/../csv/."])
        .exits(2)
        .says("is the input folder");
    fs::write(files.path("taken"), "").unwrap();
    files
        .check(&["--rejects", "taken"])
        .exits(2)
        .says("cannot create taken")
        .says("--rejects");
    for table in TABLES {
        assert!(files.path(&format!("csv/{table}.csv")).exists());
    }
}

#[test]
fn rejects_are_a_finding_for_check_and_a_spent_budget_names_the_rule() {
    let files = Files::small();
    let bad = review(9).replace(",7,4,", ",7,,");
    files.put("reviews", reviews(18) + &bad.repeat(2));
    files
        .check(&[])
        .exits(1)
        .says("missing_value 2")
        .says("rejects/");
    assert_eq!(files.report()["outcome"], "found_rejects");
    for budget in ["1", "9%", "0"] {
        let ran = files.check(&["--max-rejects", budget]).exits(1);
        ran.says("--max-rejects")
            .says("look at missing_value first")
            .says("rejects/reviews.reasons.csv");
        assert_eq!(files.report()["outcome"], "budget_spent");
    }
    // 2 of 20 are 10% and not more
    files.check(&["--max-rejects", "10%"]).exits(1);
    assert_eq!(files.report()["outcome"], "found_rejects");
}

on_both_servers! {
    fn a_spent_budget_ends_a_seed_with_1_and_names_the_rule(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.put("reviews", reviews(18) + &review(9).repeat(2));
        let ran = files.seed(&scratch, &["--max-rejects", "1"]).exits(1);
        ran.says("reviews: 2 of 20 records are rejected, more than --max-rejects 1 allows").says("look at duplicate_key first");
        assert_eq!(files.report()["outcome"], "budget_spent");
        // its rows are not taken for those of a finished run: with a larger budget it is resumed
        files.seed(&scratch, &["--max-rejects", "2", "--verify", "full"]).exits(0);
        assert_eq!(files.report()["outcome"], "seeded");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "18");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_named_without_the_password() {
    let files = Files::small();
    // a port of loopback on which nobody listens: it was ours a moment ago
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("mysql://app:s3cret@127.0.0.1:{port}/shop");
    for command in [vec!["seed", "csv"], vec!["verify"]] {
        let ran = run(
            &files.path(""),
            command.into_iter().chain(["--database-url", &url]),
        )
        .exits(2);
        let ran = ran
            .says(&format!(
                "cannot connect to mysql://app@127.0.0.1:{port}/shop"
            ))
            .says(&format!("nothing listens at 127.0.0.1:{port}"));
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
    let missing = "mysql://root@localhost/x?socket=/nowhere/server.sock";
    run(&files.path(""), ["seed", "csv", "--database-url", missing])
        .exits(2)
        .says("/nowhere/server.sock");
    run(
        &files.path(""),
        ["seed", "csv", "--database-url", "ftp://x/y"],
    )
    .exits(2)
    .says("mysql://user:password@host:3306/database");
    run(
        &files.path(""),
        ["seed", "csv", "--database-url", "mysql://x@h/y?sslmode=off"],
    )
    .exits(2)
    .says("sslmode");
}

on_both_servers! {
    fn a_wrong_password_and_a_database_that_does_not_exist_are_distinguished(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let nobody = scratch.url().replace("mysql://root@", "mysql://nobody:s3cret@");
        let ran = run(&files.path(""), ["seed", "csv", "--database-url", &nobody]).exits(2).says("are user and password right?");
        assert!(!ran.stderr.contains("s3cret"), "{}", ran.stderr);
        let absent = scratch.url().replace(scratch.name(), &format!("{}absent", scratch.name()));
        run(&files.path(""), ["seed", "csv", "--database-url", &absent]).exits(2).says("the database does not exist; create it");
    }
}

on_both_servers! {
    fn a_report_that_cannot_be_written_is_an_error_with_its_file(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let data = sample_data();
        let arguments = ["seed", data.to_str().unwrap(), "--report", "no/where.json", "--database-url", scratch.url()];
        run(&files.path(""), arguments).exits(2).says("no/where.json");
    }
}
