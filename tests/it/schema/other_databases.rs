//! Schemas that name databases: the database of the tables themselves, and parent tables in others.

use std::fs;
use std::path::Path;

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

fn prepared(schema: &str, rows: &str) -> tempfile::TempDir {
    let home = folder();
    fs::write(home.path().join("schema.sql"), schema).unwrap();
    fs::write(home.path().join("entry.csv"), rows).unwrap();
    home
}

fn common(scratch: &Scratch) -> [&str; 4] {
    ["--schema", "schema.sql", "--database-url", scratch.url()]
}

fn does(home: &Path, command: &[&str], scratch: &Scratch) -> crate::support::harness::Ran {
    run(home, command.iter().chain(&common(scratch)))
}

const ENTRY: &str = "(id INT NOT NULL PRIMARY KEY, shop_id INT NOT NULL";

on_both_servers! {
    fn the_database_that_a_schema_names_is_neither_dropped_nor_created(server: Server) {
        let (scratch, sdc, absent) = (Scratch::new(server), Scratch::new(server), format!("absent_{}", std::process::id()));
        sdc.execute("CREATE TABLE precious (id INT)");
        for name in [sdc.name(), &absent] {
            let home = prepared(
                &format!("DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name};\nUSE {name};\nCREATE TABLE `{name}`.shop (id INT PRIMARY KEY);\n\
                          CREATE TABLE {name}.entry {ENTRY}, CONSTRAINT fk_shop FOREIGN KEY (shop_id) REFERENCES {name}.shop (id));\nCREATE INDEX late ON {name}.entry (shop_id, id);"),
                "id,shop_id\n1,1\n",
            );
            fs::write(home.path().join("shop.csv"), "id\n1\n").unwrap();
            run(home.path(), ["check", ".", "--schema", "schema.sql"]).exits(0).says("USE");
            does(home.path(), &["seed", ".", "--replace"], &scratch)
                .exits(0)
                .says(&format!("DROP DATABASE IF EXISTS {name} (line 1); CREATE DATABASE {name} (line 2); USE {name} (line 3)"))
                .says(&format!("the tables are named with the database {name}; the database of --database-url is used instead"));
            does(home.path(), &["verify"], &scratch).exits(0);
            does(home.path(), &["reindex", "--dry-run"], &scratch).exits(0);
            let parent = "SELECT CAST(CONCAT(unique_constraint_schema, '.', referenced_table_name) AS CHAR) FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() AND table_name = 'entry'";
            assert_eq!(scratch.value(parent), format!("{}.shop", scratch.name()));
        }
        let kept = "SELECT CAST(GROUP_CONCAT(table_name) AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()";
        assert_eq!(sdc.value(kept), "precious");
        let made = format!("SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.schemata WHERE schema_name = '{absent}'");
        assert_eq!(sdc.value(&made), "0");
    }
}

#[test]
fn a_schema_of_two_databases_is_an_error_with_both_lines() {
    let home = prepared(
        "CREATE TABLE one.entry (id INT PRIMARY KEY);\n\nCREATE TABLE two.shop (id INT PRIMARY KEY);",
        "id\n1\n",
    );
    run(home.path(), ["check", ".", "--schema", "schema.sql"])
        .exits(2)
        .says(
            "schema.sql:3: shop is in the database two, and the tables above are in one (line 1)",
        );
}

on_both_servers! {
    fn a_foreign_key_into_another_database_is_built_judged_and_compared(server: Server) {
        let (scratch, shops, others) = (Scratch::new(server), Scratch::new(server), Scratch::new(server));
        let home = prepared(
            &format!("CREATE TABLE entry {ENTRY}, CONSTRAINT fk_shop FOREIGN KEY (shop_id) REFERENCES {}.shop (id));", shops.name()),
            "id,shop_id\n1,1\n2,7\n3,2\n",
        );
        let home = home.path();
        does(home, &["seed", "."], &scratch).exits(2).says(&format!("fk_shop of entry refers to {}.shop, which is not on this server", shops.name()));
        for place in [&shops, &others] {
            place.execute("CREATE TABLE shop (id INT PRIMARY KEY); INSERT INTO shop VALUES (1), (2)");
        }
        // the parents are those of the server: row 2 has none
        let seed = ["seed", ".", "--max-rejects", "100%"];
        does(home, &seed, &scratch).exits(0);
        let reasons = fs::read_to_string(home.join("rejects/entry.reasons.csv")).unwrap();
        assert!(reasons.contains(",missing_parent,7,"), "{reasons}");
        does(home, &["seed", ".", "--max-rejects", "100%", "--replace"], &scratch).exits(0);
        does(home, &["verify"], &scratch).exits(0);
        does(home, &["reindex", "--dry-run"], &scratch).exits(0);
        let created = scratch.rows("SHOW CREATE TABLE entry")[0][1].clone().unwrap();
        assert!(created.contains(&format!("REFERENCES `{}`.`shop` (`id`)", shops.name())), "{created}");

        // the same key into another database is another key
        let other = format!("ALTER TABLE entry DROP FOREIGN KEY fk_shop; ALTER TABLE entry ADD CONSTRAINT fk_shop FOREIGN KEY (shop_id) REFERENCES {}.shop (id)", others.name());
        scratch.execute(&other);
        does(home, &["verify"], &scratch).exits(1).says(&format!("REFERENCES `{}`.`shop`", others.name()));
        does(home, &["reindex"], &scratch).exits(0);
        does(home, &["verify"], &scratch).exits(0);
        // and a missing one is built again
        scratch.execute("ALTER TABLE entry DROP FOREIGN KEY fk_shop");
        does(home, &["reindex"], &scratch).exits(0);
        does(home, &["verify"], &scratch).exits(0);

        shops.execute("SET foreign_key_checks = 0; DELETE FROM shop WHERE id = 2");
        does(home, &["verify"], &scratch).exits(1).says(&format!("1 orphan: shop_id refers to a row of {}.shop", shops.name()));
        scratch.execute("DROP TABLE entry");
    }
}

on_both_servers! {
    fn parents_in_another_database_are_read_whatever_their_other_columns_are(server: Server) {
        let (scratch, shops) = (Scratch::new(server), Scratch::new(server));
        shops.execute("CREATE TABLE shop (code VARCHAR(9) PRIMARY KEY, place POINT); INSERT INTO shop VALUES ('a', NULL)");
        let schema = format!(
            "CREATE TABLE entry (id INT NOT NULL PRIMARY KEY, shop VARCHAR(9), CONSTRAINT fk_shop FOREIGN KEY (shop) REFERENCES `{}`.`shop` (code));",
            shops.name()
        );
        // the collation is that of the parent
        let home = prepared(&schema, "id,shop\n1,a\n2,b\n");
        does(home.path(), &["seed", ".", "--max-rejects", "100%"], &scratch).exits(0).says("missing_parent 1");
        assert_eq!(scratch.value("SELECT CAST(GROUP_CONCAT(id) AS CHAR) FROM entry"), "1");
        does(home.path(), &["verify"], &scratch).exits(0);
        scratch.execute("DROP TABLE entry");
    }
}

on_both_servers! {
    fn a_parent_named_with_the_database_of_the_url_is_one_of_its_own_tables(server: Server) {
        let scratch = Scratch::new(server);
        let home = prepared(
            &format!("CREATE TABLE shop (id INT PRIMARY KEY);\nCREATE TABLE entry {ENTRY}, CONSTRAINT fk_shop FOREIGN KEY (shop_id) REFERENCES {}.shop (id));", scratch.name()),
            "id,shop_id\n1,1\n",
        );
        fs::write(home.path().join("shop.csv"), "id\n1\n").unwrap();
        for more in [&[][..], &["--replace"]] {
            does(home.path(), &[&["seed", "."], more].concat(), &scratch).exits(0);
            does(home.path(), &["verify"], &scratch).exits(0);
            does(home.path(), &["reindex", "--dry-run"], &scratch).exits(0);
        }
    }
}
