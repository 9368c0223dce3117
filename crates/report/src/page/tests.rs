use std::collections::BTreeMap;

use scraper::{Html, Selector};

use super::*;
use crate::{Next, TableReport};

const HOSTILE: &str = "<script>alert('&')</script>";

fn report() -> Report {
    Report {
        tables: vec![TableReport {
            name: HOSTILE.to_string(),
            file: HOSTILE.to_string(),
            read: 12_345,
            loaded: 12_340,
            rejected: 5,
            rules: BTreeMap::from([("missing_value".to_string(), 5)]),
            checksum: HOSTILE.to_string(),
            ignored_columns: vec![HOSTILE.to_string()],
            ..TableReport::default()
        }],
        next: vec![Next::new(HOSTILE, HOSTILE.to_string())],
        ..Report::default()
    }
}

fn page<'a>(report: &'a Report, gathered: &'a Gathered, differences: &'a [String]) -> Page<'a> {
    Page {
        command: "seed",
        subject: HOSTILE.to_string(),
        command_line: HOSTILE.to_string(),
        written: "2026-01-01 00:00:00 UTC".to_string(),
        report,
        gathered,
        settings: vec![(HOSTILE.to_string(), HOSTILE.to_string())],
        rejects: Some(HOSTILE.to_string()),
        differences,
        failure: Some(format!("{HOSTILE} Duplicate entry 'bob@example.com'")),
        emails: Emails::Masked,
    }
}

#[test]
fn any_name_stays_text() {
    let (report, gathered, differences) = (report(), Gathered::default(), [HOSTILE.to_string()]);
    let html = page(&report, &gathered, &differences).render();
    let parsed = Html::parse_document(&html);
    assert_eq!(parsed.errors, Vec::<String>::new(), "{html}");
    let select = |css: &str| Selector::parse(css).unwrap();
    assert_eq!(parsed.select(&select("script")).count(), 0);
    let shown = html.matches("&lt;script&gt;").count();
    assert_eq!(shown, 15, "each of them is shown: {html}");
    let cells: Vec<String> = parsed
        .select(&select("tfoot td"))
        .map(|cell| cell.text().collect())
        .collect();
    assert_eq!(cells[2..5], ["12,345", "12,340", "5"]);
    assert!(!html.contains("bob"), "addresses in errors are masked, too");
}

#[test]
fn rows_changed_are_shown_where_tables_held_rows() {
    let (mut report, gathered) = (report(), Gathered::default());
    let html = page(&report, &gathered, &[]).render();
    assert!(!html.contains("Rows changed"));
    let removed = model::merged::Removed {
        deleted: 1_111,
        kept: 2_222,
    };
    report.tables[0].merged = Some(model::merged::Merged {
        updated: 3_333,
        removed: Some(removed),
        ..Default::default()
    });
    let html = page(&report, &gathered, &[]).render();
    for words in ["Rows changed", "deleted", "1,111", "2,222", "3,333"] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn the_style_loads_no_external_resource() {
    for word in ["http", "url(", "@import", "<"] {
        assert!(!STYLE.contains(word), "{word} in style.css");
    }
}

#[test]
fn the_style_exchanges_all_colours_of_the_pictures() {
    let charts = include_str!("charts.rs");
    let mut colours = 0;
    for line in charts.lines().filter(|line| line.contains("RGBColor(0x")) {
        let digits: String = line
            .split("0x")
            .skip(1)
            .map(|part| part[..2].to_uppercase())
            .collect();
        assert!(
            STYLE.contains(&format!("svg [fill=\"#{digits}\"]"))
                || STYLE.contains(&format!("svg [stroke=\"#{digits}\"]")),
            "{digits} is the same in the dark"
        );
        colours += 1;
    }
    assert_eq!(colours, 9);
}
