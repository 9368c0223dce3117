//! Obstacles: which there are, for which tables, and in which order.

use super::*;
use crate::parse;

const SCHEMA: &str = "\
CREATE TABLE a (id INT PRIMARY KEY, j XMLTYPE, k XMLTYPE NOT NULL, g XMLTYPE AS (j) VIRTUAL);
CREATE TABLE b (id INT PRIMARY KEY, c INT REFERENCES c (id)) ENGINE=MEMORY;
CREATE TABLE c (id INT PRIMARY KEY, b INT,
  FOREIGN KEY (b) REFERENCES b (id));
CREATE TABLE d (id THING PRIMARY KEY);
CREATE TABLE e (id INT PRIMARY KEY, d INT, FOREIGN KEY (d) REFERENCES d (id));
";

fn found(tables: &[&str], filled: Option<&[(&str, &[usize])]>) -> Vec<String> {
    found_in(SCHEMA, tables, filled)
}

fn found_in(schema: &str, tables: &[&str], filled: Option<&[(&str, &[usize])]>) -> Vec<String> {
    let script = Script::read(schema, "s.sql").unwrap();
    let parsed = parse::parse_script(&script, "s.sql");
    let tables: Vec<String> = tables.iter().map(|name| (*name).to_owned()).collect();
    let filled: Option<Vec<(String, Vec<usize>)>> = filled.map(|filled| {
        let of = |(name, columns): &(&str, &[usize])| ((*name).to_owned(), columns.to_vec());
        filled.iter().map(of).collect()
    });
    let file = SchemaFile {
        origin: "s.sql",
        script: &script,
        schema: &parsed.schema,
        faults: &parsed.faults,
    };
    let selection = Selection {
        tables: &tables,
        filled: filled.as_deref(),
    };
    let found = obstacles(file, selection, &Engines::default());
    messages(file, selection, &found)
}

#[test]
fn all_obstacles_come_in_the_order_of_the_file() {
    let all = found(&[], None);
    let begins: Vec<&str> = all
        .iter()
        .map(|words| words.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        begins,
        ["s.sql:1:", "s.sql:1:", "s.sql:2:", "s.sql:5:"],
        "{all:#?}"
    );
    // e is a child of d
    assert!(!all[3].contains("--tables"), "{all:#?}");
}

#[test]
fn a_table_that_is_not_loaded_has_no_obstacle() {
    assert_eq!(found(&["c"], None), Vec::<String>::new());
    assert_eq!(found(&["e"], None), Vec::<String>::new());
    assert_eq!(found(&["b"], None).len(), 1);
}

#[test]
fn a_column_that_no_file_fills_is_an_obstacle_only_when_each_row_needs_it() {
    assert_eq!(found(&["a"], Some(&[("a", &[0, 1])])).len(), 2);
    let one = found(&["a"], Some(&[("a", &[0])]));
    assert_eq!(one.len(), 1);
    assert!(
        one[0].starts_with("s.sql:1: a.k has type XMLTYPE, which is not supported; write LONGTEXT"),
        "{one:?}"
    );
    assert!(!one[0].contains("leave"), "{one:?}");
}

#[test]
fn a_parent_that_the_file_lacks_is_an_obstacle_with_what_the_server_would_do() {
    let child = "CREATE TABLE a (id INT PRIMARY KEY);\n\
        CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES gone (id));";
    let checked = found_in(child, &[], None);
    let unchecked = found_in(&format!("SET FOREIGN_KEY_CHECKS=0; {child}"), &[], None);
    let later = found_in(
        &format!("SET FOREIGN_KEY_CHECKS=0; SET FOREIGN_KEY_CHECKS=1; {child}"),
        &[],
        None,
    );
    for words in [&checked, &unchecked, &later] {
        let begins = "s.sql:2: c.p refers to the table gone, which the schema does not have";
        assert!(words[0].starts_with(begins), "{words:?}");
        assert!(words[0].ends_with("--tables a loads only the tables that are not affected"));
    }
    assert_eq!(later, checked);
    assert!(
        checked[0].contains("Failed to open the referenced table 'gone'"),
        "{checked:?}"
    );
    assert!(
        unchecked[0].contains("it rejects each row that has a value in p"),
        "{unchecked:?}"
    );
}
