//! `reviewseed verify`: it confirms the rows that were loaded, and names later changes.

mod checksums;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};
use crate::support::running::Running;

fn verify(files: &Files, scratch: &Scratch) -> Ran {
    run(
        &files.path(""),
        [
            "verify",
            "--database-url",
            scratch.url(),
            "--report",
            "verify.json",
        ],
    )
}

fn outcome(files: &Files) -> String {
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(files.path("verify.json")).unwrap()).unwrap();
    report["outcome"].as_str().unwrap().to_owned()
}

on_both_servers! {
    fn verify_passes_after_a_seed(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let ran = verify(&files, &scratch).exits(0).says("4 tables, 10 rows").says("indexes agree");
        assert_eq!(ran.stdout, "");
        assert_eq!(outcome(&files), "verified");
    }
}

on_both_servers! {
    fn each_change_since_is_found_and_named(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        // what is done, what is said of it, how it is put right
        let changes: [(&str, &[&str], &str); 7] = [
            (
                "UPDATE reviews SET body = CONCAT(body, ' ') WHERE id = 2",
                &["error: verify: reviews: the checksum is"],
                "UPDATE reviews SET body = LEFT(body, CHAR_LENGTH(body) - 1) WHERE id = 2",
            ),
            (
                "UPDATE reviews SET response = '' WHERE id = 2",
                &["error: verify: reviews: the checksum is"],
                "UPDATE reviews SET response = NULL WHERE id = 2",
            ),
            (
                // the sums of a linear hash would stay the same
                "UPDATE characteristic_reviews SET value = IF(id = 1, 1, 5) WHERE id IN (1, 2)",
                &["error: verify: characteristic_reviews: the checksum is"],
                "UPDATE characteristic_reviews SET value = IF(id = 1, 5, 1) WHERE id IN (1, 2)",
            ),
            (
                "DELETE FROM reviews_photos WHERE id = 8",
                &["reviews_photos: holds 1 row, 2 were loaded", "reviews_photos: the checksum is"],
                "INSERT INTO reviews_photos VALUES (8, 1, 'https://photos.example.com/8.jpg')",
            ),
            (
                "DROP INDEX reviews_helpful ON reviews",
                &["reviews: index reviews_helpful is missing"],
                "CREATE INDEX reviews_helpful ON reviews (product_id, reported, helpfulness DESC, `date` DESC)",
            ),
            (
                "ALTER TABLE reviews_photos DROP FOREIGN KEY reviews_photos_of_review",
                &["reviews_photos: foreign key reviews_photos_of_review is missing"],
                "ALTER TABLE reviews_photos ADD CONSTRAINT reviews_photos_of_review FOREIGN KEY (review_id) REFERENCES reviews (id)",
            ),
            (
                "SET foreign_key_checks = 0; UPDATE reviews_photos SET review_id = 99 WHERE id = 7",
                &["reviews_photos: 1 orphan: review_id refers to a row of reviews that does not exist", "reviews_photos: the checksum is"],
                "UPDATE reviews_photos SET review_id = 3 WHERE id = 7",
            ),
        ];
        for (change, words, repair) in changes {
            scratch.execute(change);
            let mut ran = verify(&files, &scratch).exits(1);
            for words in words {
                ran = ran.says(words);
            }
            assert_eq!(outcome(&files), "verification_failed", "{change}");
            assert_eq!(ran.stderr.matches("error: ").count(), words.len(), "{change}\n{}", ran.stderr);
            scratch.execute(repair);
        }
        verify(&files, &scratch).exits(0);
    }
}

on_both_servers! {
    fn indexes_that_were_left_out_are_missing(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &["--no-index"]).exits(0);
        verify(&files, &scratch).exits(1).says("index reviews_newest is missing").says("foreign key reviews_photos_of_review is missing");
    }
}

on_both_servers! {
    // it was an error of the server, and of the rest nothing was said
    fn a_missing_table_is_a_difference_like_others(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("DROP TABLE reviews_photos; DELETE FROM characteristic_reviews WHERE id = 1");
        let ran = verify(&files, &scratch).exits(1);
        ran.says("error: verify: reviews_photos: table \"reviews_photos\" is missing").says("characteristic_reviews: holds 2 rows, 3 were loaded");
        scratch.execute("SET foreign_key_checks = 0; DROP TABLE reviews");
        verify(&files, &scratch).exits(1).says("error: verify: reviews: table \"reviews\" is missing");
    }
}

on_both_servers! {
    fn a_database_that_was_never_seeded_has_nothing_to_verify(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        verify(&files, &scratch).exits(2).says("has no ledger of a run; seed it first: reviewseed seed DIR");
    }
}

/// Ids so far apart that the tables are asked about in many ranges.
const FAR_APART: &str =
    "CREATE TABLE shops (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL);
CREATE TABLE visits (
  id INT UNSIGNED NOT NULL PRIMARY KEY, shop BIGINT, INDEX visits_shop (shop),
  CONSTRAINT visits_to_shop FOREIGN KEY (shop) REFERENCES shops (id)
);";

on_both_servers! {
    fn the_results_of_ranges_add_up(server: Server) {
        let (files, scratch) = (Files::of_schema(FAR_APART), Scratch::new(server));
        files.put("shops", "id,name\n-9223372036854775808,a\n-4,b\n0,c\n2000000000000,d\n9223372036854775807,e\n");
        files.put(
            "visits",
            "id,shop\n1,-9223372036854775808\n2,null\n1000000,-4\n2147483648,2000000000000\n4294967294,9223372036854775807\n4294967295,0\n",
        );
        files.seed(&scratch, &["--verify", "full"]).exits(0).says("row counts, checksums, foreign keys and indexes agree");
        let verify = || run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]);
        verify().exits(0).says("2 tables, 11 rows");
        for (change, words, repair) in [
            (
                "UPDATE shops SET name = 'z' WHERE id = 9223372036854775807",
                "error: verify: shops: the checksum is",
                "UPDATE shops SET name = 'e' WHERE id = 9223372036854775807",
            ),
            (
                "DELETE FROM visits WHERE id = 2",
                "error: verify: visits: holds 5 rows, 6 were loaded",
                "INSERT INTO visits VALUES (2, NULL)",
            ),
            (
                "SET foreign_key_checks = 0; UPDATE visits SET shop = 5 WHERE id = 1000000; UPDATE visits SET shop = 9223372036854775806 WHERE id = 1",
                "error: verify: visits: 2 orphans: shop refers to rows of shops that do not exist",
                "UPDATE visits SET shop = -4 WHERE id = 1000000; UPDATE visits SET shop = -9223372036854775808 WHERE id = 1",
            ),
        ] {
            scratch.execute(change);
            verify().exits(1).says(words);
            scratch.execute(repair);
        }
        verify().exits(0);
    }
}

/// Shops enough to be asked about in two ranges that meet at 300,000, and visits enough that
/// counting shops pays.
const SHOPS: &str = "CREATE TABLE shops (id INT NOT NULL PRIMARY KEY);
CREATE TABLE visits (
  id INT NOT NULL PRIMARY KEY, shop INT, INDEX visits_shop (shop),
  CONSTRAINT visits_to_shop FOREIGN KEY (shop) REFERENCES shops (id)
);
CREATE TABLE awards (
  id INT NOT NULL PRIMARY KEY, shop INT, INDEX awards_shop (shop),
  CONSTRAINT awards_to_shop FOREIGN KEY (shop) REFERENCES shops (id)
);";

on_both_servers! {
    long
    fn foreign_keys_are_verified_by_counting_parents_or_one_by_one_where_ids_have_gaps(server: Server) {
        let home = folder();
        let running = Running::start(server, home.path(), &[]);
        let (files, scratch) = (Files::of_schema(SHOPS), Scratch::at(&running.url));
        let lines = |header: &str, line: &dyn Fn(u32) -> String, number| {
            let lines = (1..=number).map(line);
            lines.fold(format!("{header}\n"), |text, line| text + &line + "\n")
        };
        files.put("shops", lines("id", &|id| id.to_string(), 600_000));
        let shop = |id: u32| match id {
            200_001 => "null".to_owned(),
            200_002 => "1".to_owned(),
            _ => (3 * id).to_string(),
        };
        files.put("visits", lines("id,shop", &|id| format!("{id},{}", shop(id)), 200_002));
        files.put("awards", "id,shop\n1,7\n2,null\n3,600000\n");
        scratch.execute("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");
        let verify = || run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]);
        // since the last call
        let one_by_one = |table: &str| {
            let of_table = format!("CAST(argument AS CHAR) LIKE 'SELECT COUNT(*) FROM `{table}` AS child LEFT JOIN%'");
            scratch.value(&format!("SELECT COUNT(*) FROM mysql.general_log WHERE {of_table}"))
        };
        let forget = || scratch.execute("TRUNCATE TABLE mysql.general_log");
        files.seed(&scratch, &["--verify", "full"]).exits(0);
        assert_eq!(one_by_one("visits"), "0");
        assert_eq!(one_by_one("awards"), "2", "three look-ups are less than counting 600,000 shops");
        for (change, orphans, ranges, repair) in [
            ("DELETE FROM shops WHERE id = 299999", 0, "1", "INSERT INTO shops VALUES (299999)"),
            ("DELETE FROM shops WHERE id IN (3, 300000)", 2, "2", "INSERT INTO shops VALUES (3), (300000)"),
            ("UPDATE visits SET shop = 600001 WHERE id = 200001", 1, "1", "UPDATE visits SET shop = NULL WHERE id = 200001"),
            ("UPDATE visits SET shop = -5 WHERE id = 200001", 1, "1", "UPDATE visits SET shop = NULL WHERE id = 200001"),
        ] {
            scratch.execute(&format!("SET foreign_key_checks = 0; {change}"));
            forget();
            let ran = verify().exits(1);
            match orphans {
                0 => assert!(!ran.stderr.contains("orphan"), "{change}\n{}", ran.stderr),
                1 => drop(ran.says("error: verify: visits: 1 orphan: shop refers to a row of shops that does not exist")),
                n => drop(ran.says(&format!("error: verify: visits: {n} orphans: shop refers to rows of shops that do not exist"))),
            }
            assert_eq!(one_by_one("visits"), ranges, "{change}");
            scratch.execute(&format!("SET foreign_key_checks = 0; {repair}"));
        }
        // as many shops as numbers, and one of them twice: only the key of the table that is there
        // makes that impossible
        scratch.execute(
            "ALTER TABLE visits DROP FOREIGN KEY visits_to_shop; ALTER TABLE awards DROP FOREIGN KEY awards_to_shop; \
             ALTER TABLE shops DROP PRIMARY KEY, ADD INDEX (id); UPDATE shops SET id = 299999 WHERE id = 300000",
        );
        verify().exits(1).says("error: verify: visits: 1 orphan: shop refers to a row of shops that does not exist");
        drop(scratch);
        running.stop();
    }
}
