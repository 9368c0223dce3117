//! Tables whose foreign keys form a cycle are loaded in one run. A row stays if all foreign keys
//! hold at the end, and all other rows are rejected with file and line.

use std::collections::BTreeSet;

use super::{has_foreign_keys, missing, stored, verify};
use crate::support::background::{background, with_batches_in};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers, run};

/// `shops` and `clerks` refer to each other, `clerks` to themselves; `towns` and `shops` form
/// another cycle; `sales` are outside.
const SCHEMA: &str = "
    CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, clerk INT NOT NULL, CONSTRAINT of_clerk FOREIGN KEY (clerk) REFERENCES clerks (id) ON DELETE CASCADE);
    CREATE TABLE shops (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, head INT NOT NULL, town CHAR(3),
      CONSTRAINT of_head FOREIGN KEY (head) REFERENCES clerks (id) ON UPDATE CASCADE,
      CONSTRAINT of_town FOREIGN KEY (town) REFERENCES towns (code) ON DELETE SET NULL);
    CREATE TABLE clerks (id INT NOT NULL PRIMARY KEY, shop BIGINT UNSIGNED, boss INT,
      CONSTRAINT of_shop FOREIGN KEY (shop) REFERENCES shops (id) ON DELETE CASCADE,
      CONSTRAINT of_boss FOREIGN KEY (boss) REFERENCES clerks (id));
    CREATE TABLE towns (code CHAR(3) NOT NULL PRIMARY KEY, main_shop BIGINT UNSIGNED);
    ALTER TABLE towns ADD CONSTRAINT of_main FOREIGN KEY (main_shop) REFERENCES shops (id);";

/// Shop 3 has no head. So clerk 33, who works there, is rejected, then shop 4, whose head is clerk
/// 33, and clerk 44. The boss of clerk 12 is not there.
fn shops() -> Files {
    let files = Files::of_schema(SCHEMA);
    files.put("sales", "id,clerk\n1,10\n2,44\n3,99\n4,11\n");
    files.put(
        "shops",
        "id,head,town\n1,10,abc\n2,11,\n3,77,abc\n4,33,\n5,12,abc\n6,66,\n",
    );
    files.put(
        "clerks",
        "id,shop,boss\n10,1,11\n11,2,10\n33,3,\n44,4,10\n12,1,404\n66,,66\n",
    );
    files.put("towns", "code,main_shop\nabc,2\n");
    files
}

#[track_caller]
fn rejects_are_right(files: &Files) {
    assert_eq!(files.rejected("shops"), missing(&[4, 5, 6]));
    assert_eq!(files.rejected("clerks"), missing(&[4, 5, 6]));
    assert_eq!(files.rejected("sales"), missing(&[3, 4]));
    assert_eq!(files.rejected("towns"), []);
    let columns: Vec<_> = files
        .reasons("clerks")
        .into_iter()
        .map(|r| (r.column, r.value))
        .collect();
    let column = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        columns,
        [
            column("shop", "3"),
            column("shop", "4"),
            column("boss", "404")
        ]
    );
}

#[track_caller]
fn is_right(files: &Files, scratch: &Scratch) {
    rejects_are_right(files);
    let ids = |table: &str| {
        stored(
            scratch,
            &format!("SELECT CAST(id AS CHAR) FROM {table} ORDER BY id"),
        )
    };
    assert_eq!(ids("shops"), ["1", "2", "6"]);
    assert_eq!(ids("clerks"), ["10", "11", "66"]);
    assert_eq!(ids("sales"), ["1", "4"]);
    for (table, keys) in [("sales", 1), ("shops", 2), ("clerks", 2), ("towns", 1)] {
        has_foreign_keys(scratch, table, keys);
    }
    verify(files, scratch);
    let plan = [
        "reindex",
        "--dry-run",
        "--schema",
        "schema.sql",
        "--database-url",
        scratch.url(),
    ];
    run(&files.path(""), plan).exits(0);
}

#[test]
fn check_rejects_the_rows_of_a_cycle_that_have_no_parent() {
    let files = shops();
    files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("reading the files again");
    rejects_are_right(&files);
    files.put("shops", "id,head,town\n1,10,abc\n2,11,\n");
    files.put("clerks", "id,shop,boss\n10,1,11\n11,2,10\n");
    files.put("sales", "id,clerk\n1,10\n");
    let ran = files.check(&[]).exits(0);
    assert!(!ran.stderr.contains("again"), "{}", ran.stderr);
}

on_both_servers! {
    fn tables_in_cycles_are_loaded_in_one_run_by_every_method(server: Server) {
        let files = shops();
        for (way, batch) in [("local-infile", "2M"), ("insert", "1K"), ("physical", "2M")] {
            let scratch = match way {
                "physical" => Scratch::at(&server.physical_url()),
                _ => Scratch::new(server),
            };
            let seed = ["--max-rejects", "100%", "--load", way, "--batch-size", batch];
            files.seed(&scratch, &seed).exits(0).says("rows without a parent");
            is_right(&files, &scratch);
            files.seed(&scratch, &seed).exits(0).says("nothing to do");
        }
    }
}

on_both_servers! {
    fn replace_swaps_tables_of_a_cycle(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        files.put("sales", "id,clerk\n7,10\n");
        files.put("shops", "id,head,town\n1,10,\n");
        files.put("clerks", "id,shop,boss\n10,1,\n");
        files.put("towns", "code,main_shop\nxyz,1\n");
        files.seed(&scratch, &[]).exits(0);
        let new = shops();
        new.seed(&scratch, &["--replace", "--max-rejects", "100%"]).exits(0).says("have replaced the old ones");
        is_right(&new, &scratch);
        let elsewhere = "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.key_column_usage \
                         WHERE table_schema = DATABASE() AND referenced_table_schema <> DATABASE()";
        assert_eq!(scratch.value(elsewhere), "0");
        // the server itself enforces the keys
        let orphan = crate::support::harness::rows(scratch.url(), "INSERT INTO shops VALUES (9, 1, NULL)");
        assert!(orphan.is_err());
    }
}

on_both_servers! {
    fn added_rows_of_a_cycle_find_their_parents_in_the_files_and_in_the_database(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        // 7 ↔ 70 are new, 71 refers to an old shop; 8 ↔ 80 depend on a boss that is not there
        files.put("shops", "id,head,town\n7,70,xyz\n8,80,abc\n9,11,\n");
        files.put("clerks", "id,shop,boss\n70,7,71\n71,2,66\n80,8,33\n");
        files.put("towns", "code,main_shop\nxyz,7\nzzz,8\n");
        files.put("sales", "id,clerk\n5,80\n6,71\n");
        files.seed(&scratch, &["--append", "--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("shops"), missing(&[3]));
        assert_eq!(files.rejected("clerks"), missing(&[4]));
        assert_eq!(files.rejected("towns"), missing(&[3]));
        assert_eq!(files.rejected("sales"), missing(&[2]));
        let ids = |table: &str| stored(&scratch, &format!("SELECT CAST(id AS CHAR) FROM {table} ORDER BY id"));
        assert_eq!(ids("shops"), ["1", "2", "6", "7", "9"]);
        assert_eq!(ids("clerks"), ["10", "11", "66", "70", "71"]);
        verify(&files, &scratch);
        // one table of the cycle alone: its parents are those in the database
        std::fs::remove_dir_all(files.path("csv")).unwrap();
        std::fs::create_dir(files.path("csv")).unwrap();
        files.put("clerks", "id,shop,boss\n90,9,91\n91,8,\n92,1,71\n");
        files.seed(&scratch, &["--append", "--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("clerks"), missing(&[2, 3]));
        verify(&files, &scratch);
    }
}

on_both_servers! {
    fn a_row_of_a_cycle_that_only_the_server_rejects_is_no_parent(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE a (id INT NOT NULL PRIMARY KEY, b INT, word VARCHAR(9) NOT NULL, FOREIGN KEY (b) REFERENCES b (id),
               CONSTRAINT letters CHECK (word REGEXP '^[a-z]*$')) CHARSET utf8mb4;
             CREATE TABLE b (id INT NOT NULL PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES a (id));",
        );
        files.put("a", "id,b,word\n1,1,one\n2,2,2\n3,2,three\n4,,four\n");
        files.put("b", "id,a\n1,1\n2,2\n3,4\n");
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        let rejected = files.rejected("a");
        assert_eq!(rejected, [(3, "check_failed".to_owned()), (4, "missing_parent".to_owned())]);
        assert_eq!(files.rejected("b"), missing(&[3]));
        verify(&files, &scratch);
    }
}

on_both_servers! {
    fn a_pipe_is_read_again_from_a_temporary_file(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        let clerks = std::fs::read(files.path("csv").join("clerks.csv")).unwrap();
        let seed = ["--max-rejects", "100%", "--map", "clerks=-", "--database-url", scratch.url()];
        let mut command = files.command("seed", &seed);
        crate::support::harness::ran(command.write_stdin(clerks)).exits(0);
        is_right(&files, &scratch);
    }
}

/// A chain through both tables, in descending order, of which the lower half hangs on a missing
/// row, and cycles of two rows.
fn long() -> Files {
    let files = Files::of_schema(
        "CREATE TABLE a (id INT NOT NULL PRIMARY KEY, b INT NOT NULL, note VARCHAR(40), CONSTRAINT of_b FOREIGN KEY (b) REFERENCES b (id));
         CREATE TABLE b (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT of_a FOREIGN KEY (a) REFERENCES a (id));",
    );
    // a n → b n → a n-1; b 0 refers to nothing that exists, b 2000 to no row
    let a = |n: u32| format!("{n},{n},the row {n} of the chain\n");
    let b = |n: u32| match n {
        0 => "0,99999\n".to_owned(),
        2000 => "2000,\n".to_owned(),
        n => format!("{n},{}\n", n - 1),
    };
    let pair = |n: u32| format!("{n},{n}\n");
    let all = |row: &dyn Fn(u32) -> String| (0..4000).rev().map(row).collect::<String>();
    let pairs: String = (5000..6000).map(pair).collect();
    files.put(
        "a",
        format!("id,b,note\n{}{}", all(&a), pairs.replace('\n', ",\n")),
    );
    files.put("b", format!("id,a\n{}{pairs}", all(&b)));
    files
}

on_both_servers! {
    long
    fn a_run_over_a_cycle_that_is_killed_is_resumed_to_the_same_end(server: Server) {
        let files = long();
        files.check(&["--max-rejects", "100%"]).exits(1);
        let expected = [files.rejected("a"), files.rejected("b")];
        assert_eq!(expected[0], missing(&(2002..4002).collect::<Vec<_>>()));
        assert_eq!(expected[1], expected[0]);
        let scratch = Scratch::new(server);
        let seed = ["seed", "csv", "--schema", "schema.sql", "--max-rejects", "100%", "--database-url", scratch.url()];
        // while it loads, twice, and while it removes the orphans
        for (batches, condition) in [(5, "TRUE"), (40, "TRUE"), (1, "(SELECT COUNT(*) FROM _reviewseed_refused) > 100")] {
            let mut command = background(&files.path(""), seed);
            command.args(["--batch-size", "2K", "--connections", "1"]);
            let mut child = with_batches_in(command, scratch.url(), batches, condition);
            assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
            child.kill().unwrap();
            child.wait().unwrap();
        }
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0).says("was interrupted while loading");
        assert_eq!([files.rejected("a"), files.rejected("b")], expected);
        for table in ["a", "b"] {
            let ids: BTreeSet<String> = stored(&scratch, &format!("SELECT CAST(id AS CHAR) FROM {table}")).into_iter().collect();
            let wanted = (2000..4000).chain(5000..6000).map(|n: u32| n.to_string()).collect();
            assert_eq!(ids, wanted, "{table}");
            has_foreign_keys(&scratch, table, 1);
        }
        verify(&files, &scratch);
    }
}

on_both_servers! {
    fn reindex_adds_the_keys_of_a_cycle_and_verify_names_its_orphans(server: Server) {
        let (files, scratch) = (shops(), Scratch::new(server));
        files.seed(&scratch, &["--max-rejects", "100%", "--no-index"]).exits(0);
        let reindex = ["reindex", "--schema", "schema.sql", "--database-url", scratch.url()];
        scratch.execute("INSERT INTO shops VALUES (9, 1, NULL)");
        run(&files.path(""), reindex).exits(2).says("of_head");
        scratch.execute("DELETE FROM shops WHERE id = 9");
        run(&files.path(""), reindex).exits(0);
        is_right(&files, &scratch);
        scratch.execute("SET foreign_key_checks = 0; DELETE FROM clerks WHERE id = 11");
        run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()])
            .exits(1)
            .says("1 orphan: boss refers to a row of clerks")
            .says("1 orphan: head refers to a row of clerks");
    }
}
