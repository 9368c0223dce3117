//! Keys that are not integers, and foreign keys that are not integers of another table. Duplicates
//! are found without a server if equal keys have equal bytes. Rows without a parent are rejected
//! with file and line, whatever the collation and the order of the rows.

mod cycles;
mod orphans;
mod random;

use crate::support::data::{Files, definition};
use crate::support::harness::{Scratch, Server, on_both_servers, run};

/// The rows of a query as words.
fn stored(scratch: &Scratch, sql: &str) -> Vec<String> {
    let rows = scratch.rows(sql);
    rows.iter()
        .map(|row| {
            row.iter()
                .map(|v| v.as_deref().unwrap_or("NULL"))
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect()
}

fn verify(files: &Files, scratch: &Scratch) {
    run(
        &files.path(""),
        [
            "verify",
            "--schema",
            "schema.sql",
            "--database-url",
            scratch.url(),
        ],
    )
    .exits(0);
}

fn missing(lines: &[u64]) -> Vec<(u64, String)> {
    lines
        .iter()
        .map(|line| (*line, "missing_parent".to_owned()))
        .collect()
}

/// Demands that a table has this many foreign keys.
#[track_caller]
fn has_foreign_keys(scratch: &Scratch, table: &str, count: usize) {
    let lines = definition(scratch, table);
    let found = lines.iter().filter(|line| line.contains("FOREIGN KEY"));
    assert_eq!(found.count(), count, "{lines:?}");
}

#[test]
fn check_finds_equal_texts_and_dates_and_names_what_it_leaves_to_the_server() {
    let files = Files::of_schema(
        "CREATE TABLE codes (code VARCHAR(8) NOT NULL PRIMARY KEY, label VARCHAR(20) NOT NULL, day DATE, n DECIMAL(6,2) NOT NULL,
           a BIGINT NOT NULL, b BIGINT NOT NULL, state VARCHAR(9) NOT NULL,
           UNIQUE KEY by_day (day), UNIQUE KEY by_n (n), UNIQUE KEY wide (a, b), UNIQUE KEY cut (label(3)),
           CHECK (label <> 'none'), CHECK (state IN ('new', 'sent')), CHECK (label REGEXP '^[a-z]'));",
    );
    files.put(
        "codes",
        "code,label,day,n,a,b,state\n\
         AB,one,2020-01-01,1,1,1,new\n\
         ab,two,,2,1,2,new\n\
         AB,three,,3,1,3,new\n\
         d,none,,4,1,4,new\n\
         e,five,2020-01-01T00:00:00,5,1,5,new\n\
         f,six,,1.00,1,6,new\n\
         g,seven,,7,1,1,sent\n\
         h,thousand,,8,1,8,sent\n\
         i,nine,,9,1,9,paid\n\
         j,Nine,,10,1,10,NEW\n\
         k,onerous,,11,1,11,sent\n",
    );
    let ran = files.check(&["--max-rejects", "100%"]).exits(1);
    let rules: Vec<_> = files.rejected("codes");
    let duplicate = |line| (line, "duplicate_key".to_owned());
    let failed = |line| (line, "check_failed".to_owned());
    assert_eq!(
        rules,
        [
            duplicate(4),
            failed(5),
            duplicate(6),
            duplicate(7),
            duplicate(8),
            failed(10),
            duplicate(12)
        ],
        "{}",
        ran.stderr
    );
    let left = files.reported("codes")["left_to_server"].clone();
    let left: Vec<&str> = left
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l.as_str().unwrap())
        .collect();
    let begins = [
        "primary key (code): ",
        "unique key cut (label): ",
        "CHECK (label <> 'none'): ",
        "CHECK (label REGEXP ",
        "CHECK (state IN ",
    ];
    assert_eq!(left.len(), begins.len(), "{left:?}");
    for begin in begins {
        assert!(
            left.iter().any(|words| words.starts_with(begin)),
            "{begin} in {left:?}"
        );
        assert!(
            ran.stderr
                .contains(&format!("codes: left to the server: {begin}")),
            "{}",
            ran.stderr
        );
    }
    assert!(
        ran.stderr
            .contains("2 unique keys, 3 CHECKs left to the server"),
        "{}",
        ran.stderr
    );
}

#[test]
fn check_rejects_rows_that_refer_to_no_row_of_their_own_table() {
    let files = Files::of_schema(
        "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, up INT, CONSTRAINT of_up FOREIGN KEY (up) REFERENCES t (id));
         CREATE TABLE c (id INT NOT NULL PRIMARY KEY, t INT NOT NULL, FOREIGN KEY (t) REFERENCES t (id));",
    );
    // 4 refers to none, so 3 and 2 have no parent either, and neither has what refers to these
    files.put("t", "id,up\n2,3\n1,\n3,4\n5,1\n4,99\n6,7\n7,\n4,\n");
    files.put("c", "id,t\n1,5\n2,2\n3,6\n");
    files
        .check(&["--max-rejects", "100%"])
        .exits(1)
        .says("reading the files again");
    assert_eq!(
        files.rejected("t"),
        [missing(&[2, 4, 6]), vec![(9, "duplicate_key".into())]].concat()
    );
    let reason = &files.reasons("t")[2];
    assert_eq!(
        (reason.column.as_str(), reason.value.as_str()),
        ("up", "99")
    );
    assert_eq!(
        reason.message,
        "no row of t has this id (foreign key of_up)"
    );
    assert_eq!(files.rejected("c"), missing(&[3]));
    files.check(&["--max-rejects", "1"]).exits(1);
}

on_both_servers! {
    fn a_text_without_a_parent_is_rejected_with_its_line_and_the_child_is_loaded_without_it(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE shops (shop_id CHAR(4) NOT NULL PRIMARY KEY) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;
             CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, shop_id CHAR(4), day DATE, KEY (shop_id),
               CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops (shop_id)) CHARSET utf8mb4 COLLATE utf8mb4_general_ci;",
        );
        files.put("shops", "shop_id\naa01\naa02\nÄ\n");
        // AA02 is aa02 under the collation, and A is Ä
        files.put("sales", "id,shop_id,day\n1,aa01,\n2,zz99,2020-01-01\n3,AA02,\n4,,\n5,A,\n6,aa0,\n");
        files.check(&["--max-rejects", "100%"]).exits(0).says("left to the server: foreign key of_shop (shop_id)");
        for way in ["local-infile", "insert"] {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--max-rejects", "100%", "--load", way]).exits(0);
            assert_eq!(files.rejected("sales"), missing(&[3, 7]));
            let reason = &files.reasons("sales")[0];
            assert_eq!((reason.column.as_str(), reason.value.as_str()), ("shop_id", "zz99"));
            assert!(reason.file.ends_with("sales.csv"), "{reason:?}");
            assert_eq!(stored(&scratch, "SELECT CAST(id AS CHAR) FROM sales ORDER BY id"), ["1", "3", "4", "5"]);
            let reported = files.reported("sales");
            assert_eq!((&reported["read"], &reported["loaded"], &reported["rejected"]), (&6.into(), &4.into(), &2.into()));
            has_foreign_keys(&scratch, "sales", 1);
            verify(&files, &scratch);
            files.seed(&scratch, &["--max-rejects", "100%", "--load", way]).exits(0).says("nothing to do");
        }
    }
}

on_both_servers! {
    fn children_may_come_before_their_parents_in_the_same_file_and_an_orphan_is_rejected(server: Server) {
        for key in ["VARCHAR(20)", "DECIMAL(9,2)", "DATE", "INT"] {
            let values = match key {
                "VARCHAR(20)" => ["kid", "dad", "gran", "stray", "nobody"],
                "DATE" => ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05"],
                _ => ["1", "2", "3", "4", "5"],
            };
            let [kid, dad, gran, stray, nobody] = values;
            let files = Files::of_schema(&format!(
                "CREATE TABLE family (person {key} NOT NULL PRIMARY KEY, father {key} NULL, FOREIGN KEY (father) REFERENCES family (person)) CHARSET utf8mb4;"
            ));
            files.put("family", format!("person,father\n{kid},{dad}\n{dad},{gran}\n{gran},\n"));
            let scratch = Scratch::new(server);
            files.seed(&scratch, &[]).exits(0);
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM family"), "3", "{key}");
            has_foreign_keys(&scratch, "family", 1);
            files.put("family", format!("person,father\n{kid},{dad}\n{dad},{gran}\n{gran},\n{stray},{nobody}\n"));
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--max-rejects", "1"]).exits(0);
            assert_eq!(files.rejected("family"), missing(&[5]), "{key}");
            assert_eq!(scratch.value("SELECT CAST(COUNT(*) AS CHAR) FROM family"), "3", "{key}");
            has_foreign_keys(&scratch, "family", 1);
            verify(&files, &scratch);
        }
    }
}

const TREE: &str = "
    CREATE TABLE tree (id INT NOT NULL PRIMARY KEY, up INT, name VARCHAR(20), CONSTRAINT of_up FOREIGN KEY (up) REFERENCES tree (id)) CHARSET utf8mb4;
    CREATE TABLE leaves (tree INT NOT NULL, code VARCHAR(20), n INT, CONSTRAINT of_tree FOREIGN KEY (tree) REFERENCES tree (id), UNIQUE (code)) CHARSET utf8mb4;
    CREATE TABLE marks (id INT NOT NULL PRIMARY KEY, code VARCHAR(20) NOT NULL, FOREIGN KEY (code) REFERENCES leaves (code)) CHARSET utf8mb4;";

/// A tree whose rows 100 to 199 descend from a row that does not exist, in an order in which
/// parents come last; leaves on all of them, in a table without a primary key; marks on these.
fn tree() -> Files {
    let files = Files::of_schema(TREE);
    let rows = |from: u32, to: u32| {
        (from..to)
            .rev()
            .map(|id| format!("{id},{},n{id}\n", id + 1))
            .collect::<String>()
    };
    files.put(
        "tree",
        format!(
            "id,up,name\n{}200,777,x\n{}300,,root\n",
            rows(100, 200),
            rows(250, 300)
        ),
    );
    let leaves = |id: u32| format!("{id},c{id},1\n{id},,2\n{id},,2\n");
    files.put(
        "leaves",
        format!(
            "tree,code,n\n{}",
            (100..=300)
                .filter(|id| *id <= 200 || *id >= 250)
                .map(leaves)
                .collect::<String>()
        ),
    );
    files.put("marks", "id,code\n1,C100\n2,c250\n3,c199\n4,c300\n");
    files
}

#[track_caller]
fn tree_is_right(files: &Files, scratch: &Scratch) {
    assert_eq!(
        files.rejected("tree"),
        missing(&(2..103).collect::<Vec<_>>())
    );
    assert_eq!(
        files.rejected("leaves"),
        missing(&(2..305).collect::<Vec<_>>())
    );
    assert_eq!(files.rejected("marks"), missing(&[2, 4]));
    for (table, count) in [("tree", "51"), ("leaves", "153"), ("marks", "2")] {
        assert_eq!(
            scratch.value(&format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}")),
            count,
            "{table}"
        );
        has_foreign_keys(scratch, table, 1);
    }
    verify(files, scratch);
}

on_both_servers! {
    fn what_refers_to_a_rejected_row_is_rejected_too_in_every_table(server: Server) {
        let files = tree();
        for batch in ["2M", "200"] {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--max-rejects", "100%", "--batch-size", batch]).exits(0);
            tree_is_right(&files, &scratch);
        }
    }
}

on_both_servers! {
    long
    fn a_run_that_ends_while_orphans_are_removed_is_resumed_to_the_same_end(server: Server) {
        let files = tree();
        let seed = ["--max-rejects", "100%", "--batch-size", "200"];
        let moments = [("tree", "OLD.id = 150"), ("leaves", "OLD.tree = 120"), ("marks", "OLD.id = 3"), ("tree", "OLD.id = 200")];
        for (table, when) in moments {
            let scratch = Scratch::new(server);
            scratch.execute(TREE);
            scratch.execute(&format!(
                "CREATE TRIGGER no_more BEFORE DELETE ON {table} FOR EACH ROW BEGIN IF {when} THEN SIGNAL SQLSTATE '45000'; END IF; END"
            ));
            files.seed(&scratch, &seed).exits(2).says("cannot remove the rows");
            scratch.execute("DROP TRIGGER no_more");
            files.seed(&scratch, &seed).exits(0);
            tree_is_right(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn orphans_beyond_the_budget_end_the_run_and_a_larger_one_resumes_it(server: Server) {
        let files = tree();
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "5"]).exits(1).says("--max-rejects 5");
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        tree_is_right(&files, &scratch);
    }
}

on_both_servers! {
    fn added_rows_find_their_parents_among_those_that_were_there(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (code VARCHAR(9) NOT NULL PRIMARY KEY, up VARCHAR(9), FOREIGN KEY (up) REFERENCES p (code)) CHARSET utf8mb4;
             CREATE TABLE c (id INT NOT NULL PRIMARY KEY, a VARCHAR(9), b VARCHAR(9), FOREIGN KEY of_a (a) REFERENCES p (code), FOREIGN KEY of_b (b) REFERENCES p (code)) CHARSET utf8mb4;",
        );
        let scratch = Scratch::new(server);
        files.put("p", "code,up\nold,\n");
        files.put("c", "id,a,b\n1,old,\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("p", "code,up\nnew,OLD\nlost,nowhere\nlate,lost\n");
        files.put("c", "id,a,b\n2,old,new\n3,new,late\n4,gone,old\n5,,\n");
        files.seed(&scratch, &["--append", "--max-rejects", "100%"]).exits(0);
        assert_eq!(files.rejected("p"), missing(&[3, 4]));
        assert_eq!(files.rejected("c"), missing(&[3, 4]));
        let columns: Vec<_> = files.reasons("c").into_iter().map(|r| r.column).collect();
        assert_eq!(columns, ["b", "a"]);
        assert_eq!(stored(&scratch, "SELECT CAST(id AS CHAR) FROM c ORDER BY id"), ["1", "2", "5"]);
        assert_eq!(stored(&scratch, "SELECT code FROM p ORDER BY code"), ["new", "old"]);
        verify(&files, &scratch);
    }
}
