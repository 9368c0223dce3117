//! Random tables that refer to each other and to themselves, by text and by integers. The rows that
//! `seed` stores equal those of a model of keys, which shares no code with the program.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{stored, verify};
use crate::support::data::Files;
use crate::support::effort::cases;
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

/// A record of `t`.
#[derive(Debug, Clone)]
struct RowOfT {
    id: String,
    u: Option<String>,
    up: Option<String>,
    a: Option<String>,
    b: u8,
    n: Option<u32>,
    q: Option<u32>,
}

/// The rows of four tables: `p` (a, b) and `q` (id) are keys; `t` refers to `p` by both, to `q` by
/// a number, to itself by a text, and to `n` by a number, and its `u` is another unique key; `n`
/// refers to itself by a number and to `t` by a text.
#[derive(Debug, Clone)]
struct Rows {
    p: Vec<(String, u8)>,
    q: Vec<u32>,
    t: Vec<RowOfT>,
    n: Vec<(u32, Option<u32>, Option<String>)>,
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "A", "b", "B", "c", "d", "e", "x"][..]).prop_map(str::to_owned)
}

fn rows() -> impl Strategy<Value = Rows> {
    let often = prop::option::weighted(0.8, text());
    let p = prop::collection::vec((text(), 0..2u8), 0..14);
    let q = prop::collection::vec(0..6u32, 0..6);
    let t = (
        text(),
        prop::option::weighted(0.5, text()),
        prop::option::weighted(0.6, text()),
        often,
        0..2u8,
        prop::option::weighted(0.5, 0..12u32),
        prop::option::weighted(0.5, 0..6u32),
    );
    let t = t.prop_map(|(id, u, up, a, b, n, q)| RowOfT {
        id,
        u,
        up,
        a,
        b,
        n,
        q,
    });
    let n = prop::collection::vec(
        (
            0..12u32,
            prop::option::weighted(0.7, 0..12u32),
            prop::option::weighted(0.3, text()),
        ),
        0..14,
    );
    (p, q, prop::collection::vec(t, 0..14), n).prop_map(|(p, q, t, n)| Rows { p, q, t, n })
}

fn field<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or(String::new(), T::to_string)
}

/// The values of a record's unique keys; `None` is NULL.
type Keys = Vec<Option<String>>;

/// The records that are stored, before foreign keys are judged: the first of each key. A record is
/// compared by its bytes with all earlier ones that were accepted, and then as the server compares
/// with those that were stored. A duplicate takes none of its keys, but a record that only the
/// server rejects has taken them already.
fn stored_at_first(collation: Collation, records: &[Keys]) -> Vec<usize> {
    let (mut bytes, mut folded) = (BTreeSet::new(), BTreeSet::new());
    let mut stored = Vec::new();
    for (line, keys) in records.iter().enumerate() {
        let keys = keys.iter().enumerate();
        let keys = keys.filter_map(|(number, key)| Some((number, key.clone()?)));
        let keys: Vec<(usize, String)> = keys.collect();
        if keys.iter().any(|key| bytes.contains(key)) {
            continue;
        }
        bytes.extend(keys.iter().cloned());
        let fold = |(number, key): &(usize, String)| (*number, collation.key(key));
        let keys: Vec<(usize, String)> = keys.iter().map(fold).collect();
        if keys.iter().any(|key| folded.contains(key)) {
            continue;
        }
        folded.extend(keys);
        stored.push(line);
    }
    stored
}

impl Rows {
    fn files(&self, collation: Collation) -> Files {
        let end = format!("CHARSET utf8mb4 COLLATE {}", collation.name());
        let files = Files::of_schema(&format!(
            "CREATE TABLE p (a VARCHAR(9) NOT NULL, b TINYINT NOT NULL, PRIMARY KEY (a, b)) {end};
             CREATE TABLE q (id INT NOT NULL PRIMARY KEY);
             CREATE TABLE t (id VARCHAR(9) NOT NULL PRIMARY KEY, u VARCHAR(9), up VARCHAR(9), a VARCHAR(9), b TINYINT NOT NULL, n INT, q INT, UNIQUE (u),
               FOREIGN KEY (up) REFERENCES t (id), FOREIGN KEY (n) REFERENCES n (id), FOREIGN KEY (a, b) REFERENCES p (a, b),
               FOREIGN KEY (q) REFERENCES q (id)) {end};
             CREATE TABLE n (id INT NOT NULL PRIMARY KEY, up INT, t VARCHAR(9),
               FOREIGN KEY (up) REFERENCES n (id), FOREIGN KEY (t) REFERENCES t (id)) {end};"
        ));
        let p: String = self.p.iter().map(|(a, b)| format!("{a},{b}\n")).collect();
        files.put("p", format!("a,b\n{p}"));
        let q: String = self.q.iter().map(|id| format!("{id}\n")).collect();
        files.put("q", format!("id\n{q}"));
        let t: String = self.t.iter().map(|row| format!("{row}\n")).collect();
        files.put("t", format!("id,u,up,a,b,n,q\n{t}"));
        let n = self
            .n
            .iter()
            .map(|(id, up, t)| format!("{id},{},{}\n", field(up), field(t)));
        files.put("n", format!("id,up,t\n{}", n.collect::<String>()));
        files
    }

    /// The lines that are loaded, from 0: those that are stored at first, as long as their parents
    /// are.
    fn expected(&self, collation: Collation) -> [BTreeSet<usize>; 4] {
        let key = |text: &String| collation.key(text);
        let p = |a: &String, b: u8| format!("{},{b}", key(a));
        let keys_of_p = self.p.iter().map(|(a, b)| vec![Some(format!("{a},{b}"))]);
        let keys_of_q = self.q.iter().map(|id| vec![Some(id.to_string())]);
        let keys_of_t = self.t.iter().map(|t| vec![Some(t.id.clone()), t.u.clone()]);
        let keys_of_n = self.n.iter().map(|n| vec![Some(n.0.to_string())]);
        let first = |keys: Vec<Keys>| stored_at_first(collation, &keys);
        let stored = [
            first(keys_of_p.collect()),
            first(keys_of_q.collect()),
            first(keys_of_t.collect()),
            first(keys_of_n.collect()),
        ];
        let mut left = stored.map(|lines| lines.into_iter().collect::<BTreeSet<usize>>());
        loop {
            let before = left.clone();
            let ids = |table: usize, id: &dyn Fn(usize) -> String| -> BTreeSet<String> {
                before[table].iter().map(|line| id(*line)).collect()
            };
            let of_p = ids(0, &|line| p(&self.p[line].0, self.p[line].1));
            let of_q = ids(1, &|line| self.q[line].to_string());
            let of_t = ids(2, &|line| key(&self.t[line].id));
            let of_n = ids(3, &|line| self.n[line].0.to_string());
            let has =
                |ids: &BTreeSet<String>, id: Option<String>| id.is_none_or(|id| ids.contains(&id));
            left[2].retain(|line| {
                let row = &self.t[*line];
                has(&of_t, row.up.as_ref().map(key))
                    && has(&of_p, row.a.as_ref().map(|a| p(a, row.b)))
                    && has(&of_n, row.n.map(|n| n.to_string()))
                    && has(&of_q, row.q.map(|q| q.to_string()))
            });
            left[3].retain(|line| {
                let (_, up, t) = &self.n[*line];
                has(&of_n, up.map(|up| up.to_string())) && has(&of_t, t.as_ref().map(key))
            });
            if left == before {
                return left;
            }
        }
    }
}

impl std::fmt::Display for RowOfT {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (u, up, a) = (field(&self.u), field(&self.up), field(&self.a));
        let (n, q) = (field(&self.n), field(&self.q));
        write!(f, "{},{u},{up},{a},{},{n},{q}", self.id, self.b)
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
        sorted("SELECT CAST(id AS CHAR) FROM q"),
        lines(1, |r, l| r.q[l].to_string())
    );
    let nullable = |names: [&str; 5]| names.map(|name| format!("IFNULL({name}, '')"));
    let [u, up, a, n, q] = nullable(["u", "up", "a", "n", "q"]);
    assert_eq!(
        sorted(&format!(
            "SELECT CONCAT_WS(',', id, {u}, {up}, {a}, b, {n}, {q}) FROM t"
        )),
        lines(2, |r, l| r.t[l].to_string())
    );
    assert_eq!(
        sorted("SELECT CONCAT_WS(',', id, IFNULL(up, ''), IFNULL(t, '')) FROM n"),
        lines(3, |r, l| format!(
            "{},{},{}",
            r.n[l].0,
            field(&r.n[l].1),
            field(&r.n[l].2)
        ))
    );
    for (table, expected) in ["p", "q", "t", "n"].into_iter().zip(&expected) {
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
    long
    fn seed_stores_the_rows_that_a_model_of_keys_and_foreign_keys_accepts(server: Server) {
        let mut runner = TestRunner::new(Config { cases: cases(4), failure_persistence: None, ..Config::default() });
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
