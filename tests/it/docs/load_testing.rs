//! docs/load-testing.md: its commands and the options of its tables work in this order, on a
//! seeded database. A small server answers in place of the service, and every rate is kept for a
//! short time only; `scripts/test-reviews-service` runs the same commands, unchanged, with the
//! service.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{commands_of, shell_lines};
use crate::support::data::sample_data;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, ran, reviewseed};
use crate::support::http_server::{HttpServer, Received, Then, answer};

const DOC: &str = include_str!("../../../docs/load-testing.md");

/// The ports of the service, as its script has them by default.
const PORTS: [&str; 3] = ["3000", "3001", "8080"];

/// A word of a command, with the server of the test in place of the service.
fn here(word: &str, variables: &[(String, String)], server: &HttpServer) -> String {
    let mut word = word.to_owned();
    for (name, value) in variables {
        word = word.replace(&format!("${name}"), value);
    }
    for port in PORTS {
        word = word.replace(&format!("http://127.0.0.1:{port}"), &server.url(""));
    }
    let data = sample_data();
    word.replace("http://…", &server.url(""))
        .replace("~/csv", data.to_str().unwrap())
}

/// The name and value of a line that sets a variable.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let is_name = name.chars().all(|c| c.is_ascii_uppercase());
    let words = shlex::split(value)?;
    (is_name && words.len() == 1).then(|| (name.to_owned(), words[0].clone()))
}

/// Runs a smoke test for a short time. It must send every request and, except for its time, pass.
fn smoke(folder: &Path, url: &str, words: &[String]) {
    let mut short: Vec<String> = words.to_vec();
    let duration = short.iter().position(|word| word == "--duration");
    match duration {
        Some(at) => short[at + 1] = "200ms".to_owned(),
        None => short.extend(["--duration", "200ms"].map(str::to_owned)),
    }
    let mut command = reviewseed(folder);
    let command = command.args(&short).arg("--json").env("DATABASE_URL", url);
    let ran = ran(command);
    let is_slow = ran.code == Some(1) && ran.stderr.contains("more than --max-avg");
    assert!(ran.code == Some(0) || is_slow, "{short:?}: {ran:?}");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let tiers = match result {
        Value::Array(tiers) => tiers,
        one => vec![one],
    };
    for tier in tiers {
        assert_eq!(tier["requests"], tier["answered"], "{short:?}: {tier}");
        assert_eq!(tier["errors"], serde_json::json!({}), "{short:?}: {tier}");
    }
}

/// The texts in backticks of the table after a line of the page that contain options of `smoke`.
fn options_after(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = DOC.split_once(heading).unwrap();
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let texts = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let options = texts.filter(|text| text.starts_with("--"));
    options.map(|text| shlex::split(text).unwrap()).collect()
}

/// The arguments of a test with these options: what they need to be used is added.
fn whole(options: Vec<String>) -> Vec<String> {
    let has = |name: &str| options.iter().any(|word| word == name);
    let address = match has("--body") {
        true => "POST http://…/reviews",
        false => "http://…/reviews?product_id={product_id}",
    };
    let missing = (!has("--http")).then_some(["--http", address]);
    let missing = missing.into_iter().flatten().map(str::to_owned);
    let words = std::iter::once("smoke".to_owned()).chain(missing);
    words.chain(options).collect()
}

on_both_servers! {
    fn the_commands_of_the_page_work(server: Server) {
        let (folder, scratch) = (folder(), Scratch::new(server));
        let (folder, url) = (folder.path(), scratch.url());
        let http = HttpServer::start(|_: &Received| (answer(200, "[]"), Then::Keep));
        let (mut variables, mut seen) = (Vec::new(), BTreeSet::new());
        for line in shell_lines(DOC) {
            if let Some((name, value)) = assignment(&line) {
                variables.push((name, here(&value, &variables, &http)));
            }
            for words in commands_of(&line) {
                let words: Vec<_> = words.iter().map(|w| here(w, &variables, &http)).collect();
                match words[0].as_str() {
                    "smoke" => smoke(folder, url, &words),
                    _ => {
                        ran(reviewseed(folder).args(&words).env("DATABASE_URL", url)).exits(0);
                    }
                }
                seen.insert(words.join(" "));
            }
        }
        assert!(seen.len() >= 15, "{seen:#?}");
        assert!(http.received().len() > 100, "only {} requests", http.received().len());
    }
}

on_both_servers! {
    fn the_options_of_the_table_work(server: Server) {
        let (folder, scratch) = (folder(), Scratch::new(server));
        let (folder, url) = (folder.path(), scratch.url());
        let data = sample_data();
        let seed = ["seed", data.to_str().unwrap(), "--quiet"];
        ran(reviewseed(folder).args(seed).env("DATABASE_URL", url)).exits(0);
        std::fs::write(folder.join("FILE"), "{\"product_id\": {product_id}}").unwrap();
        let http = HttpServer::start(|_: &Received| (answer(200, "[]"), Then::Keep));
        let all = options_after("## The whole chain");
        assert!(all.len() >= 5, "{all:?}");
        for options in all {
            let words = whole(options);
            let words: Vec<_> = words.iter().map(|word| here(word, &[], &http)).collect();
            smoke(folder, url, &words);
        }
        let lines: BTreeSet<_> = http.received().into_iter().map(|r| r.line).collect();
        let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
        for start in ["GET /reviews/meta?", "PUT /reviews/", "POST /reviews"] {
            assert!(has(start), "{start}: {lines:?}");
        }
    }
}

#[test]
fn the_ports_of_the_page_are_those_of_the_service() {
    let script = include_str!("../../../scripts/reviews-service");
    let compose = include_str!("../../../examples/reviews-service/compose.yaml");
    let readme = include_str!("../../../examples/reviews-service/README.md");
    let mut seen = BTreeSet::new();
    for text in [DOC, readme] {
        for rest in text.split("http://127.0.0.1:").skip(1) {
            seen.extend(rest.split(|c: char| !c.is_ascii_digit()).next());
        }
    }
    assert_eq!(seen, BTreeSet::from(PORTS));
    for port in PORTS {
        assert!(script.contains(&format!("-{port}}}")), "{port}");
        let published = format!("ports: [\"127.0.0.1:{port}:");
        assert!(compose.contains(&published), "compose.yaml: {port}");
    }
}
