//! Plans as data: what is missing, what is different, what the SQL is.

use super::*;
use crate::parse::parse;
use model::schema::{IndexKind, Table};

const DEFAULT: &str = include_str!("../../../../schema.sql");

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
            "the columns of t are in the order id, a, b, not id, b, a",
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
fn deferral_drops_full_text_and_functional_indexes_apart_and_makes_what_stays_explicit() {
    let schema = schema(
        "CREATE TABLE p (id INT PRIMARY KEY);
         CREATE TABLE c (id INT PRIMARY KEY, a INT, b TEXT, FULLTEXT one (b), KEY up ((lower(b))), KEY plain (b(3)), FULLTEXT two (b), KEY up2 ((upper(b))),
           KEY descending (id DESC), FOREIGN KEY (a) REFERENCES p (id));",
    );
    let keep = |_: &Table, index: &Index| ["a", "descending"].contains(&index.name.as_str());
    let statements = deferral(&schema, keep);
    let sql: Vec<String> = statements
        .iter()
        .map(|s| s.sql.replace("\n  ", " "))
        .collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE `c` DROP FOREIGN KEY `c_ibfk_1`",
            "ALTER TABLE `c` DROP INDEX `plain`",
            "ALTER TABLE `c` DROP INDEX `up`, DROP INDEX `up2`",
            "ALTER TABLE `c` DROP INDEX `one`",
            "ALTER TABLE `c` DROP INDEX `two`",
            "ALTER TABLE `c` DROP INDEX `a`, ADD INDEX `a` (`a`)",
        ]
    );
}

#[test]
fn extra_full_text_and_functional_indexes_are_dropped_apart() {
    let from = schema(
        "CREATE TABLE t (a TEXT, b TEXT, c INT, FULLTEXT one (a), KEY k (c), FULLTEXT two (b), KEY up ((c + 1)))",
    );
    let to = schema("CREATE TABLE t (a TEXT, b TEXT, c INT, FULLTEXT two (a))");
    let scope = Scope {
        replace: true,
        drop: true,
        ..Scope::default()
    };
    let sql: Vec<String> = diff_within(&from, &to, scope)
        .statements()
        .iter()
        .map(|s| s.sql.replace("\n  ", " "))
        .collect();
    assert_eq!(
        sql,
        [
            "ALTER TABLE `t` DROP INDEX `k`",
            "ALTER TABLE `t` DROP INDEX `up`",
            "ALTER TABLE `t` DROP INDEX `two`, ADD FULLTEXT INDEX `two` (`a`)",
            "ALTER TABLE `t` DROP INDEX `one`",
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

const EVERYTHING: Scope<'static> = Scope {
    replace: true,
    drop: true,
    columns: true,
    rebuild: false,
    definitions: None,
};

fn statements_within(from: &str, to: &str, scope: Scope<'_>) -> Vec<String> {
    let plan = diff_within(&schema(from), &schema(to), scope);
    let statements = plan.statements();
    statements
        .iter()
        .map(|s| s.sql.replace("\n  ", " "))
        .collect()
}

#[test]
fn indexes_are_renamed_replaced_and_dropped_in_one_statement() {
    let from =
        "CREATE TABLE t (a INT, b INT, KEY old (a), KEY k (b), KEY extra (b, a), KEY same (a, b))";
    let to = "CREATE TABLE t (a INT, b INT, KEY new (a), UNIQUE k (b), KEY SAME (a, b))";
    assert_eq!(
        statements_within(from, to, EVERYTHING),
        [
            "ALTER TABLE `t` DROP INDEX `k`, ADD UNIQUE INDEX `k` (`b`), RENAME INDEX `old` TO `new`, DROP INDEX `extra`"
        ]
    );
    let careful = Scope {
        drop: false,
        ..EVERYTHING
    };
    assert_eq!(
        statements_within(from, to, careful),
        ["ALTER TABLE `t` DROP INDEX `k`, ADD UNIQUE INDEX `k` (`b`), RENAME INDEX `old` TO `new`"]
    );
}

#[test]
fn a_changed_foreign_key_is_dropped_last_unless_it_prevents_another_change() {
    let sql = |keys: &str| {
        format!(
            "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, b INT, KEY ka (a), {keys}, \
             CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)"
        )
    };
    let (from, to) = (
        sql("KEY kb (b)") + ")",
        sql("KEY kb (b)") + " ON DELETE CASCADE)",
    );
    assert_eq!(
        statements_within(&from, &to, EVERYTHING),
        [
            "ALTER TABLE `c` DROP FOREIGN KEY `f`",
            "ALTER TABLE `c` ADD CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE CASCADE",
        ]
    );
    let plan = diff_within(&schema(&from), &schema(&to), EVERYTHING);
    assert!(
        plan.statements()
            .iter()
            .all(|s| s.step == Step::AddForeignKeys)
    );
    let to = sql("KEY kb (b, a)") + " ON DELETE CASCADE)";
    let plan = diff_within(&schema(&from), &schema(&to), EVERYTHING);
    assert_eq!(plan.statements()[0].step, Step::DropForeignKeys);
}

#[test]
fn names_that_a_server_generated_are_no_difference() {
    let sql = |name: &str| {
        format!(
            "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (a INT, KEY ka (a), {name} FOREIGN KEY (a) REFERENCES p (id))"
        )
    };
    let (made_up, another) = (sql("CONSTRAINT c_ibfk_7"), sql(""));
    assert!(diff(&schema(&made_up), &schema(&another)).is_empty());
    let named = sql("CONSTRAINT f");
    assert!(diff(&schema(&made_up), &schema(&named)).is_empty());
    let other = sql("CONSTRAINT g");
    let plan = diff_within(&schema(&named), &schema(&other), EVERYTHING);
    assert_eq!(plan.statements().len(), 2);
}

#[test]
fn a_change_that_could_lose_data_is_left_alone_with_the_reason_and_the_statement() {
    let from = "CREATE TABLE t (id INT PRIMARY KEY, a BIGINT, b VARCHAR(5), x INT)";
    let to = "CREATE TABLE t (id BIGINT, a INT, b VARCHAR(9), c INT NOT NULL, PRIMARY KEY (a), KEY kc (c))";
    let plan = diff_within(&schema(from), &schema(to), EVERYTHING);
    let told: Vec<String> = plan
        .differences
        .iter()
        .map(|d| {
            format!(
                "{d}; {}; {}",
                d.why,
                d.repair()
                    .iter()
                    .map(|s| s.sql.replace("\n  ", " "))
                    .collect::<String>()
            )
        })
        .collect();
    let expected = [
        "\"a\" of t is bigint null, not int not null; the change could lose data: rows may hold NULL; ALTER TABLE `t` MODIFY COLUMN `a` int NOT NULL",
        "only a server knows the exact definition of the column",
        "column \"c\" of t is missing; the change could lose data: the column is NOT NULL without a default",
        "column \"x\" of t is not in the schema; the change could lose data: dropping a column drops its values; ALTER TABLE `t` DROP COLUMN `x`",
        "not PRIMARY KEY (`a`); a primary key is never changed, because rows are stored in its order; ",
        "index \"kc\" on t is missing; the table has no column \"c\"; ALTER TABLE `t` ADD INDEX `kc` (`c`)",
    ];
    for words in expected {
        assert!(
            told.iter().any(|line| line.contains(words)),
            "{words} not in {told:#?}"
        );
    }
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
}

#[test]
fn columns_are_added_in_their_place_with_the_definition_that_a_server_printed() {
    let definitions = [("b", "`b` int DEFAULT '3' INVISIBLE"), ("a", "`a` bigint")]
        .map(|(name, text)| (("t".to_owned(), name.to_owned()), text.to_owned()));
    let definitions = Definitions::from(definitions);
    let scope = Scope {
        definitions: Some(&definitions),
        ..EVERYTHING
    };
    assert_eq!(
        statements_within(
            "CREATE TABLE t (a INT, c INT)",
            "CREATE TABLE t (b INT DEFAULT 3, a BIGINT, c INT, KEY kb (b), CHECK (b > 0))",
            scope
        ),
        [
            "ALTER TABLE `t` ADD COLUMN `b` int DEFAULT '3' INVISIBLE FIRST",
            "ALTER TABLE `t` MODIFY COLUMN `a` bigint",
            "ALTER TABLE `t` ADD CHECK (b > 0)",
            "ALTER TABLE `t` ADD INDEX `kb` (`b`)",
        ]
    );
}

#[test]
fn an_index_that_is_the_beginning_of_another_is_redundant_and_no_difference() {
    let sql = "CREATE TABLE t (a INT, b INT, KEY ka (a), KEY kab (a, b), KEY kba (b DESC, a), KEY kb (b), UNIQUE ua (a), KEY twice (a, b))";
    let plan = diff(&schema(sql), &schema(sql));
    assert!(plan.is_empty());
    let told: Vec<String> = plan
        .redundant
        .iter()
        .map(|r| format!("{} {}", r.index, r.covered_by))
        .collect();
    assert_eq!(told, ["ka kab", "twice kab"]);
}
