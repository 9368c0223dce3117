//! What `make test` runs.

use super::OceanBase;
use crate::data::sample_data;
use crate::harness::{folder, run};

#[test]
fn the_sample_data_is_seeded_verified_and_indexed_without_a_change_of_the_schema() {
    let (server, home) = (OceanBase::start(), folder());
    let scratch = server.scratch();
    let url = ["--database-url", scratch.url()];
    let sample = sample_data();
    let seed = ["seed", sample.to_str().unwrap(), "-v"];
    run(home.path(), seed.iter().chain(&url))
        .exits(0)
        .says("seed: engine OceanBase: tested, --load insert by default")
        .says("OceanBase has no utf8mb4_unicode_520_ci; tables and columns get utf8mb4_general_ci")
        .says("method: insert (LOAD DATA LOCAL leaves out rows on OceanBase");
    run(home.path(), ["verify"].iter().chain(&url))
        .exits(0)
        .says("counts, checksums, foreign keys and indexes agree");
    run(home.path(), ["reindex", "--dry-run"].iter().chain(&url))
        .exits(0)
        .says("reindex: the tables match schema.sql");
    run(home.path(), seed.iter().chain(&url))
        .exits(0)
        .says("nothing to do");
}
