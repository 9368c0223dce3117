//! Foreign keys by other values than integers, which are compared by their hashes.

use super::*;

/// `p` and its child `c`, with a foreign key of this type.
fn family(kind: &str) -> Schema {
    schema(&format!(
        "CREATE TABLE p (k {kind} NOT NULL PRIMARY KEY); \
         CREATE TABLE c (id INT PRIMARY KEY, k {kind}, CONSTRAINT of_p FOREIGN KEY (k) REFERENCES p (k))"
    ))
}

/// The committed keys of `p`, and keys of `c` that look parents up in them.
struct Family<'s> {
    p: &'s Table,
    c: &'s Table,
    of_parent: Keys,
    committed: Arc<CommittedKeys>,
    of_child: Keys,
}

impl<'s> Family<'s> {
    fn new(schema: &'s Schema, existing: Option<&AcceptedKeys>) -> Family<'s> {
        let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
        let keys = &c.foreign_keys[0];
        let referenced = [keys.parent_columns.clone()];
        let mut of_parent = Keys::unique(p, &all(p)).with_referenced(p, &all(p), &referenced);
        if let Some(existing) = existing {
            of_parent = of_parent.with_existing(existing);
        }
        let committed = Arc::new(of_parent.committed_keys());
        let parents = HashMap::from([("p".to_owned(), Arc::clone(&committed))]);
        Family {
            of_child: Keys::new(c, &all(c), &parents),
            p,
            c,
            of_parent,
            committed,
        }
    }

    fn commit(&mut self, parents: &[Value<'_>], refused: &[usize]) {
        let rows: Vec<[Value<'_>; 1]> = parents.iter().map(|value| [*value]).collect();
        let rows: Vec<&[Value<'_>]> = rows.iter().map(|row| &row[..]).collect();
        let mut rows = batch(self.p, &rows);
        self.of_parent.check(&mut rows).unwrap();
        let refused: Vec<RowKeys> = refused
            .iter()
            .map(|row| self.of_parent.row_keys(&rows, *row))
            .collect();
        self.committed
            .add(self.of_parent.batch_keys(&rows), &refused)
            .unwrap();
    }

    fn children(&self, values: &[Value<'_>]) -> Batch {
        let rows: Vec<[Value<'_>; 2]> = values
            .iter()
            .enumerate()
            .map(|(id, value)| [Value::Int(id as i64), *value])
            .collect();
        let rows: Vec<&[Value<'_>]> = rows.iter().map(|row| &row[..]).collect();
        batch(self.c, &rows)
    }
}

#[test]
fn values_that_only_their_bytes_decide_are_judged_while_they_are_read() {
    let cases: [(&str, [Value<'_>; 3]); 7] = [
        ("BINARY(2)", [b"ab", b"AB", b"cd"].map(|v| Value::Bytes(v))),
        (
            "VARBINARY(9)",
            [b"ab", b"AB", b"cd"].map(|v| Value::Bytes(v)),
        ),
        ("DATE", [1, 2, 3].map(Value::Date)),
        ("DATETIME(3)", [1, 2, 3].map(Value::DateTime)),
        ("DECIMAL(5,2)", ["1.00", "2.00", "3.00"].map(Value::Decimal)),
        (
            "VARCHAR(9) COLLATE utf8mb4_0900_bin",
            ["a", "A", "b"].map(Value::Text),
        ),
        ("ENUM('x','y','z')", [1, 2, 3].map(Value::Enum)),
    ];
    for (kind, [known, refused, missing]) in cases {
        let schema = family(kind);
        let mut family = Family::new(&schema, None);
        assert!(
            family.of_child.unchecked_foreign_keys().is_empty(),
            "{kind}"
        );
        let mut rows = family.children(&[known, missing, refused, Value::Null, known]);
        let over = pending(family.of_child.check(&mut rows));
        family.commit(&[known, refused], &[1]);
        assert!(!over.is_over(), "{kind}");
        family.committed.finish();
        assert!(over.is_over(), "{kind}");
        let found = rejected_rows(&mut family.of_child, &mut rows);
        let no = Rule::MissingParent;
        assert_eq!(found, [(1, no), (2, no)], "{kind}");
        assert!(family.of_child.foreign_keys_left_open().unwrap().is_empty());
        assert!(family.of_child.left_to_server().is_empty(), "{kind}");
    }
}

#[test]
fn a_batch_goes_on_when_the_parent_with_the_same_bytes_is_committed() {
    let schema = family("BINARY(1)");
    let mut family = Family::new(&schema, None);
    let mut rows = family.children(&[Value::Bytes(b"a"), Value::Bytes(b"b")]);
    let over = pending(family.of_child.check(&mut rows));
    family.commit(&[Value::Bytes(b"a"), Value::Bytes(b"b")], &[]);
    assert!(over.is_over());
    assert_eq!(rejected_rows(&mut family.of_child, &mut rows), []);
}

#[test]
fn texts_are_left_to_the_server_only_if_no_parent_has_the_same_bytes() {
    let schema = family("VARCHAR(9) COLLATE utf8mb4_general_ci");
    let text = Value::Text;
    for (value, is_open) in [("ab", false), ("AB", true)] {
        let mut family = Family::new(&schema, None);
        // the parents may come later, and no batch waits for them
        let mut rows = family.children(&[text("ab"), text(value), Value::Null]);
        assert_eq!(rejected_rows(&mut family.of_child, &mut rows), []);
        family.commit(&[text("ab")], &[]);
        family.committed.finish();
        let left = family.of_child.foreign_keys_left_open().unwrap();
        let names: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, if is_open { &["of_p"][..] } else { &[] }, "{value}");
    }
}

#[test]
fn a_missing_parent_is_left_to_the_server_if_the_table_had_rows_before() {
    let schema = family("BINARY(1)");
    let none = AcceptedKeys::default();
    let mut family = Family::new(&schema, Some(&none));
    let mut rows = family.children(&[Value::Bytes(b"a")]);
    assert_eq!(rejected_rows(&mut family.of_child, &mut rows), []);
    family.committed.finish();
    assert_eq!(family.of_child.foreign_keys_left_open().unwrap().len(), 1);
}

#[test]
fn wide_keys_and_columns_that_are_not_unique_are_compared_too() {
    let schema = schema(
        "CREATE TABLE p (a BIGINT NOT NULL, b BIGINT NOT NULL, PRIMARY KEY (a, b)); \
         CREATE TABLE c (a BIGINT, b BIGINT, CONSTRAINT both FOREIGN KEY (a, b) REFERENCES p (a, b), \
           CONSTRAINT one FOREIGN KEY (a) REFERENCES p (a))",
    );
    let (p, c) = (&schema.tables[0], &schema.tables[1]);
    let lists: Vec<Vec<String>> = c
        .foreign_keys
        .iter()
        .map(|k| k.parent_columns.clone())
        .collect();
    let mut of_parent = Keys::unique(p, &all(p)).with_referenced(p, &all(p), &lists);
    let committed = Arc::new(of_parent.committed_keys());
    let parents = HashMap::from([("p".to_owned(), Arc::clone(&committed))]);
    let mut keys = Keys::new(c, &all(c), &parents);
    let int = Value::Int;
    let mut rows = batch(
        p,
        &[&[int(1), int(2)], &[int(1), int(3)], &[int(7), int(7)]],
    );
    assert_eq!(rejected_rows(&mut of_parent, &mut rows), []);
    // of two rows with the same `a`, the server rejected one
    let refused = [1, 2].map(|row| of_parent.row_keys(&rows, row));
    committed
        .add(of_parent.batch_keys(&rows), &refused)
        .unwrap();
    committed.finish();
    let mut rows = batch(
        c,
        &[
            &[int(1), int(2)],
            &[int(1), int(3)],
            &[int(7), Value::Null],
            &[int(1), Value::Null],
        ],
    );
    let no = Rule::MissingParent;
    assert_eq!(rejected_rows(&mut keys, &mut rows), [(1, no), (2, no)]);
}

#[test]
fn a_foreign_key_by_text_in_a_cycle_is_left_open_only_if_parents_are_missing() {
    let missing =
        "foreign key itself (up): some values have no parent in the files; unless the database";
    let other =
        "foreign key itself (up): some values have no parent with the same bytes; the server";
    for (collation, up, expected) in [
        ("utf8mb4_bin", "c", None),
        ("utf8mb4_bin", "x", Some(missing)),
        ("utf8mb4_general_ci", "c", None),
        ("utf8mb4_general_ci", "C", Some(other)),
    ] {
        let left = left_open(collation, up);
        match expected {
            None => assert_eq!(left, None, "{collation}, {up}"),
            Some(words) => assert!(left.unwrap().starts_with(words), "{collation}, {up}"),
        }
    }
}

/// What is left to the server of a foreign key by text, after three rows of which one refers to
/// `up`.
fn left_open(collation: &str, up: &str) -> Option<String> {
    let schema = schema(&format!(
        "CREATE TABLE t (k VARCHAR(9) PRIMARY KEY, up VARCHAR(9), CONSTRAINT itself FOREIGN KEY (up) REFERENCES t (k)) \
         CHARSET utf8mb4 COLLATE {collation}"
    ));
    let table = &schema.tables[0];
    let text = Value::Text;
    let referenced = [vec!["k".to_owned()]];
    let keys = Keys::unique(table, &all(table));
    let keys = keys.with_referenced(table, &all(table), &referenced);
    let committed = Arc::new(keys.committed_keys());
    let parents = HashMap::from([("t".to_owned(), Arc::clone(&committed))]);
    let cycle = ["t".to_owned()];
    let mut keys = keys.with_foreign_keys(table, &all(table), &parents, &cycle);
    let mut rows = batch(
        table,
        &[
            &[text("a"), text("b")],
            &[text("b"), text(up)],
            &[text("c"), Value::Null],
        ],
    );
    assert_eq!(rejected_rows(&mut keys, &mut rows), []);
    committed.add(keys.batch_keys(&rows), &[]).unwrap();
    committed.finish();
    let left = keys.foreign_keys_left_open().unwrap();
    left.first().map(|(_, check)| check.to_string())
}
