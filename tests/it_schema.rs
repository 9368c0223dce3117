//! The schema on real servers: read offline and from the catalogue, dropped and built again, used by the reads it is for.
//!
//! REVIEWSEED_TEST_MYSQL_URL and REVIEWSEED_TEST_MARIADB_URL name the two servers, with an account that may create databases.

use reviewseed::db::{self, DatabaseUrl, Flavour};
use reviewseed::schema::apply::{Event, Settings, apply, run as run_statements};
use reviewseed::schema::diff::{deferral, diff};
use reviewseed::schema::inspect::{inspect, inspect_tables, scratch_name, scratch_schema};
use reviewseed::schema::parse::parse;
use reviewseed::schema::{DEFAULT, IndexKind, Schema};
use sqlx::{AssertSqlSafe, MySqlConnection};

const SERVERS: [&str; 2] = ["REVIEWSEED_TEST_MYSQL_URL", "REVIEWSEED_TEST_MARIADB_URL"];

/// Every supported type and whatever else a table may have, in words that both servers take.
const EVERYTHING: &str = include_str!("schema/everything.sql");

/// A database of its own on one of the servers.
struct Scratch {
    url: DatabaseUrl,
    connection: MySqlConnection,
}

impl Scratch {
    async fn new(server: &str, name: &str) -> Scratch {
        let url = std::env::var(server).unwrap_or_else(|_| panic!("{server} is not set"));
        let url = DatabaseUrl::parse(&url).unwrap();
        let mut connection = db::connect(&url.server()).await.unwrap();
        let url = url.with_database(&format!("it_schema_{name}"));
        let quoted = db::quote_identifier(url.database());
        run(
            &mut connection,
            &format!("DROP DATABASE IF EXISTS {quoted}"),
        )
        .await;
        run(&mut connection, &format!("CREATE DATABASE {quoted}")).await;
        let connection = db::connect(&url).await.unwrap();
        Scratch { url, connection }
    }

    async fn with_tables(server: &str, name: &str, sql: &str) -> Scratch {
        let mut scratch = Scratch::new(server, name).await;
        scratch.script(sql).await;
        scratch
    }

    async fn script(&mut self, sql: &str) {
        run(&mut self.connection, "SET foreign_key_checks = 0").await;
        for statement in reviewseed::schema::statements::split(sql, "test").unwrap() {
            run(&mut self.connection, statement.text).await;
        }
        run(&mut self.connection, db::SESSION).await;
    }

    async fn inspect(&mut self) -> Schema {
        inspect(&mut self.connection, self.url.database())
            .await
            .unwrap()
    }

    async fn drop(mut self) {
        let quoted = db::quote_identifier(self.url.database());
        run(&mut self.connection, &format!("DROP DATABASE {quoted}")).await;
        db::close(self.connection).await;
    }
}

async fn run(connection: &mut MySqlConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql:.300}"));
}

/// Leaves out what the two producers may say differently: the text of CHECKs and of expressions.
fn comparable(mut schema: Schema) -> Schema {
    schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    for table in &mut schema.tables {
        for check in &mut table.checks {
            check.expression.clear();
        }
    }
    schema
}

#[tokio::test]
async fn the_schema_read_offline_equals_what_the_server_made_of_it() {
    for server in SERVERS {
        for (name, sql) in [("parse_default", DEFAULT), ("parse_everything", EVERYTHING)] {
            let mut scratch = Scratch::with_tables(server, name, sql).await;
            let offline = comparable(parse(sql, name).unwrap());
            let live = comparable(scratch.inspect().await);
            for (offline, live) in offline.tables.iter().zip(&live.tables) {
                assert_eq!(offline.indexes, live.indexes, "{server}");
                for (offline, live) in offline.columns.iter().zip(&live.columns) {
                    assert_eq!(offline, live, "{server}");
                }
                assert_eq!(offline, live, "{server}");
            }
            assert_eq!(offline.tables.len(), live.tables.len());
            scratch.drop().await;
        }
    }
}

#[tokio::test]
async fn the_scratch_copy_equals_the_live_tables_to_the_letter_and_is_gone_afterwards() {
    for server in SERVERS {
        let mut scratch = Scratch::with_tables(server, "scratch", EVERYTHING).await;
        let database = scratch.url.database().to_owned();
        let copy = scratch_schema(&mut scratch.connection, &database, EVERYTHING, "e.sql")
            .await
            .unwrap();
        let live = scratch.inspect().await;
        let sorted = |mut schema: Schema| {
            schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
            schema
        };
        let names = |schema: &Schema| {
            schema
                .tables
                .iter()
                .map(|t| t.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&copy), names(&parse(EVERYTHING, "e.sql").unwrap()));
        assert_eq!(sorted(copy), sorted(live), "{server}");
        let gone: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
        )
        .bind(scratch_name(&database))
        .fetch_one(&mut scratch.connection)
        .await
        .unwrap();
        assert_eq!(gone, 0);
        let here: String = sqlx::query_scalar("SELECT DATABASE()")
            .fetch_one(&mut scratch.connection)
            .await
            .unwrap();
        assert_eq!(here, database);
        scratch.drop().await;
    }
}

#[tokio::test]
async fn a_statement_that_the_server_refuses_is_named_by_its_line_and_leaves_nothing_behind() {
    for server in SERVERS {
        let mut scratch = Scratch::new(server, "refused").await;
        let database = scratch.url.database().to_owned();
        let sql = "CREATE TABLE a (x INT);\n\nCREATE TABLE b (x INT, KEY (nowhere));";
        let error = scratch_schema(&mut scratch.connection, &database, sql, "my.sql")
            .await
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with("my.sql:3: the server refuses this statement: "),
            "{text}"
        );
        assert!(text.contains("nowhere"), "{text}");
        let left: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
        )
        .bind(scratch_name(&database))
        .fetch_one(&mut scratch.connection)
        .await
        .unwrap();
        assert_eq!(left, 0);
        scratch.drop().await;
    }
}

#[tokio::test]
async fn an_unsupported_type_matters_only_where_the_table_is_asked_for() {
    for server in SERVERS {
        let sql = "CREATE TABLE good (x INT); CREATE TABLE bad (x INT, place POINT); CREATE TABLE _reviewseed_runs (b BLOB)";
        let mut scratch = Scratch::with_tables(server, "unsupported", sql).await;
        let database = scratch.url.database().to_owned();
        let error = inspect(&mut scratch.connection, &database)
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains(".bad.place has type point, which is not supported"),
            "{error}"
        );
        let schema = inspect_tables(&mut scratch.connection, &database, &["good", "absent"])
            .await
            .unwrap();
        assert_eq!(schema.tables.len(), 1);
        scratch.drop().await;
    }
}

#[tokio::test]
async fn both_clients_get_the_same_session_whatever_the_server_s_defaults() {
    const ASK: &str = "SELECT CONCAT_WS('|', @@sql_mode, @@time_zone, @@character_set_client, @@character_set_results, \
        @@collation_connection, @@autocommit = 1, @@foreign_key_checks = 1, @@unique_checks = 1)";
    for server in SERVERS {
        let mut scratch = Scratch::new(server, "session").await;
        use mysql_async::prelude::Queryable;
        let mut bulk = db::connect_bulk(&scratch.url).await.unwrap();
        let of_bulk: String = bulk.query_first(ASK).await.unwrap().unwrap();
        let of_sqlx: String = sqlx::query_scalar(ASK)
            .fetch_one(&mut scratch.connection)
            .await
            .unwrap();
        assert_eq!(of_bulk, of_sqlx);
        assert!(
            of_sqlx.contains("STRICT_ALL_TABLES") && !of_sqlx.contains("PIPES_AS_CONCAT"),
            "{of_sqlx}"
        );
        assert!(
            of_sqlx.ends_with("|+00:00|utf8mb4|utf8mb4|utf8mb4_unicode_520_ci|1|1|1"),
            "{of_sqlx}"
        );
        bulk.disconnect().await.unwrap();
        let info = db::ServerInfo::read(&mut scratch.connection).await.unwrap();
        let expected = match server.contains("MARIADB") {
            true => Flavour::MariaDb,
            false => Flavour::MySql,
        };
        assert_eq!(info.flavour, expected);
        scratch.drop().await;
    }
}

const SETTINGS: Settings = Settings {
    jobs: 3,
    cores: 4,
    memory: 64 << 20,
};

#[tokio::test]
async fn what_is_dropped_before_the_load_is_built_again_by_the_diff() {
    for server in SERVERS {
        for (name, sql) in [("round_default", DEFAULT), ("round_everything", EVERYTHING)] {
            let mut scratch = Scratch::with_tables(server, name, sql).await;
            let before = scratch.inspect().await;
            let drops = deferral(&before, |_, index| index.kind == IndexKind::Unique);
            run_statements(&scratch.url, &drops, SETTINGS, &|_| ())
                .await
                .unwrap();
            let stripped = scratch.inspect().await;
            assert!(
                stripped
                    .tables
                    .iter()
                    .all(|table| table.foreign_keys.is_empty()),
                "{server}"
            );
            assert!(
                stripped
                    .tables
                    .iter()
                    .flat_map(|t| &t.indexes)
                    .all(|i| matches!(i.kind, IndexKind::Primary | IndexKind::Unique)),
                "{server}"
            );
            let plan = diff(&stripped, &before);
            assert!(
                plan.differences.is_empty(),
                "{server}: {:?}",
                plan.differences
            );
            let started = std::sync::Mutex::new(0);
            let times = apply(&scratch.url, &plan, SETTINGS, |event| {
                if let Event::Started(_) = event {
                    *started.lock().unwrap() += 1;
                }
            });
            let times = times.await.unwrap();
            assert_eq!(*started.lock().unwrap(), plan.statements().len());
            assert!(!times.is_empty());
            let after = scratch.inspect().await;
            assert_eq!(after, before, "{server}");
            assert!(diff(&after, &before).is_empty());
            let offline = diff(&after, &parse(sql, "x.sql").unwrap());
            let told: Vec<String> = offline
                .differences
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(
                offline.is_empty(),
                "{server}: {told:?} {:?}",
                offline.changes
            );
            scratch.drop().await;
        }
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_built_is_named_and_leaves_the_others_built() {
    for server in SERVERS {
        let sql = "CREATE TABLE a (x INT, UNIQUE ux (x)); CREATE TABLE b (x INT, KEY kx (x)); CREATE TABLE c (x INT, KEY kx (x));";
        let mut scratch = Scratch::with_tables(
            server,
            "failing",
            "CREATE TABLE a (x INT); CREATE TABLE b (x INT); CREATE TABLE c (x INT)",
        )
        .await;
        run(&mut scratch.connection, "INSERT INTO a VALUES (7), (7)").await;
        let wanted = parse(sql, "x.sql").unwrap();
        let plan = diff(&scratch.inspect().await, &wanted);
        let error = apply(&scratch.url, &plan, SETTINGS, |_| ())
            .await
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with(
                "cannot change the table a: ALTER TABLE `a` ADD UNIQUE INDEX `ux` (`x`): "
            ),
            "{text}"
        );
        assert!(text.contains("Duplicate entry '7'"), "{text}");
        assert_eq!(db::server_error_code(&error), Some(1062));
        assert_eq!(diff(&scratch.inspect().await, &wanted).changes.len(), 1);
        scratch.drop().await;
    }
}

/// The reads of the service, and the indexes that each must use (in the order of its tables).
const READS: [(&str, &str, &[&str]); 7] = [
    (
        "list-newest",
        include_str!("../queries/list-newest.sql"),
        &["reviews_newest"],
    ),
    (
        "list-helpful",
        include_str!("../queries/list-helpful.sql"),
        &["reviews_helpful"],
    ),
    (
        "list-relevant",
        include_str!("../queries/list-relevant.sql"),
        &["reviews_helpful"],
    ),
    (
        "list-photos",
        include_str!("../queries/list-photos.sql"),
        &["reviews_photos_review"],
    ),
    (
        "meta-ratings",
        include_str!("../queries/meta-ratings.sql"),
        &["reviews_newest"],
    ),
    (
        "meta-recommended",
        include_str!("../queries/meta-recommended.sql"),
        &["reviews_newest"],
    ),
    (
        "meta-characteristics",
        include_str!("../queries/meta-characteristics.sql"),
        &["characteristics_product", "characteristic_reviews_value"],
    ),
];

#[tokio::test]
async fn each_read_of_the_service_uses_its_index_without_a_sort() {
    use sqlx::Row;
    for server in SERVERS {
        let mut scratch = Scratch::with_tables(server, "reads", DEFAULT).await;
        scratch
            .script(include_str!("schema/some-thousand-rows.sql"))
            .await;
        for (name, sql, indexes) in READS {
            // placeholders of pages are 0, those of products and reviews 100
            let statements = reviewseed::schema::statements::split(sql, name).unwrap();
            assert_eq!(statements.len(), 1, "{name}");
            let sql = statements[0]
                .text
                .replace("OFFSET ?", "OFFSET 0")
                .replace('?', "100");
            let format = match server.contains("MARIADB") {
                true => "",
                false => "FORMAT = TRADITIONAL ",
            };
            let sql = format!("EXPLAIN {format}{sql}");
            let plan = sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_all(&mut scratch.connection)
                .await
                .unwrap();
            let used: Vec<String> = plan
                .iter()
                .map(|row| {
                    row.get_unchecked::<Option<String>, _>("key")
                        .unwrap_or_default()
                })
                .collect();
            let extra: Vec<String> = plan
                .iter()
                .map(|row| {
                    row.get_unchecked::<Option<String>, _>("Extra")
                        .unwrap_or_default()
                })
                .collect();
            assert_eq!(used, indexes, "{server} {name}");
            for extra in extra {
                assert!(!extra.contains("filesort"), "{server} {name}: {extra}");
                assert!(
                    !name.starts_with("meta") || extra.contains("Using index"),
                    "{server} {name}: {extra}"
                );
                assert!(
                    !name.starts_with("list") || !extra.contains("temporary"),
                    "{server} {name}: {extra}"
                );
            }
        }
        scratch.drop().await;
    }
}

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

#[tokio::test]
async fn conditions_come_out_as_the_server_decides_them_in_its_own_words_too() {
    use reviewseed::batch::Value;
    use reviewseed::schema::predicate::Predicate;
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
        Value::Text(text) => db::quote_literal(text),
        Value::Date(days) => format!("'{}'", dates.iter().find(|(d, _)| d == days).unwrap().1),
        Value::DateTime(time) => format!(
            "'2020-01-01' + INTERVAL {} MICROSECOND",
            time - 18_262 * DAY
        ),
        other => panic!("{other:?} in column {at}"),
    };
    for server in SERVERS {
        let mut scratch = Scratch::with_tables(server, "conditions", CONDITIONS_TABLE).await;
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
                        "{server}: not compiled: {text}"
                    );
                    continue;
                };
                for (row, decided) in rows.iter().zip(&decided) {
                    assert_eq!(
                        predicate.evaluate(&|at| row[at]),
                        *decided,
                        "{server}: {text}: {row:?}"
                    );
                }
            }
        }
        scratch.drop().await;
    }
}

#[tokio::test]
async fn what_only_a_server_can_read_is_planned_from_its_scratch_copy() {
    for server in SERVERS {
        let functional = match server.contains("MARIADB") {
            true => "",
            false => ", KEY upper_a ((UPPER(a)) DESC, b), d VARCHAR(9) DEFAULT (CONCAT('x', 'ß'))",
        };
        let table = |keys: &str| {
            format!(
                "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(9), b INT, {keys}) PARTITION BY HASH (id) PARTITIONS 2"
            )
        };
        let sql = table(&format!(
            "KEY hidden (b) COMMENT 'it''s' /*!80000 INVISIBLE */ /*M! IGNORED */, KEY shown (b, a(3)){functional}"
        ));
        let mut scratch =
            Scratch::with_tables(server, "server_reads", &table("KEY shown (a)")).await;
        let database = scratch.url.database().to_owned();
        assert!(parse(&sql, "p.sql").is_err());
        let wanted = scratch_schema(&mut scratch.connection, &database, &sql, "p.sql")
            .await
            .unwrap();
        let plan = diff(&scratch.inspect().await, &wanted);
        let told: Vec<String> = plan.differences.iter().map(ToString::to_string).collect();
        assert_eq!(
            told.last().unwrap(),
            "index \"shown\" on t is INDEX `shown` (`a`), not INDEX `shown` (`b`, `a`(3))"
        );
        run(&mut scratch.connection, "ALTER TABLE t DROP INDEX shown").await;
        if !functional.is_empty() {
            run(
                &mut scratch.connection,
                "ALTER TABLE t ADD d VARCHAR(9) DEFAULT (CONCAT('x', 'ß'))",
            )
            .await;
        }
        let plan = diff(&scratch.inspect().await, &wanted);
        apply(&scratch.url, &plan, SETTINGS, |_| ()).await.unwrap();
        let after = scratch.inspect().await;
        assert_eq!(after, wanted, "{server}");
        assert!(
            !after.tables[0]
                .indexes
                .iter()
                .find(|index| index.name == "hidden")
                .unwrap()
                .visible
        );
        scratch.drop().await;
    }
}

#[tokio::test]
async fn an_ordinary_account_with_a_password_connects_by_both_clients_and_may_lack_the_scratch_database()
 {
    for server in SERVERS {
        let mut scratch = Scratch::new(server, "account").await;
        let database = scratch.url.database().to_owned();
        for sql in [
            "DROP USER IF EXISTS 'it schema'@'localhost'",
            "CREATE USER 'it schema'@'localhost' IDENTIFIED BY 'p@ss/w:rd'",
            "GRANT ALL ON `it\\_schema\\_account`.* TO 'it schema'@'localhost'",
        ] {
            run(&mut scratch.connection, sql).await;
        }
        let shown = scratch.url.with_password_shown();
        let rest = shown.split_once('@').unwrap().1;
        let account =
            DatabaseUrl::parse(&format!("mysql://it%20schema:p%40ss%2Fw%3Ard@{rest}")).unwrap();
        // the first log-in of an account takes another way than the later ones
        db::close(db::connect(&account).await.unwrap()).await;
        run(&mut scratch.connection, "FLUSH PRIVILEGES").await;
        db::connect_bulk(&account)
            .await
            .unwrap()
            .disconnect()
            .await
            .unwrap();
        let mut connection = db::connect(&account).await.unwrap();
        let error = scratch_schema(&mut connection, &database, DEFAULT, "schema.sql")
            .await
            .unwrap_err();
        assert_eq!(db::server_error_code(&error), Some(1044), "{error:#}");
        assert!(
            format!("{error:#}").starts_with("cannot create the scratch database"),
            "{error:#}"
        );
        let wrong = DatabaseUrl::parse(&format!("mysql://it%20schema:s3cret@{rest}")).unwrap();
        for error in [
            db::connect(&wrong).await.unwrap_err(),
            db::connect_bulk(&wrong).await.unwrap_err(),
        ] {
            let text = format!("{error:#}");
            assert!(
                text.contains("are user and password right?") && !text.contains("s3cret"),
                "{text}"
            );
        }
        run(&mut scratch.connection, "DROP USER 'it schema'@'localhost'").await;
        scratch.drop().await;
    }
}
