//! Tables WITH SYSTEM VERSIONING (MariaDB) are loaded like others. A view or sequence with the name
//! of a table is an error.

use std::fs;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const IMPLICIT: &str = "CREATE TABLE tariff (id INT NOT NULL PRIMARY KEY, price DECIMAL(8,2) NOT NULL, zone INT, UNIQUE KEY of_price (price), KEY of_zone (zone)) WITH SYSTEM VERSIONING;";
const EXPLICIT: &str = "CREATE TABLE tariff (id INT NOT NULL PRIMARY KEY, price DECIMAL(8,2) NOT NULL, zone INT, UNIQUE KEY of_price (price), KEY of_zone (zone), \
                        rs TIMESTAMP(6) GENERATED ALWAYS AS ROW START, re TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (rs, re)) WITH SYSTEM VERSIONING;";
const SAID: &str =
    "WITH SYSTEM VERSIONING: tariff; their current rows are verified, their history is not";

fn prepared(schema: &str) -> tempfile::TempDir {
    let home = folder();
    fs::write(home.path().join("schema.sql"), schema).unwrap();
    fs::write(
        home.path().join("tariff.csv"),
        "id,price,zone\n1,9.90,1\n2,5.00,\n",
    )
    .unwrap();
    home
}

#[test]
fn mariadb_keeps_the_history_of_tables_with_system_versioning() {
    for schema in [IMPLICIT, EXPLICIT] {
        let (home, scratch) = (prepared(schema), Scratch::new(Server::MariaDB));
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        let does = |command: &[&str]| run(home.path(), command.iter().chain(&common));
        for load in ["local-infile", "insert"] {
            does(&["seed", ".", "--replace", "--load", load])
                .exits(0)
                .says(SAID);
            let created = scratch.rows("SHOW CREATE TABLE tariff")[0][1]
                .clone()
                .unwrap();
            assert!(created.contains("WITH SYSTEM VERSIONING"), "{created}");
            assert_eq!(
                scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM tariff"),
                "2"
            );
            does(&["verify"]).exits(0).says(SAID);
            does(&["reindex", "--dry-run"]).exits(0);
            does(&["seed", "."]).exits(0).says("nothing to do");
        }
        // history is none of the rows that were loaded, and indexes come back in spite of it
        scratch.execute("UPDATE tariff SET price = 6 WHERE id = 2; UPDATE tariff SET price = 5 WHERE id = 2; ALTER TABLE tariff DROP INDEX of_zone");
        does(&["verify"]).exits(1).says("index of_zone is missing");
        does(&["reindex"]).exits(0);
        does(&["verify"]).exits(0);
        let all = "SELECT CAST(COUNT(*) AS CHAR) FROM tariff FOR SYSTEM_TIME ALL";
        assert_eq!(scratch.value(all), "4");
    }
}

#[test]
fn a_table_without_the_system_versioning_of_the_schema_is_a_difference() {
    let (home, scratch) = (prepared(IMPLICIT), Scratch::new(Server::MariaDB));
    let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
    run(home.path(), ["seed", "."].iter().chain(&common)).exits(0);
    scratch.execute("ALTER TABLE tariff DROP SYSTEM VERSIONING");
    run(home.path(), ["verify"].iter().chain(&common))
        .exits(1)
        .says("tariff is not WITH SYSTEM VERSIONING");
    run(home.path(), ["reindex"].iter().chain(&common))
        .exits(1)
        .prints("ALTER TABLE `tariff` ADD SYSTEM VERSIONING");
}

#[test]
fn a_table_with_history_is_loaded_by_sql_although_physical_import_is_asked_for() {
    let home = prepared(&IMPLICIT.replace(", UNIQUE KEY of_price (price)", ""));
    let scratch = Scratch::at(&Server::MariaDB.physical_url());
    let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
    run(
        home.path(),
        ["seed", ".", "--load", "physical"].iter().chain(&common),
    )
    .exits(0)
    .says("the table is not an ordinary one");
    run(home.path(), ["verify"].iter().chain(&common)).exits(0);
}

#[test]
fn mysql_says_that_it_does_not_know_system_versioning() {
    let (home, scratch) = (prepared(IMPLICIT), Scratch::new(Server::MySQL));
    run(
        home.path(),
        [
            "seed",
            ".",
            "--schema",
            "schema.sql",
            "--database-url",
            scratch.url(),
        ],
    )
    .exits(2)
    .says("schema.sql:1: ")
    .says("SYSTEM VERSIONING");
}

on_both_servers! {
    fn a_view_with_a_table_s_name_is_an_error_before_anything_is_created(server: Server) {
        let home = prepared("CREATE TABLE IF NOT EXISTS tariff (id INT NOT NULL PRIMARY KEY, price DECIMAL(8,2) NOT NULL, zone INT); CREATE TABLE IF NOT EXISTS zone (id INT PRIMARY KEY);");
        fs::write(home.path().join("zone.csv"), "id\n1\n").unwrap();
        let scratch = Scratch::new(server);
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        let does = |command: &[&str]| run(home.path(), command.iter().chain(&common));
        let mut others = vec![("view", "CREATE VIEW tariff AS SELECT 1 AS id, 2 AS price, 3 AS zone")];
        if server == Server::MariaDB {
            others.push(("sequence", "CREATE SEQUENCE tariff"));
        }
        for (what, made) in others {
            scratch.execute(made);
            let words = format!("{}.tariff is a {what}, and the schema has a table of that name; nothing was changed: name another database in --database-url, or rename the {what}", scratch.name());
            for command in [&["seed", "."][..], &["seed", ".", "--replace"], &["seed", ".", "--dry-run"], &["reindex"], &["reindex", "--dry-run"]] {
                does(command).exits(2).says(&words);
            }
            let zones = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'zone'";
            assert_eq!(scratch.value(zones), "0");
            scratch.execute(&format!("DROP {what} tariff"));
        }
        // views of other names are none of its business
        scratch.execute("CREATE VIEW seen AS SELECT 1 AS id");
        does(&["seed", "."]).exits(0);
        scratch.execute("DROP TABLE tariff; CREATE VIEW tariff AS SELECT 1 AS id, 2 AS price, 3 AS zone");
        does(&["verify"]).exits(2).says("tariff is a view");
    }
}
