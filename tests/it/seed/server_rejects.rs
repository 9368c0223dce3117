//! Rows that only the server can reject: the reject files have exactly these rows, with the
//! server's messages, and the other rows are loaded.

use reviews::SCHEMA;

use crate::support::data::{Files, reviews};
use crate::support::harness::{Scratch, Server, on_both_servers};

const WAYS: [&str; 2] = ["local-infile", "insert"];

const PARENTS_AND_CHILDREN: &str = "\
CREATE TABLE parents (id INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL,
  CONSTRAINT no_x CHECK (name NOT LIKE 'x%')) CHARSET utf8mb4;
CREATE TABLE children (id INT UNSIGNED NOT NULL PRIMARY KEY, parent INT UNSIGNED NOT NULL,
  CONSTRAINT children_parent FOREIGN KEY (parent) REFERENCES parents (id)) CHARSET utf8mb4;
";

on_both_servers! {
    fn a_check_that_only_the_server_can_evaluate_rejects_its_rows_and_their_children(server: Server) {
        let files = Files::of_schema(PARENTS_AND_CHILDREN);
        let name = |id: u32| if id % 40 == 7 { "xeno" } else { "anna" };
        let parents: String = (1..=200).map(|id| format!("{id},{}\n", name(id))).collect();
        let children: String = (1..=200).map(|id| format!("{},{id}\n", id + 1000)).collect();
        files.put("parents", format!("id,name\n{parents}"));
        files.put("children", format!("id,parent\n{children}"));
        for (way, batch) in [("local-infile", "2M"), ("local-infile", "100"), ("insert", "2M"), ("insert", "100")] {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--load", way, "--batch-size", batch]).exits(0);
            let expected: Vec<_> = [8, 48, 88, 128, 168].map(|line| (line, "check_failed".to_owned())).into();
            assert_eq!(files.rejected("parents"), expected, "{way} {batch}");
            let reason = &files.reasons("parents")[0];
            assert!(reason.message.contains("no_x"), "the server's words: {}", reason.message);
            assert_eq!(reason.value, "7,xeno");
            assert_eq!(files.rejects("parents.csv"), b"id,name\n7,xeno\n47,xeno\n87,xeno\n127,xeno\n167,xeno\n");
            let reported = files.reported("parents");
            assert_eq!((&reported["read"], &reported["loaded"], &reported["rejected"]), (&200.into(), &195.into(), &5.into()));
            let orphans: Vec<_> = [8, 48, 88, 128, 168].map(|line| (line, "missing_parent".to_owned())).into();
            assert_eq!(files.rejected("children"), orphans);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM parents WHERE name = 'anna'"), "195");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM children"), "195");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM _reviewseed_refused"), "5");
            // the verification does not expect the rejected rows either
            crate::support::harness::run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]).exits(0);
        }
    }
}

on_both_servers! {
    fn notes_about_columns_that_the_server_computes_reject_no_row(server: Server) {
        // MariaDB shows 64 notes of a statement by default, MySQL 1,024
        let files = Files::of_schema(
            "CREATE TABLE orders (id INT PRIMARY KEY, total DECIMAL(10,2) NOT NULL, net DECIMAL(10,2) AS (total / 1.19) STORED,\n\
             gross DECIMAL(10,2) AS (total * 1.075) VIRTUAL, since DATE DEFAULT (NOW()), share DECIMAL(4,2) DEFAULT (1 / 3), few TINYINT AS (id DIV 10) STORED, day DATE AS (CONCAT('2020-01-01 10:11:12')) STORED);",
        );
        let rows: String = (1..=1300).map(|id| format!("{id},{}.99\n", id * 7)).collect();
        files.put("orders", format!("id,total\n{rows}"));
        for way in WAYS {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--load", way]).exits(0);
            // what the type cannot hold is an error of the row
            let rejected = files.rejected("orders");
            assert_eq!(rejected.len(), 21, "{way}: {:?}", rejected.first());
            assert_eq!(rejected[0], (1281, "out_of_range".to_owned()), "{way}");
            assert_eq!(scratch.value("SELECT SUM(net) FROM orders WHERE id < 3"), "19.31");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM orders WHERE share = 0.33"), "1279");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM orders WHERE day = '2020-01-01'"), "1279");
        }
    }
}

#[test]
fn values_that_a_key_over_an_expression_cannot_hold_reject_their_rows() {
    let files = Files::of_schema(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL, UNIQUE KEY k ((CAST(a AS CHAR(3)))));",
    );
    files.put("t", "id,a\n1,abc\n2,abcd\n3,abd\n");
    for way in WAYS {
        let scratch = Scratch::new(Server::MySQL);
        files
            .seed(&scratch, &["--load", way, "--max-rejects", "100%"])
            .exits(0);
        assert_eq!(files.rejected("t"), [(3, "refused_by_server".to_owned())]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id) FROM t"), "1,3");
    }
}

on_both_servers! {
    fn a_later_row_with_the_key_of_a_row_that_the_server_rejected_is_a_duplicate(server: Server) {
        // the client compared the second row with the first before the server rejected the first
        let files = Files::of_schema(PARENTS_AND_CHILDREN);
        files.put("parents", "id,name\n1,xa\n1,b\n2,c\n");
        files.put("children", "id,parent\n1,1\n2,2\n");
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("parents"), [(2, "check_failed".into()), (3, "duplicate_key".into())]);
        assert_eq!(files.rejected("children"), [(2, "missing_parent".into())]);
    }
}

on_both_servers! {
    fn a_trigger_that_changes_rows_is_named_and_its_changes_are_found(server: Server) {
        let (files, scratch) = (Files::small(), Scratch::new(server));
        scratch.execute(SCHEMA);
        scratch.execute("CREATE TRIGGER shout BEFORE INSERT ON reviews FOR EACH ROW SET NEW.summary = 'boo'");
        files
            .seed(&scratch, &[])
            .exits(1)
            .says("triggers: shout of reviews will be executed for the rows that are loaded")
            .says("reviews: the checksum is");
        scratch.execute("UPDATE _reviewseed_runs SET phase = 'done'");
        let cause = "verify: triggers may have changed rows while they were loaded: shout of reviews";
        let ran = files.verify(&scratch).exits(1).says(cause).says("drop the triggers");
        assert!(!ran.stderr.contains("--replace"), "{}", ran.stderr);
    }
}

on_both_servers! {
    fn a_trigger_that_signals_rejects_its_rows(server: Server) {
        let files = Files::small();
        files.put("reviews", reviews(60));
        for way in WAYS {
            let scratch = Scratch::new(server);
            scratch.execute(SCHEMA);
            scratch.execute(
                "CREATE TRIGGER no_thirteenth BEFORE INSERT ON reviews FOR EACH ROW \
                 IF NEW.id = 13 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not on my watch'; END IF",
            );
            files.seed(&scratch, &["--load", way]).exits(0);
            let reasons = files.reasons("reviews");
            assert_eq!(reasons.len(), 1, "{way}");
            assert_eq!((reasons[0].line, reasons[0].rule.as_str()), (14, "refused_by_server"));
            assert!(reasons[0].message.contains("not on my watch (1644)"), "{}", reasons[0].message);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews WHERE id <> 13"), "59");
            assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "59");
        }
    }
}

on_both_servers! {
    fn keys_on_text_are_left_to_the_server_which_finds_the_duplicates(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE names (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, UNIQUE KEY by_name (name)) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;",
        );
        files.put("names", "id,name\n1,Ann\n2,Bob\n3,ANN\n4,Cid\n5,Bob\n");
        for way in WAYS {
            let scratch = Scratch::new(server);
            // one connection and small batches: who comes first is the server's choice otherwise
            files.seed(&scratch, &["--load", way, "--max-rejects", "100%", "--connections", "1", "--batch-size", "10"]).exits(0);
            assert_eq!(files.rejected("names"), [(4, "duplicate_key".into()), (6, "duplicate_key".into())], "{way}");
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(name ORDER BY id) FROM names"), "Ann,Bob,Cid");
        }
    }
}

on_both_servers! {
    fn columns_that_differ_from_schema_sql_are_an_error_before_anything_is_changed(server: Server) {
        let files = Files::small();
        let changes = [
            ("ALTER TABLE reviews MODIFY summary VARCHAR(60) NOT NULL", "table reviews: column summary is varchar(60) NOT NULL, the schema has varchar(255) NOT NULL"),
            ("ALTER TABLE reviews MODIFY response VARCHAR(2000) NOT NULL", "column response is varchar(2000) NOT NULL, the schema has varchar(2000)"),
            ("ALTER TABLE reviews_photos DROP COLUMN url", "table reviews_photos has no column url"),
        ];
        for (change, words) in changes {
            let scratch = Scratch::new(server);
            scratch.execute(SCHEMA);
            scratch.execute(change);
            files.seed(&scratch, &[]).exits(2).says(words);
            assert_eq!(scratch.value("SELECT COUNT(*) FROM reviews"), "0");
            let indexes = "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'reviews'";
            assert_eq!(scratch.value(indexes), "3");
        }
    }
}

on_both_servers! {
    fn a_text_that_a_check_cannot_read_as_json_is_rejected(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE lists (id INT PRIMARY KEY, tags VARCHAR(50) CHECK (JSON_LENGTH(tags) > 0)) CHARSET utf8mb4;",
        );
        files.put("lists", "id,tags\n1,\"[1]\"\n2,word\n3,\"[1,\"\n4,\n5,[]\n6,\"[2]\"\n");
        for way in WAYS {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--load", way, "--max-rejects", "3"]).exits(0);
            let lines: Vec<_> = files.rejected("lists").into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, [3, 4, 6], "{way}");
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM lists"), "1,4,6");
        }
    }
}
