//! The data sets of examples/ on both servers: no code is written for them, and the count of each
//! rule is checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, folder, on_both_servers, run};

/// The result that a table must have: rows read, rejected by `check`, rejected by the server alone.
struct Expected {
    table: &'static str,
    read: u64,
    rules: &'static [(&'static str, u64)],
    by_server: &'static [(&'static str, u64)],
}

const fn table(
    table: &'static str,
    read: u64,
    rules: &'static [(&'static str, u64)],
    by_server: &'static [(&'static str, u64)],
) -> Expected {
    Expected {
        table,
        read,
        rules,
        by_server,
    }
}

const QUESTIONS_ANSWERS: [Expected; 3] = [
    table(
        "questions",
        61,
        &[
            ("duplicate_key", 1),
            ("field_count", 1),
            ("missing_value", 1),
            ("not_a_boolean", 1),
            ("not_a_timestamp", 1),
            ("unclosed_quote", 1),
        ],
        &[],
    ),
    table(
        "answers",
        80,
        &[
            ("missing_parent", 6),
            ("not_an_integer", 1),
            ("out_of_range", 1),
            ("too_long", 1),
        ],
        &[],
    ),
    // LIKE is left to the server
    table(
        "answers_photos",
        50,
        &[("missing_parent", 5)],
        &[("check_failed", 1)],
    ),
];

const PRODUCTS: [Expected; 6] = [
    table(
        "products",
        40,
        &[
            ("check_failed", 1),
            ("not_a_number", 1),
            ("out_of_range", 1),
        ],
        &[],
    ),
    table(
        "features",
        80,
        &[("field_count", 1), ("missing_parent", 6)],
        &[],
    ),
    table(
        "related",
        122,
        &[
            ("check_failed", 1),
            ("duplicate_key", 1),
            ("missing_parent", 17),
        ],
        &[],
    ),
    table(
        "styles",
        80,
        &[
            ("check_failed", 1),
            ("missing_parent", 6),
            ("not_a_boolean", 1),
        ],
        &[],
    ),
    // "s" and "S" are one size in the eyes of the collation
    table(
        "skus",
        163,
        &[("missing_parent", 18), ("out_of_range", 1), ("too_long", 1)],
        &[("duplicate_key", 1)],
    ),
    table(
        "photos",
        100,
        &[("missing_parent", 10), ("unclosed_quote", 1)],
        &[],
    ),
];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

fn arguments<'a>(command: &'a str, files: &'a Path, more: &[&'a str]) -> Vec<String> {
    let schema = files.join("schema.sql");
    let mut all = vec![
        command.to_owned(),
        files.display().to_string(),
        "--schema".to_owned(),
        schema.display().to_string(),
        "--max-rejects".to_owned(),
        "20%".to_owned(),
        "--report".to_owned(),
        "-".to_owned(),
    ];
    all.extend(more.iter().map(|s| (*s).to_owned()));
    all
}

/// The tables of a report: name → (read, loaded, rules).
fn tables(ran: &Ran) -> BTreeMap<String, (u64, u64, BTreeMap<String, u64>)> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let number = |v: &Value| v.as_u64().unwrap();
    let tables = report["tables"].as_array().unwrap().iter();
    tables
        .map(|t| {
            let rules = serde_json::from_value(t["rules"].clone()).unwrap();
            let name = t["name"].as_str().unwrap().to_owned();
            (name, (number(&t["read"]), number(&t["loaded"]), rules))
        })
        .collect()
}

/// `check`, `seed --verify full` and `verify` on one example, each table's rules counted.
fn holds(server: Server, name: &str, expected: &[Expected]) {
    let (folder, files, scratch) = (folder(), example(name), Scratch::new(server));
    let checked = tables(&run(folder.path(), arguments("check", &files, &[])).exits(1));
    let more = ["--database-url", scratch.url(), "--verify", "full"];
    let seeded = tables(&run(folder.path(), arguments("seed", &files, &more)).exits(0));
    assert_eq!(seeded.len(), expected.len());
    for Expected {
        table,
        read,
        rules,
        by_server,
    } in expected
    {
        let mut counts: BTreeMap<String, u64> =
            rules.iter().map(|(r, n)| ((*r).to_owned(), *n)).collect();
        let loaded = |counts: &BTreeMap<String, u64>| read - counts.values().sum::<u64>();
        assert_eq!(
            checked[*table],
            (*read, loaded(&counts), counts.clone()),
            "check: {table}"
        );
        for (rule, count) in *by_server {
            *counts.entry((*rule).to_owned()).or_default() += count;
        }
        assert_eq!(
            seeded[*table],
            (*read, loaded(&counts), counts.clone()),
            "seed: {table}"
        );
        let rows = scratch.value(&format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(rows, loaded(&counts).to_string(), "{table}");
        let rejected = csv_records(&folder.path().join(format!("rejects/{table}.reasons.csv")));
        assert_eq!(rejected as u64, counts.values().sum::<u64>(), "{table}");
    }
    let schema = files.join("schema.sql").display().to_string();
    run(
        folder.path(),
        [
            "verify",
            "--schema",
            &schema,
            "--database-url",
            scratch.url(),
        ],
    )
    .exits(0);
}

fn csv_records(file: &Path) -> usize {
    csv::Reader::from_path(file).unwrap().byte_records().count()
}

on_both_servers! {
    fn questions_and_answers_are_seeded(server: Server) {
        holds(server, "questions-answers", &QUESTIONS_ANSWERS);
    }
}

on_both_servers! {
    fn products_are_seeded(server: Server) {
        holds(server, "products", &PRODUCTS);
    }
}

on_both_servers! {
    /// Neither order nor absence can be judged while the rows of the same table stream by.
    fn a_foreign_key_to_the_same_table_is_checked_after_the_load(server: Server) {
        let (folder, scratch) = (folder(), Scratch::new(server));
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        let schema = fs::read_to_string(example("products").join("schema.sql")).unwrap();
        fs::write(files.join("schema.sql"), schema).unwrap();
        let products = |orphan: &str| format!("id,name,slogan,description,category,default_price,replaces\n1,a,,,b,1.5,2\n2,a,,,b,1,\n3,a,,,b,1,{orphan}\n4,a,,,b,1,\n5,a,,,b,1,\n");
        let more = ["--tables", "products", "--database-url", scratch.url()];
        fs::write(files.join("products.csv"), products("99")).unwrap();
        let seeded = tables(&run(folder.path(), arguments("seed", &files, &more)).exits(0));
        let orphan = BTreeMap::from([("missing_parent".to_owned(), 1)]);
        assert_eq!(seeded["products"], (5, 4, orphan));
        let scratch = Scratch::new(server);
        let more = ["--tables", "products", "--database-url", scratch.url()];
        fs::write(files.join("products.csv"), products("1")).unwrap();
        run(folder.path(), arguments("seed", &files, &more)).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(CONCAT(id, '>', replaces) ORDER BY id) FROM products"), "1>2,3>1");
    }
}

on_both_servers! {
    /// The commands in docs/data-sets.md, unchanged.
    fn the_commands_of_the_guide_work(server: Server) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let guide = fs::read_to_string(root.join("docs/data-sets.md")).unwrap();
        // the folder csv and its schema, and the examples
        let (files, scratch) = (Files::small(), Scratch::new(server));
        fs::write(files.path("schema.sql"), reviews::SCHEMA).unwrap();
        std::os::unix::fs::symlink(root.join("examples"), files.path("examples")).unwrap();
        let mut is_code = false;
        let code = guide.lines().map(str::trim).filter(|line| {
            is_code ^= line.starts_with("```");
            is_code
        });
        let commands: Vec<&str> = code.filter_map(|line| line.strip_prefix("reviewseed ")).collect();
        assert_eq!(commands.len(), 6, "{commands:?}");
        for command in commands {
            let mut words: Vec<&str> = command.split_whitespace().collect();
            let has_rejects = words[0] == "check" && words[1] != "csv";
            let code = if has_rejects { 1 } else { 0 };
            if words[0] != "check" {
                words.extend(["--database-url", scratch.url()]);
            }
            run(&files.path(""), words).exits(code);
        }
    }
}
