//! Every format of a small list, compared byte for byte, and parsed by its grammar.

mod scripts;

use std::path::Path;

use super::{Fields, FormatKind};
use crate::error::Error;
use crate::targets::{Entry, ListWriter, Order, TargetKind, UrlTemplate};

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

fn written(kind: FormatKind, target: TargetKind, draw: Order) -> String {
    let mut out = Vec::new();
    let url = (target == TargetKind::Characteristic).then(|| {
        UrlTemplate::parse("http://h/p/{product_id}?c={characteristic_id}", target).unwrap()
    });
    let mut feed = ListWriter::begin(
        target,
        draw,
        kind.writer(target, url.as_ref()).unwrap(),
        &mut out,
    )
    .unwrap();
    for entry in LIST {
        feed.add(entry).unwrap();
    }
    feed.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_plain_format_is_as_documented() {
    let product = |kind| written(kind, TargetKind::Product, Order::InOrder);
    let pair = |kind| written(kind, TargetKind::Characteristic, Order::InOrder);
    assert_eq!(
        product(FormatKind::Table),
        "product_id\tmax_id\n7\t90\n7\t90\n9\t70\n"
    );
    assert_eq!(
        pair(FormatKind::Table),
        "product_id\tcharacteristic_id\n7\t90\n7\t90\n9\t70\n"
    );
    assert_eq!(
        written(FormatKind::Table, TargetKind::Review, Order::InOrder),
        "review_id\n90\n90\n70\n"
    );
    assert_eq!(product(FormatKind::Ids), "7\n7\n9\n");
    assert_eq!(pair(FormatKind::Ids), "7\t90\n7\t90\n9\t70\n");
    for kind in [
        FormatKind::Csv,
        FormatKind::Artillery,
        FormatKind::Jmeter,
        FormatKind::Gatling,
        FormatKind::Locust,
    ] {
        assert_eq!(product(kind), "product_id\n7\n7\n9\n");
        assert_eq!(
            pair(kind),
            "product_id,characteristic_id\n7,90\n7,90\n9,70\n"
        );
    }
    assert_eq!(
        product(FormatKind::Json),
        "[\n{\"product_id\":7},\n{\"product_id\":7},\n{\"product_id\":9}\n]\n"
    );
    assert_eq!(product(FormatKind::K6), "[\n7,\n7,\n9\n]\n");
    assert_eq!(
        product(FormatKind::Ndjson),
        "{\"product_id\":7}\n{\"product_id\":7}\n{\"product_id\":9}\n"
    );
    assert_eq!(product(FormatKind::Repeated), "7,7\n9\n");
    let url = "http://localhost:3000/reviews?product_id=";
    assert_eq!(
        product(FormatKind::Urls),
        format!("{url}7\n{url}7\n{url}9\n")
    );
    assert_eq!(
        product(FormatKind::Vegeta),
        format!("GET {url}7\nGET {url}7\nGET {url}9\n")
    );
    let helpful = written(FormatKind::Vegeta, TargetKind::Review, Order::InOrder);
    assert!(helpful.starts_with("PUT http://localhost:3000/reviews/90/helpful\n"));
    assert_eq!(
        pair(FormatKind::Urls),
        "http://h/p/7?c=90\nhttp://h/p/7?c=90\nhttp://h/p/9?c=70\n"
    );
}

#[test]
fn payloads_of_loader_io_have_the_published_form() {
    let read = |kind, target| {
        serde_json::from_str::<serde_json::Value>(&written(kind, target, Order::InOrder)).unwrap()
    };
    assert_eq!(
        read(FormatKind::Loaderio, TargetKind::Product),
        serde_json::json!({"version": 1, "variables": [{"names": ["product_id"], "values": [["7"], ["7"], ["9"]]}]})
    );
    assert_eq!(
        read(FormatKind::LoaderioClassic, TargetKind::Characteristic),
        serde_json::json!({"keys": ["product_id", "characteristic_id"], "values": [["7", "90"], ["7", "90"], ["9", "70"]]})
    );
}

#[test]
fn everything_that_is_json_is_read_back_whole() {
    for target in TargetKind::ALL {
        for kind in [FormatKind::Json, FormatKind::K6] {
            let list: Vec<serde_json::Value> =
                serde_json::from_str(&written(kind, target, Order::InOrder)).unwrap();
            assert_eq!(list.len(), 3);
        }
        for line in written(FormatKind::Ndjson, target, Order::InOrder).lines() {
            let object: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
            assert!(
                object
                    .keys()
                    .all(|name| target.fields().contains(&name.as_str()))
            );
        }
    }
}

#[test]
fn the_lua_script_holds_the_list_and_the_path() {
    let text = written(FormatKind::Wrk, TargetKind::Product, Order::InOrder);
    assert!(text.contains("[[\n7\n7\n9\n]]"), "{text}");
    assert!(
        text.contains("\"/reviews?product_id=\" .. id1 .. \"\""),
        "{text}"
    );
    let pairs = written(FormatKind::Wrk, TargetKind::Characteristic, Order::InOrder);
    assert!(
        pairs.contains("7,90\n") && pairs.contains("\"/p/\" .. id1 .. \"?c=\" .. id2 .. \"\""),
        "{pairs}"
    );
    assert!(!text.contains('@'), "{text}");
}

#[test]
fn drawn_entries_are_written_one_by_one() {
    let shuffled = written(
        FormatKind::Ids,
        TargetKind::Product,
        Order::Shuffled { seed: 1 },
    );
    let mut lines: Vec<_> = shuffled.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["7", "7", "9"]);
    let drawn = written(
        FormatKind::Ids,
        TargetKind::Product,
        Order::Count { count: 6, seed: 1 },
    );
    assert_eq!(
        (drawn.matches('7').count(), drawn.matches('9').count()),
        (4, 2)
    );
}

#[test]
fn a_list_that_weighs_nothing_is_an_error() {
    for draw in [
        Order::InOrder,
        Order::Shuffled { seed: 1 },
        Order::Count { count: 5, seed: 1 },
    ] {
        let mut out = Vec::new();
        let mut feed = ListWriter::begin(
            TargetKind::Product,
            draw,
            FormatKind::Ids.writer(TargetKind::Product, None).unwrap(),
            &mut out,
        )
        .unwrap();
        feed.add(LIST[1]).unwrap();
        let error = feed.finish().unwrap_err().to_string();
        assert!(
            error.contains("all reviews of the selected products (1) are reported"),
            "{error}"
        );
        let feed = ListWriter::begin(
            TargetKind::Product,
            draw,
            FormatKind::Ids.writer(TargetKind::Product, None).unwrap(),
            &mut out,
        )
        .unwrap();
        assert!(
            feed.finish()
                .unwrap_err()
                .to_string()
                .contains("have no rows")
        );
    }
}

#[test]
fn a_closed_reader_is_distinguished_from_other_failures() {
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
        let format = FormatKind::Ids.writer(TargetKind::Product, None).unwrap();
        let mut feed =
            ListWriter::begin(TargetKind::Product, Order::InOrder, format, &mut out).unwrap();
        assert_eq!(matches!(feed.add(LIST[0]), Err(Error::ReaderClosed)), gone);
    }
}

#[test]
fn targets_of_vegeta_are_a_method_and_an_absolute_url() {
    // vegeta's http format may also have lines for headers, bodies and comments. This list has none
    // of them, so each line must be a method, a blank and a URL
    for target in [TargetKind::Product, TargetKind::Review] {
        let text = written(FormatKind::Vegeta, target, Order::InOrder);
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            let (method, target) = line.split_once(' ').unwrap();
            assert!(!method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()));
            let url = url::Url::parse(target).unwrap();
            assert!(url.has_host() && url.as_str() == target, "{line}");
        }
    }
}

#[test]
fn the_extension_decides_where_no_format_is_given() {
    for (file, kind) in [
        ("a.csv", FormatKind::Csv),
        ("a.json", FormatKind::Json),
        ("a.ndjson", FormatKind::Ndjson),
        ("a.txt", FormatKind::Ids),
        ("csv", FormatKind::Ids),
    ] {
        assert_eq!(FormatKind::of_file(Some(Path::new(file))), kind);
    }
    assert_eq!(FormatKind::of_file(None), FormatKind::Ids);
    for kind in FormatKind::ALL {
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
