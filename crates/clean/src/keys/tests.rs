use proptest::prelude::*;

use super::*;
use model::batch::{BatchSize, Layout, Value};
use model::schema::Schema;
use mysql_schema::parse::parse;

fn schema(sql: &str) -> Schema {
    parse(sql, "test").unwrap()
}

/// A batch of rows for all columns of a table.
fn batch(table: &Table, rows: &[&[Value<'_>]]) -> Batch {
    let mut batch = Batch::new(
        Layout::new(table.columns.iter().map(|c| &c.kind)),
        0,
        1,
        BatchSize::default(),
    );
    for row in rows {
        for value in *row {
            batch.push(*value);
        }
        batch.finish_row(0, 0, 0, 0);
    }
    batch
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.columns.len()).collect()
}

fn no_parents() -> HashMap<String, Arc<SettledKeys>> {
    HashMap::new()
}

/// The table `p` with these rows, all of them in but for those that the server refused.
fn settled(
    p: &Table,
    rows: &[&[Value<'_>]],
    refused: &[usize],
) -> HashMap<String, Arc<SettledKeys>> {
    let mut keys = Keys::new(p, &all(p), &no_parents());
    let settled = keys.settled();
    let mut rows = batch(p, rows);
    keys.judge(&mut rows).unwrap();
    let refused: Vec<_> = refused.iter().map(|row| keys.of_row(&rows, *row)).collect();
    settled.add(keys.taken(&rows), &refused);
    settled.finish();
    HashMap::from([("p".to_owned(), Arc::new(settled))])
}

/// The refused rows as (row, rule).
fn judged(keys: &mut Keys, batch: &mut Batch) -> Vec<(usize, Rule)> {
    let refused = keys.judge(batch).unwrap();
    refused
        .into_iter()
        .map(|refused| (refused.row, refused.fault.rule))
        .collect()
}

fn awaited(judged: Result<Vec<RefusedKey>, NotJudged>) -> Awaited {
    match judged {
        Err(NotJudged::Awaited(awaited)) => awaited,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_row_in_file_order_wins_across_batches() {
    let schema = schema("CREATE TABLE t (id INT PRIMARY KEY)");
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let int = Value::Int;
    let mut first = batch(table, &[&[int(1)], &[int(-1)], &[int(1)]]);
    assert_eq!(judged(&mut keys, &mut first), [(2, Rule::DuplicateKey)]);
    assert_eq!(first.len(), 2);
    let mut second = batch(
        table,
        &[
            &[int(2)],
            &[int(-1)],
            &[int(i64::from(i32::MIN))],
            &[int(i64::from(i32::MAX))],
        ],
    );
    assert_eq!(judged(&mut keys, &mut second), [(1, Rule::DuplicateKey)]);
}

#[test]
fn a_refused_row_does_not_take_its_key() {
    let schema = schema("CREATE TABLE t (id INT PRIMARY KEY, u INT, UNIQUE (u))");
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let int = Value::Int;
    // the second row is refused for its u, so that its id is free for the third
    let mut rows = batch(
        table,
        &[
            &[int(1), int(5)],
            &[int(2), int(5)],
            &[int(2), int(6)],
            &[int(3), Value::Null],
            &[int(4), Value::Null],
        ],
    );
    assert_eq!(judged(&mut keys, &mut rows), [(1, Rule::DuplicateKey)]);
    // and one that was refused before the keys were looked at does not either
    let mut rows = batch(table, &[&[int(9), int(9)], &[int(9), int(9)]]);
    rows.reject(0);
    assert_eq!(judged(&mut keys, &mut rows), []);
}

#[test]
fn several_columns_are_one_key_as_long_as_they_fit_64_bits() {
    let schema = schema(
        "CREATE TABLE fits (a INT, b INT UNSIGNED, UNIQUE k (a, b)); CREATE TABLE wide (a BIGINT, b TINYINT, UNIQUE k (a, b)); \
         CREATE TABLE one (a BIGINT UNSIGNED, UNIQUE k (a)); CREATE TABLE texts (a VARCHAR(9), b INT, UNIQUE k (a, b), UNIQUE p (b))",
    );
    let on_stream = |table: &str, loaded: &[usize]| {
        let table = schema.table(table).unwrap();
        table
            .indexes
            .iter()
            .map(|index| is_judged_on_stream(table, loaded, index))
            .collect::<Vec<_>>()
    };
    assert_eq!(on_stream("fits", &[0, 1]), [true]);
    assert_eq!(
        on_stream("fits", &[0]),
        [false],
        "a column that the file does not have"
    );
    assert_eq!(on_stream("wide", &[0, 1]), [false]);
    assert_eq!(on_stream("one", &[0]), [true]);
    let mut of_texts = on_stream("texts", &[0, 1]);
    of_texts.sort_unstable();
    assert_eq!(of_texts, [false, true]);

    let table = schema.table("fits").unwrap();
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |a: i64, b: u64| [Value::Int(a), Value::UInt(b)];
    let mut rows = batch(
        table,
        &[
            &row(-1, 0),
            &row(0, u64::from(u32::MAX)),
            &row(-1, u64::from(u32::MAX)),
            &row(-1, 0),
        ],
    );
    assert_eq!(judged(&mut keys, &mut rows), [(3, Rule::DuplicateKey)]);

    let table = schema.table("one").unwrap();
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let mut rows = batch(
        table,
        &[
            &[Value::UInt(u64::MAX)],
            &[Value::UInt(0)],
            &[Value::Null],
            &[Value::UInt(u64::MAX)],
        ],
    );
    assert_eq!(judged(&mut keys, &mut rows), [(3, Rule::DuplicateKey)]);
}

const FAMILY: &str = "CREATE TABLE p (id INT PRIMARY KEY); \
    CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY of_p (p) REFERENCES p (id))";

#[test]
fn a_row_without_an_accepted_parent_is_refused_and_null_refers_to_nothing() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let int = Value::Int;
    let parents = settled(p, &[&[int(1)], &[int(2)]], &[]);
    let mut keys = Keys::new(c, &all(c), &parents);
    assert!(keys.unjudged_references().is_empty());
    let mut rows = batch(
        c,
        &[
            &[int(1), int(2)],
            &[int(2), int(3)],
            &[int(3), Value::Null],
            &[int(2), int(1)],
        ],
    );
    let refused = keys.judge(&mut rows).unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (
            refused[0].row,
            refused[0].column.as_deref(),
            refused[0].value.as_str()
        ),
        (1, Some("p"), "3")
    );
    assert_eq!(
        refused[0].fault,
        Fault::new(Rule::MissingParent, "no accepted row of p has this id")
    );
}

#[test]
fn keys_of_rows_that_the_server_refused_are_given_back() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let parents = settled(p, &[&[Value::Int(1)], &[Value::Int(2)]], &[1]);
    let mut keys = Keys::new(c, &all(c), &parents);
    let mut rows = batch(
        c,
        &[
            &[Value::Int(1), Value::Int(2)],
            &[Value::Int(2), Value::Int(1)],
        ],
    );
    assert_eq!(judged(&mut keys, &mut rows), [(0, Rule::MissingParent)]);
}

#[test]
fn a_batch_waits_for_parents_that_may_still_come() {
    let schema = schema(FAMILY);
    let (p, c) = (schema.table("p").unwrap(), schema.table("c").unwrap());
    let int = Value::Int;
    let mut of_parent = Keys::new(p, &all(p), &no_parents());
    let settled = Arc::new(of_parent.settled());
    let parents = HashMap::from([("p".to_owned(), Arc::clone(&settled))]);
    let mut keys = Keys::new(c, &all(c), &parents);
    let mut first = batch(c, &[&[int(1), int(1)], &[int(2), int(4)]]);
    let over = awaited(keys.judge(&mut first));
    assert!(!over.is_over());
    let mut parent_rows = batch(p, &[&[int(1)], &[int(4)]]);
    of_parent.judge(&mut parent_rows).unwrap();
    assert!(!over.is_over(), "judged, but not stored");
    settled.add(of_parent.taken(&parent_rows), &[]);
    assert!(over.is_over());
    let refused = keys.judge(&mut first).unwrap();
    assert_eq!(
        (first.len(), refused),
        (2, vec![]),
        "waiting has taken no keys"
    );
    let mut second = batch(c, &[&[int(3), int(4)], &[int(4), int(2)]]);
    let over = awaited(keys.judge(&mut second));
    assert_eq!(second.len(), 2);
    settled.finish();
    assert!(over.is_over());
    assert_eq!(judged(&mut keys, &mut second), [(1, Rule::MissingParent)]);
}

#[test]
fn references_that_the_stream_cannot_judge_are_named() {
    let schema = schema(
        "CREATE TABLE p (id BIGINT PRIMARY KEY, up CHAR(9) UNIQUE, u CHAR(9), CONSTRAINT itself FOREIGN KEY (u) REFERENCES p (up)); \
         CREATE TABLE c (id INT PRIMARY KEY, p BIGINT, CONSTRAINT outside FOREIGN KEY (p) REFERENCES p (id))",
    );
    for (table, name) in [("p", "itself"), ("c", "outside")] {
        let table = schema.table(table).unwrap();
        assert_eq!(
            Keys::new(table, &all(table), &no_parents()).unjudged_references(),
            [name]
        );
    }
}

proptest! {
    #[test]
    fn a_batch_taken_as_a_whole_is_judged_as_row_by_row(batches in proptest::collection::vec(proptest::collection::vec((0..40u64, proptest::option::of(0..60u64), 0..12u64, any::<bool>()), 0..40), 1..6), ascending in any::<bool>()) {
        let schema = schema(
            "CREATE TABLE p (id INT UNSIGNED PRIMARY KEY);
             CREATE TABLE c (id INT UNSIGNED PRIMARY KEY, u INT UNSIGNED, w BIGINT UNSIGNED NOT NULL, p INT UNSIGNED NOT NULL,
                             d DATE, t VARCHAR(9) NOT NULL, UNIQUE (u), UNIQUE (w), UNIQUE (d, t), UNIQUE (t(3)), FOREIGN KEY (p) REFERENCES p (id))",
        );
        let (parent, child) = (&schema.tables[0], &schema.tables[1]);
        let ids: Vec<_> = (0..11).filter(|id| *id != 3).map(|id| [Value::UInt(id)]).collect();
        let rows: Vec<&[Value<'_>]> = ids.iter().map(|row| &row[..]).collect();
        let parents = settled(parent, &rows, &[]);
        let mut whole = Keys::new(child, &all(child), &parents);
        let mut each = Keys::new(child, &all(child), &parents);
        let mut next = 0;
        for rows in &batches {
            let texts: Vec<String> = rows.iter().enumerate().map(|(at, row)| format!("{}-{at}", row.0 % 20 + if ascending { next + at as u64 } else { 0 })).collect();
            let values: Vec<_> = rows
                .iter()
                .zip(&texts)
                .map(|((id, u, p, _), text)| {
                    next += 1;
                    let id = if ascending { next } else { *id };
                    let u = u.map_or(Value::Null, |u| Value::UInt(if ascending { next } else { u }));
                    [Value::UInt(id), u, Value::UInt(id << 33), Value::UInt(*p), Value::Date(7), Value::Text(text)]
                })
                .collect();
            let values: Vec<&[Value<'_>]> = values.iter().map(|row| &row[..]).collect();
            let mut batch = batch(child, &values);
            for (row, (.., dead)) in rows.iter().enumerate() {
                if *dead && !ascending {
                    batch.reject(row);
                }
            }
            let mut same = batch.clone();
            prop_assert_eq!(whole.judge(&mut batch).unwrap(), each.judge_each(&mut same).unwrap());
            prop_assert_eq!(whole.taken(&batch), each.taken(&same));
            for row in 0..rows.len() {
                prop_assert_eq!(batch.all_rows()[row].alive, same.all_rows()[row].alive);
            }
        }
    }
}

#[test]
fn equal_bytes_are_duplicates_and_what_only_a_collation_calls_equal_is_left_to_the_server() {
    let schema = schema(
        "CREATE TABLE t (code VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, day DATE, price DECIMAL(5,2), UNIQUE u (day, price))",
    );
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |code, day, price| [Value::Text(code), day, Value::Decimal(price)];
    let mut rows = batch(
        table,
        &[
            &row("ab", Value::Date(1), "1.00"),
            &row("AB", Value::Date(2), "1.00"),
            &row("ab", Value::Date(3), "1.00"),
            &row("c", Value::Date(2), "1.00"),
            // the row before was rejected, so that its code is free
            &row("c", Value::Date(2), "1.01"),
            &row("d", Value::Null, "1.00"),
            &row("e", Value::Null, "1.00"),
        ],
    );
    let refused = keys.judge(&mut rows).unwrap();
    let found: Vec<_> = refused
        .iter()
        .map(|r| (r.row, r.column.as_deref(), r.value.as_str()))
        .collect();
    assert_eq!(
        found,
        [(2, Some("code"), "ab"), (3, None, "1970-01-03, 1.00")]
    );
    let left: Vec<String> = keys
        .left_to_server()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("primary key (code): "), "{left:?}");
    assert_eq!(LeftToServer::counted(keys.left_to_server()), "1 unique key");
}

#[test]
fn only_the_characters_of_a_prefix_are_a_key() {
    let schema = schema(
        "CREATE TABLE t (a TEXT, b VARCHAR(9) COLLATE utf8mb4_0900_bin NOT NULL, UNIQUE u (a(2)), UNIQUE v (b))",
    );
    let table = &schema.tables[0];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    let row = |a, b| [Value::Text(a), Value::Text(b)];
    let mut rows = batch(
        table,
        &[
            &row("äbc", "1"),
            &row("äbd", "2"),
            &row("äc", "3"),
            &row("ä", "1"),
        ],
    );
    assert_eq!(
        judged(&mut keys, &mut rows),
        [(1, Rule::DuplicateKey), (3, Rule::DuplicateKey)]
    );
    // bytes decide under a binary collation without padding
    let left: Vec<String> = keys
        .left_to_server()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        matches!(&left[..], [u] if u.starts_with("unique key u (a)")),
        "{left:?}"
    );
    // a key of which the file lacks a column is the server's alone
    let keys = Keys::new(table, &[0], &no_parents());
    assert_eq!(keys.left_to_server().len(), 2);
}

#[test]
fn what_rows_of_a_table_refer_to_in_the_same_table_is_judged_at_its_end() {
    let schema = schema(
        "CREATE TABLE t (id INT PRIMARY KEY, up INT, CONSTRAINT itself FOREIGN KEY (up) REFERENCES t (id))",
    );
    let table = &schema.tables[0];
    let int = Value::Int;
    let rows: [&[Value<'_>]; 5] = [
        &[int(2), int(3)],
        &[int(1), Value::Null],
        &[int(3), int(4)],
        &[int(5), int(1)],
        &[int(3), int(1)],
    ];
    let mut keys = Keys::new(table, &all(table), &no_parents());
    assert!(keys.unjudged_references().is_empty());
    let mut first = batch(table, &rows);
    assert_eq!(judged(&mut keys, &mut first), [(4, Rule::DuplicateKey)]);
    let missing = keys.missing_values().unwrap();
    assert_eq!(missing.names().collect::<Vec<_>>(), ["itself"]);
    // read again: 3 refers to 4, and 2 came before 3
    let mut keys = Keys::new(table, &all(table), &no_parents()).with_missing(Some(&missing));
    let mut second = batch(table, &rows);
    assert_eq!(
        judged(&mut keys, &mut second),
        [(2, Rule::MissingParent), (4, Rule::DuplicateKey)]
    );
    let missing = keys.missing_values().unwrap();
    let mut keys = Keys::new(table, &all(table), &no_parents()).with_missing(Some(&missing));
    let mut third = batch(table, &rows);
    let refused = judged(&mut keys, &mut third);
    assert_eq!(
        refused[..2],
        [(0, Rule::MissingParent), (2, Rule::MissingParent)]
    );
    assert!(keys.missing_values().is_none());
    // a parent that the server rejects is none
    keys.give_back(keys.of_row(&third, 1));
    assert!(keys.missing_values().is_some());
}
