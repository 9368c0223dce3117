//! Character sets of columns. The program and the server agree on the characters that a set lacks:
//! these tests compare every character below U+3000 where the sets differ, and a sample of the
//! others. All characters of the first plane (BMP) were compared once, which takes ten seconds per
//! server.

use sqlx::{AssertSqlSafe, Executor, Row};

use crate::support::harness::{Scratch, Server, on_both_servers, wait_for};
use mysql::db::{self, DatabaseUrl};

/// The sets that are judged by us.
const JUDGED: [&str; 19] = [
    "ascii", "cp1250", "cp1251", "cp1256", "cp1257", "cp866", "euckr", "greek", "hebrew", "koi8r",
    "koi8u", "latin1", "latin2", "latin5", "latin7", "macroman", "ucs2", "utf8mb3", "utf8mb4",
];

/// Number of characters of one statement.
const AT_ONCE: usize = 500;

fn hex(character: char) -> String {
    let mut bytes = [0; 4];
    let text = character.encode_utf8(&mut bytes);
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

on_both_servers! {
    long
    fn a_character_is_lacked_if_the_server_cannot_convert_it_and_back(server: Server) {
        let scratch = Scratch::new(server);
        let characters: Vec<char> = (1..0x3000).chain((0x3000..0x1_0000).step_by(17)).chain(0xff00..0x1_0000).chain(0x1_f600..0x1_f610).filter_map(char::from_u32).collect();
        let mut wrong = Vec::new();
        wait_for(async {
            let url = DatabaseUrl::parse(scratch.url()).unwrap();
            let mut connection = db::connect(&url).await.unwrap();
            for set in JUDGED {
                for characters in characters.chunks(AT_ONCE) {
                    let kept = |character: &char| {
                        let hex = hex(*character);
                        format!("CAST(CONVERT(CONVERT(CONVERT(X'{hex}' USING utf8mb4) USING {set}) USING utf8mb4) AS BINARY) = X'{hex}'")
                    };
                    let kept: Vec<String> = characters.iter().map(kept).collect();
                    // one column with a digit for each character
                    let sql = format!("SELECT CONCAT({})", kept.join(","));
                    let digits: String = connection.fetch_one(AssertSqlSafe(sql)).await.unwrap().get(0);
                    for (character, kept) in characters.iter().zip(digits.bytes()) {
                        let lacked = clean::charset::lacked(&character.to_string(), set).is_some();
                        if lacked == (kept == b'1') {
                            wrong.push(format!("{set} U+{:04X}", u32::from(*character)));
                        }
                    }
                }
            }
            db::close(connection).await;
        });
        assert_eq!(wrong, Vec::<String>::new());
    }
}
