//! `seed --sync`: afterwards, the tables equal the files. It makes only the necessary changes,
//! loses no row without a message, and readers see consistent tables all the time.

mod consistent;
mod judged;
mod keys;
mod model;
mod noted;
mod others;
mod parents;
mod told;
mod waiting;

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::seed::merge::model::Random;
use crate::support::background::{background, ended};
use crate::support::data::Files;
use crate::support::effort::cases;
use crate::support::harness::{Scratch, Server, on_both_servers, rows};
use model::{Counts, Records, Tables};

const SYNC: [&str; 4] = [
    "--sync",
    "--max-deletes=100%",
    "--max-rejects=100%",
    "--verify=full",
];

/// The counts of a table in the report, which must add up.
fn counts(files: &Files, table: &str) -> Counts {
    let reported = files.reported(table);
    let count = |name: &str| reported[name].as_u64().unwrap();
    let counts = Counts {
        inserted: count("inserted"),
        updated: count("updated"),
        unchanged: count("unchanged"),
        deleted: count("deleted"),
        kept: count("kept"),
        rejected: count("rejected"),
    };
    let accepted = counts.inserted + counts.updated + counts.unchanged;
    assert_eq!(accepted, count("loaded"), "{reported:#}");
    assert_eq!(accepted + counts.rejected, count("read"), "{reported:#}");
    counts
}

/// Tables of a run that it makes for itself, except the ledger.
fn work_tables(scratch: &Scratch) -> String {
    scratch.value(
        "SELECT COUNT(*) FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE '\\_reviewseed\\_sync%'",
    )
}

/// Starts a sync and kills it so long after it has begun to compare rows.
fn kill(files: &Files, scratch: &Scratch, after: Duration) {
    let rest = ["--schema", "schema.sql", "--database-url", scratch.url()];
    let folder = files.path("");
    let mut seed = background(
        folder.as_path(),
        ["seed", "csv"].iter().chain(&SYNC).chain(&rest),
    );
    let mut child = seed.stderr(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && work_tables(scratch) == "0" {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

on_both_servers! {
    long
    fn random_tables_end_equal_to_random_files_also_after_kills(server: Server) {
        for seed in 0..u64::from(cases(4)) {
            let mut random = Random::new(seed);
            let size = 10 + random.below(90);
            let (files, scratch) = (Files::of_schema(model::SCHEMA), Scratch::new(server));
            let mut tables = Tables::default();
            let old = Records::random(&mut random, size, false);
            old.put(&files);
            files.seed(&scratch, &["--max-rejects=100%"]).exits(0);
            tables.sync(&old);
            assert_eq!(Tables::read(&scratch), tables.written(), "case {seed}: the old rows");
            let new = Records::random(&mut random, size, seed % 3 != 0);
            new.put(&files);
            let kills = seed % 2 == 1;
            for _ in 0..if kills { 3 } else { 0 } {
                kill(&files, &scratch, Duration::from_millis(random.below(400)));
            }
            let ran = files.seed(&scratch, &SYNC).exits(0);
            let expected = tables.sync(&new);
            assert_eq!(Tables::read(&scratch), tables.written(), "case {seed}: {}", ran.stderr);
            if !kills {
                for (table, expected) in model::TABLES.iter().zip(expected) {
                    assert_eq!(counts(&files, table), expected, "case {seed}: {table}");
                }
            }
            files.verify(&scratch).exits(0);
            assert_eq!(work_tables(&scratch), "0");
            // again: nothing is left to do
            files.seed(&scratch, &SYNC).exits(0);
            for (table, expected) in model::TABLES.iter().zip(tables.sync(&new)) {
                assert_eq!(counts(&files, table), expected, "case {seed}: {table} again");
                assert_eq!((expected.inserted, expected.updated, expected.deleted), (0, 0, 0));
            }
            assert_eq!(Tables::read(&scratch), tables.written());
        }
    }
}

/// Orphans, by a query that sees one moment of all tables.
const ORPHANS: &str = "SELECT \
    (SELECT COUNT(*) FROM users u LEFT JOIN users b ON b.id = u.boss WHERE u.boss IS NOT NULL AND b.id IS NULL) \
    + (SELECT COUNT(*) FROM users u LEFT JOIN teams t ON t.id = u.team WHERE u.team IS NOT NULL AND t.id IS NULL) \
    + (SELECT COUNT(*) FROM teams t LEFT JOIN users u ON u.id = t.chief WHERE t.chief IS NOT NULL AND u.id IS NULL) \
    + (SELECT COUNT(*) FROM items i LEFT JOIN users u ON u.id = i.user WHERE u.id IS NULL)";

on_both_servers! {
    long
    fn a_reader_never_sees_an_orphan(server: Server) {
        let (files, scratch) = (Files::of_schema(model::SCHEMA), Scratch::new(server));
        let mut random = Random::new(99);
        Records::random(&mut random, 600, false).put(&files);
        files.seed(&scratch, &[]).exits(0);
        let stop = Arc::new(AtomicBool::new(false));
        let reader = std::thread::spawn({
            let (stop, url) = (Arc::clone(&stop), scratch.url().to_owned());
            move || {
                let mut looks = 0;
                while !stop.load(Ordering::Relaxed) {
                    let found = rows(&url, ORPHANS).unwrap();
                    assert_eq!(found[0][0].as_deref(), Some("0"), "after {looks} looks");
                    looks += 1;
                }
                looks
            }
        });
        for _ in 0..3 {
            Records::random(&mut random, 600, true).put(&files);
            files.seed(&scratch, &SYNC).exits(0);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 5);
        files.verify(&scratch).exits(0);
    }
}

const GOODS: &str = "CREATE TABLE goods (id INT PRIMARY KEY, price INT NOT NULL, name VARCHAR(20));
    CREATE TABLE untouched (id INT PRIMARY KEY);";

/// A file of goods with these ids, the price of one of them, and more records.
fn goods(ids: impl Iterator<Item = i32>, price_of_7: i32, more: &str) -> String {
    let row = |id: i32| {
        format!(
            "{id},{},name {id}\n",
            if id == 7 { price_of_7 } else { id % 9 }
        )
    };
    format!("id,price,name\n{}{more}", ids.map(row).collect::<String>())
}

on_both_servers! {
    fn only_the_rows_that_differ_are_written_and_too_many_deletes_are_an_error(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        scratch.execute(GOODS.split(';').next().unwrap());
        scratch.execute("CREATE TABLE untouched (id INT PRIMARY KEY)");
        scratch.execute("INSERT INTO untouched VALUES (1)");
        files.put("goods", goods(-500..1500, 7, ""));
        let ran = files.seed(&scratch, &["--sync"]).exits(0);
        ran.says("sync: tables left unchanged, because no file fills them: untouched");
        assert_eq!(counts(&files, "goods"), Counts { inserted: 2000, ..Counts::default() });
        scratch.execute("CREATE TABLE log (what VARCHAR(9), id INT)");
        for (what, row) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
            scratch.execute(&format!(
                "CREATE TRIGGER t_{what} AFTER {what} ON goods FOR EACH ROW INSERT INTO log VALUES ('{what}', {row}.id)"
            ));
        }
        scratch.execute("INSERT INTO goods VALUES (9000, 1, 'of another program')");
        scratch.execute("DELETE FROM log");
        // 20 rows less, one more, one changed
        files.put("goods", goods((-480..1500).chain([2000]), 99, ""));
        for arguments in [&["--sync", "--dry-run"][..], &["--sync"]] {
            let ran = files.seed(&scratch, arguments).exits(2);
            ran.says("goods: 21 of 2,001 rows would be deleted")
                .says("more than --max-deletes 1% allows; nothing was changed")
                .says("--max-deletes 1.1%");
        }
        files.seed(&scratch, &["--sync", "--max-deletes=20"]).exits(2).says("--max-deletes 21");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM log"), "0");
        let ran = files.seed(&scratch, &["--sync", "--max-deletes=1.1%", "--dry-run", "-v"]).exits(0);
        ran.says("sync: goods: would be inserted: id=2000")
            .says("sync: goods: would be updated: id=7")
            .says("sync: goods: would be deleted: id=-500")
            .says("would be deleted: id=-482")
            .says("dry run, the database is as it was");
        let expected = Counts { inserted: 1, updated: 1, unchanged: 1979, deleted: 21, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        assert_eq!(scratch.value("SELECT COUNT(*) FROM log"), "0");
        assert_eq!(work_tables(&scratch), "0");
        files.seed(&scratch, &["--sync", "--max-deletes=21"]).exits(0);
        assert_eq!(counts(&files, "goods"), expected);
        let log = "SELECT GROUP_CONCAT(DISTINCT what, IF(what = 'DELETE', '', id) ORDER BY what), COUNT(*) FROM log";
        assert_eq!(scratch.rows(log)[0][0].as_deref(), Some("DELETE,INSERT2000,UPDATE7"));
        assert_eq!(scratch.rows(log)[0][1].as_deref(), Some("23"));
        assert_eq!(scratch.value("SELECT COUNT(*) FROM untouched"), "1");
        files.seed(&scratch, &["--sync"]).exits(0);
        assert_eq!(counts(&files, "goods"), Counts { unchanged: 1981, ..Counts::default() });
    }
}

on_both_servers! {
    fn the_row_of_a_rejected_record_is_kept(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..50, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        // 8 is wrong, 9 is gone, 10 is there and wrong as well
        files.put("goods", goods((1..8).chain(10..50), 7, "8,cheap,x\n10,cheap,x\n"));
        let ran = files.seed(&scratch, &SYNC).exits(0);
        ran.says("sync: goods: 1 row is kept");
        let expected = Counts { unchanged: 47, deleted: 1, kept: 1, rejected: 2, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM goods WHERE id BETWEEN 7 AND 10"), "7,8,10");
        files.verify(&scratch).exits(0);
        // the key of a broken record is not known, so no row is deleted
        files.put("goods", goods((1..8).chain(11..50), 70, "8,1\n"));
        let ran = files.seed(&scratch, &SYNC).exits(0);
        ran.says("sync: goods: no row is deleted, because 1 rejected record has a key that cannot be read");
        let expected = Counts { updated: 1, unchanged: 45, kept: 2, rejected: 1, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        files.verify(&scratch).exits(0);
        files.put("goods", goods((1..8).chain(11..50), 70, ""));
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "goods"), Counts { unchanged: 46, deleted: 2, ..Counts::default() });
    }
}

on_both_servers! {
    fn what_cannot_be_compared_is_an_error_before_anything_is_changed(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE plain (id INT, n INT); CREATE TABLE numbered (id INT AUTO_INCREMENT PRIMARY KEY, n INT);",
        );
        let scratch = Scratch::new(server);
        files.put("plain", "id,n\n1,1\n");
        files.put("numbered", "n\n1\n");
        let ran = files.seed(&scratch, &["--sync"]).exits(2);
        ran.says("plain has no primary key, by which --sync matches records with rows")
            .says("numbered: the file does not fill id of the primary key");
        assert_eq!(work_tables(&scratch), "0");
        for other in ["--append", "--replace", "--draft", "--force", "--no-index"] {
            files.seed(&scratch, &["--sync", other]).exits(2).says("cannot be used with");
        }
        files.seed(&scratch, &["--sync", "--append", "--on-duplicate=update"]).exits(2).says("cannot be used with");
        files.seed(&scratch, &["--max-deletes=5"]).exits(2).says("--sync");
        files.seed(&scratch, &["--sync", "--max-rate=5M/s"]).exits(2).says("give --max-rate in rows");
    }
}

on_both_servers! {
    fn the_server_s_own_rejects_have_file_and_line(server: Server) {
        // no client knows this function
        let files = Files::of_schema(
            "CREATE TABLE goods (id INT PRIMARY KEY, code VARCHAR(9) NOT NULL, CONSTRAINT odd CHECK (SOUNDEX(code) <> SOUNDEX('robert')))",
        );
        let scratch = Scratch::new(server);
        files.put("goods", "id,code\n1,a\n2,b\n3,c\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("goods", "id,code\n1,rupert\n2,bb\n4,robert\n");
        let ran = files.seed(&scratch, &SYNC).exits(0);
        ran.says("sync: the server did not accept 2 records");
        assert_eq!(files.rejected("goods"), [(2, "check_failed".to_owned()), (4, "check_failed".to_owned())]);
        let expected = Counts { updated: 1, deleted: 1, kept: 1, rejected: 2, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, code ORDER BY id) FROM goods"), "1a,2bb");
        files.verify(&scratch).exits(0);
    }
}

/// A run that is asked to stop keeps what it has written, and the same command finishes the rest.
#[test]
fn a_sync_that_is_asked_to_stop_can_be_repeated() {
    let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(Server::MySQL));
    files.put("goods", goods(1..4000, 7, ""));
    files.seed(&scratch, &["--tables=goods"]).exits(0);
    let other: String = (1..4000)
        .map(|id| format!("{id},{},other\n", id % 7))
        .collect();
    files.put("goods", format!("id,price,name\n{other}"));
    let rest = [
        "--schema",
        "schema.sql",
        "--database-url",
        scratch.url(),
        "--max-rate=1000rows/s",
    ];
    let folder = files.path("");
    let mut seed = background(
        folder.as_path(),
        ["seed", "csv"].iter().chain(&SYNC).chain(&rest),
    );
    let child = seed.spawn().unwrap();
    while scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'") == "0" {
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = i32::try_from(child.id()).unwrap();
    let pid = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ran = ended(child);
    assert_ne!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(work_tables(&scratch), "0");
    assert_ne!(
        scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'"),
        "3999"
    );
    files.seed(&scratch, &SYNC).exits(0);
    assert_eq!(
        scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'"),
        "3999"
    );
    files.verify(&scratch).exits(0);
}
