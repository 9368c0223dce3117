//! The index that a server creates for a foreign key keeps the name that CREATE TABLE gives it,
//! with every load method.

use std::fs;
use std::path::Path;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const WAYS: [&str; 3] = ["physical", "local-infile", "insert"];

/// Writes these files into a folder.
fn write(home: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs::write(home.join(name), text).unwrap();
    }
}

/// Seeds the folder in each way, and demands that verify and reindex find nothing afterwards.
fn seed_by_each_load_method(server: Server, home: &Path, looked_at: impl Fn(&Scratch)) {
    for way in WAYS {
        let scratch = Scratch::at(&server.physical_url());
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        let seed = ["seed", ".", "--load", way, "--skip-binlog"];
        run(home, seed.iter().chain(&common)).exits(0);
        run(home, ["verify"].iter().chain(&common)).exits(0);
        run(home, ["reindex", "--dry-run"].iter().chain(&common)).exits(0);
        looked_at(&scratch);
        run(
            home,
            seed.iter().chain(&common).chain(&["--replace", "--force"]),
        )
        .exits(0);
        run(home, ["verify"].iter().chain(&common)).exits(0);
    }
}

on_both_servers! {
    long
    fn a_foreign_key_without_its_own_index_is_built_the_same_by_each_load_method(server: Server) {
        let home = folder();
        write(home.path(), &[
            ("schema.sql",
             "CREATE TABLE parent (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, UNIQUE KEY both_of (k, id));
              CREATE TABLE child (id INT NOT NULL PRIMARY KEY, parent_id INT NOT NULL, k INT, named INT, FOREIGN KEY (parent_id) REFERENCES parent (id),
                FOREIGN KEY by_name (named) REFERENCES parent (id), FOREIGN KEY (k, parent_id) REFERENCES parent (k, id), CONSTRAINT own FOREIGN KEY (id) REFERENCES parent (id));"),
            ("parent.csv", "id,k\n1,5\n2,6\n"),
            ("child.csv", "id,parent_id,k,named\n1,1,5,2\n2,2,,1\n"),
        ]);
        seed_by_each_load_method(server, home.path(), |scratch| {
            let names = scratch.rows(
                "SELECT CAST(GROUP_CONCAT(DISTINCT index_name ORDER BY index_name) AS CHAR) FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND table_name = 'child'",
            );
            assert_eq!(names[0][0].as_deref(), Some("by_name,k,parent_id,PRIMARY"));
        });
    }
}

on_both_servers! {
    fn id_zero_of_a_numbered_table_and_its_children_are_loaded_by_each_load_method(server: Server) {
        let home = folder();
        write(home.path(), &[
            ("schema.sql",
             "CREATE TABLE customer_group (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, code VARCHAR(32) NOT NULL) CHARSET utf8mb4;
              CREATE TABLE customer (id INT UNSIGNED NOT NULL PRIMARY KEY, group_id INT UNSIGNED NOT NULL, FOREIGN KEY (group_id) REFERENCES customer_group (id));"),
            ("customer_group.csv", "id,code\n0,NOT LOGGED IN\n1,General\n2,Wholesale\n"),
            ("customer.csv", "id,group_id\n10,0\n11,2\n"),
        ]);
        seed_by_each_load_method(server, home.path(), |scratch| {
            scratch.execute("INSERT INTO customer_group (code) VALUES ('next'); DELETE FROM customer_group WHERE id = 4");
            let ids = "SELECT CAST(GROUP_CONCAT(id ORDER BY id) AS CHAR) FROM ";
            assert_eq!(scratch.value(&format!("{ids} customer_group")), "0,1,2,3");
            assert_eq!(scratch.value(&format!("{ids} customer")), "10,11");
        });
    }
}

on_both_servers! {
    fn a_table_that_cannot_be_imported_keeps_its_keys_in_the_sql_load(server: Server) {
        // only the server tells that the row format is none that is written
        let home = folder();
        write(home.path(), &[
            ("schema.sql",
             "CREATE TABLE parent (id INT NOT NULL PRIMARY KEY);
              CREATE TABLE child (id INT NOT NULL PRIMARY KEY, parent_id INT NOT NULL, note VARCHAR(20), KEY by_note (note), FOREIGN KEY (parent_id) REFERENCES parent (id))
                ROW_FORMAT=COMPACT CHARSET utf8mb4;"),
            ("parent.csv", "id\n1\n2\n"),
            ("child.csv", "id,parent_id,note\n1,1,x\n2,2,y\n"),
        ]);
        let scratch = Scratch::at(&server.physical_url());
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        let seed = ["seed", ".", "--load", "physical", "--skip-binlog"];
        run(home.path(), seed.iter().chain(&common)).exits(0).says("row format DYNAMIC");
        run(home.path(), ["verify"].iter().chain(&common)).exits(0);
        run(home.path(), ["reindex", "--dry-run"].iter().chain(&common)).exits(0);
    }
}

on_both_servers! {
    fn an_index_that_the_server_created_for_a_numbered_column_keeps_its_name(server: Server) {
        let home = folder();
        write(home.path(), &[
            ("schema.sql",
             "CREATE TABLE parent (id INT NOT NULL PRIMARY KEY);
              CREATE TABLE numbered (id INT NOT NULL AUTO_INCREMENT, n INT, FOREIGN KEY (id) REFERENCES parent (id));"),
            ("parent.csv", "id\n1\n2\n"),
            ("numbered.csv", "id,n\n1,1\n2,2\n"),
        ]);
        let scratch = Scratch::new(server);
        let common = ["--schema", "schema.sql", "--database-url", scratch.url()];
        run(home.path(), ["seed", "."].iter().chain(&common)).exits(0);
        run(home.path(), ["verify"].iter().chain(&common)).exits(0);
        run(home.path(), ["reindex", "--dry-run"].iter().chain(&common)).exits(0);
    }
}

on_both_servers! {
    fn a_numbered_table_with_a_zero_date_as_default_is_loaded_by_each_load_method(server: Server) {
        let home = folder();
        write(home.path(), &[
            ("schema.sql",
             "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
              CREATE TABLE post (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, at DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00') CHARSET utf8mb4;"),
            ("post.csv", "id,at\n1,2020-01-02 03:04:05\n7,2021-01-02 03:04:05\n"),
        ]);
        seed_by_each_load_method(server, home.path(), |scratch| {
            scratch.execute("INSERT INTO post (at) VALUES ('2022-01-01')");
            assert_eq!(scratch.value("SELECT CAST(MAX(id) AS CHAR) FROM post"), "8");
        });
    }
}
