//! The server also rejects the values that we reject, or the documentation says why it does not.

use std::fs;
use std::path::Path;

use model::rejection::Rule;
use model::schema::{Column, ColumnType};
use mysql::db::{self, DatabaseUrl};
use mysql::verify::checksum;
use mysql_schema::quote::quote_literal;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::kinds::{Kind, kinds, runner, some};
use super::more_kinds::more_kinds;
use super::{judged, table_of, tried};
use crate::support::harness::{Scratch, Server, on_both_servers, wait_for};

/// A text as an SQL literal, whatever its bytes.
fn literal(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => quote_literal(text),
        Err(_) => format!(
            "_utf8mb4 X'{}'",
            text.iter().map(|b| format!("{b:02x}")).collect::<String>()
        ),
    }
}

/// What the server makes of a text by itself: the hash of what it stores, or why it does not, or
/// would change it.
async fn stored(
    connection: &mut db::MySqlConnection,
    column: &Column,
    text: &[u8],
) -> Result<u32, String> {
    let insert = format!(
        "INSERT INTO kinds (`{}`) VALUES ({})",
        column.name,
        literal(text)
    );
    connection.execute("DELETE FROM kinds").await.unwrap();
    connection
        .execute(AssertSqlSafe(insert))
        .await
        .map_err(|e| e.to_string())?;
    let warning = connection
        .fetch_optional("SHOW WARNINGS LIMIT 1")
        .await
        .unwrap();
    if let Some(warning) = warning {
        return Err(format!("note: {}", warning.get_unchecked::<String, _>(2)));
    }
    let (rows, sum) = checksum(connection, "kinds", &[column]).await.unwrap();
    assert_eq!(rows, 1);
    Ok(sum as u32)
}

/// The words of docs/types.md that say why a text is rejected although the server would accept
/// it, or interprets it differently.
fn documented(column: &Column, text: &[u8], ours: &Result<u32, Rule>) -> Option<&'static str> {
    use ColumnType as T;
    let trimmed = text.trim_ascii();
    let shown = String::from_utf8_lossy(trimmed);
    let means = if column.kind.is_text() { text } else { trimmed };
    let digits = !trimmed.is_empty() && trimmed.iter().all(u8::is_ascii_digit);
    let fraction = shown.contains(['.', ',']);
    let zone = shown
        .get(11..)
        .is_some_and(|time| time.contains(['+', '-', 'Z', 'G']));
    let null = means.is_empty() || means == b"\\N" || means.eq_ignore_ascii_case(b"null");
    let blank_end = text
        .last()
        .is_some_and(|b| b.is_ascii_whitespace() || *b == 0x0b);
    Some(match (&column.kind, ours) {
        _ if column.nullable && null => "NULL in a nullable column",
        (T::Integer { .. }, Err(Rule::NotAnInteger)) if shown.contains('E') => {
            "may have cut off the other digits"
        }
        (T::Integer { .. }, Err(Rule::NotAnInteger)) if shown.contains(['.', 'e']) => {
            "rounds `1.5`"
        }
        (T::Boolean, Err(_)) => "accepts -128 to 127",
        (T::Decimal { .. }, Err(Rule::OutOfRange)) => "rounds digits",
        (T::DateTime { .. } | T::Timestamp { .. } | T::Date, _) if digits => "digits alone",
        (T::DateTime { .. } | T::Date, Err(Rule::OutOfRange)) if shown.starts_with('0') => {
            "before the year 1000"
        }
        (T::DateTime { .. } | T::Timestamp { .. } | T::Date, Err(Rule::NotATimestamp)) => {
            "Other separators"
        }
        (T::DateTime { .. } | T::Timestamp { .. } | T::Date, _) if zone => {
            "Times with a zone are converted"
        }
        (T::DateTime { .. } | T::Timestamp { .. } | T::Time { .. }, _) if fraction => {
            "MariaDB itself would truncate them"
        }
        (T::Date, Ok(_)) if fraction => "possibly to the next day",
        (T::Time { .. }, Err(Rule::MissingValue)) if means.is_empty() => {
            "which MySQL reads as midnight"
        }
        (T::Time { .. }, Err(Rule::NotATime)) => "`1112`",
        (T::Year, Err(_)) => "two digits",
        (T::Char { .. } | T::VarChar { .. } | T::Text { .. }, Err(Rule::TooLong)) if blank_end => {
            "removes excess trailing blanks"
        }
        (kind, _) if kind.is_binary() => "the bytes of any text",
        (T::Bit { .. }, _) => "the bytes of the digits",
        (T::Set { .. }, Err(_)) if digits => "sum of members",
        (T::Set { .. }, Err(_)) if shown.contains("cafe") => "`cafe`",
        (
            T::Float {
                digits: Some(_), ..
            }
            | T::Double {
                digits: Some(_), ..
            },
            Err(Rule::OutOfRange),
        ) => "rounds to D digits",
        (T::Inet4 | T::Inet6, Err(_))
            if shown.contains(".0") || shown.starts_with('0') || shown.contains(":0") =>
        {
            "leading zeros"
        }
        (T::Inet6, Err(_)) if shown.contains('.') => "an IPv4 address in an INET6",
        (T::Uuid, Err(_)) => "dashes at any place",
        (T::Enum { .. }, Err(_)) if digits => "position of a member",
        (T::Enum { .. }, Err(_)) if shown == "cafe" || shown == "GRÖSSE" => "`cafe`",
        (T::Double { .. } | T::Float { .. }, Ok(_)) if shown.starts_with('-') => "minus zero",
        _ => return None,
    })
}

on_both_servers! {
    long
    /// Each text by itself, as a literal in a strict INSERT: rejected by us is rejected by the
    /// server, or documented; taken as it is by both means the same to both, or is documented.
    fn rejected_values_are_rejected_by_the_server_too_or_documented(server: Server) {
        rejected_values_are_rejected(server, kinds());
    }
}

on_both_servers! {
    long
    fn bytes_bits_sets_and_the_like_are_rejected_by_the_server_too_or_documented(server: Server) {
        rejected_values_are_rejected(server, more_kinds(server));
    }
}

fn rejected_values_are_rejected(server: Server, kinds: Vec<Kind>) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/types.md");
    let docs = fs::read_to_string(docs).unwrap();
    let docs = docs.split_whitespace().collect::<Vec<_>>().join(" ");
    let scratch = Scratch::new(server);
    let mut runner = runner();
    let mut wrong = Vec::new();
    wait_for(async {
        let url = DatabaseUrl::parse(scratch.url()).unwrap();
        let mut connection = db::connect(&url).await.unwrap();
        for kind in kinds {
            let texts = some(&kind.texts, tried(), &mut runner);
            for nullable in ["NULL", "NOT NULL"] {
                let sql = format!(
                    "CREATE TABLE kinds (v {} {nullable}) CHARSET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
                    kind.sql
                );
                let column = &table_of(&sql).columns[0];
                connection
                    .execute("DROP TABLE IF EXISTS kinds")
                    .await
                    .unwrap();
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
                connection.execute("BEGIN").await.unwrap();
                for text in &texts {
                    let theirs = stored(&mut connection, column, text).await;
                    if let Some(difference) = undocumented(column, text, &theirs, &docs) {
                        wrong.push(format!("{} {nullable}: {difference}", kind.sql));
                    }
                }
                connection.execute("ROLLBACK").await.unwrap();
            }
        }
        db::close(connection).await;
    });
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The difference between us and the server, unless the docs have words for it.
fn undocumented(
    column: &Column,
    text: &[u8],
    theirs: &Result<u32, String>,
    docs: &str,
) -> Option<String> {
    let ours = judged(column, text);
    let fine = match (&ours, theirs) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        // a value that the server rejects in this spelling is sent in another
        (Ok(_), Err(_)) | (Err(_), Err(_)) => true,
        (Err(_), Ok(_)) => false,
    };
    // with a note the value is stored, but changed
    let changed = ours.is_err() && matches!(theirs, Err(e) if e.starts_with("note"));
    if fine && !changed {
        return None;
    }
    match documented(column, text, &ours) {
        Some(words) if docs.contains(words) => None,
        _ => Some(format!(
            "{:?} {ours:?} {theirs:?}",
            String::from_utf8_lossy(text)
        )),
    }
}
