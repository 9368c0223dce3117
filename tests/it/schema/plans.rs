//! Plans of `reindex` on real servers: dropped indexes are built again, failures, definitions that
//! only a server can parse, and the reads of the service.

use model::schema::IndexKind;
use mysql::apply::run as run_statements;
use mysql::apply::{Event, Settings};
use mysql::db::Database;
use mysql_schema::diff::{deferral, diff};

use super::*;

const SETTINGS: Settings = Settings {
    jobs: 3,
    cores: 4,
    memory: 64 << 20,
};

on_both_servers! {
    async fn what_is_dropped_before_the_load_is_built_again_by_the_diff(server: Server) {
        for sql in [SCHEMA, EVERYTHING] {
            let mut scratch = Live::with_tables(server, sql).await;
            let before = scratch.inspect().await;
            let drops = deferral(&before, |_, index| index.kind == IndexKind::Unique);
            run_statements(&Database::new(scratch.url.clone()), &drops, SETTINGS, &|_| ())
                .await
                .unwrap();
            let stripped = scratch.inspect().await;
            assert!(
                stripped
                    .tables
                    .iter()
                    .all(|table| table.foreign_keys.is_empty()),
                "{server:?}"
            );
            assert!(
                stripped
                    .tables
                    .iter()
                    .flat_map(|t| &t.indexes)
                    .all(|i| matches!(i.kind, IndexKind::Primary | IndexKind::Unique)),
                "{server:?}"
            );
            let plan = diff(&stripped, &before);
            assert!(
                plan.differences.is_empty(),
                "{server:?}: {:?}",
                plan.differences
            );
            let started = std::sync::Mutex::new(0);
            let database = Database::new(scratch.url.clone());
            let on_event = |event: Event<'_>| {
                if let Event::Started(_) = event {
                    *started.lock().unwrap() += 1;
                }
            };
            let statements = plan.statements();
            let times = run_statements(&database, &statements, SETTINGS, &on_event).await.unwrap();
            assert_eq!(*started.lock().unwrap(), plan.statements().len());
            assert!(!times.is_empty());
            let after = scratch.inspect().await;
            assert_eq!(after, before, "{server:?}");
            assert!(diff(&after, &before).is_empty());
            let offline = diff(&after, &parse(sql, "x.sql").unwrap());
            let told: Vec<String> = offline
                .differences
                .iter()
                .map(ToString::to_string)
                .collect();
            assert!(
                offline.is_empty(),
                "{server:?}: {told:?} {:?}",
                offline.changes
            );
        }
    }
}

on_both_servers! {
    async fn an_index_that_cannot_be_built_is_named_and_leaves_the_others_built(server: Server) {
        let sql = "CREATE TABLE a (x INT, UNIQUE ux (x)); CREATE TABLE b (x INT, KEY kx (x)); CREATE TABLE c (x INT, KEY kx (x));";
        let mut scratch = Live::with_tables(server, "CREATE TABLE a (x INT); CREATE TABLE b (x INT); CREATE TABLE c (x INT)",
        )
        .await;
        run(&mut scratch.connection, "INSERT INTO a VALUES (7), (7)").await;
        let wanted = parse(sql, "x.sql").unwrap();
        let plan = diff(&scratch.inspect().await, &wanted);
        let error = run_statements(&Database::new(scratch.url.clone()), &plan.statements(), SETTINGS, &|_| ())
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
        assert_eq!(error.code(), Some(1062));
        assert_eq!(diff(&scratch.inspect().await, &wanted).changes.len(), 1);
    }
}

/// The reads of the service, and the indexes that each must use (in the order of its tables).
const READS: [(&str, &str, &[&str]); 7] = [
    (
        "list-newest",
        include_str!("../../../queries/list-newest.sql"),
        &["reviews_newest"],
    ),
    (
        "list-helpful",
        include_str!("../../../queries/list-helpful.sql"),
        &["reviews_helpful"],
    ),
    (
        "list-relevant",
        include_str!("../../../queries/list-relevant.sql"),
        &["reviews_helpful"],
    ),
    (
        "list-photos",
        include_str!("../../../queries/list-photos.sql"),
        &["reviews_photos_review"],
    ),
    (
        "meta-ratings",
        include_str!("../../../queries/meta-ratings.sql"),
        &["reviews_newest"],
    ),
    (
        "meta-recommended",
        include_str!("../../../queries/meta-recommended.sql"),
        &["reviews_newest"],
    ),
    (
        "meta-characteristics",
        include_str!("../../../queries/meta-characteristics.sql"),
        &["characteristics_product", "characteristic_reviews_value"],
    ),
];

on_both_servers! {
    async fn each_read_of_the_service_uses_its_index_without_a_sort(server: Server) {
        use sqlx::Row;
        let mut scratch = Live::with_tables(server, SCHEMA).await;
        scratch.script(include_str!("some-thousand-rows.sql")).await;
        for (name, sql, indexes) in READS {
            // placeholders of pages are 0, those of products and reviews 100
            let statements = mysql_schema::statements::split(sql, name).unwrap();
            assert_eq!(statements.len(), 1, "{name}");
            let sql = statements[0]
                .text
                .replace("OFFSET ?", "OFFSET 0")
                .replace('?', "100");
            let format = match server == Server::MariaDB {
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
            assert_eq!(used, indexes, "{server:?} {name}");
            for extra in extra {
                assert!(!extra.contains("filesort"), "{server:?} {name}: {extra}");
                assert!(
                    !name.starts_with("meta") || extra.contains("Using index"),
                    "{server:?} {name}: {extra}"
                );
                assert!(
                    !name.starts_with("list") || !extra.contains("temporary"),
                    "{server:?} {name}: {extra}"
                );
            }
        }
    }
}

on_both_servers! {
    async fn invisible_and_functional_keys_are_planned_from_a_scratch_copy(server: Server) {
        let functional = match server == Server::MariaDB {
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
            Live::with_tables(server, &table("KEY shown (a)")).await;
        let database = scratch.url.database().to_owned();
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
        run_statements(&Database::new(scratch.url.clone()), &plan.statements(), SETTINGS, &|_| ()).await.unwrap();
        let after = scratch.inspect().await;
        assert_eq!(after, wanted, "{server:?}");
        assert!(
            !after.tables[0]
                .indexes
                .iter()
                .find(|index| index.name == "hidden")
                .unwrap()
                .visible
        );
    }
}
