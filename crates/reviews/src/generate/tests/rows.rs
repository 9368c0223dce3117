//! The rows of the clean variants: ids, foreign keys, widths, formats.

use std::collections::BTreeSet;

use super::*;

#[test]
fn clean_variants_are_clean() {
    for variant in [Variant::Iso, Variant::Epoch] {
        let (folder, manifest) = made(|o| (o.products, o.variant) = (2000, variant));
        assert_counts_are_found(&folder, &manifest);
        assert_nothing_is_damaged(&manifest);
        for bytes in contents(&folder) {
            assert!(!bytes.contains(&b'\r') && bytes.ends_with(b"\n") && !bytes.ends_with(b"\n\n"));
            assert!(std::str::from_utf8(&bytes).is_ok());
        }
    }
}

#[test]
fn ids_are_dense_and_parents_exist() {
    let (folder, _) = made(|o| o.products = 2000);
    let [reviews, characteristics, photos, values] = FILES.map(|file| rows(&folder, file));
    for (rows, name) in [
        (&reviews, "reviews"),
        (&characteristics, "characteristics"),
        (&values, "values"),
    ] {
        assert!(
            rows.iter().zip(1..).all(|(row, id)| number(row, 0) == id),
            "{name}"
        );
    }
    assert!(reviews.is_sorted_by_key(|row| number(row, 1)));

    let order: Vec<u64> = photos.iter().map(|row| number(row, 0)).collect();
    assert!(!order.is_sorted(), "photos come in the order of their ids");
    assert!(
        order
            .iter()
            .zip(1..)
            .all(|(id, place): (&u64, u64)| id.abs_diff(place) < 100)
    );
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len());
    assert_eq!(order.iter().max(), Some(&(order.len() as u64)));

    let product_of = |review: u64| number(&reviews[review as usize - 1], 1);
    assert!(
        photos
            .iter()
            .all(|row| number(row, 1) as usize <= reviews.len())
    );
    let mut pairs = BTreeSet::new();
    for row in &values {
        let (characteristic, review) = (number(row, 1), number(row, 2));
        assert_eq!(
            number(&characteristics[characteristic as usize - 1], 1),
            product_of(review)
        );
        assert!(pairs.insert((review, characteristic)));
    }
    let per_product = |product| {
        characteristics
            .iter()
            .filter(|row| number(row, 1) == product)
            .count()
    };
    let expected: usize = (1..=200)
        .map(per_product)
        .zip(1..)
        .fold(0, |sum, (names, product)| {
            sum + names
                * reviews
                    .iter()
                    .filter(|row| number(row, 1) == product)
                    .count()
        });
    let found = values
        .iter()
        .filter(|row| product_of(number(row, 2)) <= 200)
        .count();
    assert_eq!(found, expected);
}

#[test]
fn values_keep_to_the_widths_and_ranges() {
    let (folder, _) = made(|o| o.products = 4000);
    let within = |text: &str, most: usize| text.chars().count() <= most;
    let (mut reported, mut answered, mut glad, mut recommended) = (0, 0, 0, 0);
    let reviews = rows(&folder, "reviews.csv");
    for row in &reviews {
        assert!((1_577_836_800_000..1_640_995_200_000).contains(&number(row, 3)));
        assert!((1..=5).contains(&number(row, 2)) && number(row, 11) <= 30);
        assert!(!row[4].is_empty() && within(&row[4], 200), "{row:?}");
        assert!(!row[5].is_empty() && within(&row[5], 1000), "{row:?}");
        assert!(
            within(&row[8], 60) && within(&row[9], 100) && within(&row[10], 1000),
            "{row:?}"
        );
        assert!(row[9].ends_with("@example.com"), "{row:?}");
        glad += usize::from(number(row, 2) > 3);
        recommended += usize::from(&row[6] == "true");
        reported += usize::from(&row[7] == "true");
        answered += usize::from(&row[10] != "null");
    }
    let percent = |count: usize| count * 100 / reviews.len();
    assert!((65..75).contains(&percent(glad)) && (60..85).contains(&percent(recommended)));
    assert!((4..13).contains(&percent(answered)) && (1..3).contains(&(percent(reported * 2))));
    for row in rows(&folder, "reviews_photos.csv") {
        assert!(
            (104..=134).contains(&row[2].len()) && row[2].starts_with("https://"),
            "{row:?}"
        );
        let host = row[2].split('/').nth(2).unwrap();
        assert!(
            [".example.com", ".example.net", ".example.org"]
                .iter()
                .any(|end| host.ends_with(end))
        );
    }
    let text = String::from_utf8(contents(&folder)[0].clone()).unwrap();
    assert!(text.contains("\"\"") && text.contains(", ") && text.contains('\''));
}

#[test]
fn variants_differ_in_form_only() {
    let (epoch, _) = made(|_| {});
    let (iso, _) = made(|o| o.variant = Variant::Iso);
    let (before, after) = (rows(&epoch, FILES[0]), rows(&iso, FILES[0]));
    assert_eq!(before.len(), after.len());
    let mut flags = BTreeSet::new();
    for (epoch, iso) in before.iter().zip(&after) {
        for column in [0, 1, 2, 4, 5, 8, 9, 11] {
            assert_eq!(epoch[column], iso[column]);
        }
        let date = jiff::Timestamp::from_millisecond(epoch[3].parse().unwrap()).unwrap();
        assert_eq!(iso[3], date.strftime("%Y-%m-%d").to_string());
        assert_eq!(iso[10], epoch[10].replace("null", ""));
        flags.insert(iso[6].to_owned());
    }
    assert_eq!(
        flags.into_iter().collect::<Vec<_>>(),
        ["0", "1", "false", "true"]
    );
    assert!(contents(&epoch)[1..] == contents(&iso)[1..]);
    let line = String::from_utf8(contents(&iso)[0].clone())
        .unwrap()
        .lines()
        .nth(1)
        .unwrap()
        .to_owned();
    assert!(
        line.split(',').nth(3).unwrap().starts_with("\"20"),
        "{line}"
    );
}
