//! Tables that were changed by hand, and what `verify` and `reindex` make of them.

use super::OceanBase;
use crate::data::Files;
use crate::harness::{Scratch, folder, run};

/// A seeded database, its files, and the server.
fn seeded(schema: &str) -> (OceanBase, Files, Scratch) {
    let (server, files) = (OceanBase::start(), Files::small());
    if !schema.is_empty() {
        std::fs::write(files.path("schema.sql"), schema).unwrap();
    }
    let scratch = server.scratch();
    files.seed(&scratch, &[]).exits(0);
    (server, files, scratch)
}

#[test]
fn reindex_repairs_keys_and_checks_by_statements_that_the_engine_accepts() {
    let (_server, files, scratch) = seeded("");
    for sql in [
        "ALTER TABLE reviews DROP INDEX reviews_newest, DROP INDEX reviews_helpful",
        "ALTER TABLE reviews ADD INDEX reviews_helpful (product_id)",
        "ALTER TABLE reviews DROP CONSTRAINT reviews_rating_range",
        "ALTER TABLE reviews ADD CONSTRAINT reviews_rating_range CHECK (rating BETWEEN 1 AND 9)",
        "ALTER TABLE characteristic_reviews DROP FOREIGN KEY characteristic_reviews_of_review",
        "ALTER TABLE characteristic_reviews DROP FOREIGN KEY characteristic_reviews_of_characteristic",
    ] {
        scratch.execute(sql);
    }
    files.verify(&scratch).exits(1);
    let home = files.path("");
    let url = ["--database-url", scratch.url()];
    let reindex = |more: &[&str]| run(&home, ["reindex"].iter().chain(&url).chain(more));
    let planned = reindex(&["--dry-run"]).exits(1);
    assert!(!planned.stdout.contains("ALGORITHM"), "{}", planned.stdout);
    assert_eq!(planned.stdout.matches("FOREIGN KEY (").count(), 2);
    reindex(&[]).exits(0).says("the tables match");
    reindex(&["--dry-run"]).exits(0).says("the tables match");
    files.verify(&scratch).exits(0);
}

#[test]
fn changed_values_lost_rows_and_orphans_are_found() {
    let (_server, files, scratch) = seeded("");
    scratch.execute("UPDATE reviews SET summary = 'other' WHERE id = 2");
    files.verify(&scratch).exits(1).says("checksum");
    scratch.execute("SET foreign_key_checks = 0; DELETE FROM reviews WHERE id = 3");
    files.verify(&scratch).exits(1).says("orphan");
}

#[test]
fn a_table_in_partitions_is_loaded_and_verified() {
    let schema = "CREATE TABLE t (id INT UNSIGNED NOT NULL AUTO_INCREMENT, product INT NOT NULL, \
                  PRIMARY KEY (id, product), KEY by_product (product)) \
                  COLLATE utf8mb4_0900_ai_ci PARTITION BY HASH (product) PARTITIONS 4;";
    let (server, files) = (OceanBase::start(), Files::of_schema(schema));
    let rows: String = (1..=500).map(|id| format!("{id},{}\n", id % 17)).collect();
    files.put("t", format!("id,product\n{rows}"));
    let scratch = server.scratch();
    files.seed(&scratch, &[]).exits(0);
    files.verify(&scratch).exits(0);
    let partitions = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.PARTITIONS \
                      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 't'";
    assert_eq!(scratch.value(partitions), "4");
    let url = ["--database-url", scratch.url()];
    run(&files.path(""), ["reindex", "--dry-run"].iter().chain(&url)).exits(0);
}

#[test]
fn the_example_in_partitions_is_seeded_and_verified() {
    let (server, home) = (OceanBase::start(), folder());
    let scratch = server.scratch();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/oceanbase/schema.sql");
    let of = ["--schema", schema, "--database-url", scratch.url()];
    run(home.path(), ["generate", "csv", "--products", "300", "-q"]).exits(0);
    let seed = ["seed", "csv", "--verify", "full"];
    run(home.path(), seed.iter().chain(&of)).exits(0);
    run(home.path(), ["verify"].iter().chain(&of)).exits(0);
    run(home.path(), ["reindex", "--dry-run"].iter().chain(&of))
        .exits(0)
        .says("the tables match");
    let partitions = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.PARTITIONS \
                      WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL \
                      AND TABLE_NAME NOT LIKE '\\_%'";
    assert_eq!(scratch.value(partitions), "96");
}
