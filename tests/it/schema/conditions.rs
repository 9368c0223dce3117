//! Compiled CHECK conditions: their result equals that of the servers for each row.

use super::*;
use mysql_schema::quote::quote_literal;

/// A table for conditions, and rows with values at their borders; `None` is NULL.
const CONDITIONS_TABLE: &str = "CREATE TABLE t (id INT PRIMARY KEY, i INT, u BIGINT UNSIGNED, b BOOLEAN, n DECIMAL(30,2), d DATE, dt DATETIME(3), \
    c CHAR(12), s VARCHAR(20)) CHARSET utf8mb4 COLLATE utf8mb4_bin";

const CONDITIONS: [&str; 44] = [
    "i BETWEEN 1 AND 5",
    "i NOT BETWEEN 1 AND 5",
    "i > u",
    "u > -1",
    "u <= 18446744073709551615",
    "u < 18446744073709551616",
    "i = TRUE",
    "b AND b",
    "NOT b",
    "b OR i",
    "i IN (1, 2, NULL)",
    "i NOT IN (1, NULL)",
    "u IS NULL",
    "NOT (i IS NULL OR b)",
    "i < 2.5",
    "n > 1.005",
    "n = 1.5",
    "n < i",
    "n BETWEEN -0.5 AND 9007199254740993",
    "n IN (1, 1.50, 2)",
    "n <> u",
    "d = '2020-02-29'",
    "d > DATE '2019-12-31'",
    "'2020-01-01' <= d",
    "d BETWEEN '2020-01-01' AND '2020-12-31'",
    "d NOT BETWEEN '2020-01-01' AND '2020-12-31'",
    "d IN ('2020-02-29', '1999-12-31')",
    "dt > '2020-01-01'",
    "dt = '2020-01-01 00:00:00'",
    "dt < '2020-01-01 00:00:00.001'",
    "dt BETWEEN '2020-01-01' AND '2020-01-01 00:00:00.000'",
    "dt IN ('2020-01-01')",
    "dt >= TIMESTAMP '2020-01-01 00:00:00'",
    "s = 'a'",
    "s <> 'a '",
    "s IN ('a', 'Grüße')",
    "s = c",
    "c = 'a'",
    "CHAR_LENGTH(s) > 1",
    "CHAR_LENGTH(c) = 1",
    "CHARACTER_LENGTH(s) BETWEEN 2 AND 5 AND i IS NOT NULL",
    "s = 'it''s' OR s = 'back\\\\slash'",
    "i = 1 AND NULL",
    "i = NULL OR b",
];

on_both_servers! {
    async fn conditions_give_the_same_result_as_the_server_also_in_the_text_of_its_catalogue(server: Server) {
        use model::batch::Value;
        use mysql_schema::predicate::Predicate;
        const DAY: i64 = 86_400_000_000;
        let dates: [(i64, &str); 4] = [
            (18_321, "2020-02-29"),
            (18_262, "2020-01-01"),
            (10_956, "1999-12-31"),
            (18_628, "2021-01-01"),
        ];
        let texts = [
            "a",
            "a ",
            "A",
            "Grüße",
            "it's",
            "back\\slash",
            "",
            " ",
            "a\n",
        ];
        let decimals = [
            "1.50",
            "0.00",
            "-0.50",
            "9007199254740993.01",
            "1.00",
            "1.01",
            "2.00",
        ];
        let unsigned = [0_u64, 1, u64::MAX, 1 << 63];
        // every row: id, and each column's value walks at its own pace
        let row = |id: usize| -> Vec<Value<'static>> {
            let null = |every: usize, value: Value<'static>| {
                if id % every == every - 1 {
                    Value::Null
                } else {
                    value
                }
            };
            let micros = [0, 1_000, -1_000][id % 3];
            vec![
                Value::Int(id as i64),
                null(7, Value::Int(id as i64 % 8 - 1)),
                null(11, Value::UInt(unsigned[id % 4])),
                null(5, Value::Int((id % 2) as i64)),
                null(13, Value::Decimal(decimals[id % 7])),
                null(9, Value::Date(dates[id % 4].0)),
                null(10, Value::DateTime(18_262 * DAY + micros)),
                null(8, Value::Text(texts[id % 9].trim_end_matches(' '))),
                null(12, Value::Text(texts[(id / 2) % 9])),
            ]
        };
        let literal = |value: &Value, at: usize| match value {
            Value::Null => "NULL".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::UInt(number) => number.to_string(),
            Value::Decimal(digits) => (*digits).to_owned(),
            Value::Text(text) => quote_literal(text),
            Value::Date(days) => format!("'{}'", dates.iter().find(|(d, _)| d == days).unwrap().1),
            Value::DateTime(time) => format!(
                "'2020-01-01' + INTERVAL {} MICROSECOND",
                time - 18_262 * DAY
            ),
            other => panic!("{other:?} in column {at}"),
        };
        let mut scratch = Live::with_tables(server, CONDITIONS_TABLE).await;
        let rows: Vec<_> = (0..120).map(row).collect();
        let tuples: Vec<String> = rows
            .iter()
            .map(|row| {
                let values: Vec<String> = row
                    .iter()
                    .enumerate()
                    .map(|(at, value)| literal(value, at))
                    .collect();
                format!("({})", values.join(", "))
            })
            .collect();
        run(
            &mut scratch.connection,
            &format!("INSERT INTO t VALUES {}", tuples.join(", ")),
        )
        .await;
        for (number, condition) in CONDITIONS.iter().enumerate() {
            let sql = format!("SELECT CAST(({condition}) AS SIGNED) FROM t ORDER BY id");
            let decided: Vec<Option<i64>> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&mut scratch.connection)
                .await
                .unwrap();
            let decided: Vec<Option<bool>> =
                decided.iter().map(|truth| truth.map(|n| n != 0)).collect();
            // an empty copy with the condition as its CHECK: the words of the catalogue
            let copy = CONDITIONS_TABLE.replace(
                "TABLE t (",
                &format!("TABLE c{number} (CONSTRAINT ck{number} CHECK ({condition}), "),
            );
            run(&mut scratch.connection, &copy).await;
            let name = format!("c{number}");
            let database = scratch.url.database().to_owned();
            let schema = inspect_tables(&mut scratch.connection, &database, &[&name])
                .await
                .unwrap();
            let table = &schema.tables[0];
            for text in [*condition, &table.checks[0].expression] {
                let Some(predicate) = Predicate::compile(text, table) else {
                    // MySQL's catalogue is not to be trusted with letters beyond ASCII
                    assert!(
                        text.contains("_utf8mb4'Grüße'"),
                        "{server:?}: not compiled: {text}"
                    );
                    continue;
                };
                for (row, decided) in rows.iter().zip(&decided) {
                    assert_eq!(
                        predicate.evaluate(&|at| row[at]),
                        *decided,
                        "{server:?}: {text}: {row:?}"
                    );
                }
            }
        }
    }
}
