//! Random files of tables that refer to each other and to themselves by text and by integers: what
//! `seed` stores is what a model of keys says, which knows nothing of ours.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{stored, verify};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collation {
    FoldsCase,
    Bytes,
}

impl Collation {
    fn key(self, text: &str) -> String {
        match self {
            Collation::FoldsCase => text.to_lowercase(),
            Collation::Bytes => text.to_owned(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Collation::FoldsCase => "utf8mb4_general_ci",
            Collation::Bytes => "utf8mb4_bin",
        }
    }
}

/// id, up, a, b, n.
type RowOfT = (String, Option<String>, Option<String>, u8, Option<u32>);

/// The rows of three tables: `p` (a, b) is a key; `t` refers to `p` by both, to itself by a text,
/// and to `n` by a number; `n` refers to itself by a number and to `t` by a text.
#[derive(Debug, Clone)]
struct Rows {
    p: Vec<(String, u8)>,
    t: Vec<RowOfT>,
    n: Vec<(u32, Option<u32>, Option<String>)>,
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "A", "b", "B", "c", "d", "e", "x"][..]).prop_map(str::to_owned)
}

fn rows() -> impl Strategy<Value = Rows> {
    let often = prop::option::weighted(0.8, text());
    let p = prop::collection::vec((text(), 0..2u8), 0..14);
    let t = prop::collection::vec(
        (
            text(),
            prop::option::weighted(0.6, text()),
            often,
            0..2u8,
            prop::option::weighted(0.5, 0..12u32),
        ),
        0..14,
    );
    let n = prop::collection::vec(
        (
            0..12u32,
            prop::option::weighted(0.7, 0..12u32),
            prop::option::weighted(0.3, text()),
        ),
        0..14,
    );
    (p, t, n).prop_map(|(p, t, n)| Rows { p, t, n })
}

fn field<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or(String::new(), T::to_string)
}

impl Rows {
    fn files(&self, collation: Collation) -> Files {
        let end = format!("CHARSET utf8mb4 COLLATE {}", collation.name());
        let files = Files::of_schema(&format!(
            "CREATE TABLE p (a VARCHAR(9) NOT NULL, b TINYINT NOT NULL, PRIMARY KEY (a, b)) {end};
             CREATE TABLE t (id VARCHAR(9) NOT NULL PRIMARY KEY, up VARCHAR(9), a VARCHAR(9), b TINYINT NOT NULL, n INT,
               FOREIGN KEY (up) REFERENCES t (id), FOREIGN KEY (n) REFERENCES n (id), FOREIGN KEY (a, b) REFERENCES p (a, b)) {end};
             CREATE TABLE n (id INT NOT NULL PRIMARY KEY, up INT, t VARCHAR(9),
               FOREIGN KEY (up) REFERENCES n (id), FOREIGN KEY (t) REFERENCES t (id)) {end};"
        ));
        let p: String = self.p.iter().map(|(a, b)| format!("{a},{b}\n")).collect();
        files.put("p", format!("a,b\n{p}"));
        let t = self
            .t
            .iter()
            .map(|(id, up, a, b, n)| format!("{id},{},{},{b},{}\n", field(up), field(a), field(n)));
        files.put("t", format!("id,up,a,b,n\n{}", t.collect::<String>()));
        let n = self
            .n
            .iter()
            .map(|(id, up, t)| format!("{id},{},{}\n", field(up), field(t)));
        files.put("n", format!("id,up,t\n{}", n.collect::<String>()));
        files
    }

    /// The lines that are loaded, from 0: the first of each key, as long as their parents are.
    fn expected(&self, collation: Collation) -> [BTreeSet<usize>; 3] {
        let key = |text: &String| collation.key(text);
        let first = |keys: Vec<String>| {
            let mut first: BTreeMap<String, usize> = BTreeMap::new();
            for (line, key) in keys.into_iter().enumerate() {
                first.entry(key).or_insert(line);
            }
            first
        };
        let p = first(
            self.p
                .iter()
                .map(|(a, b)| format!("{},{b}", key(a)))
                .collect(),
        );
        let t = first(self.t.iter().map(|row| key(&row.0)).collect());
        let n = first(self.n.iter().map(|row| row.0.to_string()).collect());
        let mut left: [BTreeSet<usize>; 3] =
            [&p, &t, &n].map(|keys| keys.values().copied().collect());
        let has = |left: &BTreeSet<usize>, keys: &BTreeMap<String, usize>, key: Option<String>| {
            key.is_none_or(|key| keys.get(&key).is_some_and(|line| left.contains(line)))
        };
        loop {
            let before = left.clone();
            left[1].retain(|line| {
                let (_, up, a, b, of_n) = &self.t[*line];
                let of_p = a.as_ref().map(|a| format!("{},{b}", key(a)));
                has(&before[1], &t, up.as_ref().map(key))
                    && has(&before[0], &p, of_p)
                    && has(&before[2], &n, of_n.map(|n| n.to_string()))
            });
            left[2].retain(|line| {
                let (_, up, of_t) = &self.n[*line];
                has(&before[2], &n, up.map(|up| up.to_string()))
                    && has(&before[1], &t, of_t.as_ref().map(key))
            });
            if left == before {
                return left;
            }
        }
    }
}

fn seed_agrees(server: Server, collation: Collation, rows: &Rows, way: &str) {
    let files = rows.files(collation);
    let scratch = Scratch::new(server);
    files
        .seed(
            &scratch,
            &["--max-rejects", "100%", "--load", way, "--connections", "1"],
        )
        .exits(0);
    let expected = rows.expected(collation);
    let lines = |table: usize, text: fn(&Rows, usize) -> String| {
        let mut lines: Vec<String> = expected[table]
            .iter()
            .map(|line| text(rows, *line))
            .collect();
        lines.sort();
        lines
    };
    let sorted = |sql: &str| {
        let mut rows = stored(&scratch, sql);
        rows.sort();
        rows
    };
    assert_eq!(
        sorted("SELECT CONCAT_WS(',', a, b) FROM p"),
        lines(0, |r, l| format!("{},{}", r.p[l].0, r.p[l].1))
    );
    assert_eq!(
        sorted("SELECT CONCAT_WS(',', id, IFNULL(up, ''), IFNULL(a, ''), b, IFNULL(n, '')) FROM t"),
        lines(1, |r, l| format!(
            "{},{},{},{},{}",
            r.t[l].0,
            field(&r.t[l].1),
            field(&r.t[l].2),
            r.t[l].3,
            field(&r.t[l].4)
        ))
    );
    assert_eq!(
        sorted("SELECT CONCAT_WS(',', id, IFNULL(up, ''), IFNULL(t, '')) FROM n"),
        lines(2, |r, l| format!(
            "{},{},{}",
            r.n[l].0,
            field(&r.n[l].1),
            field(&r.n[l].2)
        ))
    );
    for (table, expected) in ["p", "t", "n"].into_iter().zip(&expected) {
        let reported = files.reported(table);
        let of = |name: &str| reported[name].as_u64().unwrap();
        assert_eq!(
            (of("loaded"), of("read")),
            (expected.len() as u64, of("loaded") + of("rejected")),
            "{table}"
        );
        assert_eq!(
            files.rejected(table).len() as u64,
            of("rejected"),
            "{table}"
        );
    }
    verify(&files, &scratch);
}

on_both_servers! {
    fn seed_stores_the_rows_that_a_model_of_keys_and_foreign_keys_accepts(server: Server) {
        let mut runner = TestRunner::new(Config { cases: 10, failure_persistence: None, ..Config::default() });
        let ways = prop::sample::select(&["local-infile", "insert"][..]);
        let collations = prop::sample::select(&[Collation::FoldsCase, Collation::Bytes][..]);
        runner
            .run(&(rows(), collations, ways), |(rows, collation, way)| {
                seed_agrees(server, collation, &rows, way);
                Ok(())
            })
            .unwrap();
    }
}
