//! Plans as data: what is missing, what is different, what the SQL is.

use super::*;
use crate::schema::parse::parse;
use crate::schema::{DEFAULT, IndexKind};

fn schema(sql: &str) -> Schema {
    parse(sql, "t.sql").unwrap()
}

fn differences(from: &str, to: &str) -> Vec<String> {
    let plan = diff(&schema(from), &schema(to));
    plan.differences.iter().map(Difference::to_string).collect()
}

#[test]
fn a_schema_does_not_differ_from_itself() {
    let schema = schema(DEFAULT);
    assert!(diff(&schema, &schema).is_empty());
}

#[test]
fn stripped_tables_get_one_alter_each_and_foreign_keys_afterwards() {
    let to = schema(DEFAULT);
    let mut from = to.clone();
    for table in &mut from.tables {
        table.foreign_keys.clear();
        table
            .indexes
            .retain(|index| index.kind == IndexKind::Primary);
    }
    let plan = diff(&from, &to);
    assert!(plan.differences.is_empty());
    let statements = plan.statements();
    let order: Vec<(&str, Step)> = statements
        .iter()
        .map(|s| (s.table.as_str(), s.step))
        .collect();
    use Step::{AddForeignKeys, AddIndexes};
    assert_eq!(
        order,
        [
            ("reviews", AddIndexes),
            ("characteristics", AddIndexes),
            ("reviews_photos", AddIndexes),
            ("characteristic_reviews", AddIndexes),
            ("reviews_photos", AddForeignKeys),
            ("characteristic_reviews", AddForeignKeys),
        ]
    );
    assert_eq!(
        statements[0].sql,
        "ALTER TABLE `reviews`\n  ADD INDEX `reviews_helpful` (`product_id`, `reported`, `helpfulness` DESC, `date` DESC),\n  \
         ADD INDEX `reviews_newest` (`product_id`, `reported`, `date` DESC, `rating`, `recommend`)"
    );
    assert_eq!(
        statements[4].sql,
        "ALTER TABLE `reviews_photos`\n  ADD CONSTRAINT `reviews_photos_of_review` FOREIGN KEY (`review_id`) REFERENCES `reviews` (`id`)"
    );
}

#[test]
fn every_kind_of_difference_is_reported_with_both_sides() {
    let base = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), KEY k (a), CHECK (a > 0)) COLLATE utf8mb4_bin;";
    for (to, expected) in [
        ("CREATE TABLE u (id INT);", "table \"u\" is missing"),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), c INT, KEY k (a), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "column \"c\" of t is missing",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "column \"b\" of t is not in the schema",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a BIGINT NOT NULL DEFAULT 1, b VARCHAR(5), KEY k (a), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "column \"a\" of t is int null, not bigint not null default 1",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, b VARCHAR(5), a INT, KEY k (a), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "the columns of t stand in the order id, a, b, not id, b, a",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "index \"k\" on t is not in the schema",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), UNIQUE k (a DESC, b(2)), CHECK (a > 0)) COLLATE utf8mb4_bin;",
            "index \"k\" on t is INDEX `k` (`a`), not UNIQUE INDEX `k` (`a` DESC, `b`(2))",
        ),
        (
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), KEY k (a)) COLLATE utf8mb4_bin;",
            "CHECK (a > 0) of t is not in the schema",
        ),
    ] {
        assert_eq!(differences(base, to), [expected], "{to}");
    }
    let told = differences(
        base,
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(5), KEY k (a), CHECK (a > 1)) COLLATE latin1_bin;",
    );
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn foreign_keys_are_compared_by_what_they_say() {
    let sql = |rest: &str| {
        format!(
            "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, KEY (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id){rest});"
        )
    };
    assert_eq!(
        differences(&sql(""), &sql(" ON DELETE CASCADE")),
        [
            "foreign key \"f\" of c is CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`), not CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE"
        ]
    );
    let without = "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, KEY (a));";
    assert_eq!(
        differences(&sql(""), without),
        ["foreign key \"f\" of c is not in the schema"]
    );
}

#[test]
fn what_a_file_does_not_state_is_no_difference() {
    let stated = "CREATE TABLE t (a VARCHAR(3), CONSTRAINT x CHECK ((`a` <> _utf8mb4'x'))) CHARSET utf8mb4 COLLATE utf8mb4_bin";
    let unstated = "CREATE TABLE t (a VARCHAR(3), CONSTRAINT x CHECK (a != 'x'))";
    assert_eq!(differences(stated, unstated), [""; 0]);
}

#[test]
fn deferral_drops_foreign_keys_first_and_keeps_what_must_stay() {
    let schema = schema(
        "CREATE TABLE p (id INT PRIMARY KEY AUTO_INCREMENT, u INT, UNIQUE kept (u), UNIQUE gone (id, u), KEY k (u));
         CREATE TABLE c (n INT NOT NULL AUTO_INCREMENT, a INT, KEY first (n, a), KEY second (n), FOREIGN KEY f (a) REFERENCES p (id));
         CREATE TABLE bare (x INT NOT NULL, y INT, UNIQUE key_like (x), UNIQUE nullable (y));",
    );
    let statements = deferral(&schema, |table, index| {
        table.name == "p" && index.name == "kept"
    });
    let sql: Vec<String> = statements
        .iter()
        .map(|s| s.sql.replace("\n  ", " "))
        .collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE `c` DROP FOREIGN KEY `c_ibfk_1`",
            "ALTER TABLE `p` DROP INDEX `gone`, DROP INDEX `k`",
            "ALTER TABLE `c` DROP INDEX `f`, DROP INDEX `second`",
            "ALTER TABLE `bare` DROP INDEX `nullable`",
        ]
    );
}

#[test]
fn full_text_indexes_are_built_one_at_a_time() {
    let to = schema(
        "CREATE TABLE t (a TEXT, b TEXT, c INT, FULLTEXT one (a), KEY k (c), FULLTEXT two (b), KEY l (c DESC))",
    );
    let mut from = to.clone();
    from.tables[0].indexes.clear();
    let sql: Vec<String> = diff(&from, &to)
        .statements()
        .iter()
        .map(|s| s.sql.replace("\n  ", " "))
        .collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE `t` ADD INDEX `k` (`c`), ADD INDEX `l` (`c` DESC)",
            "ALTER TABLE `t` ADD FULLTEXT INDEX `one` (`a`)",
            "ALTER TABLE `t` ADD FULLTEXT INDEX `two` (`b`)",
        ]
    );
}
