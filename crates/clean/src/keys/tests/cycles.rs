//! Foreign keys that are judged at the end: within a table, and between the tables of a cycle.

use super::*;

type Rows<'a> = &'a [&'a [Value<'a>]];

/// A reading of some tables, all of one cycle or children of it.
struct Reading<'a> {
    schema: &'a Schema,
    committed: HashMap<String, Arc<CommittedKeys>>,
    keys: Vec<Keys>,
}

impl<'a> Reading<'a> {
    fn new(schema: &'a Schema, cycle: &[&str], missing: &HashMap<String, MissingParents>) -> Self {
        let mut committed = HashMap::new();
        let mut keys = Vec::new();
        for table in &schema.tables {
            let of_table = Keys::unique(table, &all(table));
            committed.insert(table.name.clone(), Arc::new(of_table.committed_keys()));
            keys.push(of_table);
        }
        let cycle: Vec<String> = cycle.iter().map(|name| (*name).to_owned()).collect();
        let complete = |(keys, table): (Keys, &Table)| {
            let loaded = all(table);
            let keys = match cycle.contains(&table.name) {
                true => keys.with_foreign_keys(table, &loaded, &committed, &cycle),
                false => keys.with_foreign_keys(table, &loaded, &committed, &[]),
            };
            match missing.get(&table.name) {
                Some(missing) => keys.with_missing(table, &loaded, missing),
                None => keys,
            }
        };
        let keys = keys.into_iter().zip(&schema.tables).map(complete).collect();
        Reading {
            schema,
            committed,
            keys,
        }
    }

    /// Collects links, with so many of them in memory.
    fn linked(mut self, most: usize) -> Self {
        let tables = &self.schema.tables;
        let keys = tables.iter().flat_map(|table| &table.foreign_keys);
        let linked = Linked {
            tables: tables.iter().map(|table| table.name.clone()).collect(),
            referenced: keys
                .map(|key| (key.parent(), key.parent_columns.clone()))
                .collect(),
        };
        let keys = self.keys.into_iter();
        self.keys = keys
            .map(|keys| keys.linked_with_limit(&linked, most))
            .collect();
        self
    }

    /// Judges the rows of a table. Returns the rejected ones, and those that the server accepts.
    fn read(&mut self, table: usize, rows: Rows<'_>) -> Vec<KeyRejection> {
        let mut batch = batch(&self.schema.tables[table], rows);
        let rejected = self.keys[table].check(&mut batch).unwrap();
        let committed = &self.committed[&self.schema.tables[table].name];
        committed
            .add(self.keys[table].batch_keys(&batch), &[])
            .unwrap();
        rejected
    }

    fn finish(&self) {
        self.committed.values().for_each(|keys| keys.finish());
    }
}

fn positions(rejected: &[KeyRejection]) -> Vec<(usize, Rule)> {
    let of = |rejected: &KeyRejection| (rejected.row, rejected.fault.rule);
    rejected.iter().map(of).collect()
}

#[test]
fn foreign_keys_to_the_same_table_are_judged_at_its_end() {
    let schema = schema(
        "CREATE TABLE t (id INT PRIMARY KEY, up INT, CONSTRAINT itself FOREIGN KEY (up) REFERENCES t (id))",
    );
    let int = Value::Int;
    // 3 comes after its child 2, and refers to 4, which is missing; the second 3 is a duplicate
    let rows: Rows<'_> = &[
        &[int(2), int(3)],
        &[int(1), Value::Null],
        &[int(3), int(4)],
        &[int(5), int(1)],
        &[int(3), int(1)],
    ];
    let mut first = Reading::new(&schema, &["t"], &HashMap::new());
    assert!(first.keys[0].unchecked_foreign_keys().is_empty());
    let rejected = first.read(0, rows);
    assert_eq!(positions(&rejected), [(4, Rule::DuplicateKey)]);
    first.finish();
    assert_eq!(first.keys[0].foreign_keys_without_parents(), ["itself"]);

    let mut second = Reading::new(&schema, &["t"], &HashMap::new()).linked(100);
    second.read(0, rows);
    second.finish();
    let missing = all_missing_parents(&mut second.keys).unwrap();

    let mut third = Reading::new(&schema, &["t"], &missing);
    let rejected = third.read(0, rows);
    let (no, twice) = (Rule::MissingParent, Rule::DuplicateKey);
    assert_eq!(positions(&rejected), [(0, no), (2, no), (4, twice)]);
    assert_eq!(
        rejected[1].fault.message,
        "no row of t has this id (foreign key itself)"
    );
    assert_eq!(
        (rejected[1].column.as_deref(), rejected[1].value.as_str()),
        (Some("up"), "4")
    );
    third.finish();
    assert!(third.keys[0].foreign_keys_without_parents().is_empty());
}

#[test]
fn a_row_that_the_table_has_is_a_parent_although_its_record_is_rejected() {
    let schema = schema(
        "CREATE TABLE t (id INT PRIMARY KEY, up INT, CONSTRAINT itself FOREIGN KEY (up) REFERENCES t (id))",
    );
    let int = Value::Int;
    // 9 is missing, so the records of 2 and 3 are rejected; the table has a row 2, but no row 3
    let rows: Rows<'_> = &[
        &[int(2), int(9)],
        &[int(4), int(2)],
        &[int(3), int(9)],
        &[int(5), int(3)],
    ];
    let (table, loaded) = (&schema.tables[0], all(&schema.tables[0]));
    let mut existing = crate::keys::ExistingKeys::of(table);
    existing.add(&[Some(2)]);
    let keys = Keys::unique(table, &loaded).with_merged(&existing.into_accepted());
    let committed = HashMap::from([("t".to_owned(), Arc::new(keys.committed_keys()))]);
    let keys = keys.with_foreign_keys(table, &loaded, &committed, &["t".to_owned()]);
    let reading = Reading {
        schema: &schema,
        committed,
        keys: vec![keys],
    };
    let mut reading = reading.linked(100);
    reading.read(0, rows);
    reading.finish();
    let missing = all_missing_parents(&mut reading.keys).unwrap();
    let rejected = Reading::new(&schema, &["t"], &missing).read(0, rows);
    let no = Rule::MissingParent;
    assert_eq!(positions(&rejected), [(0, no), (2, no), (3, no)]);
}

#[test]
fn a_row_that_the_server_rejected_is_no_parent_in_its_cycle() {
    let schema = schema(
        "CREATE TABLE a (id INT PRIMARY KEY, b INT NOT NULL, CONSTRAINT of_b FOREIGN KEY (b) REFERENCES b (id)); \
         CREATE TABLE b (id INT PRIMARY KEY, a INT, CONSTRAINT of_a FOREIGN KEY (a) REFERENCES a (id))",
    );
    let mut reading = Reading::new(&schema, &["a", "b"], &HashMap::new());
    let (one, seven) = (Value::Int(1), Value::Int(7));
    assert_eq!(reading.read(0, &[&[one, seven]]), []);
    let of_first = |reading: &Reading<'_>| reading.keys[0].foreign_keys_without_parents();
    assert_eq!(of_first(&reading), ["of_b"]);
    assert_eq!(reading.read(1, &[&[seven, one]]), []);
    assert_eq!(of_first(&reading), [""; 0]);
    let row = batch(&schema.tables[1], &[&[seven, one]]);
    let keys = reading.keys[1].row_keys(&row, 0);
    reading.committed["b"]
        .add(BatchKeys::default(), &[keys])
        .unwrap();
    assert_eq!(of_first(&reading), ["of_b"]);
}

/// `a` and `b` refer to each other and to themselves, `b` by two keys; `c` is their child.
const FAMILY: &str = "CREATE TABLE a (id INT UNSIGNED PRIMARY KEY, b INT UNSIGNED, a INT UNSIGNED, u BIGINT UNSIGNED NOT NULL, UNIQUE (u), \
       CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b (id), CONSTRAINT a_a FOREIGN KEY (a) REFERENCES a (id)); \
     CREATE TABLE b (id INT UNSIGNED PRIMARY KEY, a INT UNSIGNED, u BIGINT UNSIGNED, \
       CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a (id), CONSTRAINT b_u FOREIGN KEY (u) REFERENCES a (u)); \
     CREATE TABLE c (id INT UNSIGNED PRIMARY KEY, b INT UNSIGNED, CONSTRAINT c_b FOREIGN KEY (b) REFERENCES b (id));";

proptest! {
    #[test]
    fn the_rows_that_remain_are_the_largest_set_in_which_all_foreign_keys_hold(
        a in proptest::collection::vec((proptest::option::of(0..31u64), proptest::option::of(0..31u64)), 0..30),
        b in proptest::collection::vec((proptest::option::of(0..31u64), proptest::option::of(0..31u64)), 0..30),
        c in proptest::collection::vec(proptest::option::of(0..30u64), 0..10),
        most in 1..40usize,
    ) {
        let schema = schema(FAMILY);
        let number = |value: Option<u64>| value.map_or(Value::Null, Value::UInt);
        let id = |at: usize| Value::UInt(at as u64);
        let u = |value: u64| value << 33;
        let rows_a: Vec<_> = a.iter().enumerate().map(|(at, (b, a))| [id(at), number(*b), number(*a), Value::UInt(u(at as u64))]).collect();
        let rows_b: Vec<_> = b.iter().enumerate().map(|(at, (a, of_u))| [id(at), number(*a), number(of_u.map(u))]).collect();
        let rows_c: Vec<_> = c.iter().enumerate().map(|(at, b)| [id(at), number(*b)]).collect();
        let slices_a: Vec<&[Value<'_>]> = rows_a.iter().map(|row| &row[..]).collect();
        let slices_b: Vec<&[Value<'_>]> = rows_b.iter().map(|row| &row[..]).collect();
        let slices_c: Vec<&[Value<'_>]> = rows_c.iter().map(|row| &row[..]).collect();

        let mut alive = [vec![true; a.len()], vec![true; b.len()], vec![true; c.len()]];
        loop {
            let before = alive.clone();
            let has = |table: usize, id: Option<u64>| id.is_none_or(|id| before[table].get(id as usize) == Some(&true));
            for (at, (of_b, of_a)) in a.iter().enumerate() {
                alive[0][at] &= has(1, *of_b) && has(0, *of_a);
            }
            for (at, (of_a, of_u)) in b.iter().enumerate() {
                alive[1][at] &= has(0, *of_a) && has(0, *of_u);
            }
            for (at, of_b) in c.iter().enumerate() {
                alive[2][at] &= has(1, *of_b);
            }
            if alive == before {
                break;
            }
        }

        let read = |reading: &mut Reading<'_>| {
            let all = [&slices_a, &slices_b, &slices_c];
            let mut alive = [vec![true; a.len()], vec![true; b.len()], vec![true; c.len()]];
            for table in 0..3 {
                if table == 2 {
                    // the last table is judged while it is read
                    reading.finish();
                }
                // in batches, so that the links are moved to disk between them
                for (number, rows) in all[table].chunks(7).enumerate() {
                    for rejected in reading.read(table, rows) {
                        alive[table][number * 7 + rejected.row] = false;
                    }
                }
            }
            alive
        };
        let mut second = Reading::new(&schema, &["a", "b"], &HashMap::new()).linked(most);
        let lacking = read(&mut second);
        let missing = all_missing_parents(&mut second.keys).unwrap();
        let mut third = Reading::new(&schema, &["a", "b"], &missing);
        prop_assert_eq!(&read(&mut third), &alive);
        prop_assert!(third.keys.iter().all(|keys| keys.foreign_keys_without_parents().is_empty()));
        let is_whole = second.keys.iter().all(|keys| keys.foreign_keys_without_parents().is_empty());
        prop_assert_eq!(is_whole, lacking == alive);
    }
}
