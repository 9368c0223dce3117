//! Rows without a parent: which ones are found while the files are read, what their messages say,
//! and whether their keys stay taken.

use super::{missing, stored, verify};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const AGAIN: &str = "reading the files again";

/// Types of keys, with two values as a file writes them, and a third one.
const DECIDED_BY_BYTES: [(&str, [&str; 3]); 7] = [
    ("BINARY(2)", ["0x4142", "0x6162", "0x4344"]),
    ("VARBINARY(9)", ["0x4142", "0x6162", "0x4344"]),
    ("DATE", ["2020-01-01", "2020-01-02", "2020-01-03"]),
    (
        "DATETIME(3)",
        ["2020-01-01T00:00:00", "2020-01-02", "2020-01-03"],
    ),
    ("DECIMAL(6,2)", ["1", "2.50", "3"]),
    ("ENUM('a','b','c')", ["a", "b", "c"]),
    ("YEAR", ["2001", "2002", "2003"]),
];

on_both_servers! {
    fn orphans_by_keys_that_bytes_decide_are_found_while_the_files_are_read(server: Server) {
        for (kind, [one, two, none]) in DECIDED_BY_BYTES {
            let files = Files::of_schema(&format!(
                "CREATE TABLE p (k {kind} NOT NULL PRIMARY KEY, n INT);
                 CREATE TABLE c (id INT NOT NULL PRIMARY KEY, k {kind}, CONSTRAINT of_p FOREIGN KEY (k) REFERENCES p (k));"
            ));
            // the second parent is rejected
            files.put("p", format!("k,n\n{one},1\n{two},x\n"));
            files.put("c", format!("id,k\n1,{one}\n2,{none}\n3,\n4,{two}\n"));
            let ran = files.check(&["--max-rejects", "100%"]).exits(1);
            assert!(!ran.stderr.contains("left to the server"), "{kind}: {}", ran.stderr);
            assert_eq!(files.rejected("c"), missing(&[3, 5]), "{kind}");
            let scratch = Scratch::new(server);
            let ran = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
            assert!(!ran.stderr.contains(AGAIN), "{kind}: {}", ran.stderr);
            assert_eq!(files.rejected("c"), missing(&[3, 5]), "{kind}");
            assert_eq!(files.reasons("c")[0].column, "k", "{kind}");
            assert_eq!(stored(&scratch, "SELECT CAST(id AS CHAR) FROM c ORDER BY id"), ["1", "3"], "{kind}");
            verify(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn orphans_by_wide_keys_are_found_while_the_files_are_read(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (a BIGINT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b));
             CREATE TABLE c (id INT NOT NULL PRIMARY KEY, a BIGINT, b BIGINT, FOREIGN KEY (a, b) REFERENCES p (a, b));",
        );
        files.put("p", "a,b\n1,2\n3,4\n");
        files.put("c", "id,a,b\n1,1,2\n2,1,4\n3,,4\n4,3,4\n");
        let scratch = Scratch::new(server);
        let ran = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        assert!(!ran.stderr.contains(AGAIN), "{}", ran.stderr);
        assert_eq!(files.rejected("c"), missing(&[3]));
        let reason = &files.reasons("c")[0];
        assert_eq!((reason.column.as_str(), reason.value.as_str()), ("a, b", "1, 4"));
        verify(&files, &scratch);
    }
}

on_both_servers! {
    fn texts_are_left_to_the_server_only_if_no_parent_has_the_same_bytes(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (k VARCHAR(9) NOT NULL PRIMARY KEY) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
             CREATE TABLE c (id INT NOT NULL PRIMARY KEY, k VARCHAR(9), up INT, CONSTRAINT of_p FOREIGN KEY (k) REFERENCES p (k)) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;",
        );
        files.put("p", "k\nab\ncd\n");
        files.put("c", "id,k\n1,ab\n2,cd\n3,\n");
        let ran = files.check(&[]).exits(0);
        assert!(!ran.stderr.contains("foreign key of_p"), "{}", ran.stderr);
        files.put("c", "id,k\n1,ab\n2,CD\n3,ef\n");
        files.check(&[]).exits(0).says("left to the server: foreign key of_p (k)");
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0).says(AGAIN);
        assert_eq!(files.rejected("c"), missing(&[4]));
        verify(&files, &scratch);
        // the parents of appended rows may be older ones, whose hashes are not known
        files.put("p", "k\nef\n");
        files.put("c", "id,k\n4,ef\n5,ab\n6,gh\n");
        files.seed(&scratch, &["--append", "--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("c"), missing(&[4]));
        verify(&files, &scratch);
    }
}

on_both_servers! {
    fn blanks_at_the_end_do_not_count_under_a_binary_collation(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (k VARCHAR(9) NOT NULL PRIMARY KEY) CHARSET utf8mb4 COLLATE utf8mb4_bin;
             CREATE TABLE c (id INT NOT NULL PRIMARY KEY, k VARCHAR(9), CONSTRAINT of_p FOREIGN KEY (k) REFERENCES p (k)) CHARSET utf8mb4 COLLATE utf8mb4_bin;",
        );
        files.put("p", "k\na\nb \nb\n");
        files.put("c", "id,k\n1,a \n2,b\n3,A\n");
        let agree = |what: &str| {
            assert_eq!(files.rejected("p"), [(4, "duplicate_key".to_owned())], "{what}");
            assert_eq!(files.rejected("c"), missing(&[4]), "{what}");
        };
        let ran = files.check(&["--max-rejects", "100%"]).exits(1);
        assert!(!ran.stderr.contains("left to the server"), "{}", ran.stderr);
        agree("check");
        let scratch = Scratch::new(server);
        let ran = files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        assert!(!ran.stderr.contains(AGAIN), "{}", ran.stderr);
        agree("seed");
        verify(&files, &scratch);
    }
}

/// Children whose first record has no parent, and a later one with the same key has one.
fn same_key(of_parent: &str, of_child: &str, end: &str) -> Files {
    let files = Files::of_schema(&format!(
        "CREATE TABLE p (k {of_parent} NOT NULL PRIMARY KEY) {end};
         CREATE TABLE c (k {of_child} NOT NULL PRIMARY KEY, p {of_parent}, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (k)) {end};
         CREATE TABLE d (id INT NOT NULL PRIMARY KEY, c {of_child}, CONSTRAINT of_c FOREIGN KEY (c) REFERENCES c (k)) {end};"
    ));
    files.put("p", "k\n1\n");
    files.put("c", "k,p\n5,9\n6,1\n5,1\n6,9\n7,9\n");
    files.put("d", "id,c\n1,5\n2,6\n3,7\n");
    files
}

on_both_servers! {
    long
    fn an_orphan_keeps_its_key_whatever_the_types_and_the_way(server: Server) {
        let end = "CHARSET utf8mb4 COLLATE utf8mb4_general_ci";
        let no = |line| (line, "missing_parent".to_owned());
        let twice = |line| (line, "duplicate_key".to_owned());
        let expected = [no(2), twice(4), twice(5), no(6)];
        const TYPES: [&str; 3] = ["INT", "VARCHAR(9)", "DECIMAL(5,1)"];
        const WAYS: [&[&str]; 4] = [&[], &["--load", "insert"], &["--append"], &["--batch-size", "1K"]];
        for (at, of_parent) in TYPES.into_iter().enumerate() {
            for (and, of_child) in TYPES.into_iter().enumerate() {
                let kinds = format!("{of_parent} {of_child}");
                let files = same_key(of_parent, of_child, end);
                let is_text = |kind: &str| kind.starts_with("VARCHAR");
                if !is_text(of_parent) {
                    files.check(&["--max-rejects", "100%"]).exits(1);
                    assert_eq!(files.rejected("c"), expected, "check: {kinds}");
                }
                // each type of parent and of child in every way, but not each pair
                for way in [WAYS[(at + and) % 4], WAYS[(at + 2 * and + 1) % 4]] {
                    let scratch = Scratch::new(server);
                    let options = [&["--max-rejects", "100%"], way].concat();
                    files.seed(&scratch, &options).exits(0);
                    assert_eq!(files.rejected("c"), expected, "{kinds} {way:?}");
                    assert_eq!(files.rejected("d"), missing(&[2, 4]), "{kinds} {way:?}");
                    verify(&files, &scratch);
                }
            }
        }
    }
}

on_both_servers! {
    fn an_orphan_keeps_its_key_under_a_collation_too(server: Server) {
        // of the key of `c`, only the server knows that both texts are equal
        for of_parent in ["INT", "VARCHAR(9)"] {
            let files = same_key(of_parent, "VARCHAR(9)", "CHARSET utf8mb4 COLLATE utf8mb4_general_ci");
            files.put("c", "k,p\na,9\nA,1\nb,1\n");
            files.put("d", "id,c\n1,a\n2,B\n");
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--max-rejects", "100%", "--connections", "1"]).exits(0);
            let rules: Vec<_> = files.rejected("c").into_iter().map(|(line, rule)| format!("{line} {rule}")).collect();
            assert_eq!(rules, ["2 missing_parent", "3 duplicate_key"], "{of_parent}");
            let reason = &files.reasons("c")[1];
            assert_eq!((reason.column.as_str(), reason.value.as_str()), ("k", "A"), "{of_parent}");
            assert_eq!(files.rejected("d"), missing(&[2]), "{of_parent}");
            verify(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn an_orphan_by_a_computed_column_is_rejected_with_the_value_of_the_column(server: Server) {
        for key in ["id INT NOT NULL PRIMARY KEY", "id INT NOT NULL", "id INT NOT NULL, x JSON, f FLOAT"] {
            let files = Files::of_schema(&format!(
                "CREATE TABLE p (k INT NOT NULL PRIMARY KEY);
                 CREATE TABLE c ({key}, half INT NOT NULL, g INT AS (half * 2) STORED, CONSTRAINT of_p FOREIGN KEY (g) REFERENCES p (k));"
            ));
            files.put("p", "k\n2\n4\n");
            let x = if key.contains("JSON") { (",x,f", ",\"{\"\"b\"\": 1, \"\"a\"\": 2}\",0.1") } else { ("", "") };
            let row = |id: u32, half: u32| format!("{id},{half}{}\n", x.1);
            files.put("c", format!("id,half{}\n{}{}{}{}", x.0, row(1, 1), row(2, 7), row(2, 7), row(3, 2)));
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
            let reasons = files.reasons("c");
            assert_eq!(files.rejected("c")[0], missing(&[3])[0], "{key}");
            assert_eq!((reasons[0].column.as_str(), reasons[0].value.as_str()), ("g", "14"), "{key}");
            assert!(reasons[0].message.ends_with("(foreign key of_p); the value in the table is 14"), "{reasons:?}");
            assert_eq!(reasons.len(), 2, "{key}");
            assert_eq!(stored(&scratch, "SELECT CAST(id AS CHAR) FROM c ORDER BY id"), ["1", "3"], "{key}");
            verify(&files, &scratch);
        }
    }
}
