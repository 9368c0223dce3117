//! The decisions before the first row is written: which records are rejected and which rows are
//! kept, also because of values that the file does not have. Also the messages of a run, and its
//! end when it is asked to stop.

use std::time::{Duration, Instant};

use crate::seed::sync::{Counts, GOODS, SYNC, counts, goods, work_tables};
use crate::support::background::{background, ended};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, on_both_servers, rows};

const CHAIN: &str = "CREATE TABLE a (id INT PRIMARY KEY, k INT, up INT, \
    CONSTRAINT a_up FOREIGN KEY (up) REFERENCES a (id));";

on_both_servers! {
    fn a_dry_run_counts_with_the_parents_that_the_file_does_not_fill(server: Server) {
        let (files, scratch) = (Files::of_schema(CHAIN), Scratch::new(server));
        files.put("a", "id,k,up\n2,1,\n7,1,2\n6,1,7\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("a", "id,k\n2,1\n6,9\n");
        let expected = Counts { unchanged: 1, kept: 2, rejected: 1, ..Counts::default() };
        for arguments in [&["--dry-run"][..], &[]] {
            files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
            assert_eq!(counts(&files, "a"), expected, "{arguments:?}");
            let reasons = files.reasons("a");
            assert_eq!((reasons[0].line, reasons[0].rule.as_str()), (3, "missing_parent"));
            assert_eq!((reasons[0].column.as_str(), reasons[0].value.as_str()), ("up", "7"));
        }
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, k ORDER BY id) FROM a"), "21,61,71");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_foreign_key_that_the_file_fills_in_part_is_judged_by_both_parts(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (x INT, y INT, PRIMARY KEY (x, y));
             CREATE TABLE c (id INT PRIMARY KEY, x INT, y INT DEFAULT 5, \
             CONSTRAINT c_p FOREIGN KEY (x, y) REFERENCES p (x, y));",
        );
        let scratch = Scratch::new(server);
        files.put("p", "x,y\n1,1\n1,2\n2,1\n3,5\n");
        files.put("c", "id,x,y\n1,1,1\n2,1,2\n3,,2\n");
        files.seed(&scratch, &[]).exits(0);
        // (2, 1) exists, (2, 2) does not; of new rows, only (3, 5) does
        files.put("p", "x,y\n1,1\n1,2\n2,1\n3,5\n4,1\n");
        files.put("c", "id,x\n1,2\n2,2\n3,1\n4,3\n5,4\n");
        let expected =
            Counts { inserted: 1, updated: 2, kept: 1, rejected: 2, ..Counts::default() };
        for arguments in [&["--dry-run"][..], &[]] {
            files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
            assert_eq!(counts(&files, "c"), expected, "{arguments:?}");
            let missing = |line| (line, "missing_parent".to_owned());
            assert_eq!(files.rejected("c"), [missing(3), missing(6)], "{arguments:?}");
        }
        let rows = "SELECT GROUP_CONCAT(id, x, y ORDER BY id) FROM c";
        assert_eq!(scratch.value(rows), "121,212,312,435");
    }
}

on_both_servers! {
    fn a_record_whose_parent_is_only_in_the_table_is_told_so(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (id INT PRIMARY KEY, up INT, n INT, \
             CONSTRAINT p_up FOREIGN KEY (up) REFERENCES p (id));
             CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id));",
        );
        let scratch = Scratch::new(server);
        files.put("p", "id,up,n\n1,,1\n2,,1\n3,,1\n4,2,1\n");
        files.put("c", "id,p\n1,1\n3,3\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("p", "id,up,n\n1,,1\n4,2,1\n");
        let ran = files.seed(&scratch, &SYNC).exits(0);
        for (table, parent) in [("p", "id (foreign key p_up)"), ("c", "id (foreign key c_p)")] {
            let message = &files.reasons(table)[0].message;
            assert!(message.contains(parent), "{message}");
            assert!(message.starts_with("no accepted record of p has this"), "{message}");
            assert!(message.contains("a row of the database does not count"), "{message}");
        }
        let ran = ran.says("sync: p: 3 rows are kept").says("rows of p, c refer to them");
        ran.says("rows inserted: 0, updated: 0, deleted: 0, unchanged: 2, kept: 4; 2 records rejected");
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM p"), "1,2,3,4");
    }
}

on_both_servers! {
    fn work_tables_that_a_run_could_not_drop_are_dropped_when_nothing_differs(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..4, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        for arguments in [&["--dry-run"][..], &[]] {
            scratch.execute("CREATE TABLE _reviewseed_sync_0_keys (n INT)");
            files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
            assert_eq!(work_tables(&scratch), "0", "{arguments:?}");
        }
    }
}

on_both_servers! {
    fn an_empty_file_is_named_and_a_stopped_run_says_that_it_changed_nothing(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..4, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        files.put("goods", "id,price,name\n1,x,y\n");
        files.seed(&scratch, &["--sync", "--max-rejects=0"]).exits(1).says("--sync has changed nothing");
        files.put("goods", "id,price,name\n");
        files.seed(&scratch, &["--sync"]).exits(2)
            .says("goods: the file has no records, and the table has 3 rows")
            .says("--max-deletes");
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM goods"), "3");
    }
}

on_both_servers! {
    fn a_trigger_that_changes_values_is_named_and_no_repetition_is_advised(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..4, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        scratch.execute(
            "CREATE TRIGGER dearer BEFORE INSERT ON goods FOR EACH ROW SET NEW.price = 99",
        );
        files.put("goods", goods(1..5, 7, ""));
        let ran = files.seed(&scratch, &SYNC).exits(1);
        let ran = ran.says("verify: triggers may have changed the rows: ").says("dearer");
        assert!(!ran.stderr.contains("make them equal to the files again"), "{}", ran.stderr);
    }
}

/// Waits until a session waits for the lock of the table. MySQL cannot read the first list while a
/// statement with a character of four bytes is executed.
fn until_blocked(scratch: &Scratch) {
    let is_blocked = |list: &str| {
        let blocked = format!(
            "SELECT 1 FROM {list} WHERE DB = '{}' AND STATE LIKE 'Waiting for table%lock%' \
             AND INFO NOT LIKE 'LOCK%'",
            scratch.name()
        );
        rows(scratch.url(), &blocked).is_ok_and(|found| !found.is_empty())
    };
    while !is_blocked("information_schema.PROCESSLIST")
        && !is_blocked("performance_schema.processlist")
    {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Locks the table when the run has come so far, and asks the run to stop when it waits.
fn stopped_while_locked(scratch: &Scratch, files: &Files, in_work: bool) -> (String, Duration) {
    let rest = ["--schema", "schema.sql", "--database-url", scratch.url()];
    let folder = files.path("");
    let mut seed = background(
        folder.as_path(),
        ["seed", "csv"].iter().chain(&SYNC).chain(&rest),
    );
    let lock = || {
        let url = scratch.url().to_owned();
        std::thread::spawn(move || execute(&url, "LOCK TABLES goods WRITE; DO SLEEP(20)"))
    };
    let (child, holder) = match in_work {
        true => {
            let child = seed.spawn().unwrap();
            while work_tables(scratch) != "3" {
                std::thread::sleep(Duration::from_millis(1));
            }
            (child, lock())
        }
        false => {
            let holder = lock();
            std::thread::sleep(Duration::from_millis(500));
            (seed.spawn().unwrap(), holder)
        }
    };
    until_blocked(scratch);
    std::thread::sleep(Duration::from_secs(5));
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let began = Instant::now();
    let ran = ended(child);
    let took = began.elapsed();
    holder.join().unwrap();
    assert_ne!(ran.code, Some(0), "{}", ran.stderr);
    (ran.stderr, took)
}

on_both_servers! {
    long
    fn a_run_that_judges_or_waits_says_so_and_ends_when_it_is_asked_to(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..30000, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        let changed = (1..30000).map(|id| format!("{id},1,x\n"));
        files.put("goods", format!("id,price,name\n{}", changed.collect::<String>()));
        for in_work in [false, true] {
            let (said, took) = stopped_while_locked(&scratch, &files, in_work);
            assert!(took < Duration::from_secs(10), "{took:?}: {said}");
            assert!(said.contains("waiting for a lock of another session"), "{said}");
            if in_work {
                assert!(said.contains("sync: judging which rows"), "{said}");
            }
            assert_eq!(work_tables(&scratch), "0", "{said}");
        }
        assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM goods WHERE name = 'x'"), "0");
    }
}

on_both_servers! {
    fn a_wait_for_a_lock_is_told_while_another_session_executes_a_character_of_four_bytes(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        files.put("goods", goods(1..10, 7, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        files.put("goods", goods(1..10, 8, ""));
        let url = scratch.url().to_owned();
        let other = std::thread::spawn(move || rows(&url, "SELECT '\u{1F642}', SLEEP(12)"));
        let (said, _) = stopped_while_locked(&scratch, &files, false);
        assert!(said.contains("waiting for a lock of another session"), "{said}");
        other.join().unwrap().unwrap();
    }
}
