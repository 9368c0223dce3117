//! JSON. On MySQL, our text of a document equals the server's, byte for byte, and both reject the
//! same documents. MariaDB stores the text as it is: we reject the documents that its CHECK
//! rejects.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::kinds::{Texts, pattern, runner, some};
use crate::support::data::Files;
use crate::support::effort::cases;
use crate::support::harness::{Scratch, Server, on_both_servers, wait_for};
use model::flavour::Flavour;
use mysql::db::{self, DatabaseUrl};

/// Documents that are compared at least. Some more are made up, because not all are valid.
fn documents_to_compare() -> usize {
    usize::try_from(cases(600)).unwrap()
}

/// Documents of one statement.
const AT_ONCE: usize = 200;

fn numbers() -> Texts {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string().into_bytes()),
        (0u32..70, -2i128..3, any::<bool>()).prop_map(|(bits, by, negative)| {
            let number = (1i128 << bits) + by;
            if negative { -number } else { number }
                .to_string()
                .into_bytes()
        }),
        any::<f64>()
            .prop_filter("finite", |v| v.is_finite())
            .prop_map(|v| format!("{v:e}").into_bytes()),
        any::<f64>()
            .prop_filter("finite", |v| v.is_finite())
            .prop_map(|v| format!("{v:.19E}").into_bytes()),
        (any::<u64>(), -20i32..5).prop_map(|(n, exponent)| format!("{n}e{exponent}").into_bytes()),
        pattern("-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?"),
        pattern("0(\\.0{1,30})?[eE]3[0-4][0-9]"),
    ]
    .boxed()
}

fn strings() -> Texts {
    let character = prop_oneof![
        6 => proptest::char::range(' ', '~').prop_map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            other => other.to_string(),
        }),
        2 => any::<char>().prop_map(|c| match c {
            '"' | '\\' | '\0'..='\u{1f}' => format!("\\u{:04X}", u32::from(c)),
            other => other.to_string(),
        }),
        1 => any::<char>().prop_map(|c| {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units);
            units.iter().fold(String::new(), |mut text, unit| {
                write!(text, "\\u{unit:04x}").unwrap();
                text
            })
        }),
        1 => proptest::sample::select(&["\\b", "\\f", "\\n", "\\r", "\\t", "\\/", "\u{7f}", "\u{2028}"][..])
            .prop_map(str::to_owned),
    ];
    vec(character, 0..8)
        .prop_map(|parts| format!("\"{}\"", parts.concat()).into_bytes())
        .boxed()
}

/// Few names, so that some are repeated.
fn names() -> Texts {
    prop_oneof![3 => pattern("\"[abé]{0,3}\""), 1 => strings()].boxed()
}

fn blanks() -> Texts {
    pattern("[ \t\r\n]{0,2}")
}

fn documents() -> Texts {
    let scalar = prop_oneof![3 => numbers(), 3 => strings(), 1 => pattern("null|true|false")];
    scalar
        .prop_recursive(6, 40, 6, |inner| {
            let spaced = (blanks(), inner.clone(), blanks())
                .prop_map(|(a, value, b)| [a, value, b].concat());
            let array =
                vec(spaced, 0..6).prop_map(|items| [b"[", &items.join(&b',')[..], b"]"].concat());
            let member = (blanks(), names(), blanks(), inner, blanks())
                .prop_map(|(a, name, b, value, c)| [a, name, b, b":".to_vec(), value, c].concat());
            let object = vec(member, 0..6)
                .prop_map(|members| [b"{", &members.join(&b',')[..], b"}"].concat());
            prop_oneof![array, object]
        })
        .boxed()
}

fn hex(text: &[u8]) -> String {
    text.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Texts with one byte removed, doubled or changed: most are no JSON any more.
fn damaged(texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let damage = |(at, text): (usize, &Vec<u8>)| {
        let mut text = text.clone();
        if text.is_empty() {
            return text;
        }
        let place = (at * 7919) % text.len();
        match at % 3 {
            0 => drop(text.remove(place)),
            1 => text.insert(place, text[place]),
            _ => text[place] = b"{}[]\",:0-.e\\ux "[at / 3 % 15],
        }
        text
    };
    texts.iter().enumerate().map(damage).collect()
}

#[test]
fn documents_have_the_text_of_the_server() {
    let wanted = documents_to_compare();
    let scratch = Scratch::new(Server::MySQL);
    let texts = some(&documents(), wanted * 13 / 10, &mut runner());
    let (mut compared, mut rejected) = (0, 0);
    wait_for(async {
        let url = DatabaseUrl::parse(scratch.url()).unwrap();
        let mut connection = db::connect(&url).await.unwrap();
        connection
            .execute("CREATE TABLE j (id INT PRIMARY KEY, d JSON)")
            .await
            .unwrap();
        for texts in texts.chunks(AT_ONCE) {
            let ours: Vec<_> = texts
                .iter()
                .map(|text| clean::json::canonical(text))
                .collect();
            let mut rows = Vec::new();
            for (id, (text, ours)) in texts.iter().zip(&ours).enumerate() {
                if ours.is_ok() {
                    rows.push(format!("({id}, CONVERT(X'{}' USING utf8mb4))", hex(text)));
                }
            }
            connection.execute("DELETE FROM j").await.unwrap();
            let insert = format!("INSERT INTO j VALUES {}", rows.join(","));
            connection.execute(AssertSqlSafe(insert)).await.unwrap();
            let sql = "SELECT id, CAST(d AS CHAR), CAST(d AS CHAR) = CAST(CAST(d AS CHAR) AS JSON) FROM j";
            for row in connection.fetch_all(sql).await.unwrap() {
                let id: i32 = row.get(0);
                let theirs: String = row.get(1);
                let id = usize::try_from(id).unwrap();
                let text = String::from_utf8_lossy(&texts[id]);
                assert_eq!(ours[id].as_deref(), Ok(&theirs[..]), "{text}");
                compared += 1;
            }
            let damaged = damaged(texts);
            for texts in [texts, &damaged] {
                let valid: Vec<_> = texts
                    .iter()
                    .map(|text| format!("JSON_VALID(CONVERT(X'{}' USING utf8mb4))", hex(text)))
                    .collect();
                let sql = format!("SELECT {}", valid.join(","));
                let row = connection.fetch_one(AssertSqlSafe(sql)).await.unwrap();
                for (at, text) in texts.iter().enumerate() {
                    let theirs: Option<i64> = row.get(at);
                    let ours = clean::json::canonical(text);
                    rejected += usize::from(ours.is_err());
                    assert_eq!(
                        theirs.unwrap_or(0) == 1,
                        ours.is_ok(),
                        "{ours:?}: {}",
                        String::from_utf8_lossy(text)
                    );
                }
            }
        }
        db::close(connection).await;
    });
    assert!(compared >= wanted, "{compared} were compared");
    assert!(rejected > wanted / 10, "{rejected} were rejected");
}

/// Documents that MariaDB judges in its own way.
const ODD: [&str; 40] = [
    "1e400",
    "-1e400",
    "1.",
    "1.e5",
    "1e--5",
    "1e+-+5",
    "[-]",
    "[1e]",
    "[1e+]",
    "[-,1]",
    "-",
    "1e",
    "-0",
    "0e1",
    "[0e1]",
    "00",
    "01",
    "-01",
    "+1",
    ".5",
    "0.",
    "0.0e9",
    "{\"\ta\":1}",
    "{\"a\t\":1}",
    "{\" \\u0041\" :1}",
    "\"\\x\"",
    "\"\\\u{e9}\"",
    "\"\\u00e9\"",
    "\"\\u12\"",
    "\"\\ud83d\"",
    "\"\\ud83d\\n\"",
    "\"\\ude00\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\\u0041\"",
    "{\"a\":1,\"a\":2}",
    "{\"a\" 1}",
    "[1 2]",
    "\"\u{7f}\"",
    "\u{b}1",
    "1\u{e9}",
];

fn nested(levels: usize, (open, close): (&str, &str), inner: &str) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

/// Demands that MariaDB takes the same texts for JSON as we do. Returns how many are none.
async fn compare_with_mariadb(connection: &mut db::MySqlConnection, texts: &[Vec<u8>]) -> usize {
    let valid = texts.iter();
    let valid = valid.map(|text| format!("JSON_VALID(CONVERT(X'{}' USING utf8mb4))", hex(text)));
    let sql = format!("SELECT {}", valid.collect::<Vec<_>>().join(","));
    let row = connection.fetch_one(AssertSqlSafe(sql)).await.unwrap();
    let mut rejected = 0;
    for (at, text) in texts.iter().enumerate() {
        let theirs: Option<i64> = row.get(at);
        // bytes that are no text are rejected before
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        let ours = clean::json::check(text, Flavour::MariaDb);
        rejected += usize::from(ours.is_err());
        assert_eq!(theirs.unwrap_or(0) == 1, ours.is_ok(), "{ours:?}: {text:?}");
    }
    rejected
}

#[test]
fn texts_are_json_if_mariadb_says_so() {
    let wanted = documents_to_compare();
    let scratch = Scratch::new(Server::MariaDB);
    let texts = some(&documents(), wanted, &mut runner());
    let levels = (28..36).flat_map(|levels| {
        [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")]
            .map(|around| nested(levels, around, "1").into_bytes())
    });
    let odd: Vec<Vec<u8>> = ODD.iter().map(|text| text.as_bytes().to_vec()).collect();
    let odd: Vec<Vec<u8>> = odd.into_iter().chain(levels).collect();
    let mut rejected = 0;
    wait_for(async {
        let url = DatabaseUrl::parse(scratch.url()).unwrap();
        let mut connection = db::connect(&url).await.unwrap();
        compare_with_mariadb(&mut connection, &odd).await;
        compare_with_mariadb(&mut connection, &damaged(&odd)).await;
        for texts in texts.chunks(AT_ONCE) {
            compare_with_mariadb(&mut connection, texts).await;
            rejected += compare_with_mariadb(&mut connection, &damaged(texts)).await;
        }
        db::close(connection).await;
    });
    assert!(rejected > wanted / 10, "{rejected} were rejected");
}

on_both_servers! {
    fn check_and_seed_reject_the_same_json_by_one_rule(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, j JSON NOT NULL);
             CREATE TABLE u (id INT NOT NULL PRIMARY KEY, j VARCHAR(200), CHECK (JSON_VALID(j)));",
        );
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let deep = [nested(31, ("[", "]"), ""), nested(32, ("[", "]"), "")];
        let texts = ["{\"a\": [1, 2]}", "{\"a\"", "1e400", "1.", "\"\\x\"", &deep[0], &deep[1], "nul"];
        let rows: String = texts.iter().enumerate().map(|(id, text)| format!("{id},{}\n", quoted(text))).collect();
        for table in ["t", "u"] {
            files.put(table, format!("id,j\n{rows}"));
        }
        let (name, lines) = match server {
            Server::MySQL => ("mysql", vec![3, 4, 5, 6, 9]),
            Server::MariaDB => ("mariadb", vec![3, 8, 9]),
        };
        let expected: Vec<_> = lines.iter().map(|line| (*line, "not_json".to_owned())).collect();
        files.check(&["--max-rejects", "100%", "--for", name]).exits(1);
        for table in ["t", "u"] {
            assert_eq!(files.rejected(table), expected, "check: {table}");
        }
        let ran = files.check(&["--max-rejects", "100%"]).exits(1);
        ran.says("the JSON of t, u is checked by the rules of MySQL; for those of MariaDB, add --for mariadb");
        let scratch = Scratch::new(server);
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        for table in ["t", "u"] {
            assert_eq!(files.rejected(table), expected, "{table}");
            let reason = &files.reasons(table)[0];
            assert_eq!((reason.column.as_str(), reason.value.as_str()), ("j", texts[1]), "{table}");
            assert!(reason.message.contains("at byte 4 of the value"), "{reason:?}");
        }
        files.verify(&scratch).exits(0);
    }
}
