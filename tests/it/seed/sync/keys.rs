//! Keys: spellings that are equal in a collation, rows that exchange unique values, and cycles of
//! references.

use super::model::Counts;
use super::{SYNC, counts};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

on_both_servers! {
    fn text_keys_that_a_collation_calls_equal_are_one_key(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE words (lang CHAR(2), word VARCHAR(20), n INT, PRIMARY KEY (lang, word));
             CREATE TABLE uses (id INT PRIMARY KEY, lang CHAR(2), word VARCHAR(20), \
             FOREIGN KEY (lang, word) REFERENCES words (lang, word));",
        );
        let scratch = Scratch::new(server);
        files.put("words", "lang,word,n\nen,one,1\nen,two,2\nde,eins,1\nde,zwei,2\n");
        files.put("uses", "id,lang,word\n1,en,one\n2,de,zwei\n");
        files.seed(&scratch, &[]).exits(0);
        // another spelling, one that a row refers to, and one that an equal record has already
        files.put("words", "lang,word,n\nen,one,1\nen,Two,2\nDE,Zwei,2\nen,ONE,5\nde,eins,1\n");
        files.put("uses", "id,lang,word\n1,en,one\n2,DE,Zwei\n");
        files.seed(&scratch, &SYNC).exits(0);
        let expected = Counts { updated: 2, unchanged: 2, rejected: 1, ..Counts::default() };
        assert_eq!(counts(&files, "words"), expected);
        assert_eq!(files.rejected("words"), [(5, "duplicate_key".to_owned())]);
        let words = "SELECT GROUP_CONCAT(lang, word, n ORDER BY lang, word) FROM words";
        assert_eq!(scratch.value(words), "deeins1,DEZwei2,enone1,enTwo2");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    /// The first record of a key is rejected because an earlier record has its unique value, so the
    /// second record is stored, also when the row of the earlier record is there already.
    fn a_record_whose_equal_key_is_free_again_is_not_rejected_by_the_next_run(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE makers (code VARCHAR(20) PRIMARY KEY, email VARCHAR(60), UNIQUE KEY email (email)) \
             CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;",
        );
        let scratch = Scratch::new(server);
        files.put("makers", "code,email\none,a@x\nTWO,A@X\ntwo,b@x\nthree,c@x\n");
        for (inserted, unchanged) in [(3, 0), (0, 3)] {
            files.seed(&scratch, &SYNC).exits(0);
            let expected = Counts { inserted, unchanged, rejected: 1, ..Counts::default() };
            assert_eq!(counts(&files, "makers"), expected);
            assert_eq!(files.rejected("makers"), [(3, "duplicate_key".to_owned())]);
            let makers = "SELECT GROUP_CONCAT(code, email ORDER BY email) FROM makers";
            assert_eq!(scratch.value(makers), "onea@x,twob@x,threec@x");
        }
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn values_of_a_unique_key_change_places(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE places (id INT PRIMARY KEY, place INT NOT NULL, note VARCHAR(9), \
             made TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00', UNIQUE KEY place (place));
             CREATE TABLE guests (id INT PRIMARY KEY, place INT, CONSTRAINT at FOREIGN KEY (place) REFERENCES places (place));",
        );
        let scratch = Scratch::new(server);
        let put = |places: &str, guests: &str| {
            files.put("places", format!("id,place,note\n{places}"));
            files.put("guests", format!("id,place\n{guests}"));
        };
        put("1,10,a\n2,20,b\n3,30,c\n4,40,d\n", "1,10\n2,30\n");
        files.seed(&scratch, &[]).exits(0);
        scratch.execute("UPDATE places SET made = '2021-01-01 00:00:00'");
        // two rows exchange, a new row takes the place of a gone one, and a place that is referred
        // to becomes another
        put("1,20,a\n2,10,b\n3,31,c\n5,40,e\n", "1,10\n2,31\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "places"), Counts { inserted: 1, updated: 3, deleted: 1, ..Counts::default() });
        assert_eq!(counts(&files, "guests"), Counts { updated: 1, unchanged: 1, ..Counts::default() });
        let places = "SELECT GROUP_CONCAT(id, '=', place, note ORDER BY id) FROM places";
        assert_eq!(scratch.value(places), "1=20a,2=10b,3=31c,5=40e");
        let made = "SELECT GROUP_CONCAT(id ORDER BY id) FROM places WHERE made = '2021-01-01 00:00:00'";
        assert_eq!(scratch.value(made), "1,2,3", "columns that no file fills keep their values");
        files.verify(&scratch).exits(0);
        // a kept row has the place that a record wants
        put("1,20,a\n2,30,b\n3,x,c\n5,31,e\n6,50,f\n", "1,30\n3,50\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(files.rejected("places"), [(4, "not_an_integer".to_owned()), (5, "duplicate_key".to_owned())]);
        assert_eq!(scratch.value(places), "1=20a,2=30b,3=31c,5=40e,6=50f");
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn cycles_of_references_are_inserted_and_deleted(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE a (id INT PRIMARY KEY, b INT NOT NULL, up INT NOT NULL, \
             CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id), CONSTRAINT a_up FOREIGN KEY (up) REFERENCES a (id));
             CREATE TABLE b (id INT PRIMARY KEY, a INT NOT NULL, CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE);",
        );
        let scratch = Scratch::new(server);
        let rows = "SELECT CONCAT((SELECT GROUP_CONCAT(id, '-', b, '-', up ORDER BY id) FROM a), ' ', \
                    (SELECT GROUP_CONCAT(id, '-', a ORDER BY id) FROM b))";
        files.put("a", "id,b,up\n1,1,1\n2,2,3\n3,2,2\n");
        files.put("b", "id,a\n1,1\n2,3\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("a", "id,b,up\n1,1,1\n4,4,5\n5,4,4\n");
        files.put("b", "id,a\n1,1\n4,5\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(scratch.value(rows), "1-1-1,4-4-5,5-4-4 1-1,4-5");
        assert_eq!(counts(&files, "a"), Counts { inserted: 2, unchanged: 1, deleted: 2, ..Counts::default() });
        assert_eq!(counts(&files, "b"), Counts { inserted: 1, unchanged: 1, deleted: 1, ..Counts::default() });
        // a chain, whose last row comes first
        let chain: String = (10..90).map(|id| format!("{id},1,{}\n", if id == 89 { 1 } else { id + 1 })).collect();
        files.put("a", format!("id,b,up\n1,1,1\n{chain}"));
        files.put("b", "id,a\n1,1\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "a"), Counts { inserted: 80, unchanged: 1, deleted: 2, ..Counts::default() });
        files.put("a", "id,b,up\n1,1,1\n");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "a"), Counts { unchanged: 1, deleted: 80, ..Counts::default() });
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn a_key_that_is_only_spelled_otherwise_does_not_change_the_rows_that_refer_to_it(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE p (k VARCHAR(10) PRIMARY KEY, alt INT NOT NULL UNIQUE, v INT);
             CREATE TABLE c (id INT PRIMARY KEY, k VARCHAR(10), alt INT, \
             FOREIGN KEY (k) REFERENCES p (k) ON UPDATE CASCADE, \
             FOREIGN KEY (alt) REFERENCES p (alt) ON UPDATE CASCADE);",
        );
        let scratch = Scratch::new(server);
        files.put("p", "k,alt,v\na,1,2\nb,3,4\n");
        files.put("c", "id,k,alt\n1,a,1\n2,b,3\n");
        files.seed(&scratch, &[]).exits(0);
        files.put("p", "k,alt,v\nA,1,2\nB,5,6\n");
        files.put("c", "id,k,alt\n1,a,1\n2,b,5\n");
        files.seed(&scratch, &SYNC).exits(0);
        let of = |updated, unchanged| Counts { updated, unchanged, ..Counts::default() };
        assert_eq!(counts(&files, "p"), of(2, 0));
        assert_eq!(counts(&files, "c"), of(1, 1));
        let rows = "SELECT GROUP_CONCAT(id, k, alt ORDER BY id) FROM c";
        assert_eq!(scratch.value(rows), "1a1,2b5");
        files.seed(&scratch, &SYNC).exits(0);
        assert_eq!(counts(&files, "c"), of(0, 2), "a second run changes nothing");
        files.verify(&scratch).exits(0);
    }
}
