//! Values and records that a draft must not change or lose.

use super::Folder;
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed};

#[test]
fn json_that_mysql_would_change_is_a_text() {
    let records = "{\"id\":1,\"o\":{\"a\":1,\"a\":2},\"n\":{\"x\":12345678901234567890123},\
                   \"m\":{\"a\":1,\"a\":2},\"js\":\"{\\\"a\\\":1}\",\"e\":1e2,\"p\":{\"a\":1}}\n\
                   {\"id\":2,\"o\":{\"b\":1},\"n\":{\"x\":1},\"m\":\"text\",\"js\":\"{}\",\
                   \"e\":100,\"p\":[]}\n";
    let drafted = Folder::new(&[("t.jsonl", records)]).drafted(&[]);
    for column in ["o", "n", "m"] {
        let wanted = format!("TEXT NOT NULL CHECK (json_valid(`{column}`))");
        assert_eq!(drafted.column("t", column), wanted);
    }
    assert_eq!(drafted.column("t", "js"), "TEXT NOT NULL");
    assert_eq!(drafted.column("t", "e"), "DOUBLE NOT NULL");
    assert_eq!(drafted.column("t", "p"), "JSON NOT NULL");
}

#[test]
fn members_whose_names_differ_only_in_case_are_columns_of_their_own() {
    let records = "{\"id\":1,\"n\":1}\n{\"ID\":3,\"n\":3}\n";
    let drafted = Folder::new(&[("t.jsonl", records)]).drafted(&[]);
    assert!(
        drafted.settings.contains("from = \"$.ID\""),
        "{}",
        drafted.settings
    );
    assert!(
        drafted.said.contains("became separate columns"),
        "{}",
        drafted.said
    );
    assert_eq!(drafted.column("t", "ID_2"), "TINYINT UNSIGNED NULL");
}

#[test]
fn children_of_a_record_that_is_not_utf_8_are_orphans() {
    let mut users: Vec<u8> = b"id,name\n".to_vec();
    for n in 1..=40 {
        users.extend(format!("{n},u{n}\n").bytes());
    }
    users.extend(b"41,caf\xe9\n42,caf\xc3\xa9\n");
    let posts: String = (0..84)
        .map(|n| format!("{},{}\n", 100 + n, 1 + n % 42))
        .collect();
    let folder = Folder::new(&[("posts.csv", &format!("id,user_id\n{posts}"))]);
    std::fs::write(folder.path().join("in/users.csv"), users).unwrap();
    let said = folder.run(&["draft", "in"]).exits(0).stderr;
    let schema = std::fs::read_to_string(folder.path().join("schema.sql")).unwrap();
    assert!(
        schema.contains("-- CONSTRAINT `posts_user_id_fk`"),
        "{schema}"
    );
    assert!(
        said.contains("2 rows without a parent in user_id"),
        "{said}"
    );
}

#[test]
fn the_dialect_of_the_command_line_is_written_for_other_commands() {
    let text = "1\t\\N\tx\\ty\n2\t\tz\\\\\n3\ta\tq\n";
    let folder = Folder::new(&[("t.tsv", text)]);
    let drafted = folder.drafted(&["--dialect", "mysqldump-tab"]);
    assert!(
        drafted.settings.contains("dialect = \"mysqldump-tab\""),
        "{}",
        drafted.settings
    );
}

on_both_servers! {
    /// The texts of documents are in the database as they are in the file.
    fn documents_keep_their_text(server: Server) {
        let records = "{\"id\":1,\"o\":{\"a\":1,\"a\":2},\"js\":\"{\\\"a\\\":1}\"}\n\
                       {\"id\":2,\"o\":[12345678901234567890123],\"js\":\"{}\"}\n";
        let folder = Folder::new(&[("docs.jsonl", records)]);
        let scratch = Scratch::new(server);
        let seed = ["seed", "in", "--draft", "--verify", "full"];
        let url = ["--database-url", scratch.url()];
        ran(reviewseed(folder.path()).args(seed).args(url)).exits(0);
        let value = |column: &str, id: u8| {
            scratch.value(&format!("SELECT {column} FROM docs WHERE id = {id}"))
        };
        assert_eq!(value("o", 1), "{\"a\":1,\"a\":2}");
        assert_eq!(value("o", 2), "[12345678901234567890123]");
        assert_eq!(value("js", 1), "{\"a\":1}");
    }
}
