//! `doctor`, `clean` and `explain`.

use model::rejection::Rule;

use crate::support::data::{Files, TABLES};
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, ran, reviewseed, run};

fn command(files: &Files, scratch: &Scratch, arguments: &[&str]) -> Ran {
    let mut command = reviewseed(&files.path(""));
    ran(command
        .args(arguments)
        .args(["--database-url", scratch.url()]))
}

/// The checks of `doctor --json`: name, level, words.
fn checks(ran: &Ran) -> Vec<(String, String, String)> {
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = |check: &serde_json::Value, key: &str| check[key].as_str().unwrap().to_owned();
    let checks = found["checks"].as_array().unwrap().iter();
    let checks = checks.map(|c| (text(c, "name"), text(c, "level"), text(c, "words")));
    checks.collect()
}

fn words_of(ran: &Ran, name: &str) -> (String, String) {
    let checks = checks(ran);
    let found = checks.iter().find(|(known, _, _)| known == name);
    let (_, level, words) = found.unwrap_or_else(|| panic!("no {name}: {checks:?}"));
    (level.clone(), words.clone())
}

on_both_servers! {
    fn doctor_says_what_a_seed_would_find(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let new = command(&files, &scratch, &["doctor", "--json"]).exits(0);
        assert!(words_of(&new, "database").1.contains("from --database-url"));
        assert!(words_of(&new, "tables").1.starts_with("none; "), "{new:?}");
        assert!(words_of(&new, "disk space").1.contains("MiB are free"), "{new:?}");
        // the same checks as those of seed, in the same words
        let seeded = command(&files, &scratch, &["seed", "csv", "-v"]).exits(0);
        for (name, _, words) in checks(&new) {
            if ["rights", "role", "sql_mode", "local_infile", "max_allowed_packet"].contains(&name.as_str()) {
                assert!(seeded.stderr.contains(&format!("{name}: {words}")), "{name}: {seeded:?}");
            }
        }
        scratch.execute("CREATE TABLE others (id INT)");
        let known = command(&files, &scratch, &["doctor", "--json"]).exits(0);
        let (_, tables) = words_of(&known, "tables");
        assert!(tables.contains("reviews (3 rows)") && tables.contains("left alone: others"), "{tables}");
        assert!(words_of(&known, "last run").1.ends_with("is finished"), "{known:?}");
        command(&files, &scratch, &["doctor"]).exits(0).prints("pass  server").says("✓ ");
    }
}

on_both_servers! {
    fn doctor_names_the_grant_that_is_missing(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let user = format!("d{}", &scratch.name()[scratch.name().len().saturating_sub(20)..]);
        scratch.execute(&format!("CREATE USER '{user}'@'localhost'"));
        scratch.execute(&format!("GRANT SELECT ON {}.* TO '{user}'@'localhost'", scratch.name()));
        let url = scratch.url().replace("root@", &format!("{user}@"));
        let found = ran(reviewseed(&files.path("")).args(["doctor", "--json", "--database-url", &url])).exits(1);
        let (level, words) = words_of(&found, "rights");
        scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        assert_eq!(level, "fail", "{words}");
        let grant = format!("ON `{}`.* TO `{user}`@`localhost`", scratch.name());
        assert!(words.contains("GRANT INSERT, UPDATE") && words.contains(&grant), "{words}");
    }
}

on_both_servers! {
    fn clean_removes_our_tables_and_keeps_the_rows(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let ours = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE '\\_reviewseed\\_%'";
        command(&files, &scratch, &["clean"]).exits(0).says("nothing was removed");
        command(&files, &scratch, &["seed", "csv"]).exits(0);
        assert_ne!(scratch.value(ours), "0");

        // nobody is there to be asked
        command(&files, &scratch, &["clean"]).exits(2).says("_reviewseed_batches").says("clean --database-url").says("--yes");
        assert_ne!(scratch.value(ours), "0");

        scratch.execute("UPDATE _reviewseed_runs SET phase = 'load'");
        let kept = command(&files, &scratch, &["clean", "--yes"]).exits(2);
        assert!(kept.stderr.contains("is unfinished (phase load)") && kept.stderr.contains("seed csv"), "{kept:?}");
        assert_ne!(scratch.value(ours), "0");

        let removed = format!("✓ removed {} tables", scratch.value(ours));
        command(&files, &scratch, &["clean", "--yes", "--forget-unfinished"]).exits(0).says(&removed);
        assert_eq!(scratch.value(ours), "0");
        for table in TABLES {
            assert_ne!(scratch.value(&format!("SELECT COUNT(*) FROM {table}")), "0", "{table}");
        }
    }
}

#[test]
fn every_rule_is_explained_by_its_name() {
    let files = Files::none();
    let list = run(&files.path(""), ["explain"]).exits(0);
    for rule in Rule::ALL {
        assert!(list.stdout.contains(rule.name()) && list.stdout.contains(rule.meaning()));
        run(&files.path(""), ["explain", rule.name()])
            .exits(0)
            .prints(&format!("{}: {}\n", rule.name(), rule.meaning()));
    }
    run(&files.path(""), ["explain", "Missing Parent"])
        .exits(0)
        .prints("missing_parent: ");
}
