//! The dirty variant: the slow loader finds the faults that the manifest counts.

use std::collections::BTreeSet;

use super::*;
use model::rejection::Rule;

#[test]
fn the_dirty_variant_has_the_rates_observed() {
    let (folder, manifest) = made(|o| (o.products, o.variant) = (6000, Variant::Dirty));
    assert_counts_are_found(&folder, &manifest);
    let [reviews, characteristics, photos, values] = &manifest.tables[..] else {
        panic!("four files")
    };
    let per_mille = |count: u64, entry: &FileEntry| count * 1000 / (entry.read + entry.gone);
    for entry in [reviews, characteristics, photos] {
        assert!((1..=4).contains(&per_mille(entry.gone, entry)), "{entry:?}");
    }
    assert!((10..=15).contains(&per_mille(reviews.rules["field_count"], reviews)));
    let nameless = characteristics.rules["field_count"] + characteristics.rules["missing_value"];
    assert!((10..=15).contains(&per_mille(nameless, characteristics)));
    assert!((4..=9).contains(&per_mille(photos.rules["field_count"], photos)));
    assert_eq!(values.rules.keys().collect::<Vec<_>>(), ["missing_parent"]);
    let bytes = contents(&folder);
    let text = String::from_utf8_lossy(&bytes[0]);
    assert!(
        text.contains(" GMT-0400 (Eastern Daylight Time)\"")
            && text.contains("Z\",\"")
            && text.contains(",TRUE,")
    );
}

#[test]
fn every_rule_is_planted_and_found() {
    let (folder, manifest) =
        made(|o| (o.products, o.variant, o.dirt) = (1500, Variant::Dirty, Some(0.2)));
    assert_counts_are_found(&folder, &manifest);
    let rules: BTreeSet<&str> = manifest
        .tables
        .iter()
        .flat_map(|entry| entry.rules.keys().map(String::as_str))
        .collect();
    // the tables have no columns of the types for most of these rules; a record that is too large
    // would need a large file, the files are not JSON, and only a server finds the last fault
    let never = [
        Rule::NotANumber,
        Rule::NotATime,
        Rule::RecordTooLarge,
        Rule::InvalidJson,
        Rule::NestedValue,
        Rule::NotInSet,
        Rule::NotBytes,
        Rule::NotJson,
        Rule::NotAGeometry,
        Rule::NotAnAddress,
        Rule::NotAUuid,
        Rule::NotAVector,
        Rule::NotInCharset,
        Rule::RefusedByServer,
    ];
    let planted = Rule::ALL.iter().filter(|rule| !never.contains(rule));
    let all: BTreeSet<&str> = planted.map(|rule| rule.name()).collect();
    assert_eq!(rules, all);
    let reviews = &manifest.tables[0];
    let faulty = (reviews.rejected + reviews.gone) * 1000 / (reviews.read + reviews.gone);
    assert!((180..220).contains(&faulty), "{faulty}");
}

#[test]
fn a_share_of_none_and_a_share_of_all_are_possible() {
    let (folder, manifest) = made(|o| (o.variant, o.dirt) = (Variant::Dirty, Some(0.0)));
    assert_counts_are_found(&folder, &manifest);
    assert_nothing_is_damaged(&manifest);
    let (folder, manifest) = made(|o| (o.variant, o.dirt) = (Variant::Dirty, Some(1.0)));
    assert_counts_are_found(&folder, &manifest);
}
