//! Spider: rows go through the coordinator to the shards.

use std::fs;
use std::path::Path;

use crate::cluster::{
    Cluster, Kind, Seeding, batches, counted, counted_alone, number, seed, with_data,
};
use crate::harness::{Ran, execute, rows, run};

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
    let (cluster, home) = with_data(Kind::Spider);
    let home = home.path();
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
    let (cluster, home) = with_data(Kind::Spider);
    let home = home.path();
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

/// In the middle of a commit, as far as can be seen: something is prepared on a shard.
fn is_committing(shard: &str) -> bool {
    rows(shard, "XA RECOVER").is_ok_and(|prepared| !prepared.is_empty())
}

/// Kills of one member in mid-commit, three a run, and it comes back each time.
fn kills_in_mid_commit(member: usize) {
    let (cluster, home) = with_data(Kind::Spider);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    for round in 0..number("ROUNDS", 1) {
        let (coordinator, shards) = ready(&cluster, home);
        let mut seeding = Seeding::start(home, &coordinator, &["--schema", COORDINATOR]);
        for kill in 0..3 {
            let process = cluster.process(member);
            let so_far = 2 + 15 * kill + round;
            seeding.until("a commit", || {
                batches(&coordinator) >= so_far && is_committing(&shards[0])
            });
            cluster.kill_at_once(process);
            cluster.tell(&["up"]);
        }
        let said = seeding.ends_well();
        assert!(said.contains("trying again"), "round {round}\n{said}");
        assert_eq!(counted(home), alone, "round {round}\n{said}");
        verify(home, &coordinator).exits(0);
        reindex(home, &shards, &[]).exits(0);
    }
}

#[test]
fn a_shard_killed_in_mid_commit_costs_nothing() {
    kills_in_mid_commit(1);
}

#[test]
fn a_coordinator_killed_in_mid_commit_costs_nothing() {
    kills_in_mid_commit(0);
}

/// The loader is killed too, and the command given again: the ledger is not believed where rows are missing, and rows that it does not know
/// are taken out.
#[test]
fn a_resumed_run_mends_what_ledger_and_shards_disagree_on() {
    let (cluster, home) = with_data(Kind::Spider);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    let (coordinator, shards) = ready(&cluster, home);
    let mut seeding = Seeding::start(home, &coordinator, &["--schema", COORDINATOR]);
    let of_reviews = "run = 1 AND table_name = 'reviews' AND batch";
    let sql =
        format!("SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_batches WHERE {of_reviews} < 4");
    seeding.until("some batches", || {
        rows(&coordinator, &sql).is_ok_and(|rows| rows[0][0].as_deref() == Some("4"))
    });
    seeding.kill();
    // as a kill in mid-commit leaves it: a batch in the ledger whose rows one shard has not, and rows whose batch the ledger has not
    let present = |sql: &str| value(&coordinator, sql);
    let first = present("SELECT CAST(MIN(id) AS CHAR) FROM reviews");
    execute(
        &shards[first.parse::<usize>().unwrap() % 2],
        &format!("DELETE FROM reviews WHERE id = {first}"),
    );
    execute(
        &coordinator,
        &format!("DELETE FROM _reviewseed_batches WHERE {of_reviews} = 2"),
    );
    // and what a lost session had prepared holds locks
    let session = present("SELECT LOWER(HEX(MIN(connection_id))) FROM _reviewseed_batches");
    let name = format!("'{session}00000000000000ff','64',1");
    let rows = "UPDATE reviews SET helpfulness = helpfulness + 1";
    execute(
        &shards[0],
        &format!("XA START {name}; {rows}; XA END {name}; XA PREPARE {name}"),
    );
    assert!(is_committing(&shards[0]));

    seed(home, &coordinator, &["--schema", COORDINATOR])
        .exits(0)
        .says("was interrupted while loading");
    assert!(!is_committing(&shards[0]));
    assert_eq!(counted(home), alone);
    verify(home, &coordinator).exits(0);
}
