//! Which run counts as the same as an earlier one: this depends on the files and the rows that they
//! give, not on the text of the schema or the mode.

use std::fs;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, run};

/// A table in which a file that is loaded twice doubles its rows.
const NOTES: &str =
    "CREATE TABLE notes (id INT NOT NULL, note VARCHAR(9) NOT NULL, code BINARY(2));";

fn notes() -> Files {
    let files = Files::of_schema(NOTES);
    files.put("notes", "id,note,code\n1,a,0x4142\n2,b,0x4344\n");
    files
}

fn count(scratch: &Scratch) -> String {
    scratch.value("SELECT COUNT(*) FROM notes")
}

fn change_schema(files: &Files, from: &str, to: &str) {
    let schema = fs::read_to_string(files.path("schema.sql")).unwrap();
    assert!(schema.contains(from), "{schema}");
    fs::write(files.path("schema.sql"), schema.replace(from, to)).unwrap();
}

fn reindex(files: &Files, scratch: &Scratch) -> Ran {
    let url = ["--database-url", scratch.url()];
    let command = ["reindex", "--schema", "schema.sql"];
    run(&files.path(""), command.iter().chain(&url))
}

on_both_servers! {
    fn files_that_seed_has_loaded_are_not_added_again(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        for mode in [&["--append"][..], &["--append", "--dry-run"], &[]] {
            files.seed(&scratch, mode).exits(0).says("these files were seeded by the run of").says("nothing to do");
            assert_eq!(count(&scratch), "2");
        }
        let reported = files.reported("notes");
        assert_eq!((&reported["read"], &reported["loaded"]), (&2.into(), &2.into()));
        files.seed(&scratch, &["--append", "--force"]).exits(0).says("seed: done");
        assert_eq!(count(&scratch), "4");
    }
}

on_both_servers! {
    fn appended_files_are_recognised_without_append_and_after_others_were_appended(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let first = fs::read(files.path("csv/notes.csv")).unwrap();
        files.put("notes", "id,note,code\n3,c,\n");
        files.seed(&scratch, &["--append"]).exits(0).says("seed: done");
        files.seed(&scratch, &[]).exits(0).says("these files were appended by the run of").says("the tables also hold other rows");
        let reported = files.reported("notes");
        assert_eq!((&reported["read"], &reported["loaded"]), (&1.into(), &1.into()));
        files.put("notes", first);
        for mode in [&["--append"][..], &[]] {
            files.seed(&scratch, mode).exits(0).says("these files were seeded by the run of");
        }
        assert_eq!(count(&scratch), "3");
        // they are no longer there
        scratch.execute("TRUNCATE TABLE notes");
        files.seed(&scratch, &["--append"]).exits(0).says("seed: done");
        assert_eq!(count(&scratch), "2");
    }
}

on_both_servers! {
    fn a_table_that_was_loaded_alone_again_is_recognised_with_the_others(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("TRUNCATE TABLE reviews_photos");
        files.seed(&scratch, &["--tables", "reviews_photos"]).exits(0).says("seed: done");
        files.seed(&scratch, &[]).exits(0).says("these files were seeded by the runs of");
        files.put("reviews_photos", "id,review_id,url\n9,1,u\n");
        files.seed(&scratch, &["--append"]).exits(2).says("the files of reviews, characteristics, characteristic_reviews are already loaded").says("--tables reviews_photos");
        files.seed(&scratch, &["--append", "--tables", "reviews_photos"]).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews_photos"), "3");
    }
}

on_both_servers! {
    fn another_text_of_the_same_schema_is_the_same_run(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        change_schema(&files, "CREATE TABLE", "-- what people write\nCREATE   TABLE");
        for mode in [&[][..], &["--append"], &["--dry-run"]] {
            let ran = files.seed(&scratch, mode).exits(0).says("nothing to do");
            assert!(!ran.stderr.contains("reindex"), "{}", ran.stderr);
        }
        change_schema(&files, "code BINARY(2)", "code BINARY(2), KEY by_note (note)");
        for mode in [&[][..], &["--append"], &["--dry-run"]] {
            let ran = files.seed(&scratch, mode).exits(0).says("nothing to do");
            ran.says("schema.sql has changed since the run: notes: index by_note is missing").says("reindex --schema schema.sql");
        }
        reindex(&files, &scratch).exits(0);
        let ran = files.seed(&scratch, &[]).exits(0).says("nothing to do");
        assert!(!ran.stderr.contains("reindex"), "{}", ran.stderr);
        assert_eq!(count(&scratch), "2");
    }
}

on_both_servers! {
    fn other_columns_types_and_settings_are_another_run(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        let hex = ["--decode", "notes.code=hex"];
        files.seed(&scratch, &hex).exits(0);
        let ran = files.seed(&scratch, &["--decode", "notes.code=raw"]).exits(2);
        ran.says("which had other columns, types or column options, such as --decode, for notes").says("--replace").says("--append");
        files.seed(&scratch, &hex).exits(0).says("nothing to do");
        let ran = files.seed(&scratch, &["--decode", "notes.code=hex", "--max-record", "9M"]).exits(2);
        ran.says("which had other files (notes: another size, header, delimiter, encoding or --max-record)");
        files.put("notes", "id,note,code\n1,a,4142\n2,b,4344\n3,c,4546\n");
        files.seed(&scratch, &hex).exits(2).says("which had other files (notes:");
        files.seed(&scratch, &["--decode", "notes.code=hex", "--append"]).exits(0).says("seed: done");
        assert_eq!(count(&scratch), "5");
    }
}

on_both_servers! {
    fn an_unfinished_run_is_resumed_by_the_same_rules_for_rows_and_by_the_same_mode(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let interrupt = || scratch.execute("UPDATE _reviewseed_runs SET phase = 'load' ORDER BY run DESC LIMIT 1");
        interrupt();
        files.seed(&scratch, &["--append"]).exits(2).says("is unfinished (it ended in phase load)");
        change_schema(&files, "code BINARY(2)", "code BINARY(2), CHECK (id < 9)");
        files.seed(&scratch, &[]).exits(2).says("UTC, which had other unique keys, foreign keys or CHECKs (schema.sql has changed since)");
        change_schema(&files, "CHECK (id < 9)", "KEY by_note (note) /* new */");
        files.seed(&scratch, &[]).exits(0).says("was interrupted while loading");
        assert_eq!(count(&scratch), "2");
        files.put("notes", "id,note,code\n3,c,\n");
        files.seed(&scratch, &["--append"]).exits(0);
        interrupt();
        files.seed(&scratch, &[]).exits(2).says("of the unfinished run of").says("UTC, which adds rows with --append").says("to resume it: ");
        files.seed(&scratch, &["--append"]).exits(0).says("was interrupted while loading");
        assert_eq!(count(&scratch), "3");
    }
}

on_both_servers! {
    fn an_unfinished_run_whose_ledger_lost_its_batches_is_not_resumed(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'load'");
        for (loss, words) in [
            ("DELETE FROM _reviewseed_batches", "the ledger of the unfinished run has no batch"),
            ("DROP TABLE _reviewseed_batches", "cannot read the ledger"),
        ] {
            scratch.execute(loss);
            files.seed(&scratch, &[]).exits(2).says(words).says("_reviewseed_batches");
            assert_eq!(count(&scratch), "2");
        }
        files.seed(&scratch, &["--replace", "--force"]).exits(0);
        assert_eq!(count(&scratch), "2");
    }
}

on_both_servers! {
    fn what_an_older_version_loaded_is_never_added_to_unnoticed(server: Server) {
        let (files, scratch) = (notes(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("DROP TABLE _reviewseed_inputs");
        files.seed(&scratch, &[]).exits(2).says("made by an older version, which did not record how it read the files").says("--replace");
        files.seed(&scratch, &["--append"]).exits(2).says("files of the same content were loaded into notes").says("--append --force");
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'load', fingerprint = REPEAT('0', 32)");
        files.seed(&scratch, &[]).exits(2).says("UTC, made by an older version");
        assert_eq!(count(&scratch), "2");
    }
}
