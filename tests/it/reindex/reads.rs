//! The reads of the service after `seed` and `reindex`: the server answers them from indexes, or
//! `verify` warns about them.

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data");

on_both_servers! {
    fn verify_explains_the_reads_and_flags_those_that_sort_or_read_a_whole_table(server: Server) {
        let (scratch, folder) = (Scratch::new(server), folder());
        let database = ["--database-url", scratch.url()];
        let reviewseed = |arguments: &[&str]| run(folder.path(), arguments.iter().chain(&database));
        reviewseed(&["seed", SAMPLE]).exits(0);
        // the indexes are in the order of schema.sql; otherwise MySQL would use reviews_helpful for
        // list-newest, and sort
        let all = "5 of 7 reads of the service are answered from indexes, without a sort; 2 not checked, because the tables have fewer than 1000 rows";
        reviewseed(&["verify"]).exits(0).says(all);

        scratch.execute("ALTER TABLE reviews DROP INDEX reviews_newest, DROP INDEX reviews_helpful");
        reviewseed(&["verify"])
            .exits(1)
            .says("index reviews_newest is missing")
            .says("warning: queries/list-newest.sql reads all of reviews and sorts the rows that the index");
        reviewseed(&["reindex"]).exits(0);
        reviewseed(&["verify"]).exits(0).says(all);
        reviewseed(&["reindex", "--dry-run"]).exits(0);
    }
}
