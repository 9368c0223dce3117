//! The tests that `--script` writes: complete, well formed, and made for the list beside them.

use std::path::Path;

use super::written;
use crate::targets::format::FormatKind;
use crate::targets::format::script::{Load, Script};
use crate::targets::{Order, TargetKind, UrlTemplate};

const SCRIPTED: [(FormatKind, &str, &str); 6] = [
    (FormatKind::K6, "t.json", "t.js"),
    (FormatKind::Artillery, "t.csv", "t.yml"),
    (FormatKind::Jmeter, "t.csv", "t.jmx"),
    (FormatKind::Gatling, "t.csv", "ReviewsSimulation.java"),
    (FormatKind::Locust, "t.csv", "t.py"),
    (FormatKind::Loaderio, "t.json", "t.sh"),
];

#[test]
fn every_test_is_complete_and_names_its_list() {
    let url = UrlTemplate::parse(
        "https://api:444/v1/reviews?a=1&product_id={product_id}&b=2",
        TargetKind::Product,
    )
    .unwrap();
    for (kind, feed, name) in SCRIPTED {
        let script = Script::new(
            kind,
            TargetKind::Product,
            &Path::new("some/folder").join(feed),
            Some(&url),
            Load::USUAL,
        )
        .unwrap();
        assert_eq!(script.path, Path::new("some/folder").join(name));
        let text = script.text;
        for word in [feed, "250", "30", "product_id", "api"] {
            assert!(text.contains(word), "{name}: no {word}");
        }
        let left: Vec<_> = text
            .split('@')
            .skip(1)
            .filter(|rest| rest.starts_with(char::is_uppercase))
            .collect();
        assert!(left.is_empty(), "{name}: {left:?}");
        let place = match kind {
            FormatKind::K6 => "/v1/reviews?a=1&product_id=${id}&b=2",
            FormatKind::Jmeter => "/v1/reviews?a=1&amp;product_id=${product_id}&amp;b=2",
            FormatKind::Gatling => "/v1/reviews?a=1&product_id=#{product_id}&b=2",
            FormatKind::Locust => "/v1/reviews?a=1&product_id={row['product_id']}&b=2",
            _ => "/v1/reviews?a=1&product_id={{ product_id }}&b=2",
        };
        assert!(text.contains(place), "{name}: {text}");
        let reviews = Script::new(kind, TargetKind::Review, Path::new(feed), None, Load::USUAL)
            .unwrap()
            .text;
        assert!(reviews.to_uppercase().contains("PUT"), "{name}");
    }
}

#[test]
fn every_test_uses_names_that_its_list_has() {
    for (kind, feed, name) in SCRIPTED {
        for target in [TargetKind::Product, TargetKind::Review] {
            let list = written(kind, target, Order::InOrder);
            let text = Script::new(kind, target, Path::new(feed), None, Load::USUAL)
                .unwrap()
                .text;
            let (open, close) = match kind {
                // the list has bare numbers without names; the test calls each of them `id`
                FormatKind::K6 => {
                    let ids: Vec<u64> = serde_json::from_str(&list).unwrap();
                    assert_eq!(ids.len(), 3);
                    assert!(text.contains("const id = ids[") && text.contains("${id}"));
                    continue;
                }
                FormatKind::Jmeter => ("${", "}"),
                FormatKind::Gatling => ("#{", "}"),
                FormatKind::Locust => ("row['", "']"),
                _ => ("{{ ", " }}"),
            };
            let header: Vec<String> = match kind {
                FormatKind::Loaderio => {
                    let payload: serde_json::Value = serde_json::from_str(&list).unwrap();
                    serde_json::from_value(payload["variables"][0]["names"].clone()).unwrap()
                }
                _ => list
                    .lines()
                    .next()
                    .unwrap()
                    .split(',')
                    .map(str::to_owned)
                    .collect(),
            };
            let used: Vec<&str> = text
                .split(open)
                .skip(1)
                .map(|rest| rest.split(close).next().unwrap())
                // properties and functions of JMeter
                .filter(|name| !name.starts_with("__"))
                .collect();
            assert!(
                !used.is_empty() && used.iter().all(|name| header.iter().any(|h| h == name)),
                "{name}: {used:?}, but the list has {header:?}"
            );
        }
    }
}

#[test]
fn users_of_locust_stay_out_of_step() {
    // Locust's `constant_throughput` counts the wait before the first request as work, so all users
    // would send their requests at the same time
    let script = Script::new(
        FormatKind::Locust,
        TargetKind::Product,
        Path::new("t.csv"),
        None,
        Load::USUAL,
    )
    .unwrap();
    assert!(!script.text.contains("constant_throughput("));
    assert!(!script.text.contains("constant_pacing("));
    assert!(script.text.contains("def wait_time(self):"));
}

#[test]
fn the_plan_of_jmeter_is_well_formed() {
    let text = Script::new(
        FormatKind::Jmeter,
        TargetKind::Product,
        Path::new("t.csv"),
        None,
        Load::USUAL,
    )
    .unwrap()
    .text;
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = match rest.starts_with("<!--") {
            true => rest.find("-->").expect("a closed comment") + 3,
            false => rest.find('>').expect("a closed tag") + 1,
        };
        let (tag, after) = rest.split_at(end);
        rest = after;
        let name = tag
            .trim_start_matches("</")
            .trim_start_matches('<')
            .split([' ', '>', '/'])
            .next()
            .unwrap();
        match () {
            () if tag.starts_with("<!--") => {
                assert!(!tag[4..tag.len() - 3].contains("--"), "{tag}")
            }
            () if tag.starts_with("<?") || tag.ends_with("/>") => {}
            () if tag.starts_with("</") => assert_eq!(open.pop(), Some(name)),
            () => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(text.contains("${__P(host,localhost)}") && text.contains("${__P(port,3000)}"));
    assert!(
        text.split('&')
            .skip(1)
            .all(|entity| entity.starts_with("amp;"))
    );
}

#[test]
fn the_test_of_loader_io_asks_for_7500_requests_in_30_seconds() {
    let text = Script::new(
        FormatKind::Loaderio,
        TargetKind::Product,
        Path::new("t.json"),
        None,
        Load::USUAL,
    )
    .unwrap()
    .text;
    let body = text
        .split("<<JSON\n")
        .nth(1)
        .unwrap()
        .split("\nJSON")
        .next()
        .unwrap();
    let test: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&test["total"], &test["duration"]),
        (&7500.into(), &30.into())
    );
    assert_eq!(
        test["urls"][0]["url"],
        "$base/reviews?product_id={{ product_id }}"
    );
}

#[test]
fn what_cannot_be_scripted_says_why() {
    for (kind, target, feed, reason) in [
        (
            FormatKind::Ids,
            TargetKind::Product,
            "t.txt",
            "no test to write",
        ),
        (
            FormatKind::Wrk,
            TargetKind::Product,
            "t.lua",
            "a script already",
        ),
        (
            FormatKind::K6,
            TargetKind::Characteristic,
            "t.json",
            "yourself",
        ),
        (
            FormatKind::K6,
            TargetKind::Product,
            "t'.json",
            "letters, digits",
        ),
        (FormatKind::K6, TargetKind::Product, "t.js", "another name"),
    ] {
        let error = Script::new(kind, target, Path::new(feed), None, Load::USUAL)
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn every_test_has_the_load_that_was_asked_for_and_a_command() {
    let load = Load {
        rate: 137,
        seconds: 41,
    };
    for (kind, feed, name) in SCRIPTED {
        let list = Path::new("some/folder").join(feed);
        let script = Script::new(kind, TargetKind::Product, &list, None, load).unwrap();
        for usual in [
            "250", "7500", "7,500", "500 t", " 30 ", "30s", "(30)", "15,000",
        ] {
            assert!(!script.text.contains(usual), "{name}: {usual}");
        }
        let numbers = match kind {
            FormatKind::Artillery | FormatKind::Loaderio => vec!["5617", "41"],
            _ => vec!["137", "41"],
        };
        for number in numbers {
            assert!(script.text.contains(number), "{name}: no {number}");
        }
        assert!(script.command.contains(name), "{}", script.command);
    }
}
