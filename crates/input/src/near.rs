//! Compares names: finds the name that a misspelt one means, and disregards differences that do not
//! matter.

/// The name that differs least from `wanted`. The two names may differ by one typing error, plus
/// one for every five characters. Case is disregarded.
pub(crate) fn nearest<S: AsRef<str>>(
    wanted: &str,
    names: impl IntoIterator<Item = S>,
) -> Option<S> {
    let lower = wanted.to_lowercase();
    let length = lower.chars().count();
    let slips = |name: &S| strsim::damerau_levenshtein(&lower, &name.as_ref().to_lowercase());
    let near = names.into_iter().map(|name| (slips(&name), name));
    let near = near.filter(|(slips, _)| *slips <= 1 + length / 5 && *slips < length);
    // if several names are equally near, take the first in alphabetical order, because the names in
    // a folder have no fixed order
    let first = near.min_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.as_ref().cmp(y.as_ref())));
    first.map(|(_, name)| name)
}

/// The name without case, blanks, `_`, `-` and dots, which do not matter when a header is compared
/// with columns. Empty if nothing is left.
pub fn loose(name: &str) -> String {
    counted(name).collect()
}

/// The characters of a name that matter, in lower case.
fn counted(name: &str) -> impl Iterator<Item = char> {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '_' | '-' | '.');
    name.chars().filter(counts).flat_map(char::to_lowercase)
}

/// Whether two names are the same if case, blanks, `_`, `-` and dots are disregarded.
pub fn is_same_loosely(a: &str, b: &str) -> bool {
    // makes no copy, because a wide table has many pairs of names to compare
    counted(a).next().is_some() && counted(a).eq(counted(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_another_with_few_differences() {
        let names = ["review_id", "reviewer", "id"];
        assert_eq!(nearest("reviewid", names), Some("review_id"));
        assert_eq!(nearest("Reviewr", names), Some("reviewer"));
        assert_eq!(nearest("body", names), None);
        assert_eq!(nearest("ix", ["iy", "ia"]), Some("ia"), "the first of two");
    }

    #[test]
    fn case_blanks_and_punctuation_of_names_do_not_count() {
        for (a, b) in [
            ("Review Date", "review_date"),
            ("reviewDate", "review-date"),
            ("REVIEW.DATE", "review_date"),
            ("value", "value_"),
            ("GRÖßE", "größe_"),
            ("price\u{a0}net", "priceNet"),
        ] {
            assert!(is_same_loosely(a, b), "{a} {b}");
        }
        for (a, b) in [("cost $", "cost"), ("-", "_"), ("", ""), ("a1", "a2")] {
            assert!(!is_same_loosely(a, b), "{a} {b}");
        }
    }
}
