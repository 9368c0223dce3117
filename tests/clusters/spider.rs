//! Spider: rows go through the coordinator to the shards.

use std::fs;
use std::path::Path;

use crate::cluster::{Cluster, Kind, counted, counted_alone, generate, seed};
use crate::harness::{Ran, execute, folder, rows, run};

const COORDINATOR: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/spider/coordinator.sql"
);
const SHARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/spider/shards.sql");

/// The coordinator, and the shards with tables that are ready for a load.
fn ready(cluster: &Cluster, home: &Path) -> (String, Vec<String>) {
    let mut urls = cluster.members("reviews").into_iter().map(|(url, _)| url);
    let coordinator = urls.next().unwrap();
    let shards: Vec<String> = urls.collect();
    for url in [&coordinator].into_iter().chain(&shards) {
        execute(
            &format!("{}/mysql", url.rsplit_once('/').unwrap().0),
            "DROP DATABASE reviews; CREATE DATABASE reviews CHARACTER SET utf8mb4",
        );
    }
    reindex(home, &shards, &["--before-load"])
        .exits(0)
        .says("ready for a load: reviews, characteristics, reviews_photos, characteristic_reviews");
    (coordinator, shards)
}

fn reindex(home: &Path, shards: &[String], more: &[&str]) -> Ran {
    let mut arguments = vec!["reindex", "--schema", SHARDS];
    for shard in shards {
        arguments.extend(["--database-url", shard]);
    }
    arguments.extend(more);
    run(home, arguments)
}

fn verify(home: &Path, coordinator: &str) -> Ran {
    let arguments = [
        "verify",
        "--schema",
        COORDINATOR,
        "--database-url",
        coordinator,
    ];
    run(home, arguments)
}

fn value(url: &str, sql: &str) -> String {
    rows(url, sql).unwrap()[0][0].clone().unwrap_or_default()
}

const INDEXES: &str = "SELECT CAST(COUNT(DISTINCT table_name, index_name) AS CHAR) FROM information_schema.statistics \
    WHERE table_schema = 'reviews' AND table_name NOT LIKE '\\_%'";

#[test]
fn rows_go_to_the_shards_and_the_report_is_that_of_a_server_alone() {
    let cluster = Cluster::up(Kind::Spider);
    let home = folder();
    let home = home.path();
    generate(home);
    let alone = counted_alone(cluster.alone(), home);
    let (coordinator, shards) = ready(&cluster, home);
    for shard in &shards {
        assert_eq!(value(shard, INDEXES), "4");
    }

    seed(home, &coordinator, &["-v", "--schema", COORDINATOR])
        .exits(0)
        .says("precheck: pass: spider: coordinator; rows go to 127.0.0.2:")
        .says("2 connections load (as asked), by insert");
    assert_eq!(counted(home), alone);

    // each shard has its plan; one exit code for all
    let dry = reindex(home, &shards, &["--dry-run"]).exits(1);
    assert_eq!(
        dry.stdout.matches("ADD INDEX `reviews_newest`").count(),
        shards.len()
    );
    let built = reindex(home, &shards, &["--report", "built.json"]).exits(0);
    for shard in &shards {
        assert_eq!(value(shard, INDEXES), "10");
        let place = shard.split(['@', '/']).nth(3).unwrap();
        assert!(built.stderr.contains(place), "{}", built.stderr);
    }
    let report = fs::read_to_string(home.join("built.json")).unwrap();
    assert_eq!(
        report.matches(": characteristic_reviews\"").count(),
        shards.len()
    );
    reindex(home, &shards, &["--dry-run"]).exits(0);
    let absent = format!("{}x", shards[1]);
    reindex(home, &[shards[0].clone(), absent], &[])
        .exits(2)
        .says("reviewsx");

    verify(home, &coordinator)
        .exits(0)
        .says("counts, checksums, references and indexes agree");
    let total: u64 = alone[0].1[1].as_u64().unwrap();
    let on_shards = shards.iter().map(|s| {
        value(s, "SELECT CAST(COUNT(*) AS CHAR) FROM reviews")
            .parse::<u64>()
            .unwrap()
    });
    let on_shards: Vec<u64> = on_shards.collect();
    assert!(
        on_shards.iter().all(|rows| *rows > 0) && on_shards.iter().sum::<u64>() == total,
        "{on_shards:?}"
    );

    // the ids that load tests aim at are those of the files
    let targets = |from: &[&str]| {
        let arguments = [&["targets", "--limit", "100", "--format", "table"], from].concat();
        run(home, arguments).exits(0).stdout
    };
    assert_eq!(
        targets(&["--database-url", &coordinator]),
        targets(&["--from", "csv"])
    );

    // what no server keeps is proved all the same
    execute(
        &shards[0],
        "SET foreign_key_checks = 0; DELETE FROM reviews WHERE id = (SELECT MIN(review_id) FROM reviews_photos)",
    );
    verify(home, &coordinator)
        .exits(1)
        .says("reviews_photos: ")
        .says(" rows refer by review_id to rows of reviews that there are not");
}

#[test]
fn a_replacement_is_refused_for_it_would_be_the_same_tables() {
    let cluster = Cluster::up(Kind::Spider);
    let home = folder();
    let home = home.path();
    generate(home);
    let (coordinator, _) = ready(&cluster, home);
    seed(home, &coordinator, &["--schema", COORDINATOR]).exits(0);
    let before = value(&coordinator, "SELECT CAST(COUNT(*) AS CHAR) FROM reviews");
    seed(home, &coordinator, &["--schema", COORDINATOR, "--replace"])
        .exits(2)
        .says("is a Spider coordinator, and --replace would load into other tables of the coordinator that are the same tables on 127.0.0.2:");
    assert_eq!(
        value(&coordinator, "SELECT CAST(COUNT(*) AS CHAR) FROM reviews"),
        before
    );
}
