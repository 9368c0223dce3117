//! The schema on real servers: it is read from the file and from the catalogue, its indexes are
//! dropped and built again, and the reads of the service use them.

mod conditions;
mod connections;
mod examples;
mod files;
mod implicit_indexes;
mod name_case;
mod other_databases;
mod plans;
mod seeded;
mod special_indexes;
mod statements;
mod system_versioned;
mod tools;
mod which;

use model::schema::{ColumnType, Schema, Shape};
use mysql::db::{self, DatabaseUrl};
use mysql::inspect::{inspect, inspect_tables, scratch_name, scratch_schema};
use mysql_schema::parse::parse;
use reviews::SCHEMA;
use sqlx::AssertSqlSafe;

use crate::support::harness::{Scratch, Server, on_both_servers};

/// Every supported type and whatever else a table may have, in words that both servers take.
const EVERYTHING: &str = include_str!("schema/everything.sql");
const PARTITIONS: &str = "CREATE TABLE t (id INT NOT NULL, a INT, b VARCHAR(9), PRIMARY KEY (id), KEY (a)) CHARSET utf8mb4 \
    COLLATE utf8mb4_bin PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (9) COMMENT = ';', PARTITION p1 VALUES LESS THAN MAXVALUE)";

/// A database of its own, with one connection of ours.
struct Live {
    url: DatabaseUrl,
    // closed before the database goes
    connection: db::MySqlConnection,
    _scratch: Scratch,
}

impl Live {
    async fn new(server: Server) -> Live {
        Live::of(Scratch::new(server)).await
    }

    async fn of(scratch: Scratch) -> Live {
        let url = DatabaseUrl::parse(scratch.url()).unwrap();
        let connection = db::connect(&url).await.unwrap();
        Live {
            url,
            connection,
            _scratch: scratch,
        }
    }

    async fn with_tables(server: Server, sql: &str) -> Live {
        let mut live = Live::new(server).await;
        live.script(sql).await;
        live
    }

    async fn script(&mut self, sql: &str) {
        run(&mut self.connection, "SET foreign_key_checks = 0").await;
        for statement in mysql_schema::statements::split(sql, "test").unwrap() {
            run(&mut self.connection, statement.text).await;
        }
        run(&mut self.connection, db::SESSION).await;
    }

    async fn inspect(&mut self) -> Schema {
        inspect(&mut self.connection, self.url.database())
            .await
            .unwrap()
    }
}

async fn run(connection: &mut db::MySqlConnection, sql: &str) {
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

on_both_servers! {
    async fn the_schema_parsed_without_a_server_equals_the_catalogue(server: Server) {
        for (name, sql) in [("parse_default", SCHEMA), ("parse_everything", EVERYTHING), ("parse_partitions", PARTITIONS)] {
            let mut scratch = Live::with_tables(server, sql).await;
            let offline = comparable(parse(sql, name).unwrap());
            let live = comparable(scratch.inspect().await);
            for (offline, live) in offline.tables.iter().zip(&live.tables) {
                assert_eq!(offline.indexes, live.indexes, "{server:?}");
                for (offline, live) in offline.columns.iter().zip(&live.columns) {
                    assert_eq!(offline, live, "{server:?}");
                }
                assert_eq!(offline, live, "{server:?}");
            }
            assert_eq!(offline.tables.len(), live.tables.len());
        }
    }
}

on_both_servers! {
    async fn the_scratch_copy_equals_the_live_tables_exactly_and_is_dropped_afterwards(server: Server) {
        let mut scratch = Live::with_tables(server, EVERYTHING).await;
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
        assert_eq!(sorted(copy), sorted(live), "{server:?}");
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
    }
}

on_both_servers! {
    async fn a_statement_that_fails_on_the_server_is_named_by_its_line_and_leaves_nothing(server: Server) {
        let mut scratch = Live::new(server).await;
        let database = scratch.url.database().to_owned();
        let sql = "CREATE TABLE a (x INT);\n\nCREATE TABLE b (x INT, KEY (nowhere));";
        let error = scratch_schema(&mut scratch.connection, &database, sql, "my.sql")
            .await
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.starts_with("my.sql:3: this statement fails on the server: "),
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
    }
}

on_both_servers! {
    async fn a_spatial_type_is_read_and_only_tables_that_are_asked_for_are(server: Server) {
        let sql = "CREATE TABLE good (x INT); CREATE TABLE bad (x INT, place POINT); CREATE TABLE _reviewseed_runs (b BLOB)";
        let mut scratch = Live::with_tables(server, sql).await;
        let database = scratch.url.database().to_owned();
        let all = scratch.inspect().await;
        let names: Vec<&str> = all.tables.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["bad", "good"]);
        let kind = ColumnType::Geometry { shape: Shape::Point, srid: None };
        assert_eq!(all.tables[0].columns[1].kind, kind);
        let schema = inspect_tables(&mut scratch.connection, &database, &["good", "absent"])
            .await
            .unwrap();
        assert_eq!(schema.tables.len(), 1);
    }
}
