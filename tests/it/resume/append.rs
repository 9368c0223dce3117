//! `seed --append` that is killed: the repeated command completes it, with the result of an
//! undisturbed run.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::background::{background, with_batches_in};
use crate::support::data::Files;
use crate::support::data::TABLES;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

/// A few products in `some`; those and many more, with damage, in `more`.
fn home() -> tempfile::TempDir {
    let home = folder();
    for (name, products, variant) in [("some", "150", "epoch"), ("more", "500", "dirty")] {
        let arguments = [
            "generate",
            name,
            "--products",
            products,
            "--variant",
            variant,
            "-q",
        ];
        run(home.path(), arguments).exits(0);
    }
    home
}

const APPEND: [&str; 5] = ["seed", "more", "--append", "--max-rejects", "100%"];

/// What a run of APPEND reports of the tables, without the times.
fn append(home: &Path, url: &str, more: &[&str]) -> (Value, String) {
    let rest = ["--database-url", url, "--report", "-"];
    let ran = run(home, APPEND.iter().chain(&rest).chain(more)).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut tables = report["tables"].clone();
    for table in tables.as_array_mut().unwrap() {
        let table = table.as_object_mut().unwrap();
        table.remove("load_seconds");
        table.remove("index_seconds");
    }
    (tables, ran.stderr)
}

fn rejects(home: &Path) -> Vec<Vec<u8>> {
    let files = TABLES
        .iter()
        .flat_map(|t| ["csv", "broken", "reasons.csv"].map(|k| format!("{t}.{k}")));
    files
        .map(|file| fs::read(home.join("rejects").join(file)).unwrap_or_default())
        .collect()
}

fn kill_after(home: &Path, scratch: &Scratch, batches: u64) {
    let slow = ["--connections", "2", "--batch-size", "8K"];
    let mut append = background(home, APPEND);
    append.args(["--database-url", scratch.url()]).args(slow);
    let mut child = with_batches_in(append, scratch.url(), batches, "run = 2");
    assert!(
        child.try_wait().unwrap().is_none(),
        "it ended before it could be killed"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

on_both_servers! {
    long
    fn a_killed_append_ends_like_an_undisturbed_one(server: Server) {
        let home = home();
        let (calm, rough) = (Scratch::new(server), Scratch::new(server));
        for scratch in [&calm, &rough] {
            run(home.path(), ["seed", "some", "--database-url", scratch.url()]).exits(0);
        }
        let (expected, _) = append(home.path(), calm.url(), &[]);
        let expected_rejects = rejects(home.path());
        let duplicates = expected[0]["rules"]["duplicate_key"].as_u64().unwrap();
        assert!(duplicates > 100, "the products of both are duplicates: {expected:#}");
        for batches in [3, 60] {
            kill_after(home.path(), &rough, batches);
        }
        run(home.path(), ["verify", "--database-url", rough.url()])
            .exits(2)
            .says("is unfinished (it ended in phase load)")
            .says("the same command resumes it, with a larger --max-rejects if the run rejected too many records, or with another --load")
            .says("seed more --append --max-rejects 100%");
        let (found, said) = append(home.path(), rough.url(), &[]);
        assert!(said.contains("was interrupted while loading"), "{said}");
        assert_eq!(found, expected);
        assert!(rejects(home.path()) == expected_rejects, "the reject files differ");
        for table in TABLES {
            let sum = |scratch: &Scratch| scratch.rows(&format!("CHECKSUM TABLE {table}"))[0][1].clone();
            let count = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(calm.value(&count), rough.value(&count), "{table}");
            let all = format!("SELECT BIT_XOR(CRC32(id)) FROM {table}");
            assert_eq!(calm.value(&all), rough.value(&all), "{table}: {:?}", sum(&rough));
        }
        run(home.path(), ["verify", "--database-url", rough.url()]).exits(0);
        assert_eq!(rough.value("SELECT COUNT(*) FROM _reviewseed_runs"), "2");
        assert_eq!(rough.value("SELECT COUNT(*) FROM _reviewseed_keys"), "0", "nobody asks for them any more");
    }
}

on_both_servers! {
    long
    fn an_append_interrupted_after_its_load_is_resumed_there(server: Server) {
        let (home, scratch) = (home(), Scratch::new(server));
        run(home.path(), ["seed", "some", "--database-url", scratch.url()]).exits(0);
        let (mut expected, said) = append(home.path(), scratch.url(), &[]);
        assert!(said.contains("with the key of an earlier record or of a row in the table"), "{said}");
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'index' WHERE run = 2");
        scratch.execute("DROP INDEX reviews_newest ON reviews");
        run(home.path(), ["verify", "--database-url", scratch.url()])
            .exits(2)
            .says("is unfinished (it ended in phase index)");
        let (mut found, said) = append(home.path(), scratch.url(), &["--verify", "full"]);
        assert!(said.contains("was interrupted in phase index; its rows are loaded"), "{said}");
        // the ledger remembers neither the rules, with their examples and causes, nor the warnings
        for (found, expected) in found.as_array_mut().unwrap().iter_mut().zip(expected.as_array_mut().unwrap()) {
            found["rules"] = expected["rules"].clone();
            for forgotten in ["warnings", "examples", "follow", "diagnoses"] {
                expected.as_object_mut().unwrap().remove(forgotten);
            }
        }
        assert_eq!(found, expected);
        run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
    }
}

on_both_servers! {
    fn nothing_is_appended_to_an_unfinished_run_and_both_remedies_are_named(server: Server) {
        let (home, scratch) = (home(), Scratch::new(server));
        let seed = ["seed", "some", "--database-url", scratch.url()];
        run(home.path(), seed).exits(0);
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'load'");
        let before = scratch.rows("SELECT COUNT(*), SUM(id) FROM reviews");
        let arguments = ["--database-url", scratch.url()];
        for more in [&[][..], &["--dry-run"]] {
            run(home.path(), APPEND.iter().chain(&arguments).chain(more))
                .exits(2)
                .says("is unfinished (it ended in phase load)")
                .says("nothing was changed: resume it first, with a larger --max-rejects")
                .says("seed some --database-url")
                .says("with --replace instead of --append");
        }
        assert_eq!(scratch.rows("SELECT COUNT(*), SUM(id) FROM reviews"), before);
        // the one way: finish it, then add
        run(home.path(), seed).exits(0);
        append(home.path(), scratch.url(), &[]);
        // the other remedy: load everything again
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'index'");
        run(home.path(), ["seed", "more", "--append", "--max-rejects", "99%"].iter().chain(&arguments)).exits(0);
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'index'");
        fs::write(home.path().join("more/reviews_photos.csv"), "id,review_id,url\n9000001,1,u\n").unwrap();
        run(home.path(), APPEND.iter().chain(&arguments)).exits(2).says("is unfinished (it ended in phase index)");
        run(home.path(), ["seed", "more", "--replace", "--max-rejects", "100%"].iter().chain(&arguments)).exits(0);
    }
}

on_both_servers! {
    fn rows_that_are_appended_may_refer_to_each_other(server: Server) {
        let (home, scratch) = (folder(), Scratch::new(server));
        let files = home.path().join("files");
        fs::create_dir(&files).unwrap();
        let schema = home.path().join("people.sql");
        fs::write(
            &schema,
            "CREATE TABLE people (id INT PRIMARY KEY, boss INT, CONSTRAINT people_boss FOREIGN KEY (boss) REFERENCES people (id));",
        )
        .unwrap();
        let seed = ["seed", "files", "--schema", "people.sql", "--database-url", scratch.url()];
        fs::write(files.join("people.csv"), "id,boss\n1,\n2,1\n").unwrap();
        run(home.path(), seed).exits(0);
        // of those who come, one has a boss who was there, one a boss who comes later
        fs::write(files.join("people.csv"), "id,boss\n3,1\n4,5\n5,3\n").unwrap();
        run(home.path(), seed.iter().chain(&["--append"])).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM people"), "1,2,3,4,5");
    }
}

on_both_servers! {
    fn files_that_were_appended_already_are_appended_again_only_by_force(server: Server) {
        let files = Files::of_schema("CREATE TABLE notes (id INT NOT NULL, note VARCHAR(9) NOT NULL);");
        let scratch = Scratch::new(server);
        let count = || scratch.value("SELECT COUNT(*) FROM notes");
        files.put("notes", "id,note\n1,a\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("notes", "id,note\n2,b\n3,c\n");
        files.seed(&scratch, &["--append"]).exits(0);
        for more in [&["--append"][..], &["--append", "--dry-run"]] {
            files.seed(&scratch, more).exits(0).says("were appended by the run of").says("nothing to do").says("--append --force");
            assert_eq!(count(), "3");
        }
        files.seed(&scratch, &["--append", "--force"]).exits(0);
        assert_eq!(count(), "5");
        // rows were deleted in the meantime; which ones the run cannot tell
        scratch.execute("DELETE FROM notes WHERE id = 3 LIMIT 1");
        let ran = files.seed(&scratch, &["--append"]).exits(1).says("notes: holds 4 rows, 5 were loaded");
        ran.says("the tables have changed since; nothing was changed by this run; --append --force");
        assert_eq!(count(), "4");
        files.put("notes", "id,note\n4,d\n5,e\n");
        files.seed(&scratch, &["--append"]).exits(0).says("seed: done");
        assert_eq!(count(), "6");
    }
}

on_both_servers! {
    fn a_parent_without_rows_that_is_not_loaded_causes_a_warning(server: Server) {
        let files = Files::of_schema("CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p (id), FOREIGN KEY (p) REFERENCES p (id));");
        let scratch = Scratch::new(server);
        files.put("p", "id\n1\n");
        files.put("c", "id,p\n1,1\n");
        let words = "p holds no rows and is not loaded by this run: rows of c that refer to it are rejected";
        files.seed(&scratch, &["--tables", "c", "--max-rejects", "100%"]).exits(0).says(words);
        let ran = files.seed(&Scratch::new(server), &[]).exits(0);
        assert!(!ran.stderr.contains("holds no rows"), "{}", ran.stderr);
    }
}
