//! `verify`, `reindex` and `targets` after a seed with a schema of its own: they use the schema of
//! the seed, or report which schema is wrong.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, run};

const SHOPS: &str = "CREATE TABLE shops (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, KEY by_name (name));\n\
    CREATE TABLE visits (id INT NOT NULL PRIMARY KEY, shop INT NOT NULL, KEY by_shop (shop));\n";

fn shops() -> Files {
    let files = Files::none();
    fs::write(files.path("csv/schema.sql"), SHOPS).unwrap();
    files.put("shops", "id,name\n1,Corner\n2,Mill\n");
    files.put("visits", "id,shop\n7,1\n");
    files
}

fn command(files: &Files, scratch: &Scratch, words: &[&str]) -> Ran {
    let database = ["--database-url", scratch.url()];
    run(&files.path(""), [words, &database].concat())
}

on_both_servers! {
    fn verify_uses_the_schema_of_the_run_although_other_schemas_exist(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        let agrees = "verify: 2 tables, 3 rows";
        command(&files, &scratch, &["verify"]).exits(0).says(agrees);
        // of another folder's schema nothing is taken
        fs::write(files.path("schema.sql"), "CREATE TABLE other (id INT PRIMARY KEY);").unwrap();
        command(&files, &scratch, &["verify"]).exits(0).says(agrees);
        scratch.execute("UPDATE visits SET shop = 2");
        command(&files, &scratch, &["verify"]).exits(1).says("visits: the checksum is");
        scratch.execute("UPDATE visits SET shop = 1; ALTER TABLE shops DROP KEY by_name");
        let ran = command(&files, &scratch, &["verify"]).exits(1).says("shops: index by_name is missing");
        assert!(ran.stderr.contains("reindex --dry-run --schema csv/schema.sql"), "{}", ran.stderr);
        command(&files, &scratch, &["reindex"]).exits(0);
        command(&files, &scratch, &["verify"]).exits(0).says(agrees);
    }
}

on_both_servers! {
    fn a_schema_without_the_tables_that_were_loaded_agrees_with_nothing(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        fs::write(files.path("half.sql"), SHOPS.lines().next().unwrap()).unwrap();
        let right = "the last run had the schema csv/schema.sql; leave --schema out, or write --schema csv/schema.sql";
        for (name, lacking) in [("compiled-in", "shops, visits"), ("half.sql", "visits")] {
            let ran = command(&files, &scratch, &["verify", "--schema", name]).exits(2).says(right);
            assert!(ran.stderr.contains(&format!("has no table {lacking}, which reviewseed loaded")), "{}", ran.stderr);
        }
        command(&files, &scratch, &["verify", "--schema", "csv/schema.sql"]).exits(0);
        let ran = command(&files, &scratch, &["reindex", "--schema", "compiled-in", "--dry-run"]).exits(2).says(right);
        assert_eq!(ran.stdout, "");
        command(&files, &scratch, &["reindex", "--schema", "half.sql"])
            .exits(0)
            .says("not changed, because half.sql does not have them: visits")
            .says("`verify` compares with csv/schema.sql, the schema of the last run; to compare with the schema of this command: verify --schema half.sql");
        command(&files, &scratch, &["targets"])
            .exits(2)
            .says("only shops, visits (schema csv/schema.sql)");
        command(&files, &scratch, &["smoke"]).exits(2).says("only shops, visits");
    }
}

on_both_servers! {
    fn a_schema_that_was_changed_or_removed_since_is_reported(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        // an index more, as it is added from time to time
        fs::write(files.path("csv/schema.sql"), SHOPS.replace("KEY by_shop (shop)", "KEY by_shop (shop), KEY shop_id (shop, id)")).unwrap();
        command(&files, &scratch, &["verify"])
            .exits(1)
            .says("csv/schema.sql, with which shops, visits were seeded; the file has changed since then")
            .says("visits: index shop_id is missing");
        command(&files, &scratch, &["reindex"]).exits(0);
        command(&files, &scratch, &["verify"]).exits(0);
        // a table that neither has any more is not compared; one that the database has must be
        fs::write(files.path("csv/schema.sql"), SHOPS.lines().next().unwrap()).unwrap();
        command(&files, &scratch, &["verify"]).exits(2).says("has no table visits");
        scratch.execute("DROP TABLE visits");
        command(&files, &scratch, &["verify"])
            .exits(0)
            .says("not compared, because neither csv/schema.sql nor the database has them now: visits")
            .says("verify: 1 table, 2 rows");
        fs::remove_file(files.path("csv/schema.sql")).unwrap();
        for name in ["verify", "reindex"] {
            command(&files, &scratch, &[name])
                .exits(2)
                .says("were seeded with the schema csv/schema.sql, which no longer exists; name a copy of it: --schema FILE");
        }
    }
}

on_both_servers! {
    fn tables_of_two_schemas_in_one_database_are_each_compared_with_their_own(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        let other = shops();
        command(&other, &scratch, &["seed", "csv"]).exits(0);
        command(&other, &scratch, &["verify"]).exits(0).says("verify: 6 tables, 13 rows");
        scratch.execute("DELETE FROM reviews_photos WHERE id = 8");
        command(&other, &scratch, &["verify"]).exits(1).says("reviews_photos: holds 1 row");
        command(&other, &scratch, &["reindex", "--dry-run"])
            .exits(0)
            .says("seeded with another schema: characteristic_reviews, characteristics, reviews, reviews_photos; to change them, add --schema compiled-in");
        // they have reviews, whatever came after
        command(&other, &scratch, &["targets"]).exits(0).prints("7");
    }
}

on_both_servers! {
    fn a_ledger_of_an_older_version_is_compared_with_the_schema_that_has_its_tables(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        scratch.execute("DROP TABLE _reviewseed_schemas");
        command(&files, &scratch, &["verify"]).exits(0).says("verify: 4 tables, 10 rows");
        fs::write(files.path("schema.sql"), SHOPS).unwrap();
        command(&files, &scratch, &["verify"]).exits(0).says("schema: the one compiled in, because schema.sql lacks some of");
        command(&files, &scratch, &["verify", "--schema", "schema.sql"])
            .exits(2)
            .says("has no table characteristic_reviews, characteristics, reviews, reviews_photos")
            .says("the command of that run was: ");
        command(&files, &scratch, &["seed", "csv", "--schema", "compiled-in"]).exits(0).says("nothing to do");
        command(&files, &scratch, &["targets"]).exits(0);

        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        scratch.execute("DROP TABLE _reviewseed_schemas");
        command(&files, &scratch, &["verify"]).exits(2).says("loaded by an older version that did not note its schema");
        command(&files, &scratch, &["verify", "--schema", "csv/schema.sql"]).exits(0).says("2 tables, 3 rows");
    }
}

on_both_servers! {
    fn targets_say_that_the_last_run_is_unfinished(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        let ran = command(&files, &scratch, &["targets"]).exits(0);
        assert!(!ran.stderr.contains("unfinished"), "{}", ran.stderr);
        for phase in ["load", "index"] {
            scratch.execute(&format!("UPDATE _reviewseed_runs SET phase = '{phase}'"));
            let ran = command(&files, &scratch, &["targets"]).exits(0).says(&format!("is unfinished (phase {phase})"));
            assert!(ran.stderr.contains("seed csv"), "{}", ran.stderr);
        }
    }
}

on_both_servers! {
    fn after_a_reindex_to_another_schema_verify_compares_with_that_one(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        let next = SHOPS.replace("KEY by_shop (shop)", "KEY shop_id (shop, id)");
        fs::write(files.path("next.sql"), next).unwrap();
        command(&files, &scratch, &["reindex", "--schema", "next.sql", "--dry-run"]).exits(1);
        command(&files, &scratch, &["verify"]).exits(0);
        let noted = "`verify` and `reindex` compare with next.sql from now on";
        command(&files, &scratch, &["reindex", "--schema", "next.sql"]).exits(0).says("1 difference is left alone").says(noted);
        command(&files, &scratch, &["verify"]).exits(1).says("by_shop");
        command(&files, &scratch, &["reindex", "--schema", "next.sql", "--allow-drop"]).exits(0);
        command(&files, &scratch, &["verify"]).exits(0);
        command(&files, &scratch, &["reindex", "--dry-run"]).exits(0);
        scratch.execute("ALTER TABLE visits DROP KEY shop_id, ADD KEY other (shop)");
        let ran = command(&files, &scratch, &["verify"]).exits(1).says("index shop_id is missing");
        assert!(ran.stderr.contains("--schema next.sql"), "{}", ran.stderr);
    }
}

on_both_servers! {
    fn after_a_reindex_that_leaves_a_column_alone_verify_compares_with_the_new_schema(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        let next = SHOPS.replace("KEY by_shop (shop)", "KEY by_shop (shop, id)");
        let next = next.replace("name VARCHAR(20)", "name VARCHAR(30)");
        assert!(next.contains("VARCHAR(30)"), "{next}");
        fs::write(files.path("next.sql"), next).unwrap();
        let noted = "`verify` and `reindex` compare with next.sql from now on";
        command(&files, &scratch, &["reindex", "--schema", "next.sql"]).exits(1).says(noted);
        let ran = command(&files, &scratch, &["verify"]).exits(1).says("name");
        assert!(!ran.stderr.contains("by_shop"), "{}", ran.stderr);
        command(&files, &scratch, &["reindex", "--columns"]).exits(0);
        command(&files, &scratch, &["verify"]).exits(0);
    }
}
