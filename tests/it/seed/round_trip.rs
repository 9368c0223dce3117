//! Text is stored byte for byte, by LOAD DATA and by INSERT: HEX() returns the bytes of the file.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const SCHEMA: &str = "CREATE TABLE texts (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(400) NOT NULL, \
    t TEXT NOT NULL, n VARCHAR(400), c CHAR(100) NOT NULL) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci;";

const WAYS: [&str; 2] = ["local-infile", "insert"];

/// A field in quotes, as RFC 4180 has it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02X}")).collect()
}

/// What the nullable column keeps of a text.
fn unless_null(text: &str) -> Option<String> {
    let means_null = text.is_empty() || text == "\\N" || text.eq_ignore_ascii_case("null");
    (!means_null).then(|| hex(text))
}

/// Loads the texts, numbered from 0, and compares what the server holds with what was meant.
fn survive(server: Server, texts: &[String], batch: &str) -> Result<(), TestCaseError> {
    let files = Files::of_schema(SCHEMA);
    let rows: String = texts
        .iter()
        .enumerate()
        .map(|(id, text)| {
            let field = quoted(text);
            format!("{id},{field},{field},{field},{field}\n")
        })
        .collect();
    files.put("texts", format!("id,v,t,n,c\n{rows}"));
    for way in WAYS {
        let scratch = Scratch::new(server);
        files
            .seed(
                &scratch,
                &[
                    "--load",
                    way,
                    "--batch-size",
                    batch,
                    "--verify",
                    "full",
                    "--max-rejects",
                    "0",
                ],
            )
            .exits(0);
        prop_assert_eq!(&files.report()["server"]["load"], way);
        let stored = scratch
            .rows("SELECT CAST(id AS CHAR), HEX(v), HEX(t), HEX(n), HEX(c) FROM texts ORDER BY id");
        prop_assert_eq!(stored.len(), texts.len());
        for (id, (row, text)) in stored.iter().zip(texts).enumerate() {
            let whole = Some(hex(text));
            let expected = vec![
                Some(id.to_string()),
                whole.clone(),
                whole,
                unless_null(text),
                Some(hex(text.trim_end_matches(' '))),
            ];
            prop_assert_eq!(row, &expected, "{} {}: {:?}", way, id, text);
        }
    }
    Ok(())
}

on_both_servers! {
    fn texts_that_a_loader_could_misread_arrive_byte_for_byte(server: Server) {
        let controls: String = (0u8..32).chain([127]).map(char::from).collect();
        let mut texts: Vec<String> = [
            "", " ", "  both  ", "\ttab\t", "two\nlines", "\n", "\r", "\r\n", "a\r\nb\rc\n", "\n\n", "\\", "\\\\", "ends with \\",
            "\\N", "\\n", "\\0", "\\t\\Z\\'", "a\\Nb", "NULL", "null", "Null", "N", "'", "''", "it's", "\"", "\"\"", "she said \"no\"",
            "\",\"", ",", "a,b", "\0", "a\0b", "\0\0", "\u{1a}", "%_", "#", "-- x", "/* x */", "x'; DROP TABLE texts; --", "?", "0", "TRUE",
            "🙂", "👩\u{200d}👩\u{200d}👧", "e\u{301}", "é", "\u{feff}bom", "\u{fffd}", "ß", "İ", "日本語", "\u{10ffff}", "\u{85}", "\u{2028}",
            "`tick`", "${x}", "\u{7f}", "\u{a0}blank",
        ]
        .map(str::to_owned)
        .into();
        texts.push(controls.clone());
        texts.extend(controls.chars().map(|c| format!("<{c}>")));
        texts.extend(["\\", "\n", "\t", "\0", "'", "\"", "🙂"].map(|piece| piece.repeat(90)));
        // once in one batch, once in many
        survive(server, &texts, "2M").unwrap();
        survive(server, &texts, "300").unwrap();
    }
}

on_both_servers! {
    fn any_text_arrives_byte_for_byte(server: Server) {
        // letters that mean something to CSV, SQL or LOAD DATA, and any others
        let text = prop_oneof![
            proptest::collection::vec(
                prop_oneof![Just('\\'), Just('\''), Just('"'), Just('\n'), Just('\r'), Just('\t'), Just('\0'), Just('N'), Just(' '), Just(','), Just('é')],
                0..12
            ).prop_map(String::from_iter),
            proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        ];
        // many texts to a case, for a case costs two databases
        let cases = proptest::collection::vec(text, 150..200);
        let config = Config { cases: 2, max_shrink_iters: 20, failure_persistence: None, ..Config::default() };
        TestRunner::new(config).run(&cases, |texts| survive(server, &texts, "1K")).unwrap();
    }
}

on_both_servers! {
    fn id_0_stays_0_and_numbering_continues_after_the_largest(server: Server) {
        let files = Files::of_schema(SCHEMA);
        files.put("texts", "id,v,t,c\n5,a,a,a\n0,b,b,b\n");
        for way in WAYS {
            let scratch = Scratch::new(server);
            files.seed(&scratch, &["--load", way]).exits(0);
            assert_eq!(scratch.value("SELECT GROUP_CONCAT(id, v ORDER BY id) FROM texts"), "0b,5a");
            scratch.execute("INSERT INTO texts (v, t, c) VALUES ('c', '', '')");
            assert_eq!(scratch.value("SELECT id FROM texts WHERE v = 'c'"), "6");
        }
    }
}
