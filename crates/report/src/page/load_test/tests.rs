use scraper::{Html, Selector};

use super::*;

fn tier(name: &str, faults: &[&str], answered: Option<u64>) -> TierResult {
    let counts = answered.map(|answered| {
        let mut histogram = Bars::default();
        histogram.push("1", answered);
        TierCounts {
            requests: 1510,
            sent: 1500,
            unsent: 10,
            answered,
            not_answered: 1500 - answered,
            failures: vec![(1500 - answered, "timeout: <no answer>".to_owned())],
            latencies: vec![Latencies {
                of: "all".to_owned(),
                ms: [1.25, 1.0, 2.0, 3.0, 4.5],
            }],
            histogram,
            ..TierCounts::default()
        }
    });
    TierResult {
        name: name.to_owned(),
        warnings: Vec::new(),
        first: StepResult {
            rate: 250.0,
            faults: faults.iter().map(|&fault| fault.to_owned()).collect(),
            counts,
            ..StepResult::default()
        },
        higher: Vec::new(),
        stopped: false,
    }
}

fn texts(page: &LoadTestPage, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&page.render());
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|e| e.text().collect()).collect()
}

fn page(tiers: Vec<TierResult>) -> LoadTestPage {
    LoadTestPage {
        command_line: String::new(),
        written: String::new(),
        settings: Vec::new(),
        next_step: None,
        tiers,
    }
}

#[test]
fn the_first_tier_over_a_limit_is_in_the_title_and_each_tier_has_a_row() {
    let page = LoadTestPage {
        command_line: "reviewseed smoke --compare".to_owned(),
        written: "today".to_owned(),
        settings: vec![("rate", "250 a second".to_owned())],
        next_step: Some("look at front".to_owned()),
        tiers: vec![
            tier("api", &[], Some(1500)),
            tier("front", &["errors 20 %"], Some(1200)),
            tier("edge", &["connection refused"], None),
        ],
    };
    assert_eq!(
        texts(&page, "title"),
        ["reviewseed smoke: front is the first tier that is over a limit"]
    );
    assert_eq!(texts(&page, "#why"), ["errors 20 %"]);
    assert_eq!(texts(&page, "#next"), ["Next: look at front"]);
    let rows = texts(&page, "#tiers + .scroll tbody tr");
    assert_eq!(rows[0], "api1,510101,5001,50000.001.251.002.003.004.50");
    assert_eq!(rows[2], "edgeconnection refused");
    assert!(texts(&page, "li").contains(&"300 timeout: <no answer>".to_owned()));
    assert_eq!(texts(&page, "svg").len(), 2);
    let untested = self::page(vec![
        tier("api", &["refused"], None),
        tier("edge", &[], None),
    ]);
    let verdict = &texts(&untested, "p.outcome")[0];
    assert_eq!(verdict, "api is the first tier that could not be tested");
}

#[test]
fn warnings_are_in_the_section_of_their_tier() {
    let mut api = tier("api", &[], Some(1));
    api.warnings = vec!["all requests are <the same>".to_owned()];
    let page = page(vec![api, tier("front", &[], Some(1))]);
    assert_eq!(
        texts(&page, "h2 + p.warn"),
        ["warning: all requests are <the same>"]
    );
    assert_eq!(texts(&page, "p.warn").len(), 1);
}

#[test]
fn each_tier_has_a_row_for_each_rate() {
    let mut front = tier("front", &[], Some(1500));
    let mut api = tier("api", &[], Some(1500));
    assert_eq!(
        texts(&page(vec![tier("api", &[], None)]), "#rates"),
        [""; 0]
    );
    api.higher = vec![tier("", &["errors 20 %"], Some(1200)).first];
    api.higher[0].rate = 500.0;
    front.higher = vec![tier("", &["refused"], None).first];
    let rows = texts(&page(vec![api, front]), "#rates + .scroll tbody tr");
    assert_eq!(rows.len(), 4);
    assert_eq!(
        rows[1],
        "api500over a limit1,510101,5001,2003000.001.251.002.003.004.50"
    );
    assert_eq!(rows[3], "front250could not be testedrefused");
}

#[test]
fn a_test_that_was_stopped_says_so_in_the_title() {
    let mut sql = tier("sql", &[], Some(1500));
    sql.stopped = true;
    sql.higher = vec![StepResult {
        stopped: true,
        ..tier("", &[], Some(7)).first
    }];
    let page = page(vec![sql]);
    assert_eq!(texts(&page, "title"), ["reviewseed smoke: stopped"]);
    let rows = texts(&page, "#rates + .scroll tbody tr");
    assert!(rows[1].starts_with("sql250stopped1,510101,500"), "{rows:?}");
}

#[test]
fn a_test_of_one_tier_has_passed_or_is_over_a_limit() {
    for (faults, verdict) in [(&[][..], "passed"), (&["slow"][..], "over a limit")] {
        let page = page(vec![tier("sql", faults, Some(1))]);
        assert_eq!(texts(&page, "p.outcome")[0], verdict);
    }
}
