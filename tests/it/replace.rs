//! `seed --replace`: readers see the old tables or the new ones, and a failure leaves the old ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Scratch, Server, folder, on_both_servers, rows, run};

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
            .says("have taken the place of the old ones");
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
        // the same command with room for the rejects goes on in the sibling
        run(home.path(), replace).exits(0).says("interrupted while loading");
        run(home.path(), ["verify", "--database-url", url]).exits(0);
    }
}

on_both_servers! {
    fn triggers_and_references_from_outside_are_refused_beforehand(server: Server) {
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
