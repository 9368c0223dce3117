//! Typical mistakes of a new user: each ends with a message that says what is wrong, where, and
//! what to do next. None of these commands creates a private server.

mod databases;
mod files;
mod options;

use std::fs;
use std::io::Write;
use std::net::TcpListener;

use crate::support::data::{Files, TABLES};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};
use databases::DATABASES;
use files::FILES;
use options::OPTIONS;

/// What is done to the files before the command.
type Prepare = fn(&Files);

/// A mistake: how the files are prepared, the command line, and what the message must contain.
type Mistake = (
    &'static str,
    Prepare,
    &'static [&'static str],
    &'static [&'static str],
);

fn nothing(_: &Files) {}

fn change(files: &Files, table: &str, change: impl Fn(&str) -> String) {
    let path = files.path(&format!("csv/{table}.csv"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(&text)).unwrap();
}

fn rename(files: &Files, from: &str, to: &str) {
    let to = files.path(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(files.path(from), to).unwrap();
}

fn without_header(text: &str) -> String {
    text.split_once('\n').unwrap().1.to_owned()
}

/// The commands and options that other tools have.
const COMMAND_LINES: [Mistake; 15] = [
    (
        "a folder without a command",
        nothing,
        &["csv"],
        &[
            "\"csv\" is not a command",
            "next: ",
            "reviewseed seed csv",
            "reviewseed check csv",
        ],
    ),
    (
        "the word of another tool",
        nothing,
        &["load", "csv", "--tables", "reviews"],
        &["it is called seed", "reviewseed seed csv --tables reviews"],
    ),
    (
        "another word",
        nothing,
        &["validate", "csv"],
        &["it is called check", "reviewseed check csv"],
    ),
    (
        "a typing error",
        nothing,
        &["sead", "csv"],
        &["a similar subcommand exists: 'seed'"],
    ),
    (
        "the server's command at the top",
        nothing,
        &["status"],
        &["reviewseed server status"],
    ),
    (
        "the host of the mysql client",
        nothing,
        &["seed", "csv", "--host", "db", "--user", "app"],
        &[
            "no option --host",
            "--database-url mysql://app@db:3306/DATABASE",
        ],
    ),
    (
        "the user of the mysql client",
        nothing,
        &["seed", "csv", "-u", "app", "-P", "3307"],
        &["no option -u", "mysql://app@127.0.0.1:3307/DATABASE"],
    ),
    (
        "the password of the mysql client",
        nothing,
        &["seed", "csv", "--password", "s3cret"],
        &["--password-file FILE", "next: --database-url"],
    ),
    (
        "the database of the mysql client",
        nothing,
        &["seed", "csv", "--database", "shop"],
        &["next: --database-url mysql://USER@127.0.0.1:3306/shop"],
    ),
    (
        "a URL without its option",
        nothing,
        &["seed", "csv", "mysql://app:s3cret@db/shop"],
        &[
            "give a database URL with --database-url",
            "seed csv --database-url mysql://app@db:3306/shop",
        ],
    ),
    (
        "two folders",
        nothing,
        &["seed", "csv", "more"],
        &["\"more\" is one argument too many", "--map TABLE=FILE"],
    ),
    (
        "a colon in --map",
        nothing,
        &["check", "csv", "--map", "reviews:x.csv"],
        &["did you mean reviews=x.csv?"],
    ),
    (
        "a share as a fraction",
        nothing,
        &["check", "csv", "--max-rejects", "0.1"],
        &["did you mean 10%?"],
    ),
    (
        "the name of a delimiter",
        nothing,
        &["check", "csv", "--delimiter", "semicolon"],
        &["write the character \";\" instead of its name \"semicolon\""],
    ),
    (
        "a rule that does not exist",
        nothing,
        &["explain", "missing_parnt"],
        &["did you mean missing_parent", "lists all rules"],
    ),
];

#[test]
fn every_mistake_is_explained_and_none_makes_a_server() {
    let mut wrong = Vec::new();
    let all = COMMAND_LINES.iter().chain(&OPTIONS);
    for (mistake, prepare, arguments, wanted) in all.chain(&DATABASES).chain(&FILES) {
        let files = Files::small();
        prepare(&files);
        let said = ran(reviewseed(&files.path("")).args(*arguments));
        let missing = wanted.iter().filter(|words| !said.stderr.contains(*words));
        let mut faults: Vec<String> = missing.map(|words| format!("no {words:?}")).collect();
        if said.code != Some(2) {
            faults.push(format!("exit code {:?}", said.code));
        }
        if said.stderr.contains("s3cret") {
            faults.push("the password is shown".to_owned());
        }
        if files.path(".reviewseed").exists() {
            faults.push("a server was made".to_owned());
        }
        if !faults.is_empty() {
            wrong.push(format!("{mistake}: {}: {}", faults.join(", "), said.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_port_without_a_server_behind_it_ends_within_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mysql://root@{}/shop", silent.local_addr().unwrap());
    let files = Files::small();
    let arguments = ["seed", "csv", "--net-timeout", "1", "--database-url", &url];
    let said = ran(reviewseed(&files.path("")).args(arguments));
    said.exits(2)
        .says("the port accepts connections but sends no MySQL greeting")
        .says("is it the port of a MySQL server");
}

#[test]
fn a_port_of_another_program_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = other.local_addr().unwrap();
    // ends with the tests
    std::thread::spawn(move || {
        let clients = other.incoming().flatten();
        clients.for_each(|mut client| client.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").unwrap());
    });
    let files = Files::small();
    let url = format!("mysql://root@{place}/shop");
    let said = ran(reviewseed(&files.path("")).args(["seed", "csv", "--database-url", &url]));
    said.exits(2)
        .says(&format!("the program at {place} sent no MySQL greeting"))
        .says("correct host and port in --database-url");
}

#[test]
fn settings_beside_the_files_are_not_ignored_silently() {
    let files = Files::small();
    fs::write(files.path("csv/reviewseed.toml"), "").unwrap();
    let said = ran(reviewseed(&files.path("")).args(["check", "csv"]));
    said.exits(0)
        .says("csv/reviewseed.toml is not read")
        .says("to use this file: --config csv/reviewseed.toml");
    let arguments = ["check", "csv", "--config", "csv/reviewseed.toml"];
    let said = ran(reviewseed(&files.path("")).args(arguments)).exits(0);
    assert!(!said.stderr.contains("is not read"), "{said:?}");
}

#[test]
fn a_variable_that_is_empty_is_named() {
    let files = Files::small();
    let mut command = reviewseed(&files.path(""));
    command.args(["seed", "csv"]).env("REVIEWSEED_MYSQLD", "");
    ran(&mut command)
        .exits(2)
        .says("the environment variable REVIEWSEED_MYSQLD is empty")
        .says("next: give REVIEWSEED_MYSQLD a value, or remove it: unset REVIEWSEED_MYSQLD");
}

#[test]
fn a_parent_file_without_records_is_named() {
    let files = Files::small();
    change(&files, "reviews", |text| {
        text.split_inclusive('\n').next().unwrap().to_owned()
    });
    let said = ran(reviewseed(&files.path("")).args(["check", "csv"]));
    said.exits(1)
        .says("reviews: its files have no record, only a header");
}

#[test]
fn files_that_mean_only_one_thing_are_read_and_that_is_said() {
    let cases: [(&str, Prepare, &str); 5] = [
        (
            "upper case",
            |files| rename(files, "csv/reviews.csv", "csv/Reviews.CSV"),
            "",
        ),
        (
            "sep=",
            |files| change(files, "reviews", |text| format!("sep=,\n{text}")),
            "",
        ),
        (
            "semicolons",
            |files| files.put("characteristics", "id;product_id;name\n1;7;Fit\n2;7;Size\n"),
            "characteristics: the names in the header are separated by \";\"",
        ),
        (
            "tabs",
            |files| {
                files.put(
                    "characteristics",
                    "id\tproduct_id\tname\n1\t7\tFit\n2\t7\tSize\n",
                )
            },
            "characteristics: the names in the header are separated by tabs",
        ),
        (
            "camel case",
            |files| {
                change(files, "characteristics", |text| {
                    text.replacen("product_id", "productId", 1)
                })
            },
            "characteristics: header names are read as columns: \"productId\" = product_id",
        ),
    ];
    for (case, prepare, words) in cases {
        let files = Files::small();
        prepare(&files);
        let said = ran(reviewseed(&files.path("")).args(["check", "csv"]));
        assert_eq!(said.code, Some(0), "{case}: {said:?}");
        assert!(said.stderr.contains(words), "{case}: {said:?}");
        assert!(
            said.stderr.contains("✓ 10 records accepted"),
            "{case}: {said:?}"
        );
    }
}

#[test]
fn several_files_with_the_same_trouble_have_a_line_each_and_one_next_step() {
    let files = Files::small();
    TABLES
        .iter()
        .for_each(|table| change(&files, table, without_header));
    let said = files
        .check(&[])
        .exits(2)
        .says("4 files or tables cannot be read:\n");
    let lines: Vec<_> = said
        .stderr
        .lines()
        .filter(|l| l.starts_with("  csv/"))
        .collect();
    assert_eq!(lines.len(), 4, "{said:?}");
    let next: Vec<_> = said
        .stderr
        .lines()
        .filter(|l| l.starts_with("next: "))
        .collect();
    assert_eq!(
        next,
        ["next: if these guesses are right for all of the files, add --no-header"]
    );
    files.check(&["--no-header"]).exits(0);
}

on_both_servers! {
    fn a_database_that_does_not_exist_and_a_wrong_password_are_told_apart(server: Server) {
        let scratch = Scratch::new(server);
        let files = Files::small();
        let said = |url: &str| {
            let arguments = ["seed", "csv", "--database-url", url];
            ran(reviewseed(&files.path("")).args(arguments)).exits(2)
        };
        said(&scratch.url().replace(scratch.name(), "no_such_database"))
            .says("the database does not exist; create it");
        let nobody = scratch.url().replace("root@", "nobody_of_this_name:s3cret@");
        let denied = said(&nobody).says("are user and password right?");
        assert!(!denied.stderr.contains("s3cret"), "{denied:?}");
    }
}
