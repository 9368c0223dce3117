//! Texts under collations that do not compare bytes: what is certain about two of them without the
//! server.
//!
//! Equal bytes are equal under every collation. That two texts differ is certain only where neither
//! case, accents, trailing blanks nor the letters of a language can make them equal; otherwise the
//! server decides.

use std::cmp::Ordering;

/// What is known about a collation that does not compare bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loose {
    /// It is of no language: every printable ASCII character equals itself and its other case at
    /// most.
    General,
    /// It is not known, or it is a language's, in which I may equal J, or CH equal C.
    Unknown,
}

/// Collations without a language, after the character set.
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

impl Loose {
    pub(super) fn of(collation: Option<&str>) -> Loose {
        let Some(collation) = collation else {
            return Loose::Unknown;
        };
        let unicode = ["utf8mb4_", "utf8mb3_", "utf8_"]
            .iter()
            .find_map(|charset| collation.strip_prefix(charset))
            .unwrap_or(collation);
        match GENERAL.contains(&unicode) || collation == "latin1_swedish_ci" {
            true => Loose::General,
            false => Loose::Unknown,
        }
    }

    /// Equal, certainly different (in an order that means nothing), or not known.
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
            Loose::General => !a.eq_ignore_ascii_case(b),
            Loose::Unknown => match (letter(a), letter(b)) {
                (Some(a), Some(b)) => a != b,
                (Some(_), None) => b.is_empty(),
                (None, Some(_)) => a.is_empty(),
                (None, None) => false,
            },
        };
        differ.then_some(Ordering::Less)
    }
}

/// The first character if it is a letter or a digit; letters that some language takes for one
/// become one.
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
            let of = |loose: Loose| {
                assert_eq!(loose.compare(a, b), loose.compare(b, a), "{a} {b}");
                loose.compare(a, b).map(Ordering::is_eq)
            };
            (of(Loose::General), of(Loose::Unknown))
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
            assert_eq!(Loose::of(Some(general)), Loose::General, "{general}");
        }
        for unknown in [
            None,
            Some("utf8mb4_lithuanian_ci"),
            Some("utf8mb4_hu_0900_ai_ci"),
            Some("latin1_danish_ci"),
        ] {
            assert_eq!(Loose::of(unknown), Loose::Unknown, "{unknown:?}");
        }
    }
}
