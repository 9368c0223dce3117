use super::*;
use crate::readings::Reading;
use input::dialect::FieldKind;

fn profile(chunks: &[&[&str]]) -> Profile {
    let known = Known::default();
    let mut merged = Profile::default();
    for chunk in chunks {
        let mut piece = Piece::new(&known, &Arc::default());
        for field in *chunk {
            piece.add(field.as_bytes(), FieldKind::Plain);
        }
        merged.merge(piece.finish(), &known, 1 << 20);
    }
    merged
}

fn left(profile: &Profile) -> Vec<&Reading> {
    let readings = READINGS.iter().enumerate();
    let left = readings.filter(|(at, _)| profile.reads(*at));
    left.map(|(_, reading)| reading).collect()
}

#[test]
fn a_word_for_null_and_blanks_leave_the_readings_as_they_are() {
    let profile = profile(&[&["1", "NA", " ", "", "null", "-5"], &["7", "-", "NA"]]);
    assert!(left(&profile).contains(&&Reading::Integer));
    let words: Vec<_> = profile
        .words
        .iter()
        .map(|(word, n)| (word.as_str(), *n))
        .collect();
    assert_eq!(words, [("-", 1), ("NA", 2)]);
    assert_eq!((profile.nulls, profile.blanks), (2, 1));
    assert_eq!(profile.integers.count, 3);
    assert_eq!((profile.integers.least, profile.integers.greatest), (-5, 7));
    assert!(profile.integers.are_unique());
}

#[test]
fn a_text_in_a_later_chunk_makes_a_column_of_numbers_a_text() {
    let profile = profile(&[&["1", "2", "2"], &["3", "a b"], &["4", "4"]]);
    assert_eq!(left(&profile), [] as [&Reading; 0]);
    assert_eq!(profile.sketch.estimate(), 5);
    assert_eq!(profile.integers.count, 6);
    assert!(profile.integers.set().is_none());
    assert_eq!(profile.values(), 7);
}

#[test]
fn frequent_values_are_counted_until_there_are_many() {
    let few = profile(&[&["a", "b", "a"], &["a", "c"]]).frequent.unwrap();
    let counts: Vec<u64> = few.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [3, 1, 1]);
    let many: Vec<String> = (0..100).map(|n| format!("v{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(profile(&[&many]).frequent, None);
}

#[test]
fn codes_with_leading_zeros_are_texts_and_not_numbers() {
    let profile = profile(&[&["007", "123"]]);
    assert!(left(&profile).is_empty());
    assert!(profile.text.are_codes);
}

#[test]
fn numbers_that_are_far_from_each_other_are_counted_as_well() {
    let numbers: Vec<String> = (0..20_000i64).map(|n| (n << 40).to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let profile = profile(&[&numbers[..10_000], &["1", "2"], &numbers[9_000..]]);
    assert!(profile.integers.set().is_none());
    let estimate = profile.sketch.estimate();
    assert!(estimate.abs_diff(20_002) < 1_000, "{estimate}");
}
