//! `reviewseed seed`: the contents of the database after it, and the report.

mod account_limits;
mod compare_generated;
mod documented_engines;
mod embed;
mod generated_ids;
mod kept_rejects;
pub mod merge;
mod no_local_infile;
mod other_tables;
mod others_at_work;
mod packets;
mod precheck;
mod redo_log;
mod replace;
mod round_trip;
mod server_defaults;
mod server_rejects;
mod statements;
mod sync;
mod throttle;
mod unfilled;

use std::fs;

use reviews::SCHEMA;
use sqlx::Executor;

use crate::support::data::{Files, TABLES, definition, review, reviews, sample_data};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, reviewseed, run, wait_for};

on_both_servers! {
    fn every_row_of_the_sample_data_is_loaded_and_accounted_for(server: Server) {
        let (files, scratch) = (Files::none(), Scratch::new(server));
        let data = sample_data();
        let report = files.path("report.json");
        let arguments = ["seed", data.to_str().unwrap(), "--report", report.to_str().unwrap(), "--database-url", scratch.url()];
        let ran = run(files.path("").as_path(), arguments).exits(0).says("seed: done");
        assert_eq!(ran.stdout, "");
        let report = files.report();
        assert_eq!(report["outcome"], "seeded");
        let phases: Vec<_> = report["phases"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(phases, ["load", "index", "verify"]);
        assert!(report["phases"].as_array().unwrap().iter().all(|p| p["seconds"].as_f64().unwrap() >= 0.0));
        let of_server = &report["server"];
        let (flavour, version) = match server {
            Server::MySQL => ("MySQL", "9."),
            Server::MariaDB => ("MariaDB", "10."),
        };
        assert_eq!(of_server["flavour"], flavour);
        assert!(of_server["version"].as_str().unwrap().starts_with(version), "{of_server}");
        assert_eq!(of_server["load"], "local-infile");
        let tables = report["tables"].as_array().unwrap();
        let names: Vec<_> = tables.iter().map(|t| t["name"].as_str().unwrap()).collect();
        assert_eq!(names, TABLES);
        for table in tables {
            let name = table["name"].as_str().unwrap();
            let file = data.join(format!("{name}.csv"));
            let rows = csv::Reader::from_path(&file).unwrap().byte_records().count();
            assert_eq!(table["file"], file.to_str().unwrap());
            assert_eq!(table["bytes"], fs::metadata(&file).unwrap().len());
            assert_eq!((&table["read"], &table["loaded"]), (&rows.into(), &rows.into()));
            assert_eq!(table["rejected"], 0);
            assert_eq!(table["rules"], serde_json::json!({}));
            assert_eq!(table["checksum"].as_str().unwrap().len(), 16);
            assert!(table["load_seconds"].is_f64() && table["index_seconds"].is_f64());
            assert_eq!(scratch.value(&format!("SELECT COUNT(*) FROM {name}")), rows.to_string());
        }
    }
}

on_both_servers! {
    /// Of two indexes that serve a read equally well MySQL takes the first.
    fn an_account_that_may_not_make_a_scratch_database_gets_the_indexes_in_the_order_of_schema_sql(server: Server) {
        let files = Files::of_schema("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY z (a), KEY m (b), KEY a (a, b))");
        files.put("t", "id,a,b\n1,2,3\n");
        let scratch = Scratch::new(server);
        let user = format!("u{}", &scratch.name()[3..]);
        let user = &user[..user.len().min(30)];
        scratch.execute(&format!(
            "CREATE USER '{user}'@'localhost' IDENTIFIED BY ''; GRANT ALL ON `{}`.* TO '{user}'@'localhost'",
            scratch.name().replace('_', "\\_")
        ));
        let url = scratch.url().replacen("root@", &format!("{user}@"), 1);
        let ran = ran(files.command("seed", &["-v"]).args(["--database-url", &url]));
        scratch.execute(&format!("DROP USER '{user}'@'localhost'"));
        ran.exits(0).says("may not create a scratch database");
        let shown = scratch.rows("SHOW CREATE TABLE t").remove(0)[1].clone().unwrap();
        let keys: Vec<_> = shown.lines().filter_map(|l| l.trim().strip_prefix("KEY `")?.split('`').next()).collect();
        assert_eq!(keys, ["z", "m", "a"]);
    }
}

on_both_servers! {
    fn the_tables_match_schema_sql_at_the_end_and_numbering_continues_after_the_largest_id(server: Server) {
        let (files, scratch, by_hand) = (Files::small(), Scratch::new(server), Scratch::new(server));
        by_hand.execute(SCHEMA);
        files.seed(&scratch, &[]).exits(0);
        for table in TABLES {
            assert_eq!(definition(&scratch, table), definition(&by_hand, table));
        }
        scratch.execute("INSERT INTO reviews_photos (review_id, url) VALUES (2, 'x')");
        assert_eq!(scratch.value("SELECT id FROM reviews_photos WHERE url = 'x'"), "9");
        scratch.execute("INSERT INTO characteristics (product_id, name) VALUES (7, 'Width')");
        assert_eq!(scratch.value("SELECT MAX(id) FROM characteristics"), "3");
    }
}

on_both_servers! {
    fn existing_empty_tables_are_filled_and_keep_their_definition(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute(SCHEMA);
        let before: Vec<_> = TABLES.map(|table| definition(&scratch, table)).into();
        files.seed(&scratch, &[]).exits(0);
        assert_eq!(TABLES.map(|table| definition(&scratch, table)).to_vec(), before);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristic_reviews"), "3");
    }
}

on_both_servers! {
    fn the_same_files_again_change_nothing_also_when_they_are_newer(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        let runs = scratch.rows("SELECT * FROM _reviewseed_runs");
        let first = files.report();
        // the same bytes, written again
        files.put("reviews", reviews(3));
        let ran = files.seed(&scratch, &[]).exits(0).says("nothing to do");
        assert_eq!(ran.stdout, "");
        let report = files.report();
        assert_eq!(report["outcome"], "already_seeded");
        for (was, is) in first["tables"].as_array().unwrap().iter().zip(report["tables"].as_array().unwrap()) {
            for field in ["name", "file", "bytes", "read", "loaded", "rejected", "checksum"] {
                assert_eq!(was[field], is[field]);
            }
        }
        assert_eq!(scratch.rows("SELECT * FROM _reviewseed_runs"), runs);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
    }
}

on_both_servers! {
    fn other_files_for_filled_tables_are_turned_away_with_the_choices(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &[]).exits(0);
        // as long as before: the content tells
        files.put("reviews", reviews(3).replace("Ann", "Eve"));
        let ran = files.seed(&scratch, &[]).exits(2).says("nothing was changed").says("reviews").says("--database-url");
        assert_eq!(ran.says("UTC, whose files had other content").stdout, "");
        files.put("reviews", reviews(4));
        files.seed(&scratch, &[]).exits(2).says("UTC, which had other files").says("add to them with --append");
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'load'");
        let ran = files.seed(&scratch, &[]).exits(2).says("UTC, which had other files");
        ran.says("finish that run before you add to them");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews WHERE reviewer_name = 'Ann'"), "3");

        let foreign = Scratch::new(server);
        foreign.execute(SCHEMA);
        foreign.execute("INSERT INTO characteristics VALUES (1, 1, 'Fit')");
        files.seed(&foreign, &[]).exits(2).says("characteristics").says("that reviewseed did not load");
        assert_eq!(foreign.value("SELECT COUNT(*) FROM characteristics"), "1");
    }
}

on_both_servers! {
    fn rejected_rows_within_the_budget_are_kept_in_files_and_counted(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let mut rows = reviews(30);
        rows.push_str(&review(31).replace(",4,1607788495627,", ",six,1607788495627,"));
        rows.push_str(&review(30));
        files.put("reviews", &rows);
        files.put("reviews_photos", "id,review_id,url\n1,31,u\n2,30,u\n");
        let ran = files.seed(&scratch, &["--max-rejects", "2"]).exits(0);
        let ran = ran.says("not_an_integer 1").says("rejected records and reasons are in rejects/");
        assert_eq!(ran.stdout, "");
        let reported = files.reported("reviews");
        assert_eq!(reported["rules"], serde_json::json!({"not_an_integer": 1, "duplicate_key": 1}));
        assert_eq!((&reported["read"], &reported["loaded"], &reported["rejected"]), (&32.into(), &30.into(), &2.into()));
        assert_eq!(files.reported("reviews_photos")["rules"], serde_json::json!({"missing_parent": 1}));
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "30");
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM reviews_photos"), "2");
        assert_eq!(files.rejected("reviews"), [(32, "not_an_integer".into()), (33, "duplicate_key".into())]);
    }
}

on_both_servers! {
    fn tables_can_be_loaded_one_after_the_other_and_their_foreign_keys_are_verified(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &["--tables", "reviews,characteristics"]).exits(0);
        assert_eq!(files.report()["tables"].as_array().unwrap().len(), 2);
        files.seed(&scratch, &["--tables", "reviews_photos,characteristic_reviews"]).exits(0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM characteristic_reviews"), "3");

        let alone = Scratch::new(server);
        let ran = files.seed(&alone, &["--tables", "reviews_photos"]).exits(1);
        ran.says("look at missing_parent first (2 records)");
        assert_eq!(files.report()["outcome"], "budget_spent");
        assert_eq!(alone.value("SELECT COUNT(*) FROM reviews_photos"), "0");
    }
}

on_both_servers! {
    fn without_indexes_only_the_rows_and_the_primary_key_are_there(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        files.seed(&scratch, &["--no-index"]).exits(0);
        let keys = "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() \
            AND index_name <> 'PRIMARY' AND LEFT(table_name, 1) <> '_'";
        assert_eq!(scratch.value(keys), "0");
        let references = "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()";
        assert_eq!(scratch.value(references), "0");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
    }
}

on_both_servers! {
    fn a_dry_run_leaves_the_database_as_it_was(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE LEFT(table_schema, CHAR_LENGTH(DATABASE())) = DATABASE()";
        files.seed(&scratch, &["--dry-run"]).exits(0).says("the database is as it was");
        assert_eq!(scratch.value(tables), "0");
        assert_eq!(files.report()["outcome"], "clean");
        assert_eq!(files.reported("reviews")["loaded"], 3);
    }
}

on_both_servers! {
    fn the_depth_of_the_verification_is_reported(server: Server) {
        let files = Files::small();
        for (how, words) in [("full", "checksums, foreign keys and indexes agree"), ("quick", "next: verify every value, by checksums, and every foreign key: "), ("none", "not verified")] {
            files.seed(&Scratch::new(server), &["--verify", how]).exits(0).says(words);
        }
    }
}

on_both_servers! {
    fn quiet_prints_nothing(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let quiet = files.seed(&scratch, &["-q"]).exits(0);
        assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    }
}

on_both_servers! {
    fn the_database_may_come_from_the_environment_and_the_report_go_to_stdout(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        let ran = ran(reviewseed(&files.path("")).args(["seed", "csv", "--report", "-"]).env("DATABASE_URL", scratch.url()));
        let report: serde_json::Value = serde_json::from_str(&ran.exits(0).stdout).unwrap();
        assert_eq!(report["outcome"], "seeded");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "3");
    }
}

on_both_servers! {
    fn a_second_seed_at_the_same_time_is_turned_away(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        // holds what a running seed holds
        let name = format!("reviewseed_{:016x}", xxhash_rust::xxh3::xxh3_64(scratch.name().as_bytes()));
        let url = mysql::db::DatabaseUrl::parse(scratch.url()).unwrap();
        wait_for(async {
            let mut other = mysql::db::connect(&url).await.unwrap();
            other.execute(sqlx::AssertSqlSafe(format!("SELECT GET_LOCK('{name}', 0)"))).await.unwrap();
            files.seed(&scratch, &[]).exits(2).says("another reviewseed works on").says("run the same command again");
            mysql::db::close(other).await;
        });
        files.seed(&scratch, &[]).exits(0);
    }
}

on_both_servers! {
    fn header_only_files_make_empty_tables(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        for table in TABLES {
            let text = fs::read_to_string(files.path(&format!("csv/{table}.csv"))).unwrap();
            files.put(table, text.lines().next().unwrap());
        }
        files.seed(&scratch, &["--verify", "full"]).exits(0);
        assert_eq!(files.reported("reviews")["read"], 0);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "0");
    }
}
