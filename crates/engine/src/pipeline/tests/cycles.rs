//! Tables in cycles of foreign keys: the rows that are accepted are those of a simple model,
//! whatever the batches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use model::batch::Batch;
use model::rejection::Rejection;
use model::schema::{Index, IndexKey, IndexKind, Schema};

/// Cycles that share a table, references within a table, a table before and a table after them.
const SCHEMAS: [&str; 3] = [
    "CREATE TABLE child (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, FOREIGN KEY (x) REFERENCES one (id));
     CREATE TABLE one (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED NOT NULL, y INT UNSIGNED, FOREIGN KEY (x) REFERENCES two (id), FOREIGN KEY (y) REFERENCES root (id));
     CREATE TABLE two (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, FOREIGN KEY (x) REFERENCES one (id), FOREIGN KEY (y) REFERENCES three (id));
     CREATE TABLE three (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, FOREIGN KEY (x) REFERENCES two (id), FOREIGN KEY (y) REFERENCES three (id));
     CREATE TABLE root (id INT UNSIGNED PRIMARY KEY);",
    "CREATE TABLE one (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, UNIQUE KEY (y), FOREIGN KEY (x) REFERENCES three (id));
     CREATE TABLE two (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, FOREIGN KEY (x) REFERENCES one (id), FOREIGN KEY (y) REFERENCES one (y));
     CREATE TABLE three (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, FOREIGN KEY (x, y) REFERENCES two (id, y));
     CREATE UNIQUE INDEX pair ON two (id, y);",
    "CREATE TABLE tree (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, y INT UNSIGNED, FOREIGN KEY (x) REFERENCES tree (id), FOREIGN KEY (y) REFERENCES tree (id));
     CREATE TABLE leaf (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, FOREIGN KEY (x) REFERENCES tree (id));
     CREATE TABLE under (id INT UNSIGNED PRIMARY KEY, x INT UNSIGNED, FOREIGN KEY (x) REFERENCES leaf (id));",
];

type Row = Vec<Option<u64>>;

/// The accepted rows of a table, and the lines and rules of its rejected records.
type SeenRows = (Vec<Row>, Vec<(u64, Rule)>);

/// What the last reading has shown, by table.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<usize, SeenRows>>);

impl Observer for Seen {
    fn started(&self, table: usize) {
        self.0.lock().unwrap().remove(&table);
    }
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}
    fn wants_rows(&self) -> bool {
        true
    }
    fn accepted(&self, table: usize, rows: &Batch) {
        let columns = rows.layout().columns();
        let row = |row| {
            (0..columns)
                .map(|column| uint(rows.value(row, column)))
                .collect()
        };
        let mut seen = self.0.lock().unwrap();
        let of_table = &mut seen.entry(table).or_default().0;
        of_table.extend(rows.live_rows().map(row));
    }
    fn rejected(&self, table: usize, rejection: &Rejection) {
        let mut seen = self.0.lock().unwrap();
        let of_table = &mut seen.entry(table).or_default().1;
        of_table.push((rejection.line, rejection.rule));
    }
}

fn files(folder: &Path, schema: &Schema, rows: &BTreeMap<String, Vec<Row>>) -> Vec<Source> {
    let field = |value: &Option<u64>| value.map_or(String::new(), |value| value.to_string());
    let mut sources = Vec::new();
    for table in &schema.tables {
        let header: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let mut text = header.join(",") + "\n";
        for row in &rows[&table.name] {
            let fields: Vec<String> = row.iter().map(field).collect();
            text += &(fields.join(",") + "\n");
        }
        let path = folder.join(format!("{}.csv", table.name));
        std::fs::write(&path, text).unwrap();
        sources.push(Source::open(path, table).unwrap());
    }
    sources
}

/// What the model says: for each table, its accepted rows.
struct Model<'a> {
    schema: &'a Schema,
    accepted: BTreeMap<String, Vec<Row>>,
}

impl Model<'_> {
    fn values(&self, table: &str, row: &Row, columns: &[String]) -> Option<Vec<u64>> {
        let table = self.schema.table(table).unwrap();
        let value = |name: &String| row[table.column_index(name).unwrap()];
        columns.iter().map(value).collect()
    }

    /// Whether an accepted row of a table has these values in these columns.
    fn has(&self, table: &str, columns: &[String], values: &[u64]) -> bool {
        let rows = self.accepted.get(table).into_iter().flatten();
        let mut found = rows.map(|row| self.values(table, row, columns));
        found.any(|found| found.as_deref() == Some(values))
    }

    /// Whether the row has its parents.
    fn has_parents(&self, table: &str, row: &Row) -> bool {
        let keys = &self.schema.table(table).unwrap().foreign_keys;
        keys.iter()
            .all(|key| match self.values(table, row, &key.columns) {
                Some(values) => self.has(&key.parent_table, &key.parent_columns, &values),
                None => true,
            })
    }

    fn is_duplicate(&self, table: &str, row: &Row) -> bool {
        let is_unique =
            |index: &&Index| matches!(index.kind, IndexKind::Primary | IndexKind::Unique);
        let column = |key: &IndexKey| match key {
            IndexKey::Column(name) => name.clone(),
            IndexKey::Expression(_) => unreachable!(),
        };
        let indexes = self.schema.table(table).unwrap().indexes.iter();
        let mut keys = indexes.filter(is_unique).map(|index| {
            let parts = index.parts.iter().map(|part| column(&part.key));
            parts.collect::<Vec<String>>()
        });
        keys.any(|columns| match self.values(table, row, &columns) {
            Some(values) => self.has(table, &columns, &values),
            None => false,
        })
    }
}

/// The accepted rows of the model: the first of each key, without those that are removed until all
/// that remain have their parents.
fn model(schema: &Schema, files: &BTreeMap<String, Vec<Row>>) -> BTreeMap<String, Vec<Row>> {
    let accepted = BTreeMap::new();
    let mut model = Model { schema, accepted };
    for table in &schema.tables {
        let name = table.name.as_str();
        for row in &files[name] {
            if !model.is_duplicate(name, row) {
                let rows = model.accepted.entry(name.to_owned()).or_default();
                rows.push(row.clone());
            }
        }
    }
    loop {
        let mut remaining = BTreeMap::new();
        for (name, rows) in &model.accepted {
            let rows = rows.iter().filter(|row| model.has_parents(name, row));
            remaining.insert(name.clone(), rows.cloned().collect());
        }
        if remaining == model.accepted {
            return remaining;
        }
        model.accepted = remaining;
    }
}

type Numbers = (u64, Option<u64>, Option<u64>);

fn some_rows() -> impl Strategy<Value = Vec<Numbers>> {
    let parent = || proptest::option::weighted(0.8, 0..19u64);
    proptest::collection::vec((0..18u64, parent(), parent()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn rows_in_cycles_are_those_of_the_model_whatever_the_batches(
        which in 0..SCHEMAS.len(),
        numbers in proptest::collection::vec(some_rows(), 5),
        ids_ascend: bool,
        batch_bytes in 8..200usize,
        in_flight in 1..16usize,
    ) {
        let schema = parse(SCHEMAS[which], "cycle.sql").unwrap();
        let mut rows = BTreeMap::new();
        for (table, numbers) in schema.tables.iter().zip(&numbers) {
            let row = |(at, (id, x, y)): (usize, &Numbers)| {
                let id = if ids_ascend { at as u64 } else { *id };
                let x = if table.columns.get(1).is_some_and(|x| !x.nullable) { x.or(Some(3)) } else { *x };
                [Some(id), x, *y][..table.columns.len()].to_vec()
            };
            rows.insert(table.name.clone(), numbers.iter().enumerate().map(row).collect::<Vec<Row>>());
        }
        let folder = tempfile::tempdir().unwrap();
        let sources = files(folder.path(), &schema, &rows);
        let expected = model(&schema, &rows);
        let mut before = None;
        for (batch_bytes, threads) in [(batch_bytes, 2), (1 << 20, 1)] {
            let settings = Settings { batch_bytes, threads, ..settings(in_flight) };
            let (seen, again) = (Seen::default(), AtomicUsize::new(0));
            let results = count(&sources, settings, &seen, |_| {
                again.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
            prop_assert!(again.into_inner() <= 2);
            let seen = seen.0.into_inner().unwrap();
            for (number, (table, result)) in schema.tables.iter().zip(&results).enumerate() {
                let (accepted, rejected) = seen.get(&number).cloned().unwrap_or_default();
                let expected = expected.get(&table.name).cloned().unwrap_or_default();
                prop_assert_eq!(&accepted, &expected, "{}", table.name);
                prop_assert_eq!(result.loaded, accepted.len() as u64);
                prop_assert_eq!(result.rejected(), rejected.len() as u64);
                prop_assert_eq!(result.read, rows[&table.name].len() as u64);
            }
            let before = before.get_or_insert_with(|| seen.clone());
            prop_assert_eq!(&*before, &seen);
        }
    }
}

#[test]
fn a_long_chain_of_orphans_is_found_without_reading_the_files_for_each_of_its_rows() {
    let schema = parse(
        "CREATE TABLE a (id INT UNSIGNED PRIMARY KEY, b INT UNSIGNED, FOREIGN KEY (b) REFERENCES b (id));
         CREATE TABLE b (id INT UNSIGNED PRIMARY KEY, a INT UNSIGNED, FOREIGN KEY (a) REFERENCES a (id));",
        "chain.sql",
    )
    .unwrap();
    const LENGTH: u64 = 5000;
    // a n → b n → a n-1 → … → b 0, which refers to a row that does not exist
    let a = (0..LENGTH).rev().map(|n| vec![Some(n), Some(n)]).collect();
    let parent = |n: u64| n.checked_sub(1).or(Some(LENGTH));
    let mut b: Vec<Row> = (0..LENGTH).map(|n| vec![Some(n), parent(n)]).collect();
    b.push(vec![Some(LENGTH), None]);
    let rows = BTreeMap::from([("a".to_owned(), a), ("b".to_owned(), b)]);
    let folder = tempfile::tempdir().unwrap();
    let sources = files(folder.path(), &schema, &rows);
    let again = AtomicUsize::new(0);
    let results = count(&sources, settings(8), &Deaf, |_| {
        again.fetch_add(1, Ordering::Relaxed);
    });
    let results = results.unwrap();
    assert_eq!(again.into_inner(), 2);
    let loaded: BTreeMap<&str, u64> = results
        .iter()
        .map(|r| (r.name.as_str(), r.loaded))
        .collect();
    assert_eq!(loaded, BTreeMap::from([("a", 0), ("b", 1)]));
}

#[test]
fn a_row_without_a_parent_keeps_its_key_in_every_reading() {
    let schema = parse(
        "CREATE TABLE root (id INT UNSIGNED PRIMARY KEY);
         CREATE TABLE a (id INT UNSIGNED PRIMARY KEY, b INT UNSIGNED, root INT UNSIGNED,
           FOREIGN KEY (b) REFERENCES b (id), FOREIGN KEY (root) REFERENCES root (id));
         CREATE TABLE b (id INT UNSIGNED PRIMARY KEY, a INT UNSIGNED, FOREIGN KEY (a) REFERENCES a (id));",
        "keys.sql",
    )
    .unwrap();
    let row = |values: &[Option<u64>]| values.to_vec();
    // b 2 is rejected at the end; the first a 5 refers to it, and to a root that does not exist
    let rows = BTreeMap::from([
        ("root".to_owned(), vec![row(&[Some(1)])]),
        (
            "a".to_owned(),
            vec![
                row(&[Some(5), Some(2), Some(7)]),
                row(&[Some(5), None, Some(1)]),
            ],
        ),
        ("b".to_owned(), vec![row(&[Some(2), Some(99)])]),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let sources = files(folder.path(), &schema, &rows);
    let seen = Seen::default();
    count(&sources, settings(8), &seen, |_| {}).unwrap();
    let seen = seen.0.into_inner().unwrap();
    let of = |name: &str| {
        let number = sources.iter().position(|source| source.table.name == name);
        seen[&number.unwrap()].clone()
    };
    assert_eq!(
        of("a"),
        (
            vec![],
            vec![(2, Rule::MissingParent), (3, Rule::DuplicateKey)]
        )
    );
    assert_eq!(of("b"), (vec![], vec![(2, Rule::MissingParent)]));
}
