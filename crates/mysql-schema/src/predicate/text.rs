//! Compares texts whose collation does not compare bytes.
//!
//! Texts with equal bytes are equal under every collation. Two texts certainly differ only if
//! neither case, accents, trailing blanks nor language-specific letters can make them equal. In all
//! other cases, the server must compare them.

use std::cmp::Ordering;

/// Which characters a collation may treat as equal, if it does not compare bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// The collation is not language-specific. A printable ASCII character is equal at most to
    /// itself and to its other case.
    General,
    /// The collation is unknown or language-specific. In some languages, I equals J, or CH equals
    /// C.
    Unknown,
}

/// Names of collations that are not language-specific, without the character set.
const GENERAL: [&str; 17] = [
    "general_ci",
    "general_nopad_ci",
    "general_mysql500_ci",
    "unicode_ci",
    "unicode_nopad_ci",
    "unicode_520_ci",
    "unicode_520_nopad_ci",
    "0900_ai_ci",
    "0900_as_ci",
    "0900_as_cs",
    "uca1400_ai_ci",
    "uca1400_ai_cs",
    "uca1400_as_ci",
    "uca1400_as_cs",
    "uca1400_nopad_ai_ci",
    "uca1400_nopad_as_ci",
    "uca1400_nopad_as_cs",
];

impl Folding {
    pub(super) fn of(collation: Option<&str>) -> Folding {
        let Some(collation) = collation else {
            return Folding::Unknown;
        };
        let unicode = ["utf8mb4_", "utf8mb3_", "utf8_"]
            .iter()
            .find_map(|charset| collation.strip_prefix(charset))
            .unwrap_or(collation);
        match GENERAL.contains(&unicode) || collation == "latin1_swedish_ci" {
            true => Folding::General,
            false => Folding::Unknown,
        }
    }

    /// `Equal` if the texts are equal, another order if they certainly differ, and `None` if only
    /// the server can compare them.
    pub(super) fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        if a == b {
            return Some(Ordering::Equal);
        }
        let (a, b) = (a.trim_end_matches(' '), b.trim_end_matches(' '));
        let is_plain = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_plain(a) || !is_plain(b) {
            return None;
        }
        let differ = match self {
            Folding::General => !a.eq_ignore_ascii_case(b),
            Folding::Unknown => match (letter(a), letter(b)) {
                (Some(a), Some(b)) => a != b,
                (Some(_), None) => b.is_empty(),
                (None, Some(_)) => a.is_empty(),
                (None, None) => false,
            },
        };
        differ.then_some(Ordering::Less)
    }
}

/// The first character, if it is a letter or a digit. Letters that are equal in some language are
/// mapped to the same letter.
fn letter(text: &str) -> Option<u8> {
    let first = text.bytes().next()?.to_ascii_lowercase();
    match first {
        b'i' | b'j' | b'y' => Some(b'i'),
        b'u' | b'v' | b'w' => Some(b'u'),
        _ => first.is_ascii_alphanumeric().then_some(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_collation_can_call_equal_is_different() {
        let both = |a: &str, b: &str| {
            let of = |folding: Folding| {
                assert_eq!(folding.compare(a, b), folding.compare(b, a), "{a} {b}");
                folding.compare(a, b).map(Ordering::is_eq)
            };
            (of(Folding::General), of(Folding::Unknown))
        };
        let (equal, differ, unknown) = (Some(true), Some(false), None);
        for (a, b, expected) in [
            ("none", "none", (equal, equal)),
            ("", "", (equal, equal)),
            ("ä", "ä", (equal, equal)),
            ("none", "NONE", (unknown, unknown)),
            ("none", "none ", (unknown, unknown)),
            ("none", "other", (differ, differ)),
            ("none", "nothing", (differ, unknown)),
            ("", "x", (differ, differ)),
            ("", " ", (unknown, unknown)),
            ("", "-", (differ, unknown)),
            ("ivy", "jay", (differ, unknown)),
            ("v", "W", (differ, unknown)),
            ("a", "ä", (unknown, unknown)),
            ("b", "ä", (unknown, unknown)),
            ("a\u{1}", "a", (unknown, unknown)),
            ("1", "2", (differ, differ)),
        ] {
            assert_eq!(both(a, b), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn collations_of_a_language_are_not_general() {
        for general in [
            "utf8mb4_general_ci",
            "utf8mb4_0900_ai_ci",
            "uca1400_ai_ci",
            "utf8mb3_unicode_520_ci",
        ] {
            assert_eq!(Folding::of(Some(general)), Folding::General, "{general}");
        }
        for unknown in [
            None,
            Some("utf8mb4_lithuanian_ci"),
            Some("utf8mb4_hu_0900_ai_ci"),
            Some("latin1_danish_ci"),
        ] {
            assert_eq!(Folding::of(unknown), Folding::Unknown, "{unknown:?}");
        }
    }
}
