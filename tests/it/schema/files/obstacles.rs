//! Obstacles to loading tables: the run reports all of them at once, each with its line, and only
//! those of tables that are to be loaded.

use super::{files, load, say, stop, stop_seed, tables};
use crate::support::harness::{Scratch, Server, on_both_servers};

/// The schema with a column whose type depends on the server, so that a server has to parse the
/// schema.
fn for_a_server(schema: &str) -> String {
    schema.replacen(
        "id INT PRIMARY KEY",
        "id INT /*M! UNSIGNED */ PRIMARY KEY",
        1,
    )
}

#[test]
fn a_type_that_is_not_loaded_matters_where_a_file_fills_it() {
    let server = Server::MySQL;
    let schema = "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL);\n\
        CREATE TABLE places (\n  id    INT PRIMARY KEY,\n  spot POINT SRID 2056,\n  area GEOMETRY SRID 2056,\n  \
        size INT AS (LENGTH(spot)) VIRTUAL\n);";
    let customers = ("customers", "id,name\n1,Ann\n");
    for schema in [schema.to_owned(), for_a_server(schema)] {
        let none = files(&schema, &[customers, ("places", "id\n7\n")]);
        let scratch = Scratch::new(server);
        load(&none, &scratch, &[]);
        assert_eq!(
            scratch.value("SELECT id FROM places WHERE spot IS NULL"),
            "7"
        );
        let filled = files(&schema, &[customers, ("places", "id,spot,area\n7,x,1\n")]);
        let words = [
            "schema.sql:4: places.spot has type POINT SRID 2056, which is not supported; the axis order of this SRID is not known",
            "or leave spot out of the file",
            "schema.sql:5: places.area has type GEOMETRY SRID 2056, which is not supported",
            "--tables customers loads only the tables that are not affected",
        ];
        stop_seed(&filled, &Scratch::new(server), &[], &words);
        load(&filled, &Scratch::new(server), &["--tables", "customers"]);
    }
    let offline = files(schema, &[customers, ("places", "id,spot\n7,x\n")]);
    say(
        offline.check(&[]).exits(2),
        &["schema.sql:4: places.spot has type POINT SRID 2056"],
    );
    offline.check(&["--tables", "customers"]).exits(0);
}

#[test]
fn all_obstacles_of_a_schema_are_named_at_once() {
    let server = Server::MySQL;
    let schema = "CREATE TABLE t (\n  id INT PRIMARY KEY,\n  p POINT SRID 2056,\n  q POLYGON NOT NULL SRID 2056\n);\n\
        CREATE TABLE u (id INT PRIMARY KEY, s SET('a','b'))\n  ENGINE=MyISAM;";
    let rows = [("t", "id,p,q\n1,x,y\n"), ("u", "id,s\n1,a\n")];
    let words = [
        "schema.sql:3: t.p has type POINT SRID 2056, which is not supported",
        "schema.sql:4: t.q has type POLYGON SRID 2056, which is not supported",
        "schema.sql:7: table u has ENGINE=MyISAM, which has no transactions",
    ];
    let offline = files(schema, &rows);
    stop(&offline, &Scratch::new(server), &[], &words);
    stop_seed(
        &files(&for_a_server(schema), &rows),
        &Scratch::new(server),
        &[],
        &words,
    );
    // before there is a file, too
    let none = files(schema, &[]);
    say(none.check(&[]).exits(2), &words);
    say(none.check(&[]).exits(2), &["no t.csv, no u.csv"]);
}

on_both_servers! {
    fn json_is_stored_as_the_server_stores_it(server: Server) {
        let schema = "CREATE TABLE activity (id INT PRIMARY KEY, properties JSON DEFAULT NULL);";
        load(&files(schema, &[("activity", "id\n1\n")]), &Scratch::new(server), &[]);
        let rows = "id,properties\n1,\"{\"\"b\"\":1.0, \"\"a\"\":[true]}\"\n2,\n3,{\n";
        let filled = files(schema, &[("activity", rows)]);
        filled.check(&["--max-rejects", "100%"]).exits(1);
        let scratch = Scratch::new(server);
        load(&filled, &scratch, &["--max-rejects", "100%", "--verify", "full"]);
        let stored = scratch.value("SELECT CAST(properties AS CHAR) FROM activity WHERE id = 1");
        let expected = match server {
            Server::MySQL => r#"{"a": [true], "b": 1.0}"#,
            // it is LONGTEXT there
            Server::MariaDB => r#"{"b":1.0, "a":[true]}"#,
        };
        assert_eq!(stored, expected);
        assert_eq!(filled.rejected("activity"), [(4, "not_json".to_owned())]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM activity WHERE properties IS NULL"), "2");
    }
}

on_both_servers! {
    fn a_generated_geometry_keeps_its_spatial_index(server: Server) {
        let schema = "CREATE TABLE places (id INT PRIMARY KEY, x DOUBLE NOT NULL, y DOUBLE NOT NULL,\n  \
            p POINT AS (POINT(x, y)) STORED NOT NULL, KEY (x), SPATIAL KEY p_area (p));";
        // MariaDB takes no NOT NULL there, and no spatial index without
        let schema = match server {
            Server::MySQL => schema.replace("STORED NOT NULL", "STORED NOT NULL SRID 0"),
            Server::MariaDB => schema.replace(" NOT NULL, KEY (x), SPATIAL KEY p_area (p)", ", KEY (x)"),
        };
        let files = files(&schema, &[("places", "id,x,y\n1,2.5,3.5\n")]);
        let scratch = Scratch::new(server);
        load(&files, &scratch, &[]);
        assert_eq!(scratch.value("SELECT ST_X(p) FROM places"), "2.5");
    }
}

on_both_servers! {
    fn a_reference_that_no_server_takes_is_named_with_its_line(server: Server) {
        let rows = [("types", "id,code,name\n1,1,x\n"), ("pets", "id,type_id\n1,1\n")];
        let types = "CREATE TABLE types (id INT UNSIGNED NOT NULL PRIMARY KEY, code INT, name VARCHAR(9));\n";
        for (reference, words) in [
            ("type_id INT,\n FOREIGN KEY (type_id) REFERENCES types(id)", "schema.sql:3: pets.type_id has type int, and refers to types.id, which has int unsigned; give both the same type"),
            ("type_id BIGINT UNSIGNED,\n FOREIGN KEY (type_id) REFERENCES types(id)", "schema.sql:3: pets.type_id has type bigint unsigned"),
            ("type_id VARCHAR(9),\n FOREIGN KEY (type_id) REFERENCES types(id)", "schema.sql:3: pets.type_id has type varchar(9)"),
            ("type_id INT,\n FOREIGN KEY (type_id) REFERENCES types(code)", "schema.sql:3: pets.type_id refers to types.code, which has no key"),
            ("type_id INT,\n FOREIGN KEY (type_id) REFERENCES kinds(id)", "schema.sql:3: pets.type_id refers to the table kinds, which the schema does not have"),
        ] {
            let files = files(&format!("{types}CREATE TABLE pets (id INT PRIMARY KEY, {reference});"), &rows);
            stop(&files, &Scratch::new(server), &[], &[words]);
            files.check(&["--tables", "types"]).exits(0);
        }
    }
}

on_both_servers! {
    fn zero_dates_are_rejected_in_rows_and_named_in_defaults(server: Server) {
        let rows = "id,created,updated\n1,2020-01-02 03:04:05,0000-00-00 00:00:00\n2,0000-00-00,2020-01-02\n3,2020-02-30 00:00:00,2020-01-01\n\
            4,2020-01-02,\n5,2020-00-10,\n";
        let schema = "CREATE TABLE posts (id INT NOT NULL PRIMARY KEY, created DATETIME NOT NULL, updated DATETIME NULL, KEY (updated));";
        let posts = files(schema, &[("posts", rows)]);
        let scratch = Scratch::new(server);
        load(&posts, &scratch, &["--max-rejects", "100%"]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, ' ', created) FROM posts"), "4 2020-01-02 00:00:00");
        let lines: Vec<u64> = posts.rejected("posts").iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 6]);

        let schema = schema.replace("created DATETIME NOT NULL", "\ncreated DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00'");
        let words = "schema.sql:2: posts.created has DEFAULT '0000-00-00 00:00:00', which is not a date";
        let plain = files(&schema, &[("posts", rows)]);
        let warned = plain.check(&["--max-rejects", "100%"]).exits(1);
        say(warned, &["warning: ", words, "MySQL rejects this default when it creates the table, MariaDB accepts it"]);
        match server {
            Server::MySQL => stop_seed(&plain, &Scratch::new(server), &[], &[words]),
            Server::MariaDB => drop(load(&plain, &Scratch::new(server), &["--max-rejects", "100%"])),
        }
        // as dumps have it
        let dump = format!("/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n{schema}\n/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;");
        let dumped = files(&dump, &[("posts", rows)]);
        dumped.check(&["--max-rejects", "100%"]).exits(1);
        load(&dumped, &Scratch::new(server), &["--max-rejects", "100%"]);
        assert_eq!(dumped.rejected("posts").len(), 4);
        // rows that the file leaves to the default would all be rejected
        let unfilled = files(&dump, &[("posts", "id,updated\n1,\n")]);
        let words = "posts.created has DEFAULT '0000-00-00 00:00:00', which is not a date: no file fills the column, so each row would get the default";
        stop(&unfilled, &Scratch::new(server), &[], &[words]);
    }
}

#[test]
fn two_files_of_a_run_are_not_both_judged_when_one_is_loaded() {
    // a table that only a server can parse does not stop a run of another table
    let schema = "CREATE TABLE a (id INT PRIMARY KEY);\nCREATE TABLE b (id INT PRIMARY KEY, x NO SUCH THING);";
    let files = files(schema, &[("a", "id\n1\n"), ("b", "id\n1\n")]);
    files.check(&["--tables", "a"]).exits(0);
    say(files.check(&[]).exits(2), &["schema.sql:2: "]);
    let scratch = Scratch::new(Server::MySQL);
    say(
        files.seed(&scratch, &["--tables", "a"]).exits(0),
        &["warning: b is not created"],
    );
    assert_eq!(tables(&scratch), "a");
}

const NOT_UNIQUE: &str = "CREATE TABLE p (id INT PRIMARY KEY, code INT NOT NULL, KEY k (code));\n\
    CREATE TABLE c (\n  id INT PRIMARY KEY,\n  code INT,\n  FOREIGN KEY (code) REFERENCES p (code)\n);";

on_both_servers! {
    fn a_foreign_key_to_a_key_that_is_not_unique_is_known_before_a_row_is_read(server: Server) {
        let files = files(NOT_UNIQUE, &[("p", "id,code\n1,5\n2,5\n"), ("c", "id,code\n1,5\n")]);
        let words = "schema.sql:5: c.code refers to p.code, which has no unique key of these columns";
        say(files.check(&[]).exits(0), &["warning: ", words]);
        let scratch = Scratch::new(server);
        match server {
            Server::MySQL => {
                stop_seed(&files, &scratch, &[], &[words, "restrict_fk_on_non_standard_key"]);
                assert!(scratch.rows("SHOW TABLES LIKE 'c'").is_empty());
            }
            Server::MariaDB => {
                load(&files, &scratch, &[]);
            }
        }
    }
}
