//! Rows of rejected records are kept, so they are parents, whether the client or the server has
//! rejected the records.

use crate::seed::sync::{Counts, SYNC, counts};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn the_row_of_a_rejected_record_is_a_parent_whoever_rejects_the_record(server: Server) {
        // the client finds equal integers, and only the server texts that a collation calls equal
        for (kind, codes) in [("INT", ["10", "20", "10"]), ("VARCHAR(9)", ["a", "b", "A"])] {
            let files = Files::of_schema(&format!(
                "CREATE TABLE p (id INT PRIMARY KEY, code {kind}, UNIQUE KEY code (code));
                 CREATE TABLE c (id INT PRIMARY KEY, p INT, \
                 CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id));
                 CREATE TABLE d (id INT PRIMARY KEY, c INT, \
                 CONSTRAINT d_c FOREIGN KEY (c) REFERENCES c (id));"
            ));
            let scratch = Scratch::new(server);
            files.put("p", format!("id,code\n1,{}\n2,{}\n", codes[0], codes[1]));
            files.put("c", "id,p\n1,1\n4,2\n");
            files.put("d", "id,c\n1,1\n");
            files.seed(&scratch, &[]).exits(0);
            files.put("p", format!("id,code\n1,{}\n2,{}\n", codes[0], codes[2]));
            // 2 and 4 refer to the row that stays, 3 to none
            files.put("c", "id,p\n1,1\n2,2\n3,7\n4,2\n");
            files.put("d", "id,c\n1,1\n2,2\n3,3\n");
            let expected = [
                ("p", Counts { unchanged: 1, kept: 1, rejected: 1, ..Counts::default() }),
                ("c", Counts { inserted: 1, unchanged: 2, rejected: 1, ..Counts::default() }),
                ("d", Counts { inserted: 1, unchanged: 1, rejected: 1, ..Counts::default() }),
            ];
            for arguments in [&["--dry-run"][..], &[]] {
                files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
                for (table, expected) in &expected {
                    assert_eq!(counts(&files, table), *expected, "{kind} {table} {arguments:?}");
                }
                assert_eq!(files.rejected("p"), [(3, "duplicate_key".to_owned())], "{kind}");
                for table in ["c", "d"] {
                    assert_eq!(files.rejected(table), [(4, "missing_parent".to_owned())], "{kind}");
                }
            }
            let rows = "SELECT GROUP_CONCAT(id, p ORDER BY id) FROM c";
            assert_eq!(scratch.value(rows), "11,22,42", "{kind}");
            files.verify(&scratch).exits(0);
        }
    }
}

on_both_servers! {
    fn a_row_that_is_kept_only_for_others_is_no_parent_of_new_records(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (id INT PRIMARY KEY, n INT);
             CREATE TABLE c (id INT PRIMARY KEY, p INT, n INT, \
             CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p (id));",
        );
        let scratch = Scratch::new(server);
        files.put("p", "id,n\n1,1\n2,2\n");
        files.put("c", "id,p,n\n1,1,1\n2,2,2\n");
        files.seed(&scratch, &[]).exits(0);
        // no record of p has 2, but the row of the broken record of c refers to it
        files.put("p", "id,n\n1,1\n");
        files.put("c", "id,p,n\n1,1,1\n2,2,many\n3,2,3\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "p"), Counts { unchanged: 1, kept: 1, ..Counts::default() });
        let expected = Counts { unchanged: 1, kept: 1, rejected: 2, ..Counts::default() };
        assert_eq!(counts(&files, "c"), expected);
        assert_eq!(files.reasons("c")[1].rule, "missing_parent");
        files.verify(&scratch).exits(0);
    }
}
