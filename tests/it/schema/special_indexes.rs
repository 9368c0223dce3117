//! FULLTEXT indexes and keys on expressions: MySQL's InnoDB tables stay readable. MariaDB has no
//! keys on expressions, so no table is created there.

use std::fs;
use std::path::Path;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};
use crate::support::private::Private;

const EVERY_KIND: &str = "CREATE TABLE idx (id INT NOT NULL PRIMARY KEY, email VARCHAR(100) NOT NULL, title VARCHAR(200) NOT NULL, created DATETIME NOT NULL,
  KEY k_lower ((LOWER(email))), KEY k_day ((DATE(created))), KEY k_created (created DESC, id), KEY k_title (title), FULLTEXT KEY ft_title (title) COMMENT 'search');";
const ROWS: &str = "id,email,title,created\n1,A@example.com,Red fox,2024-01-01 10:00:00\n2,b@example.com,Blue fox,2024-01-02 11:00:00\n";

fn prepared(schema: &str) -> tempfile::TempDir {
    let home = folder();
    fs::write(home.path().join("schema.sql"), schema).unwrap();
    fs::write(home.path().join("idx.csv"), ROWS).unwrap();
    home
}

/// What MySQL 9.7 cannot answer until it is restarted, after one ALTER has dropped several of these
/// indexes.
fn catalogue_is_readable(scratch: &Scratch) {
    for table in ["INNODB_INDEXES", "INNODB_TABLES", "INNODB_COLUMNS"] {
        scratch.rows(&format!("SELECT COUNT(*) FROM information_schema.{table}"));
    }
}

fn nothing_differs(home: &Path, scratch: &Scratch) {
    let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
    run(home, ["reindex", "--dry-run"].iter().chain(&common)).exits(0);
    run(home, ["verify"].iter().chain(&common)).exits(0);
}

/// A new server, because the failure would reach every database of the server and outlast the test.
fn own(purpose: &str) -> (Private, Scratch) {
    let private = Private::new(Server::MySQL, purpose);
    let scratch = Scratch::at(&private.url);
    (private, scratch)
}

#[test]
fn mysql_keeps_functional_descending_and_full_text_indexes_through_a_seed_and_a_replacement() {
    let (home, (_server, scratch)) = (prepared(EVERY_KIND), own("special-kinds"));
    let seed = [
        "seed",
        ".",
        "--schema",
        "schema.sql",
        "--database-url",
        scratch.url(),
    ];
    for more in [&[][..], &["--replace"]] {
        run(home.path(), seed.iter().chain(more)).exits(0);
        catalogue_is_readable(&scratch);
        let secondary = "SELECT CAST(COUNT(DISTINCT index_name) AS CHAR) FROM information_schema.statistics \
                         WHERE table_schema = DATABASE() AND table_name = 'idx' AND index_name <> 'PRIMARY'";
        assert_eq!(scratch.value(secondary), "5");
        nothing_differs(home.path(), &scratch);
    }
}

#[test]
fn mysql_drops_indexes_that_the_schema_does_not_have_one_kind_at_a_time() {
    let plain = "CREATE TABLE idx (id INT NOT NULL PRIMARY KEY, email VARCHAR(100) NOT NULL, title VARCHAR(200) NOT NULL, created DATETIME NOT NULL, FULLTEXT KEY ft_other (title), KEY k_new ((UPPER(title))));";
    let (home, (_server, scratch)) = (prepared(plain), own("special-drops"));
    let url = scratch.url();
    run(
        home.path(),
        ["seed", ".", "--schema", "schema.sql", "--database-url", url],
    )
    .exits(0);
    scratch.execute(
        "ALTER TABLE idx DROP INDEX k_new; ALTER TABLE idx DROP INDEX ft_other; ALTER TABLE idx ADD FULLTEXT KEY ft_a (title, email); \
         ALTER TABLE idx ADD FULLTEXT KEY ft_b (email); ALTER TABLE idx ADD FULLTEXT KEY ft_other (email); \
         ALTER TABLE idx ADD KEY k_low ((LOWER(email))), ADD KEY k_plain (email)",
    );
    catalogue_is_readable(&scratch);
    let reindex = [
        "reindex",
        "--schema",
        "schema.sql",
        "--allow-drop",
        "--allow-blocking",
        "--database-url",
        url,
    ];
    run(home.path(), reindex).exits(0);
    catalogue_is_readable(&scratch);
    nothing_differs(home.path(), &scratch);
}

#[test]
fn mariadb_gets_an_error_that_names_keys_over_expressions_before_anything_is_created() {
    let (home, scratch) = (prepared(EVERY_KIND), Scratch::new(Server::MariaDB));
    let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
    for command in [
        &["seed", "."][..],
        &["seed", ".", "--dry-run"],
        &["reindex"],
    ] {
        run(home.path(), command.iter().chain(&common))
            .exits(2)
            .says("schema.sql:1: MariaDB 10.11.18 has no keys over expressions, and the schema has 2: k_lower of idx, k_day of idx; ");
    }
    let tables = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!(scratch.value(tables), "0");
}

on_both_servers! {
    fn several_full_text_indexes_of_one_table_are_stripped_and_built(server: Server) {
        let home = prepared(
            "CREATE TABLE idx (id INT NOT NULL PRIMARY KEY, email VARCHAR(100) NOT NULL, title VARCHAR(200) NOT NULL, created DATETIME NOT NULL,
             FULLTEXT KEY ft_title (title), FULLTEXT KEY ft_email (email), FULLTEXT KEY ft_both (email, title), KEY k_title (title)) CHARSET utf8mb4;",
        );
        let own = (server == Server::MySQL).then(|| own("special-several"));
        let (_server, scratch) = match own {
            Some((private, scratch)) => (Some(private), scratch),
            None => (None, Scratch::new(server)),
        };
        run(home.path(), ["seed", ".", "--schema", "schema.sql", "--database-url", scratch.url()]).exits(0);
        if server == Server::MySQL {
            catalogue_is_readable(&scratch);
        }
        nothing_differs(home.path(), &scratch);
    }
}

#[test]
fn the_parser_of_a_full_text_index_is_kept_and_its_loss_is_a_difference() {
    let schema = "CREATE TABLE idx (id INT NOT NULL PRIMARY KEY, email VARCHAR(100), title VARCHAR(200) NOT NULL, created DATETIME,
      FULLTEXT KEY words (title) /*!50100 WITH PARSER `ngram` */, FULLTEXT KEY plain (email));";
    let (home, (_server, scratch)) = (prepared(schema), own("parsers"));
    let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
    for more in [&[][..], &["--replace"]] {
        run(home.path(), ["seed", "."].iter().chain(&common).chain(more)).exits(0);
        let found = "SELECT COUNT(*) FROM idx WHERE MATCH(title) AGAINST ('fo' IN BOOLEAN MODE)";
        assert_eq!(scratch.value(found), "2");
        nothing_differs(home.path(), &scratch);
    }
    scratch.execute("ALTER TABLE idx DROP INDEX words");
    scratch.execute("ALTER TABLE idx ADD FULLTEXT INDEX words (title)");
    run(home.path(), ["verify"].iter().chain(&common)).exits(1);
    // MySQL takes the two for the same index, and an ALTER that exchanges them does nothing
    let reindex = ["reindex", "--allow-blocking"];
    run(home.path(), reindex.iter().chain(&common))
        .exits(2)
        .says("the server would build FULLTEXT INDEX `words` (`title`) instead");
    scratch.execute("ALTER TABLE idx DROP INDEX words");
    run(home.path(), reindex.iter().chain(&common)).exits(0);
    nothing_differs(home.path(), &scratch);
}
