//! What a sync notes about large tables, so that the next one need not compute the checksums of
//! all ranges of keys.

use crate::seed::sync::{Counts, GOODS, SYNC, counts, goods};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const NOTED: &str = "sync: goods: the table is as an earlier run left it";

on_both_servers! {
    fn the_checksums_that_a_sync_has_noted_are_used_as_long_as_the_table_is_the_same(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        let sync = [&SYNC[..], &["--tables=goods", "-v"]].concat();
        let sync = |price: i32| {
            files.put("goods", goods(1..50_001, price, ""));
            files.seed(&scratch, &sync).exits(0)
        };
        let changed = |updated: u64| Counts { updated, unchanged: 50_000 - updated, ..Counts::default() };
        files.put("goods", goods(1..50_001, 1, ""));
        files.seed(&scratch, &["--tables=goods"]).exits(0);
        // nothing is noted before the first sync, and nothing needs to be known if nothing differs
        assert!(!sync(1).stderr.contains(NOTED));
        let ran = sync(2).says(NOTED).says("sync: goods: 1 range of keys differs");
        assert!(ran.stderr.contains("reading"), "{}", ran.stderr);
        assert_eq!(counts(&files, "goods"), changed(1));
        sync(3).says(NOTED);
        assert_eq!(counts(&files, "goods"), changed(1));
        // another program has changed the table since
        scratch.execute("UPDATE goods SET name = 'of another program' WHERE id IN (8, 40000)");
        assert!(!sync(3).stderr.contains(NOTED));
        assert_eq!(counts(&files, "goods"), changed(2));
        files.verify(&scratch).exits(0);
        sync(4).says(NOTED);
        // the order of the columns in the file does not matter
        let rows = (1..50_001).map(|id| format!("name {id},{id},{}\n", id % 9));
        files.put("goods", format!("name,id,price\n{}", rows.collect::<String>()));
        let ran = files.seed(&scratch, &[&SYNC[..], &["--tables=goods", "-v"]].concat()).exits(0);
        ran.says(NOTED);
        assert_eq!(counts(&files, "goods"), changed(1));
        files.verify(&scratch).exits(0);
    }
}

on_both_servers! {
    fn damaged_notes_do_not_change_what_a_sync_does(server: Server) {
        let (files, scratch) = (Files::of_schema(GOODS), Scratch::new(server));
        let sync = [&SYNC[..], &["--tables=goods", "-v"]].concat();
        files.put("goods", goods(1..50_001, 1, ""));
        files.seed(&scratch, &sync).exits(0);
        for piece in ["X'FF'", "LEFT(piece, 0)", "LEFT(piece, LENGTH(piece) - 3)"] {
            files.put("goods", goods(1..50_001, 1, ""));
            files.seed(&scratch, &sync).exits(0);
            scratch.execute(&format!("UPDATE _reviewseed_digests SET piece = {piece}"));
            files.put("goods", goods(2..50_001, 2, ""));
            let ran = files.seed(&scratch, &sync).exits(0);
            assert!(!ran.stderr.contains(NOTED), "{piece}: {}", ran.stderr);
            let expected = Counts { updated: 1, unchanged: 49_998, deleted: 1, ..Counts::default() };
            assert_eq!(counts(&files, "goods"), expected, "{piece}");
            files.verify(&scratch).exits(0);
        }
    }
}
