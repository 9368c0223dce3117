//! The schema.sql that is used if no option names one. Every command reports and uses the same one.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, run};

/// Two tables that the schema compiled in does not have, or has otherwise.
const BESIDE: &str = "CREATE TABLE reviews (id INT NOT NULL PRIMARY KEY, stars DECIMAL(3,2) NOT NULL);\n\
    CREATE TABLE shops (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);\n";

fn shops() -> Files {
    let files = Files::none();
    fs::write(files.path("csv/schema.sql"), BESIDE).unwrap();
    files.put("reviews", "id,stars\n1,4.25\n2,5\n");
    files.put("shops", "id,name\n1,Corner\n");
    files
}

fn check(files: &Files, arguments: &[&str]) -> Ran {
    run(&files.path(""), [&["check", "csv"], arguments].concat())
}

#[test]
fn the_schema_beside_the_files_is_used_and_named() {
    let files = shops();
    let said = "schema: csv/schema.sql, found beside the files";
    let ran = check(&files, &["--report", "r.html"]).exits(0).says(said);
    assert!(ran.stderr.contains("shops"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("not used"), "{}", ran.stderr);
    let page = fs::read_to_string(files.path("r.html")).unwrap();
    assert!(page.contains("csv/schema.sql"));
    // the folder itself may be the current one
    run(&files.path("csv"), ["check"])
        .exits(0)
        .says("schema: schema.sql in the current folder");
    let config = run(&files.path("csv"), ["config", "check"]).exits(0);
    assert!(
        config.stdout.contains("schema.sql  the current folder"),
        "{}",
        config.stdout
    );
    // what is named goes before it
    let ran = check(&files, &["--schema", "compiled-in"]).exits(2);
    assert!(!ran.stderr.contains(said), "{}", ran.stderr);
    assert!(ran.stderr.contains("characteristics"), "{}", ran.stderr);
}

#[test]
fn of_two_schemas_the_one_beside_the_files_is_used_and_the_other_named() {
    let files = shops();
    fs::write(
        files.path("schema.sql"),
        "CREATE TABLE other (id INT PRIMARY KEY);",
    )
    .unwrap();
    check(&files, &[]).exits(0).says(
        "schema: csv/schema.sql, found beside the files; schema.sql in the current folder differs and is not used; \
         --schema schema.sql selects it",
    );
    check(&files, &["--schema", "schema.sql"])
        .exits(2)
        .says("other");
    // the same text twice leaves no doubt
    fs::write(files.path("schema.sql"), BESIDE).unwrap();
    let ran = check(&files, &[]).exits(0);
    assert!(!ran.stderr.contains("not used"), "{}", ran.stderr);
}

#[test]
fn without_one_beside_the_files_that_of_the_current_folder_is_used_and_else_the_one_compiled_in() {
    let files = Files::small();
    let compiled_in = include_str!("../../../schema.sql");
    let quiet = |ran: Ran| assert!(!ran.stderr.contains("schema:"), "{}", ran.stderr);
    quiet(check(&files, &[]).exits(0));
    check(&files, &["-v"])
        .exits(0)
        .says("schema: schema.sql (compiled in)");
    fs::write(files.path("schema.sql"), compiled_in).unwrap();
    quiet(check(&files, &[]).exits(0));
    let narrow = compiled_in.replace("VARCHAR(100)", "VARCHAR(2)");
    fs::write(files.path("schema.sql"), narrow).unwrap();
    check(&files, &["--max-rejects", "100%"])
        .exits(1)
        .says("schema: schema.sql in the current folder; --schema compiled-in selects the compiled-in schema")
        .says("too_long");
    quiet(check(&files, &["--schema", "compiled-in"]).exits(0));
}

#[test]
fn a_schema_in_an_archive_is_named_and_one_beside_the_archive_is_used() {
    let files = shops();
    let zip = |names: &[&str]| {
        let mut command = std::process::Command::new("python3");
        command
            .args(["-m", "zipfile", "-c", "../all.zip"])
            .args(names);
        assert!(
            command
                .current_dir(files.path("csv"))
                .status()
                .unwrap()
                .success()
        );
    };
    zip(&["reviews.csv", "shops.csv", "schema.sql"]);
    let checked = || {
        run(
            &files.path("csv"),
            ["check", "../all.zip", "--schema", "schema.sql"],
        )
    };
    checked().exits(0);
    fs::rename(files.path("csv/schema.sql"), files.path("schema.sql")).unwrap();
    run(&files.path("csv"), ["check", "../all.zip"])
        .exits(0)
        .says("schema: ../schema.sql, found beside the files")
        .says("warning: ../all.zip holds a schema.sql that is not read");
    zip(&["reviews.csv", "shops.csv"]);
    let ran = run(&files.path("csv"), ["check", "../all.zip"]).exits(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

on_both_servers! {
    fn seed_and_the_commands_that_it_names_use_the_schema_beside_the_files(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        files.put("shops", "id,name\n1,Corner\n2,This name is far too long for it\n");
        let database = ["--database-url", scratch.url()];
        let seed = ["seed", "csv", "--max-rejects", "100%"];
        let ran = run(&files.path(""), [&seed[..], &database].concat())
            .exits(0)
            .says("schema: csv/schema.sql, found beside the files");
        assert_eq!(scratch.value("SELECT SUM(stars) FROM reviews"), "9.25");
        // corrected rows are read by the same schema, although they are in another folder
        let correct = ran.stderr.lines().find(|l| l.starts_with("next: correct")).unwrap();
        assert!(correct.contains("--schema csv/schema.sql"), "{correct}");
        assert!(!ran.stderr.contains("targets"), "{}", ran.stderr);
        run(&files.path(""), [&seed[..], &database].concat()).exits(0).says("nothing to do");
    }
}
