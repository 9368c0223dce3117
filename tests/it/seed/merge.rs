//! `seed --append --on-duplicate`: which rows change, which records are rejected, and that the
//! counts add up.

pub mod model;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::support::background::background;
use crate::support::data::Files;
use crate::support::effort::cases;
use crate::support::harness::{Scratch, Server, on_both_servers};
use model::{Case, Counts, Random};

const UPDATE: [&str; 4] = ["--append", "--on-duplicate", "update", "--max-rejects=100%"];

/// The counts of a table in the report, which must add up.
fn counts(files: &Files, table: &str) -> Counts {
    let reported = files.reported(table);
    let count = |name: &str| reported[name].as_u64().unwrap();
    let counts = Counts {
        inserted: count("inserted"),
        updated: count("updated"),
        unchanged: count("unchanged"),
        ignored: count("ignored"),
        rejected: count("rejected"),
    };
    assert_eq!(counts.all(), count("read"), "{reported:#}");
    assert_eq!(
        count("loaded"),
        counts.all() - counts.ignored - counts.rejected
    );
    counts
}

/// Starts a seed and kills it when it has committed so many batches, unless it ends before.
fn kill(files: &Files, scratch: &Scratch, arguments: &[&str], run: u64, batches: u64) {
    let rest = [
        "--schema",
        "schema.sql",
        "--database-url",
        scratch.url(),
        "--report",
        "report.json",
    ];
    let mut seed = background(
        files.path("").as_path(),
        ["seed", "csv"].iter().chain(arguments).chain(&rest),
    );
    let mut child = seed.stderr(Stdio::null()).spawn().unwrap();
    let count = format!("SELECT COUNT(*) FROM _reviewseed_batches WHERE run = {run}");
    while child.try_wait().unwrap().is_none()
        && scratch.value(&count).parse::<u64>().unwrap() < batches
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

on_both_servers! {
    long
    fn random_files_change_random_tables_as_the_model_says(server: Server) {
        for seed in 0..u64::from(cases(4)) {
            let mut random = Random::new(seed);
            let case = Case::random(&mut random);
            let (files, scratch) = (Files::of_schema(model::SCHEMA), Scratch::new(server));
            let mut tables = model::Tables::default();
            case.put(&files, &case.old);
            files.seed(&scratch, &["--max-rejects=100%"]).exits(0);
            let before = tables.insert(&case.old);
            assert_eq!(tables.read(&scratch), tables, "case {seed}: the old rows");
            assert!(before.0.inserted > 0);
            case.put(&files, &case.new);
            let what = if seed % 4 == 3 { "ignore" } else { "update" };
            let arguments = ["--append", "--on-duplicate", what, "--max-rejects=100%", "--batch-size=300", "--verify=full"];
            for batches in [1, 2 + random.below(12)] {
                if seed % 2 == 1 {
                    kill(&files, &scratch, &arguments, 2, batches);
                }
            }
            files.seed(&scratch, &arguments).exits(0);
            let expected = tables.merge(&case.new, what == "update");
            assert_eq!((counts(&files, "users"), counts(&files, "items")), expected, "case {seed}");
            assert_eq!(tables.read(&scratch), tables, "case {seed}: the rows");
            files.verify(&scratch).exits(0);
            // again: some rejected records find their keys free now
            files.seed(&scratch, &arguments).exits(0);
            let expected = tables.merge(&case.new, what == "update");
            assert_eq!(
                (counts(&files, "users"), counts(&files, "items")),
                expected,
                "case {seed}: again"
            );
            assert_eq!(tables.read(&scratch), tables, "case {seed}: again");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM _reviewseed_merged_keys"), "0");
        }
    }
}

on_both_servers! {
    /// It was killed after the phase was noted, and before the keys were deleted.
    fn a_run_that_is_resumed_after_its_load_deletes_the_keys_that_it_noted(server: Server) {
        let files = Files::of_schema("CREATE TABLE goods (id INT PRIMARY KEY, price INT NOT NULL)");
        let scratch = Scratch::new(server);
        files.put("goods", "id,price\n1,10\n2,20\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("goods", "id,price\n2,21\n3,30\n");
        files.seed(&scratch, &UPDATE).exits(0);
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'index' WHERE run = 2");
        scratch.execute("INSERT INTO _reviewseed_merged_keys VALUES (2, 'goods', X'00')");
        files.seed(&scratch, &UPDATE).exits(0).says("was interrupted in phase index; its rows are loaded");
        assert_eq!(scratch.value("SELECT COUNT(*) FROM _reviewseed_merged_keys"), "0");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn only_the_columns_of_the_file_change_and_only_in_rows_that_differ(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE goods (id INT PRIMARY KEY, price DECIMAL(8,2) NOT NULL, name VARCHAR(20) NOT NULL, \
             note TEXT, changed TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP)",
        );
        let scratch = Scratch::new(server);
        files.put("goods", "id,price,name,note\n1,1.50,one,a\n2,2.50,two,b\n3,3.50,three,\n");
        files.seed(&scratch, &[]).exits(0);
        // a file with prices alone: it can change rows, and not make any
        files.put("goods", "id,price\n1,1.5\n2,2.75\n9,9\n");
        let ran = files.seed(&scratch, &UPDATE).exits(0);
        ran.says("goods: no field of the file fills").says("rows that existed keep their values");
        let expected = Counts { updated: 1, unchanged: 1, rejected: 1, ..Counts::default() };
        assert_eq!(counts(&files, "goods"), expected);
        let reason = &files.reasons("goods")[0];
        assert_eq!((reason.line, reason.rule.as_str()), (4, "missing_value"));
        let rows = "SELECT GROUP_CONCAT(id, ':', price, name, COALESCE(note, '-') ORDER BY id SEPARATOR ' ') FROM goods";
        assert_eq!(scratch.value(rows), "1:1.50onea 2:2.75twob 3:3.50three-");
        let changed = "SELECT GROUP_CONCAT(id) FROM goods WHERE changed > '2020-01-01'";
        assert_eq!(scratch.value(changed), "2", "a row with the same values is left alone");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_second_unique_key_of_another_row_is_a_reject(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE users (id INT PRIMARY KEY, email VARCHAR(30) NOT NULL, number INT, UNIQUE KEY email (email), UNIQUE KEY number (number))",
        );
        let scratch = Scratch::new(server);
        files.put("users", "id,email,number\n1,a@x,10\n2,b@x,20\n3,c@x,30\n");
        files.seed(&scratch, &[]).exits(0);
        // 4 takes what 1 has; 2 gives up its number, which 5 takes; 3 wants the address of 1
        files.put("users", "id,email,number\n4,A@x,40\n2,b@x,21\n5,e@x,20\n3,a@x,30\n6,f@x,10\n");
        files.seed(&scratch, &UPDATE).exits(0);
        let expected = Counts { inserted: 1, updated: 1, rejected: 3, ..Counts::default() };
        assert_eq!(counts(&files, "users"), expected);
        let rows = "SELECT GROUP_CONCAT(id, email, number ORDER BY id) FROM users";
        assert_eq!(scratch.value(rows), "1a@x10,2b@x21,3c@x30,5e@x20");
        let reasons = files.reasons("users");
        assert!(reasons.iter().all(|r| r.rule == "duplicate_key" && r.message.contains("Duplicate entry")), "{reasons:?}");
        assert_eq!(reasons.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 5, 6]);
        // by ignoring, the same
        files.put("users", "id,email,number\n1,z@x,99\n7,c@x,70\n8,h@x,80\n");
        files.seed(&scratch, &["--append", "--on-duplicate=ignore", "--max-rejects=100%"]).exits(0);
        let expected = Counts { inserted: 1, ignored: 1, rejected: 1, ..Counts::default() };
        assert_eq!(counts(&files, "users"), expected);
        assert_eq!(scratch.value(rows), "1a@x10,2b@x21,3c@x30,5e@x20,8h@x80");
    }
}

on_both_servers! {
    fn foreign_keys_and_checks_hold_for_changed_rows_and_for_their_children(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE parents (id INT PRIMARY KEY, code VARCHAR(9) NOT NULL UNIQUE, low INT NOT NULL, high INT NOT NULL DEFAULT 100, CHECK (low < high));
             CREATE TABLE children (id INT PRIMARY KEY, parent INT NOT NULL, code VARCHAR(9), \
             CONSTRAINT c_parent FOREIGN KEY (parent) REFERENCES parents (id), CONSTRAINT c_code FOREIGN KEY (code) REFERENCES parents (code));",
        );
        let scratch = Scratch::new(server);
        files.put("parents", "id,code,low,high\n1,a,1,5\n2,b,2,200\n");
        files.put("children", "id,parent,code\n1,1,a\n");
        files.seed(&scratch, &[]).exits(0);
        // high is what the row has: 9 is too much for 1, and 150 is not for 2; a new row gets 100
        files.put("parents", "id,code,low\n1,a,9\n2,bb,150\n3,c,150\n4,d,50\n");
        files.put("children", "id,parent,code\n1,4,bb\n2,3,a\n3,1,d\n4,1,b\n");
        files.seed(&scratch, &UPDATE).exits(0);
        assert_eq!(counts(&files, "parents"), Counts { inserted: 1, updated: 1, rejected: 2, ..Counts::default() });
        assert_eq!(counts(&files, "children"), Counts { inserted: 1, updated: 1, rejected: 2, ..Counts::default() });
        let rules = |table: &str| files.reasons(table).into_iter().map(|r| (r.line, r.rule)).collect::<Vec<_>>();
        assert_eq!(rules("parents"), [(2, "check_failed".to_owned()), (4, "check_failed".to_owned())]);
        assert_eq!(rules("children"), [(3, "missing_parent".to_owned()), (5, "missing_parent".to_owned())]);
        // a parent keeps the code that a child has
        files.put("parents", "id,code,low\n2,gone,150\n");
        fs::remove_file(files.path("csv/children.csv")).unwrap();
        files.seed(&scratch, &UPDATE).exits(0);
        assert_eq!(files.reasons("parents")[0].rule, "refused_by_server");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn rows_of_one_table_may_refer_to_rows_before_them(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE people (id INT PRIMARY KEY, boss INT, CONSTRAINT people_boss FOREIGN KEY (boss) REFERENCES people (id))",
        );
        let scratch = Scratch::new(server);
        files.put("people", "id,boss\n1,\n2,1\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("people", "id,boss\n5,2\n2,5\n6,7\n7,6\n");
        files.seed(&scratch, &UPDATE).exits(0);
        assert_eq!(counts(&files, "people"), Counts { inserted: 1, updated: 1, rejected: 2, ..Counts::default() });
        let rows = "SELECT GROUP_CONCAT(id, '>', COALESCE(boss, '-') ORDER BY id) FROM people";
        assert_eq!(scratch.value(rows), "1>-,2>5,5>2");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_record_without_a_parent_is_rejected_also_if_its_row_is_kept(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE people (id INT PRIMARY KEY, boss INT, CONSTRAINT people_boss FOREIGN KEY (boss) REFERENCES people (id));
             CREATE TABLE pets (id INT PRIMARY KEY, owner INT, CONSTRAINT owner FOREIGN KEY (owner) REFERENCES people (id));",
        );
        let scratch = Scratch::new(server);
        files.put("people", "id,boss\n1,\n2,1\n");
        files.put("pets", "id,owner\n1,1\n2,2\n");
        files.seed(&scratch, &[]).exits(0);
        // 9 does not exist; the rows of both records do
        files.put("people", "id,boss\n1,9\n2,2\n3,1\n");
        files.put("pets", "id,owner\n1,9\n2,1\n3,3\n");
        files.seed(&scratch, &["--append", "--on-duplicate=ignore", "--max-rejects=100%"]).exits(0);
        let expected = Counts { inserted: 1, ignored: 1, rejected: 1, ..Counts::default() };
        for table in ["people", "pets"] {
            assert_eq!(counts(&files, table), expected, "{table}");
            assert_eq!(files.rejected(table), [(2, "missing_parent".to_owned())], "{table}");
        }
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, '-', COALESCE(boss, 0) ORDER BY id) FROM people"), "1-0,2-1,3-1");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_duplicate_of_a_rejected_record_is_told_so(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE teams (id INT PRIMARY KEY);
             CREATE TABLE users (id INT PRIMARY KEY, number INT UNIQUE, code VARCHAR(9) UNIQUE, team INT, \
             CONSTRAINT team_of FOREIGN KEY (team) REFERENCES teams (id));",
        );
        let scratch = Scratch::new(server);
        files.put("teams", "id\n1\n");
        files.put("users", "id,number,code,team\n1,5,a,9\n2,6,a,1\n3,5,c,1\n4,7,d,1\n5,8,d,1\n");
        files.seed(&scratch, &["--max-rejects=100%"]).exits(0);
        let reasons = files.reasons("users");
        let of = |line: u64| &reasons.iter().find(|reason| reason.line == line).unwrap().message;
        for line in [3, 4] {
            assert!(of(line).contains("that record is rejected because it has no parent"), "{}", of(line));
        }
        assert!(!of(6).contains("rejected"), "{}", of(6));
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM users"), "4");
    }
}

on_both_servers! {
    fn records_are_matched_by_the_only_unique_key_that_the_file_fills(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE stock (id INT AUTO_INCREMENT PRIMARY KEY, sku VARCHAR(9) NOT NULL UNIQUE, ean INT UNIQUE, n INT NOT NULL)",
        );
        let scratch = Scratch::new(server);
        files.put("stock", "sku,n\na,1\nb,2\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("stock", "sku,n\nb,3\nc,4\n");
        files.seed(&scratch, &UPDATE).exits(0);
        assert_eq!(counts(&files, "stock"), Counts { inserted: 1, updated: 1, ..Counts::default() });
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(sku, n ORDER BY id) FROM stock"), "a1,b3,c4");
        files.put("stock", "sku,ean,n\na,1,1\n");
        files.seed(&scratch, &UPDATE).exits(2).says("it fills the unique keys").says("add the columns of the primary key");
        files.put("stock", "n\n1\n");
        files.seed(&scratch, &UPDATE).exits(2).says("fills neither the primary key nor a unique key");
        files.put("stock", "sku,n\na,1\n");
        scratch.execute("ALTER TABLE stock DROP INDEX ean");
        files.seed(&scratch, &UPDATE).exits(2).says("index ean is missing").says("run `reviewseed reindex` first");
        files.seed(&scratch, &["--append", "--on-duplicate=update", "--load=local-infile"]).exits(2).says("leave --load out");
        files.seed(&scratch, &["--on-duplicate=update"]).exits(2).says("--append");
    }
}

on_both_servers! {
    fn values_of_all_types_are_changed_and_recognised(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE kinds (id BIGINT UNSIGNED PRIMARY KEY, i TINYINT, d DECIMAL(20,4), f FLOAT, g DOUBLE, b BOOLEAN, y YEAR, da DATE, dt DATETIME(3), \
             ts TIMESTAMP(6) NULL, t TIME(2), c CHAR(9), v VARCHAR(30) CHARACTER SET latin1, tx LONGTEXT, bin BINARY(4), vb VARBINARY(9), bl BLOB, \
             e ENUM('x','y'), s SET('p','q','r'), bits BIT(9), j JSON, p POINT)",
        );
        let scratch = Scratch::new(server);
        let raw = ["bin", "vb", "bl"].map(|name| format!("--set=kinds.{name}.decode=raw"));
        let raw = [raw[0].as_str(), &raw[1], &raw[2]];
        let header = "id,i,d,f,g,b,y,da,dt,ts,t,c,v,tx,bin,vb,bl,e,s,bits,j,p\n";
        let one = "1,-5,1.2500,1.1,1e300,true,2024,2024-02-29,2024-01-01 10:00:00.123,2024-01-01 10:00:00.123456,-10:20:30.25,abc,é,long,abcd,xyz,blob,x,\"p,r\",5,\"{\"\"a\"\": [1, 2.0]}\",POINT(1 2)\n";
        let fields: Vec<&str> = ["6", "1.2501", "1.2", "1e299", "false", "2023", "2024-02-28", "2024-01-01 10:00:00.124", "2024-01-01 10:00:00.123457",
            "10:20:30.25", "ABC", "è", "Long", "abce", "xy", "Blob", "y", "p", "4", "{\"a\": [1, 2.5]}", "POINT(2 1)"].to_vec();
        // in a row of its own, each value alone is changed to another one and to NULL
        let values = csv::ReaderBuilder::new().has_headers(false).from_reader(one.as_bytes()).records().next().unwrap().unwrap();
        let changes = (1..=fields.len()).flat_map(|at| [(at, fields[at - 1]), (at, "")]);
        let file = |is_changed: bool| {
            let quoted = |field: &str| format!("\"{}\"", field.replace('"', "\"\""));
            let record = |(id, (at, other)): (usize, (usize, &str))| {
                let value = |(field, value)| match field {
                    0 => id.to_string(),
                    field if field == at && is_changed && other.is_empty() => String::new(),
                    field if field == at && is_changed => quoted(other),
                    _ => quoted(value),
                };
                values.iter().enumerate().map(value).collect::<Vec<_>>().join(",") + "\n"
            };
            let records: String = changes.clone().enumerate().map(|(number, change)| record((number + 3, change))).collect();
            format!("{header}{one}2{}\n{records}", ",".repeat(21))
        };
        files.put("kinds", file(false));
        files.seed(&scratch, &raw).exits(0);
        let mut update = [&UPDATE[..], &raw].concat();
        update.push("--verify=full");
        let changed = changes.clone().count() as u64;
        for (is_changed, updated) in [(false, 0), (true, changed), (true, 0), (false, changed), (false, 0)] {
            files.put("kinds", file(is_changed));
            files.seed(&scratch, &update).exits(0);
            let expected = Counts { updated, unchanged: 2 + changed - updated, ..Counts::default() };
            assert_eq!(counts(&files, "kinds"), expected, "changed: {is_changed}");
        }
    }
}

on_both_servers! {
    long
    fn a_change_is_found_wherever_it_is_in_a_large_file(server: Server) {
        let files = Files::of_schema("CREATE TABLE goods (id INT PRIMARY KEY, price INT, note VARCHAR(20))");
        let scratch = Scratch::new(server);
        let file = |changed: &[i32]| {
            let row = |id: i32| match changed.contains(&id) {
                true => format!("{id},,changed\n"),
                false => format!("{id},{},note {id}\n", id % 9),
            };
            let rows: String = (-1000..2000).filter(|id| id % 50 != 0).map(row).collect();
            files.put("goods", format!("id,price,note\n{rows}"));
        };
        let update = [&UPDATE[..], &["--batch-size=1K", "--verify=full"]].concat();
        file(&[]);
        files.seed(&scratch, &[]).exits(0);
        for changed in [&[][..], &[-999], &[1999], &[77, 78, 1001]] {
            file(changed);
            files.seed(&scratch, &update).exits(0);
            let updated = changed.len() as u64;
            assert_eq!(counts(&files, "goods"), Counts { updated, unchanged: 2940 - updated, ..Counts::default() });
            file(&[]);
            files.seed(&scratch, &update).exits(0);
            assert_eq!(counts(&files, "goods").updated, updated);
        }
        // rows that the file does not have stay, within the range of a batch too
        scratch.execute("INSERT INTO goods VALUES (50, 1, 'other'), (5000, 1, 'other')");
        let update = [&UPDATE[..], &["--batch-size=1K"]].concat();
        files.seed(&scratch, &update).exits(0);
        assert_eq!(counts(&files, "goods"), Counts { unchanged: 2940, ..Counts::default() });
        assert_eq!(scratch.value("SELECT COUNT(*) FROM goods WHERE note = 'other'"), "2");
    }
}

on_both_servers! {
    fn the_keys_of_a_table_are_read_only_if_they_decide_something(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (id INT PRIMARY KEY, n INT);
             CREATE TABLE c (id INT PRIMARY KEY, p INT, n INT, \
             CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id));
             CREATE TABLE up (id INT PRIMARY KEY, up INT, \
             CONSTRAINT up_up FOREIGN KEY (up) REFERENCES up (id));",
        );
        let scratch = Scratch::new(server);
        files.put("p", "id,n\n1,1\n2,2\n");
        files.put("c", "id,p,n\n1,1,1\n2,2,2\n");
        files.put("up", "id,up\n1,\n2,1\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("p", "id,n\n1,9\n");
        files.put("c", "id,p,n\n1,2,9\n3,1,3\n4,5,4\n1,1,7\n");
        files.put("up", "id,up\n3,2\n4,9\n");
        let ran = files.seed(&scratch, &[&UPDATE[..], &["-v"]].concat()).exits(0);
        let ran = ran.says("load: reading the keys of p").says("load: reading the keys of up");
        assert!(!ran.stderr.contains("load: reading the keys of c"), "{}", ran.stderr);
        let rejected = |line, rule: &str| (line, rule.to_owned());
        assert_eq!(files.rejected("c"), [rejected(4, "missing_parent"), rejected(5, "duplicate_key")]);
        assert_eq!(files.rejected("up"), [rejected(3, "missing_parent")]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, p, n ORDER BY id) FROM c"), "129,222,313");
        files.verify(&scratch).exits(0);
        // the keys of the parents decide although the parents have no file
        std::fs::remove_file(files.path("csv/p.csv")).unwrap();
        files.put("c", "id,p,n\n5,2,5\n6,8,6\n");
        let ran = files.seed(&scratch, &[&UPDATE[..], &["-v", "--tables=c"]].concat()).exits(0);
        ran.says("load: reading the keys of p");
        assert_eq!(files.rejected("c"), [rejected(3, "missing_parent")]);
    }
}
