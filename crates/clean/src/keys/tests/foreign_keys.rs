use super::*;

const FAMILY: &str = "CREATE TABLE p (id INT PRIMARY KEY); \
    CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY of_p (p) REFERENCES p (id))";

#[test]
fn a_row_without_an_accepted_parent_is_rejected_and_null_refers_to_no_row() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let int = Value::Int;
    let parents = committed(p, &[&[int(1)], &[int(2)]], &[]);
    let mut keys = Keys::new(c, &all(c), &parents);
    assert!(keys.unchecked_foreign_keys().is_empty());
    let mut rows = batch(
        c,
        &[
            &[int(1), int(2)],
            &[int(2), int(3)],
            &[int(3), Value::Null],
            // the id is that of the row without a parent, which came first
            &[int(2), int(1)],
        ],
    );
    let rejected = keys.check(&mut rows).unwrap();
    let rules: Vec<_> = rejected.iter().map(|r| (r.row, r.fault.rule)).collect();
    assert_eq!(rules, [(1, Rule::MissingParent), (3, Rule::DuplicateKey)]);
    assert_eq!(
        (
            rejected[0].row,
            rejected[0].column.as_deref(),
            rejected[0].value.as_str()
        ),
        (1, Some("p"), "3")
    );
    assert_eq!(
        rejected[0].fault,
        Fault::new(Rule::MissingParent, "no accepted row of p has this id")
    );
}

#[test]
fn a_row_without_a_parent_is_kept_if_only_the_server_finds_all_duplicates() {
    let schema = schema(
        "CREATE TABLE p (id INT PRIMARY KEY); \
         CREATE TABLE c (code VARCHAR(9) PRIMARY KEY, p INT, FOREIGN KEY of_p (p) REFERENCES p (id)); \
         CREATE TABLE d (day DATE PRIMARY KEY, p INT, FOREIGN KEY of_p (p) REFERENCES p (id))",
    );
    let parents = committed(schema.table("p").unwrap(), &[&[Value::Int(1)]], &[]);
    let rows = |name: &str, key: Value<'_>| {
        let table = schema.table(name).unwrap();
        let keys = Keys::new(table, &all(table), &parents);
        let mut keys = keys.with_orphans_removed_after_the_load();
        let mut rows = batch(table, &[&[key, Value::Int(2)], &[key, Value::Int(1)]]);
        let found = rejected_rows(&mut keys, &mut rows);
        (found, keys.foreign_keys_of_kept_orphans().len())
    };
    let (no, twice) = (Rule::MissingParent, Rule::DuplicateKey);
    assert_eq!(rows("c", Value::Text("a")), (vec![(1, twice)], 1));
    assert_eq!(rows("d", Value::Date(1)), (vec![(0, no), (1, twice)], 0));
}

#[test]
fn a_row_that_the_server_rejected_is_no_parent() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let parents = committed(p, &[&[Value::Int(1)], &[Value::Int(2)]], &[1]);
    let mut keys = Keys::new(c, &all(c), &parents);
    let mut rows = batch(
        c,
        &[
            &[Value::Int(1), Value::Int(2)],
            &[Value::Int(2), Value::Int(1)],
        ],
    );
    assert_eq!(
        rejected_rows(&mut keys, &mut rows),
        [(0, Rule::MissingParent)]
    );
}

#[test]
fn a_batch_waits_for_parents_that_may_still_be_loaded() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let int = Value::Int;
    let mut of_parent = Keys::new(p, &all(p), &no_parents());
    let committed = Arc::new(of_parent.committed_keys());
    let parents = HashMap::from([("p".to_owned(), Arc::clone(&committed))]);
    let mut keys = Keys::new(c, &all(c), &parents);
    let mut first = batch(c, &[&[int(1), int(1)], &[int(2), int(4)]]);
    let over = pending(keys.check(&mut first));
    assert!(!over.is_over());
    let mut parent_rows = batch(p, &[&[int(1)], &[int(4)]]);
    of_parent.check(&mut parent_rows).unwrap();
    assert!(!over.is_over(), "checked, but not committed");
    committed
        .add(of_parent.batch_keys(&parent_rows), &[])
        .unwrap();
    assert!(over.is_over());
    let rejected = keys.check(&mut first).unwrap();
    assert_eq!(
        (first.len(), rejected),
        (2, vec![]),
        "the first attempt has inserted no keys"
    );
    let mut second = batch(c, &[&[int(3), int(4)], &[int(4), int(2)]]);
    let over = pending(keys.check(&mut second));
    assert_eq!(second.len(), 2);
    committed.finish();
    assert!(over.is_over());
    assert_eq!(
        rejected_rows(&mut keys, &mut second),
        [(1, Rule::MissingParent)]
    );
}

#[test]
fn foreign_keys_that_the_client_cannot_check_are_named() {
    let schema = schema(
        "CREATE TABLE p (id BIGINT PRIMARY KEY, up CHAR(9) UNIQUE, u CHAR(9), CONSTRAINT itself FOREIGN KEY (u) REFERENCES p (up)); \
         CREATE TABLE c (id INT PRIMARY KEY, p BIGINT, CONSTRAINT outside FOREIGN KEY (p) REFERENCES p (id))",
    );
    for (table, name) in [("p", "itself"), ("c", "outside")] {
        let table = schema.table(table).unwrap();
        assert_eq!(
            Keys::new(table, &all(table), &no_parents()).unchecked_foreign_keys(),
            [name]
        );
        let keys = Keys::unique(table, &all(table));
        let cycle = [table.name.clone()];
        let keys = keys.with_foreign_keys(table, &all(table), &no_parents(), &cycle);
        assert_eq!(keys.unchecked_foreign_keys(), [name]);
        let found_late = keys.left_to_server().iter();
        let found_late = found_late.filter(|left| left.to_string().contains("may come after"));
        assert_eq!(found_late.count(), usize::from(table.name == "p"));
    }
}
