//! However a text is split into files and compressed members, the result is that of the whole file.

use std::fs;
use std::path::Path;

use engine::pipeline::{
    self, AfterReading, CountSink, Observer, OverBudget, Settings, TableResult,
};
use engine::rejects::Budget;
use input::Input;
use mysql_schema::parse::parse;
use proptest::prelude::*;

use super::packing::{Packing, pack};
use crate::support::effort::cases;
use crate::support::harness::folder;

const SCHEMA: &str = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(6) NOT NULL);";

struct Silent;

impl Observer for Silent {
    fn started(&self, _: usize) {}
    fn advanced(&self, _: usize, _: u64, _: u64, _: u64) {}
    fn finished(&self, _: usize, _: &TableResult) {}
}

/// Counts, checksum, reject files, and the reasons with their places in the whole text; parts begin
/// at `starts`.
fn outcome(csv: &Path, rejects: &Path, batch_bytes: usize, starts: &[usize]) -> Vec<String> {
    let schema = parse(SCHEMA, "schema.sql").unwrap();
    let sources = input::open_all(&Input::folder(csv), &schema, &[]).unwrap();
    let settings = Settings {
        missing: std::collections::HashMap::new(),
        excerpts: std::collections::HashMap::new(),
        threads: 2,
        batch_bytes,
        max_record: 40,
        budget: Budget::Percent(100.0),
        over_budget: OverBudget::Stop,
        after_reading: AfterReading::Nothing,
        carried: None,
        rejects: Some(rejects.to_owned()),
        in_flight: 4,
        existing: std::collections::HashMap::new(),
        table_checksums: std::collections::HashMap::new(),
        digests: std::collections::HashMap::new(),
        stop: Default::default(),
    };
    let results = pipeline::run(&sources, &settings, &CountSink, &Silent).unwrap();
    let result = &results[0];
    assert_eq!(result.read, result.loaded + result.rejected());
    assert_eq!(result.content_hash, sources[0].content_hash().unwrap());
    let mut said = vec![format!(
        "{} {} {} {:?} {:x}",
        result.bytes, result.read, result.loaded, result.rules, result.checksum
    )];
    for name in ["t.csv", "t.broken"] {
        let bytes = fs::read(rejects.join(name)).unwrap_or_default();
        said.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let reasons = fs::read(rejects.join("t.reasons.csv")).unwrap_or_default();
    for reason in csv::Reader::from_reader(&reasons[..]).records() {
        let reason = reason.unwrap();
        let stem = reason[0]
            .rsplit('/')
            .next()
            .unwrap()
            .split('.')
            .next()
            .unwrap();
        let part: usize = stem.strip_prefix("t-").map_or(0, |n| n.parse().unwrap());
        let offset: usize = reason[2].parse().unwrap();
        let rest: Vec<_> = reason.iter().skip(3).collect();
        said.push(format!("{} {rest:?}", starts[part] + offset));
    }
    said
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0..30u32, "[a-c]{0,7}").prop_map(|(id, a)| format!("{id},{a}\n")),
        2 => (0..30u32).prop_map(|id| format!("{id},\"x\n\"\"y\"\r\n")),
        1 => Just("\"".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("1,\"".to_owned()),
        1 => (1..60usize).prop_map(|n| "z".repeat(n)),
        1 => Just("é,\0".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(20), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cutting_into_parts_and_members_gives_the_same_result(
        pieces in proptest::collection::vec(piece(), 0..40),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..4usize), 0..5),
        first in 0..4usize,
        members in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        batch_bytes in prop_oneof![Just(1usize), 2..200usize, Just(1 << 20)],
    ) {
        const HEADER: &str = "id,a\n";
        let folder = folder();
        for name in ["whole", "cut", "rejects"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let rejects = folder.path().join("rejects");
        let text = format!("{HEADER}{}", pieces.concat()).into_bytes();
        fs::write(folder.path().join("whole/t.csv"), &text).unwrap();
        let expected = outcome(&folder.path().join("whole"), &rejects, 1 << 20, &[0]);

        let mut cuts: Vec<_> = cuts
            .into_iter()
            .map(|(at, packing)| (HEADER.len() + at.index(text.len() - HEADER.len() + 1), packing))
            .collect();
        cuts.insert(0, (0, first));
        cuts.sort();
        let starts: Vec<usize> = cuts.iter().map(|c| c.0).collect();
        for (part, (start, packing)) in cuts.iter().enumerate() {
            let end = starts.get(part + 1).copied().unwrap_or(text.len());
            let mut at = *start;
            let mut packed = Vec::new();
            let mut ends: Vec<_> = members.iter().map(|m| start + m.index(end - start + 1)).collect();
            ends.push(end);
            ends.sort();
            for end in ends {
                packed.extend(pack(Packing::ALL[*packing], &text[at..end]));
                at = end;
            }
            let name = format!("cut/t-{part}.csv{}", Packing::ALL[*packing].extension());
            fs::write(folder.path().join(name), packed).unwrap();
        }
        let found = outcome(&folder.path().join("cut"), &rejects, batch_bytes, &starts);
        prop_assert_eq!(found, expected);
    }
}
