//! Rows that depend on other rows: only the records that depend on a rejected one are rejected, and
//! long chains of rows take linear time.

use std::time::{Duration, Instant};

use crate::seed::sync::{Counts, SYNC, counts};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const PLACES: &str =
    "CREATE TABLE places (id INT PRIMARY KEY, place INT NOT NULL, note VARCHAR(9), \
    UNIQUE KEY place (place));
    CREATE TABLE guests (id INT PRIMARY KEY, place INT, \
    CONSTRAINT guest_of FOREIGN KEY (place) REFERENCES places (place));";

const PAIRS: &str = "SELECT CONCAT((SELECT GROUP_CONCAT(id, '=', place ORDER BY id) FROM places), ' ', \
    COALESCE((SELECT GROUP_CONCAT(id, '=', place ORDER BY id) FROM guests), ''))";

/// A trigger that accepts no row with this note.
fn refuse(scratch: &Scratch, table: &str, note: &str) {
    for event in ["INSERT", "UPDATE"] {
        scratch.execute(&format!(
            "CREATE TRIGGER no_{table}_{event} BEFORE {event} ON {table} FOR EACH ROW \
             IF NEW.note = '{note}' THEN SIGNAL SQLSTATE '45000' \
             SET MESSAGE_TEXT = 'this note is not allowed'; END IF"
        ));
    }
}

on_both_servers! {
    fn of_rows_that_wait_in_cycles_only_those_with_a_refused_row_are_rejected(server: Server) {
        let (files, scratch) = (Files::of_schema(PLACES), Scratch::new(server));
        let put = |places: &str| files.put("places", format!("id,place,note\n{places}"));
        put("1,10,a\n2,20,b\n3,30,c\n4,40,d\n5,50,e\n6,60,f\n");
        files.put("guests", "id,place\n1,10\n");
        files.seed(&scratch, &[]).exits(0);
        refuse(&scratch, "places", "bad");
        // three exchanges, of which one has a row that the server does not accept
        put("1,20,a\n2,10,b\n3,40,bad\n4,30,d\n5,60,e\n6,50,f\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value(PAIRS), "1=20,2=10,3=30,4=40,5=60,6=50 1=10");
        let expected = Counts { updated: 4, kept: 2, rejected: 2, ..Counts::default() };
        assert_eq!(counts(&files, "places"), expected);
        let rejected = [(4, "refused_by_server".to_owned()), (5, "duplicate_key".to_owned())];
        assert_eq!(files.rejected("places"), rejected);
        let reasons = files.reasons("places");
        assert!(reasons[0].message.contains("this note is not allowed"), "{}", reasons[0].message);
        assert!(reasons[1].message.contains("a row that is kept"), "{}", reasons[1].message);
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn of_rows_that_refer_to_each_other_only_those_of_a_refused_row_are_rejected(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE a (id INT PRIMARY KEY, up INT, note VARCHAR(9), \
             CONSTRAINT a_up FOREIGN KEY (up) REFERENCES a (id));",
        );
        let scratch = Scratch::new(server);
        files.put("a", "id,up,note\n1,,\n");
        files.seed(&scratch, &[]).exits(0);
        refuse(&scratch, "a", "bad");
        // two pairs, a row that refers to the second one, and one that refers to itself
        let records = "1,,\n2,3,\n3,2,\n4,5,bad\n5,4,\n6,5,\n7,7,\n";
        files.put("a", format!("id,up,note\n{records}"));
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM a"), "1,2,3,7");
        let rejected = files.rejected("a");
        let missing = |line| (line, "missing_parent".to_owned());
        assert_eq!(rejected, [(5, "refused_by_server".to_owned()), missing(6), missing(7)]);
        files.verify(&scratch).exits(0);
        // the row that refers to itself is deleted, too
        files.put("a", "id,up,note\n1,,\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM a"), "1");
    }
}

on_both_servers! {
    fn values_to_which_children_refer_are_exchanged(server: Server) {
        let (files, scratch) = (Files::of_schema(PLACES), Scratch::new(server));
        let put = |places: &str, guests: &str| {
            files.put("places", format!("id,place,note\n{places}"));
            files.put("guests", format!("id,place\n{guests}"));
        };
        put("1,10,a\n2,20,b\n3,30,c\n", "1,10\n2,20\n3,10\n");
        files.seed(&scratch, &[]).exits(0);
        // the guests follow, one of them stays, and one is new
        put("1,20,a\n2,10,b\n3,30,c\n", "1,20\n2,10\n3,10\n4,20\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value(PAIRS), "1=20,2=10,3=30 1=20,2=10,3=10,4=20");
        assert_eq!(counts(&files, "places"), Counts { updated: 2, unchanged: 1, ..Counts::default() });
        let guests = Counts { inserted: 1, updated: 2, unchanged: 1, ..Counts::default() };
        assert_eq!(counts(&files, "guests"), guests);
        files.verify(&scratch).exits(0);
        // a place moves on to a row that is new, and its old row goes
        put("1,20,a\n3,31,c\n4,10,d\n5,30,e\n", "1,20\n2,10\n3,30\n4,31\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value(PAIRS), "1=20,3=31,4=10,5=30 1=20,2=10,3=30,4=31");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    long
    fn long_chains_of_rows_take_a_time_that_is_linear(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE a (id INT PRIMARY KEY, up INT, CONSTRAINT a_up FOREIGN KEY (up) REFERENCES a (id));",
        );
        let scratch = Scratch::new(server);
        let chain = |rows: i32, end: &str| {
            let row = |id: i32| match id == rows {
                true => format!("{id},{end}\n"),
                false => format!("{id},{}\n", id + 1),
            };
            format!("id,up\n0,\n{}", (1..=rows).map(row).collect::<String>())
        };
        let took = |text: String, expected: Counts| {
            files.put("a", text);
            let began = Instant::now();
            files.seed(&scratch, &SYNC).exits(0);
            assert_eq!(counts(&files, "a"), expected);
            began.elapsed()
        };
        took("id,up\n0,\n".to_owned(), Counts { inserted: 1, ..Counts::default() });
        let mut times = Vec::new();
        for rows in [500, 4000] {
            let n = rows as u64;
            let inserted = took(chain(rows, ""), Counts { inserted: n, unchanged: 1, ..Counts::default() });
            let gone = Counts { unchanged: 1, deleted: n, ..Counts::default() };
            times.push((inserted, took("id,up\n0,\n".to_owned(), gone)));
        }
        // eight times as many rows; the start of a run counts in both
        let is_linear = |short: Duration, long: Duration| long < short * 16;
        assert!(is_linear(times[0].0, times[1].0), "{times:?}");
        assert!(is_linear(times[0].1, times[1].1), "{times:?}");
        // a chain that is kept because of the row at its other end
        took(chain(4000, ""), Counts { inserted: 4000, unchanged: 1, ..Counts::default() });
        scratch.execute("CREATE TABLE other (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES a (id))");
        scratch.execute("INSERT INTO other VALUES (1, 1)");
        let kept = took("id,up\n0,\n".to_owned(), Counts { unchanged: 1, kept: 4000, ..Counts::default() });
        assert!(is_linear(times[0].1, kept), "{times:?} {kept:?}");
    }
}
