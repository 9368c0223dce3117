use mysql_schema::parse::parse;

use super::*;

const DEFAULT: &str = include_str!("../../../../schema.sql");

#[test]
fn rows_and_the_rows_that_refer_to_them_are_checked_together() {
    let schema = parse(DEFAULT, "schema.sql").unwrap();
    let rows = |table: &str| {
        Question::Rows(
            Expected {
                table: table.to_owned(),
                columns: Vec::new(),
                rows: 0,
                checksum: 0,
                table_checksum: None,
            },
            Depth::Full,
        )
    };
    let photos = schema.table("reviews_photos").unwrap();
    let reference = Reference::new(photos, &photos.foreign_keys[0], 0);
    let questions = [
        rows("reviews"),
        rows("reviews_photos"),
        Question::References(reference),
    ];
    let mut parts: Vec<(usize, Range)> = Vec::new();
    for (number, greatest) in [(0, 5_000_000), (1, 3_000_000), (2, 5_000_000)] {
        let ranges = ranges::cut("id", 1, greatest);
        parts.extend(ranges.into_iter().map(|range| (number, range)));
    }
    let of_reviews = parts.iter().filter(|(number, _)| *number != 1).count();
    put_in_order(&questions, &mut parts);
    let order: Vec<usize> = parts.iter().map(|(number, _)| *number).collect();
    assert!(order[..of_reviews].chunks(2).all(|pair| pair == [0, 2]));
    assert!(order[of_reviews..].iter().all(|number| *number == 1));
}
