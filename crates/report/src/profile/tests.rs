use super::*;
use model::batch::{BatchSize, Layout};
use mysql_schema::parse::parse;

const SCHEMA: &str = "CREATE TABLE parent (id INT UNSIGNED NOT NULL, PRIMARY KEY (id));
    CREATE TABLE t (id INT UNSIGNED NOT NULL, parent_id INT UNSIGNED, stars TINYINT UNSIGNED NOT NULL, likes INT NOT NULL,
      seen BOOLEAN NOT NULL, size ENUM('S', 'M') NOT NULL, at DATETIME NOT NULL, words VARCHAR(40), price DOUBLE NOT NULL,
      PRIMARY KEY (id), CONSTRAINT of_parent FOREIGN KEY (parent_id) REFERENCES parent (id));";

/// Profiles of table t, after these rows.
fn profile(rows: &[[Value<'_>; 9]], rejected: &[usize]) -> TableProfile {
    let schema = parse(SCHEMA, "schema.sql").unwrap();
    let table = schema.table("t").unwrap();
    let layout = Layout::new(table.columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    for (at, row) in rows.iter().enumerate() {
        for value in row {
            batch.push(*value);
        }
        batch.finish_row(at as u32, 1, at as u32, 0);
    }
    for row in rejected {
        batch.reject(*row);
    }
    let mut profile = TableProfile::new(table, 0..table.columns.len());
    profile.add(&batch);
    profile
}

fn row(id: u64, parent: Option<u64>, stars: u64, words: Option<&str>) -> [Value<'_>; 9] {
    [
        Value::UInt(id),
        parent.map_or(Value::Null, Value::UInt),
        Value::UInt(stars),
        Value::Int(-4 + id as i64),
        Value::Int(i64::from(id.is_multiple_of(2))),
        Value::Enum(1),
        Value::DateTime(1_596_080_481_467_000),
        words.map_or(Value::Null, Value::Text),
        Value::Double(0.5),
    ]
}

#[test]
fn the_schema_decides_which_statistics_are_collected() {
    let profile = profile(&[], &[]);
    let shapes: Vec<&str> = profile
        .columns
        .iter()
        .map(|c| match c.shape {
            Shape::Values(_) => "values",
            Shape::Months(_) => "months",
            Shape::PerValue(_) => "per value",
            Shape::Lengths(_) => "lengths",
            Shape::Integers(_) => "integers",
            Shape::Unique(_) => "unique",
            Shape::Numbers(_) => "numbers",
            Shape::Unseen => "unseen",
        })
        .collect();
    assert_eq!(
        shapes,
        [
            "unique",
            "per value",
            "values",
            "integers",
            "values",
            "values",
            "months",
            "lengths",
            "numbers"
        ]
    );
    assert_eq!(profile.columns[1].refers_to.as_deref(), Some("parent.id"));
}

#[test]
fn only_rows_that_are_not_rejected_count() {
    let rows = [
        row(1, Some(7), 5, Some("f\u{fc}nf!")),
        row(2, Some(7), 5, Some("")),
        row(3, Some(8), 1, None),
        row(4, None, 3, Some("gone")),
        row(9, Some(9), 4, Some("rejected, with a long text")),
    ];
    let profile = profile(&rows, &[4]);
    assert_eq!(profile.rows, 4);
    let nulls: Vec<u64> = profile.columns.iter().map(|c| c.nulls).collect();
    assert_eq!(nulls, [0, 1, 0, 0, 0, 0, 0, 1, 0]);
    let shape = |at: usize| &profile.columns[at].shape;
    let Shape::Unique(ids) = shape(0) else {
        panic!()
    };
    assert_eq!(ids.range(), Some((1, 4)));
    let Shape::PerValue(parents) = shape(1) else {
        panic!()
    };
    assert_eq!((parents.values(), parents.bars().counts), (2, vec![1, 1]));
    let Shape::Values(stars) = shape(2) else {
        panic!()
    };
    assert_eq!(stars.bars().labels, ["1", "2", "3", "4", "5"]);
    assert_eq!(stars.bars().counts, [1, 0, 1, 0, 2]);
    assert_eq!(stars.mean(), Some(3.5));
    let Shape::Integers(likes) = shape(3) else {
        panic!()
    };
    assert_eq!(likes.bars().labels, ["below 0", "0"]);
    assert_eq!(likes.bars().counts, [3, 1]);
    let Shape::Values(sizes) = shape(5) else {
        panic!()
    };
    assert_eq!(
        (sizes.bars().labels, sizes.bars().counts),
        (vec!["S".to_string(), "M".to_string()], vec![4, 0])
    );
    let Shape::Months(months) = shape(6) else {
        panic!()
    };
    assert_eq!(months.bars().0.labels, ["2020-07"]);
    let Shape::Lengths(words) = shape(7) else {
        panic!()
    };
    assert_eq!(
        (words.empty(), words.median(), words.longest()),
        (1, Some(4), 5)
    );
    let Shape::Numbers(prices) = shape(8) else {
        panic!()
    };
    assert_eq!(prices.summary(), Some((0.5, 0.5, 0.5)));
}
