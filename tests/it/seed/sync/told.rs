//! The messages of a run with `--sync`: correct counts, the user's own names, and the reason of a
//! wait.

use std::time::Duration;

use crate::seed::merge::model::Random;
use crate::seed::sync::{Counts, GOODS, SYNC, counts, goods};
use crate::support::background::{background, ended};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, execute, on_both_servers};

const FAMILY: &str = "CREATE TABLE parents (id INT PRIMARY KEY, n INT);
    CREATE TABLE children (id INT PRIMARY KEY, parent INT, CONSTRAINT parent_of FOREIGN KEY (parent) REFERENCES parents (id));";

on_both_servers! {
    fn a_dry_run_counts_what_the_run_does(server: Server) {
        let (files, scratch) = (Files::of_schema(FAMILY), Scratch::new(server));
        let parents = |ids: std::ops::Range<i32>| {
            let rows: String = ids.map(|id| format!("{id},1\n")).collect();
            files.put("parents", format!("id,n\n{rows}"));
        };
        parents(1..301);
        let children: String = (1..201).map(|id| format!("{id},{id}\n")).collect();
        files.put("children", format!("id,parent\n{children}"));
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("CREATE TABLE others (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))");
        scratch.execute("INSERT INTO others SELECT id, id FROM parents WHERE id BETWEEN 201 AND 298");
        // most parents are gone, but rows refer to them that are kept
        parents(1..199);
        let children: String = (1..199).map(|id| format!("{id},{id}\n")).collect();
        files.put("children", format!("id,parent\n{children}199,x\n"));
        let all = ["--sync", "--max-rejects=100%", "--max-deletes=3"];
        let expected = [
            Counts { unchanged: 198, deleted: 3, kept: 99, ..Counts::default() },
            Counts { unchanged: 198, deleted: 1, kept: 1, rejected: 1, ..Counts::default() },
        ];
        for arguments in [&["--dry-run"][..], &[]] {
            files.seed(&scratch, &[&all[..], arguments].concat()).exits(0);
            assert_eq!(counts(&files, "parents"), expected[0], "{arguments:?}");
            assert_eq!(counts(&files, "children"), expected[1], "{arguments:?}");
        }
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_dry_run_counts_the_records_that_the_server_does_not_accept(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE goods (id INT PRIMARY KEY, code VARCHAR(9) NOT NULL, name VARCHAR(9), \
             CONSTRAINT short CHECK (id < 1000), CONSTRAINT named CHECK (name <> 'x'), \
             CONSTRAINT odd CHECK (SOUNDEX(code) <> SOUNDEX('robert')), UNIQUE KEY by_name (name))",
        );
        let scratch = Scratch::new(server);
        files.put("goods", "id,code,name\n1,a,k\n2,b,l\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("goods", "id,code,name\n1,rupert,m\n2,bb,é\n3,c,É\n");
        let expected = Counts { updated: 1, kept: 1, rejected: 2, ..Counts::default() };
        for arguments in [&["--dry-run"][..], &[]] {
            files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
            assert_eq!(counts(&files, "goods"), expected, "{arguments:?}");
        }
        // the work tables have other names
        let reasons = files.reasons("goods");
        let text: Vec<&str> = reasons.iter().map(|r| r.message.as_str()).collect();
        assert!(text.iter().all(|text| !text.contains("_reviewseed")), "{text:?}");
        assert!(text[0].contains("odd"), "{text:?}");
        assert!(text[1].contains("by_name"), "{text:?}");
        assert_eq!(reasons[1].column, "name", "{text:?}");
    }
}

on_both_servers! {
    fn a_dry_run_counts_records_with_equal_values_of_a_second_key_as_the_run_does(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (id INT PRIMARY KEY, code VARCHAR(8), n INT, UNIQUE KEY code (code));
             CREATE TABLE c (id INT PRIMARY KEY, p INT, code VARCHAR(8), CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id), \
             CONSTRAINT c_code FOREIGN KEY (code) REFERENCES p (code));",
        );
        let scratch = Scratch::new(server);
        let mut random = Random::new(11);
        for round in 0..5 {
            // the collation calls the codes of some records equal
            let code = |random: &mut Random, below: u64| {
                let code = format!("c{}", random.below(below));
                if random.below(3) == 0 { code.to_uppercase() } else { code }
            };
            let ids: Vec<u64> = (0..90).filter(|_| random.below(5) > 0).collect();
            let p: String = ids.iter().map(|id| format!("{id},{},{}\n", code(&mut random, 120), random.below(2))).collect();
            let c: String = (0..40).map(|id| {
                format!("{id},{},{}\n", ids[random.below(ids.len() as u64) as usize], code(&mut random, 120))
            }).collect();
            files.put("p", format!("id,code,n\n{p}"));
            files.put("c", format!("id,p,code\n{c}"));
            let counted = |arguments: &[&str]| {
                files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
                ["p", "c"].map(|table| counts(&files, table))
            };
            // the first run makes the tables
            let foretold = (round > 0).then(|| counted(&["--dry-run"]));
            let done = counted(&[]);
            assert!(foretold.as_ref().is_none_or(|foretold| *foretold == done), "round {round}: {foretold:?} {done:?}");
            assert!(done[0].rejected > 0, "round {round}");
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    fn records_that_are_passed_over_leave_the_others_their_lines(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE goods (id INT PRIMARY KEY, code VARCHAR(200) NOT NULL, \
             CONSTRAINT odd CHECK (SOUNDEX(code) <> SOUNDEX('robert')))",
        );
        let scratch = Scratch::new(server);
        let put = |changes: &[(u32, &str)]| {
            let record = |id: u32| match changes.iter().find(|(of, _)| *of == id) {
                Some((_, code)) => format!("{id},{code}\n"),
                None => format!("{id},{}\n", "x".repeat(100)),
            };
            files.put("goods", format!("id,code\n{}", (1..=20_000).map(record).collect::<String>()));
        };
        put(&[]);
        files.seed(&scratch, &[]).exits(0);
        put(&[(4_000, "new"), (15_000, "rupert"), (15_001, "new")]);
        let ran = files.seed(&scratch, &[&SYNC[..], &["-v"]].concat()).exits(0);
        let line = ran.stderr.lines().find(|line| line.contains("of records again")).unwrap();
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok()).collect();
        assert!(numbers[1] > 2_000_000 && numbers[0] < 100_000, "{line}");
        let expected = Counts { updated: 2, unchanged: 19_997, kept: 1, rejected: 1, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        assert_eq!(files.rejected("goods"), [(15_001, "check_failed".to_owned())]);
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn of_records_with_equal_keys_the_first_in_the_file_is_kept(server: Server) {
        let files = Files::of_schema("CREATE TABLE words (word VARCHAR(20) PRIMARY KEY, n INT)");
        for before in ["a,1\n", "A,2\n", "b,7\n", "á,3\n", "A,9\n"] {
            let scratch = Scratch::new(server);
            files.put("words", format!("word,n\n{before}"));
            files.seed(&scratch, &[]).exits(0);
            files.put("words", "word,n\na,1\nA,2\nb,7\n");
            files.seed(&scratch, &SYNC).exits(0);
            let words = "SELECT GROUP_CONCAT(word, n ORDER BY word) FROM words";
            assert_eq!(scratch.value(words), "a1,b7", "before: {before}");
            assert_eq!(files.rejected("words"), [(3, "duplicate_key".to_owned())], "before: {before}");
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    fn a_file_without_a_column_that_new_rows_need_can_change_rows(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE goods (id INT PRIMARY KEY, maker VARCHAR(20) NOT NULL, price INT, \
             twice INT AS (price * 2) STORED, CONSTRAINT made CHECK (maker <> ''))",
        );
        let scratch = Scratch::new(server);
        files.put("goods", "id,maker,price\n1,x,1\n2,y,2\n3,z,3\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("goods", "id,price\n1,1\n2,20\n4,4\n");
        let expected = Counts { updated: 1, unchanged: 1, deleted: 1, rejected: 1, ..Counts::default() };
        for arguments in [&["--dry-run"][..], &[]] {
            files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
            assert_eq!(counts(&files, "goods"), expected, "{arguments:?}");
        }
        let reasons = files.reasons("goods");
        assert_eq!((reasons[0].line, reasons[0].rule.as_str()), (4, "missing_value"));
        assert!(reasons[0].message.contains("maker"), "{}", reasons[0].message);
        let rows = "SELECT GROUP_CONCAT(id, maker, price, '-', twice ORDER BY id) FROM goods";
        assert_eq!(scratch.value(rows), "1x1-2,2y20-40");
    }
}

/// Starts a sync that changes 3,999 rows slowly, and waits until it has changed some.
fn slow(files: &Files, scratch: &Scratch) -> std::process::Child {
    files.put("goods", goods(1..4000, 7, ""));
    files.seed(scratch, &["--tables=goods"]).exits(0);
    let other = (1..4000).map(|id| format!("{id},{},other\n", id % 7));
    files.put(
        "goods",
        format!("id,price,name\n{}", other.collect::<String>()),
    );
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
    child
}

on_both_servers! {
    fn a_sync_that_is_asked_to_stop_says_what_it_has_done(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        let child = slow(&files, &scratch);
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let ran = ended(child);
        assert_ne!(ran.code, Some(0));
        let changed = scratch.value("SELECT FORMAT(COUNT(*), 0) FROM goods WHERE name = 'other'");
        ran.says(&format!("inserted: 0, updated: {changed}, deleted: 0, all committed"))
            .says("--sync");
    }
}

on_both_servers! {
    fn a_wait_for_rows_that_another_session_has_locked_is_told(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        let child = slow(&files, &scratch);
        let url = scratch.url().to_owned();
        let lock = "BEGIN; SELECT COUNT(*) FROM goods WHERE id > 3990 FOR UPDATE; DO SLEEP(9)";
        let holder = std::thread::spawn(move || execute(&url, lock));
        let ran = ended(child);
        holder.join().unwrap();
        ran.exits(0).says("sync: waiting for rows that session").says("sync: continuing after");
        let changed = scratch.value("SELECT COUNT(*) FROM goods WHERE name = 'other'");
        assert_eq!(changed, "3999");
    }
}
