//! Every format of a small list, byte for byte, and read back by something that knows the grammar.

use std::path::Path;

use super::script::Script;
use super::{Fields, Kind};
use crate::targets::{Draw, Entry, Feed, Of, ReaderGone, UrlTemplate};

const LIST: [Entry; 3] = [
    Entry {
        product: 7,
        id: 90,
        weight: 2,
    },
    Entry {
        product: 5,
        id: 80,
        weight: 0,
    },
    Entry {
        product: 9,
        id: 70,
        weight: 1,
    },
];

fn written(kind: Kind, of: Of, draw: Draw) -> String {
    let mut out = Vec::new();
    let url = (of == Of::Characteristic)
        .then(|| UrlTemplate::parse("http://h/p/{product_id}?c={characteristic_id}", of).unwrap());
    let mut feed = Feed::begin(of, draw, kind.writer(of, url.as_ref()).unwrap(), &mut out).unwrap();
    for entry in LIST {
        feed.take(entry).unwrap();
    }
    feed.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_plain_format_is_as_documented() {
    let product = |kind| written(kind, Of::Product, Draw::InOrder);
    let pair = |kind| written(kind, Of::Characteristic, Draw::InOrder);
    assert_eq!(
        product(Kind::Table),
        "product_id\tmax_id\n7\t90\n7\t90\n9\t70\n"
    );
    assert_eq!(
        pair(Kind::Table),
        "product_id\tcharacteristic_id\n7\t90\n7\t90\n9\t70\n"
    );
    assert_eq!(
        written(Kind::Table, Of::Review, Draw::InOrder),
        "review_id\n90\n90\n70\n"
    );
    assert_eq!(product(Kind::Ids), "7\n7\n9\n");
    assert_eq!(pair(Kind::Ids), "7\t90\n7\t90\n9\t70\n");
    for kind in [
        Kind::Csv,
        Kind::Artillery,
        Kind::Jmeter,
        Kind::Gatling,
        Kind::Locust,
    ] {
        assert_eq!(product(kind), "product_id\n7\n7\n9\n");
        assert_eq!(
            pair(kind),
            "product_id,characteristic_id\n7,90\n7,90\n9,70\n"
        );
    }
    assert_eq!(
        product(Kind::Json),
        "[\n{\"product_id\":7},\n{\"product_id\":7},\n{\"product_id\":9}\n]\n"
    );
    assert_eq!(product(Kind::K6), "[\n7,\n7,\n9\n]\n");
    assert_eq!(
        product(Kind::Ndjson),
        "{\"product_id\":7}\n{\"product_id\":7}\n{\"product_id\":9}\n"
    );
    assert_eq!(product(Kind::Repeated), "7,7\n9\n");
    let url = "http://localhost:3000/reviews?product_id=";
    assert_eq!(product(Kind::Urls), format!("{url}7\n{url}7\n{url}9\n"));
    assert_eq!(
        product(Kind::Vegeta),
        format!("GET {url}7\nGET {url}7\nGET {url}9\n")
    );
    let helpful = written(Kind::Vegeta, Of::Review, Draw::InOrder);
    assert!(helpful.starts_with("PUT http://localhost:3000/reviews/90/helpful\n"));
    assert_eq!(
        pair(Kind::Urls),
        "http://h/p/7?c=90\nhttp://h/p/7?c=90\nhttp://h/p/9?c=70\n"
    );
}

#[test]
fn payloads_of_loader_io_have_the_published_form() {
    let read = |kind, of| {
        serde_json::from_str::<serde_json::Value>(&written(kind, of, Draw::InOrder)).unwrap()
    };
    assert_eq!(
        read(Kind::Loaderio, Of::Product),
        serde_json::json!({"version": 1, "variables": [{"names": ["product_id"], "values": [["7"], ["7"], ["9"]]}]})
    );
    assert_eq!(
        read(Kind::LoaderioClassic, Of::Characteristic),
        serde_json::json!({"keys": ["product_id", "characteristic_id"], "values": [["7", "90"], ["7", "90"], ["9", "70"]]})
    );
}

#[test]
fn everything_that_is_json_is_read_back_whole() {
    for of in Of::ALL {
        for kind in [Kind::Json, Kind::K6] {
            let list: Vec<serde_json::Value> =
                serde_json::from_str(&written(kind, of, Draw::InOrder)).unwrap();
            assert_eq!(list.len(), 3);
        }
        for line in written(Kind::Ndjson, of, Draw::InOrder).lines() {
            let object: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            assert!(
                object
                    .keys()
                    .all(|name| of.fields().contains(&name.as_str()))
            );
        }
    }
}

#[test]
fn the_lua_script_holds_the_list_and_the_path() {
    let text = written(Kind::Wrk, Of::Product, Draw::InOrder);
    assert!(text.contains("[[\n7\n7\n9\n]]"), "{text}");
    assert!(
        text.contains("\"/reviews?product_id=\" .. id1 .. \"\""),
        "{text}"
    );
    let pairs = written(Kind::Wrk, Of::Characteristic, Draw::InOrder);
    assert!(
        pairs.contains("7,90\n") && pairs.contains("\"/p/\" .. id1 .. \"?c=\" .. id2 .. \"\""),
        "{pairs}"
    );
    assert!(!text.contains('@'), "{text}");
}

#[test]
fn drawn_entries_stand_one_by_one() {
    let shuffled = written(Kind::Ids, Of::Product, Draw::Shuffled { seed: 1 });
    let mut lines: Vec<_> = shuffled.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["7", "7", "9"]);
    let drawn = written(Kind::Ids, Of::Product, Draw::Count { count: 6, seed: 1 });
    assert_eq!(
        (drawn.matches('7').count(), drawn.matches('9').count()),
        (4, 2)
    );
}

#[test]
fn a_list_that_weighs_nothing_is_an_error() {
    for draw in [
        Draw::InOrder,
        Draw::Shuffled { seed: 1 },
        Draw::Count { count: 5, seed: 1 },
    ] {
        let mut out = Vec::new();
        let mut feed = Feed::begin(
            Of::Product,
            draw,
            Kind::Ids.writer(Of::Product, None).unwrap(),
            &mut out,
        )
        .unwrap();
        feed.take(LIST[1]).unwrap();
        let error = feed.finish().unwrap_err().to_string();
        assert!(
            error.contains("all reviews of the 1 products are reported"),
            "{error}"
        );
        let feed = Feed::begin(
            Of::Product,
            draw,
            Kind::Ids.writer(Of::Product, None).unwrap(),
            &mut out,
        )
        .unwrap();
        assert!(
            feed.finish()
                .unwrap_err()
                .to_string()
                .contains("hold no rows")
        );
    }
}

#[test]
fn a_reader_that_has_gone_is_told_from_other_failures() {
    struct Broken(std::io::ErrorKind);
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for (kind, gone) in [
        (std::io::ErrorKind::BrokenPipe, true),
        (std::io::ErrorKind::StorageFull, false),
    ] {
        let mut out = Broken(kind);
        let format = Kind::Ids.writer(Of::Product, None).unwrap();
        let mut feed = Feed::begin(Of::Product, Draw::InOrder, format, &mut out).unwrap();
        assert_eq!(feed.take(LIST[0]).unwrap_err().is::<ReaderGone>(), gone);
    }
}

const SCRIPTED: [(Kind, &str, &str); 6] = [
    (Kind::K6, "t.json", "t.js"),
    (Kind::Artillery, "t.csv", "t.yml"),
    (Kind::Jmeter, "t.csv", "t.jmx"),
    (Kind::Gatling, "t.csv", "ReviewsSimulation.java"),
    (Kind::Locust, "t.csv", "t.py"),
    (Kind::Loaderio, "t.json", "t.sh"),
];

#[test]
fn every_test_is_complete_and_names_its_list() {
    let url = UrlTemplate::parse(
        "https://api:444/v1/reviews?a=1&product_id={product_id}&b=2",
        Of::Product,
    )
    .unwrap();
    for (kind, feed, name) in SCRIPTED {
        let script = Script::new(
            kind,
            Of::Product,
            &Path::new("some/folder").join(feed),
            Some(&url),
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
            Kind::K6 => "/v1/reviews?a=1&product_id=${id}&b=2",
            Kind::Jmeter => "/v1/reviews?a=1&amp;product_id=${product_id}&amp;b=2",
            Kind::Gatling => "/v1/reviews?a=1&product_id=#{product_id}&b=2",
            Kind::Locust => "/v1/reviews?a=1&product_id={row['product_id']}&b=2",
            _ => "/v1/reviews?a=1&product_id={{ product_id }}&b=2",
        };
        assert!(text.contains(place), "{name}: {text}");
        let reviews = Script::new(kind, Of::Review, Path::new(feed), None)
            .unwrap()
            .text;
        assert!(reviews.to_uppercase().contains("PUT"), "{name}");
    }
}

#[test]
fn the_plan_of_jmeter_is_well_formed() {
    let text = Script::new(Kind::Jmeter, Of::Product, Path::new("t.csv"), None)
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
    let text = Script::new(Kind::Loaderio, Of::Product, Path::new("t.json"), None)
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
    for (kind, of, feed, reason) in [
        (Kind::Ids, Of::Product, "t.txt", "no test to write"),
        (Kind::Wrk, Of::Product, "t.lua", "a script already"),
        (Kind::K6, Of::Characteristic, "t.json", "by hand"),
        (Kind::K6, Of::Product, "t'.json", "letters, digits"),
        (Kind::K6, Of::Product, "t.js", "another name"),
    ] {
        let error = Script::new(kind, of, Path::new(feed), None)
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_extension_decides_where_no_format_is_given() {
    for (file, kind) in [
        ("a.csv", Kind::Csv),
        ("a.json", Kind::Json),
        ("a.ndjson", Kind::Ndjson),
        ("a.txt", Kind::Ids),
        ("csv", Kind::Ids),
    ] {
        assert_eq!(Kind::of_file(Some(Path::new(file))), kind);
    }
    assert_eq!(Kind::of_file(None), Kind::Ids);
    for kind in Kind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
}

#[test]
fn large_ids_are_written_in_full() {
    let fields = Fields {
        names: &["product_id"],
        values: &[u64::MAX],
        newest: None,
    };
    let mut out = Vec::new();
    fields.write_object(&mut out).unwrap();
    assert_eq!(out, b"{\"product_id\":18446744073709551615}");
}
