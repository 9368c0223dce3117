//! Indexes and foreign keys with what servers add to them.

use super::*;
use model::flavour::Flavour;
use model::schema::ReferenceAction;

#[test]
fn indexes_are_completed_as_a_server_does() {
    let table = one(
        "a INT UNIQUE, b VARCHAR(50), c INT, KEY (a), KEY (a, b(10) DESC), UNIQUE KEY (b(5)), INDEX named (c DESC) COMMENT 'why', \
         INDEX f ((a + c)), FULLTEXT KEY words (b), FULLTEXT INDEX (b), PRIMARY KEY (c)",
    );
    let names: Vec<&str> = table.indexes.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "PRIMARY", "a", "a_2", "a_3", "b", "b_2", "f", "named", "words"
        ]
    );
    let by_name = |name: &str| table.indexes.iter().find(|i| i.name == name).unwrap();
    assert_eq!(by_name("a").kind, IndexKind::Unique);
    assert_eq!(
        (
            by_name("a_3").parts[1].prefix,
            by_name("a_3").parts[1].descending
        ),
        (Some(10), true)
    );
    assert_eq!(by_name("named").comment, "why");
    assert_eq!(
        by_name("f").parts[0].key,
        IndexKey::Expression("a + c".into())
    );
    assert_eq!(by_name("words").kind, IndexKind::FullText);
    assert_eq!(by_name("b_2").kind, IndexKind::FullText);
}

#[test]
fn foreign_keys_are_completed_as_a_server_does() {
    let sql = "CREATE TABLE c (a INT, b INT, d INT, KEY covers (b, d), FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE,
          CONSTRAINT named FOREIGN KEY (d) REFERENCES p (id) ON UPDATE SET NULL, FOREIGN KEY (b) REFERENCES p (id) ON DELETE NO ACTION,
          e INT REFERENCES p (id));
        CREATE TABLE p (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES p (id))";
    let schema = parse(sql, "t.sql").unwrap();
    assert_eq!(schema.tables[0].name, "p");
    let child = &schema.tables[1];
    let keys: Vec<(&str, &str)> = child
        .foreign_keys
        .iter()
        .map(|k| (k.name.as_str(), k.columns[0].as_str()))
        .collect();
    assert_eq!(
        keys,
        [
            ("c_ibfk_1", "a"),
            ("c_ibfk_2", "b"),
            ("c_ibfk_3", "e"),
            ("named", "d")
        ]
    );
    assert_eq!(child.foreign_keys[2].parent_columns, ["id"]);
    let indexes: Vec<&str> = child.indexes.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(indexes, ["a", "covers", "e", "named"]);
}

#[test]
fn indexes_are_in_the_order_of_the_file_the_primary_key_first() {
    let sql = "CREATE TABLE t (b INT, a INT, KEY z (b), UNIQUE (a), `INDEX` INT, KEY `m m` (a, b), PRIMARY KEY (a)); \
               CREATE INDEX c ON t (b)";
    let script = Script::read(sql, "t.sql").unwrap();
    let parsed = parse_script(&script, "t.sql");
    let mut schema = parsed.schema.clone();
    parsed.order_indexes(&mut schema);
    let names: Vec<&str> = schema.tables[0]
        .indexes
        .iter()
        .map(|i| i.name.as_str())
        .collect();
    assert_eq!(names, ["PRIMARY", "z", "a", "m m", "c"]);
}

#[test]
fn mariadb_does_not_keep_set_default() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY, x INT, FOREIGN KEY (x) REFERENCES t (id) ON DELETE SET DEFAULT)";
    let script = Script::read(sql, "t.sql").unwrap();
    let action = |flavour| {
        let schema = parse_for(&script, "t.sql", flavour).schema;
        schema.tables[0].foreign_keys[0].on_delete
    };
    assert_eq!(action(Flavour::MySql), ReferenceAction::SetDefault);
    assert_eq!(action(Flavour::MariaDb), ReferenceAction::Restrict);
}

#[test]
fn an_index_with_an_expression_is_not_named_after_its_column() {
    let table = one("id INT PRIMARY KEY, b INT, KEY (b, (b + 1)), KEY ((b + 2), b), KEY (b)");
    let names: Vec<&str> = table.indexes.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(
        names,
        ["PRIMARY", "b", "functional_index", "functional_index_2"]
    );
}
