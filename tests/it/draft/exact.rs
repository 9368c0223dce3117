//! No value is lost or changed without a message: if a type could not return a value exactly, the
//! column is a text, or `draft` warns.

use super::{Folder, lines};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

/// People of whom two have a name that programs write for no value, and one has no name.
fn people() -> Folder {
    let rows = (1..=20).map(|n| match n {
        3 => format!("{n},Null,x"),
        7 => format!("{n},NULL,"),
        9 => format!("{n},,y"),
        _ => format!("{n},Name{n},"),
    });
    Folder::new(&[("people.csv", &lines("id,surname,note", rows))])
}

#[test]
fn the_word_null_among_names_is_a_text_and_both_readings_are_said() {
    let drafted = people().drafted(&[]);
    let said = "\"NULL\" (1), \"Null\" (1) may be a text, such as a name, or mean NULL";
    assert!(drafted.said.contains(said), "{}", drafted.said);
    assert_eq!(drafted.column("people", "surname"), "VARCHAR(64) NULL");
    assert_eq!(
        drafted.settings,
        "[tables.people.columns.surname]\nkeep_null = true\n"
    );
    let without_gaps = (1..9).map(|n| format!("{n},{}", if n == 3 { "Null" } else { "Ann" }));
    let folder = Folder::new(&[("people.csv", &lines("id,surname", without_gaps))]);
    let drafted = folder.drafted(&[]);
    assert_eq!(drafted.column("people", "surname"), "VARCHAR(64) NOT NULL");
    drafted.has("declare the column NULL to read the word as NULL");
}

#[test]
fn the_word_null_is_no_value_where_the_file_uses_it_so_and_that_is_said_with_its_count() {
    let rows = (1..=20).map(|n| match n % 4 {
        0 => format!("{n},NULL,NULL,a"),
        _ => format!("{n},text{n},{n},a"),
    });
    let folder = Folder::new(&[("t.csv", &lines("id,remark,amount,kind", rows))]);
    let drafted = folder.drafted(&[]);
    assert_eq!(drafted.column("t", "remark"), "VARCHAR(64) NULL");
    drafted.has("-- read as NULL: \"NULL\" (5)");
    assert_eq!(drafted.settings, "");
}

#[test]
fn a_column_named_like_the_key_with_repeated_values_is_named() {
    let rows = (0..40).map(|n| format!("{},{}", if n == 30 { 7 } else { n }, n % 3));
    let drafted = Folder::new(&[("t.csv", &lines("id,v", rows))]).drafted(&[]);
    let said = "t: id is named like the key, but its 40 rows have 39 distinct values";
    assert!(drafted.said.contains(said), "{}", drafted.said);
}

#[test]
fn dates_of_mongodb_in_both_of_its_forms_are_moments() {
    let rows = (1..9).map(|n| {
        let at = match n % 2 {
            0 => "{\"$date\":\"2023-01-01T00:00:00Z\"}".to_owned(),
            _ => format!("{{\"$date\":{{\"$numberLong\":\"170000000000{n}\"}}}}"),
        };
        format!("{{\"n\":{n},\"at\":{at}}}\n")
    });
    let rows: String = rows.collect();
    let drafted = Folder::new(&[("events.jsonl", &rows)]).drafted(&[]);
    assert_eq!(drafted.column("events", "at"), "DATETIME(3) NOT NULL");
    drafted.has("some values are epoch milliseconds");
}

#[test]
fn records_without_a_value_are_no_rows_of_a_table_with_a_key_of_texts() {
    let rows = (0..40).map(|n| match n < 20 {
        true => format!("scene {n},{}", n % 3),
        false => ",".to_owned(),
    });
    let folder = Folder::new(&[("t.csv", &lines("scene,stars", rows))]);
    let drafted = folder.drafted(&[]);
    drafted.has("PRIMARY KEY (`scene`)").has("t.csv: 20 rows");
    folder
        .run(&["check", "in", "--schema", "schema.sql"])
        .exits(0)
        .says("left out 20 records without any value");
}

#[test]
fn files_that_are_not_read_are_named() {
    let folder = Folder::new(&[
        ("t.csv", "id,v\n1,2\n"),
        ("dump.sql", "CREATE TABLE t (id INT);\n"),
        ("access.log", "10.0.0.1 GET /\n"),
    ]);
    let said = folder.drafted(&[]).said;
    assert!(said.contains("dump.sql is SQL"), "{said}");
    assert!(said.contains("access.log is a log"), "{said}");
}

on_both_servers! {
    fn a_drafted_name_that_is_the_word_null_is_stored_as_a_text(server: Server) {
        let folder = people();
        let scratch = Scratch::new(server);
        let seed = ["seed", "in", "--draft", "--verify", "full", "--database-url", scratch.url()];
        ran(reviewseed(folder.path()).args(seed)).exits(0);
        let count = |of: &str| scratch.value(&format!("SELECT COUNT(*) FROM people WHERE {of}"));
        assert_eq!(count("BINARY surname = 'Null'"), "1");
        assert_eq!(count("BINARY surname = 'NULL'"), "1");
        assert_eq!(count("surname IS NULL"), "1");
        assert_eq!(count("note IS NULL"), "18");
    }
}
