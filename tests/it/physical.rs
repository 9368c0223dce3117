//! `--load physical`: the server has the same rows as after an SQL load, in every index. They stay
//! the same after changes, restarts and kills. Each test has its own server, because a wrong file
//! could crash it.

mod chosen;
mod failed_import;
mod in_place;
mod killed;
mod lost_connection;
mod random;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::data::{Files, TABLES, definition, is_sound};
use crate::support::effort::cases;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};
pub use random::Random;
use random::{Made, made};

/// Number of rows, sum over all columns, and for each index the sum of what it holds, read from it
/// alone.
fn sums(scratch: &Scratch, made: &Made) -> BTreeMap<String, String> {
    let mut sums = BTreeMap::new();
    let checksum = scratch.rows("CHECKSUM TABLE made EXTENDED");
    sums.insert("all".to_owned(), format!("{:?}", checksum[0][1]));
    let read = |columns: &[String], index: &str, by: &str| {
        let values: Vec<String> = columns
            .iter()
            .map(|c| format!("COALESCE({c}, 'NULL')"))
            .collect();
        format!(
            "SELECT CAST(CONCAT_WS('/', COUNT(*), SUM(CRC32(CONCAT_WS('#', {})))) AS CHAR) FROM made FORCE INDEX ({index}) {by}",
            values.join(",")
        )
    };
    sums.insert(
        "PRIMARY".to_owned(),
        scratch.value(&read(&made.key, "PRIMARY", "")),
    );
    for (name, columns) in &made.indexes {
        sums.insert(name.clone(), scratch.value(&read(columns, name, "")));
    }
    sums
}

/// Changes both tables in the same way. The changes split, empty and merge pages, and rows grow and
/// shrink.
fn change(scratch: &Scratch, made: &Made) {
    let mut statements = String::from(
        "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; UPDATE made SET u = NULL WHERE id % 7 = 3; DELETE FROM made WHERE id % 5 = 1; \
         UPDATE made SET id = id + 9000000 WHERE id % 11 = 2; ",
    );
    for text in &made.texts {
        write!(statements, "UPDATE made SET {text} = CONCAT('longer ', REPEAT('x', id % 500), COALESCE(LEFT({text}, 300), '')) WHERE id % 3 = 0; ").unwrap();
        write!(
            statements,
            "UPDATE made SET {text} = LEFT({text}, 3) WHERE id % 13 = 4; "
        )
        .unwrap();
    }
    // as many rows again, between and after the existing ones
    let columns = scratch.rows("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'made' AND column_name NOT IN ('id', 'u') ORDER BY ordinal_position");
    let columns: Vec<String> = columns
        .into_iter()
        .map(|row| row[0].clone().unwrap())
        .collect();
    let rest: String = columns.iter().map(|c| format!(", {c}")).collect();
    for shift in ["id + 1", "id + 20000000"] {
        write!(statements, "INSERT IGNORE INTO made (id{rest}) SELECT {shift}{rest} FROM (SELECT * FROM made WHERE id < 9000000) AS these; ").unwrap();
    }
    write!(statements, "DELETE FROM made WHERE id BETWEEN 100 AND 900;").unwrap();
    scratch.execute(&statements);
}

/// One table, loaded both ways and changed.
struct Pair {
    made: Made,
    by_sql: Scratch,
    by_file: Scratch,
}

impl Pair {
    fn load(server: &str, seed: u64, rows: u64) -> Pair {
        let made = made(seed, rows);
        let files = Files::of_schema(&made.schema);
        files.put("made", &made.csv);
        let (by_sql, by_file) = (Scratch::at(server), Scratch::at(server));
        files
            .seed(
                &by_sql,
                &[
                    "--load",
                    "local-infile",
                    "--max-rejects",
                    "0",
                    "--verify",
                    "full",
                ],
            )
            .exits(0);
        let sql_load = files.reported("made");
        files
            .seed(&by_file, &["--load", "physical", "--max-rejects", "0"])
            .exits(0);
        assert_eq!(
            files.report()["server"]["load"],
            "physical",
            "{}",
            made.schema
        );
        assert_eq!(files.reported("made")["checksum"], sql_load["checksum"]);
        assert_eq!(files.reported("made")["loaded"], made.rows);
        Pair {
            made,
            by_sql,
            by_file,
        }
    }

    fn are_equal(&self) {
        is_sound(&self.by_file, "made");
        assert_eq!(
            sums(&self.by_sql, &self.made),
            sums(&self.by_file, &self.made),
            "{}",
            self.made.schema
        );
        assert_eq!(
            definition(&self.by_sql, "made"),
            definition(&self.by_file, "made")
        );
    }

    fn change(&self) {
        change(&self.by_sql, &self.made);
        change(&self.by_file, &self.made);
    }
}

on_both_servers! {
    long
    /// From no row to some thousands; then changed, after a restart, changed again, and after a
    /// kill.
    fn random_tables_are_equal_after_physical_import_and_sql_load(server: Server) {
        let own = server.own("changed");
        let url = own.url();
        let pairs = std::cell::RefCell::new(Vec::new());
        let rows = prop_oneof![Just(0u64), Just(1), 2u64..30, 30u64..700, 700u64..4000];
        let config = Config { cases: cases(3), max_shrink_iters: 0, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&(any::<u64>(), rows), |(seed, rows)| {
            let pair = Pair::load(&url, seed, rows);
            pair.are_equal();
            pair.change();
            pair.are_equal();
            pairs.borrow_mut().push(pair);
            Ok(())
        }).unwrap();
        let pairs = pairs.into_inner();
        let numbered = numbered(&url);
        own.stop();
        own.url();
        numbered.execute("INSERT INTO made (n) VALUES (5)");
        assert_eq!(numbered.value("SELECT CAST(MAX(id) AS CHAR) FROM made"), "9");
        pairs.iter().for_each(Pair::are_equal);
        pairs.iter().for_each(Pair::change);
        own.kill();
        own.url();
        pairs.iter().for_each(Pair::are_equal);
        drop((pairs, numbered));
        own.remove();
    }
}

/// Numbering continues after the largest number. The caller checks this after a restart, too.
fn numbered(server: &str) -> Scratch {
    let files = Files::of_schema(
        "CREATE TABLE made (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL) CHARSET utf8mb4;",
    );
    files.put("made", "id,n\n7,1\n0,2\n3,3\n");
    let scratch = Scratch::at(server);
    files.seed(&scratch, &["--load", "physical"]).exits(0);
    assert_eq!(
        scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM made"),
        "0,3,7"
    );
    scratch.execute("INSERT INTO made (n) VALUES (4)");
    assert_eq!(scratch.value("SELECT CAST(MAX(id) AS CHAR) FROM made"), "8");
    scratch
}

on_both_servers! {
    /// Random text of up to 12 KB in a row.
    fn rows_that_do_not_fit_into_half_a_page_are_inserted(server: Server) {
        let schema = "CREATE TABLE made (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, a VARCHAR(2000) NOT NULL, b TEXT NOT NULL, n INT NOT NULL, KEY k0 (n)) CHARSET utf8mb4;";
        let files = Files::of_schema(schema);
        let rows: String = (0..300).map(|id| format!("{id},{},{},{}\n", "é".repeat(id * 6), "🙂".repeat(id * 7), id % 10)).collect();
        files.put("made", format!("id,a,b,n\n{rows}"));
        let scratch = Scratch::at(&server.physical_url());
        files.seed(&scratch, &["--load", "physical"]).exits(0);
        assert_eq!(files.report()["server"]["load"], "physical");
        is_sound(&scratch, "made");
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM made WHERE CHAR_LENGTH(a) = id * 6 AND CHAR_LENGTH(b) = id * 7"), "300");
        assert_eq!(scratch.value("SELECT CAST(SUM(id) AS CHAR) FROM made FORCE INDEX (k0) WHERE n = 3"), (0..300).filter(|id| id % 10 == 3).sum::<u32>().to_string());
    }
}

on_both_servers! {
    long
    fn dirty_files_give_the_same_rejects_by_physical_import_and_sql_load(server: Server) {
        let home = folder();
        let dirty = ["generate", "csv", "--products", "400", "--variant", "dirty", "-q"];
        run(home.path(), dirty).exits(0);
        let mut both = Vec::new();
        for way in ["local-infile", "physical"] {
            let scratch = Scratch::at(&server.physical_url());
            let seeded = run(home.path(), ["seed", "csv", "--load", way, "--rejects", way, "--report", "-", "--database-url", scratch.url()]).exits(0);
            let report: serde_json::Value = serde_json::from_str(&seeded.stdout).unwrap();
            let tables: Vec<_> = TABLES.iter().map(|table| {
                let of = report["tables"].as_array().unwrap().iter().find(|t| t["name"] == *table).unwrap();
                let rejects = std::fs::read(home.path().join(way).join(format!("{table}.reasons.csv"))).unwrap_or_default();
                (of["read"].clone(), of["loaded"].clone(), of["rules"].clone(), of["checksum"].clone(), rejects)
            }).collect();
            both.push(tables);
            // by an import alone it would be empty to the optimizer
            let known = "SELECT CAST(n_rows * 2 > (SELECT COUNT(*) FROM characteristics) AS CHAR) FROM mysql.innodb_table_stats WHERE database_name = DATABASE() AND table_name = 'characteristics'";
            assert_eq!(scratch.value(known), "1");
            run(home.path(), ["verify", "--database-url", scratch.url()]).exits(0);
            if way == "physical" {
                let again = run(home.path(), ["seed", "csv", "--load", way, "--database-url", scratch.url()]).exits(0);
                again.says("nothing to do");
            }
        }
        assert_eq!(both[0], both[1]);
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

on_both_servers! {
    fn examples_are_imported_physically_or_the_reason_is_reported(server: Server) {
        for (name, unfit) in [
            ("questions-answers", vec!["answers_photos is loaded by SQL: only the server can evaluate CHECK (url LIKE 'http%')"]),
            ("products", vec!["skus is loaded by SQL: only the server finds all duplicates in index skus_of_style"]),
        ] {
            let (home, files) = (folder(), example(name));
            let scratch = Scratch::at(&server.physical_url());
            let schema = files.join("schema.sql");
            let seeded = run(home.path(), ["seed", files.to_str().unwrap(), "--schema", schema.to_str().unwrap(), "--load", "physical", "--max-rejects", "20%", "--report", "-", "--database-url", scratch.url()]).exits(0);
            assert!(seeded.stdout.contains("\"load\": \"physical\""), "{}", seeded.stdout);
            assert_eq!(seeded.stderr.matches(" is loaded by SQL: ").count(), unfit.len(), "{}", seeded.stderr);
            for why in unfit {
                assert!(seeded.stderr.contains(why), "{}", seeded.stderr);
            }
            run(home.path(), ["verify", "--schema", schema.to_str().unwrap(), "--database-url", scratch.url()]).exits(0);
        }
    }
}

on_both_servers! {
    /// The tests' shared servers keep a binary log off as well; so a table that was there before
    /// serves as what is not fit.
    fn a_table_that_existed_before_is_loaded_by_sql(server: Server) {
        let files = Files::small();
        let scratch = Scratch::at(&server.physical_url());
        scratch.execute(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.sql")).unwrap());
        files.seed(&scratch, &["--load", "physical"]).exits(0).says("reviews is loaded by SQL: the table existed before this run");
        assert_eq!(files.report()["server"]["load"], "local-infile");
    }
}

on_both_servers! {
    /// Bytes are imported physically, also those that do not fit into a page; for types that only
    /// the server writes, the run says so.
    fn bytes_are_imported_physically_and_geometry_says_why_not(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE made (id INT UNSIGNED NOT NULL PRIMARY KEY, b LONGBLOB, u BINARY(16) NOT NULL, f BIT(3), s SET('a','b'), KEY k0 (u), KEY k1 (s, f)) CHARSET utf8mb4;\n\
             CREATE TABLE places (id INT PRIMARY KEY, p POINT NOT NULL);",
        );
        let row = |id: usize| format!("{id},0x{},0x{:032x},{},\"b,a\"\n", "5c00ff".repeat(id * 20), id % 9, id % 8);
        let rows: String = (0..300).map(row).collect();
        files.put("made", format!("id,b,u,f,s\n{rows}"));
        files.put("places", "id,p\n1,POINT(1 2)\n");
        let scratch = Scratch::at(&server.physical_url());
        files.seed(&scratch, &["--load", "physical", "--verify", "full"])
            .exits(0)
            .says("places is loaded by SQL: column p has type point, which only the server can write");
        assert_eq!(files.report()["server"]["load"], "physical");
        is_sound(&scratch, "made");
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM made WHERE LENGTH(b) = id * 60 AND s + 0 = 3 AND f + 0 = id % 8"), "300");
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM made FORCE INDEX (k0) WHERE u = X'00000000000000000000000000000003'"), "33");
    }
}
