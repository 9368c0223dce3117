//! `seed --replace`: readers see the old tables or the new ones, and a failure leaves the old ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::data::{Files, REVIEWS_HEADER};
use crate::support::harness::{Scratch, Server, folder, on_both_servers, rows, run};

fn keys(scratch: &Scratch) -> Vec<Vec<Option<String>>> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(constraint_name AS CHAR) FROM information_schema.table_constraints \
               WHERE table_schema = DATABASE() AND constraint_name NOT LIKE 'PRIMARY' ORDER BY 1, 2";
    let mut keys = scratch.rows(sql);
    let sql = "SELECT DISTINCT CAST(table_name AS CHAR), CAST(index_name AS CHAR) FROM information_schema.statistics \
               WHERE table_schema = DATABASE() AND table_name NOT LIKE '\\_%' ORDER BY 1, 2";
    keys.extend(scratch.rows(sql));
    keys
}

on_both_servers! {
    fn readers_see_the_old_or_the_new_number_of_rows_and_keys_keep_their_names(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        for (name, products) in [("old", "60"), ("new", "400")] {
            run(home.path(), ["generate", name, "--products", products, "-q"]).exits(0);
        }
        let url = scratch.url();
        run(home.path(), ["seed", "old", "--database-url", url]).exits(0);
        let count = "SELECT CAST(COUNT(*) AS CHAR) FROM characteristic_reviews";
        let (old, before) = (scratch.value(count), keys(&scratch));

        let stop = Arc::new(AtomicBool::new(false));
        let reader = {
            let (stop, url) = (Arc::clone(&stop), url.to_string());
            std::thread::spawn(move || {
                let mut seen = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let found = rows(&url, count).expect("the table is never missing");
                    seen.push(found[0][0].clone().unwrap());
                }
                let often = seen.len();
                seen.dedup();
                (often, seen)
            })
        };
        run(home.path(), ["seed", "new", "--replace", "--database-url", url])
            .exits(0)
            .says("have replaced the old ones");
        let new = scratch.value(count);
        // once more after the swap
        std::thread::sleep(std::time::Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        let (often, seen) = reader.join().unwrap();
        assert_ne!(old, new);
        assert!(often > 20, "{often} looks in all that time");
        assert_eq!(seen, [old, new], "the old number, then the new one, and no other");
        assert_eq!(keys(&scratch), before);
        run(home.path(), ["verify", "--database-url", url]).exits(0);
        let siblings = format!("SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE '{}\\_\\_%'", scratch.name());
        assert_eq!(scratch.value(&siblings), "0");
        run(home.path(), ["seed", "new", "--database-url", url]).exits(0).says("nothing to do");
    }
}

on_both_servers! {
    fn a_failed_replacement_leaves_the_old_tables(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        run(home.path(), ["generate", "old", "--products", "60", "-q"]).exits(0);
        run(home.path(), ["generate", "new", "--products", "90", "--variant", "dirty", "-q"]).exits(0);
        let url = scratch.url();
        run(home.path(), ["seed", "old", "--database-url", url]).exits(0);
        let replace = ["seed", "new", "--replace", "--database-url", url];
        run(home.path(), replace.iter().chain(&["--max-rejects", "0"])).exits(1);
        run(home.path(), ["verify", "--database-url", url]).exits(0);
        run(home.path(), ["seed", "old", "--database-url", url]).exits(0).says("nothing to do");
        // the same command with a larger budget continues in the sibling database
        run(home.path(), replace).exits(0).says("interrupted while loading");
        run(home.path(), ["verify", "--database-url", url]).exits(0);
    }
}

on_both_servers! {
    fn triggers_and_foreign_keys_from_outside_are_errors_before_the_load(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        run(home.path(), ["generate", "csv", "--products", "30", "-q"]).exits(0);
        let url = scratch.url();
        run(home.path(), ["seed", "csv", "--database-url", url]).exits(0);
        let replace = ["seed", "csv", "--replace", "--database-url", url];
        scratch.execute("CREATE TRIGGER watch BEFORE INSERT ON reviews FOR EACH ROW SET @seen = 1");
        run(home.path(), replace).exits(2).says("cannot keep trigger watch of reviews");
        scratch.execute("DROP TRIGGER watch");
        scratch.execute("CREATE TABLE votes (review_id INT UNSIGNED, CONSTRAINT vote_of FOREIGN KEY (review_id) REFERENCES reviews (id))");
        run(home.path(), replace).exits(2).says("cannot keep foreign key vote_of");
        scratch.execute("DROP TABLE votes");
        run(home.path(), replace).exits(0);
    }
}

fn siblings(scratch: &Scratch) -> String {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.schemata WHERE schema_name LIKE '{}\\_\\_%'",
        scratch.name()
    );
    scratch.value(&sql)
}

on_both_servers! {
    fn a_failed_replacement_is_named_and_later_runs_recognise_it(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        for (name, variant) in [("old", "iso"), ("new", "dirty"), ("newer", "iso")] {
            run(home.path(), ["generate", name, "--products", "60", "--variant", variant, "-q"]).exits(0);
        }
        let url = scratch.url();
        run(home.path(), ["seed", "old", "--database-url", url]).exits(0);
        let named = format!("{}__reviewseed_new", scratch.name());
        run(home.path(), ["seed", "new", "--replace", "--max-rejects", "0", "--batch-size", "4K", "--database-url", url])
            .exits(1)
            .says(&format!("the rows loaded so far are in the database {named}"));
        assert_eq!(siblings(&scratch), "1");
        run(home.path(), ["seed", "old", "--database-url", url]).exits(0).says(&format!("the database {named} holds an unfinished --replace"));
        run(home.path(), ["seed", "newer", "--replace", "--database-url", url])
            .exits(0)
            .says(&format!("the database {named} holds an unfinished --replace of other files"));
        assert_eq!(siblings(&scratch), "0");
        let seeded = run(home.path(), ["seed", "newer", "--database-url", url]).exits(0).says("nothing to do");
        assert!(!seeded.stderr.contains("unfinished --replace"), "{}", seeded.stderr);
    }
}

on_both_servers! {
    fn a_replacement_that_fails_before_the_first_row_leaves_no_database(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        files.put("reviews", format!("{REVIEWS_HEADER}\nno number\n"));
        files.put("characteristics", "id,product_id,name\n");
        files.put("reviews_photos", "id,review_id,url\n");
        files.put("characteristic_reviews", "id,characteristic_id,review_id,value\n");
        files.seed(&scratch, &["--replace", "--max-rejects", "0"]).exits(1);
        assert_eq!(siblings(&scratch), "0");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
    }
}

on_both_servers! {
    fn a_database_of_another_program_is_not_mistaken_for_an_earlier_attempt(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let theirs = format!("{}__reviewseed_new", scratch.name());
        scratch.execute(&format!("CREATE DATABASE {theirs}; CREATE TABLE {theirs}.kept (id INT PRIMARY KEY)"));
        files.seed(&scratch, &["--replace"]).exits(2).says(&theirs).says("that reviewseed did not make");
        assert_eq!(scratch.value(&format!("SELECT COUNT(*) FROM {theirs}.kept")), "0");
        scratch.execute(&format!("DROP DATABASE {theirs}"));
    }
}
