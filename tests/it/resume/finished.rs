//! Files that were loaded before: `seed` loads nothing, and compares the tables with the rows that
//! were loaded.

use crate::reports::next_steps::{named, paste};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const AGAIN: &str = "load again only the tables that are empty or missing";

on_both_servers! {
    fn a_table_that_was_emptied_or_dropped_since_is_found_and_loaded_again_alone(server: Server) {
        for (change, words) in [
            ("TRUNCATE TABLE reviews_photos", "reviews_photos: holds 0 rows, 2 were loaded"),
            ("DROP TABLE reviews_photos", "reviews_photos: the table no longer exists"),
        ] {
            let (files, scratch) = (Files::small(), Scratch::new(server));
            files.seed(&scratch, &[]).exits(0);
            files.seed(&scratch, &[]).exits(0).says("nothing to do: the row counts agree");
            scratch.execute(change);
            files.seed(&scratch, &["--dry-run"]).exits(1).says(words);
            let ran = files.seed(&scratch, &[]).exits(1).says(words);
            let ran = ran.says("the tables have changed since; nothing was changed by this run");
            assert_eq!(files.report()["outcome"], "verification_failed");
            paste(&files, &named(&ran, AGAIN)[0]).exits(0);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews_photos"), "2");
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    fn verify_full_compares_the_values_of_a_finished_run(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        files.seed(&scratch, &["--verify", "full"]).exits(0).says("nothing to do: row counts, checksums and foreign keys agree");
        scratch.execute("UPDATE reviews SET rating = 6 - rating WHERE rating <> 3 LIMIT 1");
        files.seed(&scratch, &[]).exits(0).says("nothing to do");
        files.seed(&scratch, &["--verify", "full"]).exits(1).says("reviews: the checksum is");
        scratch.execute("DELETE FROM reviews_photos LIMIT 1");
        files.seed(&scratch, &[]).exits(1).says("reviews_photos: holds 1 row, 2 were loaded");
        files.seed(&scratch, &["--verify", "none"]).exits(0).says("nothing to do");
    }
}
